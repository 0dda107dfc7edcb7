//! Whose value wins when a field changed on both sides: the inputs `strategy` and `strategies`.

use crate::challenge::path::FieldPath;
use crate::challenge::pattern::Patterns;

/// How a host wants fields settled that changed on both sides.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Strategy {
    /// EvalAI's value wins.
    #[default]
    Evalai,
    /// The repository's value wins.
    Repository,
    /// Both changes are kept where they touch different lines.
    Merge,
    /// Nobody wins: the field is left as it is, until a person settles it.
    Manual,
}

impl Strategy {
    /// Every strategy with its word.
    const WORDS: [(&'static str, Self); 4] = [
        ("evalai", Self::Evalai),
        ("repository", Self::Repository),
        ("merge", Self::Merge),
        ("manual", Self::Manual),
    ];

    /// The strategy of this word.
    #[must_use]
    pub fn of(word: &str) -> Option<Self> {
        let mut words = Self::WORDS.iter();
        words
            .find(|(known, _)| *known == word)
            .map(|(_, strategy)| *strategy)
    }
}

/// Who wins where nothing can be merged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Winner {
    /// EvalAI.
    #[default]
    Evalai,
    /// The repository.
    Repository,
    /// Nobody.
    Nobody,
}

/// The strategies of single fields; the last rule that matches a field counts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rules(Vec<(Patterns, Strategy)>);

impl Rules {
    /// Reads rules, one `pattern: strategy` a line.
    ///
    /// # Errors
    /// What is wrong with the first line that is none.
    pub fn parse(text: &str) -> Result<Self, String> {
        let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
        lines.map(rule).collect::<Result<_, _>>().map(Self)
    }
}

/// The strategy of a run, and those of single fields.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Strategies {
    /// For fields of which no rule speaks.
    pub run: Strategy,
    /// For single fields.
    pub rules: Rules,
}

impl Strategies {
    /// The strategy for `path`.
    #[must_use]
    pub fn of(&self, path: &FieldPath) -> Strategy {
        let mut rules = self.rules.0.iter().rev();
        rules
            .find(|(patterns, _)| patterns.matches(path))
            .map_or(self.run, |(_, strategy)| *strategy)
    }

    /// Who wins `path` if its two changes cannot be merged, or are not to be:
    /// a merge that fails is settled as the run's other fields are, and by
    /// EvalAI if those are merged, too.
    #[must_use]
    pub fn winner(&self, path: &FieldPath) -> Winner {
        let strategy = match self.of(path) {
            Strategy::Merge => self.run,
            other => other,
        };
        match strategy {
            Strategy::Evalai | Strategy::Merge => Winner::Evalai,
            Strategy::Repository => Winner::Repository,
            Strategy::Manual => Winner::Nobody,
        }
    }
}

fn rule(line: &str) -> Result<(Patterns, Strategy), String> {
    let (pattern, word) = line
        .split_once(':')
        .map(|(pattern, word)| (pattern.trim(), word.trim()))
        .filter(|(pattern, _)| !pattern.is_empty())
        .ok_or_else(|| {
            format!("{line:?} is no rule such as `phases.*.description: merge`, one a line")
        })?;
    let patterns = Patterns::parse(pattern)
        .map_err(|pattern| format!("{pattern:?} can be no field's name"))?;
    let strategy = Strategy::of(word).ok_or_else(|| {
        let words = Strategy::WORDS.map(|(word, _)| word);
        format!("{word:?} is no strategy, but {} are", words.join(", "))
    })?;
    Ok((patterns, strategy))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_rule_that_matches_a_field_counts() {
        let rules = "phases.*: repository\n\n phases.*.description : merge \nphases.2: manual\n";
        let strategies = Strategies {
            run: Strategy::Evalai,
            rules: Rules::parse(rules).unwrap(),
        };
        let table = [
            ("title", Strategy::Evalai),
            ("phases.1.name", Strategy::Repository),
            ("phases.1.description", Strategy::Merge),
            ("phases.2.description", Strategy::Manual),
        ];
        for (name, expected) in table {
            let path = FieldPath::parse(name).unwrap();
            assert_eq!(strategies.of(&path), expected, "{name}");
        }
    }

    #[test]
    fn a_merge_that_fails_is_settled_as_the_other_fields_are() {
        let path = FieldPath::parse("description").unwrap();
        let table = [
            (Strategy::Evalai, Winner::Evalai),
            (Strategy::Repository, Winner::Repository),
            (Strategy::Manual, Winner::Nobody),
            (Strategy::Merge, Winner::Evalai),
        ];
        for (run, expected) in table {
            for rules in ["", "description: merge"] {
                let rules = Rules::parse(rules).unwrap();
                let strategies = Strategies { run, rules };
                assert_eq!(strategies.winner(&path), expected, "{strategies:?}");
            }
        }
    }

    #[test]
    fn a_line_that_is_no_rule_is_named() {
        let table = [
            ("title", "\"title\" is no rule"),
            (": merge", "\": merge\" is no rule"),
            ("a b: merge", "\"a b\" can be no field's name"),
            (
                "title: theirs",
                "\"theirs\" is no strategy, but evalai, repository, merge, manual are",
            ),
        ];
        for (text, expected) in table {
            let error = Rules::parse(text).unwrap_err();
            assert!(error.starts_with(expected), "{error}");
        }
    }
}
