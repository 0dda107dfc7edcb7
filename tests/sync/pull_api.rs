//! The part of GitHub's API that pull requests and commits need, over the real bare
//! repository: stateful, with refusals in GitHub's words where a test asks for them.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use git2::{Repository, Signature};
use serde_json::{Value as Json, json};

use crate::api_faults::Fault;
use crate::git_data;

/// What GitHub answers where Actions may not open pull requests.
pub(crate) const NOT_PERMITTED: &str =
    "GitHub Actions is not permitted to create or approve pull requests.";

/// One pull request.
#[derive(Debug, Clone, Default)]
pub(crate) struct Pull {
    pub(crate) number: u64,
    pub(crate) title: String,
    pub(crate) body: String,
    pub(crate) open: bool,
    pub(crate) merged: bool,
    pub(crate) draft: bool,
    pub(crate) base: String,
    pub(crate) head: String,
    sha: String,
    pub(crate) labels: BTreeSet<String>,
    pub(crate) assignees: BTreeSet<String>,
    pub(crate) reviewers: BTreeSet<String>,
    pub(crate) teams: BTreeSet<String>,
    pub(crate) comments: Vec<String>,
}

/// What the repository's settings and members are.
#[derive(Debug, Clone, Default)]
pub(crate) struct Settings {
    /// Whoever may be assigned or asked to review.
    pub(crate) members: Vec<&'static str>,
    /// Requests (`POST /pulls`) that are refused, with the status and GitHub's message.
    pub(crate) refused: BTreeMap<&'static str, (u16, &'static str)>,
    /// The repository's plan knows no drafts.
    pub(crate) no_drafts: bool,
    /// Faults, each for one kind of request.
    pub(crate) faults: Vec<Fault>,
}

/// What happens once, before the request of this name is answered.
type Before = (&'static str, Box<dyn FnOnce() + Send>);

#[derive(Default)]
struct State {
    pulls: Vec<Pull>,
    settings: Settings,
    before: Option<Before>,
    log: Vec<String>,
    bodies: Vec<(String, Json)>,
}

/// The API of one repository.
pub(crate) struct PullApi {
    url: String,
    remote: PathBuf,
    state: Arc<Mutex<State>>,
}

impl PullApi {
    /// Starts it for the bare repository `remote`, below `prefix` (`/api/v3` on GitHub Enterprise Server).
    pub(crate) fn start(remote: &Path, repository: &str, token: &str, prefix: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let state = Arc::new(Mutex::new(State::default()));
        let api = Self {
            url: format!("http://127.0.0.1:{port}{prefix}"),
            remote: remote.to_owned(),
            state: Arc::clone(&state),
        };
        let (remote, token) = (remote.to_owned(), format!("Bearer {token}"));
        let root = format!("{prefix}/repos/{repository}");
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let mut state = state.lock().expect("the state");
                state.serve(&stream.expect("a connection"), &remote, &root, &token);
            }
        });
        api
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// All pull requests, as they are now.
    pub(crate) fn pulls(&self) -> Vec<Pull> {
        let mut state = self.state.lock().expect("the state");
        state.follow(&self.remote);
        state.pulls.clone()
    }

    /// The newest pull request.
    pub(crate) fn newest(&self) -> Pull {
        self.pulls().pop().expect("a pull request")
    }

    /// The requests since the last call, such as `POST /pulls`.
    pub(crate) fn take_log(&self) -> Vec<String> {
        std::mem::take(&mut self.state.lock().expect("the state").log)
    }

    pub(crate) fn set(&self, change: impl FnOnce(&mut Settings)) {
        change(&mut self.state.lock().expect("the state").settings);
    }

    /// The bodies of the requests of this name so far.
    pub(crate) fn bodies(&self, request: &str) -> Vec<Json> {
        let state = self.state.lock().expect("the state");
        let bodies = state.bodies.iter().filter(|(line, _)| line == request);
        bodies.map(|(_, body)| body.clone()).collect()
    }

    /// From now on this goes wrong.
    pub(crate) fn fault(&self, fault: Fault) {
        self.set(|settings| settings.faults.push(fault));
    }

    /// Before the next request of this name is answered, something happens.
    pub(crate) fn before(&self, request: &'static str, run: impl FnOnce() + Send + 'static) {
        let mut state = self.state.lock().expect("the state");
        state.before = Some((request, Box::new(run)));
    }

    /// A person does something to the newest pull request.
    pub(crate) fn person(&self, change: impl FnOnce(&mut Pull)) {
        let mut state = self.state.lock().expect("the state");
        state.follow(&self.remote);
        change(state.pulls.last_mut().expect("a pull request"));
    }

    /// A person merges the newest pull request.
    pub(crate) fn merge(&self) {
        self.person(|pull| {
            merge(&self.remote, pull);
            (pull.open, pull.merged) = (false, true);
        });
    }
}

