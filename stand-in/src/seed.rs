//! What the stand-in holds when it starts.

use anyhow::{Context, Result};
use axum::body::Bytes;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::auth::Credential;
use crate::clock::Clock;
use crate::recorded;
use crate::state::{Challenge, Row, State, number};
use crate::values::slug;

/// Describes what the stand-in starts with: recorded challenges, made-up ones, or both.
///
/// The users are `hostuser`, who owns team 1, `outsider`, `cohost`, `admin` (staff) and `unverified`.
#[derive(Debug, Clone, Default)]
pub struct Seed {
    folders: Vec<String>,
    challenges: Vec<NewChallenge>,
    now: Option<Timestamp>,
    token_valid_for: Option<SignedDuration>,
    pub(crate) throttled: bool,
    pub(crate) media_elsewhere: bool,
}

impl Seed {
    /// The users and their team, without any challenge.
    #[must_use]
    pub fn empty() -> Self {
        Self::default()
    }

    /// The recorded sample challenge, with id 1: two phases, three phase splits.
    #[must_use]
    pub fn sample() -> Self {
        Self::empty().recorded("sample-challenge")
    }

    /// The recorded big challenge, with id 5: twelve phases, tags, prizes, sponsors, text in many scripts.
    /// The team's other challenges are listed, but without phases.
    #[must_use]
    pub fn big() -> Self {
        Self::empty().recorded("big-challenge")
    }

    /// The recorded challenge with docker submissions, with id 4; for the others see [`Seed::big`].
    #[must_use]
    pub fn docker() -> Self {
        Self::empty().recorded("docker-challenge")
    }

    /// The sample, big and docker challenges together.
    #[must_use]
    pub fn all() -> Self {
        Self::empty()
            .recorded("big-challenge")
            .recorded("docker-challenge")
            .recorded("sample-challenge")
    }

    /// Adds what the answers in a folder of the recordings show; later folders prevail.
    #[must_use]
    pub fn recorded(mut self, folder: &str) -> Self {
        self.folders.push(folder.to_owned());
        self
    }

    /// Adds a made-up challenge, with the next free id unless it names one.
    #[must_use]
    pub fn challenge(mut self, challenge: NewChallenge) -> Self {
        self.challenges.push(challenge);
        self
    }

    /// Stops the clock at a moment; from there only [`crate::StandIn::advance`] moves it.
    #[must_use]
    pub fn at(mut self, now: Timestamp) -> Self {
        self.now = Some(now);
        self
    }

    /// How long the users' tokens are still good; a negative time makes expired ones. 365 days by default.
    #[must_use]
    pub fn token_valid_for(mut self, time: SignedDuration) -> Self {
        self.token_valid_for = Some(time);
        self
    }

    /// Limits requests as the real server does: 60 a minute for a user.
    #[must_use]
    pub fn throttled(mut self) -> Self {
        self.throttled = true;
        self
    }

    /// Gives media URLs another host name than the API's, as in production.
    #[must_use]
    pub fn media_elsewhere(mut self) -> Self {
        self.media_elsewhere = true;
        self
    }

    pub(crate) fn clock(&self) -> Clock {
        self.now.map_or_else(Clock::default, Clock::fixed_at)
    }

