//! The parts of an error: which request, what failed on the way, why a token is refused, and
//! what EvalAI itself said.

use std::fmt;
use std::time::Duration;

use serde_json::{Map, Value};

use super::untrusted::harmless;

/// Where a new EvalAI token comes from.
pub const NEW_TOKEN: &str = "Get a new token on EvalAI's profile page (\"Get your Auth Token\") \
     and put it where the old one is: the `token` of the host config, or the secret behind `evalai-token`";

/// A request, named as messages name it: never with its host, for it may be private.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// Path and query; for a media file, whose URL is a secret, which file it is.
    pub path: String,
    /// 1 for the first attempt.
    pub attempt: u32,
}

impl fmt::Display for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "GET {}", harmless(&self.path, 200))?;
        if self.attempt > 1 {
            write!(f, " (attempt {})", self.attempt)?;
        }
        Ok(())
    }
}

/// Why there was no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ConnectionFault {
    /// The host's name has no address.
    Dns,
    /// The host takes no connections on this port.
    Refused,
    /// No encrypted connection; most often a certificate that is not trusted.
    Tls,
    /// No answer in this time.
    Timeout(Duration),
    /// The connection broke before the answer began.
    Broken,
    /// Anything else, in the words of the HTTP library.
    Other(String),
}

impl fmt::Display for ConnectionFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Dns => f.write_str("the host of `evalai_host_url` cannot be found (DNS)"),
            Self::Refused => f.write_str("the connection was refused: nothing listens there"),
            Self::Tls => f.write_str(
                "no secure connection (TLS): the server's certificate is not valid or not trusted, or it speaks plain http",
            ),
            Self::Timeout(after) if after.as_secs() == 0 => {
                write!(f, "no answer within {} ms", after.as_millis())
            }
            Self::Timeout(after) => write!(f, "no answer within {} s", after.as_secs()),
            Self::Broken => f.write_str("the connection broke before the answer came"),
            Self::Other(words) => write!(f, "no connection ({words})"),
        }
    }
}

/// Why EvalAI refused the token itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TokenFault {
    /// Expired or garbage: EvalAI's answer is the same.
    InvalidOrExpired,
    /// Replaced by a newer one on the profile page.
    Blacklisted,
    /// A JWT, but not the one that the profile page shows.
    WrongType,
    /// The user was switched off.
    InactiveUser,
    /// The user is gone.
    UnknownUser,
    /// Any other 401.
    Other(Said),
}

impl TokenFault {
    pub(super) fn of(answer: Option<&Map<String, Value>>, said: Said) -> Self {
        let text = |key| answer.and_then(|answer| answer.get(key)?.as_str());
        let message = answer
            .and_then(|answer| answer.get("messages")?.get(0)?.get("message")?.as_str())
            .unwrap_or_default();
        match (text("code"), message) {
            (Some("user_inactive"), _) => Self::InactiveUser,
            (Some("user_not_found"), _) => Self::UnknownUser,
            (_, "Token is blacklisted") => Self::Blacklisted,
            (_, "Token has wrong type") => Self::WrongType,
            (Some("token_not_valid"), _) => Self::InvalidOrExpired,
            _ => Self::Other(said),
        }
    }

    pub(super) fn advice(&self) -> &'static str {
        match self {
            Self::InactiveUser => "Another host's token is needed, or EvalAI's administrators",
            _ => NEW_TOKEN,
        }
    }
}

impl fmt::Display for TokenFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("401 Unauthorized, ")?;
        match self {
            Self::InvalidOrExpired => f.write_str("the EvalAI token is invalid or expired"),
            Self::Blacklisted => {
                f.write_str("the EvalAI token was replaced by a newer one on the profile page")
            }
            Self::WrongType => {
                f.write_str("the EvalAI token is not the one that the profile page shows")
            }
            Self::InactiveUser => f.write_str("the EvalAI token's user is inactive"),
            Self::UnknownUser => f.write_str("the EvalAI token's user no longer exists"),
            Self::Other(said) => write!(f, "the EvalAI token is refused ({said})"),
        }
    }
}

/// EvalAI's own explanation of an error, made harmless.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Said {
    /// Its `error` or `detail`, or its messages per field.
    Words(String),
    /// A page of HTML, which is never shown.
    HtmlPage,
    /// Nothing that can be shown.
    Nothing,
}

impl Said {
    const LIMIT: usize = 300;

    pub(super) fn of(answer: Option<&Map<String, Value>>, body: &[u8]) -> Self {
        let Some(answer) = answer else {
            return if looks_like_html(body) {
                Self::HtmlPage
            } else {
                Self::Nothing
            };
        };
        let plain = |value: &Value| match value {
            Value::String(text) => text.clone(),
            Value::Array(items) => items
                .iter()
                .map(|item| {
                    item.as_str()
                        .map_or_else(|| item.to_string(), str::to_owned)
                })
                .collect::<Vec<_>>()
                .join(" "),
            other => other.to_string(),
        };
        let words = match answer.get("error").or_else(|| answer.get("detail")) {
            Some(value) => plain(value),
            None => answer
                .iter()
                .map(|(field, value)| format!("{field}: {}", plain(value)))
                .collect::<Vec<_>>()
                .join("; "),
        };
        let words = harmless(&words, Self::LIMIT);
        if words.is_empty() {
            Self::Nothing
        } else {
            Self::Words(words)
        }
    }

    pub(super) fn hide(&mut self, secret: &str) {
        if let Self::Words(words) = self {
            *words = words.replace(secret, "***");
        }
    }
}

impl fmt::Display for Said {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Words(words) => write!(f, "EvalAI says: {}", words.trim_end_matches('.')),
            Self::HtmlPage => f.write_str("with an HTML page instead of JSON"),
            Self::Nothing => f.write_str("without saying why"),
        }
    }
}

pub(super) fn looks_like_html(body: &[u8]) -> bool {
    body.trim_ascii_start().starts_with(b"<")
}
