//! Secrets that cannot be printed: the EvalAI token and the GitHub token.

use std::fmt;

/// A secret text. `Debug` and `Display` never show it; [`Secret::expose`] is
/// the one way to its characters, so that every use can be found by name.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Wraps `text`, without the white space around it (a secret pasted into
    /// a form or a file often ends in a line break). `None` if nothing is left.
    #[must_use]
    pub fn new(text: &str) -> Option<Self> {
        let text = text.trim();
        (!text.is_empty()).then(|| Self(text.to_owned()))
    }

    /// The secret itself, to be sent to its own host and nowhere else.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(***)")
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

#[cfg(test)]
mod tests {
    use super::Secret;

    #[test]
    fn is_never_shown_by_formatting() {
        let secret = Secret::new("hunter2").expect("not blank");
        assert_eq!(format!("{secret} {secret:?}"), "*** Secret(***)");
    }

    #[test]
    fn loses_the_white_space_around_it_and_is_nothing_when_blank() {
        assert_eq!(Secret::new(" \n"), None);
        assert_eq!(
            Secret::new("a b\n").map(|s| s.expose().to_owned()),
            Some("a b".into())
        );
    }
}
