//! The audit log: what every sync did, told by the record's chain of commits.
//!
//! Each commit holds the record as it was after one sync. The difference of
//! its bases to those before tells which fields changed, and from what to
//! what; the trailers of its message tell what set the sync off and what it
//! did about conflicts. The branch itself is not looked at, so that squashing
//! or rewriting it takes nothing away.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::git::{GitError, Logged, Oid, Scratch};
use super::record::Record;
use super::store;
use crate::challenge::path::{Entity, FieldPath};
use crate::challenge::pattern::Patterns;
use crate::challenge::value::Value;

/// One sync, as the record remembers it.
#[derive(Debug, Clone, PartialEq)]
pub struct Sync {
    /// The record's commit.
    pub record: String,
    /// When it was made.
    pub when: Timestamp,
    /// The event that set it off, such as `schedule`.
    pub trigger: Option<String>,
    /// Who set it off.
    pub actor: Option<String>,
    /// The page of its run.
    pub run: Option<String>,
    /// The branch.
    pub branch: Option<String>,
    /// The configuration's path.
    pub config: Option<String>,
    /// The commit that it made on the branch.
    pub commit: Option<String>,
    /// The sync SHA before it.
    pub base: Option<String>,
    /// The sync SHA after it.
    pub sync_sha: Option<String>,
    /// How many fields were found equal when nothing was recorded of this
    /// challenge and branch yet; `None` for every later sync.
    pub agreed: Option<usize>,
    /// The fields whose base moved, in the catalogue's order.
    pub changes: Vec<Change>,
    /// The fields that had changed on both sides.
    pub conflicts: Vec<Conflict>,
    /// Why the record does not read; what came of the sync is then not known.
    pub problem: Option<String>,
}

/// A field on whose value both sides agree anew.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    /// The field.
    pub path: FieldPath,
    /// What was agreed before; `None` if nothing was.
    pub before: Option<Value>,
    /// What is agreed now; `None` if nothing is.
    pub after: Option<Value>,
    /// Where the new value comes from.
    pub origin: Origin,
}

/// Where a new value comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// It was edited on EvalAI.
    EvalAi,
    /// It was committed to the repository, and had arrived on EvalAI.
    Repository,
}

impl Origin {
    /// Its name in JSON and CSV.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::EvalAi => "evalai",
            Self::Repository => "repository",
        }
    }
}

/// A field that had changed on both sides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conflict {
    /// The field's name; it may be one that this release does not know.
    pub field: String,
    /// What was done about it.
    pub settled: Settled,
}

/// What was done about a conflict.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Settled {
    /// EvalAI's value was taken.
    EvalAi,
    /// The repository's value was kept.
    Repository,
    /// Both changes were written.
    Merged,
    /// It was left to a person.
    Manual,
}

impl Settled {
    /// Its name in the record's trailers, in JSON and CSV.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::EvalAi => "evalai",
            Self::Repository => "repository",
            Self::Merged => "merged",
            Self::Manual => "manual",
        }
    }

    fn parse(word: &str) -> Option<Self> {
        [Self::EvalAi, Self::Repository, Self::Merged, Self::Manual]
            .into_iter()
            .find(|settled| settled.name() == word)
    }
}

/// Which syncs are asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// Only these fields.
    pub fields: Option<Patterns>,
    /// Only this phase, and its splits.
    pub phase: Option<String>,
    /// Nothing before.
    pub since: Option<Timestamp>,
    /// Nothing at this time or later.
    pub until: Option<Timestamp>,
}

impl Filter {
    /// Those of `syncs` that are asked for, each with the fields that are asked for. One
    /// whose record does not read may have changed any field, and stays.
    #[must_use]
    pub fn apply(&self, syncs: Vec<Sync>) -> Vec<Sync> {
        let in_time = |sync: &Sync| {
            self.since.is_none_or(|since| sync.when >= since)
                && self.until.is_none_or(|until| sync.when < until)
        };
        let narrow = |mut sync: Sync| {
            sync.changes.retain(|change| self.names(&change.path));
            sync.conflicts.retain(|conflict| {
                FieldPath::parse(&conflict.field).is_some_and(|path| self.names(&path))
            });
            let is_left = !(sync.changes.is_empty() && sync.conflicts.is_empty());
            (is_left || sync.problem.is_some()).then_some(sync)
        };
        let syncs = syncs.into_iter().filter(in_time);
        if self.fields.is_none() && self.phase.is_none() {
            return syncs.collect();
        }
        syncs.filter_map(narrow).collect()
    }

    fn names(&self, path: &FieldPath) -> bool {
        let of_phase = |wanted: &String| match &path.entity {
            Entity::Phase(id) => id.to_string() == *wanted,
            Entity::PhaseSplit(split) => split.phase.to_string() == *wanted,
            _ => false,
        };
        self.fields
            .as_ref()
            .is_none_or(|fields| fields.matches(path))
            && self.phase.as_ref().is_none_or(of_phase)
    }
}

