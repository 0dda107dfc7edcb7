//! What may be written to a field, and what becomes of it: the rules of the API's serializers.

mod kinds;
mod refusal;
mod tables;
#[cfg(test)]
mod tests;

use axum::body::Bytes;
use serde_json::Value;

use crate::http::Input;
use crate::values::jsonb;
pub(crate) use kinds::float as python_float;
use kinds::{boolean, choice, date, items, name, slug, string, url, whole, worker_image};
pub(crate) use refusal::Refused;
use refusal::{Detail, Errors};
pub(crate) use tables::{
    CHALLENGE_FIELDS, DATASET_SPLIT_FIELDS, LEADERBOARD_FIELDS, PHASE_FIELDS, PRIZE_FIELDS,
    SPLIT_FIELDS, SPONSOR_FIELDS, TEAM_FIELDS,
};

/// A field's type, as far as it decides what is accepted.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Kind {
    /// Text, trimmed; at most so many characters (0: any number), never blank, never null.
    Name(usize),
    /// Text, trimmed; at most so many characters (0: any number); may be blank or null.
    Text(usize),
    Bool,
    /// A whole number that fits 32 bits, from 0.
    Count,
    /// As `Count`, or null.
    OptionalCount,
    /// A whole number that fits 32 bits, or null.
    OptionalInteger,
    /// A whole number that fits 64 bits, or null.
    OptionalBigInteger,
    /// A moment, or null; without an offset it is UTC.
    Date,
    /// Anything, kept as `jsonb`.
    Json,
    /// A list of texts, each trimmed and of at most so many characters (0: any number).
    List(usize),
    /// As `List`, or null.
    OptionalList(usize),
    /// One of these words.
    Choice(&'static [&'static str]),
    /// One of these words, or blank for the last of them.
    ChoiceOrLast(&'static [&'static str]),
    /// Who sees a phase split: 1, 2 or 3.
    Visibility,
    /// A URL of at most so many characters; may be blank or null.
    Url(usize),
    /// Letters, digits, underscores and hyphens of ASCII, or null.
    Slug,
    /// A machine image of EC2; may be blank or null.
    WorkerImage,
    /// An upload, kept in this folder of the media.
    File(&'static str),
}

impl Kind {
    fn nullable(self) -> bool {
        matches!(
            self,
            Self::Text(_)
                | Self::OptionalCount
                | Self::OptionalInteger
                | Self::OptionalBigInteger
                | Self::OptionalList(_)
                | Self::Date
                | Self::Json
                | Self::Url(_)
                | Self::Slug
                | Self::WorkerImage
                | Self::File(_)
        )
    }
}

