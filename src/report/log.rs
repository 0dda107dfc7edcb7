//! The log of a run: groups, one line for each field, and a last line that says it all.

use std::io::Write;

use super::proposal;
use super::words::{self, Row};
use crate::action::{Annotation, Console, Level};
use crate::sync::decision::Decision;
use crate::sync::note::{Note, Weight};
use crate::sync::outcome::Outcome;
use crate::sync::plan::Item;

/// Tells `outcome`.
pub fn tell<W: Write>(console: &mut Console<W>, outcome: &Outcome) {
    let asked = outcome.requests.len();
    console.group(&format!(
        "EvalAI: challenge {}, \"{}\", on {}",
        outcome.challenge_id, outcome.title, outcome.evalai
    ));
    console.say(&words::count(asked, "request"));
    // Downloads run side by side; their names make a better order than their ends.
    let mut downloads: Vec<_> = outcome.downloads.iter().collect();
    downloads.sort_by_key(|download| download.call.to_string());
    for request in outcome.requests.iter().chain(downloads) {
        let status = request
            .status
            .map_or("no answer".to_owned(), |status| status.to_string());
        console.say(&format!(
            "{}: {status} in {} ms",
            request.call,
            request.duration.as_millis()
        ));
    }
    let Outcome {
        repository,
        branch,
        config,
        ..
    } = outcome;
    console.group(&format!("Repository: {repository}, branch {branch}"));
    console.say(&format!(
        "{config}: {} compared",
        words::count(outcome.plan.items.len(), "field")
    ));
    console.say(&format!("Record: {}", words::record(outcome)));
    if outcome.lost_races > 0 {
        console.say(&format!(
            "Planned again {}, because another push came first",
            words::times(outcome.lost_races)
        ));
    }
    let (changed, open) = words::titles(outcome);
    section(console, outcome, changed, outcome.plan.written());
    for file in &outcome.files {
        console.say(&format!("File: {}", file.path));
    }
    section(console, outcome, "Ahead of EvalAI", outcome.plan.ahead());
    section(
        console,
        outcome,
        "Changed on both sides, and left alone",
        outcome.plan.conflicts_left(),
    );
    section(console, outcome, open, outcome.plan.open());
    let structure = words::structure(outcome);
    if !structure.is_empty() {
        console.group("On one side only");
        for line in structure {
            console.say(&line);
        }
    }
    console.end_group();
    for note in &outcome.notes {
        annotate(console, note);
    }
    let told = format!(
        "{}: {}",
        words::headline(outcome),
        words::conclusion(outcome)
    );
    let next = words::next_step(outcome);
    let pull = outcome.pull_request.as_ref();
    if let Some(reason) = pull.and_then(proposal::reason) {
        annotate(console, &Note::notice(reason));
    }
    if outcome.plan.open().next().is_some() && pull.is_none() {
        let text = format!("{told} {}", next.unwrap_or_default());
        annotate(console, &Note::warning(text));
    } else {
        console.say(&told);
        if let Some(next) = next {
            console.say(&next);
        }
    }
}

/// Shows a note where it belongs.
pub fn annotate<W: Write>(console: &mut Console<W>, note: &Note) {
    let level = match note.weight {
        Weight::Notice => Level::Notice,
        Weight::Warning => Level::Warning,
        Weight::Error => Level::Error,
    };
    let annotation = Annotation::new(level, note.text.clone());
    console.annotate(&match &note.spot {
        Some(spot) => annotation.at(spot.file.clone(), Some(spot.line), spot.column),
        None => annotation,
    });
}

fn section<'a, W: Write>(
    console: &mut Console<W>,
    outcome: &Outcome,
    title: &str,
    items: impl Iterator<Item = &'a Item>,
) {
    let items: Vec<_> = items.collect();
    if items.is_empty() {
        return;
    }
    console.group(&format!("{title}: {}", words::count(items.len(), "field")));
    for row in words::rows(&items, outcome) {
        let item = match row {
            Row::Field(item) => item,
            Row::Entry(entity, fields) => {
                console.say(&format!("{entity}: {}", words::entry(&fields)));
                continue;
            }
        };
        let (repository, evalai) = words::values(item);
        let change = match item.decision {
            Decision::FirstSyncOpen | Decision::ConflictOpen => {
                format!("{repository} in the repository, {evalai} on EvalAI")
            }
            // The arrow points to the value that is newer.
            decision if decision.is_ahead() => format!("{evalai} -> {repository}"),
            _ => format!("{repository} -> {evalai}"),
        };
        let remark = words::remark(item, outcome);
        let remark = remark.map_or_else(String::new, |remark| format!(" ({remark})"));
        console.say(&format!("{}: {change}{remark}", item.path));
    }
}
