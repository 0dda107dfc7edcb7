//! The second round of questions: the rest of EvalAI's side, and the branch.

use anyhow::{Result, bail};

use super::blocking::blocking;
use super::branch::{self, BranchError};
use super::note::Note;
use crate::evalai::{Challenge, Client, Depth, Held, Ids, Snapshot};
use crate::repository::git::{Oid, Refs, Scratch};
use crate::repository::path::RepoPath;
use crate::repository::record::Record;
use crate::repository::worktree::Worktree;

/// The names a configuration has when nobody says otherwise.
const CONFIG_NAMES: [&str; 2] = ["challenge_config.yaml", "challenge_config.yml"];

/// Reads the rest of EvalAI's side, while the branch is fetched.
pub(super) async fn read(
    client: &Client,
    scratch: Scratch,
    challenge: Challenge,
    (chosen, refs, config): (&branch::Chosen, Refs, Option<RepoPath>),
    (known, depth): (Ids, Depth),
) -> Result<(Scratch, Oid, RepoPath, Snapshot)> {
    let chosen = chosen.clone();
    let prepare = blocking(scratch, move |scratch| {
        prepare(scratch, &chosen, &refs, config)
    });
    let (prepared, snapshot) =
        tokio::join!(prepare, Snapshot::read(client, challenge, &known, depth));
    let (scratch, prepared) = prepared?;
    let (tip, config) = prepared?;
    Ok((scratch, tip, config, snapshot?))
}

/// How much of EvalAI's side is read, and the ids that need not be asked for.
pub(super) fn depth(record: Option<&Record>, full: bool) -> (Ids, Depth) {
    match record {
        // What still waits for the host to choose is read as it was on the first sync.
        Some(record) if !full && record.head.open.is_empty() => {
            (record.head.ids.clone(), Depth::Routine)
        }
        Some(record) => (record.head.ids.clone(), Depth::Full),
        None => (Ids::default(), Depth::Full),
    }
}

/// The repository's side at the commit `tip`.
pub(super) async fn at(
    scratch: Scratch,
    tip: Oid,
    config: &RepoPath,
    held: &Held,
) -> Result<(Scratch, Worktree)> {
    let (config, phases) = (config.clone(), held.phases.clone());
    let read = blocking(scratch, move |scratch| {
        anyhow::Ok(Worktree::read(&scratch.files(tip)?, &config, &phases)?)
    });
    let (scratch, worktree) = read.await?;
    Ok((scratch, worktree?))
}

/// What of EvalAI's side could not be read.
pub(super) fn unknown(snapshot: &Snapshot) -> Vec<Note> {
    let phases = snapshot.phases.why_not().map(|reason| {
        Note::warning(format!(
            "EvalAI's phases are unknown, so no phase is synced: {reason}"
        ))
    });
    let worker = snapshot.worker.why_not().map(|reason| {
        Note::warning(format!(
            "EvalAI's cloud settings are unknown and left alone: {reason}"
        ))
    });
    let structure = snapshot.structure.why_not().map(|reason| {
        Note::warning(format!(
            "EvalAI's leaderboards and splits are unknown and left alone: {reason}"
        ))
    });
    phases.into_iter().chain(worker).chain(structure).collect()
}

/// Fetches the branch and finds the configuration in it.
fn prepare(
    scratch: &mut Scratch,
    chosen: &branch::Chosen,
    refs: &Refs,
    config: Option<RepoPath>,
) -> Result<(Oid, RepoPath)> {
    let tip = scratch.fetch(&format!("refs/heads/{}", chosen.branch), 1)?;
    let names: Vec<RepoPath> = match config {
        Some(config) => vec![config],
        None => CONFIG_NAMES
            .iter()
            .filter_map(|name| RepoPath::new(name).ok())
            .collect(),
    };
    for rival in branch::rivals(chosen, refs) {
        let commit = scratch.fetch(&format!("refs/heads/{rival}"), 1)?;
        if find_config(scratch, commit, &names)?.is_some() {
            let (default, other) = (chosen.branch.clone(), rival.to_owned());
            return Err(BranchError::Uncertain { default, other }.into());
        }
    }
    match find_config(scratch, tip, &names)? {
        Some(config) => Ok((tip, config.clone())),
        None => bail!(
            "the branch {:?} has no {}: set the input `config` to the path of the challenge configuration, or `branch` to the branch that holds it",
            chosen.branch,
            names
                .iter()
                .map(ToString::to_string)
                .collect::<Vec<_>>()
                .join(" or "),
        ),
    }
}

fn find_config<'a>(
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
