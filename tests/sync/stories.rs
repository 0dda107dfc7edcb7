//! What happens between a host, the web UI and the sync, told as stories.

use serde_json::json;

use crate::world::World;

const CONFIG: &str = "challenge_config.yaml";

/// A world whose two sides have agreed once.
fn agreed() -> World {
    let world = World::recorded("sample");
    assert_eq!(world.sync().succeeded().result(), "in-sync");
    world
}

#[test]
fn one_edit_in_the_web_ui_is_one_changed_line() {
    let world = agreed();
    let before = world.file(CONFIG);
    world
        .evalai
        .edit_challenge(1, json!({"title": "A new title"}))
        .unwrap();
    let run = world.sync().succeeded();
    assert_eq!(run.result(), "synced");
    let expected = before.replace(
        "title: Random Number Generator Challenge",
        "title: A new title",
    );
    assert_eq!(world.file(CONFIG), expected);
    assert_eq!(run.output("commit-sha"), world.tip().to_string());
    assert_eq!(run.output("sync-sha"), world.tip().to_string());
    assert_eq!(run.output("changed"), "true");
}

#[test]
fn a_run_without_changes_writes_nothing_at_all() {
    let world = agreed();
    let record = world.remote().refname_to_id("refs/evalai-sync/1").unwrap();
    let tip = world.tip();
    world.sync().succeeded();
    assert_eq!(world.tip(), tip);
    assert_eq!(
        world.remote().refname_to_id("refs/evalai-sync/1").unwrap(),
        record
    );
}

#[test]
fn a_routine_poll_is_four_get_requests_none_of_them_twice() {
    let world = World::recorded("big");
    world.sync().succeeded();
    world.evalai.forget_requests();
    world.sync().succeeded();
    let requests = world.evalai.requests();
    let mut seen: Vec<_> = requests
        .iter()
        .map(|request| format!("{} {}", request.method, request.path))
        .collect();
    seen.sort();
    seen.dedup();
    assert_eq!((seen.len(), requests.len()), (4, 4), "{seen:?}");
    assert!(
        requests.iter().all(|request| request.method == "GET"),
        "{seen:?}"
    );
}

#[test]
fn a_push_that_is_under_way_survives() {
    let world = agreed();
    world.host_commits(
        CONFIG,
        "title: Random Number Generator Challenge",
        "title: Pushed soon",
    );
    let tip = world.tip();
    let run = world.sync().succeeded();
    assert_eq!(run.result(), "ahead", "{}", run.log);
    assert_eq!(world.tip(), tip);
    // The push arrives; both sides agree, and the web UI can change the title again.
    world
        .evalai
        .edit_challenge(1, json!({"title": "Pushed soon"}))
        .unwrap();
    assert_eq!(world.sync().succeeded().result(), "in-sync");
    world
        .evalai
        .edit_challenge(1, json!({"title": "Edited in the UI"}))
        .unwrap();
    assert_eq!(world.sync().succeeded().result(), "synced");
    assert!(world.file(CONFIG).contains("title: Edited in the UI\n"));
}

#[test]
fn a_second_version_committed_before_the_first_is_noticed_survives() {
    let world = agreed();
    world.host_commits(
        CONFIG,
        "title: Random Number Generator Challenge",
        "title: Version 1",
    );
    world
        .evalai
        .edit_challenge(1, json!({"title": "Version 1"}))
        .unwrap();
    world.host_commits(CONFIG, "title: Version 1", "title: Version 2");
    let run = world.sync().succeeded();
    assert_eq!(run.result(), "ahead", "{}", run.log);
    assert!(world.file(CONFIG).contains("title: Version 2\n"));
    world
        .evalai
        .edit_challenge(1, json!({"title": "Version 2"}))
        .unwrap();
    assert_eq!(world.sync().succeeded().result(), "in-sync");
}

