//! What tests of EvalAI's clients rely on beyond what was recorded.

use std::collections::BTreeSet;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use evalai_stand_in::{Fault, NewChallenge, Seed, StandIn};
use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::client::{self, get};

const CHALLENGE: &str = "/api/challenges/challenge/1/";
const PHASES: &str = "/api/challenges/1/phases/";
const TEAM: &str = "/api/challenges/challenge_host_team/1/challenge";

fn sample() -> StandIn {
    StandIn::start(Seed::sample()).unwrap()
}

fn raw(evalai: &StandIn, target: &str) -> std::io::Result<Vec<u8>> {
    client::raw(
        evalai.url(),
        "GET",
        target,
        &client::bearer(&evalai.token()),
        b"",
    )
}

#[test]
fn the_log_holds_what_came_over_the_wire_and_nothing_else() {
    let evalai = sample();
    evalai
        .edit_challenge(1, json!({ "title": "Edited" }))
        .unwrap();
    get(&evalai, TEAM);
    client::send(evalai.url(), "HEAD", "/media/logos/nothing.jpg", &[], b"");
    evalai.fail_next(PHASES, Fault::Reset);
    raw(&evalai, "/api/challenges/1/phases/?x=1").unwrap_err();
    let logged: Vec<_> = evalai
        .requests()
        .into_iter()
        .map(|request| {
            (
                request.method,
                request.path,
                request.had_authorization,
                request.status,
            )
        })
        .collect();
    let expected = [
        ("GET", TEAM, true, Some(200)),
        ("HEAD", "/media/logos/nothing.jpg", false, Some(404)),
        ("GET", "/api/challenges/1/phases/?x=1", true, None),
    ];
    let expected = expected
        .map(|(method, path, sent, status)| (method.to_owned(), path.to_owned(), sent, status));
    assert_eq!(logged, expected);
    evalai.forget_requests();
    assert_eq!(evalai.requests(), []);
}

#[test]
fn a_connection_ends_where_a_test_wants_it_to() {
    let evalai = sample();
    let right = raw(&evalai, CHALLENGE).unwrap();

    evalai.fail_next(CHALLENGE, Fault::Reset);
    assert_eq!(
        raw(&evalai, CHALLENGE).unwrap_err().kind(),
        std::io::ErrorKind::ConnectionReset
    );

    evalai.fail_next(CHALLENGE, Fault::CutInHeaders);
    let cut = String::from_utf8(raw(&evalai, CHALLENGE).unwrap()).unwrap();
    assert!(
        cut.starts_with("HTTP/1.1 200") && !cut.contains("\r\n\r\n"),
        "{cut:?}"
    );

    evalai.fail_next(CHALLENGE, Fault::CutInBody);
    let cut = client::parse(&raw(&evalai, CHALLENGE).unwrap());
    let promised: usize = cut.header("content-length").unwrap().parse().unwrap();
    assert_eq!(promised, client::parse(&right).body.len());
    assert_eq!(cut.body.len(), promised / 2);

    assert_eq!(
        client::parse(&raw(&evalai, CHALLENGE).unwrap()).body,
        client::parse(&right).body
    );
}

#[test]
fn an_answer_goes_wrong_once_and_the_next_is_right() {
    let evalai = sample();
    let right = get(&evalai, CHALLENGE);
    let elsewhere = "http://elsewhere.example/";
    let faults = [
        (Fault::throttled(7), 429),
        (Fault::server_error(), 500),
        (Fault::html(502, "<h1>Bad gateway</h1>"), 502),
        (Fault::redirect(elsewhere), 302),
        (Fault::InvalidJson, 200),
        (Fault::Json(json!([])), 200),
    ];
    for (fault, status) in faults {
        let shown = format!("{fault:?}");
        evalai.fail_next("GET /api/challenges/challenge/1", fault);
        let wrong = get(&evalai, CHALLENGE);
        assert_eq!(wrong.status, status, "{shown}");
        assert_ne!(wrong.body, right.body, "{shown}");
        match status {
            429 => assert_eq!(wrong.header("retry-after"), Some("7")),
            302 => assert_eq!(wrong.header("location"), Some(elsewhere)),
            200 => assert_eq!(wrong.header("content-type"), Some("application/json")),
            _ => assert_eq!(
                wrong.header("content-type"),
                Some("text/html; charset=utf-8")
            ),
        }
        assert_eq!(get(&evalai, CHALLENGE).body, right.body, "{shown}");
    }
    evalai.fail_next("", Fault::Delay(Duration::from_millis(5)));
    assert_eq!(get(&evalai, CHALLENGE).body, right.body);
}

