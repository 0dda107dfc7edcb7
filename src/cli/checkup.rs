//! Gathering what `doctor` judges. One thing that cannot be had does not keep the others from being looked for.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use jiff::Timestamp;

use super::ground::{client, runtime};
use super::survey::{branches, host_config, is_committed};
use crate::action::{Environment, Event, Mode, Settings};
use crate::challenge::catalogue::{Disclosure, Kind};
use crate::challenge::side::Reading;
use crate::doctor::facts::{Config, Drift, Facts, Missing, Workflow};
use crate::doctor::file_to_ask_for;
use crate::evalai::{Challenge, LocateError, Wanted, locate};
use crate::github::examine::{Examined, examine};
use crate::report::proposal;
use crate::repository::git::{Credentials, Files, Refs, RemoteUrl, Scratch, Workspace};
use crate::repository::host_config::HostConfig;
use crate::repository::path::RepoPath;
use crate::repository::record::{Head, Problem};
use crate::repository::store;
use crate::repository::worktree::{Place, Worktree};
use crate::secret::Secret;
use crate::setup::WORKFLOWS;
use crate::sync::abstain::Ended;
use crate::sync::branch::{BranchError, Chosen, choose, rivals};
use crate::sync::choices::Choices;
use crate::sync::config;
use crate::sync::records::record_refs;
use crate::sync::run::{Tools, run};

/// A token that says nothing: to read a host config as if its own were good, and to hear whether EvalAI answers at all.
const NO_TOKEN: &str = "e30.e30.e30";

/// How long EvalAI may take to be found.
const PATIENCE: Duration = Duration::from_secs(30);

/// Gathers all facts.
pub(super) fn gather(
    settings: &Settings,
    environment: &Environment,
    workspace: Workspace,
    remote: &RemoteUrl,
) -> Result<Facts> {
    let repository = environment.repository.clone().or_else(|| remote.slug());
    let repository = repository.context(
        "the repository's name on GitHub is not known: name it with --repository OWNER/NAME",
    )?;
    let runtime = runtime()?;
    let event_branch = environment.branch().map(str::to_owned);
    let checked_out = workspace.head()?.branch.or_else(|| event_branch.clone());
    let mut facts = Facts {
        now: Timestamp::now(),
        repository,
        ..of_host_config(settings, environment, &workspace, checked_out.as_deref())?
    };
    let credentials = || Credentials::new(settings.auth_token.clone());
    let mut scratch = Scratch::open(Some(&workspace), remote.clone(), credentials())?;
    facts.refs = scratch.refs().map_err(|error| error.to_string());
    let refs = facts.refs.clone().ok();
    facts.record = refs
        .as_ref()
        .map(|refs| record(&mut scratch, refs, settings, settings.challenge_id));
    if let Ok(host) = facts.token.as_ref().or(facts.host_config.as_ref()) {
        let record = facts
            .record
            .as_ref()
            .and_then(|record| record.as_ref().ok());
        let recorded = record.and_then(|head| Some(head.as_ref()?.challenge_id));
        let wanted = Wanted {
            team: host.team_pk,
            given: settings.challenge_id,
            repository: &facts.repository,
            branch: settings.branch.as_deref().or(checked_out.as_deref()),
        };
        facts.located = Some(runtime.block_on(challenge(host, wanted, recorded, environment)));
    }
    // Of several records, EvalAI tells which one it is.
    if let (Some(refs), Some(Ok(None)), Some(found)) = (&refs, &facts.record, facts.challenge()) {
        let named = Some(found.id);
        facts.record = Some(record(&mut scratch, refs, settings, named));
    }
    if let Some(refs) = &refs {
        of_branches(
            &mut facts,
            &mut scratch,
            refs,
            settings,
            checked_out.as_deref(),
        );
    }
    let branch = facts.branch_name().map(str::to_owned);
    facts.token_is_committed = is_committed(settings, &workspace, branch.as_deref());
    facts.github = runtime.block_on(github(&facts, settings, environment, remote));
    if let (Ok(host), Some(Ok(_)), Some(Ok(_))) = (&facts.token, &facts.config, &facts.located) {
        let tools = Tools {
            client: client(host, settings.time_budget, environment)?,
            team: host.team_pk,
            repository: facts.repository.clone(),
            scratch: Scratch::open(Some(&workspace), remote.clone(), credentials())?,
            workspace,
            write_body: proposal::body,
            event_branch,
        };
        let approved = facts.challenge().is_some_and(|challenge| {
            challenge.object.get("approved_by_admin") == Some(&serde_json::Value::Bool(true))
        });
        facts.drift = Some(runtime.block_on(drift(tools, settings, approved)));
    }
    // A git operation that hangs must not keep the process.
    runtime.shutdown_background();
    Ok(facts)
}

