//! What the host should know about single fields, with the line at fault.

use super::decision::Decision;
use super::note::Note;
use super::plan::{Item, Plan};
use crate::challenge::side::Reading;
use crate::repository::worktree::Worktree;

/// The remarks on a plan for `worktree`; `approved` if EvalAI's staff has
/// approved the challenge.
pub(super) fn remarks(plan: &Plan, worktree: &Worktree, approved: bool) -> Vec<Note> {
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
    misfits.chain(fields).collect()
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
        Note::warning("The configuration has `sponsors`: EvalAI fails every push with it but the first. Take the key out; the sponsors stay on EvalAI.")
    })
}
