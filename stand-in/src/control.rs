//! What a test does to a running stand-in without HTTP: edits as a host, faults, time, the log.
//!
//! Edits take the same way as those that come over the wire, but are not logged and not limited.

use std::time::Duration;

use anyhow::{Context, Result, bail};
use axum::body::Bytes;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::http::{Input, Payload, Request};
use crate::state::number;
use crate::{Fault, LoggedRequest, StandIn};

/// The user who edits, and whose token the stand-in shows.
const HOST: &str = "hostuser";

impl StandIn {
    /// The token that a host config would hold: a JWT of `hostuser`.
    ///
    /// The recordings' names for tokens are good too: `FAKE-OUTSIDER-TOKEN`, `FAKE-BLACKLISTED-JWT` and so on.
    #[must_use]
    pub fn token(&self) -> String {
        self.token_of(HOST)
    }

    /// The token of a user; empty if there is none of that name.
    #[must_use]
    pub fn token_of(&self, user: &str) -> String {
        let world = self.world.lock();
        let user = world.state.users.iter().find(|known| known.name == user);
        user.map(|user| user.jwt.clone()).unwrap_or_default()
    }

    /// The key that the web UI sends for `hostuser` as `Authorization: Token <key>`.
    #[must_use]
    pub fn session_key(&self) -> String {
        self.session_of(HOST)
    }

    fn session_of(&self, user: &str) -> String {
        let world = self.world.lock();
        let user = world.state.users.iter().find(|known| known.name == user);
        user.map(|user| user.session.clone()).unwrap_or_default()
    }

    /// The id of the host team of `hostuser`.
    #[must_use]
    pub fn team_pk(&self) -> u64 {
        1
    }

    /// The ids of all challenges, removed ones included.
    #[must_use]
    pub fn challenges(&self) -> Vec<u64> {
        self.world.lock().state.challenges.keys().copied().collect()
    }

    /// The ids of a challenge's phases, in ascending order.
    #[must_use]
    pub fn phases(&self, challenge: u64) -> Vec<u64> {
        let world = self.world.lock();
        let mut ids: Vec<u64> = world
            .state
            .phases_of(challenge)
            .map(|phase| number(phase, "id"))
            .collect();
        ids.sort_unstable();
        ids
    }

    /// The ids of a challenge's phase splits, in ascending order.
    #[must_use]
    pub fn splits(&self, challenge: u64) -> Vec<u64> {
        let world = self.world.lock();
        world
            .state
            .splits_of(challenge)
            .map(|split| number(split, "id"))
            .collect()
    }

    /// What the API shows a host under a path; not logged.
    ///
    /// # Errors
    /// If the answer is a refusal.
    pub fn get(&self, path: &str) -> Result<Value> {
        self.send("GET", path, Payload::Empty)
    }

    /// Edits a challenge as the web UI does, or as the API allows beyond it.
    ///
    /// # Errors
    /// If EvalAI would refuse the edit.
    pub fn edit_challenge(&self, id: u64, fields: Value) -> Result<Value> {
        self.send_json("PATCH", &self.challenge_path(id), fields)
    }

    /// Sets a challenge's tags and domain as the web UI does.
    ///
    /// # Errors
    /// If EvalAI would refuse the edit.
    pub fn set_tags(&self, id: u64, tags: &[&str], domain: &str) -> Result<Value> {
        let path = format!("/api/challenges/challenge/{id}/update_challenge_tags_and_domain/");
        self.send_json(
            "PATCH",
            &path,
            json!({ "list_tags": tags, "domain": domain }),
        )
    }

    /// Edits a phase, named by its id in the API.
    ///
    /// # Errors
    /// If there is no such phase, or EvalAI would refuse the edit.
    pub fn edit_phase(&self, id: u64, fields: Value) -> Result<Value> {
        self.send_json("PATCH", &self.phase_path(id)?, fields)
    }

    /// Edits a phase split, named by its id in the API.
    ///
    /// # Errors
    /// If EvalAI would refuse the edit.
    pub fn edit_split(&self, id: u64, fields: Value) -> Result<Value> {
        let path = format!("/api/challenges/challenge/create/challenge_phase_split/{id}/");
        self.send_json("PATCH", &path, fields)
    }

