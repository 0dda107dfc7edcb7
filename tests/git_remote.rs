//! What is read from a remote over http, and who is told the token.

#![allow(clippy::unwrap_used, clippy::panic, reason = "test code")]

#[path = "support/git_repos.rs"]
mod git_repos;
#[path = "support/git_server.rs"]
mod git_server;
#[path = "support/git_site.rs"]
mod git_site;

use evalai_sync::repository::git::{
    Credentials, GitError, Mode, PushError, RemoteUrl, Scratch, Workspace,
};
use git_repos::{BRANCH, CONFIG, HEAD, Hosting, author, changes, git, id};
use git_server::Rules;
use git_site::{RECORD, Site, TOKEN, guarded};

#[test]
fn the_remote_tells_its_branches_and_its_default_branch_in_one_request() {
    let site = Site::new(Rules::default());
    let refs = site.scratch(None, "").refs().unwrap();
    assert_eq!(refs.default_branch(), Some("main"));
    assert_eq!(
        refs.heads().map(|(name, _)| name).collect::<Vec<_>>(),
        ["challenge", "main"]
    );
    assert_eq!(refs.head(BRANCH), Some(site.hosting.head(BRANCH)));
    assert_eq!(refs.get(HEAD), refs.head(BRANCH));
    assert_eq!(refs.get(RECORD), None);
    assert_eq!(site.lines(), ["GET /info/refs?service=git-upload-pack"]);
}

#[test]
fn an_empty_repository_is_no_error_but_has_no_branch_to_fetch() {
    let site = Site::of(Hosting::empty(), Rules::default());
    let mut scratch = site.scratch(None, "");
    assert!(scratch.refs().unwrap().is_empty());
    let error = scratch.fetch(HEAD, 1).unwrap_err();
    assert!(
        matches!(&error, GitError::RefNotFound { refname, .. } if refname == HEAD),
        "{error}"
    );
    assert!(
        error.to_string().starts_with("Branch not found: http://"),
        "{error}"
    );
}

#[test]
fn what_is_checked_out_is_not_fetched_again() {
    let site = Site::new(Rules::default());
    let workspace = site.shallow_clone();
    let mut scratch = site.scratch(Some(&workspace), "");
    let commit = scratch.fetch(HEAD, 1).unwrap();
    assert_eq!(Some(commit), workspace.head().unwrap().commit);
    assert_eq!(site.lines(), ["GET /info/refs?service=git-upload-pack"]);
    let config = scratch
        .files(commit)
        .unwrap()
        .read(CONFIG)
        .unwrap()
        .unwrap();
    assert_eq!(
        (config.bytes.as_slice(), config.mode),
        (&b"title: Four\r\nid: 1\r\n"[..], Mode::Executable)
    );
}

#[test]
fn without_a_workspace_one_commit_is_fetched_over_the_connection_that_told_the_refs() {
    let site = Site::new(Rules::default());
    let mut scratch = site.scratch(None, "");
    let refs = scratch
        .refs_and_fetch(|refs| {
            assert!(refs.get(RECORD).is_none());
            vec![HEAD.into(), RECORD.into()]
        })
        .unwrap();
    assert!(
        !site
            .lines()
            .iter()
            .skip(1)
            .any(|line| line.starts_with("GET"))
    );
    let head = refs.head(BRANCH).unwrap();
    assert!(scratch.files(head).unwrap().read(CONFIG).unwrap().is_some());
    let parent = id(&git(&site.hosting.bare(), &["rev-parse", "challenge^"]));
    assert!(
        scratch.files(parent).is_err(),
        "one commit, not its history"
    );
}

#[test]
fn of_a_branch_that_moved_only_the_difference_is_fetched() {
    let site = Site::new(Rules::default());
    let logo: String = std::iter::repeat_with(fastrand::alphanumeric)
        .take(200_000)
        .collect();
    let first = site.hosting.root().join("first");
    git_repos::write(&first.join("logo.jpg"), &logo);
    git_repos::commit_all(&first, "Logo");
    git(&first, &["push", "-q", "origin", BRANCH]);
    let workspace = site.shallow_clone();
    let moved = site.hosting.somebody_pushes("<p>New terms</p>\n");
    let mut scratch = site.scratch(Some(&workspace), "");
    assert_eq!(scratch.fetch(HEAD, 1).unwrap(), moved);
    let answered: usize = site
        .server
        .take_log()
        .iter()
        .map(|request| request.answered)
        .sum();
    assert!(answered < 10_000, "{answered} bytes");
    assert!(
        scratch
            .files(moved)
            .unwrap()
            .read("logo.jpg")
            .unwrap()
            .is_some()
    );
}

