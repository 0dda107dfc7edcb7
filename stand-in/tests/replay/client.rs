//! A bare HTTP client: it sends exactly what a recording says and follows nothing.

use std::io::{Read, Write};
use std::net::TcpStream;

use evalai_stand_in::recorded::Exchange;
use serde_json::Value;

/// An answer off the wire.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u64,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let found = self
            .headers
            .iter()
            .find(|(key, _)| key.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }
}

/// Sends a request to the stand-in and reads the answer to its end.
pub(crate) fn send(
    url: &str,
    method: &str,
    target: &str,
    headers: &[(String, String)],
    body: &[u8],
) -> Answer {
    let host = url.strip_prefix("http://").unwrap();
    let mut head = format!(
        "{method} {} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n",
        encoded(target)
    );
    for (name, value) in headers {
        head += &format!("{name}: {value}\r\n");
    }
    if !body.is_empty() {
        head += &format!("Content-Length: {}\r\n", body.len());
    }
    let mut stream = TcpStream::connect(host).unwrap();
    stream
        .write_all(&[head.as_bytes(), b"\r\n", body].concat())
        .unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    parse(&answer)
}

fn parse(answer: &[u8]) -> Answer {
    let end = answer
        .windows(4)
        .position(|window| window == b"\r\n\r\n")
        .expect("headers that end");
    let head = std::str::from_utf8(&answer[..end]).unwrap();
    let mut lines = head.split("\r\n");
    let status = lines
        .next()
        .unwrap()
        .split(' ')
        .nth(1)
        .unwrap()
        .parse()
        .unwrap();
    let headers = lines.map(|line| line.split_once(": ").unwrap());
    Answer {
        status,
        headers: headers
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect(),
        body: answer[end + 4..].to_vec(),
    }
}

/// The recordings hold paths decoded.
fn encoded(target: &str) -> String {
    target
        .bytes()
        .map(|byte| match byte {
            b'!'..=b'~' if byte != b'<' && byte != b'>' => char::from(byte).to_string(),
            _ => format!("%{byte:02X}"),
        })
        .collect()
}

/// Sends a recorded request.
pub(crate) fn replay(url: &str, exchange: &Exchange, target: &str) -> Answer {
    let request = &exchange.request;
    let mut headers: Vec<(String, String)> = request["headers"]
        .as_object()
        .unwrap()
        .iter()
        .map(|(name, value)| (name.clone(), value.as_str().unwrap().to_owned()))
        .collect();
    let body = match (&request["body"], &request["body_form"]) {
        (Value::Null, Value::Object(form)) => {
            headers.retain(|(name, _)| name != "Content-Type");
            let content_type = format!("multipart/form-data; boundary={BOUNDARY}");
            headers.push(("Content-Type".into(), content_type));
            multipart(form.iter())
        }
        (Value::Null, Value::String(raw)) => raw.clone(),
        (Value::Null, _) => String::new(),
        (json, _) => json.to_string(),
    };
    send(
        url,
        request["method"].as_str().unwrap(),
        target,
        &headers,
        body.as_bytes(),
    )
}

const BOUNDARY: &str = "a-boundary-that-no-part-holds";

/// A file's content was not recorded, only its length.
fn multipart<'a>(form: impl Iterator<Item = (&'a String, &'a Value)>) -> String {
    let mut body = String::new();
    for (name, value) in form {
        body += &format!("--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"");
        match value {
            Value::Object(file) => {
                let (file_name, length) = (
                    file["filename"].as_str().unwrap(),
                    file["bytes"].as_u64().unwrap(),
                );
                let content = "x".repeat(usize::try_from(length).unwrap());
                body += &format!("; filename=\"{file_name}\"\r\n\r\n{content}\r\n");
            }
            text => body += &format!("\r\n\r\n{}\r\n", text.as_str().unwrap()),
        }
    }
    body + &format!("--{BOUNDARY}--\r\n")
}
