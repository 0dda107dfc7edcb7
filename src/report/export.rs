//! The audit log for other programs: JSON and CSV.

use std::fmt::Write as _;

use serde::Serialize;
use serde_json::Value as Json;

use super::excerpt::MOST;
use super::history;
use crate::action::{inert, is_active};
use crate::challenge::catalogue::{Disclosure, Kind};
use crate::challenge::value::Value;
use crate::repository::history::{Change, Conflict, Sync};

/// One sync in JSON.
#[derive(Serialize)]
struct Told<'a> {
    when: String,
    record: &'a str,
    trigger: Option<&'a str>,
    actor: Option<&'a str>,
    run: Option<&'a str>,
    branch: Option<&'a str>,
    config: Option<&'a str>,
    commit: Option<&'a str>,
    base: Option<&'a str>,
    sync_sha: Option<&'a str>,
    agreed: Option<usize>,
    changes: Vec<Moved>,
    conflicts: Vec<Clash<'a>>,
    problem: Option<&'a str>,
}

/// One field in JSON.
#[derive(Serialize)]
struct Moved {
    field: String,
    before: Json,
    after: Json,
    /// The values are described, not shown.
    withheld: bool,
    origin: &'static str,
    conflict: Option<&'static str>,
}

#[derive(Serialize)]
struct Clash<'a> {
    field: &'a str,
    settled: &'static str,
}

/// `syncs` as a JSON array. What a terminal or the Actions runner would act on stands in it
/// as an escape, which means the same to a reader of JSON.
#[must_use]
pub fn json(syncs: &[Sync]) -> String {
    let told: Vec<_> = syncs.iter().map(told).collect();
    inert_json(&serde_json::to_string_pretty(&told).unwrap_or_default())
}

/// JSON text with a line break at its end, in which nothing acts in a terminal or in the runner's log.
pub(crate) fn inert_json(text: &str) -> String {
    let mut safe = String::with_capacity(text.len() + 1);
    for c in text.replace("##[", "##\\u005b").chars() {
        if c != '\n' && is_active(c) {
            for unit in c.encode_utf16(&mut [0; 2]) {
                // Writing to a String cannot fail.
                let _ = write!(safe, "\\u{unit:04x}");
            }
        } else {
            safe.push(c);
        }
    }
    safe + "\n"
}

fn told(sync: &Sync) -> Told<'_> {
    let clash = |conflict: &'_ Conflict| conflict.settled.name();
    let moved = |change: &Change| {
        let field = change.path.to_string();
        let (before, after) = both(change);
        Moved {
            before,
            after,
            withheld: is_withheld(change),
            origin: change.origin.name(),
            conflict: history::conflict_of(sync, &field).map(clash),
            field,
        }
    };
    Told {
        when: sync.when.to_string(),
        record: &sync.record,
        trigger: sync.trigger.as_deref(),
        actor: sync.actor.as_deref(),
        run: sync.run.as_deref(),
        branch: sync.branch.as_deref(),
        config: sync.config.as_deref(),
        commit: sync.commit.as_deref(),
        base: sync.base.as_deref(),
        sync_sha: sync.sync_sha.as_deref(),
        agreed: sync.agreed,
        changes: sync.changes.iter().map(moved).collect(),
        conflicts: (sync.conflicts.iter())
            .map(|conflict| Clash {
                field: &conflict.field,
                settled: conflict.settled.name(),
            })
            .collect(),
        problem: sync.problem.as_deref(),
    }
}

/// Whether the values are described only: not everybody may see them, or they are files,
/// of which the id alone is known.
fn is_withheld(change: &Change) -> bool {
    let field = change.path.field;
    field.disclosure != Disclosure::Public || field.kind == Kind::File
}

fn both(change: &Change) -> (Json, Json) {
    if is_withheld(change) {
        let (before, after) = history::values(change, MOST);
        return (before.to_string().into(), after.to_string().into());
    }
    let json = |value: &Option<Value>| value.as_ref().map_or(Json::Null, Value::to_json);
    (json(&change.before), json(&change.after))
}

const COLUMNS: [&str; 15] = [
    "when", "trigger", "actor", "run", "branch", "commit", "base", "sync_sha", "record", "field",
    "before", "after", "origin", "conflict", "remark",
];

/// `syncs` as CSV: a line for each field, or one for a sync that moved none. Each row is one
/// line: line breaks and control characters in a value stand there as escapes.
#[must_use]
pub fn csv(syncs: &[Sync]) -> String {
    let mut text = row(COLUMNS.map(str::to_owned));
    for sync in syncs {
        let text_of = |text: &Option<String>| text.clone().unwrap_or_default();
        let about = [
            sync.when.to_string(),
            text_of(&sync.trigger),
            text_of(&sync.actor),
            text_of(&sync.run),
            text_of(&sync.branch),
            text_of(&sync.commit),
            text_of(&sync.base),
            text_of(&sync.sync_sha),
            sync.record.clone(),
        ];
        for fields in fields(sync) {
            text.push_str(&row(about.iter().cloned().chain(fields)));
        }
    }
    text
}

