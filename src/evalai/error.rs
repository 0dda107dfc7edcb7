//! What can go wrong between us and EvalAI: one kind per thing a caller decides, each a
//! sentence that says what to do. None ever holds a token or a page of HTML.

use std::time::Duration;

use reqwest::StatusCode;
use serde_json::Value;

use super::download::DownloadFault;
use super::fault::{Call, ConnectionFault, NEW_TOKEN, Said, TokenFault};

const NULL_DATE: &str = "EvalAI answers so for a challenge whose start or end date is empty, \
     and for the whole list of its host team";

/// A request that went wrong.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The token holds characters that no HTTP header can carry.
    #[error(
        "the EvalAI token holds white space, control or non-ASCII characters, so it cannot be a token. {NEW_TOKEN}"
    )]
    UnsendableToken,
    /// No HTTP client could be made.
    #[error("the HTTP client cannot start: {0}")]
    Setup(String),
    /// No answer: the server could not be reached, or did not answer in time.
    #[error("{call}: {fault}{}", .advice.as_deref().map(|advice| format!(". {advice}")).unwrap_or_default())]
    Connection {
        /// The request.
        call: Call,
        /// What failed.
        fault: ConnectionFault,
        /// What to do, where that can be told.
        advice: Option<String>,
    },
    /// The answer broke off before its end.
    #[error("{call}: the answer broke off before its end")]
    Interrupted {
        /// The request.
        call: Call,
    },
    /// 401: the token itself is refused.
    #[error("{call}: {fault}. {}", .fault.advice())]
    Token {
        /// The request.
        call: Call,
        /// Why.
        fault: TokenFault,
    },
    /// 401 on a page for hosts only: the token is good, its user is no host of this challenge.
    #[error(
        "{call}: the EvalAI token's user is no host of this challenge ({said}). Use the token of a member of the challenge's host team"
    )]
    NotHost {
        /// The request.
        call: Call,
        /// EvalAI's words.
        said: Said,
    },
    /// 403: the token's user has not confirmed the e-mail address.
    #[error(
        "{call}: 403 Forbidden, the EvalAI token's user has not confirmed the e-mail address. Confirm it on EvalAI first"
    )]
    Unverified {
        /// The request.
        call: Call,
    },
    /// 406 with "removed": the challenge was deleted in the web UI.
    #[error("{call}: the challenge was removed from EvalAI")]
    Removed {
        /// The request.
        call: Call,
    },
    /// 406 or 404 in EvalAI's own words: no such team, challenge or queue, or not for this user.
    #[error("{call}: {said}")]
    Absent {
        /// The request.
        call: Call,
        /// EvalAI's words.
        said: Said,
    },
    /// 404 with a page of HTML: there is no API at this address.
    #[error(
        "{call}: 404 Not Found with an HTML page, so there is no EvalAI API at this address; check `evalai_host_url`"
    )]
    NoApi {
        /// The request.
        call: Call,
    },
    /// 429: more requests than EvalAI allows in a minute, shared by all that use this account.
    #[error(
        "{call}: EvalAI takes no more requests of this user for now ({said}); another workflow or a browser may be using them up"
    )]
    Throttled {
        /// The request.
        call: Call,
        /// EvalAI's words.
        said: Said,
        /// `Retry-After`.
        retry_after: Option<Duration>,
    },
    /// 5xx.
    #[error("{call}: EvalAI failed with {}, {said}{}", phrase(*.status), if *.status == 500 { format!(". {NULL_DATE}") } else { String::new() })]
    Server {
        /// The request.
        call: Call,
        /// The status.
        status: u16,
        /// EvalAI's words.
        said: Said,
        /// `Retry-After`.
        retry_after: Option<Duration>,
    },
    /// Any other answer that is neither 2xx nor a redirect.
    #[error("{call}: {}, {said}", phrase(*.status))]
    Refused {
        /// The request.
        call: Call,
        /// The status.
        status: u16,
        /// EvalAI's words.
        said: Said,
    },
    /// A redirect that leads away from the server, or in circles; the token did not follow.
    #[error(
        "{call}: is redirected to {to}, and the token is not sent there. If that is the right server, write it as `evalai_host_url`"
    )]
    Redirected {
        /// The request.
        call: Call,
        /// Scheme, host and port it leads to.
        to: String,
    },
    /// More than [`Limits::body`](super::Limits::body).
    #[error("{call}: the answer is larger than {} MiB", .limit / (1 << 20))]
    TooLarge {
        /// The request.
        call: Call,
        /// The limit in bytes.
        limit: u64,
    },
    /// A good status, but no JSON.
    #[error(
        "{call}: the answer is {what}, not JSON. Check `evalai_host_url`; a proxy or login page may stand before EvalAI"
    )]
    NotJson {
        /// The request.
        call: Call,
        /// What it is instead.
        what: &'static str,
    },
    /// JSON of another shape than this API has.
    #[error(
        "{call}: `{key}` should be {expected}, but is {found}. This EvalAI may be of another version than this action knows"
    )]
    Shape {
        /// The request.
        call: Call,
        /// The place in the answer.
        key: String,
        /// What belongs there.
        expected: &'static str,
        /// What is there.
        found: &'static str,
    },
    /// A media file did not come.
    #[error("{call}: {fault}")]
    Download {
        /// The request; its `path` is a name, for the URL is a secret.
        call: Call,
        /// What failed.
        fault: DownloadFault,
    },
    /// The time budget ended before or during this request.
    #[error("{call}: the {} s for all of EvalAI's answers are used up", .budget.as_secs())]
    TimeSpent {
        /// The request.
        call: Call,
        /// [`Limits::total`](super::Limits::total).
        budget: Duration,
    },
    /// The time budget would not last until the next attempt.
    #[error("{last}; the next attempt would be in {} s, but of the {} s for all of EvalAI's answers only {} s are left", .wait.as_secs(), .budget.as_secs(), .remaining.as_secs())]
    OutOfTime {
        /// What went wrong last.
        last: Box<Error>,
        /// How long the next attempt would have to wait.
        wait: Duration,
        /// What is left of the budget.
        remaining: Duration,
        /// [`Limits::total`](super::Limits::total).
        budget: Duration,
    },
}

