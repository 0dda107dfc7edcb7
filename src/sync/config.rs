//! Which configuration of the branch is synced; for an import, that there is none yet.

use anyhow::{Result, bail};

use super::branch::{self, BranchError, Chosen};
use crate::action::{Mode, Settings};
use crate::repository::git::{Oid, Refs, Scratch};
use crate::repository::path::RepoPath;

/// The names a configuration has when nobody says otherwise.
pub const NAMES: [&str; 2] = ["challenge_config.yaml", "challenge_config.yml"];

/// Fetches the branch and finds the configuration in it.
pub(super) fn prepare(
    scratch: &mut Scratch,
    chosen: &Chosen,
    refs: &Refs,
    settings: &Settings,
) -> Result<(Oid, RepoPath)> {
    let tip = scratch.fetch(&format!("refs/heads/{}", chosen.branch), 1)?;
    let names = names(settings);
    for rival in branch::rivals(chosen, refs) {
        let commit = scratch.fetch(&format!("refs/heads/{rival}"), 1)?;
        if first_of(scratch, commit, &names)?.is_some() {
            let (default, other) = (chosen.branch.clone(), rival.to_owned());
            return Err(BranchError::Uncertain { default, other }.into());
        }
    }
    let config = find(scratch, tip, &chosen.branch, settings)?;
    Ok((tip, config))
}

/// The configuration at the commit `tip`; for an import, where it will be.
pub(super) fn find(
    scratch: &Scratch,
    tip: Oid,
    branch: &str,
    settings: &Settings,
) -> Result<RepoPath> {
    let names = names(settings);
    let found = first_of(scratch, tip, &names)?;
    let new = names.first().filter(|_| settings.mode == Mode::Import);
    match (found, new) {
        (Some(config), None) | (None, Some(config)) => Ok(config.clone()),
        (Some(config), Some(_)) => bail!(
            "the branch {branch:?} has {config} already, so nothing is imported: use `mode: commit` to bring it to what EvalAI holds"
        ),
        (None, None) => bail!(
            "the branch {branch:?} has no {}: set the input `config` to the path of the challenge configuration, or `branch` to the branch that holds it; to start from what EvalAI holds, run once with `mode: import`",
            names
                .iter()
                .map(ToString::to_string)
                .collect::<Vec<_>>()
                .join(" or "),
        ),
    }
}

/// Where the configuration may be: the input, else the usual names in their order.
#[must_use]
pub fn names(settings: &Settings) -> Vec<RepoPath> {
    match &settings.config {
        Some(config) => vec![config.clone()],
        None => NAMES
            .iter()
            .filter_map(|name| RepoPath::new(name).ok())
            .collect(),
    }
}

fn first_of<'a>(
    scratch: &Scratch,
    commit: Oid,
    names: &'a [RepoPath],
) -> Result<Option<&'a RepoPath>> {
    let files = scratch.files(commit)?;
    for name in names {
        if files.entry(name.as_str())?.is_some() {
            return Ok(Some(name));
        }
    }
    Ok(None)
}
