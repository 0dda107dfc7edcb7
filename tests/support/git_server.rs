//! A git server for tests: `git http-backend` behind a few lines of HTTP, with
//! basic auth, redirects, fixed answers and a log of requests.

#![allow(
    dead_code,
    clippy::unwrap_used,
    reason = "test code, of which each test crate uses a part"
)]

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use base64::Engine;
use socket2::{Domain, SockRef, Socket, Type};

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
    /// What becomes of a request that passed authentication, by its method and path; `None` serves it.
    pub(crate) fault: Option<Judge>,
    /// Nobody listens any more.
    pub(crate) is_gone: bool,
}

/// Says what becomes of a request.
pub(crate) type Judge = Box<dyn FnMut(&str) -> Option<GitFault> + Send>;

/// What can become of a request.
#[derive(Debug, Clone)]
pub(crate) enum GitFault {
    /// These bytes are the answer.
    Says(Vec<u8>),
    /// The connection is closed without an answer, and nothing is done.
    HangsUp,
    /// It is done, and the connection is closed without an answer.
    Swallows,
    /// It is done, and so much of the answer is sent, in tenths.
    Cuts(usize),
    /// Nothing comes, and the connection stays open.
    Silence,
    /// An answer begins, goes on with the same bytes again and again, and never ends.
    Endless(Vec<u8>, &'static [u8]),
    /// It is done, and a byte of the answer comes now and then.
    Drips,
    /// It is done, and the answer is changed before it is sent.
    Mangles(fn(&mut Vec<u8>)),
    /// The connection is reset, and nothing is done.
    Resets,
    /// The connection is closed, nothing is done, and nobody listens any more.
    NobodyListens,
}

impl GitFault {
    /// An answer with this status, these headers (each with its line break) and this body.
    pub(crate) fn answer(status: u16, headers: &str, body: &[u8]) -> Self {
        let length = body.len();
        let head = format!(
            "HTTP/1.1 {status} x\r\n{headers}Content-Length: {length}\r\nConnection: close\r\n\r\n"
        );
        Self::Says([head.as_bytes(), body].concat())
    }
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
            let listener = listener;
            for stream in listener.incoming() {
                if rules.lock().unwrap().is_gone {
                    break;
                }
                let (root, rules, log) = (root.clone(), Arc::clone(&rules), Arc::clone(&log));
                std::thread::spawn(move || serve(&stream.unwrap(), &root, &rules, &log));
            }
            let address = listener.local_addr().unwrap();
            drop(listener);
            keep(address);
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

/// Keeps a port from others, on which nobody listens; somebody's connection may have got it in between.
fn keep(address: SocketAddr) {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    socket.set_reuse_address(true).unwrap();
    while socket.bind(&address.into()).is_err() {
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    loop {
        std::thread::park();
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
    let (mut answer, fault) = answer(root, rules, (&method, &target), &headers, &body);
    log.lock().unwrap().push(Request {
        line: format!("{method} {target}"),
        authorized: headers.contains_key("authorization"),
        answered: answer.len(),
    });
    let sent = match fault {
        None | Some(GitFault::Says(_)) => &answer[..],
        Some(GitFault::Cuts(tenths)) => &answer[..answer.len() * tenths / 10],
        Some(GitFault::HangsUp | GitFault::Swallows) => return,
        Some(GitFault::Mangles(mangle)) => {
            mangle(&mut answer);
            &answer[..]
        }
        Some(GitFault::Drips) => {
            for byte in answer.chunks(1) {
                if { stream }.write_all(byte).is_err() {
                    return;
                }
                std::thread::sleep(Duration::from_millis(50));
            }
            return;
        }
        Some(GitFault::Resets) => {
            // Closing without lingering is what makes it a reset.
            let _ = SockRef::from(stream).set_linger(Some(Duration::ZERO));
            return;
        }
        Some(GitFault::NobodyListens) => {
            rules.lock().unwrap().is_gone = true;
            let address = stream.local_addr().unwrap();
            while TcpStream::connect(address).is_ok() {}
            return;
        }
        // Until whoever asked has gone.
        Some(GitFault::Silence) => {
            let _ = reader.read_to_end(&mut Vec::new());
            return;
        }
        Some(GitFault::Endless(begin, again)) => {
            let mut sent = { stream }.write_all(&begin);
            while sent.is_ok() {
                std::thread::sleep(Duration::from_millis(1));
                sent = { stream }.write_all(again);
            }
            return;
        }
    };
    let _ = { stream }.write_all(sent);
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
    (method, target): (&str, &str),
    headers: &HashMap<String, String>,
    body: &[u8],
) -> (Vec<u8>, Option<GitFault>) {
    let fixed = |status: u16, extra: &str| {
        let answer =
            format!("HTTP/1.1 {status} x\r\n{extra}Content-Length: 0\r\nConnection: close\r\n\r\n");
        (answer.into_bytes(), None)
    };
    let (before_receive, fault) = {
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
        let line = format!("{method} {target}");
        let fault = rules.fault.as_mut().and_then(|fault| fault(&line));
        let receives = target.ends_with("/git-receive-pack");
        let run = receives.then(|| rules.before_receive.take()).flatten();
        (run, fault)
    };
    match fault {
        Some(GitFault::Says(bytes)) => return (bytes.clone(), Some(GitFault::Says(bytes))),
        Some(
            GitFault::HangsUp
            | GitFault::Silence
            | GitFault::Endless(..)
            | GitFault::Resets
            | GitFault::NobodyListens,
        ) => return (Vec::new(), fault),
        None
        | Some(GitFault::Swallows | GitFault::Cuts(_) | GitFault::Drips | GitFault::Mangles(_)) => {
        }
    }
    if let Some(run) = before_receive {
        run();
    }
    let served = backend(root, method, target, headers.get("content-type"), body);
    (served, fault)
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
