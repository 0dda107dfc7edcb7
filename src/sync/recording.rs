//! What the record says after a round.

use std::collections::{BTreeMap, BTreeSet};

use super::decision::Decision;
use super::media::Media;
use super::plan::{Item, Plan};
use super::settle::Task;
use crate::challenge::catalogue::Kind;
use crate::challenge::path::{Entity, FieldPath};
use crate::challenge::value::Value;
use crate::repository::git::Oid;
use crate::repository::media::SCRIPT;
use crate::repository::record::{Head, Record, Seen, VERSION};

/// The record once the branch is at `sha`, and both sides are as `agreed`
/// says, which is `plan` but for what is only proposed. Its sync SHA moves
/// only when nothing in the branch is still on its way to EvalAI: what the
/// branch held since then may yet arrive there.
pub(super) fn next_record(
    record: Option<&Record>,
    agreed: &Plan,
    (plan, is_settled): (&Plan, bool),
    sha: Oid,
    task: &Task,
) -> Record {
    let none = BTreeMap::new();
    let (ids, known) = (
        task.ids.clone(),
        record.map(|record| record.head.ids.clone()),
    );
    let before = record
        .filter(|_| !is_settled)
        .map(|record| record.head.sync_sha.clone());
    let bases = agreed.bases_after(record.map_or(&none, |record| &record.bases));
    Record {
        head: Head {
            version: VERSION,
            evalai_host_url: task.evalai.clone(),
            challenge_id: task.challenge_id,
            branch: task.branch.clone(),
            config: task.config.to_string(),
            sync_sha: before.unwrap_or_else(|| sha.to_string()),
            ids: ids.or(known).unwrap_or_default(),
            media: seen(record, plan, &bases, &task.media),
            open: open(record, agreed),
        },
        bases,
    }
}

/// The fields that wait for the host to choose; those that this run did not see still do.
fn open(record: Option<&Record>, plan: &Plan) -> BTreeSet<String> {
    let mut open = record
        .map(|record| record.head.open.clone())
        .unwrap_or_default();
    for item in &plan.items {
        open.remove(&item.path.to_string());
    }
    let undecided = |item: &&Item| {
        let first = [Decision::FirstSyncOpen, Decision::FirstSyncTaken];
        first.contains(&item.decision)
    };
    let aside = plan.set_aside.iter().filter(undecided);
    open.extend(plan.open().chain(aside).map(|item| item.path.to_string()));
    open
}

/// What to remember of the media: only of those on which both sides agree
/// by the new `bases`, so that an unchanged URL means the base.
fn seen(
    record: Option<&Record>,
    plan: &Plan,
    bases: &BTreeMap<FieldPath, Value>,
    media: &Media,
) -> BTreeMap<String, Seen> {
    let unsettled = |name: &str| {
        let mut files = plan
            .items
            .iter()
            .chain(&plan.set_aside)
            .filter(|item| item.path.field.kind == Kind::File);
        files.any(|item| {
            let own = match item.path.entity {
                Entity::ScriptFile(_) => name == SCRIPT,
                _ => item.path.to_string() == name,
            };
            own && item.evalai.value().is_some_and(|value| {
                // A file that neither side ever had in common counts for nothing.
                *value != Value::Null && bases.get(&item.path) != Some(value)
            })
        })
    };
    let mut seen = record
        .map(|record| record.head.media.clone())
        .unwrap_or_default();
    seen.extend(media.seen.clone());
    seen.retain(|name, _| !unsettled(name));
    seen
}
