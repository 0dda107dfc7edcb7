//! Writes scalars such that `PyYAML` reads back exactly the same value, in a given style where that can hold it.

use std::fmt::Write as _;

use super::resolve::{ScalarType, type_of_plain};
use super::token::{BlockScalar, Chomp, ScalarStyle};
use super::value::{Timestamp, Value};

/// How a text is written inline.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Quote {
    Plain,
    Single,
    Double,
}

/// The words that a file uses where YAML has several.
#[derive(Debug, Clone)]
pub(super) struct Words {
    /// A boolean as it is written, such as `True` or `yes`.
    pub(super) boolean: String,
    /// `null`, `~`, ...
    pub(super) null: String,
    /// What a text is quoted with that cannot be plain.
    pub(super) quote: Quote,
}

/// A text within one line. `flow`: inside `[ ]` or `{ }`.
pub(super) fn text(text: &str, wanted: Quote, fallback: Quote, flow: bool) -> String {
    let quote = if wanted == Quote::Plain && !can_be_plain(text, flow) {
        fallback
    } else {
        wanted
    };
    match quote {
        Quote::Plain => text.to_owned(),
        Quote::Single if can_be_single_quoted(text) => format!("'{}'", text.replace('\'', "''")),
        Quote::Single | Quote::Double => double_quoted(text),
    }
}

/// Whether `PyYAML` reads this text as it is, as a text.
fn can_be_plain(text: &str, flow: bool) -> bool {
    let mut chars = text.chars();
    let Some(first) = chars.next() else {
        return false;
    };
    let starts = match (first, chars.next()) {
        ('-', next) => next.is_some_and(|c| c != ' '),
        ('?' | ':', next) => !flow && next.is_some_and(|c| c != ' '),
        _ => !" ,[]{}#&*!|>'\"%@`".contains(first),
    };
    starts
        && !text.ends_with([' ', ':'])
        && text.chars().all(needs_no_escape)
        && !text.contains(['\t'])
        && !text.contains(": ")
        && !text.contains(" #")
        && !["---", "..."].iter().any(|marker| text.starts_with(marker))
        && !(flow && text.contains([',', '?', '[', ']', '{', '}']))
        && type_of_plain(text) == ScalarType::Str
}

fn can_be_single_quoted(text: &str) -> bool {
    text.chars().all(needs_no_escape)
}

/// Printable, no line break, and not the byte order mark, which is invisible.
fn needs_no_escape(c: char) -> bool {
    matches!(c, '\t' | ' '..='~' | '\u{a0}'..='\u{2027}' | '\u{202a}'..='\u{fefe}' | '\u{ff00}'..='\u{fffd}' | '\u{10000}'..)
}

/// In double quotes, with the escapes that JSON has as well.
pub(super) fn double_quoted(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for c in text.chars() {
        match c {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            _ if needs_no_escape(c) => quoted.push(c),
            _ => {
                let _ = write!(quoted, "\\u{:04x}", u32::from(c));
            }
        }
    }
    quoted.push('"');
    quoted
}

/// `flag` in the vocabulary and case of the boolean `like`.
pub(super) fn boolean(flag: bool, like: &str) -> String {
    let word = match (like.to_ascii_lowercase().as_str(), flag) {
        ("yes" | "no", true) => "yes",
        ("yes" | "no", false) => "no",
        ("on" | "off", true) => "on",
        ("on" | "off", false) => "off",
        (_, true) => "true",
        (_, false) => "false",
    };
    let mut upper = like.bytes().map(|b| b.is_ascii_uppercase());
    match (upper.next(), upper.next()) {
        (Some(true), Some(true)) => word.to_ascii_uppercase(),
        (Some(true), _) => word[..1].to_ascii_uppercase() + &word[1..],
        _ => word.to_owned(),
    }
}

/// A number that YAML 1.1 reads as a float: with a point, and a sign in the exponent.
fn float(number: f64) -> String {
    if number.is_nan() {
        return ".nan".to_owned();
    }
    if number.is_infinite() {
        let negative = number.is_sign_negative();
        return if negative { "-.inf" } else { ".inf" }.to_owned();
    }
    let shortest = format!("{number:?}");
    let Some((digits, exponent)) = shortest.split_once('e') else {
        return shortest;
    };
    let point = if digits.contains('.') { "" } else { ".0" };
    let sign = if exponent.starts_with('-') { "" } else { "+" };
    format!("{digits}{point}e{sign}{exponent}")
}

