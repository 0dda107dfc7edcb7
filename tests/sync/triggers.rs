//! What sets off a run: the clock, a person, a dispatch. A dispatch is a hint and no more.

use serde_json::{Value as Json, json};

use crate::run::{Run, Start};
use crate::world::World;

/// A world that agreed once, with a new title on EvalAI.
fn edited() -> World {
    let world = World::recorded("sample");
    assert_eq!(world.sync().succeeded().result(), "in-sync");
    let edit = json!({"title": "From the web UI"});
    world.evalai.edit_challenge(1, edit).unwrap();
    world.evalai.forget_requests();
    world
}

/// A run that the event `name` sets off, with what GitHub writes into the event's file.
fn started(world: &World, name: &str, event: &Json) -> Start {
    world
        .start(&world.check_out())
        .event(name, event)
        .variable("GITHUB_ACTOR", "evalai-bot")
}

fn dispatched(world: &World, payload: &Json) -> Run {
    let event =
        json!({"action": "evalai-challenge-updated", "branch": "main", "client_payload": payload});
    started(world, "repository_dispatch", &event).run()
}

#[test]
fn a_dispatch_reads_evalai_itself_whatever_it_says() {
    for payload in [
        json!(null),
        json!({}),
        json!({"challenge_id": 1}),
        json!({"challenge_id": 1, "fields": ["description"], "sent_at": "2026-11-24T14:00:00Z", "and": "more"}),
    ] {
        let world = edited();
        let run = dispatched(&world, &payload).succeeded();
        assert_eq!(run.changed_fields(), ["title"], "{payload}: {}", run.log);
        let again = dispatched(&world, &payload).succeeded();
        assert_eq!(again.result(), "in-sync", "{payload}");
    }
}

#[test]
fn a_dispatch_about_something_else_ends_at_once() {
    let world = edited();
    let here = world.evalai.url().to_owned();
    let table = [
        (
            json!({"evalai_host_url": "https://eval.ai", "challenge_id": 1}),
            0,
            "https://eval.ai",
        ),
        (json!({"challenge_id": 2}), 2, "challenge 2"),
        (
            json!({"evalai_host_url": here, "challenge_id": 77}),
            2,
            "challenge 77",
        ),
    ];
    for (payload, most, words) in table {
        world.evalai.forget_requests();
        let before = (world.tip(), world.record());
        let run = dispatched(&world, &payload).succeeded();
        assert_eq!(run.result(), "skipped", "{payload}: {}", run.log);
        assert_eq!(run.output("changed"), "false");
        assert!(
            run.log.contains(words) && run.summary.contains("Skipped"),
            "{}\n{}",
            run.log,
            run.summary
        );
        assert!(
            world.evalai.requests().len() <= most,
            "{payload}: {:?}",
            world.evalai.requests()
        );
        assert!(before == (world.tip(), world.record()), "{payload}");
    }
    assert_eq!(world.sync().succeeded().changed_fields(), ["title"]);
}

#[test]
fn the_same_server_is_told_whichever_way_its_address_is_written() {
    let world = edited();
    let here = world.evalai.url().to_owned();
    let with_page = format!("{here}/web/dashboard");
    for url in [
        here.clone() + "/",
        here.replace("http://", "https://"),
        with_page,
    ] {
        let run = dispatched(&world, &json!({"evalai_host_url": url})).succeeded();
        assert_ne!(run.result(), "skipped", "{url}: {}", run.log);
    }
}