#[test]
fn a_version_that_arrives_late_does_not_undo_the_one_after_the_next() {
    let world = agreed();
    world.host_commits(
        CONFIG,
        "title: Random Number Generator Challenge",
        "title: Version 1",
    );
    assert_eq!(world.sync().succeeded().result(), "ahead");
    world.host_commits(CONFIG, "title: Version 1", "title: Version 2");
    assert_eq!(world.sync().succeeded().result(), "ahead");
    world.host_commits(CONFIG, "title: Version 2", "title: Version 3");
    world
        .evalai
        .edit_challenge(1, json!({"title": "Version 1"}))
        .unwrap();
    assert_eq!(world.sync().succeeded().result(), "ahead");
    assert!(world.file(CONFIG).contains("title: Version 3\n"));
}

#[test]
fn a_field_that_changed_on_both_sides_is_settled_by_the_strategy() {
    for (strategy, result, title) in [
        ("evalai", "synced", "From EvalAI"),
        ("repository", "ahead", "From the host"),
    ] {
        let world = agreed();
        world.host_commits(
            CONFIG,
            "title: Random Number Generator Challenge",
            "title: From the host",
        );
        world
            .evalai
            .edit_challenge(1, json!({"title": "From EvalAI"}))
            .unwrap();
        let run = world.sync_with(&[("strategy", strategy)]).succeeded();
        assert_eq!(run.result(), result, "{}", run.log);
        assert!(
            world.file(CONFIG).contains(&format!("title: {title}\n")),
            "{strategy}"
        );
        assert!(run.log.contains("changed on both sides"), "{}", run.log);
        let again = world.sync_with(&[("strategy", strategy)]).succeeded();
        assert!(
            !again.log.contains("changed on both sides"),
            "{strategy}: settled once\n{}",
            again.log
        );
    }
}

#[test]
fn a_first_sync_that_would_change_files_stops_until_the_host_chooses() {
    let world = World::recorded("sample");
    world
        .evalai
        .edit_challenge(1, json!({"title": "Edited before the first sync"}))
        .unwrap();
    let run = world.sync().succeeded();
    assert_eq!(run.result(), "first-sync", "{}", run.log);
    assert_eq!(world.commits(), 1);
    assert!(
        run.log.contains("::warning::First sync: one field differs"),
        "{}",
        run.log
    );
    assert!(run.log.contains("`first-sync: commit`"), "{}", run.log);
    let run = world.sync_with(&[("first-sync", "commit")]).succeeded();
    assert_eq!(run.result(), "synced");
    assert_eq!(run.changed_fields(), ["title"]);
    assert_eq!(world.sync().succeeded().result(), "in-sync");
}

#[test]
fn a_dry_run_tells_and_writes_nothing() {
    let world = agreed();
    world
        .evalai
        .edit_challenge(1, json!({"title": "A new title"}))
        .unwrap();
    let record = world.record();
    let run = world.sync_with(&[("mode", "dry-run")]).succeeded();
    assert_eq!((run.result(), run.output("changed")), ("dry-run", "false"));
    assert_eq!(run.changed_fields(), ["title"]);
    assert!(
        run.log
            .contains("Random Number Generator Challenge -> A new title"),
        "{}",
        run.log
    );
    assert_eq!((world.commits(), world.record()), (1, record));
}

#[test]
fn a_record_that_is_gone_makes_the_next_run_a_first_sync() {
    let world = agreed();
    let record = world.record();
    world
        .remote()
        .find_reference("refs/evalai-sync/1")
        .unwrap()
        .delete()
        .unwrap();
    assert_eq!(world.sync().succeeded().result(), "in-sync");
    assert_eq!(world.record(), record);
}

