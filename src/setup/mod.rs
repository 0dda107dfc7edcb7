//! Setting a repository up: from what is known of it to the workflows it needs, and what is left by hand.
//!
//! All of it is pure: facts come in, texts go out. `cli::init` gathers the one and writes the other.

pub mod by_hand;
pub mod diff;
pub mod files;
pub mod push;
pub mod schedule;
mod steps;
pub mod workflow;

/// The action that the workflows use.
pub const ACTION: &str = "Cloud-CV/evalai-sync";

/// The group in which syncs and pushes to EvalAI wait for each other.
pub const GROUP: &str = "evalai-sync";

/// The folder of workflows.
pub const WORKFLOWS: &str = ".github/workflows";

/// Where EvalAI-Starters keeps the host config.
pub const HOST_CONFIG: &str = "github/host_config.json";

/// Where the action is taken from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pin {
    /// The commit; a tag where the commit could not be found out.
    pub rev: String,
    /// The release that the commit is, for people and for bots that update it.
    pub release: Option<String>,
}

impl Pin {
    /// What stands after `uses:`, without the release.
    #[must_use]
    pub fn uses(&self) -> String {
        format!("{ACTION}@{}", self.rev)
    }

    /// The same with the release as a comment.
    #[must_use]
    pub fn line(&self) -> String {
        match &self.release {
            Some(release) => format!("{} # {release}", self.uses()),
            None => self.uses(),
        }
    }
}

/// What is known of the challenge's place on EvalAI.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnEvalAI {
    /// It is there.
    Found(u64),
    /// EvalAI knows no challenge of this repository: it was never pushed.
    Absent,
    /// It could not be asked.
    Unknown,
}

/// Where the EvalAI token is now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenPlace {
    /// In the host config, for everybody to read who can read the repository.
    HostConfig,
    /// Not in the repository.
    Elsewhere,
}

/// What the workflows depend on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facts {
    /// Where GitHub's pages are, without a slash at the end.
    pub server_url: String,
    /// `owner/name` on GitHub.
    pub repository: String,
    /// The branch that holds the challenge.
    pub branch: String,
    /// The branch whose workflows GitHub runs for schedules and dispatches.
    pub default_branch: Option<String>,
    /// The branch that the clone is at.
    pub checked_out: Option<String>,
    /// How often the sync runs.
    pub every: schedule::Every,
    /// The host config's path from the repository's root.
    pub host_config: String,
    /// The challenge's id, if the host named it.
    pub challenge_id: Option<u64>,
    /// Where the action is taken from.
    pub pin: Pin,
    /// What EvalAI says.
    pub on_evalai: OnEvalAI,
    /// Where the EvalAI token is.
    pub token: TokenPlace,
}

impl Facts {
    /// Whether this GitHub lets more than one run wait in a group (`queue: max`).
    /// GitHub Enterprise Server does not, and refuses workflows with keys it does not know.
    #[must_use]
    pub fn has_queues(&self) -> bool {
        let host = self.server_url.trim_start_matches("https://");
        host == "github.com" || host.ends_with(".ghe.com")
    }

    /// Whether the clone is at the branch whose workflows GitHub runs on a schedule.
    #[must_use]
    pub fn is_at_default(&self) -> bool {
        self.default_branch.is_none() || self.default_branch == self.checked_out
    }

    /// Whether the clone is at the branch that is pushed to EvalAI.
    #[must_use]
    pub fn is_at_challenge(&self) -> bool {
        self.checked_out.as_ref() == Some(&self.branch)
    }
}

/// A number that depends on nothing but `text` (FNV-1a): the same on every machine and in every release.
fn stable(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

#[cfg(test)]
mod tests;
