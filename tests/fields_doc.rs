//! `docs/fields.md` says what the catalogue says, and the catalogue knows every key of a real EvalAI's answers.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "test code"
)]

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use evalai_sync::challenge::Kind;
use evalai_sync::challenge::catalogue::{
    Absent, Assumed, Disclosure, Edited, FIELDS, Field, Scope, Source,
};
use serde_json::Value as Json;

/// What EvalAI answers and no push takes, or what tells nothing of its own.
const READ_ONLY: &[(&str, &str)] = &[
    ("id", "EvalAI's database id"),
    ("creator", "the host team; edited on its own page"),
    ("slug", "derived from the title or the codename"),
    ("queue", "made once; names the worker"),
    ("workers", "the state of the workers"),
    ("created_at", "when it was made"),
    ("is_active", "derived from the dates"),
    ("is_approval_requested", "a step of the approval"),
    (
        "approved_by_admin",
        "set by EvalAI's staff; it locks leaderboards and splits",
    ),
    (
        "is_frozen",
        "set with the approval; it locks the dates in the web UI",
    ),
    ("is_submission_paused", "an operation, not a setting"),
    ("manual_participant_approval", "a push ignores the key"),
    ("evaluation_module_error", "the last failure of the script"),
    ("worker_cpu_cores", "a push ignores the key"),
    ("worker_memory", "a push ignores the key"),
    ("domain_name", "the text for `domain`"),
    ("has_prize", "says whether `prizes` counts"),
    ("has_sponsors", "says whether `sponsors` counts"),
    ("github_repository", "set by each push; finds the challenge"),
    ("challenge", "the challenge's id"),
    ("config_id", "the `id` in the configuration"),
    (
        "annotations_uploaded_using_cli",
        "says that annotations may change under the same URL",
    ),
    (
        "dataset_split",
        "the split's dataset split; part of its name",
    ),
    ("challenge_phase", "the split's phase; part of its name"),
    ("leaderboard", "the split's leaderboard; part of its name"),
    ("challenge_phase_name", "the phase's `name`"),
    ("is_multi_metric_leaderboard", "derived from the schema"),
    (
        "show_leaderboard_by_latest_submission",
        "a push ignores the key",
    ),
    ("show_execution_time", "a push ignores the key"),
    ("show_scores_on_leaderboard", "a push ignores the key"),
];

/// What cannot be read back at all.
const UNREADABLE: &[&str] = &[
    "File names and paths of templates, logo, annotations and script; comments, key order and quoting of the YAML",
    "Whether a key was absent or equal to its default",
    "White space around a text: EvalAI trims it",
    "The order of keys in schemas and meta attributes, of tags, prizes and sponsors, and of phases in the YAML",
    "Leaderboards and dataset splits that no phase split refers to",
    "Fields without a serializer: `featured`, `slack_webhook_url`, `inform_hosts`, cloud credentials, `max_concurrent_submission_evaluation`, `is_disabled`",
];

const FILE: &str = "docs/fields.md";

#[test]
fn the_document_is_generated_from_the_catalogue() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(FILE);
    let generated = document();
    if std::env::var_os("UPDATE_DOCS").is_some() {
        fs::write(&path, &generated).expect("the document is written");
    }
    let written = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        written == generated,
        "{FILE} is not what the catalogue says: run `UPDATE_DOCS=1 cargo test --test fields_doc`"
    );
}

#[test]
fn every_key_of_a_real_answer_is_synced_or_has_a_reason_not_to_be() {
    let names = FIELDS.iter().flat_map(|field| match field.source {
        Source::Challenge(name)
        | Source::Worker(name)
        | Source::Phase(name)
        | Source::Splits(name)
        | Source::Own(name) => vec![name],
        Source::Rows(name, flag) => vec![name, flag],
    });
    let read_only = READ_ONLY.iter().map(|(key, _)| *key);
    // Of a leaderboard's and a dataset split's own object.
    let known: BTreeSet<&str> = names
        .chain(read_only)
        .chain(["schema", "name", "codename"])
        .collect();
    let mut seen = BTreeSet::new();
    for folder in ["sample-challenge", "big-challenge", "docker-challenge"] {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("tests/fixtures/evalai-api/recorded")
            .join(folder);
        for entry in fs::read_dir(folder).expect("the recordings") {
            let path = entry.expect("an entry").path();
            let name = path.to_string_lossy().into_owned();
            let wanted = [
                "-phases.",
                "-QUEUE.",
                "phase-split",
                "create-leaderboard",
                "dataset-split",
            ];
            let is_challenge = name.contains("-get-challenge-host-team-1-challenge-");
            if is_challenge || wanted.iter().any(|part| name.contains(part)) {
                let recorded: Json =
                    serde_json::from_slice(&fs::read(&path).expect("a recording")).expect("JSON");
                let body = &recorded["response"]["body"];
                let body = body.get("results").unwrap_or(body);
                let objects = body
                    .as_array()
                    .cloned()
                    .unwrap_or_else(|| vec![body.clone()]);
                seen.extend(
                    objects
                        .iter()
                        .filter_map(Json::as_object)
                        .flat_map(|o| o.keys().cloned()),
                );
            }
        }
    }
    let unknown: Vec<_> = seen
        .iter()
        .filter(|key| !known.contains(key.as_str()))
        .collect();
    assert!(
        unknown.is_empty(),
        "neither synced nor explained: {unknown:?}"
    );
    let gone: Vec<_> = READ_ONLY
        .iter()
        .filter(|(key, _)| !seen.contains(*key))
        .collect();
    assert!(gone.is_empty(), "explained, and in no answer: {gone:?}");
}

