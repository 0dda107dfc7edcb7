//! `fields`: what it names is synced, and whatever else differs is left to a later run.

use serde_json::json;

use crate::mirror::{scripted, upload};
use crate::world::World;

#[test]
fn what_is_not_asked_for_waits_for_a_run_that_asks_for_it() {
    let world = World::recorded("big");
    assert_eq!(world.sync().succeeded().result(), "in-sync");
    let challenge = world.challenge;
    let phases = world.evalai.phases(challenge);
    let edit = json!({"title": "New", "short_description": "New, too."});
    world.evalai.edit_challenge(challenge, edit).unwrap();
    for phase in &phases {
        let edit = json!({"max_submissions": 7});
        world.evalai.edit_phase(*phase, edit).unwrap();
    }

    let run = world
        .sync_with(&[("fields", "phases.*.max_submissions\ntitle")])
        .succeeded();
    let mut fields = run.changed_fields();
    assert_eq!(fields.remove(0), "title", "{}", run.log);
    assert_eq!(fields.len(), phases.len(), "{}", run.log);
    let words = "One more field differs and waits for a run without `fields`: short_description.";
    assert!(run.log.contains(words), "{}", run.log);
    assert_eq!(run.report.as_ref().unwrap()["counts"]["set_aside"], 1);

    let run = world.sync_with(&[("fields", "title")]).succeeded();
    assert_eq!(run.result(), "in-sync");
    assert!(
        run.log.contains("the fields that were asked for are equal"),
        "{}",
        run.log
    );
    assert_eq!(
        world.sync().succeeded().changed_fields(),
        ["short_description"]
    );
    assert_eq!(world.sync().succeeded().result(), "in-sync");
}

#[test]
fn a_file_that_is_not_asked_for_is_not_taken_for_known() {
    let world = scripted();
    upload(
        &world,
        &[
            ("main.py", "print(7)\n"),
            ("__init__.py", "from .main import evaluate\n"),
        ],
    );
    world
        .evalai
        .edit_challenge(1, json!({"title": "New"}))
        .unwrap();
    let run = world.sync_with(&[("fields", "title")]).succeeded();
    assert_eq!(run.changed_fields(), ["title"], "{}", run.log);
    let run = world
        .sync_with(&[("fields", "evaluation_script/main.py")])
        .succeeded();
    assert_eq!(
        run.changed_fields(),
        ["evaluation_script/main.py"],
        "{}",
        run.log
    );
    let run = world.sync().succeeded();
    assert_eq!(
        run.changed_fields(),
        ["evaluation_script/__init__.py"],
        "{}",
        run.log
    );
    assert_eq!(world.sync().succeeded().result(), "in-sync");
}

#[test]
fn a_commit_that_is_on_its_way_to_evalai_is_still_known_for_that_afterwards() {
    let world = World::recorded("sample");
    assert_eq!(world.sync().succeeded().result(), "in-sync");
    let config = "challenge_config.yaml";
    let key = "short_description: ";
    world.host_commits(config, key, "short_description: First. ");
    let first = world.file(config);
    let first = first.lines().find_map(|line| line.strip_prefix(key));
    let first = json!({ "short_description": first.unwrap() });
    world.host_commits(
        config,
        "short_description: First. ",
        "short_description: Second. ",
    );
    let title = json!({"title": "New"});
    world.evalai.edit_challenge(1, title).unwrap();
    let run = world.sync_with(&[("fields", "title")]).succeeded();
    assert_eq!(run.changed_fields(), ["title"], "{}", run.log);
    // The first commit's push arrives only now.
    world.evalai.edit_challenge(1, first).unwrap();
    let run = world.sync().succeeded();
    assert_eq!(run.result(), "ahead", "{}", run.log);
    assert!(world.file(config).contains("short_description: Second. "));
}

#[test]
fn a_first_sync_of_some_fields_leaves_the_others_to_be_chosen() {
    let world = World::recorded("sample");
    let edit = json!({"title": "New", "short_description": "New, too."});
    world.evalai.edit_challenge(1, edit).unwrap();
    world.evalai.set_tags(1, &["vision"], "CV").unwrap();
    let inputs = [("first-sync", "commit"), ("fields", "title")];
    let run = world.sync_with(&inputs).succeeded();
    assert_eq!(run.changed_fields(), ["title"], "{}", run.log);
    // The configuration has no tags: a key that is new on EvalAI would be taken without a question.
    let run = world.sync_with(&[("first-sync", "stop")]).succeeded();
    assert_eq!(run.result(), "first-sync", "{}", run.log);
    let run = world.sync_with(&[("first-sync", "commit")]).succeeded();
    assert_eq!(
        run.changed_fields(),
        ["short_description", "tags", "domain"],
        "{}",
        run.log
    );
}

#[test]
fn an_import_is_of_everything() {
    let world = World::recorded("sample");
    world
        .sync_with(&[("mode", "import"), ("fields", "title")])
        .failed_saying("`fields` has no place beside it");
    world
        .sync_with(&[("fields", "title!")])
        .failed_saying("Input `fields` is `title!`");
}
