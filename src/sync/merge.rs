//! Three-way merges: both sides' changes to a text or a file in one, where they do not overlap.
//!
//! The base is the value on which both last agreed. What does not merge stays
//! a conflict: no conflict marker ever comes into a file.

use std::collections::BTreeMap;

use anyhow::Result;

use super::plan::{Item, Plan};
use crate::action::{Strategies, Strategy};
use crate::challenge::catalogue::{Kind, Scope};
use crate::challenge::path::FieldPath;
use crate::challenge::value::Value;
use crate::repository::git::merge as merge_lines;
use crate::repository::media::{id_of, script_id};

/// What merged.
#[derive(Debug, Default)]
pub(super) struct Merges {
    /// The fields' values.
    pub(super) values: BTreeMap<FieldPath, Value>,
    /// The content behind the value of a file.
    pub(super) contents: BTreeMap<FieldPath, Vec<u8>>,
}

/// One file on which both sides once agreed, and what became of it.
pub(super) struct Versions {
    pub(super) base: Vec<u8>,
    pub(super) repository: Vec<u8>,
    pub(super) evalai: Vec<u8>,
}

/// Merges each field of `plan` that changed on both sides and shall be merged;
/// `versions` finds the three versions of one that is a file.
pub(super) fn merges(
    plan: &Plan,
    strategies: &Strategies,
    mut versions: impl FnMut(&Item) -> Result<Option<Versions>>,
) -> Result<Merges> {
    let mut merges = Merges::default();
    let wanted = plan
        .items
        .iter()
        .filter(|item| item.decision.is_conflict() && strategies.of(&item.path) == Strategy::Merge);
    for item in wanted {
        let path = &item.path;
        let merged = match path.field.kind {
            Kind::File => match versions(item)? {
                Some(versions) => merged_file(path, &versions)?,
                None => None,
            },
            _ => merged_text(item)?,
        };
        if let Some((value, content)) = merged {
            merges.values.insert(path.clone(), value);
            merges
                .contents
                .extend(content.map(|content| (path.clone(), content)));
        }
    }
    Ok(merges)
}

type Merged = Option<(Value, Option<Vec<u8>>)>;

fn merged_text(item: &Item) -> Result<Merged> {
    let text = |value: Option<&Value>| match value {
        // The last line is a line like any other.
        Some(value @ Value::Text(_)) => Some(value.lines() + "\n"),
        _ => None,
    };
    let (base, repository, evalai) = (
        text(item.base.as_ref()),
        text(item.repository.value()),
        text(item.evalai.value()),
    );
    let (Some(base), Some(repository), Some(evalai)) = (base, repository, evalai) else {
        return Ok(None);
    };
    let merged = merge_lines(&base, &repository, &evalai)?;
    Ok(merged.map(|text| (Value::text(&text), None)))
}

fn merged_file(path: &FieldPath, versions: &Versions) -> Result<Merged> {
    let is_script = path.field.scope == Scope::ScriptFile;
    let text = |bytes: &[u8]| {
        let text = std::str::from_utf8(bytes).ok()?;
        let text = (!text.contains('\0')).then_some(text)?;
        // A script means the same whatever its line endings; any other file does not.
        Some(if is_script {
            text.replace("\r\n", "\n")
        } else {
            text.to_owned()
        })
    };
    let (base, repository, evalai) = (
        text(&versions.base),
        text(&versions.repository),
        text(&versions.evalai),
    );
    let (Some(base), Some(repository), Some(evalai)) = (base, repository, evalai) else {
        return Ok(None);
    };
    let merged = merge_lines(&base, &repository, &evalai)?;
    Ok(merged.map(|text| {
        let content = text.into_bytes();
        let id = if is_script {
            script_id(&content)
        } else {
            id_of(&content)
        };
        (Value::File(id), Some(content))
    }))
}
