//! A bare HTTP client: it sends exactly what a recording says and follows nothing.

use std::io::{self, Read, Write};
use std::net::TcpStream;

use evalai_stand_in::StandIn;
use evalai_stand_in::recorded::Exchange;
use serde_json::{Value, json};

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

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
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
    parse(&raw(url, method, target, headers, body).unwrap())
}

/// Reads what a host sees under a path.
pub(crate) fn get(evalai: &StandIn, target: &str) -> Answer {
    send(evalai.url(), "GET", target, &bearer(&evalai.token()), b"")
}

/// The header that a token is sent in.
pub(crate) fn bearer(token: &str) -> [(String, String); 1] {
    [("Authorization".to_owned(), format!("Bearer {token}"))]
}

/// Sends a request and returns whatever comes back until the connection ends.
pub(crate) fn raw(
    url: &str,
    method: &str,
    target: &str,
    headers: &[(String, String)],
    body: &[u8],
) -> io::Result<Vec<u8>> {
    let host = url.strip_prefix("http://").unwrap();
    let target = encoded(target);
    let length = ("Content-Length".to_owned(), body.len().to_string());
    let lines: String = headers
        .iter()
        .chain((!body.is_empty()).then_some(&length))
        .flat_map(|(name, value)| [name, ": ", value, "\r\n"])
        .collect();
    let head =
        format!("{method} {target} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n{lines}\r\n");
    let mut stream = TcpStream::connect(host)?;
    stream.write_all(&[head.as_bytes(), body].concat())?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    Ok(answer)
}

pub(crate) fn parse(answer: &[u8]) -> Answer {
    let end = answer
        .windows(4)
        .position(|window| window == b"\r\n\r\n")
        .unwrap();
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

/// Sends a recorded request; a zip takes the place of an uploaded one, which was not recorded.
pub(crate) fn replay(url: &str, exchange: &Exchange, target: &str, zip: Option<&[u8]>) -> Answer {
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
            multipart(form.iter(), zip)
        }
        (Value::Null, Value::String(raw)) => raw.clone().into_bytes(),
        (Value::Null, _) => Vec::new(),
        (json, _) => json.to_string().into_bytes(),
    };
    send(
        url,
        request["method"].as_str().unwrap(),
        target,
        &headers,
        &body,
    )
}

const BOUNDARY: &str = "a-boundary-that-no-part-holds";

/// Posts a zip for a repository as a challenge's workflow does.
pub(crate) fn send_form(
    evalai: &StandIn,
    user: &str,
    path: &str,
    repository: &str,
    zip: &[u8],
) -> Answer {
    let form = json!({
        "GITHUB_REPOSITORY": repository, "BRANCH_NAME": "challenge",
        "zip_configuration": { "filename": "challenge_config.zip", "bytes": 0 },
    });
    let content_type = format!("multipart/form-data; boundary={BOUNDARY}");
    let mut headers = bearer(&evalai.token_of(user)).to_vec();
    headers.push(("Content-Type".into(), content_type));
    let body = multipart(form.as_object().unwrap().iter(), Some(zip));
    send(evalai.url(), "POST", path, &headers, &body)
}

/// A file's content was not recorded, only its length.
fn multipart<'a>(
    form: impl Iterator<Item = (&'a String, &'a Value)>,
    zip: Option<&[u8]>,
) -> Vec<u8> {
    let mut body = Vec::new();
    for (name, value) in form {
        let (file, content) = match value {
            Value::Object(file) => {
                let filename = format!("; filename={}", file["filename"]);
                let length = usize::try_from(file["bytes"].as_u64().unwrap()).unwrap();
                let content = match zip {
                    Some(zip) if name == "zip_configuration" => zip.to_vec(),
                    _ => vec![b'x'; length],
                };
                (filename, content)
            }
            text => (String::new(), text.as_str().unwrap().as_bytes().to_vec()),
        };
        let head = format!(
            "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"{file}\r\n\r\n"
        );
        body.extend([head.as_bytes(), &content, b"\r\n"].concat());
    }
    body.extend(format!("--{BOUNDARY}--\r\n").as_bytes());
    body
}
