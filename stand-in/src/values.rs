//! What becomes of a value on its way through the database: moments, JSON, texts, slugs.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use serde_json::{Map, Value};

/// A moment as the API gives it back: in UTC, with six digits of a second or none.
///
/// Without an offset it is taken for UTC; without a time it is no moment.
pub(crate) fn moment(text: &str) -> Option<String> {
    // The parser would take a date alone for its midnight.
    let naive = || {
        text.contains(':')
            .then(|| text.parse::<DateTime>().ok())
            .flatten()
    };
    let moment = text
        .parse::<Timestamp>()
        .ok()
        .or_else(|| TimeZone::UTC.to_timestamp(naive()?).ok())?;
    let format = if moment.subsec_microsecond() == 0 {
        "%Y-%m-%dT%H:%M:%SZ"
    } else {
        "%Y-%m-%dT%H:%M:%S.%6fZ"
    };
    Some(moment.strftime(format).to_string())
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
