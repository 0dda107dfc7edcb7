//! Runs that cannot be done: each says why, where and what to do, and leaves everything as it was.

use std::net::TcpListener;
use std::path::Path;

use evalai_stand_in::{Fault, NewChallenge, Seed};
use serde_json::{Value as Json, json};

use crate::mangled::records;
use crate::run::Start;
use crate::world::{World, fixtures, read_tree};

const CONFIG: &str = "challenge_config.yaml";
const HOST_CONFIG: &str = "github/host_config.json";

/// A world whose two sides have agreed, and then differ in the title.
fn differing() -> World {
    let world = World::recorded("sample");
    assert_eq!(world.sync().succeeded().result(), "in-sync");
    edit(&world);
    world
}

fn edit(world: &World) {
    let fields = json!({ "title": "Edited in the web UI" });
    world
        .evalai
        .edit_challenge(world.challenge, fields)
        .unwrap();
}

/// Runs the sync, which must fail, say each of `words`, and write nothing anywhere.
#[track_caller]
fn fails(world: &World, more: impl FnOnce(Start) -> Start, words: &[&str]) {
    let workspace = world.check_out();
    fails_in(world, &workspace, more, words);
}

#[track_caller]
fn fails_in(world: &World, workspace: &Path, more: impl FnOnce(Start) -> Start, words: &[&str]) {
    let before = world.everything(workspace);
    let mut run = more(world.start(workspace)).run();
    for words in words {
        run = run.failed_saying(words);
    }
    assert!(run.log.contains("::error"), "{}", run.log);
    assert_eq!((run.result(), run.output("changed")), ("error", "false"));
    assert!(
        world.everything(workspace) == before,
        "something was written\n{}",
        run.log
    );
}

/// The same with another host config in the workspace.
#[track_caller]
fn fails_with_host_config(world: &World, text: &str, words: &[&str]) {
    let workspace = world.check_out();
    std::fs::write(workspace.join(HOST_CONFIG), text).unwrap();
    fails_in(world, &workspace, |start| start, words);
}

#[test]
fn a_configuration_that_evalai_could_not_read_is_pointed_at() {
    let table = [
        (
            "published: True\n",
            "published: [True\n",
            &[
                "::error file=challenge_config.yaml,line=17,col=12::challenge_config.yaml:17:12: `,` or `]` was expected here",
            ][..],
        ),
        (
            "published: True\n",
            "published: True\n\tx: 1\n",
            &["::error file=challenge_config.yaml,line=16,col="],
        ),
        (
            "  - id: 2\n    name: Test Phase",
            "  - id: 1\n    name: Test Phase",
            &[
                "::error file=challenge_config.yaml,line=78::",
                "entries 1 and 2 of challenge_phases are both phase 1: give each ids of its own",
            ],
        ),
        (
            "challenge_phases:\n",
            "challenge_phases: none\nphases:\n",
            &[
                "::error file=challenge_config.yaml,line=35::",
                "challenge_phases is a text, not a list",
            ],
        ),
    ];
    for (old, new, words) in table {
        let world = differing();
        world.host_commits(CONFIG, old, new);
        fails(&world, |start| start, words);
    }
    let world = differing();
    world.host_writes(CONFIG, "- title: A list\n");
    let words = [
        "::error file=challenge_config.yaml,line=1::",
        "the configuration is a sequence, not a mapping of keys",
    ];
    fails(&world, |start| start, &words);
}

#[test]
fn a_configuration_that_cannot_be_edited_is_told_with_the_field() {
    let world = World::recorded("sample");
    world.host_commits(
        "challenge_config.yaml",
        "title: Random Number Generator Challenge",
        "? title",
    );
    let short = json!({"short_description": "Edited in the web UI"});
    world.evalai.edit_challenge(1, short).unwrap();
    fails(
        &world,
        |start| start.input("first-sync", "commit"),
        &[
            "challenge_config.yaml: title cannot be written",
            "its key is written with `?` and has no `:` after it",
        ],
    );
}

