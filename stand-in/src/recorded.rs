//! Request and answer pairs recorded from a real EvalAI server, and the state that they show.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use axum::body::Bytes;
use jiff::Timestamp;
use jiff::fmt::rfc2822;
use serde_json::{Value, json};

use crate::state::{Row, State, number};

/// What media URLs start with in the recordings.
const MEDIA: &str = "http://127.0.0.1:8000/media/";

/// One recorded request with the real server's answer, as the file holds them.
#[derive(Debug, Clone)]
pub struct Exchange {
    /// The file, below the folder of all recordings.
    pub name: String,
    /// `method`, `url`, `headers`, and `body` (JSON) or `body_form` (multipart).
    pub request: Value,
    /// `status`, `headers`, and one of `body` (JSON), `body_text`, `body_binary`.
    pub response: Value,
    /// The bytes of a downloaded file, where they were kept.
    pub download: Option<Vec<u8>>,
}

impl Exchange {
    /// The path and query of the request.
    #[must_use]
    pub fn target(&self) -> &str {
        let url = self.request["url"].as_str().unwrap_or_default();
        url.strip_prefix("http://127.0.0.1:8000").unwrap_or(url)
    }
}

/// The folder of all recordings.
#[must_use]
pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/fixtures/evalai-api/recorded")
}

/// The exchanges recorded in one folder, in the order of their numbers; subfolders are not read.
///
/// # Errors
/// If the folder or a file in it cannot be read, or holds something else than JSON.
pub fn exchanges(name: &str) -> Result<Vec<Exchange>> {
    let folder = folder().join(name);
    let entries = fs::read_dir(&folder)
        .with_context(|| format!("cannot read the recordings in {}", folder.display()))?;
    let mut paths: Vec<PathBuf> = entries
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<_, _>>()?;
    paths.retain(|path| {
        path.extension()
            .is_some_and(|extension| extension == "json")
    });
    paths.sort();
    let mut exchanges = Vec::new();
    for path in paths {
        let text =
            fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
        let mut content: Value = serde_json::from_str(&text)
            .with_context(|| format!("{} is no JSON", path.display()))?;
        let file = path.file_name().unwrap_or_default().to_string_lossy();
        // Beside the exchanges lie lists of what an edit changed.
        if content.get("request").is_some() {
            exchanges.push(Exchange {
                name: format!("{name}/{file}"),
                request: content["request"].take(),
                response: content["response"].take(),
                download: download(&folder, &file)?,
            });
        }
    }
    Ok(exchanges)
}

/// `31-get-media-logo.json` keeps its download in `binary/media-logo.<extension>`.
fn download(folder: &Path, file: &str) -> Result<Option<Vec<u8>>> {
    let Some((_, stem)) = file.trim_end_matches("json").split_once("-get-") else {
        return Ok(None);
    };
    let Ok(binaries) = fs::read_dir(folder.join("binary")) else {
        return Ok(None);
    };
    for binary in binaries {
        let binary = binary?;
        if binary.file_name().to_string_lossy().starts_with(stem) {
            return Ok(Some(fs::read(binary.path())?));
        }
    }
    Ok(None)
}

/// Takes over what an answer shows. Only what hosts were shown counts: others see a part of it.
pub(crate) fn learn(state: &mut State, exchange: &Exchange) {
    let credentials = exchange.request["headers"]["Authorization"]
        .as_str()
        .unwrap_or_default();
    let shown_to_host = credentials.is_empty() || credentials.contains("HOST");
    if exchange.request["method"] != "GET" || exchange.response["status"] != 200 || !shown_to_host {
        return;
    }
    let body = &exchange.response["body"];
    let path = exchange.target().split('?').next().unwrap_or_default();
    let segments: Vec<&str> = path.split('/').skip(1).collect();
    match segments.as_slice() {
        ["api", "challenges", "challenge_host_team", _, "challenge"] => {
            results(body).for_each(|challenge| learn_challenge(state, challenge));
        }
        [
            "api",
            "challenges",
            "challenge_host_team",
            _,
            "challenge",
            _,
        ]
        | ["api", "challenges", "challenge", "queues", _, ""] => learn_challenge(state, body),
        ["api", "challenges", "challenge", id, ""] if id.parse::<u64>().is_ok() => {
            learn_challenge(state, body);
        }
        ["api", "challenges", _, "phases", ""] => learn_phases(state, body),
        ["api", "challenges", _, "challenge_phase_split"] => {
            items(body).for_each(|split| learn_split(state, split));
        }
        ["api", "challenges", "challenge", "create", kind, _, ""] => {
            let table = match *kind {
                "challenge_phase_split" => &mut state.splits,
                "leaderboard" => &mut state.leaderboards,
                _ => &mut state.dataset_splits,
            };
            let row = object(body);
            table.entry(number(&row, "id")).or_default().extend(row);
        }
        ["api", "challenges", "challenge", _, "prizes", ""] => {
            state.prizes.extend(items(body).map(object));
        }
        ["api", "challenges", "challenge", _, "sponsors", ""] => {
            state.sponsors.extend(items(body).map(object));
        }
        ["api", "hosts", "challenge_host_team", ""] => {
            results(body).for_each(|team| learn_team(state, team));
        }
        ["api", "hosts", "challenge_host_team", _] => learn_team(state, body),
        ["media", rest @ ..] => learn_media(state, &rest.join("/"), exchange),
        _ => {}
    }
}

