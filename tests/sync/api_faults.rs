//! What goes wrong with GitHub's API in a test.

use serde_json::{Value as Json, json};

/// A request that goes wrong.
#[derive(Debug, Clone)]
pub(crate) struct Fault {
    /// The request, such as `POST /git/blobs`.
    pub(crate) request: &'static str,
    /// How often it still does.
    pub(crate) times: u32,
    /// The status of the answer; 0 if there is none.
    pub(crate) status: u16,
    /// Headers of the answer, each with its line break.
    pub(crate) headers: String,
    /// The answer's body.
    pub(crate) body: Json,
    /// The request is carried out all the same.
    pub(crate) done: bool,
}

impl Fault {
    /// `request` is answered with `status` so many times, and nothing is done.
    pub(crate) fn new(request: &'static str, status: u16, times: u32) -> Self {
        Self {
            request,
            times,
            status,
            headers: String::new(),
            body: json!({ "message": "Server Error" }),
            done: false,
        }
    }

    /// The same with these headers and this message.
    pub(crate) fn saying(self, headers: &str, message: &str) -> Self {
        Self {
            headers: headers.to_owned(),
            body: json!({ "message": message }),
            ..self
        }
    }

    /// The same with this body.
    pub(crate) fn telling(self, body: Json) -> Self {
        Self { body, ..self }
    }

    /// `request` is carried out once, and then the connection is closed without an answer.
    pub(crate) fn silent(request: &'static str) -> Self {
        Self::new(request, 0, 1).done()
    }

    /// The same, although the request is carried out.
    pub(crate) fn done(self) -> Self {
        Self { done: true, ..self }
    }
}
