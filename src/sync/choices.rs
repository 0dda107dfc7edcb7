//! What the host chose for a run, and what set it off.

use std::time::Instant;

use super::plan::Policy;
use super::records;
use crate::action::{FirstSync, Mode, Settings};
use crate::repository::store::RecordRefs;

/// What the host chose for this run, and what set it off.
#[derive(Debug, Clone)]
pub struct Choices {
    /// The inputs.
    pub settings: Settings,
    /// Read all of EvalAI's side, not only what the web UI can change.
    pub full: bool,
    /// The runner says that not everybody can read the repository.
    pub private: bool,
    /// When the run has to be over.
    pub deadline: Instant,
    /// Lines for the record's history: what set off this run, and where its log is.
    pub trailers: Vec<String>,
}

impl Choices {
    /// How conflicts and first syncs are settled.
    #[must_use]
    pub fn policy(&self) -> Policy {
        Policy {
            strategies: self.settings.strategies.clone(),
            first_sync: match self.settings.mode {
                Mode::Import => FirstSync::Commit,
                Mode::Commit | Mode::DryRun => self.settings.first_sync,
            },
        }
    }

    /// The names of record refs.
    pub(super) fn record_refs(&self) -> RecordRefs {
        records::record_refs(&self.settings)
    }
}
