//! One run of the sync, from the first request to the workspace's last file.
//!
//! What does not depend on each other happens side by side: the record is
//! fetched while EvalAI looks for the challenge, and the branch while EvalAI
//! tells the rest.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};

use super::branch::{self, BranchError};
use super::decision::Policy;
use super::media::{Wishes, fetch};
use super::note::Note;
use super::outcome::Outcome;
use super::settle::{Task, settle};
use crate::action::Settings;
use crate::evalai::{Challenge, Client, Depth, Held, Ids, Snapshot, Wanted, locate};
use crate::repository::git::{Advanced, Oid, Refs, Scratch, Workspace};
use crate::repository::path::RepoPath;
use crate::repository::record::{Problem, Record};
use crate::repository::store::{self, RecordRefs, Stored};
use crate::repository::worktree::Worktree;

/// The names a configuration has when nobody says otherwise.
const CONFIG_NAMES: [&str; 2] = ["challenge_config.yaml", "challenge_config.yml"];

/// What the host chose for this run, and what set it off.
#[derive(Debug, Clone)]
pub struct Choices {
    /// The inputs.
    pub settings: Settings,
    /// Read all of EvalAI's side, not only what the web UI can change.
    pub full: bool,
    /// The runner says that not everybody can read the repository.
    pub private: bool,
    /// When the run has to be over.
    pub deadline: Instant,
    /// Lines for the record's history: what set off this run, and where its log is.
    pub trailers: Vec<String>,
}

impl Choices {
    /// How conflicts and first syncs are settled.
    #[must_use]
    pub fn policy(&self) -> Policy {
        Policy {
            strategy: self.settings.strategy,
            first_sync: self.settings.first_sync,
        }
    }

    /// The names of record refs.
    fn record_refs(&self) -> RecordRefs {
        const ID: &str = "\0";
        let name = self.settings.record_ref.render(|_| ID.to_owned());
        match name.split_once(ID) {
            Some((before, after)) => RecordRefs::new(before, Some(after.to_owned())),
            None => RecordRefs::new(name, None),
        }
    }
}

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
    let wanted = (&chosen, refs, choices.settings.config.clone());
    let depth = depth(record.as_ref(), choices.full);
    let read = read(&client, scratch, challenge, wanted, depth);
    let (scratch, tip, config, snapshot) = read.await?;
    notes.extend(unknown(&snapshot));
    let mut held = snapshot.held()?;
    let (scratch, worktree) = at(scratch, tip, &config, &held).await?;
    let settings = &choices.settings;
    let wishes = Wishes {
        include: &settings.include,
        limit: settings.max_file_size,
    };
    let media = fetch(
        &client,
        &snapshot,
        &mut held,
        &worktree,
        record.as_ref(),
        wishes,
    );
    let mut media = media.await;
    notes.append(&mut media.notes);

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

/// Where the run is.
struct Here {
    team: u64,
    repository: String,
    checked_out: Option<String>,
}

/// What the first round of questions tells.
struct Found {
    scratch: Scratch,
    refs: Refs,
    chosen: branch::Chosen,
    challenge: Challenge,
    record: Option<Record>,
    record_ref: String,
    record_commit: Option<Oid>,
}

/// Finds the challenge, while the records are fetched: one of them may name it.
async fn find(
    client: &Client,
    scratch: Scratch,
    here: &Here,
    choices: &Choices,
    notes: &mut Vec<Note>,
) -> Result<Found> {
    let named = choices
        .settings
        .branch
        .as_deref()
        .or(here.checked_out.as_deref());
    let (tell, told) = tokio::sync::oneshot::channel();
    let look = async {
        let record_refs = choices.record_refs();
        let (scratch, found) =
            blocking(scratch, move |scratch| look(scratch, &record_refs)).await?;
        let (refs, records) = found?;
        // Nobody listens where the input names the challenge.
        let _ = tell.send(recorded_id(&records, &client.url().to_string(), named));
        anyhow::Ok((scratch, refs, records))
    };
    let given = choices.settings.challenge_id;
    let wanted = Wanted {
        team: here.team,
        given,
        repository: &here.repository,
        branch: named,
    };
    let recorded = async { told.await.ok().flatten() };
    let (looked, located) = tokio::join!(look, locate(client, wanted, recorded));
    let (scratch, refs, records) = looked?;
    let challenge = located?.challenge;
    let (checked_out, input) = (
        here.checked_out.as_deref(),
        choices.settings.branch.as_deref(),
    );
    let chosen = branch::choose(input, &challenge.branch, checked_out, &refs)?;
    let record_ref = choices.record_refs().of(challenge.id);
    let stored = records
        .into_iter()
        .find(|stored| stored.refname == record_ref);
    let evalai = client.url().to_string();
    let record = usable(
        stored.as_ref(),
        challenge.id,
        &evalai,
        &chosen.branch,
        notes,
    )?;
    let record_commit = stored.map(|stored| stored.commit);
    Ok(Found {
        scratch,
        refs,
        chosen,
        challenge,
        record,
        record_ref,
        record_commit,
    })
}

