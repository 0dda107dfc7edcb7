//! `report-issue`: a host notices once that runs fail, and once that they work again.

use serde_json::{Value as Json, json};

use crate::emulate::Emulate;
use crate::github_api::GithubAnswers;
use crate::hosted::Hosted;
use crate::run::{Run, Start};

const REPOSITORY: &str = "host/challenge";
const ISSUES: &str = "/repos/host/challenge/issues";
const CONFIG: &str = "challenge_config.yaml";

/// A world that agreed once, in a repository of the token's owner: emulate lets them write to no other.
fn moved() -> Hosted {
    let hosted = Hosted::agreed();
    let name = json!({ "github_repository": REPOSITORY });
    hosted.world.evalai.edit_challenge(1, name).unwrap();
    hosted
}

/// A run that may keep an issue on the GitHub at `api`.
fn start(hosted: &Hosted, api: &str) -> Start {
    hosted
        .start(&hosted.check_out())
        .variable("GITHUB_API_URL", api)
        .variable("GITHUB_REF", "refs/heads/challenge")
        .variable("GITHUB_REPOSITORY", REPOSITORY)
        .variable("GITHUB_RUN_ID", "7")
        .input("report-issue", "true")
        .input("challenge-id", "1")
}

/// The configuration stops being YAML, and runs fail.
fn break_the_config(hosted: &Hosted) -> String {
    let text = hosted.world.file(CONFIG);
    hosted
        .world
        .host_writes(CONFIG, &format!("title: [\n{text}"));
    text
}

#[test]
fn many_failures_are_one_issue_which_the_next_success_closes() {
    let hosted = moved();
    let Some(github) = Emulate::start(&hosted.world.new_folder()) else {
        return;
    };
    let issues = |state: &str| -> Vec<Json> {
        let found = github.ask("GET", &format!("{ISSUES}?state={state}"), &json!({}));
        found.as_array().unwrap().clone()
    };
    let run = || start(&hosted, &github.url()).run();

    let well = run().succeeded();
    assert!(issues("all").is_empty(), "{}", well.log);
    let whole = break_the_config(&hosted);
    let first = run().failed_saying("Opened the issue about failed runs: ");
    assert_eq!(first.result(), "error");
    for _ in 0..3 {
        run().failed_saying("Updated the issue about failed runs: ");
    }
    let [issue] = &issues("open")[..] else {
        panic!("one issue: {:#?}", issues("open"))
    };
    assert_eq!(issue["title"], "The sync from EvalAI fails (challenge 1)");
    let body = issue["body"].as_str().unwrap();
    assert!(
        body.contains("challenge&#95;config.yaml&#58;4&#58;18"),
        "{body}"
    );
    assert!(body.contains("It has failed 4 times since "), "{body}");
    assert!(
        body.contains("/host/challenge/actions/runs/7/attempts/1"),
        "{body}"
    );
    assert_eq!(issue["comments"], 0, "nobody is told again and again");

    hosted.world.host_writes(CONFIG, &whole);
    let well = run().succeeded();
    assert!(
        well.log.contains("Closed the issue about failed runs: "),
        "{}",
        well.log
    );
    assert!(issues("open").is_empty());
    let number = issue["number"].clone();
    let comments = github.ask("GET", &format!("{ISSUES}/{number}/comments"), &json!({}));
    let comment = comments[0]["body"].as_str().unwrap();
    assert!(
        comment.ends_with("went well, after 4 runs failed."),
        "{comment}"
    );

    assert!(!run().succeeded().log.contains("issue"), "and that is that");
    break_the_config(&hosted);
    run().failed_saying("Opened the issue about failed runs: ");
    assert_eq!((issues("open").len(), issues("all").len()), (1, 2));
}

#[test]
fn challenges_of_one_repository_have_an_issue_each() {
    let hosted = moved();
    let Some(github) = Emulate::start(&hosted.world.new_folder()) else {
        return;
    };
    break_the_config(&hosted);
    let run = |name: &str, value: &str| {
        let start = start(&hosted, &github.url()).input("config", CONFIG);
        start.input(name, value).run()
    };
    run("challenge-id", "1").failed_saying("Opened the issue");
    run("challenge-id", "").failed_saying("Opened the issue");
    run("challenge-id", "1").failed_saying("Updated the issue");
    let titles = github.ask("GET", ISSUES, &json!({}));
    let titles: Vec<_> = titles
        .as_array()
        .unwrap()
        .iter()
        .map(|issue| issue["title"].clone())
        .collect();
    assert!(
        titles.contains(&json!("The sync from EvalAI fails (challenge 1)")),
        "{titles:?}"
    );
    assert!(
        titles.contains(&json!(
            "The sync from EvalAI fails (branch challenge, challenge_config.yaml)"
        )),
        "{titles:?}"
    );
}

