//! The examination where the clone is not what a run would check out, and where text cannot be trusted.

use serde_json::json;

use crate::clinic::{Clinic, findings};
use crate::github_api::GithubAnswers;
use crate::hosted::TOKEN;
use crate::world::World;

#[test]
fn from_the_default_branch_the_challenges_own_host_config_is_read() {
    let clinic = Clinic::new();
    let world = clinic.world();
    let stale = std::collections::BTreeMap::from([(
        "github/host_config.json".to_owned(),
        br#"{"token": "<evalai_user_auth_token>", "team_pk": "<host_team_pk>", "evalai_host_url": "<evalai_host_url>"}"#.to_vec(),
    )]);
    crate::world::commit(&world.remote(), "refs/heads/main", None, &stale, "Starter");
    world.remote().set_head("refs/heads/main").unwrap();
    let elsewhere = world.new_folder();
    let url = world.remote_path();
    crate::git_repos::git(&elsewhere, &["clone", "-q", url.to_str().unwrap(), "."]);
    let token = world.evalai.token();
    let run = world
        .ask(&elsewhere, "doctor")
        .flags(&[
            "--json",
            "--repository",
            &world.repository,
            "--evalai-token",
            &token,
        ])
        .run();
    findings(&run)
        .is("host-config", "ok", "names team 1")
        .is("challenge", "ok", "challenge 1,")
        .is("branch", "failure", "the branch is not certain")
        .is(
            "config",
            "skipped",
            "builds on \\\"Branch\\\", which failed",
        )
        .is("workflow", "failure", "commit what it writes on main");
}

#[test]
fn what_a_host_wrote_on_evalai_cannot_act_in_the_findings() {
    let clinic = Clinic::new();
    let title = "x \u{1b}[2J ##[error]owned \u{202e}y";
    clinic
        .world()
        .evalai
        .edit_challenge(1, json!({ "title": title }))
        .unwrap();
    for flags in [&["--json"][..], &[]] {
        let run = clinic.examine_with(flags, Some(TOKEN)).succeeded();
        assert!(run.log.contains("owned"), "{}", run.log);
        assert!(
            !run.log.contains("##[") && !run.log.contains(['\u{1b}', '\u{202e}']),
            "{}",
            run.log
        );
    }
}

#[test]
fn a_clone_of_another_server_keeps_the_token_from_github() {
    let world = World::recorded("sample");
    let github = GithubAnswers::with(&world.repository, "challenge", "evalai-sync.yml");
    let workspace = world.check_out();
    let run = world
        .ask(&workspace, "doctor")
        .variable("GITHUB_API_URL", github.url())
        .variable("AUTH_TOKEN", TOKEN)
        .flags(&["--json", "--repository", &world.repository])
        .run();
    findings(&run).is(
        "auth-token",
        "skipped",
        "set GITHUB_SERVER_URL and GITHUB_API_URL",
    );
    assert!(github.requests().is_empty());
}
