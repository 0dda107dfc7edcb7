//! The JWT of an account: what the profile page shows, and its renewal.

use jiff::{Span, Timestamp};
use serde_json::json;

use super::Call;
use crate::auth::{self, Credential, User};
use crate::http::{Answer, Reply};

fn shown(user: &User) -> Reply {
    let expires = user.jwt_expires.strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
    Reply::ok(json!({ "token": user.jwt, "expires_at": expires }))
}

fn sender<'a>(call: &'a mut Call) -> Result<&'a mut User, Reply> {
    let id = call.user;
    let users = &mut call.state.users;
    users
        .iter_mut()
        .find(|user| Some(user.id) == id)
        .ok_or_else(auth::credentials_missing)
}

pub(super) fn token(call: &mut Call) -> Answer {
    sender(call).map(|user| shown(user))
}

/// Hands out a new JWT, good for 365 days. All older ones are refused from now on.
pub(super) fn refresh(call: &mut Call) -> Answer {
    let serial = call.state.credentials.len() as u64;
    let expires = call
        .now
        .saturating_add(Span::new().hours(365 * 24))
        .unwrap_or(Timestamp::MAX);
    let user = sender(call)?;
    user.jwt = auth::jwt(user.id, expires, serial);
    user.jwt_expires = expires;
    let (id, jwt, reply) = (user.id, user.jwt.clone(), shown(user));
    for credential in call.state.credentials.values_mut() {
        if matches!(credential, Credential::Jwt(owner, _) if *owner == id) {
            *credential = Credential::BlacklistedJwt;
        }
    }
    call.state
        .credentials
        .insert(jwt, Credential::Jwt(id, expires));
    Ok(reply)
}
