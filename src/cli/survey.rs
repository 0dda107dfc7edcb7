//! Looking around before a repository is set up: the host config, the challenge, the branches.

use std::io;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use jiff::Timestamp;
use url::Url;

use super::file;
use super::ground::{client, runtime};
use crate::action::{Annotation, Console, Environment, Level, Settings};
use crate::evalai::{Challenge, LocateError, Wanted, locate};
use crate::repository::git::{RemoteUrl, Workspace};
use crate::repository::host_config::HostConfig;
use crate::setup::{OnEvalAI, TokenPlace};
use crate::sync::config;

/// How long EvalAI may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// What was found.
pub(super) struct Survey {
    pub(super) server_url: String,
    pub(super) repository: String,
    pub(super) branch: String,
    pub(super) default_branch: Option<String>,
    pub(super) checked_out: Option<String>,
    pub(super) on_evalai: OnEvalAI,
    pub(super) token: TokenPlace,
}

impl Survey {
    /// Looks around, and tells what was found.
    pub(super) fn make<W: io::Write>(
        settings: &Settings,
        environment: &Environment,
        workspace: &Workspace,
        remote: &RemoteUrl,
        console: &mut Console<W>,
    ) -> Result<Self> {
        let repository = environment.repository.clone().or_else(|| remote.slug());
        let repository = repository.context(
            "the repository's name on GitHub is not known: name it with --repository OWNER/NAME",
        )?;
        let default_branch = workspace.default_branch();
        let checked_out = workspace.head()?.branch;
        let guesses = match &settings.branch {
            Some(branch) => vec![branch.clone()],
            None => branches(workspace, checked_out.as_deref(), default_branch.as_deref()),
        };
        let branch = match guesses.as_slice() {
            [only] => Some(only.as_str()),
            _ => None,
        };
        let name = settings.host_config.display().to_string();
        let bytes = host_config(settings, environment, workspace, branch)?;
        if bytes.is_none() {
            // The sentence for a file that is not there.
            HostConfig::parse(None, &name, settings.evalai_token.clone(), Timestamp::now())?;
        }
        let parse = |token| HostConfig::parse(bytes.as_deref(), &name, token, Timestamp::now());
        let in_file = parse(None);
        if let Ok(host) = &in_file {
            console.mask(&host.token);
        }
        let host = match &settings.evalai_token {
            Some(token) => parse(Some(token.clone())),
            None => in_file.clone(),
        };
        let challenge = match host {
            Ok(host) => challenge(&host, settings, environment, &repository, branch),
            Err(error) => Err(Some(error.to_string())),
        };
        let committed = in_file.is_ok() && is_committed(settings, workspace, branch);
        let on_evalai = tell(&challenge, &repository, console);
        let named = challenge.ok().map(|challenge| challenge.branch);
        let named = named.filter(|branch| !branch.is_empty() && settings.branch.is_none());
        let branch = match (named, branch) {
            (Some(named), _) => named,
            (None, Some(branch)) => branch.to_owned(),
            (None, None) if guesses.is_empty() => bail!(
                "no branch is checked out: name the one that holds the challenge with --branch"
            ),
            (None, None) => bail!(
                "several branches hold a challenge configuration ({}): name the one to sync with --branch",
                guesses.join(", ")
            ),
        };
        console.say(&format!(
            "The challenge is on the branch {branch}; the default branch is {}.",
            default_branch.as_deref().unwrap_or("not known")
        ));
        Ok(Self {
            server_url: server_url(remote, environment),
            repository,
            branch,
            default_branch,
            checked_out,
            on_evalai,
            token: if committed {
                TokenPlace::HostConfig
            } else {
                TokenPlace::Elsewhere
            },
        })
    }
}

/// Where GitHub's pages are: where the clone comes from.
pub(super) fn server_url(remote: &RemoteUrl, environment: &Environment) -> String {
    let url = Url::parse(&remote.to_string()).ok();
    let web = url.filter(|url| matches!(url.scheme(), "http" | "https"));
    web.map_or_else(
        || environment.server_url.clone(),
        |url| url.origin().ascii_serialization(),
    )
}

