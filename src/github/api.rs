//! The way to GitHub's REST API: one client for one repository, and its refusals by kind.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use jiff::{Timestamp, Unit};
use octocrab::Octocrab;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC};

use super::retry::{Fault, Limit};
use crate::action::inert;
use crate::backoff::Next;
use crate::secret::Secret;

/// How long GitHub may take to connect, and to answer a short question.
pub(super) const PATIENCE: Duration = Duration::from_secs(10);

/// How long GitHub may take to answer what it has to work for, such as a large file.
const WORK: Duration = Duration::from_mins(1);

/// Longest text taken over from an answer, in characters.
const LONGEST_TEXT: usize = 500;

/// What stays as it is where a branch's name is part of an address.
pub const PATH: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'/')
    .remove(b'-')
    .remove(b'_')
    .remove(b'.');

/// Where the API of a repository is, and who asks.
#[derive(Debug, Clone)]
pub struct Access {
    /// Where GitHub's REST API is (`GITHUB_API_URL`).
    pub api_url: String,
    /// Where its pages are (`GITHUB_SERVER_URL`).
    pub server_url: String,
    /// `owner/name`.
    pub repository: String,
    /// The token.
    pub token: Secret,
}

/// GitHub's API for one repository.
#[derive(Debug, Clone)]
pub struct Api {
    pub(super) client: Octocrab,
    url: String,
    repository: String,
    /// When all has to be done.
    deadline: Instant,
}

/// Why GitHub did not do what it was asked for.
#[derive(Debug, thiserror::Error)]
pub enum ApiError {
    /// The token, or the repository's settings, do not allow it.
    #[error("GitHub does not permit it: {0}")]
    NotPermitted(String),
    /// Something else was changed at the same time.
    #[error("GitHub finds it changed meanwhile: {0}")]
    Conflict(String),
    /// It was asked too often, and the time budget ends before it may be asked again.
    #[error(
        "GitHub's {limit} is reached and holds until {until}, longer than this run can wait: {said} The next run tries again; `time-budget` lets a run wait longer."
    )]
    Limited {
        /// Which limit.
        limit: Limit,
        /// When it ends.
        until: Timestamp,
        /// GitHub's words.
        said: String,
    },
    /// It cannot be done as it was asked for.
    #[error("GitHub refuses it: {0}")]
    Refused(String),
    /// GitHub did not answer, or not as it documents.
    #[error("GitHub's API at {url} cannot be used: {problem}. Run again; if it stays, look at GitHub's status page.", url = .0, problem = .1)]
    Failed(String, String),
}

impl Api {
    /// A client that waits for nothing beyond `deadline`; it has to be made
    /// where requests are awaited.
    ///
    /// # Errors
    /// If the API's URL is none.
    pub fn open(access: &Access, deadline: Instant) -> Result<Self> {
        Ok(Self {
            client: client(&access.api_url, &access.token, WORK)?,
            url: access.api_url.clone(),
            repository: access.repository.clone(),
            deadline,
        })
    }

    /// Sends a request that may be sent again, until there is an answer or no more hope of one.
    ///
    /// # Errors
    /// By kind, see [`ApiError`].
    pub(super) async fn persist<T>(
        &self,
        send: impl AsyncFn() -> octocrab::Result<T>,
    ) -> Result<T, ApiError> {
        self.once(send, async || Ok(None)).await
    }

    /// The same for a request that must not be carried out twice: if nobody
    /// knows whether it was, `look` finds out before it is sent again.
    ///
    /// # Errors
    /// By kind, see [`ApiError`].
    pub(super) async fn once<T>(
        &self,
        send: impl AsyncFn() -> octocrab::Result<T>,
        look: impl AsyncFn() -> Result<Option<T>, ApiError>,
    ) -> Result<T, ApiError> {
        let mut attempt = 1;
        loop {
            let error = match send().await {
                Ok(answer) => return Ok(answer),
                Err(error) => error,
            };
            let now = Timestamp::now();
            let fault = Fault::of(&error, now);
            let error = match fault {
                Fault::Limited { limit, wait } => {
                    let until = now.saturating_add(wait).unwrap_or(Timestamp::MAX);
                    // Whole seconds, as GitHub tells them.
                    let until = until.round(Unit::Second).unwrap_or(until);
                    let said = said(&error);
                    ApiError::Limited { limit, until, said }
                }
                Fault::Final | Fault::Unknown { .. } => ApiError::of(&self.url, &error),
            };
            let remaining = self.deadline.saturating_duration_since(Instant::now());
            let next = fault.next(attempt, remaining, fastrand::f64());
            if let Next::Wait(wait) = next {
                tracing::info!("{error} It is asked again in {:.1} s.", wait.as_secs_f64());
                tokio::time::sleep(wait).await;
            }
            if fault.is_unknown()
                && let Some(done) = look().await?
            {
                return Ok(done);
            }
            match next {
                Next::Wait(_) => attempt += 1,
                Next::GiveUp | Next::OutOfTime(_) => return Err(error),
            }
        }
    }

    pub(super) fn route(&self, rest: &str) -> String {
        format!("/repos/{}/{rest}", self.repository)
    }

    /// The owner of the repository.
    pub(super) fn owner(&self) -> &str {
        self.repository
            .split_once('/')
            .map_or(&self.repository, |(owner, _)| owner)
    }
}

/// A client of the API at `api_url`, which is given up if it is silent for `patience`.
pub(super) fn client(api_url: &str, token: &Secret, patience: Duration) -> Result<Octocrab> {
    Ok(Octocrab::builder()
        .base_uri(api_url)
        .with_context(|| format!("{api_url} is no URL of an API"))?
        .personal_token(token.expose())
        .set_connect_timeout(Some(PATIENCE))
        .set_read_timeout(Some(patience))
        .build()?)
}

impl ApiError {
    /// Sorts an error by what a caller does next.
    fn of(api_url: &str, error: &octocrab::Error) -> Self {
        let said = said(error);
        let octocrab::Error::GitHub { source, .. } = error else {
            return Self::Failed(api_url.to_owned(), said);
        };
        match source.status_code.as_u16() {
            401 | 403 | 404 => Self::NotPermitted(said),
            409 => Self::Conflict(said),
            400..=428 => Self::Refused(said),
            status => Self::Failed(api_url.to_owned(), format!("it answered {status}: {said}")),
        }
    }
}

/// GitHub's words, or those of a connection that failed.
fn said(error: &octocrab::Error) -> String {
    let octocrab::Error::GitHub { source, .. } = error else {
        return harmless(&causes(error));
    };
    let reasons = source.errors.iter().flatten().filter_map(|error| {
        let message = error.get("message").and_then(serde_json::Value::as_str);
        message.or_else(|| error.as_str())
    });
    let said: Vec<&str> = std::iter::once(source.message.as_str())
        .chain(reasons)
        .collect();
    harmless(&said.join(" "))
}

/// What is behind an error of the connection; octocrab itself only says that there is one.
fn causes(error: &octocrab::Error) -> String {
    let mut causes = Vec::new();
    let mut next = std::error::Error::source(error);
    while let Some(cause) = next {
        causes.push(cause.to_string());
        next = cause.source();
    }
    causes.dedup();
    if causes.is_empty() {
        return error.to_string();
    }
    causes.join(": ")
}

/// GitHub's words on one line, cut.
fn harmless(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let cut: String = line.chars().take(LONGEST_TEXT).collect();
    inert(&cut).into_owned()
}
