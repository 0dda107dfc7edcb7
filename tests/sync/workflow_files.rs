//! The workflows of the README, of the examples and of `init`, run as the runner would: for each event that sets one
//! off, its expressions are evaluated, its checkout is made, and the action's step runs with its inputs.

use std::collections::BTreeMap;

use evalai_sync::yaml::{Document, Value};
use serde_json::{Value as Json, json};

use crate::hosted::{Hosted, TOKEN};
use crate::run::Run;
use crate::site::Site;

const README: &str = include_str!("../../README.md");
const SCHEDULED: &str = include_str!("../workflows/evalai-sync.yml");
const DISPATCHED: &str = include_str!("../workflows/evalai-sync-dispatch.yml");
const EVENTS: [&str; 3] = ["schedule", "workflow_dispatch", "repository_dispatch"];

/// The README's workflow: its first YAML block that has jobs.
fn readme() -> &'static str {
    let blocks = README.split("```yaml\n").skip(1);
    let mut blocks = blocks.filter_map(|block| block.split("```").next());
    blocks
        .find(|block| block.contains("\njobs:"))
        .expect("a workflow")
}

/// Every workflow, with the events that set it off, and how a run ends that finds one edit.
fn workflows() -> [(
    &'static str,
    &'static str,
    &'static [&'static str],
    &'static str,
); 7] {
    let both = &EVENTS[..2];
    let example = |name: &str| match name {
        "schedule" => include_str!("../../examples/workflows/schedule.yml"),
        "dispatch" => include_str!("../../examples/workflows/dispatch.yml"),
        "pull-request" => include_str!("../../examples/workflows/pull-request.yml"),
        _ => include_str!("../../examples/workflows/ghes.yml"),
    };
    [
        ("the README's", readme(), both, "synced"),
        ("init's with the schedule", SCHEDULED, both, "synced"),
        (
            "init's with the dispatch",
            DISPATCHED,
            &EVENTS[2..],
            "synced",
        ),
        ("schedule.yml", example("schedule"), both, "synced"),
        ("dispatch.yml", example("dispatch"), &EVENTS[2..], "synced"),
        (
            "pull-request.yml",
            example("pull-request"),
            both,
            "proposed",
        ),
        ("ghes.yml", example("ghes"), both, "synced"),
    ]
}

/// What the expressions of a run can name.
struct Contexts(BTreeMap<String, Json>);

impl Contexts {
    /// `text` with its expressions evaluated.
    fn fill(&self, text: &str) -> String {
        let mut parts = text.split("${{");
        let mut filled = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            let (expression, rest) = part.split_once("}}").expect("an expression ends");
            let value = self.evaluate(expression);
            filled.push_str(&match value {
                Json::Null => String::new(),
                Json::String(text) => text,
                other => other.to_string(),
            });
            filled.push_str(rest);
        }
        filled
    }

    /// `||` and `&&` give one of their operands, as in JavaScript.
    fn evaluate(&self, expression: &str) -> Json {
        let is_true =
            |value: &Json| !matches!(value, Json::Null | Json::Bool(false)) && value != "";
        if let Some((left, right)) = expression.split_once("||") {
            let left = self.evaluate(left);
            return if is_true(&left) {
                left
            } else {
                self.evaluate(right)
            };
        }
        if let Some((left, right)) = expression.split_once("&&") {
            let left = self.evaluate(left);
            return if is_true(&left) {
                self.evaluate(right)
            } else {
                left
            };
        }
        let expression = expression.trim();
        match expression
            .strip_prefix('\'')
            .and_then(|text| text.strip_suffix('\''))
        {
            Some(text) => json!(text),
            None => self.0.get(expression).cloned().unwrap_or_default(),
        }
    }
}

fn text<'a>(value: &'a Value, path: &[&str]) -> Option<&'a str> {
    let mut value = value;
    for key in path {
        value = value.get(key)?;
    }
    value.as_str()
}

/// What sets the workflow off. The key `on` reads as true here, as in YAML 1.1.
fn on(root: &Value) -> &Value {
    let keys = root.as_map().expect("a workflow");
    let on = keys.iter().find(|(key, _)| *key == Value::Bool(true));
    &on.expect("something sets it off").1
}

