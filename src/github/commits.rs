//! Commits through the Git Data API, which GitHub signs.
//!
//! GitHub signs a commit that is made with the token of Actions or of a GitHub App, if the request
//! names no author and no committer ("Signature verification for bots" in GitHub's documentation).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use percent_encoding::utf8_percent_encode;
use serde::{Deserialize, Serialize};

use super::api::{Api, ApiError, PATH};

/// The most bytes of a file of a commit through the API.
///
/// GitHub documents a limit for reading a blob only (100 MB). It refuses to make a larger one than
/// this, with 422 and "your input was too large to process", since it counts the request in base64.
pub const LARGEST_FILE: u64 = 40 << 20;

/// One entry of a tree that differs from the tree it is based on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Entry {
    /// The path from the repository's root.
    pub path: String,
    /// The mode, as git writes it: `100644` or `100755`.
    pub mode: &'static str,
    /// What it is.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// The blob; `None` if the file goes.
    pub sha: Option<String>,
}

/// A commit to be made.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct NewCommit<'a> {
    /// Its message.
    pub message: &'a str,
    /// Its tree.
    pub tree: &'a str,
    /// The commit that it follows.
    pub parents: [&'a str; 1],
    /// In whose name, if not the token's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub author: Option<Person<'a>>,
    /// The same once more.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub committer: Option<Person<'a>>,
}

/// In whose name a commit is made. GitHub puts in the time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Person<'a> {
    /// The name.
    pub name: &'a str,
    /// The e-mail address.
    pub email: &'a str,
}

/// A commit that GitHub made.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct MadeCommit {
    /// Its id.
    pub sha: String,
    /// What became of its signature; an old GitHub Enterprise Server does not tell.
    #[serde(default)]
    pub verification: Verification,
}

/// Whether GitHub signed a commit.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub struct Verification {
    /// It did, and vouches for it.
    #[serde(default)]
    pub verified: bool,
    /// Why not, in one word.
    #[serde(default)]
    pub reason: String,
    /// The commit's text without its signature.
    pub payload: Option<String>,
    /// The signature.
    pub signature: Option<String>,
}

#[derive(Serialize)]
struct NewBlob {
    content: String,
    encoding: &'static str,
}

#[derive(Serialize)]
struct NewTree<'a> {
    base_tree: &'a str,
    tree: &'a [Entry],
}

#[derive(Serialize)]
struct Move<'a> {
    sha: &'a str,
    force: bool,
}

/// An object that GitHub names.
#[derive(Deserialize)]
struct Object {
    sha: String,
}

#[derive(Deserialize)]
struct Ref {
    #[serde(rename = "ref")]
    name: String,
    object: Object,
}

// Blobs, trees and commits that no ref leads to change nothing, so they may well be made twice.
impl Api {
    /// Stores the content of a file; gives back its id.
    ///
    /// # Errors
    /// By kind, see [`ApiError`].
    pub async fn blob(&self, bytes: &[u8]) -> Result<String, ApiError> {
        let new = NewBlob {
            content: STANDARD.encode(bytes),
            encoding: "base64",
        };
        let route = self.route("git/blobs");
        let made: Object = self
            .persist(async || self.client.post(&route, Some(&new)).await)
            .await?;
        Ok(made.sha)
    }

    /// Makes the tree that `base` becomes with `entries`; gives back its id.
    ///
    /// # Errors
    /// By kind, see [`ApiError`].
    pub async fn tree(&self, base: &str, entries: &[Entry]) -> Result<String, ApiError> {
        let new = NewTree {
            base_tree: base,
            tree: entries,
        };
        let route = self.route("git/trees");
        let made: Object = self
            .persist(async || self.client.post(&route, Some(&new)).await)
            .await?;
        Ok(made.sha)
    }

    /// Makes a commit that is on no branch yet.
    ///
    /// # Errors
    /// By kind, see [`ApiError`].
    pub async fn commit(&self, new: NewCommit<'_>) -> Result<MadeCommit, ApiError> {
        let route = self.route("git/commits");
        self.persist(async || self.client.post(&route, Some(&new)).await)
            .await
    }

    /// Where `branch` stands; `None` if there is no such branch.
    ///
    /// # Errors
    /// By kind, see [`ApiError`].
    pub async fn stands(&self, branch: &str) -> Result<Option<String>, ApiError> {
        let name = utf8_percent_encode(branch, PATH);
        // All that begin with this name; asked for the one itself, GitHub answers 404 for want of rights, too.
        let route = self.route(&format!("git/matching-refs/heads/{name}"));
        let found: Vec<Ref> = self
            .persist(async || self.client.get(&route, None::<&()>).await)
            .await?;
        let full = format!("refs/heads/{branch}");
        let mut found = found.into_iter();
        Ok(found
            .find(|found| found.name == full)
            .map(|found| found.object.sha))
    }

    /// Moves `branch` from the commit `from` to `to`, which follows on it. Never by force.
    ///
    /// # Errors
    /// [`ApiError::Conflict`] if it is seen to stand elsewhere; else by kind.
    pub async fn advance(&self, branch: &str, from: &str, to: &str) -> Result<(), ApiError> {
        let new = Move {
            sha: to,
            force: false,
        };
        let name = utf8_percent_encode(branch, PATH);
        let route = self.route(&format!("git/refs/heads/{name}"));
        let push = async || {
            let moved: octocrab::Result<Ref> = self.client.patch(&route, Some(&new)).await;
            moved.map(|_| ())
        };
        self.once(push, async || match self.stands(branch).await? {
            Some(at) if at == to => Ok(Some(())),
            Some(at) if at == from => Ok(None),
            at => Err(ApiError::Conflict(format!(
                "the branch {branch} is at {} now",
                at.as_deref().unwrap_or("no commit")
            ))),
        })
        .await
    }
}
