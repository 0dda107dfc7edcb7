//! A routine poll against answers recorded from a real EvalAI.

use evalai_sync::evalai::Depth;
use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

use evalai_sync::evalai::{Error, LocateError, Located, Snapshot, Wanted, locate};
use percent_encoding::percent_decode_str;
use serde_json::Value;

use crate::known;
use crate::server::{Reply, Server, answer, json};

/// The folder of recorded exchanges named `name`; `None`, with a message, without recordings.
fn recording(name: &str) -> Option<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/evalai-api/recorded");
    let folder = root.join(name);
    if !folder.is_dir() {
        println!("skipped: no recordings at {}", folder.display());
        return None;
    }
    Some(folder)
}

/// A server that answers each recorded GET as recorded, and anything else with 599.
fn replay(folder: &Path) -> Server {
    let mut answers = HashMap::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "json") {
            continue;
        }
        let exchange: Value = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
        let (request, response) = (&exchange["request"], &exchange["response"]);
        let url = request["url"].as_str().unwrap();
        if request["method"] == "GET" {
            let path = url
                .strip_prefix("http://127.0.0.1:8000")
                .unwrap()
                .to_owned();
            let status = u16::try_from(response["status"].as_u64().unwrap()).unwrap();
            answers.insert(path, (status, response["body"].clone()));
        }
    }
    Server::start(move |seen| -> Reply {
        let path = percent_decode_str(&seen.path).decode_utf8().unwrap();
        match answers.get(path.as_ref()) {
            Some((status, body)) => json(*status, body),
            None => answer(599, "", b""),
        }
    })
}

async fn poll(server: &Server, repository: &str) -> Result<Snapshot, LocateError> {
    let client = server.client();
    let wanted = Wanted {
        team: 1,
        given: None,
        repository,
        branch: None,
    };
    let Located { challenge, .. } = locate(&client, wanted, async { None }).await?;
    let snapshot = Snapshot::read(&client, challenge, &known(), Depth::Routine).await?;
    assert_eq!(client.requests().len(), 4);
    Ok(snapshot)
}

#[tokio::test]
async fn a_poll_is_four_requests_whatever_the_size_of_the_challenge() {
    for (name, repository, phases, splits) in [
        ("sample-challenge", "example-org/rng-challenge", 2, 3),
        ("docker-challenge", "example-org/docker", 2, 2),
        ("big-challenge", "example-org/big", 12, 24),
    ] {
        let Some(folder) = recording(name) else {
            return;
        };
        let server = replay(&folder);
        let snapshot = poll(&server, repository).await.unwrap();
        assert_eq!(server.seen().len(), 4, "{name}");
        assert!(
            snapshot
                .worker
                .yes()
                .unwrap()
                .contains_key("evaluation_script")
        );
        let seen_phases = snapshot.phases.yes().unwrap();
        assert!(
            seen_phases
                .iter()
                .all(|phase| phase.contains_key("config_id"))
        );
        let seen_splits = snapshot.phase_splits.yes().unwrap();
        assert_eq!(
            (seen_phases.len(), seen_splits.len()),
            (phases, splits),
            "{name}"
        );
    }
}

#[tokio::test]
async fn the_token_of_a_non_host_finds_the_challenge_but_reads_no_snapshot() {
    let Some(folder) = recording("errors/non-host") else {
        return;
    };
    let error = poll(&replay(&folder), "example-org/big").await.unwrap_err();
    assert!(
        matches!(error, LocateError::Request(Error::NotHost { .. })),
        "{error}"
    );
}
