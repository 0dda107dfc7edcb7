//! The name of one field of one challenge: `title`, `phases.2.end_date`.

use std::cmp::Ordering;
use std::fmt;

use super::catalogue::{Field, SCRIPT_FILE, Scope};

/// What a phase is called on both sides: its config id, or its codename where
/// it has none.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PhaseId {
    /// `challenge_phases[].id`, which EvalAI keeps as `config_id`.
    Number(i64),
    /// `challenge_phases[].codename`.
    Codename(String),
}

impl PhaseId {
    /// Reads what [`fmt::Display`] writes.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        text.parse()
            .map_or_else(|_| Self::Codename(text.to_owned()), Self::Number)
    }
}

/// A codename is shown without what could end a name, a line or a sentence:
/// names stand in commit messages, where `#1` or `@team` would act.
impl fmt::Display for PhaseId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(id) => write!(f, "{id}"),
            Self::Codename(name) => {
                let tame = |c: char| {
                    if c.is_alphanumeric() || c == '-' {
                        c
                    } else {
                        '_'
                    }
                };
                name.chars().map(tame).try_for_each(|c| write!(f, "{c}"))
            }
        }
    }
}

/// By what a phase of one side is matched with one of the other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PhaseKey {
    /// EvalAI's `config_id`, or the configuration's `id`.
    pub id: Option<i64>,
    /// Its codename.
    pub codename: Option<String>,
}

impl PhaseKey {
    /// How a phase that EvalAI answers names itself.
    #[must_use]
    pub fn of(phase: &serde_json::Map<String, serde_json::Value>) -> Self {
        let codename = phase.get("codename").and_then(serde_json::Value::as_str);
        Self {
            id: phase.get("config_id").and_then(serde_json::Value::as_i64),
            codename: codename.map(str::to_owned),
        }
    }

    /// The phase's name: its id, or its codename if it has none.
    #[must_use]
    pub fn name(&self) -> Option<PhaseId> {
        let codename = || self.codename.clone().map(PhaseId::Codename);
        self.id.map(PhaseId::Number).or_else(codename)
    }
}

/// What all files of the evaluation script stand below.
const SCRIPT: &str = "evaluation_script";

/// A path without what could end a name, a line or a sentence.
fn tame(path: &str) -> String {
    let tame = |c: char| {
        if c.is_alphanumeric() || matches!(c, '-' | '.' | '/') {
            c
        } else {
            '_'
        }
    };
    path.chars().map(tame).collect()
}

/// What a field belongs to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Entity {
    /// The challenge itself.
    Challenge,
    /// One of its phases.
    Phase(PhaseId),
    /// A leaderboard, by its config id.
    Leaderboard(i64),
    /// A dataset split, by its config id.
    DatasetSplit(i64),
    /// The meeting of a phase and a dataset split on a leaderboard.
    PhaseSplit(PhaseSplit),
    /// A file of the evaluation script, by its path in the script's folder.
    ScriptFile(String),
}

/// How a phase split is named: by the three it joins, in the configuration as on EvalAI.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PhaseSplit {
    /// The phase (`challenge_phase_id`).
    pub phase: PhaseId,
    /// The leaderboard's config id (`leaderboard_id`).
    pub leaderboard: i64,
    /// The dataset split's config id (`dataset_split_id`).
    pub dataset_split: i64,
}

impl Entity {
    /// Which rows of the catalogue it has.
    #[must_use]
    pub fn scope(&self) -> Scope {
        match self {
            Self::Challenge => Scope::Challenge,
            Self::Phase(_) => Scope::Phase,
            Self::Leaderboard(_) => Scope::Leaderboard,
            Self::DatasetSplit(_) => Scope::DatasetSplit,
            Self::PhaseSplit(_) => Scope::PhaseSplit,
            Self::ScriptFile(_) => Scope::ScriptFile,
        }
    }

