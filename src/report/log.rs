//! The log of a run: groups, one line for each field, and a last line that says it all.

use std::io::Write;

use super::words;
use crate::action::{Annotation, Console, Level};
use crate::sync::note::{Note, Weight};
use crate::sync::outcome::Outcome;
use crate::sync::plan::Item;

/// Tells `outcome`.
pub fn tell<W: Write>(console: &mut Console<W>, outcome: &Outcome) {
    console.group("EvalAI");
    console.say(&format!(
        "Challenge {} on {}: {}",
        outcome.challenge_id, outcome.evalai, outcome.title
    ));
    for request in &outcome.requests {
        let status = request
            .status
            .map_or("no answer".to_owned(), |status| status.to_string());
        console.say(&format!(
            "{}: {status} in {} ms",
            request.call,
            request.duration.as_millis()
        ));
    }
    console.group("Repository");
    let Outcome {
        repository,
        branch,
        config,
        ..
    } = outcome;
    console.say(&format!("{config} on the branch {branch} of {repository}"));
    console.say(&format!("Record: {}", words::record(outcome)));
    if outcome.lost_races > 0 {
        console.say(&format!(
            "Planned again {}, because another push came first",
            words::times(outcome.lost_races)
        ));
    }
    section(console, "Changed", outcome.plan.taken());
    for file in &outcome.files {
        console.say(&format!("file {}", file.path));
    }
    section(console, "Ahead of EvalAI", outcome.plan.ahead());
    section(console, "Different, and left alone", outcome.plan.open());
    for (phases, words) in [
        (
            &outcome.plan.only_on_evalai,
            "is on EvalAI only; new phases are not written by this release",
        ),
        (
            &outcome.plan.only_in_repository,
            "is in the repository only; EvalAI has yet to get it",
        ),
    ] {
        for phase in phases {
            console.say(&format!("phase {phase} {words}"));
        }
    }
    console.end_group();
    for note in &outcome.notes {
        annotate(console, note);
    }
    if outcome.plan.open().next().is_some() {
        let next = words::next_step(outcome).unwrap_or_default();
        let text = format!("{} {next}", words::conclusion(outcome));
        annotate(console, &Note::warning(text));
    } else {
        console.say(&words::conclusion(outcome));
        if let Some(next) = words::next_step(outcome) {
            console.say(&next);
        }
    }
}

/// Shows a note where it belongs.
pub fn annotate<W: Write>(console: &mut Console<W>, note: &Note) {
    let level = match note.weight {
        Weight::Notice => Level::Notice,
        Weight::Warning => Level::Warning,
    };
    let annotation = Annotation::new(level, note.text.clone());
    console.annotate(&match &note.spot {
        Some(spot) => annotation.at(spot.file.clone(), Some(spot.line), spot.column),
        None => annotation,
    });
}

fn section<'a, W: Write>(
    console: &mut Console<W>,
    title: &str,
    items: impl Iterator<Item = &'a Item>,
) {
    let items: Vec<_> = items.collect();
    if items.is_empty() {
        return;
    }
    console.group(&format!("{title}: {}", words::fields(items.len())));
    for item in items {
        let (old, new) = (
            words::shown(item, &item.repository),
            words::shown(item, &item.evalai),
        );
        // The arrow points to the value that is newer.
        let change = if item.decision.is_ahead() {
            format!("{new} -> {old}")
        } else {
            format!("{old} -> {new}")
        };
        console.say(&format!(
            "{}: {change} ({})",
            item.path,
            words::reason(item.decision)
        ));
    }
}
