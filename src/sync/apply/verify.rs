//! The proof of an edit: everything is read again and compared with what was intended.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::{ApplyError, Base, Changes, Edited};
use crate::challenge::path::Entity;
use crate::challenge::side::Reading;
use crate::challenge::value::Value;
use crate::repository::media::id_of;
use crate::repository::path::RepoPath;
use crate::repository::worktree::{Files, Stat, Worktree};
use crate::sync::plan::Plan;
use crate::yaml::Document;

/// Each written field must now mean what it was to mean, every other what it meant before. The
/// configuration is the document that its edited text was read as.
pub(super) fn verify<F: Files>(
    plan: &Plan,
    base: &Base<'_, F>,
    changes: &Changes,
    edited: Arc<Document>,
) -> Result<(), ApplyError> {
    let Base {
        worktree,
        files,
        phases,
        ..
    } = *base;
    let after = Worktree::of(
        edited,
        &Overlay { changes, files },
        &worktree.config,
        phases,
    )
    .map_err(|error| ApplyError::Verify(error.to_string()))?;
    let mut intended = worktree.side.clone();
    for item in plan.written() {
        let gone = item.path.field.key == "domain" && item.written().value() == Some(&Value::Null);
        let reading = if gone {
            Reading::Absent
        } else {
            item.written().clone()
        };
        intended.put(item.path.clone(), reading);
    }
    intended.lower_as_a_push_does();
    let nothing = Reading::Value(Value::Null);
    let differs = intended
        .iter()
        .find(|(path, reading)| match after.side.get(path) {
            Some(found) => found != *reading,
            // One that has no place is left alone.
            None => {
                let is_nowhere = matches!(reading, Reading::Unknown(_)) || **reading == nothing;
                !(matches!(path.entity, Entity::ScriptFile(_)) && is_nowhere)
            }
        });
    let extra = after
        .side
        .iter()
        .find(|(path, reading)| intended.get(path).is_none() && **reading != Reading::Absent);
    match differs.or(extra) {
        Some((path, _)) => Err(ApplyError::Verify(path.to_string())),
        None => Ok(()),
    }
}

/// A commit's files with changes laid over them.
struct Overlay<'a, F> {
    changes: &'a Changes,
    files: &'a F,
}

impl<F: Files> Files for Overlay<'_, F> {
    fn read(&self, path: &RepoPath) -> Result<Option<Vec<u8>>, String> {
        match self.changes.0.get(path) {
            Some(Edited::Written { bytes, .. }) => Ok(Some(bytes.clone())),
            Some(Edited::Deleted) => Ok(None),
            None => self.files.read(path),
        }
    }

    fn stat(&self, path: &RepoPath) -> Result<Option<Stat>, String> {
        match self.changes.0.get(path) {
            Some(Edited::Written { bytes, .. }) => Ok(Some(Stat {
                id: id_of(bytes),
                size: bytes.len() as u64,
            })),
            Some(Edited::Deleted) => Ok(None),
            None => self.files.stat(path),
        }
    }

    fn list(&self, folder: &str) -> Result<Vec<String>, String> {
        let mut found: BTreeSet<String> = self.files.list(folder)?.into_iter().collect();
        for (path, edited) in &self.changes.0 {
            let below = path
                .as_str()
                .strip_prefix(folder)
                .and_then(|rest| rest.strip_prefix('/'));
            match (below, edited) {
                (Some(name), Edited::Written { .. }) => found.insert(name.to_owned()),
                (Some(name), Edited::Deleted) => found.remove(name),
                (None, _) => false,
            };
        }
        Ok(found.into_iter().collect())
    }
}