fn merge(remote: &Path, pull: &Pull) {
    let repo = Repository::open(remote).expect("the remote");
    let tip = |branch: &str| {
        let name = format!("refs/heads/{branch}");
        repo.find_reference(&name)
            .and_then(|reference| reference.peel_to_commit())
            .expect("a branch")
    };
    let (base, head) = (tip(&pull.base), tip(&pull.head));
    let mut index = repo.merge_commits(&base, &head, None).expect("a merge");
    assert!(!index.has_conflicts(), "the pull request can be merged");
    let tree = index.write_tree_to(&repo).expect("a tree");
    let tree = repo.find_tree(tree).expect("a tree");
    let person = Signature::now("A Host", "host@example.org").expect("a signature");
    let name = format!("refs/heads/{}", pull.base);
    repo.commit(
        Some(&name),
        &person,
        &person,
        "Merge",
        &tree,
        &[&base, &head],
    )
    .expect("a commit");
}

/// What a request asks for.
struct Request {
    line: String,
    rest: String,
    query: BTreeMap<String, String>,
    body: Json,
}

impl State {
    /// Open pull requests follow their branches, and are closed if those go.
    fn follow(&mut self, remote: &Path) {
        let repo = Repository::open(remote).expect("the remote");
        for pull in self.pulls.iter_mut().filter(|pull| pull.open) {
            match repo.refname_to_id(&format!("refs/heads/{}", pull.head)) {
                Ok(commit) => pull.sha = commit.to_string(),
                Err(_) => pull.open = false,
            }
        }
    }

    fn serve(&mut self, stream: &TcpStream, remote: &Path, root: &str, token: &str) {
        self.follow(remote);
        let (status, headers, answer) = match read(stream, root, token) {
            Err((status, answer)) => (status, String::new(), answer),
            Ok(request) => {
                // Every scheduled run asks whether a push is under way; see `loops`.
                if request.line != "GET /actions/runs" {
                    self.log.push(request.line.clone());
                }
                let body = request.body.clone();
                self.bodies.push((request.line.clone(), body));
                if let Some((_, run)) = self.before.take_if(|(line, _)| *line == request.line) {
                    run();
                }
                self.attend(&request, remote)
            }
        };
        if status == 0 {
            return;
        }
        let body = answer.to_string();
        let answer = format!(
            "HTTP/1.1 {status} x\r\n{headers}Content-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
            body.len()
        );
        // Whoever was stopped in the middle does not listen any more.
        let _ = { stream }.write_all(answer.as_bytes());
    }

    /// The status, the headers and the body that a request gets, faults included.
    fn attend(&mut self, request: &Request, remote: &Path) -> (u16, String, Json) {
        let mut faults = self.settings.faults.iter_mut();
        let fault = faults.find(|fault| fault.request == request.line && fault.times > 0);
        if let Some(fault) = fault {
            fault.times -= 1;
            let fault = fault.clone();
            if fault.done {
                self.answer(request, remote);
            }
            return (fault.status, fault.headers, fault.body);
        }
        let refused = self.settings.refused.get(request.line.as_str());
        let (status, body) = match refused {
            Some((status, message)) => (*status, json!({ "message": message })),
            None => self.answer(request, remote),
        };
        (status, String::new(), body)
    }

    fn answer(&mut self, request: &Request, remote: &Path) -> (u16, Json) {
        let (method, _) = request.line.split_once(' ').expect("a method");
        let parts: Vec<&str> = request.rest.split('/').collect();
        if let Some(answer) = git_data::answer(method, &parts, &request.body, remote) {
            return answer;
        }
        match (method, &parts[..]) {
            ("GET", ["pulls"]) => (200, self.list(&request.query)),
            ("POST", ["pulls"]) => self.open(&request.body, remote),
            ("PATCH", ["pulls", number]) => {
                let pull = self.pull(number);
                let text = |key: &str| request.body[key].as_str().map(str::to_owned);
                pull.title = text("title").unwrap_or(pull.title.clone());
                pull.body = text("body").unwrap_or(pull.body.clone());
                pull.open = pull.open && text("state").as_deref() != Some("closed");
                (200, shown(pull))
            }
            ("GET", ["issues", number, "comments"]) => {
                let comments = self.pull(number).comments.iter();
                let shown = comments.map(|comment| json!({ "body": comment }));
                (200, shown.collect())
            }
            ("POST", ["issues", number, "comments"]) => {
                let comment = request.body["body"].as_str().expect("a comment");
                self.pull(number).comments.push(comment.to_owned());
                (201, json!({ "id": 1, "body": comment }))
            }
            ("POST", ["issues", number, "labels"]) => {
                let labels = names(&request.body["labels"]);
                self.pull(number).labels.extend(labels);
                (200, json!([]))
            }
            ("POST", ["issues", number, "assignees"]) => {
                let known = self.settings.members.clone();
                let mut wanted = names(&request.body["assignees"]);
                // GitHub passes over whoever cannot be assigned.
                wanted.retain(|name| known.contains(&name.as_str()));
                let pull = self.pull(number);
                pull.assignees.extend(wanted);
                let assigned = pull.assignees.iter().map(|login| json!({ "login": login }));
                (201, json!({ "assignees": assigned.collect::<Vec<_>>() }))
            }
            ("POST", ["pulls", number, "requested_reviewers"]) => self.ask(number, &request.body),
            _ => (404, json!({ "message": "Not Found" })),
        }
    }

