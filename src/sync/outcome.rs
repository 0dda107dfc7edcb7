//! What a run did: all that its log, its summary and its outputs tell.

use std::time::Duration;

use super::apply::{Changes, Edited};
use super::note::Note;
use super::plan::Plan;
use crate::action::RunResult;
use crate::evalai::Request;
use crate::repository::path::RepoPath;
use crate::repository::worktree::Files;

/// What happens to a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Happens {
    /// It is new.
    Added,
    /// It gets another content.
    Modified,
    /// It goes.
    Deleted,
}

/// A file that changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileChange {
    /// Its path from the top of the repository.
    pub path: String,
    /// What happens to it.
    pub happens: Happens,
    /// Its content before and afterwards, if a report may show what changed in it.
    pub shown: Option<(Vec<u8>, Vec<u8>)>,
}

/// What became of the record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RecordChange {
    /// It says what it said before.
    Unchanged,
    /// There was none that could be used.
    Created,
    /// It was updated.
    Updated,
    /// It was not written, since nothing was to be.
    DryRun,
}

/// What a run did.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// The challenge's database id on EvalAI.
    pub challenge_id: u64,
    /// Its title there. Untrusted text.
    pub title: String,
    /// The EvalAI server.
    pub evalai: String,
    /// `owner/name` of the repository.
    pub repository: String,
    /// The branch.
    pub branch: String,
    /// The configuration's path.
    pub config: String,
    /// What was decided for every field.
    pub plan: Plan,
    /// The files that changed (in a dry run: would change).
    pub files: Vec<FileChange>,
    /// The commit on the branch, if one was made.
    pub commit: Option<String>,
    /// The commit that it follows: what the branch held before.
    pub parent: Option<String>,
    /// The commit that the record now names.
    pub sync_sha: String,
    /// What became of the record.
    pub record: RecordChange,
    /// True if nothing was to be written.
    pub dry_run: bool,
    /// True if the host wants a run that ends like this to fail (`fail-on`).
    pub fails: bool,
    /// What the host should know.
    pub notes: Vec<Note>,
    /// Every request made to EvalAI.
    pub requests: Vec<Request>,
    /// Every download of a file.
    pub downloads: Vec<Request>,
    /// How often another push came first.
    pub lost_races: u32,
    /// How long it all took.
    pub took: Duration,
}

impl Outcome {
    /// The run in one word.
    #[must_use]
    pub fn result(&self) -> RunResult {
        if self.dry_run {
            RunResult::DryRun
        } else if self.commit.is_some() {
            RunResult::Synced
        } else if self.plan.conflicts_left().next().is_some() {
            RunResult::Conflict
        } else if self.plan.open().next().is_some() {
            RunResult::FirstSync
        } else if self.plan.ahead().next().is_some() || !self.plan.only_in_repository.is_empty() {
            RunResult::Ahead
        } else {
            RunResult::InSync
        }
    }
}

/// What [`Changes`] do to the files of a commit, for the report.
pub(super) fn file_changes(changes: &Changes, files: &impl Files) -> Vec<FileChange> {
    let change = |(path, edited): (&RepoPath, &Edited)| {
        let is_there = files.stat(path).is_ok_and(|stat| stat.is_some());
        let (happens, shown) = match edited {
            Edited::Written { bytes, shown, .. } => {
                let old = || files.read(path).ok().flatten().unwrap_or_default();
                let happens = if is_there {
                    Happens::Modified
                } else {
                    Happens::Added
                };
                (happens, shown.then(|| (old(), bytes.clone())))
            }
            Edited::Deleted => (Happens::Deleted, None),
        };
        FileChange {
            path: path.to_string(),
            happens,
            shown,
        }
    };
    changes.0.iter().map(change).collect()
}
