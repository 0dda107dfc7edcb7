//! What the configuration means to EvalAI, and how what EvalAI holds is written where something stands already.

use serde_json::json;

use super::*;

/// A value written as YAML.
fn yaml(text: &str) -> yaml::Value {
    let document = yaml::Document::parse(text.as_bytes()).expect(text);
    document.root().clone()
}

/// Each row: what the configuration says, and what EvalAI answers after it was pushed.
#[test]
fn the_configuration_means_what_evalai_makes_of_it() {
    let table = [
        (Kind::Text, "a", json!("a")),
        (Kind::Text, "'  a '", json!("a")),
        (Kind::Text, "5", json!("5")),
        (Kind::Text, "3.9", json!("3.9")),
        (Kind::Text, "2.0", json!("2.0")),
        (Kind::Text, "~", json!(null)),
        (Kind::Text, "''", json!(null)),
        (Kind::Html, "<p>a</p>", json!("<p>a</p>")),
        (
            Kind::Date,
            "2024-06-04 07:00:00",
            json!("2024-06-04T07:00:00Z"),
        ),
        (
            Kind::Date,
            "2024-06-04T09:00:00+02:00",
            json!("2024-06-04T07:00:00Z"),
        ),
        (Kind::Date, "2024-6-4 7:00", json!("2024-06-04T07:00:00Z")),
        (Kind::Bool, "true", json!(true)),
        (Kind::Bool, "off", json!(false)),
        (Kind::Bool, "1", json!(true)),
        (Kind::Bool, "0", json!(false)),
        (Kind::Bool, "' Yes '", json!(true)),
        (Kind::Bool, "n", json!(false)),
        (Kind::Int, "5", json!(5)),
        (Kind::Int, "' 5 '", json!(5)),
        (Kind::Int, "-50", json!(-50)),
        (Kind::Int, "5.0", json!(5)),
        (Kind::Int, "'50.00'", json!(50)),
        (Kind::List, "[b, 5, ' a ']", json!(["b", "5", "a"])),
        (Kind::List, "[]", json!(null)),
        (Kind::Set, "[b, a]", json!(["a", "b"])),
        (
            Kind::Json,
            "{a: [1, 2.5, yes, ~], 5: b}",
            json!({"a": [1, 2.5, true, null], "5": "b"}),
        ),
        (
            Kind::Rows("rank"),
            "[{rank: 2}, {rank: 1, amount: '5'}]",
            json!([{"rank": 1, "amount": "5", "challenge": 7}, {"rank": 2, "challenge": 7}]),
        ),
    ];
    for (kind, configuration, evalai) in table {
        assert_eq!(
            from_yaml(kind, &yaml(configuration)),
            Value::from_json(kind, &evalai),
            "{kind:?} {configuration}"
        );
    }
}

#[test]
fn what_evalai_would_refuse_is_refused_with_a_reason() {
    let table = [
        (Kind::Text, "yes", "is not a text: true"),
        (Kind::Text, "[a, 5, ~]", "is not a text: [\"a\",5,null]"),
        (Kind::Text, "2024-06-04", "is not a text: 2024-06-04"),
        (
            Kind::Text,
            "2024-06-04T09:00:00+02:00",
            "is not a text: 2024-06-04 07:00:00",
        ),
        (
            Kind::Date,
            "2024-06-04",
            "is not a date with a time, which EvalAI requires: 2024-06-04",
        ),
        (Kind::Date, "soon", "is not a date and time: \"soon\""),
        (Kind::Date, "5", "is not a date and time: 5"),
        (Kind::Bool, "perhaps", "is not true or false: \"perhaps\""),
        (Kind::Bool, "2", "is not true or false: 2"),
        (Kind::Int, "many", "is not a whole number: \"many\""),
        (Kind::Int, "1.5", "is not a whole number: 1.5"),
        (Kind::Int, "1.50", "is not a whole number: 1.5"),
        (Kind::Int, "'.0'", "is not a whole number: \".0\""),
        (Kind::Int, "true", "is not a whole number: true"),
        (
            Kind::Int,
            "99999999999999999999",
            "is not a whole number: 99999999999999999999",
        ),
        (Kind::List, "a", "is not a list of texts: \"a\""),
        (Kind::Set, "[a, ~]", "is not a list of texts: [\"a\",null]"),
        (
            Kind::Rows("rank"),
            "[a]",
            "is not a list of mappings: [\"a\"]",
        ),
        (
            Kind::Json,
            "{a: 2024-06-04}",
            "is not data that JSON can hold: a mapping",
        ),
    ];
    for (kind, configuration, reason) in table {
        assert_eq!(
            from_yaml(kind, &yaml(configuration)),
            Err(reason.to_owned()),
            "{kind:?} {configuration}"
        );
    }
    assert_eq!(shown(&yaml("~")), "nothing");
}

