//! What one side, EvalAI or the repository, says of every field.

use std::collections::{BTreeMap, BTreeSet};

use super::catalogue::{Assumed, Field};
use super::path::{Entity, FieldPath};
use super::value::Value;

/// What one side says of one field.
#[derive(Debug, Clone, PartialEq)]
pub enum Reading {
    /// A value.
    Value(Value),
    /// The repository has no key for it.
    Absent,
    /// The repository has something there that EvalAI would refuse.
    Invalid {
        /// What stands there, shortened.
        shown: String,
        /// Why it is refused: a sentence's end, such as `is not a date and time: "soon"`.
        problem: String,
    },
    /// It could not be read, which is not the same as null: the field is left
    /// alone. Holds the reason, a whole sentence.
    Unknown(String),
}

impl Reading {
    /// The value, if there is one.
    #[must_use]
    pub fn value(&self) -> Option<&Value> {
        match self {
            Self::Value(value) => Some(value),
            _ => None,
        }
    }

    /// What a log or a table shows of it, on one line.
    #[must_use]
    pub fn shown(&self) -> String {
        match self {
            Self::Value(value) => value.shown(),
            Self::Absent => "(no key)".into(),
            Self::Invalid { shown, .. } => shown.clone(),
            Self::Unknown(_) => "(unknown)".into(),
        }
    }
}

/// All readings of one side.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Side(BTreeMap<FieldPath, Reading>);

impl Side {
    /// What this side says of `path`; `None` if it knows no such field (its
    /// phase exists on the other side only).
    #[must_use]
    pub fn get(&self, path: &FieldPath) -> Option<&Reading> {
        self.0.get(path)
    }

    /// The value of `path`, if it has one.
    #[must_use]
    pub fn value(&self, path: &FieldPath) -> Option<&Value> {
        self.get(path).and_then(Reading::value)
    }

    /// Notes what this side says of `path`.
    pub fn put(&mut self, path: FieldPath, reading: Reading) {
        self.0.insert(path, reading);
    }

    /// All fields with what is said of them, in the catalogue's order.
    pub fn iter(&self) -> impl Iterator<Item = (&FieldPath, &Reading)> {
        self.0.iter()
    }

