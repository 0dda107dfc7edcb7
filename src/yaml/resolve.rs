//! What the text of a scalar means in YAML 1.1, by `PyYAML`'s resolver and constructors.
//!
//! `PyYAML` first decides the type of a plain scalar by its shape, then converts it. A text that has the shape of a
//! number or date but is none (`2024-09-31`, `0b_`) makes the whole file unreadable.

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::Offset;

use super::value::{BigInt, Timestamp, Value};

/// Longest number in decimal digits that Python converts.
const MAX_DIGITS: usize = 4300;

/// The type that `PyYAML` gives a scalar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ScalarType {
    Null,
    Bool,
    Int,
    Float,
    Timestamp,
    Str,
    /// `<<`, which is only allowed as a key.
    Merge,
    /// `=`, which is only allowed as a key, and `!`, `&`, `*`, which cannot be written plain.
    Reserved,
}

/// The type of a plain scalar, by its shape.
pub(super) fn type_of_plain(text: &str) -> ScalarType {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => ScalarType::Null,
        "<<" => ScalarType::Merge,
        "=" | "!" | "&" | "*" => ScalarType::Reserved,
        _ if is_bool(text) => ScalarType::Bool,
        _ if !text.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '+' | '-' | '.')) => {
            ScalarType::Str
        }
        _ if has_float_shape(text) => ScalarType::Float,
        _ if has_int_shape(text) => ScalarType::Int,
        _ if has_timestamp_shape(text) => ScalarType::Timestamp,
        _ => ScalarType::Str,
    }
}

/// The value of a scalar of this type, or what is wrong with it.
pub(super) fn convert(kind: ScalarType, text: &str) -> Result<Value, String> {
    let converted = match kind {
        ScalarType::Null => Some(Value::Null),
        ScalarType::Str => Some(Value::from(text)),
        ScalarType::Bool => bool_value(text).map(Value::Bool),
        ScalarType::Int => int_value(text),
        ScalarType::Float => float_value(text).map(Value::Float),
        ScalarType::Timestamp => timestamp_value(text).map(Value::Timestamp),
        ScalarType::Merge => {
            return Err("`<<` is only allowed as a key; write it in quotes".to_owned());
        }
        ScalarType::Reserved => {
            return Err(format!(
                "`{text}` cannot stand here; write it in quotes without a tag"
            ));
        }
    };
    converted.ok_or_else(|| {
        let what = match kind {
            ScalarType::Bool => "a boolean",
            ScalarType::Timestamp => "a date",
            _ => "a number",
        };
        format!("`{text}` looks like {what} but is none that PyYAML can read; correct it, or write it in quotes")
    })
}

fn is_bool(text: &str) -> bool {
    bool_value(text).is_some() && {
        let tail = &text[1..];
        let lower = tail.bytes().all(|b| b.is_ascii_lowercase());
        lower || text.bytes().all(|b| b.is_ascii_uppercase())
    }
}

fn bool_value(text: &str) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "yes" | "true" | "on" => Some(true),
        "no" | "false" | "off" => Some(false),
        _ => None,
    }
}

fn unsigned(text: &str) -> &str {
    text.strip_prefix(['+', '-']).unwrap_or(text)
}

/// Whether `text` is not empty and all its bytes are as wanted.
fn all(text: &str, wanted: impl Fn(u8) -> bool) -> bool {
    !text.is_empty() && text.bytes().all(wanted)
}

fn digit_or_underscore(byte: u8) -> bool {
    byte.is_ascii_digit() || byte == b'_'
}

fn starts_with_digit(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_digit())
}

/// `59`, `5`: the parts of a sexagesimal number after its first.
fn is_sixtieth(part: &str) -> bool {
    match part.as_bytes() {
        [a] => a.is_ascii_digit(),
        [a, b] => (b'0'..=b'5').contains(a) && b.is_ascii_digit(),
        _ => false,
    }
}

