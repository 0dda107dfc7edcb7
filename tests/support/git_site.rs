//! Challenge repositories on a git server, and scratches that work with them.

#![allow(
    dead_code,
    clippy::unwrap_used,
    reason = "test code, of which each test crate uses a part"
)]

use evalai_sync::repository::git::{Credentials, RemoteUrl, Scratch, Workspace};
use evalai_sync::secret::Secret;

use super::git_repos::Hosting;
use super::git_server::{GitServer, Rules};

/// The token that [`guarded`] servers ask for.
pub(crate) const TOKEN: &str = "s3cret-token";

/// A ref as the record has it.
pub(crate) const RECORD: &str = "refs/evalai-sync/42";

/// A hosting with a server in front.
pub(crate) struct Site {
    pub(crate) hosting: Hosting,
    pub(crate) server: GitServer,
}

impl Site {
    pub(crate) fn new(rules: Rules) -> Self {
        Self::of(Hosting::new(), rules)
    }

    pub(crate) fn of(hosting: Hosting, rules: Rules) -> Self {
        let server = GitServer::start(hosting.root(), rules);
        Self { hosting, server }
    }

    pub(crate) fn url(&self) -> String {
        self.server.url("challenge.git")
    }

    /// A depth-1 clone, made without credentials.
    pub(crate) fn shallow_clone(&self) -> Workspace {
        let path = self.hosting.clone(&self.url(), "workspace", Some(1));
        self.server.take_log();
        Workspace::open(&path).unwrap()
    }

    pub(crate) fn scratch(&self, workspace: Option<&Workspace>, token: &str) -> Scratch {
        let url = RemoteUrl::parse(&self.url()).unwrap();
        Scratch::open(workspace, url, Credentials::new(Secret::new(token))).unwrap()
    }

    pub(crate) fn lines(&self) -> Vec<String> {
        self.server
            .take_log()
            .into_iter()
            .map(|request| request.line.replace("/challenge.git", ""))
            .collect()
    }
}

/// Asks everyone for the token.
pub(crate) fn guarded() -> Rules {
    Rules {
        token: Some(TOKEN.into()),
        ..Rules::default()
    }
}
