//! The shapes that EvalAI's answers must have before anything is made of them.
//!
//! Only what the sync leans on is checked (ids, and the keys that find the challenge); all
//! other keys are read by the field catalogue, so that an EvalAI with a field more or less
//! stays usable.

use serde_json::Value;
use url::Url;

use super::error::Error;
use super::fault::Call;

/// A JSON object of EvalAI.
pub type Object = serde_json::Map<String, Value>;

/// A challenge as the team's list and the challenge's own page give it (the same object).
#[derive(Clone, Debug, PartialEq)]
pub struct Challenge {
    /// EvalAI's database id.
    pub id: u64,
    /// The name shown to participants. Untrusted.
    pub title: String,
    /// `owner/name` of the repository that was last pushed; empty if none was.
    pub repository: String,
    /// Set only by the key `github_branch` of a pushed config; mostly empty.
    pub branch: String,
    /// The queue of its submissions, which addresses the worker settings; empty if the
    /// challenge was not made by a push or an upload.
    pub queue: String,
    /// The whole object.
    pub object: Object,
}

/// One page of the list of a host team's challenges.
#[derive(Clone, Debug, PartialEq)]
pub struct Page {
    /// The challenges, newest first.
    pub challenges: Vec<Challenge>,
    /// The number of the page after it.
    pub next: Option<u32>,
}

/// An answer and the request it answers, for messages.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The request.
    pub call: Call,
    /// What was answered, of which nothing is known yet.
    pub value: Value,
}

impl Answer {
    /// The last page that is read of any list: 15,000 challenges of one team.
    const PAGES: u32 = 100;

    fn wrong(call: &Call, key: impl Into<String>, expected: &'static str, found: &Value) -> Error {
        let found = match found {
            Value::Null => "null or missing",
            Value::Bool(_) => "true or false",
            Value::Number(_) => "another number",
            Value::String(_) => "a text",
            Value::Array(_) => "a list",
            Value::Object(_) => "an object",
        };
        Error::Shape {
            call: call.clone(),
            key: key.into(),
            expected,
            found,
        }
    }

    /// The answer as the object of the challenge `id`.
    ///
    /// # Errors
    /// [`Error::Shape`] if it is none, or another one.
    pub fn challenge(self, id: u64) -> Result<Challenge, Error> {
        let object = object(&self.call, "the answer", self.value)?;
        expect_id(&self.call, "id", object.get("id"), Some(id))?;
        challenge(&self.call, "", object)
    }

    /// The answer as an object that belongs to the challenge `id`.
    ///
    /// # Errors
    /// [`Error::Shape`] if it is none, or belongs to another one.
    pub fn object_of(self, id: u64) -> Result<Object, Error> {
        let object = object(&self.call, "the answer", self.value)?;
        expect_id(&self.call, "id", object.get("id"), Some(id))?;
        Ok(object)
    }

    /// The answer as a plain list of objects, each with an integer at `keys`.
    ///
    /// # Errors
    /// [`Error::Shape`] if it is none.
    pub fn objects(self, keys: &[&str]) -> Result<Vec<Object>, Error> {
        let Value::Array(items) = self.value else {
            return Err(Self::wrong(&self.call, "the answer", "a list", &self.value));
        };
        let checked = items.into_iter().enumerate().map(|(index, item)| {
            let object = object(&self.call, &format!("[{index}]"), item)?;
            for key in keys {
                expect_id(
                    &self.call,
                    &format!("[{index}].{key}"),
                    object.get(*key),
                    None,
                )?;
            }
            Ok(object)
        });
        checked.collect()
    }

    /// The answer as page number `number` of a list of challenges.
    ///
    /// Of `next` only the page number counts, and it must grow: what EvalAI takes for its own
    /// address (behind a proxy often another one) can lead neither astray nor in circles.
    ///
    /// # Errors
    /// [`Error::Shape`] if it is none.
    pub fn page(self, number: u32) -> Result<Page, Error> {
        let call = self.call;
        let mut page = object(&call, "the answer", self.value)?;
        let next = match page.get("next") {
            None | Some(Value::Null) => None,
            Some(next) => Some(
                next.as_str()
                    .and_then(|next| Url::parse(next).ok())
                    .and_then(|next| page_number(&next))
                    .filter(|next| (number + 1..=Self::PAGES).contains(next))
                    .ok_or_else(|| {
                        Self::wrong(&call, "next", "the address of a later page", next)
                    })?,
            ),
        };
        let results = page.remove("results").unwrap_or_default();
        let Value::Array(items) = results else {
            return Err(Self::wrong(&call, "results", "a list", &results));
        };
        let challenges = items.into_iter().enumerate().map(|(index, item)| {
            let place = format!("results[{index}]");
            let object = object(&call, &place, item)?;
            challenge(&call, &format!("{place}."), object)
        });
        Ok(Page {
            challenges: challenges.collect::<Result<_, _>>()?,
            next,
        })
    }
}

