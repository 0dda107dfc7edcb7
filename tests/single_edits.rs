//! Each single edit of each field, on real configurations: exactly that value changes, and nothing else.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "test code"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use evalai_sync::challenge::catalogue::Scope;
use evalai_sync::challenge::path::{Entity, FieldPath, PhaseId, PhaseKey};
use evalai_sync::challenge::pattern::Patterns;
use evalai_sync::challenge::side::{Reading, Side};
use evalai_sync::challenge::{Kind, Value};
use evalai_sync::evalai::Held;
use evalai_sync::repository::media::id_of;
use evalai_sync::repository::path::RepoPath;
use evalai_sync::repository::worktree::{ConfigError, Files, Place, Stat, Worktree};
use evalai_sync::sync::apply::{ApplyError, Base, Changes, Edited, apply};
use evalai_sync::sync::plan::{Plan, Policy, Situation, plan};
use similar::{ChangeTag, TextDiff};

/// A repository in memory.
struct Memory(BTreeMap<String, Vec<u8>>);

impl Files for Memory {
    fn read(&self, path: &RepoPath) -> Result<Option<Vec<u8>>, String> {
        Ok(self.0.get(path.as_str()).cloned())
    }

    fn stat(&self, path: &RepoPath) -> Result<Option<Stat>, String> {
        let stat = |bytes: &Vec<u8>| Stat {
            id: id_of(bytes),
            size: bytes.len() as u64,
        };
        Ok(self.0.get(path.as_str()).map(stat))
    }

    fn list(&self, folder: &str) -> Result<Vec<String>, String> {
        let below = |path: &String| {
            let name = path.strip_prefix(folder)?.strip_prefix('/')?;
            Some(name.to_owned())
        };
        Ok(self.0.keys().filter_map(below).collect())
    }
}

/// Real configurations: those of the fixtures, and of the corpus where it is at hand.
fn configurations() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let repos = ["sample", "big", "docker"].map(|name| {
        root.join("tests/fixtures/evalai-api/repos")
            .join(name)
            .join("challenge_config.yaml")
    });
    let mut files = repos.to_vec();
    match fs::read_dir(root.join("../shared/corpus/configs")) {
        Ok(corpus) => files.extend(corpus.map(|entry| entry.expect("an entry").path())),
        Err(_) => println!("skipped: the corpus of real configurations is not at hand"),
    }
    files.sort();
    files
}

/// The configuration with every template that it names, CRLF as most are.
fn repository(bytes: &[u8]) -> Result<(Memory, Worktree), ConfigError> {
    let config = RepoPath::new("challenge_config.yaml").unwrap();
    let mut files = Memory(BTreeMap::from([(config.to_string(), bytes.to_vec())]));
    let bare = Worktree::read(&files, &config, &[])?;
    for file in bare.places.values().filter_map(Place::file) {
        let text = format!("<h1>{file}</h1>\r\n<p>Text.</p>\r\n");
        files.0.insert(file.to_string(), text.into_bytes());
    }
    let worktree = Worktree::read(&files, &config, &[])?;
    Ok((files, worktree))
}

/// EvalAI's side when it holds what the repository says: its defaults where that says nothing.
fn mirrored(worktree: &Worktree) -> Held {
    let mut side = Side::default();
    let compared = |path: &FieldPath| path.field.kind != Kind::File;
    for (path, reading) in worktree.side.iter().filter(|(path, _)| compared(path)) {
        let reading = match reading {
            Reading::Absent => Reading::Value(Value::Null),
            Reading::Invalid { .. } | Reading::Unknown(_) => Reading::Unknown("not read".into()),
            Reading::Value(_) => reading.clone(),
        };
        side.put(path.clone(), reading);
    }
    let said = side.clone();
    for (path, reading) in worktree.side.iter().filter(|(path, _)| compared(path)) {
        if let (Reading::Absent, Some(default)) = (reading, said.default_of(path)) {
            side.put(path.clone(), Reading::Value(default));
        }
    }
    let phases = side
        .entities()
        .into_iter()
        .filter_map(|entity| match entity {
            Entity::Phase(PhaseId::Number(id)) => Some(PhaseKey {
                id: Some(*id),
                codename: None,
            }),
            Entity::Phase(PhaseId::Codename(name)) => Some(PhaseKey {
                id: None,
                codename: Some(name.clone()),
            }),
            _ => None,
        });
    let phases = phases.collect();
    let lists = Scope::LISTS.into();
    Held {
        side,
        phases,
        lists,
        approved: false,
    }
}

/// What a sync does about `evalai` and `worktree` when `bases` are recorded.
fn decided(evalai: &Held, worktree: &Worktree, bases: &BTreeMap<FieldPath, Value>) -> Plan {
    plan(Situation {
        evalai,
        repository: &worktree.side,
        bases: Some(bases),
        open: &BTreeSet::new(),
        past: &[],
        merges: &BTreeMap::new(),
        policy: &Policy::default(),
        include: &Patterns::default(),
        everything: false,
    })
}

fn carried_out(
    plan: &Plan,
    worktree: &Worktree,
    files: &Memory,
    evalai: &Held,
) -> Result<Changes, ApplyError> {
    let base = Base {
        worktree,
        files,
        phases: &evalai.phases,
        contents: &BTreeMap::new(),
        merged: &BTreeMap::new(),
    };
    apply(plan, &base)
}