    fn list(&self, query: &BTreeMap<String, String>) -> Json {
        let wanted = |pull: &&Pull| {
            query["head"].ends_with(&format!(":{}", pull.head)) && query["base"] == pull.base
        };
        assert_eq!((&*query["state"], &*query["direction"]), ("all", "desc"));
        self.pulls.iter().rev().filter(wanted).map(shown).collect()
    }

    fn open(&mut self, body: &Json, remote: &Path) -> (u16, Json) {
        let invalid = |message: String| {
            let errors =
                json!([{ "resource": "PullRequest", "code": "custom", "message": message }]);
            (
                422,
                json!({ "message": "Validation Failed", "errors": errors }),
            )
        };
        let text = |key: &str| body[key].as_str().expect("a text").to_owned();
        let draft = body["draft"] == json!(true);
        if draft && self.settings.no_drafts {
            let message = "Draft pull requests are not supported in this repository.";
            return (422, json!({ "message": message }));
        }
        let head = text("head");
        if self.pulls.iter().any(|pull| pull.open && pull.head == head) {
            return invalid(format!(
                "A pull request already exists for example-org:{head}."
            ));
        }
        if text("body").chars().count() > 65_536 {
            return invalid("body is too long (maximum is 65536 characters)".to_owned());
        }
        self.pulls.push(Pull {
            number: self.pulls.len() as u64 + 7,
            title: text("title"),
            body: text("body"),
            open: true,
            draft,
            base: text("base"),
            head,
            ..Pull::default()
        });
        self.follow(remote);
        (201, shown(self.pulls.last().expect("a pull request")))
    }

    fn ask(&mut self, number: &str, body: &Json) -> (u16, Json) {
        let (users, teams) = (names(&body["reviewers"]), names(&body["team_reviewers"]));
        let known = self.settings.members.clone();
        if users
            .iter()
            .chain(&teams)
            .any(|name| !known.contains(&name.as_str()))
        {
            let message = "Reviews may only be requested from collaborators. One or more of the users or teams you specified is not a collaborator of the example-org/rng-challenge repository.";
            return (422, json!({ "message": message }));
        }
        let pull = self.pull(number);
        pull.reviewers.extend(users);
        pull.teams.extend(teams);
        (201, shown(pull))
    }

    fn pull(&mut self, number: &str) -> &mut Pull {
        let number: u64 = number.parse().expect("a number");
        let mut pulls = self.pulls.iter_mut();
        pulls
            .find(|pull| pull.number == number)
            .expect("a pull request")
    }
}

fn names(list: &Json) -> Vec<String> {
    let names = list.as_array().into_iter().flatten();
    names
        .map(|name| name.as_str().expect("a name").to_owned())
        .collect()
}

/// A pull request as GitHub shows it, as far as anybody looks.
fn shown(pull: &Pull) -> Json {
    json!({
        "number": pull.number,
        "html_url": format!("https://github.com/example-org/rng-challenge/pull/{}", pull.number),
        "state": if pull.open { "open" } else { "closed" },
        "title": pull.title,
        "body": pull.body,
        "merged_at": pull.merged.then_some("2026-03-10T04:31:00Z"),
        "draft": pull.draft,
        "head": { "ref": pull.head, "sha": pull.sha },
        "base": { "ref": pull.base },
    })
}

fn read(stream: &TcpStream, root: &str, token: &str) -> Result<Request, (u16, Json)> {
    let mut reader = BufReader::new(stream);
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).expect("a line");
        if line.trim().is_empty() {
            break;
        }
        lines.push(line.trim_end().to_owned());
    }
    let header = |name: &str| {
        let mut headers = lines
            .iter()
            .skip(1)
            .filter_map(|line| line.split_once(": "));
        headers
            .find(|(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.to_owned())
    };
    let length = header("content-length").map_or(0, |length| length.parse().expect("a length"));
    let mut body = vec![0; length];
    reader.read_exact(&mut body).expect("a body");
    if header("authorization").as_deref() != Some(token) {
        return Err((401, json!({ "message": "Bad credentials" })));
    }
    let mut words = lines[0].split(' ');
    let (method, target) = (
        words.next().expect("a method"),
        words.next().expect("a target"),
    );
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let rest = path
        .strip_prefix(root)
        .and_then(|rest| rest.strip_prefix('/'));
    let Some(rest) = rest else {
        return Err((404, json!({ "message": "Not Found" })));
    };
    let number = |part: &str| part.parse::<u64>().is_ok();
    let named: Vec<_> = rest
        .split('/')
        .map(|part| if number(part) { "N" } else { part })
        .collect();
    let query = url::form_urlencoded::parse(query.as_bytes()).into_owned();
    Ok(Request {
        line: format!("{method} /{}", named.join("/")),
        rest: rest.to_owned(),
        query: query.collect(),
        body: serde_json::from_slice(&body).unwrap_or_default(),
    })
}
