//! Something the host should know that is no error.

/// How much it matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Weight {
    /// Good to know.
    Notice,
    /// Something to mend.
    Warning,
    /// Something that keeps EvalAI and the repository from ever agreeing.
    Error,
}

/// Where in the repository it is at fault.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spot {
    /// The file's path from the top of the repository.
    pub file: String,
    /// The line, counted from 1.
    pub line: usize,
    /// The column in it, counted from 1.
    pub column: Option<usize>,
}

/// A sentence or two for the host, with the fix in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// How much it matters.
    pub weight: Weight,
    /// The sentences.
    pub text: String,
    /// The place at fault, if it is one in a file.
    pub spot: Option<Spot>,
}

impl Note {
    /// Something good to know.
    #[must_use]
    pub fn notice(text: impl Into<String>) -> Self {
        Self {
            weight: Weight::Notice,
            text: text.into(),
            spot: None,
        }
    }

    /// Something to mend.
    #[must_use]
    pub fn warning(text: impl Into<String>) -> Self {
        Self {
            weight: Weight::Warning,
            text: text.into(),
            spot: None,
        }
    }

    /// Something that must be mended.
    #[must_use]
    pub fn error(text: impl Into<String>) -> Self {
        Self {
            weight: Weight::Error,
            text: text.into(),
            spot: None,
        }
    }

    /// The same, pointing at a line of a file.
    #[must_use]
    pub fn at(self, file: impl Into<String>, line: usize) -> Self {
        Self {
            spot: Some(Spot {
                file: file.into(),
                line,
                column: None,
            }),
            ..self
        }
    }
}