    pub(crate) fn build(&self) -> Result<State> {
        let mut state = learned(&self.folders)?;
        let valid_for = self
            .token_valid_for
            .unwrap_or(SignedDuration::from_hours(365 * 24));
        let expires = self.clock().now().saturating_add(valid_for)?;
        for name in ["hostuser", "outsider", "cohost", "admin", "unverified"] {
            state.add_user(name, expires);
        }
        for (token, credential) in [
            ("FAKE-ACCESS-JWT", Credential::AccessJwt),
            ("FAKE-BLACKLISTED-JWT", Credential::BlacklistedJwt),
            ("FAKE-INACTIVE-USER-JWT", Credential::InactiveUserJwt),
            ("FAKE-DELETED-USER-JWT", Credential::DeletedUserJwt),
            ("FAKE-EXPIRED-SESSION-KEY", Credential::ExpiredSession),
        ] {
            state.credentials.insert(token.to_owned(), credential);
        }
        for (id, owner, name) in [
            (1, "hostuser", "Sample Host Team"),
            (2, "somebody", "Another Host Team"),
        ] {
            let team = json!({
                "id": id, "team_name": name, "created_by": owner, "team_url": "",
                "members": [{ "id": id, "user": owner, "team_name": id, "status": "Self", "permissions": "Admin" }],
            });
            state.teams.entry(id).or_insert(object(team));
        }
        if !self.challenges.is_empty() {
            let template = learned(&["sample-challenge".to_owned()])?;
            for challenge in &self.challenges {
                challenge.add(&mut state, &template, self.clock().now())?;
            }
        }
        Ok(state)
    }
}

fn learned(folders: &[String]) -> Result<State> {
    let mut state = State::default();
    for folder in folders {
        for exchange in recorded::exchanges(folder)? {
            recorded::learn(&mut state, &exchange);
        }
    }
    recorded::complete(&mut state);
    Ok(state)
}

fn object(value: Value) -> Row {
    match value {
        Value::Object(row) => row,
        _ => Row::new(),
    }
}

/// A made-up challenge: the recorded sample's fields, with these changes.
#[derive(Debug, Clone)]
pub struct NewChallenge {
    title: String,
    phases: u64,
    splits: Option<u64>,
    id: Option<u64>,
    disabled: bool,
    fields: Row,
}

impl NewChallenge {
    /// A challenge of team 1 with one phase, one dataset split, one leaderboard and one phase split.
    #[must_use]
    pub fn titled(title: &str) -> Self {
        Self {
            title: title.to_owned(),
            phases: 1,
            splits: None,
            id: None,
            disabled: false,
            fields: Row::new(),
        }
    }

    /// The `github_repository` that it names.
    #[must_use]
    pub fn repository(self, repository: &str) -> Self {
        self.with("github_repository", repository.into())
    }

    /// How many phases it has, each with a phase split of its own.
    #[must_use]
    pub fn phases(mut self, phases: u64) -> Self {
        self.phases = phases;
        self
    }

    /// How many of its phases have a phase split: a full reading asks for each, and EvalAI limits how often.
    #[must_use]
    pub fn splits(mut self, splits: u64) -> Self {
        self.splits = Some(splits);
        self
    }

    /// Its id.
    #[must_use]
    pub fn id(mut self, id: u64) -> Self {
        self.id = Some(id);
        self
    }

    /// Removed in the web UI already.
    #[must_use]
    pub fn disabled(mut self) -> Self {
        self.disabled = true;
        self
    }

    /// Any field, under the API's name for it and as the API would show it.
    #[must_use]
    pub fn with(mut self, field: &str, value: Value) -> Self {
        self.fields.insert(field.to_owned(), value);
        self
    }

