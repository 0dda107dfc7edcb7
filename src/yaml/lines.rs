//! Lines of a text: where they start and end, how far things are indented, and how lines are broken.

use super::cursor::{break_len, is_break};

/// The start of the line that holds `at`.
pub(super) fn line_start(text: &str, at: usize) -> usize {
    let before = &text[..at];
    match before.char_indices().rev().find(|(_, c)| is_break(*c)) {
        Some((index, c)) => index + c.len_utf8(),
        None if text.starts_with('\u{feff}') => '\u{feff}'.len_utf8().min(at),
        None => 0,
    }
}

/// The start of the line after the one on which a thing ends. A thing that ends with a line break (a block scalar)
/// ends there already.
pub(super) fn line_end(text: &str, at: usize) -> usize {
    if ends_with_break(&text[..at]) {
        return at;
    }
    let content_end = content_end(text, at);
    content_end + break_len(&text[content_end..])
}

/// The end of the line that holds `at`, before its line break.
pub(super) fn content_end(text: &str, at: usize) -> usize {
    text[at..]
        .find(is_break)
        .map_or(text.len(), |length| at + length)
}

pub(super) fn ends_with_break(text: &str) -> bool {
    text.ends_with(is_break)
}

/// The text without one line break at its end.
pub(super) fn trim_break(text: &str) -> &str {
    text.strip_suffix("\r\n")
        .or_else(|| text.strip_suffix(is_break))
        .unwrap_or(text)
}

/// The column of `at`, counted from 0.
pub(super) fn column(text: &str, at: usize) -> usize {
    text[line_start(text, at)..at].chars().count()
}

/// Whether nothing but spaces stands before `at` on its line.
pub(super) fn starts_line(text: &str, at: usize) -> bool {
    text[line_start(text, at)..at].bytes().all(|b| b == b' ')
}

/// Whether only blanks and perhaps a comment stand from `at` to the end of its line.
pub(super) fn ends_line(text: &str, at: usize) -> bool {
    let rest = text[at..content_end(text, at)].trim_start_matches(' ');
    rest.is_empty() || rest.starts_with('#')
}

/// How the line that holds `at` is broken; if it is the last, as the line before it.
pub(super) fn line_break(text: &str, at: usize) -> &str {
    let here = content_end(text, at);
    let length = break_len(&text[here..]);
    if length > 0 {
        return &text[here..here + length];
    }
    let before = &text[..line_start(text, at)];
    match &before[trim_break(before).len()..] {
        "" => "\n",
        line_break => line_break,
    }
}
