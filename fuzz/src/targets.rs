//! What holds for any bytes from outside: each target takes some and panics if something does not hold.
//! `tests/fuzz_seeds.rs` runs them on the seeds, without a fuzzer.

use std::collections::BTreeMap;
use std::io::Cursor;

use evalai_sync::action::{Event, inert};
use evalai_sync::challenge::value::FileId;
use evalai_sync::evalai::{Answer, Call, Known, Snapshot, Structure};
use evalai_sync::repository::archive::{self, Limits};
use evalai_sync::repository::path::RepoPath;
use evalai_sync::repository::record::{Problem, Record, VERSION};
use evalai_sync::repository::worktree::{Files, Stat, Worktree};
use evalai_sync::yaml::{Document, Path, Segment, Style, Value};
use serde_json::Value as Json;

/// A target and its name.
pub type Target = (&'static str, fn(&[u8]));

/// All of them.
pub const TARGETS: [Target; 6] = [
    ("yaml_edit", yaml_edit),
    ("config", config),
    ("record", record),
    ("event", event),
    ("zip", zip),
    ("api", api),
];

/// The most values of a document that an edit is chosen from.
const MOST: usize = 300;

/// Edits a YAML file: the first three bytes say what and where, the rest is the file. Whatever the edit does, the new
/// file reads as intended; a scalar's own bytes are all that changes.
pub fn yaml_edit(data: &[u8]) {
    let Some(([what, place, with], text)) = data
        .split_first_chunk::<3>()
        .map(|(head, text)| (*head, text))
    else {
        return;
    };
    let Ok(document) = Document::parse(text) else {
        return;
    };
    let mut paths = Vec::new();
    collect(document.root(), &Path::root(), &mut paths);
    let path = paths[usize::from(place) % paths.len()].clone();
    let value = value(with, &document, &paths);
    let mut intended = document.root().clone();
    let edited = match what % 3 {
        0 => {
            let Some(holder) = find(&mut intended, &path) else {
                return;
            };
            *holder = value.clone();
            document.set(&path, &value)
        }
        1 => {
            match find(&mut intended, &path) {
                Some(Value::Map(pairs)) => pairs.push((Value::from("new key"), value.clone())),
                Some(null @ Value::Null) => {
                    *null = Value::Map(vec![(Value::from("new key"), value.clone())])
                }
                _ => return,
            }
            document.insert(&path, "new key", &value, &[])
        }
        _ => {
            let Some((holder, Segment::Key(key))) = path.split_last() else {
                return;
            };
            let Some(Value::Map(pairs)) = find(&mut intended, &holder) else {
                return;
            };
            pairs.retain(|(name, _)| name.as_str() != Some(key));
            document.remove(&path)
        }
    };
    let Ok(edited) = edited else { return };
    let read = Document::parse(edited.bytes()).expect("what was edited reads");
    assert_eq!(*read.root(), intended, "{path} of the file as it reads");
    assert_eq!(
        *edited.root(),
        intended,
        "{path} of the file as it was edited"
    );
    // With an anchor goes what refers to it, with a tag what it says of the old value.
    let refers = text.iter().any(|byte| b"&*<!".contains(byte));
    if what % 3 == 0 && !refers {
        outside_is_unchanged(&document, &edited, &path);
    }
}

/// Of a file without references, only a scalar's own bytes change if it becomes another.
fn outside_is_unchanged(document: &Document, edited: &Document, path: &Path) {
    let is_in_line = |document: &Document| {
        let style = document.style(path);
        matches!(
            style,
            Some(Style::Plain | Style::SingleQuoted | Style::DoubleQuoted)
        )
    };
    if !is_in_line(document) || !is_in_line(edited) {
        return;
    }
    let (Some(old), Some(new)) = (document.source(path), edited.source(path)) else {
        return;
    };
    let around = |document: &Document, source: &str| {
        let bytes = document.bytes();
        let start = source.as_ptr() as usize - bytes.as_ptr() as usize;
        (
            bytes[..start].to_vec(),
            bytes[start + source.len()..].to_vec(),
        )
    };
    let (before, after) = (around(document, old), around(edited, new));
    assert_eq!(
        String::from_utf8_lossy(&before.0),
        String::from_utf8_lossy(&after.0),
        "before {path}"
    );
    assert_eq!(
        String::from_utf8_lossy(&before.1),
        String::from_utf8_lossy(&after.1),
        "after {path}"
    );
}

/// The paths of `value` and all below it.
fn collect(value: &Value, path: &Path, paths: &mut Vec<Path>) {
    if paths.len() == MOST {
        return;
    }
    paths.push(path.clone());
    match value {
        Value::Map(pairs) => {
            for (key, value) in pairs {
                if let Some(key) = key.as_str() {
                    collect(value, &path.clone().at(key), paths);
                }
            }
        }
        Value::Seq(items) => {
            for (index, item) in items.iter().enumerate() {
                collect(item, &path.clone().at(index), paths);
            }
        }
        _ => {}
    }
}

fn find<'a>(root: &'a mut Value, path: &Path) -> Option<&'a mut Value> {
    path.segments()
        .iter()
        .try_fold(root, |holder, segment| match (holder, segment) {
            (Value::Map(pairs), Segment::Key(name)) => {
                let pair = pairs.iter_mut().find(|(key, _)| key.as_str() == Some(name));
                pair.map(|(_, value)| value)
            }
            (Value::Seq(items), Segment::Index(index)) => items.get_mut(*index),
            _ => None,
        })
}

