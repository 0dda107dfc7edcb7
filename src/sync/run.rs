//! One run of the sync, from the first request to the workspace's last file.
//!
//! What does not depend on each other happens side by side: the record is
//! fetched while EvalAI looks for the challenge, and the branch while EvalAI
//! tells the rest.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};

use super::abstain::{self, Ended};
use super::blocking::blocking;
use super::choices::Choices;
use super::find::{Found, Here, find};
use super::import::{self, Import};
use super::media::{Wishes, fetch};
use super::note::Note;
use super::outcome::Outcome;
use super::propose::Why;
use super::pull_request;
use super::read::{at, depth, read, unknown};
use super::settle::{Settled, Task, settle};
use crate::action::FailOn;
use crate::evalai::Client;
use crate::repository::git::{Advanced, Oid, Scratch, Workspace};

/// Writes a pull request's body: of what, why, and where GitHub's pages are.
pub type WriteBody = fn(&Outcome, &Why, &str) -> String;

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
    /// Writes the body of a pull request.
    pub write_body: WriteBody,
    /// The branch that set off the run, where HEAD is detached.
    pub event_branch: Option<String>,
}

/// Runs the sync.
///
/// # Errors
/// Whatever keeps it from being done, as a sentence that says what to do; the
/// branch, the record and the workspace are then as they were, or a commit
/// that was published stays published and the next run records it.
pub async fn run(tools: Tools, choices: Choices) -> Result<Ended> {
    let started = Instant::now();
    let Tools {
        client,
        team,
        repository,
        workspace,
        scratch,
        write_body,
        event_branch,
    } = tools;
    let head = workspace.head()?;
    let here = Here {
        team,
        repository,
        checked_out: head.branch.or(event_branch),
    };
    let mut notes = Vec::new();
    let dispatch = choices.event.dispatch.as_ref();
    if let Some(abstention) = abstain::elsewhere(dispatch, client.url())? {
        return Ok(Ended::Abstained(abstention));
    }

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
    if let Some(abstention) = abstain::another(dispatch, challenge.id) {
        return Ok(Ended::Abstained(abstention));
    }
    let evalai = client.url().to_string();

    let title = challenge.title.clone();
    let own = &choices.settings.pull_request;
    let had_branch = refs.head(&own.branch(challenge.id)).is_some();
    let wanted = (&chosen, refs, choices.settings.clone());
    // What was proposed after a full reading must be seen to be still so.
    let depth = depth(record.as_ref(), choices.full || had_branch);
    let read = read(&client, scratch, challenge, wanted, depth);
    let (read, pushes) = tokio::join!(read, abstain::pushes(&choices, &chosen.branch));
    let (scratch, tip, config, snapshot) = read?;
    let branch = (tip, chosen.branch.as_str());
    if let Some(abstention) = abstain::give_way(&scratch, branch, &pushes, &mut notes)? {
        return Ok(Ended::Abstained(abstention));
    }
    notes.extend(unknown(&snapshot));
    let found = pull_request::Found {
        branch: had_branch,
        whole: unknown(&snapshot).is_empty() && choices.settings.fields.is_none(),
    };
    let mut held = snapshot.held()?;
    let settings = &choices.settings;
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
        evalai,
        held,
        media,
        ids: snapshot.ids(),
        branch: chosen.branch.clone(),
        config,
        import: begun,
        read: (tip, worktree),
        record,
        record_ref,
        record_commit,
        choices,
    };
    let (mut scratch, task, mut settled) = settle(scratch, tip, task).await?;
    notes.append(&mut settled.notes);
    if let Some(to) = settled.commit {
        let advanced = advance(workspace, scratch, &chosen.branch, tip, to).await?;
        scratch = advanced.0;
        notes.extend(advanced.1);
    }
    let proposal = (settled.proposal.take(), found);
    settled.notes = notes;
    let mut outcome = told(&client, &task, settled, (title, here.repository));
    pull_request::settle(scratch, &task, proposal, write_body, &mut outcome).await?;
    outcome.took = started.elapsed();
    Ok(Ended::Done(Box::new(outcome)))
}

/// What was done to the branch and the record, with what the run knows besides.
fn told(
    client: &Client,
    task: &Task,
    settled: Settled,
    (title, repository): (String, String),
) -> Outcome {
    let fails_on_conflict = task.choices.settings.fail_on == FailOn::Conflict;
    Outcome {
        challenge_id: task.challenge_id,
        title,
        evalai: task.evalai.clone(),
        repository,
        branch: task.branch.clone(),
        config: task.config.to_string(),
        fails: fails_on_conflict && settled.plan.conflicts_left().next().is_some(),
        plan: settled.plan,
        files: settled.files,
        commit: settled.commit.map(|commit| commit.to_string()),
        parent: settled.parent.map(|parent| parent.to_string()),
        pull_request: None,
        sync_sha: settled.sync_sha.to_string(),
        record: settled.record,
        dry_run: settled.dry_run,
        notes: settled.notes,
        requests: client.requests(),
        downloads: client.downloads(),
        lost_races: settled.lost_races,
        took: Duration::ZERO,
    }
}

/// Brings the workspace to the published commit, so that later steps see it.
async fn advance(
    workspace: Workspace,
    scratch: Scratch,
    branch: &str,
    from: Oid,
    to: Oid,
) -> Result<(Scratch, Vec<Note>)> {
    let branch = branch.to_owned();
    let ((_, scratch), advanced) = blocking((workspace, scratch), move |(workspace, scratch)| {
        workspace.advance(scratch, &branch, from, to)
    })
    .await?;
    let advanced = advanced
        .with_context(|| format!("commit {to} is published, but the workspace is not at it"))?;
    let notes = match advanced {
        Advanced::Moved { left_alone } => left_alone
            .into_iter()
            .map(|path| {
                Note::warning(format!("{path} was modified in the workspace and is left as it is there; the pushed commit has its new content."))
            })
            .collect(),
        Advanced::NotOnBranch => vec![Note::notice("Another branch is checked out in the workspace, which is left as it is.")],
        Advanced::Diverged => vec![Note::warning("The workspace has commits that were never pushed, or lies more than 1,000 commits behind, and is left as it is.")],
        Advanced::Busy => vec![Note::warning("A merge or rebase is under way in the workspace, which is left as it is.")],
    };
    Ok((scratch, notes))
}
