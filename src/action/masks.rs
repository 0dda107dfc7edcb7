//! The forms in which a secret could show, and their removal from text.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use crate::secret::Secret;

/// Texts that are never shown.
#[derive(Default)]
pub(super) struct Masks {
    /// Longest first, so that a form which is part of another leaves no rest.
    forms: Vec<String>,
}

impl Masks {
    /// Adds every form of `secret`; returns those that are new.
    pub(super) fn add(&mut self, secret: &Secret) -> Vec<String> {
        let mut added = forms(secret.expose());
        added.retain(|form| !self.forms.contains(form));
        self.forms.extend_from_slice(&added);
        self.forms.sort_by_key(|form| std::cmp::Reverse(form.len()));
        added
    }

    /// `text` with `***` in place of each form.
    pub(super) fn hide(&self, text: &str) -> String {
        self.forms
            .iter()
            .fold(text.to_owned(), |text, form| text.replace(form, "***"))
    }
}

impl std::fmt::Debug for Masks {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Masks({})", self.forms.len())
    }
}

/// The secret itself, its lines (the runner masks line by line), and what it
/// looks like in a URL, in base64, and in the basic authentication of git.
fn forms(secret: &str) -> Vec<String> {
    let basic = format!("x-access-token:{secret}");
    let lines = secret.lines().map(str::trim).map(str::to_owned);
    let encoded = [
        utf8_percent_encode(secret, NON_ALPHANUMERIC).to_string(),
        STANDARD.encode(secret),
        URL_SAFE_NO_PAD.encode(secret),
        STANDARD.encode(basic),
    ];
    let mut forms = Vec::new();
    for form in std::iter::once(secret.to_owned())
        .chain(lines)
        .chain(encoded)
    {
        if !form.is_empty() && !forms.contains(&form) {
            forms.push(form);
        }
    }
    forms
}

#[cfg(test)]
mod tests {
    use super::Masks;
    use crate::secret::Secret;

    fn masks(secret: &str) -> (Masks, Vec<String>) {
        let mut masks = Masks::default();
        let added = masks.add(&Secret::new(secret).expect("a secret"));
        (masks, added)
    }

    #[test]
    fn a_secret_is_hidden_in_each_form_in_which_it_travels() {
        let (masks, _) = masks("p/ss?wörd>>");
        for text in [
            "p/ss?wörd>>",
            "p%2Fss%3Fw%C3%B6rd%3E%3E",
            "cC9zcz93w7ZyZD4+",
            "cC9zcz93w7ZyZD4-",
            "eC1hY2Nlc3MtdG9rZW46cC9zcz93w7ZyZD4+",
        ] {
            assert_eq!(masks.hide(&format!("<{text}>")), "<***>", "{text}");
        }
    }

    #[test]
    fn each_line_of_a_secret_is_hidden_by_itself() {
        let (masks, _) = masks("first\r\n\r\nsecond");
        assert_eq!(masks.hide("second, then first"), "***, then ***");
    }

    #[test]
    fn a_form_is_added_once() {
        let (mut masks, added) = masks("abc");
        assert_eq!(added, ["abc", "YWJj", "eC1hY2Nlc3MtdG9rZW46YWJj"]);
        let again = Secret::new("abc").expect("a secret");
        assert_eq!(masks.add(&again), Vec::<String>::new());
    }

    #[test]
    fn of_two_secrets_the_longer_one_is_hidden_whole() {
        let (mut masks, _) = masks("token");
        masks.add(&Secret::new("token-and-more").expect("a secret"));
        assert_eq!(masks.hide("token-and-more"), "***");
    }
}
