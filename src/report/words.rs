//! The words in which a run is told, the same in the log and in the summary.

use crate::action::RunResult;
use crate::challenge::catalogue::Disclosure;
use crate::challenge::side::Reading;
use crate::challenge::value::Value;
use crate::sync::decision::Decision;
use crate::sync::outcome::{Outcome, RecordChange};
use crate::sync::plan::Item;

/// One sentence that tells how the run ended.
#[must_use]
pub fn conclusion(outcome: &Outcome) -> String {
    let taken = outcome.plan.taken().count();
    let ahead = outcome.plan.ahead().count() + outcome.plan.only_in_repository.len();
    let open = outcome.plan.open().count();
    match outcome.result() {
        RunResult::InSync => format!("In sync: {} holds what EvalAI holds.", outcome.branch),
        RunResult::Synced => format!(
            "Synced: {} from EvalAI to {} in commit {}.",
            fields(taken),
            outcome.branch,
            outcome.commit.as_deref().map(short).unwrap_or_default(),
        ),
        RunResult::Ahead => format!(
            "Ahead: EvalAI has yet to get {} from {}; nothing was changed.",
            if ahead == 1 {
                "a change".to_owned()
            } else {
                format!("{ahead} changes")
            },
            outcome.branch,
        ),
        RunResult::FirstSync => format!(
            "First sync: {} on EvalAI and in {}, and nothing tells which side is newer; they were left alone.",
            if open == 1 {
                "one field differs".to_owned()
            } else {
                format!("{open} fields differ")
            },
            outcome.branch,
        ),
        RunResult::DryRun if taken > 0 => format!(
            "Dry run: a sync would take {} from EvalAI to {}; nothing was written.",
            fields(taken),
            outcome.branch,
        ),
        RunResult::DryRun => {
            "Dry run: a sync would change no file; nothing was written.".to_owned()
        }
    }
}

/// What the host does next, if anything.
#[must_use]
pub fn next_step(outcome: &Outcome) -> Option<String> {
    if outcome.plan.open().next().is_some() {
        return Some(format!(
            "To take EvalAI's values for the fields that differ, run once with `first-sync: commit`. To keep the repository's, push {} to EvalAI; the next sync then finds both sides equal.",
            outcome.branch
        ));
    }
    if outcome.plan.ahead().next().is_some() || !outcome.plan.only_in_repository.is_empty() {
        return Some(
            "If the push workflow to EvalAI has run and these fields are still listed, look at its log: EvalAI refused the push."
                .to_owned(),
        );
    }
    None
}

/// `3 fields`, `1 field`.
#[must_use]
pub fn fields(count: usize) -> String {
    format!("{count} field{}", if count == 1 { "" } else { "s" })
}

/// `once`, `twice`, `3 times`.
#[must_use]
pub fn times(count: u32) -> String {
    match count {
        1 => "once".to_owned(),
        2 => "twice".to_owned(),
        more => format!("{more} times"),
    }
}

/// Why a field was decided as it was.
#[must_use]
pub fn reason(decision: Decision) -> &'static str {
    match decision {
        Decision::InSync => "both sides agree",
        Decision::EvalAiChanged => "changed on EvalAI",
        Decision::RepositoryChanged => "changed in the repository; EvalAI has yet to get it",
        Decision::ArrivedFromHere => {
            "EvalAI got an earlier value from here; the newer one is yet to arrive"
        }
        Decision::ConflictForEvalAi => "changed on both sides; EvalAI's value was taken",
        Decision::ConflictForRepository => "changed on both sides; the repository's value was kept",
        Decision::FirstSyncTaken => "first sync; EvalAI's value was taken",
        Decision::FirstSyncOpen => {
            "differs, and nothing is recorded that tells which side is newer"
        }
        Decision::Unreadable => "could not be read, and was left alone",
    }
}

/// What is shown of one side of a field. Personal data is counted, not shown.
#[must_use]
pub fn shown(item: &Item, reading: &Reading) -> String {
    match (item.path.field.disclosure, reading) {
        (Disclosure::Personal, Reading::Value(Value::List(entries))) => {
            format!("({} entries, not shown)", entries.len())
        }
        (Disclosure::Personal, Reading::Value(Value::Null) | Reading::Absent)
        | (Disclosure::Public, _) => reading.shown(),
        (Disclosure::Personal, _) => "(not shown)".to_owned(),
    }
}

/// What became of the record.
#[must_use]
pub fn record(outcome: &Outcome) -> String {
    let sha = short(&outcome.sync_sha);
    match outcome.record {
        RecordChange::Unchanged => format!("unchanged, sync SHA {sha}"),
        RecordChange::Created => format!("created, sync SHA {sha}"),
        RecordChange::Updated => format!("updated, sync SHA {sha}"),
        RecordChange::DryRun => format!("not written in a dry run, sync SHA {sha}"),
    }
}

/// The first ten digits of a commit's id.
#[must_use]
pub fn short(sha: &str) -> &str {
    sha.get(..10).unwrap_or(sha)
}