#[test]
fn the_token_is_given_when_the_remote_asks_for_it_and_not_before() {
    let open = Site::new(Rules::default());
    open.scratch(None, TOKEN).refs().unwrap();
    assert!(
        open.server
            .take_log()
            .iter()
            .all(|request| !request.authorized)
    );

    let guarded = Site::new(guarded());
    guarded.scratch(None, TOKEN).refs().unwrap();
    let authorized: Vec<_> = guarded
        .server
        .take_log()
        .iter()
        .map(|r| r.authorized)
        .collect();
    assert_eq!(authorized, [false, true]);
}

#[test]
fn a_token_that_is_missing_or_wrong_is_tried_at_most_once() {
    let site = Site::new(guarded());
    for (token, requests, words) in [
        ("", 1, "asks for a token and none was given"),
        ("wr0ng", 2, "does not accept the token"),
    ] {
        let mut scratch = site.scratch(None, token);
        let error = scratch.refs().unwrap_err();
        assert!(
            matches!(error, GitError::Unauthenticated { .. }),
            "{error:?}"
        );
        assert!(
            error.to_string().contains(words) && !error.to_string().contains("wr0ng"),
            "{error}"
        );
        assert_eq!(site.lines().len(), requests);
        let commit = scratch
            .commit(None, &changes(&[("a", "b")]), "A", &author())
            .unwrap();
        let error = scratch.push(commit, RECORD, None).unwrap_err();
        assert!(
            matches!(error, PushError::Failed(GitError::Unauthenticated { .. })),
            "{error:?}"
        );
        assert_eq!(site.lines().len(), requests);
    }
}

#[test]
fn the_remotes_refusals_are_told_apart() {
    let site = Site::new(Rules::default());
    for (status, transient, words) in [
        (403, false, "Permission denied by http://127.0.0.1"),
        (404, false, "Repository not found: http://127.0.0.1"),
        (
            503,
            true,
            "cannot be reached: unexpected http status code: 503",
        ),
        (418, false, "unexpected http status code: 418"),
    ] {
        site.server.set(|rules| rules.on_all = Some(status));
        let error = site.scratch(None, TOKEN).refs().unwrap_err();
        assert!(error.to_string().contains(words), "{error}");
        assert_eq!(error.is_transient(), transient, "{error}");
    }
    let nowhere = RemoteUrl::parse("http://127.0.0.1:1/o/n").unwrap();
    let error = Scratch::open(None, nowhere, Credentials::default())
        .unwrap()
        .refs()
        .unwrap_err();
    assert!(matches!(error, GitError::Network { .. }), "{error:?}");
}

#[test]
fn a_redirect_to_another_host_is_not_followed() {
    let target = Site::new(guarded());
    for asks_first in [None, Some(TOKEN.to_owned())] {
        let site = Site::new(Rules {
            token: asks_first,
            redirect_to: Some(target.server.other_host()),
            ..Rules::default()
        });
        let mut scratch = site.scratch(None, TOKEN);
        let error = scratch.refs().unwrap_err();
        assert!(
            matches!(error, GitError::RedirectedElsewhere { .. }),
            "{error:?}"
        );
        let commit = scratch
            .commit(None, &changes(&[("a", "b")]), "A", &author())
            .unwrap();
        let error = scratch.push(commit, RECORD, None).unwrap_err();
        assert!(
            matches!(
                error,
                PushError::Failed(GitError::RedirectedElsewhere { .. })
            ),
            "{error:?}"
        );
        assert_eq!(target.lines(), [""; 0]);
    }
}

