//! What is wrong with the fields of a request, as the API says it in JSON and as Python shows it.

use std::fmt::{self, Write};

use serde_json::{Map, Value, json};

use crate::http::Reply;

/// One thing that is wrong with a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Detail {
    message: String,
    code: &'static str,
}

impl Detail {
    pub(super) fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            code,
        }
    }
}

/// All that is wrong with one field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Errors {
    /// With the value as a whole.
    Value(Detail),
    /// With items of a list, by their places.
    Items(Vec<(usize, Detail)>),
}

impl Errors {
    pub(super) fn of_item(place: usize, detail: Detail) -> Self {
        Self::Items(vec![(place, detail)])
    }

    fn json(&self) -> Value {
        match self {
            Self::Value(detail) => json!([detail.message]),
            Self::Items(items) => items
                .iter()
                .map(|(place, detail)| (place.to_string(), json!([detail.message])))
                .collect::<Map<_, _>>()
                .into(),
        }
    }
}

impl From<Detail> for Errors {
    fn from(detail: Detail) -> Self {
        Self::Value(detail)
    }
}

/// All refused fields of a request. Its `Display` is what the real server's messages show: Python's notation.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Refused(Vec<(String, Errors)>);

impl Refused {
    /// A refusal of fields that do not fit each other or what is there already.
    pub(crate) fn of(field: &str, code: &'static str, message: &str) -> Self {
        Self(vec![(field.to_owned(), Detail::new(code, message).into())])
    }

    pub(super) fn add(&mut self, field: &str, errors: impl Into<Errors>) {
        self.0.push((field.to_owned(), errors.into()));
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// As the API's JSON.
    pub(crate) fn json(&self) -> Value {
        self.0
            .iter()
            .map(|(field, errors)| (field.clone(), errors.json()))
            .collect::<Map<_, _>>()
            .into()
    }
}

impl From<Refused> for Reply {
    fn from(refused: Refused) -> Self {
        Self::json(400, &refused.json())
    }
}

impl fmt::Display for Detail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (message, code) = (python_repr(&self.message), python_repr(self.code));
        write!(f, "[ErrorDetail(string={message}, code={code})]")
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut separator = "";
        f.write_char('{')?;
        for (field, errors) in &self.0 {
            write!(f, "{separator}{}: ", python_repr(field))?;
            match errors {
                Errors::Value(detail) => write!(f, "{detail}")?,
                Errors::Items(items) => {
                    let items: Vec<String> = items
                        .iter()
                        .map(|(place, detail)| format!("{place}: {detail}"))
                        .collect();
                    write!(f, "{{{}}}", items.join(", "))?;
                }
            }
            separator = ", ";
        }
        f.write_char('}')
    }
}

/// A text in Python's notation: in single quotes, unless only double ones can go without a backslash.
fn python_repr(text: &str) -> String {
    let quote = if text.contains('\'') && !text.contains('"') {
        '"'
    } else {
        '\''
    };
    let mut shown = String::from(quote);
    for c in text.chars() {
        match c {
            '\n' => shown.push_str("\\n"),
            '\r' => shown.push_str("\\r"),
            '\t' => shown.push_str("\\t"),
            c if c == quote || c == '\\' => shown.extend(['\\', c]),
            c => shown.push(c),
        }
    }
    shown.push(quote);
    shown
}
