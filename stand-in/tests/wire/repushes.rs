//! What a push does to a challenge that is there already.

use evalai_stand_in::{Seed, StandIn};
use serde_json::{Value, json};

use crate::client;
use crate::repository::{Repository, push};
use crate::snapshot::{changes, snapshot};

const NAME: &str = "me/mine";

/// A site on which the sample was pushed: challenge 1 with phases 1 and 2.
fn pushed(repository: &Repository) -> StandIn {
    let evalai = StandIn::start(Seed::empty()).unwrap();
    assert_eq!(push(&evalai, NAME, repository).0, 200);
    evalai
}

fn challenge(evalai: &StandIn, id: u64) -> Value {
    evalai
        .get(&format!("/api/challenges/challenge/{id}/"))
        .unwrap()
}

fn phase(evalai: &StandIn, id: u64) -> Value {
    evalai
        .get(&format!("/api/challenges/challenge/1/challenge_phase/{id}"))
        .unwrap()
}

fn names(rows: &Value) -> Vec<&str> {
    let rows = rows.as_array().unwrap().iter();
    rows.map(|row| row["name"].as_str().unwrap()).collect()
}

const SPONSORS: &str = "sponsors:\n- {name: ACME, website: 'https://acme.example.org/'}";

#[test]
fn sponsors_that_are_known_fail_every_push_after_it_has_done_half_its_work() {
    let repository = Repository::sample().adding(SPONSORS);
    let evalai = pushed(&repository);
    let before = snapshot(&evalai, 1);
    let edited = repository
        .with("title: Random", "title: Another")
        .with("2099-05-31 23:59:59", "2098-01-01 00:00:00")
        .with("name: Dev Phase", "name: Other Phase")
        .file("templates/description.html", b"<p>other</p>")
        .adding("tags: [a]");
    let (status, body) = push(&evalai, NAME, &edited);
    assert_eq!(status, 400);
    assert_eq!(
        body,
        r#"{"error":"Error in creating challenge: None. Please check the yaml configuration!"}"#
    );
    let shown = changes(&before, &snapshot(&evalai, 1));
    let fields: Vec<&str> = shown
        .iter()
        .filter(|change| change["endpoint"] == "/api/challenges/challenge/1/")
        .map(|change| change["field"].as_str().unwrap())
        .collect();
    let expected = [
        ".description",
        ".end_date",
        ".image",
        ".list_tags",
        ".list_tags#order",
        ".list_tags[0]",
        ".slug",
        ".title",
    ];
    assert_eq!(fields, expected);
    assert_eq!(phase(&evalai, 1)["name"], "Dev Phase");
}

#[test]
fn sponsors_that_begin_with_a_new_one_replace_those_before() {
    let evalai = pushed(&Repository::sample().adding(SPONSORS));
    let list = || evalai.get("/api/challenges/challenge/1/sponsors/").unwrap();
    let beta = "- {name: Beta, website: 'https://beta.example.org/'}";
    let acme = SPONSORS.split_once('\n').unwrap().1;
    let both = Repository::sample().adding(&format!("sponsors:\n{beta}\n{acme}"));
    assert_eq!(push(&evalai, NAME, &both).0, 200);
    assert_eq!(names(&list()), ["ACME", "Beta"]);
    let gamma = beta.replace("Beta", "Gamma");
    let other = Repository::sample().adding(&format!("sponsors:\n{gamma}"));
    assert_eq!(push(&evalai, NAME, &other).0, 200);
    assert_eq!(names(&list()), ["Gamma"]);
    assert_eq!(push(&evalai, NAME, &Repository::sample()).0, 200);
    assert_eq!(names(&list()), ["Gamma"], "the rows stay");
    assert_eq!(challenge(&evalai, 1)["has_sponsors"], false);
}

