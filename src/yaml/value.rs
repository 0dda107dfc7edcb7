//! The values of YAML 1.1 as `PyYAML`'s `safe_load` builds them, and when two of them are equal.

use std::collections::HashMap;
use std::fmt::{self, Write as _};

use jiff::civil::{Date, DateTime};
use jiff::tz::Offset;

use super::{Path, Segment};

/// A value of a YAML document. Equality is by meaning: the order of a mapping does not count, NaN equals NaN, and two
/// timestamps with a zone are equal when they name the same instant. `1`, `1.0` and `true` are three different values.
#[derive(Debug, Clone)]
pub enum Value {
    /// `null`, `~` or nothing at all.
    Null,
    /// `true`, `yes`, `on` and their opposites.
    Bool(bool),
    /// A whole number that fits 64 bits.
    Int(i64),
    /// A whole number that does not fit 64 bits.
    BigInt(BigInt),
    /// A number with a decimal point, an infinity, or not a number.
    Float(f64),
    /// Text.
    Str(String),
    /// A date, or a date with a time.
    Timestamp(Timestamp),
    /// A sequence.
    Seq(Vec<Value>),
    /// A mapping in the order of the file; a key that is written twice stands once, with the value written last.
    Map(Vec<(Value, Value)>),
}

impl Value {
    /// What an error message calls this kind of value.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Null => "nothing",
            Self::Bool(_) => "a boolean",
            Self::Int(_) | Self::BigInt(_) => "a whole number",
            Self::Float(_) => "a number",
            Self::Str(_) => "a text",
            Self::Timestamp(_) => "a date",
            Self::Seq(_) => "a sequence",
            Self::Map(_) => "a mapping",
        }
    }

    /// The text, if this is one.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::Str(text) => Some(text),
            _ => None,
        }
    }

    /// The items, if this is a sequence.
    #[must_use]
    pub fn as_seq(&self) -> Option<&[Value]> {
        match self {
            Self::Seq(items) => Some(items),
            _ => None,
        }
    }

    /// The pairs of key and value, if this is a mapping.
    #[must_use]
    pub fn as_map(&self) -> Option<&[(Value, Value)]> {
        match self {
            Self::Map(pairs) => Some(pairs),
            _ => None,
        }
    }

    /// The value of a key that is a string, if this is a mapping which has it.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Value> {
        let pairs = self.as_map()?;
        pairs
            .iter()
            .find(|(name, _)| name.as_str() == Some(key))
            .map(|(_, value)| value)
    }

    /// The value at `path` in this one.
    #[must_use]
    pub fn at(&self, path: &Path) -> Option<&Value> {
        let mut segments = path.segments().iter();
        segments.try_fold(self, |value, segment| match segment {
            Segment::Key(key) => value.get(key),
            Segment::Index(index) => value.as_seq()?.get(*index),
        })
    }

    pub(super) fn at_mut(&mut self, path: &Path) -> Option<&mut Value> {
        let mut segments = path.segments().iter();
        segments.try_fold(self, |value, segment| match (value, segment) {
            (Self::Map(pairs), Segment::Key(name)) => {
                let named = |(key, _): &&mut (Value, Value)| key.as_str() == Some(name);
                pairs.iter_mut().find(named).map(|(_, value)| value)
            }
            (Self::Seq(items), Segment::Index(index)) => items.get_mut(*index),
            _ => None,
        })
    }

    /// Whether this is a sequence or mapping with something in it, which needs more than a word to be written.
    pub(super) fn is_filled(&self) -> bool {
        match self {
            Self::Seq(items) => !items.is_empty(),
            Self::Map(pairs) => !pairs.is_empty(),
            _ => false,
        }
    }

    /// What identifies this value as a mapping's key: Python's `hash` and `==`, by which `1`, `1.0` and `True` are one
    /// key. Nothing for sequences and mappings, which cannot be keys.
    pub(super) fn key_id(&self) -> Option<String> {
        Some(match self {
            Self::Null => "null".to_owned(),
            Self::Bool(flag) => format!("n{}", i32::from(*flag)),
            Self::Int(number) => format!("n{number}"),
            Self::BigInt(number) => format!("n{number}"),
            Self::Float(number) if *number == 0.0 => "n0".to_owned(),
            Self::Float(number) if number.fract() == 0.0 => format!("n{number:.0}"),
            Self::Float(number) => format!("f{number:?}"),
            Self::Str(text) => format!("s{text}"),
            Self::Timestamp(timestamp) => timestamp.key_id(),
            Self::Seq(_) | Self::Map(_) => return None,
        })
    }
}

