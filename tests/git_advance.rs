//! What the workspace looks like after it was brought to the published commit.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "test code")]

#[path = "support/git_repos.rs"]
mod git_repos;
#[path = "support/git_server.rs"]
mod git_server;
#[path = "support/git_sync.rs"]
mod git_sync;

use std::collections::BTreeMap;
use std::os::unix::fs::{MetadataExt, PermissionsExt, lchown};
use std::path::{Path, PathBuf};

use evalai_sync::repository::git::{Advanced, Change, Head, Workspace};
use git_repos::{BRANCH, CONFIG, HEAD, assert_sound, author, git, write};
use git_sync::Sync;

const SYNCED: &str = "title: Synced\r\nid: 1\r\n";
const DESCRIPTION: &str = "templates/description.html";

fn moved() -> Advanced {
    Advanced::Moved {
        left_alone: Vec::new(),
    }
}

#[test]
fn a_shallow_clone_ends_at_the_published_commit_and_holds_nothing_else_new() {
    for mut sync in [Sync::over_http(), Sync::over_a_folder()] {
        let kept = |sync: &Sync| {
            let refs = sync.git(&["for-each-ref", "--format=%(refname)"]);
            let config = std::fs::read(sync.path.join(".git/config")).unwrap();
            (
                refs,
                config,
                std::fs::read(sync.path.join(".git/shallow")).unwrap(),
            )
        };
        let before = kept(&sync);
        let commit = sync.publish(&[(CONFIG, SYNCED), ("templates/new/a.html", "<p>A</p>")]);
        assert_eq!(
            kept(&sync),
            before,
            "nothing changes before the workspace is advanced"
        );
        assert_eq!(sync.git(&["rev-parse", "HEAD"]), sync.from.to_string());
        assert_eq!(sync.text(CONFIG), "title: Four\r\nid: 1\r\n");

        assert_eq!(sync.advance(commit), moved(), "{}", sync.url);
        assert_eq!(kept(&sync), before);
        assert_eq!(sync.git(&["symbolic-ref", "HEAD"]), HEAD);
        assert_eq!(
            sync.git(&["log", "--format=%H"]),
            format!("{commit}\n{}", sync.from)
        );
        assert_eq!(
            sync.git(&["diff-index", "HEAD"]),
            "",
            "before git has looked at the files"
        );
        assert_eq!(sync.git(&["status", "--porcelain"]), "");
        assert_eq!(sync.text(CONFIG), SYNCED);
        assert_eq!(sync.text("templates/new/a.html"), "<p>A</p>");
        assert_eq!(
            sync.path.join(CONFIG).metadata().unwrap().mode() & 0o111,
            0o111
        );
        assert_sound(&sync.path);
        assert_sound(&sync.hosting.bare());
        assert_eq!(sync.advance(commit), moved(), "again");
    }
}

#[test]
fn a_detached_head_stays_detached_at_the_published_commit() {
    let mut sync = Sync::after(|path| drop(git(path, &["checkout", "-q", "--detach"])));
    let head = sync.workspace.head().unwrap();
    assert_eq!(
        head,
        Head {
            branch: None,
            commit: Some(sync.from)
        }
    );
    let commit = sync.publish(&[(CONFIG, SYNCED)]);
    assert_eq!(sync.advance(commit), moved());
    assert_eq!(
        sync.workspace.head().unwrap(),
        Head {
            branch: None,
            commit: Some(commit)
        }
    );
    assert_eq!(
        sync.git(&["rev-parse", HEAD]),
        sync.from.to_string(),
        "the branch here stays"
    );
    assert_eq!(sync.git(&["status", "--porcelain"]), "");
}

#[test]
fn what_was_pushed_meanwhile_arrives_as_well_and_the_clone_stays_sound() {
    for mut sync in [Sync::over_http(), Sync::over_a_folder()] {
        for text in ["<p>A</p>\n", "<p>B</p>\n"] {
            sync.hosting.somebody_pushes(text);
        }
        let commit = sync.publish(&[(CONFIG, SYNCED)]);
        assert_eq!(sync.advance(commit), moved(), "{}", sync.url);
        assert_eq!(sync.text("templates/terms.html"), "<p>B</p>\n");
        assert_eq!(
            sync.git(&["log", "--format=%s"]),
            "Sync\nTerms\nTerms\nFour",
            "{}",
            sync.url
        );
        assert_eq!(sync.git(&["status", "--porcelain"]), "");
        assert_sound(&sync.path);
        sync.git(&["fetch", "-q", "--unshallow"]);
        assert_eq!(sync.git(&["rev-list", "--count", "HEAD"]), "7");
        assert_sound(&sync.path);
    }
}

