//! What a sync overrides, and how to bring it back: nothing is lost without a word.

use std::collections::BTreeSet;

use super::decision::Decision;
use super::note::{Note, Spot};
use super::plan::{Item, Plan};
use super::settle::Task;
use crate::action::{FailOn, Mode};
use crate::challenge::catalogue::Kind;
use crate::challenge::markup;
use crate::challenge::value::Value;
use crate::repository::git::Oid;
use crate::repository::path::RepoPath;
use crate::repository::record;
use crate::repository::worktree::{Files, Place, Worktree};

/// The branch as the plan saw it.
pub(super) struct Before<'a, F> {
    pub(super) worktree: &'a Worktree,
    pub(super) files: &'a F,
    /// Its newest commit, which keeps whatever the sync overrides.
    pub(super) tip: Oid,
    /// The sync writes to the branch: a dry run or a proposal overrides nothing.
    pub(super) overrides: bool,
}

/// What the host should know about values that give way to others.
pub(super) fn overridden<F: Files>(plan: &Plan, before: &Before<'_, F>, task: &Task) -> Vec<Note> {
    let fields = plan.items.iter().flat_map(|item| {
        let notes = [conflict(item, before, task), rewritten(item, before)];
        notes.into_iter().flatten().map(|note| Note {
            spot: Some(spot(item, before)),
            ..note
        })
    });
    fields.chain(first_sync(plan, before)).collect()
}

/// How a field that changed on both sides was settled, and where the value is that gave way.
fn conflict<F: Files>(item: &Item, before: &Before<'_, F>, task: &Task) -> Option<Note> {
    let path = &item.path;
    let here = || restored(item, before);
    let note = match item.decision {
        Decision::ConflictForEvalAi => Note::warning(format!(
            "{path} changed on both sides, and EvalAI's value wins.{}",
            here()
        )),
        Decision::ConflictMerged => Note::notice(format!(
            "{path} changed on both sides, and both changes are kept: they do not overlap. The next push takes them to EvalAI.{}",
            here()
        )),
        Decision::ConflictForRepository => Note::notice(format!(
            "{path} changed on both sides, and the repository's value wins; its next push replaces EvalAI's.{}",
            recorded(item, task)
        )),
        Decision::ConflictOpen => {
            let text = format!(
                "{path} changed on both sides, and is left alone, since its strategy is `manual`. Make both sides equal, or run once with another strategy for it."
            );
            match task.choices.settings.fail_on {
                FailOn::Conflict => Note::error(text),
                FailOn::Error => Note::warning(text),
            }
        }
        _ => return None,
    };
    Some(note)
}

/// What EvalAI's text editor dropped from a text that it opened.
fn rewritten<F: Files>(item: &Item, before: &Before<'_, F>) -> Option<Note> {
    let texts = (item.repository.value(), item.written().value());
    let (Kind::Html, true, (Some(old @ Value::Text(_)), Some(new @ Value::Text(_)))) =
        (item.path.field.kind, item.decision.writes(), texts)
    else {
        return None;
    };
    let found = markup::compare(&old.lines(), &new.lines());
    let path = &item.path;
    if !found.lost.is_empty() {
        let lost = found.lost.join(", ");
        return Some(Note::warning(format!(
            "EvalAI's {path} lacks what the repository's had: {lost}. EvalAI's text editor drops such things from a text that it opens.{}",
            restored(item, before)
        )));
    }
    found.same_words.then(|| {
        Note::notice(format!(
            "EvalAI's {path} says the same in other markup: EvalAI's text editor rewrites what it opens.{}",
            restored(item, before)
        ))
    })
}

