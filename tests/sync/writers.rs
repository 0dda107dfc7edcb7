//! Many who write to one branch at the same time.

use std::path::Path;
use std::thread;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use crate::git_repos::{commit_all, git, try_git, write};
use crate::hosted::{Hosted, TOKEN};

const WRITERS: usize = 20;
const SYNCS: usize = 3;

/// What a run says that gave up because others came first each time.
const LOST: [&str; 2] = ["other pushes came first", "refused 6 times to move"];

/// One host pushes a file of their own, and rebases as often as somebody else was faster; how often that was.
fn pushes(hosted: &Hosted, workspace: &Path, name: &str) -> usize {
    let basic = STANDARD.encode(format!("x-access-token:{TOKEN}"));
    let header = format!("http.extraheader=AUTHORIZATION: basic {basic}");
    write(&workspace.join(name), "Of a host.\n");
    commit_all(workspace, &format!("Add {name}"));
    let mut lost = 0;
    loop {
        let push = ["-c", &header, "push", "-q", "origin", "HEAD:challenge"];
        if try_git(workspace, &push).status.success() {
            return lost;
        }
        lost += 1;
        assert!(lost < 500, "{name} never arrives on {}", hosted.url());
        let pull = [
            "-c",
            &header,
            "pull",
            "-q",
            "--rebase",
            "origin",
            "challenge",
        ];
        git(workspace, &pull);
    }
}

#[test]
fn twenty_writers_and_three_syncs_at_once_lose_nothing() {
    let hosted = Hosted::agreed();
    let before = hosted.world.tip();
    let title = json!({ "title": "A new title" });
    hosted.world.evalai.edit_challenge(1, title).unwrap();
    // Each has a checkout of the same commit.
    let writers: Vec<_> = (0..WRITERS)
        .map(|number| (format!("host-{number}.md"), hosted.check_out()))
        .collect();
    let syncs: Vec<_> = (0..SYNCS).map(|_| hosted.check_out()).collect();
    let (lost, runs) = thread::scope(|scope| {
        let hosted = &hosted;
        let hosts: Vec<_> = writers
            .iter()
            .map(|(name, workspace)| scope.spawn(move || pushes(hosted, workspace, name)))
            .collect();
        let runs: Vec<_> = syncs
            .iter()
            .map(|workspace| scope.spawn(move || hosted.start(workspace).run()))
            .collect();
        let lost: usize = hosts.into_iter().map(|host| host.join().unwrap()).sum();
        let runs: Vec<_> = runs.into_iter().map(|run| run.join().unwrap()).collect();
        (lost, runs)
    });
    let remote = hosted.world.remote_path();
    let mut gave_up = 0;
    for run in &runs {
        match run.code {
            Some(0) => {}
            Some(1) if LOST.iter().any(|words| run.log.contains(words)) => gave_up += 1,
            other => panic!("{other:?}: {}\n{}", run.log, run.errors),
        }
    }
    // Whoever gave up leaves it to the next run.
    let last = hosted.start(&hosted.check_out()).run().succeeded();
    let range = format!("{before}..challenge");
    let subjects = git(&remote, &["log", "--format=%s", &range]);
    let mut subjects: Vec<_> = subjects.lines().collect();
    subjects.sort_unstable();
    let mut expected: Vec<_> = (writers.iter())
        .map(|(name, _)| format!("Add {name}"))
        .chain(["Sync from EvalAI: title".to_owned()])
        .collect();
    expected.sort_unstable();
    assert_eq!(subjects, expected, "{}", last.log);
    assert_eq!(
        git(&remote, &["rev-list", "--min-parents=2", "challenge"]),
        "",
        "it is linear"
    );
    let files = hosted.world.files();
    assert!(writers.iter().all(|(name, _)| files.contains_key(name)));
    let config = hosted.world.file("challenge_config.yaml");
    assert_eq!(config.matches("title: A new title\n").count(), 1);
    assert_eq!(
        hosted.world.record().unwrap()["values/title.txt"],
        "A new title"
    );
    git(&remote, &["fsck", "--strict"]);
    let settled = hosted.start(&hosted.check_out()).run().succeeded();
    assert_eq!(settled.result(), "in-sync", "{}", settled.log);
    println!(
        "{WRITERS} writers and {SYNCS} syncs at once: {} commits arrived, the writers rebased {lost} times, {gave_up} syncs gave up",
        subjects.len()
    );
}
