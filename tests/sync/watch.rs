//! The watch: the real program, a stand-in EvalAI and a stand-in GitHub, edits, restarts and refusals.

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use evalai_stand_in::{Fault, NewChallenge, Seed, StandIn, starter_zip};
use serde_json::{Value as Json, json};
use tempfile::TempDir;

use crate::packing::{STORED, pack, script};
use crate::run::binary;
use crate::world::{fixtures, read_tree};

const TOKEN: &str = "ghp_0123456789SecretOfTheWatch";
const SAMPLE: &str = "example-org/rng-challenge";
const OTHER: &str = "example-org/other";

/// How long something may take before a test gives up on it.
const PATIENCE: Duration = Duration::from_secs(40);

/// Waits until `is_so`, which a test then checks.
fn wait(mut is_so: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !is_so() && begun.elapsed() < PATIENCE {
        thread::sleep(Duration::from_millis(20));
    }
}

/// A GitHub that takes dispatches.
#[derive(Clone)]
struct Github {
    url: String,
    /// Repository and body of each that was accepted.
    dispatches: Arc<Mutex<Vec<(String, Json)>>>,
    /// What is refused: the status, by repository.
    refusals: Arc<Mutex<BTreeMap<String, u16>>>,
    refused: Arc<Mutex<Vec<String>>>,
}

impl Github {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let github = Self {
            url: format!("http://{}", listener.local_addr().unwrap()),
            dispatches: Arc::default(),
            refusals: Arc::default(),
            refused: Arc::default(),
        };
        let serving = github.clone();
        thread::spawn(move || {
            for stream in listener.incoming() {
                let github = serving.clone();
                thread::spawn(move || github.serve(&stream.unwrap()));
            }
        });
        github
    }

    fn serve(&self, stream: &TcpStream) {
        let mut reader = BufReader::new(stream);
        loop {
            let mut head = Vec::new();
            loop {
                let mut line = String::new();
                if reader.read_line(&mut line).unwrap_or(0) == 0 {
                    return;
                }
                if line.trim().is_empty() {
                    break;
                }
                head.push(line.trim().to_lowercase());
            }
            let length = head
                .iter()
                .find_map(|line| line.strip_prefix("content-length: ")?.parse().ok());
            let mut body = vec![0; length.unwrap_or(0)];
            reader.read_exact(&mut body).unwrap();
            let authorized = format!("authorization: bearer {}", TOKEN.to_lowercase());
            assert!(head.contains(&authorized), "{head:?}");
            let repository = head[0]
                .strip_prefix("post /repos/")
                .and_then(|rest| rest.strip_suffix("/dispatches http/1.1"))
                .unwrap_or_else(|| panic!("{} is no dispatch", head[0]));
            let status = self.refusals.lock().unwrap().get(repository).copied();
            let answer = if let Some(status) = status {
                self.refused.lock().unwrap().push(repository.to_owned());
                let body = json!({"message": "Not Found", "documentation_url": "x"}).to_string();
                format!(
                    "HTTP/1.1 {status} x\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
                    body.len()
                )
            } else {
                let body = serde_json::from_slice(&body).unwrap();
                let mut dispatches = self.dispatches.lock().unwrap();
                dispatches.push((repository.to_owned(), body));
                "HTTP/1.1 204 No Content\r\n\r\n".to_owned()
            };
            if (&mut &*stream).write_all(answer.as_bytes()).is_err() {
                return;
            }
        }
    }

    /// The dispatches since the last time that this was asked, once there are `count`.
    fn take(&self, count: usize) -> Vec<(String, Json)> {
        wait(|| self.dispatches.lock().unwrap().len() >= count);
        std::mem::take(&mut *self.dispatches.lock().unwrap())
    }
}

/// EvalAI with two challenges, a GitHub, and the folder of the watch.
struct Scene {
    evalai: StandIn,
    github: Github,
    folder: TempDir,
}

