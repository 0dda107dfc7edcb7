//! Carrying a plan out, in memory: from decisions to the new content of files.
//!
//! After the edits everything is read again and compared with what was
//! intended; if anything else differs, nothing comes of it.

mod entries;
mod media;
mod texts;
mod verify;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::media::Content;
use super::plan::Plan;
use crate::challenge::catalogue::{Assumed, Kind};
use crate::challenge::notation;
use crate::challenge::path::{FieldPath, PhaseKey};
use crate::challenge::value::Value;
use crate::repository::path::RepoPath;
use crate::repository::text::LineEnding;
use crate::repository::worktree::{Files, LARGEST_TEXT, Place, Worktree};
use crate::yaml;

/// What becomes of every file that a plan changes; nothing else changes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Changes(pub BTreeMap<RepoPath, Edited>);

impl Changes {
    /// No text becomes so large that the next sync could not read it.
    fn can_be_read(&self) -> Result<(), ApplyError> {
        let too_large = |edited: &Edited| matches!(edited, Edited::Written { bytes, shown: true, .. } if bytes.len() as u64 > LARGEST_TEXT);
        match self.0.iter().find(|(_, edited)| too_large(edited)) {
            Some((file, _)) => Err(ApplyError::File(format!(
                "{file} would be larger than {} MiB, the most that is read of a text, so nothing is written. Shorten the text on EvalAI.",
                LARGEST_TEXT >> 20
            ))),
            None => Ok(()),
        }
    }
}

/// What becomes of one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Edited {
    /// It gets this content, and keeps its mode.
    Written {
        /// The whole content.
        bytes: Vec<u8>,
        /// Whether it is executable if it is new.
        executable: bool,
        /// Whether a report may show it: a text that everybody may see.
        shown: bool,
    },
    /// It goes.
    Deleted,
}

impl Edited {
    /// The new content; `None` if the file goes.
    #[must_use]
    pub fn bytes(&self) -> Option<&[u8]> {
        match self {
            Self::Written { bytes, .. } => Some(bytes),
            Self::Deleted => None,
        }
    }

    /// A file's new content; not executable if it is new.
    pub(super) fn text(bytes: Vec<u8>) -> Self {
        Self::Written {
            bytes,
            executable: false,
            shown: true,
        }
    }

    /// A file's new content that no report shows: it is no text, or not for everybody.
    fn hidden(bytes: Vec<u8>, executable: bool) -> Self {
        Self::Written {
            bytes,
            executable,
            shown: false,
        }
    }
}

/// The names a new file may have, the plain one first; fewer if the folder's own name is no path.
fn numbered(stem: &str, ending: &str) -> impl Iterator<Item = RepoPath> {
    (1..1000).map_while(move |count| {
        let number = match count {
            1 => String::new(),
            _ => format!("_{count}"),
        };
        RepoPath::new(&format!("{stem}{number}{ending}")).ok()
    })
}

/// What [`apply`] works on.
#[derive(Debug, Clone, Copy)]
pub struct Base<'a, F> {
    /// The configuration as the plan saw it.
    pub worktree: &'a Worktree,
    /// The files behind it.
    pub files: &'a F,
    /// EvalAI's phases, by which the configuration's are named.
    pub phases: &'a [PhaseKey],
    /// The content of EvalAI's files.
    pub contents: &'a BTreeMap<FieldPath, Content>,
    /// The content of files in which both sides' changes are merged.
    pub merged: &'a BTreeMap<FieldPath, Vec<u8>>,
}

/// Why a plan cannot be carried out; nothing is written.
#[derive(Debug, thiserror::Error)]
pub enum ApplyError {
    /// The configuration cannot be edited so that only this value changes.
    #[error("{config}: {field} cannot be written: {problem}")]
    Edit {
        /// The configuration.
        config: RepoPath,
        /// The field, or the first one of a new entry.
        field: String,
        /// Why.
        problem: yaml::EditError,
    },
    /// A file cannot be read, or a new one has no name. Holds a sentence.
    #[error("{0}")]
    File(String),
    /// What was written does not read back as what was intended.
    #[error(
        "the edited files do not read back as intended ({0}): nothing is written; please report this as a bug of evalai-sync"
    )]
    Verify(String),
}

/// Carries `plan` out on `base`.
///
/// # Errors
/// [`ApplyError`]; nothing is half done.
pub fn apply<F: Files>(plan: &Plan, base: &Base<'_, F>) -> Result<Changes, ApplyError> {
    let Base {
        worktree,
        files,
        contents,
        merged,
        ..
    } = *base;
    if plan.written().next().is_none() {
        return Ok(Changes::default());
    }
    let config = String::from_utf8_lossy(worktree.document.bytes());
    let mut edit = Edit {
        worktree,
        files,
        contents,
        merged,
        line_ending: LineEnding::of(&config).unwrap_or(LineEnding::Lf),
        used: worktree.places.values().filter_map(Place::file).collect(),
        draft: worktree.document.draft(),
        fields: Vec::new(),
        changes: Changes::default(),
    };
    for item in plan.written() {
        let Some(value) = item.written().value() else {
            continue;
        };
        match (worktree.places.get(&item.path), item.path.field.kind) {
            (Some(Place::File { key, file }), Kind::File) => {
                edit.take_file(item, plan, key, file)?;
            }
            (Some(Place::File { .. }), _) => {}
            (Some(Place::Inline(key)), _) => edit.set(&item.path, key, value)?,
            (Some(Place::Absent(holder)), _) => edit.insert(&item.path, holder, value)?,
            (None, _) => edit.add_script_file(&item.path)?,
        }
    }
    edit.keep_lowered(plan)?;
    edit.add_entries(plan)?;
    edit.write_files(plan)?;
    let (changes, edited) = edit.finish()?;
    changes.can_be_read()?;
    verify::verify(plan, base, &changes, edited)?;
    Ok(changes)
}

