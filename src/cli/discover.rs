//! `evalai-sync discover`: the host team's challenges, for the matrix of a workflow that syncs all of them.

use std::io::{self, IsTerminal as _, Write};
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context as _, Result};
use clap::{Arg, ArgAction, ArgMatches, Command};
use serde::Serialize;

use super::ground::{client, face, failure, host_config, mask_given, runtime};
use crate::action::{
    self, Annotation, Console, Environment, Level, Settings, process_variable, write_challenges,
};
use crate::evalai::{Challenge, challenges_of};
use crate::github::dispatch::is_repository;

/// The inputs that are flags here, too.
const INPUTS: [&str; 2] = ["evalai-token", "host-config"];

/// How long EvalAI may take.
const PATIENCE: Duration = Duration::from_mins(1);

/// How many jobs GitHub makes of one matrix.
const MATRIX: usize = 256;

/// The subcommand.
pub(super) fn command() -> Command {
    Command::new("discover")
        .about("List the host team's challenges as JSON for a workflow's matrix")
        .args(action::flags(&INPUTS))
        .args(action::places())
        .arg(
            Arg::new("pretty")
                .long("pretty")
                .action(ArgAction::SetTrue)
                .help("Show a table for people, as in a terminal"),
        )
}

/// One challenge, as a matrix takes it.
#[derive(Debug, PartialEq, Eq, Serialize)]
struct Entry<'a> {
    id: u64,
    title: &'a str,
    /// `owner/name`.
    repository: &'a str,
    /// What EvalAI names; empty if it names none, which `actions/checkout` takes for the default branch.
    branch: &'a str,
}

/// Lists the challenges on standard output, and in the output `challenges`.
pub(super) fn discover(flags: &ArgMatches) -> ExitCode {
    let environment = Environment::read(flags, process_variable, Path::exists);
    // Programs read standard output; what is for people goes beside it.
    let face = face(&environment, io::stderr().is_terminal());
    let mut console = Console::new(io::stderr().lock(), face);
    let told = perform(flags, &environment, &mut console);
    if let Err(error) = &told {
        console.annotate(&failure(error));
    }
    match (told, console.finish()) {
        (Ok(()), Ok(())) => ExitCode::SUCCESS,
        _ => ExitCode::FAILURE,
    }
}

fn perform<W: Write>(
    flags: &ArgMatches,
    environment: &Environment,
    console: &mut Console<W>,
) -> Result<()> {
    let settings = Settings::read(flags, process_variable)?;
    mask_given(console, &settings);
    let host = host_config(&settings, environment, console)?;
    let client = client(&host, PATIENCE, environment)?;
    let runtime = runtime()?;
    let challenges = runtime.block_on(challenges_of(&client, host.team_pk))?;
    let (entries, skipped) = sort(&challenges);
    for text in skipped {
        console.annotate(&Annotation::new(Level::Notice, text));
    }
    if entries.len() > MATRIX {
        let text = format!(
            "There are {} challenges, and GitHub takes a matrix of at most {MATRIX} jobs: split the list.",
            entries.len()
        );
        console.annotate(&Annotation::new(Level::Warning, text));
    }
    let json = console.hide(&serde_json::to_string(&entries)?);
    if let Some(file) = &environment.output {
        write_challenges(file, &json).context("the outputs cannot be written")?;
    }
    let mut out = io::stdout().lock();
    if flags.get_flag("pretty") || out.is_terminal() {
        let mut people = Console::new(out, face(environment, false));
        for line in table(&entries) {
            people.say(&console.hide(&line));
        }
        people.finish()?;
    } else {
        writeln!(out, "{json}")?;
    }
    Ok(())
}

/// The challenges that can be synced, by id, and why the others cannot.
fn sort(challenges: &[Challenge]) -> (Vec<Entry<'_>>, Vec<String>) {
    let mut entries = Vec::new();
    let mut skipped = Vec::new();
    for challenge in challenges {
        let (id, repository) = (challenge.id, challenge.repository.as_str());
        if repository.is_empty() {
            skipped.push(format!(
                "Challenge {id} is skipped: it names no repository on EvalAI, since it was never pushed from one."
            ));
        } else if is_repository(repository) {
            entries.push(Entry {
                id,
                title: &challenge.title,
                repository,
                branch: &challenge.branch,
            });
        } else {
            skipped.push(format!(
                "Challenge {id} is skipped: {repository:?}, which it names on EvalAI, is no repository of GitHub's (owner/name)."
            ));
        }
    }
    entries.sort_by_key(|entry| entry.id);
    (entries, skipped)
}

/// A line for each, in columns.
fn table(entries: &[Entry<'_>]) -> Vec<String> {
    let widest = |text: fn(&Entry<'_>) -> usize| entries.iter().map(text).max().unwrap_or_default();
    let ids = widest(|entry| entry.id.to_string().len());
    let repositories = widest(|entry| entry.repository.len());
    let branches = widest(|entry| entry.branch.chars().count());
    let lines = entries.iter().map(|entry| {
        format!(
            "{:>ids$}  {:repositories$}  {:branches$}  {}",
            entry.id, entry.repository, entry.branch, entry.title
        )
    });
    lines.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn challenge(id: u64, repository: &str, branch: &str) -> Challenge {
        Challenge {
            id,
            title: format!("Challenge \"{id}\""),
            repository: repository.into(),
            branch: branch.into(),
            queue: String::new(),
            object: serde_json::Map::new(),
        }
    }

    #[test]
    fn what_can_be_synced_is_listed_by_id_and_the_rest_is_told() {
        let challenges = [
            challenge(10, "o/b", ""),
            challenge(7, "", ""),
            challenge(3, "../../admin", "main"),
            challenge(2, "o/a", "2026"),
        ];
        let (entries, skipped) = sort(&challenges);
        assert_eq!(
            serde_json::to_string(&entries).unwrap(),
            r#"[{"id":2,"title":"Challenge \"2\"","repository":"o/a","branch":"2026"},{"id":10,"title":"Challenge \"10\"","repository":"o/b","branch":""}]"#
        );
        assert!(skipped[0].starts_with("Challenge 7 is skipped: it names no repository"));
        assert!(skipped[1].starts_with("Challenge 3 is skipped: \"../../admin\""));
        assert_eq!(
            table(&entries),
            [
                " 2  o/a  2026  Challenge \"2\"",
                "10  o/b        Challenge \"10\""
            ]
        );
    }
}