#[test]
fn an_absent_key_resets_a_few_fields_and_keeps_all_others() {
    let evalai = pushed(&Repository::sample());
    let repository = Repository::sample()
        .adding("tags: [a, b]\ndomain: CV\nprizes: [{rank: 1, amount: 1USD, description: d}]\nmax_team_members: 3");
    assert_eq!(push(&evalai, NAME, &repository).0, 200);
    let shown = challenge(&evalai, 1);
    assert_eq!(
        [
            &shown["domain"],
            &shown["list_tags"],
            &shown["has_prize"],
            &shown["max_team_members"]
        ],
        [&json!("CV"), &json!(["a", "b"]), &json!(true), &json!(3)]
    );
    assert_ne!(phase(&evalai, 2)["submission_meta_attributes"], Value::Null);
    let attributes = "    submission_meta_attributes:\n      - name: TextAttribute\n        description: Sample\n        \
        type: text\n    is_restricted";
    let without = Repository::sample()
        .with(attributes, "    is_restricted")
        .with("image: logo.jpg\n", "");
    assert_eq!(push(&evalai, NAME, &without).0, 200);
    let kept = challenge(&evalai, 1);
    assert_eq!(
        [
            &kept["domain"],
            &kept["list_tags"],
            &kept["has_prize"],
            &kept["max_team_members"],
            &kept["image"]
        ],
        [
            &Value::Null,
            &json!([]),
            &json!(false),
            &json!(3),
            &shown["image"]
        ]
    );
    let phase = phase(&evalai, 2);
    assert_eq!(phase["submission_meta_attributes"], Value::Null);
    assert_eq!(phase["name"], "Test Phase");
}

#[test]
fn an_empty_logo_takes_the_logo_away() {
    let evalai = pushed(&Repository::sample());
    assert_ne!(challenge(&evalai, 1)["image"], Value::Null);
    let empty = Repository::sample().with("image: logo.jpg", "image:");
    assert_eq!(push(&evalai, NAME, &empty).0, 200);
    assert_eq!(challenge(&evalai, 1)["image"], Value::Null);
}

#[test]
fn phases_of_an_internal_challenge_keep_what_is_submitted_for_a_fortnight() {
    let evalai =
        pushed(&Repository::sample().adding("challenge_usage_type: internal\nuse_fifo_sqs: True"));
    assert_eq!(
        phase(&evalai, 1)["submission_artifact_retention_policy"],
        "days_14"
    );
    let queue = challenge(&evalai, 1)["queue"].as_str().unwrap().to_owned();
    assert!(
        queue.strip_suffix(".fifo").is_some() && queue.len() == 80,
        "{queue}"
    );
}

#[test]
fn prizes_are_changed_by_their_rank_and_never_removed() {
    let prizes = |prizes: &str| Repository::sample().adding(&format!("prizes: [{prizes}]"));
    let evalai = pushed(&prizes(
        "{rank: 1, amount: 9USD, description: a}, {rank: 2, amount: 8USD, description: b}",
    ));
    assert_eq!(
        push(
            &evalai,
            NAME,
            &prizes("{rank: 2, amount: 7EUR, description: c}")
        )
        .0,
        200
    );
    let shown = evalai.get("/api/challenges/challenge/1/prizes/").unwrap();
    let expected = json!([
        { "challenge": 1, "amount": "9USD", "rank": 1, "description": "a" },
        { "challenge": 1, "amount": "7EUR", "rank": 2, "description": "c" },
    ]);
    assert_eq!(shown, expected);
}

const UNUSED: &str = "dataset_splits:\n  - id: 3\n    name: Unused\n    codename: unused";

#[test]
fn a_leaderboard_or_dataset_split_that_nothing_shows_is_added_with_each_push() {
    let unused = Repository::sample().with("dataset_splits:", UNUSED).with(
        "\nchallenge_phases:",
        "  - id: 2\n    schema: {labels: [A], default_order_by: A}\n\nchallenge_phases:",
    );
    let evalai = pushed(&unused);
    let rows = |kind: &str| {
        let exists = |id: &u64| {
            evalai
                .get(&format!("/api/challenges/challenge/create/{kind}/{id}/"))
                .is_ok()
        };
        (1..20).filter(exists).count()
    };
    assert_eq!((rows("leaderboard"), rows("dataset_split")), (2, 3));
    for more in 1..=2 {
        assert_eq!(push(&evalai, NAME, &unused).0, 200);
        assert_eq!(
            (rows("leaderboard"), rows("dataset_split")),
            (2 + more, 3 + more)
        );
    }
}

/// The sample with a third phase, shown on the leaderboard for the split that nothing showed so far.
fn with_a_third_phase() -> Repository {
    let phase = "challenge_phases:\n  - id: 3\n    name: Third Phase\n    description: templates/description.html\n    \
        start_date: 2020-01-01 00:00:00\n    end_date: 2099-01-01 00:00:00\n    codename: third\n    \
        max_submissions_per_day: 2\n    max_submissions: 10";
    let split = "challenge_phase_splits:\n  - challenge_phase_id: 3\n    leaderboard_id: 1\n    dataset_split_id: 3\n    \
        visibility: 2\n    leaderboard_decimal_precision: 4\n    is_leaderboard_order_descending: False";
    Repository::sample()
        .with("dataset_splits:", UNUSED)
        .with("challenge_phases:", phase)
        .with("challenge_phase_splits:", split)
}

