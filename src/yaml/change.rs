//! Changes of a document: each gives a new one, which was read again and compared as a whole with what was wanted.

use super::lines::{ends_with_break, line_break, trim_break};
use super::token::Chomp;
use super::tree::NodeKind;
use super::{Document, Path, Value, edit, located};

/// Why an edit is not made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{path} cannot be changed: {reason}")]
pub struct EditError {
    /// What was to be changed.
    pub path: Path,
    /// Why it is not.
    pub reason: String,
}

impl Document {
    /// Replaces the value at `path`. Nothing else changes: no other value, and no byte but those of this value. A value
    /// that comes from an alias or merge key is overridden at its own place, and a value that others refer to is
    /// written out for those.
    ///
    /// # Errors
    /// When there is no value at `path`, or it cannot be replaced without changing something else.
    pub fn set(&self, path: &Path, value: &Value) -> Result<Self, EditError> {
        let mut draft = self.draft();
        draft.set(path, value)?;
        draft.finish()
    }

    /// Adds a key that is not there yet to the mapping at `path`: after the first of `after` that the mapping has, else
    /// at its end. An empty value counts as an empty mapping.
    ///
    /// # Errors
    /// When there is no mapping at `path`, or it has the key already, or it cannot be added without changing something
    /// else.
    pub fn insert(
        &self,
        path: &Path,
        key: &str,
        value: &Value,
        after: &[&str],
    ) -> Result<Self, EditError> {
        let mut draft = self.draft();
        draft.insert(path, key, value, after)?;
        draft.finish()
    }

    /// Takes the key at the end of `path` out of its mapping, with its value.
    ///
    /// # Errors
    /// When there is no such key, or it cannot be taken out without changing something else.
    pub fn remove(&self, path: &Path) -> Result<Self, EditError> {
        let mut draft = self.draft();
        draft.remove(path)?;
        draft.finish()
    }

    /// The document with `wanted` as its value.
    pub(super) fn with_root(&self, wanted: &Value) -> Result<Self, String> {
        let content = self.text.trim_start_matches('\u{feff}');
        if content.is_empty() || ends_with_break(content) {
            return self.edited(wanted);
        }
        // Lines can only follow a last line that is closed; afterwards it is opened again.
        self.edited(wanted)
            .or_else(|_| Self::checked(self.closed(), &self.root)?.edited(wanted))
            .map(Self::opened)
    }

    fn edited(&self, wanted: &Value) -> Result<Self, String> {
        Self::checked(edit::edit(self, wanted)?, wanted)
    }

    /// The document with this text, if it has the value `wanted`.
    fn checked(text: String, wanted: &Value) -> Result<Self, String> {
        let (tree, root, anchors) = Self::parse_text(&text).map_err(|fault| {
            let error = located(&text, fault);
            format!("the file could not be read any more ({error})")
        })?;
        if root != *wanted {
            return Err("something else in the file would change as well".to_owned());
        }
        Ok(Self {
            text,
            tree,
            root,
            anchors,
        })
    }

    /// The text with a line break at its end, which a block scalar there does not take into its own text.
    fn closed(&self) -> String {
        let end = self.text.len();
        let mut text = format!("{}{}", self.text, line_break(&self.text, end));
        for node in &self.tree.nodes {
            if let NodeKind::Scalar {
                block: Some(block), ..
            } = &node.kind
                && block.body.end == end
                && block.chomp != Chomp::Strip
            {
                let header = text[block.header.clone()].replace('+', "");
                text.replace_range(block.header.clone(), &format!("{header}-"));
            }
        }
        text
    }

    /// The same without a line break at its end, unless that is part of a value.
    fn opened(self) -> Self {
        if !ends_with_break(&self.text) {
            return self;
        }
        Self::checked(trim_break(&self.text).to_owned(), &self.root).unwrap_or(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_edit_is_refused_unless_its_text_reads_as_what_was_wanted() {
        let wanted = Document::parse(b"a: 1\nb: 2\n").unwrap().root;
        let check = |text: &str| Document::checked(text.to_owned(), &wanted).err();
        assert_eq!(check("{b: 2, a: 1}"), None);
        assert_eq!(
            check("a: 1\nb: 3\n").as_deref(),
            Some("something else in the file would change as well")
        );
        assert_eq!(
            check("a: 1\nb: [\n").as_deref(),
            Some(
                "the file could not be read any more (line 3, column 1: a value was expected here, but the end of the file is found)"
            )
        );
    }
}
