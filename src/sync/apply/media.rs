//! Files that EvalAI holds as files: the logo, the evaluation script, annotations.

use super::{ApplyError, Edit, Edited};
use crate::challenge::catalogue::Scope;
use crate::challenge::path::{Entity, FieldPath};
use crate::challenge::value::Value;
use crate::repository::image::ImageType;
use crate::repository::media::{SCRIPT, Script};
use crate::repository::path::RepoPath;
use crate::repository::text::in_endings_of;
use crate::repository::worktree::Files;
use crate::yaml;

impl<F: Files> Edit<'_, F> {
    /// Writes a file of EvalAI's where the repository keeps it; one that is gone there goes here.
    pub(super) fn take_file(
        &mut self,
        path: &FieldPath,
        key: &yaml::Path,
        file: &RepoPath,
        value: &Value,
    ) -> Result<(), ApplyError> {
        if *value == Value::Null {
            self.changes.0.insert(file.clone(), Edited::Deleted);
            return Ok(());
        }
        let Some(content) = self.contents.get(path) else {
            return Err(missing(path));
        };
        let bytes = content.bytes().map_err(ApplyError::File)?;
        if path.field.key == "image"
            && let Some(renamed) = renamed_image(file, &bytes)
        {
            let name = yaml::Value::from(self.relative(&renamed));
            self.document = self.document.set(key, &name).map_err(self.failed(path))?;
            self.changes.0.insert(file.clone(), Edited::Deleted);
            self.changes.0.insert(renamed, Edited::text(bytes));
            return Ok(());
        }
        let bytes = match self.files.read(file).map_err(ApplyError::File)? {
            Some(old) if path.field.scope == Scope::ScriptFile => in_endings_of(&old, bytes),
            _ => bytes,
        };
        let executable = content.executable;
        self.changes
            .0
            .insert(file.clone(), Edited::Written { bytes, executable });
        Ok(())
    }

    /// Writes a file that is new in the evaluation script.
    pub(super) fn add_script_file(&mut self, path: &FieldPath) -> Result<(), ApplyError> {
        let Entity::ScriptFile(name) = &path.entity else {
            return Ok(());
        };
        let folder = || Script::Folder(SCRIPT.to_owned());
        let script = self.worktree.script.clone().unwrap_or_else(folder);
        let file = script.place(name).ok_or_else(|| {
            ApplyError::File(format!(
                "{path} cannot be written: its name leads nowhere in this repository."
            ))
        })?;
        let content = self.contents.get(path).ok_or_else(|| missing(path))?;
        let (bytes, executable) = (
            content.bytes().map_err(ApplyError::File)?,
            content.executable,
        );
        self.changes
            .0
            .insert(file, Edited::Written { bytes, executable });
        Ok(())
    }

    /// Gives the annotations of a new phase a file of their own.
    pub(super) fn add_annotations(&mut self, path: &FieldPath) -> Result<yaml::Value, ApplyError> {
        let content = self.contents.get(path).ok_or_else(|| missing(path))?;
        let extension = content.extension.as_deref().unwrap_or("json");
        let name = format!("annotations/test_annotations_{}.{extension}", path.entity);
        let file = self.worktree.config.beside(&name).map_err(|problem| {
            ApplyError::File(format!("{path} cannot be written: {name} {problem}."))
        })?;
        let bytes = content.bytes().map_err(ApplyError::File)?;
        self.changes.0.insert(file, Edited::text(bytes));
        Ok(yaml::Value::from(name))
    }
}

fn missing(path: &FieldPath) -> ApplyError {
    ApplyError::File(format!(
        "{path} cannot be written: its content was not downloaded."
    ))
}

/// The path a logo of another type needs: EvalAI takes only the lower-case
/// endings of its own type. `None` if it may keep its own.
fn renamed_image(file: &RepoPath, bytes: &[u8]) -> Option<RepoPath> {
    let extensions = ImageType::of(bytes)?.extensions();
    let (stem, own) = file.as_str().rsplit_once('.')?;
    if extensions.contains(&own) {
        return None;
    }
    RepoPath::new(&format!("{stem}.{}", extensions.first()?)).ok()
}