#[test]
fn a_record_that_is_damaged_or_of_another_challenge_is_passed_over_with_a_warning() {
    let other = world_with_record(|files| {
        let head = files.get_mut("record.json").unwrap();
        *head = head.replace("\"challenge_id\": 1", "\"challenge_id\": 99");
    });
    let damaged = world_with_record(|files| {
        files.insert("record.json".into(), "{\"version\": 1".into());
    });
    for (world, words) in [
        (other, "speaks of challenge 99"),
        (damaged, "cannot be read: record.json"),
    ] {
        let run = world.sync().succeeded();
        assert_eq!(run.result(), "in-sync", "{}", run.log);
        assert!(
            run.log.contains("::warning::The record of the last sync"),
            "{}",
            run.log
        );
        assert!(run.log.contains(words), "{words}: {}", run.log);
        let again = world.sync().succeeded();
        assert!(!again.log.contains("::warning::"), "healed: {}", again.log);
    }
}

#[test]
fn a_record_of_a_newer_release_stops_the_run() {
    let world = world_with_record(|files| {
        files.insert("record.json".into(), "{\"version\": 2}".into());
    });
    world
        .evalai
        .edit_challenge(1, json!({"title": "Not taken"}))
        .unwrap();
    world.sync().failed_saying("update the action");
    assert_eq!(world.commits(), 1);
}

/// A world that has agreed once, with its record then edited by hand.
fn world_with_record(edit: impl FnOnce(&mut std::collections::BTreeMap<String, String>)) -> World {
    let world = agreed();
    let mut files = world.record().unwrap();
    edit(&mut files);
    world.write_record(&files);
    world
}

#[test]
fn a_process_that_died_between_the_two_pushes_is_made_good_by_the_next() {
    let world = agreed();
    let record = world.remote().refname_to_id("refs/evalai-sync/1").unwrap();
    world
        .evalai
        .edit_challenge(1, json!({"title": "A new title"}))
        .unwrap();
    world.sync().succeeded();
    // The branch was pushed, the record was not.
    world
        .remote()
        .reference("refs/evalai-sync/1", record, true, "as if it died")
        .unwrap();
    let run = world.sync().succeeded();
    assert_eq!(run.result(), "in-sync", "{}", run.log);
    assert_eq!(world.commits(), 2);
    assert_eq!(world.record().unwrap()["values/title.txt"], "A new title");
}

#[test]
fn a_repository_made_from_last_years_does_not_sync_last_years_challenge() {
    let world = agreed();
    // Last year's record came along, and last year's challenge names last year's repository.
    let run = world.sync_as("example-org/this-year", &[]);
    let run = run.failed_saying("names the repository example-org/this-year");
    assert!(
        run.log.contains("Push the repository to EvalAI once"),
        "{}",
        run.log
    );
    assert_eq!(world.commits(), 1);
}

#[test]
fn a_removed_challenge_ends_the_run_with_a_sentence() {
    let world = agreed();
    world.evalai.disable(1).unwrap();
    world.sync().failed_saying("was removed from EvalAI");
    assert_eq!(world.commits(), 1);
}

#[test]
fn a_commit_names_fields_and_never_values() {
    let world = agreed();
    world
        .evalai
        .edit_challenge(1, json!({"title": "Fixes #1 @everyone"}))
        .unwrap();
    world.sync().succeeded();
    let message = world.message();
    assert!(
        message.starts_with("Sync from EvalAI: title\n\n- title\n"),
        "{message}"
    );
    assert!(message.contains("[skip ci]"), "{message}");
    assert!(!message.contains("Fixes"), "{message}");
    world
        .evalai
        .edit_challenge(1, json!({"title": "Another"}))
        .unwrap();
    let inputs = [
        ("skip-ci", "false"),
        ("commit-message", "Mirror {count} of {challenge-id}"),
    ];
    world.sync_with(&inputs).succeeded();
    assert!(
        world.message().starts_with("Mirror 1 of 1\n"),
        "{}",
        world.message()
    );
    assert!(
        !world.message().contains("[skip ci]"),
        "{}",
        world.message()
    );
}

