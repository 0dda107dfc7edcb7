//! Files that EvalAI holds as files: the logo, the evaluation script, annotations.

use super::{ApplyError, Edit, Edited, numbered};
use crate::challenge::catalogue::{Field, Kind, Scope};
use crate::challenge::path::{Entity, FieldPath};
use crate::challenge::value::Value;
use crate::repository::image::ImageType;
use crate::repository::media::SCRIPT;
use crate::repository::path::RepoPath;
use crate::repository::text::in_endings_of;
use crate::repository::worktree::{Files, Place};
use crate::sync::plan::{Item, Plan};
use crate::yaml;

impl<F: Files> Edit<'_, F> {
    /// Writes a file of EvalAI's where the repository keeps it; one that is
    /// gone there goes here. Phases that share a file share it as long as
    /// they mean the same.
    pub(super) fn take_file(
        &mut self,
        item: &Item,
        plan: &Plan,
        key: &yaml::Path,
        file: &RepoPath,
    ) -> Result<(), ApplyError> {
        let path = &item.path;
        if item.written().value() == Some(&Value::Null) {
            self.delete(file)?;
            return Ok(());
        }
        let content = self.contents.get(path).ok_or_else(|| missing(path))?;
        let bytes = match self.merged.get(path) {
            Some(merged) => merged.clone(),
            None => content.bytes().map_err(ApplyError::File)?,
        };
        let own = match self.own_file(item, plan, file, &bytes) {
            Some((stem, ending)) => self.free_file(&stem, ending.as_deref())?,
            None => file.clone(),
        };
        if own != *file {
            let name = yaml::Value::from(self.relative(&own));
            self.change(key.clone(), path, |draft, key| draft.set(key, &name))?;
            if path.field.key == "image" {
                self.delete(file)?;
            }
        }
        let old = match path.field.scope {
            Scope::ScriptFile => self.files.read(&own).map_err(ApplyError::File)?,
            _ => None,
        };
        let bytes = match old {
            Some(old) => in_endings_of(&old, bytes),
            None => bytes,
        };
        let edited = Edited::hidden(bytes, content.executable);
        self.changes.0.insert(own, edited);
        Ok(())
    }

    /// The path and the ending of another file for `item`; `None` if it can have `file`.
    fn own_file(
        &self,
        item: &Item,
        plan: &Plan,
        file: &RepoPath,
        bytes: &[u8],
    ) -> Option<(String, Option<String>)> {
        let (stem, ending) = split(file);
        if item.path.field.key == "image" {
            let right = extension(file, bytes);
            return (right.as_deref() != ending).then(|| (stem.to_owned(), right));
        }
        let others = self.worktree.places.iter().filter(|(path, place)| {
            **path != item.path && path.field.kind == Kind::File && place.file() == Some(file)
        });
        let mut written = plan.written();
        let first = written
            .find(|item| self.worktree.places.get(&item.path).and_then(Place::file) == Some(file));
        let mut all_go = true;
        let mut all_equal = true;
        for (path, _) in others {
            let other = plan.written().find(|other| other.path == *path);
            all_go &= other.is_some();
            let meant = other.map_or_else(
                || self.worktree.side.value(path),
                |other| other.written().value(),
            );
            all_equal &= meant == item.written().value();
        }
        let keeps = all_equal || (all_go && first.is_some_and(|first| first.path == item.path));
        (!keeps).then(|| {
            let stem = format!("{stem}_{}", name_of(&item.path));
            (stem, ending.map(str::to_owned))
        })
    }

    fn delete(&mut self, file: &RepoPath) -> Result<(), ApplyError> {
        if self.files.stat(file).map_err(ApplyError::File)?.is_some() {
            self.changes.0.insert(file.clone(), Edited::Deleted);
        }
        Ok(())
    }

    /// A file of this name that nothing has yet.
    fn free_file(&self, stem: &str, extension: Option<&str>) -> Result<RepoPath, ApplyError> {
        let ending = extension.map_or_else(String::new, |extension| format!(".{extension}"));
        for file in numbered(stem, &ending) {
            let is_free = !self.changes.0.contains_key(&file);
            if is_free && self.files.stat(&file).map_err(ApplyError::File)?.is_none() {
                return Ok(file);
            }
        }
        Err(ApplyError::File(format!(
            "no name like {stem}{ending} is left for a new file."
        )))
    }

    /// Writes a file that is new in the evaluation script.
    pub(super) fn add_script_file(&mut self, path: &FieldPath) -> Result<(), ApplyError> {
        let Entity::ScriptFile(name) = &path.entity else {
            return Ok(());
        };
        let worktree = self.worktree;
        let script = worktree.script.as_ref().or(worktree.script_place.as_ref());
        let file = script
            .and_then(|script| script.place(name))
            .ok_or_else(|| {
                ApplyError::File(format!(
                    "{path} cannot be written: its name leads nowhere in this repository."
                ))
            })?;
        let content = self.contents.get(path).ok_or_else(|| missing(path))?;
        let bytes = content.bytes().map_err(ApplyError::File)?;
        let edited = Edited::hidden(bytes, content.executable);
        self.changes.0.insert(file, edited);
        self.name_script(path)
    }

    /// Gives a configuration that names no script the key for it.
    fn name_script(&mut self, path: &FieldPath) -> Result<(), ApplyError> {
        if self.draft.root().get(SCRIPT).is_some() {
            return Ok(());
        }
        let zip = yaml::Value::from(format!("{SCRIPT}.zip"));
        let neighbour = Field::find(Scope::Challenge, "remote_evaluation");
        let after = neighbour.map(Field::keys_before).unwrap_or_default();
        self.change(yaml::Path::from(SCRIPT), path, |draft, _| {
            draft.insert(&yaml::Path::root(), SCRIPT, &zip, &after)
        })
    }

    /// Gives a file of EvalAI's that the configuration does not name a place
    /// beside it; returns its name there.
    pub(super) fn add_file(&mut self, path: &FieldPath) -> Result<yaml::Value, ApplyError> {
        let content = self.contents.get(path).ok_or_else(|| missing(path))?;
        let bytes = content.bytes().map_err(ApplyError::File)?;
        let kept = content.extension.as_deref();
        let file = if path.field.key == "image" {
            let extension =
                ImageType::of(&bytes).and_then(|image| image.extensions().first().copied());
            self.free_file(&self.beside("logo"), extension.or(kept))?
        } else {
            let stem = format!("annotations/test_annotations_{}", name_of(path));
            self.free_file(&self.beside(&stem), kept.or(Some("json")))?
        };
        let name = self.relative(&file);
        self.changes.0.insert(file, Edited::hidden(bytes, false));
        Ok(yaml::Value::from(name))
    }

    /// Where the configuration finds what it calls `name`.
    pub(super) fn beside(&self, name: &str) -> String {
        match self.worktree.config.folder() {
            "" => name.to_owned(),
            folder => format!("{folder}/{name}"),
        }
    }
}

/// What the file of a phase's field is called after.
fn name_of(path: &FieldPath) -> String {
    match &path.entity {
        Entity::Phase(phase) => format!("phase_{phase}"),
        other => other.to_string(),
    }
}

/// A file's path without the ending of its name, and that.
fn split(file: &RepoPath) -> (&str, Option<&str>) {
    match file.as_str().rsplit_once('.') {
        Some((stem, ending)) if !ending.contains('/') => (stem, Some(ending)),
        _ => (file.as_str(), None),
    }
}

/// The ending of a file with this content: a logo's own type decides, since
/// EvalAI takes no other ending, and no upper case.
fn extension(file: &RepoPath, bytes: &[u8]) -> Option<String> {
    let (_, own) = split(file);
    let typed = ImageType::of(bytes).map(ImageType::extensions);
    match typed {
        Some(typed) if !own.is_some_and(|own| typed.contains(&own)) => {
            typed.first().map(|typed| (*typed).to_owned())
        }
        _ => own.map(str::to_owned),
    }
}

fn missing(path: &FieldPath) -> ApplyError {
    ApplyError::File(format!(
        "{path} cannot be written: its content was not downloaded."
    ))
}
