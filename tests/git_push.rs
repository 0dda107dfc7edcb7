//! What reaches a remote over http, and what becomes of a push that does not.

#![allow(clippy::unwrap_used, clippy::panic, reason = "test code")]

#[path = "support/git_repos.rs"]
mod git_repos;
#[path = "support/git_server.rs"]
mod git_server;
#[path = "support/git_site.rs"]
mod git_site;

use evalai_sync::repository::git::{GitError, PushError};
use git_repos::{BRANCH, CONFIG, HEAD, Hosting, assert_sound, author, changes, git, id};
use git_server::Rules;
use git_site::{RECORD, Site, TOKEN, guarded};

#[test]
fn the_first_commit_of_an_empty_repository_can_be_pushed() {
    let site = Site::of(Hosting::empty(), Rules::default());
    let mut scratch = site.scratch(None, "");
    let commit = scratch
        .commit(None, &changes(&[("a/b.txt", "x")]), "Start", &author())
        .unwrap();
    scratch.push(commit, HEAD, None).unwrap();
    assert_eq!(site.hosting.head(BRANCH), commit);
    assert_sound(&site.hosting.bare());
}

#[test]
fn a_commit_on_a_shallow_clone_changes_its_files_alone_and_keeps_their_modes() {
    let site = Site::new(guarded());
    site.server.set(|rules| rules.token = None);
    let workspace = site.shallow_clone();
    site.server.set(|rules| rules.token = Some(TOKEN.into()));
    let mut scratch = site.scratch(Some(&workspace), TOKEN);
    let head = scratch.fetch(HEAD, 1).unwrap();
    let changes = changes(&[
        (CONFIG, "title: Five\r\nid: 1\r\n"),
        ("templates/new/a.html", "<p>A</p>"),
    ]);
    let commit = scratch
        .commit(
            Some(head),
            &changes,
            "Sync title\n\nFrom EvalAI.",
            &author(),
        )
        .unwrap();
    assert_eq!(site.hosting.head(BRANCH), head, "nothing is published yet");
    scratch.push(commit, HEAD, Some(head)).unwrap();

    let bare = site.hosting.bare();
    assert_eq!(site.hosting.head(BRANCH), commit);
    assert_eq!(
        git(
            &bare,
            &[
                "show",
                "--format=%P %an <%ae> %at %ct%n%B",
                "--raw",
                "--abbrev=1",
                BRANCH
            ]
        )
        .lines()
        .collect::<Vec<_>>()[..3],
        [
            &format!("{head} evalai-sync <sync@example.org> 1700000000 1700000000")[..],
            "Sync title",
            ""
        ]
    );
    assert_eq!(
        git(&bare, &["diff", "--name-status", "challenge^", BRANCH]),
        "M\tchallenge_config.yaml\nA\ttemplates/new/a.html"
    );
    assert!(git(&bare, &["ls-tree", BRANCH, CONFIG]).starts_with("100755 blob"));
    assert_eq!(git(&bare, &["rev-list", "--count", BRANCH]), "5");
    assert_sound(&bare);
}