    /// Reads what [`fmt::Display`] writes.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (kind, name) = text.split_once('.')?;
        match kind {
            "phases" => Some(Self::Phase(PhaseId::parse(name))),
            "leaderboards" => name.parse().ok().map(Self::Leaderboard),
            "dataset_splits" => name.parse().ok().map(Self::DatasetSplit),
            "phase_splits" => {
                let mut parts = name.rsplitn(3, '-');
                let dataset_split = parts.next()?.parse().ok()?;
                let leaderboard = parts.next()?.parse().ok()?;
                let phase = PhaseId::parse(parts.next()?);
                Some(Self::PhaseSplit(PhaseSplit {
                    phase,
                    leaderboard,
                    dataset_split,
                }))
            }
            _ => None,
        }
    }

    /// What a sentence calls it: `phase 2`.
    #[must_use]
    pub fn described(&self) -> String {
        match self {
            Self::Challenge => "the challenge".to_owned(),
            Self::Phase(id) => format!("phase {id}"),
            Self::Leaderboard(id) => format!("leaderboard {id}"),
            Self::DatasetSplit(id) => format!("dataset split {id}"),
            Self::ScriptFile(path) => format!("{} of the evaluation script", tame(path)),
            Self::PhaseSplit(PhaseSplit {
                phase,
                leaderboard,
                dataset_split,
            }) => {
                format!(
                    "the split of phase {phase} with dataset split {dataset_split} on leaderboard {leaderboard}"
                )
            }
        }
    }
}

impl fmt::Display for Entity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Challenge => Ok(()),
            Self::Phase(id) => write!(f, "phases.{id}"),
            Self::Leaderboard(id) => write!(f, "leaderboards.{id}"),
            Self::DatasetSplit(id) => write!(f, "dataset_splits.{id}"),
            Self::ScriptFile(path) => write!(f, "{SCRIPT}/{}", tame(path)),
            Self::PhaseSplit(PhaseSplit {
                phase,
                leaderboard,
                dataset_split,
            }) => {
                write!(f, "phase_splits.{phase}-{leaderboard}-{dataset_split}")
            }
        }
    }
}

/// One field of one challenge.
#[derive(Debug, Clone)]
pub struct FieldPath {
    /// What it belongs to.
    pub entity: Entity,
    /// Its row in the catalogue.
    pub field: &'static Field,
}

impl FieldPath {
    /// A field of `entity`.
    #[must_use]
    pub fn of(entity: Entity, field: &'static Field) -> Self {
        Self { entity, field }
    }

    /// Reads what [`fmt::Display`] writes; `None` if no row of the catalogue
    /// has that name.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        if let Some(path) = text
            .strip_prefix(SCRIPT)
            .and_then(|rest| rest.strip_prefix('/'))
        {
            return Some(Self::script_file(path));
        }
        let (entity, key) = match text.rsplit_once('.') {
            Some((entity, key)) => (Entity::parse(entity)?, key),
            None => (Entity::Challenge, text),
        };
        Some(Self {
            field: Field::find(entity.scope(), key)?,
            entity,
        })
    }

    /// A file of the evaluation script.
    #[must_use]
    pub fn script_file(path: &str) -> Self {
        let entity = Entity::ScriptFile(path.to_owned());
        Self {
            entity,
            field: &SCRIPT_FILE,
        }
    }

    /// The same field's neighbour `key`, of the same entity.
    #[must_use]
    pub fn sibling(&self, key: &str) -> Option<Self> {
        Field::find(self.field.scope, key).map(|field| Self {
            entity: self.entity.clone(),
            field,
        })
    }
}

impl fmt::Display for FieldPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.entity {
            Entity::Challenge => f.write_str(self.field.key),
            Entity::ScriptFile(_) => self.entity.fmt(f),
            entity => write!(f, "{entity}.{}", self.field.key),
        }
    }
}

impl PartialEq for FieldPath {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for FieldPath {}

impl PartialOrd for FieldPath {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// The challenge's own fields first, then phase by phase and so on, each in
/// the order of the catalogue.
impl Ord for FieldPath {
    #[inline]
    fn cmp(&self, other: &Self) -> Ordering {
        let by_entity = match (&self.entity, &other.entity) {
            // Most fields are those of phases with a number.
            (Entity::Phase(PhaseId::Number(one)), Entity::Phase(PhaseId::Number(other))) => {
                one.cmp(other)
            }
            (one, other) => one.cmp(other),
        };
        by_entity.then_with(|| self.field.index().cmp(&other.field.index()))
    }
}

#[cfg(test)]
mod tests;
