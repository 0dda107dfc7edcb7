//! The challenge repository: its layout, its files, the record, local git.

pub mod git;
pub mod host_config;