fn has_int_shape(text: &str) -> bool {
    let digits = unsigned(text);
    if digits == "0" {
        return true;
    }
    if let Some(rest) = digits.strip_prefix('0') {
        return match rest.as_bytes()[0] {
            b'b' => all(&rest[1..], |b| matches!(b, b'0' | b'1' | b'_')),
            b'x' => all(&rest[1..], |b| b.is_ascii_hexdigit() || b == b'_'),
            _ => all(rest, |b| matches!(b, b'0'..=b'7' | b'_')),
        };
    }
    let mut parts = digits.split(':');
    parts
        .next()
        .is_some_and(|first| starts_with_digit(first) && all(first, digit_or_underscore))
        && parts.all(is_sixtieth)
}

fn has_float_shape(text: &str) -> bool {
    let number = unsigned(text);
    if matches!(number, ".inf" | ".Inf" | ".INF") {
        return true;
    }
    if matches!(text, ".nan" | ".NaN" | ".NAN") {
        return true;
    }
    let Some((whole, fraction)) = number.split_once('.') else {
        return false;
    };
    let (fraction, exponent) = match fraction.split_once(['e', 'E']) {
        Some((fraction, exponent)) => (fraction, Some(exponent)),
        None => (fraction, None),
    };
    let exponent_fits =
        exponent.is_none_or(|e| e.starts_with(['+', '-']) && all(&e[1..], |b| b.is_ascii_digit()));
    let fraction_fits = fraction.bytes().all(digit_or_underscore);
    if whole.is_empty() {
        return number == text && starts_with_digit(fraction) && fraction_fits && exponent_fits;
    }
    let mut parts = whole.split(':');
    let first_fits = parts
        .next()
        .is_some_and(|first| starts_with_digit(first) && all(first, digit_or_underscore));
    let sexagesimal = whole.contains(':');
    first_fits
        && parts.all(is_sixtieth)
        && fraction_fits
        && exponent_fits
        && !(sexagesimal && exponent.is_some())
}

fn int_value(text: &str) -> Option<Value> {
    let text = text.replace('_', "");
    let negative = text.starts_with('-');
    let number = unsigned(&text);
    if number.is_empty() || number.len() > MAX_DIGITS {
        return None;
    }
    if number.contains(':') && !number.starts_with('0') {
        let parts: Option<Vec<u64>> = number.split(':').map(|part| part.parse().ok()).collect();
        return Some(BigInt::from_digits(negative, parts?, 60));
    }
    let (base, digits) = match number.as_bytes() {
        [b'0', b'b', ..] => (2, &number[2..]),
        [b'0', b'x', ..] => (16, &number[2..]),
        [b'0', ..] => (8, number),
        _ => (10, number),
    };
    if digits.is_empty() {
        return None;
    }
    let values: Option<Vec<u64>> = digits
        .chars()
        .map(|c| c.to_digit(base).map(u64::from))
        .collect();
    Some(BigInt::from_digits(negative, values?, u64::from(base)))
}

fn float_value(text: &str) -> Option<f64> {
    let text = text.replace('_', "").to_ascii_lowercase();
    let sign = if text.starts_with('-') { -1.0 } else { 1.0 };
    let number = unsigned(&text);
    match number {
        ".inf" => return Some(sign * f64::INFINITY),
        ".nan" => return Some(f64::NAN),
        _ => {}
    }
    let parse = |part: &str| {
        let decimal = all(part, |b| {
            b.is_ascii_digit() || matches!(b, b'.' | b'e' | b'+' | b'-')
        });
        part.parse::<f64>().ok().filter(|_| decimal)
    };
    let mut value = 0.0;
    let mut base = 1.0;
    for part in number.rsplit(':') {
        value += parse(part)? * base;
        base *= 60.0;
    }
    Some(sign * value)
}

/// The parts of a timestamp as text.
#[derive(Default)]
struct Parts<'t> {
    year: &'t str,
    month: &'t str,
    day: &'t str,
    time: Option<TimeParts<'t>>,
}

struct TimeParts<'t> {
    hour: &'t str,
    minute: &'t str,
    second: &'t str,
    fraction: &'t str,
    zone: Option<Zone<'t>>,
}

enum Zone<'t> {
    Utc,
    Offset {
        behind: bool,
        hours: &'t str,
        minutes: &'t str,
    },
}

