//! Pieces of a line, each with a look of its own where there is colour.

/// How a piece of a line looks in a terminal with colour; elsewhere all look the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Look {
    /// As any text.
    Plain,
    /// What a line is about.
    Strong,
    /// What is there for completeness.
    Faint,
    /// What was.
    Old,
    /// What is.
    New,
    /// What wants attention.
    Marked,
}

impl Look {
    /// The escape sequence that starts it; `None` if nothing does.
    pub(super) fn start(self) -> Option<&'static str> {
        match self {
            Self::Plain => None,
            Self::Strong => Some("\u{1b}[1m"),
            Self::Faint => Some("\u{1b}[2m"),
            Self::Old => Some("\u{1b}[31m"),
            Self::New => Some("\u{1b}[32m"),
            Self::Marked => Some("\u{1b}[33m"),
        }
    }
}

/// A piece of a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Span {
    /// How it looks.
    pub look: Look,
    /// What it says; may come from anywhere.
    pub text: String,
}

impl Span {
    /// A piece that looks like `look`.
    #[must_use]
    pub fn new(look: Look, text: impl Into<String>) -> Self {
        Self {
            look,
            text: text.into(),
        }
    }
}
