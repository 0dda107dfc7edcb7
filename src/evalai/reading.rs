//! From EvalAI's answers to its side of the challenge, by the field catalogue.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value as Json;

use super::snapshot::{Known, Snapshot};
use super::structure::Structure;
use super::wire::Object;
use crate::challenge::catalogue::{Field, Kind, Scope, Source};
use crate::challenge::path::{Entity, FieldPath, PhaseId, PhaseKey, PhaseSplit};
use crate::challenge::side::{Reading, Side};
use crate::challenge::value::Value;

/// EvalAI's side of a challenge.
#[derive(Debug, Clone, PartialEq)]
pub struct Held {
    /// What it holds for every field that was asked for.
    pub side: Side,
    /// Its phases.
    pub phases: Vec<PhaseKey>,
    /// The lists that it told in full; what is in one of these and not in
    /// `side` is not on EvalAI.
    pub lists: BTreeSet<Scope>,
    /// Whether EvalAI's staff has approved the challenge, which locks some fields.
    pub approved: bool,
}

/// Two phases of one challenge that cannot be told apart.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "EvalAI's challenge {challenge} has two phases that the configuration cannot tell apart: both are phase {phase} (with the codenames {codenames}). Give each a config id of its own"
)]
pub struct TwinPhases {
    challenge: u64,
    phase: String,
    codenames: String,
}

impl Snapshot {
    /// Brings EvalAI's answers into the form in which both sides are compared.
    ///
    /// # Errors
    /// [`TwinPhases`] if two phases have one name.
    pub fn held(&self) -> Result<Held, TwinPhases> {
        let mut held = Held {
            side: Side::default(),
            phases: Vec::new(),
            lists: BTreeSet::new(),
            approved: self.challenge.get("approved_by_admin") == Some(&Json::Bool(true)),
        };
        self.read_challenge(&mut held.side);
        if let Known::Yes(phases) = &self.phases {
            let names = self.read_phases(phases, &mut held)?;
            held.lists.insert(Scope::Phase);
            if let (Known::Yes(splits), Known::Yes(structure)) =
                (&self.phase_splits, &self.structure)
            {
                for split in splits {
                    read_split(split, structure, &names, &mut held.side);
                }
                held.lists.insert(Scope::PhaseSplit);
            }
        }
        Ok(held)
    }

    fn read_challenge(&self, side: &mut Side) {
        for field in Field::of(Scope::Challenge).filter(|field| field.kind != Kind::File) {
            let reading = match field.source {
                Source::Challenge(name) => read(field, name, &self.challenge),
                Source::Worker(name) => match &self.worker {
                    Known::Yes(worker) => read(field, name, worker),
                    Known::No(reason) => {
                        Reading::Unknown(format!("{} is unknown: {reason}", field.key))
                    }
                },
                Source::Rows(name, flag) => match self.rows(name, flag) {
                    Some(rows) => value(field, name, &rows),
                    None => continue,
                },
                Source::Phase(_) | Source::Splits(_) | Source::Own(_) => continue,
            };
            side.put(FieldPath::of(Entity::Challenge, field), reading);
        }
    }

    /// The rows of a list that counts while `flag` is true; `None` if it was not asked for.
    fn rows(&self, name: &str, flag: &str) -> Option<Json> {
        let structure = self.structure.yes()?;
        let rows = if name == "prizes" {
            &structure.prizes
        } else {
            &structure.sponsors
        };
        let rows = rows.as_ref()?.iter().cloned().map(Json::Object).collect();
        let counts = self.challenge.get(flag) == Some(&Json::Bool(true));
        Some(if counts {
            Json::Array(rows)
        } else {
            Json::Null
        })
    }

    /// Reads all phases; returns their names by database id.
    fn read_phases(
        &self,
        phases: &[Object],
        held: &mut Held,
    ) -> Result<BTreeMap<u64, PhaseId>, TwinPhases> {
        let mut names = BTreeMap::new();
        let keys: Vec<_> = phases.iter().map(PhaseKey::of).collect();
        let mut seen = BTreeMap::new();
        for (phase, key) in phases.iter().zip(&keys) {
            // A phase with neither was made through the API; no configuration can name it.
            let Some(name) = key.name() else { continue };
            let codename = key.codename.as_deref().unwrap_or_default();
            if let Some(other) = seen.insert(name.clone(), codename) {
                return Err(TwinPhases {
                    challenge: self.id,
                    phase: name.to_string(),
                    codenames: format!("{other:?} and {codename:?}"),
                });
            }
            for field in Field::of(Scope::Phase).filter(|field| field.kind != Kind::File) {
                if let Source::Phase(source) = field.source {
                    let path = FieldPath::of(Entity::Phase(name.clone()), field);
                    held.side.put(path, read(field, source, phase));
                }
            }
            names.extend(id(phase, "id").map(|id| (id, name)));
            held.phases.push(key.clone());
        }
        Ok(names)
    }
}

/// Reads a phase split, and what it tells of its leaderboard and its dataset
/// split. One whose config ids are not known was not made by a push.
fn read_split(
    split: &Object,
    structure: &Structure,
    phases: &BTreeMap<u64, PhaseId>,
    side: &mut Side,
) {
    let ids = &structure.ids;
    let named = || {
        let leaderboard = *ids.splits.get(&id(split, "id")?)?;
        let dataset_split = id(split, "dataset_split")?;
        let name = PhaseSplit {
            phase: phases.get(&id(split, "challenge_phase")?)?.clone(),
            leaderboard: *ids.leaderboards.get(&leaderboard)?,
            dataset_split: *ids.dataset_splits.get(&dataset_split)?,
        };
        Some((name, leaderboard, dataset_split))
    };
    let Some((name, leaderboard, dataset_split)) = named() else {
        return;
    };
    let entities = [
        (
            Entity::Leaderboard(name.leaderboard),
            structure.leaderboards.get(&leaderboard),
        ),
        (
            Entity::DatasetSplit(name.dataset_split),
            structure.dataset_splits.get(&dataset_split),
        ),
        (
            Entity::PhaseSplit(name),
            id(split, "id").and_then(|id| structure.splits.get(&id)),
        ),
    ];
    for (entity, own) in entities {
        for field in Field::of(entity.scope()) {
            let reading = match (field.source, own) {
                (Source::Splits(source), _) => read(field, source, split),
                (Source::Own(source), Some(own)) => read(field, source, own),
                _ => continue,
            };
            side.put(FieldPath::of(entity.clone(), field), reading);
        }
    }
}

fn id(object: &Object, key: &str) -> Option<u64> {
    object.get(key).and_then(Json::as_u64)
}

fn read(field: &Field, name: &str, object: &Object) -> Reading {
    match object.get(name) {
        Some(json) => value(field, name, json),
        None => Reading::Unknown(format!("this EvalAI does not tell `{name}`")),
    }
}

fn value(field: &Field, name: &str, json: &Json) -> Reading {
    match Value::from_json(field.kind, json) {
        Ok(value) => Reading::Value(value),
        Err(problem) => Reading::Unknown(format!("EvalAI's `{name}` {problem}")),
    }
}
