//! The life of a pull request, and a commit, against an emulation of GitHub's API that others
//! wrote (npm: emulate): what the tests' own stand-in takes for granted holds there, too.
//!
//! `EVALAI_SYNC_EMULATE` names the folder into which npm installed emulate and Node 22.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::{Duration, Instant};

use evalai_sync::github::{Access, Api, Entry, NewCommit};
use evalai_sync::repository::git::PushError;
use evalai_sync::secret::Secret;
use serde_json::{Value as Json, json};

use crate::git_repos::git;
use crate::hosted::{Hosted, TOKEN};
use crate::run::Run;

const PULLS: &str = "/repos/example-org/rng-challenge/pulls";

/// How many were started, so that no two look for the same port.
static STARTED: AtomicU16 = AtomicU16::new(0);

/// The emulation, until it is dropped.
pub(crate) struct Emulate {
    child: Child,
    port: u16,
}

impl Drop for Emulate {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Emulate {
    /// `None` where it is not installed, which CI does not let pass.
    pub(crate) fn start(folder: &Path) -> Option<Self> {
        let Some(installed) = std::env::var_os("EVALAI_SYNC_EMULATE").map(PathBuf::from) else {
            assert_ne!(std::env::var("CI").as_deref(), Ok("true"), "CI has emulate");
            println!("skipped: EVALAI_SYNC_EMULATE names no folder with emulate and Node 22");
            return None;
        };
        let seed = folder.join("seed.yaml");
        let people = "users: [{login: host}, {login: reviewer}]\n  orgs: [{login: example-org}]";
        let repository = "repos: [{owner: example-org, name: rng-challenge, auto_init: true}, {owner: host, name: challenge, auto_init: true}]";
        let text = format!(
            "tokens: {{{TOKEN}: {{login: host, scopes: [repo]}}}}\ngithub:\n  {people}\n  {repository}\n"
        );
        std::fs::write(&seed, text).unwrap();
        // Below the ports that the other tests' servers are given.
        let own = STARTED.fetch_add(1, Ordering::Relaxed) * 100;
        let first = 10_000 + u16::try_from(std::process::id() % 18_000).unwrap() + own;
        let is_free = |port: &u16| TcpListener::bind(("127.0.0.1", *port)).is_ok();
        let port = (first..first + 100).find(is_free).unwrap();
        let modules = installed.join("node_modules");
        let child = Command::new(modules.join("node/bin/node"))
            .arg(modules.join(".bin/emulate"))
            .args(["start", "--service", "github", "--port", &port.to_string()])
            .arg("--seed")
            .arg(&seed)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("Node runs");
        let emulate = Self { child, port };
        for _ in 0..200 {
            if TcpStream::connect(("127.0.0.1", port)).is_ok() {
                return Some(emulate);
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        panic!("emulate does not listen");
    }

    /// Its address.
    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// What a person does.
    pub(crate) fn ask(&self, method: &str, path: &str, body: &Json) -> Json {
        let body = body.to_string();
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        write!(
            stream,
            "{method} {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {TOKEN}\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
            body.len()
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (_, body) = answer.split_once("\r\n\r\n").unwrap();
        let (begin, end) = (body.find(['{', '[']), body.rfind(['}', ']']));
        serde_json::from_str(&body[begin.unwrap()..=end.unwrap()]).unwrap()
    }
}

#[test]
fn a_pull_request_lives_and_ends_as_on_github() {
    let hosted = Hosted::agreed();
    let Some(emulate) = Emulate::start(&hosted.world.new_folder()) else {
        return;
    };
    let edit = |title: &str| {
        let fields = json!({ "title": title });
        hosted.world.evalai.edit_challenge(1, fields).unwrap();
    };
    let run = || -> Run {
        let start = hosted.start(&hosted.check_out());
        let start = start.variable("GITHUB_API_URL", &emulate.url());
        let start = start
            .input("mode", "pull-request")
            .input("labels", "evalai");
        let start = start.input("reviewers", "reviewer,nobody");
        start.run().succeeded()
    };
    let state = |run: &Run| run.report.as_ref().unwrap()["pull_request"]["state"].clone();

    edit("A new title");
    let opened = run();
    assert_eq!(
        (opened.result(), state(&opened)),
        ("proposed", json!("opened")),
        "{}",
        opened.log
    );
    assert!(
        opened.log.contains("`reviewers` (nobody)"),
        "{}",
        opened.log
    );
    let number = opened.report.as_ref().unwrap()["pull_request"]["number"].clone();
    let page = format!("{PULLS}/{number}");
    let pull = emulate.ask("GET", &page, &json!({}));
    assert_eq!(
        (&pull["head"]["ref"], &pull["base"]["ref"]),
        (&json!("evalai-sync/1"), &json!("challenge"))
    );
    assert_eq!(pull["labels"][0]["name"], "evalai", "{pull:#}");
    assert_eq!(
        pull["requested_reviewers"][0]["login"], "reviewer",
        "{pull:#}"
    );
    assert_eq!(state(&run()), "unchanged");
    edit("Another title");
    assert_eq!(state(&run()), "updated");

    emulate.ask("PATCH", &page, &json!({ "state": "closed" }));
    assert_eq!(
        (run().result(), state(&run())),
        ("declined", json!("declined"))
    );
    edit("A third title");
    let again = run();
    assert_eq!(state(&again), "opened", "{}", again.log);
    let number = again.report.as_ref().unwrap()["pull_request"]["number"].clone();
    emulate.ask("PUT", &format!("{PULLS}/{number}/merge"), &json!({}));
    let merged = [
        "update-ref",
        "refs/heads/challenge",
        "refs/heads/evalai-sync/1",
    ];
    git(&hosted.world.remote_path(), &merged);
    assert_eq!(run().result(), "in-sync");

    edit("A fourth title");
    let last = run();
    let number = last.report.as_ref().unwrap()["pull_request"]["number"].clone();
    edit("A third title");
    let closed = run();
    assert_eq!(
        (closed.result(), state(&closed)),
        ("in-sync", json!("closed")),
        "{}",
        closed.log
    );
    let pull = emulate.ask("GET", &format!("{PULLS}/{number}"), &json!({}));
    assert_eq!(pull["state"], "closed");
    let comments = format!("/repos/example-org/rng-challenge/issues/{number}/comments");
    let comments = emulate.ask("GET", &comments, &json!({}));
    assert!(
        comments[0]["body"]
            .as_str()
            .unwrap()
            .starts_with("Nothing is left to propose")
    );
}

#[test]
fn a_commit_through_the_api_is_made_and_the_branch_moved_as_on_github() {
    let folder = tempfile::tempdir().unwrap();
    let Some(emulate) = Emulate::start(folder.path()) else {
        return;
    };
    // The host's own: that user may not write to the contents of the organization's.
    let ask = |path: &str| emulate.ask("GET", &format!("/repos/host/challenge/{path}"), &json!({}));
    let text = |json: &Json| json.as_str().unwrap().to_owned();
    let tip = text(&ask("git/ref/heads/main")["object"]["sha"]);
    let base = text(&ask(&format!("git/commits/{tip}"))["tree"]["sha"]);
    let access = Access {
        api_url: emulate.url(),
        server_url: emulate.url(),
        repository: "host/challenge".into(),
        token: Secret::new(TOKEN).unwrap(),
    };
    let deadline = Instant::now() + Duration::from_mins(1);
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let made = runtime.block_on(async {
        let api = Api::open(&access, deadline).unwrap();
        let blob = api.blob(b"title: A new title\n").await.unwrap();
        let entry = |path: &str, mode, sha| Entry {
            path: path.into(),
            mode,
            kind: "blob",
            sha,
        };
        let entries = [
            entry("challenge_config.yaml", "100755", Some(blob)),
            entry("README.md", "100644", None),
        ];
        let tree = api.tree(&base, &entries).await.unwrap();
        let new = NewCommit {
            message: "Sync",
            tree: &tree,
            parents: [&tip],
            author: None,
            committer: None,
        };
        let made = api.commit(new).await.unwrap();
        api.advance("main", &tip, &made.sha).await.unwrap();
        let stands = api.stands("main").await.unwrap();
        assert_eq!(stands.as_ref(), Some(&made.sha));
        assert_eq!(api.stands("mai").await.unwrap(), None);
        // Back is no way forward; the words are those of a lost race.
        let refused = api.advance("main", &made.sha, &tip).await.unwrap_err();
        let verdict = PushError::from_words("refs/heads/main", &refused.to_string());
        assert!(matches!(verdict, PushError::LostRace { .. }), "{refused}");
        made
    });
    let tree = text(&ask(&format!("git/commits/{}", made.sha))["tree"]["sha"]);
    let entries = ask(&format!("git/trees/{tree}"))["tree"].clone();
    let shown: Vec<_> = entries.as_array().unwrap().iter().collect();
    assert_eq!(shown.len(), 1, "{entries:#}");
    assert_eq!(shown[0]["mode"], "100755");
}