impl Error {
    /// Whether the same request may well succeed a little later.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Connection { fault, .. } => *fault != ConnectionFault::Tls,
            Self::Interrupted { .. } | Self::Throttled { .. } | Self::Server { .. } => true,
            Self::Download { fault, .. } => fault.is_transient(),
            _ => false,
        }
    }

    /// How long the server asked to wait.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Throttled { retry_after, .. }
            | Self::Server { retry_after, .. }
            | Self::Download {
                fault: DownloadFault::Refused { retry_after, .. },
                ..
            } => *retry_after,
            _ => None,
        }
    }

    /// Whether an answer took too long to come.
    pub(super) fn is_timeout(&self) -> bool {
        match self {
            Self::Connection { fault, .. }
            | Self::Download {
                fault: DownloadFault::Connection(fault),
                ..
            } => matches!(fault, ConnectionFault::Timeout(_)),
            _ => false,
        }
    }

    /// Whether it ends in a 5xx, also where time ran out after one.
    #[must_use]
    pub fn is_server_failure(&self) -> bool {
        match self {
            Self::Server { .. } => true,
            Self::OutOfTime { last, .. } => last.is_server_failure(),
            _ => false,
        }
    }

    /// The same without `secret`, should the server have repeated it.
    pub(super) fn without(mut self, secret: &str) -> Self {
        match &mut self {
            Self::NotHost { said, .. }
            | Self::Token {
                fault: TokenFault::Other(said),
                ..
            }
            | Self::Absent { said, .. }
            | Self::Throttled { said, .. }
            | Self::Server { said, .. }
            | Self::Refused { said, .. } => said.hide(secret),
            _ => {}
        }
        self
    }

    /// The error of an answer that is neither 2xx nor a redirect.
    pub(super) fn of_answer(
        call: Call,
        status: StatusCode,
        retry_after: Option<Duration>,
        body: &[u8],
    ) -> Self {
        let json = serde_json::from_slice::<Value>(body).ok();
        let object = json.as_ref().and_then(Value::as_object);
        let said = Said::of(object, body);
        let says = |word: &str| matches!(&said, Said::Words(words) if words.contains(word));
        let code = status.as_u16();
        match code {
            401 if object.is_some_and(|object| object.contains_key("error")) => {
                Self::NotHost { call, said }
            }
            401 => Self::Token {
                call,
                fault: TokenFault::of(object, said),
            },
            403 if says("verify your email") => Self::Unverified { call },
            406 if says("removed") => Self::Removed { call },
            404 | 406 if says("not exist") => Self::Absent { call, said },
            404 if said == Said::HtmlPage => Self::NoApi { call },
            429 => Self::Throttled {
                call,
                said,
                retry_after,
            },
            500..=599 => Self::Server {
                call,
                status: code,
                said,
                retry_after,
            },
            _ => Self::Refused {
                call,
                status: code,
                said,
            },
        }
    }
}

/// `status` with its usual words.
pub(super) fn phrase(status: u16) -> String {
    let reason = StatusCode::from_u16(status)
        .ok()
        .and_then(|status| status.canonical_reason());
    reason.map_or_else(|| status.to_string(), |reason| format!("{status} {reason}"))
}

#[cfg(test)]
mod tests;
