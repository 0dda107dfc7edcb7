//! What a run did: all that its log, its summary and its outputs tell.

use std::time::Duration;

use super::apply::{Changes, Edited};
use super::note::Note;
use super::plan::Plan;
use super::propose::Why;
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

/// What became of the pull request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PullState {
    /// It was opened.
    Opened,
    /// It was brought up to date.
    Updated,
    /// It already said what is to be said.
    Unchanged,
    /// Somebody else pushed to its branch, so it was left alone.
    Theirs,
    /// Its branch was pushed, but it could not be opened.
    NotPermitted,
    /// Somebody closed it, and EvalAI has not changed since.
    Declined,
    /// It was closed, since nothing is left to propose.
    Closed,
}

/// The pull request of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PullRequest {
    /// What became of it.
    pub state: PullState,
    /// Why there is one; `None` once nothing is left to propose.
    pub why: Option<Why>,
    /// The branch that it proposes.
    pub branch: String,
    /// Its number.
    pub number: Option<u64>,
    /// Its page.
    pub url: Option<String>,
    /// The page on which a person can open it.
    pub link: Option<String>,
    /// The fields that it carries, by name.
    pub fields: Vec<String>,
}

impl PullRequest {
    /// Whether it is open.
    #[must_use]
    pub fn is_open(&self) -> bool {
        let ended = matches!(self.state, PullState::Declined | PullState::Closed);
        self.number.is_some() && !ended
    }
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
    /// What became of the pull request, if there is or was one.
    pub pull_request: Option<PullRequest>,
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
        } else if let Some(result) = self.proposed() {
            result
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

impl Outcome {
    fn proposed(&self) -> Option<RunResult> {
        let pull = self.pull_request.as_ref()?;
        match pull.state {
            PullState::Closed => None,
            PullState::Declined => Some(RunResult::Declined),
            PullState::Theirs if pull.number.is_none() => Some(RunResult::Declined),
            _ => Some(RunResult::Proposed),
        }
    }

    /// Whether the fields that `plan` writes are proposed and not in the branch.
    #[must_use]
    pub fn proposes_written(&self) -> bool {
        let pull = self.pull_request.as_ref();
        pull.is_some_and(|pull| matches!(pull.why, Some(Why::Mode | Why::Protected(_))))
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
