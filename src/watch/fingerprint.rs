//! What counts as a change: the synced fields of what EvalAI answers, by meaning, as digests.
//!
//! Left out is what moves by itself (whether a challenge is active, the addresses of files) and
//! personal data, since a digest of a short list can be guessed. Files are told apart by content.

use std::collections::BTreeMap;

use crate::challenge::catalogue::{Disclosure, Field, Source};
use crate::challenge::side::Reading;
use crate::challenge::value::Value;
use crate::evalai::{Known, Object, Reason, Snapshot, TwinPhases};
use crate::repository::media::id_of;
use crate::sync::media::media_of;

/// What one answer of EvalAI says, in digests.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Fingerprint {
    /// The digest of the whole.
    pub digest: String,
    /// Those of its fields, by name.
    pub fields: BTreeMap<String, String>,
}

/// A file that an answer names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct File {
    /// The field that it belongs to.
    pub name: String,
    /// Its address: a secret.
    pub url: String,
    /// The digest of the address, without what is signed anew for each answer.
    pub place: String,
    /// Its content may change under the same address.
    pub in_place: bool,
}

impl Fingerprint {
    fn of(fields: BTreeMap<String, String>) -> Self {
        let lines = fields
            .iter()
            .map(|(name, digest)| format!("{name} {digest}\n"));
        let digest = digest(&lines.collect::<String>());
        Self { digest, fields }
    }

    /// The names of the fields in which `other` differs.
    pub(super) fn differing(&self, other: &Self) -> Vec<String> {
        let names = self.fields.keys().chain(other.fields.keys());
        let differ = names.filter(|name| self.fields.get(*name) != other.fields.get(*name));
        let mut differ: Vec<String> = differ.cloned().collect();
        differ.sort_unstable();
        differ.dedup();
        differ
    }
}

/// What is known of a challenge after one answer.
pub(super) enum Answer {
    /// The challenge's own object.
    Challenge(Object),
    /// The settings of its worker.
    Worker(Object),
    /// Its phases.
    Phases(Vec<Object>),
    /// Its phase splits.
    Splits(Vec<Object>),
}

/// The fingerprint of an answer, and the files that it names.
///
/// # Errors
/// [`TwinPhases`] if two phases have one name.
pub(super) fn fingerprint(answer: Answer) -> Result<(Fingerprint, Vec<File>), TwinPhases> {
    let mut snapshot = Snapshot {
        id: 0,
        challenge: Object::new(),
        worker: Known::No(Reason::NoQueue),
        phases: Known::No(Reason::NoQueue),
        phase_splits: Known::No(Reason::NoQueue),
        structure: Known::No(Reason::NoQueue),
    };
    match answer {
        Answer::Challenge(object) => snapshot.challenge = object,
        Answer::Worker(object) => snapshot.worker = Known::Yes(object),
        Answer::Phases(phases) => snapshot.phases = Known::Yes(phases),
        Answer::Splits(splits) => return Ok((of_splits(&splits), Vec::new())),
    }
    let held = snapshot.held()?;
    let fields = held
        .side
        .iter()
        .filter_map(|(path, reading)| match reading {
            Reading::Value(value) if path.field.disclosure != Disclosure::Personal => {
                Some((path.to_string(), digest(&value.to_json().to_string())))
            }
            _ => None,
        });
    let fingerprint = Fingerprint::of(fields.collect());
    let files = media_of(&snapshot).into_iter().map(|medium| File {
        place: place(medium.url),
        url: medium.url.to_owned(),
        in_place: medium.in_place,
        name: medium.name,
    });
    Ok((fingerprint, files.collect()))
}

/// Splits are named by config ids that the list does not tell, so they are one field here.
fn of_splits(splits: &[Object]) -> Fingerprint {
    let read = |split: &Object| {
        let fields = crate::challenge::catalogue::FIELDS.iter();
        let told = fields.filter_map(|field| told(field, split));
        told.collect::<Vec<_>>().join(" ")
    };
    let mut lines: Vec<_> = splits
        .iter()
        .map(|split| format!("{:?} {}\n", split.get("id"), read(split)))
        .collect();
    lines.sort_unstable();
    let all = digest(&lines.concat());
    Fingerprint::of(BTreeMap::from([("phase_splits".to_owned(), all)]))
}

