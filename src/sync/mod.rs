//! The sync itself: [`plan`] decides, [`apply`] edits in memory, and what
//! comes of it is committed and pushed.
//!
//! `decision`, `plan` and `apply` are pure: they know neither HTTP nor git.

pub mod abstain;
pub mod apply;
mod blocking;
pub mod branch;
pub mod choices;
pub mod config;
pub mod decision;
mod find;
mod import;
pub mod media;
mod merge;
mod message;
pub mod note;
pub mod obstacle;
pub mod outcome;
mod overridden;
pub mod plan;
mod proposal;
pub mod propose;
mod publish;
mod pull_request;
mod races;
mod read;
mod recording;
pub mod records;
mod remarks;
mod round;
pub mod run;
mod settle;
