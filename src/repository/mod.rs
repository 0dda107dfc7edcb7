//! (room: repository)

pub mod git;
