//! Setting a repository up: which files are written, which are left, and what the host is told.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use evalai_stand_in::Seed;

use crate::git_repos::git;
use crate::git_server::{GitServer, Rules};
use crate::run::Run;
use crate::world::{World, commit};

const SCHEDULED: &str = ".github/workflows/evalai-sync.yml";
const DISPATCHED: &str = ".github/workflows/evalai-sync-dispatch.yml";
const PUSH: &str = ".github/workflows/process_challenge.yml";
const BEFORE: &str = include_str!("../workflows/push-before.yml");

/// A repository with a workflow that pushes it to EvalAI.
fn world() -> World {
    let world = World::recorded("sample");
    world.host_writes(PUSH, BEFORE);
    world
}

fn init(world: &World, workspace: &Path, flags: &[&str]) -> Run {
    // A GitHub that nobody answers for: no test asks GitHub itself.
    world
        .ask(workspace, "init")
        .variable("GITHUB_SERVER_URL", "http://127.0.0.1:1")
        .flags(&["--repository", &world.repository])
        .flags(flags)
        .run()
}

fn read(workspace: &Path, path: &str) -> String {
    fs::read_to_string(workspace.join(path)).unwrap()
}

/// The files of a clone that git would commit.
fn changed(workspace: &Path) -> Vec<String> {
    let status = git(
        workspace,
        &["status", "--porcelain", "--untracked-files=all"],
    );
    status.lines().map(|line| line[3..].to_owned()).collect()
}

#[test]
fn one_command_writes_what_a_repository_needs_and_a_second_one_nothing() {
    let world = world();
    let workspace = world.check_out();
    let refs = git(&world.remote_path(), &["show-ref"]);
    let run = init(&world, &workspace, &[]).succeeded();
    for words in [
        "EvalAI has challenge 1, \"Random Number Generator Challenge\"",
        "Wrote .github/workflows/evalai-sync.yml.",
        "Wrote .github/workflows/evalai-sync-dispatch.yml.",
        "Changed .github/workflows/process_challenge.yml: a sync before each push",
        "> --every 1h     730 minutes a month",
        "Left to do by hand:\n1. Commit the files on challenge, the default branch",
        "gh secret set EVALAI_TOKEN --repo ",
        "/settings/secrets/actions",
        "refresh the token on EvalAI's profile page",
    ] {
        assert!(run.log.contains(words), "{words}: {}", run.log);
    }
    assert!(
        !run.log.contains(&world.evalai.token()),
        "the token is never shown"
    );
    assert!(!run.log.contains('\u{1b}'), "no colour outside a terminal");
    assert_eq!(changed(&workspace), [PUSH, DISPATCHED, SCHEDULED]);
    assert_eq!(
        git(&world.remote_path(), &["show-ref"]),
        refs,
        "no commit is made"
    );
    let written = [SCHEDULED, DISPATCHED, PUSH].map(|path| read(&workspace, path));
    let run = init(&world, &workspace, &[]).succeeded();
    assert!(
        run.log.contains("evalai-sync.yml is as it should be."),
        "{}",
        run.log
    );
    assert!(
        !run.log.contains("Wrote") && !run.log.contains("Changed"),
        "{}",
        run.log
    );
    assert_eq!(
        [SCHEDULED, DISPATCHED, PUSH].map(|path| read(&workspace, path)),
        written
    );
}

#[test]
fn a_dry_run_shows_a_diff_and_writes_nothing() {
    let world = world();
    let workspace = world.check_out();
    let run = init(&world, &workspace, &["--dry-run", "--every", "15m"]).succeeded();
    for words in [
        "--- /dev/null\n+++ b/.github/workflows/evalai-sync.yml\n",
        "+  repository_dispatch:\n",
        "+      - name: Take what was edited on EvalAI\n",
        "Would write .github/workflows/process_challenge.yml",
        "> --every 15m  2,920 minutes a month, more than the 2,000 that a free plan has",
    ] {
        assert!(run.log.contains(words), "{words}: {}", run.log);
    }
    let removed = run
        .log
        .lines()
        .filter(|line| line.starts_with('-') && !line.starts_with("---"));
    assert_eq!(removed.count(), 0, "{}", run.log);
    assert_eq!(changed(&workspace), Vec::<String>::new());
}

#[test]
fn a_file_that_the_host_wrote_is_shown_and_left_unless_forced() {
    let world = world();
    let workspace = world.check_out();
    fs::create_dir_all(workspace.join(".github/workflows")).unwrap();
    fs::write(workspace.join(SCHEDULED), "name: Mine\n").unwrap();
    let run = init(&world, &workspace, &[]).failed_saying("Run with --force to overwrite it.");
    assert!(run.log.contains("-name: Mine\n"), "{}", run.log);
    assert_eq!(read(&workspace, SCHEDULED), "name: Mine\n");
    assert!(
        workspace.join(DISPATCHED).exists(),
        "the others are written"
    );
    init(&world, &workspace, &["--force"]).succeeded();
    assert!(read(&workspace, SCHEDULED).contains("name: Sync from EvalAI\n"));
}

