//! What a workspace tells, and remotes that are folders.

#![allow(clippy::unwrap_used, reason = "test code")]

#[path = "support/git_repos.rs"]
mod git_repos;
#[path = "support/git_server.rs"]
mod git_server;
#[path = "support/git_sync.rs"]
mod git_sync;

use evalai_sync::repository::git::{Credentials, GitError, RemoteUrl, Scratch, Workspace};
use git_repos::{BRANCH, HEAD, Hosting, git, id, write};
use git_sync::Sync;

#[test]
fn a_folder_remote_that_is_itself_cut_off_has_no_more_to_give() {
    let hosting = Hosting::new();
    let full = format!("file://{}", hosting.bare().display());
    git(
        hosting.root(),
        &[
            "clone",
            "-q",
            "--bare",
            "--depth=2",
            "-b",
            BRANCH,
            &full,
            "cut.git",
        ],
    );
    let url = RemoteUrl::parse(hosting.root().join("cut.git").to_str().unwrap()).unwrap();
    let mut scratch = Scratch::open(None, url, Credentials::default()).unwrap();
    let head = scratch.fetch(HEAD, 1).unwrap();
    let ids = git(&hosting.bare(), &["rev-list", BRANCH]);
    let ids: Vec<_> = ids.lines().map(id).collect();
    assert_eq!(
        scratch.history(HEAD, head, ids[1], 10).unwrap(),
        Some(ids[..2].to_vec())
    );
    assert_eq!(scratch.history(HEAD, head, ids[3], 10).unwrap(), None);
}

#[test]
fn a_folder_that_is_no_checkout_is_refused_with_the_reason() {
    let dir = tempfile::tempdir().unwrap();
    write(&dir.path().join("strange/.git"), "strange");
    write(
        &dir.path().join("far/.git"),
        "gitdir: /nowhere/.git/worktrees/far\n",
    );
    write(
        &dir.path().join("partial/.git/HEAD"),
        "ref: refs/heads/main\n",
    );
    std::fs::create_dir_all(dir.path().join("plain")).unwrap();
    for (name, reason) in [
        ("absent", "No such file"),
        ("plain", "it holds no .git"),
        ("strange", "does not name a git folder"),
        ("far", "/nowhere/.git/worktrees/far is not on this machine"),
        ("partial", "not a repository"),
    ] {
        let error = Workspace::open(&dir.path().join(name)).err().unwrap();
        assert!(matches!(error, GitError::NotACheckout { .. }), "{error:?}");
        assert!(error.to_string().contains(reason), "{error}");
    }
}

#[test]
fn the_origin_is_told_without_credentials_and_the_slug_comes_from_it() {
    let sync = Sync::over_a_folder();
    let origin = |url: &str| {
        sync.git(&["remote", "set-url", "origin", url]);
        let url = sync.workspace.origin_url().unwrap().unwrap();
        (url.to_string(), url.slug())
    };
    let github = ("https://github.com/o/n".to_owned(), Some("o/n".to_owned()));
    assert_eq!(
        origin("https://x-access-token:s3cret@github.com/o/n"),
        github
    );
    assert_eq!(origin("git@github.com:o/n"), github);
    assert_eq!(origin("../challenge.git").1, None);
    sync.git(&["remote", "remove", "origin"]);
    assert_eq!(sync.workspace.origin_url().unwrap(), None);
}

#[test]
fn a_remote_that_is_no_repository_is_told() {
    for missing in ["/nowhere/challenge.git", "file:///nowhere/challenge.git"] {
        let url = RemoteUrl::parse(missing).unwrap();
        let error = Scratch::open(None, url, Credentials::default())
            .err()
            .unwrap();
        assert!(
            matches!(error, GitError::RepositoryNotFound { .. }),
            "{error:?}"
        );
    }
}

#[test]
fn the_whole_history_of_a_folder_remote_is_at_hand() {
    let mut sync = Sync::over_a_folder();
    let bare = sync.hosting.bare();
    let all: Vec<_> = git(&bare, &["rev-list", BRANCH]).lines().map(id).collect();
    assert_eq!(
        sync.scratch.history(HEAD, all[0], all[3], 10).unwrap(),
        Some(all.clone())
    );
    let pushed = sync.hosting.somebody_pushes("x");
    assert_eq!(sync.scratch.fetch(HEAD, 1).unwrap(), pushed);
    assert_eq!(
        sync.scratch
            .history(HEAD, pushed, all[3], 10)
            .unwrap()
            .unwrap()
            .len(),
        5
    );
    assert_eq!(sync.git(&["rev-list", "--count", "HEAD"]), "1");
}

#[test]
fn the_types_can_be_moved_into_a_blocking_task() {
    fn is_send<T: Send>() {}
    is_send::<Workspace>();
    is_send::<Scratch>();
}
