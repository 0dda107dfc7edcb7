//! `evalai-sync doctor`: what keeps the sync from working, looked at in turn.

use std::io::{self, IsTerminal as _, Write as _};
use std::path::Path;
use std::process::ExitCode;

use anyhow::Result;
use clap::{Arg, ArgAction, ArgMatches, Command};

use super::checkup;
use super::ground::{failure, remote};
use crate::action::{self, Console, Environment, Face, Settings, process_variable};
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
    let stdout = io::stdout();
    let no_color = process_variable("NO_COLOR").is_some();
    let face = Face::of(&environment, stdout.is_terminal(), no_color);
    let mut console = Console::new(stdout.lock(), face);
    let examined = perform(flags, &environment, &mut console);
    if let Err(error) = &examined {
        console.annotate(&failure(error));
    }
    match (examined, console.finish()) {
        (Ok(true), Ok(())) => ExitCode::SUCCESS,
        _ => ExitCode::FAILURE,
    }
}

fn perform(
    flags: &ArgMatches,
    environment: &Environment,
    console: &mut Console<io::StdoutLock<'_>>,
) -> Result<bool> {
    let settings = Settings::read(flags, process_variable)?;
    for secret in [&settings.auth_token, &settings.evalai_token]
        .into_iter()
        .flatten()
    {
        console.mask(secret);
    }
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
