//! What is known before anything is judged. `None` is what could not be looked for, because something before it is wrong.

use jiff::Timestamp;

use crate::evalai::{Challenge, LocateError};
use crate::github::examine::Examined;
use crate::repository::git::Refs;
use crate::repository::host_config::{HostConfig, HostConfigError};
use crate::repository::record::{Head, Problem};
use crate::sync::branch::Chosen;

/// A workflow: its path from the root, and its bytes.
pub type Workflow = (String, Vec<u8>);

/// All facts.
#[derive(Debug)]
pub struct Facts {
    /// The time.
    pub now: Timestamp,
    /// `owner/name` of the repository.
    pub repository: String,
    /// The host config's path.
    pub host_config_path: String,
    /// The host config, read as if its token were good.
    pub host_config: Result<HostConfig, HostConfigError>,
    /// The same with the token that would be used.
    pub token: Result<HostConfig, HostConfigError>,
    /// Whether a commit holds a token that has not expired.
    pub token_is_committed: bool,
    /// What EvalAI says of the challenge. Without a usable token it is asked all the same, and refuses.
    pub located: Option<Result<Challenge, LocateError>>,
    /// The remote's refs; else a sentence.
    pub refs: Result<Refs, String>,
    /// The branch to sync; else a sentence.
    pub branch: Option<Result<Chosen, String>>,
    /// The configuration on the branch; else a sentence.
    pub config: Option<Result<Config, String>>,
    /// The workflows of the default branch.
    pub default_workflows: Vec<Workflow>,
    /// The workflows of the branch.
    pub branch_workflows: Vec<Workflow>,
    /// The record; `None` inside if there is none yet.
    pub record: Option<Result<Option<Head>, Problem>>,
    /// What GitHub says; else why it is not asked.
    pub github: Result<Examined, String>,
    /// What a dry run of the sync comes to; else its error.
    pub drift: Option<Result<Drift, String>>,
}

/// The configuration.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Config {
    /// Its path.
    pub path: String,
    /// What cannot be matched or read, by line: sentences.
    pub problems: Vec<(usize, String)>,
    /// How many files it names.
    pub files: usize,
    /// Files that it names and that are not there, with what anybody may see first.
    pub missing: Vec<Missing>,
}

/// A file that is named and not there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Missing {
    /// Its path.
    pub file: String,
    /// Its field.
    pub field: String,
    /// Whether hosts have reasons to keep it out of a repository.
    pub private: bool,
}

/// What a dry run comes to, by names of fields.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Drift {
    /// What would be written.
    pub written: Vec<String>,
    /// What waits for `first-sync`.
    pub open: Vec<String>,
    /// What changed on both sides and waits for a person.
    pub conflicts: Vec<String>,
    /// What is still on its way to EvalAI.
    pub ahead: Vec<String>,
    /// Those of them that EvalAI does not take any more.
    pub locked: Vec<String>,
}

impl Facts {
    /// The branch, if there is one to sync.
    #[must_use]
    pub fn branch_name(&self) -> Option<&str> {
        let chosen = self.branch.as_ref()?.as_ref().ok()?;
        Some(&chosen.branch)
    }

    /// The challenge, if it was found.
    #[must_use]
    pub fn challenge(&self) -> Option<&Challenge> {
        self.located.as_ref()?.as_ref().ok()
    }
}
