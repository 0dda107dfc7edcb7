//! Commits through GitHub's API (`commit-via: api`): the same files as by git, in a commit that GitHub signs.

use std::path::Path;

use serde_json::{Value as Json, json};

use crate::git_repos::git;
use crate::hosted::{Hosted, TOKEN};
use crate::packing::{DEFLATED, pack};
use crate::pull_api::PullApi;
use crate::run::Run;
use crate::site::{CONFIG, REPOSITORY, Site};
use crate::world::World;

pub(crate) const API: (&str, &str) = ("commit-via", "api");
const TITLE: &str = "title: Random Number Generator Challenge";
pub(crate) const TERMS: &str = "templates/terms_and_conditions.html";
/// The request that moves the branch.
pub(crate) const MOVE: &str = "PATCH /git/refs/heads/challenge";
/// The requests of a commit that changes one file.
pub(crate) const REQUESTS: [&str; 4] = [
    "POST /git/blobs",
    "POST /git/trees",
    "POST /git/commits",
    MOVE,
];

/// Both sides have agreed, and then the title was changed on EvalAI.
pub(crate) fn edited() -> Site {
    let site = Site::agreed();
    site.edit_title("A new title");
    site
}

/// Runs in `workspace`.
pub(crate) fn run_in(site: &Site, workspace: &Path, inputs: &[(&str, &str)]) -> Run {
    let start = site.hosted.start(workspace);
    let start = start.variable("GITHUB_API_URL", site.api.url());
    let with = |start: crate::run::Start, (name, value): &(&str, &str)| start.input(name, value);
    inputs.iter().fold(start, with).run()
}

/// The commit object at `refname` on the server.
fn object(site: &Site, refname: &str) -> String {
    let remote = site.hosted.world.remote_path();
    git(&remote, &["cat-file", "commit", refname])
}

fn is_signed(site: &Site, refname: &str) -> bool {
    object(site, refname).contains("\ngpgsig -----BEGIN PGP SIGNATURE-----\n")
}

#[test]
fn the_commit_is_githubs_own_and_the_record_the_outputs_and_the_workspace_end_at_it() {
    let site = edited();
    let world = &site.hosted.world;
    let (before, workspace) = (world.tip(), site.hosted.check_out());
    site.hosted.server.take_log();
    let run = run_in(&site, &workspace, &[API]).succeeded();
    assert_eq!(run.result(), "synced", "{}", run.log);
    assert_eq!(site.api.take_log(), REQUESTS);
    let tip = world.tip().to_string();
    assert!(is_signed(&site, "challenge"));
    assert!(!run.log.contains("did not sign"), "{}", run.log);
    assert_eq!(run.output("commit-sha"), tip);
    assert_eq!(run.output("sync-sha"), tip);
    assert!(world.record().unwrap()["record.json"].contains(&tip));
    assert_eq!(git(&workspace, &["rev-parse", "HEAD"]), tip);
    assert_eq!(git(&workspace, &["status", "--porcelain"]), "");
    assert_eq!(
        world
            .remote()
            .find_commit(world.tip())
            .unwrap()
            .parent_id(0)
            .unwrap(),
        before
    );
    assert!(world.message().contains("- title\n\n[skip ci]"));
    assert_eq!(world.files()[CONFIG].0, 0o100_755);
    for repository in [&world.remote_path(), &workspace] {
        git(repository, &["fsck", "--strict"]);
    }
    // Nobody is named, or GitHub would not sign; nothing is forced; no other file is in the tree's entries.
    let commit = &site.api.bodies("POST /git/commits")[0];
    assert_eq!(
        (&commit["author"], &commit["committer"]),
        (&Json::Null, &Json::Null)
    );
    let tree = &site.api.bodies("POST /git/trees")[0];
    let entries = tree["tree"].as_array().unwrap();
    assert_eq!(
        (entries.len(), &entries[0]["path"]),
        (1, &json!(CONFIG)),
        "{tree}"
    );
    assert_eq!(entries[0]["mode"], "100755");
    assert_eq!(
        site.api.bodies(MOVE),
        [json!({ "sha": tip, "force": false })]
    );
    // The branch was moved by the API alone, and the record by git.
    let pushes = site.hosted.server.take_log();
    let pushes = pushes.iter().filter(|request| {
        request
            .line
            .starts_with("POST /remote.git/git-receive-pack")
    });
    assert_eq!(pushes.count(), 1);

    let again = site.run(&[API]).succeeded();
    assert_eq!((again.result(), site.api.take_log()), ("in-sync", vec![]));
}

