//! A branch that takes no pushes: the changes become a pull request, or the run fails.

use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt;

use evalai_stand_in::Seed;

use crate::hosted::Hosted;
use crate::site::{CONFIG, Site};
use crate::world::World;

/// What GitHub says, by rule.
const REFUSALS: [&str; 5] = [
    "error: GH006: Protected branch update failed for refs/heads/challenge.\n\n- Changes must be made through a pull request.",
    "error: GH006: Protected branch update failed for refs/heads/challenge.\nerror: At least 1 approving review is required by reviewers with write access.",
    "error: GH006: Protected branch update failed for refs/heads/challenge.\nerror: This branch must not contain merge commits.",
    "error: GH013: Repository rule violations found for refs/heads/challenge.\nReview all repository rules at https://github.com/o/r/rules?ref=refs%2Fheads%2Fchallenge\n\n- Changes must be made through a pull request.",
    "error: GH013: Repository rule violations found for refs/heads/challenge.\n\n- Commits must have verified signatures.\n  Found 1 violation:",
];

/// Only pushes to the branch are refused, with these words.
fn protect(hosted: &Hosted, words: &str) {
    let hook = hosted.world.remote_path().join("hooks/pre-receive");
    std::fs::create_dir_all(hook.parent().unwrap()).unwrap();
    let script = format!(
        "#!/bin/sh\nwhile read old new ref; do\n  if [ \"$ref\" = refs/heads/challenge ]; then\n    cat >&2 <<'SAID'\n{words}\nSAID\n    exit 1\n  fi\ndone\n"
    );
    std::fs::write(&hook, script).unwrap();
    std::fs::set_permissions(hook, PermissionsExt::from_mode(0o755)).unwrap();
}

#[test]
fn what_a_protected_branch_refuses_becomes_a_pull_request_that_says_why() {
    for words in REFUSALS {
        let site = Site::agreed();
        let record = site.hosted.world.record();
        protect(&site.hosted, words);
        site.edit_title("A new title");
        let run = site.run(&[]).succeeded();
        assert_eq!(
            (run.result(), run.output("changed")),
            ("proposed", "false"),
            "{}",
            run.log
        );
        let said = words.lines().last().unwrap().trim_start_matches("error: ");
        let said = said.trim();
        assert!(
            run.log
                .contains("The branch is protected, so the changes are proposed in a pull request"),
            "{}",
            run.log
        );
        assert!(run.log.contains(said), "{said}: {}", run.log);
        let report = &run.report.as_ref().unwrap()["pull_request"];
        assert_eq!(
            (
                &report["why"],
                report["refusal"].as_str().unwrap().contains("GH0")
            ),
            (&"protected".into(), true)
        );
        assert!(
            run.summary.contains("The branch is protected"),
            "{}",
            run.summary
        );
        let pull = site.api.newest();
        assert!(
            pull.body
                .contains("The branch is protected and refused a push"),
            "{}",
            pull.body
        );
        assert_eq!(site.hosted.world.record(), record, "nothing is agreed yet");
    }
}

#[test]
fn the_pull_request_of_a_protected_branch_is_left_alone_merged_and_tidied_up() {
    let site = Site::agreed();
    protect(&site.hosted, REFUSALS[0]);
    site.edit_title("A new title");
    site.run(&[]).succeeded();
    let head = site.head();
    site.api.take_log();
    let run = site.run(&[]).succeeded();
    assert_eq!(
        (run.result(), site.head()),
        ("proposed", head),
        "{}",
        run.log
    );
    let asked = site.api.take_log();
    assert!(asked.iter().all(|line| line == "GET /pulls"), "{asked:?}");
    site.api.merge();
    let run = site.run(&[]).succeeded();
    assert_eq!(run.result(), "in-sync", "{}", run.log);
    assert_eq!(
        site.hosted.world.record().unwrap()["values/title.txt"],
        "A new title"
    );
    assert_eq!(site.head(), None);
}

#[test]
fn once_the_protection_is_lifted_the_commit_is_pushed_and_the_pull_request_closed() {
    let site = Site::agreed();
    protect(&site.hosted, REFUSALS[0]);
    site.edit_title("A new title");
    site.run(&[]).succeeded();
    std::fs::remove_file(site.hosted.world.remote_path().join("hooks/pre-receive")).unwrap();
    let run = site.run(&[]).succeeded();
    assert_eq!(run.result(), "synced", "{}", run.log);
    assert!(site.hosted.world.message().contains("[skip ci]"));
    assert!(!site.api.newest().open);
    assert_eq!(site.head(), None);
}

#[test]
fn a_host_may_want_a_refused_push_to_fail() {
    let site = Site::agreed();
    protect(&site.hosted, REFUSALS[3]);
    site.edit_title("A new title");
    let run = site.run(&[("on-protected", "fail")]);
    let run = run.failed_saying("refs/heads/challenge is protected: ");
    assert!(run.log.contains("GH013"), "{}", run.log);
    assert_eq!((site.api.pulls().len(), site.head()), (0, None));
}

#[test]
fn a_rule_for_every_branch_is_told_with_what_the_branch_itself_refused() {
    let site = Site::agreed();
    site.hosted.refuse_pushes(
        "error: GH013: Repository rule violations found. Commits must have verified signatures.",
    );
    site.edit_title("A new title");
    let run = site.run(&[]);
    let run = run.failed_saying("the branch challenge is protected");
    assert!(
        run.log.contains("refs/heads/evalai-sync/1 is protected"),
        "{}",
        run.log
    );
}

#[test]
fn an_import_that_a_protected_branch_refuses_is_proposed_and_agreed_after_the_merge() {
    let readme = BTreeMap::from([("README.md".to_owned(), b"# A challenge\n".to_vec())]);
    let world = World::new(Seed::sample(), 1, &readme);
    let site = Site::of(Hosted::of(world));
    protect(&site.hosted, REFUSALS[0]);
    let import = [("mode", "import"), ("challenge-id", "1")];
    for _ in 0..2 {
        let run = site.run(&import).succeeded();
        assert_eq!(run.result(), "proposed", "{}", run.log);
    }
    assert_eq!(site.api.pulls().len(), 1);
    assert!(site.files().lines().any(|file| file == CONFIG));
    site.api.merge();
    let run = site.run(&[]).succeeded();
    assert_eq!(run.output("pull-request"), "", "{}", run.log);
    assert!(
        site.hosted
            .world
            .record()
            .unwrap()
            .contains_key("values/title.txt")
    );
}
