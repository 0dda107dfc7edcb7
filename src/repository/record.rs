//! The record: what was last agreed between EvalAI and the repository.
//!
//! It is kept as a small tree of files on a ref of its own: `record.json`
//! says which challenge, branch and commit it speaks of, and `values/` holds
//! the base of every synced field, texts as they are and everything else as
//! JSON. This module turns the record into those files and back; fetching and
//! pushing them is git's part.

use std::collections::{BTreeMap, BTreeSet};

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use serde::{Deserialize, Serialize};

use crate::challenge::catalogue::Field;
use crate::challenge::path::{Entity, FieldPath, PhaseId, PhaseSplit};
use crate::challenge::value::Value;
use crate::evalai::{Ids, Validator};

/// The format this program writes, and the newest it understands.
pub const VERSION: u32 = 1;

/// Where a record's first file stands in its tree.
const HEAD: &str = "record.json";
const VALUES: &str = "values/";

/// What was last agreed.
#[derive(Debug, Clone, PartialEq)]
pub struct Record {
    /// Which challenge, branch and commit it speaks of.
    pub head: Head,
    /// The base of each field.
    pub bases: BTreeMap<FieldPath, Value>,
}

/// The record's own facts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// The format's version.
    pub version: u32,
    /// The EvalAI server, such as `https://eval.ai`.
    pub evalai_host_url: String,
    /// The challenge's database id there.
    pub challenge_id: u64,
    /// The branch that is synced.
    pub branch: String,
    /// The configuration's path in it.
    pub config: String,
    /// The branch's commit up to which everything was settled: what the
    /// branch held since then may still be on its way to EvalAI.
    pub sync_sha: String,
    /// EvalAI's database ids, resolved: they never change.
    #[serde(default)]
    pub ids: Ids,
    /// What was last seen of each medium (logo, script, annotations) on which
    /// both sides agree, by the name of its field.
    #[serde(default)]
    pub media: BTreeMap<String, Seen>,
    /// The fields that wait for the host to choose (`first-sync`), by name:
    /// both sides never agreed on them, and they are not new since then either.
    #[serde(default)]
    pub open: BTreeSet<String>,
}

/// What tells whether a medium need be fetched again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seen {
    /// A digest of its URL, which is a secret: it needs no credentials.
    pub url: String,
    /// What the server gave to ask with.
    pub validator: Option<Validator>,
}

/// Why a record cannot be used.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum Problem {
    /// Some file of it does not read.
    #[error("{file} in the record {problem}")]
    Unreadable {
        /// The file's path in the record's tree.
        file: String,
        /// A sentence's end.
        problem: String,
    },
    /// A newer release wrote it.
    #[error(
        "the record has format version {found}, and this release of evalai-sync understands versions up to {VERSION}: update the action"
    )]
    Newer {
        /// The version found.
        found: u32,
    },
}

impl Record {
    /// The record's tree: path and content of each file.
    #[must_use]
    pub fn to_files(&self) -> BTreeMap<String, Vec<u8>> {
        let head = serde_json::to_value(&self.head).unwrap_or_default();
        let head = (HEAD.to_owned(), pretty(&head));
        let values = self.bases.iter().map(|(path, value)| {
            let content = match value {
                Value::Text(text) => text.clone().into_bytes(),
                other => pretty(&other.to_json()),
            };
            (file_of(path, value), content)
        });
        std::iter::once(head).chain(values).collect()
    }

    /// Reads a record's tree. Files of fields that this release does not know are passed over:
    /// an older release wrote them, or a newer one of the same format.
    ///
    /// # Errors
    /// [`Problem::Newer`] for a newer format, [`Problem::Unreadable`] for anything that does not read.
    pub fn from_files(files: &BTreeMap<String, Vec<u8>>) -> Result<Self, Problem> {
        #[derive(Deserialize)]
        struct Version {
            version: u32,
        }
        let unreadable = |file: &str, problem: String| Problem::Unreadable {
            file: file.into(),
            problem,
        };
        let head = files
            .get(HEAD)
            .ok_or_else(|| unreadable(HEAD, "is missing".into()))?;
        let broken = |error: serde_json::Error| unreadable(HEAD, format!("does not read: {error}"));
        let Version { version } = serde_json::from_slice(head).map_err(broken)?;
        if version > VERSION {
            return Err(Problem::Newer { found: version });
        }
        let head = serde_json::from_slice(head).map_err(broken)?;
        let mut bases = BTreeMap::new();
        for (file, bytes) in files {
            let Some((path, extension)) = field_of(file) else {
                continue;
            };
            let value =
                read_value(&path, extension, bytes).map_err(|problem| unreadable(file, problem))?;
            bases.insert(path, value);
        }
        Ok(Self { head, bases })
    }
}