#[test]
fn the_workspace_ends_at_the_published_commit() {
    let world = agreed();
    let workspace = world.check_out();
    std::fs::write(workspace.join("README.md"), "edited and not committed").unwrap();
    std::fs::write(workspace.join("notes.txt"), "not in git").unwrap();
    world
        .evalai
        .edit_challenge(1, json!({"title": "A new title"}))
        .unwrap();
    world.sync_in(&workspace, &[]).succeeded();
    let clone = git2::Repository::open(&workspace).unwrap();
    assert_eq!(clone.head().unwrap().target(), Some(world.tip()));
    let config = std::fs::read_to_string(workspace.join(CONFIG)).unwrap();
    assert_eq!(config, world.file(CONFIG));
    assert_eq!(
        std::fs::read_to_string(workspace.join("README.md")).unwrap(),
        "edited and not committed"
    );
    assert!(!world.files().contains_key("notes.txt"));
    let statuses = clone.statuses(None).unwrap();
    let dirty: Vec<_> = statuses
        .iter()
        .filter_map(|entry| entry.path().ok().map(str::to_owned))
        .collect();
    assert_eq!(dirty, ["README.md", "notes.txt"]);
}

#[test]
fn no_secret_is_ever_said() {
    let world = agreed();
    let overview = format!("<p>{} ghp_averysecrettoken</p>", world.evalai.token());
    world
        .evalai
        .edit_challenge(1, json!({"description": overview}))
        .unwrap();
    let run = world
        .sync_with(&[("auth-token", "ghp_averysecrettoken")])
        .succeeded();
    for secret in [world.evalai.token(), "ghp_averysecrettoken".to_owned()] {
        let log = run.log.replace(&format!("::add-mask::{secret}"), "");
        assert!(!log.contains(&secret), "{log}");
        assert!(!run.errors.contains(&secret), "{}", run.errors);
    }
}

/// The sample repository, whose configuration knows nothing of phase 2 and its splits.
fn without_phase_2() -> World {
    let world = World::recorded("sample");
    let config = world.file(CONFIG);
    let cut = |from: &str, to: &str, text: &str| {
        let (start, end) = (text.find(from).unwrap(), text.find(to).unwrap());
        format!("{}{}", &text[..start], &text[end..])
    };
    let config = cut(
        "  - id: 2\n    name: Test Phase",
        "\ndataset_splits:",
        &config,
    );
    let config = cut("  - challenge_phase_id: 2\n", "END", &(config + "END"));
    world.host_writes(CONFIG, config.trim_end_matches("END"));
    world
}

