//! Between a field's value and what the configuration writes for it.
//!
//! Reading follows what EvalAI makes of the YAML when it is pushed (Django
//! REST framework's fields take `"5"` for a number and `"yes"` for true);
//! writing keeps the notation that stands there, since two notations of one
//! start and end date make a push fail.

use jiff::Timestamp;
use jiff::tz::Offset;
use serde_json::Value as Json;

use super::catalogue::Kind;
use super::date;
use super::value::{Value, excerpt};
use crate::yaml;

/// Reads what the configuration says for a field of `kind`.
///
/// # Errors
/// A sentence's end, such as `is not a whole number: "many"`, if EvalAI would refuse it.
pub fn from_yaml(kind: Kind, yaml: &yaml::Value) -> Result<Value, String> {
    let wrong = |what: &str| format!("is not {what}: {}", shown(yaml));
    match (kind, yaml) {
        (_, yaml::Value::Null) => Ok(Value::Null),
        (Kind::Text | Kind::Html | Kind::File, _) => scalar_text(yaml)
            .map(|text| Value::text(&text))
            .ok_or_else(|| wrong("a text")),
        (Kind::Date, yaml::Value::Timestamp(yaml::Timestamp::Date(_))) => {
            Err(wrong("a date with a time, which EvalAI requires"))
        }
        (Kind::Date, yaml::Value::Timestamp(timestamp)) => timestamp
            .instant()
            .map(Value::Date)
            .ok_or_else(|| wrong("a date and time")),
        (Kind::Date, _) => {
            let date = yaml.as_str().and_then(date::parse);
            date.map(Value::Date)
                .ok_or_else(|| wrong("a date and time"))
        }
        (Kind::Bool, _) => truth(yaml)
            .map(Value::Bool)
            .ok_or_else(|| wrong("true or false")),
        (Kind::Int, _) => number(yaml)
            .map(Value::Int)
            .ok_or_else(|| wrong("a whole number")),
        (Kind::List | Kind::Set, _) => {
            let texts = yaml
                .as_seq()
                .and_then(|items| items.iter().map(scalar_text).collect::<Option<Vec<_>>>());
            let texts = texts.ok_or_else(|| wrong("a list of texts"))?;
            Ok(if kind == Kind::List {
                Value::list(texts)
            } else {
                Value::set(texts)
            })
        }
        (Kind::Rows(key), _) => to_json(yaml)
            .and_then(|json| Value::rows(key, json))
            .ok_or_else(|| wrong("a list of mappings")),
        (Kind::Json, _) => to_json(yaml)
            .map(Value::json)
            .ok_or_else(|| wrong("data that JSON can hold")),
    }
}

/// What to write for `value` where `present` stands now (`None`: nowhere).
///
/// An HTML field's value is its file's path, which is not written here.
#[must_use]
pub fn to_yaml(kind: Kind, value: &Value, present: Option<&yaml::Value>) -> yaml::Value {
    match (value, kind) {
        (Value::Null, Kind::Text | Kind::Html) => yaml::Value::from(""),
        // `tags: null` breaks the next push, and so does an empty `allowed_email_domains:`.
        (Value::Null, Kind::List | Kind::Set | Kind::Rows(_)) => yaml::Value::Seq(Vec::new()),
        (Value::Null, _) => yaml::Value::Null,
        (Value::File(id), _) => yaml::Value::from(id.as_str()),
        (Value::Text(text), _) => yaml::Value::Str(text_like(present, text)),
        (Value::Date(date), _) => date_like(present, *date),
        (Value::Bool(truth), _) => yaml::Value::Bool(*truth),
        (Value::Int(number), _) => match present {
            Some(yaml::Value::Str(_)) => yaml::Value::Str(number.to_string()),
            _ => yaml::Value::Int(*number),
        },
        (Value::List(texts), _) => {
            yaml::Value::Seq(texts.iter().cloned().map(yaml::Value::Str).collect())
        }
        (Value::Set(texts), _) => set_like(present, texts),
        (Value::Json(json), Kind::Rows(key)) => rows_like(present, key, json),
        (Value::Json(json), _) => json_like(present, json),
    }
}

