//! The stand-in's time: the machine's, or a fixed one that a test moves on.

use jiff::{SignedDuration, Timestamp};

/// Tells the time; only ever moves forward by what it is told, or with the machine's clock.
#[derive(Debug, Clone, Default)]
pub(crate) struct Clock {
    fixed: Option<Timestamp>,
    ahead: SignedDuration,
}

impl Clock {
    pub(crate) fn fixed_at(moment: Timestamp) -> Self {
        Self {
            fixed: Some(moment),
            ahead: SignedDuration::ZERO,
        }
    }

    pub(crate) fn now(&self) -> Timestamp {
        let base = self.fixed.unwrap_or_else(Timestamp::now);
        base.saturating_add(self.ahead).unwrap_or(Timestamp::MAX)
    }

    pub(crate) fn advance(&mut self, by: SignedDuration) {
        self.ahead = self.ahead.saturating_add(by);
    }
}
