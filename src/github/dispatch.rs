//! The dispatch: a hint to a repository that its challenge changed on EvalAI, so that its sync runs at once.

use serde::Serialize;

use super::api::{Api, ApiError};
use crate::action::CHALLENGE_UPDATED;

/// What a dispatch tells (`client_payload`), as [`crate::action::Dispatch`] reads it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Payload {
    /// The challenge's id on EvalAI.
    pub challenge_id: u64,
    /// The address of that EvalAI.
    pub evalai_host_url: String,
    /// What changed, as far as the sender knows it: names of fields, never values.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fields: Option<Vec<String>>,
    /// Who changed it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub actor: Option<String>,
    /// When the dispatch was sent, in RFC 3339.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sent_at: Option<jiff::Timestamp>,
}

#[derive(Serialize)]
struct Event<'a> {
    event_type: &'a str,
    client_payload: &'a Payload,
}

/// Sends a dispatch to `repository` (`owner/name`), which need not be that of `api`: it lends its
/// server and its token only.
///
/// # Errors
/// By kind, see [`ApiError`]; what is no `owner/name` is refused before anything is sent.
pub async fn dispatch(api: &Api, repository: &str, payload: &Payload) -> Result<(), ApiError> {
    if !is_repository(repository) {
        return Err(ApiError::Refused(format!(
            "{repository:?} is no repository's name; it is written owner/name"
        )));
    }
    let event = Event {
        event_type: CHALLENGE_UPDATED,
        client_payload: payload,
    };
    let route = format!("/repos/{repository}/dispatches");
    // GitHub answers 204, without a body to read.
    let send =
        async || octocrab::map_github_error(api.client._post(&route, Some(&event)).await?).await;
    match api.persist(send).await {
        Ok(_) => Ok(()),
        Err(ApiError::NotPermitted(said)) => Err(ApiError::NotPermitted(format!(
            "{} ({repository}). Check the repository's name; the token needs the `repo` scope (classic), or this repository with `contents: write` (fine-grained, GitHub App)",
            said.trim_end_matches('.')
        ))),
        Err(other) => Err(other),
    }
}

/// Whether `text` is an `owner/name` that GitHub could know. Its letters are all that a path
/// takes as they are, so that it leads nowhere else.
#[must_use]
pub fn is_repository(text: &str) -> bool {
    let is_name = |part: &str| {
        let mut bytes = part.bytes();
        !matches!(part, "" | "." | "..")
            && bytes.all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
    };
    text.split_once('/')
        .is_some_and(|(owner, name)| is_name(owner) && is_name(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_repository_is_an_owner_and_a_name() {
        for (text, expected) in [
            ("Cloud-CV/EvalAI-Starters", true),
            ("o/.github", true),
            ("o_1/r.x", true),
            ("", false),
            ("o", false),
            ("o/", false),
            ("/r", false),
            ("o/r/x", false),
            ("o/..", false),
            ("../r", false),
            ("o/r?x=1", false),
            ("o/r#x", false),
            ("o/r x", false),
            ("o/r%2e", false),
            ("https://github.com/o/r", false),
        ] {
            assert_eq!(is_repository(text), expected, "{text}");
        }
    }

    #[test]
    fn the_payload_tells_what_is_known_and_nothing_else() {
        let mut payload = Payload {
            challenge_id: 7,
            evalai_host_url: "https://eval.ai".into(),
            fields: None,
            actor: None,
            sent_at: None,
        };
        let json = |payload: &Payload| serde_json::to_string(payload).unwrap();
        assert_eq!(
            json(&payload),
            r#"{"challenge_id":7,"evalai_host_url":"https://eval.ai"}"#
        );
        payload.fields = Some(vec!["title".into()]);
        payload.actor = Some("host".into());
        payload.sent_at = Some("2026-05-31T18:00:00Z".parse().unwrap());
        assert_eq!(
            json(&payload),
            r#"{"challenge_id":7,"evalai_host_url":"https://eval.ai","fields":["title"],"actor":"host","sent_at":"2026-05-31T18:00:00Z"}"#
        );
    }
}
