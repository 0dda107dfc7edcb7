//! What the real server checks before it takes a configuration over, in its order.

mod challenge;
mod extras;
mod phases;
mod splits;

use evalai_sync::yaml::Value;
use serde_json::Value as Json;

use super::archive::Archive;
use super::python::{Crash, input, item};
use crate::http::Input;
use crate::state::{Row, State, flag, number};
pub(super) use phases::REQUIRED as REQUIRED_OF_PHASE;

/// The values of a row as a serializer gets them; of a field that is named twice the last counts.
pub(super) type Inputs = Vec<(String, Input)>;

/// A leaderboard or dataset split as the configuration describes it.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) id: Value,
    pub(super) inputs: Inputs,
}

/// A phase as the configuration describes it.
#[derive(Debug)]
pub(super) struct Phase {
    pub(super) id: Value,
    pub(super) codename: Value,
    pub(super) inputs: Inputs,
    /// Whether it comes with annotations.
    pub(super) annotated: bool,
}

/// A configuration that can be taken over.
#[derive(Debug, Default)]
pub(super) struct Config {
    pub(super) challenge: Inputs,
    pub(super) leaderboards: Vec<Entry>,
    pub(super) phases: Vec<Phase>,
    pub(super) dataset_splits: Vec<Entry>,
    pub(super) phase_splits: Vec<Value>,
    pub(super) tags: Option<Value>,
    pub(super) domain: Option<Value>,
    pub(super) sponsors: Option<Value>,
    pub(super) prizes: Option<Value>,
}

/// What EvalAI holds of the challenge, by the ids that the configuration gave.
#[derive(Debug, Default)]
struct Current {
    approved: bool,
    leaderboards: Vec<(i64, Row)>,
    dataset_splits: Vec<(i64, Row)>,
    phases: Vec<i64>,
    /// Leaderboard, phase and dataset split.
    splits: Vec<([i64; 3], Row)>,
}

impl Current {
    fn read(state: &State, id: u64) -> Result<Self, Crash> {
        let config_id = |row: &Row| row.get("config_id").and_then(Json::as_i64).ok_or(Crash);
        let mut current = Self {
            approved: state
                .challenges
                .get(&id)
                .is_some_and(|challenge| flag(&challenge.row, "approved_by_admin")),
            ..Self::default()
        };
        for phase in state.phases_of(id) {
            current.phases.push(config_id(phase)?);
        }
        for split in state.splits_of(id) {
            let phase = state.phase(number(split, "challenge_phase")).ok_or(Crash)?;
            let leaderboard = state.leaderboards.get(&number(split, "leaderboard"));
            let leaderboard = leaderboard.ok_or(Crash)?;
            let dataset_split = state.dataset_splits.get(&number(split, "dataset_split"));
            let dataset_split = dataset_split.ok_or(Crash)?;
            let ids = [
                config_id(leaderboard)?,
                config_id(phase)?,
                config_id(dataset_split)?,
            ];
            current.leaderboards.push((ids[0], leaderboard.clone()));
            current.dataset_splits.push((ids[2], dataset_split.clone()));
            current.splits.push((ids, split.clone()));
        }
        Ok(current)
    }
}

/// The first row that the configuration's id names.
fn row_of(rows: &[(i64, Row)], id: i64) -> Option<&Row> {
    rows.iter()
        .find_map(|(known, row)| (*known == id).then_some(row))
}

/// One check of one configuration.
pub(super) struct Check<'a> {
    state: &'a State,
    archive: &'a Archive,
    root: &'a Value,
    repository: &'a str,
    current: Current,
    leaderboard_ids: Vec<Value>,
    phase_ids: Vec<Value>,
    dataset_split_ids: Vec<Value>,
    config: Config,
    errors: Vec<String>,
}

impl<'a> Check<'a> {
    /// A check against the challenge that is there already, if there is one.
    pub(super) fn new(
        state: &'a State,
        archive: &'a Archive,
        root: &'a Value,
        repository: &'a str,
        current: Option<u64>,
    ) -> Result<Self, Crash> {
        root.as_map().ok_or(Crash)?;
        let current = match current {
            Some(id) => Current::read(state, id)?,
            None => Current::default(),
        };
        Ok(Self {
            state,
            archive,
            root,
            repository,
            current,
            leaderboard_ids: Vec::new(),
            phase_ids: Vec::new(),
            dataset_split_ids: Vec::new(),
            config: Config::default(),
            errors: Vec::new(),
        })
    }

    /// The configuration, and all that is wrong with it.
    pub(super) fn run(mut self) -> Result<(Config, Vec<String>), Crash> {
        self.challenge()?;
        self.leaderboards()?;
        self.phases()?;
        self.dataset_splits()?;
        self.phase_splits()?;
        self.tags()?;
        self.domain();
        self.prizes()?;
        self.config.sponsors = self.root.get("sponsors").cloned();
        Ok((self.config, self.errors))
    }

    fn refuse(&mut self, error: impl Into<String>) {
        self.errors.push(error.into());
    }

    /// The items of a list that the configuration must have, or nothing.
    fn list(&self, key: &str) -> Result<Vec<Value>, Crash> {
        match super::python::get(self.root, key)? {
            Some(list) if super::python::truthy(list) => super::python::each(list),
            _ => Ok(Vec::new()),
        }
    }
}

/// Sets a field, whatever the configuration says of it.
fn set(inputs: &mut Inputs, field: &str, input: Input) {
    inputs.retain(|(name, _)| name != field);
    inputs.push((field.to_owned(), input));
}

/// Gives the row the configuration's id, which an id of nothing does not do.
fn set_config_id(inputs: &mut Inputs, data: &Value) -> Result<(), Crash> {
    let id = item(data, "id")?;
    if super::python::truthy(id) {
        set(inputs, "config_id", input(id));
    }
    Ok(())
}

/// Whether Python finds the number among these values.
fn holds(ids: &[Value], id: i64) -> bool {
    ids.iter().any(|value| match value {
        Value::Int(number) => *number == id,
        Value::Bool(yes) => i64::from(*yes) == id,
        _ => false,
    })
}
