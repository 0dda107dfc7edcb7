//! Carrying a plan out, in memory: from decisions to the new content of files.
//!
//! After the edits everything is read again and compared with what was
//! intended; if anything else differs, nothing comes of it.

use std::collections::{BTreeMap, BTreeSet};

use super::plan::{Item, Plan};
use crate::challenge::catalogue::Kind;
use crate::challenge::notation;
use crate::challenge::path::{Entity, FieldPath, PhaseId, PhaseKey, PhaseSplit};
use crate::challenge::side::Reading;
use crate::challenge::value::Value;
use crate::repository::path::RepoPath;
use crate::repository::text::{LineEnding, rewrite};
use crate::repository::worktree::{Files, Place, Worktree};
use crate::yaml;

/// The new content of every file that a plan changes; nothing else changes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Changes(pub BTreeMap<RepoPath, Vec<u8>>);

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

/// Carries `plan` out on what `worktree` was read from.
///
/// # Errors
/// [`ApplyError`]; nothing is half done.
pub fn apply(
    plan: &Plan,
    worktree: &Worktree,
    files: &impl Files,
    phases: &[PhaseKey],
) -> Result<Changes, ApplyError> {
    let mut edit = Edit {
        worktree,
        files,
        document: worktree.document.clone(),
        changes: Changes::default(),
    };
    for item in plan.taken() {
        let Some(value) = item.evalai.value() else {
            continue;
        };
        match worktree.places.get(&item.path) {
            Some(Place::Inline(key)) => edit.set(&item.path, key, value)?,
            Some(Place::Absent(holder)) => edit.insert(&item.path, holder, value)?,
            Some(Place::File { .. }) | None => {}
        }
    }
    edit.add_entries(plan)?;
    edit.write_files(plan)?;
    if edit.document.bytes() != worktree.document.bytes() {
        let bytes = edit.document.bytes().to_vec();
        edit.changes.0.insert(worktree.config.clone(), bytes);
    }
    let changes = edit.changes;
    verify(
        plan,
        worktree,
        &Overlay {
            changes: &changes,
            files,
        },
        phases,
    )?;
    Ok(changes)
}

struct Edit<'a, F> {
    worktree: &'a Worktree,
    files: &'a F,
    document: yaml::Document,
    changes: Changes,
}