/// The writable fields of a row, in the order in which the API names them.
pub(crate) type Fields = [(&'static str, Kind)];

/// What a field is set to.
#[derive(Debug, Clone)]
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
/// Every refused field, if there is one.
pub(crate) fn changes(
    fields: &Fields,
    inputs: &[(String, Input)],
) -> Result<Vec<(&'static str, Change)>, Refused> {
    complete_changes(fields, &[], inputs)
}

/// As [`changes`], where some fields must be sent.
///
/// # Errors
/// Every refused field and every missing one, if there is one.
pub(crate) fn complete_changes(
    fields: &Fields,
    required: &[&str],
    inputs: &[(String, Input)],
) -> Result<Vec<(&'static str, Change)>, Refused> {
    let mut accepted = Vec::new();
    let mut refused = Refused::default();
    for (field, kind) in fields {
        let sent: Vec<&Input> = inputs
            .iter()
            .filter_map(|(name, input)| (name == field).then_some(input))
            .collect();
        let Some(last) = sent.last() else {
            if required.contains(field) {
                refused.add(field, missing(*kind));
            }
            continue;
        };
        let change = match (kind, last) {
            // A form repeats the field for each item.
            (Kind::List(longest) | Kind::OptionalList(longest), Input::Text(_)) => {
                let sent = sent.iter().filter_map(|input| input.text()).collect();
                items(&sent, *longest).map(|items| Some(Change::Set(items)))
            }
            _ => change(*kind, last),
        };
        match change {
            Ok(Some(change)) => accepted.push((*field, change)),
            Ok(None) => {}
            Err(errors) => refused.add(field, errors),
        }
    }
    if refused.is_empty() {
        Ok(accepted)
    } else {
        Err(refused)
    }
}

fn missing(kind: Kind) -> Detail {
    let message = match kind {
        Kind::File(_) => "No file was submitted.",
        _ => "This field is required.",
    };
    Detail::new("required", message)
}

/// `None` where a form leaves a field empty that has no empty value: it stays as it is.
fn change(kind: Kind, input: &Input) -> Result<Option<Change>, Errors> {
    let value = match (kind, input) {
        (Kind::File(folder), Input::File { name, bytes }) => {
            return upload(folder, name, bytes).map(Some);
        }
        (Kind::File(_), Input::Json(Value::Null)) => Value::Null,
        (Kind::File(_), _) => {
            return Err(Detail::new(
                "invalid",
                "The submitted data was not a file. Check the encoding type on the form.",
            )
            .into());
        }
        (Kind::Bool | Kind::Count, Input::Text(text)) if text.is_empty() => {
            return Ok(None);
        }
        (
            Kind::OptionalCount
            | Kind::OptionalInteger
            | Kind::OptionalBigInteger
            | Kind::Date
            | Kind::Json,
            Input::Text(text),
        ) if text.is_empty() => Value::Null,
        (Kind::Json, Input::Text(text)) => serde_json::from_str(text)
            .map_err(|_| Detail::new("invalid", "Value must be valid JSON."))?,
        (_, Input::Text(text)) => text.as_str().into(),
        (_, Input::Json(value)) => value.clone(),
        (Kind::Date, Input::Moment(moment)) => moment.as_str().into(),
        (Kind::Date, Input::Day) => {
            return Err(Detail::new("date", "Expected a datetime but got a date.").into());
        }
        (_, Input::Moment(_) | Input::Day | Input::Beyond | Input::File { .. }) => {
            return Err(unfit(kind, input));
        }
    };
    if value.is_null() {
        return if kind.nullable() {
            Ok(Some(Change::Set(value)))
        } else {
            Err(Detail::new("null", "This field may not be null.").into())
        };
    }
    match kind {
        Kind::Name(longest) => name(&value, longest),
        Kind::Text(longest) => string(&value, longest),
        Kind::Bool => boolean(&value),
        Kind::Count | Kind::OptionalCount => whole(&value, 0, i32::MAX.into()),
        Kind::OptionalInteger => whole(&value, i32::MIN.into(), i32::MAX.into()),
        Kind::OptionalBigInteger => whole(&value, i64::MIN, i64::MAX),
        Kind::Date => date(&value),
        Kind::List(longest) | Kind::OptionalList(longest) => {
            return items(&value, longest).map(|items| Some(Change::Set(items)));
        }
        Kind::Choice(words) => choice(&value, words, false),
        Kind::ChoiceOrLast(words) => choice(&value, words, true),
        Kind::Visibility => choice(&value, &["1", "2", "3"], false).map(|word| {
            word.as_str()
                .and_then(|word| word.parse::<u64>().ok())
                .into()
        }),
        Kind::Url(longest) => url(&value, longest),
        Kind::Slug => slug(&value),
        Kind::WorkerImage => worker_image(&value),
        Kind::Json => Ok(jsonb(&value)),
        Kind::File(_) => Ok(value),
    }
    .map(|value| Some(Change::Set(value)))
    .map_err(Errors::from)
}

/// How a field refuses a value that is none of JSON's.
fn unfit(kind: Kind, input: &Input) -> Errors {
    match kind {
        Kind::Bool => Detail::new("invalid", "Must be a valid boolean.").into(),
        Kind::Count | Kind::OptionalCount | Kind::OptionalInteger | Kind::OptionalBigInteger => {
            Detail::new("invalid", "A valid integer is required.").into()
        }
        Kind::Json => Detail::new("invalid", "Value must be valid JSON.").into(),
        Kind::List(_) | Kind::OptionalList(_) => match input {
            Input::Moment(_) => kinds::no_list("datetime").into(),
            Input::Day => kinds::no_list("date").into(),
            _ => Errors::of_item(0, Detail::new("invalid", "Not a valid string.")),
        },
        _ => Detail::new("invalid", "Not a valid string.").into(),
    }
}

/// The longest name of an uploaded file.
const LONGEST_FILE_NAME: usize = 100;

fn upload(folder: &'static str, name: &str, bytes: &Bytes) -> Result<Change, Errors> {
    if bytes.is_empty() {
        return Err(Detail::new("empty", "The submitted file is empty.").into());
    }
    let length = name.chars().count();
    if length > LONGEST_FILE_NAME {
        let message = format!(
            "Ensure this filename has at most {LONGEST_FILE_NAME} characters (it has {length})."
        );
        return Err(Detail::new("max_length", message).into());
    }
    // What comes from a push has its path in the archive for a name.
    let name = name.rsplit('/').next().unwrap_or(name).to_owned();
    Ok(Change::Upload {
        folder,
        name,
        bytes: bytes.clone(),
    })
}
