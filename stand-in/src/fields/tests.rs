//! What becomes of what is sent, kind by kind.

use super::*;
use crate::http::Reply;
use serde_json::json;

fn set(kind: Kind, input: &Input) -> Result<Value, String> {
    match change(kind, input) {
        Ok(Some(Change::Set(value))) => Ok(value),
        Ok(other) => Err(format!("{other:?}")),
        Err(errors) => {
            let mut refused = Refused::default();
            refused.add("field", errors);
            Err(match &refused.json()["field"] {
                Value::Array(messages) => messages[0].as_str().unwrap().to_owned(),
                items => items.to_string(),
            })
        }
    }
}

fn set_json(kind: Kind, value: Value) -> Result<Value, String> {
    set(kind, &Input::Json(value))
}

#[test]
fn dates_come_back_in_utc_with_six_digits_of_a_second_or_none() {
    let cases = [
        ("2020-01-02T03:04:05.678Z", "2020-01-02T03:04:05.678000Z"),
        ("2098-12-31T23:59:00.000Z", "2098-12-31T23:59:00Z"),
        ("2020-01-02T08:30:00+05:30", "2020-01-02T03:00:00Z"),
        ("2098-12-31 22:00:00", "2098-12-31T22:00:00Z"),
        ("2024-06-04T07:00", "2024-06-04T07:00:00Z"),
        ("2024-6-4 7:00:00", "2024-06-04T07:00:00Z"),
        ("2024-06-04 07:00:00-0230", "2024-06-04T09:30:00Z"),
        (
            "2024-06-04T07:00:00.0000019Z",
            "2024-06-04T07:00:00.000001Z",
        ),
    ];
    for (sent, kept) in cases {
        assert_eq!(set_json(Kind::Date, json!(sent)), Ok(json!(kept)), "{sent}");
    }
    for sent in [
        json!("not a date"),
        json!("2024-06-04"),
        json!("2024-09-31 00:00:00"),
        json!("2024-06-04 07:00:00 UTC"),
        json!("24-06-04 07:00:00"),
        json!(""),
        json!(5),
    ] {
        let refusal = set_json(Kind::Date, sent.clone()).unwrap_err();
        assert!(
            refusal.starts_with("Datetime has wrong format."),
            "{sent}: {refusal}"
        );
    }
    assert_eq!(set_json(Kind::Date, Value::Null), Ok(Value::Null));
}

#[test]
fn texts_lose_their_outer_white_space_only() {
    let cases = [
        ("  multi\nline  ", "multi\nline"),
        ("a\r\nb \u{a0} c\n\n", "a\r\nb \u{a0} c"),
        ("\u{feff}bom", "\u{feff}bom"),
        ("\u{1c}\u{3000}x\u{1f}", "x"),
        (" ", ""),
    ];
    for (sent, kept) in cases {
        assert_eq!(
            set_json(Kind::Text(0), json!(sent)),
            Ok(json!(kept)),
            "{sent:?}"
        );
    }
}

#[test]
fn names_are_neither_blank_nor_too_long_nor_null() {
    let long = "x".repeat(101);
    let cases = [
        (json!(" \n"), "This field may not be blank."),
        (
            json!(long),
            "Ensure this field has no more than 100 characters.",
        ),
        (json!(null), "This field may not be null."),
        (json!(["a"]), "Not a valid string."),
    ];
    for (sent, refusal) in cases {
        assert_eq!(
            set_json(Kind::Name(100), sent.clone()),
            Err(refusal.to_owned()),
            "{sent}"
        );
    }
    assert_eq!(
        set_json(Kind::Name(100), json!("é".repeat(100))),
        Ok(json!("é".repeat(100)))
    );
    assert_eq!(set_json(Kind::Name(100), json!(2024)), Ok(json!("2024")));
}

#[test]
fn a_form_sends_text_which_becomes_what_the_field_holds() {
    let cases = [
        (Kind::Count, "7", Ok(json!(7))),
        (
            Kind::Count,
            "-1",
            Err("Ensure this value is greater than or equal to 0."),
        ),
        (Kind::Count, "many", Err("A valid integer is required.")),
        (Kind::OptionalCount, "", Ok(json!(null))),
        (Kind::Bool, "True", Ok(json!(true))),
        (Kind::Bool, "maybe", Err("Must be a valid boolean.")),
        (
            Kind::Json,
            r#"{"bb": 1, "a": 2}"#,
            Ok(json!({"a": 2, "bb": 1})),
        ),
        (Kind::Json, "{", Err("Value must be valid JSON.")),
        (Kind::Text(0), "", Ok(json!(""))),
    ];
    for (kind, sent, kept) in cases {
        let kept = kept.map_err(str::to_owned);
        assert_eq!(
            set(kind, &Input::Text(sent.to_owned())),
            kept,
            "{kind:?} {sent:?}"
        );
    }
}

