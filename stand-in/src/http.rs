//! What the stand-in reads from a request and gives as an answer, free of any web framework.

use axum::body::Bytes;
use axum::http::HeaderMap;
use percent_encoding::percent_decode_str;
use serde_json::{Value, json};

/// What a handler returns; an early answer (an error, mostly) leaves through `?`.
pub(crate) type Answer = Result<Reply, Reply>;

/// One value that a request's body gives for a field.
#[derive(Debug, Clone)]
pub(crate) enum Input {
    /// A value of a JSON body.
    Json(Value),
    /// A text part of a form: DRF converts it to the field's type.
    Text(String),
    /// An uploaded file, with the name that its sender gave it.
    File { name: String, bytes: Bytes },
    /// A date with a time, which only a YAML file can hold; as the API would show it.
    Moment(String),
    /// A date without a time, which only a YAML file can hold.
    Day,
    /// Something else that only a YAML file can hold, like a list of dates.
    Beyond,
}

impl Input {
    /// The text that a form sends.
    pub(crate) fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }
}

/// A request's body, as far as the API's parsers get with it.
#[derive(Debug, Clone, Default)]
pub(crate) enum Payload {
    /// No body.
    #[default]
    Empty,
    /// Field by field, in the order sent.
    Fields(Vec<(String, Input)>),
    /// A body that the API cannot read: its answer to that.
    Unreadable(u16, String),
}

impl Payload {
    /// Reads a JSON body; an error is worded as Python's `json` words it.
    pub(crate) fn from_json(bytes: &[u8]) -> Self {
        match serde_json::from_slice(bytes) {
            Ok(Value::Object(fields)) => Self::Fields(
                fields
                    .into_iter()
                    .map(|(name, value)| (name, Input::Json(value)))
                    .collect(),
            ),
            Ok(_) => Self::Unreadable(
                400,
                "Invalid data. Expected a dictionary, but got something else.".into(),
            ),
            Err(error) => Self::Unreadable(
                400,
                format!("JSON parse error - {}", python_wording(bytes, &error)),
            ),
        }
    }
}

fn python_wording(bytes: &[u8], error: &serde_json::Error) -> String {
    let text = error.to_string();
    let what = if text.starts_with("key must be a string") || text.starts_with("trailing comma") {
        "Expecting property name enclosed in double quotes"
    } else if text.starts_with("expected `:`") {
        "Expecting ':' delimiter"
    } else if text.starts_with("expected `,`") {
        "Expecting ',' delimiter"
    } else if text.starts_with("trailing characters") {
        "Extra data"
    } else {
        "Expecting value"
    };
    let (line, column) = (error.line(), error.column());
    let before: usize = bytes
        .split(|byte| *byte == b'\n')
        .take(line.saturating_sub(1))
        .map(|line| line.len() + 1)
        .sum();
    let offset = before + column.saturating_sub(1);
    format!("{what}: line {line} column {column} (char {offset})")
}

/// A request, with its path and query decoded as Django decodes them.
#[derive(Debug, Clone, Default)]
pub(crate) struct Request {
    pub(crate) method: String,
    /// Path and query as sent.
    pub(crate) target: String,
    pub(crate) path: String,
    pub(crate) query: Vec<(String, String)>,
    pub(crate) headers: HeaderMap,
    pub(crate) payload: Payload,
}

impl Request {
    pub(crate) fn new(method: &str, target: &str) -> Self {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        Self {
            method: method.to_owned(),
            target: target.to_owned(),
            path: decoded(path),
            query: query
                .split('&')
                .filter(|pair| !pair.is_empty())
                .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
                .map(|(name, value)| (decoded(name), decoded(value)))
                .collect(),
            ..Self::default()
        }
    }

