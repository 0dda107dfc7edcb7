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

/// The names of `fields`, of many the first two.
pub(super) fn named(fields: &[String]) -> String {
    match fields {
        [] | [_] | [_, _] | [_, _, _] => fields.join(", "),
        [first, second, ..] => format!("{first}, {second} and {} more", fields.len() - 2),
    }
}

/// The message of a commit on the branch that changes `fields`.
pub(super) fn commit(choices: &Choices, fields: &[String], challenge: u64) -> String {
    let mut message = about(choices, fields, challenge);
    if choices.settings.skip_ci {
        message.push_str("\n[skip ci]\n");
    }
    message
}

/// The message of a commit that changes `fields`, wherever it goes.
pub(super) fn about(choices: &Choices, fields: &[String], challenge: u64) -> String {
    let named = named(fields);
    let settings = &choices.settings;
    let mut message = match settings.mode {
        Mode::Import => format!("Import challenge {challenge} from EvalAI"),
        Mode::Commit | Mode::PullRequest | Mode::DryRun => {
            settings.commit_message(&named, fields.len(), challenge)
        }
    };
    message.push_str("\n\n");
    // Writing to a String cannot fail.
    for field in fields.iter().take(MOST) {
        let _ = writeln!(message, "- {field}");
    }
    if fields.len() > MOST {
        let _ = writeln!(message, "- and {} more", fields.len() - MOST);
    }
    message
}

/// The message of a commit of the record: what this run saw and did, for the history.
pub(super) fn record(plan: &Plan, commit: Option<Oid>, task: &Task) -> String {
    let written: Vec<String> = plan.written().map(|item| item.path.to_string()).collect();
    let subject = match (&written[..], commit) {
        ([], _) => "Record what both sides agree on".to_owned(),
        ([field], _) => format!("Record the sync of {field}"),
        (fields, _) => format!("Record the sync of {} fields", fields.len()),
    };
    let mut trailers = vec![format!("Branch: {}", task.branch)];
    trailers.extend(commit.map(|commit| format!("Commit: {commit}")));
    for item in plan.written() {
        trailers.push(format!("Changed: {}", item.path));
    }
    for item in &plan.items {
        let settled = item.decision.settled();
        trailers.extend(settled.map(|settled| format!("Conflict: {settled} {}", item.path)));
    }
    trailers.extend(task.choices.trailers.iter().cloned());
    format!("{subject}\n\n{}\n", trailers.join("\n"))
}
