//! Cuts a YAML text into tokens, by YAML 1.1 as `PyYAML` understands it.
//!
//! The scanner is this strict on purpose: a file that `PyYAML` cannot load must not be edited. A key is only known to
//! be one when its `:` comes; until then its first token is a candidate, of which there is at most one for each level
//! of flow collections.

use super::cursor::{Cursor, is_break};
use super::token::{Token, TokenKind};
use super::{Fault, MAX_DEPTH, scalars};

/// How far a key without `?` may reach, in characters.
const MAX_KEY: usize = 1024;

/// All tokens of a text; the last is the end of the stream.
pub(super) fn scan(text: &str) -> Result<Vec<Token<'_>>, Fault> {
    let mut scanner = Scanner {
        cursor: Cursor::new(text),
        tokens: Vec::new(),
        indent: None,
        outer_indents: Vec::new(),
        key_may_start: true,
        candidates: vec![None],
    };
    while scanner.next_token()? {}
    Ok(scanner.tokens)
}

/// A token that may turn out to start a key.
struct Candidate {
    token: usize,
    place: usize,
    index: usize,
    line: usize,
    column: usize,
    /// Nothing else can stand here.
    required: bool,
}

pub(super) struct Scanner<'t> {
    pub(super) cursor: Cursor<'t>,
    pub(super) tokens: Vec<Token<'t>>,
    /// The column of the block collection that is open; nothing at the root.
    indent: Option<usize>,
    outer_indents: Vec<Option<usize>>,
    pub(super) key_may_start: bool,
    /// One for each open flow collection, and one for the block context around them.
    candidates: Vec<Option<Candidate>>,
}

impl<'t> Scanner<'t> {
    fn in_flow(&self) -> bool {
        self.candidates.len() > 1
    }

    fn next_token(&mut self) -> Result<bool, Fault> {
        self.skip_to_token();
        self.drop_stale_candidates()?;
        self.close_blocks(Some(self.cursor.column));
        let cursor = &self.cursor;
        let flow = self.in_flow();
        match cursor.peek() {
            _ if cursor.at_end() => {
                self.reset()?;
                self.push(TokenKind::StreamEnd, 0);
                return Ok(false);
            }
            '%' if cursor.column == 0 => self.directive()?,
            '-' if cursor.at_marker("---") => self.marker(TokenKind::DocumentStart)?,
            '.' if cursor.at_marker("...") => self.marker(TokenKind::DocumentEnd)?,
            '[' => self.open_flow(TokenKind::FlowSequenceStart)?,
            '{' => self.open_flow(TokenKind::FlowMappingStart)?,
            ']' => self.close_flow(TokenKind::FlowSequenceEnd)?,
            '}' => self.close_flow(TokenKind::FlowMappingEnd)?,
            ',' => {
                self.key_may_start = true;
                self.drop_candidate()?;
                self.push(TokenKind::FlowEntry, 1);
            }
            '-' if cursor.blank_at(1) => self.indicator(TokenKind::BlockEntry)?,
            '?' if flow || cursor.blank_at(1) => self.indicator(TokenKind::Key)?,
            ':' if flow || cursor.blank_at(1) => self.value()?,
            '*' | '&' => self.anchor()?,
            '!' => self.tag()?,
            '|' | '>' if !flow => {
                self.key_may_start = true;
                self.drop_candidate()?;
                let start = self.cursor.pos;
                let scalar = scalars::block(&mut self.cursor, self.indent.unwrap_or(0))?;
                let end = scalar.block.as_ref().map_or(start, |block| block.body.end);
                self.tokens.push(Token {
                    kind: TokenKind::Scalar(scalar),
                    span: start..end,
                });
            }
            '\'' | '"' => {
                self.save_candidate()?;
                self.key_may_start = false;
                let start = self.cursor.pos;
                let scalar = scalars::quoted(&mut self.cursor)?;
                self.tokens.push(Token {
                    kind: TokenKind::Scalar(scalar),
                    span: start..self.cursor.pos,
                });
            }
            c if starts_plain(c) => {
                self.save_candidate()?;
                let start = self.cursor.pos;
                let indent = self.indent.map_or(0, |indent| indent + 1);
                let (scalar, end, broken) = scalars::plain(&mut self.cursor, indent, flow);
                self.key_may_start = broken;
                self.tokens.push(Token {
                    kind: TokenKind::Scalar(scalar),
                    span: start..end,
                });
            }
            '\t' => return Err(cursor.fault("a tab stands where YAML allows only spaces")),
            c => {
                return Err(cursor.fault(format!(
                    "`{}` cannot stand here without quotes",
                    c.escape_debug()
                )));
            }
        }
        Ok(true)
    }

    /// Adds a token of this many characters, which are ASCII.
    fn push(&mut self, kind: TokenKind<'t>, length: usize) {
        let start = self.cursor.pos;
        self.cursor.bump_by(length);
        self.tokens.push(Token {
            kind,
            span: start..self.cursor.pos,
        });
    }

    fn skip_to_token(&mut self) {
        if self.cursor.pos == 0 && self.cursor.peek() == '\u{feff}' {
            self.cursor.bump();
        }
        loop {
            self.cursor.skip_spaces_and_comment();
            if self.cursor.take_break().is_none() {
                return;
            }
            self.key_may_start |= !self.in_flow();
        }
    }

