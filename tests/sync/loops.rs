//! Syncs and pushes side by side: neither sets off the other for nothing, and neither undoes the other.

use std::path::Path;

use evalai_stand_in::starter_zip;
use serde_json::json;

use crate::github_api::GithubAnswers;
use crate::hosted::Hosted;
use crate::run::Run;
use crate::world::{World, read_tree};

const CONFIG: &str = "challenge_config.yaml";
const PUSH: &str = ".github/workflows/process_challenge.yml";
const ROUNDS: usize = 20;

/// What the push workflow does with its checkout.
fn push(world: &World, workspace: &Path) {
    let mut files = read_tree(workspace);
    files.retain(|path, _| !path.starts_with(".git/"));
    world
        .evalai
        .push(&world.repository, &world.branch, &starter_zip(&files))
        .expect("EvalAI takes the push");
}

/// The push workflow as `evalai-sync init` leaves it: a sync in the checkout, then the push of what is there.
fn sync_and_push(world: &World) -> Run {
    let workspace = world.check_out();
    let run = world.sync_in(&workspace, &[("branch", &world.branch)]);
    push(world, &workspace);
    run.succeeded()
}

#[test]
fn twenty_pushes_and_syncs_in_turn_commit_nothing() {
    for name in ["sample", "docker"] {
        let world = World::recorded(name);
        assert_eq!(world.sync().succeeded().result(), "in-sync");
        let tip = world.tip();
        for round in 0..ROUNDS {
            // EvalAI renames every file at every push.
            push(&world, &world.check_out());
            let run = world.sync().succeeded();
            assert_eq!(
                run.result(),
                "in-sync",
                "{name}, round {round}: {}",
                run.log
            );
        }
        assert_eq!(world.tip(), tip, "{name}");
    }
}

#[test]
fn twenty_runs_of_a_push_workflow_that_syncs_first_commit_nothing() {
    let world = World::recorded("sample");
    assert_eq!(world.sync().succeeded().result(), "in-sync");
    let tip = world.tip();
    for round in 0..ROUNDS {
        let run = sync_and_push(&world);
        assert_eq!(run.result(), "in-sync", "round {round}: {}", run.log);
    }
    assert_eq!(world.tip(), tip);
}

#[test]
fn twenty_edits_on_both_sides_are_twenty_commits_and_no_more() {
    let world = World::recorded("sample");
    assert_eq!(world.sync().succeeded().result(), "in-sync");
    let before = world.commits();
    for round in 0..ROUNDS {
        let title = json!({"title": format!("Title {round}")});
        world.evalai.edit_challenge(1, title).unwrap();
        assert_eq!(world.sync().succeeded().result(), "synced");
        assert!(
            world.message().contains("[skip ci]"),
            "GitHub starts no push for it"
        );
        push(&world, &world.check_out());
        assert_eq!(world.sync().succeeded().result(), "in-sync");
    }
    assert_eq!(world.commits(), before + ROUNDS);
}

#[test]
fn an_edit_in_the_web_ui_and_a_push_before_the_next_schedule_both_survive() {
    let world = World::recorded("sample");
    assert_eq!(world.sync().succeeded().result(), "in-sync");
    let edit = json!({"title": "From the web UI"});
    world.evalai.edit_challenge(1, edit).unwrap();
    world.host_commits(
        CONFIG,
        "short_description: ",
        "short_description: From the host. ",
    );

    let run = sync_and_push(&world);
    assert_eq!(run.changed_fields(), ["title"], "{}", run.log);
    let page = world.evalai.get("/api/challenges/challenge/1/").unwrap();
    assert_eq!(page["title"], "From the web UI");
    let short = page["short_description"].as_str().unwrap();
    assert!(short.starts_with("From the host."), "{short}");

    let tip = world.tip();
    assert!(world.file(CONFIG).contains("title: From the web UI"));
    assert_eq!(world.sync().succeeded().result(), "in-sync");
    assert_eq!(world.tip(), tip);
}

/// A repository whose push workflow is `workflow`, with an edit on EvalAI that no sync has taken yet.
fn edited(workflow: &str) -> Hosted {
    let hosted = Hosted::agreed();
    hosted.world.host_writes(PUSH, workflow);
    assert_eq!(hosted.world.sync().succeeded().result(), "in-sync");
    let edit = json!({"title": "From the web UI"});
    hosted.world.evalai.edit_challenge(1, edit).unwrap();
    hosted
}