/// The host config of the branch that holds the challenge, and nothing else yet.
fn of_host_config(
    settings: &Settings,
    environment: &Environment,
    workspace: &Workspace,
    checked_out: Option<&str>,
) -> Result<Facts> {
    let guesses = match &settings.branch {
        Some(branch) => vec![branch.clone()],
        None => branches(
            workspace,
            checked_out,
            workspace.default_branch().as_deref(),
        ),
    };
    let guess = guesses.first().filter(|_| guesses.len() == 1);
    let bytes = host_config(settings, environment, workspace, guess.map(String::as_str))?;
    let path = settings.host_config.display().to_string();
    let now = Timestamp::now();
    let parse = |token| HostConfig::parse(bytes.as_deref(), &path, token, now);
    let unasked = || "it was not asked".to_owned();
    Ok(Facts {
        now,
        repository: String::new(),
        host_config: parse(Secret::new(NO_TOKEN)),
        token: parse(settings.evalai_token.clone()),
        token_is_committed: false,
        located: None,
        refs: Err(unasked()),
        branch: None,
        config: None,
        default_workflows: Vec::new(),
        branch_workflows: Vec::new(),
        record: None,
        github: Err(unasked()),
        drift: None,
        host_config_path: path,
    })
}

/// The branch, and what is on it and on the default branch.
fn of_branches(
    facts: &mut Facts,
    scratch: &mut Scratch,
    refs: &Refs,
    settings: &Settings,
    checked_out: Option<&str>,
) {
    let evalai = facts
        .challenge()
        .map_or("", |challenge| challenge.branch.as_str());
    let chosen = choose(settings.branch.as_deref(), evalai, checked_out, refs)
        .and_then(|chosen| certain(chosen, scratch, refs, settings))
        .map_err(|error| error.to_string());
    if let Ok(Chosen { branch, .. }) = &chosen {
        facts.config = Some(config_of(scratch, branch, settings));
        facts.branch_workflows = workflows(scratch, branch);
    }
    facts.branch = Some(chosen);
    if let Some(branch) = refs.default_branch() {
        facts.default_workflows = workflows(scratch, branch);
    }
}

async fn challenge(
    host: &HostConfig,
    wanted: Wanted<'_>,
    recorded: Option<u64>,
    environment: &Environment,
) -> Result<Challenge, LocateError> {
    let client = client(host, PATIENCE, environment)?;
    let located = locate(&client, wanted, std::future::ready(recorded)).await?;
    Ok(located.challenge)
}

/// The branch, unless another one could as well be meant.
fn certain(
    chosen: Chosen,
    scratch: &mut Scratch,
    refs: &Refs,
    settings: &Settings,
) -> Result<Chosen, BranchError> {
    for rival in rivals(&chosen, refs) {
        let commit = scratch.fetch(&format!("refs/heads/{rival}"), 1);
        let files = commit.ok().and_then(|commit| scratch.files(commit).ok());
        if files.is_some_and(|files| config_path(&files, settings).is_some()) {
            return Err(BranchError::Uncertain {
                default: chosen.branch,
                other: rival.to_owned(),
            });
        }
    }
    Ok(chosen)
}

fn config_path(files: &Files<'_>, settings: &Settings) -> Option<RepoPath> {
    let mut names = config::names(settings).into_iter();
    names.find(|name| {
        files
            .entry(name.as_str())
            .is_ok_and(|entry| entry.is_some())
    })
}

fn config_of(scratch: &mut Scratch, branch: &str, settings: &Settings) -> Result<Config, String> {
    let told = |error: &dyn std::fmt::Display| error.to_string();
    let commit = scratch
        .fetch(&format!("refs/heads/{branch}"), 1)
        .map_err(|error| told(&error))?;
    let files = scratch.files(commit).map_err(|error| told(&error))?;
    let path = config_path(&files, settings).ok_or_else(|| {
        let names = config::names(settings);
        let names: Vec<_> = names.iter().map(ToString::to_string).collect();
        format!("the branch {branch} has no {}", names.join(" or "))
    })?;
    let worktree = Worktree::read(&files, &path, &[]).map_err(|error| told(&error))?;
    let mut config = Config {
        path: path.to_string(),
        problems: worktree.problems.clone(),
        ..Config::default()
    };
    for (field, place) in &worktree.places {
        if let Some(
            Reading::Unknown(reason)
            | Reading::Invalid {
                problem: reason, ..
            },
        ) = worktree.side.get(field)
        {
            config.problems.push((worktree.line(field), reason.clone()));
        }
        let is_file = matches!(field.field.kind, Kind::Html | Kind::File);
        if let (Place::File { file, .. }, true) = (place, is_file) {
            config.files += 1;
            if files.stat(file.as_str()).is_ok_and(|stat| stat.is_none()) {
                config.missing.push(Missing {
                    file: file.to_string(),
                    field: field.to_string(),
                    private: field.field.disclosure != Disclosure::Public,
                });
            }
        }
    }
    Ok(config)
}

