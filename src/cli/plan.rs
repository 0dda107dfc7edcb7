//! `evalai-sync plan`: what a sync would do, without doing it.

use std::io::{self, IsTerminal as _, Write};
use std::path::Path;
use std::process::ExitCode;
use std::time::Instant;

use anyhow::Result;
use clap::{Arg, ArgAction, ArgMatches, Command};

use super::ground::{face, failure, width};
use super::sync;
use crate::action::{self, Console, Environment, Event, Mode, Settings, process_variable};
use crate::report::{json, log, preview};
use crate::sync::abstain::Ended;

/// The inputs that matter where nothing is written.
const INPUTS: [&str; 15] = [
    "auth-token",
    "evalai-token",
    "host-config",
    "config",
    "challenge-id",
    "branch",
    "first-sync",
    "record-ref",
    "full",
    "fields",
    "strategy",
    "strategies",
    "include",
    "max-file-size",
    "time-budget",
];

/// The exit code if a sync would change something.
const WOULD_CHANGE: u8 = 2;

/// The subcommand.
pub(super) fn command() -> Command {
    let json = Arg::new("json")
        .long("json")
        .action(ArgAction::SetTrue)
        .help("Print the report for programs, as docs/report.schema.json describes it");
    Command::new("plan")
        .about("Tell what a sync would do; exit code 0: no change, 2: some, 1: an error")
        .args(action::flags(&INPUTS))
        .args(action::places())
        .arg(json)
}

/// Tells what a sync would do.
pub(super) fn plan(flags: &ArgMatches) -> ExitCode {
    let started = Instant::now();
    let environment = Environment::read(flags, process_variable, Path::exists);
    let is_json = flags.get_flag("json");
    // Programs read standard output; what is for people goes beside it.
    let (out, is_terminal): (Box<dyn Write>, bool) = if is_json {
        (Box::new(io::stderr()), io::stderr().is_terminal())
    } else {
        (Box::new(io::stdout().lock()), io::stdout().is_terminal())
    };
    let mut console = Console::new(out, face(&environment, is_terminal));
    let told = perform(flags, &environment, started, &mut console).and_then(|ended| {
        if is_json {
            let report = match &ended {
                Ended::Done(outcome) => json::report(outcome),
                Ended::Abstained(abstention) => json::abstention(abstention),
            };
            let report = console.hide(&format!("{report:#}\n"));
            io::stdout().write_all(report.as_bytes())?;
        } else {
            tell(&ended, &mut console);
        }
        Ok(ended)
    });
    if let Err(error) = &told {
        console.annotate(&failure(error));
    }
    match (told, console.finish()) {
        (Ok(Ended::Done(outcome)), Ok(())) if !outcome.files.is_empty() => {
            ExitCode::from(WOULD_CHANGE)
        }
        (Ok(_), Ok(())) => ExitCode::SUCCESS,
        _ => ExitCode::FAILURE,
    }
}

fn perform<W: Write>(
    flags: &ArgMatches,
    environment: &Environment,
    started: Instant,
    console: &mut Console<W>,
) -> Result<Ended> {
    let settings = Settings {
        mode: Mode::DryRun,
        ..Settings::read(flags, process_variable)?
    };
    let event = Event::read(environment)?;
    sync::perform(settings, event, environment, started, console).map(|(ended, _)| ended)
}

fn tell<W: Write>(ended: &Ended, console: &mut Console<W>) {
    let outcome = match ended {
        Ended::Done(outcome) => outcome,
        Ended::Abstained(abstention) => return console.say(&abstention.to_string()),
    };
    for line in preview::table(outcome, width()) {
        console.say_spans(&line);
    }
    for note in &outcome.notes {
        log::annotate(console, note);
    }
}
