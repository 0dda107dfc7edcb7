//! Values that are easily written wrongly.

use evalai_sync::yaml::{Document, Timestamp, Value};
use jiff::civil::{date, datetime};
use jiff::tz::Offset;

const TEXTS: &[&str] = &[
    "",
    " spaces around ",
    "plain",
    "a: b",
    "ends with:",
    "a #b",
    "#b",
    "- x",
    "-",
    "? x",
    ":x",
    "yes",
    "Off",
    "True",
    "null",
    "~",
    "1",
    "0x1F",
    "014",
    "1:30",
    "1_000",
    "1.5",
    ".inf",
    "2024-01-01",
    "2024-6-4 7:00:00",
    "=",
    "<<",
    "it's \"quoted\"",
    "back\\slash",
    "two\nlines",
    "paragraphs\n\n  indented\n\nend\n",
    "\n\nbreaks around\n\n",
    "\ttab\t",
    "spaces at the end  \nof a line",
    "[a, b]",
    "{x: y}",
    "a, b",
    "a]",
    "%x",
    "@x",
    "`x`",
    "*a",
    "&a b",
    "!x",
    "|",
    ">-",
    "--- x",
    "...",
    "é 제목 😀",
    "\u{85}\u{2028}\u{feff}\u{7}\u{0}\u{fffe}",
    "CR\rLF\r\n",
    "https://eval.ai/x?y=1#z",
];

/// All of them; the collections last.
pub fn nasty() -> Vec<Value> {
    let mut values: Vec<_> = TEXTS.iter().map(|text| Value::from(*text)).collect();
    values.push(Value::from("long words ".repeat(200).trim_end()));
    values.extend([
        Value::Null,
        Value::Bool(true),
        Value::Bool(false),
        Value::Int(-7),
        big_integer(),
        Value::Float(0.5),
        Value::Float(-1e300),
        Value::Float(f64::NAN),
        Value::Timestamp(Timestamp::Date(date(2024, 2, 29))),
        Value::Timestamp(Timestamp::Naive(datetime(2024, 6, 4, 7, 0, 0, 0))),
        Value::Timestamp(Timestamp::Aware(
            datetime(2024, 6, 4, 7, 0, 0, 678_000_000),
            Offset::UTC,
        )),
        Value::Timestamp(Timestamp::Aware(
            datetime(2024, 6, 4, 7, 0, 0, 0),
            Offset::constant(-3),
        )),
        Value::Seq(vec![]),
        Value::Map(vec![]),
        Value::Seq(vec![
            Value::from("a: b"),
            Value::Seq(vec![Value::Int(1)]),
            Value::Map(vec![]),
        ]),
        Value::Map(vec![
            (Value::from("yes"), Value::from("two\nlines")),
            (
                Value::from("k"),
                Value::Seq(vec![Value::Map(vec![(Value::from("x"), Value::Null)])]),
            ),
        ]),
    ]);
    values
}

fn big_integer() -> Value {
    Document::parse(b"-123456789012345678901234567890")
        .expect("a number")
        .root()
        .clone()
}
