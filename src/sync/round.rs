//! One round: a plan for the branch as it is, carried out in memory.

use std::collections::BTreeSet;

use anyhow::{Result, bail};

use super::apply::{Base, Changes, apply};
use super::config;
use super::import::Begun;
use super::media::level_script;
use super::merge::{Merges, Versions, merges};
use super::note::Note;
use super::obstacle::obstacles;
use super::outcome::{FileChange, file_changes};
use super::overridden::{Before, overridden};
use super::plan::{Item, Plan, Policy, Situation, contested, plan};
use super::remarks::remarks;
use super::settle::Task;
use crate::action::Mode;
use crate::challenge::side::Side;
use crate::repository::git::{Oid, Scratch};
use crate::repository::record::Record;
use crate::repository::store::MOST_VALUES;
use crate::repository::worktree::{Place, Worktree};

/// How many commits back the branch is searched for a value that EvalAI holds.
const HISTORY: usize = 500;

/// A plan for one state of the branch, carried out in memory. It is published
/// once: publishing takes it.
pub(super) struct Round {
    pub(super) tip: Oid,
    pub(super) plan: Plan,
    pub(super) changes: Changes,
    pub(super) files: Vec<FileChange>,
    pub(super) notes: Vec<Note>,
}

/// By what a round is planned.
#[derive(Debug, Clone)]
pub(super) struct Terms {
    pub(super) policy: Policy,
    /// What it writes is only proposed, so that it overrides nothing yet.
    pub(super) proposed: bool,
}

/// Plans on the branch as it is at `tip`, by `terms`, and carries the plan out in memory.
pub(super) fn decide(
    scratch: &mut Scratch,
    tip: Oid,
    record: Option<&Record>,
    terms: &Terms,
    task: &Task,
) -> Result<Round> {
    let phases = &task.held.phases;
    check_fields(task)?;
    let import = task.import.as_ref();
    if import.is_some() {
        // Somebody may have pushed a configuration in the meantime.
        config::find(scratch, tip, &task.branch, &task.choices.settings)?;
    }
    let mut worktree = match &task.read {
        (commit, worktree) if *commit == tip => worktree.clone(),
        _ => {
            let begun = Begun {
                files: &scratch.files(tip)?,
                config: &task.config,
                import,
            };
            Worktree::read(&begun, &task.config, phases)?
        }
    };
    let mut held = task.held.clone();
    let recorded = record.into_iter().flat_map(|record| record.bases.keys());
    level_script(&mut held.side, &mut worktree.side, recorded);
    let mut notes = Vec::new();
    let none = BTreeSet::new();
    let open = record.map_or(&none, |record| &record.head.open);
    let planned = |repository: &Side, past: &Past, merged: &Merges| {
        let decided = plan(Situation {
            evalai: &held,
            repository,
            bases: record.map(|record| &record.bases),
            open,
            past: &past.sides,
            merges: &merged.values,
            policy: &terms.policy,
            include: &task.choices.settings.include,
            everything: import.is_some(),
        });
        match &task.choices.settings.fields {
            Some(asked) => decided.only(asked),
            None => decided,
        }
    };
    let (mut since, mut merged) = (Past::default(), Merges::default());
    let mut decided = planned(&worktree.side, &since, &merged);
    if let Some(record) = record.filter(|_| contested(&decided)) {
        since = past(scratch, tip, record, task, &mut notes)?;
        decided = planned(&worktree.side, &since, &merged);
        merged = merges(&decided, &terms.policy.strategies, |item| {
            versions(scratch, item, &worktree, (tip, &since), task)
        })?;
        decided = planned(&worktree.side, &since, &merged);
    }
    let files = scratch.files(tip)?;
    let blocked = obstacles(&decided, &worktree, &files);
    if !blocked.is_empty() {
        for (path, reading) in blocked {
            worktree.side.put(path, reading);
        }
        decided = planned(&worktree.side, &since, &merged);
    }
    notes.extend(remarks(&decided, &worktree, task));
    let before = Before {
        worktree: &worktree,
        files: &files,
        tip,
        // An import begins with a configuration that was never in the branch.
        overrides: !terms.proposed
            && import.is_none()
            && task.choices.settings.mode != Mode::DryRun,
    };
    notes.extend(overridden(&decided, &before, task));
    let begun = Begun {
        files: &files,
        config: &task.config,
        import,
    };
    let mut changes = apply(
        &decided,
        &Base {
            worktree: &worktree,
            files: &begun,
            phases,
            contents: &task.media.contents,
            merged: &merged.contents,
        },
    )?;
    if let Some(import) = import {
        import
            .complete(&worktree, &files, &mut changes)
            .map_err(anyhow::Error::msg)?;
    }
    let files = file_changes(&changes, &files);
    Ok(Round {
        tip,
        plan: decided,
        changes,
        files,
        notes,
    })
}

