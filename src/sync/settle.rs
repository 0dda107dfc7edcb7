//! Plan, apply and publish, again and again until no other push comes between.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use anyhow::{Result, bail};

use super::apply::{Changes, Edited};
use super::choices::Choices;
use super::decision::Decision;
use super::import::Import;
use super::media::Media;
use super::message;
use super::note::Note;
use super::outcome::{FileChange, Happens, RecordChange};
use super::plan::{Item, Plan};
use super::propose::Why;
use super::round::{Round, Terms, decide};
use crate::action::{FirstSync, Mode};
use crate::challenge::catalogue::Kind;
use crate::challenge::path::{Entity, FieldPath};
use crate::challenge::value::Value;
use crate::evalai::{Held, Ids};
use crate::repository::git::{self, Change, Oid, PushError, Scratch, Signature};
use crate::repository::media::SCRIPT;
use crate::repository::path::RepoPath;
use crate::repository::record::{Head, Record, Seen, VERSION};
use crate::repository::store;

/// How often a push may fail as if another had come first while nothing moves on the remote.
const STUCK: u32 = 6;

/// What is to be settled.
pub(super) struct Task {
    pub(super) challenge_id: u64,
    pub(super) evalai: String,
    pub(super) held: Held,
    pub(super) branch: String,
    pub(super) config: RepoPath,
    /// EvalAI's ids, resolved; `None` if they could not be asked for.
    pub(super) ids: Option<Ids>,
    pub(super) media: Media,
    /// What an import begins with; `None` for any other run.
    pub(super) import: Option<Import>,
    pub(super) record: Option<Record>,
    pub(super) record_ref: String,
    pub(super) record_commit: Option<Oid>,
    pub(super) choices: Choices,
}

/// What came of it.
pub(super) struct Settled {
    pub(super) plan: Plan,
    pub(super) files: Vec<FileChange>,
    pub(super) commit: Option<Oid>,
    pub(super) parent: Option<Oid>,
    pub(super) sync_sha: Oid,
    pub(super) record: RecordChange,
    pub(super) lost_races: u32,
    pub(super) dry_run: bool,
    pub(super) notes: Vec<Note>,
    /// What is to be proposed instead of pushed, and why.
    pub(super) proposal: Option<(Why, Round)>,
}

/// Settles `task` on the branch whose newest known commit is `tip`.
pub(super) fn settle(scratch: &mut Scratch, tip: Oid, task: &Task) -> Result<Settled> {
    let branch_ref = format!("refs/heads/{}", task.branch);
    let (mut tip, mut record, mut record_commit) = (tip, task.record.clone(), task.record_commit);
    let mut lost_races = 0;
    let mut stuck = 0;
    let mut earlier = Earlier::default();
    loop {
        let terms = Terms {
            policy: task.choices.policy(),
            proposed: task.choices.settings.mode == Mode::PullRequest,
        };
        let round = decide(scratch, tip, record.as_ref(), &terms, task)?;
        let published = publish(
            scratch,
            &branch_ref,
            round,
            (record.as_ref(), record_commit),
            &mut earlier,
            task,
        )?;
        match published {
            Published::Done(settled, waiting) => {
                let mut settled = Settled {
                    lost_races,
                    ..*settled
                };
                if let Some(waiting) = waiting {
                    settled.propose(scratch, *waiting, task)?;
                }
                return Ok(settled);
            }
            Published::LostRace => {
                lost_races += 1;
                if Instant::now() >= task.choices.deadline {
                    bail!(
                        "other pushes came first {lost_races} times, and the time budget is spent: nothing was written by the last try; the next run tries again"
                    );
                }
                std::thread::sleep(pause(lost_races));
                let refs = scratch.refs()?;
                let seen = (tip, record_commit);
                tip = scratch.fetch(&branch_ref, 1)?;
                let found = (tip, refs.get(&task.record_ref).or(record_commit));
                stuck = if found == seen { stuck + 1 } else { 0 };
                if stuck == STUCK {
                    bail!(
                        "the remote refused {STUCK} times to move the branch {} or the record {}, though nobody else moved them: a push that is still under way, or one that died there, holds the lock of one of them. The next run tries again; a lock that stays is a file named after the ref, with `.lock` at its end, and has to be removed on the server",
                        task.branch,
                        task.record_ref
                    );
                }
                if let Some(commit) = refs.get(&task.record_ref)
                    && Some(commit) != record_commit
                {
                    scratch.fetch(&task.record_ref, 1)?;
                    let stored = store::read(scratch, &task.record_ref, commit)?.record.ok();
                    record = stored.filter(|_| task.import.is_none());
                    record_commit = Some(commit);
                }
            }
        }
    }
}