/// A new value: one of the awkward, or one that the file has elsewhere.
fn value(with: u8, document: &Document, paths: &[Path]) -> Value {
    const TEXTS: [&str; 16] = [
        "",
        "text",
        "yes",
        "1:30",
        "2024-01-02",
        "~",
        "a: b",
        "a #b",
        "- a",
        "\n",
        "two\nlines\n",
        " spaces ",
        "\u{feff}\u{85}\u{2028}",
        "'\"\\",
        "tab\tand\r\nreturn",
        "日本 🎉",
    ];
    let index = usize::from(with);
    match with {
        0..16 => Value::from(TEXTS[index]),
        16 => Value::Null,
        17 => Value::Bool(true),
        18 => Value::Int(-7),
        19 => Value::Seq(Vec::new()),
        20 => Value::Map(Vec::new()),
        21 => Value::Seq(TEXTS.map(Value::from).to_vec()),
        22 => Value::Map(
            TEXTS
                .map(|text| (Value::from(text), Value::from(text)))
                .to_vec(),
        ),
        _ => document
            .get(&paths[index % paths.len()])
            .cloned()
            .unwrap_or(Value::Null),
    }
}

/// A branch that holds one configuration; every other file that it names is there, too.
struct Named<'a>(&'a [u8]);

const CONFIG: &str = "challenge_config.yaml";

impl Files for Named<'_> {
    fn read(&self, path: &RepoPath) -> Result<Option<Vec<u8>>, String> {
        Ok(Some(if path.as_str() == CONFIG {
            self.0.to_vec()
        } else {
            b"<p>Text</p>\n".to_vec()
        }))
    }

    fn stat(&self, path: &RepoPath) -> Result<Option<Stat>, String> {
        let size = self.read(path)?.map_or(0, |bytes| bytes.len()) as u64;
        Ok(Some(Stat {
            id: FileId::new("0".repeat(40)),
            size,
        }))
    }

    fn list(&self, _: &str) -> Result<Vec<String>, String> {
        Ok(vec!["main.py".to_owned()])
    }
}

/// Reads a configuration: every field has a place, a line in the file and a word for the log.
pub fn config(data: &[u8]) {
    let path = RepoPath::new(CONFIG).expect("a path");
    let worktree = match Worktree::read(&Named(data), &path, &[]) {
        Ok(worktree) => worktree,
        Err(error) => {
            assert!(error.to_string().contains(CONFIG), "{error}");
            return;
        }
    };
    let lines = 1 + String::from_utf8_lossy(data)
        .matches(['\n', '\r', '\u{85}', '\u{2028}', '\u{2029}'])
        .count();
    for (field, reading) in worktree.side.iter() {
        assert!((1..=lines).contains(&worktree.line(field)), "{field}");
        assert!(!reading.shown().contains('\n'), "{field}");
        if let Some(file) = worktree.places.get(field).and_then(|place| place.file()) {
            let is_inside = !file.as_str().starts_with('/')
                && !file.as_str().split('/').any(|part| part == "..");
            assert!(is_inside, "{field}: {file}");
        }
    }
}

/// Reads a record's files, each after a line `=== path`: what reads is written so that it reads the same.
pub fn record(data: &[u8]) {
    let mut files: BTreeMap<String, Vec<u8>> = BTreeMap::new();
    let mut rest = data;
    while let Some((path, content)) = rest
        .strip_prefix(b"=== ")
        .and_then(|rest| split(rest, b"\n"))
    {
        let (content, next) = split(content, b"\n=== ").unwrap_or((content, b""));
        files.insert(String::from_utf8_lossy(path).into_owned(), content.to_vec());
        let taken = rest.len() - next.len();
        rest = if next.is_empty() {
            b""
        } else {
            &rest[taken - 4..]
        };
    }
    match Record::from_files(&files) {
        Ok(record) => {
            assert!(record.head.version <= VERSION);
            assert_eq!(Record::from_files(&record.to_files()), Ok(record));
        }
        Err(Problem::Newer { found }) => assert!(found > VERSION),
        Err(problem @ Problem::Unreadable { .. }) => assert!(!problem.to_string().is_empty()),
    }
}