fn has_timestamp_shape(text: &str) -> bool {
    timestamp_parts(text).is_some_and(|parts| {
        parts.time.is_some() || (parts.month.len() == 2 && parts.day.len() == 2)
    })
}

/// Takes one to `most` digits, or exactly `most`.
fn take_digits<'t>(text: &mut &'t str, least: usize, most: usize) -> Option<&'t str> {
    let count = text
        .bytes()
        .take(most)
        .take_while(u8::is_ascii_digit)
        .count();
    let (digits, rest) = text.split_at(count);
    *text = rest;
    (count >= least).then_some(digits)
}

fn take_char(text: &mut &str, wanted: char) -> Option<()> {
    *text = text.strip_prefix(wanted)?;
    Some(())
}

fn timestamp_parts(text: &str) -> Option<Parts<'_>> {
    let mut rest = text;
    let year = take_digits(&mut rest, 4, 4)?;
    take_char(&mut rest, '-')?;
    let month = take_digits(&mut rest, 1, 2)?;
    take_char(&mut rest, '-')?;
    let day = take_digits(&mut rest, 1, 2)?;
    let date = Parts {
        year,
        month,
        day,
        time: None,
    };
    if rest.is_empty() {
        return Some(date);
    }
    rest = match rest.strip_prefix(['T', 't']) {
        Some(time) => time,
        None => {
            Some(rest.trim_start_matches([' ', '\t'])).filter(|time| time.len() < rest.len())?
        }
    };
    let hour = take_digits(&mut rest, 1, 2)?;
    take_char(&mut rest, ':')?;
    let minute = take_digits(&mut rest, 2, 2)?;
    take_char(&mut rest, ':')?;
    let second = take_digits(&mut rest, 2, 2)?;
    let mut fraction = "";
    if take_char(&mut rest, '.').is_some() {
        fraction = take_digits(&mut rest, 0, usize::MAX)?;
    }
    let zone = if rest.is_empty() {
        None
    } else {
        Some(zone(rest.trim_start_matches([' ', '\t']))?)
    };
    Some(Parts {
        time: Some(TimeParts {
            hour,
            minute,
            second,
            fraction,
            zone,
        }),
        ..date
    })
}

fn zone(text: &str) -> Option<Zone<'_>> {
    if text == "Z" {
        return Some(Zone::Utc);
    }
    let behind = text.starts_with('-');
    let mut rest = text.strip_prefix(['+', '-'])?;
    let hours = take_digits(&mut rest, 1, 2)?;
    let mut minutes = "0";
    if !rest.is_empty() {
        take_char(&mut rest, ':')?;
        minutes = take_digits(&mut rest, 2, 2)?;
    }
    rest.is_empty().then_some(Zone::Offset {
        behind,
        hours,
        minutes,
    })
}

fn timestamp_value(text: &str) -> Option<Timestamp> {
    let parts = timestamp_parts(text)?;
    let date = Date::new(
        parts.year.parse().ok()?,
        parts.month.parse().ok()?,
        parts.day.parse().ok()?,
    )
    .ok()?;
    if date.year() < 1 {
        return None;
    }
    let Some(time) = parts.time else {
        return Some(Timestamp::Date(date));
    };
    let second: i8 = time.second.parse().ok()?;
    let microseconds: i32 = format!("{:0<6.6}", time.fraction).parse().ok()?;
    let clock = Time::new(
        time.hour.parse().ok()?,
        time.minute.parse().ok()?,
        second,
        microseconds * 1000,
    )
    .ok()?;
    let clock = DateTime::from_parts(date, clock);
    Some(match time.zone {
        None => Timestamp::Naive(clock),
        Some(Zone::Utc) => Timestamp::Aware(clock, Offset::UTC),
        Some(Zone::Offset {
            behind,
            hours,
            minutes,
        }) => {
            let minutes = hours.parse::<i32>().ok()? * 60 + minutes.parse::<i32>().ok()?;
            if minutes >= 24 * 60 {
                return None;
            }
            Timestamp::Aware(
                clock,
                Offset::from_seconds(if behind { -minutes * 60 } else { minutes * 60 }).ok()?,
            )
        }
    })
}
