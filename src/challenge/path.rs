//! The name of one field of one challenge: `title`, `phases.2.end_date`.

use std::cmp::Ordering;
use std::fmt;

use super::catalogue::{Field, Scope};

/// What a phase is called on both sides: its config id, or its codename where
/// it has none.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PhaseId {
    /// `challenge_phases[].id`, which EvalAI keeps as `config_id`.
    Number(i64),
    /// `challenge_phases[].codename`.
    Codename(String),
}

impl PhaseId {
    /// Reads what [`fmt::Display`] writes.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        text.parse()
            .map_or_else(|_| Self::Codename(text.to_owned()), Self::Number)
    }
}

/// A codename is shown without what could end a name, a line or a sentence:
/// names stand in commit messages, where `#1` or `@team` would act.
impl fmt::Display for PhaseId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(id) => write!(f, "{id}"),
            Self::Codename(name) => {
                let tame = |c: char| {
                    if c.is_alphanumeric() || c == '-' {
                        c
                    } else {
                        '_'
                    }
                };
                name.chars().map(tame).try_for_each(|c| write!(f, "{c}"))
            }
        }
    }
}

/// By what a phase of one side is matched with one of the other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PhaseKey {
    /// EvalAI's `config_id`, or the configuration's `id`.
    pub id: Option<i64>,
    /// Its codename.
    pub codename: Option<String>,
}

impl PhaseKey {
    /// The phase's name: its id, or its codename if it has none.
    #[must_use]
    pub fn name(&self) -> Option<PhaseId> {
        let codename = || self.codename.clone().map(PhaseId::Codename);
        self.id.map(PhaseId::Number).or_else(codename)
    }
}

/// One field of one challenge.
#[derive(Debug, Clone)]
pub struct FieldPath {
    /// The phase it belongs to; none for a field of the challenge itself.
    pub phase: Option<PhaseId>,
    /// Its row in the catalogue.
    pub field: &'static Field,
}

impl FieldPath {
    /// A field of the challenge itself.
    #[must_use]
    pub fn challenge(field: &'static Field) -> Self {
        Self { phase: None, field }
    }

    /// A field of one phase.
    #[must_use]
    pub fn phase(phase: PhaseId, field: &'static Field) -> Self {
        Self {
            phase: Some(phase),
            field,
        }
    }

    /// Reads what [`fmt::Display`] writes; `None` if no row of the catalogue
    /// has that name.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        match text
            .strip_prefix("phases.")
            .and_then(|rest| rest.rsplit_once('.'))
        {
            Some((phase, key)) => Some(Self::phase(
                PhaseId::parse(phase),
                Field::find(Scope::Phase, key)?,
            )),
            None => Some(Self::challenge(Field::find(Scope::Challenge, text)?)),
        }
    }

    /// The same field's neighbour `key`, in the same scope.
    #[must_use]
    pub fn sibling(&self, key: &str) -> Option<Self> {
        Field::find(self.field.scope, key).map(|field| Self {
            phase: self.phase.clone(),
            field,
        })
    }

    fn rank(&self) -> (Option<&PhaseId>, usize) {
        (self.phase.as_ref(), self.field.index())
    }
}

impl fmt::Display for FieldPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(phase) = &self.phase {
            write!(f, "phases.{phase}.")?;
        }
        f.write_str(self.field.key)
    }
}

impl PartialEq for FieldPath {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for FieldPath {}

impl PartialOrd for FieldPath {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// The challenge's own fields first, then phase by phase, each in the order
/// of the catalogue.
impl Ord for FieldPath {
    fn cmp(&self, other: &Self) -> Ordering {
        self.rank().cmp(&other.rank())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_reads_back_as_the_same_field() {
        for name in [
            "title",
            "tags",
            "phases.1.name",
            "phases.12.end_date",
            "phases.dev.codename",
        ] {
            assert_eq!(FieldPath::parse(name).expect(name).to_string(), name);
        }
    }

    #[test]
    fn a_name_that_is_in_no_catalogue_is_none() {
        for name in [
            "",
            "titel",
            "phases.1",
            "phases.1.title",
            "phases.1.",
            "challenge_phases.1.name",
        ] {
            assert!(FieldPath::parse(name).is_none(), "{name}");
        }
    }

    #[test]
    fn the_challenge_comes_first_and_phases_follow_by_number() {
        let names = [
            "phases.10.name",
            "phases.2.end_date",
            "description",
            "phases.2.name",
            "title",
        ];
        let mut paths: Vec<_> = names
            .iter()
            .filter_map(|name| FieldPath::parse(name))
            .collect();
        paths.sort();
        let sorted: Vec<_> = paths.iter().map(ToString::to_string).collect();
        let expected = [
            "title",
            "description",
            "phases.2.name",
            "phases.2.end_date",
            "phases.10.name",
        ];
        assert_eq!(sorted, expected);
    }

    #[test]
    fn a_codename_cannot_act_in_a_commit_message() {
        let id = PhaseId::Codename("dev\n\nFixes #1 @all [skip ci]".into());
        assert_eq!(id.to_string(), "dev__Fixes__1__all__skip_ci_");
    }
}
