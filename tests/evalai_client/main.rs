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