/// Completes what the recordings leave open.
pub(crate) fn complete(state: &mut State) {
    for challenge in state.challenges.values_mut() {
        let defaults = json!({
            "evaluation_script": null, "vpc_cidr": "", "subnet_1_cidr": "", "subnet_2_cidr": "",
            "worker_ami_type": "AL2_x86_64_GPU", "worker_disk_size": 100, "max_worker_instance": 10,
            "min_worker_instance": 1, "desired_worker_instance": 1,
        });
        for (field, value) in object(&defaults) {
            challenge.row.entry(field).or_insert(value);
        }
    }
    // Where no split was read by itself, its leaderboard's id is not known: any will do.
    for (id, split) in &mut state.splits {
        let schema = split.remove("leaderboard_schema").unwrap_or_default();
        if !split.contains_key("leaderboard") {
            let leaderboard = 1_000_000 + id;
            split.insert("leaderboard".into(), leaderboard.into());
            let row = object(&json!({ "id": leaderboard, "schema": schema, "config_id": 1 }));
            state.leaderboards.insert(leaderboard, row);
        }
    }
}

fn learn_challenge(state: &mut State, shown: &Value) {
    let mut row = object(shown);
    let creator = row.remove("creator").unwrap_or_default();
    for computed in ["is_active", "domain_name"] {
        row.remove(computed);
    }
    relative(&mut row, &["image", "evaluation_script"]);
    let team = creator["id"].as_u64().unwrap_or_default();
    learn_team(state, &creator);
    let challenge = state.challenges.entry(number(&row, "id")).or_default();
    challenge.team = team;
    challenge.row.extend(row);
}

fn learn_phases(state: &mut State, shown: &Value) {
    for phase in items(shown) {
        let mut row = object(phase);
        row.remove("is_active");
        relative(&mut row, &["test_annotation"]);
        state
            .phases
            .retain(|known| number(known, "id") != number(&row, "id"));
        state.phases.push(row);
    }
}

fn learn_split(state: &mut State, shown: &Value) {
    let mut row = object(shown);
    row.remove("challenge_phase_name");
    let name = row.remove("dataset_split_name").unwrap_or_default();
    let dataset_split = number(&row, "dataset_split");
    let known = state.dataset_splits.entry(dataset_split).or_default();
    known.entry("id").or_insert_with(|| dataset_split.into());
    known.insert("name".into(), name);
    state
        .splits
        .entry(number(&row, "id"))
        .or_default()
        .extend(row);
}

fn learn_team(state: &mut State, shown: &Value) {
    let row = object(shown);
    let id = number(&row, "id");
    let team = state.teams.entry(id).or_default();
    team.extend(row);
    team.entry("members").or_insert_with(|| {
        json!([{ "id": 1, "user": "hostuser", "team_name": id, "status": "Self", "permissions": "Admin" }])
    });
}

fn learn_media(state: &mut State, path: &str, exchange: &Exchange) {
    let Some(bytes) = &exchange.download else {
        return;
    };
    let modified = exchange.response["headers"]["Last-Modified"]
        .as_str()
        .unwrap_or_default();
    let modified = rfc2822::DateTimeParser::new()
        .parse_timestamp(modified)
        .unwrap_or(Timestamp::UNIX_EPOCH);
    state
        .media
        .put(path.to_owned(), Bytes::from(bytes.clone()), modified);
}

fn relative(row: &mut Row, fields: &[&str]) {
    for field in fields {
        if let Some(path) = row
            .get(*field)
            .and_then(Value::as_str)
            .and_then(|url| url.strip_prefix(MEDIA))
        {
            row.insert((*field).to_owned(), path.into());
        }
    }
}

fn object(value: &Value) -> Row {
    value.as_object().cloned().unwrap_or_default()
}

fn items(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn results(value: &Value) -> impl Iterator<Item = &Value> {
    items(&value["results"])
}