fn split<'a>(bytes: &'a [u8], at: &[u8]) -> Option<(&'a [u8], &'a [u8])> {
    let place = bytes.windows(at.len()).position(|window| window == at)?;
    Some((&bytes[..place], &bytes[place + at.len()..]))
}

/// Reads an event's payload: what the log says of a dispatch is inert.
pub fn event(data: &[u8]) {
    let Ok(payload) = serde_json::from_slice::<Json>(data) else {
        return;
    };
    for name in ["repository_dispatch", "schedule"] {
        let said = match Event::parse(Some(name.to_owned()), &payload) {
            Ok(event) => event.dispatch.map(|dispatch| dispatch.to_string()),
            Err(error) => Some(error.to_string()),
        };
        let said = said.unwrap_or_default();
        let said = inert(&said);
        assert!(
            said.lines()
                .all(|line| !line.trim_start().starts_with("::")),
            "{said}"
        );
        assert!(!said.contains("##["), "{said}");
    }
}

/// Unpacks an archive: what is taken stays inside, within the limits.
pub fn zip(data: &[u8]) {
    let limits = Limits {
        entries: 100,
        file: 1 << 16,
        total: 1 << 18,
        ratio: 100,
        harmless: 1 << 12,
    };
    let archive = match archive::read(Cursor::new(data), &limits) {
        Ok(archive) => archive,
        Err(error) => {
            assert!(!error.to_string().contains('\n'), "{error}");
            return;
        }
    };
    assert!(archive.files.len() <= limits.entries);
    let mut total = 0;
    for (name, entry) in &archive.files {
        let path = RepoPath::new(name).expect("a path inside");
        assert_eq!(path.as_str(), name);
        assert!(entry.bytes.len() as u64 <= limits.file, "{name}");
        total += entry.bytes.len() as u64;
    }
    assert!(total <= limits.total);
}

/// Decodes an answer of EvalAI's in every way that answers are decoded: an id is the one asked for, pages grow, and
/// every field has a word for the log.
pub fn api(data: &[u8]) {
    let Ok(value) = serde_json::from_slice::<Json>(data) else {
        return;
    };
    let answer = |value: &Json| Answer {
        call: Call {
            path: "/api/x/".to_owned(),
            attempt: 1,
        },
        value: value.clone(),
    };
    let told = [
        answer(&value)
            .page(1)
            .map(|page| assert!(page.next.is_none_or(|next| next > 1))),
        answer(&value)
            .challenge(1)
            .map(|challenge| assert_eq!(challenge.id, 1)),
        answer(&value)
            .object_of(1)
            .map(|object| assert_eq!(object["id"].as_u64(), Some(1))),
        answer(&value)
            .objects(&["id"])
            .map(|objects| assert!(objects.iter().all(|object| object["id"].is_u64()))),
    ];
    for error in told.into_iter().filter_map(Result::err) {
        assert!(!error.to_string().contains('\n'), "{error}");
    }
    let part = |key: &str| value.get(key).unwrap_or(&Json::Null);
    let objects = |value: &Json| {
        let objects = value.as_array().into_iter().flatten();
        objects
            .filter_map(|object| object.as_object().cloned())
            .collect::<Vec<_>>()
    };
    let by_id = |value: &Json| {
        let objects = objects(value).into_iter();
        objects
            .filter_map(|object| Some((object.get("id")?.as_u64()?, object)))
            .collect()
    };
    let structure = Structure {
        splits: by_id(part("splits")),
        leaderboards: by_id(part("leaderboards")),
        dataset_splits: by_id(part("dataset_splits")),
        prizes: part("prizes").as_array().map(|_| objects(part("prizes"))),
        sponsors: part("sponsors")
            .as_array()
            .map(|_| objects(part("sponsors"))),
        ids: serde_json::from_value(part("ids").clone()).unwrap_or_default(),
    };
    let snapshot = Snapshot {
        id: 1,
        challenge: part("challenge").as_object().cloned().unwrap_or_default(),
        worker: Known::Yes(part("worker").as_object().cloned().unwrap_or_default()),
        phases: Known::Yes(objects(part("phases"))),
        phase_splits: Known::Yes(objects(part("phase_splits"))),
        structure: Known::Yes(structure),
    };
    match snapshot.held() {
        Ok(held) => {
            for (field, reading) in held.side.iter() {
                assert!(!reading.shown().contains('\n'), "{field}");
            }
        }
        Err(twins) => assert!(!twins.to_string().is_empty()),
    }
}
