//! Watching a host team's challenges: EvalAI sends no word of an edit, so it is asked, and each
//! repository whose challenge changed gets a dispatch.
//!
//! `schedule` decides what to ask when, `fingerprint` what counts as a change, `ledger` who has
//! to be told; all of them are pure. `state` keeps what was told in a file, `run` asks and sends.

mod ask;
mod fingerprint;
mod ledger;
mod run;
mod schedule;
mod state;

pub use run::{Watch, WatchError, watch};
pub use state::{StateError, StateFile};