    fn add(&self, state: &mut State, template: &State, now: Timestamp) -> Result<()> {
        let last = state.challenges.last_key_value().map_or(0, |(id, _)| *id);
        let id = self.id.unwrap_or(last + 1);
        let sample = template
            .challenges
            .get(&1)
            .context("the recorded sample has no challenge 1")?;
        let mut row = sample.row.clone();
        let queue = format!("{}-{id}-dev-{}", slug(&self.title), state.media.uuid());
        let logo = state.media.store(
            "logos",
            "logo.jpg",
            Bytes::from_static(b"\xff\xd8\xff logo"),
            now,
        );
        let script = state.media.store(
            "evaluation_scripts",
            "script.zip",
            Bytes::from_static(b"script"),
            now,
        );
        row.extend(object(json!({
            "id": id,
            "title": self.title,
            "slug": format!("{}-{id}", slug(&self.title)),
            "queue": queue,
            "github_repository": "",
            "image": logo,
            "evaluation_script": script,
        })));
        row.extend(self.fields.clone());
        let challenge = Challenge {
            team: 1,
            disabled: self.disabled,
            row,
        };
        state.challenges.insert(id, challenge);

        let schema = template
            .leaderboards
            .get(&1)
            .and_then(|board| board.get("schema"));
        let leaderboard = next(state.leaderboards.keys());
        let board = json!({ "id": leaderboard, "schema": schema, "config_id": 1 });
        state.leaderboards.insert(leaderboard, object(board));
        let dataset_split = next(state.dataset_splits.keys());
        let split = json!({ "id": dataset_split, "name": "Test Split", "codename": "test_split", "config_id": 1 });
        state.dataset_splits.insert(dataset_split, object(split));
        for place in 1..=self.phases {
            let phase = self.add_phase(state, template, id, place, now)?;
            if self.splits.is_some_and(|splits| place > splits) {
                continue;
            }
            let split = next(state.splits.keys());
            let row = json!({
                "id": split, "challenge_phase": phase, "dataset_split": dataset_split, "leaderboard": leaderboard,
                "visibility": 3, "leaderboard_decimal_precision": 2, "is_leaderboard_order_descending": true,
                "show_leaderboard_by_latest_submission": false, "show_execution_time": false,
                "show_scores_on_leaderboard": true,
            });
            state.splits.insert(split, object(row));
        }
        Ok(())
    }

    fn add_phase(
        &self,
        state: &mut State,
        template: &State,
        challenge: u64,
        place: u64,
        now: Timestamp,
    ) -> Result<u64> {
        let id = state
            .phases
            .iter()
            .map(|phase| number(phase, "id"))
            .max()
            .unwrap_or(0)
            + 1;
        let annotation = Bytes::from(format!("{{\"phase\": {place}}}\n"));
        let annotation = state
            .media
            .store("test_annotations", "annotations.json", annotation, now);
        let first_word = self
            .title
            .split(' ')
            .next()
            .unwrap_or_default()
            .to_lowercase();
        let mut row = template
            .phase(2)
            .context("the recorded sample has no phase 2")?
            .clone();
        row.extend(object(json!({
            "id": id,
            "challenge": challenge,
            "config_id": place,
            "name": format!("Phase {place}"),
            "codename": format!("phase-{place}"),
            "description": format!("<p>Phase {place}</p>"),
            "slug": format!("{first_word}-phase-{place}-{challenge}"),
            "test_annotation": annotation,
        })));
        state.phases.push(row);
        Ok(id)
    }
}

fn next<'a>(ids: impl Iterator<Item = &'a u64>) -> u64 {
    ids.max().unwrap_or(&0) + 1
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::text;

    #[test]
    fn a_made_up_challenge_is_complete_and_does_not_touch_the_recorded_ones() {
        let seed = Seed::sample().challenge(
            NewChallenge::titled("My Challenge")
                .repository("me/mine")
                .phases(3),
        );
        let state = seed.build().unwrap();
        let made = &state.challenges[&2].row;
        assert_eq!(text(made, "slug"), "my-challenge-2");
        assert!(text(made, "queue").starts_with("my-challenge-2-dev-"));
        assert_eq!(text(made, "github_repository"), "me/mine");
        assert_eq!(state.phases_of(2).count(), 3);
        assert_eq!(state.splits_of(2).count(), 3);
        assert_eq!(state.phases_of(1).count(), 2);
        assert_eq!(
            text(&state.challenges[&1].row, "github_repository"),
            "example-org/rng-challenge"
        );
    }

    #[test]
    fn all_recorded_challenges_can_be_had_together() {
        let state = Seed::all().build().unwrap();
        for (challenge, phases) in [(1, 2), (4, 2), (5, 12)] {
            assert_eq!(
                state.phases_of(challenge).count(),
                phases,
                "challenge {challenge}"
            );
        }
        assert_eq!(
            text(&state.challenges[&1].row, "title"),
            "Random Number Generator Challenge"
        );
    }
}
