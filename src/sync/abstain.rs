//! When a run does nothing although nothing is wrong: a dispatch is about something else, or a push to EvalAI goes first.

use std::fmt;
use std::time::Instant;

use anyhow::{Result, bail};
use jiff::{SignedDuration, Timestamp};

use super::choices::Choices;
use super::note::Note;
use super::outcome::Outcome;
use crate::action::{Dispatch, Mode};
use crate::evalai::HostUrl;
use crate::github::{Api, Underway};
use crate::repository::git::{Oid, Scratch};
use crate::setup::WORKFLOWS;
use crate::setup::push::{is_push, syncs_first};

/// A push that waits longer than this waits for something else than its turn: a runner that is switched off, say.
const LONGEST_WAIT: SignedDuration = SignedDuration::from_hours(1);

/// How a run ended that was not kept from its end.
#[derive(Debug, Clone)]
pub enum Ended {
    /// It did its work.
    Done(Box<Outcome>),
    /// There was a reason to leave it.
    Abstained(Abstention),
}

impl Ended {
    /// What was done, for a command that has no use for a reason not to.
    ///
    /// # Errors
    /// That reason.
    pub fn done(self) -> Result<Outcome> {
        match self {
            Self::Done(outcome) => Ok(*outcome),
            Self::Abstained(abstention) => bail!("{abstention}"),
        }
    }
}

/// Why a run did nothing, though nothing is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Abstention {
    /// The dispatch is about a challenge of another server.
    OtherServer {
        /// The server that it names.
        named: String,
        /// The server of the host config.
        ours: String,
    },
    /// The dispatch is about another challenge.
    OtherChallenge {
        /// The challenge that it names.
        named: u64,
        /// The challenge of this repository.
        ours: u64,
    },
    /// The branch is being pushed to EvalAI, by a workflow that syncs before it does.
    PushUnderWay {
        /// The branch.
        branch: String,
        /// The workflow's file.
        workflow: String,
        /// The page of its run.
        url: String,
    },
}

impl Abstention {
    /// The run in one word.
    #[must_use]
    pub fn result(&self) -> &'static str {
        match self {
            Self::OtherServer { .. } | Self::OtherChallenge { .. } => "skipped",
            Self::PushUnderWay { .. } => "deferred",
        }
    }
}

impl fmt::Display for Abstention {
    /// A sentence, in which names from outside stand as they are.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OtherServer { named, ours } => write!(
                f,
                "The dispatch is about a challenge on {named}, and this repository's is on {ours}: nothing was read or written."
            ),
            Self::OtherChallenge { named, ours } => write!(
                f,
                "The dispatch is about challenge {named}, and this repository's is {ours}: nothing was written."
            ),
            Self::PushUnderWay {
                branch,
                workflow,
                url,
            } => write!(
                f,
                "The branch {branch} is on its way to EvalAI ({workflow}, {url}), and that run takes what was edited there first: nothing was written."
            ),
        }
    }
}

/// Whether `dispatch` is about a challenge of another server than `ours`.
///
/// # Errors
/// If what it names is no address.
pub(super) fn elsewhere(dispatch: Option<&Dispatch>, ours: &HostUrl) -> Result<Option<Abstention>> {
    let Some(named) = dispatch.and_then(|dispatch| dispatch.evalai_host_url.as_deref()) else {
        return Ok(None);
    };
    let (named, _) = HostUrl::parse(named).map_err(|error| {
        anyhow::anyhow!("The dispatch's `client_payload.evalai_host_url` {error}.")
    })?;
    Ok(
        (!named.is_same_server(ours)).then(|| Abstention::OtherServer {
            named: named.to_string(),
            ours: ours.to_string(),
        }),
    )
}

/// Whether `dispatch` is about another challenge than `ours`.
pub(super) fn another(dispatch: Option<&Dispatch>, ours: u64) -> Option<Abstention> {
    let named = dispatch?.challenge_id?;
    (named != ours).then_some(Abstention::OtherChallenge { named, ours })
}

/// The runs that a push to `branch` set off and that have not ended, for a run that would give way to one. A token
/// that may not read Actions is no fault: most need not.
pub(super) async fn pushes(choices: &Choices, branch: &str) -> Vec<Underway> {
    let Some(access) = choices
        .access
        .as_ref()
        .filter(|_| choices.event.is_scheduled() && choices.settings.mode != Mode::DryRun)
    else {
        return Vec::new();
    };
    // Asked once: the answer is not worth a pause.
    let asked = async {
        let api = Api::open(access, Instant::now())?;
        anyhow::Ok(api.pushes_under_way(branch).await?)
    };
    asked.await.unwrap_or_else(|error| {
        tracing::debug!("whether the branch is being pushed to EvalAI is unknown: {error:#}");
        Vec::new()
    })
}

/// Whether one of the `runs` is a push to EvalAI that takes what was edited there first. One that does not would
/// overwrite it, so there is no giving way to that.
pub(super) fn give_way(
    scratch: &Scratch,
    (tip, branch): (Oid, &str),
    runs: &[Underway],
    notes: &mut Vec<Note>,
) -> Result<Option<Abstention>> {
    if runs.is_empty() {
        return Ok(None);
    }
    let files = scratch.files(tip)?;
    for run in runs {
        let file = run.file();
        if !file.starts_with(WORKFLOWS) {
            continue;
        }
        let Some(workflow) = files.read(file)?.filter(|file| is_push(&file.bytes)) else {
            continue;
        };
        let url = &run.html_url;
        let waited = Timestamp::now().duration_since(run.created_at);
        if !syncs_first(&workflow.bytes) {
            notes.push(Note::warning(format!(
                "{file} pushes the branch {branch} to EvalAI right now ({url}), and does not first take what was edited there: `evalai-sync init` lets it. Until then a push overwrites edits that no sync has taken yet."
            )));
        } else if waited > LONGEST_WAIT {
            notes.push(Note::notice(format!(
                "{file} has not ended for {} minutes ({url}), so this run does not wait for it.",
                waited.as_mins()
            )));
        } else {
            return Ok(Some(Abstention::PushUnderWay {
                branch: branch.to_owned(),
                workflow: file.to_owned(),
                url: url.clone(),
            }));
        }
    }
    Ok(None)
}
