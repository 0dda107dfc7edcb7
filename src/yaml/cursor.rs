//! A place in a YAML text that knows its line and column, by YAML 1.1's line breaks.

use super::Fault;

/// The byte order mark, which counts for no column.
const BOM: char = '\u{feff}';

/// Whether a character ends a line in YAML 1.1.
pub(super) fn is_break(c: char) -> bool {
    matches!(c, '\n' | '\r' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

/// Whether a character may stand in a YAML file at all. Everything else must be escaped in double quotes.
pub(super) fn is_printable(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | ' '..='~' | '\u{85}' | '\u{a0}'..='\u{fffd}' | '\u{10000}'..)
}

/// The length in bytes of the line break at the start of `text`, 0 if there is none. CR LF is one.
pub(super) fn break_len(text: &str) -> usize {
    match text.as_bytes() {
        [b'\r', b'\n', ..] | [0xc2, 0x85, ..] => 2,
        [b'\n' | b'\r', ..] => 1,
        [0xe2, 0x80, 0xa8 | 0xa9, ..] => 3,
        _ => 0,
    }
}

/// Reads a text from front to back. Past the end it shows NUL, which no YAML text holds.
#[derive(Debug, Clone)]
pub(super) struct Cursor<'t> {
    text: &'t str,
    /// Byte offset.
    pub(super) pos: usize,
    /// Characters before this place, apart from line breaks.
    pub(super) index: usize,
    /// Lines before this line.
    pub(super) line: usize,
    /// Characters before this place on its line.
    pub(super) column: usize,
}

impl<'t> Cursor<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Self {
            text,
            pos: 0,
            index: 0,
            line: 0,
            column: 0,
        }
    }

    pub(super) fn text(&self) -> &'t str {
        self.text
    }

    pub(super) fn rest(&self) -> &'t str {
        &self.text[self.pos..]
    }

    pub(super) fn since(&self, start: usize) -> &'t str {
        &self.text[start..self.pos]
    }

    /// The character here.
    pub(super) fn peek(&self) -> char {
        self.char_at(self.pos)
    }

    /// The character after `ahead` characters that are known to be ASCII.
    pub(super) fn peek_at(&self, ahead: usize) -> char {
        self.char_at(self.pos + ahead)
    }

    fn char_at(&self, pos: usize) -> char {
        match self.text.as_bytes().get(pos) {
            None => '\0',
            Some(byte) if byte.is_ascii() => char::from(*byte),
            Some(_) => self.text[pos..].chars().next().unwrap_or('\0'),
        }
    }

    pub(super) fn at_end(&self) -> bool {
        self.pos >= self.text.len()
    }

    /// Whether a line, or the text, ends here.
    pub(super) fn at_line_end(&self) -> bool {
        self.at_end() || is_break(self.peek())
    }

    /// Whether what comes after `ahead` ASCII characters is a blank, a line break or the end.
    pub(super) fn blank_at(&self, ahead: usize) -> bool {
        let c = self.peek_at(ahead);
        matches!(c, '\0' | ' ' | '\t') || is_break(c)
    }

    /// Whether a document marker (`---` or `...`) stands here, given that a line starts here.
    pub(super) fn at_marker(&self, marker: &str) -> bool {
        self.column == 0 && self.rest().starts_with(marker) && self.blank_at(3)
    }

    pub(super) fn at_any_marker(&self) -> bool {
        self.at_marker("---") || self.at_marker("...")
    }

    /// Steps over one character that is no line break.
    pub(super) fn bump(&mut self) {
        let c = self.peek();
        if !self.at_end() {
            self.pos += c.len_utf8();
            self.index += 1;
            self.column += usize::from(c != BOM);
        }
    }

    /// Steps over `count` such characters.
    pub(super) fn bump_by(&mut self, count: usize) {
        for _ in 0..count {
            self.bump();
        }
    }

    /// Steps over characters as long as they are no line break and `wanted`.
    pub(super) fn bump_while(&mut self, wanted: impl Fn(char) -> bool) {
        while !self.at_line_end() && wanted(self.peek()) {
            self.bump();
        }
    }

    /// Steps over one line break and says how YAML reads it; nothing if there is none here.
    pub(super) fn take_break(&mut self) -> Option<char> {
        let length = break_len(self.rest());
        if length == 0 {
            return None;
        }
        let c = self.peek();
        self.pos += length;
        self.line += 1;
        self.column = 0;
        Some(if matches!(c, '\u{2028}' | '\u{2029}') {
            c
        } else {
            '\n'
        })
    }

    /// Steps over blanks and a comment, up to the end of the line or to what stands there instead.
    pub(super) fn skip_spaces_and_comment(&mut self) {
        self.bump_while(|c| c == ' ');
        if self.peek() == '#' {
            self.bump_while(|_| true);
        }
    }

    pub(super) fn fault(&self, message: impl Into<String>) -> Fault {
        Fault {
            offset: self.pos,
            message: message.into(),
        }
    }
}
