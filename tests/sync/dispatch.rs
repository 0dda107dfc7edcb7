//! `evalai-sync dispatch`, and what comes of it: the dispatch that it sends starts a sync.

use std::path::Path;
use std::process::Command;

use serde_json::json;

use crate::github_api::GithubAnswers;
use crate::run::Start;
use crate::world::World;

const REPOSITORY: &str = "host/challenge";

fn github() -> GithubAnswers {
    let github = GithubAnswers::with(REPOSITORY, "challenge", "evalai-sync.yml");
    github.answer(&format!("/repos/{REPOSITORY}/dispatches"), 204, json!(null));
    github
}

fn dispatch(world: &World, folder: &Path, github: &GithubAnswers) -> Start {
    world
        .ask(folder, "dispatch")
        .variable("GITHUB_API_URL", github.url())
        .variable("AUTH_TOKEN", "ghp_1")
        .flags(&["--repository", REPOSITORY])
}

#[test]
fn the_dispatch_that_is_sent_is_one_that_a_sync_takes() {
    let world = World::recorded("sample");
    assert_eq!(world.sync().succeeded().result(), "in-sync");
    let edit = json!({"title": "From the web UI"});
    world.evalai.edit_challenge(1, edit).unwrap();
    let github = github();
    let flags = [
        "--challenge-id",
        "1",
        "--edited-fields",
        "title, tags",
        "--actor",
        "maria",
    ];
    let run = dispatch(&world, &world.check_out(), &github)
        .flags(&flags)
        .run()
        .succeeded();
    assert!(
        run.log.contains(
            "Sent evalai-challenge-updated to host/challenge: challenge 1 on http://127.0.0.1"
        ),
        "{}",
        run.log
    );
    assert_eq!(
        github.requests(),
        ["POST /repos/host/challenge/dispatches"],
        "with the token"
    );

    let [sent] = &github.sent()[..] else {
        panic!("one dispatch")
    };
    assert_eq!(sent["event_type"], "evalai-challenge-updated");
    let payload = &sent["client_payload"];
    assert_eq!(payload["evalai_host_url"], world.evalai.url());
    assert_eq!(payload["fields"], json!(["title", "tags"]));
    // GitHub makes such an event of it.
    let event = json!({"action": sent["event_type"], "branch": "main", "client_payload": payload});
    let run = world
        .start(&world.check_out())
        .event("repository_dispatch", &event)
        .run()
        .succeeded();
    assert_eq!(run.changed_fields(), ["title"]);
    assert!(
        run.log
            .contains("since challenge 1 was edited by maria: title, tags"),
        "{}",
        run.log
    );
}

/// The code of a language in the documentation, as it would be typed in; GitHub is `url`.
fn documented(language: &str, with: &str, url: &str) -> String {
    let page = include_str!("../../docs/triggers.md");
    let blocks = page.split("\n```").skip(1).step_by(2);
    let mut codes = blocks.filter_map(|block| block.strip_prefix(language));
    let code = codes
        .find(|code| code.contains(with))
        .expect("such an example");
    let code = code.replace("https://api.github.com", url);
    code.replace("OWNER/NAME", REPOSITORY)
}

#[test]
fn the_documented_requests_are_the_same() {
    let mut programs = vec![("python3", "python", "urllib")];
    if Command::new("curl").arg("--version").output().is_ok() {
        programs.push(("sh", "sh", "curl"));
    } else {
        println!("curl is not installed, so its example is not run");
    }
    for (program, language, with) in programs {
        let github = github();
        let done = Command::new(program)
            .args(["-c", &documented(language, with, github.url())])
            .env("GITHUB_TOKEN", "ghp_1")
            .output()
            .expect("it runs");
        assert!(
            done.status.success(),
            "{}",
            String::from_utf8_lossy(&done.stderr)
        );
        assert_eq!(
            github.requests(),
            ["POST /repos/host/challenge/dispatches"],
            "{with}"
        );
        let sent = &github.sent()[0];
        assert_eq!(sent["event_type"], "evalai-challenge-updated", "{with}");
        assert_eq!(sent["client_payload"]["challenge_id"], 42, "{with}");
        let event = json!({"action": sent["event_type"], "client_payload": sent["client_payload"]});
        let world = World::recorded("sample");
        let start = world
            .start(&world.check_out())
            .event("repository_dispatch", &event);
        let run = start.run().succeeded();
        assert_eq!(
            run.result(),
            "skipped",
            "it is about EvalAI's own server: {}",
            run.log
        );
    }
}

#[test]
fn it_is_sent_from_anywhere_if_all_is_named() {
    let world = World::recorded("sample");
    let github = github();
    let flags = [
        "--challenge-id",
        "7",
        "--evalai-host-url",
        "eval.ai/web/dashboard",
    ];
    let folder = world.new_folder();
    dispatch(&world, &folder, &github)
        .flags(&flags)
        .run()
        .succeeded();
    let payload = &github.sent()[0]["client_payload"];
    assert_eq!(
        (&payload["challenge_id"], &payload["evalai_host_url"]),
        (&json!(7), &json!("https://eval.ai"))
    );
    assert_eq!(payload.get("actor"), None);
}

#[test]
fn what_is_missing_is_named_and_nothing_is_sent() {
    let world = World::recorded("sample");
    let github = github();
    let folder = world.new_folder();
    let here = world.check_out();
    let ask = |folder: &Path, flags: &[&str]| dispatch(&world, folder, &github).flags(flags);
    ask(&here, &[])
        .run()
        .failed_saying("Name it with `--challenge-id`");
    ask(&here, &["--challenge-id", "x"])
        .run()
        .failed_saying("Input `challenge-id` is `x`");
    ask(&folder, &["--challenge-id", "1"])
        .run()
        .failed_saying("name it with `--evalai-host-url https://eval.ai`");
    ask(
        &folder,
        &["--challenge-id", "1", "--evalai-host-url", "ftp://x"],
    )
    .run()
    .failed_saying("`--evalai-host-url` must start with");
    ask(&here, &["--challenge-id", "1"])
        .variable("AUTH_TOKEN", "")
        .run()
        .failed_saying("pass it as AUTH_TOKEN");
    assert!(github.requests().is_empty());
}

#[test]
fn a_refusal_says_what_the_token_needs() {
    let world = World::recorded("sample");
    let github = github();
    let refusal =
        json!({"message": "Not Found", "documentation_url": "https://docs.github.com/rest"});
    github.answer(&format!("/repos/{REPOSITORY}/dispatches"), 404, refusal);
    let run = dispatch(&world, &world.check_out(), &github)
        .flags(&["--challenge-id", "1"])
        .run()
        .failed_saying("host/challenge was sent no dispatch");
    assert!(
        run.log.contains("`contents: write`") && !run.log.contains("ghp_1"),
        "{}",
        run.log
    );
}