#[test]
fn a_branch_without_a_configuration_is_told_both_names() {
    let world = differing();
    let with = |start: Start| start.input("config", "other/config.yaml");
    fails(
        &world,
        with,
        &["the branch \"challenge\" has no other/config.yaml: set the input `config`"],
    );
}

#[test]
fn a_host_config_that_cannot_be_used_is_pointed_at() {
    let world = differing();
    let (token, url) = (world.evalai.token(), world.evalai.url());
    let table = [
        (
            "{\n  \"token\": \"x\",\n  team_pk: 1\n}\n".to_owned(),
            &[
                "::error file=github/host_config.json,line=3,col=3::",
                "is not valid JSON",
            ][..],
        ),
        (
            format!(
                "{{\n\"token\": \"<evalai_user_auth_token>\",\n\"team_pk\": \"1\",\n\"evalai_host_url\": \"{url}\"}}"
            ),
            &[
                "::error file=github/host_config.json,line=2,col=1::",
                "`token` still holds a placeholder. Get a new token on EvalAI's profile page",
            ],
        ),
        (
            format!("{{\"token\": \"{token}\", \"evalai_host_url\": \"$EVALAI_HOST_URL\"}}"),
            &[
                "`team_pk` is missing. Write the team's ID",
                "`evalai_host_url` still holds a placeholder",
            ],
        ),
    ];
    for (text, words) in table {
        fails_with_host_config(&world, &text, words);
    }
    let workspace = world.check_out();
    std::fs::remove_file(workspace.join(HOST_CONFIG)).unwrap();
    let words = [
        "github/host_config.json: there is no such file",
        "name it with the input `host-config`",
    ];
    fails_in(&world, &workspace, |start| start, &words);
}

#[test]
fn a_token_that_evalai_refuses_is_told_with_where_a_new_one_comes_from() {
    let expired = World::new(
        Seed::sample().token_valid_for("-PT24H".parse().unwrap()),
        1,
        &read_tree(&fixtures().join("repos/sample")),
    );
    let words = [
        "::error file=github/host_config.json,line=",
        "`token` expired on 20",
        "Get a new token on EvalAI's profile page (\"Get your Auth Token\")",
    ];
    fails(&expired, |start| start, &words);

    let world = differing();
    for (token, words) in [
        (
            "FAKE-BLACKLISTED-JWT",
            "was replaced by a newer one on the profile page",
        ),
        ("made-up", "the EvalAI token is invalid or expired"),
    ] {
        let with = |start: Start| start.input("evalai-token", token);
        fails(
            &world,
            with,
            &[words, "401 Unauthorized", "Get a new token"],
        );
    }
    let outsider = world.evalai.token_of("outsider");
    let with = |start: Start| start.input("evalai-token", &outsider);
    fails(
        &world,
        with,
        &[
            "the EvalAI token's user is no host of this challenge",
            "Use the token of a member of the challenge's host team",
        ],
    );
}

#[test]
fn a_challenge_that_is_not_one_is_told_apart_by_why() {
    let world = differing();
    let config = world.host_config().replace("\"1\"", "\"77\"");
    fails_with_host_config(
        &world,
        &config,
        &["EvalAI knows no host team 77; correct `team_pk` in the host config"],
    );
    let other_case =
        |start: Start| start.variable("GITHUB_REPOSITORY", "Example-Org/RNG-challenge");
    fails(
        &world,
        other_case,
        &[
            "names the repository example-org/rng-challenge, but this one is Example-Org/RNG-challenge: letter case counts",
        ],
    );
    let absent = |start: Start| start.input("challenge-id", "999");
    fails(
        &world,
        absent,
        &["EvalAI shows no challenge 999 to this token"],
    );

    let twin = |title: &str| NewChallenge::titled(title).repository("example-org/twins");
    let seed = Seed::empty()
        .challenge(twin("First"))
        .challenge(twin("Second"));
    let world = World::new(seed, 1, &read_tree(&fixtures().join("repos/sample")));
    fails(
        &world,
        |start| start,
        &[
            "several challenges on EvalAI name the repository example-org/twins: 2 \"Second\" (no branch), 1 \"First\" (no branch). Say which one with the input `challenge-id` (the branch here is challenge)",
        ],
    );
}