    /// A key without `?` is limited to one line and 1024 characters.
    fn drop_stale_candidates(&mut self) -> Result<(), Fault> {
        for slot in &mut self.candidates {
            if let Some(key) = slot
                && (key.line != self.cursor.line || self.cursor.index - key.index > MAX_KEY)
            {
                if key.required {
                    return Err(missing_colon(key));
                }
                *slot = None;
            }
        }
        Ok(())
    }

    pub(super) fn save_candidate(&mut self) -> Result<(), Fault> {
        if !self.key_may_start {
            return Ok(());
        }
        self.drop_candidate()?;
        let cursor = &self.cursor;
        let candidate = Candidate {
            token: self.tokens.len(),
            place: cursor.pos,
            index: cursor.index,
            line: cursor.line,
            column: cursor.column,
            required: !self.in_flow() && self.indent == Some(cursor.column),
        };
        if let Some(slot) = self.candidates.last_mut() {
            *slot = Some(candidate);
        }
        Ok(())
    }

    /// The candidate of this level turned out to be no key.
    fn drop_candidate(&mut self) -> Result<(), Fault> {
        match self.candidates.last_mut().and_then(Option::take) {
            Some(key) if key.required => Err(missing_colon(&key)),
            _ => Ok(()),
        }
    }

    /// Ends the block collections that are indented more than `column`; all of them for nothing.
    fn close_blocks(&mut self, column: Option<usize>) {
        while !self.in_flow() && self.indent > column {
            self.push(TokenKind::BlockEnd, 0);
            self.indent = self.outer_indents.pop().flatten();
        }
    }

    /// Starts a block collection at `column`, if none is open there.
    fn open_block(&mut self, column: usize) -> Result<bool, Fault> {
        if self.indent >= Some(column) {
            return Ok(false);
        }
        if self.outer_indents.len() >= MAX_DEPTH {
            return Err(self.too_deep());
        }
        self.outer_indents.push(self.indent);
        self.indent = Some(column);
        Ok(true)
    }

    fn too_deep(&self) -> Fault {
        self.cursor
            .fault(format!("collections are nested more than {MAX_DEPTH} deep"))
    }

    pub(super) fn reset(&mut self) -> Result<(), Fault> {
        self.close_blocks(None);
        self.drop_candidate()?;
        self.key_may_start = false;
        Ok(())
    }

    fn marker(&mut self, kind: TokenKind<'t>) -> Result<(), Fault> {
        self.reset()?;
        self.push(kind, 3);
        Ok(())
    }

    fn open_flow(&mut self, kind: TokenKind<'t>) -> Result<(), Fault> {
        self.save_candidate()?;
        if self.candidates.len() > MAX_DEPTH {
            return Err(self.too_deep());
        }
        self.candidates.push(None);
        self.key_may_start = true;
        self.push(kind, 1);
        Ok(())
    }

    fn close_flow(&mut self, kind: TokenKind<'t>) -> Result<(), Fault> {
        self.drop_candidate()?;
        if !self.in_flow() {
            return Err(self.cursor.fault(format!("{} closes nothing", kind.name())));
        }
        self.candidates.pop();
        self.key_may_start = false;
        self.push(kind, 1);
        Ok(())
    }

    /// `-` of a sequence item or `?` of a key.
    fn indicator(&mut self, kind: TokenKind<'t>) -> Result<(), Fault> {
        let flow = self.in_flow();
        let entry = kind == TokenKind::BlockEntry;
        if !flow {
            if !self.key_may_start {
                return Err(self
                    .cursor
                    .fault(format!("{} cannot start here", kind.name())));
            }
            if self.open_block(self.cursor.column)? {
                self.push(
                    if entry {
                        TokenKind::BlockSequenceStart
                    } else {
                        TokenKind::BlockMappingStart
                    },
                    0,
                );
            }
        }
        self.key_may_start = entry || !flow;
        self.drop_candidate()?;
        self.push(kind, 1);
        Ok(())
    }

    /// `:`, which turns the candidate of this level into a key.
    fn value(&mut self) -> Result<(), Fault> {
        let flow = self.in_flow();
        if let Some(key) = self.candidates.last_mut().and_then(Option::take) {
            let token = |kind| Token {
                kind,
                span: key.place..key.place,
            };
            self.tokens.insert(key.token, token(TokenKind::Key));
            if !flow && self.open_block(key.column)? {
                self.tokens
                    .insert(key.token, token(TokenKind::BlockMappingStart));
            }
            self.key_may_start = false;
        } else {
            if !flow {
                if !self.key_may_start {
                    return Err(self
                        .cursor
                        .fault("`: ` cannot stand inside a value without quotes"));
                }
                if self.open_block(self.cursor.column)? {
                    self.push(TokenKind::BlockMappingStart, 0);
                }
            }
            self.key_may_start = !flow;
        }
        self.push(TokenKind::Value, 1);
        Ok(())
    }
}

fn missing_colon(key: &Candidate) -> Fault {
    Fault {
        offset: key.place,
        message: "this line should be a key, but no `:` follows it".to_owned(),
    }
}

/// Whether a plain scalar may start with this character, where it is no indicator.
fn starts_plain(c: char) -> bool {
    !is_break(c) && !" \t,[]{}#&*!|>'\"%@`".contains(c)
}
