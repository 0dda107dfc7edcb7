//! Fields that changed on both sides: merged, settled by a strategy, or left to a person.

use serde_json::json;

use crate::hosted::Hosted;
use crate::mirror::{scripted, upload};
use crate::run::Run;
use crate::world::World;

const CONFIG: &str = "challenge_config.yaml";
const TITLE: &str = "title: Random Number Generator Challenge";
const DESCRIPTION: &str = "templates/description.html";

/// A description on which both sides agreed, in five lines.
const AGREED: &str = "<h1>A</h1>\n<p>one</p>\n<p>two</p>\n<p>three</p>\n<p>four</p>\n";

/// A world that agreed on [`AGREED`], with the line `one` edited in the
/// repository and the line `line` on EvalAI.
fn edited_on_both_sides(world: &World, line: &str) {
    world.host_writes(DESCRIPTION, AGREED);
    evalai_says(world, AGREED);
    assert_eq!(world.sync().succeeded().result(), "in-sync");
    world.host_commits(DESCRIPTION, "one", "ONE, from the host");
    evalai_says(world, &AGREED.replace(line, "FROM EVALAI"));
}

fn evalai_says(world: &World, description: &str) {
    let fields = json!({ "description": description });
    world.evalai.edit_challenge(1, fields).unwrap();
}

/// What the record takes for agreed.
fn base(world: &World, file: &str) -> String {
    world.record().unwrap()[&format!("values/{file}")].clone()
}

#[track_caller]
fn says(run: &Run, words: &str) {
    assert!(run.log.contains(words), "{words:?} in\n{}", run.log);
}

#[test]
fn changes_to_different_lines_of_a_text_are_both_kept() {
    let world = World::recorded("sample");
    edited_on_both_sides(&world, "four");
    let run = world.sync_with(&[("strategy", "merge")]).succeeded();
    assert_eq!(run.result(), "synced", "{}", run.log);
    assert_eq!(run.changed_fields(), ["description"]);
    let merged = AGREED
        .replace("one", "ONE, from the host")
        .replace("four", "FROM EVALAI");
    assert_eq!(world.file(DESCRIPTION), merged);
    says(&run, "both changes are kept");
    // EvalAI's value is the base now: the merged one is on its way there.
    assert!(base(&world, "description.txt").contains("FROM EVALAI"));
    let again = world.sync_with(&[("strategy", "merge")]).succeeded();
    assert_eq!(again.result(), "ahead", "{}", again.log);
    evalai_says(&world, &merged);
    assert_eq!(world.sync().succeeded().result(), "in-sync");
}

#[test]
fn a_clone_of_one_commit_is_enough_to_merge() {
    let hosted = Hosted::agreed();
    edited_on_both_sides(&hosted.world, "four");
    let workspace = hosted.check_out();
    let run = hosted.start(&workspace).input("strategy", "merge");
    let run = run.run().succeeded();
    assert_eq!(run.result(), "synced", "{}", run.log);
    let text = hosted.world.file(DESCRIPTION);
    assert!(text.contains("ONE, from the host") && text.contains("FROM EVALAI"));
}

#[test]
fn changes_to_the_same_line_are_settled_by_the_run_s_strategy_and_leave_no_marker() {
    for (strategy, result, kept) in [
        ("merge", "synced", "FROM EVALAI"),
        ("evalai", "synced", "FROM EVALAI"),
        ("repository", "ahead", "ONE, from the host"),
        ("manual", "conflict", "ONE, from the host"),
    ] {
        let world = World::recorded("sample");
        edited_on_both_sides(&world, "one");
        let inputs = [("strategy", strategy), ("strategies", "description: merge")];
        let run = world.sync_with(&inputs).succeeded();
        assert_eq!(run.result(), result, "{strategy}: {}", run.log);
        let text = world.file(DESCRIPTION);
        assert!(text.contains(kept), "{strategy}: {text}");
        assert!(!text.contains("<<<<") && !text.contains(">>>>"), "{text}");
    }
}

#[test]
fn each_field_is_settled_by_the_last_rule_that_names_it() {
    let world = World::recorded("sample");
    edited_on_both_sides(&world, "four");
    world.host_commits(CONFIG, TITLE, "title: From the host");
    let fields = json!({"title": "From EvalAI", "leaderboard_description": "From EvalAI"});
    world.evalai.edit_challenge(1, fields).unwrap();
    let rules = "*: manual\ndescription: merge\ntitle: repository";
    let run = world.sync_with(&[("strategies", rules)]).succeeded();
    assert!(world.file(CONFIG).contains("title: From the host\n"));
    assert!(world.file(DESCRIPTION).contains("FROM EVALAI"));
    assert!(world.file(DESCRIPTION).contains("ONE, from the host"));
    says(
        &run,
        "title changed on both sides, and the repository's value wins",
    );
    let shown = "git fetch origin refs/evalai-sync/1 && git show FETCH_HEAD:values/title.txt";
    says(&run, shown);
    assert_eq!(base(&world, "title.txt"), "From EvalAI");
}