impl<F: Files> Edit<'_, F> {
    fn failed(&self, field: &FieldPath) -> impl FnOnce(yaml::EditError) -> ApplyError {
        let (config, field) = (self.worktree.config.clone(), field.to_string());
        |problem| ApplyError::Edit {
            config,
            field,
            problem,
        }
    }

    fn set(&mut self, path: &FieldPath, key: &yaml::Path, value: &Value) -> Result<(), ApplyError> {
        // `domain: null` is refused by the next push: no domain is no key.
        let edited = if path.field.key == "domain" && *value == Value::Null {
            self.document.remove(key)
        } else {
            let yaml = notation::to_yaml(path.field.kind, value, self.document.get(key));
            self.document.set(key, &yaml)
        };
        self.document = edited.map_err(self.failed(path))?;
        Ok(())
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
            // Quoted and plain dates in one pair make a push fail: follow the partner's notation.
            Kind::Date => {
                let partner = if path.field.key == "start_date" {
                    "end_date"
                } else {
                    "start_date"
                };
                notation::to_yaml(
                    Kind::Date,
                    value,
                    self.document.get(&holder.clone().at(partner)),
                )
            }
            kind => notation::to_yaml(kind, value, None),
        };
        let after = path.field.keys_before();
        let inserted = self.document.insert(holder, path.field.key, &yaml, &after);
        self.document = inserted.map_err(self.failed(path))?;
        Ok(())
    }

    /// Adds an entry for each phase, leaderboard and split that the
    /// configuration does not have, at the end of its list.
    fn add_entries(&mut self, plan: &Plan) -> Result<(), ApplyError> {
        let here = self.worktree.side.entities();
        let mut entries: BTreeMap<&Entity, Vec<&Item>> = BTreeMap::new();
        for item in plan
            .taken()
            .filter(|item| !here.contains(&item.path.entity))
        {
            entries.entry(&item.path.entity).or_default().push(item);
        }
        for (entity, items) in entries {
            let Some(list) = entity.scope().list() else {
                continue;
            };
            let mut pairs = identity(entity);
            for item in &items {
                let Some(value) = item.evalai.value() else {
                    continue;
                };
                let yaml = match item.path.field.kind {
                    Kind::Html => {
                        let file = self.give_file(&item.path, &self.templates(), value, None)?;
                        yaml::Value::from(self.relative(&file))
                    }
                    Kind::Date => {
                        notation::to_yaml(Kind::Date, value, self.any(list, item.path.field.key))
                    }
                    kind => notation::to_yaml(kind, value, None),
                };
                pairs.push((yaml::Value::from(item.path.field.key), yaml));
            }
            let entry = yaml::Value::Map(pairs);
            let edited = match self.document.root().get(list) {
                Some(yaml::Value::Seq(entries)) => {
                    let entries = entries.iter().cloned().chain([entry]).collect();
                    self.document
                        .set(&yaml::Path::from(list), &yaml::Value::Seq(entries))
                }
                Some(_) => self
                    .document
                    .set(&yaml::Path::from(list), &yaml::Value::Seq(vec![entry])),
                None => self.document.insert(
                    &yaml::Path::root(),
                    list,
                    &yaml::Value::Seq(vec![entry]),
                    &[],
                ),
            };
            let first = items
                .first()
                .map_or_else(|| list.to_owned(), |item| item.path.to_string());
            self.document = edited.map_err(|problem| ApplyError::Edit {
                config: self.worktree.config.clone(),
                field: first,
                problem,
            })?;
        }
        Ok(())
    }

    /// What some entry of `list` says under `key`: the notation for another.
    fn any(&self, list: &str, key: &str) -> Option<&yaml::Value> {
        let entries = self.document.root().get(list)?.as_seq()?;
        entries.iter().find_map(|entry| entry.get(key))
    }

    /// The folder in which this repository keeps its templates.
    fn templates(&self) -> String {
        let known = self.worktree.places.values().find_map(Place::file);
        known.map_or("templates", RepoPath::folder).to_owned()
    }

    /// Writes the texts that stand in files of their own. Fields that share a
    /// file share it as long as they mean the same.
    fn write_files(&mut self, plan: &Plan) -> Result<(), ApplyError> {
        let mut shared: BTreeMap<&RepoPath, Vec<(&FieldPath, &yaml::Path)>> = BTreeMap::new();
        for (path, place) in &self.worktree.places {
            if let Place::File { key, file } = place {
                shared.entry(file).or_default().push((path, key));
            }
        }
        let taken: BTreeMap<&FieldPath, &Item> =
            plan.taken().map(|item| (&item.path, item)).collect();
        for (file, fields) in shared {
            let stays = fields.iter().any(|(path, _)| !taken.contains_key(*path));
            let mut written: Vec<(&Value, RepoPath)> = Vec::new();
            for (path, key) in fields {
                let Some(value) = taken.get(path).and_then(|item| item.evalai.value()) else {
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
                    self.document = self.document.set(key, &text).map_err(self.failed(path))?;
                }
                written.push((value, own));
            }
        }
        Ok(())
    }

    fn write(&mut self, file: &RepoPath, old: Option<&str>, value: &Value) {
        let config = String::from_utf8_lossy(self.worktree.document.bytes());
        let usual = LineEnding::of(&config).unwrap_or(LineEnding::Lf);
        let bytes = rewrite(old, &value.lines(), usual).into_bytes();
        self.changes.0.insert(file.clone(), bytes);
    }

    fn read(&self, file: &RepoPath) -> Result<Option<String>, ApplyError> {
        let bytes = self.files.read(file).map_err(ApplyError::File)?;
        Ok(bytes.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()))
    }

    /// A file of its own for a text, named in the starter's manner: one that
    /// is there unused and says the same, else a new one in the style of `like`.
    fn give_file(
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
        let used: BTreeSet<&RepoPath> = self
            .worktree
            .places
            .values()
            .filter_map(Place::file)
            .collect();
        for count in 1..1000 {
            let name = if count == 1 {
                format!("{stem}.html")
            } else {
                format!("{stem}_{count}.html")
            };
            let place = if folder.is_empty() {
                name
            } else {
                format!("{folder}/{name}")
            };
            let Ok(file) = RepoPath::new(&place) else {
                break;
            };
            if used.contains(&file) || self.changes.0.contains_key(&file) {
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

/// The keys by which EvalAI knows an entry.
fn identity(entity: &Entity) -> Vec<(yaml::Value, yaml::Value)> {
    let pair = |key: &str, id: i64| (yaml::Value::from(key), yaml::Value::Int(id));
    let phase_id = |key: &str, phase: &PhaseId| match phase {
        PhaseId::Number(id) => Some(pair(key, *id)),
        PhaseId::Codename(_) => None,
    };
    match entity {
        Entity::Challenge => Vec::new(),
        Entity::Phase(id) => phase_id("id", id).into_iter().collect(),
        Entity::Leaderboard(id) | Entity::DatasetSplit(id) => vec![pair("id", *id)],
        Entity::PhaseSplit(PhaseSplit {
            phase,
            leaderboard,
            dataset_split,
        }) => {
            let phase = phase_id("challenge_phase_id", phase);
            let others = [
                pair("leaderboard_id", *leaderboard),
                pair("dataset_split_id", *dataset_split),
            ];
            phase.into_iter().chain(others).collect()
        }
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
            Some(bytes) => Ok(Some(bytes.clone())),
            None => self.files.read(path),
        }
    }
}

/// Reads everything again: each taken field must now mean what EvalAI holds, every other what it meant before.
fn verify(
    plan: &Plan,
    before: &Worktree,
    files: &impl Files,
    phases: &[PhaseKey],
) -> Result<(), ApplyError> {
    let after = Worktree::read(files, &before.config, phases)
        .map_err(|error| ApplyError::Verify(error.to_string()))?;
    let mut intended = before.side.clone();
    for item in plan.taken() {
        let gone = item.path.field.key == "domain" && item.evalai.value() == Some(&Value::Null);
        let reading = if gone {
            Reading::Absent
        } else {
            item.evalai.clone()
        };
        intended.put(item.path.clone(), reading);
    }
    intended.lower_as_a_push_does();
    let extra = after
        .side
        .iter()
        .find(|(path, reading)| intended.get(path).is_none() && **reading != Reading::Absent);
    if let Some((path, _)) = extra {
        return Err(ApplyError::Verify(path.to_string()));
    }
    let differs = intended
        .iter()
        .find(|(path, reading)| after.side.get(path) != Some(reading));
    match differs {
        Some((path, _)) => Err(ApplyError::Verify(path.to_string())),
        None => Ok(()),
    }
}
