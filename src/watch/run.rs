//! The watch itself: asks EvalAI what the schedule says, and sends the dispatches that the ledger finds due.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::future::LocalBoxFuture;
use futures_util::stream::FuturesUnordered;
use jiff::Timestamp;
use tempfile::TempDir;
use tokio::time::{Instant, sleep, timeout};

use super::ask::{Asked, Asker, Outcome};
use super::fingerprint::{Answer, File, fingerprint};
use super::ledger::{CHALLENGE, Due, Ledger};
use super::schedule::{Next, Part, Schedule, Task};
use super::state::{StateError, StateFile};
use crate::action::{Annotation, Console, Level};
use crate::evalai::{Challenge, Client, Error, LocateError};
use crate::github::dispatch::{Payload, dispatch, is_repository};
use crate::github::{Api, ApiError};

/// Dispatches under way when the watch is to stop may take so long.
const LAST_WORDS: Duration = Duration::from_millis(500);

/// The first pause after a dispatch that GitHub refused, and the longest.
const REFUSED: (Duration, Duration) = (Duration::from_secs(30), Duration::from_hours(1));

/// The same for one that GitHub could not take.
const FAILED: (Duration, Duration) = (Duration::from_secs(5), Duration::from_mins(15));

/// What a watch needs.
pub struct Watch<'a> {
    /// EvalAI, asked once for each answer: the schedule asks again.
    pub client: &'a Client,
    /// GitHub.
    pub api: &'a Api,
    /// `team_pk` of the host config.
    pub team: u64,
    /// What was told.
    pub state: StateFile,
    /// Between two requests for the team's list.
    pub interval: Duration,
    /// The most requests to EvalAI in a minute.
    pub per_minute: u32,
}

/// Watches until `stop` says by what it was told to.
///
/// # Errors
/// If the state file cannot be used at the start. What fails later is said, and tried again.
pub async fn watch<W: Write>(
    watch: Watch<'_>,
    console: &mut Console<W>,
    stop: impl Future<Output = &'static str>,
) -> Result<&'static str, WatchError> {
    let (told, said) = watch.state.load()?;
    if let Some(text) = said {
        console.annotate(&Annotation::new(Level::Warning, text));
    }
    // That nothing can be written is to be known now, not after the first dispatch.
    watch.state.save(told.clone())?;
    let files = tempfile::tempdir().map_err(WatchError::Folder)?;
    let mut round = Round {
        schedule: Schedule::new(watch.interval, watch.per_minute),
        ledger: Ledger::new(told, Schedule::hold(watch.interval)),
        asker: Asker::new(watch.client, watch.team),
        files: &files,
        watch: &watch,
        console,
        started: Instant::now(),
        failures: 0,
        skipped: BTreeSet::new(),
        stretched: None,
        last_change: None,
        last_error: None,
    };
    let signal = round.go(stop).await;
    Ok(signal)
}

/// The watch cannot begin.
#[derive(Debug, thiserror::Error)]
pub enum WatchError {
    /// The state file cannot be used.
    #[error(transparent)]
    State(#[from] StateError),
    /// There is no place for downloads.
    #[error("no temporary folder can be made for downloads: {0}")]
    Folder(std::io::Error),
}

struct Round<'a, W> {
    watch: &'a Watch<'a>,
    schedule: Schedule,
    ledger: Ledger,
    asker: Asker<'a>,
    files: &'a TempDir,
    console: &'a mut Console<W>,
    started: Instant,
    /// Failures of EvalAI one after the other.
    failures: u32,
    /// Challenges that were said to have no repository.
    skipped: BTreeSet<u64>,
    /// How many challenges were said not to fit.
    stretched: Option<usize>,
    last_change: Option<String>,
    last_error: Option<(Timestamp, String)>,
}

type Sent = (Due, Result<(), ApiError>);

