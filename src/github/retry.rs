//! Whether a request to GitHub that failed is sent again. Pure: [`Api`](super::Api) does the waiting.
//!
//! By GitHub's "Best practices for using the REST API": a `Retry-After` is kept, then the end of a
//! rate limit that is used up, and any other refusal for asking too often means a minute.

use std::fmt;
use std::time::Duration;

use jiff::Timestamp;

use crate::backoff::{Backoff, Next, retry_after};

/// How long to wait if GitHub says that it was asked too often, but not for how long.
const MINUTE: Duration = Duration::from_mins(1);

/// A request is sent four times at most.
const BACKOFF: Backoff = Backoff {
    base: Duration::from_secs(1),
    cap: Duration::from_secs(20),
    attempts: 4,
};

/// A limit of how often GitHub may be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Limit {
    /// The requests that the token has in an hour.
    Primary,
    /// Too many at once.
    Secondary,
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Primary => "rate limit of this token",
            Self::Secondary => "secondary rate limit (too many requests at once)",
        })
    }
}

/// What a failure means for the next attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    /// It would end the same way again.
    Final,
    /// Nobody knows whether GitHub did what it was asked for: it did not answer, or failed itself.
    Unknown {
        /// The wait that it asks for.
        asked: Option<Duration>,
    },
    /// GitHub did nothing, since it was asked too often.
    Limited {
        /// By what.
        limit: Limit,
        /// For how long.
        wait: Duration,
    },
}

/// What counts of an answer that is not what was asked for.
#[derive(Debug, Clone, Copy)]
struct Refusal<'a> {
    status: u16,
    /// `Retry-After`.
    retry_after: Option<&'a str>,
    /// `X-RateLimit-Remaining`: requests.
    remaining: Option<&'a str>,
    /// `X-RateLimit-Reset`: seconds since 1970, UTC.
    reset: Option<u64>,
    message: &'a str,
}

impl Fault {
    /// Sorts an error that came up at `now`.
    pub(super) fn of(error: &octocrab::Error, now: Timestamp) -> Self {
        match error {
            octocrab::Error::GitHub { source, .. } => {
                let header = |name| source.headers.as_ref()?.get(name)?.to_str().ok();
                let refusal = Refusal {
                    status: source.status_code.as_u16(),
                    retry_after: header("retry-after"),
                    remaining: header("x-ratelimit-remaining"),
                    reset: source.rate_limit_reset,
                    message: &source.message,
                };
                Self::of_answer(&refusal, now)
            }
            // The connection: not made, broken, or silent for too long.
            octocrab::Error::Service { .. } | octocrab::Error::Hyper { .. } => {
                Self::Unknown { asked: None }
            }
            _ => Self::Final,
        }
    }

    fn of_answer(answer: &Refusal<'_>, now: Timestamp) -> Self {
        let asked = answer
            .retry_after
            .and_then(|header| retry_after(header, now));
        let spent = answer.remaining == Some("0");
        let message = answer.message.to_lowercase();
        let says_so = message.contains("rate limit") || message.contains("abuse detection");
        match answer.status {
            429 => {}
            403 if asked.is_some() || spent || says_so => {}
            408 | 500..=599 => return Self::Unknown { asked },
            _ => return Self::Final,
        }
        let ends = answer.reset.filter(|_| spent).and_then(|reset| {
            let reset = Timestamp::from_second(i64::try_from(reset).ok()?).ok()?;
            Some(Duration::try_from(reset.duration_since(now)).unwrap_or_default())
        });
        let limit = if spent && asked.is_none() {
            Limit::Primary
        } else {
            Limit::Secondary
        };
        let wait = asked.or(ends).unwrap_or(MINUTE);
        Self::Limited { limit, wait }
    }

    /// Whether GitHub may have done what it was asked for.
    pub(super) fn is_unknown(self) -> bool {
        matches!(self, Self::Unknown { .. })
    }

