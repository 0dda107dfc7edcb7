//! EvalAI's rate limits: 60 requests a minute for a user, 100 for those who show no credentials.
//!
//! A request that was refused does not count, so waiting is always enough.

use std::collections::{HashMap, VecDeque};

use jiff::{SignedDuration, Timestamp};

const WINDOW: SignedDuration = SignedDuration::from_secs(60);

/// Which requests share a limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Bucket {
    /// One user, whichever credential was shown.
    User(u64),
    /// All without credentials, at endpoints that limit users too.
    Anonymous,
    /// All without credentials, at endpoints that limit nobody else.
    Visitor,
}

impl Bucket {
    const fn limit(self) -> usize {
        match self {
            Self::User(_) | Self::Anonymous => 60,
            Self::Visitor => 100,
        }
    }
}

/// The requests of the last minute, by bucket.
#[derive(Debug, Default)]
pub(crate) struct Throttle {
    admitted: HashMap<Bucket, VecDeque<Timestamp>>,
}

impl Throttle {
    /// Counts a request, or tells after how many whole seconds it may come again.
    pub(crate) fn admit(&mut self, bucket: Bucket, now: Timestamp) -> Result<(), i64> {
        let times = self.admitted.entry(bucket).or_default();
        while times
            .front()
            .is_some_and(|first| now.duration_since(*first) >= WINDOW)
        {
            times.pop_front();
        }
        match times.front() {
            Some(first) if times.len() >= bucket.limit() => {
                let wait = WINDOW - now.duration_since(*first);
                Err(wait.as_secs() + i64::from(wait.subsec_nanos() > 0))
            }
            _ => {
                times.push_back(now);
                Ok(())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(milliseconds: i64) -> Timestamp {
        Timestamp::from_millisecond(milliseconds).unwrap()
    }

    #[test]
    fn the_sixty_first_request_within_a_minute_waits_for_the_first_to_age() {
        let mut throttle = Throttle::default();
        let user = Bucket::User(1);
        for request in 0..60 {
            assert_eq!(
                throttle.admit(user, at(request * 10)),
                Ok(()),
                "request {request}"
            );
        }
        assert_eq!(throttle.admit(user, at(1_000)), Err(59));
        assert_eq!(
            throttle.admit(user, at(1_001)),
            Err(59),
            "a refused request does not extend the wait"
        );
        assert_eq!(throttle.admit(user, at(59_999)), Err(1));
        assert_eq!(throttle.admit(user, at(60_000)), Ok(()));
        assert_eq!(throttle.admit(user, at(60_005)), Err(1));
        assert_eq!(throttle.admit(user, at(60_010)), Ok(()));
    }

    #[test]
    fn users_do_not_share_a_bucket_with_each_other_or_with_visitors() {
        let mut throttle = Throttle::default();
        for _ in 0..60 {
            throttle.admit(Bucket::User(1), at(0)).unwrap();
        }
        assert_eq!(throttle.admit(Bucket::User(1), at(0)), Err(60));
        assert_eq!(throttle.admit(Bucket::User(2), at(0)), Ok(()));
        for _ in 0..100 {
            throttle.admit(Bucket::Visitor, at(0)).unwrap();
        }
        assert_eq!(throttle.admit(Bucket::Visitor, at(3_500)), Err(57));
        assert_eq!(throttle.admit(Bucket::Anonymous, at(3_500)), Ok(()));
    }
}