#[test]
fn the_record_is_a_chain_of_its_own_next_to_the_branch() {
    let site = Site::new(Rules::default());
    let workspace = site.shallow_clone();
    let mut scratch = site.scratch(Some(&workspace), "");
    let mut last = None;
    for text in ["one", "two", "three"] {
        let record = scratch
            .commit(last, &changes(&[("record.json", text)]), text, &author())
            .unwrap();
        scratch.push(record, RECORD, last).unwrap();
        last = Some(record);
    }
    let mut later = site.scratch(Some(&workspace), "");
    site.lines();
    let refs = later
        .refs_and_fetch(|_| vec![HEAD.into(), RECORD.into()])
        .unwrap();
    assert_eq!(refs.get(RECORD), last);
    let posts = site
        .lines()
        .iter()
        .filter(|line| line.starts_with("POST"))
        .count();
    assert!((1..=2).contains(&posts), "{posts} posts for one ref");
    let record = refs.get(RECORD).unwrap();
    assert_eq!(
        later
            .files(record)
            .unwrap()
            .read("record.json")
            .unwrap()
            .unwrap()
            .bytes,
        b"three"
    );
    let next = later
        .commit(
            last,
            &changes(&[("record.json", "four")]),
            "four",
            &author(),
        )
        .unwrap();
    later.push(next, RECORD, last).unwrap();
    let bare = site.hosting.bare();
    assert_eq!(
        git(&bare, &["log", "--format=%s", RECORD]),
        "four\nthree\ntwo\none"
    );
    assert_sound(&bare);
    let workspace = site.hosting.root().join("workspace");
    assert_eq!(git(&workspace, &["for-each-ref", "refs/evalai-sync"]), "");
}

#[test]
fn a_token_that_may_only_read_is_denied_at_the_push() {
    let site = Site::new(Rules {
        on_write: Some(403),
        ..guarded()
    });
    let mut scratch = site.scratch(None, TOKEN);
    let head = scratch.fetch(HEAD, 1).unwrap();
    let commit = scratch
        .commit(Some(head), &changes(&[("a", "b")]), "A", &author())
        .unwrap();
    let error = scratch.push(commit, HEAD, Some(head)).unwrap_err();
    assert!(
        matches!(error, PushError::Failed(GitError::PermissionDenied { .. })),
        "{error:?}"
    );
    assert!(error.to_string().contains("contents: write"), "{error}");
}

#[test]
fn a_repository_that_was_renamed_on_its_host_is_followed() {
    let site = Site::new(guarded());
    std::fs::rename(site.hosting.bare(), site.hosting.root().join("renamed.git")).unwrap();
    site.server
        .set(|rules| rules.renamed = Some(("challenge.git", "renamed.git")));
    let mut scratch = site.scratch(None, TOKEN);
    let head = scratch.fetch(HEAD, 1).unwrap();
    let commit = scratch
        .commit(Some(head), &changes(&[("a", "b")]), "A", &author())
        .unwrap();
    scratch.push(commit, HEAD, Some(head)).unwrap();
}

#[test]
fn a_race_that_was_lost_before_the_push_is_told_and_nothing_is_forced() {
    let site = Site::new(Rules::default());
    let mut scratch = site.scratch(None, "");
    let head = scratch.fetch(HEAD, 1).unwrap();
    let commit = scratch
        .commit(Some(head), &changes(&[(CONFIG, "x")]), "X", &author())
        .unwrap();
    let winner = site.hosting.somebody_pushes("<p>Faster</p>\n");
    let error = scratch.push(commit, HEAD, Some(head)).unwrap_err();
    assert!(matches!(error, PushError::LostRace { .. }), "{error:?}");
    let error = scratch.push(commit, HEAD, None).unwrap_err();
    assert!(matches!(error, PushError::LostRace { .. }), "{error:?}");
    assert_eq!(site.hosting.head(BRANCH), winner);

    let head = scratch.fetch(HEAD, 1).unwrap();
    assert_eq!(head, winner);
    let commit = scratch
        .commit(Some(head), &changes(&[(CONFIG, "x")]), "X", &author())
        .unwrap();
    scratch.push(commit, HEAD, Some(head)).unwrap();
    assert_eq!(
        site.hosting.content("templates/terms.html"),
        "<p>Faster</p>"
    );
    assert_eq!(site.hosting.content(CONFIG), "x");
}

