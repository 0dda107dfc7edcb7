//! The report of a run for programs: one JSON object, described by `docs/report.schema.json`.

use serde_json::{Map, Value as Json, json};

use crate::challenge::catalogue::{Disclosure, Kind};
use crate::challenge::side::Reading;
use crate::challenge::value::Value;
use crate::evalai::Request;
use crate::sync::abstain::Abstention;
use crate::sync::decision::Decision;
use crate::sync::note::{Note, Weight};
use crate::sync::outcome::{FileChange, Happens, Outcome, PullRequest, RecordChange};
use crate::sync::plan::Item;
use crate::sync::propose::Why;

/// The version of the report's form; another one where a reader of this one would stumble.
const FORMAT: u32 = 1;

/// The report of a run that was done.
#[must_use]
pub fn report(outcome: &Outcome) -> Json {
    let Outcome { plan, .. } = outcome;
    let told = plan.items.iter().filter(|item| is_told(item));
    let names = |entities: &[crate::challenge::path::Entity]| -> Vec<String> {
        entities.iter().map(ToString::to_string).collect()
    };
    json!({
        "format": FORMAT,
        "version": env!("CARGO_PKG_VERSION"),
        "result": outcome.result().as_str(),
        "failed": outcome.fails,
        "dry_run": outcome.dry_run,
        "challenge": {
            "id": outcome.challenge_id,
            "title": outcome.title,
            "evalai_host_url": outcome.evalai,
        },
        "repository": {
            "name": outcome.repository,
            "branch": outcome.branch,
            "config": outcome.config,
        },
        "commit": outcome.commit,
        "parent": outcome.parent,
        "pull_request": outcome.pull_request.as_ref().map(pull_request),
        "sync_sha": outcome.sync_sha,
        "record": record(outcome.record),
        "counts": {
            "compared": plan.items.len(),
            "changed": plan.written().count(),
            "ahead": plan.ahead().count(),
            "conflicts": plan.items.iter().filter(|item| item.decision.is_conflict()).count(),
            "left_to_a_person": plan.conflicts_left().count(),
            "first_sync": plan.open().count(),
            "set_aside": plan.set_aside.len(),
        },
        "fields": told.map(field).collect::<Vec<_>>(),
        "only_in_repository": names(&plan.only_in_repository),
        "taken_out": names(&plan.taken_out),
        "files": outcome.files.iter().map(file).collect::<Vec<_>>(),
        "notes": outcome.notes.iter().map(note).collect::<Vec<_>>(),
        "requests": outcome.requests.iter().map(request).collect::<Vec<_>>(),
        "downloads": outcome.downloads.iter().map(request).collect::<Vec<_>>(),
        "lost_races": outcome.lost_races,
        "milliseconds": u64::try_from(outcome.took.as_millis()).unwrap_or(u64::MAX),
    })
}

/// The report of a run that left its work undone for a reason.
#[must_use]
pub fn abstention(abstention: &Abstention) -> Json {
    json!({
        "format": FORMAT,
        "version": env!("CARGO_PKG_VERSION"),
        "result": abstention.result(),
        "failed": false,
        "reason": abstention.to_string(),
    })
}

/// The report of a run that could not be done.
#[must_use]
pub fn failure(message: &str, file: Option<&str>, line: Option<usize>) -> Json {
    let mut error = Map::new();
    error.insert("message".into(), message.into());
    error.extend(file.map(|file| ("file".to_owned(), file.into())));
    error.extend(line.map(|line| ("line".to_owned(), line.into())));
    json!({
        "format": FORMAT,
        "version": env!("CARGO_PKG_VERSION"),
        "result": "error",
        "failed": true,
        "error": error,
    })
}

/// A field on which both sides agree has nothing to tell.
fn is_told(item: &Item) -> bool {
    item.decision != Decision::InSync || matches!(item.repository, Reading::Invalid { .. })
}

