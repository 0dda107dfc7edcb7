//! What small pieces of YAML are read as, or why they are refused. The readings are recorded, so that they hold without
//! Python; `tests/yaml_pyyaml.rs` holds the same pieces to `PyYAML` itself.

use std::fmt::Write as _;

use super::super::{Document, Timestamp, Value};

#[allow(unreachable_pub, reason = "the tests in tests/ share these")]
#[path = "../../../tests/yaml_support/snippets.rs"]
mod snippets;

use snippets::{CONSTRUCTS, SCALARS};

/// The value of a text in a notation in which no two values look alike, or why it has none.
fn reading(text: &str) -> String {
    match Document::parse(text.as_bytes()) {
        Ok(document) => shown(document.root()),
        Err(error) => format!("refused: {error}"),
    }
}

fn shown(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(flag) => flag.to_string(),
        Value::Int(number) => number.to_string(),
        Value::BigInt(number) => number.to_string(),
        Value::Float(number) => format!("{number:?}"),
        Value::Str(text) => format!("{text:?}"),
        Value::Timestamp(Timestamp::Date(date)) => date.to_string(),
        Value::Timestamp(Timestamp::Naive(clock)) => clock.to_string(),
        Value::Timestamp(Timestamp::Aware(clock, offset)) => format!("{clock}{offset}"),
        Value::Seq(items) => {
            let items: Vec<_> = items.iter().map(shown).collect();
            format!("[{}]", items.join(", "))
        }
        Value::Map(pairs) => {
            let pairs = pairs.iter();
            let pairs: Vec<_> = pairs
                .map(|(key, value)| format!("{}: {}", shown(key), shown(value)))
                .collect();
            format!("{{{}}}", pairs.join(", "))
        }
    }
}

#[test]
fn every_construct_is_read_as_it_was_or_refused_for_the_same_reason() {
    let mut readings = String::new();
    for text in CONSTRUCTS {
        let _ = writeln!(readings, "{text:?}\n    {}", reading(text));
    }
    insta::assert_snapshot!(readings);
}

/// The tags that ask for a type, and that which asks for the type of the plain text.
const TAGS: [&str; 5] = ["!!int", "!!float", "!!bool", "!!timestamp", "!"];

/// Only what is read, and otherwise than without brackets or a tag, is told of these.
#[test]
fn every_scalar_is_read_as_it_was_alone_in_brackets_and_with_a_tag() {
    let mut readings = String::new();
    for scalar in SCALARS {
        let alone = reading(scalar);
        let _ = writeln!(readings, "{scalar:?}\n    {alone}");
        let in_brackets = reading(&format!("[{scalar}]"));
        if in_brackets != format!("[{alone}]") && !alone.starts_with("refused") {
            let _ = writeln!(readings, "    in brackets: {in_brackets}");
        }
        for tag in TAGS {
            let tagged = reading(&format!("{tag} {scalar}"));
            if tagged != alone && !tagged.starts_with("refused") {
                let _ = writeln!(readings, "    {tag}: {tagged}");
            }
        }
    }
    insta::assert_snapshot!(readings);
}
