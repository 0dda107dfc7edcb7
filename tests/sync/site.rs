//! EvalAI, a repository on a git server, and GitHub's API: where changes can be proposed.

use git2::Oid;
use serde_json::{Value as Json, json};

use crate::git_repos::git;
use crate::hosted::{Hosted, TOKEN};
use crate::pull_api::PullApi;
use crate::run::{Run, Start};

/// The challenge's configuration, in which most fields are.
pub(crate) const CONFIG: &str = "challenge_config.yaml";
/// The ref of the action's branch.
pub(crate) const HEAD: &str = "refs/heads/evalai-sync/1";
/// The repository's name on GitHub.
pub(crate) const REPOSITORY: &str = "example-org/rng-challenge";
/// The input that makes pull requests of all changes.
pub(crate) const MODE: (&str, &str) = ("mode", "pull-request");

/// EvalAI, a repository on a git server, and GitHub's API for it.
pub(crate) struct Site {
    pub(crate) hosted: Hosted,
    pub(crate) api: PullApi,
}

impl Site {
    /// Both sides have agreed.
    pub(crate) fn agreed() -> Self {
        Self::of(Hosted::agreed())
    }

    pub(crate) fn of(hosted: Hosted) -> Self {
        let api = PullApi::start(&hosted.world.remote_path(), REPOSITORY, TOKEN, "");
        Self { hosted, api }
    }

    /// Runs in a fresh checkout.
    pub(crate) fn run(&self, inputs: &[(&str, &str)]) -> Run {
        let start = self.hosted.start(&self.hosted.check_out());
        let start = start.variable("GITHUB_API_URL", self.api.url());
        let with = |start: Start, (name, value): &(&str, &str)| start.input(name, value);
        inputs.iter().fold(start, with).run()
    }

    /// Runs with `mode: pull-request`; it goes well.
    #[track_caller]
    pub(crate) fn propose(&self) -> Run {
        self.run(&[MODE]).succeeded()
    }

    pub(crate) fn edit(&self, fields: Json) {
        self.hosted.world.evalai.edit_challenge(1, fields).unwrap();
    }

    pub(crate) fn edit_title(&self, title: &str) {
        self.edit(json!({ "title": title }));
    }

    /// The commit of the action's branch.
    pub(crate) fn head(&self) -> Option<Oid> {
        self.hosted.world.remote().refname_to_id(HEAD).ok()
    }

    /// The file at `path` in the action's branch.
    pub(crate) fn proposed(&self, path: &str) -> String {
        git(
            &self.hosted.world.remote_path(),
            &["show", &format!("{HEAD}:{path}")],
        )
    }

    /// What the action's commit changes, by file.
    pub(crate) fn files(&self) -> String {
        let range = format!("challenge...{HEAD}");
        let remote = self.hosted.world.remote_path();
        git(&remote, &["diff", "--name-only", &range])
    }

    pub(crate) fn base_of_title(&self) -> String {
        self.hosted.world.record().unwrap()["values/title.txt"].clone()
    }

    /// What a run may have written to: GitHub's API, the git server.
    #[track_caller]
    pub(crate) fn assert_nothing_written(&self) {
        let asked = self.api.take_log();
        assert!(
            asked.iter().all(|line| line.starts_with("GET ")),
            "{asked:?}"
        );
        let git = self.hosted.server.take_log();
        let pushed = git.iter().any(|request| {
            request.line.starts_with("POST") && request.line.contains("git-receive-pack")
        });
        assert!(!pushed, "{git:?}");
    }
}
