//! Taking a checked configuration over: a challenge is created as a whole or not at all, but updated step by step,
//! so that what fails leaves the steps before it done.

mod extras;
mod rows;

use std::collections::BTreeMap;

use evalai_sync::yaml::Value;
use jiff::Timestamp;
use serde_json::{Value as Json, json};

use super::check::{Config, Entry, Phase, REQUIRED_OF_PHASE};
use super::python::{Crash, ascii_json, input, int, item, shown, text as python_text};
use crate::fields::{
    CHALLENGE_FIELDS, DATASET_SPLIT_FIELDS, Fields, LEADERBOARD_FIELDS, PHASE_FIELDS, Refused,
    SPLIT_FIELDS, changes, complete_changes,
};
use crate::http::{Answer, Input, Reply};
use crate::save;
use crate::state::{Challenge, Row, State, Table, flag, number, text};
use crate::values::{shown_moment, slug};

/// Why a push does not get to its end.
#[derive(Debug)]
enum Failure {
    /// An exception, which the real server answers with a general message, and with this one.
    Raised(Option<String>),
    /// The view returns early.
    Answered(Reply),
}

impl From<Crash> for Failure {
    fn from(_: Crash) -> Self {
        Self::Raised(None)
    }
}

impl Failure {
    fn raised(what: &str, refused: &Refused) -> Self {
        Self::Raised(Some(format!("{what} :{refused}")))
    }

    fn reply(self) -> Reply {
        let message = match self {
            Self::Answered(reply) => return reply,
            Self::Raised(message) => message,
        };
        let shown = message.as_deref().unwrap_or("None");
        let error =
            format!("Error in creating challenge: {shown}. Please check the yaml configuration!");
        let mut body = json!({ "error": error });
        if let Some(message) = &message {
            body["error_message"] = ascii_json(message).into();
        }
        Reply::json(400, &body)
    }
}

/// Creates a challenge. After an exception nothing of it is left but the ids that it took.
pub(super) fn create(state: &mut State, now: Timestamp, team: u64, config: Config) -> Answer {
    let before = state.clone();
    let mut push = Push::new(state, now, true);
    match push.create(team, config) {
        Ok(reply) => Ok(reply),
        Err(failure) => {
            if matches!(failure, Failure::Raised(_)) {
                let (media, sequences) = (state.media.clone(), state.sequences.clone());
                *state = State {
                    media,
                    sequences,
                    ..before
                };
            }
            Err(failure.reply())
        }
    }
}

/// Updates a challenge, and moves it to the team.
pub(super) fn update(
    state: &mut State,
    now: Timestamp,
    team: u64,
    id: u64,
    config: Config,
) -> Answer {
    let mut push = Push::new(state, now, false);
    push.id = id;
    push.update(team, config).map_err(Failure::reply)
}

/// The rows that the configuration's ids name, by those ids as texts.
type Ids = BTreeMap<String, u64>;

/// One push on its way into the database.
struct Push<'a> {
    state: &'a mut State,
    now: Timestamp,
    /// Whether the challenge is a new one.
    creates: bool,
    id: u64,
    leaderboards: Ids,
    phases: Ids,
    dataset_splits: Ids,
}

impl<'a> Push<'a> {
    fn new(state: &'a mut State, now: Timestamp, creates: bool) -> Self {
        Self {
            state,
            now,
            creates,
            id: 0,
            leaderboards: Ids::new(),
            phases: Ids::new(),
            dataset_splits: Ids::new(),
        }
    }

    fn create(&mut self, team: u64, config: Config) -> Result<Reply, Failure> {
        let values = self.kept(CHALLENGE_FIELDS, &["title"], &config.challenge);
        let values = values.map_err(|_| Crash)?;
        self.id = self.state.next_challenge_id();
        let mut row = rows::challenge(self.id, &shown_moment(self.now).unwrap_or_default());
        row.extend(values);
        let queue = rows::queue(&row, self.id, &self.state.media.uuid());
        row.insert("queue".into(), queue.into());
        let challenge = Challenge {
            team,
            disabled: false,
            row,
        };
        self.state.challenges.insert(self.id, challenge);
        save::challenge(self.state, self.id, team, Row::new());
        self.rest(config)?;
        Ok(Reply::json(
            201,
            &json!({ "Success": format!(
                "Challenge {} has been created successfully and sent for review to EvalAI Admin.",
                self.title()
            )}),
        ))
    }