/// GitHub with one run of the workflow at `path`.
fn github(hosted: &Hosted, path: &str, status: &str, minutes_ago: i64) -> GithubAnswers {
    let world = &hosted.world;
    let github = GithubAnswers::with(&world.repository, &world.branch, "evalai-sync.yml");
    let created = jiff::Timestamp::now() - jiff::SignedDuration::from_mins(minutes_ago);
    let run = json!({
        "id": 7, "name": "Push to EvalAI", "head_branch": world.branch, "event": "push", "path": path,
        "status": status, "conclusion": null, "created_at": created.to_string(),
        "html_url": format!("https://github.com/{}/actions/runs/7", world.repository),
    });
    let route = format!("/repos/{}/actions/runs", world.repository);
    github.answer(
        &route,
        200,
        json!({"total_count": 1, "workflow_runs": [run]}),
    );
    github
}

fn run_at(hosted: &Hosted, github: &GithubAnswers, event: &str, inputs: &[(&str, &str)]) -> Run {
    let start = hosted
        .start(&hosted.check_out())
        .variable("GITHUB_API_URL", github.url())
        .variable("GITHUB_EVENT_NAME", event);
    let with = |start: crate::run::Start, (name, value): &(&str, &str)| start.input(name, value);
    inputs.iter().fold(start, with).run().succeeded()
}

const SYNCS: &str = include_str!("../workflows/push-after.yml");
const DOES_NOT: &str = include_str!("../workflows/push-before.yml");

#[test]
fn a_scheduled_run_gives_way_to_a_push_that_syncs_first() {
    let with_ref = format!("{PUSH}@refs/heads/challenge");
    let table = [
        (SYNCS, PUSH, "queued", 0, "schedule", "deferred"),
        (SYNCS, PUSH, "in_progress", 20, "schedule", "deferred"),
        (SYNCS, &with_ref, "pending", 1, "schedule", "deferred"),
        // It is over, waits for a person, or has waited for too long.
        (SYNCS, PUSH, "completed", 0, "schedule", "synced"),
        (SYNCS, PUSH, "waiting", 0, "schedule", "synced"),
        (SYNCS, PUSH, "queued", 90, "schedule", "synced"),
        // It is another workflow, or none that is there.
        (
            SYNCS,
            ".github/workflows/tests.yml",
            "queued",
            0,
            "schedule",
            "synced",
        ),
        (SYNCS, "dynamic/pages", "queued", 0, "schedule", "synced"),
        // It would overwrite the edit.
        (DOES_NOT, PUSH, "queued", 0, "schedule", "synced"),
        // Somebody waits for the run.
        (SYNCS, PUSH, "queued", 0, "workflow_dispatch", "synced"),
        (SYNCS, PUSH, "queued", 0, "push", "synced"),
    ];
    for (workflow, path, status, minutes, event, expected) in table {
        let hosted = edited(workflow);
        let tip = hosted.world.tip();
        let github = github(&hosted, path, status, minutes);
        let run = run_at(&hosted, &github, event, &[]);
        let case = format!("{path} {status} {minutes} {event}");
        assert_eq!(run.result(), expected, "{case}: {}", run.log);
        let deferred = expected == "deferred";
        assert_eq!(hosted.world.tip() == tip, deferred, "{case}");
        assert_eq!(run.output("changed"), (!deferred).to_string(), "{case}");
        if deferred {
            let report = run.report.unwrap();
            assert!(
                report["reason"].as_str().unwrap().contains(PUSH),
                "{report}"
            );
            assert!(run.summary.contains("actions/runs/7"), "{}", run.summary);
            assert_eq!(
                run_at(&hosted, &github, event, &[("mode", "dry-run")]).result(),
                "dry-run"
            );
        }
    }
}

#[test]
fn a_push_that_would_overwrite_edits_is_named() {
    let hosted = edited(DOES_NOT);
    let github = github(&hosted, PUSH, "in_progress", 1);
    let run = run_at(&hosted, &github, "schedule", &[]);
    assert!(
        run.log.contains("`evalai-sync init` lets it"),
        "{}",
        run.log
    );
}

#[test]
fn a_token_that_may_not_read_actions_is_no_fault() {
    let hosted = edited(SYNCS);
    let github = github(&hosted, PUSH, "queued", 0);
    let route = format!("/repos/{}/actions/runs", hosted.world.repository);
    let refusal = json!({"message": "Resource not accessible by integration", "documentation_url": "https://docs.github.com/rest"});
    github.answer(&route, 403, refusal);
    let run = run_at(&hosted, &github, "schedule", &[]);
    assert_eq!(run.result(), "synced", "{}", run.log);
    assert!(!run.log.contains("::warning"), "{}", run.log);
}