#[test]
fn lists_hold_trimmed_texts_and_only_some_can_be_null() {
    assert_eq!(
        set_json(Kind::List(0), json!([" a ", 1])),
        Ok(json!(["a", "1"]))
    );
    assert_eq!(
        set_json(Kind::OptionalList(0), json!(null)),
        Ok(json!(null))
    );
    for refused in [json!(null), json!("a"), json!([["a"]])] {
        set_json(Kind::List(0), refused).unwrap_err();
    }
    let repeated = ["a", "b"].map(|item| ("tags".to_owned(), Input::Text(item.to_owned())));
    let changes = changes(&[("tags", Kind::List(0))], &repeated).unwrap();
    assert!(matches!(&changes[..], [("tags", Change::Set(tags))] if *tags == json!(["a", "b"])));
}

#[test]
fn every_refused_field_is_named_and_unknown_ones_are_ignored() {
    let fields: &Fields = &[
        ("title", Kind::Name(100)),
        ("published", Kind::Bool),
        ("tags", Kind::List(0)),
    ];
    let inputs = [
        ("published", json!("x")),
        ("title", json!("")),
        ("nonsense", json!(1)),
    ]
    .map(|(name, value)| (name.to_owned(), Input::Json(value)));
    let refusal = changes(fields, &inputs).unwrap_err();
    assert_eq!(
        refusal.to_string(),
        "{'title': [ErrorDetail(string='This field may not be blank.', code='blank')], \
         'published': [ErrorDetail(string='Must be a valid boolean.', code='invalid')]}"
    );
    let reply = Reply::from(refusal);
    assert_eq!(reply.status, 400);
    assert_eq!(
        reply.body,
        r#"{"title":["This field may not be blank."],"published":["Must be a valid boolean."]}"#
    );
}

#[test]
fn a_value_that_python_takes_for_another_type_is_taken_so() {
    let cases = [
        (Kind::Text(0), json!(1.3), Ok(json!("1.3"))),
        (Kind::Text(0), json!(1e16), Ok(json!("1e+16"))),
        (Kind::Text(0), json!(1e-5), Ok(json!("1e-05"))),
        (Kind::Text(0), json!(true), Err("Not a valid string.")),
        (
            Kind::Text(3),
            json!("four"),
            Err("Ensure this field has no more than 3 characters."),
        ),
        (Kind::Count, json!(5.0), Ok(json!(5))),
        (Kind::Count, json!(" 5. "), Ok(json!(5))),
        (Kind::Count, json!(5.5), Err("A valid integer is required.")),
        (
            Kind::Count,
            json!(true),
            Err("A valid integer is required."),
        ),
        (
            Kind::Count,
            json!(1_u64 << 31),
            Err("Ensure this value is less than or equal to 2147483647."),
        ),
        (Kind::Bool, json!(1.0), Ok(json!(true))),
        (Kind::Bool, json!(2), Err("Must be a valid boolean.")),
        (
            Kind::Choice(&["a"]),
            json!("b"),
            Err("\"b\" is not a valid choice."),
        ),
        (
            Kind::ChoiceOrLast(&["3.8", "3.9"]),
            json!(3.9),
            Ok(json!("3.9")),
        ),
        (
            Kind::ChoiceOrLast(&["3.8", "3.9"]),
            json!(""),
            Ok(json!("3.9")),
        ),
        (Kind::Visibility, json!("2"), Ok(json!(2))),
        (
            Kind::Visibility,
            json!(4),
            Err("\"4\" is not a valid choice."),
        ),
        (
            Kind::List(0),
            json!("a"),
            Err("Expected a list of items but got type \"str\"."),
        ),
        (
            Kind::List(0),
            json!(["a", null]),
            Err(r#"{"1":["This field may not be null."]}"#),
        ),
    ];
    for (kind, sent, kept) in cases {
        let kept = kept.map_err(str::to_owned);
        assert_eq!(set_json(kind, sent.clone()), kept, "{kind:?} {sent}");
    }
}

#[test]
fn urls_slugs_and_worker_images_have_their_forms() {
    let valid = [
        (Kind::Url(100), "https://forum.example.org/c/1?x=y#z"),
        (Kind::Url(100), "http://localhost:8000"),
        (Kind::Url(100), ""),
        (Kind::Slug, "dev-phase_1"),
        (Kind::WorkerImage, "ami-0123456789abcdef0"),
        (Kind::WorkerImage, ""),
    ];
    for (kind, text) in valid {
        assert_eq!(set_json(kind, json!(text)), Ok(json!(text)), "{kind:?}");
    }
    let invalid = [
        (Kind::Url(100), "forum.example.org"),
        (Kind::Url(100), "https://forum"),
        (Kind::Url(100), "https://forum.example.org/a b"),
        (Kind::Slug, "größe-1"),
        (Kind::Slug, ""),
        (Kind::WorkerImage, "docker.io/me/worker"),
    ];
    for (kind, text) in invalid {
        set_json(kind, json!(text)).expect_err(text);
    }
}

#[test]
fn only_files_with_something_in_them_and_short_names_are_uploads() {
    let file = |name: &str, bytes: &'static [u8]| Input::File {
        name: name.to_owned(),
        bytes: Bytes::from_static(bytes),
    };
    let long = format!("{}.json", "x".repeat(96));
    let cases = [
        (Kind::File("f"), file("a.json", b"{}"), None),
        (
            Kind::File("f"),
            file("a.json", b""),
            Some("The submitted file is empty."),
        ),
        (
            Kind::File("f"),
            file(&long, b"{}"),
            Some("Ensure this filename has at most 100 characters (it has 101)."),
        ),
        (
            Kind::File("f"),
            Input::Json(json!("a.png")),
            Some("The submitted data was not a file. Check the encoding type on the form."),
        ),
    ];
    for (kind, input, refusal) in cases {
        let outcome = set(kind, &input);
        match refusal {
            Some(refusal) => assert_eq!(outcome, Err(refusal.to_owned())),
            None => assert!(outcome.unwrap_err().contains("Upload"), "{input:?}"),
        }
    }
}

