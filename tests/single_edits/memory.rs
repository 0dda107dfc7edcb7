//! Repositories in memory, and an EvalAI that holds what they say.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

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

/// Files in memory.
#[derive(Clone)]
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

/// A repository: a configuration with every template that it names.
pub(crate) struct Repository {
    /// What a failing test calls it.
    pub(crate) name: String,
    /// The configuration's bytes.
    pub(crate) config: Vec<u8>,
    pub(crate) worktree: Worktree,
    files: Memory,
}

impl Repository {
    /// Templates are CRLF, as most are.
    pub(crate) fn new(name: &str, config: &[u8]) -> Result<Self, ConfigError> {
        let path = RepoPath::new("challenge_config.yaml").unwrap();
        let mut files = Memory(BTreeMap::from([(path.to_string(), config.to_vec())]));
        let bare = Worktree::read(&files, &path, &[])?;
        for file in bare.places.values().filter_map(Place::file) {
            let text = format!("<h1>{file}</h1>\r\n<p>Text.</p>\r\n");
            files.0.insert(file.to_string(), text.into_bytes());
        }
        Ok(Self {
            name: name.to_owned(),
            config: config.to_vec(),
            worktree: Worktree::read(&files, &path, &[])?,
            files,
        })
    }

    /// Those of the fixtures, and of the corpus where it is at hand; what
    /// EvalAI could not read is left out.
    pub(crate) fn all() -> Vec<Self> {
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
        let read = |file: &std::path::PathBuf| {
            let name = file.strip_prefix(root).unwrap_or(file).display();
            Self::new(&name.to_string(), &fs::read(file).expect("a file")).ok()
        };
        files.iter().filter_map(read).collect()
    }

    /// An EvalAI that holds what the repository says: its defaults where that says nothing.
    pub(crate) fn mirrored(&self) -> Held {
        let here = &self.worktree.side;
        let compared = |path: &FieldPath| path.field.kind != Kind::File;
        let mut side = Side::default();
        for (path, reading) in here.iter().filter(|(path, _)| compared(path)) {
            let reading = match reading {
                Reading::Absent => Reading::Value(Value::Null),
                Reading::Invalid { .. } | Reading::Unknown(_) => {
                    Reading::Unknown("not read".into())
                }
                Reading::Value(_) => reading.clone(),
            };
            side.put(path.clone(), reading);
        }
        let said = side.clone();
        for (path, reading) in here.iter().filter(|(path, _)| compared(path)) {
            if let (Reading::Absent, Some(default)) = (reading, said.default_of(path)) {
                side.put(path.clone(), Reading::Value(default));
            }
        }
        let phases = side.entities().into_iter().filter_map(phase_key).collect();
        Held {
            side,
            phases,
            lists: Scope::LISTS.into(),
            approved: false,
        }
    }

    /// What a sync does if both sides agreed on `before`, and EvalAI holds `now`.
    pub(crate) fn plan(&self, before: &Held, now: &Held, include: &Patterns) -> Plan {
        let agreed = before.side.iter();
        let bases = agreed
            .filter_map(|(path, reading)| Some((path.clone(), reading.value()?.clone())))
            .collect();
        plan(Situation {
            evalai: now,
            repository: &self.worktree.side,
            bases: Some(&bases),
            open: &BTreeSet::new(),
            past: &[],
            merges: &BTreeMap::new(),
            policy: &Policy::default(),
            include,
            everything: false,
        })
    }

    /// Carries the plan out.
    pub(crate) fn apply(&self, plan: &Plan, evalai: &Held) -> Result<Changes, ApplyError> {
        let base = Base {
            worktree: &self.worktree,
            files: &self.files,
            phases: &evalai.phases,
            contents: &BTreeMap::new(),
            merged: &BTreeMap::new(),
        };
        apply(plan, &base)
    }

    /// The configuration after `changes`.
    pub(crate) fn config_after<'a>(&'a self, changes: &'a Changes) -> &'a [u8] {
        let edited = changes.0.get(&self.worktree.config);
        edited.and_then(Edited::bytes).unwrap_or(&self.config)
    }

    /// What the repository says after `changes`.
    pub(crate) fn read_again(&self, changes: &Changes, evalai: &Held) -> Side {
        let mut files = self.files.clone();
        for (path, edited) in &changes.0 {
            match edited.bytes() {
                Some(bytes) => files.0.insert(path.to_string(), bytes.to_vec()),
                None => files.0.remove(path.as_str()),
            };
        }
        let read = Worktree::read(&files, &self.worktree.config, &evalai.phases);
        read.expect("a configuration").side
    }
}

/// How EvalAI names a phase.
pub(crate) fn phase_key(entity: &Entity) -> Option<PhaseKey> {
    let Entity::Phase(phase) = entity else {
        return None;
    };
    Some(match phase {
        PhaseId::Number(id) => PhaseKey {
            id: Some(*id),
            codename: None,
        },
        PhaseId::Codename(name) => PhaseKey {
            id: None,
            codename: Some(name.clone()),
        },
    })
}

/// How many lines at one place went and came: all others are the same, byte by byte.
pub(crate) fn touched(before: &[u8], after: &[u8]) -> (usize, usize) {
    let lines = |bytes: &[u8]| -> Vec<String> {
        let text = String::from_utf8_lossy(bytes);
        text.lines().map(str::to_owned).collect()
    };
    let (before, after) = (lines(before), lines(after));
    let same = |(a, b): &(&String, &String)| a == b;
    let head = before.iter().zip(&after).take_while(same).count();
    let (old, new) = (&before[head..], &after[head..]);
    let tail = old.iter().rev().zip(new.iter().rev());
    let tail = tail.take_while(same).count();
    (old.len() - tail, new.len() - tail)
}

/// A file of CRLF stays one, and a file of LF too; a mixed one gets no worse.
#[track_caller]
pub(crate) fn assert_line_endings_kept(before: &[u8], after: &[u8], context: &str) {
    let crlf = |bytes: &[u8]| bytes.windows(2).any(|pair| pair == b"\r\n");
    let lone = |bytes: &[u8]| {
        let mut pairs = bytes.windows(2);
        bytes.starts_with(b"\n") || pairs.any(|pair| pair[1] == b'\n' && pair[0] != b'\r')
    };
    assert!(crlf(before) || !crlf(after), "{context}: CRLF came in");
    let says_nothing = !before.contains(&b'\n');
    assert!(
        says_nothing || lone(before) || !lone(after),
        "{context}: a lone LF came in"
    );
    assert_eq!(
        before.ends_with(b"\n"),
        after.ends_with(b"\n"),
        "{context}: the end of the file"
    );
}
