//! Edits of real configurations: exactly what changed on EvalAI changes, and nothing else.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "test code"
)]

mod additions;
mod edits;
mod memory;
mod new_entries;
mod others;
mod styles;
