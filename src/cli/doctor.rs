//! `evalai-sync doctor`: what keeps the sync from working, looked at in turn.

use std::io::{self, Write as _};
use std::path::Path;
use std::process::ExitCode;

use anyhow::Result;
use clap::{Arg, ArgAction, ArgMatches, Command};

use super::checkup;
use super::ground::{Out, mask_given, remote, speaking};
use crate::action::{self, Environment, Settings, process_variable};
use crate::doctor::{examine, is_well, tell};
use crate::repository::git::Workspace;

/// The inputs of the sync that are flags here, too.
const INPUTS: [&str; 7] = [
    "auth-token",
    "evalai-token",
    "host-config",
    "config",
    "challenge-id",
    "branch",
    "record-ref",
];

/// The subcommand.
pub(super) fn command() -> Command {
    Command::new("doctor")
        .about("Check all that a sync depends on, and say how to mend what is wrong; nothing is written")
        .args(action::flags(&INPUTS))
        .args(action::places())
        .arg(
            Arg::new("json")
                .long("json")
                .action(ArgAction::SetTrue)
                .help("Tell the findings as JSON, for programs"),
        )
}

/// Examines the repository.
pub(super) fn doctor(flags: &ArgMatches) -> ExitCode {
    let environment = Environment::read(flags, process_variable, Path::exists);
    speaking(&environment, |console| {
        perform(flags, &environment, console)
    })
}

fn perform(flags: &ArgMatches, environment: &Environment, console: &mut Out<'_>) -> Result<bool> {
    let settings = Settings::read(flags, process_variable)?;
    mask_given(console, &settings);
    let workspace = Workspace::open(&environment.workspace)?;
    let remote = remote(&workspace, environment)?;
    let facts = checkup::gather(&settings, environment, workspace, &remote)?;
    for host in [&facts.host_config, &facts.token].into_iter().flatten() {
        console.mask(&host.token);
    }
    let findings = examine(&facts);
    if flags.get_flag("json") {
        let text = console.hide(&tell::json(&findings));
        io::stdout().write_all(text.as_bytes())?;
    } else {
        for line in tell::lines(&findings) {
            console.say_spans(&line);
        }
    }
    Ok(is_well(&findings))
}
