//! Who sends a request: the two kinds of credentials EvalAI knows, and its refusals of all others.
//!
//! A host's `github/host_config.json` holds a JWT (`Bearer`), the web UI a session key (`Token`).

use std::collections::HashMap;

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::http::Reply;

/// A person with an account. Ids are EvalAI's.
#[derive(Debug, Clone)]
pub(crate) struct User {
    /// The account's id.
    pub(crate) id: u64,
    /// The account's name.
    pub(crate) name: String,
    /// False: every request that needs an account is refused with 403.
    pub(crate) email_verified: bool,
    /// True: may approve challenges.
    pub(crate) staff: bool,
    /// The JWT that the profile page shows now.
    pub(crate) jwt: String,
    /// When that JWT expires.
    pub(crate) jwt_expires: Timestamp,
    /// The web UI's session key.
    pub(crate) session: String,
}

/// What a credential that was sent stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Credential {
    /// A JWT, good until its expiry.
    Jwt(u64, Timestamp),
    /// A session key of the web UI.
    Session(u64),
    ExpiredSession,
    /// A JWT of another type than the one EvalAI hands out.
    AccessJwt,
    BlacklistedJwt,
    InactiveUserJwt,
    DeletedUserJwt,
}

/// All credentials ever handed out, by their text.
pub(crate) type Credentials = HashMap<String, Credential>;

/// The id of the user whom an `Authorization` header names; `None` without credentials.
pub(crate) fn authenticate(
    credentials: &Credentials,
    header: Option<&str>,
    now: Timestamp,
) -> Result<Option<u64>, Reply> {
    let words: Vec<&str> = header.unwrap_or_default().split_whitespace().collect();
    match words.as_slice() {
        ["Bearer", jwt] => bearer(credentials.get(*jwt), now).map(Some),
        ["Bearer", ..] => Err(refused(&json!({
            "detail": "Authorization header must contain two space-delimited values",
            "code": "bad_authorization_header",
        }))),
        [scheme, rest @ ..] if scheme.eq_ignore_ascii_case("token") => {
            let failure = match rest {
                [] => "Invalid token header. No credentials provided.",
                [key] => match credentials.get(*key) {
                    Some(Credential::Session(user)) => return Ok(Some(*user)),
                    Some(Credential::ExpiredSession) => "Token has expired",
                    _ => "Invalid token",
                },
                _ => "Invalid token header. Token string should not contain spaces.",
            };
            Err(refused(&json!({ "detail": failure })))
        }
        // Any other scheme, `bearer` in lower case too, counts as no credentials.
        _ => Ok(None),
    }
}

fn bearer(credential: Option<&Credential>, now: Timestamp) -> Result<u64, Reply> {
    let message = match credential {
        Some(Credential::Jwt(user, expires)) if *expires > now => return Ok(*user),
        Some(Credential::AccessJwt) => "Token has wrong type",
        Some(Credential::BlacklistedJwt) => "Token is blacklisted",
        Some(Credential::InactiveUserJwt) => {
            return Err(refused(&json!({
                "detail": "User is inactive",
                "code": "user_inactive",
            })));
        }
        Some(Credential::DeletedUserJwt) => {
            return Err(refused(&json!({
                "detail": "User not found",
                "code": "user_not_found",
            })));
        }
        // An expired JWT is not told apart from garbage.
        _ => "Token is invalid or expired",
    };
    Err(refused(&json!({
        "detail": "Given token not valid for any token type",
        "code": "token_not_valid",
        "messages": [{
            "token_class": "RefreshToken",
            "token_type": "refresh",
            "message": message,
        }],
    })))
}

/// The refusal of a request without credentials where some are needed.
pub(crate) fn credentials_missing() -> Reply {
    refused(&json!({ "detail": "Authentication credentials were not provided." }))
}

fn refused(body: &Value) -> Reply {
    Reply::json(401, body).with("WWW-Authenticate", "Bearer realm=\"api\"")
}

/// A token of the shape that EvalAI hands out, so that its `exp` can be read; it is signed by nobody.
pub(crate) fn jwt(user: u64, expires: Timestamp, serial: u64) -> String {
    let header = json!({ "typ": "JWT", "alg": "HS256" });
    let claims = json!({
        "token_type": "refresh",
        "exp": expires.as_second(),
        "jti": format!("{serial:032x}"),
        "user_id": user,
    });
    let part = |value: &Value| base64url(value.to_string().as_bytes());
    format!(
        "{}.{}.{}",
        part(&header),
        part(&claims),
        base64url(&[0x5a; 32])
    )
}

fn base64url(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let mut text = String::new();
    for group in bytes.chunks(3) {
        let bits = group
            .iter()
            .chain([&0; 2])
            .take(3)
            .fold(0_usize, |bits, byte| bits << 8 | usize::from(*byte));
        for place in 0..=group.len() {
            text.push(char::from(ALPHABET[bits >> (18 - 6 * place) & 63]));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64url_has_no_padding() {
        let cases = [
            ("", ""),
            ("f", "Zg"),
            ("fo", "Zm8"),
            ("foo", "Zm9v"),
            ("foob", "Zm9vYg"),
            ("\u{ff}\u{ff}", "w7_Dvw"),
        ];
        for (plain, coded) in cases {
            assert_eq!(base64url(plain.as_bytes()), coded, "{plain:?}");
        }
    }

    #[test]
    fn a_jwt_is_good_until_it_expires_and_then_no_better_than_garbage() {
        let expires = Timestamp::from_second(1000).unwrap();
        let credentials = Credentials::from([("a.b.c".to_owned(), Credential::Jwt(7, expires))]);
        let at = |second| {
            let now = Timestamp::from_second(second).unwrap();
            authenticate(&credentials, Some("Bearer a.b.c"), now)
        };
        assert_eq!(at(999).unwrap(), Some(7));
        let late = at(1000).unwrap_err();
        let garbage = authenticate(&credentials, Some("Bearer garbage"), expires).unwrap_err();
        assert_eq!((late.status, &late.body), (401, &garbage.body));
    }
}
