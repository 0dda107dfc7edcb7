//! Which failures of EvalAI are tried again.

use std::time::Duration;

use super::error::Error;
pub(super) use crate::backoff::retry_after;
pub use crate::backoff::{Backoff, Next};

impl Backoff {
    /// Decides after attempt number `attempt` (from 1) ended in `error`, with `remaining` left
    /// of the time budget. `random` lies between 0 and 1.
    #[must_use]
    pub fn next(&self, attempt: u32, error: &Error, remaining: Duration, random: f64) -> Next {
        if error.is_transient() {
            self.after(attempt, error.retry_after(), remaining, random)
        } else {
            Next::GiveUp
        }
    }
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
}