/// A watch that runs.
struct Watching {
    child: Option<Child>,
    log: PathBuf,
}

impl Scene {
    fn new() -> Self {
        let other = NewChallenge::titled("Another one")
            .repository(OTHER)
            .phases(2);
        let hidden = NewChallenge::titled("Of no repository");
        let seed = Seed::sample()
            .challenge(other.id(2))
            .challenge(hidden.id(3));
        let scene = Self {
            evalai: StandIn::start(seed).unwrap(),
            github: Github::start(),
            folder: TempDir::new().unwrap(),
        };
        let host = json!({
            "token": scene.evalai.token(), "team_pk": scene.evalai.team_pk().to_string(), "evalai_host_url": scene.evalai.url(),
        });
        fs::write(scene.folder.path().join("host.json"), host.to_string()).unwrap();
        scene
    }

    /// Starts a watch that looks every second.
    fn start(&self) -> Watching {
        let log = tempfile::Builder::new()
            .prefix("log")
            .tempfile_in(self.folder.path())
            .unwrap();
        let (file, log) = log.keep().unwrap();
        let child = Command::new(binary())
            .args(["watch", "--host-config", "host.json", "--interval", "1"])
            .args(["--requests-per-minute", "1200"])
            .current_dir(self.folder.path())
            .env_clear()
            .env("AUTH_TOKEN", TOKEN)
            .env("GITHUB_API_URL", &self.github.url)
            .env("RUST_LOG", "debug")
            .stderr(file.try_clone().unwrap())
            .stdout(file)
            .stdin(Stdio::null())
            .spawn()
            .unwrap();
        Watching {
            child: Some(child),
            log,
        }
    }

    /// Starts a watch, once it has told both repositories what is there.
    fn settled(&self) -> Watching {
        let watching = self.start();
        let mut told: Vec<_> = self
            .github
            .take(2)
            .into_iter()
            .map(|(name, _)| name)
            .collect();
        told.sort_unstable();
        assert_eq!(told, [OTHER, SAMPLE], "{}", watching.log());
        // Every file's content is known, and remembered.
        wait(|| self.state().matches("\"id\"").count() == 8);
        watching
    }

    fn state(&self) -> String {
        fs::read_to_string(self.folder.path().join("watch.json")).unwrap_or_default()
    }

    fn edit(&self, fields: Json) {
        self.evalai.edit_challenge(1, fields).unwrap();
    }

    /// Several rounds of the watch.
    fn rounds(&self, count: usize) {
        let lists = || {
            let requests = self.evalai.requests();
            let lists = requests
                .iter()
                .filter(|request| request.path.ends_with("/challenge"));
            let phases = requests
                .iter()
                .filter(|request| request.path.ends_with("/phases/"));
            lists.count().min(phases.count() / 2)
        };
        let before = lists();
        wait(|| lists() >= before + count);
    }

    /// The one dispatch that there was, which went to the sample's repository: the fields of its payload.
    fn told(&self, watching: &Watching) -> Json {
        let dispatches = self.github.take(1);
        let [(repository, body)] = dispatches.as_slice() else {
            panic!("{dispatches:?}\n{}", watching.log());
        };
        assert_eq!(repository, SAMPLE);
        assert_eq!(body["event_type"], "evalai-challenge-updated");
        let payload = &body["client_payload"];
        assert_eq!(payload["challenge_id"], 1);
        assert_eq!(payload["evalai_host_url"], self.evalai.url());
        let sent: jiff::Timestamp = payload["sent_at"].as_str().unwrap().parse().unwrap();
        assert!(sent <= jiff::Timestamp::now());
        payload["fields"].clone()
    }
}

impl Watching {
    fn log(&self) -> String {
        fs::read_to_string(&self.log).unwrap()
    }