/// Keeps the outer white space of the text that stands there (a final line
/// break, mostly), which EvalAI does not.
fn text_like(present: Option<&yaml::Value>, text: &str) -> String {
    let present = present.and_then(yaml::Value::as_str).unwrap_or_default();
    let trimmed = super::value::trim(present);
    match present.split_once(trimmed) {
        Some((before, after)) if !trimmed.is_empty() => format!("{before}{text}{after}"),
        _ => text.to_owned(),
    }
}

fn date_like(present: Option<&yaml::Value>, date: Timestamp) -> yaml::Value {
    match present {
        Some(yaml::Value::Timestamp(yaml::Timestamp::Aware(_, offset))) => {
            yaml::Value::Timestamp(yaml::Timestamp::Aware(offset.to_datetime(date), *offset))
        }
        Some(yaml::Value::Str(text)) if text.trim_end().ends_with('Z') => {
            yaml::Value::Str(date::format(date))
        }
        Some(yaml::Value::Str(_)) => yaml::Value::Str(date::format_naive(date)),
        _ => yaml::Value::Timestamp(yaml::Timestamp::Naive(Offset::UTC.to_datetime(date))),
    }
}

/// Members that stay keep their place; new ones follow.
fn set_like(
    present: Option<&yaml::Value>,
    texts: &std::collections::BTreeSet<String>,
) -> yaml::Value {
    let items = present.and_then(yaml::Value::as_seq).unwrap_or_default();
    let member =
        |item: &yaml::Value| scalar_text(item).map(|text| super::value::trim(&text).to_owned());
    let kept: Vec<_> = items
        .iter()
        .filter(|item| member(item).is_some_and(|text| texts.contains(&text)))
        .collect();
    let names: Vec<_> = kept.iter().filter_map(|item| member(item)).collect();
    let new = texts
        .iter()
        .filter(|text| !names.contains(text))
        .cloned()
        .map(yaml::Value::Str);
    yaml::Value::Seq(kept.into_iter().cloned().chain(new).collect())
}

/// Rows that stay keep their place, whatever else changed in them; new ones follow.
fn rows_like(present: Option<&yaml::Value>, key: &str, json: &Json) -> yaml::Value {
    let empty = Vec::new();
    let mut rows: Vec<Option<&Json>> = json.as_array().unwrap_or(&empty).iter().map(Some).collect();
    let items = present.and_then(yaml::Value::as_seq).unwrap_or_default();
    let mut kept = Vec::new();
    for item in items {
        let name = item.get(key).and_then(to_json);
        let row = rows
            .iter_mut()
            .find(|row| row.is_some_and(|row| row.get(key).cloned() == name));
        if let Some(row) = row.and_then(Option::take) {
            kept.push(json_like(Some(item), row));
        }
    }
    let new = rows.into_iter().flatten().map(|row| json_like(None, row));
    yaml::Value::Seq(kept.into_iter().chain(new).collect())
}

/// Keeps what means the same (a plain `1.0`, the order of keys) as it stands.
fn json_like(present: Option<&yaml::Value>, json: &Json) -> yaml::Value {
    if let Some(present) = present
        && to_json(present).map(Value::json) == Some(Value::json(json.clone()))
    {
        return present.clone();
    }
    match json {
        Json::Null => yaml::Value::Null,
        Json::Bool(truth) => yaml::Value::Bool(*truth),
        Json::Number(number) => match (number.as_i64(), number.as_f64()) {
            (Some(whole), _) => yaml::Value::Int(whole),
            (None, Some(float)) => yaml::Value::Float(float),
            (None, None) => yaml::Value::Str(number.to_string()),
        },
        Json::String(text) => yaml::Value::Str(text.clone()),
        Json::Array(items) => {
            let present = present.and_then(yaml::Value::as_seq).unwrap_or_default();
            let items = items
                .iter()
                .enumerate()
                .map(|(index, item)| json_like(present.get(index).or(present.last()), item));
            yaml::Value::Seq(items.collect())
        }
        Json::Object(map) => {
            let present = present.filter(|present| present.as_map().is_some());
            let place = |key: &str| {
                let pairs = present.and_then(yaml::Value::as_map).unwrap_or_default();
                pairs
                    .iter()
                    .position(|(name, _)| name.as_str() == Some(key))
                    .unwrap_or(usize::MAX)
            };
            let mut pairs: Vec<_> = map.iter().collect();
            pairs.sort_by_key(|(key, _)| place(key));
            // What is new has its keys in the order of its neighbours'.
            let neighbour = present.and_then(|present| {
                let mut items = present.as_map()?.iter().map(|(_, item)| item);
                items.rfind(|item| item.as_map().is_some())
            });
            let pair = |(key, item): (&String, &Json)| {
                let present = present.and_then(|present| present.get(key)).or(neighbour);
                (yaml::Value::Str(key.clone()), json_like(present, item))
            };
            yaml::Value::Map(pairs.into_iter().map(pair).collect())
        }
    }
}