/// Reads the rest of EvalAI's side, while the branch is fetched.
async fn read(
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
fn depth(record: Option<&Record>, full: bool) -> (Ids, Depth) {
    match record {
        Some(record) if !full => (record.head.ids.clone(), Depth::Routine),
        Some(record) => (record.head.ids.clone(), Depth::Full),
        None => (Ids::default(), Depth::Full),
    }
}

/// The repository's side at the commit `tip`.
async fn at(
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
fn unknown(snapshot: &Snapshot) -> Vec<Note> {
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

/// Runs `work` where it may block, and hands back what it worked with.
async fn blocking<T, R>(
    mut tool: T,
    work: impl FnOnce(&mut T) -> R + Send + 'static,
) -> Result<(T, R)>
where
    T: Send + 'static,
    R: Send + 'static,
{
    let task = tokio::task::spawn_blocking(move || {
        let result = work(&mut tool);
        (tool, result)
    });
    task.await
        .context("the sync stopped in the middle; please report this as a bug of evalai-sync")
}

/// Asks the remote for its refs, and reads every record among them.
fn look(scratch: &mut Scratch, record_refs: &RecordRefs) -> Result<(Refs, Vec<Stored>)> {
    let refs = scratch.refs_and_fetch(|refs| record_refs.among(refs))?;
    let records = record_refs.among(&refs).into_iter().filter_map(|name| {
        let commit = refs.get(&name)?;
        Some(store::read(scratch, &name, commit))
    });
    let records = records.collect::<Result<_, _>>()?;
    Ok((refs, records))
}

/// The challenge that the records name for this branch on this server, if they name one.
fn recorded_id(records: &[Stored], host: &str, branch: Option<&str>) -> Option<u64> {
    let heads = records
        .iter()
        .filter_map(|stored| stored.record.as_ref().ok())
        .map(|record| &record.head);
    let here: Vec<_> = heads.filter(|head| head.evalai_host_url == host).collect();
    let on_branch: Vec<_> = here
        .iter()
        .filter(|head| Some(head.branch.as_str()) == branch)
        .collect();
    match (&here[..], &on_branch[..]) {
        (_, [head]) => Some(head.challenge_id),
        ([head], []) => Some(head.challenge_id),
        _ => None,
    }
}

/// The record, if it can be used; what keeps it from being used is noted.
fn usable(
    stored: Option<&Stored>,
    challenge: u64,
    host: &str,
    branch: &str,
    notes: &mut Vec<Note>,
) -> Result<Option<Record>> {
    let Some(stored) = stored else {
        return Ok(None);
    };
    let passed_over = |why: String| {
        Note::warning(format!(
            "The record of the last sync ({}) {why}. It is passed over: this run is a first sync, and writes a new one.",
            stored.refname
        ))
    };
    match &stored.record {
        Err(problem @ Problem::Newer { .. }) => bail!("{}: {problem}", stored.refname),
        Err(problem) => notes.push(passed_over(format!("cannot be read: {problem}"))),
        Ok(Record { head, .. })
            if head.challenge_id != challenge || head.evalai_host_url != host =>
        {
            let (other, other_host) = (head.challenge_id, &head.evalai_host_url);
            notes.push(passed_over(format!(
                "speaks of challenge {other} on {other_host}"
            )));
        }
        Ok(Record { head, .. }) if head.branch != branch => {
            notes.push(passed_over(format!(
                "speaks of the branch {:?}, not of {branch:?}",
                head.branch
            )));
        }
        Ok(record) => return Ok(Some(record.clone())),
    }
    Ok(None)
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

/// How long to wait before trying again after `lost` lost races.
pub(super) fn pause(lost: u32) -> Duration {
    let most = 200_u64 << lost.min(5);
    Duration::from_millis(fastrand::u64(most / 4..=most))
}