fn field(item: &Item) -> Json {
    let side = |reading: &Reading| side(item, reading);
    let base = item.base.clone().map(Reading::Value);
    let mut field = json!({
        "name": item.path.to_string(),
        "decision": decision(item.decision),
        "repository": side(&item.repository),
        "evalai": side(&item.evalai),
    });
    if let Some(map) = field.as_object_mut() {
        map.extend(base.map(|base| ("base".to_owned(), side(&base))));
        let merged = item.merged.as_ref();
        map.extend(merged.map(|merged| ("merged".to_owned(), side(merged))));
    }
    field
}

/// What one side holds. What not everybody may see is withheld, the ids of files included:
/// a short content can be guessed from its id.
fn side(item: &Item, reading: &Reading) -> Json {
    let withheld = item.path.field.disclosure != Disclosure::Public;
    match reading {
        Reading::Absent => json!({ "state": "absent" }),
        Reading::Unknown(reason) => json!({ "state": "unknown", "reason": reason }),
        Reading::Value(Value::Null) => json!({ "state": "value", "value": null }),
        Reading::Value(_) | Reading::Invalid { .. } if withheld => json!({ "state": "withheld" }),
        Reading::Invalid { shown, problem } => {
            json!({ "state": "invalid", "shown": shown, "problem": problem })
        }
        Reading::Value(value) if item.path.field.kind == Kind::File => {
            json!({ "state": "file", "blob": value.to_json() })
        }
        Reading::Value(value) => json!({ "state": "value", "value": value.to_json() }),
    }
}

/// The word for a decision.
fn decision(decision: Decision) -> &'static str {
    match decision {
        Decision::InSync => "in-sync",
        Decision::EvalAiChanged => "evalai-changed",
        Decision::RepositoryChanged => "repository-changed",
        Decision::ArrivedFromHere => "arrived-from-here",
        Decision::ConflictForEvalAi => "conflict-evalai",
        Decision::ConflictForRepository => "conflict-repository",
        Decision::ConflictMerged => "conflict-merged",
        Decision::ConflictOpen => "conflict-manual",
        Decision::FirstSyncTaken => "first-sync-taken",
        Decision::FirstSyncOpen => "first-sync-open",
        Decision::Unreadable => "unreadable",
    }
}

fn pull_request(pull: &PullRequest) -> Json {
    let (why, refusal) = match &pull.why {
        None => (None, None),
        Some(Why::Mode) => (Some("mode"), None),
        Some(Why::FirstSync) => (Some("first-sync"), None),
        Some(Why::Protected(message)) => (Some("protected"), Some(message)),
    };
    json!({
        "state": super::proposal::word(pull.state),
        "why": why,
        "refusal": refusal,
        "branch": pull.branch,
        "number": pull.number,
        "url": pull.url,
        "link": pull.link,
        "fields": pull.fields,
    })
}

fn record(change: RecordChange) -> &'static str {
    match change {
        RecordChange::Unchanged => "unchanged",
        RecordChange::Created => "created",
        RecordChange::Updated => "updated",
        RecordChange::DryRun => "not-written",
    }
}

fn file(file: &FileChange) -> Json {
    let change = match file.happens {
        Happens::Added => "added",
        Happens::Modified => "modified",
        Happens::Deleted => "deleted",
    };
    json!({ "path": file.path, "change": change })
}

fn note(note: &Note) -> Json {
    let level = match note.weight {
        Weight::Error => "error",
        Weight::Warning => "warning",
        Weight::Notice => "notice",
    };
    let mut told = json!({ "level": level, "text": note.text });
    if let (Some(map), Some(spot)) = (told.as_object_mut(), &note.spot) {
        map.insert("file".into(), spot.file.as_str().into());
        map.insert("line".into(), spot.line.into());
    }
    told
}

fn request(request: &Request) -> Json {
    json!({
        "call": request.call.to_string(),
        "status": request.status,
        "milliseconds": u64::try_from(request.duration.as_millis()).unwrap_or(u64::MAX),
    })
}
