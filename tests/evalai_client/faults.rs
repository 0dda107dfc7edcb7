//! What the client does when the way to EvalAI, or EvalAI itself, fails.

use std::net::TcpListener;
use std::time::Duration;

use evalai_sync::evalai::{Client, ConnectionFault, Error, HostUrl, Limits};
use evalai_sync::secret::Secret;
use serde_json::json as value;

use crate::server::{Answer, Reply, Server, TOKEN, answer, client, html, json, limits};

fn good() -> Reply {
    json(200, &value!({"id": 7, "title": "T"}))
}

/// A server whose first answer is `first`, and whose later ones are good.
fn at_first(first: Answer) -> Server {
    Server::start(move |seen| if seen.before == 0 { first() } else { good() })
}

fn always(reply: Answer) -> Server {
    Server::start(move |_| reply())
}

fn unused_address() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    format!("http://{}", listener.local_addr().unwrap())
}

#[tokio::test]
async fn a_request_carries_what_evalai_asks_for() {
    let server = always(good);
    server.client().challenge(7).await.unwrap();
    let seen = server.seen();
    assert_eq!(seen.len(), 1);
    assert_eq!(seen[0].path, "/api/challenges/challenge/7/");
    assert_eq!(
        seen[0].header("authorization"),
        Some("Bearer hunter2-token")
    );
    assert_eq!(seen[0].header("accept"), Some("application/json"));
    let agent = seen[0].header("user-agent").unwrap();
    assert!(agent.starts_with("evalai-sync/"), "{agent}");
}

