//! How a challenge stands, as one page that needs nothing else: no script, no picture, no font
//! from anywhere. Its policy forbids the browser to load any.

mod fields;
mod markup;
mod picture;
mod syncs;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};

use super::history;
use super::status::{State, Status};
use super::words;
use crate::sync::note::Weight;
use markup::{Html, Tag, classed, tag};

const STYLE: &str = include_str!("style.css");

/// The page that tells `status`.
#[must_use]
pub fn page(status: &Status<'_>) -> String {
    let outcome = status.outcome;
    let title = format!("{} · {}", status.headline(), outcome.title);
    let meta = |name: &str, content: &str| tag("meta").with("name", name).with("content", content);
    let head = tag("head")
        .holds(tag("meta").with("charset", "utf-8"))
        .holds(
            tag("meta")
                .with("http-equiv", "Content-Security-Policy")
                .with("content", &policy()),
        )
        .holds(meta("viewport", "width=device-width, initial-scale=1"))
        .holds(meta("color-scheme", "light dark"))
        .holds(meta("referrer", "no-referrer"))
        .holds(meta("robots", "noindex"))
        .holds(tag("title").holds(title))
        .holds(tag("style").styled(STYLE));
    let main = tag("main")
        .holds(overview(status))
        .holds(fields::open(status))
        .holds(notes(status))
        .holds(fields::all(status))
        .holds(syncs::all(status));
    let body = tag("body")
        .holds(header(status))
        .holds(main)
        .holds(footer(status));
    let html: Html = tag("html")
        .with("lang", "en")
        .holds(head)
        .holds(body)
        .into();
    format!("<!DOCTYPE html>\n{}\n", html.into_string())
}

/// Nothing may be loaded, and no style but ours counts.
fn policy() -> String {
    let hash = STANDARD.encode(Sha256::digest(STYLE.as_bytes()));
    format!("default-src 'none'; style-src 'sha256-{hash}'; base-uri 'none'; form-action 'none'")
}

/// A link, if `url` begins as `allowed` does; else `label` alone: an address may come from anybody.
fn link(url: &str, allowed: &str, label: impl Into<Html>) -> Html {
    let is_web = allowed.starts_with("https://") || allowed.starts_with("http://");
    let rest = url.strip_prefix(allowed).filter(|_| is_web);
    if rest.is_some_and(|rest| rest.starts_with('/')) {
        let link = tag("a")
            .with("href", url)
            .with("rel", "noopener noreferrer");
        return link.holds(label).into();
    }
    tag("span").holds(label).into()
}

/// A sentence of ours, in which what stands between backticks is code.
fn sentence(text: &str) -> Html {
    let parts: Vec<&str> = text.split('`').collect();
    // An odd backtick is somebody else's.
    if parts.len().is_multiple_of(2) {
        return text.into();
    }
    let part = |(index, part): (usize, &&str)| -> Html {
        match index % 2 {
            0 => (*part).into(),
            _ => tag("code").holds(*part).into(),
        }
    };
    parts.iter().enumerate().map(part).collect()
}

/// A link to a commit of the repository.
fn commit(status: &Status<'_>, sha: &str) -> Html {
    let label = tag("code").holds(words::short(sha));
    let is_id = sha.len() >= 40 && sha.bytes().all(|byte| byte.is_ascii_hexdigit());
    let url = format!(
        "{}/{}/commit/{sha}",
        status.server, status.outcome.repository
    );
    link(&url, if is_id { status.server } else { "" }, label)
}

fn header(status: &Status<'_>) -> Tag {
    let outcome = status.outcome;
    let evalai = format!(
        "{}/web/challenges/challenge-page/{}/overview",
        outcome.evalai, outcome.challenge_id
    );
    let tree = format!(
        "{}/{}/tree/{}",
        status.server, outcome.repository, outcome.branch
    );
    let challenge = format!("Challenge {} on EvalAI", outcome.challenge_id);
    let is_in_sync = status.headline() == "In sync";
    let badge = if is_in_sync {
        "badge in-sync"
    } else {
        "badge attention"
    };
    let places = classed("p", "places")
        .holds(link(&evalai, &outcome.evalai, challenge))
        .holds(classed("span", "arrow").holds("→"))
        .holds(link(
            &tree,
            status.server,
            format!("{}, branch {}", outcome.repository, outcome.branch),
        ));
    tag("header")
        .holds(classed("p", badge).holds(status.headline()))
        .holds(tag("h1").holds(outcome.title.as_str()))
        .holds(places)
}

