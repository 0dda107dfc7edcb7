//! `evalai-sync sync`: what the action runs.

use std::io::{self, IsTerminal as _, Write};
use std::path::Path;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use clap::ArgMatches;

use super::ground::{
    Out, access, client, face, failure, host_config, mask_given, remote, repository, runtime,
};
use super::issue::{self, Verdict};
use super::status::page_after;
use super::stop::asked_to_stop;
use crate::action::{
    self, Annotation, CommitVia, Console, Dispatch, Environment, Event, Level, Mode, Outputs,
    Settings, append_summary, process_variable, write_report, write_status_page,
};
use crate::github;
use crate::report::{json, log, proposal, summary, words};
use crate::repository::git::{Credentials, GitError, PushError, Scratch, Workspace};
use crate::secret::Secret;
use crate::sync::abstain::{Abstention, Ended};
use crate::sync::choices::Choices;
use crate::sync::outcome::Outcome;
use crate::sync::run::{Tools, run};

/// What is left of the time budget for ending a run in an orderly way.
const LAST_WORDS: Duration = Duration::from_secs(2);

/// Runs the sync that `flags` and the environment ask for, and tells how it went.
pub(super) fn sync(flags: &ArgMatches) -> ExitCode {
    let started = Instant::now();
    let environment = Environment::read(flags, process_variable, Path::exists);
    let stdout = io::stdout();
    let face = face(&environment, stdout.is_terminal());
    let mut console = Console::new(stdout.lock(), face);
    let settings = Settings::read(flags, process_variable);
    let known = settings.as_ref().ok().cloned();
    let done = settings
        .map_err(Into::into)
        .inspect(|_| console.say(concat!("evalai-sync ", env!("CARGO_PKG_VERSION"))))
        .and_then(|settings| {
            let event = Event::read(&environment)?;
            perform(settings, event, &environment, started, &mut console)
        })
        .map(|(ended, _)| ended);
    let told = tell_all(done, known.as_ref(), &environment, started, &mut console);
    if let Err(error) = &told {
        console.end_group();
        console.annotate(&failure(error));
    }
    let keeps = |settings: &Settings| settings.report_issue && settings.mode != Mode::DryRun;
    if let (Some(settings), Some(verdict)) = (known.filter(keeps), verdict(&told)) {
        issue::keep(&verdict, &settings, &environment, &mut console);
    }
    match (told, console.finish()) {
        (Ok(None | Some(Verdict::Well)), Ok(())) => ExitCode::SUCCESS,
        _ => ExitCode::FAILURE,
    }
}

/// Leaves and tells all that a run has to say; how it ended, unless there was a reason to do nothing.
fn tell_all(
    done: Result<Ended>,
    settings: Option<&Settings>,
    environment: &Environment,
    started: Instant,
    console: &mut Out<'_>,
) -> Result<Option<Verdict>> {
    let report = match &done {
        Ok(Ended::Done(outcome)) => json::report(outcome),
        Ok(Ended::Abstained(abstention)) => json::abstention(abstention),
        Err(error) => unreported(&failure(error)),
    };
    let wanted = settings.filter(|settings| settings.status_page);
    let left = Outputs {
        report: leave(&report, environment, console),
        status_page: wanted
            .and_then(|settings| leave_page(settings, environment, started, console)),
        ..Outputs::default()
    };
    match done {
        Ok(Ended::Done(outcome)) => {
            tell(&outcome, left, environment, console)?;
            Ok(Some(if outcome.fails {
                Verdict::Failed(words::capitalised(&words::conclusion(&outcome)))
            } else {
                Verdict::Well
            }))
        }
        Ok(Ended::Abstained(abstention)) => {
            tell_abstention(&abstention, left, environment, console)?;
            Ok(None)
        }
        Err(error) => {
            // The run's own error matters more than that of a file nobody may read.
            if let Some(Err(unwritten)) = environment.output.as_deref().map(|file| left.write(file))
            {
                tracing::warn!("the outputs cannot be written: {unwritten}");
            }
            Err(error)
        }
    }
}

/// How the run ended, for the issue about failed runs. That somebody cancelled it is no failure.
fn verdict(told: &Result<Option<Verdict>>) -> Option<Verdict> {
    match told {
        Ok(verdict) => verdict.clone(),
        Err(error) if error.is::<Cancelled>() => None,
        Err(error) => Some(Verdict::Failed(failure(error).message)),
    }
}

