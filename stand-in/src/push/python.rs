//! What EvalAI's Python makes of the values that a YAML file holds: `str`, `len`, `in`, `>` and so on.

use std::cmp::Ordering;

use evalai_sync::yaml::{Timestamp, Value};
use serde_json::{Map, Number, Value as Json};

use crate::fields::python_float;
use crate::http::{Input, Reply};
use crate::values::shown_moment;

/// An exception that Python raised.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Crash;

/// One that nobody catches is answered with the page for server errors.
impl From<Crash> for Reply {
    fn from(_: Crash) -> Self {
        Self::server_error_page()
    }
}

/// Whether the value counts as true.
pub(super) fn truthy(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Bool(yes) => *yes,
        Value::Int(number) => *number != 0,
        Value::Float(number) => *number != 0.0,
        Value::Str(text) => !text.is_empty(),
        Value::Seq(items) => !items.is_empty(),
        Value::Map(pairs) => !pairs.is_empty(),
        Value::BigInt(_) | Value::Timestamp(_) => true,
    }
}

/// `value.get(key)`: nothing for a null value too.
pub(super) fn get<'a>(value: &'a Value, key: &str) -> Result<Option<&'a Value>, Crash> {
    value.as_map().ok_or(Crash)?;
    Ok(value.get(key).filter(|value| !matches!(value, Value::Null)))
}

/// `value[key]`.
pub(super) fn item<'a>(value: &'a Value, key: &str) -> Result<&'a Value, Crash> {
    value.get(key).ok_or(Crash)
}

/// `key in value`.
pub(super) fn contains(value: &Value, key: &str) -> Result<bool, Crash> {
    match value {
        Value::Map(_) => Ok(value.get(key).is_some()),
        Value::Seq(items) => Ok(items.iter().any(|item| item.as_str() == Some(key))),
        Value::Str(text) => Ok(text.contains(key)),
        _ => Err(Crash),
    }
}

/// `len(value)`.
pub(super) fn len(value: &Value) -> Result<usize, Crash> {
    match value {
        Value::Str(text) => Ok(text.chars().count()),
        Value::Seq(items) => Ok(items.len()),
        Value::Map(pairs) => Ok(pairs.len()),
        _ => Err(Crash),
    }
}

/// What `for` goes through.
pub(super) fn each(value: &Value) -> Result<Vec<Value>, Crash> {
    match value {
        Value::Seq(items) => Ok(items.clone()),
        Value::Map(pairs) => Ok(pairs.iter().map(|(key, _)| key.clone()).collect()),
        Value::Str(text) => Ok(text.chars().map(|c| c.to_string().into()).collect()),
        _ => Err(Crash),
    }
}

/// A text with Python's methods for texts; anything else has none of them.
pub(super) fn text(value: &Value) -> Result<&str, Crash> {
    value.as_str().ok_or(Crash)
}

/// `int(value)`.
pub(super) fn int(value: &Value) -> Result<i64, Crash> {
    match value {
        Value::Bool(yes) => Ok((*yes).into()),
        Value::Int(number) => Ok(*number),
        Value::Str(text) => text.trim().parse().map_err(|_| Crash),
        _ => Err(Crash),
    }
}

/// `str(value)`, as a message shows it; of a collection only what it is.
pub(super) fn shown(value: &Value) -> String {
    match value {
        Value::Null => "None".to_owned(),
        Value::Bool(true) => "True".to_owned(),
        Value::Bool(false) => "False".to_owned(),
        Value::Int(number) => number.to_string(),
        Value::BigInt(number) => number.to_string(),
        Value::Float(number) => python_float(*number),
        Value::Str(text) => text.clone(),
        Value::Timestamp(Timestamp::Date(date)) => date.to_string(),
        Value::Timestamp(Timestamp::Naive(time) | Timestamp::Aware(time, _)) => {
            time.strftime("%Y-%m-%d %H:%M:%S").to_string()
        }
        Value::Seq(_) | Value::Map(_) => value.kind().to_owned(),
    }
}