#[test]
fn a_phase_that_is_new_on_evalai_is_added_with_its_splits_and_its_template() {
    let world = without_phase_2();
    let before = world.file(CONFIG);
    let run = world.sync_with(&[("first-sync", "commit")]).succeeded();
    assert_eq!(run.result(), "synced", "{}", run.log);
    let after = world.file(CONFIG);
    let added = "  - id: 2
    name: Test Phase
    description: templates/challenge_phase_2_description.html
    leaderboard_public: True
    is_public: True
    is_submission_public: True
    start_date: 2019-01-01 00:00:00
    end_date: 2099-05-24 23:59:59
    codename: test
    max_submissions_per_day: 5
    max_submissions: 50
";
    assert!(after.contains(added), "{after}");
    for line in before.lines() {
        assert!(after.lines().any(|other| other == line), "{line:?} stays");
    }
    // The template that the phase once had is still there, and says what EvalAI holds.
    assert_eq!(run.output("changed-files"), r#"["challenge_config.yaml"]"#);
    assert!(after.contains("  - challenge_phase_id: 2\n    leaderboard_id: 1\n    dataset_split_id: 2\n    visibility: 1\n"), "{after}");
    assert_eq!(
        world.sync_with(&[("full", "true")]).succeeded().result(),
        "in-sync"
    );
}

#[test]
fn a_phase_that_a_host_took_out_is_not_put_back() {
    let world = agreed();
    let cut = without_phase_2().file(CONFIG);
    world.host_writes(CONFIG, &cut);
    let run = world.sync().succeeded();
    assert_eq!(world.file(CONFIG), cut);
    assert!(
        run.log
            .contains("Phase 2 was taken out of the configuration"),
        "{}",
        run.log
    );
}

#[test]
fn a_phase_that_is_new_in_the_repository_is_ahead() {
    let world = agreed();
    let phase = "  - id: 3\n    name: Third\n    codename: third\n\ndataset_splits:";
    world.host_commits(CONFIG, "\ndataset_splits:", phase);
    let run = world.sync().succeeded();
    assert_eq!(run.result(), "ahead", "{}", run.log);
    assert!(
        run.log.contains("Phase 3 is in the repository only"),
        "{}",
        run.log
    );
}

#[test]
fn a_value_that_evalai_locks_is_an_error_once_the_challenge_is_approved() {
    let world = agreed();
    world.evalai.approve(1).unwrap();
    // It locks the splits, and not the texts.
    world.host_commits(CONFIG, "title: Random", "title: A Random");
    let run = world.sync().succeeded();
    assert_eq!(run.result(), "ahead", "{}", run.log);
    assert!(!run.log.contains("::error"), "{}", run.log);
    world.host_commits(CONFIG, "    visibility: 3\n", "    visibility: 2\n");
    let run = world.sync().succeeded();
    assert_eq!(run.result(), "ahead", "{}", run.log);
    assert!(
        run.log
            .contains("::error file=challenge_config.yaml,line=116::phase_splits.2-1-1.visibility"),
        "{}",
        run.log
    );
    assert!(
        run.log.contains("until the configuration says 3 again"),
        "{}",
        run.log
    );
}

#[test]
fn a_template_that_two_phases_share_is_split_when_their_texts_differ() {
    let world = agreed();
    let (first, second) = (
        "templates/challenge_phase_1_description.html",
        "templates/challenge_phase_2_description.html",
    );
    world.host_commits(CONFIG, second, first);
    world
        .evalai
        .edit_phase(
            2,
            json!({"description": "\"<p>dev phase description</p>\""}),
        )
        .unwrap();
    assert_eq!(
        world.sync().succeeded().result(),
        "in-sync",
        "both phases mean the same text"
    );
    let text = world.file(first);
    world
        .evalai
        .edit_phase(2, json!({"description": "<p>Of the second phase.</p>"}))
        .unwrap();
    let run = world.sync().succeeded();
    assert_eq!(
        run.changed_fields(),
        ["phases.2.description"],
        "{}",
        run.log
    );
    assert_eq!(world.file(first), text);
    let own = "templates/challenge_phase_2_description_2.html";
    assert!(
        world
            .file(CONFIG)
            .contains(&format!("description: {own}\n")),
        "{}",
        world.file(CONFIG)
    );
    assert_eq!(world.file(own), "<p>Of the second phase.</p>\n");
    assert_eq!(world.sync().succeeded().result(), "in-sync");
}

#[test]
fn what_waits_for_the_host_to_choose_waits_until_it_is_chosen() {
    let world = without_phase_2();
    for _ in 0..2 {
        let run = world.sync().succeeded();
        assert_eq!(run.result(), "first-sync", "{}", run.log);
        assert!(
            run.log.contains("phases.2: new, with 11 fields"),
            "{}",
            run.log
        );
    }
    // What is new since then waits for nobody.
    world
        .evalai
        .edit_challenge(1, json!({"title": "A new title"}))
        .unwrap();
    let run = world.sync().succeeded();
    assert_eq!(run.changed_fields(), ["title"], "{}", run.log);
    let run = world.sync_with(&[("first-sync", "commit")]).succeeded();
    assert!(world.file(CONFIG).contains("    leaderboard_decimal_precision: 2\n    is_leaderboard_order_descending: True\n  - challenge_phase_id: 2"), "{}", run.log);
    assert_eq!(world.sync().succeeded().result(), "in-sync");
}