impl<W: Write> Round<'_, W> {
    fn now(&self) -> Duration {
        self.started.elapsed()
    }

    async fn go(&mut self, stop: impl Future<Output = &'static str>) -> &'static str {
        let watch = self.watch;
        let mut asking: FuturesUnordered<LocalBoxFuture<'_, Asked>> = FuturesUnordered::new();
        let mut sending: FuturesUnordered<LocalBoxFuture<'_, Sent>> = FuturesUnordered::new();
        let mut stop = std::pin::pin!(stop);
        let mut health = watch.interval;
        loop {
            let mut now = self.now();
            if now >= health {
                self.tell_health(now);
                health = now + watch.interval;
            }
            for due in self.ledger.due(now) {
                sending.push(Box::pin(send(watch, due)));
            }
            let wake = loop {
                match self.schedule.next(now) {
                    Next::Ask(task) => {
                        self.schedule.start(&task, now);
                        asking.push(self.asker.ask(task, self.files.path()));
                    }
                    Next::Wait(until) => break until,
                }
                now = self.now();
            };
            let wake = wake
                .min(self.ledger.next_due().unwrap_or(health))
                .min(health);
            tokio::select! {
                signal = &mut stop => {
                    // Nobody would remember them: they would be sent again.
                    let rest = async {
                        while let Some((due, sent)) = sending.next().await {
                            self.sent(&due, sent);
                        }
                    };
                    let _ = timeout(LAST_WORDS, rest).await;
                    return signal;
                }
                Some(asked) = asking.next() => self.take(asked),
                Some((due, sent)) = sending.next() => self.sent(&due, sent),
                () = sleep(wake.saturating_sub(self.now())) => {}
            }
        }
    }

    fn take(&mut self, asked: Asked) {
        let Asked { task, outcome } = asked;
        self.schedule.done(&task);
        let now = self.now();
        match (&task, outcome) {
            (Task::List, Outcome::List(Ok((requests, challenges)))) => {
                self.failures = 0;
                for _ in 1..requests {
                    self.schedule.count(now);
                }
                self.take_list(challenges, now);
                self.watch.client.forget_requests();
                // Also for the file's time, by which a health check goes.
                self.save();
            }
            (Task::List, Outcome::List(Err(LocateError::Request(error)))) => {
                self.failed(&task, &error, now);
            }
            (Task::List, Outcome::List(Err(error))) => self.note_error(error.to_string()),
            (Task::Part(id, part), Outcome::Answer(Ok(answer))) => {
                self.failures = 0;
                self.see(*id, part.name(), answer, now);
                self.ledger.asked(*id, *part, now);
            }
            (Task::Part(id, part), Outcome::Answer(Err(error))) => {
                self.failed(&task, &error, now);
                if !error.is_transient() {
                    self.ledger.asked(*id, *part, now);
                }
            }
            (Task::File(id, _), Outcome::Content(file, content)) => {
                let content = match content {
                    Ok(content) => content,
                    Err(error) => {
                        self.note_error(format!("challenge {id}: {error}"));
                        None
                    }
                };
                self.ledger.see_content(*id, &file, content, now);
            }
            _ => {}
        }
    }

    fn take_list(&mut self, challenges: Vec<Challenge>, now: Duration) {
        let (watched, others): (Vec<_>, Vec<_>) = challenges
            .into_iter()
            .partition(|challenge| is_repository(&challenge.repository));
        for challenge in others {
            if self.skipped.insert(challenge.id) {
                self.console.say(&format!(
                    "Challenge {} is not watched: it names no repository of GitHub's on EvalAI.",
                    challenge.id
                ));
            }
        }
        let by_id = |value: fn(&Challenge) -> String| -> BTreeMap<u64, String> {
            watched
                .iter()
                .map(|challenge| (challenge.id, value(challenge)))
                .collect()
        };
        self.ledger
            .watch(&by_id(|challenge| challenge.repository.clone()));
        let queues = by_id(|challenge| challenge.queue.clone());
        let has_queue = queues.iter().map(|(id, queue)| (*id, !queue.is_empty()));
        self.schedule.watch(&has_queue.collect(), now);
        self.asker.queues = queues;
        for challenge in watched {
            if challenge.queue.is_empty() {
                self.ledger.asked(challenge.id, Part::Worker, now);
            }
            self.see(
                challenge.id,
                CHALLENGE,
                Answer::Challenge(challenge.object),
                now,
            );
        }
        let count = self.ledger.count();
        if self.stretched != Some(count)
            && let Some(bound) = self.schedule.stretched(count)
        {
            self.stretched = Some(count);
            let text = format!(
                "{count} challenges do not fit in {} requests a minute: their phases, scripts and annotations are seen within about {} s. Everything else keeps its time.",
                self.watch.per_minute,
                bound.as_secs()
            );
            self.console
                .annotate(&Annotation::new(Level::Warning, text));
        }
    }

    fn see(&mut self, id: u64, key: &str, answer: Answer, now: Duration) {
        let (fingerprint, files) = match fingerprint(answer) {
            Ok(seen) => seen,
            Err(error) => return self.note_error(error.to_string()),
        };
        let (wanted, is_new) = self.ledger.see(id, key, fingerprint, files, now);
        for (file, haste) in wanted {
            let elsewhere = self.is_elsewhere(&file);
            self.schedule.file(id, &file.name, haste, elsewhere, now);
            self.asker.want(id, file);
        }
        if is_new {
            self.schedule.hurry(id, now);
        }
    }

    fn is_elsewhere(&self, file: &File) -> bool {
        let evalai = self.watch.client.url();
        evalai
            .resolve(&file.url)
            .is_ok_and(|url| !evalai.is_origin_of(&url))
    }

    /// A request failed: if EvalAI itself is in trouble, everything waits.
    fn failed(&mut self, task: &Task, error: &Error, now: Duration) {
        let pause = match (error.retry_after(), error) {
            (Some(asked), _) => Some(asked),
            (None, Error::Throttled { .. }) => Some(Duration::from_mins(1)),
            // Without the list nothing else is worth asking for.
            (None, error) if error.is_transient() || *task == Task::List => {
                let doubled = (self.watch.interval / 4).saturating_mul(1 << self.failures.min(8));
                Some(doubled.min(self.watch.interval * 3))
            }
            _ => None,
        };
        if let Some(pause) = pause {
            self.failures += 1;
            self.schedule.pause(now + pause);
        }
        self.schedule.retry(task, now);
        self.note_error(error.to_string());
    }

    fn sent(&mut self, due: &Due, sent: Result<(), ApiError>) {
        let now = self.now();
        let (id, repository) = (due.challenge, &due.repository);
        match sent {
            Ok(()) => {
                let what = match &due.fields {
                    Some(fields) => fields.join(", "),
                    None => "what changed is not known".to_owned(),
                };
                let text = format!("challenge {id} ({what}), {repository} was told");
                self.console.say(&text);
                self.last_change = Some(format!("{} {text}", clock()));
                self.ledger.accepted(due, now);
                // After the dispatch: a crash in between repeats it once, and loses none.
                self.save();
            }
            Err(error) => {
                let (first, most) = match error {
                    ApiError::Limited { until, .. } => {
                        let wait = until.duration_since(Timestamp::now());
                        let wait = Duration::try_from(wait).unwrap_or_default();
                        (wait.max(FAILED.0), wait.max(FAILED.1))
                    }
                    ApiError::Failed(..) | ApiError::Conflict(_) => FAILED,
                    ApiError::NotPermitted(_) | ApiError::Refused(_) => REFUSED,
                };
                let pause = self.ledger.refused(due, first, most, now);
                self.note_error(format!(
                    "{repository} cannot be told of challenge {id}: {error} It is tried again in {} s.",
                    pause.as_secs()
                ));
            }
        }
    }

    fn save(&mut self) {
        if let Err(error) = self.watch.state.save(self.ledger.told()) {
            self.note_error(error.to_string());
        }
    }

    /// Says an error, but not the same one again and again.
    fn note_error(&mut self, text: String) {
        let said = self.last_error.as_ref();
        if said.is_none_or(|(_, said)| *said != text) {
            let warning = Annotation::new(Level::Warning, text.clone());
            self.console.annotate(&warning);
        }
        self.last_error = Some((clock(), text));
    }

    /// One line, so that whoever looks at the log sees that all is well.
    fn tell_health(&mut self, now: Duration) {
        let requests = self.schedule.in_the_last_minute(now);
        let change = self.last_change.as_deref().unwrap_or("none");
        let error = match &self.last_error {
            Some((time, text)) => format!("{time} {text}"),
            None => "none".to_owned(),
        };
        self.console.say(&format!(
            "watching {} challenges; {requests} requests in the last minute; last change: {change}; last error: {error}",
            self.ledger.count(),
        ));
    }
}

/// The time, to the second.
fn clock() -> Timestamp {
    let now = Timestamp::now();
    now.round(jiff::Unit::Second).unwrap_or(now)
}

async fn send(watch: &Watch<'_>, due: Due) -> Sent {
    let payload = Payload {
        challenge_id: due.challenge,
        evalai_host_url: watch.client.url().to_string(),
        fields: due.fields.clone().filter(|fields| !fields.is_empty()),
        actor: None,
        sent_at: Some(Timestamp::now()),
    };
    let sent = dispatch(watch.api, &due.repository, &payload).await;
    (due, sent)
}
