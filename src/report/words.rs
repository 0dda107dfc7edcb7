//! The words in which a run is told, the same in the log and in the summary.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value as Json;

use super::excerpt::{Excerpt, MOST, contrast};
use super::proposal;
use crate::action::RunResult;
use crate::challenge::catalogue::{Disclosure, Kind};
use crate::challenge::path::{Entity, FieldPath};
use crate::challenge::side::Reading;
use crate::challenge::value::Value;
use crate::sync::decision::Decision;
use crate::sync::outcome::{Outcome, RecordChange};
use crate::sync::plan::Item;

/// What stands over the fields that the plan writes, and over those of a first sync.
#[must_use]
pub fn titles(outcome: &Outcome) -> (&'static str, &'static str) {
    let pull = outcome.pull_request.as_ref();
    let declined = outcome.result() == RunResult::Declined;
    let proposed = pull.is_some_and(|pull| pull.why.is_some()) && !declined;
    let written = match (outcome.dry_run, outcome.proposes_written()) {
        (true, _) => "Would change",
        (_, true) if declined => "Changed on EvalAI, and not taken",
        (_, true) => "To be changed by the pull request",
        _ => "Changed",
    };
    let open = if proposed {
        "Different, and for the pull request"
    } else {
        "Different, and left alone"
    };
    (written, open)
}

/// How the run ended, in a few words.
#[must_use]
pub fn headline(outcome: &Outcome) -> &'static str {
    match outcome.result() {
        RunResult::InSync => "In sync",
        RunResult::Synced => "Synced",
        RunResult::Proposed => "Proposed",
        RunResult::Declined => "Declined",
        RunResult::Ahead => "Ahead",
        RunResult::FirstSync => "First sync",
        RunResult::Conflict => "Conflict",
        RunResult::DryRun => "Dry run",
    }
}

/// How the run ended, in a sentence without its first letter's case: it follows on [`headline`].
#[must_use]
pub fn conclusion(outcome: &Outcome) -> String {
    let Outcome { plan, branch, .. } = outcome;
    let written = plan.written().count();
    let left = plan.conflicts_left().count();
    let ahead = plan.ahead().count() + plan.only_in_repository.len();
    let open = plan.open().count();
    match outcome.result() {
        RunResult::InSync if !plan.set_aside.is_empty() => {
            format!(
                "the fields that were asked for are equal on EvalAI and in the branch {branch}."
            )
        }
        RunResult::InSync => format!("the branch {branch} holds what EvalAI holds."),
        RunResult::Synced => format!(
            "{} from EvalAI to the branch {branch}, in commit {}.",
            count(written, "field"),
            outcome.commit.as_deref().map(short).unwrap_or_default(),
        ),
        RunResult::Proposed | RunResult::Declined => {
            let pull = outcome.pull_request.as_ref();
            pull.map_or_else(String::new, |pull| proposal::conclusion(outcome, pull))
        }
        RunResult::Ahead => format!(
            "EvalAI has yet to get {} from the branch {branch}; nothing was changed.",
            count(ahead, "change"),
        ),
        RunResult::FirstSync => format!(
            "{}, and nothing tells which side is newer; nothing was changed.",
            differ(open, branch),
        ),
        RunResult::Conflict => format!(
            "{} on EvalAI and in the branch {branch}, and left to a person; nothing was changed.",
            if left == 1 {
                "one field was changed both".to_owned()
            } else {
                format!("{left} fields were changed both")
            }
        ),
        RunResult::DryRun if written > 0 => format!(
            "a sync would take {} from EvalAI to the branch {branch}; nothing was written.",
            count(written, "field"),
        ),
        RunResult::DryRun if open > 0 => format!(
            "{}, and nothing tells which side is newer; a sync would not change the branch.",
            differ(open, branch),
        ),
        RunResult::DryRun => "a sync would change no file; nothing was written.".to_owned(),
    }
}

/// `one field differs on EvalAI and in the branch challenge`.
fn differ(open: usize, branch: &str) -> String {
    let fields = if open == 1 {
        "one field differs".to_owned()
    } else {
        format!("{open} fields differ")
    };
    format!("{fields} on EvalAI and in the branch {branch}")
}

