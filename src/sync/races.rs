//! Lost races: how often a run tries again.

use std::time::{Duration, Instant};

use anyhow::{Result, bail};

use super::settle::Task;

/// How often a push may fail as if another had come first while nothing moves on the remote.
const STUCK: u32 = 6;

/// How often other pushes came first.
#[derive(Default)]
pub(super) struct Races {
    /// So often.
    pub(super) lost: u32,
    /// So often in a row although nothing had moved.
    stuck: u32,
}

impl Races {
    /// Counts a lost race, and waits a moment.
    pub(super) async fn pause(&mut self, task: &Task) -> Result<()> {
        self.lost += 1;
        if Instant::now() >= task.choices.deadline {
            bail!(
                "other pushes came first {} times, and the time budget is spent: nothing was written by the last try; the next run tries again",
                self.lost
            );
        }
        tokio::time::sleep(pause(self.lost)).await;
        Ok(())
    }

    /// Counts how often nothing `moved` although a race was lost.
    pub(super) fn saw(&mut self, moved: bool, task: &Task) -> Result<()> {
        self.stuck = if moved { 0 } else { self.stuck + 1 };
        if self.stuck == STUCK {
            bail!(
                "the remote refused {STUCK} times to move the branch {} or the record {}, though nobody else moved them: a push that is still under way, or one that died there, holds the lock of one of them. The next run tries again; a lock that stays is a file named after the ref, with `.lock` at its end, and has to be removed on the server",
                task.branch,
                task.record_ref
            );
        }
        Ok(())
    }
}

/// How long to wait before trying again after `lost` lost races.
fn pause(lost: u32) -> Duration {
    let most = 200_u64 << lost.min(5);
    Duration::from_millis(fastrand::u64(most / 4..=most))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pause_grows_with_the_races_lost_up_to_a_limit_and_differs_each_time() {
        for (lost, most) in [(1, 400), (2, 800), (5, 6_400), (6, 6_400), (1_000, 6_400)] {
            let pauses: Vec<_> = (0..1_000).map(|_| pause(lost).as_millis()).collect();
            let (least, longest) = (pauses.iter().min(), pauses.iter().max());
            assert!(least.is_some_and(|&least| (most / 4..most / 2).contains(&least)));
            assert!(longest.is_some_and(|&longest| (most / 2..=most).contains(&longest)));
        }
    }
}
