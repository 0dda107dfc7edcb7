//! Every kind of error, from the answer to its sentence.

use super::*;

fn answer(status: u16, body: &str) -> Error {
    let call = Call {
        path: "/api/x".into(),
        attempt: 1,
    };
    let status = StatusCode::from_u16(status).unwrap();
    Error::of_answer(call, status, None, body.as_bytes())
}

fn token_not_valid(message: &str) -> String {
    format!(
        r#"{{"detail":"Given token not valid for any token type","code":"token_not_valid",
        "messages":[{{"token_class":"RefreshToken","token_type":"refresh","message":"{message}"}}]}}"#
    )
}

#[test]
fn a_401_is_told_by_its_cause() {
    let fault = |body: &str| match answer(401, body) {
        Error::Token { fault, .. } => fault,
        other => panic!("{other}"),
    };
    for (body, expected) in [
        (
            token_not_valid("Token is invalid or expired"),
            TokenFault::InvalidOrExpired,
        ),
        (
            token_not_valid("Token is blacklisted"),
            TokenFault::Blacklisted,
        ),
        (
            token_not_valid("Token has wrong type"),
            TokenFault::WrongType,
        ),
        (
            r#"{"detail":"User is inactive","code":"user_inactive"}"#.into(),
            TokenFault::InactiveUser,
        ),
        (
            r#"{"detail":"User not found","code":"user_not_found"}"#.into(),
            TokenFault::UnknownUser,
        ),
        (
            r#"{"detail":"Invalid token"}"#.into(),
            TokenFault::Other(Said::Words("Invalid token".into())),
        ),
        (String::new(), TokenFault::Other(Said::Nothing)),
    ] {
        assert_eq!(fault(&body), expected, "{body}");
    }
    let not_host = answer(
        401,
        r#"{"error":"Sorry, you are not authorized to access these challenge phases."}"#,
    );
    assert!(matches!(not_host, Error::NotHost { .. }));
}

#[test]
fn every_kind_says_what_happened_and_what_to_do() {
    let html = "\n<!DOCTYPE html><html>secret trace</html>";
    for (status, body, expected) in [
        (
            401,
            token_not_valid("Token is blacklisted").as_str(),
            "GET /api/x: 401 Unauthorized, the EvalAI token was replaced by a newer one on the profile page. Get a new token on EvalAI's profile page",
        ),
        (
            401,
            r#"{"error":"Sorry, you are not authorized to access these challenge phases."}"#,
            "GET /api/x: the EvalAI token's user is no host of this challenge (EvalAI says: Sorry, you are not authorized to access these challenge phases). Use the token of",
        ),
        (
            403,
            r#"{"detail":"Please verify your email!"}"#,
            "GET /api/x: 403 Forbidden, the EvalAI token's user has not confirmed the e-mail address. Confirm",
        ),
        (
            403,
            r#"{"detail":"Sorry, you are not allowed"}"#,
            "GET /api/x: 403 Forbidden, EvalAI says: Sorry, you are not allowed",
        ),
        (
            406,
            r#"{"error":"Sorry, the challenge was removed!"}"#,
            "GET /api/x: the challenge was removed from EvalAI",
        ),
        (
            406,
            r#"{"error":"ChallengeHostTeam does not exist"}"#,
            "GET /api/x: EvalAI says: ChallengeHostTeam does not exist",
        ),
        (
            404,
            r#"{"detail":"Challenge 9 does not exist"}"#,
            "GET /api/x: EvalAI says: Challenge 9 does not exist",
        ),
        (
            404,
            html,
            "GET /api/x: 404 Not Found with an HTML page, so there is no EvalAI API at this address",
        ),
        (
            400,
            r#"{"error":"Challenge with queue name nope does not exist"}"#,
            "GET /api/x: 400 Bad Request, EvalAI says: Challenge with queue name nope does not exist",
        ),
        (
            400,
            r#"{"title":["Too long.","Blank."],"n":[1]}"#,
            "GET /api/x: 400 Bad Request, EvalAI says: ",
        ),
        (
            429,
            r#"{"detail":"Request was throttled. Expected available in 59 seconds."}"#,
            "GET /api/x: EvalAI takes no more requests of this user for now (EvalAI says: Request was throttled.",
        ),
        (
            500,
            html,
            "GET /api/x: EvalAI failed with 500 Internal Server Error, with an HTML page instead of JSON. EvalAI answers so for a challenge whose start or end date is empty",
        ),
        (
            502,
            "Bad gateway",
            "GET /api/x: EvalAI failed with 502 Bad Gateway, without saying why",
        ),
        (
            418,
            "[]",
            "GET /api/x: 418 I'm a teapot, without saying why",
        ),
    ] {
        let text = answer(status, body).to_string();
        assert!(text.starts_with(expected), "{text}");
        assert!(!text.contains("secret trace"));
    }
}

#[test]
fn messages_per_field_are_kept_and_all_words_are_made_harmless() {
    let fields = answer(400, r#"{"title":["Too long.","Blank."],"n":[1]}"#).to_string();
    assert!(fields.contains("title: Too long. Blank."), "{fields}");
    assert!(fields.contains("n: 1"), "{fields}");
    let hostile = answer(400, r#"{"error":"a\n::error::b\u001b[2J"}"#).to_string();
    assert!(hostile.ends_with("a\\n::error::b\\u{1b}[2J"), "{hostile}");
    let long = answer(400, &format!("{{\"error\":\"{}\"}}", "x".repeat(9999))).to_string();
    assert!(long.len() < 400);
}

#[test]
fn a_token_that_the_server_repeats_is_not_shown() {
    let body = r#"{"detail":"no user for hunter2"}"#;
    for status in [400, 401, 404, 429, 500] {
        let text = answer(status, body).without("hunter2").to_string();
        assert!(text.contains("no user for ***"), "{text}");
    }
}
