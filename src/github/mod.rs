//! GitHub's REST API: what it says of the repository when git alone cannot tell why it was
//! refused, commits that GitHub signs, and pull requests.

mod api;
mod commits;
pub mod dispatch;
pub mod examine;
mod issues;
mod people;
mod pulls;
mod retry;
mod runs;

pub use api::{Access, Api, ApiError, PATH};
pub use commits::{Entry, LARGEST_FILE, MadeCommit, NewCommit, Person, Verification};
pub use issues::{Issue, IssueText};
pub use people::Wishes;
pub use pulls::{Edit, Head, NewPull, Pull, State};
pub use retry::Limit;
pub use runs::Underway;

use anyhow::{Context as _, Result};
use serde::Deserialize;

use crate::secret::Secret;

/// What GitHub says of a repository to whoever holds the token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// The token is not accepted.
    BadToken,
    /// There is no such repository, or the token may not see it.
    Unseen,
    /// The repository is there.
    Seen(Facts),
}

/// A repository's own facts.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Facts {
    /// Its name as GitHub spells it, `owner/name`.
    pub full_name: String,
    /// Its default branch.
    pub default_branch: String,
    /// Nobody can push to an archived repository.
    #[serde(default)]
    pub archived: bool,
    /// What the token's owner may do; not told for every kind of token.
    pub permissions: Option<Permissions>,
}

/// What the token's owner may do in a repository.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub struct Permissions {
    /// Push.
    pub push: bool,
}

/// Asks GitHub's API at `api_url` how `repository` (`owner/name`) looks to `token`.
///
/// # Errors
/// If the API cannot be asked, or answers something else than it documents.
pub async fn standing(api_url: &str, repository: &str, token: &Secret) -> Result<Standing> {
    // Asked once: it explains an error, and is no reason to wait.
    let client = api::client(api_url, token, api::PATIENCE)?;
    let answer: Result<Facts, _> = client
        .get(format!("/repos/{repository}"), None::<&()>)
        .await;
    match answer {
        Ok(facts) => Ok(Standing::Seen(facts)),
        Err(octocrab::Error::GitHub { source, .. }) => match source.status_code.as_u16() {
            401 => Ok(Standing::BadToken),
            403 | 404 => Ok(Standing::Unseen),
            status => anyhow::bail!("GitHub's API answered {status}"),
        },
        Err(error) => Err(error).context("GitHub's API cannot be asked"),
    }
}

impl Standing {
    /// The cause of a refused fetch or push of `repository`, as far as this tells it, and its fix.
    #[must_use]
    pub fn explain(&self, repository: &str) -> Option<String> {
        let seen = match self {
            Self::BadToken => return Some(
                "GitHub does not accept the token: it is wrong, expired or revoked. Make a new one and store it as the secret AUTH_TOKEN.".into(),
            ),
            Self::Unseen => return Some(format!(
                "GitHub shows no repository {repository} to this token: either the name is wrong, or the token may not see it. A classic token needs the `repo` scope; a fine-grained one must include this repository with `contents: write`."
            )),
            Self::Seen(facts) => facts,
        };
        if seen.archived {
            return Some(format!(
                "{} is archived, so nobody can push to it. Unarchive it in its settings.",
                seen.full_name
            ));
        }
        if seen.full_name != repository {
            return Some(format!(
                "GitHub calls this repository {} now, not {repository}. Point the remote at its present name, and have `github_repository` corrected on EvalAI by a push from there.",
                seen.full_name
            ));
        }
        match seen.permissions {
            Some(Permissions { push: false }) => Some(format!(
                "The token may read {repository} but not write to it. Give the job `permissions: contents: write`, or use a token with the `repo` scope (classic) or `contents: write` (fine-grained)."
            )),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpListener;

    /// GitHub's API with one answer; gives back the request's first lines.
    async fn github(status: &str, body: &str) -> (String, tokio::task::JoinHandle<String>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let answer = format!(
            "HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
            body.len()
        );
        let served = tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut request = vec![0; 4096];
            let length = stream.read(&mut request).await.unwrap();
            stream.write_all(answer.as_bytes()).await.unwrap();
            String::from_utf8_lossy(&request[..length]).into_owned()
        });
        (url, served)
    }

    fn facts(push: bool, archived: bool, full_name: &str) -> String {
        format!(
            r#"{{"full_name": "{full_name}", "default_branch": "main", "archived": {archived}, "permissions": {{"push": {push}, "pull": true}}}}"#
        )
    }

    #[tokio::test]
    async fn each_cause_of_a_refusal_has_its_own_fix() {
        let message = r#"{"message": "no", "documentation_url": "x"}"#;
        let table = [
            (
                "401 Unauthorized",
                message.to_owned(),
                "store it as the secret AUTH_TOKEN",
            ),
            (
                "404 Not Found",
                message.to_owned(),
                "shows no repository o/r to this token",
            ),
            (
                "200 OK",
                facts(false, false, "o/r"),
                "`permissions: contents: write`",
            ),
            ("200 OK", facts(true, true, "o/r"), "is archived"),
            (
                "200 OK",
                facts(true, false, "o/renamed"),
                "calls this repository o/renamed now",
            ),
        ];
        for (status, body, words) in table {
            let (url, served) = github(status, &body).await;
            let token = Secret::new("ghp_x").unwrap();
            let explained = standing(&url, "o/r", &token)
                .await
                .unwrap()
                .explain("o/r")
                .unwrap();
            assert!(explained.contains(words), "{explained}");
            let request = served.await.unwrap();
            assert!(request.starts_with("GET /repos/o/r HTTP/1.1"), "{request}");
            assert!(
                request
                    .to_lowercase()
                    .contains("authorization: bearer ghp_x"),
                "{request}"
            );
        }
    }

    #[tokio::test]
    async fn nothing_is_explained_where_github_sees_no_cause() {
        let (url, _served) = github("200 OK", &facts(true, false, "o/r")).await;
        let standing = standing(&url, "o/r", &Secret::new("ghp_x").unwrap())
            .await
            .unwrap();
        assert_eq!(standing.explain("o/r"), None);
    }

    #[tokio::test]
    async fn an_api_that_does_not_answer_is_an_error_without_the_token() {
        let error = standing("http://127.0.0.1:1", "o/r", &Secret::new("ghp_x").unwrap())
            .await
            .unwrap_err();
        let text = format!("{error:#} {error:?}");
        assert!(text.contains("GitHub's API cannot be asked"), "{text}");
        assert!(!text.contains("ghp_x"), "{text}");
    }
}
