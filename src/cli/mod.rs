//! The commands: what the process is asked to do, done, and told.

mod sync;

use std::process::ExitCode;

use clap::{ArgMatches, Command};

use crate::action;

/// The command line.
#[must_use]
pub fn command() -> Command {
    Command::new("evalai-sync")
        .version(env!("CARGO_PKG_VERSION"))
        .about("Keeps an EvalAI challenge's GitHub repository equal to what EvalAI holds")
        .subcommand_required(true)
        .arg_required_else_help(true)
        .subcommand(action::command())
}

/// Does what the command line asks. 0 if all is well, 1 if not.
#[must_use]
pub fn execute(matches: &ArgMatches) -> ExitCode {
    match matches.subcommand() {
        Some(("sync", flags)) => sync::sync(flags),
        _ => ExitCode::FAILURE,
    }
}