#[test]
fn a_request_that_a_proxy_answers_changes_nothing() {
    let evalai = sample();
    evalai.fail("PATCH", 2, Fault::html(502, ""));
    let mut headers = client::bearer(&evalai.token()).to_vec();
    headers.push(("Content-Type".into(), "application/json".into()));
    let target = format!("{TEAM}/1");
    let edit = || {
        client::send(
            evalai.url(),
            "PATCH",
            &target,
            &headers,
            br#"{"title":"Edited"}"#,
        )
    };
    assert_eq!((edit().status, edit().status), (502, 502));
    let title = || evalai.get(CHALLENGE).unwrap()["title"].clone();
    assert_eq!(title(), "Random Number Generator Challenge");
    assert_eq!(edit().status, 200);
    assert_eq!(title(), "Edited");
}

#[test]
fn a_connection_serves_several_requests() {
    let evalai = sample();
    let mut stream = TcpStream::connect(evalai.url().strip_prefix("http://").unwrap()).unwrap();
    for status in ["301", "404"] {
        let path = if status == "301" {
            "/api/challenges/1/phases"
        } else {
            "/nothing"
        };
        write!(stream, "GET {path} HTTP/1.1\r\nHost: x\r\n\r\n").unwrap();
        let mut answer = [0; 12];
        stream.read_exact(&mut answer).unwrap();
        assert_eq!(&answer[9..], status.as_bytes());
        if status == "301" {
            let mut rest = Vec::new();
            while !rest.ends_with(b"\r\n\r\n") {
                let mut byte = [0];
                stream.read_exact(&mut byte).unwrap();
                rest.extend(byte);
            }
        }
    }
}

#[test]
fn a_user_has_sixty_requests_a_minute_for_most_endpoints_but_not_for_all() {
    let seed = Seed::sample()
        .throttled()
        .at("2026-11-22T14:00:00Z".parse().unwrap());
    let evalai = StandIn::start(seed).unwrap();
    for request in 0..60 {
        let target = [TEAM, PHASES][request % 2];
        assert_eq!(get(&evalai, target).status, 200, "request {request}");
    }
    evalai.advance(Duration::from_millis(59_500));
    let refused = get(&evalai, PHASES);
    assert_eq!(
        (refused.status, refused.header("retry-after")),
        (429, Some("1"))
    );
    assert_eq!(
        refused.json()["detail"],
        "Request was throttled. Expected available in 1 second."
    );
    assert_eq!(
        get(&evalai, CHALLENGE).status,
        200,
        "not limited with a token"
    );
    evalai
        .edit_challenge(1, json!({ "title": "Edited" }))
        .unwrap();
    evalai.advance(Duration::from_millis(500));
    assert_eq!(get(&evalai, PHASES).status, 200);
}

