//! Lossless YAML: a document that remembers every byte, read as `PyYAML`'s `safe_load` reads it, edited in place.
//!
//! The way of the data: `scan` cuts the text into tokens, `parser` builds a tree of nodes that know their bytes, `read`
//! makes values of them. `draft` collects what is wanted; `edit` compares that with the values there, and replaces the
//! bytes of what differs; `change` reads the outcome again and compares it as a whole with what was wanted.
//!
//! ```
//! use evalai_sync::yaml::{Document, Path, Value};
//!
//! let file = Document::parse(b"title: Old # shown on the page\nphases:\n- name: Dev\n")?;
//! let path = Path::root().at("phases").at(0).at("name");
//! let file = file.set(&path, &Value::from("yes"))?.insert(&Path::root(), "published", &Value::from(true), &["title"])?;
//! assert_eq!(file.bytes(), b"title: Old # shown on the page\npublished: true\nphases:\n- name: \"yes\"\n");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod change;
mod cursor;
mod diff;
mod draft;
mod edit;
mod house;
mod likeness;
mod lines;
mod overwrite;
mod parser;
mod path;
mod properties;
mod read;
mod resolve;
mod scalars;
mod scan;
mod slots;
mod splice;
mod token;
mod tree;
mod value;
mod write;

use std::fmt;

pub use change::EditError;
use cursor::{break_len, is_printable};
pub use draft::Draft;
pub use path::{Path, Segment};
use read::Anchors;
use token::ScalarStyle;
use tree::{Collection, Layout, NodeId, NodeKind, Slot, Tree};
pub use value::{BigInt, Timestamp, Value};

/// How deep collections may be nested in a file, block and flow counted apart.
const MAX_DEPTH: usize = 64;
/// How deep values may be nested once aliases are followed.
const MAX_VALUE_DEPTH: usize = 256;
/// How many bytes aliases and merge keys may copy in all.
const MAX_COPIED: usize = 16 << 20;

/// What is wrong with a text, and at which byte.
#[derive(Debug)]
struct Fault {
    offset: usize,
    message: String,
}

/// A place in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// Counted from 1.
    pub line: usize,
    /// In characters, counted from 1.
    pub column: usize,
}

impl Position {
    fn of(text: &str, offset: usize) -> Self {
        let before = &text[..offset.min(text.len())];
        let mut line = 1;
        let mut line_start = 0;
        for (index, c) in before.char_indices() {
            let after = index + c.len_utf8();
            if cursor::is_break(c) && !(c == '\r' && break_len(&text[index..]) == 2) {
                line += 1;
                line_start = after;
            }
        }
        let column = before[line_start..]
            .chars()
            .filter(|c| *c != '\u{feff}')
            .count()
            + 1;
        Self { line, column }
    }
}

/// Why a file cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}, column {column}: {message}")]
pub struct ParseError {
    /// Counted from 1, by the line breaks of YAML 1.1 (LF, CR LF, lone CR, NEL, LS, PS).
    pub line: usize,
    /// In characters, counted from 1.
    pub column: usize,
    /// What is wrong there.
    pub message: String,
}

/// How a value is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Style {
    /// Nothing is written: `key:`.
    Empty,
    /// `text`
    Plain,
    /// `'text'`
    SingleQuoted,
    /// `"text"`
    DoubleQuoted,
    /// A block with `|`.
    Literal,
    /// A block with `>`.
    Folded,
    /// Items with `-`.
    BlockSequence,
    /// Keys on lines of their own.
    BlockMapping,
    /// `[a, b]`
    FlowSequence,
    /// `{a: b}`
    FlowMapping,
}

/// A parsed YAML document that remembers every byte.
#[derive(Clone)]
pub struct Document {
    text: String,
    tree: Tree,
    root: Value,
    anchors: Anchors,
}

impl fmt::Debug for Document {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Document").field(&self.text).finish()
    }
}

impl Document {
    /// Reads a file: UTF-8, with or without a byte order mark.
    ///
    /// # Errors
    /// When `PyYAML`'s `safe_load` would not read it; also for what it reads but no challenge needs: UTF-16, the tags
    /// `!!binary`, `!!set`, `!!omap` and `!!pairs`, a collection that contains itself, lone surrogates, collections
    /// nested more than 64 deep (256 once aliases are followed), and aliases that copy more than 16 MiB.
    pub fn parse(bytes: &[u8]) -> Result<Self, ParseError> {
        let text = decode(bytes)?;
        match Self::parse_text(&text) {
            Ok((tree, root, anchors)) => Ok(Self {
                text,
                tree,
                root,
                anchors,
            }),
            Err(fault) => Err(located(&text, fault)),
        }
    }

    fn parse_text(text: &str) -> Result<(Tree, Value, Anchors), Fault> {
        if let Some((offset, c)) = text.char_indices().find(|(_, c)| !is_printable(*c)) {
            let message = format!(
                "the character U+{:04X} is not allowed in YAML",
                u32::from(c)
            );
            return Err(Fault { offset, message });
        }
        let tree = parser::parse(text)?;
        let (root, anchors) = read::read(&tree)?;
        Ok((tree, root, anchors))
    }