#[test]
fn a_new_phase_can_be_added_even_after_the_approval() {
    let evalai = pushed(&Repository::sample());
    evalai.approve(1).unwrap();
    let answer = push(&evalai, NAME, &with_a_third_phase());
    assert_eq!(answer.0, 200, "{}", answer.1);
    assert_eq!(
        (evalai.phases(1), evalai.splits(1)),
        (vec![1, 2, 3], vec![1, 2, 3, 4])
    );
    let third = phase(&evalai, 3);
    assert_eq!(third["slug"], "random-third-1");
    assert_eq!(
        third["max_submissions_per_month"], 10,
        "the limit of all submissions"
    );
    assert_eq!(
        third["max_concurrent_submissions_allowed"], 2,
        "no more than on a day"
    );
    assert_eq!(
        third["allowed_submission_file_types"],
        ".json, .zip, .txt, .tsv, .gz, .csv, .h5, .npy"
    );
    let split = evalai
        .get("/api/challenges/challenge/create/challenge_phase_split/4/")
        .unwrap();
    let expected = json!({
        "id": 4, "challenge_phase": 3, "dataset_split": 3, "leaderboard": 1, "visibility": 2,
        "leaderboard_decimal_precision": 4, "is_leaderboard_order_descending": false,
        "show_leaderboard_by_latest_submission": false, "show_execution_time": false,
        "show_scores_on_leaderboard": true,
    });
    assert_eq!(split, expected);
}

#[test]
fn what_a_challenge_has_cannot_be_taken_away_or_rearranged() {
    type Change = fn(Repository) -> Repository;
    #[rustfmt::skip]
    let cases: &[(Change, &str)] = &[
        (|r| r.with("  - id: 1\n    schema:", "  - id: 5\n    schema:").with("leaderboard_id: 1", "leaderboard_id: 5"), "The leaderboard with ID 1 is missing."),
        (|r| r.with("  - id: 2\n    name: Test Split", "  - id: 5\n    name: Test Split").with("dataset_split_id: 2", "dataset_split_id: 5"), "Dataset split 2 is missing."),
        (|r| r.with("  - id: 2\n    name: Test Phase", "  - id: 5\n    name: Test Phase").with("challenge_phase_id: 2", "challenge_phase_id: 5"), "Challenge phase 2 is missing."),
        (|r| r.with("challenge_phase_id: 1", "challenge_phase_id: 2").with("dataset_split_id: 1\n    visibility: 1", "dataset_split_id: 3\n    visibility: 1").with("dataset_splits:", UNUSED), "is new, but its phase is not."),
        (|r| r.with("codename: dev\n", "codename: tmp\n").with("codename: test\n", "codename: dev\n").with("codename: tmp\n", "codename: test\n"), "The fields codename, challenge must make a unique set."),
        (|r| r.adding("use_fifo_sqs: True"), "challenge :{'use_fifo_sqs': [ErrorDetail("),
    ];
    for (change, words) in cases {
        let evalai = pushed(&Repository::sample());
        let (status, body) = push(&evalai, NAME, &change(Repository::sample()));
        assert_eq!(status, 400, "{words}");
        assert!(body.contains(words), "{words}: {body}");
    }
}

#[test]
fn what_an_approval_locks_cannot_be_changed_any_more_and_refuses_the_whole_push() {
    type Change = fn(Repository) -> Repository;
    #[rustfmt::skip]
    let cases: &[(Change, &str)] = &[
        (|r| r.with("\"Metric Description\"", "\"Another Description\""), "ERROR: Leaderboard 1 cannot be changed"),
        (|r| r.with("name: Train Split", "name: Training Split"), "ERROR: Dataset split 1 cannot be changed"),
        (|r| r.with("codename: test_split", "codename: other_split"), "ERROR: Dataset split 2 cannot be changed"),
        (|r| r.with("visibility: 3", "visibility: 2"), "(leaderboard_id: 1, challenge_phase_id: 2, dataset_split_id: 1) cannot be changed"),
        (|r| r.with("leaderboard_decimal_precision: 2", "leaderboard_decimal_precision: 3"), "(leaderboard_id: 1, challenge_phase_id: 1, dataset_split_id: 1) cannot be changed"),
        (|r| r.with("is_leaderboard_order_descending: True", "is_leaderboard_order_descending: False"), "cannot be changed after the challenge is approved by an admin."),
    ];
    for (change, words) in cases {
        let evalai = pushed(&Repository::sample());
        let changed = change(Repository::sample().with("title: Random", "title: Another"));
        evalai.approve(1).unwrap();
        let before = snapshot(&evalai, 1);
        let (status, body) = push(&evalai, NAME, &changed);
        assert_eq!(status, 400, "{words}");
        assert!(body.contains(words), "{words}: {body}");
        assert_eq!(changes(&before, &snapshot(&evalai, 1)), Vec::<Value>::new());

        let evalai = pushed(&Repository::sample());
        assert_eq!(
            push(&evalai, NAME, &changed).0,
            200,
            "not locked yet: {words}"
        );
    }
}

