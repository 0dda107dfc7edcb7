//! The second round of questions: the rest of EvalAI's side, and the branch.

use anyhow::Result;

use super::blocking::blocking;
use super::branch;
use super::config;
use super::import::{Begun, Import};
use super::note::Note;
use crate::action::Settings;
use crate::evalai::{Challenge, Client, Depth, Held, Ids, Snapshot};
use crate::repository::git::{Oid, Refs, Scratch};
use crate::repository::path::RepoPath;
use crate::repository::record::Record;
use crate::repository::worktree::Worktree;

/// Reads the rest of EvalAI's side, while the branch is fetched.
pub(super) async fn read(
    client: &Client,
    scratch: Scratch,
    challenge: Challenge,
    (chosen, refs, settings): (&branch::Chosen, Refs, Settings),
    (known, depth): (Ids, Depth),
) -> Result<(Scratch, Oid, RepoPath, Snapshot)> {
    let chosen = chosen.clone();
    let prepare = blocking(scratch, move |scratch| {
        config::prepare(scratch, &chosen, &refs, &settings)
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
    import: Option<Import>,
) -> Result<(Scratch, Worktree, Option<Import>)> {
    let (config, phases) = (config.clone(), held.phases.clone());
    let read = blocking((scratch, import), move |(scratch, import)| {
        let begun = Begun {
            files: &scratch.files(tip)?,
            config: &config,
            import: import.as_ref(),
        };
        anyhow::Ok(Worktree::read(&begun, &config, &phases)?)
    });
    let ((scratch, import), worktree) = read.await?;
    Ok((scratch, worktree?, import))
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