impl PartialEq for Value {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Null, Self::Null) => true,
            (Self::Bool(a), Self::Bool(b)) => a == b,
            (Self::Int(a), Self::Int(b)) => a == b,
            (Self::BigInt(a), Self::BigInt(b)) => a == b,
            (Self::Float(a), Self::Float(b)) => a == b || (a.is_nan() && b.is_nan()),
            (Self::Str(a), Self::Str(b)) => a == b,
            (Self::Timestamp(a), Self::Timestamp(b)) => a == b,
            (Self::Seq(a), Self::Seq(b)) => a == b,
            (Self::Map(a), Self::Map(b)) => a.len() == b.len() && (a == b || same_pairs(a, b)),
            _ => false,
        }
    }
}

impl Eq for Value {}

/// Whether two mappings of the same length hold the same pairs in another order.
fn same_pairs(left: &[(Value, Value)], right: &[(Value, Value)]) -> bool {
    let by_key: HashMap<_, _> = right
        .iter()
        .map(|(key, value)| (key.key_id(), (key, value)))
        .collect();
    by_key.len() == left.len()
        && left.iter().all(|(key, value)| {
            key.key_id().is_some()
                && by_key
                    .get(&key.key_id())
                    .is_some_and(|(k, v)| *k == key && *v == value)
        })
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Str(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Str(text)
    }
}

impl From<bool> for Value {
    fn from(flag: bool) -> Self {
        Self::Bool(flag)
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Int(number)
    }
}

/// A whole number outside the range of `i64`, as its decimal digits.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct BigInt(String);

impl BigInt {
    /// The number that these digits, in this base (2 to 60), most significant first, stand for; an `Int` when it fits.
    pub(super) fn from_digits(
        negative: bool,
        digits: impl IntoIterator<Item = u64>,
        base: u64,
    ) -> Value {
        const LIMB: u64 = 1_000_000_000;
        let mut limbs: Vec<u64> = vec![0];
        for digit in digits {
            let mut carry = digit;
            for limb in &mut limbs {
                let next = *limb * base + carry;
                *limb = next % LIMB;
                carry = next / LIMB;
            }
            if carry > 0 {
                limbs.push(carry);
            }
        }
        let mut text = if negative {
            "-".to_owned()
        } else {
            String::new()
        };
        let mut most_first = limbs.iter().rev().skip_while(|limb| **limb == 0);
        text += &most_first.next().copied().unwrap_or(0).to_string();
        for limb in most_first {
            let _ = write!(text, "{limb:09}");
        }
        text.parse().map_or(Value::BigInt(Self(text)), Value::Int)
    }
}

impl fmt::Display for BigInt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A YAML timestamp as `PyYAML` reads it: Python's `date`, naive `datetime` or aware `datetime`, to the microsecond.
#[derive(Debug, Clone, Copy)]
pub enum Timestamp {
    /// A day without a time.
    Date(Date),
    /// A day and a time without a zone. `EvalAI` takes it as UTC.
    Naive(DateTime),
    /// A day and a time, and how far that clock is ahead of UTC.
    Aware(DateTime, Offset),
}

impl Timestamp {
    /// The instant it names, where a missing zone is UTC and a missing time is midnight: how `EvalAI` takes it.
    /// Nothing outside the years that can be counted in UTC (-9999 to 9999).
    #[must_use]
    pub fn instant(&self) -> Option<jiff::Timestamp> {
        match *self {
            Self::Date(date) => Offset::UTC
                .to_timestamp(date.to_datetime(jiff::civil::Time::midnight()))
                .ok(),
            Self::Naive(time) => Offset::UTC.to_timestamp(time).ok(),
            Self::Aware(time, offset) => offset.to_timestamp(time).ok(),
        }
    }

    fn key_id(&self) -> String {
        match self {
            Self::Date(date) => format!("date{date}"),
            Self::Naive(time) => format!("naive{time}"),
            Self::Aware(time, offset) => match self.instant() {
                Some(instant) => format!("aware{instant}"),
                None => format!("aware{time}{offset}"),
            },
        }
    }
}

impl PartialEq for Timestamp {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Date(a), Self::Date(b)) => a == b,
            (Self::Naive(a), Self::Naive(b)) => a == b,
            (Self::Aware(..), Self::Aware(..)) => self.key_id() == other.key_id(),
            _ => false,
        }
    }
}

impl Eq for Timestamp {}
