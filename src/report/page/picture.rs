//! The page's pictures: a ring and bars of field states, and the timeline of syncs.

use jiff::Timestamp;

use super::markup::{Html, Tag, classed, tag};
use crate::report::status::State;
use crate::report::{history, words};
use crate::repository::history::{Origin, Sync};

/// The least share of a ring or a bar that can be seen, in percent.
const LEAST: f64 = 1.8;

/// A day in seconds.
const DAY: f64 = 86_400.0;

/// A dot's room at either end of the timeline, and what is left between, in percent.
const EDGE: f64 = 3.0;
const INNER: f64 = 100.0 - 2.0 * EDGE;

/// The class that gives a state its colour.
pub(super) fn class(state: State) -> &'static str {
    match state {
        State::InSync => "in-sync",
        State::Incoming => "incoming",
        State::Ahead => "ahead",
        State::Conflict => "conflict",
        State::Waiting => "waiting",
        State::Unknown => "unknown",
    }
}

/// The sign that tells a state without its colour.
pub(super) fn sign(state: State) -> &'static str {
    match state {
        State::InSync => "✓",
        State::Incoming => "↓",
        State::Ahead => "↑",
        State::Conflict => "!",
        State::Waiting => "…",
        State::Unknown => "?",
    }
}

/// Where each state with fields begins in percent, and how much it takes.
fn shares(counts: &[(State, usize)]) -> Vec<(State, f64, f64)> {
    let there: Vec<_> = counts.iter().filter(|(_, count)| *count > 0).collect();
    let all: f64 = there.iter().map(|(_, count)| number(*count)).sum();
    let wide: Vec<f64> = there
        .iter()
        .map(|(_, count)| (number(*count) / all * 100.0).max(LEAST))
        .collect();
    let sum: f64 = wide.iter().sum();
    let mut at = 0.0;
    let place = |((state, _), share): (&&(State, usize), f64)| {
        let share = share / sum * 100.0;
        at += share;
        (*state, at - share, share)
    };
    there.iter().zip(wide).map(place).collect()
}

/// A ring of `counts`, with a number and words in its middle.
pub(super) fn ring(counts: &[(State, usize)], middle: &str, under: &str) -> Html {
    let circle = |class: &str| {
        classed("circle", class)
            .with("cx", "70")
            .with("cy", "70")
            .with("r", "58")
            .with("pathLength", "100")
    };
    let arc = |(state, start, share): (State, f64, f64)| {
        circle(&format!("arc {}", class(state)))
            .with("stroke-dasharray", &format!("{share:.2} 100"))
            .with("stroke-dashoffset", &format!("-{start:.2}"))
    };
    let label = |class: &str, y: &str, text: &str| {
        classed("text", class)
            .with("x", "70")
            .with("y", y)
            .holds(text)
    };
    let arcs: Html = shares(counts).into_iter().map(arc).collect();
    let turned = tag("g").with("transform", "rotate(-90 70 70)").holds(arcs);
    drawing("ring", &format!("{middle} {under}"))
        .with("viewBox", "0 0 140 140")
        .holds(circle("arc track"))
        .holds(turned)
        .holds(label("big", "74", middle))
        .holds(label("small", "94", under))
        .into()
}

/// A bar of `counts`, as wide as its place.
pub(super) fn bar(counts: &[(State, usize)]) -> Html {
    let told: Vec<_> = counts
        .iter()
        .filter(|(_, count)| *count > 0)
        .map(|(state, count)| format!("{count} {}", state.words()))
        .collect();
    let part = |(state, start, share): (State, f64, f64)| {
        classed("rect", class(state))
            .with("x", &format!("{start:.2}%"))
            .with("width", &format!("{share:.2}%"))
            .with("height", "100%")
    };
    let parts: Html = shares(counts).into_iter().map(part).collect();
    drawing("bar", &told.join(", ")).holds(parts).into()
}

/// A bar that is as full as `share`, from 0 to 1.
pub(super) fn gauge(share: f64, wants_attention: bool, told: &str) -> Html {
    let class = if wants_attention {
        "conflict"
    } else {
        "in-sync"
    };
    let full = classed("rect", class)
        .with(
            "width",
            &format!("{:.1}%", share.clamp(LEAST / 100.0, 1.0) * 100.0),
        )
        .with("height", "100%");
    drawing("bar", told).holds(full).into()
}

