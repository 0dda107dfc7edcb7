//! What becomes of a value on its way through the database: moments, JSON, texts, slugs.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::Offset;
use serde_json::{Map, Value};

/// A moment as the API gives it back: in UTC, with six digits of a second or none.
///
/// Without an offset it is taken for UTC; without a time it is no moment. Months, days, hours and so on may have
/// one digit.
pub(crate) fn moment(text: &str) -> Option<String> {
    let mut rest = text;
    let year = digits(&mut rest, 4, 4)?;
    let mut part = |separators: &[char]| {
        rest = rest.strip_prefix(separators)?;
        digits(&mut rest, 1, 2)?.parse::<i8>().ok()
    };
    let (month, day) = (part(&['-'])?, part(&['-'])?);
    let (hour, minute) = (part(&['T', ' '])?, part(&[':'])?);
    let mut second = 0;
    let mut nanosecond = 0;
    if rest.starts_with(':') {
        rest = &rest[1..];
        second = digits(&mut rest, 1, 2)?.parse().ok()?;
        if let Some(fraction) = rest.strip_prefix('.') {
            rest = fraction;
            let fraction = digits(&mut rest, 1, 12)?;
            let microsecond = format!("{fraction:0<6.6}").parse::<i32>().ok()?;
            nanosecond = microsecond * 1000;
        }
    }
    let offset = offset(rest)?;
    let year = year.parse().ok()?;
    let civil = DateTime::new(year, month, day, hour, minute, second, nanosecond).ok()?;
    shown_moment(offset.to_timestamp(civil).ok()?)
}

/// The moment as the API shows it; none of the years that Python does not know.
pub(crate) fn shown_moment(moment: Timestamp) -> Option<String> {
    let format = if moment.subsec_microsecond() == 0 {
        "%Y-%m-%dT%H:%M:%SZ"
    } else {
        "%Y-%m-%dT%H:%M:%S.%6fZ"
    };
    let year = Offset::UTC.to_datetime(moment).year();
    (1..=9999)
        .contains(&year)
        .then(|| moment.strftime(format).to_string())
}

/// Takes between so many digits off the beginning.
fn digits<'a>(rest: &mut &'a str, least: usize, most: usize) -> Option<&'a str> {
    let found = rest.bytes().take(most).take_while(u8::is_ascii_digit);
    let (digits, after) = rest.split_at(found.count());
    *rest = after;
    (digits.len() >= least).then_some(digits)
}

/// `Z`, `+05:30`, `+0530`, `+05` or nothing.
fn offset(text: &str) -> Option<Offset> {
    if text.is_empty() || text == "Z" {
        return Some(Offset::UTC);
    }
    let sign = if text.starts_with('-') { -1 } else { 1 };
    let mut rest = text.strip_prefix(['+', '-'])?;
    let hours: i32 = digits(&mut rest, 2, 2)?.parse().ok()?;
    let mut minutes = 0;
    if !rest.is_empty() {
        rest = rest.strip_prefix(':').unwrap_or(rest);
        minutes = digits(&mut rest, 2, 2)?.parse().ok()?;
    }
    let seconds = sign * (hours * 3600 + minutes * 60);
    rest.is_empty()
        .then(|| Offset::from_seconds(seconds).ok())
        .flatten()
}

/// JSON as `PostgreSQL`'s `jsonb` gives it back: keys by length, then by bytes. Arrays keep their order.
pub(crate) fn jsonb(value: &Value) -> Value {
    match value {
        Value::Object(map) => {
            let mut entries: Vec<(&String, Value)> =
                map.iter().map(|(key, value)| (key, jsonb(value))).collect();
            entries.sort_by_key(|(key, _)| (key.len(), key.as_bytes()));
            entries
                .into_iter()
                .map(|(key, value)| (key.clone(), value))
                .collect::<Map<_, _>>()
                .into()
        }
        Value::Array(items) => items.iter().map(jsonb).collect(),
        other => other.clone(),
    }
}

/// Without outer white space as Python sees it. A byte order mark is none.
pub(crate) fn trimmed(text: &str) -> &str {
    text.trim_matches(|c: char| c.is_whitespace() || ('\x1c'..='\x1f').contains(&c))
}

/// A title's part of a slug: runs of anything but letters, digits and underscores become one hyphen.
pub(crate) fn slug(title: &str) -> String {
    let mut slug = String::new();
    for c in title.to_lowercase().chars() {
        if c.is_alphanumeric() || c == '_' {
            slug.push(c);
        } else if !slug.ends_with('-') {
            slug.push('-');
        }
    }
    slug.chars().take(180).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn jsonb_orders_keys_by_length_and_then_by_bytes_at_every_depth() {
        let sent = r#"{"labels":["Z","A"],"b":{"yy":1,"é":2,"x":3},"a":1,"default_order_by":"Z"}"#;
        let sent: Value = serde_json::from_str(sent).unwrap();
        let kept = r#"{"a":1,"b":{"x":3,"yy":1,"é":2},"labels":["Z","A"],"default_order_by":"Z"}"#;
        assert_eq!(jsonb(&sent).to_string(), kept);
    }

    #[test]
    fn slugs_keep_letters_of_every_script() {
        let cases = [
            (
                "Random Number Challenge — Édition 2 🎲",
                "random-number-challenge-édition-2-",
            ),
            (
                "Big Größer Wettbewerb “α→Ω” 日本語 🚀: part #2",
                "big-größer-wettbewerb-α-ω-日本語-part-2",
            ),
        ];
        for (title, expected) in cases {
            assert_eq!(slug(title), expected);
        }
    }
}
