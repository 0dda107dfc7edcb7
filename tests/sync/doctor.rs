//! The examination: each thing that keeps a sync from working is found, named, and comes with its fix.

use serde_json::{Value as Json, json};

use crate::clinic::{Clinic, PUSH, SYNC, findings};
use crate::github_api::repository;
use crate::hosted::TOKEN;

#[test]
fn a_repository_in_which_all_is_well_passes_every_check_and_nothing_is_written() {
    let clinic = Clinic::new();
    let workspace = clinic.hosted.check_out();
    let before = clinic.hosted.everything(&workspace);
    let run = clinic.examine_with(&[], Some(TOKEN)).succeeded();
    assert_eq!(clinic.hosted.everything(&workspace), before);
    // The stand-in for EvalAI is on this machine, which a runner would not reach.
    let marked = |mark: &str| {
        run.log
            .lines()
            .filter(|line| line.starts_with(mark))
            .count()
    };
    assert_eq!(
        (marked("✔"), marked("!"), marked("✖"), marked("–")),
        (26, 1, 0, 0),
        "{}",
        run.log
    );
    assert!(run.log.contains("! EvalAI's address: "), "{}", run.log);
    assert!(
        run.log
            .ends_with("26 fine, 1 to look at, 0 failed, 0 skipped\n"),
        "{}",
        run.log
    );
    assert!(!run.log.contains('\u{1b}'), "no colour outside a terminal");
    for secret in [TOKEN, &clinic.world().evalai.token()] {
        assert!(!run.log.contains(secret) && !run.errors.contains(secret));
    }
    let requests = clinic.github.requests();
    assert!(
        requests
            .iter()
            .all(|request| request.starts_with("GET ") && !request.contains("without")),
        "{requests:?}"
    );
    let lines = run
        .log
        .replace(clinic.world().evalai.url(), "http://evalai");
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("../snapshots");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!("doctor.well", without_ports(&lines)));
}

/// Ports and dates differ from run to run.
fn without_ports(text: &str) -> String {
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    for line in &mut lines {
        if line.contains("it is good until ") {
            line.truncate(line.find("until ").unwrap() + 6);
            line.push_str("DATE");
        }
    }
    lines.join("\n")
}

#[test]
fn without_a_github_token_only_what_needs_one_is_skipped() {
    let clinic = Clinic::new();
    let run = clinic.examine_with(&["--json"], None);
    // This repository is private to git as well.
    let found = findings(&run);
    found
        .is(
            "auth-token",
            "skipped",
            "there is no GitHub token: set AUTH_TOKEN",
        )
        .is(
            "push-rights",
            "skipped",
            "builds on \\\"Repository on GitHub\\\", which was skipped",
        )
        .is("git", "failure", "token")
        .is(
            "branch",
            "skipped",
            "builds on \\\"Repository\\\", which failed",
        )
        .is("challenge", "ok", "challenge 1,");
    assert_eq!(found.with("failure"), ["git"]);
    assert!(clinic.github.requests().is_empty());
}

#[test]
fn the_host_config_and_its_token_are_judged_apart() {
    let clinic = Clinic::new();
    clinic
        .examine(&["--evalai-token", "0123456789abcdef0123456789abcdef01234567"])
        .is("host-config", "ok", "names team")
        .is("token", "failure", "is a session key")
        .is("evalai", "ok", "answers")
        .is("challenge", "skipped", "builds on");
    // Expired in 2001.
    let expired = "e30.eyJleHAiOjk5OTk5OTk5OX0.c2ln";
    clinic
        .examine(&["--evalai-token", expired])
        .is("token", "failure", "expired on 2001-09-09");
    // Well-formed, and not of this server.
    clinic
        .examine(&["--evalai-token", "e30.e30.e30"])
        .is("token", "ok", "")
        .is(
            "token-accepted",
            "failure",
            "good on the server that gave it only",
        );
    let host_config = clinic.world().file("github/host_config.json");
    clinic.world().host_writes(
        "github/host_config.json",
        &host_config.replace("\"team_pk\": \"1\"", "\"team_pk\": \"<host_team_pk>\""),
    );
    let found = clinic.examine(&[]);
    found
        .is(
            "host-config",
            "failure",
            "`team_pk` still holds a placeholder",
        )
        .is(
            "evalai",
            "skipped",
            "builds on \\\"Host config\\\", which failed",
        )
        .is("config", "ok", "challenge_config.yaml")
        .is("push-rights", "ok", "may push");
    clinic.world().host_writes(
        "github/host_config.json",
        &host_config.replace("\"team_pk\": \"1\"", "\"team_pk\": \"4711\""),
    );
    clinic
        .examine(&[])
        .is("team", "failure", "knows no host team 4711");
    clinic.world().host_writes(
        "github/host_config.json",
        &host_config.replace(clinic.world().evalai.url(), "http://127.0.0.1:1"),
    );
    clinic
        .examine(&[])
        .is("evalai", "failure", "Check `evalai_host_url`")
        .is("drift", "skipped", "");
}

