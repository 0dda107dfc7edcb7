//! One-way sync from EvalAI to a challenge's GitHub repository.
//!
//! The rooms, and the way of the data between them, are described in
//! `ARCHITECTURE.md`. Arrows point one way: `cli` -> `sync` ->
//! {`evalai`, `repository`, `github`, `report`} -> `challenge` -> `yaml`.

pub mod action;
pub mod backoff;
pub mod challenge;
pub mod cli;
pub mod doctor;
pub mod evalai;
pub mod github;
pub mod report;
pub mod repository;
pub mod secret;
pub mod setup;
pub mod sync;
pub mod watch;
pub mod yaml;
