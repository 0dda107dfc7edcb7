//! The names of record refs, from the inputs.

use crate::action::Settings;
use crate::repository::store::RecordRefs;

/// The names of record refs that `settings` ask for.
#[must_use]
pub fn record_refs(settings: &Settings) -> RecordRefs {
    const ID: &str = "\0";
    let name = settings.record_ref.render(|_| ID.to_owned());
    match name.split_once(ID) {
        Some((before, after)) => RecordRefs::new(before, Some(after.to_owned())),
        None => RecordRefs::new(name, None),
    }
}