#[test]
fn a_committed_token_is_a_failure_in_a_public_repository_only() {
    let clinic = Clinic::new();
    let world = clinic.world();
    world.host_writes("github/host_config.json", &world.host_config());
    clinic
        .examine(&[])
        .is("token-secret", "failure", "in a PUBLIC repository");
    let path = format!("/repos/{}", world.repository);
    let mut private = repository(&world.repository, "challenge");
    private["private"] = json!(true);
    clinic.github.answer(&path, 200, private);
    let found = clinic.examine(&[]);
    found.is("token-secret", "warning", "gh secret set EVALAI_TOKEN");
    assert!(!found.0.to_string().contains(&world.evalai.token()));
}

#[test]
fn a_challenge_that_is_not_found_is_told_with_its_reason() {
    let clinic = Clinic::new();
    clinic
        .examine(&["--repository", "host/unknown"])
        .is("challenge", "failure", "names the repository host/unknown")
        .is("github-repository", "skipped", "")
        .is("drift", "skipped", "");
    let name = clinic.world().repository.to_uppercase();
    clinic
        .examine(&["--repository", &name])
        .is("challenge", "failure", "letter case counts");
    clinic
        .examine(&["--challenge-id", "999"])
        .is("challenge", "failure", "shows no challenge 999");
}

#[test]
fn the_branch_and_what_is_on_it_are_looked_at() {
    let clinic = Clinic::new();
    let world = clinic.world();
    clinic
        .examine(&["--branch", "chalenge"])
        .is("branch", "failure", "Branch not found")
        .is("config", "skipped", "")
        .is("workflow", "ok", "evalai-sync.yml");
    let config = world.file("challenge_config.yaml");
    world.host_writes(
        "challenge_config.yaml",
        &config.replace("published: True", "published: [True"),
    );
    clinic
        .examine(&[])
        .is("config", "failure", "challenge_config.yaml:17:12")
        .is("files", "skipped", "")
        .is("drift", "skipped", "");
    world.host_writes("challenge_config.yaml", &config);
    world.host_arranges(&[("templates/description.html", None)]);
    clinic.examine(&[]).is(
        "files",
        "failure",
        "templates/description.html (description)",
    );
}

#[test]
fn each_of_githubs_refusals_has_its_own_fix() {
    let clinic = Clinic::new();
    let name = clinic.world().repository.clone();
    let root = format!("/repos/{name}");
    let message = || json!({"message": "no", "documentation_url": "x"});
    let with = |key: &str, value: Json| {
        let mut answer = repository(&name, "challenge");
        answer[key] = value;
        answer
    };
    for (status, body, check, verdict, words) in [
        (
            401,
            message(),
            "auth-token",
            "failure",
            "store it as the secret AUTH_TOKEN",
        ),
        (
            404,
            message(),
            "repository",
            "failure",
            "shows no repository",
        ),
        (
            200,
            with("archived", json!(true)),
            "repository",
            "failure",
            "is archived",
        ),
        (
            200,
            with("full_name", json!("o/renamed")),
            "repository",
            "failure",
            "calls it o/renamed now",
        ),
        (
            200,
            with("permissions", json!({"push": false})),
            "push-rights",
            "failure",
            "not push to it",
        ),
        (
            200,
            with("permissions", json!(null)),
            "push-rights",
            "warning",
            "does not tell",
        ),
        (
            200,
            with("pushed_at", json!("2026-01-01T00:00:00Z")),
            "schedule",
            "warning",
            "after 60 in a public repository",
        ),
    ] {
        clinic.github.answer(&root, status, body);
        clinic.examine(&[]).is(check, verdict, words);
    }
}