#[test]
fn a_merged_side_branch_that_is_cut_off_leaves_the_clone_sound() {
    let mut sync = Sync::over_http();
    let other = sync.hosting.clone("challenge.git", "other", None);
    git(&other, &["checkout", "-q", "-b", "side", "origin/main"]);
    for number in 0..30 {
        git(
            &other,
            &[
                "commit",
                "-q",
                "--allow-empty",
                "-m",
                &format!("Side {number}"),
            ],
        );
    }
    git(&other, &["checkout", "-q", BRANCH]);
    git(
        &other,
        &["merge", "-q", "-s", "ours", "-m", "Merge", "side"],
    );
    git(&other, &["push", "-q", "origin", BRANCH]);
    let commit = sync.publish(&[(CONFIG, SYNCED)]);
    assert_eq!(sync.advance(commit), moved());
    let log = sync.git(&["log", "--format=%s"]);
    assert!(
        log.starts_with("Sync\nMerge\n") && !log.contains("Side 0\n"),
        "{log}"
    );
    assert_sound(&sync.path);
}

#[test]
fn a_workspace_of_another_user_is_used_and_stays_all_theirs() {
    const RUNNER: u32 = 1001;
    let mut sync = Sync::over_http();
    if sync.path.metadata().unwrap().uid() != 0 {
        println!("skipped: only root can give a workspace to another user");
        return;
    }
    let give_all = |sync: &Sync| {
        for path in walk(&sync.path) {
            if path.symlink_metadata().unwrap().uid() != RUNNER {
                lchown(path, Some(RUNNER), Some(RUNNER)).unwrap();
            }
        }
    };
    give_all(&sync);
    sync.git(&["update-index", "--refresh"]);
    give_all(&sync);
    assert!(
        git2::Repository::open(&sync.path).is_err(),
        "libgit2 minds the owner"
    );
    sync.workspace = Workspace::open(&sync.path).unwrap();
    sync.hosting.somebody_pushes("<p>New</p>\n");
    let commit = sync.publish(&[(CONFIG, SYNCED), ("brand/new/file.html", "x")]);
    assert_eq!(sync.advance(commit), moved());
    for path in walk(&sync.path) {
        let metadata = path.symlink_metadata().unwrap();
        assert_eq!(
            (metadata.uid(), metadata.gid()),
            (RUNNER, RUNNER),
            "{}",
            path.display()
        );
    }
    assert_eq!(
        sync.git(&["diff-index", "HEAD"]),
        "",
        "before git has looked at the files"
    );
    assert_eq!(sync.git(&["log", "-1", "--format=%H"]), commit.to_string());
    assert_sound(&sync.path);
}

#[test]
fn what_else_is_modified_in_the_workspace_stays_as_it_is() {
    let mut sync = Sync::over_a_folder();
    write(&sync.path.join("templates/terms.html"), "my own\n");
    write(&sync.path.join("staged.txt"), "staged\n");
    sync.git(&["add", "staged.txt"]);
    write(&sync.path.join("untracked.txt"), "untracked\n");
    std::fs::remove_file(sync.path.join("logo.jpg")).unwrap();
    let before = sync.git(&["status", "--porcelain"]);
    assert_eq!(before.lines().count(), 4);
    let commit = sync.publish(&[(CONFIG, SYNCED)]);
    assert_eq!(sync.advance(commit), moved());
    assert_eq!(sync.git(&["status", "--porcelain"]), before);
    assert_eq!(sync.text("templates/terms.html"), "my own\n");
    assert_eq!(
        git(
            &sync.hosting.bare(),
            &["diff", "--name-only", "challenge^", BRANCH]
        ),
        CONFIG
    );
}