/// A date in the notation of the one that stood there (`like`), where it has one.
pub(super) fn timestamp(timestamp: &Timestamp, like: &str) -> String {
    let (clock, offset) = match timestamp {
        Timestamp::Date(date) => return date.to_string(),
        Timestamp::Naive(clock) => (clock, None),
        Timestamp::Aware(clock, offset) => (clock, Some(offset)),
    };
    let separator = like.chars().find(|c| matches!(c, 'T' | 't')).unwrap_or(' ');
    let (hour, minute, second) = (clock.hour(), clock.minute(), clock.second());
    let mut text = format!(
        "{}{separator}{hour:02}:{minute:02}:{second:02}",
        clock.date()
    );
    let microseconds = clock.subsec_nanosecond() / 1000;
    if microseconds > 0 {
        text += format!(".{microseconds:06}").trim_end_matches('0');
    }
    if let Some(offset) = offset {
        let minutes = offset.seconds() / 60;
        if minutes == 0 && (like.ends_with('Z') || (separator != ' ' && !like.contains('+'))) {
            text.push('Z');
        } else {
            let sign = if minutes < 0 { '-' } else { '+' };
            let (hours, minutes) = (minutes.abs() / 60, minutes.abs() % 60);
            let _ = write!(text, "{sign}{hours:02}:{minutes:02}");
        }
    }
    text
}

/// Any scalar or empty collection within one line. `like`: the scalar that stood there, for its notation.
pub(super) fn inline(
    value: &Value,
    wanted: Quote,
    like: &str,
    flow: bool,
    words: &Words,
) -> String {
    match value {
        Value::Null => words.null.clone(),
        Value::Bool(flag) => boolean(
            *flag,
            if like.is_empty() {
                &words.boolean
            } else {
                like
            },
        ),
        Value::Int(number) => number.to_string(),
        Value::BigInt(number) => number.to_string(),
        Value::Float(number) => float(*number),
        Value::Str(string) => text(string, wanted, words.quote, flow),
        Value::Timestamp(at) => timestamp(at, like),
        Value::Seq(_) => "[]".to_owned(),
        Value::Map(_) => "{}".to_owned(),
    }
}

/// The indicators and the lines of a literal or folded block that holds this text, in the place of `old`; nothing if
/// none can. `closed`: whether a line break ends the last line of the old block.
pub(super) fn block(
    text: &str,
    style: ScalarStyle,
    old: &BlockScalar,
    closed: bool,
    line_break: &str,
) -> Option<(String, String)> {
    let body_text = text.trim_end_matches('\n');
    let kept = text.len() - body_text.len();
    if body_text.is_empty() || !body_text.chars().all(|c| c == '\n' || needs_no_escape(c)) {
        return None;
    }
    let chomp = match (kept, old.chomp) {
        (0, Chomp::Clip) if !closed => Chomp::Clip,
        (0, _) => Chomp::Strip,
        (1, Chomp::Keep) => Chomp::Keep,
        (1, _) => Chomp::Clip,
        _ => Chomp::Keep,
    };
    // A block without lines shows no indentation.
    let indent = if old.body.is_empty() {
        old.base + 2
    } else {
        old.indent
    };
    let stated = old.explicit || body_text.starts_with([' ', '\n']);
    if stated && indent - old.base > 9 {
        return None;
    }
    let indicator = if style == ScalarStyle::Folded {
        '>'
    } else {
        '|'
    };
    let mut header = String::from(indicator);
    if stated {
        header += &(indent - old.base).to_string();
    }
    match chomp {
        Chomp::Clip => {}
        Chomp::Strip => header.push('-'),
        Chomp::Keep => header.push('+'),
    }
    let body_text = if style == ScalarStyle::Folded {
        unfolded(body_text)
    } else {
        body_text.to_owned()
    };
    let blank = " ".repeat(indent);
    let lines = body_text.split('\n').map(|line| {
        if line.is_empty() {
            String::new()
        } else {
            format!("{blank}{line}")
        }
    });
    let mut body = lines.collect::<Vec<_>>().join(line_break);
    if closed || kept > 0 {
        body += line_break;
    }
    body += &line_break.repeat(kept.saturating_sub(1));
    Some((header, body))
}

/// The lines of a folded block for this text: a line break between two lines that fold is written twice.
fn unfolded(text: &str) -> String {
    let folds = |line: &str| !line.is_empty() && !line.starts_with([' ', '\t']);
    let mut written = String::new();
    let mut last_text: Option<&str> = None;
    let mut breaks = 0;
    for (index, line) in text.split('\n').enumerate() {
        breaks += usize::from(index > 0);
        if line.is_empty() {
            continue;
        }
        let doubled = last_text.is_some_and(folds) && folds(line);
        written.push_str(&"\n".repeat(breaks + usize::from(doubled)));
        written.push_str(line);
        (last_text, breaks) = (Some(line), 0);
    }
    written
}
