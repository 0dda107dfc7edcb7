//! Text files, rewritten in their own style.
//!
//! EvalAI keeps neither the white space around a text nor, where a browser's
//! form came between, its line endings. So a file keeps its own: the blank
//! lines at its ends, the final line break or its absence, and every line
//! that did not change, byte for byte.

use similar::{Algorithm, DiffOp, capture_diff_slices};

use crate::challenge::value::trim;

/// How a file ends its lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LineEnding {
    /// `\n`
    Lf,
    /// `\r\n`, the norm among challenge repositories.
    CrLf,
    /// `\r`
    Cr,
}

impl LineEnding {
    /// Its characters.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Lf => "\n",
            Self::CrLf => "\r\n",
            Self::Cr => "\r",
        }
    }

    /// The ending that most lines of `text` have; `None` if it has one line.
    #[must_use]
    pub fn of(text: &str) -> Option<Self> {
        let mut counts = [(Self::Lf, 0_usize), (Self::CrLf, 0), (Self::Cr, 0)];
        for (_, ending) in lines(text) {
            for (kind, count) in &mut counts {
                *count += usize::from(ending == kind.as_str());
            }
        }
        let most = counts.into_iter().max_by_key(|(_, count)| *count);
        most.filter(|(_, count)| *count > 0).map(|(kind, _)| kind)
    }
}

/// The content of a file that holds `old` once it means `text`; `text` is
/// trimmed and its line breaks are `\n`. `usual` is the ending for a file
/// that does not show one of its own.
#[must_use]
pub fn rewrite(old: Option<&str>, text: &str, usual: LineEnding) -> String {
    let Some(old) = old else {
        return join(text.split('\n').map(|line| (line, None)), usual) + usual.as_str();
    };
    let ending = LineEnding::of(old).unwrap_or(usual);
    let core = trim(old);
    let (before, after) = match old.split_once(core) {
        Some(around) if !core.is_empty() => around,
        _ if old.is_empty() => ("", ending.as_str()),
        _ => ("", old),
    };
    if text.is_empty() {
        return after.to_owned();
    }
    let old_lines: Vec<(&str, &str)> = lines(core).collect();
    let new_lines: Vec<&str> = text.split('\n').collect();
    let uniform = old_lines
        .iter()
        .all(|(_, own)| own.is_empty() || *own == ending.as_str());
    let mut endings = vec![None; new_lines.len()];
    if !uniform {
        let old_texts: Vec<&str> = old_lines.iter().map(|(line, _)| *line).collect();
        for op in capture_diff_slices(Algorithm::Myers, &old_texts, &new_lines) {
            if let DiffOp::Equal {
                old_index,
                new_index,
                len,
            } = op
            {
                for offset in 0..len {
                    endings[new_index + offset] =
                        Some(old_lines[old_index + offset].1).filter(|own| !own.is_empty());
                }
            }
        }
    }
    let core = join(new_lines.into_iter().zip(endings), ending);
    format!("{before}{core}{after}")
}

/// `new` with the line endings of `old`, if both are texts: a program that
/// was uploaded from another system is the same program.
#[must_use]
pub fn in_endings_of(old: &[u8], new: Vec<u8>) -> Vec<u8> {
    let (Ok(old), Ok(text)) = (std::str::from_utf8(old), std::str::from_utf8(&new)) else {
        return new;
    };
    if old.contains('\0') || text.contains('\0') {
        return new;
    }
    match (LineEnding::of(old), LineEnding::of(text)) {
        (Some(LineEnding::CrLf), Some(LineEnding::Lf)) => {
            // Some of its lines may end so already.
            let unified = text.replace("\r\n", "\n");
            unified.replace('\n', "\r\n").into_bytes()
        }
        (Some(LineEnding::Lf), Some(LineEnding::CrLf)) => text.replace("\r\n", "\n").into_bytes(),
        _ => new,
    }
}

