//! The messages of commits: they name fields, never values.
//!
//! A value could close an issue, mention a person or skip a workflow.

use std::fmt::Write as _;

use super::choices::Choices;
use super::plan::Plan;
use super::settle::Task;
use crate::action::Mode;
use crate::repository::git::Oid;

/// The most fields a message lists.
const MOST: usize = 100;

/// The message of a commit on the branch that changes `fields`.
pub(super) fn commit(choices: &Choices, fields: &[String], challenge: u64) -> String {
    let named = match fields {
        [] | [_] | [_, _] | [_, _, _] => fields.join(", "),
        [first, second, ..] => format!("{first}, {second} and {} more", fields.len() - 2),
    };
    let settings = &choices.settings;
    let mut message = match settings.mode {
        Mode::Import => format!("Import challenge {challenge} from EvalAI"),
        Mode::Commit | Mode::DryRun => settings.commit_message(&named, fields.len(), challenge),
    };
    message.push_str("\n\n");
    // Writing to a String cannot fail.
    for field in fields.iter().take(MOST) {
        let _ = writeln!(message, "- {field}");
    }
    if fields.len() > MOST {
        let _ = writeln!(message, "- and {} more", fields.len() - MOST);
    }
    if settings.skip_ci {
        message.push_str("\n[skip ci]\n");
    }
    message
}

/// The message of a commit of the record: what this run saw and did, for the history.
pub(super) fn record(plan: &Plan, commit: Option<Oid>, task: &Task) -> String {
    let taken: Vec<String> = plan.taken().map(|item| item.path.to_string()).collect();
    let subject = match (&taken[..], commit) {
        ([], _) => "Record what both sides agree on".to_owned(),
        ([field], _) => format!("Record the sync of {field}"),
        (fields, _) => format!("Record the sync of {} fields", fields.len()),
    };
    let mut trailers = vec![format!("Branch: {}", task.branch)];
    trailers.extend(commit.map(|commit| format!("Commit: {commit}")));
    for item in plan.taken() {
        trailers.push(format!("Changed: {}", item.path));
    }
    for item in plan.items.iter().filter(|item| item.decision.is_conflict()) {
        trailers.push(format!("Conflict: {}", item.path));
    }
    trailers.extend(task.choices.trailers.iter().cloned());
    format!("{subject}\n\n{}\n", trailers.join("\n"))
}
