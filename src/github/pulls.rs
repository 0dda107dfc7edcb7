//! Pull requests: find, open, edit, close.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::api::{Api, ApiError};

/// How many pull requests of one branch are looked at, the newest first.
const MOST: u8 = 30;

/// A comment of this age may be the one just made, by GitHub's clock.
const RECENTLY: SignedDuration = SignedDuration::from_mins(5);

/// A pull request.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Pull {
    /// Its number.
    pub number: u64,
    /// Its page.
    pub html_url: String,
    /// Whether it is open.
    pub state: State,
    /// What it says. Anybody who may write to the repository may have edited it.
    pub body: Option<String>,
    /// When it was merged; `None` if it was not.
    pub merged_at: Option<String>,
    /// The branch it proposes.
    pub head: Head,
}

/// Whether a pull request is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// It is.
    Open,
    /// It was closed, or merged.
    Closed,
}

/// The branch that a pull request proposes.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Head {
    /// Its newest commit.
    pub sha: String,
}

/// A pull request to be opened.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct NewPull<'a> {
    /// Its title.
    pub title: &'a str,
    /// What it says, in Markdown.
    pub body: &'a str,
    /// The branch that it proposes.
    pub head: &'a str,
    /// The branch that shall take it.
    pub base: &'a str,
    /// Whether it is a draft.
    pub draft: bool,
}

/// What a pull request says from now on, and whether it stays open.
#[derive(Debug, Clone, Copy, Default, Serialize)]
pub struct Edit<'a> {
    /// Its title.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<&'a str>,
    /// What it says, in Markdown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub body: Option<&'a str>,
    /// `closed` closes it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<&'static str>,
}

#[derive(Serialize)]
struct Query<'a> {
    state: &'a str,
    head: &'a str,
    base: &'a str,
    sort: &'a str,
    direction: &'a str,
    per_page: u8,
}

#[derive(Serialize)]
struct Recent {
    since: String,
    per_page: u8,
}

#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Comment {
    body: Option<String>,
}

impl Api {
    /// The pull requests from the branch `head` to the branch `base`, open or not, the newest first.
    ///
    /// # Errors
    /// By kind, see [`ApiError`].
    pub async fn pulls(&self, head: &str, base: &str) -> Result<Vec<Pull>, ApiError> {
        let head = format!("{}:{head}", self.owner());
        let query = Query {
            state: "all",
            head: &head,
            base,
            sort: "created",
            direction: "desc",
            per_page: MOST,
        };
        let route = self.route("pulls");
        let ask = async || self.client.get(&route, Some(&query)).await;
        let mut found: Vec<Pull> = self.persist(ask).await?;
        found.sort_by_key(|pull| std::cmp::Reverse(pull.number));
        Ok(found)
    }

    /// Opens a pull request, once.
    ///
    /// # Errors
    /// By kind, see [`ApiError`].
    pub async fn open_pull(&self, new: NewPull<'_>) -> Result<Pull, ApiError> {
        let route = self.route("pulls");
        let open = async || self.client.post(&route, Some(&new)).await;
        self.once(open, async || {
            let mut pulls = self.pulls(new.head, new.base).await?.into_iter();
            Ok(pulls.find(|pull| pull.state == State::Open))
        })
        .await
    }

    /// Edits a pull request.
    ///
    /// # Errors
    /// By kind, see [`ApiError`].
    pub async fn edit_pull(&self, number: u64, edit: Edit<'_>) -> Result<(), ApiError> {
        let route = self.route(&format!("pulls/{number}"));
        let edit = async || self.client.patch(&route, Some(&edit)).await;
        let _: serde_json::Value = self.persist(edit).await?;
        Ok(())
    }

    /// Comments on a pull request, in Markdown, once.
    ///
    /// # Errors
    /// By kind, see [`ApiError`].
    pub async fn comment(&self, number: u64, body: &str) -> Result<(), ApiError> {
        let route = self.route(&format!("issues/{number}/comments"));
        let since = Recent {
            since: (Timestamp::now() - RECENTLY).to_string(),
            per_page: 100,
        };
        let new = Comment {
            body: Some(body.to_owned()),
        };
        let comment = async || {
            let made: Comment = self.client.post(&route, Some(&new)).await?;
            Ok(made)
        };
        self.once(comment, async || {
            let ask = async || self.client.get(&route, Some(&since)).await;
            let recent: Vec<Comment> = self.persist(ask).await?;
            Ok(recent.into_iter().find(|comment| *comment == new))
        })
        .await
        .map(|_| ())
    }

    /// Adds to a pull request what it has at most once, such as a label; gives back GitHub's answer.
    pub(super) async fn add<T: Serialize + ?Sized>(
        &self,
        rest: &str,
        pairs: &[(&str, &T)],
    ) -> Result<serde_json::Value, ApiError> {
        let pairs = pairs.iter().map(|(name, value)| {
            let value = serde_json::to_value(value).unwrap_or_default();
            ((*name).to_owned(), value)
        });
        let body: serde_json::Map<_, _> = pairs.collect();
        let route = self.route(rest);
        self.persist(async || self.client.post(&route, Some(&body)).await)
            .await
    }
}
