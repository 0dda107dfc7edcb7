//! Plan, apply and publish, again and again until no other push comes between.

use anyhow::Result;

use super::apply::{Changes, Edited};
use super::blocking::blocking;
use super::choices::Choices;
use super::decision::Decision;
use super::import::Import;
use super::media::Media;
use super::message;
use super::note::Note;
use super::outcome::{FileChange, Happens, RecordChange};
use super::plan::{Item, Plan};
use super::propose::Why;
use super::publish::Publisher;
use super::races::Races;
use super::recording::next_record;
use super::round::{Round, Terms, decide};
use crate::action::{FirstSync, Mode};
use crate::evalai::{Held, Ids};
use crate::repository::git::{self, Change, Oid, PushError, Scratch, Signature};
use crate::repository::path::RepoPath;
use crate::repository::record::Record;
use crate::repository::store;
use crate::repository::worktree::Worktree;

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
    /// The branch as it was read first: at which commit, and what it says there.
    pub(super) read: (Oid, Worktree),
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
pub(super) async fn settle(
    scratch: Scratch,
    tip: Oid,
    task: Task,
) -> Result<(Scratch, Task, Settled)> {
    let publisher = Publisher::of(&task.choices, author(&task))?;
    let mut at = Stand {
        tip,
        record: task.record.clone(),
        record_commit: task.record_commit,
        earlier: Earlier::default(),
        task,
    };
    let mut scratch = scratch;
    let mut races = Races::default();
    loop {
        let decided;
        ((scratch, at), decided) =
            blocking((scratch, at), |(scratch, at)| at.decide(scratch)).await?;
        let (mut round, commit) = decided?;
        let mut why = (at.task.choices.settings.mode == Mode::PullRequest).then_some(Why::Mode);
        let mut on_branch = round.tip;
        let mut lost = false;
        if let Some(commit) = commit {
            let branch = at.task.branch.clone();
            let published;
            (scratch, published) = publisher
                .publish(scratch, commit, round.tip, &branch)
                .await?;
            match published {
                Ok(published) => {
                    on_branch = published.commit;
                    round.notes.extend(published.note);
                }
                Err(PushError::LostRace { .. }) => lost = true,
                Err(PushError::Protected { message, .. })
                    if at.task.choices.proposes_if_protected() =>
                {
                    why = Some(Why::Protected(message));
                }
                Err(error) => return Err(error.into()),
            }
        }
        if !lost {
            let recorded;
            ((scratch, at), recorded) = blocking((scratch, at), move |(scratch, at)| {
                at.record(scratch, round, on_branch, why)
            })
            .await?;
            if let Some(settled) = recorded? {
                let lost_races = races.lost;
                return Ok((
                    scratch,
                    at.task,
                    Settled {
                        lost_races,
                        ..settled
                    },
                ));
            }
        }
        races.pause(&at.task).await?;
        let seen;
        ((scratch, at), seen) =
            blocking((scratch, at), |(scratch, at)| at.look_again(scratch)).await?;
        races.saw(seen?, &at.task)?;
    }
}

/// What is known of the branch and the record, and what this run has done to them.
struct Stand {
    tip: Oid,
    record: Option<Record>,
    record_commit: Option<Oid>,
    earlier: Earlier,
    task: Task,
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

impl Stand {
    /// Plans the next round, and makes the commit that is to be published.
    fn decide(&mut self, scratch: &mut Scratch) -> Result<(Round, Option<Oid>)> {
        let choices = &self.task.choices;
        let terms = Terms {
            policy: choices.policy(),
            proposed: choices.settings.mode == Mode::PullRequest,
        };
        let mut round = decide(scratch, self.tip, self.record.as_ref(), &terms, &self.task)?;
        let publishes = matches!(choices.settings.mode, Mode::Commit | Mode::Import);
        if !publishes || round.changes.0.is_empty() {
            return Ok((round, None));
        }
        let written = round.plan.written();
        let fields: Vec<String> = written.map(|item| item.path.to_string()).collect();
        let message = message::commit(choices, &fields, self.task.challenge_id);
        // A file may be large: its content is gone from memory before the push.
        let changes = tree_changes(std::mem::take(&mut round.changes), &round.files);
        let author = author(&self.task);
        let made = scratch.commit(Some(round.tip), &changes, &message, &author)?;
        Ok((round, Some(made)))
    }

    /// Records `round`, once the branch is at `at`; `None` if somebody else has recorded something
    /// newer. The record comes after the branch: a crash between the two leaves both sides equal,
    /// which the next run records.
    ///
    /// The record is pushed by git, however the commit came onto the branch: its ref is no branch, so
    /// that no rule for signatures holds for it, and a push alone moves it from a known commit only.
    fn record(
        &mut self,
        scratch: &mut Scratch,
        round: Round,
        at: Oid,
        why: Option<Why>,
    ) -> Result<Option<Settled>> {
        let Self {
            record,
            record_commit,
            earlier,
            task,
            ..
        } = self;
        let Round {
            tip,
            mut plan,
            mut files,
            mut notes,
            ..
        } = round;
        let record = record.as_ref();
        if task.choices.settings.mode == Mode::DryRun {
            let sync_sha = record.map_or(Ok(tip), |record| Oid::from_str(&record.head.sync_sha))?;
            return Ok(Some(Settled {
                plan,
                files,
                commit: None,
                parent: None,
                sync_sha,
                record: RecordChange::DryRun,
                lost_races: 0,
                dry_run: true,
                notes,
                proposal: None,
            }));
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
            let made = store::commit(scratch, *record_commit, &next, &message, &author(task))?;
            match scratch.push(made, &task.record_ref, *record_commit) {
                Ok(()) => {}
                // Whoever moved it has recorded something newer: look again.
                Err(PushError::LostRace { .. }) => return Ok(None),
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
        let mut settled = Settled {
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
        if let Some(why) = why {
            let waiting = Waiting {
                why,
                tip: at,
                record: next,
            };
            settled.propose(scratch, waiting, task)?;
        }
        Ok(Some(settled))
    }

    /// Fetches the branch and the record after a lost race; whether either has moved.
    fn look_again(&mut self, scratch: &mut Scratch) -> Result<bool> {
        let task = &self.task;
        let refs = scratch.refs()?;
        let seen = (self.tip, self.record_commit);
        self.tip = scratch.fetch(&format!("refs/heads/{}", task.branch), 1)?;
        let found = refs.get(&task.record_ref);
        if let Some(commit) = found
            && found != self.record_commit
        {
            scratch.fetch(&task.record_ref, 1)?;
            let stored = store::read(scratch, &task.record_ref, commit)?.record.ok();
            self.record = stored.filter(|_| task.import.is_none());
            self.record_commit = found;
        }
        Ok((self.tip, self.record_commit) != seen)
    }
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
pub(super) fn tree_changes(changes: Changes, files: &[FileChange]) -> git::Changes {
    let changes = changes.0.into_iter();
    changes
        .map(|(path, edited)| (path.to_string(), change(&path, edited, files)))
        .collect()
}

/// One edited file as a change of the tree; only a file that is new gets its
/// executable bit from us.
fn change(path: &RepoPath, edited: Edited, files: &[FileChange]) -> Change {
    match edited {
        Edited::Written {
            bytes, executable, ..
        } => {
            let mut named = files.iter().filter(|file| file.path == path.as_str());
            let is_new = named.any(|file| file.happens == Happens::Added);
            Change::Write {
                bytes,
                mode: (is_new && executable).then_some(git::Mode::Executable),
            }
        }
        Edited::Deleted => Change::Delete,
    }
}
