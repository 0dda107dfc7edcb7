//! Text of others inside Markdown, where it can neither format, link, mention nor break out.

use std::collections::BTreeSet;
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

/// A sentence of ours, in which what stands between backticks is code.
#[must_use]
pub fn sentence(text: &str) -> String {
    let parts: Vec<&str> = text.split('`').collect();
    // An odd backtick is somebody else's.
    if parts.len().is_multiple_of(2) {
        return plain(text);
    }
    let part = |(index, part): (usize, &&str)| match index % 2 {
        0 => plain(part),
        _ => code(part),
    };
    parts.iter().enumerate().map(part).collect()
}

/// `text` as code, on one line.
#[must_use]
pub fn code(text: &str) -> String {
    format!("<code>{}</code>", plain(text))
}

/// `text` in bold, but for the white space around it; nothing if that is all.
#[must_use]
pub fn bold(text: &str) -> String {
    let word = text.trim();
    if word.is_empty() {
        return plain(text);
    }
    let (before, after) = text.split_once(word).unwrap_or_default();
    format!("{before}<b>{}</b>{after}", plain(word))
}

/// `label`, which is Markdown, as a link to `url`.
#[must_use]
pub fn link(label: &str, url: &str) -> String {
    format!(
        "<a href=\"{}\">{label}</a>",
        plain(url).replace('"', "&#34;")
    )
}

/// A unified diff in a code block that its text cannot close, and how many
/// lines it has; `None` if nothing differs or one of the two is no text. Lines
/// that hold one of the `withheld` texts are not shown.
#[must_use]
pub fn diff(before: &[u8], after: &[u8], withheld: &BTreeSet<String>) -> Option<(String, usize)> {
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
    let shown = |line: &str| {
        if withheld.iter().any(|entry| line.contains(entry.as_str())) {
            let sign = line.get(..1).unwrap_or_default();
            return format!("{sign}(personal data, not shown)");
        }
        inert(line.trim_end_matches('\r')).into_owned()
    };
    let lines: Vec<_> = unified.lines().map(shown).collect();
    let body = lines.join("\n");
    let fence = fence_for(&body);
    Some((format!("{fence}diff\n{body}\n{fence}\n"), lines.len()))
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
        let diff = diff(b"x\n", b"x\n````\n</details>\n", &BTreeSet::new())
            .unwrap()
            .0;
        assert!(diff.starts_with("`````diff\n"), "{diff}");
        assert!(diff.ends_with("\n`````\n"), "{diff}");
    }

    #[test]
    fn a_diff_shows_only_what_changed() {
        let before = "a\r\nb\r\nc\r\n";
        let none = BTreeSet::new();
        assert_eq!(diff(before.as_bytes(), before.as_bytes(), &none), None);
        let (diff, lines) = diff(before.as_bytes(), b"a\r\nB\r\nc\r\n", &none).unwrap();
        assert!(diff.contains("\n a\n-b\n+B\n c\n"), "{diff}");
        assert_eq!(lines, 5);
    }

    #[test]
    fn a_diff_withholds_lines_with_personal_data() {
        let withheld = BTreeSet::from(["a@b.c".to_owned()]);
        let (diff, _) = diff(b"x: 1\n- a@b.c\n", b"x: 2\n- a@b.c\n", &withheld).unwrap();
        assert!(!diff.contains("a@b.c"), "{diff}");
        assert!(
            diff.contains("-x: 1\n+x: 2\n (personal data, not shown)\n"),
            "{diff}"
        );
    }

    #[test]
    fn code_is_what_stands_between_two_backticks() {
        for (text, markdown) in [
            (
                "set `branch`, *now*",
                "set <code>branch</code>, &#42;now&#42;",
            ),
            ("`a<b`", "<code>a&#60;b</code>"),
            ("one ` only", "one &#96; only"),
        ] {
            assert_eq!(sentence(text), markdown);
        }
    }

    #[test]
    fn a_link_cannot_be_broken_out_of() {
        let link = link("x", "https://h/a\" onclick=\"b|c>");
        assert_eq!(
            link,
            "<a href=\"https&#58;//h/a&#34; onclick&#61;&#34;b&#124;c&#62;\">x</a>"
        );
    }
}
