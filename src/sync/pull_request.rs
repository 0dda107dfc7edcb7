//! The pull request on GitHub: finds out how it stands, and does what [`decide`] says.

use std::collections::BTreeSet;

use anyhow::{Context as _, Result, bail};

use super::blocking::blocking;
use super::note::Note;
use super::outcome::{Outcome, PullRequest, PullState};
use super::plan::Item;
use super::proposal::{Proposal, branch, link, read};
use super::propose::{Action, Facts, Known, Marks, Wanted, Why, decide};
use super::publish::{Published, Publisher};
use super::round::Round;
use super::run::WriteBody;
use super::settle::{Task, author};
use crate::action::{FirstSync, Mode, RunResult};
use crate::challenge::side::Reading;
use crate::github::{Access, Api, ApiError, Edit, NewPull, Pull, State, Wishes};
use crate::repository::git::{Oid, PushError, Scratch};

/// How often the whole is tried if something else moves the branch or opens the pull request.
const TRIES: usize = 3;

/// How the run found things.
#[derive(Debug, Clone, Copy)]
pub(super) struct Found {
    /// The action's branch was there.
    pub(super) branch: bool,
    /// EvalAI told all that it was asked for.
    pub(super) whole: bool,
}

/// Proposes what is left to be proposed, or tidies up where nothing is.
pub(super) async fn settle(
    scratch: Scratch,
    task: &Task,
    (proposal, found): (Option<(Why, Round)>, Found),
    write_body: WriteBody,
    outcome: &mut Outcome,
) -> Result<()> {
    let choices = &task.choices;
    let Some(access) = choices.access.clone() else {
        return Ok(());
    };
    // A run that may not propose a first sync leaves alone what another one proposed.
    let elsewhere = proposal.is_none()
        && choices.settings.first_sync == FirstSync::PullRequest
        && outcome.plan.open().next().is_some();
    let left = proposal.filter(|(_, round)| !round.changes.0.is_empty());
    if choices.settings.mode == Mode::DryRun || elsewhere || (left.is_none() && !found.branch) {
        return Ok(());
    }
    let head = choices.settings.pull_request.branch(task.challenge_id);
    if head == task.branch {
        bail!(
            "`pull-request-branch` is {head:?}, which is the branch that is synced: give it another name"
        );
    }
    let why = left.as_ref().map(|(why, _)| why.clone());
    let files = left.as_ref().map(|(_, round)| round.files.clone());
    let pending = left.map(|(why, round)| {
        let proposal = Proposal::of(why, &round, task);
        let body = body(outcome, round, &proposal, task, &access, write_body);
        (proposal, body)
    });
    let mut desk = Desk {
        api: Api::open(&access, choices.deadline)?,
        access,
        head,
        task,
        pending,
        read: read(&outcome.plan),
        whole: found.whole && !outcome.plan.items.iter().any(is_unknown),
        notes: Vec::new(),
    };
    let done = desk.work(scratch).await;
    outcome.notes.append(&mut desk.notes);
    match (done, why) {
        (Ok(done), _) => {
            outcome.pull_request = done;
            match outcome.result() {
                RunResult::Proposed => outcome.files = files.unwrap_or_default(),
                RunResult::Declined => outcome.files.clear(),
                _ => {}
            }
        }
        (Err(error), Some(Why::FirstSync)) => outcome.notes.push(Note::warning(format!(
            "The first sync cannot be proposed in a pull request, so its differences are only listed: {error:#}"
        ))),
        (Err(error), Some(Why::Protected(message))) => {
            let branch = &task.branch;
            return Err(error.context(format!(
                "the branch {branch} is protected ({message}), and a pull request cannot be made instead"
            )));
        }
        (Err(error), Some(Why::Mode)) => {
            return Err(error.context("the pull request cannot be made"));
        }
        (Err(error), None) => outcome.notes.push(Note::warning(format!(
            "Nothing is left to propose, but the pull request cannot be closed: {error:#}"
        ))),
    }
    Ok(())
}

fn is_unknown(item: &Item) -> bool {
    matches!(item.evalai, Reading::Unknown(_))
}

