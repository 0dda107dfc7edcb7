//! The sync on recordings of a real EvalAI server and the repositories that made its challenges.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use evalai_stand_in::StandIn;
use serde_json::Value;

use crate::world::{World, fixtures};

#[test]
fn the_first_sync_of_an_equal_repository_commits_nothing_and_leaves_a_record() {
    for name in ["sample", "big", "docker"] {
        let world = World::recorded(name);
        let run = world.sync().succeeded();
        assert_eq!(run.result(), "in-sync", "{name}\n{}", run.log);
        assert_eq!(world.commits(), 1, "{name}");
        let record = world
            .record()
            .unwrap_or_else(|| panic!("{name} has a record"));
        assert!(
            record.contains_key("values/title.txt"),
            "{name}: {record:?}"
        );
        assert_eq!(
            world.sync().succeeded().result(),
            "in-sync",
            "{name}, again"
        );
    }
}

/// Each recorded edit, and the fields that it changes in the repository. What
/// has none is no field of a challenge or phase, or a key that the repository
/// does not have and that no host can edit in the web UI.
const EDITS: &[(&str, &[&str])] = &[
    ("01-title", &["title"]),
    ("02-overview", &["description"]),
    ("03-evaluation-criteria", &["evaluation_details"]),
    ("04-terms", &["terms_and_conditions"]),
    ("05-submission-guidelines", &["submission_guidelines"]),
    ("06-guidelines-empty", &["submission_guidelines"]),
    ("07-guidelines-null", &[]),
    ("08-dates", &["start_date", "end_date"]),
    ("09-dates-offset", &["start_date", "end_date"]),
    ("10-evaluation-script-same-bytes", &[]),
    ("11-logo-api-only", &[]),
    ("12-registration-close", &["is_registration_open"]),
    ("13-publish-private", &["published"]),
    ("14-tags-domain", &["tags", "domain"]),
    ("15-tags-reorder", &["tags", "domain"]),
    ("16-tags-no-domain", &[]),
    ("17-tags-emptied-by-ui", &["tags"]),
    (
        "18-phase-edit",
        &[
            "phases.1.name",
            "phases.1.description",
            "phases.1.max_submissions_per_day",
            "phases.1.max_submissions",
        ],
    ),
    ("19-phase-edit-annotation", &[]),
    ("20-phase-edit-same-annotation-again", &[]),
    // The limit on concurrent submissions falls with it, and its key is absent: it stands for that value.
    (
        "21-phase-day-limit-below-concurrent",
        &["phases.1.max_submissions_per_day"],
    ),
    (
        "22-phase-leaderboard-public-api-only",
        &["phases.1.leaderboard_public", "phases.1.is_public"],
    ),
    (
        "23-phase-null-limits",
        &["phases.1.submission_meta_attributes"],
    ),
    ("24-split-latest-toggle", &[]),
    ("25-split-visibility-api-only", &[]),
    ("26-leaderboard-schema-api-only", &[]),
    ("27-dataset-split-api-only", &[]),
    ("28-host-team", &[]),
    ("29-pause-submissions-api-only", &[]),
    ("30-allowed-emails-api-only", &[]),
    (
        "31-allow-block-domains-api-only",
        &["short_description", "leaderboard_description"],
    ),
    ("32-approve-by-admin", &[]),
    ("33-dates-frozen", &[]),
];

#[test]
fn every_recorded_edit_is_in_the_table() {
    let folder = fixtures().join("recorded/after-each-edit");
    let recorded: BTreeSet<String> = fs::read_dir(folder)
        .expect("the recordings")
        .map(|entry| {
            entry
                .expect("an entry")
                .file_name()
                .into_string()
                .expect("UTF-8")
        })
        .collect();
    let table: BTreeSet<String> = EDITS.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(recorded, table);
}

#[test]
fn each_recorded_edit_changes_its_own_fields_and_no_other() {
    let world = World::recorded("sample");
    world.sync().succeeded();
    for (name, fields) in EDITS {
        let (before, commits) = (world.files(), world.commits());
        replay(&world.evalai, name);
        let run = world.sync().succeeded();
        assert_eq!(run.changed_fields(), *fields, "{name}\n{}", run.log);
        let result = if fields.is_empty() {
            "in-sync"
        } else {
            "synced"
        };
        assert_eq!(run.result(), result, "{name}\n{}", run.log);
        assert_eq!(
            world.commits(),
            commits + usize::from(!fields.is_empty()),
            "{name}"
        );
        let after = world.files();
        for (path, (mode, bytes)) in &after {
            let changed = before.get(path).is_none_or(|(_, old)| old != bytes);
            let reported = run.output("changed-files").contains(&format!("{path:?}"));
            assert_eq!(changed, reported, "{name}: {path}");
            assert!(
                before.get(path).is_none_or(|(old, _)| old == mode),
                "{name}: {path} keeps its mode"
            );
        }
        let again = world.sync().succeeded();
        assert_eq!(again.result(), "in-sync", "{name}, again\n{}", again.log);
    }
}

/// Sends the edit `name` to EvalAI as it was recorded.
fn replay(evalai: &StandIn, name: &str) {
    let folder = fixtures().join("recorded/after-each-edit").join(name);
    let mut files = fs::read_dir(folder)
        .expect("the recording")
        .map(|entry| entry.expect("an entry").path());
    let edit = files
        .find(|path| {
            path.file_name()
                .is_some_and(|name| name.to_string_lossy().starts_with("00-"))
        })
        .expect("the edit");
    let edit: Value = serde_json::from_slice(&fs::read(edit).expect("the edit")).expect("JSON");
    let (request, expected) = (&edit["request"], edit["response"]["status"].as_u64());
    if request["url"]
        .as_str()
        .is_some_and(|url| url.contains("approval"))
    {
        evalai.approve(1).expect("the staff approves");
        return;
    }
    let (kind, body) = match request.get("body_form") {
        Some(form) => ("multipart/form-data; boundary=EDGE", multipart(form)),
        None => ("application/json", request["body"].to_string()),
    };
    let url = request["url"].as_str().expect("a URL");
    let path = &url[url.find("/api/").expect("a path")..];
    let host = evalai.url().trim_start_matches("http://");
    let mut stream = TcpStream::connect(host).expect("EvalAI listens");
    let method = request["method"].as_str().expect("a method");
    write!(
        stream,
        "{method} {path} HTTP/1.1\r\nHost: {host}\r\nAuthorization: Token {}\r\nContent-Type: {kind}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        evalai.session_key(),
        body.len(),
    )
    .expect("the request is sent");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("an answer");
    let status = answer
        .split(' ')
        .nth(1)
        .and_then(|status| status.parse().ok());
    assert_eq!(status, expected, "{name}: {answer}");
}

fn multipart(form: &Value) -> String {
    let mut body = String::new();
    for (name, value) in form.as_object().expect("a form") {
        let (disposition, content) = match value {
            Value::String(text) => (String::new(), text.clone()),
            file => {
                let length = file["bytes"]
                    .as_u64()
                    .and_then(|bytes| usize::try_from(bytes).ok())
                    .unwrap_or(0);
                (
                    format!("; filename={}", file["filename"]),
                    "x".repeat(length),
                )
            }
        };
        // Writing to a String cannot fail.
        let _ = write!(
            body,
            "--EDGE\r\nContent-Disposition: form-data; name={name:?}{disposition}\r\n\r\n{content}\r\n"
        );
    }
    body + "--EDGE--\r\n"
}
