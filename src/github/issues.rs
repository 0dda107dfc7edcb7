//! Issues: find one that was opened before, open, edit, close.

use serde::{Deserialize, Serialize};

use super::api::{Api, ApiError};

/// How many issues a page has.
const PAGE: u8 = 100;

/// How many pages of open issues are looked through, the newest first.
const PAGES: u8 = 5;

/// An open issue.
#[derive(Debug, Clone, Deserialize)]
pub struct Issue {
    /// Its number.
    pub number: u64,
    /// Its page.
    pub html_url: String,
    /// What it says. Whoever may write to the repository may have edited it.
    pub body: Option<String>,
    author_association: Option<String>,
    user: Option<User>,
    /// There in a pull request, which GitHub lists among the issues.
    pull_request: Option<serde::de::IgnoredAny>,
}

#[derive(Debug, Clone, Deserialize)]
struct User {
    #[serde(rename = "type")]
    kind: Option<String>,
}

impl Issue {
    /// Whether it was opened by an app, or by somebody who belongs to the repository: anybody else may open an
    /// issue in a public repository, and write into it what a later run would take for its own.
    fn is_trusted(&self) -> bool {
        let kind = self.user.as_ref().and_then(|user| user.kind.as_deref());
        let association = self.author_association.as_deref();
        kind == Some("Bot") || matches!(association, Some("OWNER" | "MEMBER" | "COLLABORATOR"))
    }
}

/// What an issue says.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct IssueText<'a> {
    /// Its title.
    pub title: &'a str,
    /// Its body, in Markdown.
    pub body: &'a str,
}

#[derive(Serialize)]
struct Query {
    state: &'static str,
    sort: &'static str,
    direction: &'static str,
    per_page: u8,
    page: u8,
}

impl Api {
    /// The newest open issue whose body `is_meant`, opened by an app or by somebody who belongs to the repository.
    ///
    /// # Errors
    /// By kind, see [`ApiError`].
    pub async fn find_issue(
        &self,
        is_meant: impl Fn(&str) -> bool,
    ) -> Result<Option<Issue>, ApiError> {
        let route = self.route("issues");
        for page in 1..=PAGES {
            let query = Query {
                state: "open",
                sort: "created",
                direction: "desc",
                per_page: PAGE,
                page,
            };
            let ask = async || self.client.get(&route, Some(&query)).await;
            let found: Vec<Issue> = self.persist(ask).await?;
            let is_last = found.len() < usize::from(PAGE);
            let mut issues = found
                .into_iter()
                .filter(|issue| issue.pull_request.is_none());
            let meant = issues
                .find(|issue| issue.is_trusted() && issue.body.as_deref().is_some_and(&is_meant));
            if meant.is_some() || is_last {
                return Ok(meant);
            }
        }
        Ok(None)
    }

    /// Opens an issue, once: `is_meant` tells it from others.
    ///
    /// # Errors
    /// By kind, see [`ApiError`].
    pub async fn open_issue(
        &self,
        text: IssueText<'_>,
        is_meant: impl Fn(&str) -> bool,
    ) -> Result<Issue, ApiError> {
        let route = self.route("issues");
        let open = async || self.client.post(&route, Some(&text)).await;
        self.once(open, async || self.find_issue(&is_meant).await)
            .await
    }

    /// Lets an issue say something else.
    ///
    /// # Errors
    /// By kind, see [`ApiError`].
    pub async fn edit_issue(&self, number: u64, text: IssueText<'_>) -> Result<(), ApiError> {
        self.patch_issue(number, &text).await
    }

    /// Closes an issue.
    ///
    /// # Errors
    /// By kind, see [`ApiError`].
    pub async fn close_issue(&self, number: u64) -> Result<(), ApiError> {
        let closed = serde_json::json!({ "state": "closed", "state_reason": "completed" });
        self.patch_issue(number, &closed).await
    }

    async fn patch_issue<T: Serialize>(&self, number: u64, change: &T) -> Result<(), ApiError> {
        let route = self.route(&format!("issues/{number}"));
        let patch = async || self.client.patch(&route, Some(change)).await;
        let _: serde_json::Value = self.persist(patch).await?;
        Ok(())
    }
}
