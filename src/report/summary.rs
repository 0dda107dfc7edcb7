//! The job summary: what a run did, in Markdown, on the run's page.

use std::fmt::Write as _;

use super::markdown::{diff, plain};
use super::words;
use crate::action::RunResult;
use crate::sync::note::Weight;
use crate::sync::outcome::Outcome;
use crate::sync::plan::Item;

/// The summary of `outcome`. The runner's limit on its size is kept where it is written.
#[must_use]
pub fn summary(outcome: &Outcome) -> String {
    let mut text = String::new();
    let icon = match outcome.result() {
        RunResult::InSync | RunResult::Synced => "✅",
        RunResult::Ahead | RunResult::DryRun => "ℹ️",
        RunResult::FirstSync => "⚠️",
    };
    // Writing to a String cannot fail.
    let _ = writeln!(text, "### {icon} {}\n", plain(&words::conclusion(outcome)));
    let _ = writeln!(
        text,
        "Challenge {} ({}) on {}\n",
        outcome.challenge_id,
        plain(&outcome.title),
        plain(&outcome.evalai)
    );
    if let Some(next) = words::next_step(outcome) {
        let _ = writeln!(text, "**Next:** {next}\n");
    }
    let changed = if outcome.dry_run {
        "Would change"
    } else {
        "Changed"
    };
    table(
        &mut text,
        changed,
        ("Repository had", "EvalAI has"),
        outcome.plan.taken(),
    );
    table(
        &mut text,
        "Ahead of EvalAI",
        ("Repository has", "EvalAI has"),
        outcome.plan.ahead(),
    );
    table(
        &mut text,
        "Different, and left alone",
        ("Repository has", "EvalAI has"),
        outcome.plan.open(),
    );
    structure(&mut text, outcome);
    notes(&mut text, outcome);
    for file in &outcome.files {
        if let Some(diff) = diff(&file.path, &file.before, &file.after) {
            let _ = writeln!(
                text,
                "<details><summary>Diff of {}</summary>\n\n{diff}\n</details>\n",
                plain(&file.path)
            );
        }
    }
    let compared = outcome.plan.items.len();
    let _ = writeln!(
        text,
        "<sub>{} compared · {} requests to EvalAI · {} ms · record {} · {} on {}</sub>\n",
        words::fields(compared),
        outcome.requests.len(),
        outcome.took.as_millis(),
        words::record(outcome),
        plain(&outcome.config),
        plain(&outcome.branch),
    );
    text
}

fn table<'a>(
    text: &mut String,
    title: &str,
    (repository, evalai): (&str, &str),
    items: impl Iterator<Item = &'a Item>,
) {
    let mut items = items.peekable();
    if items.peek().is_none() {
        return;
    }
    let _ = writeln!(
        text,
        "#### {title}\n\n| Field | {repository} | {evalai} | Why |\n|---|---|---|---|"
    );
    for item in items {
        let _ = writeln!(
            text,
            "| {} | {} | {} | {} |",
            plain(&item.path.to_string()),
            plain(&words::shown(item, &item.repository)),
            plain(&words::shown(item, &item.evalai)),
            words::reason(item.decision),
        );
    }
    text.push('\n');
}

fn structure(text: &mut String, outcome: &Outcome) {
    let lines = words::structure(outcome);
    for line in &lines {
        let _ = writeln!(text, "- {}", plain(line));
    }
    if !lines.is_empty() {
        text.push('\n');
    }
}

fn notes(text: &mut String, outcome: &Outcome) {
    for note in &outcome.notes {
        let icon = match note.weight {
            Weight::Notice => "ℹ️",
            Weight::Warning => "⚠️",
            Weight::Error => "❌",
        };
        let place = note
            .spot
            .as_ref()
            .map(|spot| format!(" ({}:{})", plain(&spot.file), spot.line));
        let _ = writeln!(
            text,
            "- {icon} {}{}",
            plain(&note.text),
            place.unwrap_or_default()
        );
    }
    if !outcome.notes.is_empty() {
        text.push('\n');
    }
}
