//! The product outside Actions: flags instead of inputs, a plain log, nothing else different.

use serde_json::json;

use crate::git_repos::git;
use crate::hosted::{Hosted, TOKEN};
use crate::run::binary;
use crate::world::World;

/// Runs the program itself with `arguments`: its exit code, standard output and standard error.
fn program(arguments: &[&str]) -> (Option<i32>, String, String) {
    let mut command = assert_cmd::Command::new(binary());
    let done = command.env_clear().args(arguments).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (done.status.code(), text(done.stdout), text(done.stderr))
}

#[test]
fn flags_are_all_that_a_sync_on_a_laptop_needs() {
    let world = World::recorded("sample");
    let elsewhere = world.new_folder();
    let sync = |title: &str, flags: &[&str]| {
        let fields = json!({ "title": title });
        world.evalai.edit_challenge(1, fields).unwrap();
        let workspace = world.check_out();
        let folder = ["--workspace", workspace.to_str().unwrap()];
        let name = ["--repository", &world.repository];
        let run = world.start_on_a_laptop(&elsewhere);
        run.flags(&folder).flags(&name).flags(flags).run()
    };
    let run = sync("Random Number Generator Challenge", &[]).succeeded();
    assert!(
        run.log
            .ends_with("In sync: the branch challenge holds what EvalAI holds.\n"),
        "{}",
        run.log
    );
    let run = sync("A new title", &["--mode", "dry-run"]).succeeded();
    assert!(
        run.log.contains("\nWould change: 1 field\n  title: "),
        "{}",
        run.log
    );
    assert_eq!(world.commits(), 1);
    let flags = [
        "--committer-name",
        "Me",
        "--committer-email",
        "me@example.org",
        "--skip-ci=false",
        "--commit-message",
        "Mirror {count}",
    ];
    let run = sync("A new title", &flags).succeeded();
    assert!(!run.log.contains("::"), "no workflow commands: {}", run.log);
    assert_eq!(run.errors, "");
    assert_eq!(
        git(
            &world.remote_path(),
            &["log", "-1", "--format=%an <%ae>%n%B", "challenge"]
        ),
        "Me <me@example.org>\nMirror 1\n\n- title"
    );
}

#[test]
fn the_repositorys_name_is_taken_from_the_remote() {
    let hosted = Hosted::agreed();
    let workspace = hosted.check_out();
    // As a remote of GitHub would be: owner and name at the end of its path.
    let path = hosted.world.remote_path();
    let owner = path.parent().unwrap().join("example-org");
    std::fs::create_dir(&owner).unwrap();
    std::os::unix::fs::symlink(&path, owner.join("rng-challenge.git")).unwrap();
    let url = hosted.server.url("example-org/rng-challenge.git");
    git(&workspace, &["remote", "set-url", "origin", &url]);
    let run = hosted.world.start_on_a_laptop(&workspace);
    let run = run.flags(&["--auth-token", TOKEN]).run().succeeded();
    assert!(
        run.log
            .contains("Repository: example-org/rng-challenge, branch challenge\n"),
        "{}",
        run.log
    );
    assert!(!run.log.contains(TOKEN), "{}", run.log);
}

#[test]
fn a_failure_on_a_laptop_is_one_plain_sentence_with_its_place() {
    let world = World::recorded("sample");
    world.host_commits(
        "challenge_config.yaml",
        "published: True\n",
        "published: [True\n",
    );
    let run = world.start_on_a_laptop(&world.check_out());
    let run = run.flags(&["--repository", &world.repository]).run();
    assert_eq!(run.code, Some(1));
    assert_eq!(
        run.log.lines().last(),
        Some("error: challenge_config.yaml:17:12: `,` or `]` was expected here, but `:` is found")
    );
    let run = world.start_on_a_laptop(&world.check_out()).run();
    run.failed_saying("error: the repository's name on GitHub is not known");
}

#[test]
fn without_arguments_the_program_shows_its_help_and_fails() {
    let (code, out, err) = program(&[]);
    assert_eq!((code, out.as_str()), (Some(2), ""));
    for words in [
        "Keeps an EvalAI challenge's GitHub repository equal",
        "Usage: evalai-sync <COMMAND>",
        "  sync ",
    ] {
        assert!(err.contains(words), "{words}: {err}");
    }
}

#[test]
fn help_and_version_are_answers_and_not_failures() {
    let (code, out, err) = program(&["sync", "--help"]);
    assert_eq!((code, err.as_str()), (Some(0), ""));
    let inputs = evalai_sync::action::INPUTS.iter();
    for flag in inputs
        .map(|input| input.name)
        .chain(["workspace", "repository"])
    {
        assert!(
            out.contains(&format!("--{flag} <")) || out.contains(&format!("--{flag} [")),
            "{flag}: {out}"
        );
    }
    let (code, out, _) = program(&["--version"]);
    assert_eq!(
        (code, out),
        (
            Some(0),
            format!("evalai-sync {}\n", env!("CARGO_PKG_VERSION"))
        )
    );
}

#[test]
fn a_flag_that_is_not_one_is_named() {
    let (code, _, err) = program(&["sync", "--brunch", "challenge"]);
    assert_eq!(code, Some(2));
    assert!(
        err.contains("unexpected argument '--brunch'") && err.contains("'--branch'"),
        "{err}"
    );
}
