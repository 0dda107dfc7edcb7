//! A git server for tests: `git http-backend` behind a few lines of HTTP, with
//! basic auth, redirects, fixed answers and a log of requests.

#![allow(
    dead_code,
    clippy::unwrap_used,
    reason = "test code, of which each test crate uses a part"
)]

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};

use base64::Engine;

/// What the server does besides serving; all off by default.
#[derive(Default)]
pub(crate) struct Rules {
    /// The token to be given with basic auth; anyone is served without one.
    pub(crate) token: Option<String>,
    /// Redirects everything to this URL plus the path.
    pub(crate) redirect_to: Option<String>,
    /// Redirects from the one repository name to the other.
    pub(crate) renamed: Option<(&'static str, &'static str)>,
    /// Answers this status to whoever wants to write.
    pub(crate) on_write: Option<u16>,
    /// Answers this status to everyone who passed authentication.
    pub(crate) on_all: Option<u16>,
    /// Runs once, when a pack was sent and before it is taken.
    pub(crate) before_receive: Option<Box<dyn FnOnce() + Send>>,
}

/// One request as it came in.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    /// Method and path with its query.
    pub(crate) line: String,
    /// Whether it carried credentials.
    pub(crate) authorized: bool,
    /// Bytes sent back.
    pub(crate) answered: usize,
}

/// The server; it listens until the test process ends.
pub(crate) struct GitServer {
    port: u16,
    rules: Arc<Mutex<Rules>>,
    log: Arc<Mutex<Vec<Request>>>,
}

impl GitServer {
    /// Serves the bare repositories in `root`.
    pub(crate) fn start(root: &Path, rules: Rules) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let server = Self {
            port: listener.local_addr().unwrap().port(),
            rules: Arc::new(Mutex::new(rules)),
            log: Arc::default(),
        };
        let root = root.to_owned();
        let (rules, log) = (Arc::clone(&server.rules), Arc::clone(&server.log));
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let (root, rules, log) = (root.clone(), Arc::clone(&rules), Arc::clone(&log));
                std::thread::spawn(move || serve(&stream.unwrap(), &root, &rules, &log));
            }
        });
        server
    }

    pub(crate) fn url(&self, name: &str) -> String {
        format!("http://127.0.0.1:{}/{name}", self.port)
    }

    /// The same server under another host name.
    pub(crate) fn other_host(&self) -> String {
        format!("http://localhost:{}", self.port)
    }

    pub(crate) fn set(&self, change: impl FnOnce(&mut Rules)) {
        change(&mut self.rules.lock().unwrap());
    }

    /// All requests since the last call.
    pub(crate) fn take_log(&self) -> Vec<Request> {
        std::mem::take(&mut *self.log.lock().unwrap())
    }
}

fn serve(stream: &TcpStream, root: &Path, rules: &Mutex<Rules>, log: &Mutex<Vec<Request>>) {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    if reader.read_line(&mut line).unwrap_or(0) == 0 {
        return;
    }
    let mut words = line.split(' ');
    let (method, target) = (
        words.next().unwrap().to_owned(),
        words.next().unwrap().to_owned(),
    );
    let mut headers = HashMap::new();
    loop {
        let mut header = String::new();
        reader.read_line(&mut header).unwrap();
        let Some((name, value)) = header.trim_end().split_once(": ") else {
            break;
        };
        headers.insert(name.to_lowercase(), value.to_owned());
    }
    let body = read_body(&mut reader, &headers);
    let answer = answer(root, rules, &method, &target, &headers, &body);
    log.lock().unwrap().push(Request {
        line: format!("{method} {target}"),
        authorized: headers.contains_key("authorization"),
        answered: answer.len(),
    });
    let _ = { stream }.write_all(&answer);
}

fn read_body(reader: &mut impl BufRead, headers: &HashMap<String, String>) -> Vec<u8> {
    let mut body = Vec::new();
    if let Some(length) = headers.get("content-length") {
        reader
            .take(length.parse().unwrap())
            .read_to_end(&mut body)
            .unwrap();
    } else if headers
        .get("transfer-encoding")
        .is_some_and(|value| value == "chunked")
    {
        loop {
            let mut size = String::new();
            reader.read_line(&mut size).unwrap();
            let size = u64::from_str_radix(size.trim(), 16).unwrap();
            reader.by_ref().take(size).read_to_end(&mut body).unwrap();
            reader.read_line(&mut String::new()).unwrap();
            if size == 0 {
                break;
            }
        }
    }
    body
}

fn answer(
    root: &Path,
    rules: &Mutex<Rules>,
    method: &str,
    target: &str,
    headers: &HashMap<String, String>,
    body: &[u8],
) -> Vec<u8> {
    let fixed = |status: u16, extra: &str| {
        format!("HTTP/1.1 {status} x\r\n{extra}Content-Length: 0\r\nConnection: close\r\n\r\n")
            .into_bytes()
    };
    let before_receive = {
        let mut rules = rules.lock().unwrap();
        let given = headers
            .get("authorization")
            .and_then(|value| value.split_once(' '))
            .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("basic"))
            .map(|(_, credentials)| credentials);
        let wanted = rules.token.as_ref().map(|token| {
            base64::engine::general_purpose::STANDARD.encode(format!("x-access-token:{token}"))
        });
        if wanted.is_some() && given != wanted.as_deref() {
            return fixed(401, "WWW-Authenticate: Basic realm=\"git\"\r\n");
        }
        if let Some(base) = &rules.redirect_to {
            return fixed(302, &format!("Location: {base}{target}\r\n"));
        }
        if let Some((old, new)) = rules.renamed.filter(|(old, _)| target.contains(old)) {
            let url = format!("http://{}{}", headers["host"], target.replace(old, new));
            return fixed(301, &format!("Location: {url}\r\n"));
        }
        if let Some(status) = rules.on_all {
            return fixed(status, "");
        }
        if let Some(status) = rules
            .on_write
            .filter(|_| target.contains("git-receive-pack"))
        {
            return fixed(status, "");
        }
        if target.ends_with("/git-receive-pack") {
            rules.before_receive.take()
        } else {
            None
        }
    };
    if let Some(run) = before_receive {
        run();
    }
    backend(root, method, target, headers.get("content-type"), body)
}

fn backend(root: &Path, method: &str, target: &str, kind: Option<&String>, body: &[u8]) -> Vec<u8> {
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let mut child = Command::new("git")
        .arg("http-backend")
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap())
        .env("GIT_PROJECT_ROOT", root)
        .env("GIT_HTTP_EXPORT_ALL", "1")
        .env("REMOTE_USER", "tester")
        .env("REQUEST_METHOD", method)
        .env("PATH_INFO", path)
        .env("QUERY_STRING", query)
        .env("CONTENT_TYPE", kind.map_or("", String::as_str))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    // git may stop reading early; its answer tells why.
    let _ = child.stdin.take().unwrap().write_all(body);
    let output = child.wait_with_output().unwrap().stdout;
    let end = output
        .windows(4)
        .position(|window| window == b"\r\n\r\n")
        .unwrap();
    let head = String::from_utf8_lossy(&output[..end]).into_owned();
    let content = &output[end + 4..];
    let status = head
        .lines()
        .find_map(|line| line.strip_prefix("Status: "))
        .unwrap_or("200 OK");
    let mut answer = format!(
        "HTTP/1.1 {status}\r\n{head}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        content.len()
    )
    .into_bytes();
    answer.extend_from_slice(content);
    answer
}