#[test]
fn a_conflict_that_shall_fail_is_a_failure_and_a_dry_run_is_none() {
    let hosted = moved();
    let Some(github) = Emulate::start(&hosted.world.new_folder()) else {
        return;
    };
    let world = &hosted.world;
    world
        .evalai
        .edit_challenge(1, json!({"title": "Theirs"}))
        .unwrap();
    let title = world.file(CONFIG);
    let title = title
        .lines()
        .find(|line| line.starts_with("title:"))
        .unwrap();
    world.host_commits(CONFIG, title, "title: Ours");
    let run = |mode: &str| -> Run {
        let start = start(&hosted, &github.url()).input("strategy", "manual");
        start.input("fail-on", "conflict").input("mode", mode).run()
    };
    let dry = run("dry-run");
    assert!(!dry.log.contains("issue about"), "{}", dry.log);
    run("commit").failed_saying("Opened the issue about failed runs: ");
    let issue = github.ask("GET", ISSUES, &json!({}));
    let body = issue[0]["body"].as_str().unwrap();
    assert!(
        body.contains("changed both on EvalAI and in the branch"),
        "{body}"
    );
}

/// GitHub that answers all requests about issues like this.
fn github(hosted: &Hosted, status: u16, answer: Json) -> GithubAnswers {
    let github = GithubAnswers::with(REPOSITORY, &hosted.world.branch, "evalai-sync.yml");
    github.answer(ISSUES, status, answer);
    github
}

#[test]
fn a_stranger_cannot_slip_an_issue_in() {
    let hosted = moved();
    break_the_config(&hosted);
    let remembered = r#"<!-- evalai-sync-trouble {"of":"challenge 1","since":"2026-01-01T00:00:00Z","runs":1} -->"#;
    let issue = |association: &str, kind: &str| {
        json!([{
            "number": 5, "html_url": "https://github.com/o/r/issues/5", "title": "Hello", "body": remembered,
            "author_association": association, "user": {"login": "x", "type": kind},
        }])
    };
    for (association, kind, expected) in [
        ("NONE", "User", "POST"),
        ("CONTRIBUTOR", "User", "POST"),
        ("NONE", "Bot", "PATCH"),
        ("OWNER", "User", "PATCH"),
        ("MEMBER", "User", "PATCH"),
        ("COLLABORATOR", "User", "PATCH"),
    ] {
        let github = github(&hosted, 200, issue(association, kind));
        start(&hosted, github.url())
            .run()
            .failed_saying("challenge_config.yaml");
        let requests = github.requests();
        let last = requests.last().unwrap();
        assert!(
            last.starts_with(expected),
            "{association} {kind}: {requests:?}"
        );
    }
}

#[test]
fn a_token_that_may_not_write_issues_is_a_warning_beside_the_failure() {
    let hosted = moved();
    break_the_config(&hosted);
    let refusal = json!({"message": "Resource not accessible by integration", "documentation_url": "https://docs.github.com/rest"});
    let github = github(&hosted, 403, refusal);
    let run = start(&hosted, github.url())
        .run()
        .failed_saying("challenge_config.yaml");
    assert!(
        run.log.contains("::warning") && run.log.contains("`permissions: issues: write`"),
        "{}",
        run.log
    );
    let run = hosted
        .start_without_token(&hosted.check_out())
        .input("report-issue", "true")
        .run()
        .failed_saying("asks for a token");
    assert!(run.log.contains("No issue is kept"), "{}", run.log);
}

#[test]
fn no_secret_and_no_mention_comes_into_the_issue() {
    let hosted = moved();
    let token = hosted.world.evalai.token();
    let text = hosted.world.file(CONFIG);
    hosted
        .world
        .host_writes(CONFIG, &format!("@maria-{token}: [closes #1\n{text}"));
    let github = github(&hosted, 200, json!([]));
    start(&hosted, github.url())
        .run()
        .failed_saying("challenge_config.yaml");
    let sent = github.sent();
    let body = sent[0]["body"].as_str().unwrap();
    assert!(
        !body.contains(&token) && !body.contains("@maria") && !body.contains("closes #1"),
        "{body}"
    );
}