/// Refuses a challenge that no record can hold, before anything is written.
fn check_fields(task: &Task) -> Result<()> {
    let fields = task.held.side.iter().count();
    if fields > MOST_VALUES {
        bail!(
            "Challenge {} has {fields} fields on EvalAI, and at most {MOST_VALUES} can be recorded: it is not synced.",
            task.challenge_id
        );
    }
    Ok(())
}

/// The branch since the last sync, that sync's commit included: the commits
/// whose configuration reads, newest first, and what it says there. A commit
/// whose configuration does not read cannot have reached EvalAI.
#[derive(Default)]
struct Past {
    commits: Vec<Oid>,
    sides: Vec<Side>,
}

fn past(
    scratch: &mut Scratch,
    tip: Oid,
    record: &Record,
    task: &Task,
    notes: &mut Vec<Note>,
) -> Result<Past> {
    let since = Oid::from_str(&record.head.sync_sha).ok();
    let refname = format!("refs/heads/{}", task.branch);
    let commits = match since {
        Some(since) => scratch.history(&refname, tip, since, HISTORY)?,
        None => None,
    };
    let Some(commits) = commits else {
        notes.push(Note::notice(format!(
            "The commit of the last sync ({}) is not among the branch's last {HISTORY}: whether EvalAI got a value from here cannot be told, so fields that changed on both sides are conflicts.",
            record.head.sync_sha
        )));
        return Ok(Past::default());
    };
    let mut past = Past::default();
    for commit in commits {
        let files = scratch.files(commit)?;
        if let Ok(worktree) = Worktree::read(&files, &task.config, &task.held.phases) {
            past.commits.push(commit);
            past.sides.push(worktree.side);
        }
    }
    Ok(past)
}

/// The three versions of a file, if the branch's past still has the one on
/// which both sides agreed.
fn versions(
    scratch: &Scratch,
    item: &Item,
    worktree: &Worktree,
    (tip, past): (Oid, &Past),
    task: &Task,
) -> Result<Option<Versions>> {
    let content = |commit: Oid, worktree: &Worktree| -> Result<Option<Vec<u8>>> {
        let Some(file) = worktree.places.get(&item.path).and_then(Place::file) else {
            return Ok(None);
        };
        let files = scratch.files(commit)?;
        let file = files.read(file.as_str())?;
        Ok(file.map(|file| file.bytes))
    };
    let agreed = past
        .sides
        .iter()
        .position(|side| item.base.is_some() && side.value(&item.path) == item.base.as_ref());
    let Some(agreed) = agreed.map(|index| past.commits[index]) else {
        return Ok(None);
    };
    let before = Worktree::read(&scratch.files(agreed)?, &task.config, &task.held.phases)?;
    let base = content(agreed, &before)?;
    let repository = content(tip, worktree)?;
    let evalai = task.media.contents.get(&item.path);
    let evalai = evalai.map(|content| content.bytes().map_err(anyhow::Error::msg));
    Ok(match (base, repository, evalai.transpose()?) {
        (Some(base), Some(repository), Some(evalai)) => Some(Versions {
            base,
            repository,
            evalai,
        }),
        _ => None,
    })
}