#[test]
fn a_redirect_to_another_port_is_not_given_the_token() {
    let target = Site::new(guarded());
    let site = Site::new(Rules {
        redirect_to: Some(target.server.url("").trim_end_matches('/').into()),
        ..Rules::default()
    });
    let error = site.scratch(None, TOKEN).refs().unwrap_err();
    assert!(
        matches!(error, GitError::Unauthenticated { .. }),
        "{error:?}"
    );
    assert!(
        target
            .server
            .take_log()
            .iter()
            .all(|request| !request.authorized)
    );
}

#[test]
fn an_instead_of_setting_of_git_cannot_lead_the_token_astray() {
    const TARGET: &str = "EVALAI_SYNC_TEST_TARGET";
    let publish = |site_url: &str| {
        let url = RemoteUrl::parse(site_url).unwrap();
        let mut scratch = Scratch::open(None, url, Credentials::default()).unwrap();
        let head = scratch.fetch(HEAD, 1).unwrap();
        let files = changes(&[("a", "b")]);
        let commit = scratch.commit(Some(head), &files, "A", &author()).unwrap();
        scratch.push(commit, HEAD, Some(head)).unwrap();
    };
    // Git's settings are found through the environment: the test runs itself in another one.
    if let Ok(target) = std::env::var(TARGET) {
        return publish(&target);
    }
    let (site, astray) = (Site::new(Rules::default()), Site::new(Rules::default()));
    let home = tempfile::tempdir().unwrap();
    let (from, to) = (site.server.url(""), astray.server.url(""));
    let settings = format!("[url \"{to}\"]\n  insteadOf = {from}\n  pushInsteadOf = {from}\n");
    git_repos::write(&home.path().join(".gitconfig"), &settings);
    let name = "an_instead_of_setting_of_git_cannot_lead_the_token_astray";
    let run = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", name])
        .env("HOME", home.path())
        .env(TARGET, site.url())
        .output()
        .unwrap();
    assert!(
        run.status.success(),
        "{}",
        String::from_utf8_lossy(&run.stdout)
    );
    assert_eq!(astray.lines(), [""; 0]);
    assert_eq!(site.hosting.content("a"), "b");
}

#[test]
fn a_history_that_is_cut_off_is_fetched_as_far_as_needed() {
    let site = Site::new(Rules::default());
    let first = site.hosting.root().join("first");
    for number in 0..60 {
        git(
            &first,
            &["commit", "-q", "--allow-empty", "-m", &number.to_string()],
        );
    }
    git(&first, &["push", "-q", "origin", BRANCH]);
    let all: Vec<_> = git(&first, &["rev-list", BRANCH]).lines().map(id).collect();
    assert_eq!(all.len(), 64);
    let workspace = site.shallow_clone();
    let stranger = id(&git(&first, &["commit-tree", "-m", "S", "HEAD^{tree}"]));

    let history = |until, limit| {
        let mut scratch = site.scratch(Some(&workspace), "");
        let found = scratch.history(HEAD, all[0], until, limit).unwrap();
        (
            found,
            site.lines()
                .iter()
                .filter(|line| line.starts_with("GET"))
                .count(),
        )
    };
    assert_eq!(history(all[0], 100), (Some(vec![all[0]]), 0));
    assert_eq!(history(all[10], 100), (Some(all[..=10].to_vec()), 1));
    assert_eq!(history(all[40], 100), (Some(all[..=40].to_vec()), 2));
    assert_eq!(history(all[63], 100), (Some(all.clone()), 2));
    assert_eq!(history(all[63], 20).0, None);
    assert_eq!(history(stranger, 100).0, None);
    assert_eq!(
        git(
            &site.hosting.root().join("workspace"),
            &["rev-list", "--count", "HEAD"]
        ),
        "1"
    );

    let deeper = site.hosting.clone(&site.url(), "deeper", Some(40));
    let deeper = Workspace::open(&deeper).unwrap();
    site.lines();
    let found = site
        .scratch(Some(&deeper), "")
        .history(HEAD, all[0], all[63], 100);
    assert_eq!(found.unwrap(), Some(all));
    let asked = site
        .lines()
        .iter()
        .filter(|line| line.starts_with("GET"))
        .count();
    assert_eq!(asked, 1, "the first look goes further than what is here");
}
