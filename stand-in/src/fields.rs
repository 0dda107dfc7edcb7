//! What may be written to a field, and what becomes of it: the rules of the API's serializers.

use axum::body::Bytes;
use serde_json::{Map, Value};

use crate::http::{Input, Reply};
use crate::values::{jsonb, moment, trimmed};

/// A field's type, as far as it decides what is accepted.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Kind {
    /// Text, trimmed; at most so many characters (0: any number), never blank, never null.
    Name(usize),
    /// Text, trimmed; may be blank or null.
    Text,
    Bool,
    /// A whole number from 0.
    Count,
    /// As `Count`, or null.
    OptionalCount,
    /// Any whole number.
    Integer,
    /// A moment, or null; without an offset it is UTC.
    Date,
    /// Anything, kept as `jsonb`.
    Json,
    /// A list of texts, each trimmed.
    List,
    /// As `List`, or null.
    OptionalList,
    /// An upload, kept in this folder of the media.
    File(&'static str),
}

/// The writable fields of a row.
pub(crate) type Fields = [(&'static str, Kind)];

/// What a field is set to.
#[derive(Debug)]
pub(crate) enum Change {
    Set(Value),
    Upload {
        folder: &'static str,
        name: String,
        bytes: Bytes,
    },
}

/// The changes that a request's inputs make; unknown names are ignored, as the API ignores them.
///
/// # Errors
/// The API's 400 with every refused field, if there is one.
pub(crate) fn changes(
    fields: &Fields,
    inputs: &[(String, Input)],
) -> Result<Vec<(&'static str, Change)>, Reply> {
    let mut accepted = Vec::new();
    let mut refused = Map::new();
    for (field, kind) in fields {
        let sent: Vec<&Input> = inputs
            .iter()
            .filter_map(|(name, input)| (name == field).then_some(input))
            .collect();
        let Some(last) = sent.last() else { continue };
        let change = match (kind, last) {
            // A form repeats the field for each item.
            (Kind::List | Kind::OptionalList, Input::Text(_)) => {
                list(&sent.iter().filter_map(|input| input.text()).collect())
            }
            _ => change(*kind, last),
        };
        match change {
            Ok(Some(change)) => accepted.push((*field, change)),
            Ok(None) => {}
            Err(message) => {
                refused.insert((*field).to_owned(), vec![message].into());
            }
        }
    }
    if refused.is_empty() {
        Ok(accepted)
    } else {
        Err(Reply::json(400, &refused.into()))
    }
}

/// `None` where a form leaves a field empty that has no empty value: it stays as it is.
fn change(kind: Kind, input: &Input) -> Result<Option<Change>, String> {
    let value = match (kind, input) {
        (Kind::File(folder), Input::File { name, bytes }) => {
            if bytes.is_empty() {
                return Err("The submitted file is empty.".into());
            }
            return Ok(Some(Change::Upload {
                folder,
                name: name.clone(),
                bytes: bytes.clone(),
            }));
        }
        (Kind::File(_), Input::Json(Value::Null)) => Value::Null,
        (Kind::File(_), _) => {
            return Err(
                "The submitted data was not a file. Check the encoding type on the form.".into(),
            );
        }
        (_, Input::File { .. }) => return Err("Not a valid string.".into()),
        (Kind::Bool | Kind::Count | Kind::Integer, Input::Text(text)) if text.is_empty() => {
            return Ok(None);
        }
        (Kind::OptionalCount | Kind::Date | Kind::Json, Input::Text(text)) if text.is_empty() => {
            Value::Null
        }
        (Kind::Json, Input::Text(text)) => {
            serde_json::from_str(text).map_err(|_| "Value must be valid JSON.")?
        }
        (_, Input::Text(text)) => text.as_str().into(),
        (_, Input::Json(value)) => value.clone(),
    };
    let nullable = matches!(
        kind,
        Kind::Text
            | Kind::OptionalCount
            | Kind::OptionalList
            | Kind::Date
            | Kind::Json
            | Kind::File(_)
    );
    if value.is_null() {
        return if nullable {
            Ok(Some(Change::Set(value)))
        } else {
            Err("This field may not be null.".into())
        };
    }
    match kind {
        Kind::Name(longest) => name(&value, longest),
        Kind::Text => string(&value),
        Kind::Bool => boolean(&value),
        Kind::Count | Kind::OptionalCount => whole(&value, 0),
        Kind::Integer => whole(&value, i64::MIN),
        Kind::Date => date(&value),
        Kind::Json => Ok(jsonb(&value)),
        Kind::List | Kind::OptionalList => return list(&value),
        Kind::File(_) => Ok(value),
    }
    .map(|value| Some(Change::Set(value)))
}

fn date(value: &Value) -> Result<Value, String> {
    let kept = value.as_str().and_then(moment).ok_or(
        "Datetime has wrong format. Use one of these formats instead: \
         YYYY-MM-DDThh:mm[:ss[.uuuuuu]][+HH:MM|-HH:MM|Z].",
    )?;
    Ok(kept.into())
}

fn string(value: &Value) -> Result<Value, String> {
    match value {
        Value::String(text) => Ok(trimmed(text).into()),
        Value::Number(number) => Ok(number.to_string().into()),
        _ => Err("Not a valid string.".into()),
    }
}

fn name(value: &Value, longest: usize) -> Result<Value, String> {
    let value = string(value)?;
    let length = value.as_str().map_or(0, |text| text.chars().count());
    if length == 0 {
        return Err("This field may not be blank.".into());
    }
    if longest > 0 && length > longest {
        return Err(format!(
            "Ensure this field has no more than {longest} characters."
        ));
    }
    Ok(value)
}

fn boolean(value: &Value) -> Result<Value, String> {
    let word = match value {
        Value::Bool(_) => return Ok(value.clone()),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    match word.as_str() {
        "t" | "T" | "y" | "Y" | "yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON"
        | "1" => Ok(true.into()),
        "f" | "F" | "n" | "N" | "no" | "NO" | "false" | "False" | "FALSE" | "off" | "Off"
        | "OFF" | "0" => Ok(false.into()),
        _ => Err("Must be a valid boolean.".into()),
    }
}

fn whole(value: &Value, least: i64) -> Result<Value, String> {
    let number = match value {
        Value::Number(number) => number.as_i64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    };
    match number {
        Some(number) if number >= least => Ok(number.into()),
        Some(_) => Err(format!(
            "Ensure this value is greater than or equal to {least}."
        )),
        None => Err("A valid integer is required.".into()),
    }
}

fn list(value: &Value) -> Result<Option<Change>, String> {
    let Value::Array(items) = value else {
        return Err("Expected a list of items.".into());
    };
    let items: Result<Vec<Value>, String> = items.iter().map(string).collect();
    Ok(Some(Change::Set(items?.into())))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn set(kind: Kind, input: &Input) -> Result<Value, String> {
        match change(kind, input)? {
            Some(Change::Set(value)) => Ok(value),
            other => Err(format!("{other:?}")),
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
                set_json(Kind::Text, json!(sent)),
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
            (Kind::Text, "", Ok(json!(""))),
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
            set_json(Kind::List, json!([" a ", 1])),
            Ok(json!(["a", "1"]))
        );
        assert_eq!(set_json(Kind::OptionalList, json!(null)), Ok(json!(null)));
        for refused in [json!(null), json!("a"), json!([["a"]])] {
            set_json(Kind::List, refused).unwrap_err();
        }
        let repeated = ["a", "b"].map(|item| ("tags".to_owned(), Input::Text(item.to_owned())));
        let changes = changes(&[("tags", Kind::List)], &repeated).unwrap();
        assert!(
            matches!(&changes[..], [("tags", Change::Set(tags))] if *tags == json!(["a", "b"]))
        );
    }

    #[test]
    fn every_refused_field_is_named_and_unknown_ones_are_ignored() {
        let fields: &Fields = &[
            ("title", Kind::Name(100)),
            ("published", Kind::Bool),
            ("tags", Kind::List),
        ];
        let inputs = [
            ("published", json!("x")),
            ("title", json!("")),
            ("nonsense", json!(1)),
        ]
        .map(|(name, value)| (name.to_owned(), Input::Json(value)));
        let refusal = changes(fields, &inputs).unwrap_err();
        assert_eq!(refusal.status, 400);
        assert_eq!(
            refusal.body,
            r#"{"title":["This field may not be blank."],"published":["Must be a valid boolean."]}"#
        );
    }
}