/// The body, with the marks in its last line.
fn body(
    outcome: &Outcome,
    round: Round,
    proposal: &Proposal,
    task: &Task,
    access: &Access,
    write_body: WriteBody,
) -> String {
    let proposed = Outcome {
        plan: round.plan,
        files: round.files,
        commit: None,
        parent: None,
        ..outcome.clone()
    };
    let table = write_body(&proposed, &proposal.why, &access.server_url);
    let (fields, count) = (
        super::message::named(&proposal.fields),
        proposal.fields.len(),
    );
    let settings = &task.choices.settings.pull_request;
    let intro = settings.body(&fields, count, task.challenge_id);
    let intro = intro.map_or_else(String::new, |intro| format!("{intro}\n\n"));
    format!("{intro}{table}\n{}\n", proposal.marks)
}

/// One run's work on the pull request.
struct Desk<'a> {
    api: Api,
    access: Access,
    /// The action's branch.
    head: String,
    task: &'a Task,
    /// What is to be proposed, and the body; `None` if nothing is left.
    pending: Option<(Proposal, String)>,
    /// The fields that EvalAI told.
    read: BTreeSet<String>,
    /// EvalAI told all fields.
    whole: bool,
    notes: Vec<Note>,
}

/// What came of one try.
enum Tried {
    Done(Option<PullRequest>),
    /// Somebody else moved the branch, or opened the pull request.
    LostRace,
}