    /// The bytes of the file.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        self.text.as_bytes()
    }

    /// The whole document as `PyYAML`'s `safe_load` reads it; an empty one is `Null`.
    #[must_use]
    pub fn root(&self) -> &Value {
        &self.root
    }

    /// The value at `path`, with aliases and merge keys followed.
    #[must_use]
    pub fn get(&self, path: &Path) -> Option<&Value> {
        self.root.at(path)
    }

    /// Where the value at `path` is written; for an empty value its key or the place of its key. What an alias or merge
    /// key brings is where it is written first.
    #[must_use]
    pub fn position(&self, path: &Path) -> Option<Position> {
        let found = self.locate(path)?;
        let node = self.tree.node(found.value);
        let offset = match found.key {
            Some(key) if node.is_empty() => self.tree.node(key).span.start,
            _ => node.span.start,
        };
        Some(Position::of(&self.text, offset))
    }

    /// How the value at `path` is written.
    #[must_use]
    pub fn style(&self, path: &Path) -> Option<Style> {
        let node = self.tree.node(self.locate(path)?.value);
        Some(match &node.kind {
            _ if node.is_empty() => Style::Empty,
            NodeKind::Scalar { style, .. } => match style {
                ScalarStyle::Plain => Style::Plain,
                ScalarStyle::SingleQuoted => Style::SingleQuoted,
                ScalarStyle::DoubleQuoted => Style::DoubleQuoted,
                ScalarStyle::Literal => Style::Literal,
                ScalarStyle::Folded => Style::Folded,
            },
            NodeKind::Seq(collection) if collection.layout == Layout::Block => Style::BlockSequence,
            NodeKind::Map(collection) if collection.layout == Layout::Block => Style::BlockMapping,
            NodeKind::Map(_) => Style::FlowMapping,
            NodeKind::Seq(_) | NodeKind::Alias(_) => Style::FlowSequence,
        })
    }

    /// The bytes of the value at `path` as they are written, with quotes or indicators, without anchor and tag.
    #[must_use]
    pub fn source(&self, path: &Path) -> Option<&str> {
        Some(&self.text[self.tree.node(self.locate(path)?.value).span.clone()])
    }

    /// The node that holds the value at `path`, and its key.
    fn locate(&self, path: &Path) -> Option<Found> {
        let mut found = Found {
            key: None,
            value: self.target(self.tree.root),
        };
        for segment in path.segments() {
            found = match (segment, &self.tree.node(found.value).kind) {
                (Segment::Key(name), NodeKind::Map(collection)) => self.entry(collection, name)?,
                (Segment::Index(index), NodeKind::Seq(collection)) => Found {
                    key: None,
                    value: collection.slots.get(*index)?.value,
                },
                _ => return None,
            };
            found.value = self.target(found.value);
        }
        Some(found)
    }

    fn target(&self, id: NodeId) -> NodeId {
        match self.tree.node(id).kind {
            NodeKind::Alias(target) => target,
            _ => id,
        }
    }

    /// The live entry of a key: the last of its own, else the one that wins among those merged.
    fn entry(&self, collection: &Collection, name: &str) -> Option<Found> {
        let named = |slot: &&Slot| {
            let key = slot.key.filter(|_| !read::is_merge(&self.tree, slot));
            key.is_some_and(|key| {
                read::read_key(&self.tree, &self.anchors, key)
                    .is_ok_and(|key| key.as_str() == Some(name))
            })
        };
        if let Some(slot) = collection.slots.iter().rev().find(named) {
            return Some(Found {
                key: slot.key,
                value: slot.value,
            });
        }
        let merges = collection
            .slots
            .iter()
            .rev()
            .filter(|slot| read::is_merge(&self.tree, slot));
        let mut sources = merges.flat_map(|slot| read::merge_sources(&self.tree, slot));
        sources.find_map(|source| match &self.tree.node(self.target(source)).kind {
            NodeKind::Map(source) => self.entry(source, name),
            _ => None,
        })
    }
}

/// Where a value is written.
struct Found {
    key: Option<NodeId>,
    value: NodeId,
}

fn located(text: &str, fault: Fault) -> ParseError {
    let Position { line, column } = Position::of(text, fault.offset);
    ParseError {
        line,
        column,
        message: fault.message,
    }
}

fn decode(bytes: &[u8]) -> Result<String, ParseError> {
    if matches!(bytes, [0xff, 0xfe, ..] | [0xfe, 0xff, ..]) {
        let message = "the file is UTF-16; save it as UTF-8".to_owned();
        return Err(ParseError {
            line: 1,
            column: 1,
            message,
        });
    }
    std::str::from_utf8(bytes)
        .map(str::to_owned)
        .map_err(|error| {
            let valid = String::from_utf8_lossy(&bytes[..error.valid_up_to()]);
            located(
                &valid,
                Fault {
                    offset: valid.len(),
                    message: "the file is not UTF-8; save it as UTF-8".to_owned(),
                },
            )
        })
}

#[cfg(test)]
mod tests;
