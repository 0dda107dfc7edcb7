//! Runs of workflows that have not ended.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::api::{Api, ApiError};

/// How many runs of a branch are looked at, the newest first.
const MOST: u8 = 30;

/// A run of a workflow that has not ended.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Underway {
    path: String,
    status: Option<String>,
    /// Its page.
    pub html_url: String,
    /// When it was set off.
    pub created_at: Timestamp,
}

impl Underway {
    /// The workflow's file. GitHub may name the ref after it.
    #[must_use]
    pub fn file(&self) -> &str {
        self.path.split('@').next().unwrap_or_default()
    }

    /// Whether it is running, or runs as soon as its turn comes. One that is `waiting` waits for a person.
    fn goes_on(&self) -> bool {
        let status = self.status.as_deref();
        matches!(
            status,
            Some("queued" | "in_progress" | "requested" | "pending")
        )
    }
}

#[derive(Serialize)]
struct Query<'a> {
    branch: &'a str,
    event: &'static str,
    per_page: u8,
}

#[derive(Deserialize)]
struct Found {
    workflow_runs: Vec<Underway>,
}

impl Api {
    /// The runs that a push to `branch` set off and that have not ended, the newest first.
    ///
    /// # Errors
    /// By kind, see [`ApiError`]; the token needs `actions: read` in a private repository.
    pub async fn pushes_under_way(&self, branch: &str) -> Result<Vec<Underway>, ApiError> {
        let query = Query {
            branch,
            event: "push",
            per_page: MOST,
        };
        let route = self.route("actions/runs");
        let found: Found = self
            .persist(async || self.client.get(&route, Some(&query)).await)
            .await?;
        let runs = found.workflow_runs;
        Ok(runs.into_iter().filter(Underway::goes_on).collect())
    }
}
