//! The stand-in over HTTP: as a real server was recorded, and in what its clients' tests rely on.

#![expect(
    clippy::unwrap_used,
    reason = "a test ends where something is not as it should be"
)]

mod behaviour;
mod client;
mod compare;
mod pushes;
mod refusals;
mod replay;
mod repository;
mod repushes;
mod snapshot;
