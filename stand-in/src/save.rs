//! Writing rows as EvalAI's models write them, whoever asks for it.

use jiff::Timestamp;
use serde_json::Value;

use crate::fields::Change;
use crate::state::{Row, State, number, text};
use crate::values::slug;

/// The values that the changes give. Uploads are kept on the way, each under a new name.
pub(crate) fn kept(state: &mut State, changes: Vec<(&str, Change)>, now: Timestamp) -> Row {
    let mut values = Row::new();
    for (field, change) in changes {
        let value = match change {
            Change::Set(value) => value,
            Change::Upload {
                folder,
                name,
                bytes,
            } => state.media.store(folder, &name, bytes, now).into(),
        };
        values.insert(field.to_owned(), value);
    }
    values
}

/// Changes a challenge and moves it to the team. Its slug always comes from its title.
pub(crate) fn challenge(state: &mut State, id: u64, team: u64, values: Row) {
    if let Some(challenge) = state.challenges.get_mut(&id) {
        challenge.team = team;
        challenge.row.extend(values);
        let slug = format!("{}-{id}", slug(text(&challenge.row, "title")));
        challenge.row.insert("slug".into(), slug.into());
    }
}

/// Gives a phase these values. At most as many submissions run at once as a day allows.
pub(crate) fn phase(phase: &mut Row, values: Row) {
    phase.extend(values);
    let per_day = number(phase, "max_submissions_per_day");
    if number(phase, "max_concurrent_submissions_allowed") > per_day {
        phase.insert("max_concurrent_submissions_allowed".into(), per_day.into());
    }
}

/// The tags after a change: those kept in their old order, then the new ones.
pub(crate) fn merged_tags(
    mut tags: Vec<Value>,
    wanted: impl IntoIterator<Item = Value> + Clone,
) -> Vec<Value> {
    tags.retain(|tag| wanted.clone().into_iter().any(|wanted| wanted == *tag));
    for tag in wanted {
        if !tags.contains(&tag) {
            tags.push(tag);
        }
    }
    tags
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kept_tags_keep_their_old_order_and_new_ones_are_appended() {
        let cases: [(&[&str], &[&str], &[&str]); 4] = [
            (&["b", "a"], &["a", "c", "b"], &["b", "a", "c"]),
            (&["b", "a"], &["a"], &["a"]),
            (&["b", "a"], &[""], &[""]),
            (&[], &["x", "x", "w"], &["x", "w"]),
        ];
        for (old, wanted, expected) in cases {
            let values =
                |tags: &[&str]| tags.iter().map(|tag| Value::from(*tag)).collect::<Vec<_>>();
            assert_eq!(
                merged_tags(values(old), values(wanted)),
                values(expected),
                "{old:?} {wanted:?}"
            );
        }
    }
}
