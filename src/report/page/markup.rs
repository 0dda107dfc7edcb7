//! HTML that cannot be broken out of: text and attributes are escaped where they come in.

use std::fmt::Write as _;

use crate::action::is_active;

/// Elements without an end.
const VOID: [&str; 3] = ["meta", "br", "wbr"];

/// A piece of HTML.
#[derive(Debug, Clone, Default)]
pub(super) struct Html(String);

impl Html {
    pub(super) fn into_string(self) -> String {
        self.0
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl From<&str> for Html {
    fn from(text: &str) -> Self {
        Self(escape(text))
    }
}

impl From<String> for Html {
    fn from(text: String) -> Self {
        Self::from(text.as_str())
    }
}

impl From<Tag> for Html {
    fn from(tag: Tag) -> Self {
        let Tag { name, head, body } = tag;
        if VOID.contains(&name) {
            return Self(format!("<{name}{head}>"));
        }
        Self(format!("<{name}{head}>{body}</{name}>"))
    }
}

impl<T: Into<Html>> FromIterator<T> for Html {
    fn from_iter<I: IntoIterator<Item = T>>(pieces: I) -> Self {
        let pieces = pieces.into_iter().map(|piece| piece.into().0);
        Self(pieces.collect())
    }
}

/// An element that is being made.
#[derive(Debug, Clone)]
pub(super) struct Tag {
    name: &'static str,
    head: String,
    body: String,
}

/// An element of this name.
pub(super) fn tag(name: &'static str) -> Tag {
    Tag {
        name,
        head: String::new(),
        body: String::new(),
    }
}

/// An element of this name and class.
pub(super) fn classed(name: &'static str, class: &str) -> Tag {
    tag(name).with("class", class)
}

impl Tag {
    /// The same with an attribute.
    pub(super) fn with(mut self, name: &str, value: &str) -> Self {
        // Writing to a String cannot fail.
        let _ = write!(self.head, " {name}=\"{}\"", escape(value));
        self
    }

    /// The same with more in it: text, or elements.
    pub(super) fn holds(mut self, more: impl Into<Html>) -> Self {
        self.body.push_str(&more.into().0);
        self
    }

    /// The same with a style sheet of ours in it, which is no text.
    pub(super) fn styled(mut self, sheet: &'static str) -> Self {
        self.body.push_str(sheet);
        self
    }
}

/// `text` as it is, but for what HTML would act on, and for characters that would do
/// something else than show themselves; those are shown as escapes.
fn escape(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            '\n' => safe.push('\n'),
            c if is_active(c) => safe.extend(c.escape_default()),
            c => safe.push(c),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_of_others_stays_text_in_an_element_and_in_an_attribute() {
        let hostile = "</p><script>alert('x')</script>\" onload=\"y\u{202e}\u{1b}[31m&amp;";
        let html: Html = tag("p").with("title", hostile).holds(hostile).into();
        let safe = "&lt;/p&gt;&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;&quot; onload=&quot;y\\u{202e}\\u{1b}[31m&amp;amp;";
        assert_eq!(
            html.into_string(),
            format!("<p title=\"{safe}\">{safe}</p>")
        );
    }

    #[test]
    fn pieces_stand_one_after_the_other() {
        let html: Html = ["a", "b"]
            .map(|text| tag("b").holds(text))
            .into_iter()
            .collect();
        let html: Html = tag("p").holds(html).holds(tag("br")).holds("c < d").into();
        assert_eq!(html.into_string(), "<p><b>a</b><b>b</b><br>c &lt; d</p>");
    }
}
