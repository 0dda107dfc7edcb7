//! The table of all endpoints, and what their handlers work with.

mod accounts;
mod challenges;
mod hosts;
mod phases;
pub(crate) mod splits;

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::edits;
use crate::http::{Answer, Reply, Request};
use crate::push;
use crate::state::State;
use crate::views::View;

/// Who may use an endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Access {
    /// Everybody.
    Anybody,
    /// Everybody for reading; a user whose e-mail address is not verified cannot.
    Readers,
    /// Users with a verified e-mail address.
    Users,
}

/// Whose requests an endpoint limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Limit {
    /// 60 a minute for a user, over all endpoints of this kind.
    Users,
    /// Only requests without credentials.
    Visitors,
}

/// The parts of a path that a pattern names.
pub(crate) type Captures = Vec<(&'static str, String)>;

pub(crate) type Handler = fn(&mut Call) -> Answer;

/// One endpoint. In a pattern `{name}` stands for a number, `{name:text}` for a segment of anything.
pub(crate) struct Route {
    pub(crate) pattern: &'static str,
    /// The `Allow` header; a method in it without a handler is not modelled.
    pub(crate) allow: &'static str,
    pub(crate) access: Access,
    pub(crate) limit: Limit,
    /// Writing is for hosts of `{ch}`, and this is checked before anything else about them.
    pub(crate) hosts_write: bool,
    pub(crate) handlers: &'static [(&'static str, Handler)],
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

const fn written_by_hosts(mut route: Route) -> Route {
    route.hosts_write = true;
    route
}

const GET: &str = "GET, OPTIONS";
const GET_POST: &str = "GET, OPTIONS, POST";
const GET_PATCH: &str = "GET, OPTIONS, PATCH";
const ALL: &str = "GET, DELETE, OPTIONS, PUT, PATCH";

#[rustfmt::skip]
pub(crate) static ROUTES: &[Route] = {
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
        route("/api/challenges/challenge/challenge_host_team/{team}/create_or_update_github_challenge/", "OPTIONS, POST", Users, U, &[("POST", push::create_or_update)]),
        route("/api/challenges/challenge/challenge_host_team/{team}/validate_challenge_config/", "OPTIONS, POST", Users, U, &[("POST", push::validate)]),
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
    pub(crate) captures: Captures,
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