    /// Gives a leaderboard another schema.
    ///
    /// # Errors
    /// If EvalAI would refuse the edit.
    pub fn edit_leaderboard(&self, id: u64, schema: &Value) -> Result<Value> {
        let path = format!("/api/challenges/challenge/create/leaderboard/{id}/");
        self.send_json("PATCH", &path, json!({ "schema": schema.to_string() }))
    }

    /// Edits a dataset split, named by its id in the API.
    ///
    /// # Errors
    /// If EvalAI would refuse the edit.
    pub fn edit_dataset_split(&self, id: u64, fields: Value) -> Result<Value> {
        let path = format!("/api/challenges/challenge/create/dataset_split/{id}/");
        self.send_json("PATCH", &path, fields)
    }

    /// Edits the host team.
    ///
    /// # Errors
    /// If EvalAI would refuse the edit.
    pub fn edit_team(&self, fields: Value) -> Result<Value> {
        let path = format!("/api/hosts/challenge_host_team/{}", self.team_pk());
        self.send_json("PATCH", &path, fields)
    }

    /// Adds to the e-mail addresses that may see a phase.
    ///
    /// # Errors
    /// If EvalAI would refuse the edit.
    pub fn allow_emails(&self, challenge: u64, phase: u64, emails: &[&str]) -> Result<Value> {
        let path =
            format!("/api/challenges/challenges/{challenge}/phases/{phase}/allowed_email_ids/");
        self.send_json("PATCH", &path, json!({ "allowed_email_ids": emails }))
    }

    /// Pauses a challenge's submissions, or lets them go on.
    ///
    /// # Errors
    /// If EvalAI would refuse the edit.
    pub fn pause_submissions(&self, id: u64, paused: bool) -> Result<Value> {
        let path = format!("/api/challenges/challenge/{id}/pause_submissions/");
        self.send_json("POST", &path, json!({ "is_submission_paused": paused }))
    }

    /// Uploads a challenge's `image` or `evaluation_script` under a file name.
    ///
    /// # Errors
    /// If EvalAI would refuse the upload.
    pub fn upload(&self, id: u64, field: &str, name: &str, bytes: &[u8]) -> Result<Value> {
        self.send("PATCH", &self.challenge_path(id), file(field, name, bytes))
    }

    /// Uploads a phase's annotations under a file name.
    ///
    /// # Errors
    /// If there is no such phase, or EvalAI would refuse the upload.
    pub fn upload_annotation(&self, phase: u64, name: &str, bytes: &[u8]) -> Result<Value> {
        self.send(
            "PATCH",
            &self.phase_path(phase)?,
            file("test_annotation", name, bytes),
        )
    }

    /// Replaces a phase's annotations as EvalAI's CLI does: in place, under the same URL.
    ///
    /// # Errors
    /// If there is no such phase, or it has no annotations.
    pub fn replace_annotation_in_place(&self, phase: u64, bytes: &[u8]) -> Result<()> {
        let mut world = self.world.lock();
        // A file that changed this very second may change again within it, so its time tells nothing yet.
        let then = world.clock.now() - SignedDuration::from_mins(1);
        let state = &mut world.state;
        let row = state
            .phases
            .iter_mut()
            .find(|row| number(row, "id") == phase);
        let row = row.with_context(|| format!("there is no phase {phase}"))?;
        row.insert("annotations_uploaded_using_cli".to_owned(), json!(true));
        let path = row.get("test_annotation").and_then(Value::as_str);
        let path = path
            .with_context(|| format!("phase {phase} has no annotations"))?
            .to_owned();
        state.media.put(path, Bytes::copy_from_slice(bytes), then);
        Ok(())
    }

    /// Pushes a challenge repository, named `owner/name`, as its workflow does; see [`crate::starter_zip`].
    ///
    /// # Errors
    /// If EvalAI would refuse the push. A challenge that is there already may have changed all the same.
    pub fn push(&self, repository: &str, branch: &str, zip: &[u8]) -> Result<Value> {
        let path = format!(
            "/api/challenges/challenge/challenge_host_team/{}/create_or_update_github_challenge/",
            self.team_pk()
        );
        let text = |name: &str, value: &str| (name.to_owned(), Input::Text(value.to_owned()));
        let zip = Input::File {
            name: "challenge_config.zip".to_owned(),
            bytes: Bytes::copy_from_slice(zip),
        };
        let fields = vec![
            text("GITHUB_REPOSITORY", repository),
            text("BRANCH_NAME", branch),
            ("zip_configuration".to_owned(), zip),
        ];
        self.send("POST", &path, Payload::Fields(fields))
    }

