//! The order in which the API checks a request: path, `Accept`, credentials, permission, rate limit,
//! method.

use jiff::Timestamp;

use crate::auth;
use crate::http::{Answer, Reply, Request};
use crate::routes::{Access, Call, Captures, Limit, ROUTES, Route};
use crate::state::State;
use crate::throttle::{Bucket, Throttle};

/// All that is behind the stand-in's URL.
pub(crate) struct Site<'a> {
    pub(crate) state: &'a mut State,
    /// `None`: nothing is limited.
    pub(crate) throttle: Option<&'a mut Throttle>,
    pub(crate) now: Timestamp,
    pub(crate) url: &'a str,
    pub(crate) media: &'a str,
}

impl Site<'_> {
    /// The answer to a request, with the headers that the real server adds to each.
    pub(crate) fn answer(self, request: &Request) -> Reply {
        let reply = self.find(request).unwrap_or_else(|refusal| refusal);
        reply.with("Vary", "Origin").with("X-Frame-Options", "DENY")
    }

    fn find(self, request: &Request) -> Answer {
        if let Some(path) = request.path.strip_prefix("/media/") {
            return self.state.media.serve(path, request);
        }
        let matched = |path: &str| {
            ROUTES
                .iter()
                .find_map(|route| Some((route, captures(route.pattern, path)?)))
        };
        let Some((route, captures)) = matched(&request.path) else {
            let slashed = format!("{}/", request.path);
            return Err(if matched(&slashed).is_some() {
                Reply {
                    status: 301,
                    ..Reply::bytes("text/html; charset=utf-8", "".into())
                }
                .with("Location", request.target_with_slash())
            } else {
                Reply::not_found_page()
            });
        };
        let reply = self
            .checked(route, captures, request)
            .unwrap_or_else(|refusal| refusal);
        // An unhandled exception's page is not made by the view, and so does not know its methods.
        Ok(if reply.status == 500 {
            reply
        } else {
            reply.with("Allow", route.allow)
        })
    }

    fn checked(self, route: &Route, captures: Captures, request: &Request) -> Answer {
        if !accepts_json(request.header("accept")) {
            return Err(Reply::detail(
                406,
                "Could not satisfy the request Accept header.",
            ));
        }
        let credentials = &self.state.credentials;
        let user = auth::authenticate(credentials, request.header("authorization"), self.now)?;
        let mut call = Call {
            state: self.state,
            request,
            now: self.now,
            user,
            url: self.url,
            media: self.media,
            captures,
        };
        permitted(route, &call)?;
        let bucket = match (user, route.limit) {
            (Some(user), Limit::Users) => Some(Bucket::User(user)),
            (None, Limit::Users) => Some(Bucket::Anonymous),
            (None, Limit::Visitors) => Some(Bucket::Visitor),
            (Some(_), Limit::Visitors) => None,
        };
        if let (Some(throttle), Some(bucket)) = (self.throttle, bucket) {
            throttle.admit(bucket, call.now).map_err(throttled)?;
        }
        let method = request.method.as_str();
        match route.handlers.iter().find(|(name, _)| *name == method) {
            Some((_, handler)) => handler(&mut call),
            None if route.allow.split(", ").any(|allowed| allowed == method) => Err(Reply::error(
                501,
                "The stand-in does not model this method of this endpoint.",
            )),
            None => Err(Reply::detail(
                405,
                &format!("Method \"{method}\" not allowed."),
            )),
        }
    }
}

fn permitted(route: &Route, call: &Call) -> Result<(), Reply> {
    let reads = call.request.method == "GET" || call.request.method == "HEAD";
    if call.user.is_none()
        && (route.access == Access::Users || !reads && route.access == Access::Readers)
    {
        return Err(auth::credentials_missing());
    }
    let user = call.user.and_then(|id| call.state.user(id));
    if route.access != Access::Anybody && user.is_some_and(|user| !user.email_verified) {
        return Err(Reply::detail(403, "Please verify your email!"));
    }
    if route.hosts_write && !reads && !call.state.is_host(call.user, call.id("ch")) {
        return Err(Reply::detail(
            403,
            "Sorry, you are not allowed to perform this operation!",
        ));
    }
    Ok(())
}

fn throttled(seconds: i64) -> Reply {
    let unit = if seconds == 1 { "second" } else { "seconds" };
    let detail = format!("Request was throttled. Expected available in {seconds} {unit}.");
    Reply::detail(429, &detail).with("Retry-After", seconds.to_string())
}

fn accepts_json(accept: Option<&str>) -> bool {
    accept.is_none_or(|accept| {
        accept
            .split(',')
            .map(|range| range.split(';').next().unwrap_or_default().trim())
            .any(|range| matches!(range, "*/*" | "application/*" | "application/json"))
    })
}

/// The path's captures if it fits the pattern, slashes and all.
fn captures(pattern: &'static str, path: &str) -> Option<Captures> {
    let (expected, given): (Vec<_>, Vec<_>) =
        (pattern.split('/').collect(), path.split('/').collect());
    if expected.len() != given.len() {
        return None;
    }
    let mut captures = Vec::new();
    for (expected, given) in expected.into_iter().zip(given) {
        let Some(name) = expected
            .strip_prefix('{')
            .and_then(|rest| rest.strip_suffix('}'))
        else {
            if expected == given {
                continue;
            }
            return None;
        };
        let fits = match name.strip_suffix(":text") {
            Some(_) => given
                .chars()
                .all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '.')),
            None => given.bytes().all(|byte| byte.is_ascii_digit()),
        };
        if given.is_empty() || !fits {
            return None;
        }
        captures.push((name.trim_end_matches(":text"), given.to_owned()));
    }
    Some(captures)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_fits_a_pattern_segment_by_segment_and_slash_by_slash() {
        let pattern = "/api/challenges/{ch}/phases/";
        assert_eq!(
            captures(pattern, "/api/challenges/5/phases/"),
            Some(vec![("ch", "5".to_owned())])
        );
        for other in [
            "/api/challenges/5/phases",
            "/api/challenges/5/phases//",
            "/api/challenges/x/phases/",
            "/api/challenges//phases/",
        ] {
            assert_eq!(captures(pattern, other), None, "{other}");
        }
        let queue = captures("/queues/{queue:text}/", "/queues/größer-5.fifo/");
        assert_eq!(queue, Some(vec![("queue", "größer-5.fifo".to_owned())]));
    }

    #[test]
    fn only_an_accept_header_that_leaves_room_for_json_is_accepted() {
        for fine in [
            "*/*",
            "application/json",
            "text/html, application/json;q=0.5",
            "application/*",
        ] {
            assert!(accepts_json(Some(fine)), "{fine}");
        }
        for refused in ["text/html", "application/vnd.github+json", ""] {
            assert!(!accepts_json(Some(refused)), "{refused}");
        }
        assert!(accepts_json(None));
    }
}