struct Edit<'a, F> {
    worktree: &'a Worktree,
    files: &'a F,
    contents: &'a BTreeMap<FieldPath, Content>,
    merged: &'a BTreeMap<FieldPath, Vec<u8>>,
    /// How the configuration ends its lines.
    line_ending: LineEnding,
    /// The files that the configuration names.
    used: BTreeSet<&'a RepoPath>,
    draft: yaml::Draft<'a>,
    /// What each change of the draft is made for: a field's name.
    fields: Vec<(yaml::Path, String)>,
    changes: Changes,
}

impl<F: Files> Edit<'_, F> {
    /// Makes a change of the configuration, for `field`.
    fn change(
        &mut self,
        key: yaml::Path,
        field: &impl ToString,
        make: impl FnOnce(&mut yaml::Draft<'_>, &yaml::Path) -> Result<(), yaml::EditError>,
    ) -> Result<(), ApplyError> {
        let made = make(&mut self.draft, &key);
        self.fields.push((key, field.to_string()));
        made.map_err(|problem| failed(self.worktree, &self.fields, problem))
    }

    /// All that changed, and the configuration as it reads then.
    fn finish(self) -> Result<(Changes, Arc<yaml::Document>), ApplyError> {
        let Self {
            worktree,
            draft,
            fields,
            mut changes,
            ..
        } = self;
        let edited = draft.finish();
        let edited = edited.map_err(|problem| failed(worktree, &fields, problem))?;
        if edited.bytes() != worktree.document.bytes() {
            let config = Edited::text(edited.bytes().to_vec());
            changes.0.insert(worktree.config.clone(), config);
        }
        Ok((changes, Arc::new(edited)))
    }

    fn set(&mut self, path: &FieldPath, key: &yaml::Path, value: &Value) -> Result<(), ApplyError> {
        // `domain: null` is refused by the next push: no domain is no key.
        let goes = path.field.key == "domain" && *value == Value::Null;
        let yaml = notation::to_yaml(path.field.kind, value, self.draft.get(key));
        self.change(key.clone(), path, |draft, key| {
            if goes {
                draft.remove(key)
            } else {
                draft.set(key, &yaml)
            }
        })
    }

    fn insert(
        &mut self,
        path: &FieldPath,
        holder: &yaml::Path,
        value: &Value,
    ) -> Result<(), ApplyError> {
        let yaml = match path.field.kind {
            Kind::Html => {
                let file = self.give_file(path, &self.templates(), value, None)?;
                yaml::Value::from(self.relative(&file))
            }
            Kind::File => self.add_file(path)?,
            Kind::Date => self.dated(value, |key| self.draft.get(&holder.clone().at(key))),
            kind => notation::to_yaml(kind, value, None),
        };
        let after = path.field.keys_before();
        let key = holder.clone().at(path.field.key);
        self.change(key, path, |draft, _| {
            draft.insert(holder, path.field.key, &yaml, &after)
        })
    }

    /// Writes out the number to which EvalAI has lowered what the configuration says, where the limit
    /// that did so changes: it would mean another number under the new one.
    fn keep_lowered(&mut self, plan: &Plan) -> Result<(), ApplyError> {
        let written: BTreeSet<&FieldPath> = plan.written().map(|item| &item.path).collect();
        for (path, place) in &self.worktree.places {
            let (Place::Inline(key), Assumed::AtMost(_, limit)) = (place, path.field.assumed)
            else {
                continue;
            };
            let moves = path
                .sibling(limit)
                .is_some_and(|limit| written.contains(&limit));
            let said = self.draft.get(key);
            let said = said.and_then(|yaml| notation::from_yaml(Kind::Int, yaml).ok());
            if let (Some(said), Some(meant)) = (said, self.worktree.side.value(path))
                && moves
                && !written.contains(path)
                && said != *meant
            {
                self.set(path, key, meant)?;
            }
        }
        Ok(())
    }

    fn read(&self, file: &RepoPath) -> Result<Option<String>, ApplyError> {
        let bytes = self.files.read(file).map_err(ApplyError::File)?;
        Ok(bytes.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()))
    }

    /// How the configuration names `file`: relative to its own folder.
    fn relative(&self, file: &RepoPath) -> String {
        let folder = self.worktree.config.folder();
        let inside = file
            .as_str()
            .strip_prefix(folder)
            .filter(|_| !folder.is_empty());
        inside
            .map_or(file.as_str(), |rest| rest.trim_start_matches('/'))
            .to_owned()
    }
}

/// A change of the configuration that cannot be made, with the name of the field it is for.
fn failed(
    worktree: &Worktree,
    fields: &[(yaml::Path, String)],
    problem: yaml::EditError,
) -> ApplyError {
    let field = fields.iter().rev().find(|(key, _)| *key == problem.path);
    ApplyError::Edit {
        config: worktree.config.clone(),
        field: field.map_or_else(|| problem.path.to_string(), |(_, field)| field.clone()),
        problem,
    }
}
