//! What a run says, as snapshots: the log in Actions and in a terminal, and the job summary.

use evalai_stand_in::{Fault, NewChallenge, Seed};
use serde_json::json;

use crate::run::Run;
use crate::world::{World, fixtures, read_tree};

const CONFIG: &str = "challenge_config.yaml";
const TITLE: &str = "title: Random Number Generator Challenge";
const DESCRIPTION: &str = "templates/description.html";

/// Compares what `run` said with the snapshots called `name`, without what differs from run to run.
#[track_caller]
fn says(world: &World, name: &str, run: &Run) {
    let scrub = |text: &str| {
        let text = text.replace(world.evalai.url(), "https://eval.ai");
        let escaped = world.evalai.url().replace(':', "&#58;");
        let text = text.replace(&escaped, "https&#58;//eval.ai");
        let text = text.replace(&world.remote_path().display().to_string(), "REMOTE");
        without_ids(&without_times(&without_masks(&text)))
    };
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("../snapshots");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| {
        insta::assert_snapshot!(format!("{name}.log"), scrub(&run.log));
        if !run.summary.is_empty() {
            insta::assert_snapshot!(format!("{name}.summary"), scrub(&run.summary));
        }
    });
}

/// Without masks, and the requests, of which some are made side by side, in one order.
fn without_masks(text: &str) -> String {
    let is_mask = |line: &&str| line.starts_with("::add-mask::");
    let mut lines: Vec<_> = text.lines().filter(|line| !is_mask(line)).collect();
    for requests in lines.chunk_by_mut(|a, b| is_request(a) && is_request(b)) {
        requests.sort_unstable();
    }
    lines.join("\n") + "\n"
}

fn is_request(line: &str) -> bool {
    line.trim_start().starts_with("GET /")
}

/// `in 26 ms` becomes `in 0 ms`, and `in 0.4 s` becomes `in 0.0 s`.
fn without_times(text: &str) -> String {
    let mut parts = text.split(" in ");
    let mut scrubbed = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let rest = part.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.');
        let time = if rest.len() < part.len() && rest.starts_with(" ms") {
            "0"
        } else if rest.len() < part.len() && rest.starts_with(" s") {
            "0.0"
        } else {
            &part[..part.len() - rest.len()]
        };
        scrubbed.push_str(&[" in ", time, rest].concat());
    }
    scrubbed
}

/// Each commit's id, whole or shortened, becomes one and the same.
fn without_ids(text: &str) -> String {
    let mut scrubbed = String::new();
    for word in text.split_inclusive(|c: char| !c.is_ascii_alphanumeric()) {
        let id = word.trim_end_matches(|c: char| !c.is_ascii_alphanumeric());
        let is_id = (id.len() == 10 || id.len() == 40) && id.bytes().all(|b| b.is_ascii_hexdigit());
        if is_id && id.bytes().any(|b| b.is_ascii_digit()) {
            scrubbed.push_str("c0ffee");
            scrubbed.push_str(&word[id.len()..]);
        } else {
            scrubbed.push_str(word);
        }
    }
    scrubbed
}

fn agreed() -> World {
    let world = World::recorded("sample");
    assert_eq!(world.sync().succeeded().result(), "in-sync");
    world
}

#[test]
fn nothing_to_do_is_said_in_one_line() {
    let world = agreed();
    let run = world.sync().succeeded();
    says(&world, "in-sync", &run);
}

#[test]
fn a_sync_shows_what_changed_of_a_text_a_date_a_list_and_an_overview() {
    let world = agreed();
    let old = world.file(DESCRIPTION);
    let long = format!(
        "{}\n<p>{}</p>\n",
        old.trim_end(),
        "One more sentence about the rules of this challenge. ".repeat(4)
    );
    world.host_writes(DESCRIPTION, &long);
    world
        .evalai
        .edit_challenge(1, json!({ "description": long }))
        .unwrap();
    assert_eq!(world.sync().succeeded().result(), "in-sync");

    let evalai = &world.evalai;
    let longer = long.replacen("the rules", "the new rules", 2);
    evalai
        .edit_challenge(
            1,
            json!({ "title": "Random Number Generator Challenge, 2nd Edition" }),
        )
        .unwrap();
    evalai
        .edit_challenge(1, json!({ "description": longer }))
        .unwrap();
    evalai
        .edit_challenge(
            1,
            json!({ "end_date": "2099-06-30T23:59:59.000Z", "is_registration_open": false }),
        )
        .unwrap();
    evalai.set_tags(1, &["numbers", "random"], "CV").unwrap();
    evalai
        .edit_phase(2, json!({ "max_submissions_per_day": 3 }))
        .unwrap();
    let run = world.sync().succeeded();
    assert_eq!(run.result(), "synced");
    says(&world, "synced", &run);
}