    /// What this side says of `entity`, in the catalogue's order.
    pub fn of<'a>(
        &'a self,
        entity: &'a Entity,
    ) -> impl Iterator<Item = (&'a FieldPath, &'a Reading)> {
        let first = Field::of(entity.scope()).next();
        let from = first.map(|field| FieldPath::of(entity.clone(), field));
        let rest = from.map(|from| self.0.range(from..)).into_iter().flatten();
        rest.take_while(move |(path, _)| path.entity == *entity)
    }

    /// What there is: the challenge, its phases, leaderboards and splits.
    #[must_use]
    pub fn entities(&self) -> BTreeSet<&Entity> {
        self.iter().map(|(path, _)| &path.entity).collect()
    }

    /// What EvalAI holds while the key of `path` is absent, given what this
    /// side (EvalAI) holds otherwise; `None` where that is not known.
    #[must_use]
    pub fn default_of(&self, path: &FieldPath) -> Option<Value> {
        let sibling = |key: &str| {
            path.sibling(key)
                .and_then(|path| self.value(&path))
                .cloned()
        };
        match path.field.assumed {
            Assumed::Null => Some(Value::Null),
            Assumed::Text(text) => Some(Value::text(text)),
            Assumed::Bool(truth) => Some(Value::Bool(truth)),
            Assumed::Int(number) => Some(Value::Int(number)),
            Assumed::SameAs(key) => sibling(key),
            Assumed::AtMost(number, key) => Some(Value::Int(match sibling(key) {
                Some(Value::Int(most)) => number.min(most),
                _ => number,
            })),
            Assumed::Unknown => None,
        }
    }

    /// Lowers every number that EvalAI lowers when it takes a push, so that
    /// what the repository says compares with what EvalAI makes of it.
    pub fn lower_as_a_push_does(&mut self) {
        let lowered: Vec<_> = self
            .iter()
            .filter_map(|(path, reading)| match (path.field, reading) {
                (
                    &Field {
                        assumed: Assumed::AtMost(_, key),
                        ..
                    },
                    Reading::Value(Value::Int(number)),
                ) => match self.value(&path.sibling(key)?) {
                    Some(Value::Int(most)) => Some((path.clone(), *number.min(most))),
                    _ => None,
                },
                _ => None,
            })
            .collect();
        for (path, number) in lowered {
            self.put(path, Reading::Value(Value::Int(number)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::path::PhaseId;
    use super::*;

    fn side(values: &[(&str, Value)]) -> Side {
        let mut side = Side::default();
        for (name, value) in values {
            side.put(
                FieldPath::parse(name).expect(name),
                Reading::Value(value.clone()),
            );
        }
        side
    }

    #[test]
    fn an_absent_key_stands_for_the_servers_default() {
        let evalai = side(&[
            ("phases.1.max_submissions", Value::Int(50)),
            ("phases.1.max_submissions_per_day", Value::Int(2)),
            ("phases.2.max_submissions_per_day", Value::Int(9)),
        ]);
        let table = [
            ("is_registration_open", Some(Value::Bool(true))),
            ("short_description", Some(Value::Null)),
            ("title", None),
            ("phases.1.max_submissions_per_month", Some(Value::Int(50))),
            ("phases.2.max_submissions_per_month", None),
            (
                "phases.1.max_concurrent_submissions_allowed",
                Some(Value::Int(2)),
            ),
            (
                "phases.2.max_concurrent_submissions_allowed",
                Some(Value::Int(3)),
            ),
        ];
        for (name, default) in table {
            assert_eq!(
                evalai.default_of(&FieldPath::parse(name).unwrap()),
                default,
                "{name}"
            );
        }
    }

    #[test]
    fn concurrent_submissions_are_lowered_to_the_daily_limit() {
        for (concurrent, daily, lowered) in [(5, 2, 2), (2, 2, 2), (2, 5, 2)] {
            let mut repository = side(&[
                (
                    "phases.1.max_concurrent_submissions_allowed",
                    Value::Int(concurrent),
                ),
                ("phases.1.max_submissions_per_day", Value::Int(daily)),
            ]);
            repository.lower_as_a_push_does();
            let path = FieldPath::parse("phases.1.max_concurrent_submissions_allowed").unwrap();
            assert_eq!(repository.value(&path), Some(&Value::Int(lowered)));
        }
    }

    #[test]
    fn a_side_tells_what_there_is_and_what_it_says_of_each() {
        let side = side(&[
            ("title", Value::Null),
            ("phases.1.name", Value::Null),
            ("phases.2.name", Value::Null),
            ("phases.2.end_date", Value::Null),
            ("phases.3.name", Value::Null),
            ("leaderboards.1.schema", Value::Null),
        ]);
        let table = [
            ("the challenge", "title"),
            ("phase 1", "phases.1.name"),
            ("phase 2", "phases.2.name, phases.2.end_date"),
            ("phase 3", "phases.3.name"),
            ("leaderboard 1", "leaderboards.1.schema"),
        ];
        let found: Vec<_> = side
            .entities()
            .into_iter()
            .map(|entity| {
                let names: Vec<_> = side.of(entity).map(|(path, _)| path.to_string()).collect();
                (entity.described(), names.join(", "))
            })
            .collect();
        let expected = table.map(|(entity, names)| (entity.to_owned(), names.to_owned()));
        assert_eq!(found, expected);
        let elsewhere = Entity::Phase(PhaseId::Number(4));
        assert_eq!(side.of(&elsewhere).count(), 0);
    }

    #[test]
    fn a_table_shows_a_value_or_why_there_is_none() {
        let table = [
            (Reading::Value(Value::Int(5)), "5"),
            (Reading::Absent, "(no key)"),
            (
                Reading::Invalid {
                    shown: "\"soon\"".into(),
                    problem: "is not a date and time: \"soon\"".into(),
                },
                "\"soon\"",
            ),
            (
                Reading::Unknown("EvalAI did not answer.".into()),
                "(unknown)",
            ),
        ];
        for (reading, shown) in table {
            assert_eq!(reading.shown(), shown);
        }
    }
}