/// The branches that may hold the challenge. The default branch of a challenge's repository
/// mostly holds the starter's stale text, while another one has the challenge.
pub(super) fn branches(
    workspace: &Workspace,
    checked_out: Option<&str>,
    default: Option<&str>,
) -> Vec<String> {
    let own = || checked_out.map(str::to_owned).into_iter().collect();
    if checked_out.is_none() || checked_out != default {
        return own();
    }
    let holds = |branch: &String| {
        let files = workspace.remote_files(branch);
        files.is_some_and(|files| {
            config::NAMES
                .iter()
                .any(|name| files.entry(name).is_ok_and(|entry| entry.is_some()))
        })
    };
    let others = workspace.remote_branches().into_iter();
    let others =
        others.filter(|name| name.starts_with("challenge") && Some(name.as_str()) != default);
    let others: Vec<String> = others.filter(holds).collect();
    if others.is_empty() { own() } else { others }
}

/// The host config of the challenge's branch, else of the clone.
pub(super) fn host_config(
    settings: &Settings,
    environment: &Environment,
    workspace: &Workspace,
    branch: Option<&str>,
) -> Result<Option<Vec<u8>>> {
    let elsewhere = branch.filter(|branch| {
        let head = workspace.head().ok().and_then(|head| head.branch);
        head.as_deref() != Some(*branch)
    });
    if let Some(files) = elsewhere.and_then(|branch| workspace.remote_files(branch))
        && let Some(path) = settings.host_config.to_str()
        && let Ok(Some(file)) = files.read(path)
    {
        return Ok(Some(file.bytes));
    }
    file::read(
        &environment.workspace.join(&settings.host_config),
        &environment.workspace,
    )
    .with_context(|| format!("{} cannot be read", settings.host_config.display()))
}

/// Whether the token that is in the host config is also in a commit.
pub(super) fn is_committed(
    settings: &Settings,
    workspace: &Workspace,
    branch: Option<&str>,
) -> bool {
    let head = workspace.head().ok().and_then(|head| head.commit);
    let commits = [
        head.and_then(|commit| workspace.files_at(commit)),
        branch.and_then(|branch| workspace.remote_files(branch)),
    ];
    let Some(path) = settings.host_config.to_str() else {
        return false;
    };
    commits.into_iter().flatten().any(|files| {
        let bytes = files.read(path).ok().flatten().map(|file| file.bytes);
        bytes.is_some_and(|bytes| {
            HostConfig::parse(Some(&bytes), path, None, Timestamp::now()).is_ok()
        })
    })
}

/// The challenge; else why it is not known, or nothing if EvalAI says that there is none.
fn challenge(
    host: &HostConfig,
    settings: &Settings,
    environment: &Environment,
    repository: &str,
    branch: Option<&str>,
) -> Result<Challenge, Option<String>> {
    let unknown = |error: &dyn std::fmt::Display| Some(error.to_string());
    let client = client(host, PATIENCE, environment).map_err(|error| unknown(&error))?;
    let wanted = Wanted {
        team: host.team_pk,
        given: settings.challenge_id,
        repository,
        branch,
    };
    let runtime = runtime().map_err(|error| unknown(&error))?;
    let located = runtime.block_on(locate(&client, wanted, std::future::ready(None)));
    match located {
        Ok(located) => Ok(located.challenge),
        Err(LocateError::NoneNames { .. } | LocateError::EmptyTeam { .. }) => Err(None),
        Err(error) => Err(unknown(&error)),
    }
}

fn tell<W: io::Write>(
    challenge: &Result<Challenge, Option<String>>,
    repository: &str,
    console: &mut Console<W>,
) -> OnEvalAI {
    match challenge {
        Ok(challenge) => {
            let (id, title) = (challenge.id, &challenge.title);
            console.say(&format!(
                "EvalAI has challenge {id}, \"{title}\", for {repository}."
            ));
            OnEvalAI::Found(id)
        }
        Err(None) => {
            console.say(&format!(
                "EvalAI knows no challenge of {repository} yet: it was never pushed there."
            ));
            OnEvalAI::Absent
        }
        Err(Some(reason)) => {
            let text = format!("The challenge could not be looked for on EvalAI: {reason}");
            console.annotate(&Annotation::new(Level::Warning, text));
            OnEvalAI::Unknown
        }
    }
}