/// The lines of a text, each with its ending; the last has none.
fn lines(text: &str) -> impl Iterator<Item = (&str, &str)> {
    let mut rest = Some(text);
    std::iter::from_fn(move || {
        let text = rest?;
        let Some(at) = text.find(['\n', '\r']) else {
            rest = None;
            return Some((text, ""));
        };
        let length = if text[at..].starts_with("\r\n") { 2 } else { 1 };
        rest = Some(&text[at + length..]);
        Some((&text[..at], &text[at..at + length]))
    })
}

fn join<'a>(lines: impl Iterator<Item = (&'a str, Option<&'a str>)>, usual: LineEnding) -> String {
    let mut lines = lines.peekable();
    let mut text = String::new();
    while let Some((line, own)) = lines.next() {
        text.push_str(line);
        if lines.peek().is_some() {
            let ending = own.unwrap_or(usual.as_str());
            // A lone CR before a lone LF would be one line break.
            text.push_str(if ending == "\n" && text.ends_with('\r') {
                "\r\n"
            } else {
                ending
            });
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::challenge::value::{Value, unify_line_breaks};
    use proptest::prelude::*;

    #[test]
    fn a_file_keeps_its_own_style() {
        let table = [
            ("final line break", Some("a\n"), "b", "b\n"),
            ("no final line break", Some("a"), "b", "b"),
            ("crlf", Some("a\r\nb\r\n"), "a\nc\nd", "a\r\nc\r\nd\r\n"),
            ("lone cr", Some("a\rb"), "a\nc", "a\rc"),
            (
                "blank lines around",
                Some("\n  a\n\n\n"),
                "b",
                "\n  b\n\n\n",
            ),
            (
                "mixed endings",
                Some("a\r\nb\nc\r\nd"),
                "a\nb\nX\nc\nd",
                "a\r\nb\nX\r\nc\r\nd",
            ),
            (
                "mixed, shortened",
                Some("a\nb\r\nc\r\n"),
                "a\nb",
                "a\nb\r\n",
            ),
            ("one line becomes several", Some("a"), "b\nc", "b\r\nc"),
            (
                "byte order mark",
                Some("\u{feff}a\n"),
                "\u{feff}b",
                "\u{feff}b\n",
            ),
            ("emptied", Some("a\r\n"), "", "\r\n"),
            ("empty", Some(""), "a\nb", "a\r\nb\r\n"),
            ("blank", Some("\n"), "a", "a\n"),
            ("new", None, "a\nb", "a\r\nb\r\n"),
        ];
        for (case, old, text, expected) in table {
            assert_eq!(rewrite(old, text, LineEnding::CrLf), expected, "{case}");
        }
    }

    #[test]
    fn a_script_keeps_its_line_endings_whatever_system_the_new_one_comes_from() {
        let table: [(&[u8], &[u8], &[u8]); 6] = [
            (b"a\r\nb\r\n", b"a\nc\n", b"a\r\nc\r\n"),
            (b"a\nb\n", b"a\r\nc\r\n", b"a\nc\n"),
            (b"a\r\nb\r\n", b"a\nb\r\nc\n", b"a\r\nb\r\nc\r\n"),
            (b"a", b"a\r\nc\r\n", b"a\r\nc\r\n"),
            (b"a\r\nb", b"\xff\n", b"\xff\n"),
            (b"a\r\nb", b"\0\n", b"\0\n"),
        ];
        for (old, new, expected) in table {
            assert_eq!(in_endings_of(old, new.to_vec()), expected);
        }
    }

    proptest! {
        #[test]
        fn the_file_means_the_new_text(old in "[ab \t]{0,3}(([ab\u{feff}]{0,3}(\r\n|\n|\r)){0,6}[ab]{0,3})", new in "[ab\n ]{0,20}") {
            let value = Value::text(&new);
            let text = value.lines();
            let written = rewrite(Some(&old), &text, LineEnding::Lf);
            prop_assert_eq!(Value::text(&written), value);
        }

        #[test]
        fn the_same_text_changes_no_byte(old in "[ \r\n]{0,3}[ab](([ab ]{0,3}(\r\n|\n|\r)){0,6})[ab][ \r\n]{0,3}") {
            let text = unify_line_breaks(trim(&old));
            prop_assert_eq!(rewrite(Some(&old), &text, LineEnding::Lf), old);
        }
    }
}
