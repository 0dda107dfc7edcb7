//! What the host chose for a run, and what set it off.

use std::time::Instant;

use super::plan::Policy;
use super::records;
use crate::action::{Event, FirstSync, Mode, OnProtected, Settings};
use crate::github::Access;
use crate::repository::store::RecordRefs;

/// What the host chose for this run, and what set it off.
#[derive(Debug, Clone)]
pub struct Choices {
    /// The inputs.
    pub settings: Settings,
    /// Read all of EvalAI's side, not only what the web UI can change.
    pub full: bool,
    /// GitHub's API, if the token may go there: without it, no pull request.
    pub access: Option<Access>,
    /// The Actions runner started it.
    pub in_actions: bool,
    /// What started it.
    pub event: Event,
    /// When the run has to be over.
    pub deadline: Instant,
    /// Lines for the record's history: what set off this run, and where its log is.
    pub trailers: Vec<String>,
}

impl Choices {
    /// How conflicts and first syncs are settled in the branch.
    #[must_use]
    pub fn policy(&self) -> Policy {
        let first_sync = match self.settings.mode {
            Mode::Import => FirstSync::Commit,
            Mode::PullRequest => return self.proposing(),
            Mode::Commit | Mode::DryRun => self.settings.first_sync,
        };
        Policy {
            strategies: self.settings.strategies.clone(),
            first_sync,
        }
    }

    /// The same in a pull request, which may carry a first sync.
    pub(super) fn proposing(&self) -> Policy {
        Policy {
            strategies: self.settings.strategies.clone(),
            first_sync: match self.settings.first_sync {
                FirstSync::PullRequest | FirstSync::Commit => FirstSync::Commit,
                FirstSync::Stop => FirstSync::Stop,
            },
        }
    }

    /// Whether a first sync is proposed, if the host wants that.
    pub(super) fn may_propose_first_sync(&self) -> bool {
        self.access.is_some() && self.in_actions
    }

    /// Whether what a protected branch refuses is proposed.
    pub(super) fn proposes_if_protected(&self) -> bool {
        self.access.is_some() && self.settings.on_protected == OnProtected::PullRequest
    }

    /// The names of record refs.
    pub(super) fn record_refs(&self) -> RecordRefs {
        records::record_refs(&self.settings)
    }
}
