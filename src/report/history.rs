//! The audit log as a table: a line for each sync, and under it one for each field.

use super::excerpt::Excerpt;
use super::words;
use crate::action::Look::{Faint, Marked, New, Old, Plain, Strong};
use crate::action::Span;
use crate::challenge::side::Reading;
use crate::challenge::value::Value;
use crate::repository::history::{Change, Conflict, Origin, Settled, Sync};

/// The least and the most columns that a table is made for.
const WIDTHS: std::ops::RangeInclusive<usize> = 60..=160;

/// The fewest characters of a value that are shown, however narrow the table.
const LEAST: usize = 12;

/// The columns before a field's name: its mark.
const MARK: usize = 2;

/// The columns of a value's origin, with what separates it.
const ORIGIN: usize = 8;

const ARROW: &str = " -> ";

/// The lines that tell `syncs`, for a terminal of `width` columns.
#[must_use]
pub fn table(syncs: &[Sync], width: usize) -> Vec<Vec<Span>> {
    let width = width.clamp(*WIDTHS.start(), *WIDTHS.end());
    let mut lines = Vec::new();
    for sync in syncs {
        if !lines.is_empty() {
            lines.push(Vec::new());
        }
        lines.push(heading(sync));
        lines.extend(body(sync, width));
    }
    lines
}

/// What was agreed before and after a change, shortened to `most` characters each. What not
/// everybody may see is counted, not shown.
#[must_use]
pub fn values(change: &Change, most: usize) -> (Excerpt, Excerpt) {
    let [old, new] = readings(change);
    words::pair(&change.path, &old, &new, most)
}

fn readings(change: &Change) -> [Reading; 2] {
    let reading = |value: &Option<Value>| value.clone().unwrap_or(Value::Null);
    [&change.before, &change.after].map(|value| Reading::Value(reading(value)))
}

/// The conflict about this field, if there was one.
#[must_use]
pub fn conflict_of<'a>(sync: &'a Sync, field: &str) -> Option<&'a Conflict> {
    sync.conflicts
        .iter()
        .find(|conflict| conflict.field == field)
}

/// The conflicts about fields whose base did not move.
pub fn undecided(sync: &Sync) -> impl Iterator<Item = &Conflict> {
    sync.conflicts.iter().filter(|conflict| {
        let mut moved = sync.changes.iter();
        !moved.any(|change| change.path.to_string() == conflict.field)
    })
}

/// What was done about a conflict, in a few words.
#[must_use]
pub fn settled(conflict: &Conflict) -> &'static str {
    match conflict.settled {
        Settled::EvalAi => "EvalAI's value taken",
        Settled::Repository => "repository's value kept",
        Settled::Merged => "merged",
        Settled::Manual => "left to a person",
    }
}

/// Who or what set `sync` off: `schedule by octocat`.
#[must_use]
pub fn set_off(sync: &Sync) -> String {
    match (&sync.trigger, &sync.actor) {
        (Some(trigger), Some(actor)) => format!("{trigger} by {actor}"),
        (Some(one), None) | (None, Some(one)) => one.clone(),
        (None, None) => "by hand".to_owned(),
    }
}

/// The number of a run, from the address of its page.
#[must_use]
pub fn run_number(url: &str) -> Option<&str> {
    let (_, rest) = url.split_once("/runs/")?;
    let number = rest.split('/').next()?;
    let is_number = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then_some(number)
}

/// What is to be said of a sync that moved no field, or of the first one.
#[must_use]
pub fn remark(sync: &Sync) -> Option<String> {
    if let Some(problem) = &sync.problem {
        return Some(format!("What this sync did is not known: {problem}."));
    }
    if let Some(agreed) = sync.agreed {
        let fields = words::count(agreed, "field");
        return Some(format!(
            "First record: EvalAI and the repository agreed on {fields}."
        ));
    }
    if !sync.changes.is_empty() || !sync.conflicts.is_empty() {
        return None;
    }
    let moved = sync
        .sync_sha
        .as_ref()
        .filter(|_| sync.sync_sha != sync.base);
    let upto = moved.map_or_else(String::new, |sha| {
        format!(
            "; everything up to commit {} has arrived",
            words::short(sha)
        )
    });
    Some(format!("No field changed{upto}."))
}

/// When, who, which run, and the commit that was made.
fn heading(sync: &Sync) -> Vec<Span> {
    let mut line = vec![
        Span::new(Strong, sync.when.strftime("%Y-%m-%d %H:%M UTC").to_string()),
        Span::new(Plain, format!("  {}", set_off(sync))),
    ];
    if let Some(run) = sync.run.as_deref().and_then(run_number) {
        line.push(Span::new(Plain, format!(", run {run}")));
    }
    match &sync.commit {
        Some(commit) => {
            let text = format!("  commit {}", words::short(commit));
            line.push(Span::new(Marked, text));
        }
        None => line.push(Span::new(Faint, "  no commit")),
    }
    line
}

/// A line for each field, its conflict under it.
fn body(sync: &Sync, width: usize) -> Vec<Vec<Span>> {
    let names = sync.changes.iter().map(|change| change.path.to_string());
    let longest = names.map(|name| name.chars().count()).max();
    let names = longest.unwrap_or_default().min(width * 2 / 5);
    let mut lines = Vec::new();
    lines.extend(remark(sync).map(|remark| vec![Span::new(Faint, format!("  {remark}"))]));
    for change in &sync.changes {
        let conflict = conflict_of(sync, &change.path.to_string());
        lines.push(row(change, conflict.is_some(), names, width));
        lines.extend(conflict.map(|conflict| {
            let note = format!("    changed on both sides: {}", settled(conflict));
            vec![Span::new(Marked, note)]
        }));
    }
    lines.extend(undecided(sync).map(|conflict| {
        vec![
            Span::new(Marked, "! "),
            Span::new(Plain, format!("{}  ", conflict.field)),
            Span::new(
                Marked,
                format!("changed on both sides: {}", settled(conflict)),
            ),
        ]
    }));
    lines
}

/// `! title  EvalAI  Before -> After`
fn row(change: &Change, is_conflict: bool, names: usize, width: usize) -> Vec<Span> {
    let name = change.path.to_string();
    let mark = if is_conflict { "! " } else { "  " };
    let used = MARK + name.chars().count().max(names) + 2 + ORIGIN + ARROW.len();
    let room = width.saturating_sub(used).max(2 * LEAST);
    let [old, new] = readings(change);
    let (before, after) = words::within(&change.path, &old, &new, room);
    let origin = match change.origin {
        Origin::EvalAi => "EvalAI",
        Origin::Repository => "branch",
    };
    vec![
        Span::new(Marked, mark),
        Span::new(Plain, format!("{name:<names$}  ")),
        Span::new(Faint, format!("{origin:<ORIGIN$}")),
        Span::new(Plain, before.before),
        Span::new(Old, before.change),
        Span::new(Plain, before.after),
        Span::new(Faint, ARROW),
        Span::new(Plain, after.before),
        Span::new(New, after.change),
        Span::new(Plain, after.after),
    ]
}
