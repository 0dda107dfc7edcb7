//! GitHub's API for tests: an answer for each path, in the shapes that its documentation gives.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use serde_json::{Value as Json, json};

/// The server; it listens until the test process ends.
pub(crate) struct GithubAnswers {
    url: String,
    answers: Arc<Mutex<BTreeMap<String, (u16, Json)>>>,
    requests: Arc<Mutex<Vec<String>>>,
    sent: Arc<Mutex<Vec<Json>>>,
}

impl GithubAnswers {
    /// A GitHub that has the public repository `name`, in which all is well.
    pub(crate) fn with(name: &str, branch: &str, workflow: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let server = Self {
            url: format!("http://{}", listener.local_addr().expect("an address")),
            answers: Arc::default(),
            requests: Arc::default(),
            sent: Arc::default(),
        };
        let (answers, requests) = (Arc::clone(&server.answers), Arc::clone(&server.requests));
        let sent = Arc::clone(&server.sent);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let (answers, requests) = (Arc::clone(&answers), Arc::clone(&requests));
                let sent = Arc::clone(&sent);
                std::thread::spawn(move || {
                    serve(&stream.expect("a connection"), &answers, &requests, &sent);
                });
            }
        });
        let root = format!("/repos/{name}");
        server.answer(&root, 200, repository(name, branch));
        server.answer(
            &format!("{root}/branches/{branch}"),
            200,
            json!({"name": branch, "commit": {"sha": "c0ffee"}, "protected": false}),
        );
        server.answer(&format!("{root}/rules/branches/{branch}"), 200, json!([]));
        server.state(name, workflow, "active");
        server.answer(
            &format!("{root}/actions/secrets"),
            200,
            json!({"total_count": 2, "secrets": [{"name": "AUTH_TOKEN", "created_at": "2026-01-01T00:00:00Z"}, {"name": "EVALAI_TOKEN"}]}),
        );
        server
    }

    /// Its address.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// From now on `path` is answered like this.
    pub(crate) fn answer(&self, path: &str, status: u16, body: Json) {
        let mut answers = self.answers.lock().expect("the answers");
        answers.insert(path.to_owned(), (status, body));
    }

    /// From now on the workflow is in this state.
    pub(crate) fn state(&self, name: &str, workflow: &str, state: &str) {
        let path = format!(
            "/repos/{name}/actions/workflows/{}",
            workflow.replace('-', "%2D").replace('.', "%2E")
        );
        let body = json!({"id": 1, "node_id": "x", "name": "Sync", "path": format!(".github/workflows/{workflow}"), "state": state});
        self.answer(&path, 200, body);
    }

    /// The bodies of the requests that had one.
    pub(crate) fn sent(&self) -> Vec<Json> {
        self.sent.lock().expect("the bodies").clone()
    }

    /// The requests so far: method, path, and whether they bore a token.
    pub(crate) fn requests(&self) -> Vec<String> {
        self.requests.lock().expect("the requests").clone()
    }
}

/// A public repository with everything that is looked at.
pub(crate) fn repository(name: &str, branch: &str) -> Json {
    json!({
        "full_name": name, "default_branch": branch, "archived": false, "private": false,
        "pushed_at": jiff::Timestamp::now().to_string(),
        "permissions": {"admin": false, "push": true, "pull": true},
    })
}

fn serve(
    stream: &TcpStream,
    answers: &Mutex<BTreeMap<String, (u16, Json)>>,
    requests: &Mutex<Vec<String>>,
    sent: &Mutex<Vec<Json>>,
) {
    let mut reader = BufReader::new(stream);
    // octocrab keeps its connections open.
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).unwrap_or(0) == 0 {
            return;
        }
        let mut authorized = false;
        let mut length = 0;
        loop {
            let mut header = String::new();
            if reader.read_line(&mut header).unwrap_or(0) == 0 || header.trim().is_empty() {
                break;
            }
            let header = header.to_lowercase();
            authorized |= header.starts_with("authorization: bearer ghp_");
            if let Some(text) = header.strip_prefix("content-length:") {
                length = text.trim().parse().expect("a length");
            }
        }
        if length > 0 {
            let mut body = vec![0; length];
            reader.read_exact(&mut body).expect("a body");
            let body = serde_json::from_slice(&body).expect("JSON");
            sent.lock().expect("the bodies").push(body);
        }
        let mut words = line.split_whitespace();
        let (method, target) = (
            words.next().unwrap_or_default(),
            words.next().unwrap_or_default(),
        );
        let path = target.split('?').next().unwrap_or_default();
        let mark = if authorized { "" } else { " without a token" };
        requests
            .lock()
            .expect("the requests")
            .push(format!("{method} {path}{mark}"));
        let known = answers.lock().expect("the answers").get(path).cloned();
        let not_found = || {
            (
                404,
                json!({"message": "Not Found", "documentation_url": "https://docs.github.com/rest"}),
            )
        };
        let (status, body) = known.unwrap_or_else(not_found);
        let body = body.to_string();
        let answer = format!(
            "HTTP/1.1 {status} x\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        if (&*stream).write_all(answer.as_bytes()).is_err() {
            return;
        }
    }
}
