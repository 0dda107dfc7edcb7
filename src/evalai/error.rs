//! What can go wrong between us and EvalAI: one kind per thing a caller decides, each a
//! sentence that says what to do. None ever holds a token or a page of HTML.

use std::time::Duration;

use reqwest::StatusCode;
use serde_json::Value;

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
    /// No HTTP client could be made, mostly for want of CA certificates.
    #[error(
        "the HTTP client cannot start: {0}. If CA certificates are missing, name their file in SSL_CERT_FILE"
    )]
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
            _ => false,
        }
    }

    /// How long the server asked to wait.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Throttled { retry_after, .. } | Self::Server { retry_after, .. } => *retry_after,
            _ => None,
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

fn phrase(status: u16) -> String {
    let reason = StatusCode::from_u16(status)
        .ok()
        .and_then(|status| status.canonical_reason());
    reason.map_or_else(|| status.to_string(), |reason| format!("{status} {reason}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, body: &str) -> Error {
        let call = Call {
            path: "/api/x".into(),
            attempt: 1,
        };
        let status = StatusCode::from_u16(status).unwrap();
        Error::of_answer(call, status, None, body.as_bytes())
    }

    fn token_not_valid(message: &str) -> String {
        format!(
            r#"{{"detail":"Given token not valid for any token type","code":"token_not_valid",
            "messages":[{{"token_class":"RefreshToken","token_type":"refresh","message":"{message}"}}]}}"#
        )
    }

    #[test]
    fn a_401_is_told_by_its_cause() {
        let fault = |body: &str| match answer(401, body) {
            Error::Token { fault, .. } => fault,
            other => panic!("{other}"),
        };
        for (body, expected) in [
            (
                token_not_valid("Token is invalid or expired"),
                TokenFault::InvalidOrExpired,
            ),
            (
                token_not_valid("Token is blacklisted"),
                TokenFault::Blacklisted,
            ),
            (
                token_not_valid("Token has wrong type"),
                TokenFault::WrongType,
            ),
            (
                r#"{"detail":"User is inactive","code":"user_inactive"}"#.into(),
                TokenFault::InactiveUser,
            ),
            (
                r#"{"detail":"User not found","code":"user_not_found"}"#.into(),
                TokenFault::UnknownUser,
            ),
            (
                r#"{"detail":"Invalid token"}"#.into(),
                TokenFault::Other(Said::Words("Invalid token".into())),
            ),
            (String::new(), TokenFault::Other(Said::Nothing)),
        ] {
            assert_eq!(fault(&body), expected, "{body}");
        }
        let not_host = answer(
            401,
            r#"{"error":"Sorry, you are not authorized to access these challenge phases."}"#,
        );
        assert!(matches!(not_host, Error::NotHost { .. }));
    }

    #[test]
    fn every_kind_says_what_happened_and_what_to_do() {
        let html = "\n<!DOCTYPE html><html>secret trace</html>";
        for (status, body, expected) in [
            (
                401,
                token_not_valid("Token is blacklisted").as_str(),
                "GET /api/x: 401 Unauthorized, the EvalAI token was replaced by a newer one on the profile page. Get a new token on EvalAI's profile page",
            ),
            (
                401,
                r#"{"error":"Sorry, you are not authorized to access these challenge phases."}"#,
                "GET /api/x: the EvalAI token's user is no host of this challenge (EvalAI says: Sorry, you are not authorized to access these challenge phases). Use the token of",
            ),
            (
                403,
                r#"{"detail":"Please verify your email!"}"#,
                "GET /api/x: 403 Forbidden, the EvalAI token's user has not confirmed the e-mail address. Confirm",
            ),
            (
                403,
                r#"{"detail":"Sorry, you are not allowed"}"#,
                "GET /api/x: 403 Forbidden, EvalAI says: Sorry, you are not allowed",
            ),
            (
                406,
                r#"{"error":"Sorry, the challenge was removed!"}"#,
                "GET /api/x: the challenge was removed from EvalAI",
            ),
            (
                406,
                r#"{"error":"ChallengeHostTeam does not exist"}"#,
                "GET /api/x: EvalAI says: ChallengeHostTeam does not exist",
            ),
            (
                404,
                r#"{"detail":"Challenge 9 does not exist"}"#,
                "GET /api/x: EvalAI says: Challenge 9 does not exist",
            ),
            (
                404,
                html,
                "GET /api/x: 404 Not Found with an HTML page, so there is no EvalAI API at this address",
            ),
            (
                400,
                r#"{"error":"Challenge with queue name nope does not exist"}"#,
                "GET /api/x: 400 Bad Request, EvalAI says: Challenge with queue name nope does not exist",
            ),
            (
                400,
                r#"{"title":["Too long.","Blank."],"n":[1]}"#,
                "GET /api/x: 400 Bad Request, EvalAI says: ",
            ),
            (
                429,
                r#"{"detail":"Request was throttled. Expected available in 59 seconds."}"#,
                "GET /api/x: EvalAI takes no more requests of this user for now (EvalAI says: Request was throttled.",
            ),
            (
                500,
                html,
                "GET /api/x: EvalAI failed with 500 Internal Server Error, with an HTML page instead of JSON. EvalAI answers so for a challenge whose start or end date is empty",
            ),
            (
                502,
                "Bad gateway",
                "GET /api/x: EvalAI failed with 502 Bad Gateway, without saying why",
            ),
            (
                418,
                "[]",
                "GET /api/x: 418 I'm a teapot, without saying why",
            ),
        ] {
            let text = answer(status, body).to_string();
            assert!(text.starts_with(expected), "{text}");
            assert!(!text.contains("secret trace"));
        }
    }

    #[test]
    fn messages_per_field_are_kept_and_all_words_are_made_harmless() {
        let fields = answer(400, r#"{"title":["Too long.","Blank."],"n":[1]}"#).to_string();
        assert!(fields.contains("title: Too long. Blank."), "{fields}");
        assert!(fields.contains("n: 1"), "{fields}");
        let hostile = answer(400, r#"{"error":"a\n::error::b\u001b[2J"}"#).to_string();
        assert!(hostile.ends_with("a\\n::error::b\\u{1b}[2J"), "{hostile}");
        let long = answer(400, &format!("{{\"error\":\"{}\"}}", "x".repeat(9999))).to_string();
        assert!(long.len() < 400);
    }

    #[test]
    fn a_token_that_the_server_repeats_is_not_shown() {
        let body = r#"{"detail":"no user for hunter2"}"#;
        for status in [400, 401, 404, 429, 500] {
            let text = answer(status, body).without("hunter2").to_string();
            assert!(text.contains("no user for ***"), "{text}");
        }
    }
}
