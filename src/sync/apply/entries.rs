//! Entries of the configuration's lists for what is new on EvalAI.

use std::collections::BTreeMap;

use super::{ApplyError, Edit};
use crate::challenge::catalogue::Kind;
use crate::challenge::notation;
use crate::challenge::path::{Entity, PhaseId, PhaseSplit};
use crate::repository::worktree::Files;
use crate::sync::plan::{Item, Plan};
use crate::yaml;

impl<F: Files> Edit<'_, F> {
    /// Adds an entry for each phase, leaderboard and split that the
    /// configuration does not have, at the end of its list.
    pub(super) fn add_entries(&mut self, plan: &Plan) -> Result<(), ApplyError> {
        let here = self.worktree.side.entities();
        let mut entries: BTreeMap<&Entity, Vec<&Item>> = BTreeMap::new();
        for item in plan
            .written()
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
                let Some(value) = item.written().value() else {
                    continue;
                };
                let yaml = match item.path.field.kind {
                    Kind::Html => {
                        let file = self.give_file(&item.path, &self.templates(), value, None)?;
                        yaml::Value::from(self.relative(&file))
                    }
                    Kind::File => self.add_file(&item.path)?,
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
    pub(super) fn any(&self, list: &str, key: &str) -> Option<&yaml::Value> {
        let entries = self.document.root().get(list)?.as_seq()?;
        entries.iter().find_map(|entry| entry.get(key))
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
        Entity::Challenge | Entity::ScriptFile(_) => Vec::new(),
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
