//! Finding the challenge, with EvalAI's answers and failures on the way.

use std::time::Duration;

use evalai_sync::evalai::{FoundBy, LocateError, Located, Wanted, locate};
use serde_json::{Value, json as value};
use tokio::sync::mpsc;

use crate::server::{Answer, Reply, Seen, Server, html, json};

const LIST: &str = "/api/challenges/challenge_host_team/3/challenge";

fn object(id: u64, repository: &str) -> Value {
    value!({"id": id, "title": format!("T{id}"), "github_repository": repository, "github_branch": ""})
}

fn page(next: Option<u32>, results: &[Value]) -> Reply {
    // What EvalAI takes for its own address behind a proxy is not the address it is asked at.
    let next = next.map(|next| format!("http://internal{LIST}?page={next}"));
    json(
        200,
        &value!({"count": 1, "next": next, "previous": null, "results": results}),
    )
}

fn does_not_exist() -> Reply {
    json(406, &value!({"error": "Challenge does not exist!"}))
}

fn removed() -> Reply {
    json(406, &value!({"error": "Sorry, the challenge was removed!"}))
}

async fn find(
    server: &Server,
    given: Option<u64>,
    recorded: Option<u64>,
) -> Result<(u64, FoundBy), LocateError> {
    let wanted = Wanted {
        team: 3,
        given,
        repository: "o/r",
        branch: Some("challenge"),
    };
    let located = locate(&server.client(), wanted, async { recorded }).await;
    located.map(
        |Located {
             challenge,
             found_by,
         }| (challenge.id, found_by),
    )
}

#[tokio::test]
async fn every_page_is_read_when_nothing_is_recorded() {
    let server = Server::start(|seen| match seen.path.rsplit('?').next() {
        Some("page=2") => page(Some(3), &[object(9, "o/y"), object(8, "o/x")]),
        Some("page=3") => page(None, &[object(4, "o/r")]),
        _ => page(Some(2), &[object(9, "o/y")]),
    });
    assert_eq!(
        find(&server, None, None).await,
        Ok((4, FoundBy::Repository))
    );
    assert_eq!(
        server.paths(),
        [
            LIST.to_owned(),
            format!("{LIST}?page=2"),
            format!("{LIST}?page=3")
        ]
    );
}

#[tokio::test]
async fn paging_stops_at_the_recorded_challenge_while_it_names_the_repository() {
    let reply = |seen: &Seen| {
        if seen.path.ends_with("?page=2") {
            page(None, &[object(6, "o/x"), object(4, "o/r")])
        } else {
            page(Some(2), &[object(7, "o/r")])
        }
    };
    let server = Server::start(reply);
    assert_eq!(
        find(&server, None, Some(7)).await,
        Ok((7, FoundBy::Recorded))
    );
    assert_eq!(server.paths(), [LIST]);
    let server = Server::start(reply);
    let several = find(&server, None, Some(6)).await.unwrap_err();
    assert!(matches!(several, LocateError::Several { .. }), "{several}");
    assert_eq!(server.seen().len(), 2);
}

#[tokio::test]
async fn a_challenge_seen_on_two_pages_is_one_challenge() {
    let server = Server::start(|seen| {
        let next = if seen.path == LIST { Some(2) } else { None };
        page(next, &[object(7, "o/r")])
    });
    assert_eq!(
        find(&server, None, None).await,
        Ok((7, FoundBy::Repository))
    );
}

#[tokio::test]
async fn the_record_is_awaited_while_the_list_is_under_way() {
    let (asked, mut is_asked) = mpsc::unbounded_channel();
    let server = Server::start(move |_| {
        asked.send(()).unwrap();
        page(None, &[object(7, "o/r"), object(4, "o/r")])
    });
    let client = server.client();
    let wanted = Wanted {
        team: 3,
        given: None,
        repository: "o/r",
        branch: None,
    };
    let recorded = async {
        is_asked.recv().await;
        Some(4)
    };
    let located = tokio::time::timeout(Duration::from_secs(10), locate(&client, wanted, recorded));
    let located = located
        .await
        .expect("the list is asked for before the record is known");
    assert_eq!(located.unwrap().found_by, FoundBy::Recorded);
}

