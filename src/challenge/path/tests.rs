//! How fields, phases and what they belong to are called.

use serde_json::json;

use super::*;

#[test]
fn a_name_reads_back_as_the_same_field() {
    for name in [
        "title",
        "tags",
        "phases.1.name",
        "phases.12.end_date",
        "phases.dev.codename",
        "leaderboards.1.schema",
        "dataset_splits.3.codename",
        "phase_splits.2-1-3.visibility",
        "phase_splits.dev-a-1-3.visibility",
        "evaluation_script/pkg/main.py",
    ] {
        assert_eq!(FieldPath::parse(name).expect(name).to_string(), name);
    }
}

#[test]
fn a_name_that_is_in_no_catalogue_is_none() {
    for name in [
        "",
        "titel",
        "phases.1",
        "phases.1.title",
        "phases.1.",
        "challenge_phases.1.name",
        "leaderboards.one.schema",
        "phase_splits.1-2.visibility",
    ] {
        assert!(FieldPath::parse(name).is_none(), "{name}");
    }
}

#[test]
fn the_challenge_comes_first_and_phases_follow_by_number() {
    let names = [
        "phases.10.name",
        "phases.2.end_date",
        "description",
        "phases.2.name",
        "title",
    ];
    let mut paths: Vec<_> = names
        .iter()
        .filter_map(|name| FieldPath::parse(name))
        .collect();
    paths.sort();
    let sorted: Vec<_> = paths.iter().map(ToString::to_string).collect();
    let expected = [
        "title",
        "description",
        "phases.2.name",
        "phases.2.end_date",
        "phases.10.name",
    ];
    assert_eq!(sorted, expected);
}

#[test]
fn two_names_are_of_one_field_or_of_two() {
    let path = |name: &str| FieldPath::parse(name).expect(name);
    assert_eq!(path("phases.2.name"), path("phases.2.name"));
    let script_file = || FieldPath::script_file("main.py");
    assert_eq!(script_file(), path("evaluation_script/main.py"));
    for other in ["phases.2.codename", "phases.3.name", "title"] {
        assert_ne!(path("phases.2.name"), path(other));
    }
}

#[test]
fn a_sentence_calls_everything_by_its_name() {
    let table = [
        ("title", "the challenge"),
        ("phases.2.name", "phase 2"),
        ("phases.dev.name", "phase dev"),
        ("leaderboards.1.schema", "leaderboard 1"),
        ("dataset_splits.3.name", "dataset split 3"),
        (
            "phase_splits.2-1-3.visibility",
            "the split of phase 2 with dataset split 3 on leaderboard 1",
        ),
        (
            "evaluation_script/pkg/@main.py",
            "pkg/_main.py of the evaluation script",
        ),
    ];
    for (name, described) in table {
        assert_eq!(
            FieldPath::parse(name).expect(name).entity.described(),
            described
        );
    }
}

#[test]
fn a_phase_is_named_by_its_id_or_else_by_its_codename() {
    let table = [
        (json!({"config_id": 2, "codename": "dev"}), Some("2")),
        (json!({"config_id": null, "codename": "dev"}), Some("dev")),
        (json!({}), None),
    ];
    for (answer, name) in table {
        let phase = answer.as_object().expect("a phase");
        let found = PhaseKey::of(phase).name().map(|id| id.to_string());
        assert_eq!(found.as_deref(), name, "{answer}");
    }
}

#[test]
fn a_codename_cannot_act_in_a_commit_message() {
    let id = PhaseId::Codename("dev\n\nFixes #1 @all [skip ci]".into());
    assert_eq!(id.to_string(), "dev__Fixes__1__all__skip_ci_");
}
