//! Replacements of byte ranges, collected and then made at once.

use std::ops::Range;

use super::lines::{line_break, line_end, line_start};

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

    /// Puts lines after the line on which what ends at `after` ends.
    pub(super) fn insert_lines(&mut self, after: usize, lines: &[String]) {
        let at = line_end(self.text, after);
        self.insert(at, joined(lines, line_break(self.text, after)));
    }

    /// Replaces the whole lines from that of `from` to that on which what ends at `to` ends.
    pub(super) fn replace_lines(&mut self, from: usize, to: usize, lines: &[String]) {
        let range = line_start(self.text, from)..line_end(self.text, to);
        self.replace(range, joined(lines, line_break(self.text, to)));
    }

    /// The text with all replacements made; nothing if two of them contradict each other.
    pub(super) fn apply(mut self) -> Option<String> {
        self.splices
            .sort_by_key(|(range, _)| (range.start, range.end));
        let mut result = String::with_capacity(self.text.len());
        let mut done = 0;
        for (range, with) in self.splices {
            result.push_str(self.text.get(done..range.start)?);
            result.push_str(&with);
            done = range.end;
        }
        result.push_str(&self.text[done..]);
        Some(result)
    }
}

fn joined(lines: &[String], line_break: &str) -> String {
    lines.iter().flat_map(|line| [line, line_break]).collect()
}
