//! Reading all that EvalAI holds: side by side, and with unknown kept apart from null.

use evalai_sync::evalai::Depth;
use std::sync::Barrier;

use evalai_sync::evalai::{Challenge, Error, Known, Object, Reason, Snapshot};
use serde_json::{Value, json as value};

use crate::known;
use crate::server::{Answer, Reply, Server, answer, html, json};

fn challenge(queue: &str) -> Challenge {
    Challenge {
        id: 7,
        title: "T".into(),
        repository: "o/r".into(),
        branch: String::new(),
        queue: queue.into(),
        object: Object::from_iter([("id".to_owned(), value!(7))]),
    }
}

const WORKER: &str = "/api/challenges/challenge/queues/q/";
const PHASES: &str = "/api/challenges/7/phases/";
const SPLITS: &str = "/api/challenges/7/challenge_phase_split";

fn good(path: &str) -> Reply {
    json(200, &good_value(path))
}

fn good_value(path: &str) -> Value {
    match path {
        PHASES => value!([{"id": 2, "config_id": 1}]),
        SPLITS => value!([{"id": 3, "challenge_phase": 2, "dataset_split": 4}]),
        _ => value!({"id": 7, "worker_disk_size": 100}),
    }
}

fn not_host() -> Reply {
    json(
        401,
        &value!({"error": "Sorry, you are not authorized to access these challenge phases."}),
    )
}

/// Good answers but for the paths in `bad`.
fn all_but(bad: &'static [&str], reply: Answer) -> Server {
    Server::start(move |seen| {
        if bad.contains(&seen.path.as_str()) {
            reply()
        } else {
            good(&seen.path)
        }
    })
}

#[tokio::test]
async fn three_requests_are_under_way_at_once() {
    let all_here = Barrier::new(3);
    let server = Server::start(move |seen| {
        all_here.wait();
        good(&seen.path)
    });
    let snapshot = Snapshot::read(&server.client(), challenge("q"), &known(), Depth::Routine)
        .await
        .unwrap();
    assert_eq!(snapshot.id, 7);
    assert_eq!(snapshot.challenge["id"], 7);
    assert_eq!(snapshot.worker.yes().unwrap()["worker_disk_size"], 100);
    assert_eq!(snapshot.phases.yes().unwrap()[0]["config_id"], 1);
    assert_eq!(snapshot.phase_splits.yes().unwrap()[0]["dataset_split"], 4);
    let mut paths = server.paths();
    paths.sort();
    assert_eq!(paths, [SPLITS, PHASES, WORKER]);
}

#[tokio::test]
async fn a_queue_is_one_percent_encoded_path_segment() {
    let server = Server::start(|seen| good(&seen.path));
    let client = server.client();
    client.worker(7, "größe/α ?#%-5_a.b").await.unwrap();
    let encoded = "gr%C3%B6%C3%9Fe%2F%CE%B1%20%3F%23%25-5_a.b";
    assert_eq!(
        server.paths(),
        [format!("/api/challenges/challenge/queues/{encoded}/")]
    );
}

#[tokio::test]
async fn a_challenge_without_a_queue_has_an_unknown_worker() {
    let server = Server::start(|seen| good(&seen.path));
    let snapshot = Snapshot::read(&server.client(), challenge(""), &known(), Depth::Routine)
        .await
        .unwrap();
    assert_eq!(snapshot.worker, Known::No(Reason::NoQueue));
    assert!(snapshot.phases.yes().is_some());
    assert_eq!(server.seen().len(), 2);
}

#[tokio::test]
async fn a_request_that_fails_leaves_its_part_unknown_and_the_others_known() {
    let table: [(&str, Answer); 4] = [
        ("EvalAI failed with 500", || html(500)),
        ("is no host of this challenge", not_host),
        ("400 Bad Request, EvalAI says: no such queue", || {
            json(400, &value!({"error": "no such queue"}))
        }),
        ("the next attempt would be in 59 s", || {
            answer(429, "Retry-After: 59\r\n", b"{}")
        }),
    ];
    for (says, reply) in table {
        let server = all_but(&[WORKER], reply);
        let snapshot = Snapshot::read(&server.client(), challenge("q"), &known(), Depth::Routine)
            .await
            .unwrap();
        assert_eq!(snapshot.worker.yes(), None);
        let why = snapshot.worker.why_not().unwrap().to_string();
        assert!(why.contains(says), "{why}");
        assert!(snapshot.phases.yes().is_some() && snapshot.phase_splits.yes().is_some());
    }
    let server = all_but(&[PHASES], not_host);
    let snapshot = Snapshot::read(&server.client(), challenge("q"), &known(), Depth::Routine)
        .await
        .unwrap();
    assert!(snapshot.phases.yes().is_none() && snapshot.worker.yes().is_some());
}

#[tokio::test]
async fn the_token_of_somebody_who_is_no_host_is_an_error() {
    let server = all_but(&[WORKER, PHASES], not_host);
    for queue in ["q", ""] {
        let error = Snapshot::read(&server.client(), challenge(queue), &known(), Depth::Routine)
            .await
            .unwrap_err();
        assert!(matches!(error, Error::NotHost { .. }), "{error}");
    }
}

#[tokio::test]
async fn an_answer_of_another_shape_or_a_refused_token_ends_the_snapshot() {
    let table: [(&'static [&str], Answer, &str); 4] = [
        (
            &[PHASES],
            || json(200, &value!({"results": []})),
            "GET /api/challenges/7/phases/: `the answer` should be a list, but is an object",
        ),
        (
            &[SPLITS],
            || json(200, &value!([{"id": 3}])),
            "GET /api/challenges/7/challenge_phase_split: `[0].challenge_phase` should be",
        ),
        (
            &[WORKER],
            || json(200, &value!({"id": 8})),
            "GET /api/challenges/challenge/queues/q/: `id` should be the id of the challenge asked for",
        ),
        (
            &[SPLITS],
            || json(401, &value!({"detail": "x", "code": "token_not_valid"})),
            "GET /api/challenges/7/challenge_phase_split: 401 Unauthorized, the EvalAI token",
        ),
    ];
    for (bad, reply, says) in table {
        let server = all_but(bad, reply);
        let error = Snapshot::read(&server.client(), challenge("q"), &known(), Depth::Routine)
            .await
            .unwrap_err();
        assert!(error.to_string().starts_with(says), "{error}");
    }
}
