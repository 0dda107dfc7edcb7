//! Everything the stand-in holds, as rows with the names that the API gives their fields.
//!
//! What the API computes on reading (whether a challenge is active, names of other rows, absolute URLs)
//! is not stored; see `views`.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::{Map, Value};

use crate::auth::{Credential, Credentials, User};
use crate::http::Reply;
use crate::media::Media;

/// A database row: field name to value, in no order that matters.
pub(crate) type Row = Map<String, Value>;

/// Rows by id.
pub(crate) type Table = BTreeMap<u64, Row>;

/// A challenge. Its row holds media as paths below `/media/`.
#[derive(Debug, Clone, Default)]
pub(crate) struct Challenge {
    pub(crate) team: u64,
    pub(crate) disabled: bool,
    pub(crate) row: Row,
}

/// The database.
#[derive(Debug, Clone, Default)]
pub(crate) struct State {
    pub(crate) users: Vec<User>,
    pub(crate) credentials: Credentials,
    pub(crate) teams: Table,
    pub(crate) challenges: BTreeMap<u64, Challenge>,
    /// In the order of the table on disk, in which an updated row goes last.
    pub(crate) phases: Vec<Row>,
    pub(crate) splits: Table,
    pub(crate) leaderboards: Table,
    pub(crate) dataset_splits: Table,
    pub(crate) prizes: Vec<Row>,
    pub(crate) sponsors: Vec<Row>,
    pub(crate) media: Media,
    pub(crate) sequences: Sequences,
}

/// The last ids that were given out. What is rolled back keeps the ids that it took.
#[derive(Debug, Clone, Default)]
pub(crate) struct Sequences {
    challenge: u64,
    phase: u64,
    split: u64,
    leaderboard: u64,
    dataset_split: u64,
}

fn next(last: &mut u64, taken: Option<u64>) -> u64 {
    *last = taken.unwrap_or(0).max(*last) + 1;
    *last
}

fn last(table: &Table) -> Option<u64> {
    table.keys().next_back().copied()
}

impl State {
    pub(crate) fn user(&self, id: u64) -> Option<&User> {
        self.users.iter().find(|user| user.id == id)
    }

    /// Adds a user with the credentials under which the recordings know one of that name.
    pub(crate) fn add_user(&mut self, name: &str, jwt_expires: Timestamp) {
        let id = self.users.len() as u64 + 1;
        let shouted = name.to_uppercase();
        let user = User {
            id,
            name: name.to_owned(),
            email_verified: name != "unverified",
            staff: name == "admin",
            jwt: crate::auth::jwt(id, jwt_expires, id),
            jwt_expires,
            session: format!("FAKE-{shouted}-SESSION-TOKEN"),
        };
        let bearer = Credential::Jwt(id, jwt_expires);
        self.credentials.insert(user.jwt.clone(), bearer);
        self.credentials
            .insert(format!("FAKE-{shouted}-TOKEN"), bearer);
        self.credentials
            .insert(user.session.clone(), Credential::Session(id));
        self.users.push(user);
    }

    pub(crate) fn next_challenge_id(&mut self) -> u64 {
        let taken = self.challenges.keys().next_back().copied();
        next(&mut self.sequences.challenge, taken)
    }

    pub(crate) fn next_phase_id(&mut self) -> u64 {
        let taken = self.phases.iter().map(|phase| number(phase, "id")).max();
        next(&mut self.sequences.phase, taken)
    }

    pub(crate) fn next_split_id(&mut self) -> u64 {
        next(&mut self.sequences.split, last(&self.splits))
    }

    pub(crate) fn next_leaderboard_id(&mut self) -> u64 {
        next(&mut self.sequences.leaderboard, last(&self.leaderboards))
    }

    pub(crate) fn next_dataset_split_id(&mut self) -> u64 {
        next(
            &mut self.sequences.dataset_split,
            last(&self.dataset_splits),
        )
    }

    /// Whether the user is a member of the team.
    pub(crate) fn is_member(&self, user: Option<u64>, team: u64) -> bool {
        let Some(name) = user
            .and_then(|id| self.user(id))
            .map(|user| user.name.as_str())
        else {
            return false;
        };
        let members = self.teams.get(&team).and_then(|team| team.get("members"));
        members
            .and_then(Value::as_array)
            .is_some_and(|members| members.iter().any(|member| member["user"] == name))
    }

