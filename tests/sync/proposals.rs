//! What the record knows while changes are only proposed, on a first sync and later: nothing before the merge.

use evalai_stand_in::{Fault, NewChallenge, Seed};
use serde_json::json;

use crate::hosted::Hosted;
use crate::site::{CONFIG, MODE, REPOSITORY, Site};
use crate::world::{World, fixtures, read_tree};

const TITLE: &str = "title: Random Number Generator Challenge";

#[test]
fn a_first_sync_is_proposed_and_what_changes_later_is_committed() {
    let site = Site::of(Hosted::new());
    site.edit_title("Edited before the first sync");
    let run = site.run(&[]).succeeded();
    assert_eq!(run.result(), "proposed", "{}", run.log);
    assert_eq!(
        (run.changed_fields(), run.output("changed")),
        (vec!["title".to_owned()], "false")
    );
    assert_eq!(site.hosted.world.commits(), 1);
    assert!(!run.log.contains("is still in commit"), "{}", run.log);
    let pull = site.api.newest();
    assert!(
        pull.body
            .contains("nothing tells which side is newer, so compare"),
        "{}",
        pull.body
    );
    assert!(
        run.log
            .contains("To keep the repository's, close it and push the branch to EvalAI."),
        "{}",
        run.log
    );
    assert_eq!(
        run.report.as_ref().unwrap()["pull_request"]["why"],
        "first-sync"
    );
    // A field on which both sides agreed goes the way of `mode: commit`.
    site.edit(json!({ "short_description": "Another text" }));
    let run = site.run(&[]).succeeded();
    assert_eq!(
        (run.result(), site.hosted.world.commits()),
        ("synced", 2),
        "{}",
        run.log
    );
    assert!(run.output("pull-request").ends_with("/pull/7"));
    site.api.merge();
    let run = site.run(&[]).succeeded();
    assert_eq!(run.result(), "in-sync", "{}", run.log);
    assert_eq!(site.base_of_title(), "Edited before the first sync");
    assert_eq!(site.head(), None);
    let config = site.hosted.world.file(CONFIG);
    assert!(config.contains("short_description: Another text"));
}

#[test]
fn a_first_sync_that_is_settled_by_a_push_to_evalai_closes_its_pull_request() {
    let site = Site::of(Hosted::new());
    site.edit_title("Edited before the first sync");
    site.run(&[]).succeeded();
    // The host keeps the repository's value: its push arrives.
    site.edit_title("Random Number Generator Challenge");
    let run = site.run(&[]).succeeded();
    assert_eq!(run.result(), "in-sync", "{}", run.log);
    assert!(!site.api.newest().open);
    assert_eq!(site.head(), None);
}

#[test]
fn a_first_sync_without_an_api_lists_the_differences_and_says_why() {
    let site = Site::of(Hosted::new());
    site.edit_title("Edited before the first sync");
    let workspace = site.hosted.check_out();
    // Nobody answers for the API.
    let run = site.hosted.start(&workspace).run().succeeded();
    assert_eq!(run.result(), "first-sync", "{}", run.log);
    assert!(
        run.log
            .contains("::warning::The first sync cannot be proposed in a pull request"),
        "{}",
        run.log
    );
    // It belongs to another server than the remote.
    let run = site.hosted.start(&workspace);
    let run = run
        .variable("GITHUB_SERVER_URL", "https://github.com")
        .variable("GITHUB_API_URL", site.api.url());
    let run = run.run().succeeded();
    assert_eq!(run.result(), "first-sync", "{}", run.log);
    assert!(
        run.log
            .contains("which takes a token of the remote's GitHub server"),
        "{}",
        run.log
    );
    for (choice, result) in [("stop", "first-sync"), ("commit", "synced")] {
        assert_eq!(
            site.run(&[("first-sync", choice)]).succeeded().result(),
            result
        );
    }
    assert_eq!((site.api.take_log(), site.head()), (vec![], None));
}

#[test]
fn a_file_is_proposed_and_not_remembered_before_it_is_merged() {
    let png = b"\x89PNG\r\n\x1a\n a new logo";
    let site = Site::agreed();
    let record = || site.hosted.world.record().unwrap();
    let image = || record()["values/image.json"].clone();
    let before = image();
    let evalai = &site.hosted.world.evalai;
    evalai.upload(1, "image", "logo.png", png).unwrap();
    assert_eq!(site.propose().result(), "proposed");
    assert!(
        !record()["record.json"].contains("\"image\""),
        "its URL is not the base's"
    );
    let waiting = record();
    assert_eq!(site.propose().result(), "proposed");
    assert_eq!((image(), record()), (before.clone(), waiting));
    site.api.merge();
    assert_eq!(site.propose().result(), "in-sync");
    assert_ne!(image(), before);
    assert!(record()["record.json"].contains("\"image\""));
}

