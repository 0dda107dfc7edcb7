//! What is fuzzed. See `scripts/fuzz`.

pub mod targets;