#[test]
fn of_two_challenges_with_one_repository_the_first_by_title_is_updated() {
    let titled =
        |title: &str| Repository::sample().with("title: Random", &format!("title: {title}"));
    let evalai = pushed(&titled("Zebra"));
    assert_eq!(push(&evalai, "me/other", &titled("Aardvark")).0, 200);
    evalai
        .edit_challenge(2, json!({ "github_repository": NAME }))
        .unwrap();
    assert_eq!(push(&evalai, NAME, &titled("Lion")).0, 200);
    let shown = [1, 2].map(|id| challenge(&evalai, id)["title"].clone());
    assert_eq!(
        shown,
        [
            "Zebra Number Generator Challenge",
            "Lion Number Generator Challenge"
        ]
    );
}

#[test]
fn a_removed_challenge_is_not_updated_but_made_anew() {
    let evalai = pushed(&Repository::sample());
    evalai.disable(1).unwrap();
    assert_eq!(push(&evalai, NAME, &Repository::sample()).0, 200);
    assert_eq!(evalai.challenges(), [1, 2]);
    assert_eq!(
        (evalai.phases(1), evalai.phases(2)),
        (vec![1, 2], vec![3, 4])
    );
    assert_eq!(challenge(&evalai, 2)["github_repository"], NAME);
}

#[test]
fn the_letter_case_of_a_repository_counts() {
    let evalai = pushed(&Repository::sample());
    assert_eq!(push(&evalai, "Me/Mine", &Repository::sample()).0, 200);
    assert_eq!(evalai.challenges(), [1, 2]);
}

#[test]
fn a_failed_creation_leaves_nothing_but_the_ids_that_it_took() {
    let evalai = StandIn::start(Seed::empty()).unwrap();
    let failing = Repository::sample().with("title: Random", "title: Zufällige");
    assert_eq!(push(&evalai, NAME, &failing).0, 400);
    assert_eq!(push(&evalai, NAME, &Repository::sample()).0, 200);
    assert_eq!(evalai.challenges(), [2]);
    let shown = evalai
        .get("/api/challenges/challenge/create/leaderboard/2/")
        .unwrap();
    assert_eq!(shown["config_id"], 1);
    assert_eq!(evalai.phases(2), [1, 2], "none was made before the failure");
}

#[test]
fn annotations_that_came_by_the_command_line_stay() {
    let evalai = pushed(&Repository::sample());
    evalai
        .edit_phase(1, json!({ "annotations_uploaded_using_cli": true }))
        .unwrap();
    let before = [1, 2].map(|id| phase(&evalai, id)["test_annotation"].clone());
    assert_eq!(push(&evalai, NAME, &Repository::sample()).0, 200);
    assert_eq!(phase(&evalai, 1)["test_annotation"], before[0]);
    assert_ne!(phase(&evalai, 2)["test_annotation"], before[1]);
}

#[test]
fn a_push_through_another_team_moves_the_challenge_there() {
    let evalai = pushed(&Repository::sample());
    let path = "/api/challenges/challenge/challenge_host_team/2/create_or_update_github_challenge/";
    let answer = client::send_form(&evalai, "hostuser", path, NAME, &Repository::sample().zip());
    assert_eq!(answer.status, 200);
    let team = "/api/challenges/challenge_host_team/2/challenge/1";
    assert_eq!(evalai.get(team).unwrap()["creator"]["id"], 2);
    let unknown = path.replace("/2/", "/9/");
    let answer = client::send_form(
        &evalai,
        "hostuser",
        &unknown,
        NAME,
        &Repository::sample().zip(),
    );
    assert_eq!(answer.status, 404);
}
