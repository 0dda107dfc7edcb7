//! Text of others, made harmless for a log.

use std::borrow::Cow;

/// `line` with nothing in it that a terminal or the Actions runner would act
/// on. It is one line afterwards: a line break is shown as `\n`.
///
/// - Control characters, those that change the direction of text, and
///   invisible ones are shown as escapes (`\u{1b}`). A tab stays.
/// - `::` at the start, where the runner takes a command, gets a backslash
///   before it.
/// - `##[`, the older form of a command, which the runner takes anywhere in
///   a line, becomes `##\[`.
///
/// The runner passes over white space before a command. It also compares text
/// as a language does, which may pass over marks without a shape of their own
/// (joiners, variation selectors), so those count for nothing here either.
#[must_use]
pub fn inert(line: &str) -> Cow<'_, str> {
    let is_plain = |c: char| c == '\t' || (c != '[' && has_shape(c)) || c == ' ';
    if line.chars().all(is_plain) && !line.trim_start().starts_with("::") {
        return Cow::Borrowed(line);
    }
    let starts_command = line
        .chars()
        .filter(|&c| has_shape(c))
        .take(2)
        .eq("::".chars());
    let mut text = String::with_capacity(line.len() + 8);
    let mut before = [' ', ' '];
    for c in line.chars() {
        let at_start = before == [' ', ' '];
        if (starts_command && at_start && c == ':') || (c == '[' && before == ['#', '#']) {
            text.push('\\');
        }
        if is_active(c) {
            text.extend(c.escape_default());
        } else {
            text.push(c);
        }
        if has_shape(c) {
            before = [before[1], c];
        }
    }
    Cow::Owned(text)
}

/// Whether `c` is sure to count when text is compared.
fn has_shape(c: char) -> bool {
    c.is_ascii_graphic() || c.is_alphanumeric()
}

/// Whether `c` does something other than show itself.
#[must_use]
pub fn is_active(c: char) -> bool {
    match c {
        '\t' => false,
        // Soft hyphen, Arabic letter mark, zero-width space and the marks of
        // direction (not the joiners between them, of which emoji and scripts
        // are made), line and paragraph separators, embeddings and overrides,
        // invisible operators and isolates, byte order mark, interlinear
        // annotations, tags.
        '\u{ad}'
        | '\u{61c}'
        | '\u{200b}'
        | '\u{200e}'
        | '\u{200f}'
        | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}'
        | '\u{feff}'
        | '\u{fff9}'..='\u{fffb}'
        | '\u{e0000}'..='\u{e007f}' => true,
        _ => c.is_control(),
    }
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use super::inert;

    #[test]
    fn nothing_a_terminal_or_the_runner_acts_on_is_left() {
        for (line, shown) in [
            ("::error::owned", r"\::error::owned"),
            (" \t::stop-commands::x", " \t\\::stop-commands::x"),
            ("\u{a0}::error::x", "\u{a0}\\::error::x"),
            ("\u{200d}::error::x", "\u{200d}\\::error::x"),
            (":\u{fe0f}:error::x", "\\:\u{fe0f}:error::x"),
            ("##[error]owned", r"##\[error]owned"),
            ("a ##[group]b ###[x", r"a ##\[group]b ###\[x"),
            ("#\u{200d}#[error]x", "#\u{200d}#\\[error]x"),
            ("\u{1b}[31mred\u{7}", r"\u{1b}[31mred\u{7}"),
            ("a\nb\rc\u{85}d\u{2028}e", r"a\nb\rc\u{85}d\u{2028}e"),
            ("user\u{202e}gpj.exe", r"user\u{202e}gpj.exe"),
            ("a\u{ad}b\u{200b}c\u{feff}", r"a\u{ad}b\u{200b}c\u{feff}"),
            ("\u{e0041}", r"\u{e0041}"),
        ] {
            assert_eq!(inert(line), shown, "{line:?}");
        }
    }

    #[test]
    fn ordinary_text_is_left_as_it_is() {
        for line in [
            "",
            "title: Ünïcode 挑战 -> 👩\u{200d}🔬 done",
            "a\ttab, a [link](x), std::fmt, # heading, {a: [1, 2]}",
            r"C:\new and $\alpha$",
            ":: ".trim_end().get(1..).expect("one colon"),
        ] {
            assert_eq!(inert(line), line);
        }
        assert!(matches!(inert("plain text"), Cow::Borrowed(_)));
    }
}
