//! Patterns that name fields: `title`, `phases.*.description`, `evaluation_script`.

use super::path::FieldPath;

/// Patterns, one of which a field has to match.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Patterns(Vec<String>);

impl Patterns {
    /// Reads patterns, one a line or separated by commas. `*` stands for any
    /// text without a dot; a pattern also matches what stands below it, so
    /// that `evaluation_script` means every file of the script.
    ///
    /// # Errors
    /// The first pattern that could match no field, however a challenge looks.
    pub fn parse(text: &str) -> Result<Self, String> {
        let patterns = text
            .split(['\n', ','])
            .map(str::trim)
            .filter(|pattern| !pattern.is_empty());
        let patterns: Vec<String> = patterns.map(str::to_owned).collect();
        let possible = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '*' | '/');
        match patterns
            .iter()
            .find(|pattern| !pattern.chars().all(possible))
        {
            Some(pattern) => Err(pattern.clone()),
            None => Ok(Self(patterns)),
        }
    }

    /// Whether one of them names `path`.
    #[must_use]
    pub fn matches(&self, path: &FieldPath) -> bool {
        if self.0.is_empty() {
            return false;
        }
        let name = path.to_string();
        self.0
            .iter()
            .any(|pattern| is_match(pattern.as_bytes(), name.as_bytes()))
    }
}

fn is_match(pattern: &[u8], name: &[u8]) -> bool {
    match (pattern.split_first(), name.split_first()) {
        (None, None) => true,
        (None, Some((next, _))) => matches!(next, b'.' | b'/'),
        (Some((b'*', rest)), _) => {
            let most = name.iter().take_while(|byte| **byte != b'.').count();
            (0..=most).any(|length| is_match(rest, &name[length..]))
        }
        (Some((first, rest)), Some((next, others))) => first == next && is_match(rest, others),
        (Some(_), None) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_names_fields_and_all_that_stands_below_it() {
        let table = [
            ("title", "title", true),
            ("title", "published", false),
            ("tit*", "title", true),
            ("phases.*.description", "phases.2.description", true),
            ("phases.*.description", "phases.2.name", false),
            ("phases.*", "phases.2.name", true),
            ("phases", "phases.2.name", true),
            ("*", "phases.2.name", true),
            ("*.name", "phases.2.name", false),
            ("phases.2", "phases.20.name", false),
            ("evaluation_script", "evaluation_script/main.py", true),
            ("evaluation_script/*.py", "evaluation_script/main.py", true),
        ];
        for (pattern, name, expected) in table {
            let path = FieldPath::parse(name).expect(name);
            assert_eq!(
                Patterns::parse(pattern).unwrap().matches(&path),
                expected,
                "{pattern} {name}"
            );
        }
    }

    #[test]
    fn patterns_stand_on_lines_or_between_commas() {
        let patterns = Patterns::parse("title, published\n\nphases.*.name\n").unwrap();
        for name in ["title", "published", "phases.1.name"] {
            assert!(patterns.matches(&FieldPath::parse(name).unwrap()), "{name}");
        }
        assert!(!Patterns::default().matches(&FieldPath::parse("title").unwrap()));
        assert_eq!(Patterns::parse("title, a b").unwrap_err(), "a b");
    }
}
