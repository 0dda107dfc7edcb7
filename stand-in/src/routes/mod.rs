//! The table of all endpoints, and the order in which the API checks a request: path, `Accept`,
//! credentials, permission, rate limit, method.

mod accounts;
mod challenges;
mod hosts;
mod phases;
mod splits;

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::auth;
use crate::edits;
use crate::http::{Answer, Reply, Request};
use crate::state::State;
use crate::throttle::{Bucket, Throttle};
use crate::views::View;

/// Who may use an endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Access {
    /// Everybody.
    Anybody,
    /// Everybody for reading; a user whose e-mail address is not verified cannot.
    Readers,
    /// Users with a verified e-mail address.
    Users,
}

/// Whose requests an endpoint limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Limit {
    /// 60 a minute for a user, over all endpoints of this kind.
    Users,
    /// Only requests without credentials.
    Visitors,
}

type Handler = fn(&mut Call) -> Answer;

/// One endpoint. In a pattern `{name}` stands for a number, `{name:text}` for a segment of anything.
struct Route {
    pattern: &'static str,
    /// The `Allow` header; a method in it without a handler is not modelled.
    allow: &'static str,
    access: Access,
    limit: Limit,
    /// Writing is for hosts of `{ch}`, and this is checked before anything else about them.
    hosts_write: bool,
    handlers: &'static [(&'static str, Handler)],
}

const fn route(
    pattern: &'static str,
    allow: &'static str,
    access: Access,
    limit: Limit,
    handlers: &'static [(&'static str, Handler)],
) -> Route {
    Route {
        pattern,
        allow,
        access,
        limit,
        hosts_write: false,
        handlers,
    }
}

const fn written_by_hosts(route: Route) -> Route {
    Route {
        hosts_write: true,
        ..route
    }
}

const GET: &str = "GET, OPTIONS";
const GET_POST: &str = "GET, OPTIONS, POST";
const GET_PATCH: &str = "GET, OPTIONS, PATCH";
const ALL: &str = "GET, DELETE, OPTIONS, PUT, PATCH";

#[rustfmt::skip]
static ROUTES: &[Route] = {
    use Access::{Anybody, Readers, Users};
    use Limit::Visitors;
    const U: Limit = Limit::Users;
    &[
        route("/api/challenges/challenge_host_team/{team}/challenge", GET_POST, Users, U, &[("GET", challenges::of_team)]),
        written_by_hosts(route("/api/challenges/challenge_host_team/{team}/challenge/{ch}", ALL, Users, U, &[
            ("GET", challenges::detail), ("PATCH", edits::challenge), ("PUT", edits::challenge),
        ])),
        route("/api/challenges/challenge/{ch}/", GET, Anybody, Visitors, &[("GET", challenges::by_id)]),
        route("/api/challenges/challenge/queues/{queue:text}/", GET, Users, U, &[("GET", challenges::by_queue)]),
        route("/api/challenges/{ch}/phases/", GET, Users, U, &[("GET", phases::for_hosts)]),
        written_by_hosts(route("/api/challenges/challenge/{ch}/challenge_phase", GET_POST, Readers, U, &[("GET", phases::list)])),
        written_by_hosts(route("/api/challenges/challenge/{ch}/challenge_phase/{phase}", ALL, Readers, U, &[
            ("GET", phases::detail), ("PATCH", edits::phase), ("PUT", edits::phase),
        ])),
        route("/api/challenges/challenge/phase/{phase}/", GET, Anybody, Visitors, &[("GET", phases::by_id)]),
        route("/api/challenges/phase/{slug:text}/", GET, Anybody, Visitors, &[("GET", phases::by_slug)]),
        route("/api/challenges/{ch}/challenge_phase_split", GET, Anybody, Visitors, &[("GET", splits::list)]),
        route("/api/challenges/challenge/create/challenge_phase_split/{split}/", GET_PATCH, Readers, U, &[
            ("GET", splits::detail), ("PATCH", edits::split),
        ]),
        route("/api/challenges/challenge/create/leaderboard/{leaderboard}/", GET_PATCH, Users, U, &[
            ("GET", splits::leaderboard), ("PATCH", edits::leaderboard),
        ]),
        route("/api/challenges/challenge/create/dataset_split/{dataset_split}/", GET_PATCH, Users, U, &[
            ("GET", splits::dataset_split), ("PATCH", edits::dataset_split),
        ]),
        route("/api/challenges/challenge/{ch}/prizes/", GET, Anybody, U, &[("GET", challenges::prizes)]),
        route("/api/challenges/challenge/{ch}/sponsors/", GET, Anybody, U, &[("GET", challenges::sponsors)]),
        written_by_hosts(route("/api/challenges/challenges/{ch}/phases/{phase}/allowed_email_ids/", "GET, DELETE, OPTIONS, PATCH", Users, U, &[
            ("GET", phases::allowed_emails), ("PATCH", edits::allow_emails), ("DELETE", edits::disallow_emails),
        ])),
        route("/api/challenges/challenge/get_domain_choices/", GET, Readers, U, &[("GET", challenges::domains)]),
        route("/api/challenges/challenge", GET, Users, U, &[("GET", challenges::of_mine)]),
        route("/api/challenges/challenge/{time:text}/{approval:text}/{visibility:text}", GET, Anybody, Visitors, &[("GET", challenges::all)]),
        route("/api/challenges/challenge/{ch}/update_challenge_tags_and_domain/", "OPTIONS, PATCH", Users, U, &[("PATCH", edits::tags_and_domain)]),
        written_by_hosts(route("/api/challenges/challenge/{ch}/disable", "OPTIONS, POST", Users, U, &[("POST", edits::disable)])),
        written_by_hosts(route("/api/challenges/challenge/{ch}/pause_submissions/", "OPTIONS, POST", Users, U, &[("POST", edits::pause)])),
        route("/api/challenges/challenge/update_challenge_approval/", "OPTIONS, POST", Users, U, &[("POST", edits::approve)]),
        route("/api/hosts/challenge_host_team/", GET_POST, Users, U, &[("GET", hosts::mine)]),
        route("/api/hosts/challenge_host_team/{team}", "GET, PATCH, OPTIONS, PUT", Users, U, &[
            ("GET", hosts::detail), ("PATCH", edits::team),
        ]),
        route("/api/hosts/challenge_host_team/{team}/challenge_host", GET_POST, Users, U, &[("GET", hosts::members)]),
        route("/api/accounts/user/get_auth_token", GET, Users, U, &[("GET", accounts::token)]),
        route("/api/accounts/user/refresh_auth_token", GET, Users, U, &[("GET", accounts::refresh)]),
    ]
};