#[test]
fn an_evalai_that_is_down_or_broken_ends_the_run_within_the_time_budget() {
    let world = differing();
    let free = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let config = world
        .host_config()
        .replace(world.evalai.url(), &format!("http://{free}"));
    let workspace = world.check_out();
    std::fs::write(workspace.join(HOST_CONFIG), config).unwrap();
    let soon = |start: Start| start.input("time-budget", "1");
    fails_in(
        &world,
        &workspace,
        soon,
        &[
            "GET /api/challenges/challenge_host_team/1/challenge",
            "the connection was refused: nothing listens there",
        ],
    );

    let list = "/challenge_host_team/";
    let fresh = World::recorded("sample");
    fresh.evalai.fail(list, 99, Fault::server_error());
    fails(
        &fresh,
        soon,
        &[
            "EvalAI failed with 500 Internal Server Error, with an HTML page instead of JSON",
            "Name the challenge with the input `challenge-id`",
        ],
    );
}

#[test]
fn a_field_that_evalai_does_not_tell_as_it_should_is_left_alone_and_named() {
    const KEY: &str = "short_description";
    let missing: fn(Json) -> String = |answer| {
        records(answer, |mut record| {
            record.remove(KEY);
            record
        })
    };
    let a_number: fn(Json) -> String = |answer| {
        records(answer, |mut record| {
            if let Some(value) = record.get_mut(KEY) {
                *value = json!(7);
            }
            record
        })
    };
    for (mangle, told) in [
        (
            missing,
            "short_description is left alone: this EvalAI does not tell `short_description`",
        ),
        (
            a_number,
            "short_description is left alone: EvalAI's `short_description`",
        ),
    ] {
        let world = differing();
        let all = "/api/challenges/challenge";
        world.evalai.fail(all, 20, Fault::Mangled(mangle));
        let run = world.sync().succeeded();
        assert_eq!(run.changed_fields(), ["title"], "{}", run.log);
        assert!(run.log.contains(told), "{told}: {}", run.log);
    }
}

#[test]
fn an_evalai_that_fails_once_is_asked_again() {
    let world = differing();
    let list = "/challenge_host_team/";
    world.evalai.forget_requests();
    world
        .evalai
        .fail_next(list, Fault::html(502, "<html>Bad Gateway</html>"));
    let run = world.sync().succeeded();
    assert_eq!(run.result(), "synced", "{}", run.log);
    let requests = world.evalai.requests();
    let asked = requests
        .iter()
        .filter(|request| request.path.contains(list));
    assert_eq!(asked.count(), 2);
    assert!(
        run.log.contains("challenge (attempt 2): 200 in "),
        "{}",
        run.log
    );
    assert!(!run.log.contains("<html>"), "{}", run.log);
}

#[test]
fn an_input_that_makes_no_sense_is_named_before_anything_is_read() {
    let world = differing();
    let with = |start: Start| start.input("mode", "merge").input("challenge-id", "first");
    fails(
        &world,
        with,
        &[
            "Input `mode` is `merge`: it takes commit or pull-request or dry-run or import.",
            "Input `challenge-id` is `first`: it takes a whole number of at least 1.",
        ],
    );
}

#[test]
fn a_folder_that_is_no_checkout_is_named() {
    let world = differing();
    let workspace = world.new_folder();
    std::fs::create_dir(workspace.join("github")).unwrap();
    std::fs::write(workspace.join(HOST_CONFIG), world.host_config()).unwrap();
    fails_in(
        &world,
        &workspace,
        |start| start,
        &[
            "is not a usable git checkout: it holds no .git. Check the repository out first (actions/checkout)",
        ],
    );
}
