//! Text of others inside Markdown, where it can neither format, link, mention nor break out.

use std::fmt::Write as _;

use similar::TextDiff;

use crate::action::inert;

/// `text` on one line, for a table's cell or a sentence: every character that
/// Markdown, HTML or GitHub would act on becomes a character reference.
#[must_use]
pub fn plain(text: &str) -> String {
    let line = text.lines().collect::<Vec<_>>().join(" ");
    let mut plain = String::with_capacity(line.len());
    for c in inert(&line).chars() {
        if c.is_ascii_punctuation()
            && !matches!(c, ',' | '.' | '-' | '\'' | '"' | '/' | '?' | ';' | '%')
        {
            // Writing to a String cannot fail.
            let _ = write!(plain, "&#{};", u32::from(c));
        } else {
            plain.push(c);
        }
    }
    plain
}

/// A unified diff in a code block that its text cannot close; `None` if
/// nothing differs or one of the two is no text.
#[must_use]
pub fn diff(path: &str, before: &[u8], after: &[u8]) -> Option<String> {
    let (before, after) = (
        std::str::from_utf8(before).ok()?,
        std::str::from_utf8(after).ok()?,
    );
    if before == after {
        return None;
    }
    let text = TextDiff::from_lines(before, after);
    let unified = text
        .unified_diff()
        .context_radius(3)
        .missing_newline_hint(false)
        .to_string();
    let lines: Vec<_> = unified
        .lines()
        .map(|line| inert(line.trim_end_matches('\r')).into_owned())
        .collect();
    let body = lines.join("\n");
    let fence = fence_for(&body);
    Some(format!("{}\n\n{fence}diff\n{body}\n{fence}\n", plain(path)))
}

/// A fence longer than any run of backticks in `text`.
fn fence_for(text: &str) -> String {
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    "`".repeat((longest + 1).max(3))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_of_others_stays_text() {
        let hostile = "a|b <img src=x> @team #1 [x](http://y) `c` **d**\n# e \u{1b}[31m";
        let plain = plain(hostile);
        for c in ['|', '<', '>', '@', '[', '`', '*', ':', '\n', '\u{1b}'] {
            assert!(!plain.contains(c), "{c:?} in {plain}");
        }
        assert!(
            plain.starts_with("a&#124;b &#60;img src&#61;x&#62; &#64;team &#35;1 "),
            "{plain}"
        );
    }

    #[test]
    fn a_diff_cannot_leave_its_code_block() {
        let diff = diff("a.html", b"x\n", b"x\n````\n</details>\n").unwrap();
        assert!(diff.contains("\n`````diff\n"), "{diff}");
        assert!(diff.ends_with("\n`````\n"), "{diff}");
    }

    #[test]
    fn a_diff_shows_only_what_changed() {
        let before = "a\r\nb\r\nc\r\n";
        assert_eq!(diff("f", before.as_bytes(), before.as_bytes()), None);
        let diff = diff("f", before.as_bytes(), b"a\r\nB\r\nc\r\n").unwrap();
        assert!(diff.contains("\n a\n-b\n+B\n c\n"), "{diff}");
    }
}