/// What a handler works with.
pub(crate) struct Call<'a> {
    pub(crate) state: &'a mut State,
    pub(crate) request: &'a Request,
    pub(crate) now: Timestamp,
    /// The sender, if signed in.
    pub(crate) user: Option<u64>,
    /// The stand-in's own URL.
    pub(crate) url: &'a str,
    /// What media URLs start with.
    pub(crate) media: &'a str,
    captures: Vec<(&'static str, String)>,
}

impl Call<'_> {
    /// A text that the path holds.
    pub(crate) fn text(&self, name: &str) -> &str {
        let found = self.captures.iter().find(|(key, _)| *key == name);
        found.map_or("", |(_, value)| value)
    }

    /// An id that the path holds; one too large for any row stays unknown.
    pub(crate) fn id(&self, name: &str) -> u64 {
        self.text(name).parse().unwrap_or(u64::MAX)
    }

    /// How rows look in the answer to this request: an edit is answered with relative media URLs.
    pub(crate) fn view(&self) -> View<'_> {
        View {
            state: self.state,
            now: self.now,
            media: if self.request.method == "GET" {
                self.media
            } else {
                ""
            },
        }
    }

    /// One page of a list, in the API's envelope.
    pub(crate) fn page<T>(
        &self,
        items: &[T],
        size: usize,
        show: impl Fn(&T) -> Result<Value, Reply>,
    ) -> Answer {
        let pages = items.len().div_ceil(size).max(1);
        let page = match self.request.query("page") {
            None => 1,
            Some("last") => pages,
            Some(number) => number.parse().unwrap_or(0),
        };
        if !(1..=pages).contains(&page) {
            return Err(Reply::detail(404, "Invalid page."));
        }
        let shown: Result<Vec<Value>, Reply> = items
            .iter()
            .skip((page - 1) * size)
            .take(size)
            .map(show)
            .collect();
        Ok(Reply::ok(json!({
            "count": items.len(),
            "next": (page < pages).then(|| self.page_url(page + 1)),
            "previous": (page > 1).then(|| self.page_url(page - 1)),
            "results": shown?,
        })))
    }

    /// The request's own URL with another page number; the first page has none.
    fn page_url(&self, page: usize) -> String {
        let mut query: Vec<String> = self
            .request
            .query
            .iter()
            .filter(|(name, _)| name != "page")
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        if page > 1 {
            query.push(format!("page={page}"));
        }
        let mark = if query.is_empty() { "" } else { "?" };
        format!("{}{}{mark}{}", self.url, self.request.path, query.join("&"))
    }
}

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

    fn checked(
        self,
        route: &Route,
        captures: Vec<(&'static str, String)>,
        request: &Request,
    ) -> Answer {
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
fn captures(pattern: &'static str, path: &str) -> Option<Vec<(&'static str, String)>> {
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
