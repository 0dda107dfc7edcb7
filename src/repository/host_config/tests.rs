//! What a host may write into the host config, and what the sync says to it.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::*;

const NOW: &str = "2026-11-24T12:00:00Z";

fn jwt(expires: &str) -> String {
    let seconds = expires.parse::<Timestamp>().unwrap().as_second();
    let claims = URL_SAFE_NO_PAD.encode(format!("{{\"exp\":{seconds}}}"));
    format!("e30.{claims}.c2ln")
}

fn good_token() -> String {
    jwt("2027-11-22T13:39:11Z")
}

fn parse(file: &str) -> Result<HostConfig, HostConfigError> {
    parse_with(file, None)
}

fn parse_with(file: &str, token: Option<&str>) -> Result<HostConfig, HostConfigError> {
    let token = token.and_then(Secret::new);
    HostConfig::parse(
        Some(file.as_bytes()),
        "github/host_config.json",
        token,
        NOW.parse().unwrap(),
    )
}

fn file(token: &str, team: &str, url: &str) -> String {
    format!(
        "{{\n\t\"token\": \"{token}\",\n\t\"team_pk\": {team},\n\t\"evalai_host_url\": \"{url}\"\n}}\n"
    )
}

fn faults(result: Result<HostConfig, HostConfigError>) -> Vec<String> {
    let error = result.unwrap_err();
    assert!(error.faults.iter().all(|fault| fault.level == Level::Error));
    error.to_string().lines().map(str::to_owned).collect()
}

#[test]
fn a_good_file_is_read_without_a_note() {
    let config = parse(&file(&good_token(), "\"3891\"", "https://eval.ai")).unwrap();
    assert_eq!(config.token.expose(), good_token());
    assert_eq!(config.team_pk, 3891);
    assert_eq!(config.url.to_string(), "https://eval.ai");
    assert_eq!(
        config.expires,
        Some("2027-11-22T13:39:11Z".parse().unwrap())
    );
    assert_eq!(config.notes, []);
}

#[test]
fn a_byte_order_mark_crlf_and_tabs_are_no_faults() {
    let text = file(&good_token(), "3891", "https://eval.ai").replace('\n', "\r\n");
    let config = parse(&format!("\u{feff}\r\n{text}")).unwrap();
    assert_eq!((config.team_pk, config.notes), (3891, vec![]));
}

#[test]
fn the_team_is_a_positive_number_written_as_text_or_number() {
    for (written, team) in [
        ("12", Some(12)),
        ("\"12\"", Some(12)),
        ("\" 12\\n\"", Some(12)),
        ("0", None),
        ("-1", None),
        ("12.0", None),
        ("\"twelve\"", None),
        ("true", None),
        ("null", None),
        ("[12]", None),
    ] {
        let parsed = parse(&file(&good_token(), written, "https://eval.ai"));
        assert_eq!(
            parsed.as_ref().ok().map(|config| config.team_pk),
            team,
            "{written}"
        );
        if team.is_none() {
            let faults = faults(parsed);
            assert_eq!(faults.len(), 1, "{faults:?}");
            assert!(faults[0].starts_with("github/host_config.json:3:2: `team_pk` must be "));
        }
    }
}

#[test]
fn all_placeholders_of_the_template_are_named_at_once_with_their_lines() {
    let template = file(
        "<evalai_user_auth_token>",
        "\"<host_team_pk>\"",
        "<evalai_host_url>",
    );
    let faults = faults(parse(&template));
    for (fault, start) in faults.iter().zip([
        "github/host_config.json:2:2: `token` still holds a placeholder. Get a new token on EvalAI's profile page",
        "github/host_config.json:3:2: `team_pk` still holds a placeholder. Write the team's ID",
        "github/host_config.json:4:2: `evalai_host_url` still holds a placeholder. Write the server's address",
    ]) {
        assert!(fault.starts_with(start), "{fault}");
    }
    assert_eq!(faults.len(), 3);
}