#[test]
fn where_the_challenge_is_not_on_the_default_branch_each_file_has_its_own() {
    let world = world();
    let stale = BTreeMap::from([("README.md".to_owned(), b"Starter".to_vec())]);
    commit(&world.remote(), "refs/heads/main", None, &stale, "Start");
    world.remote().set_head("refs/heads/main").unwrap();
    let workspace = world.check_out();
    let run = init(&world, &workspace, &[]).succeeded();
    for words in [
        "The challenge is on the branch challenge; the default branch is main.",
        "1. Commit the workflow that pushes to EvalAI on challenge.",
        "2. Commit the new workflows on main, the DEFAULT branch, not on challenge",
        "git switch main && git add .github/workflows/evalai-sync.yml .github/workflows/evalai-sync-dispatch.yml",
    ] {
        assert!(run.log.contains(words), "{words}: {}", run.log);
    }
    assert!(read(&workspace, SCHEDULED).contains("          ref: challenge\n"));
    // From the default branch, the challenge's branch is found, and its host config read.
    let elsewhere = world.new_folder();
    git(
        &elsewhere,
        &["clone", "-q", world.remote_path().to_str().unwrap(), "."],
    );
    let run = init(&world, &elsewhere, &[]).succeeded();
    assert!(run.log.contains("EvalAI has challenge 1,"), "{}", run.log);
    assert!(
        run.log.contains("git switch challenge && evalai-sync init"),
        "{}",
        run.log
    );
    assert_eq!(changed(&elsewhere), [DISPATCHED, SCHEDULED]);
    assert_eq!(read(&elsewhere, SCHEDULED), read(&workspace, SCHEDULED));
}

#[test]
fn a_repository_that_evalai_does_not_know_is_pushed_first() {
    let world = world();
    let workspace = world.check_out();
    let run = init(&world, &workspace, &["--repository", "host/new"]);
    assert_eq!(run.code, Some(2), "a flag counts once");
    let run = world
        .ask(&workspace, "init")
        .variable("GITHUB_SERVER_URL", "http://127.0.0.1:1")
        .flags(&["--repository", "host/new"])
        .run()
        .succeeded();
    assert!(
        run.log
            .contains("EvalAI knows no challenge of host/new yet"),
        "{}",
        run.log
    );
    assert!(
        run.log.contains("Push the repository to EvalAI once"),
        "{}",
        run.log
    );
    assert!(!read(&workspace, PUSH).contains("evalai-sync@"));
}

#[test]
fn without_evalai_the_files_are_written_all_the_same() {
    let world = world();
    let workspace = world.check_out();
    fs::write(
        workspace.join("github/host_config.json"),
        r#"{"token": "<evalai_user_auth_token>", "team_pk": "1", "evalai_host_url": "https://eval.ai"}"#,
    )
    .unwrap();
    let run = init(&world, &workspace, &[]).succeeded();
    assert!(run.log.contains("warning: The challenge could not be looked for on EvalAI: github/host_config.json:1:2: `token` still holds a placeholder"), "{}", run.log);
    assert!(read(&workspace, PUSH).contains("evalai-sync@"));
    fs::remove_file(workspace.join("github/host_config.json")).unwrap();
    init(&world, &workspace, &[]).failed_saying("there is no such file");
}

#[test]
fn what_cannot_be_asked_of_init_is_said() {
    let world = world();
    let run = init(&world, &world.check_out(), &["--every", "5m"]);
    run.failed_saying("`--every` is `5m`: it takes 15m or 30m or 1h or 6h or 1d.");
}

#[test]
fn a_workflow_folder_behind_a_link_is_not_written() {
    let world = World::recorded("sample");
    let workspace = world.check_out();
    let outside = world.new_folder();
    fs::create_dir_all(workspace.join(".github")).unwrap();
    std::os::unix::fs::symlink(&outside, workspace.join(".github/workflows")).unwrap();
    init(&world, &workspace, &[]).failed_saying("is reached through a symbolic link");
    assert_eq!(fs::read_dir(outside).unwrap().count(), 0);
}