/// A dot for each sync, by time; above what came from EvalAI, below what came from the
/// repository. It is as wide as its place: positions are shares, sizes are not.
pub(super) fn timeline(syncs: &[Sync]) -> Html {
    let (Some(newest), Some(oldest)) = (syncs.first(), syncs.last()) else {
        return Html::default();
    };
    let (from, to) = (oldest.when.as_second(), newest.when.as_second());
    let span = seconds(to - from).max(DAY);
    let place = |at: Timestamp| EDGE + INNER * seconds(at.as_second() - from) / span;
    let line = |y: &str| {
        classed("line", "lane")
            .with("x1", "0")
            .with("x2", "100%")
            .with("y1", y)
            .with("y2", y)
    };
    let words = |y: &str, text: &str| {
        classed("text", "lane-name")
            .with("x", "0")
            .with("y", y)
            .holds(text)
    };
    let dots: Html = syncs
        .iter()
        .rev()
        .map(|sync| dot(sync, place(sync.when)))
        .collect();
    let year = |at: Timestamp| at.strftime("%Y").to_string();
    let day = if year(oldest.when) == year(newest.when) {
        "%-d %b"
    } else {
        "%b %Y"
    };
    let tick = |(share, x, anchor): (f64, f64, &str)| {
        #[expect(clippy::cast_possible_truncation, reason = "a date on the page")]
        let at = from.saturating_add((span * share) as i64);
        let at = Timestamp::from_second(at).unwrap_or_default();
        classed("text", "tick")
            .with("x", &format!("{x:.1}%"))
            .with("y", "136")
            .with("text-anchor", anchor)
            .holds(at.strftime(day).to_string())
    };
    // The first and the last stand at the edges, the others where their day is.
    let ticks = [
        (0.0, 0.0, "start"),
        (1.0 / 3.0, EDGE + INNER / 3.0, "middle"),
        (2.0 / 3.0, EDGE + INNER / 1.5, "middle"),
        (1.0, 100.0, "end"),
    ];
    let ticks: Html = ticks.into_iter().map(tick).collect();
    drawing(
        "timeline",
        &format!("{} by time", words::count(syncs.len(), "sync")),
    )
    .holds(words("12", "Edited on EvalAI"))
    .holds(line("38"))
    .holds(words(
        "72",
        "Pushed from the repository, or nothing changed",
    ))
    .holds(line("98"))
    .holds(dots)
    .holds(ticks)
    .into()
}

fn dot(sync: &Sync, place: f64) -> Tag {
    let from_evalai = sync
        .changes
        .iter()
        .any(|change| change.origin == Origin::EvalAi);
    let look = if sync.problem.is_some() {
        "unknown"
    } else if !sync.conflicts.is_empty() {
        "conflict"
    } else if from_evalai {
        "incoming"
    } else if sync.changes.is_empty() {
        "empty"
    } else {
        "ahead"
    };
    let radius = 4.5 + 1.2 * number(sync.changes.len().min(5));
    let circle = classed("circle", &format!("dot {look}"))
        .with("cx", &format!("{place:.2}%"))
        .with("cy", if from_evalai { "38" } else { "98" })
        .with("r", &format!("{radius:.1}"))
        .holds(tag("title").holds(summary(sync)));
    tag("a")
        .with("href", &format!("#{}", anchor(sync)))
        .with("aria-label", &summary(sync))
        .holds(circle)
}

/// The name of a sync's place in the page.
pub(super) fn anchor(sync: &Sync) -> String {
    format!("sync-{}", words::short(&sync.record))
}

/// A sync in a line: when, and which fields.
fn summary(sync: &Sync) -> String {
    let when = sync.when.strftime("%-d %B %Y, %H:%M UTC");
    let names: Vec<_> = sync
        .changes
        .iter()
        .map(|change| change.path.to_string())
        .collect();
    let what = match names.len() {
        0 => history::remark(sync).unwrap_or_default(),
        1..=3 => names.join(", "),
        more => format!("{}, {} and {} more", names[0], names[1], more - 2),
    };
    format!("{when}: {what}")
}

fn drawing(class: &str, told: &str) -> Tag {
    classed("svg", class)
        .with("role", "img")
        .with("aria-label", told)
}

/// A count, which is far below what a float cannot hold.
#[expect(clippy::cast_precision_loss, reason = "counts are small")]
fn number(count: usize) -> f64 {
    count as f64
}

#[expect(clippy::cast_precision_loss, reason = "positions in a picture")]
fn seconds(count: i64) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_fill_the_whole_and_the_smallest_can_be_seen() {
        let counts = [
            (State::InSync, 1000),
            (State::Incoming, 0),
            (State::Conflict, 1),
        ];
        let shares = shares(&counts);
        assert_eq!(shares.len(), 2);
        let (_, start, share) = shares[1];
        assert!(
            share > 1.7 && (start + share - 100.0).abs() < 1e-9,
            "{shares:?}"
        );
    }

    #[test]
    fn nothing_makes_no_shares() {
        assert!(shares(&[(State::InSync, 0)]).is_empty());
    }
}