#[test]
fn a_race_that_is_lost_during_the_push_is_told_and_nothing_is_forced() {
    let site = Site::new(Rules::default());
    let mut scratch = site.scratch(None, "");
    let head = scratch.fetch(HEAD, 1).unwrap();
    let commit = scratch
        .commit(Some(head), &changes(&[(CONFIG, "x")]), "X", &author())
        .unwrap();
    let bare = site.hosting.bare();
    let winner = git(
        &bare,
        &[
            "commit-tree",
            "-p",
            &head.to_string(),
            "-m",
            "W",
            "challenge^{tree}",
        ],
    );
    let moved = winner.clone();
    site.server.set(|rules| {
        rules.before_receive = Some(Box::new(move || {
            git(&bare, &["update-ref", HEAD, &moved]);
        }));
    });
    let error = scratch.push(commit, HEAD, Some(head)).unwrap_err();
    assert!(matches!(error, PushError::LostRace { .. }), "{error:?}");
    assert_eq!(site.hosting.head(BRANCH), id(&winner));
}

#[test]
fn a_ref_that_is_not_where_it_was_expected_is_not_moved_though_the_commit_follows_on_it() {
    let site = Site::new(Rules::default());
    let mut scratch = site.scratch(None, "");
    let head = scratch.fetch(HEAD, 2).unwrap();
    let commit = scratch
        .commit(Some(head), &changes(&[(CONFIG, "x")]), "X", &author())
        .unwrap();
    git(&site.hosting.bare(), &["update-ref", HEAD, "challenge^"]);
    let before = site.hosting.head(BRANCH);
    for expected in [Some(head), None] {
        let error = scratch.push(commit, HEAD, expected).unwrap_err();
        assert!(matches!(error, PushError::LostRace { .. }), "{error:?}");
        assert_eq!(site.hosting.head(BRANCH), before);
    }
    scratch.push(commit, HEAD, Some(before)).unwrap();
}

#[test]
fn a_commit_that_does_not_follow_on_the_branch_is_never_forced() {
    let site = Site::new(Rules::default());
    let mut scratch = site.scratch(None, "");
    let head = scratch.fetch(HEAD, 1).unwrap();
    let orphan = scratch
        .commit(None, &changes(&[(CONFIG, "x")]), "X", &author())
        .unwrap();
    let error = scratch.push(orphan, HEAD, Some(head)).unwrap_err();
    assert!(matches!(error, PushError::LostRace { .. }), "{error:?}");
    assert_eq!(site.hosting.head(BRANCH), head);
}

#[test]
fn a_push_refused_by_protection_is_told_from_one_refused_by_another_hook() {
    let site = Site::new(Rules::default());
    let mut scratch = site.scratch(None, "");
    let head = scratch.fetch(HEAD, 1).unwrap();
    let commit = scratch
        .commit(Some(head), &changes(&[(CONFIG, "x")]), "X", &author())
        .unwrap();
    for (said, is_protection) in [
        (
            "error: GH006: Protected branch update failed for refs/heads/main.\\nerror: At least 1 approving review is required.",
            true,
        ),
        (
            "error: GH013: Repository rule violations found for refs/heads/main.",
            true,
        ),
        (
            "\\033[31mno\\nCommit messages need a ticket number.\\n::error::not a command",
            false,
        ),
    ] {
        site.hosting.refuse_pushes(said);
        let error = scratch.push(commit, HEAD, Some(head)).unwrap_err();
        let message = match &error {
            PushError::Protected { message, .. } if is_protection => message,
            PushError::Refused { message, .. } if !is_protection => message,
            other => panic!("{other:?}"),
        };
        let last = said.rsplit("\\n").next().unwrap();
        assert!(
            message.contains(last) && !message.contains(char::is_control),
            "{message}"
        );
        assert_eq!(site.hosting.head(BRANCH), head);
    }
}

#[test]
fn what_the_remote_prints_is_told_without_the_token() {
    let site = Site::new(guarded());
    site.hosting.refuse_pushes(&format!("you sent {TOKEN}"));
    let mut scratch = site.scratch(None, TOKEN);
    let commit = scratch
        .commit(None, &changes(&[("a", "b")]), "A", &author())
        .unwrap();
    let error = scratch.push(commit, RECORD, None).unwrap_err().to_string();
    assert!(error.contains("you sent ***"), "{error}");
}

