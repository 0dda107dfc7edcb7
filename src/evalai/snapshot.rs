//! All that EvalAI holds about the challenge now, as far as a routine poll can see it.

use std::fmt;

use super::client::Client;
use super::error::Error;
use super::structure::{Depth, Ids, Structure};
use super::wire::{Challenge, Object};

/// What EvalAI holds now.
#[derive(Clone, Debug, PartialEq)]
pub struct Snapshot {
    /// EvalAI's database id of the challenge.
    pub id: u64,
    /// The challenge's own object.
    pub challenge: Object,
    /// The settings of its worker, with `evaluation_script`.
    pub worker: Known<Object>,
    /// Its phases with the fields that only hosts see, in no order.
    pub phases: Known<Vec<Object>>,
    /// Its phase splits, by id.
    pub phase_splits: Known<Vec<Object>>,
    /// What its splits and leaderboards tell of themselves.
    pub structure: Known<Structure>,
}

/// Something EvalAI was asked for: unknown is not null, and never means "EvalAI has none".
#[derive(Clone, Debug, PartialEq)]
pub enum Known<T> {
    /// EvalAI's answer.
    Yes(T),
    /// There is none; the fields that come from it are to be left alone.
    No(Reason),
}

impl<T> Known<T> {
    /// The answer, if there is one.
    pub fn yes(&self) -> Option<&T> {
        match self {
            Self::Yes(answer) => Some(answer),
            Self::No(_) => None,
        }
    }

    /// Why there is no answer.
    pub fn why_not(&self) -> Option<&Reason> {
        match self {
            Self::Yes(_) => None,
            Self::No(reason) => Some(reason),
        }
    }
}

/// Why a part of the challenge is unknown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// The challenge has no queue, and its worker cannot be asked for in another way.
    NoQueue,
    /// The request failed.
    Failed(Error),
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoQueue => f.write_str(
                "the challenge has no queue (it was not made by a push), and EvalAI shows the worker's settings by queue only",
            ),
            Self::Failed(error) => error.fmt(f),
        }
    }
}

impl Snapshot {
    /// The ids that need not be asked for again; `None` if they could not be asked for.
    #[must_use]
    pub fn ids(&self) -> Option<Ids> {
        self.structure.yes().map(|structure| structure.ids.clone())
    }

    /// Reads what `challenge`'s own object does not hold: worker, phases and phase splits, side
    /// by side, one request each; then what `depth` wants of the splits beyond their list.
    ///
    /// A request that fails leaves its part unknown, unless it tells that the others cannot be
    /// trusted either.
    ///
    /// # Errors
    /// [`Error::NotHost`] if the token's user is no host of the challenge; whatever refuses the
    /// token itself; an answer that is not what this API answers.
    pub async fn read(
        client: &Client,
        challenge: Challenge,
        ids: &Ids,
        depth: Depth,
    ) -> Result<Self, Error> {
        let id = challenge.id;
        let worker = async {
            match challenge.queue.as_str() {
                "" => Ok(Known::No(Reason::NoQueue)),
                queue => known(client.worker(id, queue).await),
            }
        };
        let phases = async { known(client.phases(id).await) };
        let splits = async {
            let splits = known(client.phase_splits(id).await)?;
            let structure = match &splits {
                Known::Yes(splits) => known(Structure::read(client, id, splits, ids, depth).await)?,
                Known::No(reason) => Known::No(reason.clone()),
            };
            Ok((splits, structure))
        };
        let (worker, phases, splits) = tokio::join!(worker, phases, splits);
        let (phase_splits, structure) = splits?;
        let snapshot = Self {
            id,
            worker: worker?,
            phases: phases?,
            phase_splits,
            structure,
            challenge: challenge.object,
        };
        match (&snapshot.worker, &snapshot.phases) {
            (
                Known::No(Reason::NoQueue | Reason::Failed(Error::NotHost { .. })),
                Known::No(Reason::Failed(error @ Error::NotHost { .. })),
            ) => Err(error.clone()),
            _ => Ok(snapshot),
        }
    }
}

fn known<T>(answer: Result<T, Error>) -> Result<Known<T>, Error> {
    match answer {
        Ok(answer) => Ok(Known::Yes(answer)),
        Err(
            error @ (Error::Connection { .. }
            | Error::Interrupted { .. }
            | Error::NotHost { .. }
            | Error::Absent { .. }
            | Error::Throttled { .. }
            | Error::Server { .. }
            | Error::Refused { .. }
            | Error::TimeSpent { .. }
            | Error::OutOfTime { .. }),
        ) => Ok(Known::No(Reason::Failed(error))),
        Err(error) => Err(error),
    }
}
