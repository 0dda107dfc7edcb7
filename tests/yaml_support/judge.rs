//! PyYAML itself, in one process that is asked line by line.

use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use evalai_sync::yaml::{Timestamp, Value};
use serde_json::{Value as Json, json};

pub struct Judge {
    child: Child,
    ask: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
}

/// What PyYAML says about a document.
#[derive(Debug, PartialEq)]
pub enum Verdict {
    Reads(Json),
    Refuses(String),
}

impl Judge {
    /// Nothing, with a printed message, where Python or PyYAML is missing; in CI they must be there.
    pub fn start() -> Option<Self> {
        let present = Command::new("python3")
            .args(["-c", "import yaml"])
            .output()
            .is_ok_and(|run| run.status.success());
        if !present {
            assert!(
                std::env::var_os("CI").is_none(),
                "python3 with PyYAML must be installed in CI"
            );
            println!("skipped: python3 with PyYAML is not installed");
            return None;
        }
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/yaml_support/judge.py");
        let mut child = Command::new("python3")
            .arg(script)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("python3 starts");
        let ask = child.stdin.take();
        let answers = BufReader::new(child.stdout.take().expect("its output is piped"));
        Some(Self {
            child,
            ask,
            answers,
        })
    }

    pub fn judge(&mut self, document: &[u8]) -> Verdict {
        let mut line = String::with_capacity(document.len() * 2 + 1);
        for byte in document {
            write!(line, "{byte:02x}").expect("a string takes text");
        }
        line.push('\n');
        let ask = self.ask.as_mut().expect("its input is piped");
        ask.write_all(line.as_bytes()).expect("the judge listens");
        ask.flush().expect("the judge listens");
        let mut answer = String::new();
        self.answers
            .read_line(&mut answer)
            .expect("the judge answers");
        let answer: Json = serde_json::from_str(&answer).expect("the judge answers in JSON");
        match answer.get("value") {
            Some(value) => Verdict::Reads(value.clone()),
            None => Verdict::Refuses(answer["error"].as_str().unwrap_or_default().to_owned()),
        }
    }
}

impl Drop for Judge {
    fn drop(&mut self) {
        self.ask = None;
        let _ = self.child.wait();
    }
}

/// Describes a value as `judge.py` does.
pub fn described(value: &Value) -> Json {
    match value {
        Value::Null => json!(["null"]),
        Value::Bool(flag) => json!(["bool", flag]),
        Value::Int(number) => json!(["int", number.to_string()]),
        Value::BigInt(number) => json!(["int", number.to_string()]),
        Value::Float(number) if number.is_nan() => json!(["float", "nan"]),
        Value::Float(number) => json!(["float", format!("{:016x}", (number + 0.0).to_bits())]),
        Value::Str(text) => json!(["str", text]),
        Value::Timestamp(Timestamp::Date(date)) => json!(["date", date.to_string()]),
        Value::Timestamp(Timestamp::Naive(clock)) => json!(["datetime", clock_text(clock), null]),
        Value::Timestamp(Timestamp::Aware(clock, offset)) => {
            json!(["datetime", clock_text(clock), offset.seconds()])
        }
        Value::Seq(items) => {
            let mut all = vec![json!("seq")];
            all.extend(items.iter().map(described));
            Json::Array(all)
        }
        Value::Map(pairs) => {
            let mut all = vec![json!("map")];
            all.extend(
                pairs
                    .iter()
                    .map(|(key, value)| json!([described(key), described(value)])),
            );
            Json::Array(all)
        }
    }
}

fn clock_text(clock: &jiff::civil::DateTime) -> String {
    let microseconds = clock.subsec_nanosecond() / 1000;
    let (date, hour, minute, second) = (clock.date(), clock.hour(), clock.minute(), clock.second());
    format!("{date}T{hour:02}:{minute:02}:{second:02}.{microseconds:06}")
}
