//! New files of the evaluation script that have no place: something of the host's is in the way.

use std::collections::BTreeSet;

use super::plan::Plan;
use crate::challenge::path::{Entity, FieldPath};
use crate::challenge::side::Reading;
use crate::challenge::value::Value;
use crate::repository::media::Script;
use crate::repository::worktree::{Files, Worktree};

/// The files that `plan` would write where a file is a folder, a folder a
/// file, or a link leads elsewhere, each with the reason: a sentence.
pub(super) fn obstacles(
    plan: &Plan,
    worktree: &Worktree,
    files: &impl Files,
) -> Vec<(FieldPath, Reading)> {
    let place = worktree.script.as_ref().or(worktree.script_place.as_ref());
    let Some(script @ Script::Folder(folder)) = place else {
        return Vec::new();
    };
    let new: Vec<_> = plan
        .written()
        .filter(|item| !worktree.places.contains_key(&item.path))
        .filter_map(|item| match &item.path.entity {
            Entity::ScriptFile(name) => Some((&item.path, name)),
            _ => None,
        })
        .collect();
    if new.is_empty() {
        return Vec::new();
    }
    let mut stays: BTreeSet<String> = match files.list(folder) {
        Ok(names) => names.into_iter().collect(),
        Err(_) => BTreeSet::new(),
    };
    for item in plan.written() {
        if let (Entity::ScriptFile(name), Some(Value::Null)) =
            (&item.path.entity, item.written().value())
        {
            stays.remove(name);
        }
    }
    let is_below = |name: &str, folder: &str| {
        name.strip_prefix(folder)
            .is_some_and(|rest| rest.starts_with('/'))
    };
    let problem = |name: &String| {
        let blocking = stays
            .iter()
            .find(|other| is_below(name, other) || is_below(other, name));
        if let Some(other) = blocking {
            return Some(format!("{folder}/{other} is in its way"));
        }
        let file = script.place(name)?;
        match files.stat(&file) {
            Ok(_) => None,
            // All that is in that folder goes with this very commit.
            Err(_) if is_folder(files, file.as_str()) => None,
            Err(problem) => Some(problem.trim_end_matches('.').to_owned()),
        }
    };
    let blocked = new.into_iter().filter_map(|(path, name)| {
        let problem = problem(name)?;
        let reason = format!("{problem}; the file on EvalAI is left alone.");
        Some((path.clone(), Reading::Unknown(reason)))
    });
    blocked.collect()
}

fn is_folder(files: &impl Files, path: &str) -> bool {
    files.list(path).is_ok_and(|names| !names.is_empty())
}
