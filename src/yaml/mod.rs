//! Lossless YAML: a document that remembers every byte, read as `PyYAML`'s `safe_load` reads it, edited in place.
//!
//! The way of the data: [`scan`] cuts the text into tokens, [`tree`] builds nodes that know their bytes, [`read`] makes
//! [`Value`]s of them. An edit compares the values there with those wanted, and replaces the bytes of what differs.

mod cursor;
mod path;
mod read;
mod resolve;
mod scalars;
mod scan;
mod token;
mod tree;
mod value;

use std::fmt;

use cursor::{break_len, is_printable};
pub use path::{Path, Segment};
use read::Anchors;
use tree::Tree;
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
        let column = before[line_start..].chars().filter(|c| *c != '\u{feff}').count() + 1;
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
            Ok((tree, root, anchors)) => Ok(Self { text, tree, root, anchors }),
            Err(fault) => Err(located(&text, fault)),
        }
    }

    fn parse_text(text: &str) -> Result<(Tree, Value, Anchors), Fault> {
        if let Some((offset, c)) = text.char_indices().find(|(_, c)| !is_printable(*c)) {
            let message = format!("the character U+{:04X} is not allowed in YAML", u32::from(c));
            return Err(Fault { offset, message });
        }
        let tree = Tree::parse(text)?;
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
        path.segments().iter().try_fold(&self.root, |value, segment| match segment {
            Segment::Key(key) => value.get(key),
            Segment::Index(index) => value.as_seq()?.get(*index),
        })
    }
}

fn located(text: &str, fault: Fault) -> ParseError {
    let Position { line, column } = Position::of(text, fault.offset);
    ParseError { line, column, message: fault.message }
}

fn decode(bytes: &[u8]) -> Result<String, ParseError> {
    if matches!(bytes, [0xff, 0xfe, ..] | [0xfe, 0xff, ..]) {
        let message = "the file is UTF-16; save it as UTF-8".to_owned();
        return Err(ParseError { line: 1, column: 1, message });
    }
    std::str::from_utf8(bytes).map(str::to_owned).map_err(|error| {
        let valid = String::from_utf8_lossy(&bytes[..error.valid_up_to()]);
        located(&valid, Fault { offset: valid.len(), message: "the file is not UTF-8; save it as UTF-8".to_owned() })
    })
}