/// Runs the workflow at its checkout, since `event` set it off.
fn run(site: &Site, workflow: &str, event: &str, inputs: &[(&str, Json)], payload: &Json) -> Run {
    let document = Document::parse(workflow.as_bytes()).expect("a workflow");
    let root = document.root();
    assert!(on(root).get(event).is_some(), "it listens to {event}");
    let token = site.hosted.world.evalai.token();
    let mut contexts = BTreeMap::from([
        ("github.token".to_owned(), json!(TOKEN)),
        ("secrets.EVALAI_TOKEN".to_owned(), json!(token)),
    ]);
    for (name, value) in inputs {
        let known = on(root).get(event).and_then(|on| on.get("inputs"));
        assert!(
            known.is_some_and(|known| known.get(name).is_some()),
            "its form has {name}"
        );
        contexts.insert(format!("inputs.{name}"), value.clone());
    }
    let contexts = Contexts(contexts);
    let jobs = root.get("jobs").and_then(Value::as_map).expect("jobs");
    let [(_, job)] = jobs else { panic!("one job") };
    let steps = job.get("steps").and_then(Value::as_seq).expect("steps");
    let [checkout, action] = steps else {
        panic!("two steps")
    };
    assert!(
        text(checkout, &["uses"])
            .unwrap()
            .starts_with("actions/checkout@")
    );
    assert_eq!(
        text(checkout, &["with", "ref"]),
        Some("challenge"),
        "events run on the default branch"
    );
    assert!(
        text(action, &["uses"])
            .unwrap()
            .starts_with("Cloud-CV/evalai-sync@")
    );

    let hosted = &site.hosted;
    let mut start = hosted
        .start_without_token(&hosted.check_out())
        .variable("GITHUB_API_URL", site.api.url())
        .variable("GITHUB_REF", "refs/heads/main")
        .event(event, payload);
    for (name, value) in action.get("with").and_then(Value::as_map).expect("inputs") {
        let value = value.as_str().expect("a text");
        start = start.input(name.as_str().expect("a name"), &contexts.fill(value));
    }
    start.run()
}

fn payload(event: &str) -> Json {
    let client_payload = json!({"challenge_id": 1, "fields": ["title"], "actor": "maria"});
    match event {
        "repository_dispatch" => {
            json!({"action": "evalai-challenge-updated", "client_payload": client_payload})
        }
        "schedule" => json!({"schedule": "17 * * * *"}),
        _ => json!({"inputs": {}}),
    }
}

#[test]
fn every_workflow_does_what_it_says_for_every_event() {
    for (name, workflow, events, expected) in workflows() {
        for event in events {
            let site = Site::of(Hosted::agreed());
            let run_it = || run(&site, workflow, event, &[], &payload(event)).succeeded();
            assert_eq!(run_it().result(), "in-sync", "{name}, {event}");
            site.edit_title("From the web UI");
            let run = run_it();
            assert_eq!(run.result(), expected, "{name}, {event}: {}", run.log);
            assert_eq!(run.changed_fields(), ["title"], "{name}, {event}");
            assert!(!run.log.contains("::error"), "{name}, {event}: {}", run.log);
        }
        let others = EVENTS.iter().filter(|event| !events.contains(event));
        for event in others {
            assert!(
                !workflow.contains(&format!("\n  {event}:")),
                "{name} does not listen to {event}"
            );
        }
    }
}

#[test]
fn the_forms_of_a_run_by_hand_do_what_they_say() {
    for (name, workflow) in [
        ("init's", SCHEDULED),
        (
            "schedule.yml",
            include_str!("../../examples/workflows/schedule.yml"),
        ),
    ] {
        let site = Site::agreed();
        site.edit(json!({"title": "New", "short_description": "New, too."}));
        let by_hand = |inputs: &[(&str, Json)]| {
            run(&site, workflow, "workflow_dispatch", inputs, &json!({})).succeeded()
        };
        let dry = by_hand(&[
            ("dry-run", json!(true)),
            ("challenge-id", json!("")),
            ("fields", json!("")),
        ]);
        assert_eq!(dry.result(), "dry-run", "{name}");
        let some = by_hand(&[
            ("dry-run", json!(false)),
            ("challenge-id", json!("1")),
            ("fields", json!("title")),
        ]);
        assert_eq!(some.changed_fields(), ["title"], "{name}: {}", some.log);
        let all = by_hand(&[]);
        assert_eq!(all.changed_fields(), ["short_description"], "{name}");
    }
}

#[test]
fn expressions_read_as_the_runner_reads_them() {
    let contexts = Contexts(BTreeMap::from([
        ("inputs.dry-run".into(), json!(true)),
        ("inputs.off".into(), json!(false)),
        ("secrets.A".into(), json!("a")),
        ("secrets.EMPTY".into(), json!("")),
    ]));
    for (text, expected) in [
        ("plain", "plain"),
        ("${{ secrets.A }}", "a"),
        ("${{ secrets.NONE }}", ""),
        ("${{ secrets.EMPTY || secrets.A }}", "a"),
        ("${{ inputs.dry-run && 'dry-run' || 'commit' }}", "dry-run"),
        ("${{ inputs.off && 'dry-run' || 'commit' }}", "commit"),
        ("${{ inputs.absent && 'dry-run' || 'commit' }}", "commit"),
        ("a ${{ secrets.A }} b ${{ inputs.off }}", "a a b false"),
    ] {
        assert_eq!(contexts.fill(text), expected, "{text}");
    }
}
