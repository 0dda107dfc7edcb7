//! What can be told about an EvalAI token without asking EvalAI.
//!
//! The token of a host is a JWT that lives for 365 days (a refresh token). EvalAI
//! answers the same 401 to an expired one as to garbage, so the date is read from the token.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;

use crate::secret::Secret;

/// What a token looks like. Its signature is not verified: only EvalAI can.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenForm {
    /// A JWT, with the moment at which it expires if it names one.
    Jwt {
        /// The `exp` claim.
        expires: Option<Timestamp>,
    },
    /// 40 hexadecimal digits: the web page's session key, which EvalAI refuses as a bearer token.
    SessionKey,
    /// Anything else.
    Other,
}

impl TokenForm {
    /// Reads the form of `token`.
    #[must_use]
    pub fn of(token: &Secret) -> Self {
        let text = token.expose();
        if text.len() == 40 && text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Self::SessionKey;
        }
        claims(text).map_or(Self::Other, |claims| Self::Jwt {
            expires: claims
                .get("exp")
                .and_then(serde_json::Value::as_i64)
                .and_then(|seconds| Timestamp::from_second(seconds).ok()),
        })
    }
}

fn claims(text: &str) -> Option<serde_json::Map<String, serde_json::Value>> {
    let mut parts = text.split('.');
    let (Some(_), Some(claims), Some(_), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return None;
    };
    let bytes = URL_SAFE_NO_PAD.decode(claims.trim_end_matches('=')).ok()?;
    serde_json::from_slice(&bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(text: &str) -> TokenForm {
        TokenForm::of(&Secret::new(text).unwrap())
    }

    fn jwt(claims: &str) -> String {
        format!("e30.{}.c2ln", URL_SAFE_NO_PAD.encode(claims))
    }

    #[test]
    fn the_form_of_a_token_is_read_from_its_characters() {
        let expires = |seconds| TokenForm::Jwt {
            expires: Some(Timestamp::from_second(seconds).unwrap()),
        };
        let endless = TokenForm::Jwt { expires: None };
        for (token, expected) in [
            (
                jwt(r#"{"exp":1826977151,"token_type":"refresh"}"#),
                expires(1_826_977_151),
            ),
            (
                format!("{}==.c2ln", jwt(r#"{"exp":1}"#).trim_end_matches(".c2ln")),
                expires(1),
            ),
            (jwt(r#"{"user_id":1}"#), endless),
            (jwt(r#"{"exp":"soon"}"#), endless),
            (jwt(r#"{"exp":99999999999999999}"#), endless),
            (jwt("[1]"), TokenForm::Other),
            ("a.b".into(), TokenForm::Other),
            ("a.!!!.c".into(), TokenForm::Other),
            (
                "0123456789abcdef0123456789abcdef01234567".into(),
                TokenForm::SessionKey,
            ),
            ("not-a-jwt".into(), TokenForm::Other),
        ] {
            assert_eq!(form(&token), expected, "{token}");
        }
    }
}
