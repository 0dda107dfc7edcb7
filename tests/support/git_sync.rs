//! A workspace, its remote and a scratch, as a run has them.

#![allow(
    dead_code,
    clippy::unwrap_used,
    reason = "test code, of which each test crate uses a part"
)]

use std::path::{Path, PathBuf};

use evalai_sync::repository::git::{Advanced, Credentials, Oid, RemoteUrl, Scratch, Workspace};

use super::git_repos::{BRANCH, HEAD, Hosting, author, changes, git};
use super::git_server::{GitServer, Rules};

/// A workspace, its remote (a folder, or served over http), and a scratch.
pub(crate) struct Sync {
    pub(crate) hosting: Hosting,
    pub(crate) path: PathBuf,
    pub(crate) url: String,
    pub(crate) workspace: Workspace,
    pub(crate) scratch: Scratch,
    /// The branch's commit when the run began.
    pub(crate) from: Oid,
}

impl Sync {
    /// From a depth-1 clone over http, the way actions/checkout makes it.
    pub(crate) fn over_http() -> Self {
        let hosting = Hosting::new();
        let url = GitServer::start(hosting.root(), Rules::default()).url("challenge.git");
        Self::prepare(hosting, url, |_| ())
    }

    /// From a depth-1 clone, with the remote in a folder.
    pub(crate) fn over_a_folder() -> Self {
        Self::after(|_| ())
    }

    /// As [`Self::over_a_folder`], with something done to the workspace first.
    pub(crate) fn after(arrange: impl FnOnce(&Path)) -> Self {
        let hosting = Hosting::new();
        let url = format!("file://{}", hosting.bare().display());
        Self::prepare(hosting, url, arrange)
    }

    pub(crate) fn prepare(hosting: Hosting, url: String, arrange: impl FnOnce(&Path)) -> Self {
        let path = hosting.clone(&url, "workspace", Some(1));
        let from = hosting.head(BRANCH);
        arrange(&path);
        let workspace = Workspace::open(&path).unwrap();
        let remote = RemoteUrl::parse(&url).unwrap();
        let scratch = Scratch::open(Some(&workspace), remote, Credentials::default()).unwrap();
        Self {
            hosting,
            path,
            url,
            workspace,
            scratch,
            from,
        }
    }

    /// Publishes new texts for these files on top of the branch's newest commit.
    pub(crate) fn publish(&mut self, texts: &[(&str, &str)]) -> Oid {
        let head = self.scratch.fetch(HEAD, 1).unwrap();
        let commit = self
            .scratch
            .commit(Some(head), &changes(texts), "Sync", &author())
            .unwrap();
        self.scratch.push(commit, HEAD, Some(head)).unwrap();
        commit
    }

    pub(crate) fn advance(&mut self, to: Oid) -> Advanced {
        self.workspace
            .advance(&mut self.scratch, BRANCH, self.from, to)
            .unwrap()
    }

    pub(crate) fn git(&self, args: &[&str]) -> String {
        git(&self.path, args)
    }

    pub(crate) fn text(&self, path: &str) -> String {
        std::fs::read_to_string(self.path.join(path)).unwrap()
    }
}
