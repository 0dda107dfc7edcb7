//! Staying below EvalAI's rate limit, which the host's own browsing shares.
//!
//! EvalAI allows a user 60 requests in any minute, whatever credentials they
//! come with. A full reading of a large challenge takes more than that, and
//! must leave some for the person who has EvalAI open in a browser.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::{Instant, sleep};

/// The most requests in any [`WINDOW`]: ten less than EvalAI allows.
const MOST: usize = 50;

/// The time over which EvalAI counts, and a second more for clocks that differ.
const WINDOW: Duration = Duration::from_secs(61);

/// When requests were sent, or will be.
#[derive(Debug)]
pub(super) struct Pace {
    most: usize,
    turns: Mutex<VecDeque<Instant>>,
}

impl Default for Pace {
    fn default() -> Self {
        Self::of(MOST)
    }
}

impl Pace {
    /// At most so many requests in any [`WINDOW`].
    pub(super) fn of(most: usize) -> Self {
        Self {
            most,
            turns: Mutex::default(),
        }
    }

    /// Waits until another request may be sent, but not longer than `most`:
    /// then it is for EvalAI to refuse.
    pub(super) async fn turn(&self, most: Duration) {
        let now = Instant::now();
        let turn = {
            let mut turns = self.turns.lock().unwrap_or_else(PoisonError::into_inner);
            next(&mut turns, self.most, now)
        };
        let wait = turn.saturating_duration_since(now);
        if wait > Duration::from_secs(1) {
            tracing::info!(
                "waiting {} s, so as to stay below EvalAI's rate limit",
                wait.as_secs()
            );
        }
        sleep(wait.min(most)).await;
    }
}

/// The time of the next request, which is noted among `turns`.
fn next(turns: &mut VecDeque<Instant>, most: usize, now: Instant) -> Instant {
    let earliest = match turns.len().checked_sub(most) {
        Some(index) => turns[index] + WINDOW,
        None => now,
    };
    let turn = earliest.max(now);
    turns.push_back(turn);
    while turns.len() > most {
        turns.pop_front();
    }
    turn
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_minute_sees_more_than_fifty_requests() {
        let start = Instant::now();
        let mut turns = VecDeque::new();
        let times: Vec<Duration> = (0..175)
            .map(|_| next(&mut turns, MOST, start) - start)
            .collect();
        assert!(
            times[..MOST].iter().all(Duration::is_zero),
            "a routine poll never waits"
        );
        for (index, time) in times.iter().enumerate() {
            let minute =
                |other: &&Duration| **other >= *time && **other < *time + Duration::from_mins(1);
            let count = times.iter().filter(minute).count();
            assert!(count <= MOST, "{count} from request {index} on");
        }
        assert_eq!(times[174], WINDOW * 3);
    }

    #[test]
    fn a_quiet_minute_is_forgotten() {
        let start = Instant::now();
        let mut turns = VecDeque::new();
        for _ in 0..MOST {
            next(&mut turns, MOST, start);
        }
        let later = start + WINDOW;
        assert_eq!(next(&mut turns, MOST, later), later);
    }

    #[tokio::test(start_paused = true)]
    async fn the_time_budget_goes_before_the_pace() {
        let pace = Pace::default();
        let start = Instant::now();
        for _ in 0..MOST {
            pace.turn(Duration::MAX).await;
        }
        pace.turn(Duration::from_secs(5)).await;
        assert_eq!(start.elapsed(), Duration::from_secs(5));
        pace.turn(Duration::MAX).await;
        assert_eq!(start.elapsed(), WINDOW);
    }
}
