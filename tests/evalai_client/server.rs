//! A tiny HTTP server over raw TCP, so that answers can also be broken, late or missing.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use evalai_sync::evalai::{Backoff, Client, HostUrl, Limits};
use evalai_sync::secret::Secret;
use serde_json::Value;

pub(crate) const TOKEN: &str = "hunter2-token";

/// A request as it arrived.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    pub(crate) path: String,
    /// Lower-case names.
    pub(crate) headers: Vec<(String, String)>,
    /// How many requests for this path came before.
    pub(crate) before: usize,
}

impl Seen {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.headers.iter();
        let (_, value) = headers.find(|(key, _)| key == name)?;
        Some(value)
    }
}

/// What a server answers, whoever asks.
pub(crate) type Answer = fn() -> Reply;

pub(crate) enum Reply {
    /// These bytes, then the end of the connection.
    Raw(Vec<u8>),
    /// These bytes one piece after the other, with a pause before each.
    Slow(Vec<Vec<u8>>, Duration),
    /// These bytes, then others for as long as the client takes them.
    Endless(Vec<u8>),
    /// The end of the connection, without an answer.
    Close,
    /// Nothing until the client goes.
    Silence,
}

pub(crate) fn json(status: u16, body: &Value) -> Reply {
    answer(
        status,
        "Content-Type: application/json\r\n",
        body.to_string().as_bytes(),
    )
}

pub(crate) fn html(status: u16) -> Reply {
    answer(
        status,
        "Content-Type: text/html\r\n",
        b"<!DOCTYPE html><h1>secret trace</h1>",
    )
}

pub(crate) fn answer(status: u16, headers: &str, body: &[u8]) -> Reply {
    let length = body.len();
    let head = format!(
        "HTTP/1.1 {status} X\r\nConnection: close\r\nContent-Length: {length}\r\n{headers}\r\n"
    );
    Reply::Raw([head.as_bytes(), body].concat())
}

pub(crate) struct Server {
    address: SocketAddr,
    seen: Arc<Mutex<Vec<Seen>>>,
}

impl Server {
    /// Starts on a free port; `reply` answers each request, in a thread of its own.
    pub(crate) fn start(reply: impl Fn(&Seen) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let seen = Arc::new(Mutex::new(Vec::new()));
        let (reply, log) = (Arc::new(reply), Arc::clone(&seen));
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (reply, log) = (Arc::clone(&reply), Arc::clone(&log));
                thread::spawn(move || serve(stream, &log, &*reply));
            }
        });
        Self { address, seen }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }

    pub(crate) fn paths(&self) -> Vec<String> {
        self.seen().into_iter().map(|seen| seen.path).collect()
    }

    pub(crate) fn client(&self) -> Client {
        client(&self.url(), limits())
    }
}

/// Limits that let a failing test end soon.
pub(crate) fn limits() -> Limits {
    let backoff = Backoff {
        base: Duration::from_millis(1),
        cap: Duration::from_millis(4),
        attempts: 3,
    };
    Limits {
        connect: Duration::from_secs(5),
        request: Duration::from_secs(10),
        total: Duration::from_secs(20),
        body: 1 << 20,
        backoff,
    }
}

pub(crate) fn client(url: &str, limits: Limits) -> Client {
    let (url, _) = HostUrl::parse(url).unwrap();
    Client::new(url, Secret::new(TOKEN).unwrap(), limits).unwrap()
}

fn serve(stream: TcpStream, log: &Mutex<Vec<Seen>>, reply: &dyn Fn(&Seen) -> Reply) {
    let mut reader = BufReader::new(stream);
    let Some(request) = read(&mut reader, log) else {
        // As real servers answer what is not HTTP, such as TLS.
        drop(
            reader
                .into_inner()
                .write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n"),
        );
        return;
    };
    let answer = reply(&request);
    let mut stream = reader.into_inner();
    match answer {
        // The client may have gone already.
        Reply::Raw(bytes) => drop(stream.write_all(&bytes)),
        Reply::Slow(pieces, pause) => {
            for piece in pieces {
                thread::sleep(pause);
                drop(stream.write_all(&piece));
            }
        }
        Reply::Endless(head) => {
            drop(stream.write_all(&head));
            while stream.write_all(&[b'x'; 4096]).is_ok() {}
        }
        Reply::Close => {}
        Reply::Silence => drop(stream.read(&mut [0])),
    }
}

fn read(reader: &mut BufReader<TcpStream>, log: &Mutex<Vec<Seen>>) -> Option<Seen> {
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).ok()? == 0 {
            return None;
        }
        match line.trim_end() {
            "" => break,
            line => lines.push(line.to_owned()),
        }
    }
    let path = lines.first()?.split(' ').nth(1)?.to_owned();
    let headers = lines[1..].iter().filter_map(|line| {
        let (name, value) = line.split_once(':')?;
        Some((name.to_ascii_lowercase(), value.trim().to_owned()))
    });
    let mut log = log.lock().unwrap();
    let seen = Seen {
        headers: headers.collect(),
        before: log.iter().filter(|seen| seen.path == path).count(),
        path,
    };
    log.push(seen.clone());
    Some(seen)
}