/// What Python's JSON encoder makes of a YAML value; `None` for what JSON cannot hold.
fn to_json(yaml: &yaml::Value) -> Option<Json> {
    Some(match yaml {
        yaml::Value::Null => Json::Null,
        yaml::Value::Bool(truth) => Json::Bool(*truth),
        yaml::Value::Int(number) => Json::from(*number),
        yaml::Value::Float(number) => serde_json::Number::from_f64(*number).map(Json::Number)?,
        yaml::Value::Str(text) => Json::from(text.as_str()),
        yaml::Value::Seq(items) => Json::Array(items.iter().map(to_json).collect::<Option<_>>()?),
        yaml::Value::Map(pairs) => {
            let pair = |(key, item): &(yaml::Value, yaml::Value)| {
                Some((scalar_text(key)?, to_json(item)?))
            };
            Json::Object(pairs.iter().map(pair).collect::<Option<_>>()?)
        }
        yaml::Value::BigInt(_) | yaml::Value::Timestamp(_) => return None,
    })
}

fn scalar_text(yaml: &yaml::Value) -> Option<String> {
    match yaml {
        yaml::Value::Str(text) => Some(text.clone()),
        yaml::Value::Int(number) => Some(number.to_string()),
        // As Python says it: with a point, `2.0`.
        yaml::Value::Float(number) => Some(format!("{number:?}")),
        _ => None,
    }
}

fn truth(yaml: &yaml::Value) -> Option<bool> {
    match yaml {
        yaml::Value::Bool(truth) => Some(*truth),
        yaml::Value::Int(1) => Some(true),
        yaml::Value::Int(0) => Some(false),
        yaml::Value::Str(text) => match text.trim().to_ascii_lowercase().as_str() {
            "t" | "y" | "yes" | "true" | "on" | "1" => Some(true),
            "f" | "n" | "no" | "false" | "off" | "0" => Some(false),
            _ => None,
        },
        _ => None,
    }
}

/// REST framework reads a whole number from its text, without a point and zeros at the end.
fn number(yaml: &yaml::Value) -> Option<i64> {
    let text = scalar_text(yaml)?;
    let text = text.trim();
    let whole = text.trim_end_matches('0').strip_suffix('.');
    whole.unwrap_or(text).parse().ok()
}

/// What a message shows of a YAML value.
#[must_use]
pub fn shown(yaml: &yaml::Value) -> String {
    match yaml {
        yaml::Value::Null => "nothing".into(),
        yaml::Value::Bool(truth) => truth.to_string(),
        yaml::Value::BigInt(number) => number.to_string(),
        yaml::Value::Timestamp(yaml::Timestamp::Date(date)) => date.to_string(),
        yaml::Value::Timestamp(timestamp) => timestamp
            .instant()
            .map(date::format_naive)
            .unwrap_or_default(),
        yaml::Value::Str(text) => format!("{:?}", excerpt(text)),
        other => to_json(other).map_or_else(
            || other.kind().to_owned(),
            |json| excerpt(&json.to_string()),
        ),
    }
}

#[cfg(test)]
mod tests;