#[test]
fn what_only_yaml_can_hold_fits_few_fields() {
    let moment = || Input::Moment("2024-01-02T03:04:05Z".to_owned());
    assert_eq!(
        set(Kind::Date, &moment()),
        Ok(json!("2024-01-02T03:04:05Z"))
    );
    let cases = [
        (
            Kind::Date,
            Input::Day,
            "Expected a datetime but got a date.",
        ),
        (Kind::Text(0), moment(), "Not a valid string."),
        (Kind::Bool, Input::Day, "Must be a valid boolean."),
        (Kind::Count, Input::Beyond, "A valid integer is required."),
        (Kind::Json, Input::Beyond, "Value must be valid JSON."),
        (
            Kind::List(0),
            moment(),
            "Expected a list of items but got type \"datetime\".",
        ),
        (
            Kind::List(0),
            Input::Beyond,
            r#"{"0":["Not a valid string."]}"#,
        ),
    ];
    for (kind, input, refusal) in cases {
        assert_eq!(
            set(kind, &input),
            Err(refusal.to_owned()),
            "{kind:?} {input:?}"
        );
    }
}

#[test]
fn refusals_are_shown_in_pythons_notation() {
    let cases = [
        ("plain", "'plain'"),
        ("it's", "\"it's\""),
        ("\"both\" it's", "'\"both\" it\\'s'"),
        ("a\nb\\", "'a\\nb\\\\'"),
    ];
    for (message, shown) in cases {
        let refused = Refused::of("slug", "invalid", message);
        let expected = format!("{{'slug': [ErrorDetail(string={shown}, code='invalid')]}}");
        assert_eq!(refused.to_string(), expected);
    }
    let mut items = Refused::default();
    items.add("tags", Errors::of_item(2, Detail::new("null", "No.")));
    assert_eq!(
        items.to_string(),
        "{'tags': {2: [ErrorDetail(string='No.', code='null')]}}"
    );
}

#[test]
fn fields_that_must_be_sent_are_missed() {
    let fields: &Fields = &[("title", Kind::Name(100)), ("zip", Kind::File("zips"))];
    let refused = complete_changes(fields, &["title", "zip"], &[]).unwrap_err();
    let expected =
        json!({ "title": ["This field is required."], "zip": ["No file was submitted."] });
    assert_eq!(refused.json(), expected);
    assert!(changes(fields, &[]).unwrap().is_empty());
}