/// `left > right`, which only values of one kind have; an aware and a naive moment are two.
pub(super) fn greater(left: &Value, right: &Value) -> Result<bool, Crash> {
    let order = match (left, right) {
        (Value::Str(left), Value::Str(right)) => left.cmp(right),
        (Value::Timestamp(left), Value::Timestamp(right)) => match (left, right) {
            (Timestamp::Date(left), Timestamp::Date(right)) => left.cmp(right),
            (Timestamp::Naive(left), Timestamp::Naive(right)) => left.cmp(right),
            (Timestamp::Aware(..), Timestamp::Aware(..)) => left.instant().cmp(&right.instant()),
            _ => return Err(Crash),
        },
        // Lists are compared item by item, but no list is accepted as a date in the end.
        (Value::Seq(_), Value::Seq(_)) => Ordering::Equal,
        _ => number(left)?
            .partial_cmp(&number(right)?)
            .unwrap_or(Ordering::Equal),
    };
    Ok(order == Ordering::Greater)
}

fn number(value: &Value) -> Result<f64, Crash> {
    match value {
        Value::Bool(_) | Value::Int(_) | Value::Float(_) | Value::BigInt(_) => {
            shown_number(value).parse().map_err(|_| Crash)
        }
        _ => Err(Crash),
    }
}

fn shown_number(value: &Value) -> String {
    match value {
        Value::Bool(yes) => i32::from(*yes).to_string(),
        other => shown(other),
    }
}

/// The value as a serializer gets it.
pub(super) fn input(value: &Value) -> Input {
    match value {
        Value::Timestamp(Timestamp::Date(_)) => Input::Day,
        Value::Timestamp(timestamp) => timestamp
            .instant()
            .and_then(shown_moment)
            .map_or(Input::Beyond, Input::Moment),
        other => json(other).map_or(Input::Beyond, Input::Json),
    }
}

/// All pairs of a mapping whose keys are texts, as a serializer gets them.
pub(super) fn inputs(value: &Value) -> Vec<(String, Input)> {
    let pairs = value.as_map().unwrap_or_default();
    pairs
        .iter()
        .filter_map(|(key, value)| Some((key.as_str()?.to_owned(), input(value))))
        .collect()
}

/// The value as JSON; nothing where JSON has no notation for it.
fn json(value: &Value) -> Option<Json> {
    Some(match value {
        Value::Null => Json::Null,
        Value::Bool(yes) => (*yes).into(),
        Value::Int(number) => (*number).into(),
        Value::BigInt(number) => Number::from_f64(number.to_string().parse().ok()?)?.into(),
        Value::Float(number) => Number::from_f64(*number)?.into(),
        Value::Str(text) => text.as_str().into(),
        Value::Timestamp(_) => return None,
        Value::Seq(items) => items.iter().map(json).collect::<Option<Vec<_>>>()?.into(),
        Value::Map(pairs) => {
            let pairs = pairs
                .iter()
                .map(|(key, value)| Some((name(key)?, json(value)?)));
            pairs.collect::<Option<Map<_, _>>>()?.into()
        }
    })
}

/// A mapping's key as Python's `json` writes it.
fn name(key: &Value) -> Option<String> {
    match key {
        Value::Str(text) => Some(text.clone()),
        Value::Timestamp(_) | Value::Seq(_) | Value::Map(_) => None,
        other => json(other).map(|key| key.to_string()),
    }
}

/// A text in JSON as Python writes it: in ASCII.
pub(super) fn ascii_json(text: &str) -> String {
    let json = Json::from(text).to_string();
    let mut ascii = String::new();
    for c in json.chars() {
        if c.is_ascii() {
            ascii.push(c);
        } else {
            let mut units = [0; 2];
            let escaped = c.encode_utf16(&mut units).iter();
            ascii.extend(escaped.map(|unit| format!("\\u{unit:04x}")));
        }
    }
    ascii
}
