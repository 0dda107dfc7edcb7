//! `evalai-sync plan`: what a sync would do, asked for from a laptop.

use serde_json::{Value as Json, json};

use crate::run::{Run, check_report};
use crate::world::World;

const CONFIG: &str = "challenge_config.yaml";
const TITLE: &str = "title: Random Number Generator Challenge";
const DESCRIPTION: &str = "templates/description.html";

fn agreed() -> World {
    let world = World::recorded("sample");
    assert_eq!(world.sync().succeeded().result(), "in-sync");
    world
}

/// A world in which each side has edited something, and both have edited the title.
fn edited() -> World {
    let world = agreed();
    world.host_commits(CONFIG, TITLE, "title: From the host");
    let end = "end_date: 2099-05-31 23:59:59";
    world.host_commits(CONFIG, end, "end_date: 2099-06-01 23:59:59");
    let fields = json!({
        "title": "From EvalAI",
        "description": "<p>Predict the next <b>random</b> number, and the one after it.</p>",
    });
    world.evalai.edit_challenge(1, fields).unwrap();
    world
}

fn plan(world: &World, flags: &[&str]) -> Run {
    let workspace = world.check_out();
    let before = world.everything(&workspace);
    let name = ["--repository", &world.repository];
    let run = world.ask(&workspace, "plan").flags(&name);
    let run = run.flags(flags).run();
    assert!(
        world.everything(&workspace) == before,
        "a plan writes nothing"
    );
    run
}

#[test]
fn the_exit_code_tells_whether_a_sync_would_change_something() {
    let world = agreed();
    let run = plan(&world, &[]);
    assert_eq!(run.code, Some(0), "{}{}", run.log, run.errors);
    world.host_commits(CONFIG, TITLE, "title: Pushed soon");
    assert_eq!(plan(&world, &[]).code, Some(0), "ahead is no change");
    world
        .evalai
        .edit_challenge(1, json!({"is_registration_open": false}))
        .unwrap();
    assert_eq!(plan(&world, &[]).code, Some(2));
    assert_eq!(plan(&world, &["--json"]).code, Some(2));
    let run = plan(&world, &["--challenge-id", "77"]);
    assert_eq!(run.code, Some(1));
    assert!(run.log.contains("error: "), "{}", run.log);
}

#[test]
fn a_person_reads_a_table() {
    let world = edited();
    let run = plan(&world, &["--strategies", "title: manual"]);
    assert_eq!(run.code, Some(2));
    let longest = run.log.lines().map(|line| line.chars().count());
    let table = longest.take_while(|length| *length > 0).max();
    assert!(table <= Some(100), "{}", run.log);
    assert!(!run.log.contains('\u{1b}'), "no colour outside a terminal");
    let text = run.log.replace(world.evalai.url(), "https://eval.ai");
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("../snapshots");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!("plan.table", text));
}

#[test]
fn a_program_reads_the_report_and_nothing_else() {
    let world = edited();
    let run = plan(&world, &["--json"]);
    let report: Json = serde_json::from_str(&run.log).expect("only JSON");
    check_report(&report);
    assert_eq!(report["result"], "dry-run");
    assert_eq!(report["record"], "not-written");
    let files = report["files"].as_array().unwrap();
    let paths: Vec<_> = files.iter().map(|file| &file["path"]).collect();
    assert_eq!(paths, [CONFIG, DESCRIPTION]);
}

#[test]
fn a_plan_and_the_sync_after_it_are_of_one_mind() {
    let world = edited();
    let inputs = [("strategy", "merge"), ("strategies", "title: repository")];
    let flags = [
        "--json",
        "--strategy",
        "merge",
        "--strategies",
        "title: repository",
    ];
    let planned: Json = serde_json::from_str(&plan(&world, &flags).log).unwrap();
    let done = world.sync_with(&inputs).succeeded();
    let done = done.report.as_ref().unwrap();
    for told in [
        "fields",
        "files",
        "counts",
        "only_in_repository",
        "taken_out",
    ] {
        assert_eq!(planned[told], done[told], "{told}");
    }
}
