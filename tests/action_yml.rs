//! `action.yml` says what the code says: the same inputs and outputs, in the
//! same order, with the same defaults and descriptions.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "test code"
)]

use evalai_sync::action::{COMMAND, INPUTS, OUTPUTS};
use evalai_sync::yaml::{Document, Value};

/// The scalars of `action.yml` whose path starts with `section`, each after
/// its path: the keys that lead to it, joined by `/`.
fn below(section: &str) -> Vec<(String, String)> {
    let document = Document::parse(include_bytes!("../action.yml")).expect("action.yml is YAML");
    let mut scalars = Vec::new();
    collect(document.root(), "", &mut scalars);
    scalars.retain(|(path, _)| path.starts_with(section));
    scalars
}

fn collect(value: &Value, path: &str, scalars: &mut Vec<(String, String)>) {
    match value {
        Value::Map(pairs) => {
            for (key, value) in pairs {
                let key = key.as_str().expect("keys are texts");
                let separator = if path.is_empty() { "" } else { "/" };
                collect(value, &format!("{path}{separator}{key}"), scalars);
            }
        }
        Value::Seq(items) => {
            for item in items {
                collect(item, path, scalars);
            }
        }
        Value::Bool(truth) => scalars.push((path.to_owned(), truth.to_string())),
        other => {
            let text = other.as_str().unwrap_or_else(|| panic!("{path} is a text"));
            scalars.push((path.to_owned(), text.to_owned()));
        }
    }
}

#[test]
fn inputs_are_those_of_the_code() {
    let mut expected = Vec::new();
    for input in [&COMMAND].into_iter().chain(INPUTS) {
        let mut expect = |key: &str, value: &str| {
            expected.push((format!("inputs/{}/{key}", input.name), value.to_owned()));
        };
        expect("description", input.help);
        // None is: each has a default, or something stands in for it.
        expect("required", "false");
        if let Some(default) = input.default {
            expect("default", default);
        }
    }
    assert_eq!(below("inputs/"), expected);
}

#[test]
fn outputs_are_those_of_the_code() {
    let expected = OUTPUTS.iter().map(|output| {
        let path = format!("outputs/{}/description", output.name);
        (path, output.help.to_owned())
    });
    assert_eq!(below("outputs/"), expected.collect::<Vec<_>>());
}

#[test]
fn the_action_is_the_image_of_the_dockerfile() {
    let expected = [
        ("runs/using", "docker"),
        ("runs/image", "Dockerfile"),
        ("runs/args", "${{ inputs.command }}"),
    ];
    let expected = expected.map(|(path, value)| (path.to_owned(), value.to_owned()));
    assert_eq!(below("runs/"), expected.to_vec());
}
