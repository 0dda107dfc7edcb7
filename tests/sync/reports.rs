//! What a run leaves for programs: the JSON report. That it is as its schema
//! says is checked after every run of these tests.

use serde_json::{Value as Json, json};

use crate::run::Run;
use crate::world::World;

const CONFIG: &str = "challenge_config.yaml";
const TITLE: &str = "title: Random Number Generator Challenge";

fn agreed() -> World {
    let world = World::recorded("sample");
    assert_eq!(world.sync().succeeded().result(), "in-sync");
    world
}

#[track_caller]
fn report(run: &Run) -> &Json {
    run.report
        .as_ref()
        .unwrap_or_else(|| panic!("no report: {}", run.log))
}

/// What the report says of the field `name`.
#[track_caller]
fn field<'a>(run: &'a Run, name: &str) -> &'a Json {
    let fields = report(run)["fields"].as_array().expect("fields");
    let found = fields.iter().find(|field| field["name"] == name);
    found.unwrap_or_else(|| panic!("{name} is in {:#}", report(run)))
}

#[test]
fn a_run_without_changes_reports_no_field() {
    let world = agreed();
    let run = world.sync().succeeded();
    let report = report(&run);
    assert_eq!(report["result"], "in-sync");
    assert_eq!(report["fields"], json!([]));
    assert_eq!(report["files"], json!([]));
    assert_eq!(report["commit"], Json::Null);
    assert_eq!(report["requests"].as_array().unwrap().len(), 4);
    assert_eq!(report["record"], "unchanged");
}

#[test]
fn a_changed_field_is_reported_with_its_values_and_its_reason() {
    let world = agreed();
    world
        .evalai
        .edit_challenge(1, json!({"title": "A new title"}))
        .unwrap();
    let run = world.sync().succeeded();
    let value = |value: &str| json!({ "state": "value", "value": value });
    let old = value("Random Number Generator Challenge");
    let expected = json!({
        "name": "title",
        "decision": "evalai-changed",
        "repository": old,
        "evalai": value("A new title"),
        "base": old,
    });
    assert_eq!(field(&run, "title"), &expected);
    let report = report(&run);
    assert_eq!(report["result"], "synced");
    assert_eq!(report["commit"], world.tip().to_string());
    assert_eq!(
        report["files"],
        json!([{ "path": CONFIG, "change": "modified" }])
    );
    assert_eq!(report["counts"]["changed"], 1);
}

#[test]
fn a_conflict_is_reported_with_its_place_and_how_it_was_settled() {
    let world = agreed();
    world.host_commits(CONFIG, TITLE, "title: From the host");
    world
        .evalai
        .edit_challenge(1, json!({"title": "From EvalAI"}))
        .unwrap();
    let run = world.sync_with(&[("strategy", "manual")]).succeeded();
    assert_eq!(field(&run, "title")["decision"], "conflict-manual");
    let report = report(&run);
    assert_eq!(report["result"], "conflict");
    assert_eq!(report["counts"]["left_to_a_person"], 1);
    let note = &report["notes"][0];
    assert_eq!((&note["file"], &note["line"]), (&json!(CONFIG), &json!(2)));
}

#[test]
fn what_not_everybody_may_see_is_withheld() {
    let world = agreed();
    let phase = world.evalai.phases(1)[0];
    world
        .evalai
        .allow_emails(1, phase, &["a@example.org"])
        .unwrap();
    world
        .evalai
        .upload_annotation(phase, "secret.json", b"[4711]")
        .unwrap();
    let run = world.sync_with(&[("include", "phases.*.allowed_email_ids")]);
    let run = run.succeeded();
    let text = report(&run).to_string();
    let annotation = field(&run, "phases.1.test_annotation_file");
    assert_eq!(annotation["evalai"], json!({ "state": "withheld" }));
    let emails = field(&run, "phases.1.allowed_email_ids");
    assert_eq!(emails["evalai"], json!({ "state": "withheld" }));
    for secret in ["a@example.org", "4711", "/media/", &world.evalai.token()] {
        assert!(!text.contains(secret), "{secret} is in {text}");
    }
}

#[test]
fn a_run_that_could_not_be_done_reports_why() {
    let world = agreed();
    world.host_writes(CONFIG, "title: [\n");
    let run = world.sync();
    assert_eq!((run.code, run.result()), (Some(1), "error"));
    let report = report(&run);
    assert_eq!(report["failed"], true);
    assert_eq!(report["error"]["file"], CONFIG);
    assert_eq!(report["error"]["line"], 2);
}

#[test]
fn a_run_does_not_fail_for_want_of_a_place_for_its_report() {
    let world = agreed();
    let workspace = world.check_out();
    let start = world.start(&workspace).variable("RUNNER_TEMP", "/nowhere");
    let run = start.run().succeeded();
    assert!(run.log.contains("report cannot be written"), "{}", run.log);
    assert_eq!(run.output("report"), "");
}

#[test]
fn a_status_page_tells_how_things_stand_after_the_run() {
    let world = agreed();
    world
        .evalai
        .edit_challenge(1, json!({"title": "A new title"}))
        .unwrap();
    let run = world.sync_with(&[("status-page", "true")]).succeeded();
    assert_eq!(run.result(), "synced");
    let page = run.temp.join(run.output("status-page")).join("index.html");
    let page = std::fs::read_to_string(page).expect("the page");
    assert!(page.contains("A new title"), "{page}");
    assert!(page.contains("of 105 in sync"), "{page}");
    // What the run said is said once.
    assert_eq!(run.log.matches("evalai-sync 0.").count(), 1);
    assert!(!page.contains(&world.evalai.token()));
    assert_eq!(world.sync().succeeded().output("status-page"), "");
}
