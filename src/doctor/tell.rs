//! The findings, for people and for programs.

use serde_json::{Value as Json, json};

use super::{Finding, Verdict, is_well};
use crate::action::{Look, Span};
use crate::report::export::inert_json;

/// The lines for people: one for each check, and its fix below.
#[must_use]
pub fn lines(findings: &[Finding]) -> Vec<Vec<Span>> {
    let mut lines = Vec::new();
    for Finding { check, verdict } in findings {
        let (mark, look, what, fix) = match verdict {
            Verdict::Fine(what) => ("✔", Look::New, what, None),
            Verdict::Warning { what, fix } => ("!", Look::Marked, what, Some(fix)),
            Verdict::Failure { what, fix } => ("✖", Look::Old, what, Some(fix)),
            Verdict::Skipped(why) => ("–", Look::Faint, why, None),
        };
        let skipped = if matches!(verdict, Verdict::Skipped(_)) {
            "skipped: "
        } else {
            ""
        };
        lines.push(vec![
            Span::new(look, mark),
            Span::new(Look::Plain, " "),
            Span::new(Look::Strong, check.name),
            Span::new(Look::Plain, format!(": {skipped}{what}")),
        ]);
        if let Some(fix) = fix {
            lines.push(vec![Span::new(Look::Plain, format!("    {fix}"))]);
        }
    }
    lines.push(vec![Span::new(Look::Plain, summary(findings))]);
    lines
}

fn summary(findings: &[Finding]) -> String {
    let number = |name: &str| {
        findings
            .iter()
            .filter(|finding| finding.verdict.name() == name)
            .count()
    };
    let (failures, warnings, skipped) = (number("failure"), number("warning"), number("skipped"));
    let fine = number("ok");
    format!("{fine} fine, {warnings} to look at, {failures} failed, {skipped} skipped")
}

/// The same for programs, as JSON text.
#[must_use]
pub fn json(findings: &[Finding]) -> String {
    let checks = findings.iter().map(|Finding { check, verdict }| {
        let (says, fix) = match verdict {
            Verdict::Fine(what) | Verdict::Skipped(what) => (what, None),
            Verdict::Warning { what, fix } | Verdict::Failure { what, fix } => (what, Some(fix)),
        };
        json!({"check": check.id, "name": check.name, "status": verdict.name(), "says": says, "fix": fix})
    });
    let checks: Vec<Json> = checks.collect();
    inert_json(&format!(
        "{:#}",
        json!({"ok": is_well(findings), "checks": checks})
    ))
}
