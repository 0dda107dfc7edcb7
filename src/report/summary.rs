//! The job summary: what a run did, in Markdown, on the run's page.

use std::fmt::Write as _;

use super::excerpt::Excerpt;
use super::markdown::{bold, code, diff, link, plain, sentence};
use super::proposal;
use super::words::{self, Row};
use crate::action::RunResult;
use crate::sync::abstain::Abstention;
use crate::sync::note::Weight;
use crate::sync::outcome::Outcome;
use crate::sync::plan::Item;

/// Diffs that have no more lines than this together are shown unfolded.
const SHORT: usize = 40;

/// The summary of `outcome`, whose repository has its pages on `server`. The
/// runner's limit on its size is kept where it is written.
#[must_use]
pub fn summary(outcome: &Outcome, server: &str) -> String {
    let mut text = heading(outcome, server);
    let mut section = |title: &str, heads: (&str, &str), items: Vec<&Item>| {
        text.push_str(&table(outcome, title, heads, &items));
    };
    let heads = ("In the repository", "On EvalAI");
    let written = outcome.plan.written().collect();
    let (of_written, of_open) = words::titles(outcome);
    if outcome.dry_run || outcome.proposes_written() {
        section(of_written, heads, written);
    } else {
        section(of_written, ("Before", "Now"), written);
    }
    section("Ahead of EvalAI", heads, outcome.plan.ahead().collect());
    let left = outcome.plan.conflicts_left().collect();
    section("Changed on both sides, and left alone", heads, left);
    let open = outcome.plan.open().collect();
    section(of_open, heads, open);
    text.push_str(&notes(outcome));
    text.push_str(&diffs(outcome));
    text.push_str(&footer(outcome));
    text
}

/// The summary of a run that left its work undone for a reason.
#[must_use]
pub fn abstention(abstention: &Abstention) -> String {
    let headline = words::capitalised(abstention.result());
    format!(
        "### ℹ️ {headline}\n\n{}\n",
        sentence(&abstention.to_string())
    )
}

/// What happened, of which challenge, and what to do now.
fn heading(outcome: &Outcome, server: &str) -> String {
    let icon = match outcome.result() {
        RunResult::InSync | RunResult::Synced => "✅",
        RunResult::Proposed => "📬",
        RunResult::Ahead | RunResult::DryRun | RunResult::Declined => "ℹ️",
        RunResult::FirstSync | RunResult::Conflict => "⚠️",
    };
    let page = format!(
        "{}/web/challenges/challenge-page/{}/overview",
        outcome.evalai, outcome.challenge_id
    );
    let label = format!("challenge {}", outcome.challenge_id);
    let mut text = format!(
        "### {icon} {}\n\n{} on EvalAI, {}",
        plain(words::headline(outcome)),
        bold(&outcome.title),
        link(&label, &page),
    );
    let tree = format!("{server}/{}/tree/{}", outcome.repository, outcome.branch);
    // Writing to a String cannot fail.
    let _ = write!(text, " → branch {}", link(&code(&outcome.branch), &tree));
    if let Some(commit) = &outcome.commit {
        let page = format!("{server}/{}/commit/{commit}", outcome.repository);
        let _ = write!(
            text,
            ", commit {}",
            link(&code(words::short(commit)), &page)
        );
    }
    text.push_str(&proposal::mention(outcome.pull_request.as_ref()));
    text.push_str("\n\n");
    if outcome.result() != RunResult::Synced {
        let _ = writeln!(
            text,
            "{}\n",
            words::capitalised(&plain(&words::conclusion(outcome)))
        );
    }
    if let Some(reason) = outcome.pull_request.as_ref().and_then(proposal::reason) {
        let _ = writeln!(text, "{}\n", sentence(&reason));
    }
    if let Some(next) = words::next_step(outcome) {
        let _ = writeln!(text, "**What to do:** {}\n", sentence(&next));
    }
    text
}

/// A table of `items` under `title`; nothing if there are none.
pub(super) fn table(
    outcome: &Outcome,
    title: &str,
    (repository, evalai): (&str, &str),
    items: &[&Item],
) -> String {
    if items.is_empty() {
        return String::new();
    }
    let fields = words::count(items.len(), "field");
    let mut text =
        format!("#### {title}: {fields}\n\n| Field | {repository} | {evalai} |\n|---|---|---|\n");
    for row in words::rows(items, outcome) {
        let item = match row {
            Row::Field(item) => item,
            Row::Entry(entity, fields) => {
                let entry = plain(&words::entry(&fields));
                let _ = writeln!(
                    text,
                    "| {} | (no entry) | {entry} |",
                    name(&entity.to_string())
                );
                continue;
            }
        };
        let (old, new) = words::values(item);
        let remark = words::remark(item, outcome);
        let remark = remark.map(|remark| format!("<br><sub>{}</sub>", plain(&remark)));
        let _ = writeln!(
            text,
            "| {}{} | {} | {} |",
            name(&item.path.to_string()),
            remark.unwrap_or_default(),
            cell(&old),
            cell(&new),
        );
    }
    text.push('\n');
    text
}

/// A field's name, which may be broken into lines where a screen is narrow.
fn name(path: &str) -> String {
    code(path)
        .replace('.', ".<wbr>")
        .replace("&#95;", "&#95;<wbr>")
}

/// A value, with what differs in bold if there is something that does not.
fn cell(value: &Excerpt) -> String {
    if value.has_context() {
        let Excerpt {
            before,
            change,
            after,
        } = value;
        format!("{}{}{}", plain(before), bold(change), plain(after))
    } else {
        plain(&value.change)
    }
}

fn notes(outcome: &Outcome) -> String {
    let mut text = String::new();
    for line in words::structure(outcome) {
        let _ = writeln!(text, "- ℹ️ {}", sentence(&line));
    }
    for note in &outcome.notes {
        let icon = match note.weight {
            Weight::Error => "❌",
            Weight::Warning => "⚠️",
            Weight::Notice => "ℹ️",
        };
        let place = note.spot.as_ref().map(|spot| {
            let place = format!("{}:{}", spot.file, spot.line);
            format!(" ({})", code(&place))
        });
        let place = place.unwrap_or_default();
        let _ = writeln!(text, "- {icon} {}{place}", sentence(&note.text));
    }
    if !text.is_empty() {
        text.push('\n');
    }
    text
}

fn diffs(outcome: &Outcome) -> String {
    let withheld = words::withheld(outcome);
    let diffs: Vec<_> = outcome
        .files
        .iter()
        .filter_map(|file| {
            let (before, after) = file.shown.as_ref()?;
            let (diff, lines) = diff(before, after, &withheld)?;
            Some((code(&file.path), diff, lines))
        })
        .collect();
    let lines: usize = diffs.iter().map(|(_, _, lines)| lines).sum();
    let open = if lines <= SHORT { " open" } else { "" };
    let mut text = String::new();
    for (path, diff, _) in &diffs {
        let _ = writeln!(
            text,
            "<details{open}><summary>{path}</summary>\n\n{diff}\n</details>\n"
        );
    }
    text
}

fn footer(outcome: &Outcome) -> String {
    format!(
        "<sub>{} of {} compared in {:.1} s, with {} to EvalAI. Record {}.</sub>\n\n",
        words::count(outcome.plan.items.len(), "field"),
        code(&outcome.config),
        outcome.took.as_secs_f64(),
        words::count(outcome.requests.len(), "request"),
        words::record(outcome),
    )
}
