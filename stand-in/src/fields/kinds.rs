//! The kinds of fields one by one: which values each accepts, and what it makes of them.

use serde_json::Value;

use super::refusal::{Detail, Errors};
use crate::values::{moment, trimmed};

fn invalid(message: &str) -> Detail {
    Detail::new("invalid", message)
}

pub(super) fn date(value: &Value) -> Result<Value, Detail> {
    let wrong = || {
        invalid(
            "Datetime has wrong format. Use one of these formats instead: \
             YYYY-MM-DDThh:mm[:ss[.uuuuuu]][+HH:MM|-HH:MM|Z].",
        )
    };
    let kept = value.as_str().and_then(moment).ok_or_else(wrong)?;
    Ok(kept.into())
}

/// The value as Python's `str` shows it; nothing for a list or an object.
fn shown(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) if number.is_f64() => number.as_f64().map(float),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(yes) => Some(if *yes { "True" } else { "False" }.to_owned()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

/// A number with a fraction as Python shows it.
pub(crate) fn float(number: f64) -> String {
    let text = format!("{number:e}");
    match text.split_once('e') {
        Some((digits, exponent)) => match exponent.parse::<i32>() {
            Ok(exponent) if (-4..16).contains(&exponent) => format!("{number:?}"),
            Ok(exponent) => {
                let sign = if exponent < 0 { '-' } else { '+' };
                format!("{digits}e{sign}{:02}", exponent.unsigned_abs())
            }
            Err(_) => text,
        },
        None if number.is_nan() => "nan".to_owned(),
        None => text,
    }
}

pub(super) fn string(value: &Value, longest: usize) -> Result<Value, Detail> {
    let text = match value {
        Value::String(text) => text.clone(),
        Value::Number(_) => shown(value).unwrap_or_default(),
        _ => return Err(invalid("Not a valid string.")),
    };
    let text = trimmed(&text);
    if longest > 0 && text.chars().count() > longest {
        let message = format!("Ensure this field has no more than {longest} characters.");
        return Err(Detail::new("max_length", message));
    }
    Ok(text.into())
}

pub(super) fn name(value: &Value, longest: usize) -> Result<Value, Detail> {
    let value = string(value, longest)?;
    if value.as_str() == Some("") {
        return Err(Detail::new("blank", "This field may not be blank."));
    }
    Ok(value)
}

pub(super) fn boolean(value: &Value) -> Result<Value, Detail> {
    let word = match value {
        Value::Bool(_) => return Ok(value.clone()),
        Value::Number(number) => number.as_f64().map(|number| number.to_string()),
        _ => shown(value),
    };
    match word.unwrap_or_default().as_str() {
        "t" | "T" | "y" | "Y" | "yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON"
        | "1" => Ok(true.into()),
        "f" | "F" | "n" | "N" | "no" | "NO" | "false" | "False" | "FALSE" | "off" | "Off"
        | "OFF" | "0" => Ok(false.into()),
        _ => Err(invalid("Must be a valid boolean.")),
    }
}

/// A whole number, also one written as a text or with a fraction of zeros.
pub(super) fn whole(value: &Value, least: i64, most: i64) -> Result<Value, Detail> {
    let number = match value {
        Value::Number(_) | Value::String(_) => shown(value).and_then(|text| python_int(&text)),
        _ => None,
    };
    match number {
        Some(number) if number < least => Err(Detail::new(
            "min_value",
            format!("Ensure this value is greater than or equal to {least}."),
        )),
        Some(number) if number > most => Err(Detail::new(
            "max_value",
            format!("Ensure this value is less than or equal to {most}."),
        )),
        Some(number) => Ok(number.into()),
        None => Err(invalid("A valid integer is required.")),
    }
}

/// The number that a text stands for, whose fraction of zeros does not count.
fn python_int(text: &str) -> Option<i64> {
    let text = text.trim();
    let whole = match text.rsplit_once('.') {
        Some((whole, zeros)) if zeros.bytes().all(|digit| digit == b'0') => whole,
        _ => text,
    };
    whole.parse().ok()
}

pub(super) fn no_list(python_type: &str) -> Detail {
    Detail::new(
        "not_a_list",
        format!("Expected a list of items but got type \"{python_type}\"."),
    )
}

pub(super) fn items(value: &Value, longest: usize) -> Result<Value, Errors> {
    let items = match value {
        Value::Array(items) => items,
        Value::String(_) => return Err(no_list("str").into()),
        Value::Bool(_) => return Err(no_list("bool").into()),
        Value::Number(number) if number.is_f64() => return Err(no_list("float").into()),
        Value::Number(_) => return Err(no_list("int").into()),
        Value::Object(_) | Value::Null => return Err(no_list("dict").into()),
    };
    let mut kept = Vec::new();
    let mut refused = Vec::new();
    for (place, item) in items.iter().enumerate() {
        match item {
            Value::Null => {
                refused.push((place, Detail::new("null", "This field may not be null.")));
            }
            _ => match string(item, longest) {
                Ok(text) => kept.push(text),
                Err(detail) => refused.push((place, detail)),
            },
        }
    }
    if refused.is_empty() {
        Ok(kept.into())
    } else {
        Err(Errors::Items(refused))
    }
}

/// One of the words; blank, where it may be, stands for the last of them.
pub(super) fn choice(value: &Value, words: &[&str], blank: bool) -> Result<Value, Detail> {
    let word = shown(value).unwrap_or_else(|| value.to_string());
    if blank && word.is_empty() {
        return Ok(words.last().copied().into());
    }
    if words.contains(&word.as_str()) {
        return Ok(word.into());
    }
    let message = format!("\"{word}\" is not a valid choice.");
    Err(Detail::new("invalid_choice", message))
}

pub(super) fn url(value: &Value, longest: usize) -> Result<Value, Detail> {
    let value = string(value, longest)?;
    match value.as_str() {
        Some(text) if !text.is_empty() && !is_url(text) => Err(invalid("Enter a valid URL.")),
        _ => Ok(value),
    }
}

/// Whether the text has a scheme of the web or of FTP, and a host with a dot or on this machine.
fn is_url(text: &str) -> bool {
    let Some((scheme, rest)) = text.split_once("://") else {
        return false;
    };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = authority.rsplit('@').next().unwrap_or_default();
    let (host, port) = host.split_once(':').unwrap_or((host, ""));
    ["http", "https", "ftp", "ftps"].contains(&scheme.to_ascii_lowercase().as_str())
        && !text.contains(char::is_whitespace)
        && port.bytes().all(|byte| byte.is_ascii_digit())
        && (host == "localhost" || host.contains('.'))
        && host.split('.').all(|label| {
            !label.is_empty() && label.chars().all(|c| c.is_alphanumeric() || c == '-')
        })
}

pub(super) fn slug(value: &Value) -> Result<Value, Detail> {
    let value = string(value, 200)?;
    let fits = |text: &str| {
        text.bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
    };
    if value
        .as_str()
        .is_some_and(|text| !text.is_empty() && fits(text))
    {
        return Ok(value);
    }
    Err(invalid(
        "Enter a valid \"slug\" consisting of letters, numbers, underscores or hyphens.",
    ))
}

/// The stand-in belongs to no AWS account, so that no image of a registry is its own.
pub(super) fn worker_image(value: &Value) -> Result<Value, Detail> {
    let value = string(value, 200)?;
    let text = value.as_str().unwrap_or_default();
    let is_ami = text.strip_prefix("ami-").is_some_and(|id| {
        (8..=17).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_hexdigit())
    });
    if text.is_empty() || is_ami {
        return Ok(value);
    }
    Err(invalid(
        "worker_image_url must be an EC2 AMI or an image of EvalAI's own registry.",
    ))
}
