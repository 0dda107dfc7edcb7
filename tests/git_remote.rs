//! What happens between the scratch repository and a remote over http.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "test code"
)]

#[path = "support/git_repos.rs"]
mod git_repos;
#[path = "support/git_server.rs"]
mod git_server;

use evalai_sync::repository::git::{
    Credentials, GitError, Mode, PushError, RemoteUrl, Scratch, Workspace,
};
use evalai_sync::secret::Secret;
use git_repos::{BRANCH, CONFIG, HEAD, Hosting, assert_sound, author, changes, git, id};
use git_server::{GitServer, Rules};

const TOKEN: &str = "s3cret-token";
const RECORD: &str = "refs/evalai-sync/42";

/// A hosting with a server in front.
struct Site {
    hosting: Hosting,
    server: GitServer,
}

impl Site {
    fn new(rules: Rules) -> Self {
        Self::of(Hosting::new(), rules)
    }

    fn of(hosting: Hosting, rules: Rules) -> Self {
        let server = GitServer::start(hosting.root(), rules);
        Self { hosting, server }
    }

    fn url(&self) -> String {
        self.server.url("challenge.git")
    }

    /// A depth-1 clone, made without credentials.
    fn shallow_clone(&self) -> Workspace {
        let path = self.hosting.clone(&self.url(), "workspace", Some(1));
        self.server.take_log();
        Workspace::open(&path).unwrap()
    }

    fn scratch(&self, workspace: Option<&Workspace>, token: &str) -> Scratch {
        let url = RemoteUrl::parse(&self.url()).unwrap();
        Scratch::open(workspace, url, Credentials::new(Secret::new(token))).unwrap()
    }

    fn lines(&self) -> Vec<String> {
        self.server
            .take_log()
            .into_iter()
            .map(|request| request.line.replace("/challenge.git", ""))
            .collect()
    }
}

fn guarded() -> Rules {
    Rules {
        token: Some(TOKEN.into()),
        ..Rules::default()
    }
}

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
fn an_instead_of_setting_in_the_workspace_cannot_lead_the_token_astray() {
    let astray = Site::new(Rules::default());
    let site = Site::new(Rules::default());
    let workspace = site.shallow_clone();
    let path = site.hosting.root().join("workspace");
    for setting in ["insteadOf", "pushInsteadOf"] {
        let name = format!("url.{}.{setting}", astray.server.url(""));
        git(&path, &["config", &name, &site.server.url("")]);
    }
    assert_eq!(
        workspace.origin_url().unwrap().unwrap().to_string(),
        site.url()
    );
    let mut scratch = site.scratch(Some(&workspace), "");
    let head = scratch.fetch(HEAD, 1).unwrap();
    let commit = scratch
        .commit(Some(head), &changes(&[("a", "b")]), "A", &author())
        .unwrap();
    scratch.push(commit, HEAD, Some(head)).unwrap();
    assert_eq!(site.hosting.head(BRANCH), commit);
    assert_eq!(astray.lines(), [""; 0]);
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
}
