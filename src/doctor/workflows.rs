//! The checks of the workflows, as they are on their branches.

use super::Verdict;
use super::facts::{Facts, Workflow};
use crate::setup::push::is_push;
use crate::yaml::{Document, Value};

/// Runners that GitHub has taken away.
const RETIRED: [&str; 3] = ["ubuntu-16.04", "ubuntu-18.04", "ubuntu-20.04"];

/// The first minor version of Python 3 that GitHub's runners still have.
const OLDEST_PYTHON: u32 = 8;

/// The workflows of the default branch that sync.
pub(super) fn syncing(facts: &Facts) -> Vec<(&str, Value)> {
    let read = facts.default_workflows.iter().filter_map(|(path, bytes)| {
        let document = Document::parse(bytes).ok()?;
        Some((path.as_str(), document.root().clone()))
    });
    read.filter(|(_, root)| steps(root).any(|step| uses_sync(&step)))
        .collect()
}

/// The file of the workflow with the schedule, else of any that syncs.
#[must_use]
pub fn file_to_ask_for(workflows: &[Workflow]) -> Option<String> {
    let read = workflows.iter().filter_map(|(path, bytes)| {
        let document = Document::parse(bytes).ok()?;
        steps(document.root())
            .any(|step| uses_sync(&step))
            .then(|| (path, has_schedule(document.root())))
    });
    let mut found: Vec<_> = read.collect();
    found.sort_by_key(|(_, scheduled)| !scheduled);
    let (path, _) = found.first()?;
    path.rsplit('/').next().map(str::to_owned)
}

fn steps(root: &Value) -> impl Iterator<Item = Value> {
    let jobs = root.get("jobs").and_then(Value::as_map).unwrap_or_default();
    let steps = jobs
        .iter()
        .filter_map(|(_, job)| job.get("steps").and_then(Value::as_seq));
    steps.flatten().cloned().collect::<Vec<_>>().into_iter()
}

fn uses_sync(step: &Value) -> bool {
    let uses = step.get("uses").and_then(Value::as_str).unwrap_or_default();
    let action = uses.split(['@', ':']).next().unwrap_or_default();
    // Whoever's copy of the action it is, or the repository's own.
    action.rsplit('/').next() == Some("evalai-sync")
}

/// What starts the workflow: `on` is `true` for a reader of YAML 1.1.
fn starts(root: &Value) -> Option<&Value> {
    let pairs = root.as_map()?;
    let on = pairs
        .iter()
        .find(|(key, _)| *key == Value::Bool(true) || key.as_str() == Some("on"));
    on.map(|(_, value)| value)
}

pub(super) fn has_schedule(root: &Value) -> bool {
    starts(root).is_some_and(|on| on.get("schedule").is_some())
}

pub(super) fn present(facts: &Facts) -> Verdict {
    let default = facts
        .refs
        .as_ref()
        .ok()
        .and_then(|refs| refs.default_branch());
    let default = default.unwrap_or("the default branch");
    let syncing = syncing(facts);
    let Some((path, _)) = syncing.first() else {
        return Verdict::failure(
            format!(
                "no workflow on {default}, the default branch, uses the action, and GitHub runs schedules and dispatches only from there"
            ),
            format!("Run `evalai-sync init`, and commit what it writes on {default}."),
        );
    };
    if syncing.iter().any(|(_, root)| has_schedule(root)) {
        let paths: Vec<_> = syncing.iter().map(|(path, _)| *path).collect();
        return Verdict::fine(paths.join(", "));
    }
    Verdict::warning(
        format!("{path} is there, but has no schedule, so a sync runs only when it is started"),
        "`evalai-sync init` writes one with a schedule.",
    )
}

/// The workflows of the branch that push it to EvalAI.
fn pushing(facts: &Facts) -> Vec<(&str, Option<Value>)> {
    let pushing = facts
        .branch_workflows
        .iter()
        .filter(|(_, bytes)| is_push(bytes));
    pushing
        .map(|(path, bytes)| {
            let document = Document::parse(bytes).ok();
            (
                path.as_str(),
                document.map(|document| document.root().clone()),
            )
        })
        .collect()
}

pub(super) fn push(facts: &Facts) -> Verdict {
    let branch = facts.branch_name().unwrap_or_default();
    let pushing = pushing(facts);
    let Some((path, root)) = pushing.first() else {
        return Verdict::warning(
            format!(
                "no workflow on {branch} pushes it to EvalAI, so what is committed here never arrives there"
            ),
            "EvalAI-Starters has one: .github/workflows/validate-and-process.yml.",
        );
    };
    let Some(root) = root else {
        return Verdict::failure(
            format!("{path} is no YAML that GitHub could read"),
            "Correct it.",
        );
    };
    if !runs_on(root, branch) {
        return Verdict::warning(
            format!("{path} does not run on pushes to {branch}"),
            format!("Name {branch} in its `on: push: branches`."),
        );
    }
    if steps(root).any(|step| uses_sync(&step)) {
        return Verdict::fine(format!(
            "{path} takes what was edited on EvalAI before each push"
        ));
    }
    Verdict::warning(
        format!(
            "{path} pushes without a sync before it, so a push undoes what was edited on EvalAI since the last one"
        ),
        format!("Run `evalai-sync init` on {branch}, which adds one."),
    )
}

/// Whether a push to `branch` starts the workflow, as far as that can be told without patterns.
fn runs_on(root: &Value, branch: &str) -> bool {
    let branches = starts(root).and_then(|on| on.get("push")?.get("branches"));
    let names: Vec<&str> = match branches {
        Some(Value::Seq(names)) => names.iter().filter_map(Value::as_str).collect(),
        Some(Value::Str(name)) => vec![name],
        _ => return true,
    };
    names
        .iter()
        .any(|name| *name == branch || name.contains(['*', '?', '!', '[', '+']))
}

pub(super) fn runner(facts: &Facts) -> Verdict {
    let pushing = pushing(facts);
    let Some((path, Some(root))) = pushing.first() else {
        return Verdict::skipped("no workflow that can be read pushes to EvalAI");
    };
    let jobs = root.get("jobs").and_then(Value::as_map).unwrap_or_default();
    let mut runners = jobs
        .iter()
        .filter_map(|(_, job)| job.get("runs-on").and_then(Value::as_str));
    if let Some(runner) = runners.find(|runner| RETIRED.contains(runner)) {
        return Verdict::failure(
            format!("{path} runs on {runner}, which GitHub has taken away: its runs wait in vain"),
            "Write `runs-on: ubuntu-latest`.",
        );
    }
    let old = steps(root).find_map(|step| old_python(step.get("with")?.get("python-version")?));
    match old {
        Some(version) => Verdict::warning(
            format!("{path} asks for Python {version}, which GitHub's present runners do not have"),
            "Write `python-version: '3.9'`, as EvalAI-Starters does now.",
        ),
        None => Verdict::fine("GitHub has both"),
    }
}

/// The version, if it is one that runners have no more.
fn old_python(version: &Value) -> Option<String> {
    let text = match version {
        Value::Str(text) => text.clone(),
        // `3.7` without quotes is a number; so is `3.10`, which is then 3.1, and as absent as that.
        Value::Float(number) => number.to_string(),
        Value::Int(number) => number.to_string(),
        _ => return None,
    };
    let mut parts = text.split('.');
    let is_old = match (
        parts.next(),
        parts.next().and_then(|minor| minor.parse::<u32>().ok()),
    ) {
        (Some("3"), Some(minor)) => minor < OLDEST_PYTHON,
        (Some("2"), _) => true,
        _ => false,
    };
    is_old.then_some(text)
}