    /// Whether the user is a host of the challenge.
    pub(crate) fn is_host(&self, user: Option<u64>, challenge: u64) -> bool {
        self.challenges
            .get(&challenge)
            .is_some_and(|challenge| self.is_member(user, challenge.team))
    }

    /// Whether the user is a member of any team.
    pub(crate) fn is_any_host(&self, user: Option<u64>) -> bool {
        self.teams.keys().any(|team| self.is_member(user, *team))
    }

    /// The challenge; as most views refuse an unknown one.
    pub(crate) fn challenge(&self, id: u64) -> Result<&Challenge, Reply> {
        self.challenges
            .get(&id)
            .ok_or_else(|| Reply::error(406, "Challenge does not exist"))
    }

    /// Refuses an unknown challenge as the views do that look it up by Django's own means.
    pub(crate) fn known(&self, id: u64) -> Result<(), Reply> {
        if self.challenges.contains_key(&id) {
            return Ok(());
        }
        let message = format!("Challenge {id} does not exist");
        Err(Reply::detail(404, &message))
    }

    pub(crate) fn challenge_mut(&mut self, id: u64) -> Result<&mut Challenge, Reply> {
        self.challenges
            .get_mut(&id)
            .ok_or_else(|| Reply::error(406, "Challenge does not exist"))
    }

    pub(crate) fn team(&self, id: u64) -> Result<&Row, Reply> {
        self.teams
            .get(&id)
            .ok_or_else(|| Reply::error(406, "ChallengeHostTeam does not exist"))
    }

    /// The challenge's phases, in no promised order: a phase that was edited comes last.
    pub(crate) fn phases_of(&self, challenge: u64) -> impl Iterator<Item = &Row> {
        self.phases
            .iter()
            .filter(move |phase| number(phase, "challenge") == challenge)
    }

    pub(crate) fn phase(&self, id: u64) -> Option<&Row> {
        self.phases.iter().find(|phase| number(phase, "id") == id)
    }

    /// A phase to be changed where it is in its table.
    pub(crate) fn phase_mut(&mut self, id: u64) -> Option<&mut Row> {
        self.phases
            .iter_mut()
            .find(|phase| number(phase, "id") == id)
    }

    /// The phase, if it belongs to the challenge.
    pub(crate) fn phase_in(&self, challenge: u64, id: u64) -> Result<&Row, Reply> {
        self.challenge(challenge)?;
        self.phase(id)
            .filter(|phase| number(phase, "challenge") == challenge)
            .ok_or_else(|| {
                let message =
                    format!("Challenge phase {id} does not exist for challenge {challenge}");
                Reply::error(406, &message)
            })
    }

    /// Changes a phase. The row moves to the end of its table, as an updated row does in `PostgreSQL`.
    pub(crate) fn update_phase(&mut self, id: u64, change: impl FnOnce(&mut Row)) {
        if let Some(place) = self
            .phases
            .iter()
            .position(|phase| number(phase, "id") == id)
        {
            let mut phase = self.phases.remove(place);
            change(&mut phase);
            self.phases.push(phase);
        }
    }

    /// The phase splits of a challenge, by id.
    pub(crate) fn splits_of(&self, challenge: u64) -> impl Iterator<Item = &Row> {
        self.splits.values().filter(move |split| {
            self.phase(number(split, "challenge_phase"))
                .is_some_and(|phase| number(phase, "challenge") == challenge)
        })
    }

    /// The challenge of each phase split that shows this leaderboard.
    pub(crate) fn challenges_showing(&self, leaderboard: u64) -> impl Iterator<Item = u64> {
        self.splits
            .values()
            .filter(move |split| number(split, "leaderboard") == leaderboard)
            .filter_map(|split| self.phase(number(split, "challenge_phase")))
            .map(|phase| number(phase, "challenge"))
    }
}

/// A whole number of a row; 0, which is no id, where there is none.
pub(crate) fn number(row: &Row, field: &str) -> u64 {
    row.get(field).and_then(Value::as_u64).unwrap_or_default()
}

/// A text of a row; empty where there is none.
pub(crate) fn text<'a>(row: &'a Row, field: &str) -> &'a str {
    row.get(field).and_then(Value::as_str).unwrap_or_default()
}

/// A yes or no of a row; no where there is none.
pub(crate) fn flag(row: &Row, field: &str) -> bool {
    row.get(field).and_then(Value::as_bool).unwrap_or_default()
}