    fn signal(&mut self, signal: &str) -> Option<i32> {
        let mut child = self.child.take().unwrap();
        let id = child.id().to_string();
        assert!(
            Command::new("kill")
                .args([signal, &id])
                .status()
                .unwrap()
                .success()
        );
        let told = Instant::now();
        let code = child.wait().unwrap().code();
        assert!(
            told.elapsed() < Duration::from_secs(1),
            "{:?}",
            told.elapsed()
        );
        code
    }
}

impl Drop for Watching {
    fn drop(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().unwrap();
            child.wait().unwrap();
        }
    }
}

#[test]
fn each_edit_is_told_to_its_repository_and_nothing_else_is() {
    let scene = Scene::new();
    let watching = scene.settled();
    scene.edit(json!({"title": "A new title"}));
    assert_eq!(scene.told(&watching), json!(["title"]));
    let phase = scene.evalai.phases(1)[0];
    let limit = json!({"max_submissions_per_day": 17});
    scene.evalai.edit_phase(phase, limit).unwrap();
    assert_eq!(
        scene.told(&watching),
        json!(["phases.1.max_submissions_per_day"])
    );
    scene
        .evalai
        .upload(1, "evaluation_script", "a.zip", &script("print(2)\n"))
        .unwrap();
    assert_eq!(scene.told(&watching), json!(["evaluation_script"]));
    // The same script, packed another time.
    let repacked = pack(STORED, &[("main.py", b"print(2)\n")]);
    scene
        .evalai
        .upload(1, "evaluation_script", "a.zip", &repacked)
        .unwrap();
    scene.rounds(4);
    assert_eq!(scene.github.take(0), [], "{}", watching.log());
    scene
        .evalai
        .upload_annotation(phase, "a.json", b"[1]")
        .unwrap();
    assert_eq!(
        scene.told(&watching),
        json!(["phases.1.test_annotation_file"])
    );
    let split = scene.evalai.splits(1)[0];
    wait(|| scene.state().contains("phase_splits"));
    scene
        .evalai
        .edit_split(split, json!({"visibility": 2}))
        .unwrap();
    assert_eq!(scene.told(&watching), json!(["phase_splits"]));
    // The repository is pushed as it is: its files get new addresses, and the script a new zip.
    let zip = starter_zip(&read_tree(&fixtures().join("repos/sample")));
    scene.evalai.push(SAMPLE, "challenge", &zip).unwrap();
    scene.github.take(1);
    scene.rounds(5);
    scene.github.take(0);
    let page = || scene.evalai.get("/api/challenges/challenge/1/").unwrap();
    let before = page();
    scene.evalai.push(SAMPLE, "challenge", &zip).unwrap();
    assert_ne!(page()["image"], before["image"], "a push moves files");
    scene.rounds(5);
    assert_eq!(scene.github.take(0), [], "{}", watching.log());
    // What is no edit of a host's.
    scene
        .evalai
        .edit_team(json!({"team_url": "https://example.org"}))
        .unwrap();
    scene.rounds(4);
    assert_eq!(scene.github.take(0), []);
}

#[test]
fn an_edit_while_the_watch_is_down_is_told_once_however_it_ended() {
    for (signal, code) in [("-TERM", Some(0)), ("-INT", Some(0)), ("-KILL", None)] {
        let scene = Scene::new();
        let mut watching = scene.settled();
        scene.rounds(2);
        assert_eq!(watching.signal(signal), code, "{}", watching.log());
        scene.edit(json!({"description": format!("<p>{signal}</p>")}));
        let again = scene.start();
        assert_eq!(
            scene.told(&again),
            Json::Null,
            "which fields is not known any more"
        );
        scene.rounds(4);
        assert_eq!(scene.github.take(0), [], "{signal}\n{}", again.log());
    }
}