/// Every sync of the record whose newest commit is `tip` and has been fetched with all that
/// is behind it; newest first.
///
/// # Errors
/// [`GitError`] if the chain itself cannot be read. A record in it that does not read is
/// told as a [`Sync`] with a problem.
pub fn read(scratch: &Scratch, tip: Oid) -> Result<Vec<Sync>, GitError> {
    let mut before = None;
    let mut syncs = Vec::new();
    for commit in scratch.chain(tip)?.iter().rev() {
        let record = match store::read(scratch, "", commit.id) {
            Ok(stored) => stored.record.map_err(|problem| problem.to_string()),
            Err(error) => Err(error.to_string()),
        };
        syncs.push(sync(commit, record.as_ref(), before.as_ref()));
        before = record.ok().or(before);
    }
    syncs.reverse();
    Ok(syncs)
}

/// What `commit` tells, which holds `record` and follows on the record `before`.
fn sync(commit: &Logged, record: Result<&Record, &String>, before: Option<&Record>) -> Sync {
    let trailers = Trailers::read(&commit.message);
    let mut sync = Sync {
        record: commit.id.to_string(),
        when: Timestamp::from_second(commit.seconds).unwrap_or_default(),
        trigger: trailers.first("Trigger"),
        actor: trailers.first("Actor"),
        run: trailers.first("Run"),
        branch: trailers.first("Branch"),
        config: None,
        commit: trailers.first("Commit"),
        base: None,
        sync_sha: None,
        agreed: None,
        changes: Vec::new(),
        conflicts: trailers.conflicts(),
        problem: None,
    };
    let record = match record {
        Ok(record) => record,
        Err(problem) => {
            sync.problem = Some(problem.clone());
            return sync;
        }
    };
    let head = &record.head;
    let about = |record: &Record| {
        let head = &record.head;
        (
            head.evalai_host_url.clone(),
            head.challenge_id,
            head.branch.clone(),
        )
    };
    let before = before.filter(|before| about(before) == about(record));
    sync.branch = Some(head.branch.clone());
    sync.config = Some(head.config.clone());
    sync.base = before.map(|before| before.head.sync_sha.clone());
    sync.sync_sha = Some(head.sync_sha.clone());
    let none = BTreeMap::new();
    let bases = before.map_or(&none, |before| &before.bases);
    sync.changes = changes(bases, &record.bases, &trailers, &sync.conflicts);
    if before.is_none() {
        let all = sync.changes.len();
        sync.changes
            .retain(|change| change.origin == Origin::EvalAi);
        sync.agreed = Some(all - sync.changes.len());
    }
    sync
}

fn changes(
    before: &BTreeMap<FieldPath, Value>,
    after: &BTreeMap<FieldPath, Value>,
    trailers: &Trailers<'_>,
    conflicts: &[Conflict],
) -> Vec<Change> {
    let mut edited: BTreeSet<&str> = trailers.all("Changed").collect();
    edited.extend(conflicts.iter().map(|conflict| conflict.field.as_str()));
    let paths: BTreeSet<&FieldPath> = before.keys().chain(after.keys()).collect();
    let moved = paths
        .into_iter()
        .filter(|path| before.get(path) != after.get(path));
    moved
        .map(|path| Change {
            path: path.clone(),
            before: before.get(path).cloned(),
            after: after.get(path).cloned(),
            origin: if edited.contains(path.to_string().as_str()) {
                Origin::EvalAi
            } else {
                Origin::Repository
            },
        })
        .collect()
}

/// The lines `Name: value` after a message's subject.
struct Trailers<'a>(Vec<(&'a str, &'a str)>);

impl<'a> Trailers<'a> {
    fn read(message: &'a str) -> Self {
        let body = message.split_once("\n\n").map_or("", |(_, body)| body);
        Self(
            body.lines()
                .filter_map(|line| line.split_once(": "))
                .collect(),
        )
    }

    fn all(&self, name: &str) -> impl Iterator<Item = &'a str> {
        let named = self.0.iter().filter(move |(own, _)| *own == name);
        named.map(|(_, value)| value.trim())
    }

    fn first(&self, name: &str) -> Option<String> {
        self.all(name).next().map(str::to_owned)
    }

    /// `Conflict: evalai title`; older records have the field's name alone, and knew no other
    /// way than to take EvalAI's value or to keep the repository's.
    fn conflicts(&self) -> Vec<Conflict> {
        let changed: BTreeSet<&str> = self.all("Changed").collect();
        let read = |text: &str| {
            let said = text
                .split_once(' ')
                .and_then(|(word, field)| Some((Settled::parse(word)?, field)));
            let older = if changed.contains(text) {
                Settled::EvalAi
            } else {
                Settled::Repository
            };
            let (settled, field) = said.unwrap_or((older, text));
            Conflict {
                field: field.to_owned(),
                settled,
            }
        };
        self.all("Conflict").map(read).collect()
    }
}

#[cfg(test)]
mod tests;
