//! Configurations that EvalAI refuses or fails on, and odd ones that it takes.

use evalai_stand_in::{Seed, StandIn};

use crate::repository::{Repository, push};

type Change = fn(Repository) -> Repository;

const DATES: &str = "start_date: 2019-01-01 00:00:00\nend_date: 2099-05-31 23:59:59";
const IMAGE: &str = "image: logo.jpg";
const PHASE_DATES: &str =
    "    start_date: 2019-01-19 00:00:00\n    end_date: 2099-04-25 23:59:59\n";
const SERVER_ERROR: &str = "<h1>Error 500";

#[test]
fn a_new_configuration_with_a_fault_is_refused_and_nothing_of_it_is_kept() {
    #[rustfmt::skip]
    let cases: &[(&str, Change, u16, &str)] = &[
        ("only one date is quoted", |r| r.with(DATES, "start_date: '2019-01-01 00:00:00'\nend_date: 2099-05-31 23:59:59"), 500, SERVER_ERROR),
        ("only one date has a zone", |r| r.with(DATES, "start_date: 2019-01-01 00:00:00Z\nend_date: 2099-05-31 23:59:59"), 500, SERVER_ERROR),
        ("only one date has a time", |r| r.with(DATES, "start_date: 2019-01-01\nend_date: 2099-05-31 23:59:59"), 500, SERVER_ERROR),
        ("no date has a time", |r| r.with(DATES, "start_date: 2019-01-01\nend_date: 2099-05-31"), 400, "'start_date': [ErrorDetail(string='Expected a datetime but got a date.', code='date')], 'end_date'"),
        ("no quoted date has a time", |r| r.with(DATES, "start_date: '2019-01-01'\nend_date: '2099-05-31'"), 400, "Datetime has wrong format."),
        ("the dates are numbers", |r| r.with(DATES, "start_date: 2019\nend_date: 2099"), 400, "Datetime has wrong format."),
        ("the end is before the start", |r| r.with("2099-05-31 23:59:59", "2018-05-31 23:59:59"), 400, "The start date is after the end date."),
        ("there is no end", |r| r.without("end_date"), 400, "The start_date or end_date is missing."),
        ("a phase has an end before its start", |r| r.with("2099-04-25 23:59:59", "2018-04-25 23:59:59"), 400, "after the end date in challenge phase 1."),
        ("a phase mixes dates", |r| r.with(PHASE_DATES, "    start_date: 2019-01-19\n    end_date: 2099-04-25 23:59:59\n"), 500, SERVER_ERROR),
        ("the tags are null", |r| r.adding("tags:"), 500, SERVER_ERROR),
        ("there are five tags", |r| r.adding("tags: [a, b, c, d, e]"), 400, "There are more than 4 tags."),
        ("the title is a number", |r| r.with("title: Random Number Generator Challenge", "title: 2024"), 500, SERVER_ERROR),
        ("the title is null", |r| r.with("title: Random Number Generator Challenge", "title:"), 400, "The challenge has no title."),
        ("the title is too long", |r| r.with("title: Random", &format!("title: {}", "x".repeat(100))), 400, "no more than 100 characters."),
        ("the title's first word is not in ASCII", |r| r.with("title: Random", "title: Zufällige"), 400, "'slug': [ErrorDetail(string='Enter a valid"),
        ("the domain is null", |r| r.adding("domain:"), 400, "There is no such domain."),
        ("the domain is another", |r| r.adding("domain: Computer Vision"), 400, "There is no such domain."),
        ("a prize's amount is a number", |r| r.adding("prizes: [{rank: 1, amount: 100, description: d}]"), 500, SERVER_ERROR),
        ("a prize's amount has no currency", |r| r.adding("prizes: [{rank: 1, amount: '100', description: d}]"), 400, "100 is no amount of money"),
        ("a prize's rank is 0", |r| r.adding("prizes: [{rank: 0, amount: 100USD, description: d}]"), 400, "0 is no rank"),
        ("two prizes have one rank", |r| r.adding("prizes: [{rank: 1, amount: 1USD, description: d}, {rank: 1, amount: 2USD, description: d}]"), 400, "Two prizes have the rank 1."),
        ("a prize has no rank", |r| r.adding("prizes: [{amount: 100USD, description: d}]"), 500, SERVER_ERROR),
        ("a prize has no description", |r| r.adding("prizes: [{rank: 1, amount: 100USD}]"), 400, "Error in creating challenge: None."),
        ("the prizes are null", |r| r.adding("prizes:"), 500, SERVER_ERROR),
        ("the sponsors are null", |r| r.adding("sponsors:"), 400, "Error in creating challenge: None."),
        ("a list is null", |r| r.adding("allowed_email_domains:"), 400, "{'allowed_email_domains': [ErrorDetail(string='This field may not be null.', code='null')]}"),
        ("a list is a text", |r| r.adding("blocked_email_domains: spam.example"), 400, "Expected a list of items but got type \\\"str\\\"."),
        ("a number is a word", |r| r.adding("max_team_members: many"), 400, "A valid integer is required."),
        ("a yes or no is neither", |r| r.with("published: True", "published: maybe"), 400, "Must be a valid boolean."),
        ("a version lost its zero", |r| r.adding("worker_python_version: 3.10"), 400, "3.1\\\" is not a valid choice."),
        ("the forum has no URL", |r| r.adding("forum_url: our forum"), 400, "Enter a valid URL."),
        ("the logo is a GIF", |r| r.with(IMAGE, "image: logo.gif").file("logo.gif", b"GIF89a"), 400, "'image': [ErrorDetail(string='The submitted data was not a file."),
        ("the logo's extension is in capitals", |r| r.with(IMAGE, "image: logo.JPG").file("logo.JPG", b"\xff\xd8\xff"), 400, "'image': [ErrorDetail(string='The submitted data was not a file."),
        ("the logo is not there", |r| r.lacking("logo.jpg"), 400, "'image': [ErrorDetail(string='The submitted data was not a file."),
        ("the logo is no image", |r| r.file("logo.jpg", b"text"), 400, "code='invalid_image'"),
        ("a template is not there", |r| r.lacking("templates/description.html"), 400, "The file for description is not in the zip file."),
        ("a template is in Markdown", |r| r.with("templates/terms_and_conditions.html", "terms.md").file("terms.md", b"#"), 400, "The file for terms_and_conditions is no HTML file."),
        ("a template is elsewhere", |r| r.with("templates/submission_guidelines.html", "../secret.html"), 400, "The path for submission_guidelines leads out of the zip file."),
        ("a template is not in UTF-8", |r| r.file("templates/description.html", b"\xff"), 500, SERVER_ERROR),
        ("a template's key is not there", |r| r.without("evaluation_details"), 400, "The challenge has no evaluation_details."),
        ("the script is a folder", |r| r.with("evaluation_script.zip", "evaluation_script/"), 400, "The evaluation script is no zip file."),
        ("the script is not there", |r| r.with("evaluation_script.zip", "script.zip"), 400, "The evaluation script is not in the zip file."),
        ("a phase's description is not there", |r| r.lacking("templates/challenge_phase_1_description.html"), 400, "{'description': [ErrorDetail(string='This field may not be null.', code='null')]}"),
        ("a phase's description is empty", |r| r.file("templates/challenge_phase_1_description.html", b" \n"), 400, "{'description': [ErrorDetail(string='This field may not be blank.', code='blank')]}"),
        ("annotations are not there", |r| r.lacking("annotations/test_annotations_testsplit.json"), 400, "The annotations of challenge phase Test Phase are not in the zip file."),
        ("annotations are empty", |r| r.file("annotations/test_annotations_testsplit.json", b""), 400, "The submitted file is empty."),
        ("two phases have one codename", |r| r.with("codename: test\n", "codename: dev\n"), 400, "The codename dev of phase Test Phase is there twice."),
        ("two codenames make one slug", |r| r.with("codename: test\n", "codename: Dev\n"), 400, "challenge phase 2 :{'slug': [ErrorDetail(string='This field must be unique.', code='unique')]}"),
        ("a phase has no limit at all", |r| r.with("    max_submissions_per_month: 50\n    max_submissions: 50\n", ""), 400, "{'max_submissions_per_month': [ErrorDetail(string='This field may not be null.', code='null')]}"),
        ("a phase has no name", |r| r.with("    name: Dev Phase\n", ""), 400, "{'name': [ErrorDetail(string='This field is required.', code='required')]}"),
        ("a phase has no id", |r| r.with("  - id: 2\n    name: Test Phase\n", "  - name: Test Phase\n"), 500, SERVER_ERROR),
        ("a submission attribute has no options", |r| r.with("        options: [\"A\", \"B\", \"C\"]\n", ""), 400, "of challenge phase 1 has no options."),
        ("public submissions where one is selected", |r| r.with("is_restricted_to_select_one_submission: False", "is_restricted_to_select_one_submission: True"), 400, "Submissions of phase Dev Phase cannot be public"),
        ("a schema has no labels", |r| r.with("\"labels\"", "\"names\""), 400, "The schema of leaderboard 1 has no labels."),
        ("a schema is ordered by no label", |r| r.with("\"default_order_by\": \"Total\"", "\"default_order_by\": \"Sum\""), 400, "The default_order_by Sum of leaderboard 1 is none of its labels."),
        ("a schema holds a date", |r| r.with("\"default_order_by\": \"Total\"", "\"default_order_by\": \"Total\", \"since\": 2024-01-01"), 400, "Value must be valid JSON."),
        ("there are no phases", |r| r.without("challenge_phases"), 400, "The YAML file has no challenge phases."),
        ("there are no dataset splits", |r| r.without("dataset_splits"), 400, "The YAML file has no dataset splits."),
        ("two dataset splits have one codename", |r| r.with("codename: test_split", "codename: train_split"), 400, "of dataset split Test Split is there twice."),
        ("there are no phase splits", |r| r.without("challenge_phase_splits"), 500, SERVER_ERROR),
        ("a phase split names no leaderboard", |r| r.with("leaderboard_id: 1", "leaderboard_id: 7"), 400, "Challenge phase split 1 names the leaderboard 7, which is not there."),
        ("a phase split is seen by nobody", |r| r.with("visibility: 3", "visibility: 0"), 400, "{'visibility': [ErrorDetail(string='\\\"0\\\" is not a valid choice.', code='invalid_choice')]}"),
        ("a phase split lacks a key", |r| r.with("    visibility: 3\n", ""), 400, "Challenge phase split 2 lacks visibility."),
        ("a phase split is there twice", |r| r.with("dataset_split_id: 2", "dataset_split_id: 1"), 400, "is there twice."),
        ("the YAML cannot be read", |r| r.adding("a: b: c"), 400, " in line "),
        ("a date does not exist", |r| r.with("2019-01-01 00:00:00", "2019-02-31 00:00:00"), 500, SERVER_ERROR),
        ("the configuration is empty", |r| r.file("challenge_config.yaml", b""), 500, SERVER_ERROR),
        ("there is no configuration", |r| r.lacking("challenge_config.yaml"), 400, "The zip file holds no challenge_config.yaml."),
        ("there are two configurations", |r| r.file("challenge_config.yml", b"a: b"), 400, "The zip file holds 2 configurations."),
    ];
    for (what, change, status, words) in cases {
        let evalai = StandIn::start(Seed::empty()).unwrap();
        let answer = push(&evalai, "me/mine", &change(Repository::sample()));
        assert_eq!(answer.0, *status, "{what}: {}", answer.1);
        assert!(answer.1.contains(words), "{what}: {}", answer.1);
        assert!(evalai.challenges().is_empty(), "{what}");
    }
}

