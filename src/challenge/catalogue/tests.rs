//! What the catalogue says of some fields, and what holds for all of them.

use std::collections::BTreeSet;

use super::*;

#[test]
fn names_every_field_once() {
    let names: BTreeSet<_> = FIELDS
        .iter()
        .map(|field| (field.scope, field.key))
        .collect();
    assert_eq!(names.len(), FIELDS.len());
}

#[test]
fn a_default_that_leans_on_another_field_names_one_of_its_scope() {
    for field in FIELDS {
        if let Assumed::SameAs(other) | Assumed::AtMost(_, other) = field.assumed {
            assert!(
                Field::find(field.scope, other).is_some(),
                "{} leans on {other}",
                field.key
            );
        }
    }
}

#[test]
fn an_absent_key_is_inserted_after_its_nearest_neighbour() {
    let tags = Field::find(Scope::Challenge, "tags").unwrap();
    assert_eq!(
        tags.keys_before()[..2],
        ["max_team_members", "require_complete_profile"]
    );
}

#[test]
fn every_field_knows_its_place() {
    for (place, field) in FIELDS.iter().enumerate() {
        assert_eq!(field.index(), place, "{}", field.key);
    }
    let script_file = Field::of(Scope::ScriptFile).next().map(Field::index);
    assert_eq!(Some(SCRIPT_FILE.index()), script_file);
}

#[test]
fn every_list_of_the_configuration_has_its_scope() {
    let lists = [
        "challenge_phases",
        "leaderboard",
        "dataset_splits",
        "challenge_phase_splits",
    ];
    assert_eq!(Scope::LISTS.map(Scope::list), lists.map(Some));
    assert_eq!(Scope::Challenge.list(), None);
    assert_eq!(Scope::ScriptFile.list(), None);
}

#[test]
fn addresses_of_people_are_personal_and_what_scores_a_submission_is_ground_truth() {
    for field in FIELDS {
        let expected = match (field.kind, field.key) {
            (_, key) if key.contains("email") => Disclosure::Personal,
            (Kind::File, "image") => Disclosure::Public,
            (Kind::File, _) => Disclosure::GroundTruth,
            _ => Disclosure::Public,
        };
        assert_eq!(field.disclosure, expected, "{}", field.key);
    }
}

#[test]
fn leaderboards_and_splits_are_locked_and_nothing_else_is() {
    let kept = [Scope::Challenge, Scope::Phase, Scope::ScriptFile];
    for field in FIELDS {
        assert_eq!(field.locked, !kept.contains(&field.scope), "{}", field.key);
    }
}

#[test]
fn a_field_is_found_in_the_answer_that_holds_it() {
    let table = [
        (Scope::Challenge, "title", Source::Challenge("title")),
        (Scope::Challenge, "tags", Source::Challenge("list_tags")),
        (Scope::Challenge, "vpc_cidr", Source::Worker("vpc_cidr")),
        (
            Scope::Challenge,
            "prizes",
            Source::Rows("prizes", "has_prize"),
        ),
        (Scope::Phase, "name", Source::Phase("name")),
        (
            Scope::Phase,
            "test_annotation_file",
            Source::Phase("test_annotation"),
        ),
        (
            Scope::Leaderboard,
            "schema",
            Source::Splits("leaderboard_schema"),
        ),
        (Scope::DatasetSplit, "codename", Source::Own("codename")),
        (
            Scope::ScriptFile,
            "evaluation_script",
            Source::Worker("evaluation_script"),
        ),
    ];
    for (scope, key, source) in table {
        let field = Field::find(scope, key).expect(key);
        assert_eq!(field.source, source, "{key}");
    }
}

/// What is edited in the web UI may be inserted where the key is absent; what a push resets must not be left out.
#[test]
fn an_absent_key_is_kept_or_reset_by_a_push_and_edited_in_the_web_ui_or_not() {
    let table = [
        ("title", Absent::Keeps, Edited::WebUi),
        ("short_description", Absent::Keeps, Edited::ApiOnly),
        ("tags", Absent::Resets, Edited::WebUi),
        ("prizes", Absent::Resets, Edited::ApiOnly),
    ];
    for (key, absent, edited) in table {
        let field = Field::find(Scope::Challenge, key).expect(key);
        assert_eq!((field.absent, field.edited), (absent, edited), "{key}");
    }
}
