//! What more than one command stands on: where it speaks, EvalAI, the remote, and how an error is told.

use std::io::{self, IsTerminal as _, Write};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context as _, Result};
use tokio::runtime::{Builder, Runtime};

use super::file;
use crate::action::{Annotation, Console, Environment, Face, Level, Settings, process_variable};
use crate::evalai::{Client, Error, Limits};
use crate::github::Access;
use crate::repository::git::{RemoteUrl, Workspace};
use crate::repository::host_config::{self, HostConfig, HostConfigError, Remark};
use crate::repository::worktree::ConfigError;
use crate::secret::Secret;

/// The columns of a table that is not shown in a terminal.
const WIDTH: usize = 100;

/// Where commands speak.
pub(super) type Out<'a> = Console<io::StdoutLock<'a>>;

/// Does the `work` of a command that speaks on standard output; it goes well
/// if the work says so, and an error is told.
pub(super) fn speaking(
    environment: &Environment,
    work: impl FnOnce(&mut Out<'_>) -> Result<bool>,
) -> ExitCode {
    let stdout = io::stdout();
    let face = face(environment, stdout.is_terminal());
    let mut console = Console::new(stdout.lock(), face);
    let done = work(&mut console);
    if let Err(error) = &done {
        console.annotate(&failure(error));
    }
    match (done, console.finish()) {
        (Ok(true), Ok(())) => ExitCode::SUCCESS,
        _ => ExitCode::FAILURE,
    }
}

/// How a command's words look.
pub(super) fn face(environment: &Environment, is_terminal: bool) -> Face {
    let no_color = process_variable("NO_COLOR").is_some();
    Face::of(environment, is_terminal, no_color)
}

/// Keeps both tokens that were given out of all that is said.
pub(super) fn mask_given<W: Write>(console: &mut Console<W>, settings: &Settings) {
    let given = [&settings.auth_token, &settings.evalai_token];
    for secret in given.into_iter().flatten() {
        console.mask(secret);
    }
}

/// The columns that a table may have.
pub(super) fn width() -> usize {
    terminal_size::terminal_size().map_or(WIDTH, |(width, _)| usize::from(width.0))
}

/// A client for the EvalAI that `host` names, which takes no longer than `total`.
pub(super) fn client(
    host: &HostConfig,
    total: Duration,
    environment: &Environment,
) -> Result<Client, Error> {
    let limits = Limits {
        total,
        ..Limits::default()
    };
    let client = Client::new(host.url.clone(), host.token.clone(), limits)?;
    Ok(client.in_container(environment.in_container))
}

/// The host config of the checkout. Its token is kept out of all that is said, and what it gives to say is told.
pub(super) fn host_config<W: Write>(
    settings: &Settings,
    environment: &Environment,
    console: &mut Console<W>,
) -> Result<HostConfig> {
    let path = environment.workspace.join(&settings.host_config);
    let name = settings.host_config.display().to_string();
    let bytes = file::read(&path, &environment.workspace)
        .with_context(|| format!("{name} cannot be read"))?;
    let token = settings.evalai_token.clone();
    let host = HostConfig::parse(bytes.as_deref(), &name, token, jiff::Timestamp::now())?;
    console.mask(&host.token);
    for remark in &host.notes {
        console.annotate(&remark_on(settings, remark));
    }
    Ok(host)
}

/// What the host config gives to say, beside its line.
fn remark_on(settings: &Settings, remark: &Remark) -> Annotation {
    let level = match remark.level {
        host_config::Level::Error => Level::Error,
        host_config::Level::Warning => Level::Warning,
        host_config::Level::Notice => Level::Notice,
    };
    let annotation = Annotation::new(level, remark.text.clone());
    match remark.place {
        Some(place) => annotation.at(
            settings.host_config.to_string_lossy(),
            Some(place.line),
            Some(place.column),
        ),
        None => annotation,
    }
}

/// The way to GitHub's API for `repository`, by `token`.
pub(super) fn access(environment: &Environment, repository: String, token: Secret) -> Access {
    Access {
        api_url: environment.api_url.clone(),
        server_url: environment.server_url.clone(),
        repository,
        token,
    }
}

/// What requests are awaited in: this thread.
pub(super) fn runtime() -> io::Result<Runtime> {
    Builder::new_current_thread().enable_all().build()
}

/// Where the branch is fetched from and pushed to: the checkout's `origin`,
/// else the repository that the runner names.
pub(super) fn remote(workspace: &Workspace, environment: &Environment) -> Result<RemoteUrl> {
    if let Some(origin) = workspace.origin_url()? {
        return Ok(origin);
    }
    let repository = environment.repository.as_deref().context(
        "the checkout has no remote `origin`: add it with `git remote add origin URL`, so that the sync knows where to push",
    )?;
    Ok(RemoteUrl::parse(&format!(
        "{}/{repository}.git",
        environment.server_url
    ))?)
}

/// `owner/name` of the repository that is checked out. A workflow may check out another one than
/// its own, which is the one that the runner names.
pub(super) fn repository(remote: &RemoteUrl, environment: &Environment) -> Option<String> {
    let slug = remote.slug();
    let Some(named) = &environment.repository else {
        return slug;
    };
    let is_on_github = environment.in_actions && remote.has_origin_of(&environment.server_url);
    let another = slug.filter(|slug| is_on_github && !slug.eq_ignore_ascii_case(named));
    another.or_else(|| Some(named.clone()))
}

/// An error with all its causes, beside the line at fault if it is one in a file.
pub(super) fn failure(error: &anyhow::Error) -> Annotation {
    let message = error
        .chain()
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join(": ");
    let annotation = Annotation::new(Level::Error, message);
    if let Some(HostConfigError { path, faults }) = error.downcast_ref()
        && let Some(place) = faults.iter().find_map(|fault| fault.place)
    {
        return annotation.at(path, Some(place.line), Some(place.column));
    }
    match error.downcast_ref::<ConfigError>() {
        Some(ConfigError::Yaml { path, error }) => {
            annotation.at(path.as_str(), Some(error.line), Some(error.column))
        }
        Some(ConfigError::Shape { path, line, .. }) => {
            annotation.at(path.as_str(), Some(*line), None)
        }
        _ => annotation,
    }
}