    fn update(&mut self, team: u64, config: Config) -> Result<Reply, Failure> {
        let checked = changes(CHALLENGE_FIELDS, &config.challenge);
        let values = match checked {
            Ok(changes) => save::kept(self.state, changes, self.now),
            Err(refused) => return Err(Failure::raised("challenge", &refused)),
        };
        let fifo = values.get("use_fifo_sqs").and_then(Json::as_bool);
        if fifo.is_some() && fifo != self.field("use_fifo_sqs").and_then(Json::as_bool) {
            let message =
                "use_fifo_sqs cannot be changed after the challenge queue has been created.";
            let refused = Refused::of("use_fifo_sqs", "invalid", message);
            return Err(Failure::raised("challenge", &refused));
        }
        save::challenge(self.state, self.id, team, values);
        self.rest(config)?;
        Ok(Reply::ok(json!({ "Success": format!(
            "The challenge {} has been updated successfully",
            self.title()
        )})))
    }

    fn rest(&mut self, config: Config) -> Result<(), Failure> {
        self.tags(config.tags.as_ref())?;
        self.domain(config.domain.as_ref());
        self.sponsors(config.sponsors.as_ref())?;
        self.prizes(config.prizes.as_ref())?;
        self.leaderboards(&config.leaderboards)?;
        for phase in config.phases {
            self.phase(phase)?;
        }
        self.dataset_splits(&config.dataset_splits)?;
        for split in &config.phase_splits {
            self.phase_split(split)?;
        }
        Ok(())
    }

    /// A field of the challenge.
    fn field(&self, name: &str) -> Option<&Json> {
        self.state.challenges.get(&self.id)?.row.get(name)
    }

    fn set(&mut self, field: &str, value: impl Into<Json>) {
        if let Some(challenge) = self.state.challenges.get_mut(&self.id) {
            challenge.row.insert(field.to_owned(), value.into());
        }
    }

    fn title(&self) -> &str {
        self.field("title")
            .and_then(Json::as_str)
            .unwrap_or_default()
    }

    /// The values that the inputs give, with all required fields among them.
    fn kept(
        &mut self,
        fields: &Fields,
        required: &[&str],
        inputs: &[(String, Input)],
    ) -> Result<Row, Refused> {
        let changes = complete_changes(fields, required, inputs)?;
        Ok(save::kept(self.state, changes, self.now))
    }

    /// What a message calls a row: creating and updating differ.
    fn what(&self, kind: &str, id: &Value) -> String {
        let update = if self.creates { "" } else { " update" };
        format!("{kind}{update} {}", shown(id))
    }

    /// A leaderboard that no phase split shows is not found, and so added once more.
    fn leaderboards(&mut self, entries: &[Entry]) -> Result<(), Failure> {
        let known = self.shown_rows("leaderboard", &self.state.leaderboards);
        for entry in entries {
            let values = self
                .kept(LEADERBOARD_FIELDS, &["schema"], &entry.inputs)
                .map_err(|refused| {
                    Failure::raised(&self.what("leaderboard", &entry.id), &refused)
                })?;
            let id = match known.get(&shown(&entry.id)) {
                Some(id) => *id,
                None => self.state.next_leaderboard_id(),
            };
            let row = self.state.leaderboards.entry(id).or_default();
            row.insert("id".into(), id.into());
            row.extend(values);
            self.leaderboards.insert(shown(&entry.id), id);
        }
        Ok(())
    }

    /// As for leaderboards.
    fn dataset_splits(&mut self, entries: &[Entry]) -> Result<(), Failure> {
        let known = self.shown_rows("dataset_split", &self.state.dataset_splits);
        for entry in entries {
            let values = self
                .kept(DATASET_SPLIT_FIELDS, &["name", "codename"], &entry.inputs)
                .map_err(|refused| {
                    Failure::raised(&self.what("dataset split", &entry.id), &refused)
                })?;
            let id = match known.get(&shown(&entry.id)) {
                Some(id) => *id,
                None => self.state.next_dataset_split_id(),
            };
            let row = self.state.dataset_splits.entry(id).or_default();
            row.insert("id".into(), id.into());
            row.extend(values);
            self.dataset_splits.insert(shown(&entry.id), id);
        }
        Ok(())
    }

    /// The ids of the rows that the challenge's phase splits show, by the ids that the configuration gave them.
    fn shown_rows(&self, column: &str, table: &Table) -> Ids {
        let rows = self.state.splits_of(self.id).filter_map(|split| {
            let id = number(split, column);
            let config_id = table.get(&id)?.get("config_id")?.as_i64()?;
            Some((config_id.to_string(), id))
        });
        rows.collect()
    }