#[test]
fn an_import_comes_first_where_there_is_no_configuration() {
    let files = BTreeMap::from([("README.md".to_owned(), b"New".to_vec())]);
    let world = World::new(Seed::sample(), 1, &files);
    let workspace = world.check_out();
    let run = init(&world, &workspace, &["--import", "--dry-run"]).succeeded();
    assert!(
        run.log
            .starts_with("Would first write the challenge configuration from EvalAI"),
        "{}",
        run.log
    );
    assert_eq!(world.commits(), 1);
    let run = init(&world, &workspace, &["--dry-run"]).succeeded();
    assert!(
        run.log.contains("run `evalai-sync init --import`"),
        "{}",
        run.log
    );
    init(&world, &workspace, &["--import"]).succeeded();
    assert!(
        world
            .file("challenge_config.yaml")
            .contains("title: Random Number Generator Challenge")
    );
    assert!(workspace.join("challenge_config.yaml").exists());
    assert!(workspace.join(SCHEDULED).exists());
    // With a configuration there is nothing to import.
    let commits = world.commits();
    init(&world, &workspace, &["--import"]).succeeded();
    assert_eq!(world.commits(), commits);
}

/// A server with the action's repository, at a release with an annotated tag.
fn github(world: &World) -> (GitServer, String) {
    let root = world.new_folder();
    let action = root.join("Cloud-CV/evalai-sync");
    fs::create_dir_all(&action).unwrap();
    git(&action, &["init", "-q", "--bare", "."]);
    let remote = git2::Repository::open(&action).unwrap();
    let id = commit(
        &remote,
        "refs/heads/main",
        None,
        &BTreeMap::new(),
        "Release",
    );
    let object = remote.find_object(id, None).unwrap();
    let tagger = git2::Signature::now("A", "a@example.org").unwrap();
    let tag = concat!("v", env!("CARGO_PKG_VERSION"));
    remote.tag(tag, &object, &tagger, "Release", false).unwrap();
    (GitServer::start(&root, Rules::default()), id.to_string())
}

#[test]
fn the_action_is_pinned_to_the_commit_of_its_release() {
    let world = world();
    let (server, id) = github(&world);
    let workspace = world.check_out();
    let run = world
        .ask(&workspace, "init")
        .variable("GITHUB_SERVER_URL", server.url("").trim_end_matches('/'))
        .flags(&["--repository", &world.repository])
        .run()
        .succeeded();
    assert!(!run.log.contains("notice"), "{}", run.log);
    let uses = format!(
        "uses: Cloud-CV/evalai-sync@{id} # v{}\n",
        env!("CARGO_PKG_VERSION")
    );
    for path in [SCHEDULED, DISPATCHED, PUSH] {
        assert!(read(&workspace, path).contains(&uses), "{path}");
    }
}

/// What `init` writes, for the checks that CI makes of workflows.
#[test]
fn the_workflows_that_ci_checks_are_those_that_init_writes() {
    let facts = evalai_sync::setup::Facts {
        server_url: "https://github.com".into(),
        repository: "host/challenge".into(),
        branch: "challenge".into(),
        default_branch: Some("main".into()),
        checked_out: Some("challenge".into()),
        every: evalai_sync::setup::schedule::Every::Hour,
        host_config: "github/host_config.json".into(),
        challenge_id: None,
        pin: evalai_sync::setup::Pin {
            rev: "0123456789abcdef0123456789abcdef01234567".into(),
            release: Some("v0.1.0".into()),
        },
        on_evalai: evalai_sync::setup::OnEvalAI::Found(42),
        token: evalai_sync::setup::TokenPlace::HostConfig,
    };
    let push = match evalai_sync::setup::push::patch(BEFORE.as_bytes(), &facts) {
        evalai_sync::setup::push::Patch::Edited { bytes, .. } => String::from_utf8(bytes).unwrap(),
        other => panic!("{other:?}"),
    };
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/workflows");
    for (name, text) in [
        (
            "evalai-sync.yml",
            evalai_sync::setup::workflow::scheduled(&facts),
        ),
        (
            "evalai-sync-dispatch.yml",
            evalai_sync::setup::workflow::dispatched(&facts),
        ),
        ("push-after.yml", push),
    ] {
        let file = folder.join(name);
        if std::env::var_os("INSTA_UPDATE").is_some_and(|value| value == "always") {
            fs::write(&file, &text).unwrap();
        }
        assert_eq!(
            fs::read_to_string(&file).unwrap_or_default(),
            text,
            "{name} (INSTA_UPDATE=always writes it)"
        );
    }
    let steps = evalai_sync::setup::files::plan(
        &facts,
        &evalai_sync::setup::files::Here {
            workflows: vec![(PUSH.into(), BEFORE.into())],
            ..Default::default()
        },
        false,
    );
    let steps = evalai_sync::setup::by_hand::steps(&facts, &steps);
    let text: Vec<String> = steps.iter().map(|step| step.join("\n     ")).collect();
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("../snapshots");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!("init.steps", text.join("\n")));
}