    /// Decides after attempt number `attempt` (from 1), with `remaining` left of the time budget.
    /// `random` lies between 0 and 1.
    pub(super) fn next(self, attempt: u32, remaining: Duration, random: f64) -> Next {
        let asked = match self {
            Self::Final => return Next::GiveUp,
            Self::Unknown { asked } => asked,
            Self::Limited { wait, .. } => Some(wait),
        };
        BACKOFF.after(attempt, asked, remaining, random)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: u64 = 1_800_000_000;
    const AMPLE: Duration = Duration::from_hours(2);

    /// The fault of an answer with this status, these headers (`Retry-After`,
    /// `X-RateLimit-Remaining`, `X-RateLimit-Reset`) and this message.
    fn fault(
        status: u16,
        headers: (Option<&str>, Option<&str>, Option<u64>),
        message: &str,
    ) -> Fault {
        let (retry_after, remaining, reset) = headers;
        let refusal = Refusal {
            status,
            retry_after,
            remaining,
            reset,
            message,
        };
        let now = Timestamp::from_second(NOW.try_into().unwrap()).unwrap();
        Fault::of_answer(&refusal, now)
    }

    fn limited(limit: Limit, seconds: u64) -> Fault {
        let wait = Duration::from_secs(seconds);
        Fault::Limited { limit, wait }
    }

    #[test]
    fn a_limit_holds_until_its_end_and_without_one_for_a_minute() {
        use Limit::{Primary, Secondary};
        let (none, spent) = ((None, None, None), Some("0"));
        let plenty = Some("4999");
        for (status, headers, message, expected) in [
            (
                403,
                (None, spent, Some(NOW + 90)),
                "x",
                limited(Primary, 90),
            ),
            (
                429,
                (None, spent, Some(NOW + 90)),
                "x",
                limited(Primary, 90),
            ),
            (403, (None, spent, Some(NOW - 5)), "x", limited(Primary, 0)),
            (403, (None, spent, None), "x", limited(Primary, 60)),
            (403, (Some("7"), plenty, None), "x", limited(Secondary, 7)),
            (
                429,
                (Some("7"), spent, Some(NOW + 90)),
                "x",
                limited(Secondary, 7),
            ),
            // What is left of the hour says nothing of the other limit.
            (
                429,
                (None, plenty, Some(NOW + 90)),
                "x",
                limited(Secondary, 60),
            ),
            (
                403,
                none,
                "You have exceeded a secondary rate limit.",
                limited(Secondary, 60),
            ),
            (
                403,
                none,
                "You have triggered an abuse detection mechanism.",
                limited(Secondary, 60),
            ),
        ] {
            assert_eq!(
                fault(status, headers, message),
                expected,
                "{headers:?} {message}"
            );
        }
    }

    #[test]
    fn what_github_fails_at_is_unknown_and_what_it_refuses_is_final() {
        let none = (None, None, None);
        for status in [408, 500, 502, 503, 504] {
            assert_eq!(fault(status, none, "x"), Fault::Unknown { asked: None });
        }
        let asked = Some(Duration::from_secs(3));
        assert_eq!(
            fault(503, (Some("3"), None, None), "x"),
            Fault::Unknown { asked }
        );
        for status in [400, 401, 403, 404, 409, 413, 422] {
            assert_eq!(fault(status, none, "x"), Fault::Final, "{status}");
        }
    }

    #[test]
    fn what_is_final_is_not_tried_again_and_no_wait_goes_beyond_the_time_budget() {
        let hour = limited(Limit::Primary, 3600);
        let unknown = Fault::Unknown { asked: None };
        let seconds = Duration::from_secs;
        for (fault, attempt, remaining, next) in [
            (Fault::Final, 1, AMPLE, Next::GiveUp),
            (hour, 1, AMPLE, Next::Wait(seconds(3600))),
            (hour, 1, seconds(300), Next::OutOfTime(seconds(3600))),
            (unknown, 1, AMPLE, Next::Wait(Duration::ZERO)),
            (unknown, 4, AMPLE, Next::GiveUp),
        ] {
            assert_eq!(fault.next(attempt, remaining, 0.0), next, "{fault:?}");
        }
    }
}