#[test]
fn a_dispatch_with_a_wrong_type_is_refused_before_anything_is_asked() {
    let world = edited();
    for (payload, words) in [
        (
            json!({"challenge_id": "1"}),
            "`client_payload.challenge_id` is the text \"1\"",
        ),
        (json!({"fields": "title"}), "`client_payload.fields`"),
        (
            json!({"evalai_host_url": "ftp://x"}),
            "`client_payload.evalai_host_url` must start with",
        ),
        (
            json!({"evalai_host_url": "https://a:secret-word@eval.ai"}),
            "must not hold a user name",
        ),
        (json!([]), "`client_payload` is a list"),
    ] {
        let run = dispatched(&world, &payload).failed_saying(words);
        assert_eq!(run.result(), "error", "{payload}");
        assert!(!run.log.contains("secret-word"), "{}", run.log);
    }
    assert!(world.evalai.requests().is_empty());
    let event = world.new_folder().join("event.json");
    std::fs::write(&event, "{\"action\":").unwrap();
    let start = world.start(&world.check_out());
    let start = start.variable("GITHUB_EVENT_PATH", event.to_str().unwrap());
    start
        .run()
        .failed_saying("GITHUB_EVENT_PATH), cannot be read");
}

#[test]
fn a_dispatch_of_another_type_says_nothing_to_a_sync() {
    let world = edited();
    let event = json!({"action": "retrain", "client_payload": {"challenge_id": "x"}});
    let run = started(&world, "repository_dispatch", &event)
        .run()
        .succeeded();
    assert_eq!(run.changed_fields(), ["title"]);
}

#[test]
fn the_record_remembers_who_edited_and_the_log_says_so() {
    let world = edited();
    let hostile = "maria\nActor: root\u{1b}[31m ::error::x";
    let run = dispatched(&world, &json!({"challenge_id": 1, "actor": hostile})).succeeded();
    assert!(
        !run.log.contains("\n::error::x") && !run.log.contains('\u{1b}'),
        "{}",
        run.log
    );
    let remote = world.remote();
    let record = remote.find_reference("refs/evalai-sync/1").unwrap();
    let message = record
        .peel_to_commit()
        .unwrap()
        .message()
        .unwrap()
        .to_owned();
    assert!(
        message.contains("Trigger: repository_dispatch"),
        "{message}"
    );
    let actors: Vec<_> = message
        .lines()
        .filter(|line| line.starts_with("Actor:"))
        .collect();
    assert!(
        matches!(&actors[..], [one] if one.contains("maria") && one.contains("(on EvalAI)")),
        "{message}"
    );
}

#[test]
fn many_dispatches_at_once_end_as_one() {
    let world = edited();
    let before = world.commits();
    let starts: Vec<_> = (0..6)
        .map(|_| started(&world, "repository_dispatch", &json!({"action": "evalai-challenge-updated", "client_payload": {"challenge_id": 1}})))
        .collect();
    let runs: Vec<_> = starts
        .into_iter()
        .map(|start| std::thread::spawn(|| start.run()))
        .collect();
    for run in runs {
        run.join().unwrap().succeeded();
    }
    assert_eq!(world.commits(), before + 1);
    assert_eq!(world.sync().succeeded().result(), "in-sync");
}

#[test]
fn a_run_by_hand_takes_what_its_form_says() {
    // What the workflow's inputs become: see the files that `init` writes.
    let world = edited();
    world
        .evalai
        .edit_challenge(1, json!({"short_description": "Also new."}))
        .unwrap();
    let by_hand = |inputs: &[(&str, &str)]| {
        let start = started(&world, "workflow_dispatch", &json!({"inputs": {}}));
        let with = |start: Start, (name, value): &(&str, &str)| start.input(name, value);
        inputs.iter().fold(start, with).run().succeeded()
    };
    let tip = world.tip();
    let run = by_hand(&[("mode", "dry-run"), ("challenge-id", ""), ("fields", "")]);
    assert_eq!((run.result(), world.tip()), ("dry-run", tip));
    let run = by_hand(&[
        ("mode", "commit"),
        ("challenge-id", "1"),
        ("fields", "title"),
    ]);
    assert_eq!(run.changed_fields(), ["title"]);
    let run = by_hand(&[("mode", "commit"), ("challenge-id", ""), ("fields", "")]);
    assert_eq!(run.changed_fields(), ["short_description"]);
}
