//! Asking the remote again, if it may answer a moment later.

use std::thread::sleep;
use std::time::Duration;

use crate::backoff::{Backoff, Next};

/// Four times at most, like a request to GitHub's API, but within a few seconds.
const BACKOFF: Backoff = Backoff {
    base: Duration::from_millis(500),
    cap: Duration::from_secs(4),
    attempts: 4,
};

/// Does `attempt`, which is told its number (from 1), again for as long as what it fails of may
/// `pass`. It blocks; whoever has a time budget waits no longer than that.
pub(super) fn patiently<T, E: std::fmt::Display>(
    may_pass: impl Fn(&E) -> bool,
    mut attempt: impl FnMut(u32) -> Result<T, E>,
) -> Result<T, E> {
    let mut number = 1;
    loop {
        let error = match attempt(number) {
            Err(error) if may_pass(&error) => error,
            done => return done,
        };
        let Next::Wait(wait) = BACKOFF.after(number, None, Duration::MAX, fastrand::f64()) else {
            return Err(error);
        };
        tracing::debug!("{error} It is asked again in {} ms.", wait.as_millis());
        sleep(wait);
        number += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::patiently;

    #[test]
    fn what_may_pass_is_tried_four_times_and_anything_else_once() {
        for (may_pass, heals_at, tries, ends_well) in [
            (true, 3, 3, true),
            (true, 9, 4, false),
            (false, 3, 1, false),
            (false, 1, 1, true),
        ] {
            let mut tried = 0;
            let done = patiently(
                |_| may_pass,
                |number| {
                    tried = number;
                    if number >= heals_at {
                        Ok(())
                    } else {
                        Err("down")
                    }
                },
            );
            assert_eq!((tried, done.is_ok()), (tries, ends_well));
        }
    }
}