#[tokio::test]
async fn a_given_id_is_asked_for_alone() {
    for (named, found) in [("o/r", true), ("", true), ("o/x", false), ("O/R", false)] {
        let server = Server::start(move |_| json(200, &object(7, named)));
        let result = find(&server, Some(7), Some(4)).await;
        assert_eq!(server.paths(), ["/api/challenges/challenge/7/"]);
        if found {
            assert_eq!(result, Ok((7, FoundBy::Given)));
            continue;
        }
        let error = result.unwrap_err();
        let says = if named == "O/R" {
            "challenge 7 on EvalAI names the repository O/R, but this one is o/r: letter case counts"
        } else {
            "challenge 7 belongs to the repository o/x according to EvalAI, but this one is o/r. Correct `challenge-id`"
        };
        assert!(error.to_string().starts_with(says), "{error}");
    }
}

#[tokio::test]
async fn a_given_id_that_leads_nowhere_is_a_sentence_each() {
    let table: [(Answer, &str); 3] = [
        (
            removed,
            "challenge 7 was removed from EvalAI, so there is nothing to sync",
        ),
        (
            does_not_exist,
            "EvalAI shows no challenge 7 to this token: either there is none",
        ),
        (
            || html(500),
            "GET /api/challenges/challenge/7/ (attempt 3): EvalAI failed with 500",
        ),
    ];
    for (reply, says) in table {
        let server = Server::start(move |_| reply());
        let error = find(&server, Some(7), None).await.unwrap_err().to_string();
        assert!(error.starts_with(says), "{error}");
    }
}

/// A server whose list and whose challenge 7 answer so.
fn list_and_own_page(list: Answer, own: Answer) -> Server {
    Server::start(move |seen| match seen.path.as_str() {
        "/api/challenges/challenge/7/" => own(),
        _ => list(),
    })
}

#[tokio::test]
async fn a_list_that_fails_is_replaced_by_the_recorded_challenge() {
    let table: [(Option<u64>, Answer, &str); 5] = [
        (Some(7), || json(200, &object(7, "o/r")), ""),
        (
            Some(7),
            || json(200, &object(7, "o/x")),
            "the list of host team 3's challenges cannot be read",
        ),
        (Some(7), removed, "challenge 7 was removed from EvalAI"),
        (
            Some(7),
            || html(500),
            "GET /api/challenges/challenge/7/ (attempt 3): EvalAI failed with 500",
        ),
        (
            None,
            || json(200, &object(7, "o/r")),
            "the list of host team 3's challenges cannot be read",
        ),
    ];
    for (recorded, own, says) in table {
        let server = list_and_own_page(|| html(500), own);
        match find(&server, None, recorded).await {
            Ok(found) => assert_eq!((found, says), ((7, FoundBy::Recorded), "")),
            Err(error) => {
                let error = error.to_string();
                assert!(!says.is_empty() && error.starts_with(says), "{error}");
            }
        }
    }
}

#[tokio::test]
async fn a_recorded_challenge_that_the_list_lacks_is_asked_for_before_giving_up() {
    let table: [(Answer, &str); 4] = [
        (|| json(200, &object(7, "o/r")), ""),
        (
            || json(200, &object(7, "o/x")),
            "host team 3 has no challenges",
        ),
        (does_not_exist, "host team 3 has no challenges"),
        (removed, "challenge 7 was removed from EvalAI"),
    ];
    for (own, says) in table {
        let server = list_and_own_page(|| page(None, &[]), own);
        match find(&server, None, Some(7)).await {
            Ok(found) => assert_eq!((found, says), ((7, FoundBy::Recorded), "")),
            Err(error) => {
                let error = error.to_string();
                assert!(!says.is_empty() && error.starts_with(says), "{error}");
            }
        }
        assert_eq!(server.seen().len(), 2);
    }
    let replaced = list_and_own_page(|| page(None, &[object(8, "o/r")]), removed);
    assert_eq!(
        find(&replaced, None, Some(7)).await,
        Ok((8, FoundBy::Repository))
    );
    assert_eq!(replaced.seen().len(), 1);
}

#[tokio::test]
async fn an_unknown_team_and_a_refused_token_are_sentences_of_their_own() {
    let unknown =
        Server::start(|_| json(406, &value!({"error": "ChallengeHostTeam does not exist"})));
    let error = find(&unknown, None, Some(7)).await.unwrap_err().to_string();
    assert!(
        error.starts_with("EvalAI knows no host team 3; correct `team_pk`"),
        "{error}"
    );
    let refused = Server::start(|_| json(401, &value!({"detail": "x", "code": "token_not_valid"})));
    let error = find(&refused, None, Some(7)).await.unwrap_err().to_string();
    assert!(
        error.contains("the EvalAI token is invalid or expired. Get a new token"),
        "{error}"
    );
    assert_eq!(refused.seen().len(), 1);
}