#[test]
fn odd_configurations_are_taken_as_yaml_1_1_means_them() {
    #[rustfmt::skip]
    let cases: &[(&str, Change, &str, serde_json::Value)] = &[
        ("a fraction of a second", |r| r.with("2099-05-31 23:59:59", "2099-05-31 23:59:59.5"), "end_date", "2099-05-31T23:59:59.500000Z".into()),
        ("one digit, and a zone", |r| r.with(DATES, "start_date: 2019-1-1 0:00:00Z\nend_date: 2099-05-31T23:59:59+02:00"), "end_date", "2099-05-31T21:59:59Z".into()),
        ("quoted dates", |r| r.with(DATES, "start_date: '2019-1-1 7:00:00'\nend_date: \"2099-05-31 23:59:59\""), "start_date", "2019-01-01T07:00:00Z".into()),
        ("a yes", |r| r.with("remote_evaluation: False", "remote_evaluation: yes"), "remote_evaluation", true.into()),
        ("an octal number", |r| r.adding("max_team_members: 010"), "max_team_members", 8.into()),
        ("a version that is a number", |r| r.adding("worker_python_version: 3.8"), "worker_python_version", "3.8".into()),
        ("a blank forum", |r| r.adding("forum_url: ''"), "forum_url", "".into()),
        ("an empty logo", |r| r.with(IMAGE, "image:"), "image", serde_json::Value::Null),
        ("four tags", |r| r.adding("tags: [a, b, 3, d]"), "list_tags", serde_json::json!(["a", "d", "b", "3"])),
        ("unknown keys, and some that are not for hosts", |r| r.adding("vidio: x\nmanual_participant_approval: True\nqueue: mine"), "manual_participant_approval", false.into()),
        ("a repository and a slug of its own", |r| r.adding("github_repository: you/yours\nslug: mine"), "github_repository", "me/mine".into()),
        ("a slug of its own", |r| r.adding("slug: mine"), "slug", "random-number-generator-challenge-1".into()),
        ("no branch, which the push names in vain", |r| r, "github_branch", "".into()),
        ("a branch", |r| r.adding("github_branch: challenge-2"), "github_branch", "challenge-2".into()),
        ("a prize with a description too long, which is lost", |r| r.adding("prizes: [{rank: 1, amount: 1USD, description: abcdefghijklmnopqrstuvwxyz}]"), "has_prize", false.into()),
    ];
    for (what, change, field, kept) in cases {
        let evalai = StandIn::start(Seed::empty()).unwrap();
        let answer = push(&evalai, "me/mine", &change(Repository::sample()));
        assert_eq!(answer.0, 200, "{what}: {}", answer.1);
        let challenge = evalai.get("/api/challenges/challenge/1/").unwrap();
        assert_eq!(challenge[*field], *kept, "{what}");
    }
}