#[test]
fn a_long_list_comes_in_pages_of_150_with_the_newest_first() {
    let mut seed = Seed::empty().challenge(NewChallenge::titled("Removed").disabled().phases(0));
    for number in 2..=152 {
        seed = seed.challenge(NewChallenge::titled(&format!("Challenge {number}")).phases(0));
    }
    let evalai = StandIn::start(seed).unwrap();
    let url = format!("{}{TEAM}", evalai.url());
    let ids = |page: &Value| -> Vec<u64> {
        let results = page["results"].as_array().unwrap();
        results
            .iter()
            .map(|challenge| challenge["id"].as_u64().unwrap())
            .collect()
    };
    let first = get(&evalai, TEAM).json();
    assert_eq!(first["count"], 151);
    assert_eq!(first["next"], format!("{url}?page=2"));
    assert_eq!(first["previous"], Value::Null);
    assert_eq!(ids(&first), (3..=152).rev().collect::<Vec<_>>());
    let second = get(&evalai, &format!("{TEAM}?page=2")).json();
    assert_eq!(
        (&second["next"], &second["previous"]),
        (&Value::Null, &json!(url))
    );
    assert_eq!(ids(&second), [2]);
    for page in ["3", "0", "x"] {
        assert_eq!(
            get(&evalai, &format!("{TEAM}?page={page}")).status,
            404,
            "page {page}"
        );
    }
}

#[test]
fn media_can_live_on_another_host_than_the_api() {
    let evalai = StandIn::start(Seed::sample().media_elsewhere()).unwrap();
    let image = get(&evalai, CHALLENGE).json()["image"]
        .as_str()
        .unwrap()
        .to_owned();
    let host = evalai.url().replace("127.0.0.1", "localhost");
    let path = image.strip_prefix(&host).unwrap();
    assert_eq!(client::send(&host, "GET", path, &[], b"").body.len(), 653);
    let logged = evalai.requests().pop().unwrap();
    assert_eq!(Some(logged.host.as_str()), host.strip_prefix("http://"));
    assert!(!logged.had_authorization);
}

#[test]
fn every_upload_has_a_name_of_its_own_and_the_old_ones_stay() {
    let evalai = sample();
    let script = || {
        let queue = evalai.get(CHALLENGE).unwrap()["queue"]
            .as_str()
            .unwrap()
            .to_owned();
        let shown = evalai
            .get(&format!("/api/challenges/challenge/queues/{queue}/"))
            .unwrap();
        shown["evaluation_script"]
            .as_str()
            .unwrap()
            .strip_prefix(evalai.url())
            .unwrap()
            .to_owned()
    };
    let mut scripts = vec![script()];
    for content in [b"one", b"two", b"two"] {
        evalai
            .upload(1, "evaluation_script", "my script.zip", content)
            .unwrap();
        scripts.push(script());
    }
    assert_eq!(
        scripts.iter().collect::<BTreeSet<_>>().len(),
        4,
        "{scripts:?}"
    );
    let lengths = scripts.iter().map(|path| get(&evalai, path).body.len());
    assert_eq!(lengths.collect::<Vec<_>>(), [377, 3, 3, 3]);
}

#[test]
fn an_upload_keeps_the_extension_of_its_name() {
    let evalai = sample();
    evalai
        .upload_annotation(2, "annotations.v2.csv", b"x,y")
        .unwrap();
    let phase = evalai
        .get("/api/challenges/challenge/1/challenge_phase/2")
        .unwrap();
    let (_, extension) = phase["test_annotation"]
        .as_str()
        .unwrap()
        .rsplit_once('.')
        .unwrap();
    assert_eq!(extension, "csv");
}

#[test]
fn an_edited_phase_comes_last_in_the_list_without_an_order_and_stays_in_the_others() {
    let evalai = sample();
    let order = |path: &str, list: fn(Value) -> Value| -> Vec<Value> {
        let phases = list(evalai.get(path).unwrap());
        phases
            .as_array()
            .unwrap()
            .iter()
            .map(|phase| phase["id"].clone())
            .collect()
    };
    let of_hosts = || order(PHASES, |list| list);
    assert_eq!(of_hosts(), [1, 2]);
    evalai.edit_phase(1, json!({ "name": "Edited" })).unwrap();
    assert_eq!(of_hosts(), [2, 1]);
    evalai
        .edit_challenge(1, json!({ "title": "Edited" }))
        .unwrap();
    assert_eq!(of_hosts(), [2, 1]);
    evalai
        .edit_phase(2, json!({ "name": "Edited too" }))
        .unwrap();
    assert_eq!(of_hosts(), [1, 2]);
    evalai.allow_emails(1, 1, &["a@example.org"]).unwrap();
    assert_eq!(of_hosts(), [2, 1]);
    let public = "/api/challenges/challenge/1/challenge_phase";
    assert_eq!(order(public, |mut page| page["results"].take()), [1, 2]);
    assert_eq!(evalai.phases(1), [1, 2]);
}