/// How to get the repository's value back, if it is overridden.
fn restored<F>(item: &Item, before: &Before<'_, F>) -> String {
    if !before.overrides {
        return String::new();
    }
    let commit = short(before.tip);
    let back = match before.worktree.places.get(&item.path).and_then(Place::file) {
        Some(file) => format!("`git checkout {commit} -- {}` brings it back", quoted(file)),
        None => {
            let config = quoted(&before.worktree.config);
            format!("`git checkout -p {commit} -- {config}` lets you pick it")
        }
    };
    format!(
        " The repository's is still in commit {commit}: {back}; then commit, and push it to EvalAI."
    )
}

/// Where EvalAI's value is kept that the next push replaces.
fn recorded(item: &Item, task: &Task) -> String {
    let Some(value) = item
        .base_after()
        .filter(|_| task.choices.settings.mode != Mode::DryRun)
    else {
        return String::new();
    };
    if item.path.field.kind == Kind::File {
        return String::new();
    }
    format!(
        " EvalAI's is kept in the record: `git fetch origin {} && git show FETCH_HEAD:{}` shows it.",
        task.record_ref,
        record::file_of(&item.path, value)
    )
}

/// A first sync takes EvalAI's values without knowing which are newer.
fn first_sync<F>(plan: &Plan, before: &Before<'_, F>) -> Option<Note> {
    let taken = plan.items.iter().filter(|item| {
        let had = item
            .repository
            .value()
            .is_some_and(|value| *value != Value::Null);
        item.decision == Decision::FirstSyncTaken && had
    });
    let files: BTreeSet<&RepoPath> = taken
        .map(|item| {
            let own = before.worktree.places.get(&item.path).and_then(Place::file);
            own.unwrap_or(&before.worktree.config)
        })
        .collect();
    if files.is_empty() || !before.overrides {
        return None;
    }
    let commit = short(before.tip);
    let files: Vec<String> = files.into_iter().map(quoted).collect();
    Some(Note::notice(format!(
        "What the repository held before this first sync is still in commit {commit}: `git checkout {commit} -- {}` brings it back.",
        files.join(" ")
    )))
}

/// The line at fault: in the field's own file the first that differs, else the configuration's.
fn spot<F: Files>(item: &Item, before: &Before<'_, F>) -> Spot {
    let own = before.worktree.places.get(&item.path).and_then(Place::file);
    let (file, line) = match own {
        Some(file) => (file, first_difference(item, file, before.files)),
        None => (&before.worktree.config, before.worktree.line(&item.path)),
    };
    Spot {
        file: file.to_string(),
        line,
        column: None,
    }
}

fn first_difference<F: Files>(item: &Item, file: &RepoPath, files: &F) -> usize {
    let Some(evalai @ Value::Text(_)) = item.evalai.value() else {
        return 1;
    };
    let bytes = files.read(file).ok().flatten().unwrap_or_default();
    let text = String::from_utf8_lossy(&bytes);
    let blank = text
        .lines()
        .take_while(|line| line.trim().is_empty())
        .count();
    let evalai = evalai.lines();
    let same = text.lines().skip(blank).zip(evalai.lines());
    1 + blank + same.take_while(|(here, there)| here == there).count()
}

fn short(commit: Oid) -> String {
    let mut id = commit.to_string();
    id.truncate(10);
    id
}

/// A path as a shell takes it: names of a script's files come from EvalAI.
fn quoted(path: &RepoPath) -> String {
    let path = path.as_str();
    let tame = |c: char| c.is_ascii_alphanumeric() || matches!(c, '/' | '.' | '_' | '-');
    if path.chars().all(tame) {
        path.to_owned()
    } else {
        format!("'{}'", path.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_cannot_make_a_command_do_something_else() {
        let table = [
            ("templates/a_b-c.html", "templates/a_b-c.html"),
            ("my file.html", "'my file.html'"),
            ("$(reboot).py", "'$(reboot).py'"),
            ("a';reboot;'.py", r"'a'\'';reboot;'\''.py'"),
            ("`reboot`", "'`reboot`'"),
        ];
        for (path, expected) in table {
            assert_eq!(quoted(&RepoPath::new(path).unwrap()), expected);
        }
    }
}
