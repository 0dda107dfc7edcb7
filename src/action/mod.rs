//! The GitHub Actions runtime: what a run is told (inputs, environment) and
//! where it speaks (log, outputs, job summary).
//!
//! Outside Actions the same options are flags and the same words go to a
//! terminal; nothing else differs. All parsing and formatting is pure: the
//! environment comes in as a lookup, the log goes out to any writer.

mod annotation;
mod console;
mod diagnostics;
mod environment;
mod event;
mod inert;
mod inputs;
mod masks;
mod outputs;
mod pull_requests;
mod report_file;
mod settings;
mod span;
mod strategy;
mod summary;
mod template;

pub use annotation::{Annotation, Level};
pub use console::{Console, Face};
pub use diagnostics::{TracingError, start_tracing};
pub use environment::{Environment, Run, process_variable};
pub use event::{CHALLENGE_UPDATED, Dispatch, Event, EventError};
pub use inert::{inert, is_active};
pub use inputs::{COMMAND, INPUTS, Input, Kind, command, flags, places};
pub use outputs::{OUTPUTS, Output, Outputs, RunResult, write_challenges};
pub use pull_requests::PullRequests;
pub use report_file::{write_report, write_status_page};
pub use settings::{CommitVia, FailOn, FirstSync, Mode, OnProtected, Settings, SettingsError};
pub use span::{Look, Span};
pub use strategy::{Rules, Strategies, Strategy, Winner};
pub use summary::{SUMMARY_LIMIT, append_summary};
pub use template::{Placeholder, Template, TemplateError};