enum Published {
    Done(Box<Settled>, Option<Box<Waiting>>),
    LostRace,
}

/// Something that is not pushed but waits to be proposed: why, and the branch
/// and the record on which it is planned.
struct Waiting {
    why: Why,
    tip: Oid,
    record: Record,
}

impl Settled {
    /// Plans once more, on what the branch and the record say now, what is to be proposed.
    fn propose(&mut self, scratch: &mut Scratch, waiting: Waiting, task: &Task) -> Result<()> {
        let Waiting { why, tip, record } = waiting;
        let record = Some(&record).filter(|_| task.import.is_none());
        let policy = match task.choices.settings.mode {
            Mode::Import => task.choices.policy(),
            _ => task.choices.proposing(),
        };
        let proposed = true;
        let round = decide(scratch, tip, record, &Terms { policy, proposed }, task)?;
        if why == Why::FirstSync {
            let told = std::mem::take(&mut self.notes);
            let new = round.notes.iter().filter(|note| !told.contains(note));
            self.notes = told.iter().chain(new).cloned().collect();
        } else {
            // Nothing of what was said of the branch has come true.
            self.notes.clone_from(&round.notes);
        }
        self.proposal = Some((why, round));
        Ok(())
    }
}

/// What this run has published on the branch already, if the record then lost
/// a race: the rounds after it find it there, and it has still to be told.
#[derive(Default)]
struct Earlier {
    commit: Option<Oid>,
    parent: Option<Oid>,
    taken: Vec<Item>,
    files: Vec<FileChange>,
}

impl Earlier {
    /// What the run did as a whole, if `plan` and `files` are the last round's.
    fn tell(&self, plan: &mut Plan, files: &mut Vec<FileChange>) {
        for item in &mut plan.items {
            let taken = self.taken.iter().find(|taken| taken.path == item.path);
            if let Some(taken) = taken.filter(|_| item.decision == Decision::InSync) {
                *item = taken.clone();
            }
        }
        let again: Vec<String> = files.iter().map(|file| file.path.clone()).collect();
        let once = self.files.iter().filter(|file| !again.contains(&file.path));
        files.splice(0..0, once.cloned());
    }
}