/// A script with a file that goes, one that comes, one that becomes a folder, and a logo of another type.
fn rearranged() -> World {
    let world = World::recorded("sample");
    let script = |name: &str| format!("evaluation_script/{name}");
    let old: &[(&str, u32, &[u8])] = &[
        ("main.py", 0o100_755, b"print(1)\n"),
        ("__init__.py", 0o100_644, b""),
        ("gone.py", 0o100_644, b"a = 1\n"),
        ("metrics", 0o100_755, b"a = 1\n"),
    ];
    let paths: Vec<_> = old.iter().map(|(name, ..)| script(name)).collect();
    let mut files: Vec<_> = paths
        .iter()
        .zip(old)
        .map(|(path, (_, mode, bytes))| (path.as_str(), Some((*mode, *bytes))))
        .collect();
    files.push((
        "docs/link",
        Some((0o120_000, &b"../challenge_config.yaml"[..])),
    ));
    world.host_arranges(&files);
    let zip = |files: &[(&str, &[u8])]| {
        let zip = pack(DEFLATED, files);
        let name = "script.zip";
        world
            .evalai
            .upload(1, "evaluation_script", name, &zip)
            .unwrap();
    };
    let old: Vec<_> = old.iter().map(|(name, _, bytes)| (*name, *bytes)).collect();
    zip(&old);
    assert_eq!(world.sync().succeeded().result(), "in-sync");
    zip(&[
        ("main.py", b"print(2)\n"),
        ("__init__.py", b""),
        ("moved.py", b"a = 1\n"),
        ("metrics/one.py", b"b = 1\n"),
    ]);
    let png = b"\x89PNG\r\n\x1a\n and so on";
    world.evalai.upload(1, "image", "logo.png", png).unwrap();
    let fields = json!({ "title": "A new title", "description": "<p>New</p>" });
    world.evalai.edit_challenge(1, fields).unwrap();
    world
}

#[test]
fn what_goes_comes_moves_and_becomes_a_folder_is_the_same_as_by_git() {
    let results: Vec<_> = [("commit-via", "git"), API]
        .into_iter()
        .map(|via| {
            let site = Site::of(Hosted::of(rearranged()));
            let run = site.run(&[via]).succeeded();
            assert_eq!(run.result(), "synced", "{}", run.log);
            assert_eq!(is_signed(&site, "challenge"), via == API);
            let world = &site.hosted.world;
            let mut files = world.files();
            // It names the port of this EvalAI.
            files.remove("github/host_config.json");
            (
                files,
                world.message(),
                run.output("changed-files").to_owned(),
            )
        })
        .collect();
    assert_eq!(results[0], results[1]);
    let (files, ..) = &results[1];
    let there = |path: &str| files.contains_key(&format!("evaluation_script/{path}"));
    assert!(there("metrics/one.py") && there("moved.py") && !there("gone.py"));
    assert!(files.contains_key("logo.png") && !files.contains_key("logo.jpg"));
    assert_eq!(files["docs/link"].0, 0o120_000);
    assert_eq!(files["evaluation_script/main.py"].0, 0o100_755);
}

#[test]
fn what_a_rule_refuses_is_proposed_in_a_signed_commit_or_fails() {
    let refusals = [
        (422, "Changes must be made through a pull request."),
        (
            422,
            "Repository rule violations found\n\nChanges must be made through a pull request.\n\n",
        ),
        (422, "Required status check \"ci\" is expected."),
        (
            403,
            "Protected branch update failed for refs/heads/challenge.",
        ),
        (
            409,
            "Protected branch update failed for refs/heads/challenge.",
        ),
    ];
    for (status, words) in refusals {
        let site = edited();
        let before = (site.hosted.world.tip(), site.hosted.world.record());
        site.api.set(|settings| {
            settings.refused.insert(MOVE, (status, words));
        });
        let run = site.run(&[API, ("on-protected", "fail")]);
        let run = run.failed_saying("refs/heads/challenge is protected: ");
        assert!(
            run.log.contains(words.lines().next().unwrap()),
            "{}",
            run.log
        );
        let run = site.run(&[API]).succeeded();
        assert_eq!(run.result(), "proposed", "{}", run.log);
        assert!(run.log.contains("The branch is protected"), "{}", run.log);
        let after = (site.hosted.world.tip(), site.hosted.world.record());
        assert_eq!(before, after);
        // A branch that takes signed commits only takes no others from a pull request.
        let head = site.head().unwrap().to_string();
        assert!(is_signed(&site, &head));
        assert!(!object(&site, &head).contains("[skip ci]"));
        let again = site.run(&[API]).succeeded();
        assert_eq!(again.result(), "proposed", "{}", again.log);
        assert_eq!(
            site.head().unwrap().to_string(),
            head,
            "it knows its own commit again"
        );
    }
}