#[test]
fn what_is_left_of_a_template_or_a_mask_is_a_placeholder() {
    for text in [
        "$EVALAI_HOST_URL",
        "${{ secrets.URL }}",
        "<x>",
        "***",
        "REDACTED",
    ] {
        let faults = faults(parse(&file(&good_token(), "1", text)));
        assert!(
            faults[0].contains("`evalai_host_url` still holds a placeholder"),
            "{text}"
        );
    }
}

#[test]
fn missing_and_empty_keys_are_named_with_what_belongs_there() {
    let missing = faults(parse("{}"));
    for (fault, key) in missing.iter().zip(["token", "team_pk", "evalai_host_url"]) {
        assert!(fault.starts_with(&format!("github/host_config.json: `{key}` is missing. ")));
    }
    assert_eq!(missing.len(), 3);
    let empty = faults(parse(&file(" ", "\"\"", "")));
    assert!(
        empty.iter().all(|fault| fault.contains("is empty. ")),
        "{empty:?}"
    );
}

#[test]
fn a_file_that_is_no_json_object_is_a_fault_with_line_and_column() {
    let path = "github/host_config.json";
    for (text, fault) in [
        ("", ":1:1: is not valid JSON: EOF while parsing a value"),
        (
            "{\n \"token\": \"ü\" \"x\"}",
            ":2:15: is not valid JSON: expected `,` or `}`",
        ),
        (
            "{\r\n\t\"a\": 1,\r\n}",
            ":3:1: is not valid JSON: trailing comma",
        ),
        ("[1]", ":1:1: must be a JSON object with the keys"),
    ] {
        let faults = faults(parse(text));
        assert_eq!(faults.len(), 1);
        assert!(
            faults[0].starts_with(&format!("{path}{fault}")),
            "{faults:?}"
        );
    }
    let now = NOW.parse().unwrap();
    let latin = faults(HostConfig::parse(Some(b"\"\xfc\""), path, None, now));
    assert_eq!(
        latin,
        [format!("{path}: is not UTF-8 text; save it as UTF-8")]
    );
    let none = faults(HostConfig::parse(None, path, None, now));
    assert!(none[0].starts_with(&format!("{path}: there is no such file. ")));
}

#[test]
fn an_expired_token_is_a_fault_and_an_expiring_one_a_warning_both_with_the_date() {
    for (expires, level, says) in [
        ("2026-12-08T12:00:01Z", None, ""),
        (
            "2026-12-08T12:00:00Z",
            Some(Level::Warning),
            "expires on 2026-12-08; the sync",
        ),
        (
            "2026-11-24T12:00:01Z",
            Some(Level::Warning),
            "expires on 2026-11-24; the sync",
        ),
        (
            "2026-11-24T12:00:00Z",
            Some(Level::Error),
            "expired on 2026-11-24. ",
        ),
        (
            "2020-01-01T00:00:00Z",
            Some(Level::Error),
            "expired on 2020-01-01. ",
        ),
    ] {
        let remarks = match parse(&file(&jwt(expires), "1", "https://eval.ai")) {
            Ok(config) => config.notes,
            Err(error) => error.faults,
        };
        assert_eq!(
            remarks.first().map(|remark| remark.level),
            level,
            "{expires}"
        );
        for remark in remarks {
            assert!(
                remark.text.starts_with(&format!("`token` {says}")),
                "{}",
                remark.text
            );
            assert!(remark.text.contains("Get your Auth Token"));
            assert_eq!(remark.place, Some(Place { line: 2, column: 2 }));
        }
    }
}

#[test]
fn a_session_key_is_a_fault_and_any_other_text_a_warning() {
    let key = "0123456789abcdef0123456789abcdef01234567";
    let faults = faults(parse(&file(key, "1", "https://eval.ai")));
    assert!(faults[0].contains("`token` is a session key"), "{faults:?}");
    let config = parse(&file("no-jwt", "1", "https://eval.ai")).unwrap();
    assert_eq!(config.notes[0].level, Level::Warning);
    assert_eq!(config.token.expose(), "no-jwt");
}

