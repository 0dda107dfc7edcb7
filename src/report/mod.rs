//! What a person reads afterwards: notes, the log, the job summary.

pub mod excerpt;
pub mod export;
pub mod history;
pub mod json;
pub mod log;
pub mod markdown;
pub mod page;
pub mod preview;
pub mod proposal;
pub mod status;
pub mod summary;
pub mod trouble;
pub mod words;
