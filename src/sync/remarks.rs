//! What the host should know about single fields, with the line at fault.

use super::decision::Decision;
use super::message;
use super::note::Note;
use super::plan::{Item, Plan};
use super::settle::Task;
use crate::challenge::catalogue::{Disclosure, Kind};
use crate::challenge::side::Reading;
use crate::challenge::value::Value;
use crate::repository::worktree::Worktree;

/// The remarks on a plan for `worktree`.
pub(super) fn remarks(plan: &Plan, worktree: &Worktree, task: &Task) -> Vec<Note> {
    let approved = task.held.approved;
    let config = worktree.config.as_str();
    let misfits = worktree
        .problems
        .iter()
        .map(|(line, problem)| Note::warning(problem).at(config, *line));
    let fields = plan.items.iter().flat_map(|item| {
        let notes = [
            invalid(item),
            unreadable(item),
            blocked(item, approved),
            sponsors(item),
        ];
        notes
            .into_iter()
            .flatten()
            .map(|note| note.at(config, worktree.line(&item.path)))
    });
    misfits
        .chain(fields)
        .chain(disclosed(plan, task.choices.event.private))
        .chain(set_aside(plan))
        .collect()
}

/// What differs and was not asked for.
fn set_aside(plan: &Plan) -> Option<Note> {
    let names: Vec<String> = plan
        .set_aside
        .iter()
        .map(|item| item.path.to_string())
        .collect();
    let told = match names.len() {
        0 => return None,
        1 => "One more field differs".to_owned(),
        more => format!("{more} more fields differ"),
    };
    Some(Note::notice(format!(
        "{told} and waits for a run without `fields`: {}.",
        message::named(&names)
    )))
}

fn invalid(item: &Item) -> Option<Note> {
    match &item.repository {
        Reading::Invalid { problem, .. } => Some(Note::warning(format!(
            "{} {problem}: EvalAI refuses it, so a push fails.",
            item.path
        ))),
        _ => None,
    }
}

/// What the repository says names its own consequence; what EvalAI does not tell has none here.
fn unreadable(item: &Item) -> Option<Note> {
    match (item.decision, &item.repository, &item.evalai) {
        (Decision::Unreadable, Reading::Unknown(reason), _) => {
            Some(Note::notice(format!("{}: {reason}", item.path)))
        }
        (Decision::Unreadable, _, Reading::Unknown(reason)) => Some(Note::notice(format!(
            "{} is left alone: {reason}",
            item.path
        ))),
        _ => None,
    }
}

/// A value that EvalAI locks makes every push fail, not only its own change.
fn blocked(item: &Item, approved: bool) -> Option<Note> {
    (approved && item.field_is_locked() && item.decision.is_ahead()).then(|| {
        Note::error(format!(
            "{} differs from EvalAI's, and EvalAI locks it since the challenge was approved: every push fails until the configuration says {} again, or EvalAI's staff changes it there.",
            item.path,
            item.evalai.shown(),
        ))
    })
}

fn sponsors(item: &Item) -> Option<Note> {
    let present = item.path.field.key == "sponsors" && !matches!(item.repository, Reading::Absent);
    present.then(|| {
        Note::warning("The configuration has `sponsors`: EvalAI fails every push with it but the first. Without the key pushes work again, but the next one switches the sponsors off on EvalAI.")
    })
}

/// What the repository gets to see for the first time, and not everybody may.
fn disclosed(plan: &Plan, private: bool) -> Option<Note> {
    let is_new = |item: &&Item| {
        let holds_nothing = matches!(
            item.repository,
            Reading::Absent | Reading::Value(Value::Null)
        );
        // One more file of a script that is kept anyway is nothing new.
        let is_more = item.path.field.kind == Kind::File && item.base.is_some();
        item.path.field.disclosure != Disclosure::Public && holds_nothing && !is_more
    };
    let fields: Vec<String> = plan
        .written()
        .filter(is_new)
        .map(|item| item.path.to_string())
        .collect();
    let named = match &fields[..] {
        [] => return None,
        [one] => one.clone(),
        [first, ..] => format!("{first} and {} more", fields.len() - 1),
    };
    let text = format!(
        "The repository keeps {named} from now on, as `include` or a key of the configuration asks: whoever can read the repository can read that, and every earlier version stays in its history."
    );
    Some(if private {
        Note::notice(text)
    } else {
        Note::warning(text)
    })
}
