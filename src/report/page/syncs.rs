//! The syncs so far: the timeline, and each with what it changed, folded.

use similar::{ChangeTag, TextDiff};

use super::fields::{mark, name, value};
use super::markup::{Html, Tag, classed, tag};
use super::picture::{anchor, timeline};
use super::{commit, link};
use crate::challenge::catalogue::{Disclosure, Kind};
use crate::challenge::value::Value;
use crate::report::history;
use crate::report::status::{State, Status};
use crate::report::words;
use crate::repository::history::{Change, Origin, Sync};

/// The most syncs on the page; the log has them all.
const MOST: usize = 200;

/// The most lines of one field's difference.
const LINES: usize = 80;

/// Values that are no longer than this, and of one line, stand side by side.
const SHORT: usize = 160;

/// Lines around a change.
const AROUND: usize = 2;

/// The timeline and the list.
pub(super) fn all(status: &Status<'_>) -> Tag {
    let section = tag("section").holds(tag("h2").holds("Syncs"));
    let shown = &status.syncs[..status.syncs.len().min(MOST)];
    if shown.is_empty() {
        return section.holds(tag("p").holds("None is recorded yet."));
    }
    let legend = classed("p", "hint key")
        .holds(mark(State::Conflict))
        .holds("changed on both sides. A larger dot changed more fields.");
    let picture = classed("div", "card").holds(timeline(shown)).holds(legend);
    let mut section = section.holds(picture);
    let months = shown.chunk_by(|a, b| month(a) == month(b));
    for syncs in months {
        let list: Html = syncs.iter().map(|sync| entry(sync, status)).collect();
        section = section
            .holds(tag("h3").holds(month(&syncs[0])))
            .holds(classed("div", "syncs").holds(list));
    }
    let older = status.syncs.len() - shown.len();
    if older > 0 {
        let told = format!("{} more in evalai-sync log.", words::count(older, "sync"));
        section = section.holds(classed("p", "hint").holds(told));
    }
    section
}

fn month(sync: &Sync) -> String {
    sync.when.strftime("%B %Y").to_string()
}

/// One sync: a line that unfolds.
fn entry(sync: &Sync, status: &Status<'_>) -> Tag {
    let names: Vec<_> = sync
        .changes
        .iter()
        .map(|change| change.path.to_string())
        .collect();
    let what: Html = match history::remark(sync) {
        Some(remark) if names.is_empty() => classed("span", "hint").holds(remark).into(),
        _ => names.iter().map(|path| name(path)).collect(),
    };
    let mut summary = tag("summary")
        .holds(classed("span", "when").holds(sync.when.strftime("%-d %b, %H:%M").to_string()))
        .holds(classed("span", "what").holds(what));
    if !sync.conflicts.is_empty() {
        summary = summary.holds(
            classed("span", "mark conflict")
                .with("title", "conflict")
                .holds("!"),
        );
    }
    let inside = classed("div", "inside")
        .with("id", &anchor(sync))
        .holds(about(sync, status))
        .holds(
            sync.changes
                .iter()
                .map(|change| changed(sync, change))
                .collect::<Html>(),
        )
        .holds(undecided(sync));
    classed("details", "sync").holds(summary).holds(inside)
}

/// Who, which run, which commit.
fn about(sync: &Sync, status: &Status<'_>) -> Tag {
    let mut about = classed("p", "hint").holds(history::set_off(sync));
    if let Some(run) = &sync.run {
        let runs = format!(
            "{}/{}/actions/runs",
            status.server, status.outcome.repository
        );
        let label = history::run_number(run).map(|number| format!("run {number}"));
        let label = label.unwrap_or_else(|| "run".to_owned());
        about = about.holds(", ").holds(link(run, &runs, label));
    }
    if let Some(sha) = &sync.commit {
        about = about.holds(", commit ").holds(commit(status, sha));
    }
    match history::remark(sync) {
        Some(remark) => about.holds(". ").holds(remark),
        None => about,
    }
}

fn changed(sync: &Sync, change: &Change) -> Tag {
    let path = change.path.to_string();
    let (class, origin) = match change.origin {
        Origin::EvalAi => ("origin incoming", "edited on EvalAI"),
        Origin::Repository => ("origin ahead", "pushed from the repository"),
    };
    let mut head = classed("p", "name")
        .holds(name(&path))
        .holds(" ")
        .holds(classed("span", class).holds(origin));
    if let Some(conflict) = history::conflict_of(sync, &path) {
        let told = format!("changed on both sides: {}", history::settled(conflict));
        head = head
            .holds(" ")
            .holds(classed("span", "origin conflict").holds(told));
    }
    classed("div", "change")
        .holds(head)
        .holds(difference(change))
}

fn undecided(sync: &Sync) -> Html {
    let told = history::undecided(sync).map(|conflict| {
        classed("p", "name")
            .holds(name(&conflict.field))
            .holds(format!(
                " changed on both sides: {}",
                history::settled(conflict)
            ))
    });
    told.collect()
}

/// What became of a field, line by line if it has several.
fn difference(change: &Change) -> Tag {
    let field = change.path.field;
    let text = |value: &Option<Value>| value.as_ref().map_or_else(String::new, Value::lines);
    let (before, after) = (text(&change.before), text(&change.after));
    let is_short = |text: &str| text.chars().count() <= SHORT && !text.contains('\n');
    let is_withheld = field.disclosure != Disclosure::Public || field.kind == Kind::File;
    let diff = classed("div", "diff");
    if is_withheld || (is_short(&before) && is_short(&after)) {
        let (before, after) = history::values(change, SHORT);
        return diff
            .holds(line("del", "−", value(&before)))
            .holds(line("ins", "+", value(&after)));
    }
    lines(diff, &before, &after)
}

fn line(class: &str, sign: &str, text: impl Into<Html>) -> Tag {
    classed("div", class)
        .holds(classed("span", "sign").holds(sign))
        .holds(classed("span", "line").holds(text))
}

fn lines(mut into: Tag, before: &str, after: &str) -> Tag {
    // The last line of one may be within the other.
    let [before, after] = [before, after].map(|text| format!("{text}\n"));
    let diff = TextDiff::from_lines(&before, &after);
    let mut left = LINES;
    for (at, group) in diff.grouped_ops(AROUND).iter().enumerate() {
        if at > 0 {
            into = into.holds(line("gap", "⋯", ""));
        }
        for change in group.iter().flat_map(|op| diff.iter_changes(op)) {
            if left == 0 {
                return into.holds(line("gap", "⋯", "and more"));
            }
            left -= 1;
            let text = change.value().trim_end_matches('\n');
            into = into.holds(match change.tag() {
                ChangeTag::Delete => line("del", "−", text),
                ChangeTag::Insert => line("ins", "+", text),
                ChangeTag::Equal => line("same", " ", text),
            });
        }
    }
    into
}