#[test]
fn a_file_that_was_modified_here_is_left_alone_and_named() {
    let mut sync = Sync::over_a_folder();
    write(&sync.path.join(CONFIG), "mine");
    write(&sync.path.join("new.html"), "mine, untracked");
    write(&sync.path.join("templates/terms.html"), "mine, staged");
    sync.git(&["add", "templates/terms.html"]);
    write(&sync.path.join(".git/info/exclude"), "ignored.txt\n");
    write(&sync.path.join("ignored.txt"), "mine, ignored");
    std::fs::remove_file(sync.path.join("logo.jpg")).unwrap();
    let commit = sync.publish(&[
        (CONFIG, SYNCED),
        (DESCRIPTION, "<p>Synced</p>\n"),
        ("ignored.txt", "synced"),
        ("logo.jpg", "picture"),
        ("new.html", "synced"),
        ("templates/terms.html", "synced"),
    ]);
    let left_alone = [
        CONFIG,
        "ignored.txt",
        "logo.jpg",
        "new.html",
        "templates/terms.html",
    ];
    assert_eq!(
        sync.advance(commit),
        Advanced::Moved {
            left_alone: left_alone.map(str::to_owned).to_vec()
        }
    );
    assert_eq!(sync.text(CONFIG), "mine");
    assert_eq!(sync.text("new.html"), "mine, untracked");
    assert_eq!(sync.text("ignored.txt"), "mine, ignored");
    assert_eq!(sync.text("templates/terms.html"), "mine, staged");
    assert_eq!(sync.text(DESCRIPTION), "<p>Synced</p>\n");
    assert!(!sync.path.join("logo.jpg").exists());
    let status = " M challenge_config.yaml\n M ignored.txt\n D logo.jpg\n M new.html\nM  templates/terms.html";
    assert_eq!(
        format!(" {}", sync.git(&["status", "--porcelain"]).trim_start()),
        status
    );
}

#[test]
fn a_file_that_already_holds_the_published_text_is_in_step_afterwards() {
    let mut sync = Sync::over_a_folder();
    write(&sync.path.join(CONFIG), SYNCED);
    write(&sync.path.join("new.html"), "synced");
    sync.git(&["add", "new.html"]);
    let commit = sync.publish(&[(CONFIG, SYNCED), ("new.html", "synced")]);
    assert_eq!(sync.advance(commit), moved());
    assert_eq!(sync.git(&["status", "--porcelain"]), "");
}

#[test]
fn a_file_that_a_sparse_checkout_keeps_out_stays_out() {
    let mut sync = Sync::over_a_folder();
    sync.git(&["update-index", "--skip-worktree", "logo.jpg"]);
    std::fs::remove_file(sync.path.join("logo.jpg")).unwrap();
    let commit = sync.publish(&[("logo.jpg", "picture"), (CONFIG, SYNCED)]);
    assert_eq!(sync.advance(commit), moved());
    assert!(!sync.path.join("logo.jpg").exists());
    assert_eq!(sync.git(&["status", "--porcelain"]), "");
}

#[test]
fn a_deleted_file_goes_from_the_workspace_too() {
    let mut sync = Sync::over_a_folder();
    let head = sync.scratch.fetch(HEAD, 1).unwrap();
    let deletion = [("templates/terms.html".to_owned(), Change::Delete)].into();
    let commit = sync
        .scratch
        .commit(Some(head), &deletion, "Sync", &author())
        .unwrap();
    sync.scratch.push(commit, HEAD, Some(head)).unwrap();
    assert_eq!(sync.advance(commit), moved());
    assert!(!sync.path.join("templates/terms.html").exists());
    assert_eq!(sync.git(&["status", "--porcelain"]), "");
}

#[test]
fn line_endings_set_by_attributes_are_kept_and_no_program_of_the_repository_is_run() {
    let mut sync = Sync::after(|path| {
        let ran = path.join("../ran").display().to_string();
        write(
            &path.join(".git/info/attributes"),
            "*.html text eol=crlf\n*.yaml filter=evil\n",
        );
        for way in ["smudge", "clean", "process"] {
            git(
                path,
                &[
                    "config",
                    &format!("filter.evil.{way}"),
                    &format!("touch {ran}; cat"),
                ],
            );
        }
        for hook in [
            "post-checkout",
            "reference-transaction",
            "post-commit",
            "pre-push",
        ] {
            let hook = path.join(".git/hooks").join(hook);
            write(&hook, &format!("#!/bin/sh\ntouch {ran}\n"));
            std::fs::set_permissions(hook, PermissionsExt::from_mode(0o755)).unwrap();
        }
    });
    let commit = sync.publish(&[(CONFIG, SYNCED), (DESCRIPTION, "<p>A</p>\n<p>B</p>\n")]);
    assert_eq!(sync.advance(commit), moved());
    assert_eq!(sync.text(DESCRIPTION), "<p>A</p>\r\n<p>B</p>\r\n");
    assert!(!sync.hosting.root().join("ran").exists());
    assert_eq!(
        sync.git(&["diff", "--name-only", "HEAD", "--", "templates"]),
        ""
    );
}

