//! The product over a git server: checkouts, tokens, lost races and refusals as on GitHub.

use std::os::unix::fs::MetadataExt as _;

use serde_json::json;

use crate::git_repos::git;
use crate::hosted::{GithubApi, Hosted, TOKEN};

const CONFIG: &str = "challenge_config.yaml";
const TITLE: &str = "title: Random Number Generator Challenge";
const RECORD: &str = "refs/evalai-sync/1";

/// A host edits the title in the web UI.
fn edit_title(hosted: &Hosted, title: &str) {
    let fields = json!({ "title": title });
    hosted.world.evalai.edit_challenge(1, fields).unwrap();
}

#[test]
fn a_sync_commits_pushes_and_records_with_the_token_from_the_input_or_the_environment() {
    for name in ["INPUT_AUTH-TOKEN", "AUTH_TOKEN"] {
        let hosted = Hosted::new();
        let first = hosted.start_without_token(&hosted.check_out());
        let first = first.variable(name, TOKEN).run().succeeded();
        assert_eq!(first.result(), "in-sync", "{name}\n{}", first.log);
        edit_title(&hosted, "A new title");
        let workspace = hosted.check_out();
        let run = hosted.start_without_token(&workspace);
        let run = run.variable(name, TOKEN).run().succeeded();
        assert_eq!(run.result(), "synced", "{name}");
        let tip = hosted.world.tip().to_string();
        assert_eq!(run.output("commit-sha"), tip);
        assert_eq!(git(&workspace, &["rev-parse", "HEAD"]), tip);
        assert_eq!(git(&workspace, &["status", "--porcelain"]), "");
        assert_eq!(
            hosted.world.record().unwrap()["values/title.txt"],
            "A new title"
        );
        git(&hosted.world.remote_path(), &["fsck", "--strict"]);
        git(&workspace, &["fsck", "--strict"]);
    }
}

#[test]
fn a_value_that_evalai_got_from_here_is_found_behind_the_end_of_a_shallow_clone() {
    let hosted = Hosted::agreed();
    let (world, titles) = (
        &hosted.world,
        ["title: One", "title: Two", "title: Three", "title: Four"],
    );
    let mut old = TITLE;
    for title in titles {
        world.host_commits(CONFIG, old, title);
        old = title;
    }
    edit_title(&hosted, "One");
    let workspace = hosted.check_out();
    let run = hosted.start(&workspace).run().succeeded();
    assert_eq!(run.result(), "ahead", "{}", run.log);
    assert!(
        run.log.contains("EvalAI got an earlier value from here"),
        "{}",
        run.log
    );
    assert!(world.file(CONFIG).contains("title: Four\n"));
    assert_eq!(git(&workspace, &["rev-list", "--count", "HEAD"]), "1");
}

#[test]
fn a_detached_head_follows_to_the_published_commit() {
    let hosted = Hosted::agreed();
    edit_title(&hosted, "A new title");
    let workspace = hosted.check_out_detached();
    let none = hosted.start(&workspace).run();
    none.failed_saying("no branch is checked out and none is named: set the input `branch`");
    for (name, value) in [
        ("GITHUB_REF", "refs/heads/challenge"),
        ("INPUT_BRANCH", "challenge"),
    ] {
        let workspace = hosted.check_out_detached();
        let before = hosted.world.tip();
        edit_title(&hosted, &format!("A title for {name}"));
        let run = hosted.start(&workspace).variable(name, value).run();
        let run = run.succeeded();
        assert_eq!(run.result(), "synced", "{name}");
        // The only record tells which challenge it is about, though no branch is checked out.
        let requests = run.report.unwrap()["requests"].as_array().unwrap().len();
        assert_eq!(requests, 4, "{name}");
        let tip = hosted.world.tip();
        assert_ne!(tip, before);
        assert_eq!(git(&workspace, &["rev-parse", "HEAD"]), tip.to_string());
        assert_eq!(git(&workspace, &["branch", "--show-current"]), "");
        assert_eq!(git(&workspace, &["status", "--porcelain"]), "");
    }
}