#[test]
fn a_conflict_names_the_commit_that_still_holds_what_lost() {
    for strategy in ["evalai", "repository"] {
        let world = agreed();
        world.host_commits(CONFIG, TITLE, "title: Random Numbers for Everybody");
        let parent = world.tip().to_string();
        world
            .evalai
            .edit_challenge(1, json!({ "title": "Random Numbers for Nobody" }))
            .unwrap();
        let run = world.sync_with(&[("strategy", strategy)]).succeeded();
        if strategy == "evalai" {
            let words = format!("still in commit {})", &parent[..10]);
            assert!(run.log.contains(&words), "{}", run.log);
        }
        says(&world, &format!("conflict-{strategy}"), &run);
    }
}

#[test]
fn a_repository_that_is_ahead_is_told_what_evalai_has_yet_to_get() {
    let world = agreed();
    world.host_commits(CONFIG, TITLE, "title: Pushed soon");
    world.host_commits(
        CONFIG,
        "end_date: 2099-05-31 23:59:59",
        "end_date: 2099-06-01 23:59:59",
    );
    let run = world.sync().succeeded();
    assert_eq!(run.result(), "ahead");
    says(&world, "ahead", &run);
}

#[test]
fn a_first_sync_lists_what_differs_and_says_how_to_choose() {
    let world = World::recorded("sample");
    world
        .evalai
        .edit_challenge(1, json!({ "title": "Edited before the first sync" }))
        .unwrap();
    world.evalai.set_tags(1, &["numbers"], "CV").unwrap();
    let run = world.sync().succeeded();
    assert_eq!(run.result(), "first-sync");
    says(&world, "first-sync", &run);
}

#[test]
fn a_dry_run_tells_what_a_sync_would_do() {
    let world = agreed();
    world
        .evalai
        .edit_challenge(1, json!({ "title": "A new title" }))
        .unwrap();
    let run = world.sync_with(&[("mode", "dry-run")]).succeeded();
    assert_eq!(run.result(), "dry-run");
    says(&world, "dry-run", &run);
}

#[test]
fn warnings_stand_where_they_belong() {
    let world = agreed();
    world.host_commits(
        CONFIG,
        "start_date: 2019-01-01 00:00:00\nend_date: 2099-05-31",
        "start_date: soon\nend_date: 2099-05-31",
    );
    world.host_commits(
        CONFIG,
        "evaluation_details: templates/",
        "evaluation_details: ../templates/",
    );
    world
        .evalai
        .edit_challenge(1, json!({ "evaluation_details": "<p>New</p>" }))
        .unwrap();
    let queue = "/api/challenges/challenge/queues/";
    world
        .evalai
        .fail(queue, 9, Fault::html(403, "<html>no</html>"));
    let run = world.sync().succeeded();
    says(&world, "warnings", &run);
}

#[test]
fn phases_of_one_side_only_are_named() {
    let seed = Seed::empty().challenge(
        NewChallenge::titled("Three Phases")
            .repository("example-org/three")
            .phases(3),
    );
    let world = World::new(seed, 1, &read_tree(&fixtures().join("repos/sample")));
    world.host_commits(
        CONFIG,
        "  - id: 2\n    name: Test Phase",
        "  - id: 9\n    name: Test Phase",
    );
    let run = world.sync().succeeded();
    says(&world, "phases", &run);
}

#[test]
fn in_a_terminal_the_lines_of_a_group_are_indented_under_its_title() {
    let world = agreed();
    world
        .evalai
        .edit_challenge(1, json!({ "title": "A new title" }))
        .unwrap();
    let workspace = world.check_out();
    let run = world.start_on_a_laptop(&workspace);
    let run = run
        .flags(&["--repository", &world.repository])
        .run()
        .succeeded();
    says(&world, "terminal", &run);
}
