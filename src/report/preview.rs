//! What a sync would do, as a table for a terminal.

use super::excerpt::Excerpt;
use super::words::{self, Row};
use crate::action::Look::{Faint, Marked, New, Old, Plain, Strong};
use crate::action::Span;
use crate::sync::decision::Decision;
use crate::sync::outcome::Outcome;
use crate::sync::plan::Item;

/// The least and the most columns that a table is made for.
const WIDTHS: std::ops::RangeInclusive<usize> = 60..=160;

/// The fewest characters of two values that are shown, however narrow the table.
const LEAST: usize = 24;

/// The lines that tell a dry run's `outcome`, for a terminal of `width` columns.
#[must_use]
pub fn table(outcome: &Outcome, width: usize) -> Vec<Vec<Span>> {
    let width = width.clamp(*WIDTHS.start(), *WIDTHS.end());
    let plan = &outcome.plan;
    let mut lines = vec![heading(outcome)];
    let sections: [(&str, Vec<&Item>); 4] = [
        ("Would change", plan.written().collect()),
        ("Ahead of EvalAI", plan.ahead().collect()),
        (
            "Changed on both sides, and left alone",
            plan.conflicts_left().collect(),
        ),
        ("Different, and left alone", plan.open().collect()),
    ];
    for (title, items) in sections {
        if !items.is_empty() {
            lines.push(Vec::new());
            let fields = words::count(items.len(), "field");
            lines.push(vec![Span::new(Strong, format!("{title}: {fields}"))]);
            lines.extend(section(outcome, &items, width));
        }
    }
    let structure = words::structure(outcome);
    if !structure.is_empty() {
        lines.push(Vec::new());
        lines.extend(
            structure
                .into_iter()
                .map(|line| vec![Span::new(Plain, line)]),
        );
    }
    if !outcome.files.is_empty() {
        lines.push(Vec::new());
        let names: Vec<_> = outcome.files.iter().map(|file| &*file.path).collect();
        lines.push(vec![
            Span::new(Strong, "Files: "),
            Span::new(Plain, names.join(", ")),
        ]);
    }
    lines.push(Vec::new());
    let told = words::capitalised(&words::conclusion(outcome));
    lines.push(vec![Span::new(Strong, told)]);
    lines.extend(words::next_step(outcome).map(|next| vec![Span::new(Plain, next)]));
    lines
}

fn heading(outcome: &Outcome) -> Vec<Span> {
    let Outcome {
        challenge_id,
        title,
        evalai,
        repository,
        branch,
        ..
    } = outcome;
    vec![
        Span::new(Strong, title),
        Span::new(
            Faint,
            format!("  challenge {challenge_id} on {evalai}, {repository} {branch}"),
        ),
    ]
}

fn section(outcome: &Outcome, items: &[&Item], width: usize) -> Vec<Vec<Span>> {
    let rows = words::rows(items, outcome);
    let name = |row: &Row<'_>| match row {
        Row::Field(item) => item.path.to_string(),
        Row::Entry(entity, _) => entity.to_string(),
    };
    let longest = rows.iter().map(|row| name(row).chars().count()).max();
    let names = longest.unwrap_or_default().min(width * 2 / 5);
    let mut lines = Vec::new();
    for row in &rows {
        let head = Span::new(Plain, format!("  {:<names$}  ", name(row)));
        match row {
            Row::Entry(_, fields) => {
                lines.push(vec![head, Span::new(New, words::entry(fields))]);
            }
            Row::Field(item) => {
                let used = head.text.chars().count() + 4;
                let room = width.saturating_sub(used).max(LEAST);
                lines.push([vec![head], values(item, room)].concat());
                let remark = words::remark(item, outcome);
                let remark = remark.map(|remark| vec![Span::new(Marked, format!("    {remark}"))]);
                lines.extend(remark);
            }
        }
    }
    lines
}

/// `old -> new`: the arrow points to the value that is newer; `old | new` where nobody knows.
fn values(item: &Item, room: usize) -> Vec<Span> {
    let (repository, evalai) = words::within(&item.path, &item.repository, item.written(), room);
    let (old, arrow, new) = match item.decision {
        Decision::FirstSyncOpen | Decision::ConflictOpen => (repository, " | ", evalai),
        decision if decision.is_ahead() => (evalai, " -> ", repository),
        _ => (repository, " -> ", evalai),
    };
    let spans = |value: Excerpt, look| {
        [
            Span::new(Plain, value.before),
            Span::new(look, value.change),
            Span::new(Plain, value.after),
        ]
    };
    let mut line = spans(old, Old).to_vec();
    line.push(Span::new(Faint, arrow));
    line.extend(spans(new, New));
    line
}