#[test]
fn what_is_new_in_a_workspace_of_another_user_belongs_to_that_user() {
    const THEIRS: u32 = 1001;
    let hosted = Hosted::agreed();
    let workspace = hosted.check_out();
    if workspace.metadata().unwrap().uid() != 0 {
        println!("skipped: only root can give a workspace to another user");
        return;
    }
    let everything = || {
        let found = std::process::Command::new("find").arg(&workspace).output();
        let found = String::from_utf8(found.unwrap().stdout).unwrap();
        found.lines().map(str::to_owned).collect::<Vec<_>>()
    };
    for path in everything() {
        std::os::unix::fs::lchown(path, Some(THEIRS), Some(THEIRS)).unwrap();
    }
    edit_title(&hosted, "A new title");
    let overview = "<p>A new overview</p>";
    let fields = json!({ "description": overview });
    hosted.world.evalai.edit_challenge(1, fields).unwrap();
    let run = hosted.start(&workspace).run().succeeded();
    assert_eq!(run.result(), "synced", "{}", run.log);
    let written = std::fs::read_to_string(workspace.join(CONFIG)).unwrap();
    assert_eq!(written, hosted.world.file(CONFIG));
    for path in everything() {
        let metadata = std::fs::symlink_metadata(&path).unwrap();
        assert_eq!((metadata.uid(), metadata.gid()), (THEIRS, THEIRS), "{path}");
    }
}

#[test]
fn a_push_that_comes_first_is_kept_and_the_sync_planned_again_on_top_of_it() {
    let hosted = Hosted::agreed();
    let workspace = hosted.check_out();
    let before = hosted.world.tip();
    edit_title(&hosted, "A new title");
    hosted.somebody_pushes_first("templates/terms_and_conditions.html", "<p>Pushed</p>\n");
    let run = hosted.start(&workspace).run().succeeded();
    assert_eq!(run.result(), "synced", "{}", run.log);
    assert_eq!(run.changed_fields(), ["title"]);
    assert!(
        run.log
            .contains("Planned again once, because another push came first"),
        "{}",
        run.log
    );
    let world = &hosted.world;
    assert!(world.file(CONFIG).contains("title: A new title\n"));
    assert_eq!(
        world.file("templates/terms_and_conditions.html"),
        "<p>Pushed</p>\n"
    );
    let range = format!("{before}..{}", world.tip());
    let since = git(
        &world.remote_path(),
        &["log", "--reverse", "--format=%s", &range],
    );
    assert_eq!(
        since,
        "Edit templates/terms_and_conditions.html\nSync from EvalAI: title"
    );
    assert_eq!(
        git(&workspace, &["rev-parse", "HEAD"]),
        world.tip().to_string()
    );
    assert_eq!(git(&workspace, &["status", "--porcelain"]), "");
    let again = hosted.start(&hosted.check_out()).run().succeeded();
    assert_eq!(again.result(), "ahead", "{}", again.log);
}

#[test]
fn a_push_of_the_same_value_that_comes_first_leaves_nothing_to_commit() {
    let hosted = Hosted::agreed();
    let workspace = hosted.check_out();
    edit_title(&hosted, "A new title");
    let config = hosted
        .world
        .file(CONFIG)
        .replace(TITLE, "title: A new title");
    hosted.somebody_pushes_first(CONFIG, config.leak());
    let run = hosted.start(&workspace).run().succeeded();
    assert_eq!(
        (run.result(), run.output("changed")),
        ("in-sync", "false"),
        "{}",
        run.log
    );
    assert_eq!(hosted.world.commits(), 2);
    assert_eq!(
        hosted.world.record().unwrap()["values/title.txt"],
        "A new title"
    );
}

#[test]
fn a_record_that_somebody_else_moved_is_read_again_and_the_commit_is_still_told() {
    let hosted = Hosted::agreed();
    let workspace = hosted.check_out();
    edit_title(&hosted, "A new title");
    // While the branch is pushed, another run records something.
    let other = hosted.world.host_on(RECORD);
    hosted.server.set(|rules| {
        rules.before_receive = Some(Box::new(move || {
            other.commits("values/title.txt", "Recorded by another run");
        }));
    });
    let run = hosted.start(&workspace).run().succeeded();
    let tip = hosted.world.tip().to_string();
    assert_eq!(run.result(), "synced", "{}", run.log);
    assert_eq!(run.output("commit-sha"), tip);
    assert_eq!(run.changed_fields(), ["title"]);
    assert_eq!(git(&workspace, &["rev-parse", "HEAD"]), tip);
    assert_eq!(hosted.world.commits(), 2);
    let record = hosted.world.record().unwrap();
    assert_eq!(record["values/title.txt"], "A new title");
    let history = git(
        &hosted.world.remote_path(),
        &["rev-list", "--count", RECORD],
    );
    assert_eq!(history, "3", "both records are in the history");
}