fn read_value(path: &FieldPath, extension: &str, bytes: &[u8]) -> Result<Value, String> {
    let text = std::str::from_utf8(bytes).map_err(|error| format!("is not UTF-8: {error}"))?;
    if extension == "txt" {
        return Ok(Value::text(text));
    }
    let json = serde_json::from_str(text).map_err(|error| format!("does not read: {error}"))?;
    Value::from_json(path.field.kind, &json)
}

fn pretty(json: &serde_json::Value) -> Vec<u8> {
    format!("{json:#}\n").into_bytes()
}

/// What a file name keeps of a codename; `~` in front tells it from a number.
const TAME: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_');

/// What a file name keeps of the path of a script's file, which is one name here.
const PATH: &AsciiSet = &TAME.remove(b'.');

/// Where the files of the evaluation script stand.
const SCRIPT: &str = "evaluation_script";

/// The file that holds `value` as the base of `path` in the record's tree.
#[must_use]
pub fn file_of(path: &FieldPath, value: &Value) -> String {
    let extension = match value {
        Value::Text(_) => "txt",
        _ => "json",
    };
    format!("{}.{extension}", file_stem(path))
}

fn file_stem(path: &FieldPath) -> String {
    let key = path.field.key;
    let phase = |phase: &PhaseId| match phase {
        PhaseId::Number(id) => id.to_string(),
        PhaseId::Codename(name) => format!("~{}", utf8_percent_encode(name, TAME)),
    };
    match &path.entity {
        Entity::Challenge => format!("{VALUES}{key}"),
        Entity::Phase(id) => format!("{VALUES}phases/{}/{key}", phase(id)),
        Entity::Leaderboard(id) => format!("{VALUES}leaderboards/{id}/{key}"),
        Entity::DatasetSplit(id) => format!("{VALUES}dataset_splits/{id}/{key}"),
        Entity::ScriptFile(path) => {
            format!("{VALUES}{SCRIPT}/{}", utf8_percent_encode(path, PATH))
        }
        Entity::PhaseSplit(split) => {
            let PhaseSplit {
                leaderboard,
                dataset_split,
                ..
            } = split;
            format!(
                "{VALUES}phase_splits/{}/{leaderboard}/{dataset_split}/{key}",
                phase(&split.phase)
            )
        }
    }
}

