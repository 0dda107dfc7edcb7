//! Asking EvalAI for one thing at a time.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::Path;
use std::rc::Rc;

use futures_util::future::LocalBoxFuture;

use super::fingerprint::{Answer, File};
use super::schedule::{Part, Task};
use crate::evalai::{Challenge, Client, Download, Error, LocateError, Validator, challenges_of};
use crate::sync::media::content_id;

/// The most bytes of a file that is fetched to be compared: as much as GitHub takes.
const LARGEST: u64 = 100 << 20;

/// How many challenges EvalAI lists in one answer.
const PAGE: usize = 150;

/// An answer to a task.
pub(super) struct Asked {
    pub(super) task: Task,
    pub(super) outcome: Outcome,
}

/// What came of it.
pub(super) enum Outcome {
    /// The team's challenges, after the number of requests that they took.
    List(Result<(usize, Vec<Challenge>), LocateError>),
    /// A part of a challenge.
    Answer(Result<Answer, Error>),
    /// The id of a file's content.
    Content(File, Result<Option<String>, Error>),
    /// There is nothing to ask any more.
    Nothing,
}

/// A file's name among all challenges.
type Name = (u64, String);

/// What was known of a file when it was fetched last.
type Known = BTreeMap<Name, (File, Validator, String)>;

/// Who asks.
pub(super) struct Asker<'a> {
    client: &'a Client,
    team: u64,
    /// The queues of the challenges, which address their workers.
    pub(super) queues: BTreeMap<u64, String>,
    wanted: BTreeMap<Name, File>,
    known: Rc<RefCell<Known>>,
}

impl<'a> Asker<'a> {
    pub(super) fn new(client: &'a Client, team: u64) -> Self {
        Self {
            client,
            team,
            queues: BTreeMap::new(),
            wanted: BTreeMap::new(),
            known: Rc::default(),
        }
    }

    /// Notes where a file is that will be asked for.
    pub(super) fn want(&mut self, id: u64, file: File) {
        self.wanted.insert((id, file.name.clone()), file);
    }

    /// Asks; files go to the folder `into`, and are gone with the answer.
    pub(super) fn ask<'f>(&self, task: Task, into: &'f Path) -> LocalBoxFuture<'f, Asked>
    where
        'a: 'f,
    {
        let (client, team) = (self.client, self.team);
        match task {
            Task::List => Box::pin(async move {
                let list = challenges_of(client, team).await;
                let pages = |list: &Vec<Challenge>| list.len().div_ceil(PAGE).max(1);
                let list = list.map(|list| (pages(&list), list));
                let outcome = Outcome::List(list);
                Asked { task, outcome }
            }),
            Task::Part(id, part) => {
                let queue = self.queues.get(&id).cloned().unwrap_or_default();
                Box::pin(async move {
                    let answer = match part {
                        Part::Worker => client.worker(id, &queue).await.map(Answer::Worker),
                        Part::Phases => client.phases(id).await.map(Answer::Phases),
                        Part::Splits => client.phase_splits(id).await.map(Answer::Splits),
                    };
                    let outcome = Outcome::Answer(answer);
                    Asked { task, outcome }
                })
            }
            Task::File(id, name) => {
                let name = (id, name);
                let wanted = self.wanted.get(&name).cloned();
                let known = Rc::clone(&self.known);
                Box::pin(async move {
                    let outcome = match wanted {
                        Some(file) => {
                            let content = fetch(client, &name, &file, &known, into).await;
                            Outcome::Content(file, content)
                        }
                        None => Outcome::Nothing,
                    };
                    let task = Task::File(name.0, name.1);
                    Asked { task, outcome }
                })
            }
        }
    }
}

/// Fetches a file, unless it is still the one that is known.
async fn fetch(
    client: &Client,
    name: &Name,
    file: &File,
    known: &RefCell<Known>,
    into: &Path,
) -> Result<Option<String>, Error> {
    let before = known.borrow().get(name).cloned();
    let before = before.filter(|(known, ..)| known.url == file.url);
    let validator = before.as_ref().map(|(_, validator, _)| validator);
    let download = client.download(&name.1, &file.url, validator, LARGEST, into);
    match download.await? {
        Download::Unchanged => Ok(before.map(|(.., content)| content)),
        Download::File(downloaded) => {
            let id = content_id(&downloaded, &file.url).as_str().to_owned();
            // Only what changes where it is is asked for again.
            if let (Some(validator), true) = (downloaded.validator, file.in_place) {
                let entry = (file.clone(), validator, id.clone());
                known.borrow_mut().insert(name.clone(), entry);
            }
            Ok(Some(id))
        }
    }
}