/// The columns from `field` on, of each row of a sync.
fn fields(sync: &Sync) -> Vec<[String; 6]> {
    let remark = history::remark(sync).unwrap_or_default();
    let moved = sync.changes.iter().map(|change| {
        let field = change.path.to_string();
        let conflict = history::conflict_of(sync, &field);
        let (before, after) = both(change);
        [
            field.clone(),
            cell(&before),
            cell(&after),
            change.origin.name().to_owned(),
            conflict
                .map_or("", |conflict| conflict.settled.name())
                .to_owned(),
            String::new(),
        ]
    });
    let open = history::undecided(sync).map(|conflict| {
        let mut row = [const { String::new() }; 6];
        row[0].clone_from(&conflict.field);
        conflict.settled.name().clone_into(&mut row[4]);
        row
    });
    let own = (!remark.is_empty()).then(|| {
        let mut row = [const { String::new() }; 6];
        row[5].clone_from(&remark);
        row
    });
    own.into_iter().chain(moved).chain(open).collect()
}

/// Texts as they are, nothing as nothing, all else as JSON.
fn cell(json: &Json) -> String {
    match json {
        Json::Null => String::new(),
        Json::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn row(cells: impl IntoIterator<Item = String>) -> String {
    let cells: Vec<_> = cells.into_iter().map(|cell| quoted(&cell)).collect();
    cells.join(",") + "\r\n"
}

/// One field after RFC 4180. What a spreadsheet would take for a formula gets an apostrophe
/// in front, which makes it a text.
fn quoted(cell: &str) -> String {
    let line = inert(cell);
    let starts_formula = line.starts_with(['=', '+', '-', '@', '\t', '＝', '＋', '－', '＠']);
    let guard = if starts_formula { "'" } else { "" };
    if starts_formula || line.contains(['"', ',']) {
        format!("\"{guard}{}\"", line.replace('"', "\"\""))
    } else {
        line.into_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::challenge::path::FieldPath;
    use crate::repository::history::{Origin, Settled};

    /// A sync in which `field` went from `before` to `after`.
    fn sync(field: &str, before: Value, after: Value) -> Sync {
        Sync {
            record: "c0ffee".into(),
            when: jiff::Timestamp::UNIX_EPOCH,
            trigger: Some("schedule".into()),
            actor: None,
            run: None,
            branch: Some("challenge".into()),
            config: None,
            commit: None,
            base: None,
            sync_sha: None,
            agreed: None,
            changes: vec![Change {
                path: FieldPath::parse(field).expect(field),
                before: Some(before),
                after: Some(after),
                origin: Origin::EvalAi,
            }],
            conflicts: vec![Conflict {
                field: field.into(),
                settled: Settled::EvalAi,
            }],
            problem: None,
        }
    }

    #[test]
    fn a_cell_is_quoted_and_never_a_formula() {
        for (cell, shown) in [
            ("plain", "plain"),
            ("", ""),
            ("a, b", "\"a, b\""),
            ("say \"no\"", "\"say \"\"no\"\"\""),
            ("=HYPERLINK(\"x\")", "\"'=HYPERLINK(\"\"x\"\")\""),
            ("+1", "\"'+1\""),
            ("-1", "\"'-1\""),
            ("@SUM(A1)", "\"'@SUM(A1)\""),
            ("\tx", "\"'\tx\""),
            ("＝1+1", "\"'＝1+1\""),
            ("a\r\nb", "a\\r\\nb"),
            ("::error::x", "\\::error::x"),
        ] {
            assert_eq!(quoted(cell), shown, "{cell:?}");
        }
    }

    #[test]
    fn json_gives_back_every_character_and_shows_none_that_acts() {
        let text = "a\u{9b}31m ##[error] \u{202e}x\u{e0041} ::stop-commands::x\n::error::y 挑战";
        let syncs = [sync("title", Value::text("A"), Value::text(text))];
        let shown = json(&syncs);
        assert!(shown.chars().all(|c| c == '\n' || !is_active(c)), "{shown}");
        assert!(!shown.contains("##["), "{shown}");
        assert!(
            !shown
                .lines()
                .any(|line| line.trim_start().starts_with("::"))
        );
        let read: Json = serde_json::from_str(&shown).unwrap();
        assert_eq!(read[0]["changes"][0]["after"], text);
        assert_eq!(read[0]["changes"][0]["conflict"], "evalai");
    }

    #[test]
    fn what_not_everybody_may_see_is_counted_in_every_form() {
        let list = |texts: &[&str]| Value::list(texts.iter().map(|text| (*text).to_owned()));
        let after = list(&["someone@example.org", "else@example.org"]);
        let syncs = [sync(
            "phases.2.allowed_email_ids",
            list(&["someone@example.org"]),
            after,
        )];
        let table = history::table(&syncs, 120);
        let table: String = table
            .iter()
            .flatten()
            .map(|span| span.text.as_str())
            .collect();
        for shown in [json(&syncs), csv(&syncs), table] {
            assert!(!shown.contains("example.org"), "{shown}");
            assert!(shown.contains("2 entries, not shown"), "{shown}");
        }
    }
}
