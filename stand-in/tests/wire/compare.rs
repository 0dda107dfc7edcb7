//! Whether an answer is the recorded one, up to names that are random: those must differ and agree alike.

use std::collections::BTreeMap;

use evalai_stand_in::recorded::Exchange;
use serde_json::Value;

use crate::client::Answer;

/// Headers that must be there, or not be there, as recorded.
const HEADERS: [&str; 5] = [
    "Content-Type",
    "WWW-Authenticate",
    "Retry-After",
    "Location",
    "Last-Modified",
];

/// Which random name of the stand-in stands for which recorded one.
#[derive(Debug, Default)]
pub(crate) struct Names {
    by_recorded: BTreeMap<String, String>,
    by_actual: BTreeMap<String, String>,
}

impl Names {
    /// Whether the two can be the same thing: always paired with each other, never with another.
    fn pair(&mut self, recorded: &str, actual: &str) -> bool {
        let known = self
            .by_recorded
            .entry(recorded.to_owned())
            .or_insert_with(|| actual.to_owned())
            == actual;
        let back = self
            .by_actual
            .entry(actual.to_owned())
            .or_insert_with(|| recorded.to_owned())
            == recorded;
        known && back
    }

    /// A recorded path with the stand-in's name for the file or queue that it names.
    pub(crate) fn actual(&self, recorded: &str) -> String {
        let named = self
            .by_recorded
            .iter()
            .find(|(name, _)| recorded.contains(name.as_str()));
        named.map_or_else(
            || recorded.to_owned(),
            |(name, actual)| recorded.replace(name.as_str(), actual),
        )
    }

    /// Everything in which a value differs from the recorded one.
    pub(crate) fn differences(
        &mut self,
        recorded: &Value,
        actual: &Value,
        url: &str,
    ) -> Vec<String> {
        let mut found = Vec::new();
        Comparison {
            url,
            names: self,
            found: &mut found,
        }
        .json("", recorded, actual);
        found
    }
}

/// Everything in which the answer differs from the recorded one.
pub(crate) fn differences(
    exchange: &Exchange,
    answer: &Answer,
    url: &str,
    names: &mut Names,
) -> Vec<String> {
    let recorded = &exchange.response;
    let mut found = Vec::new();
    if recorded["status"] != answer.status {
        found.push(format!(
            "status {} instead of {}",
            answer.status, recorded["status"]
        ));
    }
    for name in HEADERS {
        let (expected, actual) = (recorded["headers"][name].as_str(), answer.header(name));
        if expected != actual {
            found.push(format!("{name} {actual:?} instead of {expected:?}"));
        }
    }
    let methods = |allow: Option<&str>| {
        let mut methods: Vec<String> = allow
            .iter()
            .flat_map(|allow| allow.split(", "))
            .map(str::to_owned)
            .collect();
        methods.sort();
        methods
    };
    let allowed = (
        methods(recorded["headers"]["Allow"].as_str()),
        methods(answer.header("allow")),
    );
    if allowed.0 != allowed.1 {
        found.push(format!("Allow {:?} instead of {:?}", allowed.1, allowed.0));
    }
    // The length of an answer of another kind depends on the stand-in's port.
    if let Some(length) = exchange.request["method"]
        .eq("HEAD")
        .then(|| &recorded["headers"]["Content-Length"])
        && exchange.target().starts_with("/media/")
        && length.as_str() != answer.header("content-length")
    {
        found.push(format!(
            "Content-Length {:?} instead of {length}",
            answer.header("content-length")
        ));
    }
    body(exchange, answer, url, names, &mut found);
    found
}

fn body(
    exchange: &Exchange,
    answer: &Answer,
    url: &str,
    names: &mut Names,
    found: &mut Vec<String>,
) {
    let recorded = &exchange.response;
    if let Some(download) = &exchange.download {
        if *download != answer.body {
            found.push(format!("another file, of {} bytes", answer.body.len()));
        }
    } else if let Some(text) = recorded["body_text"].as_str() {
        if text.as_bytes() != answer.body {
            found.push(format!(
                "body {:?} instead of {text:?}",
                String::from_utf8_lossy(&answer.body)
            ));
        }
    } else if let Some(expected) = recorded.get("body").filter(|body| !body.is_null()) {
        match serde_json::from_slice(&answer.body) {
            Ok(actual) => Comparison { url, names, found }.json("body", expected, &actual),
            Err(_) => found.push(format!(
                "no JSON but {:?}",
                String::from_utf8_lossy(&answer.body)
            )),
        }
    } else if !answer.body.is_empty() {
        found.push("a body where none was recorded".into());
    }
}

struct Comparison<'a> {
    url: &'a str,
    names: &'a mut Names,
    found: &'a mut Vec<String>,
}