/// What the host does next, if anything. Names of inputs stand between backticks.
#[must_use]
pub fn next_step(outcome: &Outcome) -> Option<String> {
    if outcome.plan.conflicts_left().next().is_some() {
        return Some(format!(
            "Compare the two values of each field that was left alone, and make both sides equal: on EvalAI, or in the branch {} with a push to EvalAI. To let one side win, run once with `strategies` such as `title: evalai`.",
            outcome.branch
        ));
    }
    if let Some(next) = outcome.pull_request.as_ref().and_then(proposal::next_step) {
        return Some(next);
    }
    if outcome.plan.open().next().is_some() {
        return Some(format!(
            "To take EvalAI's values, run once with `first-sync: commit`. To keep the repository's, push the branch {} to EvalAI; the next sync then finds both sides equal.",
            outcome.branch
        ));
    }
    if outcome.plan.ahead().next().is_some() || !outcome.plan.only_in_repository.is_empty() {
        return Some(
            "If the push workflow to EvalAI has run and these fields are still listed, look at its log: EvalAI refused the push."
                .to_owned(),
        );
    }
    None
}

/// What exists on one side only, and is no new entry of the configuration: a sentence each.
#[must_use]
pub fn structure(outcome: &Outcome) -> Vec<String> {
    let ahead = outcome.plan.only_in_repository.iter().map(|entity| {
        let entity = capitalised(&entity.described());
        format!("{entity} is in the repository only: EvalAI has yet to get it.")
    });
    let taken_out = outcome.plan.taken_out.iter().map(|entity| {
        let entity = capitalised(&entity.described());
        format!(
            "{entity} was taken out of the configuration, and is still on EvalAI: a push cannot delete it there."
        )
    });
    ahead.chain(taken_out).collect()
}

/// The same with a capital at the beginning.
#[must_use]
pub fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|first| first.to_uppercase().to_string());
    first.unwrap_or_default() + letters.as_str()
}

/// `3 fields`, `1 field`.
#[must_use]
pub fn count(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

/// `once`, `twice`, `3 times`.
#[must_use]
pub fn times(count: u32) -> String {
    match count {
        1 => "once".to_owned(),
        2 => "twice".to_owned(),
        more => format!("{more} times"),
    }
}

/// One line of a list of fields.
pub enum Row<'a> {
    /// A field.
    Field(&'a Item),
    /// Something that the configuration has no entry for yet, with its fields.
    Entry(&'a Entity, Vec<&'a Item>),
}

/// The lines that tell `items`: what is new as a whole is told as a whole.
#[must_use]
pub fn rows<'a>(items: &[&'a Item], outcome: &Outcome) -> Vec<Row<'a>> {
    let mut rows: Vec<Row<'a>> = Vec::new();
    for &item in items {
        let entity = &item.path.entity;
        match rows.last_mut() {
            Some(Row::Entry(last, fields)) if *last == entity => fields.push(item),
            _ if outcome.plan.is_new(entity) => rows.push(Row::Entry(entity, vec![item])),
            _ => rows.push(Row::Field(item)),
        }
    }
    rows
}

/// `new, with 3 fields: name, start_date, end_date`.
#[must_use]
pub fn entry(fields: &[&Item]) -> String {
    let names: Vec<_> = fields.iter().map(|item| item.path.field.key).collect();
    format!(
        "new, with {}: {}",
        count(names.len(), "field"),
        names.join(", ")
    )
}

/// What is to be said of a field beyond the section it is listed in, if anything.
#[must_use]
pub fn remark(item: &Item, outcome: &Outcome) -> Option<String> {
    let remark = match item.decision {
        Decision::ArrivedFromHere => {
            "EvalAI got an earlier value from here, and the branch has moved on".to_owned()
        }
        Decision::ConflictForEvalAi => {
            let kept = match outcome.parent.as_deref() {
                Some(parent) if outcome.commit.is_some() => {
                    format!("; the repository's is still in commit {}", short(parent))
                }
                _ => String::new(),
            };
            format!("changed on both sides, EvalAI's value wins{kept}")
        }
        Decision::ConflictForRepository => {
            "changed on both sides, the repository's value wins; its next push to EvalAI replaces the other".to_owned()
        }
        Decision::ConflictMerged => {
            "changed on both sides, both changes merged; the next push takes them to EvalAI"
                .to_owned()
        }
        Decision::ConflictOpen => "changed on both sides, left to a person".to_owned(),
        Decision::FirstSyncTaken => "first sync, EvalAI's value wins".to_owned(),
        Decision::InSync
        | Decision::EvalAiChanged
        | Decision::RepositoryChanged
        | Decision::FirstSyncOpen
        | Decision::Unreadable => return None,
    };
    Some(remark)
}

/// What the repository holds of a field and what EvalAI holds, or what was
/// made of both, shortened. Personal data is counted, not shown.
#[must_use]
pub fn values(item: &Item) -> (Excerpt, Excerpt) {
    pair(&item.path, &item.repository, item.written(), MOST)
}