#[test]
fn a_push_to_a_protected_branch_fails_with_githubs_reason_and_the_fix_and_writes_nothing() {
    let hosted = Hosted::agreed();
    let workspace = hosted.check_out();
    edit_title(&hosted, "A new title");
    hosted.refuse_pushes(
        "error: GH006: Protected branch update failed for refs/heads/challenge. Changes must be made through a pull request.",
    );
    let before = hosted.everything(&workspace);
    let run = hosted.start(&workspace).input("on-protected", "fail").run();
    let run = run.failed_saying("refs/heads/challenge is protected: ");
    for words in ["GH006", "through a pull request", "bypass the protection"] {
        assert!(run.log.contains(words), "{words}: {}", run.log);
    }
    assert_eq!((run.result(), run.output("changed")), ("error", "false"));
    assert!(hosted.everything(&workspace) == before);
}

/// A token, what happens to the server, and what the run then says.
type Case = (&'static str, fn(&Hosted), &'static [&'static str]);

#[test]
fn a_refusal_names_its_cause_and_the_fix_and_writes_nothing() {
    let wrong = "ghp_wrong";
    let table: [Case; 5] = [
        (
            wrong,
            |_| {},
            &[
                "does not accept the token: it is wrong, expired or revoked",
                "AUTH_TOKEN",
            ],
        ),
        (
            "",
            |_| {},
            &["asks for a token and none was given", "`auth-token`"],
        ),
        (
            TOKEN,
            |hosted| hosted.server.set(|rules| rules.on_write = Some(403)),
            &[
                "Permission denied by http://127.0.0.1:",
                "`contents: write`",
            ],
        ),
        (
            TOKEN,
            |hosted| hosted.server.set(|rules| rules.on_all = Some(404)),
            &["Repository not found: http://127.0.0.1:", "`repo` scope"],
        ),
        (
            TOKEN,
            |hosted| hosted.server.set(|rules| rules.on_write = Some(503)),
            &["cannot be reached", "503", "run again"],
        ),
    ];
    for (token, change, words) in table {
        let hosted = Hosted::agreed();
        let workspace = hosted.check_out();
        edit_title(&hosted, "A new title");
        change(&hosted);
        let before = hosted.everything(&workspace);
        let run = hosted.start_without_token(&workspace);
        let mut run = run.input("auth-token", token).run();
        for words in words {
            run = run.failed_saying(words);
        }
        assert!(hosted.everything(&workspace) == before, "{words:?}");
        let masked = run.log.replace("::add-mask::ghp_", "");
        assert!(!masked.contains("ghp_"), "{}", run.log);
    }
}

#[test]
fn githubs_api_explains_a_refusal_that_git_cannot() {
    let facts = |push: bool, archived: bool| {
        let facts = json!({
            "full_name": "example-org/rng-challenge", "default_branch": "challenge",
            "archived": archived, "permissions": { "push": push },
        });
        facts.to_string()
    };
    let table = [
        (
            "200 OK",
            facts(false, false),
            "The token may read example-org/rng-challenge but not write to it.",
        ),
        (
            "200 OK",
            facts(true, true),
            "example-org/rng-challenge is archived, so nobody can push to it. Unarchive it in its settings.",
        ),
        (
            "401 Unauthorized",
            r#"{"message": "Bad credentials"}"#.into(),
            "Make a new one and store it as the secret AUTH_TOKEN.",
        ),
        (
            "404 Not Found",
            r#"{"message": "Not Found"}"#.into(),
            "GitHub shows no repository example-org/rng-challenge to this token",
        ),
        (
            "500 Internal Server Error",
            r#"{"message": "no"}"#.into(),
            "remote.git. The token must be allowed to write: `contents: write`",
        ),
    ];
    let hosted = Hosted::agreed();
    edit_title(&hosted, "A new title");
    hosted.server.set(|rules| rules.on_write = Some(403));
    let workspace = hosted.check_out();
    for (status, body, words) in table {
        let api = GithubApi::answering(status, &body);
        let run = hosted.start(&workspace);
        let run = run.variable("GITHUB_API_URL", api.url()).run();
        let run = run.failed_saying(words);
        run.failed_saying("::error::Permission denied by");
        let asked = api.requests();
        assert!(
            asked
                .iter()
                .any(|line| line.starts_with("GET /repos/example-org/rng-challenge HTTP/1.1")),
            "{asked:?}"
        );
    }
}

#[test]
fn an_api_that_does_not_belong_to_the_remote_is_not_shown_the_token() {
    let hosted = Hosted::agreed();
    edit_title(&hosted, "A new title");
    hosted.server.set(|rules| rules.on_write = Some(403));
    let api = GithubApi::answering("200 OK", "{}");
    let run = hosted.start(&hosted.check_out());
    let run = run
        .variable("GITHUB_SERVER_URL", "https://github.com")
        .variable("GITHUB_API_URL", api.url());
    run.run().failed_saying("Permission denied by");
    assert_eq!(api.requests(), Vec::<String>::new());
}

#[test]
fn a_branch_that_is_not_there_is_named_with_those_that_are() {
    let hosted = Hosted::agreed();
    let remote = hosted.world.remote();
    for name in ["refs/heads/main", "refs/heads/old"] {
        remote
            .reference(name, hosted.world.tip(), false, "")
            .unwrap();
    }
    let workspace = hosted.check_out();
    let before = hosted.everything(&workspace);
    let run = hosted.start(&workspace).input("branch", "nope").run();
    run.failed_saying(
        "::error::Branch not found: the repository has no branch \"nope\", which the input `branch` names. It has: challenge, main, old. Set the input `branch`",
    );
    assert!(hosted.everything(&workspace) == before);
}

#[test]
fn the_default_branch_is_not_synced_while_another_branch_holds_a_configuration() {
    let mut hosted = Hosted::agreed();
    let remote = hosted.world.remote();
    let tip = hosted.world.tip();
    remote.reference("refs/heads/main", tip, false, "").unwrap();
    remote.set_head("refs/heads/main").unwrap();
    edit_title(&hosted, "A new title");
    hosted.world.branch = "main".into();
    let workspace = hosted.check_out();
    let before = hosted.everything(&workspace);
    let run = hosted.start(&workspace).run();
    run.failed_saying(
        "the branch is not certain: \"main\", the default branch, is checked out, but \"challenge\" holds a challenge configuration, too",
    );
    assert!(hosted.everything(&workspace) == before);
    let run = hosted.start(&workspace).input("branch", "challenge").run();
    assert_eq!(run.succeeded().result(), "synced");
    assert_eq!(hosted.world.tip(), tip, "main stays");
}

#[test]
fn what_else_is_changed_in_the_workspace_stays_and_is_not_published() {
    let hosted = Hosted::agreed();
    let workspace = hosted.check_out();
    std::fs::write(workspace.join("README.md"), "Staged\n").unwrap();
    git(&workspace, &["add", "README.md"]);
    std::fs::write(workspace.join("logo.jpg"), "not staged").unwrap();
    std::fs::write(workspace.join("notes.txt"), "not in git").unwrap();
    let config = workspace.join(CONFIG);
    let edited = std::fs::read_to_string(&config).unwrap() + "# mine\n";
    std::fs::write(&config, &edited).unwrap();
    edit_title(&hosted, "A new title");
    let run = hosted.start(&workspace).run().succeeded();
    assert_eq!(run.result(), "synced");
    assert_eq!(
        git(&workspace, &["status", "--porcelain"]),
        "M  README.md\n M challenge_config.yaml\n M logo.jpg\n?? notes.txt"
    );
    assert_eq!(std::fs::read_to_string(&config).unwrap(), edited);
    assert!(
        run.log.contains("::warning::challenge_config.yaml was modified in the workspace and is left as it is there"),
        "{}",
        run.log
    );
    let commit = git(
        &hosted.world.remote_path(),
        &["show", "--name-only", "--format=", "challenge"],
    );
    assert_eq!(commit, CONFIG);
}