#[tokio::test]
async fn what_may_pass_is_tried_again_until_it_passes() {
    let table: [(&str, Answer); 8] = [
        ("connection closed before the answer", || Reply::Close),
        ("body cut short", || {
            Reply::Raw(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{\"id\"".to_vec())
        }),
        ("chunked body cut short", || {
            Reply::Raw(
                b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\n{\"id\"".to_vec(),
            )
        }),
        (
            "JSON cut short where only the connection's end tells the length",
            || Reply::Raw(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n{\"id\": 7, \"ti".to_vec()),
        ),
        ("throttled", || {
            json(429, &value!({"detail": "Request was throttled."}))
        }),
        ("throttled for a time that is over", || {
            answer(429, "Retry-After: Sun, 06 Nov 1994 08:49:37 GMT\r\n", b"{}")
        }),
        ("failure with a page of HTML", || html(500)),
        ("gateway failure", || answer(502, "", b"")),
    ];
    for (name, first) in table {
        let server = at_first(first);
        let client = server.client();
        assert_eq!(
            client.challenge(7).await.map(|found| found.id),
            Ok(7),
            "{name}"
        );
        assert_eq!(server.seen().len(), 2, "{name}");
        assert_eq!(client.requests().len(), 2, "{name}");
    }
}

#[tokio::test]
async fn what_will_not_pass_is_asked_once() {
    let table: [(&str, Answer); 7] = [
        ("400", || json(400, &value!({"error": "no"}))),
        ("401", || json(401, &value!({"detail": "Invalid token"}))),
        ("403", || json(403, &value!({"detail": "no"}))),
        ("404 page", || html(404)),
        ("406", || {
            json(406, &value!({"error": "Sorry, the challenge was removed!"}))
        }),
        ("406 cut short", || {
            Reply::Raw(b"HTTP/1.1 406 X\r\nContent-Length: 99\r\n\r\n{".to_vec())
        }),
        ("login page", || html(200)),
    ];
    for (name, reply) in table {
        let server = always(reply);
        assert!(server.client().challenge(7).await.is_err(), "{name}");
        assert_eq!(server.seen().len(), 1, "{name}");
    }
}

#[tokio::test]
async fn attempts_end_with_the_last_error_and_their_number() {
    let server = always(|| html(500));
    let error = server.client().challenge(7).await.unwrap_err().to_string();
    assert!(
        error.starts_with("GET /api/challenges/challenge/7/ (attempt 3): EvalAI failed with 500"),
        "{error}"
    );
    assert!(!error.contains("secret trace"));
    assert_eq!(server.seen().len(), 3);
}

#[tokio::test]
async fn a_wait_beyond_the_time_budget_fails_at_once_and_says_so() {
    let server = always(|| {
        answer(
            429,
            "Retry-After: 59\r\n",
            br#"{"detail": "Request was throttled."}"#,
        )
    });
    let client = server.client();
    let error = client.challenge(7).await.unwrap_err();
    assert!(matches!(error, Error::OutOfTime { .. }), "{error}");
    let error = error.to_string();
    assert!(
        error.contains("EvalAI says: Request was throttled"),
        "{error}"
    );
    assert!(
        error.contains("the next attempt would be in 59 s, but of the 20 s"),
        "{error}"
    );
    assert_eq!(server.seen().len(), 1);
}

#[tokio::test]
async fn silence_ends_with_the_request_timeout_and_is_tried_again() {
    let limits = Limits {
        request: Duration::from_millis(100),
        ..limits()
    };
    let server = at_first(|| Reply::Silence);
    assert!(client(&server.url(), limits).challenge(7).await.is_ok());
    let server = always(|| Reply::Raw(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n".to_vec()));
    assert!(client(&server.url(), limits).challenge(7).await.is_err());
    let server = always(|| Reply::Silence);
    let error = client(&server.url(), limits)
        .challenge(7)
        .await
        .unwrap_err();
    assert!(
        error.to_string().contains("no answer within 100 ms"),
        "{error}"
    );
    assert_eq!(server.seen().len(), 3);
}

#[tokio::test]
async fn the_time_budget_ends_a_request_and_forbids_the_next() {
    let limits = Limits {
        total: Duration::from_millis(150),
        ..limits()
    };
    let server = always(|| Reply::Silence);
    let client = client(&server.url(), limits);
    for _ in 0..2 {
        let error = client.challenge(7).await.unwrap_err();
        assert!(matches!(error, Error::TimeSpent { .. }), "{error}");
    }
    assert_eq!(server.seen().len(), 1);
}

#[tokio::test]
async fn a_budget_that_ends_during_a_later_attempt_does_not_hide_what_failed_before() {
    let limits = Limits {
        total: Duration::from_millis(150),
        ..limits()
    };
    let server = Server::start(|seen| match seen.before {
        0 => html(503),
        _ => Reply::Silence,
    });
    let client = client(&server.url(), limits);
    let error = client.challenge(7).await.unwrap_err();
    assert!(error.is_server_failure(), "{error}");
    assert!(error.to_string().contains("failed with 503"), "{error}");
    assert_eq!(server.seen().len(), 2);
}

#[tokio::test]
async fn a_refused_connection_is_said_in_plain_words_with_advice_for_containers() {
    let url = unused_address();
    let port = url.rsplit(':').next().unwrap();
    for (in_container, advice) in [
        (false, "Is EvalAI running there?".to_owned()),
        (
            true,
            format!(
                "Inside a container, 127.0.0.1 is the container itself: use http://host.docker.internal:{port} (with `docker run --add-host"
            ),
        ),
    ] {
        let client = client(&url, limits()).in_container(in_container);
        let error = client.challenge(7).await.unwrap_err();
        assert!(
            matches!(
                error,
                Error::Connection {
                    fault: ConnectionFault::Refused,
                    ..
                }
            ),
            "{error:?}"
        );
        assert!(error.to_string().contains(&advice), "{error}");
        assert_eq!(client.requests().len(), 3);
        assert!(
            client
                .requests()
                .iter()
                .all(|request| request.status.is_none())
        );
    }
}

#[tokio::test]
async fn https_to_a_server_that_speaks_plain_http_is_a_tls_fault_and_not_tried_again() {
    let server = always(good);
    let client = client(&server.url().replace("http:", "https:"), limits());
    let error = client.challenge(7).await.unwrap_err();
    assert!(
        matches!(
            error,
            Error::Connection {
                fault: ConnectionFault::Tls,
                ..
            }
        ),
        "{error:?}"
    );
    assert_eq!(client.requests().len(), 1);
}

#[tokio::test]
async fn the_token_does_not_follow_a_redirect_to_another_host() {
    let other = always(good);
    let to = format!("Location: {}/stolen\r\n", other.url());
    let server = Server::start(move |_| answer(302, &to, b""));
    let error = server.client().challenge(7).await.unwrap_err();
    let expected = format!(
        "is redirected to {}, and the token is not sent there",
        other.url()
    );
    assert!(error.to_string().contains(&expected), "{error}");
    assert_eq!(other.seen().len(), 0);
    assert_eq!(server.seen().len(), 1);
}

#[tokio::test]
async fn a_redirect_on_the_same_host_is_followed_with_the_token() {
    let server = Server::start(|seen| match seen.path.as_str() {
        "/api/challenges/challenge/7/" => answer(301, "Location: /moved/\r\n", b""),
        _ => good(),
    });
    assert!(server.client().challenge(7).await.is_ok());
    let seen = server.seen();
    assert_eq!(seen[1].path, "/moved/");
    assert_eq!(
        seen[1].header("authorization"),
        Some("Bearer hunter2-token")
    );
}

#[tokio::test]
async fn redirects_in_circles_and_to_nowhere_end() {
    let server = always(|| answer(302, "Location: /again\r\n", b""));
    let error = server.client().challenge(7).await.unwrap_err();
    assert!(
        error
            .to_string()
            .contains("is redirected to itself, in circles"),
        "{error}"
    );
    assert_eq!(server.seen().len(), 4);
    let server = always(|| answer(302, "", b""));
    let error = server.client().challenge(7).await.unwrap_err();
    assert!(
        error.to_string().contains("is redirected to nowhere"),
        "{error}"
    );
}

#[tokio::test]
async fn an_answer_beyond_the_size_limit_is_not_read_on() {
    let small = Limits {
        body: 16,
        ..limits()
    };
    let exact = always(|| answer(200, "", br#"{"id": 7       }"#));
    assert!(client(&exact.url(), small).challenge(7).await.is_ok());
    for reply in [
        || answer(200, "", br#"{"id": 7        }"#),
        || Reply::Raw(b"HTTP/1.1 200 OK\r\n\r\n{\"id\": 7           }".to_vec()),
    ] {
        let server = Server::start(move |_| reply());
        let error = client(&server.url(), small).challenge(7).await.unwrap_err();
        assert!(
            matches!(error, Error::TooLarge { limit: 16, .. }),
            "{error}"
        );
        assert_eq!(server.seen().len(), 1);
    }
}

#[tokio::test]
async fn no_error_log_or_report_holds_the_token() {
    let echo = || {
        json(
            400,
            &value!({"error": format!("bad header Bearer {TOKEN}")}),
        )
    };
    let server = Server::start(move |_| echo());
    let client = server.client();
    let error = client.challenge(7).await.unwrap_err();
    assert!(error.to_string().contains("Bearer ***"), "{error}");
    let shown = format!("{error:?} {client:?} {:?}", client.requests());
    assert!(!shown.contains(TOKEN), "{shown}");
}

#[test]
fn a_token_that_no_header_can_carry_is_refused_before_any_request() {
    for token in ["two words", "line\nbreak", "schlüssel"] {
        let (url, _) = HostUrl::parse("https://eval.ai").unwrap();
        let error = Client::new(url, Secret::new(token).unwrap(), limits()).unwrap_err();
        assert_eq!(error, Error::UnsendableToken);
        assert!(!error.to_string().contains(token));
    }
}