#[test]
fn a_missing_date_breaks_the_list_of_the_whole_team_until_it_is_set_again() {
    let evalai = StandIn::start(Seed::sample().challenge(NewChallenge::titled("Other"))).unwrap();
    let refusal = evalai
        .edit_challenge(2, json!({ "end_date": null }))
        .unwrap_err();
    assert!(
        refusal.to_string().contains("answered with 500"),
        "{refusal}"
    );
    assert_eq!(get(&evalai, TEAM).status, 500);
    assert_eq!(
        get(&evalai, CHALLENGE).status,
        200,
        "another challenge by its id"
    );
    evalai
        .edit_challenge(2, json!({ "end_date": "2099-01-01T00:00:00Z" }))
        .unwrap();
    assert_eq!(get(&evalai, TEAM).status, 200);
}

#[test]
fn approval_freezes_the_dates_and_nothing_else() {
    let evalai = sample();
    let dates = json!({ "start_date": "2020-01-01T00:00:00Z", "end_date": "2098-01-01T00:00:00Z" });
    evalai.edit_challenge(1, dates.clone()).unwrap();
    evalai.approve(1).unwrap();
    let refusal = evalai.edit_challenge(1, dates).unwrap_err().to_string();
    assert!(
        refusal.contains("the start_date, end_date cannot be changed"),
        "{refusal}"
    );
    evalai
        .edit_challenge(1, json!({ "title": "Edited" }))
        .unwrap();
}

#[test]
fn tokens_expire_and_are_replaced() {
    let evalai =
        StandIn::start(Seed::sample().token_valid_for(SignedDuration::from_hours(1))).unwrap();
    assert_eq!(get(&evalai, TEAM).status, 200);
    evalai.advance(Duration::from_secs(3601));
    assert_eq!(get(&evalai, TEAM).status, 401);
    let old = evalai.token();
    assert_ne!(evalai.refresh_token().unwrap(), old);
    assert_eq!(get(&evalai, TEAM).status, 200);
    let refused = client::send(evalai.url(), "GET", TEAM, &client::bearer(&old), b"");
    assert_eq!(
        refused.json()["messages"][0]["message"],
        "Token is blacklisted"
    );
}

#[test]
fn what_the_stand_in_does_not_model_it_does_not_pretend_to() {
    let evalai = sample();
    let headers = client::bearer(&evalai.token());
    for (method, target) in [
        ("DELETE", format!("{TEAM}/1")),
        ("POST", TEAM.to_owned()),
        ("OPTIONS", CHALLENGE.to_owned()),
    ] {
        let answer = client::send(evalai.url(), method, &target, &headers, b"");
        assert_eq!(answer.status, 501, "{method} {target}");
    }
}

#[test]
fn an_edit_through_another_team_moves_the_challenge_there() {
    let evalai = sample();
    let mut headers = client::bearer(&evalai.token()).to_vec();
    headers.push(("Content-Type".into(), "application/json".into()));
    let target = "/api/challenges/challenge_host_team/2/challenge/1";
    let edited = client::send(evalai.url(), "PATCH", target, &headers, b"{}");
    assert_eq!(edited.json()["creator"]["id"], 2);
    assert_eq!(get(&evalai, PHASES).status, 401, "its host no more");
}

#[test]
fn a_dropped_stand_in_is_gone() {
    let evalai = sample();
    let address = evalai.url().strip_prefix("http://").unwrap().to_owned();
    let idle = TcpStream::connect(&address).unwrap();
    drop(evalai);
    assert!(TcpStream::connect(&address).is_err());
    drop(idle);
}