#[test]
fn a_new_entry_is_proposed_as_a_whole_and_not_recorded_before_it_is_merged() {
    let three = NewChallenge::titled("Three Phases");
    let three = three.repository(REPOSITORY).phases(3);
    let files = read_tree(&fixtures().join("repos/sample"));
    let world = World::new(Seed::empty().challenge(three), 1, &files);
    let site = Site::of(Hosted::of(world));
    for _ in 0..2 {
        let run = site.propose();
        assert_eq!(run.result(), "proposed", "{}", run.log);
        let record = site.hosted.world.record().unwrap();
        let of_third = |name: &&String| name.starts_with("values/phases/3/");
        assert_eq!(record.keys().find(of_third), None);
    }
    assert!(site.proposed(CONFIG).contains("- id: 3\n"));
    site.api.merge();
    let run = site.propose();
    assert_ne!(run.result(), "proposed", "{}", run.log);
    assert_eq!(run.output("pull-request"), "");
    let record = site.hosted.world.record().unwrap();
    assert!(
        record.contains_key("values/phases/3/name.txt"),
        "{:?}",
        record.keys()
    );
}

#[test]
fn a_conflict_is_settled_in_the_pull_request_and_agreed_after_the_merge() {
    for strategy in ["evalai", "merge", "manual"] {
        let site = Site::agreed();
        site.hosted
            .world
            .host_commits(CONFIG, TITLE, "title: From the host");
        site.edit_title("From EvalAI");
        let run = site.run(&[MODE, ("strategy", strategy)]).succeeded();
        if strategy == "manual" {
            assert_eq!(
                (run.result(), site.head()),
                ("conflict", None),
                "{}",
                run.log
            );
            continue;
        }
        assert_eq!(run.result(), "proposed", "{strategy}: {}", run.log);
        assert!(!run.log.contains("is still in commit"), "{}", run.log);
        assert!(site.hosted.world.file(CONFIG).contains("From the host"));
        assert!(site.proposed(CONFIG).contains("From EvalAI"));
        site.run(&[MODE, ("strategy", strategy)]).succeeded();
        site.api.merge();
        let run = site.run(&[MODE, ("strategy", strategy)]).succeeded();
        assert_eq!(run.result(), "in-sync", "{strategy}: {}", run.log);
        assert_eq!(site.base_of_title(), "From EvalAI");
    }
}

#[test]
fn a_field_that_evalai_does_not_tell_this_time_stays_in_its_pull_request() {
    let site = Site::agreed();
    let evalai = &site.hosted.world.evalai;
    let phase = evalai.phases(1)[0];
    let name = json!({ "name": "A new name" });
    evalai.edit_phase(phase, name).unwrap();
    site.propose();
    let head = site.head();
    for title in ["Random Number Generator Challenge", "A new title"] {
        site.edit_title(title);
        evalai.fail_next("/phases/", Fault::html(404, "gone"));
        let run = site.propose();
        assert_eq!(run.result(), "proposed", "{}", run.log);
        assert!(
            run.log
                .contains("did not tell this time, so it is left as it is"),
            "{}",
            run.log
        );
        assert_eq!((site.head(), site.api.newest().open), (head, true));
    }
    site.propose();
    let config = site.proposed(CONFIG);
    assert!(config.contains("A new name") && config.contains("A new title"));
}

#[test]
fn what_only_a_full_reading_sees_stays_in_its_pull_request_on_a_schedule() {
    let site = Site::agreed();
    let evalai = &site.hosted.world.evalai;
    let codename = json!({ "codename": "renamed" });
    evalai.edit_dataset_split(1, codename).unwrap();
    assert_eq!(site.propose().result(), "in-sync", "a routine reading");
    let full = [MODE, ("full", "true")];
    assert_eq!(site.run(&full).succeeded().result(), "proposed");
    let run = site.propose();
    assert_eq!(run.result(), "proposed", "{}", run.log);
    assert!(site.api.newest().open);
}
