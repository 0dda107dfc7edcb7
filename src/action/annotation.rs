//! Annotations: what a run says at the place where it belongs.

/// How much an annotation matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// Good to know.
    Notice,
    /// To be looked at.
    Warning,
    /// Why the run fails.
    Error,
}

impl Level {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Notice => "notice",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }

    /// The escape sequence that starts its colour in a terminal.
    pub(super) fn colour(self) -> &'static str {
        match self {
            Self::Notice => "\u{1b}[36m",
            Self::Warning => "\u{1b}[33m",
            Self::Error => "\u{1b}[31m",
        }
    }
}

/// Something that is shown where it belongs: on the run's page and, with a
/// file, beside its line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Annotation {
    /// How much it matters.
    pub level: Level,
    /// A few words; the runner shows the level's name if there are none.
    pub title: Option<String>,
    /// What is wrong and what to do; may have several lines.
    pub message: String,
    /// Path of the file at fault, from the repository's root.
    pub file: Option<String>,
    /// Its line, from 1.
    pub line: Option<usize>,
    /// The column in the line, from 1.
    pub column: Option<usize>,
}

impl Annotation {
    /// One of `level`, without a place.
    #[must_use]
    pub fn new(level: Level, message: impl Into<String>) -> Self {
        Self {
            level,
            title: None,
            message: message.into(),
            file: None,
            line: None,
            column: None,
        }
    }

    /// The same with a title.
    #[must_use]
    pub fn title(self, title: impl Into<String>) -> Self {
        Self {
            title: Some(title.into()),
            ..self
        }
    }

    /// The same with the file at fault, and the line and column in it.
    #[must_use]
    pub fn at(self, file: impl Into<String>, line: Option<usize>, column: Option<usize>) -> Self {
        Self {
            file: Some(file.into()),
            line,
            column,
            ..self
        }
    }
}