#[test]
fn the_configuration_may_be_called_yml() {
    let evalai = StandIn::start(Seed::empty()).unwrap();
    let repository = Repository::sample().renamed("challenge_config.yaml", "challenge_config.yml");
    assert_eq!(push(&evalai, "me/mine", &repository).0, 200);
}

#[test]
fn a_form_without_a_zip_is_refused_in_the_ways_of_the_real_server() {
    let evalai = StandIn::start(Seed::empty()).unwrap();
    let path = "/api/challenges/challenge/challenge_host_team/1/create_or_update_github_challenge/";
    let send = |zip: &[u8]| crate::client::send_form(&evalai, "hostuser", path, "me/mine", zip);
    let refused = send(b"");
    assert_eq!(refused.status, 400);
    assert_eq!(
        refused.json(),
        serde_json::json!({ "error": { "zip_configuration": ["The submitted file is empty."] } })
    );
    assert_eq!(
        send(b"no zip").json()["error"],
        "The zip file contents cannot be extracted. Please check the format!"
    );
    let mut headers = crate::client::bearer(&evalai.token()).to_vec();
    headers.push(("Content-Type".into(), "application/json".into()));
    let json = br#"{"GITHUB_REPOSITORY":"me/mine"}"#;
    let refused = crate::client::send(evalai.url(), "POST", path, &headers, json);
    assert_eq!(
        refused.json(),
        serde_json::json!({ "error": { "zip_configuration": ["No file was submitted."] } })
    );
}

#[test]
fn a_configuration_can_be_checked_without_being_taken() {
    let evalai = StandIn::start(Seed::empty()).unwrap();
    let check = |user: &str, repository: &Repository| {
        let path = "/api/challenges/challenge/challenge_host_team/1/validate_challenge_config/";
        crate::client::send_form(&evalai, user, path, "me/mine", &repository.zip())
    };
    assert_eq!(check("hostuser", &Repository::sample()).status, 200);
    let faulty = Repository::sample().adding("domain:");
    assert_eq!(check("hostuser", &faulty).status, 400);
    let refused = check("outsider", &Repository::sample());
    assert_eq!(refused.status, 401);
    assert_eq!(
        refused.json()["error"],
        "Sorry, you do not belong to this Host Team!"
    );
    assert!(evalai.challenges().is_empty());
}
