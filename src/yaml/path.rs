//! The address of a value inside a YAML document: mapping keys and sequence indexes, from the root down.

use std::fmt;

/// One step of a [`Path`].
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Segment {
    /// The value of this key in a mapping. Only keys that are strings can be addressed; a mapping with other keys is
    /// set as a whole.
    Key(String),
    /// The item of a sequence, counted from 0.
    Index(usize),
}

impl From<&str> for Segment {
    fn from(key: &str) -> Self {
        Self::Key(key.to_owned())
    }
}

impl From<String> for Segment {
    fn from(key: String) -> Self {
        Self::Key(key)
    }
}

impl From<usize> for Segment {
    fn from(index: usize) -> Self {
        Self::Index(index)
    }
}

/// The address of a value; the empty path is the root. Shown as `challenge_phases[1].name`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Path(Vec<Segment>);

impl Path {
    /// The path of the root.
    #[must_use]
    pub fn root() -> Self {
        Self::default()
    }

    /// This path with one more step: `Path::root().at("challenge_phases").at(1).at("name")`.
    #[must_use]
    pub fn at(mut self, segment: impl Into<Segment>) -> Self {
        self.0.push(segment.into());
        self
    }

    /// The steps from the root down.
    #[must_use]
    pub fn segments(&self) -> &[Segment] {
        &self.0
    }

    /// The path of what holds this value and the last step to it; nothing for the root.
    #[must_use]
    pub fn split_last(&self) -> Option<(Self, &Segment)> {
        let (last, parent) = self.0.split_last()?;
        Some((Self(parent.to_vec()), last))
    }
}

impl From<&str> for Path {
    /// A path of one key.
    fn from(key: &str) -> Self {
        Self::root().at(key)
    }
}

impl<S: Into<Segment>> FromIterator<S> for Path {
    fn from_iter<I: IntoIterator<Item = S>>(segments: I) -> Self {
        Self(segments.into_iter().map(Into::into).collect())
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return f.write_str("the document");
        }
        for (depth, segment) in self.0.iter().enumerate() {
            match segment {
                Segment::Index(index) => write!(f, "[{index}]")?,
                Segment::Key(key) if is_word(key) && depth == 0 => f.write_str(key)?,
                Segment::Key(key) if is_word(key) => write!(f, ".{key}")?,
                Segment::Key(key) => write!(f, "[{key:?}]")?,
            }
        }
        Ok(())
    }
}

fn is_word(key: &str) -> bool {
    !key.is_empty()
        && key
            .chars()
            .all(|c| c.is_alphanumeric() || c == '_' || c == '-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_shown_as_one_would_write_it() {
        let path = Path::root().at("challenge_phases").at(1).at("name");
        assert_eq!(path.to_string(), "challenge_phases[1].name");
        assert_eq!(Path::root().to_string(), "the document");
        assert_eq!(Path::from("a b").at("c").to_string(), "[\"a b\"].c");
    }

    #[test]
    fn a_path_splits_into_its_holder_and_the_last_step() {
        let path = Path::root().at("tags").at(2);
        assert_eq!(
            path.split_last(),
            Some((Path::from("tags"), &Segment::Index(2)))
        );
        assert_eq!(Path::root().split_last(), None);
    }
}
