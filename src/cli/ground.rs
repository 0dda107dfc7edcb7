//! What more than one command stands on: the remote, and how an error is told.

use anyhow::{Context as _, Result};

use crate::action::{Annotation, Environment, Level};
use crate::repository::git::{RemoteUrl, Workspace};
use crate::repository::host_config::HostConfigError;
use crate::repository::worktree::ConfigError;

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