fn told(field: &Field, split: &Object) -> Option<String> {
    let Source::Splits(name) = field.source else {
        return None;
    };
    let value = Value::from_json(field.kind, split.get(name)?).ok()?;
    Some(format!("{name} {}", value.to_json()))
}

/// The digest of a file's address.
fn place(url: &str) -> String {
    digest(url.split(['?', '#']).next().unwrap_or_default())
}

fn digest(text: &str) -> String {
    id_of(text.as_bytes()).as_str().to_owned()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value as Json, json};

    use super::*;

    fn object(json: Json) -> Object {
        match json {
            Json::Object(object) => object,
            other => panic!("{other} is no object"),
        }
    }

    fn challenge(json: Json) -> Fingerprint {
        fingerprint(Answer::Challenge(object(json))).unwrap().0
    }

    #[test]
    fn what_a_sync_would_take_is_a_change_and_nothing_else() {
        let base = json!({
            "title": "T", "list_tags": ["a", "b"], "start_date": "2026-05-31T18:00:00Z", "is_active": true,
            "image": "https://a.org/1.png?X-Signature=1", "banned_email_ids": ["a@b.org"],
        });
        let seen = challenge(base.clone());
        for (key, value, changed) in [
            ("title", json!("U"), true),
            ("title", json!(" T\r\n"), false),
            ("list_tags", json!(["b", "a"]), false),
            ("list_tags", json!(["b"]), true),
            ("start_date", json!("2026-05-31T18:00:00.000000Z"), false),
            ("start_date", json!("2026-05-31T18:00:01Z"), true),
            // By itself, at every push, and not to be kept even as a digest.
            ("is_active", json!(false), false),
            ("image", json!("https://a.org/2.png"), false),
            ("banned_email_ids", json!(["b@b.org"]), false),
            ("workers", json!(3), false),
        ] {
            let mut edited = base.clone();
            edited[key] = value.clone();
            let differing = seen.differing(&challenge(edited.clone()));
            let name = if key == "list_tags" { "tags" } else { key };
            let expected = if changed {
                vec![name.to_owned()]
            } else {
                vec![]
            };
            assert_eq!(differing, expected, "{key}: {value}");
            assert_eq!(seen.digest != challenge(edited).digest, changed, "{key}");
        }
    }

    #[test]
    fn phases_are_told_apart_by_name_in_any_order() {
        let phase = |id: u64, name: &str| {
            object(
                json!({"id": 10 * id, "config_id": id, "codename": "c", "name": name,
                "test_annotation": format!("/media/{id}.json?x"), "annotations_uploaded_using_cli": id == 2}),
            )
        };
        let seen = |phases: &[Object]| fingerprint(Answer::Phases(phases.to_vec())).unwrap();
        let (both, files) = seen(&[phase(1, "a"), phase(2, "b")]);
        assert_eq!(both, seen(&[phase(2, "b"), phase(1, "a")]).0);
        let (edited, _) = seen(&[phase(1, "a"), phase(2, "B")]);
        assert_eq!(both.differing(&edited), ["phases.2.name"]);
        let (fewer, _) = seen(&[phase(1, "a")]);
        assert!(both.differing(&fewer).contains(&"phases.2.name".to_owned()));
        let files: Vec<_> = files
            .iter()
            .map(|file| (file.name.as_str(), file.in_place))
            .collect();
        assert_eq!(
            files,
            [
                ("phases.1.test_annotation_file", false),
                ("phases.2.test_annotation_file", true)
            ]
        );
        assert!(fingerprint(Answer::Phases(vec![phase(1, "a"), phase(1, "b")])).is_err());
    }

    #[test]
    fn splits_are_one_field() {
        let split = |id: u64, visibility: u64| {
            object(
                json!({"id": id, "visibility": visibility, "leaderboard_schema": {"a": 1, "b": 2}}),
            )
        };
        let seen = |splits: &[Object]| fingerprint(Answer::Splits(splits.to_vec())).unwrap().0;
        let one = seen(&[split(1, 3), split(2, 3)]);
        assert_eq!(one, seen(&[split(2, 3), split(1, 3)]));
        assert_eq!(
            one.differing(&seen(&[split(1, 3), split(2, 1)])),
            ["phase_splits"]
        );
    }

    #[test]
    fn a_signature_is_no_other_place() {
        assert_eq!(
            place("https://a.org/1.png?s=1"),
            place("https://a.org/1.png?s=2#x")
        );
        assert_ne!(place("https://a.org/1.png"), place("https://a.org/2.png"));
    }
}