#[test]
fn nothing_secret_is_said_or_kept() {
    let scene = Scene::new();
    let phase = scene.evalai.phases(1)[0];
    scene
        .evalai
        .allow_emails(1, phase, &["someone@example.org"])
        .unwrap();
    let mut watching = scene.settled();
    scene.edit(json!({"title": "A very private title"}));
    scene.told(&watching);
    scene.evalai.fail("/queues/", 3, Fault::server_error());
    scene.rounds(3);
    watching.signal("-TERM");
    let page = scene.evalai.get("/api/challenges/challenge/1/").unwrap();
    let image = page["image"]
        .as_str()
        .unwrap()
        .rsplit('/')
        .next()
        .unwrap()
        .to_owned();
    let token = scene.evalai.token();
    for (place, text) in [("log", watching.log()), ("state", scene.state())] {
        assert!(text.len() > 100);
        for secret in [TOKEN, &token, &image, "someone@", "private"] {
            assert!(!text.contains(secret), "{secret} is in the {place}: {text}");
        }
    }
    let log = watching.log();
    assert!(log.contains("watching 2 challenges; "), "{log}");
    assert!(
        log.contains("requests in the last minute; last change: 20"),
        "{log}"
    );
    assert!(
        log.contains("Challenge 3 is not watched: it names no repository"),
        "{log}"
    );
    assert!(log.contains("Told to stop (SIGTERM)"), "{log}");
}

#[test]
fn a_repository_that_refuses_keeps_no_other_from_being_told() {
    let scene = Scene::new();
    let refusals = || scene.github.refusals.lock().unwrap();
    refusals().insert(OTHER.to_owned(), 404);
    let watching = scene.start();
    assert_eq!(scene.told(&watching), Json::Null);
    wait(|| !scene.github.refused.lock().unwrap().is_empty());
    scene.edit(json!({"title": "A new title"}));
    assert_eq!(scene.told(&watching), json!(["title"]));
    let log = watching.log();
    let words = format!(
        "{OTHER} cannot be told of challenge 2: GitHub does not permit it: Not Found ({OTHER}). Check the repository's name; the token needs"
    );
    assert!(log.contains(&words), "{log}");
    assert!(log.contains("It is tried again in 30 s."), "{log}");
    // What was told is remembered by then; killed before, it would be told again.
    scene.rounds(2);
    // It stays untold over a restart, and is told once it may be.
    drop(watching);
    refusals().clear();
    let again = scene.start();
    let told = scene.github.take(1);
    assert_eq!(told[0].0, OTHER, "{}", again.log());
    scene.rounds(4);
    assert_eq!(scene.github.take(0), []);
}

#[test]
fn evalais_failures_pass_and_its_wish_to_wait_is_obeyed() {
    let scene = Scene::new();
    let watching = scene.settled();
    scene.evalai.fail("/phases/", 2, Fault::Reset);
    scene
        .evalai
        .fail("/challenge_host_team/1/challenge", 2, Fault::server_error());
    scene.edit(json!({"title": "A new title"}));
    assert_eq!(scene.told(&watching), json!(["title"]));
    let wait_an_hour = Fault::throttled(3600);
    scene
        .evalai
        .fail_next("/challenge_host_team/1/challenge", wait_an_hour);
    wait(|| watching.log().contains("takes no more requests"));
    // The log goes on, and what was under way is answered by its next line.
    let lines = || watching.log().matches("watching 2 challenges; ").count();
    let next_line = || {
        let before = lines();
        wait(|| lines() > before);
    };
    next_line();
    let before = scene.evalai.requests().len();
    next_line();
    next_line();
    assert_eq!(scene.evalai.requests().len(), before, "{}", watching.log());
}

#[test]
fn a_state_that_cannot_be_used_is_kept_aside_and_everybody_is_told_once() {
    let scene = Scene::new();
    let state = scene.folder.path().join("watch.json");
    fs::write(&state, "{\"version\": 99}").unwrap();
    let watching = scene.settled();
    let words = "has the format version 99, and this program knows 1. It is kept as";
    assert!(watching.log().contains(words), "{}", watching.log());
    let kept = fs::read_to_string(scene.folder.path().join("watch.json.bad"));
    assert_eq!(kept.unwrap(), "{\"version\": 99}");
}