impl Comparison<'_> {
    fn json(&mut self, path: &str, recorded: &Value, actual: &Value) {
        match (recorded, actual) {
            (Value::Object(expected), Value::Object(given)) => {
                let keys = |object: &serde_json::Map<String, Value>| {
                    object.keys().cloned().collect::<Vec<_>>()
                };
                if keys(expected) != keys(given) {
                    self.differ(
                        path,
                        &Value::from(keys(expected)),
                        &Value::from(keys(given)),
                    );
                }
                for (key, expected) in expected {
                    self.json(
                        &format!("{path}.{key}"),
                        expected,
                        given.get(key).unwrap_or(&Value::Null),
                    );
                }
            }
            (Value::Array(expected), Value::Array(given)) => {
                if expected.len() != given.len() {
                    self.differ(path, &expected.len().into(), &given.len().into());
                }
                for (place, (expected, given)) in expected.iter().zip(given).enumerate() {
                    self.json(&format!("{path}[{place}]"), expected, given);
                }
            }
            (Value::String(expected), Value::String(given)) if is_random(expected) => {
                let given = given.replace(self.url, "http://127.0.0.1:8000");
                if shape(expected) != shape(&given)
                    || !self.names.pair(random(expected), random(&given))
                {
                    self.differ(path, recorded, actual);
                }
            }
            _ if recorded == actual => {}
            _ => self.differ(path, recorded, actual),
        }
    }

    fn differ(&mut self, path: &str, recorded: &Value, actual: &Value) {
        self.found
            .push(format!("{path}: {actual} instead of {recorded}"));
    }
}

fn is_random(text: &str) -> bool {
    text.contains("/media/") || text.starts_with("FAKE-") || uuid(text).is_some()
}

/// What two names of one kind share: host, folder and extension of a file, the title in a queue's name, nothing of a
/// token.
fn shape(text: &str) -> (&str, &str) {
    if let Some((folder, name)) = text.rsplit_once('/') {
        let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension);
        return (folder, extension);
    }
    uuid(text).map_or(("", ""), |(before, _)| (before, ""))
}

/// The random part: a file's path, a queue's or a token's whole name.
fn random(text: &str) -> &str {
    text.find("/media/").map_or(text, |start| &text[start..])
}

/// A text that ends with a UUID, cut in two.
fn uuid(text: &str) -> Option<(&str, &str)> {
    let (before, uuid) = text.split_at_checked(text.len().checked_sub(36)?)?;
    let hyphens = uuid.match_indices('-').map(|(place, _)| place);
    hyphens.eq([8, 13, 18, 23]).then_some((before, uuid))
}

#[test]
fn a_new_name_must_be_new_and_an_old_one_must_stay() {
    let mut names = Names::default();
    let mut compare = |recorded: &str, actual: &str| {
        let mut found = Vec::new();
        let mut comparison = Comparison {
            url: "http://127.0.0.1:1",
            names: &mut names,
            found: &mut found,
        };
        comparison.json("", &recorded.into(), &actual.into());
        found.is_empty()
    };
    let recorded = |name: &str| format!("http://127.0.0.1:8000/media/logos/{name}");
    let actual = |name: &str| format!("http://127.0.0.1:1/media/logos/{name}");
    assert!(compare(&recorded("a.png"), &actual("1.png")));
    assert!(
        compare("/media/logos/a.png", "/media/logos/1.png"),
        "the same file by a relative URL"
    );
    assert!(
        !compare(&recorded("a.png"), &actual("2.png")),
        "the file has changed its name"
    );
    assert!(
        !compare(&recorded("b.png"), &actual("1.png")),
        "the file should have changed its name"
    );
    assert!(
        !compare(&recorded("c.png"), &actual("3.jpg")),
        "another extension"
    );
    let queue = |name: &str| format!("{name}-1-dev-c0d4d8b8-7dff-4744-827d-9ebb423f8b4c");
    assert!(compare(&queue("a"), &queue("a").replace('b', "c")));
    assert!(!compare(&queue("b"), &queue("c")), "another title");
    assert!(
        !compare(&recorded("d.png"), "/media/logos/4.png"),
        "relative instead of absolute"
    );
}

#[test]
fn the_order_of_keys_and_items_counts() {
    for (recorded, actual) in [
        (r#"{"a":1,"b":2}"#, r#"{"b":2,"a":1}"#),
        ("[1,2]", "[2,1]"),
        ("[1]", "[1,1]"),
        ("null", "0"),
    ] {
        let mut found = Vec::new();
        let mut comparison = Comparison {
            url: "",
            names: &mut Names::default(),
            found: &mut found,
        };
        let [recorded, actual] = [recorded, actual].map(|text| serde_json::from_str(text).unwrap());
        comparison.json("", &recorded, &actual);
        assert!(!found.is_empty(), "{recorded} and {actual}");
    }
}