    /// Removes a challenge as the web UI does.
    ///
    /// # Errors
    /// If there is no such challenge.
    pub fn disable(&self, id: u64) -> Result<Value> {
        self.send(
            "POST",
            &format!("/api/challenges/challenge/{id}/disable"),
            Payload::Empty,
        )
    }

    /// Approves a challenge as EvalAI's staff does, which freezes its dates.
    ///
    /// # Errors
    /// If there is no such challenge.
    pub fn approve(&self, id: u64) -> Result<Value> {
        let body = json!({ "challenge_pk": id, "approved_by_admin": true });
        let path = "/api/challenges/challenge/update_challenge_approval/";
        self.send_as("admin", "POST", path, payload(body)?)
    }

    /// Renews the host's token; the one from before is refused from now on.
    ///
    /// # Errors
    /// Never, as long as the host is known.
    pub fn refresh_token(&self) -> Result<String> {
        self.get("/api/accounts/user/refresh_auth_token")?;
        Ok(self.token())
    }

    /// Makes the next request go wrong whose `GET /path?query` contains the pattern.
    pub fn fail_next(&self, pattern: &str, fault: Fault) {
        self.fail(pattern, 1, fault);
    }

    /// Makes as many requests go wrong. Faults for one pattern come in the order in which they were added.
    pub fn fail(&self, pattern: &str, times: usize, fault: Fault) {
        self.world.lock().faults.add(pattern, times, fault);
    }

    /// Everything goes well from now on.
    pub fn forget_faults(&self) {
        let mut world = self.world.lock();
        world.faults.clear();
        world.listens.send_replace(true);
    }

    /// Every request that came over the wire, in the order of the answers.
    #[must_use]
    pub fn requests(&self) -> Vec<LoggedRequest> {
        self.world.lock().log.clone()
    }

    /// Empties the log of requests.
    pub fn forget_requests(&self) {
        self.world.lock().log.clear();
    }

    /// Moves the stand-in's clock on.
    pub fn advance(&self, by: Duration) {
        let by = SignedDuration::try_from(by).unwrap_or(SignedDuration::MAX);
        self.world.lock().clock.advance(by);
    }

    /// The time by the stand-in's clock.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.world.lock().clock.now()
    }

    fn challenge_path(&self, id: u64) -> String {
        format!(
            "/api/challenges/challenge_host_team/{}/challenge/{id}",
            self.team_pk()
        )
    }

    fn phase_path(&self, id: u64) -> Result<String> {
        let world = self.world.lock();
        let phase = world
            .state
            .phase(id)
            .with_context(|| format!("there is no phase {id}"))?;
        let challenge = number(phase, "challenge");
        Ok(format!(
            "/api/challenges/challenge/{challenge}/challenge_phase/{id}"
        ))
    }

    fn send_json(&self, method: &str, path: &str, fields: Value) -> Result<Value> {
        self.send(method, path, payload(fields)?)
    }

    fn send(&self, method: &str, path: &str, payload: Payload) -> Result<Value> {
        self.send_as(HOST, method, path, payload)
    }

    fn send_as(&self, user: &str, method: &str, path: &str, payload: Payload) -> Result<Value> {
        let mut request = Request::new(method, path);
        let credentials = format!("Token {}", self.session_of(user));
        request
            .headers
            .insert("authorization", credentials.parse()?);
        request.payload = payload;
        let reply = self.world.lock().answer(&request, false);
        if reply.status >= 300 {
            let body = String::from_utf8_lossy(&reply.body);
            bail!("{method} {path} was answered with {}: {body}", reply.status);
        }
        if reply.body.is_empty() {
            return Ok(Value::Null);
        }
        serde_json::from_slice(&reply.body).with_context(|| format!("{path} is no JSON"))
    }
}

fn payload(fields: Value) -> Result<Payload> {
    let Value::Object(fields) = fields else {
        bail!("an edit is a JSON object of fields, not {fields}");
    };
    let fields = fields
        .into_iter()
        .map(|(name, value)| (name, Input::Json(value)));
    Ok(Payload::Fields(fields.collect()))
}

fn file(field: &str, name: &str, bytes: &[u8]) -> Payload {
    let input = Input::File {
        name: name.to_owned(),
        bytes: Bytes::copy_from_slice(bytes),
    };
    Payload::Fields(vec![(field.to_owned(), input)])
}
