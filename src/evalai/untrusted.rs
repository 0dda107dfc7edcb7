//! Text that somebody else wrote, made fit to stand inside a message of ours.

/// `text` on one line, at most `limit` characters long (an ellipsis tells that it was longer),
/// without characters that act on a terminal or hide what is there: control characters and the
/// marks that turn the direction of writing are shown as escapes.
pub(super) fn harmless(text: &str, limit: usize) -> String {
    let mut shown = String::new();
    for (count, character) in text.trim().chars().enumerate() {
        if count == limit {
            shown.push('…');
            break;
        }
        if is_active(character) {
            shown.extend(character.escape_default());
        } else {
            shown.push(character);
        }
    }
    shown
}

fn is_active(character: char) -> bool {
    character.is_control()
        || matches!(character,
            '\u{061c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::harmless;

    #[test]
    fn foreign_text_stays_on_its_line_and_cannot_act_on_a_terminal() {
        for (text, shown) in [
            (" Größe α→Ω 🚀 ", "Größe α→Ω 🚀"),
            ("a\r\n::error::b", "a\\r\\n::error::b"),
            ("\u{1b}[31mred", "\\u{1b}[31mred"),
            ("abc\u{202e}fed", "abc\\u{202e}fed"),
            ("a\u{2028}b\u{85}c", "a\\u{2028}b\\u{85}c"),
        ] {
            assert_eq!(harmless(text, 40), shown);
        }
    }

    #[test]
    fn long_text_is_cut_at_whole_characters() {
        assert_eq!(harmless("日本語です", 3), "日本語…");
        assert_eq!(harmless("日本語", 3), "日本語");
    }
}