#[test]
fn the_input_goes_before_whatever_the_file_holds_as_token() {
    for in_file in [
        "<evalai_user_auth_token>",
        "",
        "0123456789abcdef0123456789abcdef01234567",
    ] {
        let text = file(in_file, "1", "https://eval.ai");
        let config = parse_with(&text, Some(&good_token())).unwrap();
        assert_eq!(config.token.expose(), good_token());
        assert_eq!(config.notes, []);
    }
    let none = r#"{"team_pk": 1, "evalai_host_url": "eval.ai"}"#;
    assert!(parse_with(none, Some(&good_token())).is_ok());
    let expired = jwt("2020-01-01T00:00:00Z");
    let error = parse_with(none, Some(&expired)).unwrap_err();
    assert!(
        error.faults[0]
            .text
            .starts_with("the input `evalai-token` expired on 2020-01-01")
    );
    assert_eq!(error.faults[0].place, None);
}

#[test]
fn what_was_made_of_the_address_is_said() {
    for (url, level, says) in [
        ("https://eval.ai/", None, ""),
        (
            "eval.ai",
            Some(Level::Notice),
            "has no scheme; https:// is assumed; write https://eval.ai",
        ),
        (
            "http://eval.ai",
            Some(Level::Warning),
            "is plain http, so the token",
        ),
        ("http://localhost:8000", None, ""),
        ("http://192.168.0.7:8000", None, ""),
    ] {
        let config = parse(&file(&good_token(), "1", url)).unwrap();
        let note = config.notes.first();
        assert_eq!(note.map(|note| note.level), level, "{url}");
        if let Some(note) = note {
            assert!(
                note.text.starts_with(&format!("`evalai_host_url` {says}")),
                "{note:?}"
            );
            assert_eq!(note.place, Some(Place { line: 4, column: 2 }));
        }
    }
    let faults = faults(parse(&file(
        &good_token(),
        "1",
        "https://u:hunter2@eval.ai",
    )));
    assert!(faults[0].contains("`evalai_host_url` must not hold a user name or password"));
}

#[test]
fn unknown_keys_are_noticed_and_left_alone() {
    let text = file(&good_token(), "1", "https://eval.ai").replace("{\n", "{\n\"team\": 7,\n");
    let config = parse(&text).unwrap();
    let place = Some(Place { line: 2, column: 1 });
    let text = "the key \"team\" is unknown, and left alone".to_owned();
    let level = Level::Notice;
    assert_eq!(config.notes, [Remark { level, text, place }]);
}

#[test]
fn no_message_shows_a_value_that_may_be_a_token() {
    let secret = good_token();
    for text in [
        file(
            &secret,
            &format!("\"{secret}\""),
            &format!("ftp://{secret}"),
        ),
        file(
            &format!("<{secret}>"),
            "1",
            &format!("https://x:{secret}@eval.ai"),
        ),
        format!("{{\"token\": \"{secret}\" oops"),
        format!("{{\"token\": {{\"{secret}\": 1}}, \"team_pk\": [\"{secret}\"]}}"),
    ] {
        let error = parse(&text).unwrap_err();
        assert!(!format!("{error} {error:?}").contains(&secret), "{error}");
    }
}

#[test]
fn host_configs_of_real_repositories_lack_nothing_but_their_withheld_token() {
    let repos = concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/corpus/repos");
    let Ok(entries) = std::fs::read_dir(repos) else {
        println!("skipped: no corpus at {repos}");
        return;
    };
    let files: Vec<_> = entries
        .filter_map(|entry| {
            std::fs::read(entry.ok()?.path().join("tree/github/host_config.json")).ok()
        })
        .collect();
    assert!(files.len() >= 4);
    let now = NOW.parse().unwrap();
    for file in files {
        let withheld = faults(HostConfig::parse(Some(&file), "h", None, now));
        assert_eq!(withheld.len(), 1, "{withheld:?}");
        assert!(withheld[0].contains("`token` still holds a placeholder"));
        let token = Secret::new(&good_token());
        let config = HostConfig::parse(Some(&file), "h", token, now).unwrap();
        assert_eq!(config.url.to_string(), "https://eval.ai");
    }
}