#[test]
fn a_workspace_may_lie_a_thousand_commits_behind() {
    for (pushed, moves) in [(999, true), (1000, false)] {
        let mut sync = Sync::over_a_folder();
        let before = contents(&sync.path);
        let bare = git2::Repository::open(sync.hosting.bare()).unwrap();
        let mut tip = bare.find_commit(sync.from).unwrap();
        for _ in 0..pushed {
            let tree = tip.tree().unwrap();
            let next = {
                let author = tip.author();
                bare.commit(Some(HEAD), &author, &author, "More", &tree, &[&tip])
            };
            tip = bare.find_commit(next.unwrap()).unwrap();
        }
        // With this one, a thousand or one more.
        let commit = sync.publish(&[(CONFIG, SYNCED)]);
        let advanced = sync.advance(commit);
        if moves {
            assert_eq!(advanced, moved());
            assert_eq!(sync.text(CONFIG), SYNCED);
        } else {
            assert_eq!(advanced, Advanced::Diverged);
            assert_eq!(contents(&sync.path), before);
        }
    }
}

#[test]
fn a_workspace_that_has_something_else_checked_out_is_not_touched() {
    type Arrange = fn(&Path);
    let cases: [(&str, Arrange, Advanced); 5] = [
        (
            "another branch",
            |path| drop(git(path, &["checkout", "-q", "-b", "work"])),
            Advanced::NotOnBranch,
        ),
        (
            "detached elsewhere",
            |path| {
                git(path, &["checkout", "-q", "--detach"]);
                git(
                    path,
                    &[
                        "commit",
                        "-q",
                        "--allow-empty",
                        "-m",
                        "Merge of a pull request",
                    ],
                );
            },
            Advanced::NotOnBranch,
        ),
        (
            "a branch without a commit",
            |path| drop(git(path, &["symbolic-ref", "HEAD", "refs/heads/new"])),
            Advanced::NotOnBranch,
        ),
        (
            "a commit never pushed",
            |path| drop(git(path, &["commit", "-q", "--allow-empty", "-m", "Mine"])),
            Advanced::Diverged,
        ),
        (
            "a merge under way",
            |path| {
                write(
                    &path.join(".git/MERGE_HEAD"),
                    &git(path, &["rev-parse", "HEAD"]),
                );
            },
            Advanced::Busy,
        ),
    ];
    for (name, arrange, expected) in cases {
        let mut sync = Sync::after(arrange);
        let before = contents(&sync.path);
        let commit = sync.publish(&[(CONFIG, SYNCED)]);
        assert_eq!(sync.advance(commit), expected, "{name}");
        assert_eq!(contents(&sync.path), before, "{name}");
        assert_eq!(sync.hosting.head(BRANCH), commit, "{name}");
    }
}

#[test]
fn a_linked_working_tree_is_a_workspace_too() {
    let mut sync = Sync::over_a_folder();
    let main = sync.path.clone();
    git(&main, &["checkout", "-q", "--detach"]);
    git(&main, &["worktree", "add", "-q", "../linked", BRANCH]);
    sync.path = sync.hosting.root().join("linked");
    sync.workspace = Workspace::open(&sync.path).unwrap();
    let commit = sync.publish(&[(CONFIG, SYNCED)]);
    assert_eq!(sync.advance(commit), moved());
    assert_eq!(sync.text(CONFIG), SYNCED);
    assert_eq!(sync.git(&["status", "--porcelain"]), "");
    assert_eq!(git(&main, &["rev-parse", "HEAD"]), sync.from.to_string());
    assert_sound(&main);
}

/// Everything below `dir`, and itself.
fn walk(dir: &Path) -> Vec<PathBuf> {
    let mut found = vec![dir.to_owned()];
    let mut next = 0;
    while next < found.len() {
        if found[next].symlink_metadata().unwrap().is_dir() {
            found.extend(
                std::fs::read_dir(&found[next])
                    .unwrap()
                    .map(|entry| entry.unwrap().path()),
            );
        }
        next += 1;
    }
    found
}

fn contents(dir: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    walk(dir)
        .into_iter()
        .filter_map(|path| Some((path.clone(), std::fs::read(path).ok()?)))
        .collect()
}