fn document() -> String {
    let mut text = String::from(
        "# Fields\n\nEvery field that is synced, and what else EvalAI tells. Generated from the field catalogue\n(`src/challenge/catalogue.rs`) by `UPDATE_DOCS=1 cargo test --test fields_doc`; do not edit.\n\n\
         - **Without the key**: what EvalAI holds while the configuration has no such key, and whether a push keeps or resets it.\n\
         - **Edited**: in the web UI, or through the API only. A key that the configuration does not have is added only for\n  fields of the web UI, where EvalAI's value is not the one the absent key stands for; others with `include`.\n\
         - **Seen by**: everybody; `personal` and `ground truth` go only where the repository already keeps them.\n\
         - **Read**: at every run, or in full readings only (first sync, started by hand or by a dispatch, `full: true`).\n",
    );
    for (scope, title) in [
        (Scope::Challenge, "Challenge"),
        (
            Scope::Phase,
            "Phases: `challenge_phases[]`, matched by `id`, then `codename`",
        ),
        (
            Scope::Leaderboard,
            "Leaderboards: `leaderboard[]`, matched by `id`",
        ),
        (
            Scope::DatasetSplit,
            "Dataset splits: `dataset_splits[]`, matched by `id`",
        ),
        (
            Scope::PhaseSplit,
            "Phase splits: `challenge_phase_splits[]`, matched by `challenge_phase_id`, `leaderboard_id` and `dataset_split_id`",
        ),
        (
            Scope::ScriptFile,
            "Evaluation script: each file of the archive by itself",
        ),
    ] {
        let _ = write!(
            text,
            "\n## {title}\n\n| Key | What it is | On EvalAI | Without the key | Edited | Seen by | Read |\n|---|---|---|---|---|---|---|\n"
        );
        for field in Field::of(scope) {
            let _ = writeln!(
                text,
                "| `{}` | {}{} | {} | {} | {} | {} | {} |",
                field.key,
                kind(field.kind),
                if field.locked {
                    "; locked after approval"
                } else {
                    ""
                },
                source(field.source),
                without(field),
                if field.edited == Edited::WebUi {
                    "web UI"
                } else {
                    "API"
                },
                match field.disclosure {
                    Disclosure::Public => "everybody",
                    Disclosure::Personal => "personal",
                    Disclosure::GroundTruth => "ground truth",
                },
                match field.source {
                    Source::Own(_) | Source::Rows(..) => "in full",
                    _ => "always",
                },
            );
        }
    }
    text.push_str("\n## Readable, and not synced\n\n| Key | Why |\n|---|---|\n");
    for (key, why) in READ_ONLY {
        let _ = writeln!(text, "| `{key}` | {why} |");
    }
    text.push_str("\n## Not readable\n\n");
    for what in UNREADABLE {
        let _ = writeln!(text, "- {what}");
    }
    text
}

fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::Text => "text",
        Kind::Html => "HTML in a file of its own",
        Kind::Date => "date and time, UTC",
        Kind::Bool => "true or false",
        Kind::Int => "whole number",
        Kind::List => "list of texts",
        Kind::Set => "set of texts",
        Kind::Json => "nested data",
        Kind::Rows(_) => "list of mappings, in no order",
        Kind::File => "file, compared by content",
    }
}

fn source(source: Source) -> String {
    match source {
        Source::Challenge(name) => format!("challenge, `{name}`"),
        Source::Worker(name) => format!("worker, `{name}`"),
        Source::Phase(name) => format!("phase, `{name}`"),
        Source::Splits(name) => format!("list of phase splits, `{name}`"),
        Source::Own(name) => format!("own object, `{name}`"),
        Source::Rows(name, flag) => format!("list `{name}`, while `{flag}`"),
    }
}

fn without(field: &Field) -> String {
    let assumed = match field.assumed {
        Assumed::Null => "nothing".to_owned(),
        Assumed::Text(text) => format!("`{text}`"),
        Assumed::Bool(truth) => format!("`{truth}`"),
        Assumed::Int(number) => format!("`{number}`"),
        Assumed::SameAs(key) => format!("the same as `{key}`"),
        Assumed::AtMost(number, key) => format!("`{number}`, at most `{key}`"),
        Assumed::Unknown => return "not known".to_owned(),
    };
    if field.key == "sponsors" {
        return "nothing; reset, and yet never added: a push with them fails".to_owned();
    }
    let push = if field.absent == Absent::Resets {
        "reset"
    } else {
        "kept"
    };
    format!("{assumed}; {push}")
}
