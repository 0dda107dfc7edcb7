//! Changes that are proposed: one pull request, kept up to date, closed in the end, and never forced on anybody.

use std::collections::BTreeMap;

use serde_json::json;

use crate::git_repos::git;
use crate::hosted::{Hosted, TOKEN};
use crate::pull_api::{NOT_PERMITTED, PullApi};
use crate::site::{CONFIG, HEAD, MODE, REPOSITORY, Site};
use crate::world::commit;

#[test]
fn a_change_is_proposed_in_a_pull_request_and_the_branch_stays() {
    let site = Site::agreed();
    let (tip, record) = (site.hosted.world.tip(), site.hosted.world.record());
    site.edit_title("A <b>new</b> title, @team fixes #1");
    let run = site.propose();
    assert_eq!(
        (run.result(), run.output("changed")),
        ("proposed", "false"),
        "{}",
        run.log
    );
    assert_eq!(run.changed_fields(), ["title"]);
    assert_eq!(run.output("changed-files"), r#"["challenge_config.yaml"]"#);
    assert_eq!(
        run.output("pull-request"),
        "https://github.com/example-org/rng-challenge/pull/7"
    );
    assert_eq!(site.hosted.world.tip(), tip);
    assert_eq!(site.hosted.world.record(), record, "nothing is agreed yet");
    assert!(
        site.proposed(CONFIG)
            .contains("A <b>new</b> title, @team fixes #1")
    );
    assert_eq!(site.files(), CONFIG);

    let pull = site.api.newest();
    assert_eq!(
        (&*pull.head, &*pull.base, pull.draft),
        ("evalai-sync/1", "challenge", false)
    );
    assert_eq!(pull.title, "Sync from EvalAI: title");
    assert!(
        pull.body.contains("| <code>title</code> |"),
        "{}",
        pull.body
    );
    for active in ["<b>new</b>", "@team", "#1"] {
        assert!(!pull.body.contains(active), "{active} is in {}", pull.body);
    }
    let message = git(
        &site.hosted.world.remote_path(),
        &["log", "-1", "--format=%B", HEAD],
    );
    assert!(
        message.starts_with("Sync from EvalAI: title\n\n- title\n"),
        "{message}"
    );
    assert!(!message.contains("skip ci"), "{message}");
    assert!(
        run.log.contains(
            "Proposed: 1 field from EvalAI to the branch challenge, in the new pull request #7."
        ),
        "{}",
        run.log
    );
    assert!(
        run.summary.contains("/pull/7\">pull request &#35;7</a>"),
        "{}",
        run.summary
    );
    let report = &run.report.as_ref().unwrap()["pull_request"];
    assert_eq!(
        (&report["state"], &report["why"], &report["number"]),
        (&json!("opened"), &json!("mode"), &json!(7))
    );
}

#[test]
fn an_unchanged_plan_pushes_nothing_and_writes_nothing() {
    let site = Site::agreed();
    site.edit_title("A new title");
    site.propose();
    let (head, pulls) = (site.head(), site.api.pulls().len());
    site.api.take_log();
    for _ in 0..2 {
        let run = site.propose();
        assert_eq!(run.result(), "proposed");
        assert!(
            run.log
                .contains("wait in pull request #7; nothing was changed"),
            "{}",
            run.log
        );
        assert!(run.output("pull-request").ends_with("/pull/7"));
        site.assert_nothing_written();
    }
    // The branch moves elsewhere: the proposal can be merged as it is.
    site.hosted.world.host_commits("README.md", "# ", "## ");
    site.propose();
    site.assert_nothing_written();
    assert_eq!((site.head(), site.api.pulls().len()), (head, pulls));
}

#[test]
fn a_new_change_updates_the_pull_request_in_place() {
    let site = Site::agreed();
    site.edit_title("A new title");
    site.propose();
    let first = site.head();
    site.edit(json!({ "title": "Another title", "short_description": "Another text" }));
    let run = site.propose();
    assert!(
        run.log
            .contains("pull request #7, which is up to date again"),
        "{}",
        run.log
    );
    let pulls = site.api.pulls();
    assert_eq!(pulls.len(), 1);
    assert_eq!(pulls[0].title, "Sync from EvalAI: title, short_description");
    assert!(pulls[0].body.contains("Another text"));
    assert_ne!(site.head(), first);
    assert!(site.proposed(CONFIG).contains("title: Another title"));
    let count = git(
        &site.hosted.world.remote_path(),
        &["rev-list", "--count", &format!("challenge..{HEAD}")],
    );
    assert_eq!(count, "1", "one commit on the newest base");
}

#[test]
fn a_proposal_follows_a_branch_that_moved_in_the_same_file() {
    let site = Site::agreed();
    site.edit_title("A new title");
    site.propose();
    let world = &site.hosted.world;
    world.host_commits(
        CONFIG,
        "# Sample challenge configuration",
        "# The challenge's configuration",
    );
    site.propose();
    let config = site.proposed(CONFIG);
    assert!(
        config.contains("title: A new title") && config.contains("# The challenge's configuration")
    );
    site.api.merge();
    assert_eq!(site.propose().result(), "in-sync");
}

#[test]
fn the_base_moves_at_the_first_run_after_the_merge_and_the_branch_is_tidied_up() {
    let site = Site::agreed();
    let old = site.base_of_title();
    site.edit_title("A new title");
    site.propose();
    site.propose();
    assert_eq!(site.base_of_title(), old);
    site.api.merge();
    let run = site.propose();
    assert_eq!(
        (run.result(), run.output("pull-request")),
        ("in-sync", ""),
        "{}",
        run.log
    );
    assert_eq!(site.base_of_title(), "A new title");
    assert_eq!(site.head(), None);
    site.api.take_log();
    site.propose();
    assert_eq!(
        site.api.take_log(),
        Vec::<String>::new(),
        "nothing is asked without a branch"
    );
    // The next change is another pull request.
    site.edit_title("The next title");
    site.propose();
    assert_eq!(site.api.newest().number, 8);
}

#[test]
fn when_evalai_takes_its_change_back_the_pull_request_is_closed_with_the_reason() {
    let site = Site::agreed();
    let old = site.base_of_title();
    site.edit_title("A new title");
    site.propose();
    let proposed = site.api.newest().body;
    site.edit_title(&old);
    let run = site.propose();
    assert_eq!(run.result(), "in-sync");
    assert!(
        run.log
            .contains("Pull request #7 is closed, since nothing is left to propose."),
        "{}",
        run.log
    );
    assert_eq!(
        run.report.as_ref().unwrap()["pull_request"]["state"],
        "closed"
    );
    let pull = site.api.newest();
    assert!(
        !pull.open && pull.comments[0].starts_with("Nothing is left to propose"),
        "{pull:?}"
    );
    // What it said stays readable; only the line that marks it as the action's proposal is another one.
    let (said, marks) = proposed.trim_end().rsplit_once('\n').unwrap();
    let (kept, mark) = pull.body.trim_end().rsplit_once('\n').unwrap();
    assert_eq!(kept.trim_end(), said.trim_end());
    assert!(kept.contains("title") && mark.len() < marks.len(), "{mark}");
    assert_eq!(site.head(), None);
    // The action closed it, nobody declined it.
    site.edit_title("A new title");
    assert_eq!(site.propose().result(), "proposed");
    assert_eq!(site.api.newest().number, 8);
}

#[test]
fn the_commits_of_a_reviewer_are_left_alone() {
    let site = Site::agreed();
    site.edit_title("A new title");
    site.propose();
    let reviewer = site.hosted.world.host_on(HEAD);
    let reviewed = reviewer.commits("README.md", "Reviewed\n");
    site.edit_title("Another title");
    let run = site.propose();
    assert_eq!(run.result(), "proposed");
    assert!(
        run.log.contains(
            "::warning::Somebody else pushed to the branch `evalai-sync/1` of pull request #7"
        ),
        "{}",
        run.log
    );
    assert_eq!(site.head(), Some(reviewed));
    // Merged as it is, it gives way to what is still missing.
    site.api.merge();
    let run = site.propose();
    assert_eq!(
        (run.result(), site.api.newest().number),
        ("proposed", 8),
        "{}",
        run.log
    );
    assert!(site.proposed(CONFIG).contains("title: Another title"));
    assert_eq!(site.proposed("README.md"), "Reviewed");
    // Nothing is left, but the branch is not only the action's.
    let reviewed = reviewer.commits("README.md", "Reviewed again\n");
    site.edit_title("A new title");
    site.propose();
    assert!(!site.api.newest().open);
    assert_eq!(site.head(), Some(reviewed));
}

#[test]
fn a_branch_of_somebody_elses_without_a_pull_request_is_left_alone() {
    let site = Site::agreed();
    let files = BTreeMap::from([("README.md".to_owned(), b"Mine\n".to_vec())]);
    let tip = site.hosted.world.tip();
    let theirs = commit(&site.hosted.world.remote(), HEAD, Some(tip), &files, "Mine");
    site.edit_title("A new title");
    let run = site.propose();
    assert_eq!(run.result(), "declined", "{}", run.log);
    assert!(run.log.contains("are proposed nowhere"), "{}", run.log);
    assert_eq!(site.head(), Some(theirs));
    assert!(site.api.pulls().is_empty());
}

#[test]
fn an_amended_commit_is_a_reviewers_too() {
    let site = Site::agreed();
    site.edit_title("A new title");
    site.propose();
    let world = &site.hosted.world;
    let remote = world.remote();
    let ours = remote.find_commit(site.head().unwrap()).unwrap();
    let config = site
        .proposed(CONFIG)
        .replace("A new title", "A newer title")
        + "\n";
    let files = BTreeMap::from([(CONFIG.to_owned(), config.into_bytes())]);
    let message = ours.message().unwrap().to_owned();
    remote.find_reference(HEAD).unwrap().delete().unwrap();
    let amended = crate::world::commit(&remote, HEAD, Some(world.tip()), &files, &message);
    site.edit_title("Another title");
    let run = site.propose();
    assert!(run.log.contains("Somebody else pushed"), "{}", run.log);
    assert_eq!(site.head(), Some(amended));
}

#[test]
fn what_was_closed_unmerged_is_not_opened_again_until_evalai_changes() {
    let site = Site::agreed();
    site.edit(json!({ "title": "A new title", "short_description": "Another text" }));
    site.propose();
    site.api.person(|pull| pull.open = false);
    site.api.take_log();
    let run = site.propose();
    assert_eq!(
        (run.result(), run.output("pull-request")),
        ("declined", ""),
        "{}",
        run.log
    );
    assert_eq!(run.output("changed-files"), "[]");
    assert!(
        run.log
            .contains("were proposed in pull request #7, which was closed"),
        "{}",
        run.log
    );
    site.assert_nothing_written();
    // The same on another base, the branch deleted, and less of it: still declined.
    site.hosted
        .world
        .remote()
        .find_reference(HEAD)
        .unwrap()
        .delete()
        .unwrap();
    site.hosted.world.host_commits(
        CONFIG,
        "short_description: Guess the numbers",
        "short_description: Another text",
    );
    assert_eq!(site.propose().result(), "declined");
    assert_eq!((site.head(), site.api.pulls().len()), (None, 1));
    site.edit_title("Another title");
    let run = site.propose();
    assert_eq!(
        (run.result(), site.api.newest().number),
        ("proposed", 8),
        "{}",
        run.log
    );
}

#[test]
fn what_was_declined_and_taken_back_on_evalai_may_be_proposed_anew() {
    let site = Site::agreed();
    let old = site.base_of_title();
    site.edit_title("A new title");
    site.propose();
    site.api.person(|pull| pull.open = false);
    site.propose();
    site.edit_title(&old);
    assert_eq!(site.propose().result(), "in-sync");
    assert_eq!(site.head(), None);
    site.edit_title("A new title");
    assert_eq!(site.propose().result(), "proposed");
    assert_eq!(site.api.newest().number, 8);
}

#[test]
fn without_permission_the_branch_is_pushed_and_a_person_gets_a_link() {
    let site = Site::agreed();
    site.edit_title("A new title");
    site.api.set(|settings| {
        settings.refused.insert("POST /pulls", (403, NOT_PERMITTED));
    });
    let run = site.propose();
    assert_eq!(
        (run.result(), run.output("pull-request")),
        ("proposed", ""),
        "{}",
        run.log
    );
    assert!(site.proposed(CONFIG).contains("title: A new title"));
    let server = site.hosted.server.url("");
    let server = server.trim_end_matches('/');
    let link = format!(
        "{server}/{REPOSITORY}/compare/challenge...evalai-sync/1?quick_pull=1&title=Sync%20from%20EvalAI%3A%20title"
    );
    for said in [
        NOT_PERMITTED,
        link.as_str(),
        "`permissions: pull-requests: write`",
    ] {
        assert!(run.log.contains(said), "{said}: {}", run.log);
    }
    let report = &run.report.as_ref().unwrap()["pull_request"];
    assert_eq!(
        (&report["state"], &report["link"]),
        (&json!("not-permitted"), &json!(link))
    );
    // Again the same, without another push.
    let head = site.head();
    site.hosted.server.take_log();
    site.propose();
    assert_eq!(site.head(), head);
    // Once it is permitted, the pull request is opened from the same branch.
    site.api.set(|settings| settings.refused.clear());
    assert_eq!(site.propose().result(), "proposed");
    assert_eq!((site.api.newest().number, site.head()), (7, head));
}

#[test]
fn a_token_that_may_not_even_see_pull_requests_still_gets_the_branch_pushed() {
    let site = Site::agreed();
    site.edit_title("A new title");
    site.api.set(|settings| {
        settings.refused.insert(
            "GET /pulls",
            (403, "Resource not accessible by integration"),
        );
    });
    let run = site.propose();
    assert_eq!(run.result(), "proposed");
    assert!(
        run.log.contains("Resource not accessible by integration"),
        "{}",
        run.log
    );
    assert!(site.head().is_some());
}

#[test]
fn labels_reviewers_and_assignees_are_asked_for_and_refusals_are_warnings() {
    let site = Site::agreed();
    site.edit_title("A new title");
    site.api.set(|settings| {
        settings.members = vec!["host", "reviewers"];
        settings.no_drafts = true;
    });
    let run = site.run(&[
        MODE,
        ("labels", "evalai, sync"),
        ("reviewers", "host\nnobody\nexample-org/reviewers"),
        ("assignees", "host,stranger"),
        ("draft", "true"),
        ("pull-request-title", "Take {count} of {challenge-id}"),
        ("pull-request-body", "Please look at {fields}."),
    ]);
    let run = run.succeeded();
    let pull = site.api.newest();
    let all = |names: &std::collections::BTreeSet<String>| {
        names.iter().cloned().collect::<Vec<_>>().join(" ")
    };
    assert_eq!(all(&pull.labels), "evalai sync");
    assert_eq!(
        (all(&pull.reviewers), all(&pull.teams)),
        ("host".into(), "reviewers".into())
    );
    assert_eq!((all(&pull.assignees), pull.draft), ("host".into(), false));
    assert_eq!(pull.title, "Take 1 of 1");
    assert!(
        pull.body.starts_with("Please look at title.\n\n"),
        "{}",
        pull.body
    );
    for warning in [
        "`reviewers` (nobody): GitHub refuses it: Reviews may only be requested",
        "`assignees` (stranger)",
        "is no draft (`draft`)",
    ] {
        assert!(run.log.contains(warning), "{warning}: {}", run.log);
    }
}

#[test]
fn a_branch_of_another_name_and_github_enterprise_servers_paths_work() {
    let hosted = Hosted::agreed();
    let api = PullApi::start(&hosted.world.remote_path(), REPOSITORY, TOKEN, "/api/v3");
    let site = Site { hosted, api };
    site.edit_title("A new title");
    let run = site.run(&[MODE, ("pull-request-branch", "from-evalai/{challenge-id}")]);
    assert_eq!(run.succeeded().result(), "proposed");
    assert_eq!(site.api.newest().head, "from-evalai/1");
    let run = site.run(&[MODE, ("pull-request-branch", "challenge")]);
    run.failed_saying("`pull-request-branch` is \"challenge\", which is the branch that is synced");
}

#[test]
fn pull_requests_without_a_token_are_an_error_that_says_what_to_do() {
    let site = Site::agreed();
    let workspace = site.hosted.check_out();
    let run = site
        .hosted
        .start_without_token(&workspace)
        .input("mode", "pull-request")
        .run();
    run.failed_saying("`mode: pull-request` works with GitHub's API: pass a token");
}