/// The workflows of a branch; those that cannot be read are as good as absent.
fn workflows(scratch: &mut Scratch, branch: &str) -> Vec<Workflow> {
    let Ok(commit) = scratch.fetch(&format!("refs/heads/{branch}"), 1) else {
        return Vec::new();
    };
    let Ok(files) = scratch.files(commit) else {
        return Vec::new();
    };
    let entries = files.list(WORKFLOWS).ok().flatten().unwrap_or_default();
    let paths = entries
        .iter()
        .map(|entry| format!("{WORKFLOWS}/{}", entry.name));
    let paths = paths.filter(|path| {
        let ending = std::path::Path::new(path).extension();
        ending.is_some_and(|ending| ending == "yml" || ending == "yaml")
    });
    let read = paths.filter_map(|path| {
        let file = files.read(&path).ok().flatten()?;
        Some((path, file.bytes))
    });
    read.collect()
}

/// The record of `challenge`, else the only one that there is.
fn record(
    scratch: &mut Scratch,
    refs: &Refs,
    settings: &Settings,
    challenge: Option<u64>,
) -> Result<Option<Head>, Problem> {
    let names = record_refs(settings);
    let found = match challenge {
        Some(id) => vec![names.of(id)],
        None => names.among(refs),
    };
    let [name] = found.as_slice() else {
        return Ok(None);
    };
    if refs.get(name).is_none() {
        return Ok(None);
    }
    let unreadable = |error: crate::repository::git::GitError| Problem::Unreadable {
        file: name.clone(),
        problem: error.to_string(),
    };
    let commit = scratch.fetch(name, 1).map_err(unreadable)?;
    let stored = store::read(scratch, name, commit).map_err(unreadable)?;
    stored.record.map(|record| Some(record.head))
}

/// What GitHub says. The token is not shown to an API that does not belong to the remote.
async fn github(
    facts: &Facts,
    settings: &Settings,
    environment: &Environment,
    remote: &RemoteUrl,
) -> Result<Examined, String> {
    let Some(token) = &settings.auth_token else {
        return Err("there is no GitHub token: set AUTH_TOKEN (`AUTH_TOKEN=$(gh auth token) evalai-sync doctor`) to have GitHub asked".to_owned());
    };
    if !remote.has_origin_of(&environment.server_url) {
        return Err(format!(
            "the clone comes from {remote}, not from {}, so the token is not shown there: set GITHUB_SERVER_URL and GITHUB_API_URL to the server's addresses",
            environment.server_url
        ));
    }
    let file = file_to_ask_for(&facts.default_workflows);
    let (api_url, branch) = (&environment.api_url, facts.branch_name());
    let examined = examine(api_url, &facts.repository, branch, file, token).await;
    examined.map_err(|error| format!("{error:#}"))
}

/// What the sync would do now. EvalAI locks some fields once its staff has `approved` the challenge.
async fn drift(tools: Tools, settings: &Settings, approved: bool) -> Result<Drift, String> {
    let settings = Settings {
        mode: Mode::DryRun,
        ..settings.clone()
    };
    let choices = Choices {
        full: true,
        access: None,
        in_actions: false,
        event: Event::default(),
        deadline: Instant::now() + settings.time_budget,
        trailers: Vec::new(),
        settings,
    };
    let budget = choices.settings.time_budget;
    let outcome = tokio::time::timeout(budget, Box::pin(run(tools, choices))).await;
    let outcome = outcome
        .map_err(|_| {
            format!(
                "a dry run took longer than {} s (`time-budget`)",
                budget.as_secs()
            )
        })?
        .and_then(Ended::done)
        .map_err(|error| format!("{error:#}"))?;
    let plan = &outcome.plan;
    let names = |items: &mut dyn Iterator<Item = &crate::sync::plan::Item>| {
        items.map(|item| item.path.to_string()).collect::<Vec<_>>()
    };
    Ok(Drift {
        written: names(&mut plan.written()),
        open: names(&mut plan.open()),
        conflicts: names(&mut plan.conflicts_left()),
        ahead: names(&mut plan.ahead()),
        locked: names(
            &mut plan
                .ahead()
                .filter(|item| approved && item.field_is_locked()),
        ),
    })
}