#[test]
fn what_keeps_a_token_from_pushing_to_the_branch_is_told() {
    let clinic = Clinic::new();
    let root = format!("/repos/{}", clinic.world().repository);
    let message = || json!({"message": "no", "documentation_url": "x"});
    clinic.github.answer(
        &format!("{root}/rules/branches/challenge"),
        200,
        json!([{"type": "pull_request"}, {"type": "deletion"}]),
    );
    clinic.examine(&[]).is(
        "protection",
        "warning",
        "rules on challenge may keep the sync from pushing: pull_request",
    );
    clinic.github.answer(
        &format!("{root}/rules/branches/challenge"),
        200,
        json!([{"type": "required_signatures"}]),
    );
    clinic
        .examine(&[])
        .is("protection", "warning", "With `commit-via: api`");
    clinic.github.answer(
        &format!("{root}/branches/challenge"),
        200,
        json!({"protected": true}),
    );
    clinic
        .github
        .answer(&format!("{root}/rules/branches/challenge"), 200, json!([]));
    clinic
        .examine(&[])
        .is("protection", "warning", "challenge is protected");
    clinic
        .github
        .answer(&format!("{root}/actions/secrets"), 403, message());
    clinic
        .examine(&[])
        .is("secrets", "skipped", "GitHub answers 403");
    clinic.github.answer(
        &format!("{root}/actions/secrets"),
        200,
        json!({"total_count": 0, "secrets": []}),
    );
    clinic
        .examine(&[])
        .is("secrets", "failure", "gh secret set EVALAI_TOKEN");
}

#[test]
fn a_workflow_that_does_not_run_is_found() {
    let clinic = Clinic::new();
    let name = clinic.world().repository.clone();
    for (state, check, words) in [
        ("disabled_inactivity", "schedule", "idle for 60 days"),
        (
            "disabled_manually",
            "workflow-enabled",
            "gh workflow enable evalai-sync.yml",
        ),
        ("disabled_fork", "workflow-enabled", "as in every new fork"),
    ] {
        clinic.github.state(&name, "evalai-sync.yml", state);
        clinic.examine(&[]).is(check, "failure", words);
    }
    clinic.world().host_arranges(&[(SYNC, None)]);
    let found = clinic.examine(&[]);
    // The push workflow syncs, too, but has no schedule.
    found
        .is("workflow", "warning", "has no schedule")
        .is("schedule", "skipped", "there is none");
    clinic
        .world()
        .host_writes(PUSH, include_str!("../workflows/push-before.yml"));
    clinic
        .examine(&[])
        .is("workflow", "failure", "Run `evalai-sync init`")
        .is("workflow-enabled", "skipped", "")
        .is(
            "push-workflow",
            "warning",
            "undoes what was edited on EvalAI",
        );
    let before = include_str!("../workflows/push-before.yml");
    clinic
        .world()
        .host_writes(PUSH, &before.replace("ubuntu-latest", "ubuntu-20.04"));
    clinic
        .examine(&[])
        .is("runner", "failure", "runs on ubuntu-20.04");
    clinic.world().host_writes(
        PUSH,
        &before.replace("branches: [challenge]", "branches: [main]"),
    );
    clinic.examine(&[]).is(
        "push-workflow",
        "warning",
        "does not run on pushes to challenge",
    );
}

#[test]
fn the_record_and_the_drift_are_those_of_the_next_sync() {
    let clinic = Clinic::new();
    let world = clinic.world();
    world
        .evalai
        .edit_challenge(1, json!({"title": "Another title"}))
        .unwrap();
    clinic.examine(&[]).is(
        "drift",
        "warning",
        "1 field changed on EvalAI and not here: title",
    );
    let config = world.file("challenge_config.yaml");
    world.host_writes(
        "challenge_config.yaml",
        &config.replacen("title: Random", "title: Ahead, Random", 1),
    );
    let record = world.record().unwrap();
    let mut damaged = record.clone();
    damaged.insert("record.json".into(), "{\"version\": 99}".into());
    world.write_record(&damaged);
    clinic
        .examine(&[])
        .is("record", "failure", "format version 99")
        .is("drift", "failure", "what the next sync would say");
    let mut other = record.clone();
    let head = other["record.json"].replace("\"challenge\"", "\"elsewhere\"");
    other.insert("record.json".into(), head);
    world.write_record(&other);
    clinic
        .examine(&[])
        .is("record", "warning", "speaks of the branch elsewhere");
    assert_eq!(world.record().unwrap(), other, "nothing is written");
    world
        .remote()
        .find_reference("refs/evalai-sync/1")
        .unwrap()
        .delete()
        .unwrap();
    clinic
        .examine(&[])
        .is("record", "ok", "the next run is a first sync")
        .is(
            "drift",
            "warning",
            "nothing is recorded yet, and 1 field differ",
        );
}

#[test]
fn what_evalai_locks_once_a_challenge_is_approved_is_told_before_a_push_fails() {
    let clinic = Clinic::new();
    let world = clinic.world();
    world.host_commits(
        "challenge_config.yaml",
        "    visibility: 3\n",
        "    visibility: 2\n",
    );
    clinic.examine(&[]).is("locked", "ok", "none differs").is(
        "drift",
        "ok",
        "phase_splits.2-1-1.visibility",
    );
    world.evalai.approve(1).unwrap();
    clinic
        .examine(&[])
        .is("locked", "failure", "phase_splits.2-1-1.visibility");
}
