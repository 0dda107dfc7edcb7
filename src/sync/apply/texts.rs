//! Texts that stand in files of their own.

use std::collections::BTreeMap;

use super::{ApplyError, Edit, Edited, numbered};
use crate::challenge::catalogue::Kind;
use crate::challenge::path::{Entity, FieldPath, PhaseId};
use crate::challenge::value::Value;
use crate::repository::path::RepoPath;
use crate::repository::text::rewrite;
use crate::repository::worktree::{Files, Place};
use crate::sync::plan::{Item, Plan};
use crate::yaml;

impl<F: Files> Edit<'_, F> {
    /// The folder in which this repository keeps its templates.
    pub(super) fn templates(&self) -> String {
        let mut html = self
            .worktree
            .places
            .iter()
            .filter(|(path, _)| path.field.kind == Kind::Html);
        let known = html.find_map(|(_, place)| place.file());
        known.map_or_else(|| self.beside("templates"), |file| file.folder().to_owned())
    }

    /// Writes the texts that stand in files of their own. Fields that share a
    /// file share it as long as they mean the same.
    pub(super) fn write_files(&mut self, plan: &Plan) -> Result<(), ApplyError> {
        let mut shared: BTreeMap<&RepoPath, Vec<(&FieldPath, &yaml::Path)>> = BTreeMap::new();
        for (path, place) in &self.worktree.places {
            if let (Place::File { key, file }, Kind::Html) = (place, path.field.kind) {
                shared.entry(file).or_default().push((path, key));
            }
        }
        let items: BTreeMap<&FieldPath, &Item> =
            plan.written().map(|item| (&item.path, item)).collect();
        for (file, fields) in shared {
            let stays = fields.iter().any(|(path, _)| !items.contains_key(*path));
            let mut written: Vec<(&Value, RepoPath)> = Vec::new();
            for (path, key) in fields {
                let Some(value) = items.get(path).and_then(|item| item.written().value()) else {
                    continue;
                };
                let twin = written
                    .iter()
                    .find(|(other, _)| *other == value)
                    .map(|(_, file)| file.clone());
                let old = self.read(file)?;
                let own = match twin {
                    Some(file) => file,
                    None if written.is_empty() && !stays => {
                        self.write(file, old.as_deref(), value);
                        file.clone()
                    }
                    None => self.give_file(path, file.folder(), value, old.as_deref())?,
                };
                if own != *file {
                    let text = yaml::Value::from(self.relative(&own));
                    self.change(key.clone(), path, |draft, key| draft.set(key, &text))?;
                }
                written.push((value, own));
            }
        }
        Ok(())
    }

    pub(super) fn write(&mut self, file: &RepoPath, old: Option<&str>, value: &Value) {
        let bytes = rewrite(old, &value.lines(), self.line_ending).into_bytes();
        self.changes.0.insert(file.clone(), Edited::text(bytes));
    }

    /// A file of its own for a text, named in the starter's manner: one that
    /// is there unused and says the same, else a new one in the style of `like`.
    pub(super) fn give_file(
        &mut self,
        path: &FieldPath,
        folder: &str,
        value: &Value,
        like: Option<&str>,
    ) -> Result<RepoPath, ApplyError> {
        let key = path.field.key;
        let stem = match &path.entity {
            Entity::Phase(PhaseId::Number(id)) => format!("challenge_phase_{id}_{key}"),
            Entity::Phase(codename) => format!("{codename}_{key}"),
            _ => key.to_owned(),
        };
        let place = match folder {
            "" => stem.clone(),
            folder => format!("{folder}/{stem}"),
        };
        for file in numbered(&place, ".html") {
            if self.used.contains(&file) || self.changes.0.contains_key(&file) {
                continue;
            }
            match self.read(&file)? {
                None => self.write(&file, like, value),
                Some(text) if Value::text(&text) == *value => {}
                Some(_) => continue,
            }
            return Ok(file);
        }
        Err(ApplyError::File(format!(
            "no name for a new file is left for {path}: {folder}/{stem}.html and its like are taken."
        )))
    }
}