impl Desk<'_> {
    async fn work(&mut self, mut scratch: Scratch) -> Result<Option<PullRequest>> {
        for _ in 0..TRIES {
            let (back, tried) = self.attempt(scratch).await?;
            scratch = back;
            if let Tried::Done(done) = tried {
                return Ok(done);
            }
        }
        bail!(
            "somebody else works on the branch {} at the same time: run again",
            self.head
        )
    }

    async fn attempt(&mut self, scratch: Scratch) -> Result<(Scratch, Tried)> {
        let base = self.task.branch.clone();
        let (refname, commit) = (self.head_ref(), self.commit());
        let (scratch, looked) = blocking(scratch, move |scratch| {
            let made = commit.map(|commit| commit.make(scratch)).transpose()?;
            anyhow::Ok((scratch.tip(&refname)?, made))
        })
        .await?;
        let (tip, made) = looked?;
        let (pulls, refused) = match self.api.pulls(&self.head, &base).await {
            Ok(pulls) => (pulls, None),
            Err(ApiError::NotPermitted(message)) => (Vec::new(), Some(message)),
            Err(error) => return Err(error.into()),
        };
        let known: Vec<Known> = pulls.iter().map(known).collect();
        let wanted = self.pending.as_ref().zip(made.as_ref());
        let wanted = wanted.map(|((proposal, _), made)| Wanted {
            marks: proposal.marks.clone(),
            content: made.content.clone(),
        });
        let own = tip.as_ref().map(branch);
        let action = decide(Facts {
            wanted: wanted.as_ref(),
            branch: own.as_ref(),
            pulls: &known,
            read: Some(&self.read).filter(|_| !self.whole),
        });
        let expected = tip.map(|tip| tip.commit);
        let page = |number: u64| pulls.iter().find(|pull| pull.number == number);
        let (scratch, pushed) = match action {
            Action::Open { push: true } | Action::Update { push: true, .. } => {
                self.push(scratch, made.map(|made| made.commit), expected)
                    .await?
            }
            _ => (scratch, true),
        };
        if !pushed {
            return Ok((scratch, Tried::LostRace));
        }
        let done = match action {
            Action::Nothing => None,
            Action::Open { .. } => match self.open(refused, &base).await? {
                Some(opened) => Some(opened),
                None => return Ok((scratch, Tried::LostRace)),
            },
            Action::Update { number, .. } => {
                self.edit(number).await?;
                Some(self.told(PullState::Updated, page(number)))
            }
            Action::Unread { number } => {
                self.notes.push(Note::notice(format!(
                    "Pull request #{number} carries fields that EvalAI did not tell this time, so it is left as it is."
                )));
                Some(self.told(PullState::Unchanged, page(number)))
            }
            Action::Leave { number } => Some(self.told(PullState::Unchanged, page(number))),
            Action::Theirs { number } => {
                let pull = number.and_then(page);
                self.notes.push(theirs(&self.head, pull));
                Some(self.told(PullState::Theirs, pull))
            }
            Action::Declined { number } => Some(self.told(PullState::Declined, page(number))),
            // Without a look at the pull requests nothing is tidied up.
            Action::Close { .. } | Action::Tidy { .. } if refused.is_some() => None,
            Action::Close { number, delete } => {
                self.close(number, page(number)).await?;
                let expected = expected.filter(|_| delete);
                let scratch = self.delete(scratch, expected).await?;
                let closed = self.told(PullState::Closed, page(number));
                return Ok((scratch, Tried::Done(Some(closed))));
            }
            Action::Tidy { forget } => {
                if let Some(number) = forget {
                    self.forget(number, page(number)).await?;
                }
                let scratch = self.delete(scratch, expected).await?;
                return Ok((scratch, Tried::Done(None)));
            }
        };
        Ok((scratch, Tried::Done(done)))
    }

    fn head_ref(&self) -> String {
        format!("refs/heads/{}", self.head)
    }

    fn commit(&self) -> Option<Commit> {
        let (proposal, _) = self.pending.as_ref()?;
        Some(Commit {
            tip: proposal.tip,
            changes: proposal.changes.clone(),
            message: proposal.message.clone(),
            author: author(self.task),
        })
    }

    /// Moves the branch to `commit`, unless somebody else has moved it since.
    async fn push(
        &mut self,
        scratch: Scratch,
        commit: Option<Oid>,
        expected: Option<Oid>,
    ) -> Result<(Scratch, bool)> {
        let Some(commit) = commit else {
            return Ok((scratch, true));
        };
        let publisher = Publisher::of(&self.task.choices, author(self.task))?;
        let (scratch, Published { commit, note }) = publisher.sign(scratch, commit).await?;
        self.notes.extend(note);
        let refname = self.head_ref();
        let (scratch, pushed) = blocking(scratch, move |scratch| {
            scratch.replace(commit, &refname, expected)
        })
        .await?;
        match pushed {
            Ok(()) => Ok((scratch, true)),
            Err(PushError::LostRace { .. }) => Ok((scratch, false)),
            Err(error) => Err(error.into()),
        }
    }

    /// Opens the pull request; `None` if somebody else has.
    async fn open(&mut self, refused: Option<String>, base: &str) -> Result<Option<PullRequest>> {
        let Some((proposal, body)) = &self.pending else {
            return Ok(None);
        };
        let settings = &self.task.choices.settings.pull_request;
        let new = NewPull {
            title: &proposal.title,
            body,
            head: &self.head,
            base,
            draft: settings.draft,
        };
        let mut opened = match refused {
            Some(message) => Err(ApiError::NotPermitted(message)),
            None => self.api.open_pull(new).await,
        };
        if let Err(ApiError::Refused(message)) = &opened
            && settings.draft
            && message.to_lowercase().contains("draft")
        {
            self.notes.push(Note::warning(format!(
                "The pull request is no draft (`draft`), since GitHub refuses one here: {message}"
            )));
            opened = self
                .api
                .open_pull(NewPull {
                    draft: false,
                    ..new
                })
                .await;
        }
        match opened {
            Ok(pull) => {
                let wishes = Wishes {
                    labels: settings.labels.clone(),
                    reviewers: settings.reviewers.clone(),
                    assignees: settings.assignees.clone(),
                };
                let unfulfilled = self.api.wish(pull.number, &wishes).await;
                self.notes
                    .extend(unfulfilled.into_iter().map(Note::warning));
                Ok(Some(self.told(PullState::Opened, Some(&pull))))
            }
            Err(ApiError::NotPermitted(message)) => {
                let Access {
                    server_url,
                    repository,
                    ..
                } = &self.access;
                let pages = format!("{server_url}/{repository}");
                let link = link(&pages, base, &self.head, &proposal.title);
                self.notes.push(not_permitted(&self.head, &link, &message));
                let told = self.told(PullState::NotPermitted, None);
                Ok(Some(PullRequest {
                    link: Some(link),
                    ..told
                }))
            }
            Err(ApiError::Refused(message)) if message.contains("already exists") => Ok(None),
            Err(error) => Err(error).context("GitHub's API opens no pull request"),
        }
    }

    async fn edit(&self, number: u64) -> Result<()> {
        let Some((proposal, body)) = &self.pending else {
            return Ok(());
        };
        let edit = Edit {
            title: Some(&proposal.title),
            body: Some(body),
            state: None,
        };
        let edited = self.api.edit_pull(number, edit).await;
        edited.with_context(|| format!("pull request #{number} is not updated"))
    }

    /// Closes the pull request, with the reason; it proposes nothing from now on.
    async fn close(&mut self, number: u64, pull: Option<&Pull>) -> Result<()> {
        let branch = &self.task.branch;
        let comment = format!(
            "Nothing is left to propose: the branch `{branch}` holds what EvalAI holds, or what still differs is settled in another way. So evalai-sync closes this pull request."
        );
        self.api.comment(number, &comment).await?;
        let body = unmarked(pull);
        let edit = Edit {
            title: None,
            body: Some(&body),
            state: Some("closed"),
        };
        self.api.edit_pull(number, edit).await?;
        self.notes.push(Note::notice(format!(
            "Pull request #{number} is closed, since nothing is left to propose."
        )));
        Ok(())
    }

    /// What a person declined in a closed pull request no longer counts.
    async fn forget(&self, number: u64, pull: Option<&Pull>) -> Result<()> {
        let body = unmarked(pull);
        let edit = Edit {
            body: Some(&body),
            ..Edit::default()
        };
        Ok(self.api.edit_pull(number, edit).await?)
    }

    /// Deletes the branch if it still is where it was seen.
    async fn delete(&self, scratch: Scratch, expected: Option<Oid>) -> Result<Scratch> {
        let Some(expected) = expected else {
            return Ok(scratch);
        };
        let refname = self.head_ref();
        let (scratch, deleted) =
            blocking(scratch, move |scratch| scratch.delete(&refname, expected)).await?;
        match deleted {
            // GitHub can be told to delete the branches of merged pull requests itself.
            Ok(()) | Err(PushError::LostRace { .. }) => Ok(scratch),
            Err(error) => Err(error.into()),
        }
    }

    fn told(&self, state: PullState, pull: Option<&Pull>) -> PullRequest {
        let proposal = self.pending.as_ref().map(|(proposal, _)| proposal);
        PullRequest {
            state,
            why: proposal.map(|proposal| proposal.why.clone()),
            branch: self.head.clone(),
            number: pull.map(|pull| pull.number),
            url: pull.map(|pull| pull.html_url.clone()),
            link: None,
            fields: proposal.map_or_else(Vec::new, |proposal| proposal.fields.clone()),
        }
    }
}

