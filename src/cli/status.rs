//! `evalai-sync status`: how a challenge stands, in a terminal or as a page.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::mpsc;
use std::time::Instant;

use anyhow::{Context as _, Result, bail};
use clap::{Arg, ArgMatches, Command};
use jiff::Timestamp;

use super::ground::{Out, speaking};
use super::log::history;
use super::sync::perform;
use crate::action::{
    self, Console, Environment, Event, Face, INPUTS, Mode, Settings, process_variable,
};
use crate::report::log;
use crate::report::page::page;
use crate::report::status::{self as report, Status};
use crate::repository::history::Sync;
use crate::sync::outcome::Outcome;

/// The flag that names the page's file.
const HTML: &str = "html";

/// The inputs that matter to writing only.
const WRITING: [&str; 9] = [
    "mode",
    "skip-ci",
    "commit-via",
    "committer-name",
    "committer-email",
    "commit-message",
    "fail-on",
    "status-page",
    "report-issue",
];

/// The subcommand.
pub(super) fn command() -> Command {
    let names = INPUTS.iter().map(|input| input.name);
    let names: Vec<_> = names.filter(|name| !WRITING.contains(name)).collect();
    Command::new("status")
        .about("Tell how the challenge stands: each field's state, the syncs so far, what the next run will do")
        .arg(
            Arg::new(HTML)
                .long(HTML)
                .value_name("FILE")
                .value_parser(clap::value_parser!(PathBuf))
                .help("Write it as one self-contained page"),
        )
        .args(action::flags(&names))
        .args(action::places())
}

/// Tells how the challenge that `flags` and the environment name stands. Nothing is written
/// but the page.
pub(super) fn status(flags: &ArgMatches) -> ExitCode {
    let started = Instant::now();
    let environment = Environment::read(flags, process_variable, Path::exists);
    speaking(&environment, |console| {
        tell(flags, &environment, started, console).map(|()| true)
    })
}

fn tell(
    flags: &ArgMatches,
    environment: &Environment,
    started: Instant,
    console: &mut Out<'_>,
) -> Result<()> {
    let settings = Settings::read(flags, process_variable)?;
    let seen = look(settings, environment, started, console)?;
    let status = seen.status(environment);
    for note in &seen.outcome.notes {
        log::annotate(console, note);
    }
    for line in report::lines(&status) {
        console.say_spans(&line);
    }
    if let Some(file) = flags.get_one::<PathBuf>(HTML) {
        let name = file.display();
        let html = console.hide(&page(&status));
        std::fs::write(file, html).with_context(|| format!("{name} cannot be written"))?;
        console.say(&format!("Page: {name}"));
    }
    Ok(())
}

/// The page that tells how the challenge of a run with these `settings` stands after it.
/// What is left until `end` is all the time that it may take.
pub(super) fn page_after(
    settings: Settings,
    environment: &Environment,
    end: Instant,
) -> Result<String> {
    let (budget, environment) = (settings.time_budget, environment.clone());
    let (tell, told) = mpsc::channel();
    // A git operation that hangs must not keep the process.
    std::thread::spawn(move || tell.send(draw(settings, &environment)));
    match told.recv_timeout(end.saturating_duration_since(Instant::now())) {
        Ok(page) => page,
        Err(_) => bail!(
            "the time budget of {} seconds (`time-budget`) is spent",
            budget.as_secs()
        ),
    }
}

fn draw(settings: Settings, environment: &Environment) -> Result<String> {
    // The run has said all there is to say.
    let mut console = Console::new(io::sink(), Face::Terminal { colour: false });
    let seen = look(settings, environment, Instant::now(), &mut console)?;
    Ok(console.hide(&page(&seen.status(environment))))
}

/// What a status is made of.
struct Seen {
    outcome: Outcome,
    expires: Option<Timestamp>,
    syncs: Vec<Sync>,
}

impl Seen {
    fn status<'a>(&'a self, environment: &'a Environment) -> Status<'a> {
        Status {
            outcome: &self.outcome,
            syncs: &self.syncs,
            expires: self.expires,
            now: Timestamp::now(),
            server: &environment.server_url,
        }
    }
}

fn look<W: Write>(
    settings: Settings,
    environment: &Environment,
    started: Instant,
    console: &mut Console<W>,
) -> Result<Seen> {
    let mut settings = settings;
    settings.mode = Mode::DryRun;
    // How the challenge stands does not depend on what somebody hints at.
    let event = Event {
        dispatch: None,
        ..Event::read(environment)?
    };
    let (ended, expires) = perform(settings.clone(), event, environment, started, console)?;
    let outcome = ended.done()?;
    let found = history(&settings, environment, Some(outcome.challenge_id))?;
    Ok(Seen {
        outcome,
        expires,
        syncs: found.syncs,
    })
}