/// A run that was told to stop, by which signal.
#[derive(Debug, thiserror::Error)]
#[error("the run was told to stop ({0}); the next run picks up where this one stopped")]
struct Cancelled(&'static str);

/// The report of a run that ended with `error`.
fn unreported(error: &Annotation) -> serde_json::Value {
    json::failure(&error.message, error.file.as_deref(), error.line)
}

/// Leaves the report where later steps find it; returns its name. A run does
/// not fail for want of a place for its report.
fn leave(
    report: &serde_json::Value,
    environment: &Environment,
    console: &mut Out<'_>,
) -> Option<String> {
    let folder = environment.runner_temp.as_deref()?;
    let text = console.hide(&format!("{report:#}\n"));
    match write_report(folder, &text) {
        Ok(name) => Some(name),
        Err(error) => {
            let text = format!("The run's report cannot be written to RUNNER_TEMP: {error}");
            console.annotate(&Annotation::new(Level::Notice, text));
            None
        }
    }
}

/// Leaves the status page where later steps find it; returns its folder's name.
fn leave_page(
    settings: &Settings,
    environment: &Environment,
    started: Instant,
    console: &mut Out<'_>,
) -> Option<String> {
    let Some(folder) = environment.runner_temp.as_deref() else {
        console.annotate(&Annotation::new(Level::Notice, "There is no status page: RUNNER_TEMP is not set. `evalai-sync status --html FILE` writes one anywhere."));
        return None;
    };
    let page = page_after(
        settings.clone(),
        environment,
        started + settings.time_budget,
    );
    match page.and_then(|html| Ok(write_status_page(folder, &html)?)) {
        Ok(name) => Some(name),
        Err(error) => {
            let text = format!("The status page cannot be written: {error:#}");
            console.annotate(&Annotation::new(Level::Warning, text));
            None
        }
    }
}

/// Runs the sync that `settings` ask for, since `event` set it off; also tells when EvalAI's token expires.
pub(super) fn perform<W: Write>(
    settings: Settings,
    event: Event,
    environment: &Environment,
    started: Instant,
    console: &mut Console<W>,
) -> Result<(Ended, Option<jiff::Timestamp>)> {
    mask_given(console, &settings);
    if let Some(dispatch) = &event.dispatch {
        console.say(&dispatch.to_string());
    }
    let host = host_config(&settings, environment, console)?;
    let expires = host.expires;
    let workspace = Workspace::open(&environment.workspace)?;
    let remote = remote(&workspace, environment)?;
    let repository = repository(&remote, environment).context(
        "the repository's name on GitHub is not known, and EvalAI finds a challenge by it: set GITHUB_REPOSITORY to owner/name, or name the challenge with `challenge-id`",
    )?;
    // What the event tells is about the workflow's own repository.
    let is_own = environment.repository.as_ref() == Some(&repository);
    // The token is for GitHub: it is not shown to an API that does not belong to the remote.
    let asker = settings
        .auth_token
        .clone()
        .filter(|_| remote.has_origin_of(&environment.server_url));
    let (named, slug) = (repository.clone(), remote.slug());
    let budget = settings.time_budget;
    // The repository that git works with, if the remote's address tells.
    let on_github = slug.unwrap_or_else(|| named.clone());
    let access = asker
        .clone()
        .map(|token| access(environment, on_github, token));
    if settings.mode == Mode::PullRequest && access.is_none() {
        anyhow::bail!(
            "`mode: pull-request` works with GitHub's API: pass a token that may write pull requests as `auth-token`, in a checkout whose remote is on {}",
            environment.server_url
        );
    }
    let commits = matches!(settings.mode, Mode::Commit | Mode::Import);
    if settings.commit_via == CommitVia::Api && commits && access.is_none() {
        anyhow::bail!(
            "`commit-via: api` works with GitHub's API: pass a token that may write the repository's contents as `auth-token`, in a checkout whose remote is on {}",
            environment.server_url
        );
    }
    let tools = Tools {
        client: client(&host, budget, environment)?,
        team: host.team_pk,
        repository,
        scratch: Scratch::open(
            Some(&workspace),
            remote,
            Credentials::new(settings.auth_token.clone()),
        )?,
        workspace,
        write_body: proposal::body,
        event_branch: environment.branch().filter(|_| is_own).map(str::to_owned),
    };
    let choices = Choices {
        full: settings.full || event.reads_in_full(),
        access,
        in_actions: environment.in_actions,
        settings,
        deadline: started + budget,
        trailers: trailers(environment, event.dispatch.as_ref()),
        event: Event {
            private: event.private && is_own,
            ..event
        },
    };
    let runtime = runtime()?;
    let outcome = runtime.block_on(async {
        let limit = (budget + LAST_WORDS).saturating_sub(started.elapsed());
        tokio::select! {
            outcome = tokio::time::timeout(limit, run(tools, choices)) => outcome.with_context(|| {
                format!("the time budget of {} seconds (`time-budget`) is spent; the next run picks up where this one stopped", budget.as_secs())
            }),
            signal = asked_to_stop() => Err(Cancelled(signal).into()),
        }
    });
    let outcome = match outcome {
        Ok(Err(error)) if is_refusal(&error) => match &asker {
            Some(token) => runtime.block_on(explained(error, &environment.api_url, &named, token)),
            None => Err(error),
        },
        Ok(outcome) => outcome,
        Err(error) => Err(error),
    };
    // A git operation that hangs must not keep the process.
    runtime.shutdown_background();
    outcome.map(|outcome| (outcome, expires))
}

/// True if the remote refused, which GitHub's API may be able to explain.
fn is_refusal(error: &anyhow::Error) -> bool {
    let refused = |error: &GitError| {
        matches!(
            error,
            GitError::RepositoryNotFound { .. }
                | GitError::PermissionDenied { .. }
                | GitError::Unauthenticated { .. }
        )
    };
    match (
        error.downcast_ref::<GitError>(),
        error.downcast_ref::<PushError>(),
    ) {
        (Some(error), _) | (_, Some(PushError::Failed(error))) => refused(error),
        (_, Some(PushError::Refused { .. } | PushError::Protected { .. })) => true,
        _ => matches!(
            error.downcast_ref::<github::ApiError>(),
            Some(github::ApiError::NotPermitted(_))
        ),
    }
}

/// The error with GitHub's explanation, if it has one.
async fn explained<T>(
    error: anyhow::Error,
    api_url: &str,
    repository: &str,
    token: &Secret,
) -> Result<T> {
    match github::standing(api_url, repository, token)
        .await
        .map(|standing| standing.explain(repository))
    {
        Ok(Some(explanation)) => anyhow::bail!("{} {explanation}", cause(&error)),
        Ok(None) => Err(error),
        Err(unasked) => {
            tracing::debug!("{unasked:#}");
            Err(error)
        }
    }
}

/// The error without the guesses that an explanation replaces.
fn cause(error: &anyhow::Error) -> String {
    let failed = match error.downcast_ref::<PushError>() {
        Some(PushError::Failed(failed)) => Some(failed),
        _ => error.downcast_ref::<GitError>(),
    };
    match failed {
        Some(GitError::PermissionDenied { url }) => format!("Permission denied by {url}."),
        Some(GitError::RepositoryNotFound { url }) => format!("Repository not found: {url}."),
        Some(GitError::Unauthenticated { url, .. }) => format!("{url} refuses the token."),
        _ => format!("{error:#}"),
    }
}

/// What set off this run, for the record's history.
fn trailers(environment: &Environment, dispatch: Option<&Dispatch>) -> Vec<String> {
    let trailer = |name: &str, value: Option<&str>| {
        value.map(|value| format!("{name}: {}", action::inert(value)))
    };
    // Whoever edited the challenge tells more than the account that sent the dispatch.
    let editor = dispatch.and_then(|dispatch| dispatch.actor.as_deref());
    let editor = editor.map(|name| format!("{name} (on EvalAI)"));
    [
        trailer("Trigger", environment.event_name.as_deref()),
        trailer("Actor", editor.as_deref().or(environment.actor.as_deref())),
        trailer("Run", environment.run_url().as_deref()),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn tell(
    outcome: &Outcome,
    left: Outputs,
    environment: &Environment,
    console: &mut Out<'_>,
) -> Result<()> {
    log::tell(console, outcome);
    if let Some(file) = &environment.step_summary {
        let summary = console.hide(&summary::summary(outcome, &environment.server_url));
        append_summary(file, &summary).context("the job summary cannot be written")?;
    }
    if let Some(file) = &environment.output {
        outputs(outcome, left)
            .write(file)
            .context("the outputs cannot be written")?;
    }
    Ok(())
}

/// Tells why nothing was done: in the log, in the summary and to the steps that follow.
fn tell_abstention(
    abstention: &Abstention,
    left: Outputs,
    environment: &Environment,
    console: &mut Out<'_>,
) -> Result<()> {
    console.annotate(&Annotation::new(Level::Notice, abstention.to_string()));
    if let Some(file) = &environment.step_summary {
        let summary = console.hide(&summary::abstention(abstention));
        append_summary(file, &summary).context("the job summary cannot be written")?;
    }
    if let Some(file) = &environment.output {
        let outputs = Outputs {
            result: Some(abstention.result()),
            ..left
        };
        outputs
            .write(file)
            .context("the outputs cannot be written")?;
    }
    Ok(())
}

fn outputs(outcome: &Outcome, left: Outputs) -> Outputs {
    let open = outcome.pull_request.as_ref().filter(|pull| pull.is_open());
    Outputs {
        result: Some(outcome.result().as_str()),
        changed: outcome.commit.is_some(),
        changed_fields: changed_fields(outcome),
        changed_files: outcome.files.iter().map(|file| file.path.clone()).collect(),
        commit_sha: outcome.commit.clone(),
        sync_sha: Some(outcome.sync_sha.clone()),
        challenge_id: Some(outcome.challenge_id),
        pull_request: open.and_then(|pull| pull.url.clone()),
        ..left
    }
}

/// The fields that changed on EvalAI: those of a first sync that is only proposed, too.
fn changed_fields(outcome: &Outcome) -> Vec<String> {
    let written = outcome.plan.written().map(|item| item.path.to_string());
    let mut fields: Vec<String> = written.collect();
    let proposed = outcome.pull_request.iter().flat_map(|pull| &pull.fields);
    for field in proposed {
        if !fields.contains(field) {
            fields.push(field.clone());
        }
    }
    fields
}
