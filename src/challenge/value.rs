//! A field's value, in the one form in which values are compared and recorded.
//!
//! Equality is by meaning: a value is brought into its kind's canonical form
//! when it is read, from either side, so that `==` is all that is needed
//! afterwards. EvalAI trims texts, reorders the keys of nested data and the
//! members of sets, and keeps null and empty texts apart without meaning
//! different things by them.

use std::collections::BTreeSet;
use std::fmt;

use jiff::Timestamp;
use serde_json::Value as Json;

use super::catalogue::Kind;
use super::date;

/// A field's value in canonical form.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// Nothing: null, an empty text, an empty list.
    Null,
    /// A text: trimmed, its line breaks `\n`.
    Text(String),
    /// A point in time.
    Date(Timestamp),
    /// A truth value.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// Texts whose order counts.
    List(Vec<String>),
    /// Texts whose order does not count.
    Set(BTreeSet<String>),
    /// Nested data.
    Json(Json),
    /// A file, by the id of its content.
    File(FileId),
}

/// The id of a file's content, such as git gives it. Not a secret, but a
/// short file's content could be guessed from it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileId(String);

impl FileId {
    /// The file whose content has this id.
    #[must_use]
    pub fn new(id: impl Into<String>) -> Self {
        Self(id.into())
    }

    /// The id.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Value {
    /// Reads a value of `kind` as EvalAI's API and the record write it.
    ///
    /// # Errors
    /// A sentence's end, such as `is not a number: "x"`, if it is none of that kind.
    pub fn from_json(kind: Kind, json: &Json) -> Result<Self, String> {
        if json.is_null() {
            return Ok(Self::Null);
        }
        let wrong = |what: &str| format!("is not {what}: {}", excerpt(&json.to_string()));
        match kind {
            Kind::Text | Kind::Html => json.as_str().map(Self::text).ok_or_else(|| wrong("a text")),
            Kind::Date => {
                let date = json.as_str().and_then(date::parse);
                date.map(Self::Date).ok_or_else(|| wrong("a date and time"))
            }
            Kind::Bool => json
                .as_bool()
                .map(Self::Bool)
                .ok_or_else(|| wrong("true or false")),
            Kind::Int => json
                .as_i64()
                .map(Self::Int)
                .ok_or_else(|| wrong("a whole number")),
            Kind::List | Kind::Set => {
                let texts = json.as_array().and_then(|items| {
                    items
                        .iter()
                        .map(|item| item.as_str().map(str::to_owned))
                        .collect::<Option<Vec<_>>>()
                });
                let texts = texts.ok_or_else(|| wrong("a list of texts"))?;
                Ok(if kind == Kind::List {
                    Self::list(texts)
                } else {
                    Self::set(texts)
                })
            }
            Kind::Json => Ok(Self::json(json.clone())),
            Kind::File => {
                let id = json.as_str().map(|id| Self::File(FileId::new(id)));
                id.ok_or_else(|| wrong("the id of a file"))
            }
            Kind::Rows(key) => {
                Self::rows(key, json.clone()).ok_or_else(|| wrong("a list of mappings"))
            }
        }
    }

    /// Writes the value for the record; [`Value::from_json`] reads it back.
    #[must_use]
    pub fn to_json(&self) -> Json {
        match self {
            Self::Null => Json::Null,
            Self::Text(text) => Json::from(text.as_str()),
            Self::Date(date) => Json::from(date::format(*date)),
            Self::Bool(truth) => Json::from(*truth),
            Self::Int(number) => Json::from(*number),
            Self::List(texts) => Json::from(texts.clone()),
            Self::Set(texts) => texts.iter().cloned().collect(),
            Self::Json(json) => json.clone(),
            Self::File(id) => Json::from(id.as_str()),
        }
    }

    /// A text in canonical form: what EvalAI keeps of it (it strips outer
    /// white space, push and UI alike), with line breaks unified, since a
    /// browser turns them into CRLF when it sends a form.
    #[must_use]
    pub fn text(text: &str) -> Self {
        let text = unify_line_breaks(trim(text));
        if text.is_empty() {
            Self::Null
        } else {
            Self::Text(text)
        }
    }

    /// A list in canonical form.
    #[must_use]
    pub fn list(texts: impl IntoIterator<Item = String>) -> Self {
        let texts: Vec<_> = texts
            .into_iter()
            .map(|text| trim(&text).to_owned())
            .collect();
        if texts.is_empty() {
            Self::Null
        } else {
            Self::List(texts)
        }
    }