/// Other values for a field: what a host could make of it. Of the many nasty
/// texts, each field gets two; `round` is how many fields came before.
fn others(path: &FieldPath, value: &Value, round: usize) -> Vec<Value> {
    let text = |text: &str| Value::text(text);
    let list = |texts: &[&str]| Value::list(texts.iter().map(|text| (*text).to_owned()));
    match path.field.kind {
        Kind::Text => {
            let nasty = [
                "yes",
                "a: b # c",
                "2024-01-01",
                "two\nlines",
                "«Größe» 🎲",
                "- x",
                "012",
                "'\"'",
            ];
            [2 * round, 2 * round + 1]
                .map(|index| text(nasty[index % nasty.len()]))
                .to_vec()
        }
        Kind::Html => ["<p>Other.</p>", "<h1>a</h1>\n\n<p>b: c # d</p>"]
            .map(text)
            .to_vec(),
        Kind::Date => vec![Value::from_json(Kind::Date, &"2031-07-08T09:10:11Z".into()).unwrap()],
        Kind::Bool => vec![Value::Bool(*value != Value::Bool(true))],
        Kind::Int => vec![Value::Int(987_654)],
        Kind::List => vec![list(&["a@example.org", "b@example.org"]), Value::Null],
        Kind::Set => vec![
            Value::set(["new".to_owned(), "off".to_owned()]),
            Value::Null,
        ],
        Kind::Rows(_) => vec![Value::Null],
        Kind::File => Vec::new(),
        Kind::Json => vec![Value::json(
            serde_json::json!([{"name": "x", "type": "text", "required": false}]),
        )],
    }
}

fn changed_lines(before: &[u8], after: &[u8]) -> (usize, usize) {
    let (before, after) = (
        String::from_utf8_lossy(before),
        String::from_utf8_lossy(after),
    );
    let diff = TextDiff::from_lines(before.as_ref(), after.as_ref());
    let count = |tag| {
        diff.iter_all_changes()
            .filter(|change| change.tag() == tag)
            .count()
    };
    (count(ChangeTag::Delete), count(ChangeTag::Insert))
}

#[test]
fn a_repository_that_equals_evalai_changes_by_zero_bytes() {
    for file in configurations() {
        let Ok((files, worktree)) = repository(&fs::read(&file).unwrap()) else {
            continue;
        };
        let evalai = mirrored(&worktree);
        let plan = decided(&evalai, &worktree, &BTreeMap::new());
        let changes = carried_out(&plan, &worktree, &files, &evalai).unwrap();
        assert_eq!(changes, Changes::default(), "{}", file.display());
    }
}

#[test]
fn each_single_edit_is_exactly_one_changed_value() {
    let (mut configurations_edited, mut edits) = (0, 0);
    for file in configurations() {
        let bytes = fs::read(&file).unwrap();
        let Ok((files, worktree)) = repository(&bytes) else {
            continue;
        };
        let evalai = mirrored(&worktree);
        let bases: BTreeMap<_, _> = evalai
            .side
            .iter()
            .filter_map(|(path, reading)| Some((path.clone(), reading.value()?.clone())))
            .collect();
        configurations_edited += 1;
        for (path, reading) in worktree.side.iter() {
            // What EvalAI lowers by itself depends on two fields.
            let Reading::Value(value) = reading else {
                continue;
            };
            if path.field.kind == Kind::File {
                continue;
            }
            if path.field.key.ends_with("_per_day")
                || path.field.key == "max_concurrent_submissions_allowed"
            {
                continue;
            }
            for other in others(path, value, edits)
                .into_iter()
                .filter(|other| other != value)
            {
                let context = format!("{}: {path} = {}", file.display(), other.shown());
                let mut edited = evalai.clone();
                edited.side.put(path.clone(), Reading::Value(other.clone()));
                let plan = decided(&edited, &worktree, &bases);
                let taken: Vec<_> = plan.written().map(|item| item.path.to_string()).collect();
                assert_eq!(taken, [path.to_string()], "{context}");
                let changes = carried_out(&plan, &worktree, &files, &evalai)
                    .unwrap_or_else(|error| panic!("{context}: {error}"));
                let config = changes.0.get(&worktree.config).and_then(Edited::bytes);
                if matches!(
                    path.field.kind,
                    Kind::Text | Kind::Date | Kind::Bool | Kind::Int
                ) && !other.lines().contains('\n')
                    && !value.lines().contains('\n')
                {
                    let config = config.unwrap_or_else(|| panic!("{context}: no edit"));
                    let written = match &worktree.places[path] {
                        Place::Inline(key) => worktree
                            .document
                            .source(key)
                            .map_or(1, |text| text.lines().count().max(1)),
                        _ => 1,
                    };
                    let (gone, come) = changed_lines(&bytes, config);
                    assert!(
                        gone <= written && come <= 1,
                        "{context}: {gone} lines went, {come} came"
                    );
                }
                if let Some(config) = config {
                    let crlf = |bytes: &[u8]| bytes.windows(2).any(|pair| pair == b"\r\n");
                    let lone = |bytes: &[u8]| {
                        bytes
                            .windows(2)
                            .any(|pair| pair[1] == b'\n' && pair[0] != b'\r')
                    };
                    assert_eq!(crlf(config), crlf(&bytes), "{context}: line endings");
                    assert!(lone(&bytes) || !lone(config), "{context}: line endings");
                }
                edits += 1;
            }
        }
    }
    println!("{edits} edits of {configurations_edited} configurations");
    assert!(
        configurations_edited >= 3 && edits > 300,
        "{edits} edits of {configurations_edited} configurations"
    );
}