fn field_of(file: &str) -> Option<(FieldPath, &str)> {
    let (stem, extension) = file.strip_prefix(VALUES)?.rsplit_once('.')?;
    let phase = |text: &str| match text.strip_prefix('~') {
        Some(name) => {
            let name = percent_decode_str(name).decode_utf8().ok()?;
            Some(PhaseId::Codename(name.into_owned()))
        }
        None => text.parse().ok().map(PhaseId::Number),
    };
    let parts: Vec<&str> = stem.split('/').collect();
    let (entity, key) = match parts[..] {
        [key] => (Entity::Challenge, key),
        ["phases", id, key] => (Entity::Phase(phase(id)?), key),
        [SCRIPT, path] => {
            let path = percent_decode_str(path).decode_utf8().ok()?;
            return Some((FieldPath::script_file(&path), extension));
        }
        ["leaderboards", id, key] => (Entity::Leaderboard(id.parse().ok()?), key),
        ["dataset_splits", id, key] => (Entity::DatasetSplit(id.parse().ok()?), key),
        ["phase_splits", id, leaderboard, dataset_split, key] => {
            let split = PhaseSplit {
                phase: phase(id)?,
                leaderboard: leaderboard.parse().ok()?,
                dataset_split: dataset_split.parse().ok()?,
            };
            (Entity::PhaseSplit(split), key)
        }
        _ => return None,
    };
    let field = Field::find(entity.scope(), key)?;
    Some((FieldPath::of(entity, field), extension))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn record() -> Record {
        let head = Head {
            version: VERSION,
            evalai_host_url: "https://eval.ai".into(),
            challenge_id: 42,
            branch: "challenge".into(),
            config: "challenge_config.yaml".into(),
            sync_sha: "0123456789abcdef0123456789abcdef01234567".into(),
            ids: Ids {
                leaderboards: [(7, 1)].into(),
                ..Ids::default()
            },
            media: [(
                "image".to_owned(),
                Seen {
                    url: "0123".to_owned(),
                    validator: None,
                },
            )]
            .into(),
            open: ["phases.3.name".to_owned()].into(),
        };
        let base = |name: &str, json| {
            let path = FieldPath::parse(name).unwrap();
            let value = Value::from_json(path.field.kind, &json).unwrap();
            (path, value)
        };
        let bases = [
            base("title", json!("A title\nof two lines")),
            base("domain", json!(null)),
            base("tags", json!(["b", "a"])),
            base("phases.2.end_date", json!("2099-04-25T23:59:59Z")),
            base("phases.a/b ~ü.name", json!("Phase")),
            base(
                "phases.2.submission_meta_attributes",
                json!([{"name": "x"}]),
            ),
            base("leaderboards.1.schema", json!({"labels": ["b", "a"]})),
            base("dataset_splits.3.codename", json!("test")),
            base("phase_splits.2-1-3.visibility", json!(3)),
            base(
                "evaluation_script/pkg/a.b.py",
                json!("d95f3ad14dee633a758d2e331151e950dd13e4ed"),
            ),
        ];
        Record {
            head,
            bases: bases.into(),
        }
    }

    #[test]
    fn the_tree_gives_back_the_record() {
        let record = record();
        assert_eq!(Record::from_files(&record.to_files()), Ok(record));
    }

    #[test]
    fn values_are_kept_so_that_a_person_and_a_diff_can_read_them() {
        let files = record().to_files();
        let names: Vec<_> = files.keys().map(String::as_str).collect();
        let expected = [
            "record.json",
            "values/dataset_splits/3/codename.txt",
            "values/domain.json",
            "values/evaluation_script/pkg%2Fa.b.py.json",
            "values/leaderboards/1/schema.json",
            "values/phase_splits/2/1/3/visibility.json",
            "values/phases/2/end_date.json",
            "values/phases/2/submission_meta_attributes.json",
            "values/phases/~a%2Fb%20%7E%C3%BC/name.txt",
            "values/tags.json",
            "values/title.txt",
        ];
        assert_eq!(names, expected);
        assert_eq!(files["values/title.txt"], b"A title\nof two lines");
        assert_eq!(
            files["values/phases/2/end_date.json"],
            b"\"2099-04-25T23:59:59Z\"\n"
        );
    }

    #[test]
    fn a_record_of_a_newer_format_is_not_read() {
        let mut files = record().to_files();
        files.insert(
            HEAD.into(),
            br#"{"version": 2, "anything": "else"}"#.to_vec(),
        );
        assert_eq!(Record::from_files(&files), Err(Problem::Newer { found: 2 }));
    }

    #[test]
    fn a_damaged_record_says_which_file_is_damaged() {
        let damages: [(&str, Option<&[u8]>); 4] = [
            (HEAD, None),
            (HEAD, Some(b"{")),
            ("values/tags.json", Some(b"5")),
            ("values/title.txt", Some(b"\xff")),
        ];
        for (file, damage) in damages {
            let mut files = record().to_files();
            match damage {
                Some(bytes) => files.insert(file.into(), bytes.to_vec()),
                None => files.remove(file),
            };
            let problem = Record::from_files(&files).unwrap_err();
            assert!(problem.to_string().starts_with(file), "{problem}");
        }
    }

    #[test]
    fn a_field_that_this_release_does_not_know_is_passed_over() {
        let mut files = record().to_files();
        files.insert("values/phases/2/colour.json".into(), b"1".to_vec());
        assert_eq!(Record::from_files(&files), Ok(record()));
    }
}
