//! `action.yml` says what the code says: the same inputs and outputs, in the
//! same order, with the same defaults and descriptions.

use evalai_sync::action::{INPUTS, OUTPUTS};
use saphyr_parser::{Event, Parser, ScanError};

/// The scalars of `action.yml` whose path starts with `section`, each after
/// its path: the keys that lead to it, joined by `/`.
fn below(section: &str) -> Result<Vec<(String, String)>, ScanError> {
    let mut scalars = Vec::new();
    // The key under way in each open mapping.
    let mut keys: Vec<Option<String>> = Vec::new();
    for event in Parser::new_from_str(include_str!("../action.yml")) {
        let value = match event?.0 {
            Event::MappingStart(..) => {
                keys.push(None);
                continue;
            }
            Event::MappingEnd => {
                keys.pop();
                None
            }
            Event::Scalar(text, ..) => Some(text.into_owned()),
            _ => continue,
        };
        let path: Vec<_> = keys.iter().flatten().cloned().collect();
        let Some(key) = keys.last_mut() else { break };
        match (key.take(), value) {
            (None, value) => *key = value,
            (Some(_), Some(value)) => scalars.push((path.join("/"), value)),
            (Some(_), None) => {}
        }
    }
    scalars.retain(|(path, _)| path.starts_with(section));
    Ok(scalars)
}

#[test]
fn inputs_are_those_of_the_code() {
    let mut expected = Vec::new();
    for input in INPUTS {
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
    assert_eq!(below("inputs/"), Ok(expected));
}

#[test]
fn outputs_are_those_of_the_code() {
    let expected = OUTPUTS.iter().map(|output| {
        let path = format!("outputs/{}/description", output.name);
        (path, output.help.to_owned())
    });
    assert_eq!(below("outputs/"), Ok(expected.collect()));
}

#[test]
fn the_action_is_the_image_of_the_dockerfile() {
    let expected = [("runs/using", "docker"), ("runs/image", "Dockerfile")];
    let expected = expected.map(|(path, value)| (path.to_owned(), value.to_owned()));
    assert_eq!(below("runs/"), Ok(expected.to_vec()));
}
