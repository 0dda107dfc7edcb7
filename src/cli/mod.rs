//! The commands: what the process is asked to do, done, and told.

mod checkup;
mod discover;
mod dispatch;
mod doctor;
mod file;
mod ground;
mod init;
mod issue;
mod log;
mod panic;
mod plan;
mod status;
mod stop;
mod survey;
mod sync;
mod watch;

use std::path::Path;
use std::process::ExitCode;

use clap::{ArgMatches, Command};

pub use panic::tell_panics;

use crate::action::{self, Environment, TracingError, process_variable};

/// The command line.
#[must_use]
pub fn command() -> Command {
    Command::new("evalai-sync")
        .version(env!("CARGO_PKG_VERSION"))
        .about("Keeps an EvalAI challenge's GitHub repository equal to what EvalAI holds")
        .subcommand_required(true)
        .arg_required_else_help(true)
        .subcommand(action::command())
        .subcommand(doctor::command())
        .subcommand(init::command())
        .subcommand(plan::command())
        .subcommand(log::command())
        .subcommand(status::command())
        .subcommand(dispatch::command())
        .subcommand(discover::command())
        .subcommand(watch::command())
}

/// Starts the diagnostic log on standard error, once in a process.
///
/// # Errors
/// If `RUST_LOG` does not read, or the log was started before.
pub fn start_tracing(matches: &ArgMatches) -> Result<(), TracingError> {
    let flags = matches.subcommand().map_or(matches, |(_, flags)| flags);
    action::start_tracing(&Environment::read(flags, process_variable, Path::exists))
}

/// Does what the command line asks. 0 if all is well, 1 if not; each command says what else there is.
#[must_use]
pub fn execute(matches: &ArgMatches) -> ExitCode {
    match matches.subcommand() {
        Some(("sync", flags)) => sync::sync(flags),
        Some(("doctor", flags)) => doctor::doctor(flags),
        Some(("init", flags)) => init::init(flags),
        Some(("plan", flags)) => plan::plan(flags),
        Some(("log", flags)) => log::log(flags),
        Some(("status", flags)) => status::status(flags),
        Some(("dispatch", flags)) => dispatch::dispatch(flags),
        Some(("discover", flags)) => discover::discover(flags),
        Some(("watch", flags)) => watch::watch(flags),
        _ => ExitCode::FAILURE,
    }
}