    /// A set in canonical form; the blank member that the UI leaves behind
    /// when its box is emptied does not count.
    #[must_use]
    pub fn set(texts: impl IntoIterator<Item = String>) -> Self {
        let texts = texts.into_iter().map(|text| trim(&text).to_owned());
        let texts: BTreeSet<_> = texts.filter(|text| !text.is_empty()).collect();
        if texts.is_empty() {
            Self::Null
        } else {
            Self::Set(texts)
        }
    }

    /// Nested data in canonical form: 1.0 and 1 are one number, as in Python.
    #[must_use]
    pub fn json(json: Json) -> Self {
        if json.is_null() {
            Self::Null
        } else {
            Self::Json(unify_numbers(json))
        }
    }

    /// Mappings in canonical form: in the order of their `key`; the challenge's
    /// id, which EvalAI puts into each, does not count. `None` if it is no list of mappings.
    #[must_use]
    pub fn rows(key: &str, json: Json) -> Option<Self> {
        let Json::Array(mut rows) = unify_numbers(json) else {
            return None;
        };
        for row in &mut rows {
            row.as_object_mut()?.shift_remove("challenge");
        }
        rows.sort_by_key(|row| match &row[key] {
            Json::Number(number) => (number.as_i64(), String::new()),
            other => (None, other.to_string()),
        });
        Some(if rows.is_empty() {
            Self::Null
        } else {
            Self::Json(Json::Array(rows))
        })
    }

    /// The value for people, on one line: what a log or a table shows.
    #[must_use]
    pub fn shown(&self) -> String {
        match self {
            Self::Null => "(empty)".into(),
            Self::Text(text) => excerpt(text),
            Self::Date(date) => date::format_naive(*date) + " UTC",
            Self::Bool(truth) => truth.to_string(),
            Self::Int(number) => number.to_string(),
            Self::List(texts) => excerpt(&texts.join(", ")),
            Self::Set(texts) => excerpt(&texts.iter().cloned().collect::<Vec<_>>().join(", ")),
            Self::Json(json) => excerpt(&json.to_string()),
            Self::File(id) => format!("file {}", id.0.get(..10).unwrap_or(&id.0)),
        }
    }

    /// The value for people, with all its lines: what a diff compares.
    #[must_use]
    pub fn lines(&self) -> String {
        match self {
            Self::Text(text) => text.clone(),
            Self::List(texts) => texts.join("\n"),
            Self::Set(texts) => texts.iter().cloned().collect::<Vec<_>>().join("\n"),
            Self::Json(json) => {
                serde_json::to_string_pretty(json).unwrap_or_else(|_| json.to_string())
            }
            Self::Null => String::new(),
            other => other.shown(),
        }
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.shown())
    }
}

/// Strips what Python's `str.strip` strips, which is what EvalAI applies.
#[must_use]
pub fn trim(text: &str) -> &str {
    text.trim_matches(|c: char| c.is_whitespace() || ('\u{1c}'..='\u{1f}').contains(&c))
}

/// Turns CRLF and lone CR into LF.
#[must_use]
pub fn unify_line_breaks(text: &str) -> String {
    text.replace("\r\n", "\n").replace('\r', "\n")
}

/// The beginning of `text` on one line, at most 60 characters.
#[must_use]
pub fn excerpt(text: &str) -> String {
    const MOST: usize = 60;
    let mut line: String = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if let Some((cut, _)) = line.char_indices().nth(MOST) {
        line.truncate(cut);
        line.push('…');
    }
    line
}

/// Where every whole number is a float of its own (up to 2⁵³).
const EXACT: std::ops::Range<f64> = -9e15..9e15;

fn unify_numbers(json: Json) -> Json {
    match json {
        Json::Number(number) => match number.as_f64() {
            #[expect(clippy::cast_possible_truncation, reason = "the bound keeps it exact")]
            Some(float) if float.fract() == 0.0 && EXACT.contains(&float) => {
                Json::from(float as i64)
            }
            _ => Json::Number(number),
        },
        Json::Array(items) => items.into_iter().map(unify_numbers).collect(),
        Json::Object(map) => map
            .into_iter()
            .map(|(key, item)| (key, unify_numbers(item)))
            .collect(),
        other => other,
    }
}

#[cfg(test)]
mod tests;
