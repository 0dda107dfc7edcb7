//! How much of a repository's past and of its records a sync looks at, and what it says beyond that.

use std::collections::BTreeMap;

use evalai_stand_in::{NewChallenge, Seed};
use serde_json::json;

use crate::run::Run;
use crate::world::{World, commit, fixtures, read_tree};

const CONFIG: &str = "challenge_config.yaml";
const TITLE: &str = "title: Random Number Generator Challenge";

/// The title was edited twice in the repository, and EvalAI has the first of the two. Since the last
/// sync, `commits` were pushed.
fn after_a_sync(commits: usize) -> Run {
    let world = World::recorded("sample");
    assert_eq!(world.sync().succeeded().result(), "in-sync");
    world.host_commits(CONFIG, TITLE, "title: First");
    world.host_commits(CONFIG, "title: First", "title: Second");
    for number in 2..commits {
        world.host_writes("notes.md", &format!("{number}\n"));
    }
    let title = json!({ "title": "First" });
    world.evalai.edit_challenge(1, title).unwrap();
    world.sync().succeeded()
}

#[test]
fn a_value_that_evalai_got_from_the_branch_is_known_among_its_last_500_commits() {
    // With the commit of the last sync, 500.
    let run = after_a_sync(499);
    assert_eq!(run.result(), "ahead", "{}", run.log);

    let run = after_a_sync(500);
    assert_eq!(run.result(), "synced", "{}", run.log);
    assert_eq!(run.changed_fields(), ["title"]);
    let told =
        "is not among the branch's last 500: whether EvalAI got a value from here cannot be told";
    assert!(run.log.contains(told), "{}", run.log);
}

/// A world that agreed once, with records of so many other challenges, by name before its own.
fn with_other_records(world: World, count: u64) -> World {
    let named = [("challenge-id", "1")];
    assert_eq!(world.sync_with(&named).succeeded().result(), "in-sync");
    let record = world.record().unwrap();
    let head = record["record.json"].replace("\"challenge_id\": 1,", "\"challenge_id\": 2,");
    assert_ne!(head, record["record.json"]);
    let head = head.replace(&world.branch, "another");
    let files = BTreeMap::from([("record.json".to_owned(), head.into_bytes())]);
    for number in 0..count {
        let name = format!("refs/evalai-sync/00{number}");
        commit(&world.remote(), &name, None, &files, "Another challenge");
    }
    world
}

#[test]
fn the_record_is_found_among_any_number_of_others() {
    for count in [49, 50, 200] {
        let world = with_other_records(World::recorded("sample"), count);
        let record = world.record().unwrap();
        world.host_commits(CONFIG, TITLE, "title: Of the host");
        let run = world.sync().succeeded();
        // A first sync would take EvalAI's title.
        assert_eq!(run.result(), "ahead", "{count}: {}", run.log);
        assert!(world.record().unwrap() == record, "{count}");
        assert!(!run.log.contains("Planned again"), "{}", run.log);
    }
}

#[test]
fn which_of_two_challenges_a_branch_holds_is_read_from_50_records_at_most() {
    let world = || {
        let second = NewChallenge::titled("Another").repository("example-org/rng-challenge");
        let second = second.with("github_branch", json!(""));
        let seed = Seed::sample().challenge(second.id(2));
        World::new(seed, 1, &read_tree(&fixtures().join("repos/sample")))
    };
    let run = with_other_records(world(), 49).sync().succeeded();
    assert_eq!(run.result(), "in-sync", "{}", run.log);

    let crowded = with_other_records(world(), 50);
    crowded.sync().failed_saying("challenge-id");
    let run = crowded.sync_with(&[("challenge-id", "1")]).succeeded();
    assert_eq!(run.result(), "in-sync", "{}", run.log);
}

/// A challenge with so many phases, and a repository that holds nothing of it.
fn of_phases(count: u64) -> World {
    let challenge = NewChallenge::titled("Of many phases").phases(count);
    let challenge = challenge.splits(1).repository("example-org/many");
    let seed = Seed::empty().challenge(challenge.id(1));
    let readme = BTreeMap::from([("README.md".to_owned(), b"# Many\n".to_vec())]);
    World::new(seed, 1, &readme)
}

#[test]
fn a_challenge_of_a_thousand_phases_is_imported_recorded_and_synced() {
    let world = of_phases(1000);
    let run = world.sync_with(&[("mode", "import")]).succeeded();
    assert_eq!(run.result(), "synced");
    let run = world.sync().succeeded();
    assert_eq!(run.result(), "in-sync", "{}", run.log);
    world
        .evalai
        .edit_phase(1000, json!({ "name": "The last" }))
        .unwrap();
    let run = world.sync().succeeded();
    assert_eq!(run.changed_fields(), ["phases.1000.name"], "{}", run.log);
}

#[test]
fn a_challenge_with_more_fields_than_a_record_holds_is_told_so_before_anything_is_written() {
    let world = of_phases(2000);
    let run = world.sync_with(&[("mode", "import")]);
    run.failed_saying("fields on EvalAI, and at most 40000 can be recorded");
    assert_eq!(world.commits(), 1);
    assert!(world.record().is_none());
}
