//! `evalai-sync log`: what every sync did, from the record's history.

use std::fmt::Display;
use std::io::{self, Write as _};
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Result, bail};
use clap::{Arg, ArgMatches, Command};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::Offset;

use super::ground::{Out, remote, speaking, width};
use crate::action::{self, Environment, Settings, SettingsError, process_variable};
use crate::challenge::date;
use crate::challenge::pattern::Patterns;
use crate::report::{export, history as report};
use crate::repository::git::{Credentials, Refs, Scratch, Workspace};
use crate::repository::history::{self, Filter, Sync};
use crate::repository::store::RecordRefs;
use crate::sync::records::record_refs;

/// The inputs that are flags here, too.
const INPUTS: [&str; 3] = ["auth-token", "challenge-id", "record-ref"];

/// The subcommand.
pub(super) fn command() -> Command {
    let flag = |name: &'static str, value: &'static str, help: &'static str| {
        Arg::new(name).long(name).value_name(value).help(help)
    };
    Command::new("log")
        .about("Tell what every sync did: when, by whom, which fields, from what to what")
        .args(action::flags(&INPUTS))
        .args(action::places())
        .args([
            flag(
                "field",
                "PATTERN",
                "Only these fields, such as title or phases.*.end_date",
            ),
            flag(
                "phase",
                "ID",
                "Only this phase, by its id in the configuration",
            ),
            flag(
                "since",
                "TIME",
                "Nothing before this date, or date and time; UTC unless it says otherwise",
            ),
            flag(
                "until",
                "TIME",
                "Nothing after this date (which is included), or this date and time",
            ),
            flag("limit", "NUMBER", "Only so many syncs, the newest"),
            flag("format", "FORMAT", "table, json or csv [default: table]"),
        ])
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Format {
    Table,
    Json,
    Csv,
}

/// What is asked.
struct Asked {
    filter: Filter,
    limit: usize,
    format: Format,
}

/// Tells the history that `flags` and the environment ask for.
pub(super) fn log(flags: &ArgMatches) -> ExitCode {
    let environment = Environment::read(flags, process_variable, Path::exists);
    speaking(&environment, |console| {
        perform(flags, &environment, console).map(|()| true)
    })
}

fn perform(flags: &ArgMatches, environment: &Environment, console: &mut Out<'_>) -> Result<()> {
    let settings = Settings::read(flags, process_variable)?;
    let asked = Asked::read(flags)?;
    if let Some(token) = &settings.auth_token {
        console.mask(token);
    }
    let found = history(&settings, environment, settings.challenge_id)?;
    let mut syncs = asked.filter.apply(found.syncs);
    syncs.truncate(asked.limit);
    match asked.format {
        Format::Json => io::stdout().write_all(export::json(&syncs).as_bytes())?,
        Format::Csv => io::stdout().write_all(export::csv(&syncs).as_bytes())?,
        Format::Table => tell(&syncs, found.record.as_deref(), &found.place, console),
    }
    Ok(())
}

/// The history of a record.
pub(super) struct Found {
    /// Where it was looked for.
    place: String,
    /// The record's ref; `None` if nothing is recorded yet.
    record: Option<String>,
    /// The syncs, newest first.
    pub(super) syncs: Vec<Sync>,
}

/// Fetches the record of `challenge` (else the only one) with all its history, and reads it.
pub(super) fn history(
    settings: &Settings,
    environment: &Environment,
    challenge: Option<u64>,
) -> Result<Found> {
    let workspace = Workspace::open(&environment.workspace)?;
    let remote = remote(&workspace, environment)?;
    let place = remote.slug().unwrap_or_else(|| remote.to_string());
    let credentials = Credentials::new(settings.auth_token.clone());
    let mut scratch = Scratch::open(Some(&workspace), remote, credentials)?;
    let refs = scratch.refs()?;
    let record = record(&refs, &record_refs(settings), challenge)?;
    let syncs = match &record {
        Some(name) => {
            let tip = scratch.fetch(name, u32::MAX)?;
            history::read(&scratch, tip)?
        }
        None => Vec::new(),
    };
    Ok(Found {
        place,
        record,
        syncs,
    })
}