    /// The target with the slash that its path lacks.
    pub(crate) fn target_with_slash(&self) -> String {
        match self.target.split_once('?') {
            Some((path, query)) => format!("{path}/?{query}"),
            None => format!("{}/", self.target),
        }
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    pub(crate) fn query(&self, name: &str) -> Option<&str> {
        let (_, value) = self.query.iter().find(|(key, _)| key == name)?;
        Some(value)
            .filter(|value| !value.is_empty())
            .map(String::as_str)
    }

    /// The body's fields; the API's own refusal if the body cannot be read.
    pub(crate) fn fields(&self) -> Result<&[(String, Input)], Reply> {
        match &self.payload {
            Payload::Empty => Ok(&[]),
            Payload::Fields(fields) => Ok(fields),
            Payload::Unreadable(status, detail) => Err(Reply::detail(*status, detail)),
        }
    }

    /// One field of the body as JSON; a form's text counts as a string.
    pub(crate) fn field(&self, name: &str) -> Result<Option<Value>, Reply> {
        let found = self.fields()?.iter().find(|(key, _)| key == name);
        Ok(found.and_then(|(_, input)| match input {
            Input::Json(value) => Some(value.clone()),
            Input::Text(text) => Some(Value::from(text.as_str())),
            Input::File { .. } | Input::Moment(_) | Input::Day | Input::Beyond => None,
        }))
    }
}

fn decoded(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().into_owned()
}

/// An answer: status, headers in order, body.
#[derive(Debug, Clone)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: Bytes,
}

impl Reply {
    /// No body and no content type, as DRF answers when a view returns no data.
    pub(crate) fn empty(status: u16) -> Self {
        Self {
            status,
            headers: Vec::new(),
            body: Bytes::new(),
        }
    }

    pub(crate) fn bytes(content_type: &str, body: Bytes) -> Self {
        Self {
            body,
            ..Self::empty(200).with("Content-Type", content_type)
        }
    }

    pub(crate) fn json(status: u16, value: &Value) -> Self {
        Self {
            status,
            ..Self::bytes("application/json", value.to_string().into())
        }
    }

    pub(crate) fn ok(value: impl Into<Value>) -> Self {
        Self::json(200, &value.into())
    }

    /// A refusal by one of EvalAI's own views.
    pub(crate) fn error(status: u16, message: &str) -> Self {
        Self::json(status, &json!({ "error": message }))
    }

    /// A refusal by the framework: authentication, permission, throttling, parsing, a missing row.
    pub(crate) fn detail(status: u16, message: &str) -> Self {
        Self::json(status, &json!({ "detail": message }))
    }

    fn page(status: u16, heading: &str) -> Self {
        let body = format!(
            "<!DOCTYPE html>\n<html>\n<head>\n\t<title>EvalAI- Home Page</title>\n</head>\n<body>\n\
             <h1>Error {status} - {heading}</h1>\n</body>\n</html>\n"
        );
        Self {
            status,
            ..Self::bytes("text/html; charset=utf-8", body.into())
        }
    }

    /// The page for a path that no route knows.
    pub(crate) fn not_found_page() -> Self {
        Self::page(404, "Page Not Found")
    }

    /// The page for an unhandled exception.
    pub(crate) fn server_error_page() -> Self {
        Self::page(500, "Internal Server Error")
    }

    pub(crate) fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn malformed_json_is_refused_in_the_words_of_python() {
        let cases = [
            (
                "{bad json",
                "Expecting property name enclosed in double quotes: line 1 column 2 (char 1)",
            ),
            (
                "{\"a\" 1}",
                "Expecting ':' delimiter: line 1 column 6 (char 5)",
            ),
            (
                "{\"a\": 1 \n \"b\"}",
                "Expecting ',' delimiter: line 2 column 2 (char 10)",
            ),
            ("{} x", "Extra data: line 1 column 4 (char 3)"),
        ];
        for (body, expected) in cases {
            let Payload::Unreadable(400, message) = Payload::from_json(body.as_bytes()) else {
                panic!("{body:?} was read");
            };
            assert_eq!(
                message,
                format!("JSON parse error - {expected}"),
                "{body:?}"
            );
        }
    }

    #[test]
    fn paths_and_queries_are_decoded() {
        let request = Request::new("GET", "/queues/gr%C3%B6%C3%9Fer/?page=2&x=a%20b&flag");
        assert_eq!(request.path, "/queues/größer/");
        assert_eq!(request.query("x"), Some("a b"));
        assert_eq!(request.query("flag"), None);
    }
}
