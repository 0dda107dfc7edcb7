//! When two values mean the same, and what people see of them.

use serde_json::json;

use super::*;

fn read(kind: Kind, json: &Json) -> Value {
    Value::from_json(kind, json).unwrap()
}

#[test]
fn values_that_mean_the_same_are_equal() {
    let same = [
        (Kind::Text, json!(null), json!("")),
        (Kind::Text, json!("a"), json!(" a\n")),
        (Kind::Text, json!("a\u{1f}"), json!("a")),
        (Kind::Html, json!("<p>\r\n</p>\r\n"), json!("<p>\n</p>")),
        (Kind::Html, json!("a\rb"), json!("a\nb")),
        (
            Kind::Date,
            json!("2024-6-4 7:00:00"),
            json!("2024-06-04T07:00:00Z"),
        ),
        (
            Kind::Date,
            json!("2024-06-04T09:00:00+02:00"),
            json!("2024-06-04T07:00:00.000Z"),
        ),
        (Kind::List, json!(null), json!([])),
        (Kind::Set, json!(["b", "a"]), json!(["a", "b"])),
        (Kind::Set, json!([""]), json!(null)),
        (
            Kind::Json,
            json!({"a": 1, "b": [2]}),
            json!({"b": [2.0], "a": 1}),
        ),
        (
            Kind::Rows("rank"),
            json!([{"rank": 10, "challenge": 7}, {"rank": 2, "challenge": 7}]),
            json!([{"rank": 2}, {"rank": 10}]),
        ),
        (Kind::Rows("rank"), json!([]), json!(null)),
    ];
    for (kind, left, right) in same {
        assert_eq!(read(kind, &left), read(kind, &right), "{left} {right}");
    }
}

#[test]
fn values_that_mean_different_things_are_not_equal() {
    let different = [
        (Kind::Text, json!("a"), json!("A")),
        (Kind::Text, json!("a  b"), json!("a b")),
        (Kind::Html, json!("\u{feff}a"), json!("a")),
        (
            Kind::Date,
            json!("2024-06-04T07:00:00Z"),
            json!("2024-06-04T07:00:00.000001Z"),
        ),
        (Kind::Int, json!(0), json!(null)),
        (Kind::Bool, json!(false), json!(null)),
        (Kind::List, json!(["b", "a"]), json!(["a", "b"])),
        (
            Kind::Json,
            json!({"labels": ["a", "b"]}),
            json!({"labels": ["b", "a"]}),
        ),
        (Kind::Json, json!([]), json!(null)),
        (Kind::Json, json!(1.5), json!(1)),
        (Kind::Json, json!(1e300), json!(i64::MAX)),
    ];
    for (kind, left, right) in different {
        assert_ne!(read(kind, &left), read(kind, &right), "{left} {right}");
    }
}

#[test]
fn a_value_of_the_wrong_kind_is_refused_with_a_reason() {
    let wrong = [
        (Kind::Text, json!(5), "is not a text: 5"),
        (
            Kind::Date,
            json!("soon"),
            "is not a date and time: \"soon\"",
        ),
        (Kind::Bool, json!("yes"), "is not true or false: \"yes\""),
        (Kind::Int, json!(1.5), "is not a whole number: 1.5"),
        (Kind::List, json!([1]), "is not a list of texts: [1]"),
        (
            Kind::Rows("rank"),
            json!({}),
            "is not a list of mappings: {}",
        ),
        (Kind::File, json!(1), "is not the id of a file: 1"),
    ];
    for (kind, json, reason) in wrong {
        assert_eq!(Value::from_json(kind, &json), Err(reason.into()));
    }
}

/// Each row: a value, what a log shows of it, and what a diff compares.
#[test]
fn people_see_a_value_on_one_line_or_on_all_of_its_lines() {
    let long = "word ".repeat(20);
    let short = format!("{}…", &long[..60]);
    let table = [
        (Kind::Text, json!(null), "(empty)", ""),
        (Kind::Text, json!("a\n\nb"), "a b", "a\n\nb"),
        (Kind::Text, json!(long), &short, long.trim()),
        (
            Kind::Date,
            json!("2024-06-04T09:00:00+02:00"),
            "2024-06-04 07:00:00 UTC",
            "2024-06-04 07:00:00 UTC",
        ),
        (Kind::Bool, json!(true), "true", "true"),
        (Kind::Int, json!(5), "5", "5"),
        (Kind::List, json!(["b", "a"]), "b, a", "b\na"),
        (Kind::Set, json!(["b", "a"]), "a, b", "a\nb"),
        (Kind::Json, json!({"a": 1}), "{\"a\":1}", "{\n  \"a\": 1\n}"),
        (
            Kind::File,
            json!("0123456789abcdef"),
            "file 0123456789",
            "file 0123456789",
        ),
    ];
    for (kind, json, shown, lines) in table {
        let value = read(kind, &json);
        assert_eq!(value.to_string(), shown);
        assert_eq!(value.lines(), lines);
    }
    assert_eq!(FileId::new("0123456789abcdef").as_str(), "0123456789abcdef");
}

#[test]
fn the_record_gives_back_what_it_was_given() {
    let values = [
        (Kind::Text, json!("a\nb")),
        (Kind::Date, json!("2020-01-02T03:04:05.678Z")),
        (Kind::Int, json!(42_949_672_960_i64)),
        (Kind::Set, json!(["b", "a"])),
        (Kind::List, json!(["b", "a"])),
        (Kind::Json, json!([{"name": "x", "n": 1.5}])),
        (Kind::Bool, json!(true)),
        (Kind::Rows("rank"), json!([{"rank": 1, "amount": "5"}])),
        (Kind::File, json!("0123456789abcdef")),
        (Kind::Text, json!(null)),
    ];
    for (kind, json) in values {
        let value = read(kind, &json);
        assert_eq!(Value::from_json(kind, &value.to_json()), Ok(value));
    }
}
