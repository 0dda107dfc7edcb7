//! When a request that failed is tried again. Pure: the client does the waiting.

use std::time::Duration;

use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimeParser;

use super::error::Error;

/// Exponential backoff with full jitter: before attempt *n* + 1 a random time between zero
/// and `base` x 2^(*n* - 1), but never more than `cap`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Backoff {
    /// The upper bound of the first wait.
    pub base: Duration,
    /// The upper bound of every wait that the server did not ask for.
    pub cap: Duration,
    /// How often a request is sent at most, the first time included.
    pub attempts: u32,
}

impl Default for Backoff {
    fn default() -> Self {
        Self {
            base: Duration::from_secs(1),
            cap: Duration::from_secs(20),
            attempts: 5,
        }
    }
}

/// What follows on a failed attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// Try again after this time.
    Wait(Duration),
    /// Another attempt would fail the same way, or there were enough.
    GiveUp,
    /// Another attempt would be due, but only after the time budget is used up.
    OutOfTime(Duration),
}

impl Backoff {
    /// Decides after attempt number `attempt` (from 1) ended in `error`, with `remaining` left
    /// of the time budget. `random` lies between 0 and 1.
    ///
    /// A wait that the server asks for (`Retry-After`) is kept in full, plus up to `base` so
    /// that requests which were throttled together do not come back together.
    #[must_use]
    pub fn next(&self, attempt: u32, error: &Error, remaining: Duration, random: f64) -> Next {
        if !error.is_transient() || attempt >= self.attempts {
            return Next::GiveUp;
        }
        let wait = if let Some(asked) = error.retry_after() {
            asked.saturating_add(self.base.mul_f64(random))
        } else {
            let doublings = attempt.saturating_sub(1).min(20);
            let bound = self.base.saturating_mul(1 << doublings).min(self.cap);
            bound.mul_f64(random)
        };
        if wait >= remaining {
            Next::OutOfTime(wait)
        } else {
            Next::Wait(wait)
        }
    }
}

/// Reads a `Retry-After` header: whole seconds, or an HTTP date (zero once that is past).
pub(super) fn retry_after(header: &str, now: Timestamp) -> Option<Duration> {
    let header = header.trim();
    if let Ok(seconds) = header.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let date = DateTimeParser::new().parse_timestamp(header).ok()?;
    Some(Duration::try_from(date.duration_since(now)).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evalai::fault::{Call, ConnectionFault, Said};

    const AMPLE: Duration = Duration::from_hours(1);

    fn call() -> Call {
        Call {
            path: "/api/".into(),
            attempt: 1,
        }
    }

    fn connection(fault: ConnectionFault) -> Error {
        Error::Connection {
            call: call(),
            fault,
            advice: None,
        }
    }

    fn server(status: u16) -> Error {
        Error::Server {
            call: call(),
            status,
            said: Said::Nothing,
            retry_after: None,
        }
    }

    fn throttled(seconds: Option<u64>) -> Error {
        Error::Throttled {
            call: call(),
            said: Said::Nothing,
            retry_after: seconds.map(Duration::from_secs),
        }
    }

    fn seconds(seconds: u64) -> Next {
        Next::Wait(Duration::from_secs(seconds))
    }

    #[test]
    fn what_may_pass_is_tried_again_and_nothing_else() {
        let said = Said::Nothing;
        for (error, again) in [
            (connection(ConnectionFault::Refused), true),
            (connection(ConnectionFault::Dns), true),
            (connection(ConnectionFault::Broken), true),
            (connection(ConnectionFault::Timeout(AMPLE)), true),
            (connection(ConnectionFault::Tls), false),
            (Error::Interrupted { call: call() }, true),
            (throttled(None), true),
            (server(500), true),
            (server(503), true),
            (
                Error::Refused {
                    call: call(),
                    status: 400,
                    said: said.clone(),
                },
                false,
            ),
            (
                Error::Absent {
                    call: call(),
                    said: said.clone(),
                },
                false,
            ),
            (Error::NotHost { call: call(), said }, false),
            (Error::Removed { call: call() }, false),
            (
                Error::NotJson {
                    call: call(),
                    what: "an HTML page",
                },
                false,
            ),
            (Error::UnsendableToken, false),
        ] {
            let next = Backoff::default().next(1, &error, AMPLE, 0.5);
            assert_eq!(next != Next::GiveUp, again, "{error}");
        }
    }

    #[test]
    fn waits_double_up_to_the_cap_and_jitter_covers_them_in_full() {
        let backoff = Backoff {
            attempts: 9,
            ..Backoff::default()
        };
        for (attempt, random, next) in [
            (1, 0.0, seconds(0)),
            (1, 1.0, seconds(1)),
            (2, 1.0, seconds(2)),
            (3, 1.0, seconds(4)),
            (3, 0.5, seconds(2)),
            (5, 1.0, seconds(16)),
            (6, 1.0, seconds(20)),
            (8, 1.0, seconds(20)),
            (9, 1.0, Next::GiveUp),
        ] {
            assert_eq!(
                backoff.next(attempt, &server(502), AMPLE, random),
                next,
                "{attempt}"
            );
        }
    }

    #[test]
    fn a_wait_that_the_server_asks_for_is_kept_in_full() {
        let backoff = Backoff::default();
        assert_eq!(
            backoff.next(1, &throttled(Some(59)), AMPLE, 0.0),
            seconds(59)
        );
        assert_eq!(
            backoff.next(4, &throttled(Some(59)), AMPLE, 1.0),
            seconds(60)
        );
        assert_eq!(backoff.next(1, &throttled(None), AMPLE, 1.0), seconds(1));
    }

    #[test]
    fn a_wait_beyond_the_time_budget_is_not_begun() {
        let backoff = Backoff::default();
        let wait = Duration::from_secs(59);
        for (remaining, next) in [
            (60, Next::Wait(wait)),
            (59, Next::OutOfTime(wait)),
            (0, Next::OutOfTime(wait)),
        ] {
            let remaining = Duration::from_secs(remaining);
            assert_eq!(backoff.next(1, &throttled(Some(59)), remaining, 0.0), next);
        }
        let endless = throttled(Some(u64::MAX));
        assert!(matches!(
            backoff.next(1, &endless, AMPLE, 1.0),
            Next::OutOfTime(_)
        ));
    }

    #[test]
    fn retry_after_is_read_as_seconds_and_as_a_date() {
        let now: Timestamp = "1994-11-06T08:49:00Z".parse().unwrap();
        for (header, wait) in [
            ("59", Some(59)),
            (" 0 ", Some(0)),
            ("Sun, 06 Nov 1994 08:49:37 GMT", Some(37)),
            ("Sun, 06 Nov 1994 08:48:00 GMT", Some(0)),
            ("-1", None),
            ("soon", None),
            ("", None),
        ] {
            assert_eq!(
                retry_after(header, now),
                wait.map(Duration::from_secs),
                "{header}"
            );
        }
    }
}
