//! The event that set off the run: what its payload says of the repository, and what a dispatch hints at.

use std::fmt;

use jiff::Timestamp;
use serde_json::{Map, Value as Json};

use super::Environment;

/// The type of the dispatch that says that a challenge was edited on EvalAI.
pub const CHALLENGE_UPDATED: &str = "evalai-challenge-updated";

/// What the event says, as far as a sync listens.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Event {
    /// The event's name, such as `schedule`.
    pub name: Option<String>,
    /// Whether not everybody can read the repository; without a word, everybody may.
    pub private: bool,
    /// The hint of a dispatch of the type [`CHALLENGE_UPDATED`].
    pub dispatch: Option<Dispatch>,
}

/// Somebody's word that a challenge was edited. It is a hint and no more: the sync reads EvalAI itself.
///
/// Its keys are those of `client_payload`; none is needed, and others are passed over.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Dispatch {
    /// Id of the challenge on EvalAI.
    pub challenge_id: Option<u64>,
    /// Address of that EvalAI.
    pub evalai_host_url: Option<String>,
    /// Names of the fields that were edited.
    pub fields: Vec<String>,
    /// Who edited them on EvalAI.
    pub actor: Option<String>,
    /// When the dispatch was sent.
    pub sent_at: Option<Timestamp>,
}

/// Why an event cannot be understood, a sentence for each cause.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventError(Vec<String>);

impl fmt::Display for EventError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join("\n"))
    }
}

impl std::error::Error for EventError {}

impl Event {
    /// Reads the event that `environment` names.
    ///
    /// # Errors
    /// If its file cannot be read, or a dispatch's payload has a value of a wrong type.
    pub fn read(environment: &Environment) -> Result<Self, EventError> {
        let name = environment.event_name.clone();
        let Some(path) = &environment.event_path else {
            return Self::parse(name, &Json::Null);
        };
        let told = std::fs::read(path)
            .map_err(|error| error.to_string())
            .and_then(|bytes| {
                serde_json::from_slice(&bytes).map_err(|error| format!("it is no JSON ({error})"))
            });
        let payload = told.map_err(|problem| {
            EventError(vec![format!(
                "The file of the event, {} (GITHUB_EVENT_PATH), cannot be read: {problem}.",
                path.display()
            )])
        })?;
        Self::parse(name, &payload)
    }

    /// What `payload` says, the file's content.
    ///
    /// # Errors
    /// If a dispatch's payload has a value of a wrong type.
    pub fn parse(name: Option<String>, payload: &Json) -> Result<Self, EventError> {
        let private = payload.pointer("/repository/private");
        let kind = payload.get("action").and_then(Json::as_str);
        let is_ours =
            name.as_deref() == Some("repository_dispatch") && kind == Some(CHALLENGE_UPDATED);
        let dispatch = if is_ours {
            Some(Dispatch::parse(payload.get("client_payload"))?)
        } else {
            None
        };
        Ok(Self {
            private: private.and_then(Json::as_bool) == Some(true),
            dispatch,
            name,
        })
    }

    /// Whoever starts a run by hand or by a dispatch wants to see everything.
    #[must_use]
    pub fn reads_in_full(&self) -> bool {
        let name = self.name.as_deref();
        matches!(name, Some("workflow_dispatch" | "repository_dispatch"))
    }

    /// Whether a clock set off the run, and nobody waits for it.
    #[must_use]
    pub fn is_scheduled(&self) -> bool {
        self.name.as_deref() == Some("schedule")
    }
}

impl Dispatch {
    fn parse(payload: Option<&Json>) -> Result<Self, EventError> {
        let nothing = Map::new();
        let keys = match payload {
            None | Some(Json::Null) => &nothing,
            Some(Json::Object(keys)) => keys,
            Some(other) => {
                return Err(EventError(vec![format!(
                    "The dispatch's `client_payload` is {}: it takes an object with keys such as `challenge_id`.",
                    kind(other)
                )]));
            }
        };
        let mut reader = Reader {
            keys,
            problems: Vec::new(),
        };
        let dispatch = Self {
            challenge_id: reader.key("challenge_id", "a whole number of at least 1", |value| {
                value.as_u64().filter(|id| *id > 0)
            }),
            evalai_host_url: reader.key("evalai_host_url", "a text", text),
            fields: reader
                .key("fields", "a list of texts", |value| {
                    value.as_array()?.iter().map(text).collect()
                })
                .unwrap_or_default(),
            actor: reader.key("actor", "a text", text),
            sent_at: reader.key("sent_at", "a time such as 2026-11-24T14:00:00Z", |value| {
                value.as_str()?.parse().ok()
            }),
        };
        if reader.problems.is_empty() {
            Ok(dispatch)
        } else {
            Err(EventError(reader.problems))
        }
    }
}

impl fmt::Display for Dispatch {
    /// A line for the log. Untrusted text.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Dispatched")?;
        if let Some(time) = self.sent_at {
            write!(f, " at {time}")?;
        }
        match self.challenge_id {
            Some(id) => write!(f, ", since challenge {id}")?,
            None => f.write_str(", since a challenge")?,
        }
        f.write_str(" was edited")?;
        if let Some(actor) = &self.actor {
            write!(f, " by {actor}")?;
        }
        if !self.fields.is_empty() {
            write!(f, ": {}", self.fields.join(", "))?;
        }
        Ok(())
    }
}

