//! The client for EvalAI against a server that misbehaves in every way a server can, and
//! against answers recorded from a real EvalAI.

#![allow(
    clippy::panic,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "allowed in tests, and all of this serves tests"
)]

mod downloads;
mod faults;
mod locating;
mod recorded;
mod server;
mod snapshot;

/// Ids that leave nothing to be resolved.
fn known() -> evalai_sync::evalai::Ids {
    evalai_sync::evalai::Ids {
        splits: (1..100).map(|id| (id, 1)).collect(),
        leaderboards: (1..100).map(|id| (id, 1)).collect(),
        dataset_splits: (1..100).map(|id| (id, 1)).collect(),
    }
}