#[test]
fn a_branch_of_our_own_moves_anywhere_and_goes_but_not_if_somebody_else_moved_it() {
    const OWN: &str = "refs/heads/evalai-sync/1";
    let site = Site::new(Rules::default());
    let mut scratch = site.scratch(None, "");
    let head = scratch.fetch(HEAD, 1).unwrap();
    let commit = |scratch: &evalai_sync::repository::git::Scratch, text| {
        let changes = changes(&[(CONFIG, text)]);
        scratch.commit(Some(head), &changes, text, &author())
    };
    let (first, second) = (
        commit(&scratch, "a").unwrap(),
        commit(&scratch, "b").unwrap(),
    );
    assert_eq!(scratch.tip(OWN).unwrap(), None);
    scratch.replace(first, OWN, None).unwrap();
    scratch.replace(second, OWN, Some(first)).unwrap();
    assert_eq!(site.hosting.head("evalai-sync/1"), second);
    let (again, gone) = (
        scratch.replace(first, OWN, Some(first)),
        scratch.delete(OWN, first),
    );
    for refused in [again, gone] {
        assert!(matches!(refused, Err(PushError::LostRace { .. })));
    }
    assert_eq!(site.hosting.head("evalai-sync/1"), second);
    scratch.delete(OWN, second).unwrap();
    assert_eq!(scratch.tip(OWN).unwrap(), None);
}

#[test]
fn a_commit_is_known_by_what_it_changes_whatever_it_follows() {
    const OWN: &str = "refs/heads/evalai-sync/1";
    let site = Site::new(Rules::default());
    let mut scratch = site.scratch(None, "");
    let head = scratch.fetch(HEAD, 1).unwrap();
    let on = |scratch: &evalai_sync::repository::git::Scratch, parent, texts: &[(&str, &str)]| {
        let changes = changes(texts);
        scratch
            .commit(Some(parent), &changes, "Change", &author())
            .unwrap()
    };
    let here = on(&scratch, head, &[(CONFIG, "a")]);
    let later = on(&scratch, head, &[("logo.jpg", "b")]);
    let there = on(&scratch, later, &[(CONFIG, "a")]);
    let other = on(&scratch, head, &[(CONFIG, "b")]);
    let content = |commit| scratch.content(commit).unwrap().unwrap();
    assert_eq!(content(here), content(there));
    assert_ne!(content(here), content(other));
    let expected = content(there);
    scratch.push(later, HEAD, Some(head)).unwrap();
    scratch.replace(there, OWN, None).unwrap();
    // A run that has never seen the commit before.
    let tip = site.scratch(None, "").tip(OWN).unwrap().unwrap();
    assert_eq!((tip.commit, tip.content), (there, Some(expected)));
    assert_eq!(tip.message, "Change");
}

#[test]
fn a_commit_at_which_a_shallow_clone_ends_is_known_by_what_it_changes_too() {
    const OWN: &str = "refs/heads/evalai-sync/1";
    let site = Site::new(Rules::default());
    let mut scratch = site.scratch(None, "");
    let head = scratch.fetch(HEAD, 1).unwrap();
    let changes = changes(&[(CONFIG, "a")]);
    let commit = scratch.commit(Some(head), &changes, "Change", &author());
    let commit = commit.unwrap();
    let expected = scratch.content(commit).unwrap();
    scratch.replace(commit, OWN, None).unwrap();
    scratch.push(commit, HEAD, Some(head)).unwrap();
    let workspace = site.shallow_clone();
    let mut scratch = site.scratch(Some(&workspace), "");
    scratch.fetch(HEAD, 1).unwrap();
    let tip = scratch.tip(OWN).unwrap().unwrap();
    assert_eq!((tip.commit, tip.content), (commit, expected));
}
