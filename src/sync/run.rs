//! One run of the sync, from the first request to the workspace's last file.
//!
//! What does not depend on each other happens side by side: the record is
//! fetched while EvalAI looks for the challenge, and the branch while EvalAI
//! tells the rest.

use std::time::Instant;

use anyhow::{Context as _, Result};

use super::blocking::blocking;
use super::choices::Choices;
use super::find::{Found, Here, find};
use super::import::{self, Import};
use super::media::{Wishes, fetch};
use super::note::Note;
use super::outcome::Outcome;
use super::read::{at, depth, read, unknown};
use super::settle::{Task, settle};
use crate::action::FailOn;
use crate::evalai::Client;
use crate::repository::git::{Advanced, Oid, Scratch, Workspace};

/// What a run works with.
pub struct Tools {
    /// EvalAI.
    pub client: Client,
    /// The host team's id there.
    pub team: u64,
    /// `owner/name` of the repository, as EvalAI knows it.
    pub repository: String,
    /// The checkout.
    pub workspace: Workspace,
    /// The repository in which the work is done.
    pub scratch: Scratch,
    /// The branch that set off the run, where HEAD is detached.
    pub event_branch: Option<String>,
}

/// Runs the sync.
///
/// # Errors
/// Whatever keeps it from being done, as a sentence that says what to do; the
/// branch, the record and the workspace are then as they were, or a commit
/// that was published stays published and the next run records it.
pub async fn run(tools: Tools, choices: Choices) -> Result<Outcome> {
    let started = Instant::now();
    let Tools {
        client,
        team,
        repository,
        workspace,
        scratch,
        event_branch,
    } = tools;
    let head = workspace.head()?;
    let here = Here {
        team,
        repository,
        checked_out: head.branch.or(event_branch),
    };
    let mut notes = Vec::new();

    let found = find(&client, scratch, &here, &choices, &mut notes).await?;
    let Found {
        scratch,
        refs,
        chosen,
        challenge,
        record,
        record_ref,
        record_commit,
    } = found;
    let evalai = client.url().to_string();

    let title = challenge.title.clone();
    let wanted = (&chosen, refs, choices.settings.clone());
    let depth = depth(record.as_ref(), choices.full);
    let read = read(&client, scratch, challenge, wanted, depth);
    let (scratch, tip, config, snapshot) = read.await?;
    notes.extend(unknown(&snapshot));
    let mut held = snapshot.held()?;
    let settings = &choices.settings;
    let fail_on = settings.fail_on;
    let begun = Import::begin(&snapshot, settings, here.team, &evalai)?;
    let (scratch, worktree, begun) = at(scratch, tip, &config, &held, begun).await?;
    let wishes = Wishes {
        include: &settings.include,
        limit: settings.max_file_size,
    };
    let known = record.as_ref();
    let media = fetch(&client, &snapshot, &mut held, &worktree, known, wishes);
    let mut media = media.await;
    notes.append(&mut media.notes);
    if begun.is_some() {
        notes.extend(import::left_out(&snapshot, &held, &worktree, settings));
    }

    let task = Task {
        challenge_id: snapshot.id,
        evalai: evalai.clone(),
        held,
        media,
        ids: snapshot
            .structure
            .yes()
            .map(|structure| structure.ids.clone()),
        branch: chosen.branch.clone(),
        config: config.clone(),
        import: begun,
        record,
        record_ref,
        record_commit,
        choices,
    };
    let (scratch, settled) = blocking(scratch, move |scratch| settle(scratch, tip, &task)).await?;
    let settled = settled?;
    notes.extend(settled.notes);
    if let Some(to) = settled.commit {
        notes.extend(advance(workspace, scratch, &chosen.branch, tip, to).await?);
    }
    Ok(Outcome {
        challenge_id: snapshot.id,
        title,
        evalai,
        repository: here.repository,
        branch: chosen.branch,
        config: config.to_string(),
        fails: fail_on == FailOn::Conflict && settled.plan.conflicts_left().next().is_some(),
        plan: settled.plan,
        files: settled.files,
        commit: settled.commit.map(|commit| commit.to_string()),
        parent: settled.parent.map(|parent| parent.to_string()),
        sync_sha: settled.sync_sha.to_string(),
        record: settled.record,
        dry_run: settled.dry_run,
        notes,
        requests: client.requests(),
        downloads: client.downloads(),
        lost_races: settled.lost_races,
        took: started.elapsed(),
    })
}

/// Brings the workspace to the published commit, so that later steps see it.
async fn advance(
    workspace: Workspace,
    scratch: Scratch,
    branch: &str,
    from: Oid,
    to: Oid,
) -> Result<Vec<Note>> {
    let branch = branch.to_owned();
    let (_, advanced) = blocking((workspace, scratch), move |(workspace, scratch)| {
        workspace.advance(scratch, &branch, from, to)
    })
    .await?;
    let advanced = advanced
        .with_context(|| format!("commit {to} is published, but the workspace is not at it"))?;
    Ok(match advanced {
        Advanced::Moved { left_alone } => left_alone
            .into_iter()
            .map(|path| {
                Note::warning(format!("{path} was modified in the workspace and is left as it is there; the pushed commit has its new content."))
            })
            .collect(),
        Advanced::NotOnBranch => vec![Note::notice("Another branch is checked out in the workspace, which is left as it is.")],
        Advanced::Diverged => vec![Note::warning("The workspace has commits that were never pushed, and is left as it is.")],
        Advanced::Busy => vec![Note::warning("A merge or rebase is under way in the workspace, which is left as it is.")],
    })
}