/// An older and a newer value of a field, each shortened to `most` characters. Personal data
/// is counted, not shown.
#[must_use]
pub fn pair(path: &FieldPath, old: &Reading, new: &Reading, most: usize) -> (Excerpt, Excerpt) {
    let whole = |text: &str| Excerpt::within(text, most);
    if path.field.disclosure == Disclosure::Personal {
        return (whole(&counted(old)), whole(&counted(new)));
    }
    if path.field.kind == Kind::File {
        let (old, new) = files(old, new);
        return (whole(old), whole(new));
    }
    match (one_line(old), one_line(new)) {
        (Some(old), Some(new)) => {
            let (old, mut new) = contrast(&old, &new, most);
            if old == new {
                new = whole("(the same but for white space)");
            }
            (old, new)
        }
        _ => (whole(&old.shown()), whole(&new.shown())),
    }
}

/// The same in `room` characters: half of it each, or more for one if the other is short.
#[must_use]
pub fn within(path: &FieldPath, old: &Reading, new: &Reading, room: usize) -> (Excerpt, Excerpt) {
    let length = |value: &Excerpt| value.to_string().chars().count();
    let both = |(old, new): &(Excerpt, Excerpt)| length(old) + length(new);
    let even = pair(path, old, new, room / 2);
    let spare = room.saturating_sub(both(&even));
    let wider = pair(path, old, new, room / 2 + spare);
    if both(&wider) <= room { wider } else { even }
}

/// Of a file it is told that it is there, and that it is another: a short one could be guessed from its id.
fn files(old: &Reading, new: &Reading) -> (&'static str, &'static str) {
    let told = |reading: &Reading, words| match reading {
        Reading::Value(Value::File(_)) => words,
        _ => "(no file)",
    };
    let another = if old.value().is_some_and(|value| *value != Value::Null) {
        "another file"
    } else {
        "a file"
    };
    (told(old, "a file"), told(new, another))
}

/// The whole of what can be compared letter by letter.
fn one_line(reading: &Reading) -> Option<String> {
    match reading.value()? {
        Value::Null | Value::File(_) => None,
        Value::List(entries) => Some(entries.join(", ")),
        Value::Set(entries) => Some(entries.iter().cloned().collect::<Vec<_>>().join(", ")),
        Value::Json(json) => Some(sorted(json).to_string()),
        other => Some(other.lines()),
    }
}

/// The same with its keys in order: EvalAI reorders them.
fn sorted(json: &Json) -> Json {
    match json {
        Json::Object(map) => {
            let entries: BTreeMap<_, _> = map.iter().collect();
            let entries = entries.into_iter();
            entries
                .map(|(key, value)| (key.clone(), sorted(value)))
                .collect()
        }
        Json::Array(items) => items.iter().map(sorted).collect(),
        other => other.clone(),
    }
}

fn counted(reading: &Reading) -> String {
    match reading {
        Reading::Value(Value::List(entries)) if entries.len() == 1 => {
            "(1 entry, not shown)".to_owned()
        }
        Reading::Value(Value::List(entries)) => format!("({} entries, not shown)", entries.len()),
        Reading::Value(Value::Null) | Reading::Absent => reading.shown(),
        _ => "(not shown)".to_owned(),
    }
}

/// The personal data that a diff could show.
#[must_use]
pub fn withheld(outcome: &Outcome) -> BTreeSet<String> {
    let personal = |item: &&Item| item.path.field.disclosure == Disclosure::Personal;
    let items = outcome.plan.items.iter().filter(personal);
    let values = items.flat_map(|item| {
        let sides = [item.repository.value(), item.evalai.value()];
        sides.into_iter().flatten()
    });
    let entries = values.filter_map(|value| match value {
        Value::List(entries) => Some(entries.iter().cloned()),
        _ => None,
    });
    entries
        .flatten()
        .filter(|entry| !entry.is_empty())
        .collect()
}

/// What became of the record.
#[must_use]
pub fn record(outcome: &Outcome) -> String {
    let sha = short(&outcome.sync_sha);
    match outcome.record {
        RecordChange::Unchanged => format!("unchanged, sync SHA {sha}"),
        RecordChange::Created => format!("created, sync SHA {sha}"),
        RecordChange::Updated => format!("updated, sync SHA {sha}"),
        RecordChange::DryRun => format!("not written in a dry run, sync SHA {sha}"),
    }
}

/// The first ten digits of a commit's id.
#[must_use]
pub fn short(sha: &str) -> &str {
    sha.get(..10).unwrap_or(sha)
}