/// The action's commit, to be made.
struct Commit {
    tip: Oid,
    changes: crate::repository::git::Changes,
    message: String,
    author: crate::repository::git::Signature,
}

/// The action's commit, made but not pushed.
struct Made {
    commit: Oid,
    content: String,
}

impl Commit {
    /// Makes it twice: what it changes is known once it is made.
    fn make(&self, scratch: &Scratch) -> Result<Made> {
        let make =
            |message: &str| scratch.commit(Some(self.tip), &self.changes, message, &self.author);
        let content = scratch.content(make(&self.message)?)?;
        let content = content.context("the commit to be proposed follows on none")?;
        Ok(Made {
            commit: make(&super::proposal::with_trailer(&self.message, content))?,
            content: content.to_string(),
        })
    }
}

/// The body of a pull request that proposes nothing any more.
fn unmarked(pull: Option<&Pull>) -> String {
    let body = pull.and_then(|pull| pull.body.as_deref());
    let body = body.unwrap_or_default().trim_end();
    let kept = match Marks::of_body(body) {
        Some(_) => body.rsplit_once('\n').map_or("", |(kept, _)| kept),
        None => body,
    };
    format!("{}\n\n{}\n", kept.trim_end(), Marks::default())
}

fn known(pull: &Pull) -> Known {
    Known {
        number: pull.number,
        open: pull.state == State::Open,
        merged: pull.merged_at.is_some(),
        commit: pull.head.sha.clone(),
        marks: pull.body.as_deref().and_then(Marks::of_body),
    }
}

fn theirs(head: &str, pull: Option<&Pull>) -> Note {
    Note::warning(match pull {
        Some(pull) => format!(
            "Somebody else pushed to the branch `{head}` of pull request #{}, so it is left as it is. Merge or close it; a later run then proposes what is still missing.",
            pull.number
        ),
        None => format!(
            "The branch `{head}` holds commits of somebody else and no pull request is open from it, so it is left as it is and nothing is proposed. Delete or merge it, or name another one in `pull-request-branch`."
        ),
    })
}

fn not_permitted(head: &str, link: &str, message: &str) -> Note {
    Note::warning(format!(
        "The changes are in the branch `{head}`, but no pull request could be opened: {message} Open it by hand: {link} . To let the action do it, give the job `permissions: pull-requests: write` and allow GitHub Actions to create pull requests (Settings, Actions, General), or pass a token that may."
    ))
}