/// The record ref to read; `None` if nothing is recorded yet.
fn record(refs: &Refs, names: &RecordRefs, challenge: Option<u64>) -> Result<Option<String>> {
    if let Some(id) = challenge {
        let name = names.of(id);
        return Ok(refs.get(&name).map(|_| name));
    }
    let mut found = names.among(refs);
    if found.len() > 1 {
        let mut ids: Vec<u64> = found
            .iter()
            .filter_map(|name| names.challenge_of(name))
            .collect();
        ids.sort_unstable();
        let ids: Vec<_> = ids.iter().map(u64::to_string).collect();
        bail!(
            "there are records of the challenges {}: choose one with `challenge-id`",
            ids.join(", ")
        );
    }
    Ok(found.pop())
}

fn tell(syncs: &[Sync], record: Option<&str>, place: &str, console: &mut Out<'_>) {
    match record {
        None => console.say(&format!(
            "There is no record of a sync in {place} yet. The first run of `evalai-sync sync` that is no dry run makes it."
        )),
        Some(name) if syncs.is_empty() => {
            console.say(&format!("No sync in {name} is what was asked for."));
        }
        Some(_) => {
            for line in report::table(syncs, width()) {
                console.say_spans(&line);
            }
        }
    }
}

impl Asked {
    fn read(flags: &ArgMatches) -> Result<Self> {
        let mut problems = Vec::new();
        let text = |name: &str| {
            let text = flags.get_one::<String>(name).map(|text| text.trim());
            text.filter(|text| !text.is_empty())
        };
        let mut refuse = |name: &str, takes: &dyn Display| {
            let text = text(name).unwrap_or_default();
            problems.push(format!("`--{name}` is `{text}`: {takes}."));
        };
        let mut time = |name: &str, whole_day: bool| {
            let read = text(name).map(|text| time(text, whole_day));
            read.and_then(|time| {
                if time.is_none() {
                    refuse(name, &"it takes a date such as 2026-05-31, or a date and time such as 2026-05-31T18:00Z");
                }
                time
            })
        };
        let (since, until) = (time("since", false), time("until", true));
        let fields = text("field").and_then(|text| match Patterns::parse(text) {
            Ok(patterns) => Some(patterns),
            Err(pattern) => {
                refuse("field", &format!("{pattern:?} can be no field's name"));
                None
            }
        });
        let limit = text("limit").map_or(Some(usize::MAX), |text| {
            text.parse().ok().filter(|limit| *limit > 0)
        });
        if limit.is_none() {
            refuse("limit", &"it takes a whole number of at least 1");
        }
        let format = match text("format") {
            None | Some("table") => Some(Format::Table),
            Some("json") => Some(Format::Json),
            Some("csv") => Some(Format::Csv),
            Some(_) => None,
        };
        if format.is_none() {
            refuse("format", &"it takes table or json or csv");
        }
        match (limit, format) {
            (Some(limit), Some(format)) if problems.is_empty() => Ok(Self {
                filter: Filter {
                    fields,
                    phase: text("phase").map(str::to_owned),
                    since,
                    until,
                },
                limit,
                format,
            }),
            _ => Err(SettingsError { problems }.into()),
        }
    }
}

/// A date and time; of a date alone its beginning, or its end for the `whole_day`.
fn time(text: &str, whole_day: bool) -> Option<Timestamp> {
    if let Some(time) = date::parse(text) {
        return Some(time);
    }
    let is_date = text
        .bytes()
        .all(|byte| byte.is_ascii_digit() || byte == b'-');
    let day: Date = text.parse().ok().filter(|_| is_date)?;
    let day = if whole_day { day.tomorrow().ok()? } else { day };
    Offset::UTC.to_timestamp(day.at(0, 0, 0, 0)).ok()
}

#[cfg(test)]
mod tests {
    use super::time;

    #[test]
    fn a_time_is_a_date_or_more() {
        for (text, whole_day, expected) in [
            ("2026-05-31", false, Some("2026-05-31T00:00:00Z")),
            ("2026-05-31", true, Some("2026-06-01T00:00:00Z")),
            ("2026-05-31T18:00Z", true, Some("2026-05-31T18:00:00Z")),
            ("2026-05-31 18:00", false, Some("2026-05-31T18:00:00Z")),
            (
                "2026-05-31T18:00:00+02:00",
                false,
                Some("2026-05-31T16:00:00Z"),
            ),
            ("2026-02-30", false, None),
            ("yesterday", false, None),
            ("2026", false, None),
        ] {
            let read = time(text, whole_day).map(|time| time.to_string());
            assert_eq!(read.as_deref(), expected, "{text}");
        }
    }
}