fn text(value: &Json) -> Option<String> {
    value.as_str().map(str::to_owned)
}

/// Reads keys and remembers what is wrong with them.
struct Reader<'a> {
    keys: &'a Map<String, Json>,
    problems: Vec<String>,
}

impl Reader<'_> {
    /// `takes` says what the key takes if `read` finds something else.
    fn key<T>(
        &mut self,
        name: &str,
        takes: &str,
        read: impl FnOnce(&Json) -> Option<T>,
    ) -> Option<T> {
        let value = self.keys.get(name).filter(|value| !value.is_null())?;
        let told = read(value);
        if told.is_none() {
            self.problems.push(format!(
                "The dispatch's `client_payload.{name}` is {}: it takes {takes}. `evalai-sync dispatch` sends it as it should be.",
                kind(value)
            ));
        }
        told
    }
}

/// What a value is, without saying it whole: it comes from outside.
fn kind(value: &Json) -> String {
    match value {
        Json::Null => "null".to_owned(),
        Json::Bool(value) => value.to_string(),
        Json::Number(number) => format!("the number {number}"),
        Json::String(text) => {
            let cut: String = text.chars().take(40).collect();
            format!("the text {cut:?}")
        }
        Json::Array(_) => "a list".to_owned(),
        Json::Object(_) => "an object".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn dispatched(client_payload: &Json) -> Result<Event, String> {
        let payload = json!({
            "action": CHALLENGE_UPDATED,
            "branch": "main",
            "client_payload": client_payload,
            "repository": {"private": true},
        });
        Event::parse(Some("repository_dispatch".into()), &payload)
            .map_err(|error| error.to_string())
    }

    #[test]
    fn a_dispatch_says_which_challenge_was_edited_by_whom() {
        let event = dispatched(&json!({
            "challenge_id": 42,
            "evalai_host_url": "https://eval.ai",
            "fields": ["title", "phases.1.name"],
            "actor": "maria-host",
            "sent_at": "2026-11-24T14:00:00Z",
            "something_new": {"of": "a later EvalAI"},
        }))
        .unwrap();
        assert!(event.private && event.reads_in_full() && !event.is_scheduled());
        let expected = Dispatch {
            challenge_id: Some(42),
            evalai_host_url: Some("https://eval.ai".into()),
            fields: vec!["title".into(), "phases.1.name".into()],
            actor: Some("maria-host".into()),
            sent_at: Some("2026-11-24T14:00:00Z".parse().unwrap()),
        };
        assert_eq!(event.dispatch, Some(expected));
    }

    #[test]
    fn a_dispatch_need_not_say_anything() {
        for nothing in [json!(null), json!({}), json!({"challenge_id": null})] {
            assert_eq!(
                dispatched(&nothing).unwrap().dispatch,
                Some(Dispatch::default())
            );
        }
    }

    #[test]
    fn a_wrong_type_is_refused_by_name() {
        for (payload, words) in [
            (json!([1]), "`client_payload` is a list"),
            (
                json!({"challenge_id": "42"}),
                "`client_payload.challenge_id` is the text \"42\": it takes a whole number",
            ),
            (json!({"challenge_id": 0}), "is the number 0"),
            (json!({"challenge_id": -1}), "is the number -1"),
            (json!({"challenge_id": 1.5}), "is the number 1.5"),
            (
                json!({"evalai_host_url": 7}),
                "`client_payload.evalai_host_url` is the number 7: it takes a text",
            ),
            (
                json!({"fields": "title"}),
                "`client_payload.fields` is the text \"title\": it takes a list of texts",
            ),
            (
                json!({"fields": [1]}),
                "`client_payload.fields` is a list: it takes a list of texts",
            ),
            (
                json!({"actor": {"name": "x"}}),
                "`client_payload.actor` is an object",
            ),
            (
                json!({"sent_at": "yesterday"}),
                "`client_payload.sent_at` is the text \"yesterday\": it takes a time",
            ),
            (json!({"sent_at": true}), "is true"),
        ] {
            let error = dispatched(&payload).unwrap_err();
            assert!(error.contains(words), "{payload}: {error}");
        }
        let all = dispatched(&json!({"challenge_id": "1", "actor": 2})).unwrap_err();
        assert_eq!(all.lines().count(), 2, "{all}");
    }

    #[test]
    fn only_a_dispatch_of_this_type_is_a_hint() {
        let wrong = json!({"challenge_id": "x"});
        for (name, payload) in [
            ("schedule", json!({"schedule": "17 * * * *"})),
            (
                "workflow_dispatch",
                json!({"inputs": {"challenge-id": "42"}}),
            ),
            (
                "repository_dispatch",
                json!({"action": "retrain", "client_payload": wrong}),
            ),
            ("push", json!({"client_payload": wrong})),
        ] {
            let event = Event::parse(Some(name.into()), &payload).unwrap();
            assert_eq!(event.dispatch, None, "{name}");
            assert_eq!(event.is_scheduled(), name == "schedule");
        }
    }

    #[test]
    fn a_long_text_is_cut() {
        let error = dispatched(&json!({"sent_at": "x".repeat(5000)})).unwrap_err();
        assert!(error.len() < 300, "{error}");
    }
}