/// Pushes the commit, then the record: a crash between the two leaves both
/// sides equal, which the next run records.
fn publish(
    scratch: &mut Scratch,
    branch_ref: &str,
    round: Round,
    (record, record_commit): (Option<&Record>, Option<Oid>),
    earlier: &mut Earlier,
    task: &Task,
) -> Result<Published> {
    let Round {
        tip,
        mut plan,
        changes,
        mut files,
        mut notes,
    } = round;
    let choices = &task.choices;
    let author = author(task);
    if choices.settings.mode == Mode::DryRun {
        let (sync_sha, record) = (
            record.map_or(Ok(tip), |record| Oid::from_str(&record.head.sync_sha))?,
            RecordChange::DryRun,
        );
        let dry_run = true;
        let settled = Settled {
            plan,
            files,
            commit: None,
            parent: None,
            sync_sha,
            record,
            lost_races: 0,
            dry_run,
            notes,
            proposal: None,
        };
        return Ok(Published::Done(Box::new(settled), None));
    }
    let mut at = tip;
    let mut why = (choices.settings.mode == Mode::PullRequest).then_some(Why::Mode);
    if !changes.0.is_empty() && why.is_none() {
        let fields: Vec<String> = plan.written().map(|item| item.path.to_string()).collect();
        let message = message::commit(choices, &fields, task.challenge_id);
        let changes = tree_changes(&changes, &files);
        let made = scratch.commit(Some(tip), &changes, &message, &author)?;
        match scratch.push(made, branch_ref, Some(tip)) {
            Ok(()) => at = made,
            Err(PushError::LostRace { .. }) => return Ok(Published::LostRace),
            Err(PushError::Protected { message, .. }) if choices.proposes_if_protected() => {
                why = Some(Why::Protected(message));
            }
            Err(error) => return Err(error.into()),
        }
    }
    let proposed = why.as_ref().map(|_| plan.while_proposed());
    let is_settled = plan.is_settled() && (why.is_none() || plan.written().next().is_none());
    let agreed = proposed.as_ref().unwrap_or(&plan);
    let next = next_record(record, agreed, (&plan, is_settled), at, task);
    earlier.tell(&mut plan, &mut files);
    if at != tip {
        *earlier = Earlier {
            commit: Some(at),
            parent: Some(tip),
            taken: plan.written().cloned().collect(),
            files: files.clone(),
        };
    }
    let commit = earlier.commit;
    let mut record_change = RecordChange::Unchanged;
    if record != Some(&next) {
        let agreed = proposed.as_ref().unwrap_or(&plan);
        let message = message::record(agreed, commit, task);
        let made = store::commit(scratch, record_commit, &next, &message, &author)?;
        match scratch.push(made, &task.record_ref, record_commit) {
            Ok(()) => {}
            // Whoever moved it has recorded something newer: look again.
            Err(PushError::LostRace { .. }) => return Ok(Published::LostRace),
            Err(error) => {
                return Err(anyhow::Error::from(error).context("the record cannot be written"));
            }
        }
        record_change = if record.is_some() {
            RecordChange::Updated
        } else {
            RecordChange::Created
        };
    }
    let sync_sha = Oid::from_str(&next.head.sync_sha)?;
    let why = why.or_else(|| first_sync(&plan, task, &mut notes));
    let waiting = why.map(|why| {
        Box::new(Waiting {
            why,
            tip: at,
            record: next,
        })
    });
    let settled = Settled {
        plan,
        files,
        commit,
        parent: earlier.parent,
        sync_sha,
        record: record_change,
        lost_races: 0,
        dry_run: false,
        notes,
        proposal: None,
    };
    Ok(Published::Done(Box::new(settled), waiting))
}

/// Whether a first sync that was left alone is to be proposed; if it cannot be, that is noted.
fn first_sync(plan: &Plan, task: &Task, notes: &mut Vec<Note>) -> Option<Why> {
    let choices = &task.choices;
    let wanted = choices.settings.first_sync == FirstSync::PullRequest;
    if !wanted || plan.open().next().is_none() {
        return None;
    }
    if choices.may_propose_first_sync() {
        return Some(Why::FirstSync);
    }
    let lacks = if choices.in_actions {
        "a token of the remote's GitHub server (`auth-token`), and there is none"
    } else {
        "GitHub Actions, and this run is outside of it"
    };
    notes.push(Note::notice(format!(
        "A first sync is proposed in a pull request (`first-sync: pull-request`), which takes {lacks}: so its differences are only listed."
    )));
    None
}

/// In whose name commits are made.
pub(super) fn author(task: &Task) -> Signature {
    Signature {
        name: task.choices.settings.committer_name.clone(),
        email: task.choices.settings.committer_email.clone(),
        seconds: jiff::Timestamp::now().as_second(),
    }
}