fn page_number(url: &Url) -> Option<u32> {
    url.query_pairs()
        .find(|(key, _)| key == "page")
        .and_then(|(_, value)| value.parse().ok())
}

fn object(call: &Call, place: &str, value: Value) -> Result<Object, Error> {
    match value {
        Value::Object(object) => Ok(object),
        other => Err(Answer::wrong(call, place, "an object", &other)),
    }
}

fn challenge(call: &Call, place: &str, object: Object) -> Result<Challenge, Error> {
    let text = |key: &str| match object.get(key) {
        None | Some(Value::Null) => Ok(String::new()),
        Some(Value::String(text)) => Ok(text.clone()),
        Some(other) => {
            let key = format!("{place}{key}");
            Err(Answer::wrong(call, key, "a text or null", other))
        }
    };
    Ok(Challenge {
        id: expect_id(call, &format!("{place}id"), object.get("id"), None)?,
        title: text("title")?,
        repository: text("github_repository")?,
        branch: text("github_branch")?,
        queue: text("queue")?,
        object,
    })
}

fn expect_id(
    call: &Call,
    key: &str,
    found: Option<&Value>,
    expected: Option<u64>,
) -> Result<u64, Error> {
    let found = found.unwrap_or(&Value::Null);
    let wrong = |what| Answer::wrong(call, key, what, found);
    let id = found
        .as_u64()
        .ok_or_else(|| wrong("a positive whole number"))?;
    if expected.is_some_and(|expected| expected != id) {
        return Err(wrong("the id of the challenge asked for"));
    }
    Ok(id)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn answer(value: Value) -> Answer {
        let path = "/api/x".to_owned();
        Answer {
            call: Call { path, attempt: 1 },
            value,
        }
    }

    fn page(value: Value) -> Result<Page, String> {
        answer(value).page(2).map_err(|error| error.to_string())
    }

    #[test]
    fn a_challenge_is_read_with_null_and_absent_texts_as_empty() {
        let object =
            json!({"id": 7, "title": "T", "github_repository": "o/r", "queue": null, "x": [1]});
        let challenge = answer(object).challenge(7).unwrap();
        assert_eq!(challenge.id, 7);
        assert_eq!(challenge.title, "T");
        assert_eq!(challenge.repository, "o/r");
        assert_eq!(
            (challenge.branch.as_str(), challenge.queue.as_str()),
            ("", "")
        );
        assert_eq!(challenge.object["x"], json!([1]));
    }

    #[test]
    fn the_next_page_is_a_number_wherever_evalai_believes_to_live() {
        for (next, number) in [
            (json!(null), None),
            (json!("http://127.0.0.1:8000/api/x?page=3"), Some(3)),
            (json!("http://internal/other/path?size=1&page=9"), Some(9)),
        ] {
            let page = page(json!({"next": next, "results": []})).unwrap();
            assert_eq!(page.next, number);
        }
    }

    #[test]
    fn a_next_page_that_leads_back_or_nowhere_is_an_error() {
        for next in [
            json!("http://h/api/x?page=2"),
            json!("http://h/api/x?page=1"),
            json!("http://h/api/x"),
            json!("?page=3"),
            json!(3),
        ] {
            let error = page(json!({"next": next, "results": []})).unwrap_err();
            assert!(
                error.contains("`next` should be the address of a later page"),
                "{error}"
            );
        }
    }

    #[test]
    fn a_wrong_shape_is_named_with_its_endpoint_and_key() {
        let challenge = |value| answer(value).challenge(7).unwrap_err();
        let objects = |value| answer(value).objects(&["id", "challenge"]).unwrap_err();
        for (error, key, expected) in [
            (challenge(json!([])), "the answer", "an object"),
            (
                challenge(json!({"title": "T"})),
                "id",
                "a positive whole number",
            ),
            (
                challenge(json!({"id": 8})),
                "id",
                "the id of the challenge asked for",
            ),
            (
                challenge(json!({"id": "7"})),
                "id",
                "a positive whole number",
            ),
            (
                challenge(json!({"id": 7, "queue": 1})),
                "queue",
                "a text or null",
            ),
            (
                answer(json!({"id": 8})).object_of(7).unwrap_err(),
                "id",
                "the id of the challenge asked for",
            ),
            (objects(json!({"results": []})), "the answer", "a list"),
            (
                objects(json!([{"id": 1, "challenge": 1}, 2])),
                "[1]",
                "an object",
            ),
            (
                objects(json!([{"id": 1, "challenge": null}])),
                "[0].challenge",
                "a positive whole number",
            ),
            (
                answer(json!({"results": {}})).page(1).unwrap_err(),
                "results",
                "a list",
            ),
            (
                answer(json!({"results": [{}]})).page(1).unwrap_err(),
                "results[0].id",
                "a positive whole number",
            ),
            (answer(json!({})).page(1).unwrap_err(), "results", "a list"),
        ] {
            let text = error.to_string();
            let start = format!("GET /api/x: `{key}` should be {expected}, but is ");
            assert!(text.starts_with(&start), "{text}");
        }
    }
}
