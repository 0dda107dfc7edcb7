//! Replacements of byte ranges, collected and then made at once.

use std::ops::Range;

use super::lines::{line_break, line_end, line_start, trim_break};

/// Replacements in one text. Of several insertions at one place, the one made first comes first.
pub(super) struct Splices<'t> {
    text: &'t str,
    splices: Vec<(Range<usize>, String)>,
}

impl<'t> Splices<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Self {
            text,
            splices: Vec::new(),
        }
    }

    pub(super) fn replace(&mut self, range: Range<usize>, with: impl Into<String>) {
        self.splices.push((range, with.into()));
    }

    pub(super) fn insert(&mut self, at: usize, text: impl Into<String>) {
        self.replace(at..at, text);
    }

    /// Whether this text is inserted here already.
    pub(super) fn inserts_at(&self, at: usize, text: &str) -> bool {
        self.splices
            .iter()
            .any(|(range, with)| *range == (at..at) && with == text)
    }

    /// Puts lines after the line on which what ends at `after` ends.
    pub(super) fn insert_lines(&mut self, after: usize, lines: &[String]) {
        let line_break = line_break(self.text, after);
        let at = line_end(self.text, after);
        let closed = trim_break(&self.text[..at]).len() < at;
        let joined = lines.join(line_break);
        self.insert(
            at,
            if closed || at == 0 {
                joined + line_break
            } else {
                format!("{line_break}{joined}")
            },
        );
    }

    /// Replaces the whole lines from that of `from` to that on which what ends at `to` ends. Without lines to put
    /// there, a file that does not end with a line break still does not afterwards.
    pub(super) fn replace_lines(&mut self, from: usize, to: usize, lines: &[String]) {
        let (mut start, end) = (line_start(self.text, from), line_end(self.text, to));
        let line_break = line_break(self.text, to);
        let closed = trim_break(&self.text[..end]).len() < end;
        let mut with = lines.join(line_break);
        if !lines.is_empty() && closed {
            with += line_break;
        }
        if lines.is_empty() && !closed {
            start = trim_break(&self.text[..start]).len();
        }
        self.replace(start..end, with);
    }

    /// The text with all replacements made; nothing if two of them contradict each other.
    pub(super) fn apply(mut self) -> Option<String> {
        self.splices
            .sort_by_key(|(range, _)| (range.start, range.end));
        let mut result = String::with_capacity(self.text.len());
        let mut done = 0;
        let mut only_deleted = true;
        for (range, with) in self.splices {
            let deletes = with.is_empty();
            if range.start < done && !(deletes && only_deleted) {
                return None;
            }
            if range.start > done {
                result.push_str(&self.text[done..range.start]);
            }
            result.push_str(&with);
            done = done.max(range.end);
            only_deleted = deletes;
        }
        result.push_str(&self.text[done..]);
        Some(result)
    }
}
