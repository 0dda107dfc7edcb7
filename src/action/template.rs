//! Templates such as the commit message: text with `{placeholders}`.

use std::fmt::Write as _;

/// What a template can speak of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Placeholder {
    /// The challenge's id on EvalAI.
    ChallengeId,
    /// How many fields changed.
    Count,
    /// The names of the changed fields.
    Fields,
}

impl Placeholder {
    fn name(self) -> &'static str {
        match self {
            Self::ChallengeId => "challenge-id",
            Self::Count => "count",
            Self::Fields => "fields",
        }
    }
}

/// A text with placeholders, all of which are known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Template(Vec<Part>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Text(String),
    Placeholder(Placeholder),
}

/// A placeholder that the template cannot have.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no placeholder {{{found}}} here; there is {}", list(.known))]
pub struct TemplateError {
    found: String,
    known: &'static [Placeholder],
}

impl Template {
    /// Reads `text`, in which `{name}` is a placeholder if `name` is made of
    /// lower-case letters and hyphens; any other brace is itself.
    ///
    /// # Errors
    /// If a placeholder is not among `known`.
    pub fn parse(text: &str, known: &'static [Placeholder]) -> Result<Self, TemplateError> {
        let mut parts = Vec::new();
        let mut plain = String::new();
        let mut rest = text;
        while let Some(open) = rest.find('{') {
            let after = &rest[open + 1..];
            let name_length = after
                .find(|c: char| !c.is_ascii_lowercase() && c != '-')
                .unwrap_or(after.len());
            let (name, end) = after.split_at(name_length);
            match end.strip_prefix('}') {
                Some(end) if !name.is_empty() => {
                    plain.push_str(&rest[..open]);
                    let placeholder = known.iter().find(|p| p.name() == name);
                    let &placeholder = placeholder.ok_or_else(|| TemplateError {
                        found: name.to_owned(),
                        known,
                    })?;
                    parts.push(Part::Text(std::mem::take(&mut plain)));
                    parts.push(Part::Placeholder(placeholder));
                    rest = end;
                }
                _ => {
                    plain.push_str(&rest[..=open]);
                    rest = after;
                }
            }
        }
        plain.push_str(rest);
        parts.push(Part::Text(plain));
        Ok(Self(parts))
    }

    /// The text with each placeholder replaced. What replaces one is not read
    /// again, so a value cannot bring in placeholders.
    #[must_use]
    pub fn render(&self, value: impl Fn(Placeholder) -> String) -> String {
        self.0
            .iter()
            .map(|part| match part {
                Part::Text(text) => text.clone(),
                Part::Placeholder(placeholder) => value(*placeholder),
            })
            .collect()
    }
}

fn list(placeholders: &[Placeholder]) -> String {
    let mut list = String::new();
    for placeholder in placeholders {
        let comma = if list.is_empty() { "" } else { ", " };
        // Writing to a String cannot fail.
        let _ = write!(list, "{comma}{{{}}}", placeholder.name());
    }
    list
}

#[cfg(test)]
mod tests {
    use super::{Placeholder, Template};

    const ALL: &[Placeholder] = &[
        Placeholder::ChallengeId,
        Placeholder::Count,
        Placeholder::Fields,
    ];

    fn rendered(text: &str) -> String {
        let template = Template::parse(text, ALL).expect("known placeholders");
        template.render(|placeholder| match placeholder {
            Placeholder::ChallengeId => "42".into(),
            Placeholder::Count => "2".into(),
            Placeholder::Fields => "title, {count}".into(),
        })
    }

    #[test]
    fn placeholders_are_replaced_once_and_other_braces_stay() {
        for (text, expected) in [
            ("", ""),
            ("Sync", "Sync"),
            ("{count} of {challenge-id}", "2 of 42"),
            ("{fields}", "title, {count}"),
            ("{{count}}", "{2}"),
            ("{Count} {} { count} {count", "{Count} {} { count} {count"),
            ("é{count}é", "é2é"),
        ] {
            assert_eq!(rendered(text), expected, "{text}");
        }
    }

    #[test]
    fn an_unknown_placeholder_is_named_with_those_there_are() {
        let error = Template::parse("{fields} {title}", ALL).expect_err("unknown");
        assert_eq!(
            error.to_string(),
            "there is no placeholder {title} here; there is {challenge-id}, {count}, {fields}"
        );
    }
}