/// What was edited in memory as the changes of a commit.
pub(super) fn tree_changes(changes: &Changes, files: &[FileChange]) -> git::Changes {
    let changes = changes.0.iter();
    changes
        .map(|(path, edited)| (path.to_string(), change(path, edited, files)))
        .collect()
}

/// The record once the branch is at `sha`, and both sides are as `agreed`
/// says, which is `plan` but for what is only proposed. Its sync SHA moves
/// only when nothing in the branch is still on its way to EvalAI: what the
/// branch held since then may yet arrive there.
fn next_record(
    record: Option<&Record>,
    agreed: &Plan,
    (plan, is_settled): (&Plan, bool),
    sha: Oid,
    task: &Task,
) -> Record {
    let none = BTreeMap::new();
    let (ids, known) = (
        task.ids.clone(),
        record.map(|record| record.head.ids.clone()),
    );
    let before = record
        .filter(|_| !is_settled)
        .map(|record| record.head.sync_sha.clone());
    let bases = agreed.bases_after(record.map_or(&none, |record| &record.bases));
    Record {
        head: Head {
            version: VERSION,
            evalai_host_url: task.evalai.clone(),
            challenge_id: task.challenge_id,
            branch: task.branch.clone(),
            config: task.config.to_string(),
            sync_sha: before.unwrap_or_else(|| sha.to_string()),
            ids: ids.or(known).unwrap_or_default(),
            media: seen(record, plan, &bases, &task.media),
            open: open(record, agreed),
        },
        bases,
    }
}

/// The fields that wait for the host to choose; those that this run did not see still do.
fn open(record: Option<&Record>, plan: &Plan) -> BTreeSet<String> {
    let mut open = record
        .map(|record| record.head.open.clone())
        .unwrap_or_default();
    for item in &plan.items {
        open.remove(&item.path.to_string());
    }
    let undecided = |item: &&Item| {
        let first = [Decision::FirstSyncOpen, Decision::FirstSyncTaken];
        first.contains(&item.decision)
    };
    let aside = plan.set_aside.iter().filter(undecided);
    open.extend(plan.open().chain(aside).map(|item| item.path.to_string()));
    open
}

/// What to remember of the media: only of those on which both sides agree
/// by the new `bases`, so that an unchanged URL means the base.
fn seen(
    record: Option<&Record>,
    plan: &Plan,
    bases: &BTreeMap<FieldPath, Value>,
    media: &Media,
) -> BTreeMap<String, Seen> {
    let unsettled = |name: &str| {
        let mut files = plan
            .items
            .iter()
            .chain(&plan.set_aside)
            .filter(|item| item.path.field.kind == Kind::File);
        files.any(|item| {
            let own = match item.path.entity {
                Entity::ScriptFile(_) => name == SCRIPT,
                _ => item.path.to_string() == name,
            };
            own && item.evalai.value().is_some_and(|value| {
                // A file that neither side ever had in common counts for nothing.
                *value != Value::Null && bases.get(&item.path) != Some(value)
            })
        })
    };
    let mut seen = record
        .map(|record| record.head.media.clone())
        .unwrap_or_default();
    seen.extend(media.seen.clone());
    seen.retain(|name, _| !unsettled(name));
    seen
}

/// How long to wait before trying again after `lost` lost races.
fn pause(lost: u32) -> Duration {
    let most = 200_u64 << lost.min(5);
    Duration::from_millis(fastrand::u64(most / 4..=most))
}

/// One edited file as a change of the tree; only a file that is new gets its
/// executable bit from us.
fn change(path: &RepoPath, edited: &Edited, files: &[FileChange]) -> Change {
    match edited {
        Edited::Written {
            bytes, executable, ..
        } => {
            let mut named = files.iter().filter(|file| file.path == path.as_str());
            let is_new = named.any(|file| file.happens == Happens::Added);
            Change::Write {
                bytes: bytes.clone(),
                mode: (is_new && *executable).then_some(git::Mode::Executable),
            }
        }
        Edited::Deleted => Change::Delete,
    }
}
