//! The way to GitHub's REST API: one client for one repository, and its refusals by kind.

use std::time::Duration;

use anyhow::{Context as _, Result};
use octocrab::Octocrab;

use crate::action::inert;
use crate::secret::Secret;

/// How long GitHub may take to connect, and to answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// Longest text taken over from an answer, in characters.
const LONGEST_TEXT: usize = 500;

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
}

/// Why GitHub did not do what it was asked for.
#[derive(Debug, thiserror::Error)]
pub enum ApiError {
    /// The token, or the repository's settings, do not allow it.
    #[error("GitHub does not permit it: {0}")]
    NotPermitted(String),
    /// It cannot be done as it was asked for.
    #[error("GitHub refuses it: {0}")]
    Refused(String),
    /// GitHub did not answer, or not as it documents.
    #[error("GitHub's API at {url} cannot be used: {problem}. Run again; if it stays, look at GitHub's status page.", url = .0, problem = .1)]
    Failed(String, String),
}

impl Api {
    /// A client; it has to be made where requests are awaited.
    ///
    /// # Errors
    /// If the API's URL is none.
    pub fn open(access: &Access) -> Result<Self> {
        Ok(Self {
            client: client(&access.api_url, &access.token)?,
            url: access.api_url.clone(),
            repository: access.repository.clone(),
        })
    }

    pub(super) fn route(&self, rest: &str) -> String {
        format!("/repos/{}/{rest}", self.repository)
    }

    pub(super) fn error(&self, error: &octocrab::Error) -> ApiError {
        ApiError::of(&self.url, error)
    }

    /// The owner of the repository.
    pub(super) fn owner(&self) -> &str {
        self.repository
            .split_once('/')
            .map_or(&self.repository, |(owner, _)| owner)
    }
}

/// A client of the API at `api_url`.
pub(super) fn client(api_url: &str, token: &Secret) -> Result<Octocrab> {
    Ok(Octocrab::builder()
        .base_uri(api_url)
        .with_context(|| format!("{api_url} is no URL of an API"))?
        .personal_token(token.expose())
        .set_connect_timeout(Some(PATIENCE))
        .set_read_timeout(Some(PATIENCE))
        .build()?)
}

impl ApiError {
    /// Sorts an error by what a caller does next.
    fn of(api_url: &str, error: &octocrab::Error) -> Self {
        let octocrab::Error::GitHub { source, .. } = error else {
            return Self::Failed(api_url.to_owned(), harmless(&causes(error)));
        };
        let reasons = source.errors.iter().flatten().filter_map(|error| {
            let message = error.get("message").and_then(serde_json::Value::as_str);
            message.or_else(|| error.as_str())
        });
        let said: Vec<&str> = std::iter::once(source.message.as_str())
            .chain(reasons)
            .collect();
        let said = harmless(&said.join(" "));
        let lower = said.to_lowercase();
        match source.status_code.as_u16() {
            // GitHub answers so to whoever asks too often, too.
            403 if lower.contains("rate limit") || lower.contains("abuse") => {
                Self::Failed(api_url.to_owned(), said)
            }
            401 | 403 | 404 => Self::NotPermitted(said),
            400..=428 => Self::Refused(said),
            status => Self::Failed(api_url.to_owned(), format!("it answered {status}: {said}")),
        }
    }
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