    fn phase(&mut self, phase: Phase) -> Result<(), Failure> {
        let Phase {
            id: config_id,
            codename,
            mut inputs,
            annotated,
        } = phase;
        let known = match (self.creates, int(&config_id)) {
            (true, _) => None,
            (false, config_id) => self.phase_of(config_id?),
        };
        if !self.creates {
            for field in [
                "submission_meta_attributes",
                "default_submission_meta_attributes",
            ] {
                if !inputs.iter().any(|(name, _)| name == field) {
                    inputs.push((field.to_owned(), Input::Json(Json::Null)));
                }
            }
        }
        let row = known.and_then(|id| self.state.phase(id));
        let by_cli = row.is_some_and(|row| flag(row, "annotations_uploaded_using_cli"));
        let mut required: &[&str] = &REQUIRED_OF_PHASE;
        if annotated && by_cli {
            inputs.retain(|(name, _)| name != "test_annotation");
            required = &[];
        }
        if known.is_none() {
            let title = self.title().split(' ').next().unwrap_or_default();
            let (word, codename) = (title.to_lowercase(), slug(python_text(&codename)?));
            let slug: String = format!("{word}-{codename}-{}", self.id)
                .chars()
                .take(198)
                .collect();
            inputs.retain(|(name, _)| name != "slug");
            inputs.push(("slug".to_owned(), Input::Json(slug.into())));
        }
        let raised = |refused: &Refused, push: &Self| {
            Failure::raised(&push.what("challenge phase", &config_id), refused)
        };
        let values = self
            .kept(PHASE_FIELDS, required, &inputs)
            .map_err(|refused| raised(&refused, self))?;
        if let Some(refused) = self.taken(known, &values) {
            return Err(raised(&refused, self));
        }
        let id = match known {
            Some(id) => id,
            None => self.new_phase(&values),
        };
        if let Some(row) = self.state.phase_mut(id) {
            save::phase(row, values);
        }
        self.phases.insert(shown(&config_id), id);
        Ok(())
    }

    /// The challenge's phase with the configuration's id.
    fn phase_of(&self, config_id: i64) -> Option<u64> {
        let mut phases = self.state.phases_of(self.id);
        let found =
            phases.find(|row| row.get("config_id").and_then(Json::as_i64) == Some(config_id));
        found.map(|row| number(row, "id"))
    }

    /// A codename counts once in a challenge, a slug once everywhere.
    fn taken(&self, known: Option<u64>, values: &Row) -> Option<Refused> {
        let another = |row: &&Row| Some(number(row, "id")) != known;
        let same = |row: &Row, field: &str| {
            values.contains_key(field) && text(row, field) == text(values, field)
        };
        if self
            .state
            .phases
            .iter()
            .filter(another)
            .any(|row| same(row, "slug"))
        {
            return Some(Refused::of("slug", "unique", "This field must be unique."));
        }
        let mut phases = self.state.phases_of(self.id).filter(another);
        phases.any(|row| same(row, "codename")).then(|| {
            let message = "The fields codename, challenge must make a unique set.";
            Refused::of("non_field_errors", "unique", message)
        })
    }

    fn new_phase(&mut self, values: &Row) -> u64 {
        let id = self.state.next_phase_id();
        let mut row = rows::phase(id, self.id);
        let usage = self.field("challenge_usage_type").and_then(Json::as_str);
        let policy = "submission_artifact_retention_policy";
        if usage == Some("internal") && !values.contains_key(policy) {
            row.insert(policy.into(), "days_14".into());
        }
        self.state.phases.push(row);
        id
    }

    fn phase_split(&mut self, data: &Value) -> Result<(), Failure> {
        let named = |ids: &Ids, key: &str| -> Result<u64, Failure> {
            let id = shown(item(data, key)?);
            let missing =
                || Failure::Answered(Reply::error(406, &format!("There is no {key} {id}.")));
            ids.get(&id).copied().ok_or_else(missing)
        };
        let phase = named(&self.phases, "challenge_phase_id")?;
        let leaderboard = named(&self.leaderboards, "leaderboard_id")?;
        let dataset_split = named(&self.dataset_splits, "dataset_split_id")?;
        let mut inputs = Vec::new();
        for key in [
            "visibility",
            "leaderboard_decimal_precision",
            "is_leaderboard_order_descending",
        ] {
            inputs.push((key.to_owned(), input(item(data, key)?)));
        }
        let values = self
            .kept(SPLIT_FIELDS, &[], &inputs)
            .map_err(|refused| Failure::raised("challenge phase split", &refused))?;
        let known = self.state.splits_of(self.id).find(|split| {
            number(split, "challenge_phase") == phase
                && number(split, "leaderboard") == leaderboard
                && number(split, "dataset_split") == dataset_split
        });
        let known = known.map(|split| number(split, "id"));
        let id = known.unwrap_or_else(|| {
            let id = self.state.next_split_id();
            let row = rows::phase_split(id, phase, dataset_split, leaderboard);
            self.state.splits.insert(id, row);
            id
        });
        self.state.splits.entry(id).or_default().extend(values);
        Ok(())
    }
}