#[test]
fn a_file_that_the_api_does_not_take_is_named_before_anything_is_sent() {
    let site = edited();
    let large = vec![b'7'; 41 << 20];
    let phase = site.hosted.world.evalai.phases(1)[0];
    let evalai = &site.hosted.world.evalai;
    evalai.upload_annotation(phase, "a.json", &large).unwrap();
    let workspace = site.hosted.check_out();
    let before = site.hosted.everything(&workspace);
    let run = run_in(&site, &workspace, &[API]);
    let run = run.failed_saying("annotations/test_annotations_devsplit.json is too large for a commit through GitHub's API: it has 41.0 MiB, and the API takes no file over 40 MiB.");
    assert!(run.log.contains("`commit-via: git`"), "{}", run.log);
    assert_eq!(site.api.take_log(), Vec::<String>::new());
    assert!(site.hosted.everything(&workspace) == before);
}

#[test]
fn a_named_committer_is_told_to_github_and_costs_the_signature() {
    let site = edited();
    let run = site.run(&[
        API,
        ("committer-name", "Sync Bot"),
        ("committer-email", "bot@example.org"),
    ]);
    let run = run.succeeded();
    assert!(!is_signed(&site, "challenge"));
    let object = object(&site, "challenge");
    for line in [
        "author Sync Bot <bot@example.org> ",
        "committer Sync Bot <bot@example.org> ",
    ] {
        assert!(object.contains(line), "{object}");
    }
    let told = "GitHub made the commit, but did not sign it (unsigned)";
    assert!(run.log.contains(told), "{}", run.log);
}

#[test]
fn a_dry_run_asks_github_for_nothing() {
    let site = edited();
    let run = site.run(&[API, ("mode", "dry-run")]).succeeded();
    assert_eq!(run.result(), "dry-run");
    assert_eq!(site.api.take_log(), Vec::<String>::new());
    site.assert_nothing_written();
}

#[test]
fn without_a_token_or_on_another_server_it_is_refused_at_the_start() {
    let site = edited();
    let workspace = site.hosted.check_out();
    let before = site.hosted.everything(&workspace);
    let told = "`commit-via: api` works with GitHub's API: pass a token that may write the repository's contents as `auth-token`, in a checkout whose remote is on ";
    let none = site.hosted.start_without_token(&workspace);
    none.input(API.0, API.1).run().failed_saying(told);
    let elsewhere = site.hosted.start(&workspace).input(API.0, API.1);
    let elsewhere = elsewhere.variable("GITHUB_SERVER_URL", "https://github.com");
    elsewhere
        .run()
        .failed_saying(&format!("{told}https://github.com"));
    assert_eq!(site.api.take_log(), Vec::<String>::new());
    assert!(site.hosted.everything(&workspace) == before);
}

#[test]
fn an_import_and_the_paths_of_github_enterprise_server_work() {
    let readme = std::collections::BTreeMap::from([("README.md".to_owned(), b"# A\n".to_vec())]);
    let world = World::new(evalai_stand_in::Seed::sample(), 1, &readme);
    let hosted = Hosted::of(world);
    let api = PullApi::start(&hosted.world.remote_path(), REPOSITORY, TOKEN, "/api/v3");
    let site = Site { hosted, api };
    let run = site
        .run(&[API, ("mode", "import"), ("challenge-id", "1")])
        .succeeded();
    assert_eq!(run.result(), "synced", "{}", run.log);
    assert!(is_signed(&site, "challenge"));
    assert!(site.hosted.world.file(CONFIG).contains(TITLE));
}