/// Each row: what stands in the configuration, what EvalAI holds now, and what is written.
#[track_caller]
fn assert_written(table: &[(Kind, Option<&str>, Json, &str)]) {
    for (kind, present, evalai, written) in table {
        let value = Value::from_json(*kind, evalai).expect("a value of its kind");
        let present = present.map(yaml);
        // Two values are equal by meaning: here, places and offsets count as well.
        assert_eq!(
            format!("{:?}", to_yaml(*kind, &value, present.as_ref())),
            format!("{:?}", yaml(written)),
            "{kind:?} {present:?} {evalai}"
        );
    }
}

#[test]
fn a_scalar_is_written_in_the_notation_that_stands_there() {
    let july = || json!("2024-07-01T10:00:00Z");
    assert_written(&[
        (Kind::Text, None, json!("b"), "b"),
        (Kind::Text, Some("a"), json!("b"), "b"),
        (Kind::Text, Some("5"), json!("6"), "'6'"),
        (Kind::Text, Some("\" a\\n\""), json!("b"), "\" b\\n\""),
        (Kind::Text, Some("' '"), json!("b"), "b"),
        (Kind::Text, Some("a"), json!(null), "''"),
        (Kind::Date, None, july(), "2024-07-01 10:00:00"),
        (
            Kind::Date,
            Some("2024-06-04 07:00:00"),
            july(),
            "2024-07-01 10:00:00",
        ),
        (
            Kind::Date,
            Some("2024-06-04T07:00:00Z"),
            july(),
            "2024-07-01T10:00:00Z",
        ),
        (
            Kind::Date,
            Some("2024-06-04T09:00:00+02:00"),
            july(),
            "2024-07-01T12:00:00+02:00",
        ),
        (
            Kind::Date,
            Some("'2024-06-04T07:00:00Z'"),
            july(),
            "'2024-07-01T10:00:00Z'",
        ),
        (
            Kind::Date,
            Some("'2024-06-04 07:00:00'"),
            july(),
            "'2024-07-01 10:00:00'",
        ),
        (Kind::Date, Some("soon"), july(), "'2024-07-01 10:00:00'"),
        (Kind::Date, Some("2024-06-04 07:00:00"), json!(null), "~"),
        (Kind::Bool, Some("'no'"), json!(true), "true"),
        (Kind::Int, None, json!(6), "6"),
        (Kind::Int, Some("5"), json!(6), "6"),
        (Kind::Int, Some("'5'"), json!(6), "'6'"),
        (Kind::Int, Some("5"), json!(null), "~"),
        (Kind::File, Some("5"), json!("an id"), "an id"),
    ]);
}

#[test]
fn what_stays_in_a_list_keeps_its_place() {
    let rank = Kind::Rows("rank");
    assert_written(&[
        (Kind::List, Some("[c, a]"), json!(["a", "b"]), "[a, b]"),
        // A key without a value breaks the next push.
        (Kind::List, Some("[a]"), json!(null), "[]"),
        (Kind::Set, Some("[a]"), json!(null), "[]"),
        (rank, Some("[{rank: 1}]"), json!([]), "[]"),
        (Kind::Set, None, json!(["b", "a"]), "[a, b]"),
        (
            Kind::Set,
            Some("[c, 5, ' a ']"),
            json!(["a", "b", "5"]),
            "[5, ' a ', b]",
        ),
        (rank, None, json!([{"rank": 1}]), "[{rank: 1}]"),
        (
            rank,
            Some("[{amount: 5, rank: 3}, {amount: 7, rank: 1}, {amount: 9, rank: 2}]"),
            json!([{"rank": 1, "amount": "8"}, {"rank": 3, "amount": 5}, {"rank": 4, "amount": 1}]),
            "[{amount: 5, rank: 3}, {amount: '8', rank: 1}, {rank: 4, amount: 1}]",
        ),
    ]);
}

#[test]
fn nested_data_keeps_the_notation_of_what_did_not_change() {
    assert_written(&[
        (
            Kind::Json,
            None,
            json!({"a": [null, true, 1, 1.5, "x"], "b": {}}),
            "{a: [~, true, 1, 1.5, x], b: {}}",
        ),
        (
            Kind::Json,
            Some("{b: 1.0, a: 2}"),
            json!({"a": 2, "b": 1}),
            "{b: 1.0, a: 2}",
        ),
        (
            Kind::Json,
            Some("{b: 1.0, a: 2, c: [x]}"),
            json!({"a": 3, "b": 1, "d": 4, "c": ["x", "y"]}),
            "{b: 1.0, a: 3, c: [x, y], d: 4}",
        ),
        // What is new has its keys in the order of its neighbours'.
        (
            Kind::Json,
            Some("[{name: a, type: text}]"),
            json!([{"type": "text", "name": "a"}, {"type": "radio", "name": "b"}]),
            "[{name: a, type: text}, {name: b, type: radio}]",
        ),
        (
            Kind::Json,
            Some("{F1: {sort: asc, by: name}, note: a}"),
            json!({"F1": {"by": "name", "sort": "asc"}, "F2": {"by": "rank", "sort": "desc"}, "note": "a"}),
            "{F1: {sort: asc, by: name}, note: a, F2: {sort: desc, by: rank}}",
        ),
    ]);
}
