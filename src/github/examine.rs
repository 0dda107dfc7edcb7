//! What GitHub says of a repository, its branch and its workflow, asked side by side. Only GET requests are sent.

use anyhow::Result;
use jiff::Timestamp;
use octocrab::Octocrab;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::Permissions;
use super::api::{PATIENCE, client};
use crate::secret::Secret;

/// An answer of GitHub.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer<T> {
    /// It tells.
    Told(T),
    /// It refuses, with this status.
    Refused(u16),
    /// There is no answer that could be read: why.
    Failed(String),
    /// There was nothing to ask for.
    NotAsked,
}

impl<T> Answer<T> {
    /// What it tells, if it does.
    #[must_use]
    pub fn told(&self) -> Option<&T> {
        match self {
            Self::Told(told) => Some(told),
            _ => None,
        }
    }
}

/// A repository.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Repository {
    /// Its name as GitHub spells it, `owner/name`.
    pub full_name: String,
    /// Its default branch.
    pub default_branch: String,
    /// Nobody can push to an archived repository.
    #[serde(default)]
    pub archived: bool,
    /// Whether not everybody may read it.
    #[serde(default)]
    pub private: bool,
    /// When something was last pushed.
    pub pushed_at: Option<Timestamp>,
    /// What the token's owner may do; not told for every kind of token.
    pub permissions: Option<Permissions>,
}

/// A branch.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Branch {
    /// Whether it is protected, by branch protection or by a ruleset.
    #[serde(default)]
    pub protected: bool,
}

/// A rule of a ruleset that holds for the branch.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Rule {
    /// What it asks, such as `pull_request`.
    #[serde(rename = "type")]
    pub kind: String,
}

/// A workflow.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Workflow {
    /// `active`, or why not: `disabled_inactivity`, `disabled_manually`, `disabled_fork`, `deleted`.
    pub state: String,
}

/// The names of a repository's secrets.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Secrets {
    /// Each of them, without its value, which GitHub never tells.
    pub secrets: Vec<SecretName>,
}

/// A secret's name.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct SecretName {
    /// The name.
    pub name: String,
}

/// All that was asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Examined {
    /// The repository.
    pub repository: Answer<Repository>,
    /// The branch.
    pub branch: Answer<Branch>,
    /// The rules that hold for it.
    pub rules: Answer<Vec<Rule>>,
    /// The file of the workflow that was asked for.
    pub workflow_file: Option<String>,
    /// The workflow.
    pub workflow: Answer<Workflow>,
    /// The secrets.
    pub secrets: Answer<Secrets>,
}

/// Asks GitHub's API at `api_url`.
///
/// # Errors
/// If no client can be made.
pub async fn examine(
    api_url: &str,
    repository: &str,
    branch: Option<&str>,
    workflow_file: Option<String>,
    token: &Secret,
) -> Result<Examined> {
    let client = client(api_url, token, PATIENCE)?;
    let root = format!("/repos/{repository}");
    let encoded = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
    let of_branch =
        |place: &str| branch.map(|branch| format!("{root}/{place}/{}", encoded(branch)));
    let of_workflow = workflow_file
        .as_deref()
        .map(|file| format!("{root}/actions/workflows/{}", encoded(file)));
    let (repository, branch, rules, workflow, secrets) = tokio::join!(
        ask(&client, Some(root.clone())),
        ask(&client, of_branch("branches")),
        ask(&client, of_branch("rules/branches")),
        ask(&client, of_workflow),
        ask(
            &client,
            Some(format!("{root}/actions/secrets?per_page=100"))
        ),
    );
    Ok(Examined {
        repository,
        branch,
        rules,
        workflow_file,
        workflow,
        secrets,
    })
}

async fn ask<T: DeserializeOwned>(client: &Octocrab, path: Option<String>) -> Answer<T> {
    let Some(path) = path else {
        return Answer::NotAsked;
    };
    let answer: Result<T, _> = client.get(path, None::<&()>).await;
    match answer {
        Ok(told) => Answer::Told(told),
        Err(octocrab::Error::GitHub { source, .. }) => Answer::Refused(source.status_code.as_u16()),
        Err(error) => Answer::Failed(cause(&error)),
    }
}

/// The innermost cause, in one line: the others only say that there is one.
fn cause(error: &dyn std::error::Error) -> String {
    let mut innermost = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    innermost.to_string()
}