#[test]
fn a_field_left_to_a_person_is_marked_at_every_run_until_it_is_settled() {
    let world = World::recorded("sample");
    edited_on_both_sides(&world, "one");
    let tip = world.tip();
    let manual = [("strategy", "manual")];
    for _ in 0..2 {
        let run = world.sync_with(&manual).succeeded();
        assert_eq!(run.result(), "conflict", "{}", run.log);
        says(
            &run,
            "::warning file=templates/description.html,line=2::description changed on both sides, and is left alone",
        );
        says(&run, "Changed on both sides, and left alone: 1 field");
        assert!(
            run.summary.contains("left alone: 1 field"),
            "{}",
            run.summary
        );
    }
    assert_eq!(world.tip(), tip);
    assert_eq!(base(&world, "description.txt"), AGREED.trim());
    // The rest goes on.
    let title = json!({ "title": "A new title" });
    world.evalai.edit_challenge(1, title).unwrap();
    let run = world.sync_with(&manual).succeeded();
    assert_eq!((run.result(), run.changed_fields().len()), ("synced", 1));
    // A person settles it: EvalAI gets what the repository holds.
    evalai_says(&world, &world.file(DESCRIPTION));
    let run = world.sync_with(&manual).succeeded();
    assert_eq!(run.result(), "in-sync", "{}", run.log);
}

#[test]
fn a_conflict_is_pointed_at_where_the_two_begin_to_differ() {
    let world = World::recorded("sample");
    edited_on_both_sides(&world, "two");
    // EvalAI trims the blank lines in front.
    world.host_commits(DESCRIPTION, "<h1>", "\n\n<h1>");
    let run = world.sync_with(&[("strategy", "manual")]).succeeded();
    says(
        &run,
        "::warning file=templates/description.html,line=4::description changed on both sides",
    );
}

#[test]
fn a_field_left_to_a_person_fails_the_run_only_if_the_host_says_so() {
    let world = World::recorded("sample");
    edited_on_both_sides(&world, "one");
    let fatal = [("strategy", "manual"), ("fail-on", "conflict")];
    let run = world.sync_with(&fatal);
    assert_eq!(run.code, Some(1));
    assert_eq!(run.result(), "conflict");
    says(
        &run,
        "::error file=templates/description.html,line=2::description changed on both sides",
    );
    // A conflict that is settled is none.
    let run = world.sync_with(&[("fail-on", "conflict")]).succeeded();
    assert_eq!(run.result(), "synced");
    assert_eq!(world.sync_with(&fatal).succeeded().result(), "in-sync");
}

#[test]
fn changes_to_different_lines_of_a_script_s_file_are_both_kept_in_its_line_endings() {
    let world = scripted();
    let main = "evaluation_script/main.py";
    let agreed = "import a\nimport b\n\ndef f():\n    return 1\n";
    let init = ("__init__.py", "from .main import *\n");
    world.host_writes(main, &agreed.replace('\n', "\r\n"));
    upload(&world, &[("main.py", agreed), init]);
    assert_eq!(world.sync().succeeded().result(), "in-sync");
    world.host_commits(main, "import a", "import numpy");
    upload(
        &world,
        &[("main.py", &agreed.replace("return 1", "return 2")), init],
    );
    let run = world.sync_with(&[("strategies", "evaluation_script: merge")]);
    let run = run.succeeded();
    assert_eq!(run.result(), "synced", "{}", run.log);
    let merged = "import numpy\nimport b\n\ndef f():\n    return 2\n";
    assert_eq!(world.file(main), merged.replace('\n', "\r\n"));
    upload(&world, &[("main.py", merged), init]);
    assert_eq!(world.sync().succeeded().result(), "in-sync");
}

#[test]
fn a_text_that_the_editor_impoverished_is_told_with_what_it_lost_and_how_to_get_it_back() {
    let world = World::recorded("sample");
    let rich = "<h2>Data</h2>\n<table><tr><td>a</td><td>b</td></tr></table>\n";
    world.host_writes(DESCRIPTION, rich);
    evalai_says(&world, rich);
    assert_eq!(world.sync().succeeded().result(), "in-sync");
    let parent = world.tip().to_string();
    // What the editor makes of it when the host opens and saves it.
    evalai_says(&world, "<div><strong>Data</strong></div><div>a | b</div>");
    let run = world.sync().succeeded();
    assert_eq!(run.result(), "synced");
    says(
        &run,
        "::warning file=templates/description.html,line=1::EvalAI's description lacks what the repository's had: 1 table, 1 small heading.",
    );
    let back = format!(
        "`git checkout {} -- {DESCRIPTION}` brings it back",
        &parent[..10]
    );
    says(&run, &back);
    assert!(run.summary.contains("1 table, 1 small heading"));
}
