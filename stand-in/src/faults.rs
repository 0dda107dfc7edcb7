//! Things that go wrong between EvalAI and its client, one after another as a test wants them.

use std::time::Duration;

use serde_json::Value;

use crate::http::Reply;

/// What happens to one request.
#[derive(Debug, Clone)]
pub enum Fault {
    /// Another answer, of something in between or of a failing server. The request changes nothing.
    Answer {
        /// The status code.
        status: u16,
        /// Headers; `Content-Type` too, if there is to be one.
        headers: Vec<(&'static str, String)>,
        /// The body.
        body: String,
    },
    /// The right answer, but late.
    Delay(Duration),
    /// The connection is reset before a byte of the answer is sent.
    Reset,
    /// The connection ends in the middle of the headers.
    CutInHeaders,
    /// The connection ends in the middle of the body.
    CutInBody,
    /// The right status and headers, but the second half of the JSON is missing.
    InvalidJson,
    /// The right status and headers with another JSON.
    Json(Value),
    /// The right answer, its JSON made into another text. An answer that is no JSON stays.
    Mangled(fn(Value) -> String),
    /// The right answer, whose body comes a byte at a time, each so much later.
    Drip(Duration),
    /// The right answer, whose body goes on with blanks and never ends.
    Endless,
    /// The connection is reset, and nobody listens any more until the faults are forgotten.
    NobodyListens,
}

impl Fault {
    /// EvalAI's refusal of too many requests.
    #[must_use]
    pub fn throttled(seconds: u32) -> Self {
        Self::Answer {
            status: 429,
            headers: vec![
                ("Content-Type", "application/json".into()),
                ("Retry-After", seconds.to_string()),
            ],
            body: format!(
                "{{\"detail\":\"Request was throttled. Expected available in {seconds} seconds.\"}}"
            ),
        }
    }

    /// EvalAI's page for an unhandled exception.
    #[must_use]
    pub fn server_error() -> Self {
        Self::html(
            500,
            &String::from_utf8_lossy(&Reply::server_error_page().body),
        )
    }

    /// An HTML page with a status, as a proxy in between may answer.
    #[must_use]
    pub fn html(status: u16, page: &str) -> Self {
        Self::Answer {
            status,
            headers: vec![("Content-Type", "text/html; charset=utf-8".into())],
            body: page.to_owned(),
        }
    }

    /// A temporary redirect to a URL.
    #[must_use]
    pub fn redirect(url: &str) -> Self {
        Self::Answer {
            status: 302,
            headers: vec![("Location", url.to_owned())],
            body: String::new(),
        }
    }
}

#[derive(Debug)]
struct Rule {
    pattern: String,
    left: usize,
    fault: Fault,
}

/// The faults still to come.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    rules: Vec<Rule>,
}

impl Faults {
    pub(crate) fn add(&mut self, pattern: &str, times: usize, fault: Fault) {
        if times > 0 {
            self.rules.push(Rule {
                pattern: pattern.to_owned(),
                left: times,
                fault,
            });
        }
    }

    /// No fault is left.
    pub(crate) fn clear(&mut self) {
        self.rules.clear();
    }

    /// The fault for a request written `GET /path?query`: the oldest left whose pattern is a part of it.
    pub(crate) fn take(&mut self, request: &str) -> Option<Fault> {
        let place = self
            .rules
            .iter()
            .position(|rule| request.contains(&rule.pattern))?;
        let rule = &mut self.rules[place];
        rule.left -= 1;
        let fault = rule.fault.clone();
        self.rules.retain(|rule| rule.left > 0);
        Some(fault)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_come_in_order_each_as_often_as_asked_for() {
        let mut faults = Faults::default();
        faults.add("/phases/", 2, Fault::Reset);
        faults.add("", 1, Fault::CutInBody);
        faults.add("/phases/", 0, Fault::InvalidJson);
        let mut next = |request| faults.take(request).map(|fault| format!("{fault:?}"));
        assert_eq!(next("GET /5/phases/").as_deref(), Some("Reset"));
        assert_eq!(next("GET /other").as_deref(), Some("CutInBody"));
        assert_eq!(next("GET /other"), None);
        assert_eq!(next("PATCH /5/phases/").as_deref(), Some("Reset"));
        assert_eq!(next("GET /5/phases/"), None);
    }
}
