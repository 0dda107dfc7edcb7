//! What became of an HTML text that was edited on EvalAI.
//!
//! EvalAI's dialog for descriptions is the Trix 1.3.1 editor, which rewrites
//! what it opens: it has no tables, no small headings, no embedded pages, no
//! classes (`recorded/trix-roundtrip.json`). A host who mends one letter there
//! can lose all of these without noticing.

use std::collections::BTreeMap;

use html5gum::{StartTag, Token, Tokenizer};

/// What a text can have, in the order in which it is told: one, several.
const PARTS: [(&str, &str); 14] = [
    ("table", "tables"),
    ("image", "images"),
    ("embedded page", "embedded pages"),
    ("video or sound", "videos or sounds"),
    ("form", "forms"),
    ("script", "scripts"),
    ("style sheet", "style sheets"),
    ("small heading", "small headings"),
    ("line", "lines"),
    ("comment", "comments"),
    ("class", "classes"),
    ("style", "styles"),
    ("anchor", "anchors"),
    ("image description", "image descriptions"),
];

/// What became of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rewritten {
    /// What the old one had more of, such as `2 tables`.
    pub lost: Vec<String>,
    /// Letters and digits are the same, in the same order.
    pub same_words: bool,
}

/// Compares the text `before` with what it became.
#[must_use]
pub fn compare(before: &str, after: &str) -> Rewritten {
    let (before, after) = (Census::of(before), Census::of(after));
    let lost = PARTS.iter().filter_map(|(one, several)| {
        let count = |census: &Census| census.parts.get(one).copied().unwrap_or_default();
        match count(&before).saturating_sub(count(&after)) {
            0 => None,
            1 => Some(format!("1 {one}")),
            more => Some(format!("{more} {several}")),
        }
    });
    Rewritten {
        lost: lost.collect(),
        same_words: before.words == after.words,
    }
}

/// What a text has.
#[derive(Default)]
struct Census {
    parts: BTreeMap<&'static str, usize>,
    words: String,
}

impl Census {
    fn of(html: &str) -> Self {
        let mut census = Self::default();
        // What a script or a style sheet says are no words.
        let mut silent: Option<Vec<u8>> = None;
        for Ok(token) in Tokenizer::new(html) {
            match token {
                Token::StartTag(tag) => {
                    if matches!(&tag.name[..], b"script" | b"style") && !tag.self_closing {
                        silent = Some(tag.name.to_vec());
                    }
                    census.tag(&tag);
                }
                Token::EndTag(tag) if silent.as_deref() == Some(&tag.name[..]) => silent = None,
                Token::String(text) if silent.is_none() => {
                    let text = String::from_utf8_lossy(&text);
                    census
                        .words
                        .extend(text.chars().filter(|c| c.is_alphanumeric()));
                }
                Token::Comment(_) => census.count("comment"),
                _ => {}
            }
        }
        census
    }

    fn count(&mut self, part: &'static str) {
        *self.parts.entry(part).or_default() += 1;
    }

    fn tag(&mut self, tag: &StartTag<()>) {
        let part = match &tag.name[..] {
            b"table" => Some("table"),
            b"img" | b"svg" | b"picture" | b"canvas" => Some("image"),
            b"iframe" | b"object" | b"embed" => Some("embedded page"),
            b"video" | b"audio" => Some("video or sound"),
            b"form" | b"input" | b"button" | b"select" | b"textarea" => Some("form"),
            b"script" => Some("script"),
            b"style" | b"link" => Some("style sheet"),
            b"h2" | b"h3" | b"h4" | b"h5" | b"h6" => Some("small heading"),
            b"hr" => Some("line"),
            _ => None,
        };
        if let Some(part) = part {
            self.count(part);
        }
        for (name, value) in &tag.attributes {
            match &name[..] {
                // The editor's own, around images.
                b"class" if value.starts_with(b"attachment") => {}
                b"class" => self.count("class"),
                b"style" => self.count("style"),
                b"id" | b"name" => self.count("anchor"),
                b"alt" if !value.is_empty() => self.count("image description"),
                _ => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_vanished_is_counted() {
        let table = [
            ("<p>a</p>", "<div>a</div>", "", true),
            ("<p>a</p>", "<div>b</div>", "", false),
            ("<table></table><table>", "", "2 tables", true),
            ("<img src=x><img>", "<img>", "1 image", true),
            (
                "<h1>A</h1><h2>B</h2>",
                "<h1>A</h1><b>B</b>",
                "1 small heading",
                true,
            ),
            (
                "<!-- a --><i class='x y' style=s id=i>t</i>",
                "<i>t</i>",
                "1 comment, 1 class, 1 style, 1 anchor",
                true,
            ),
            ("<script>var a;</script>b", "b", "1 script", true),
            ("<style>p {}</style>b", "b", "1 style sheet", true),
            ("<script>a = '<b>x</b> y'</script>b", "b", "1 script", true),
            (
                "<video></video><audio></audio>",
                "",
                "2 videos or sounds",
                true,
            ),
            ("<form><input><button></button></form>", "", "3 forms", true),
            ("a<hr>b", "a<br>b", "1 line", true),
            (
                "<img alt='a map'><img alt=''>",
                "<img><img>",
                "1 image description",
                true,
            ),
            // The editor's own, around images.
            (
                "<figure class='attachment attachment--preview'></figure>",
                "",
                "",
                true,
            ),
            ("a &amp; b", "a &amp; b", "", true),
            ("", "<table>new</table>", "", false),
        ];
        for (before, after, lost, same_words) in table {
            let found = compare(before, after);
            assert_eq!(found.lost.join(", "), lost, "{before}");
            assert_eq!(found.same_words, same_words, "{before}");
        }
    }
}
