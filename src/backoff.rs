//! When something that failed is tried again. Pure: whoever asks does the waiting.

use std::time::Duration;

use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimeParser;

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
    /// Decides after attempt number `attempt` (from 1) failed in a way that may pass, with
    /// `remaining` left of the time budget. `random` lies between 0 and 1.
    ///
    /// A wait that the server `asked` for is kept in full, plus up to `base` so that requests
    /// which were throttled together do not come back together.
    #[must_use]
    pub fn after(
        &self,
        attempt: u32,
        asked: Option<Duration>,
        remaining: Duration,
        random: f64,
    ) -> Next {
        if attempt >= self.attempts {
            return Next::GiveUp;
        }
        let wait = if let Some(asked) = asked {
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
#[must_use]
pub fn retry_after(header: &str, now: Timestamp) -> Option<Duration> {
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