/// The ring, the token, the last sync, and what comes next.
fn overview(status: &Status<'_>) -> Tag {
    let counts = State::ALL.map(|state| (state, status.count(state)));
    let all = status.outcome.plan.items.len();
    let ring = picture::ring(
        &counts,
        &status.count(State::InSync).to_string(),
        &format!("of {all} in sync"),
    );
    let legend: Html = counts
        .iter()
        .filter(|(_, count)| *count > 0)
        .map(|(state, count)| {
            tag("li")
                .holds(fields::mark(*state))
                .holds(tag("b").holds(count.to_string()))
                .holds(format!(" {}", state.words()))
        })
        .collect();
    let fields = classed("section", "card")
        .holds(tag("h2").holds("Fields"))
        .holds(
            classed("div", "shares")
                .holds(ring)
                .holds(classed("ul", "legend").holds(legend)),
        );
    let (token, wants_attention) = status.token();
    let token_class = if wants_attention {
        "attention-text"
    } else {
        ""
    };
    let gauge = status.days_left().map(|days| {
        // A token is good for a year.
        picture::gauge(f64::from(days) / 365.0, wants_attention, &token)
    });
    let token = card("EvalAI token")
        .holds(classed("p", token_class).holds(token.as_str()))
        .holds(gauge.unwrap_or_default());
    classed("div", "cards")
        .holds(fields)
        .holds(next_run(status))
        .holds(last_sync(status))
        .holds(token)
}

fn card(title: &str) -> Tag {
    classed("section", "card").holds(tag("h2").holds(title))
}

fn next_run(status: &Status<'_>) -> Tag {
    let outcome = status.outcome;
    let written = status.count(State::Incoming);
    let conflicts = status.count(State::Conflict);
    let mut told = Vec::new();
    if written > 0 {
        told.push(format!(
            "It writes {} from EvalAI into the branch.",
            words::count(written, "field")
        ));
    }
    if conflicts > 0 {
        told.push(format!(
            "It deals with {} as told below.",
            words::count(conflicts, "conflict")
        ));
    }
    if told.is_empty() {
        told.push("It changes no file.".to_owned());
    }
    let ahead = status.count(State::Ahead);
    if ahead > 0 {
        told.push(format!(
            "It leaves alone {} that EvalAI has yet to get.",
            words::count(ahead, "field")
        ));
    }
    told.extend(words::structure(outcome));
    told.extend(words::next_step(outcome));
    told.into_iter().fold(card("The next run"), |card, line| {
        card.holds(tag("p").holds(sentence(&line)))
    })
}

fn last_sync(status: &Status<'_>) -> Tag {
    let card = card("The last sync");
    let Some(sync) = status.syncs.first() else {
        return card.holds(tag("p").holds("None is recorded yet."));
    };
    let when = sync.when.strftime("%-d %B %Y, %H:%M UTC").to_string();
    let fields = words::count(sync.changes.len(), "field");
    let all = format!("{} so far.", words::count(status.syncs.len(), "sync"));
    card.holds(tag("p").holds(tag("b").holds(when)))
        .holds(tag("p").holds(format!("{fields}, {}", history::set_off(sync))))
        .holds(tag("p").holds(all))
}

/// What the host should know.
fn notes(status: &Status<'_>) -> Html {
    let notes: Html = status
        .outcome
        .notes
        .iter()
        .map(|note| {
            let class = match note.weight {
                Weight::Error | Weight::Warning => "note attention-text",
                Weight::Notice => "note",
            };
            classed("li", class).holds(sentence(&note.text))
        })
        .collect();
    if notes.is_empty() {
        return notes;
    }
    tag("section")
        .holds(tag("h2").holds("Notes"))
        .holds(classed("ul", "notes").holds(notes))
        .into()
}

fn footer(status: &Status<'_>) -> Tag {
    let outcome = status.outcome;
    let text = format!(
        "As of {}. Made by evalai-sync {} from {}",
        status.now.strftime("%-d %B %Y, %H:%M UTC"),
        env!("CARGO_PKG_VERSION"),
        outcome.config,
    );
    let line = tag("p").holds(text);
    let line = if status.syncs.is_empty() {
        line
    } else {
        line.holds("; everything up to commit ")
            .holds(commit(status, &outcome.sync_sha))
            .holds(" has arrived")
    };
    tag("footer").holds(line.holds("."))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn linked(url: &str, allowed: &str) -> bool {
        let html = link(url, allowed, "label").into_string();
        assert!(html.contains(">label<"), "{html}");
        html.starts_with("<a ")
    }

    #[test]
    fn an_address_from_anybody_is_a_link_only_where_it_leads_to_what_we_know() {
        let allowed = "https://github.com";
        assert!(linked("https://github.com/o/r/actions/runs/7", allowed));
        for url in [
            "javascript:alert(1)",
            "https://github.com.example.org/o",
            "https://github.community/o",
            "data:text/html,x",
            "https://evil.example/https://github.com/",
        ] {
            assert!(!linked(url, allowed), "{url}");
        }
        assert!(!linked("javascript:/x", "javascript:"));
        assert!(!linked("/x", ""));
    }

    #[test]
    fn what_stands_between_backticks_is_code() {
        let html = sentence("Set `a<b` now").into_string();
        assert_eq!(html, "Set <code>a&lt;b</code> now");
        assert_eq!(sentence("an odd ` sign").into_string(), "an odd ` sign");
    }

    #[test]
    fn the_policy_lets_nothing_in_but_our_style() {
        let policy = policy();
        assert!(
            policy.starts_with("default-src 'none'; style-src 'sha256-"),
            "{policy}"
        );
        assert!(!policy.contains("unsafe"), "{policy}");
        // The end of the element would end the style sheet.
        assert!(!STYLE.contains("</") && !STYLE.contains("url(") && !STYLE.contains("@import"));
    }
}
