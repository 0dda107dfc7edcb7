//! The fields: those that are not in sync, and all of them, folded.

use super::markup::{Html, Tag, classed, tag};
use super::picture::{bar, class, sign};
use crate::challenge::path::Entity;
use crate::report::excerpt::Excerpt;
use crate::report::status::{Section, State, Status, held};
use crate::report::words;
use crate::sync::plan::Item;

/// The most characters of a value in the list of all fields.
const MOST: usize = 80;

/// A state's sign in its colour.
pub(super) fn mark(state: State) -> Tag {
    classed("span", &format!("mark {}", class(state)))
        .with("title", state.words())
        .holds(sign(state))
}

/// A field's name, which may be broken where a screen is narrow.
pub(super) fn name(path: &str) -> Tag {
    let mut name = tag("code");
    for part in path.split_inclusive(['.', '_', '/']) {
        name = name.holds(part).holds(tag("wbr"));
    }
    name
}

/// A value, with what differs from the other marked.
pub(super) fn value(excerpt: &Excerpt) -> Html {
    if excerpt.has_context() && !excerpt.change.trim().is_empty() {
        let change = tag("mark").holds(excerpt.change.as_str());
        let pieces: [Html; 3] = [
            excerpt.before.as_str().into(),
            change.into(),
            excerpt.after.as_str().into(),
        ];
        return pieces.into_iter().collect();
    }
    excerpt.to_string().into()
}

/// The fields that are not in sync, by state, with both values.
pub(super) fn open(status: &Status<'_>) -> Html {
    let sections = State::ALL.into_iter().skip(1).filter_map(|state| {
        let rows: Html = status.of(state).map(|item| row(item, status)).collect();
        if rows.is_empty() {
            return None;
        }
        let count = words::count(status.count(state), "field");
        let title = format!("{}: {count}", words::capitalised(state.words()));
        Some(
            classed("section", "open")
                .holds(tag("h2").holds(mark(state)).holds(title))
                .holds(classed("p", "hint").holds(state.next()))
                .holds(classed("ul", "rows").holds(rows)),
        )
    });
    sections.collect()
}

fn row(item: &Item, status: &Status<'_>) -> Tag {
    let (repository, evalai) = words::values(item);
    let side = |label: &str, excerpt: &Excerpt| {
        classed("div", "side")
            .holds(classed("span", "label").holds(label))
            .holds(classed("span", "value").holds(value(excerpt)))
    };
    let row = tag("li")
        .holds(classed("div", "name").holds(name(&item.path.to_string())))
        .holds(side("Branch", &repository))
        .holds(side("EvalAI", &evalai));
    match words::remark(item, status.outcome) {
        Some(remark) => row.holds(classed("p", "hint").holds(words::capitalised(&remark) + ".")),
        None => row,
    }
}

/// Every field, by what it belongs to: a bar of states, and the list under it.
pub(super) fn all(status: &Status<'_>) -> Tag {
    let sections: Html = status.sections().iter().map(section).collect();
    tag("section")
        .holds(tag("h2").holds("All fields"))
        .holds(sections)
}

fn section(section: &Section<'_>) -> Tag {
    let count = |state| {
        let items = section.items.iter();
        items
            .filter(|item| State::of(item.decision) == state)
            .count()
    };
    let counts = State::ALL.map(|state| (state, count(state)));
    let told = match counts
        .iter()
        .filter(|(_, count)| *count > 0)
        .collect::<Vec<_>>()[..]
    {
        [(State::InSync, all)] => format!("{all} in sync"),
        _ => format!("{} of {} in sync", counts[0].1, section.items.len()),
    };
    let rows: Html = section.items.iter().map(|item| short(item)).collect();
    let summary = tag("summary")
        .holds(classed("span", "section-name").holds(section.title.as_str()))
        .holds(classed("span", "section-count").holds(told))
        .holds(bar(&counts));
    classed("details", "section")
        .holds(summary)
        .holds(classed("ul", "fields").holds(rows))
}

fn short(item: &Item) -> Tag {
    let state = State::of(item.decision);
    // Sections of several entities have to tell them apart.
    let label = match item.path.entity {
        Entity::Challenge | Entity::Phase(_) => item.path.field.key.to_owned(),
        _ => item.path.to_string(),
    };
    tag("li")
        .holds(mark(state))
        .holds(name(&label))
        .holds(classed("span", "value").holds(held(item, MOST)))
}
