//! A repository that is set up and can be examined.

use serde_json::Value as Json;

use crate::github_api::GithubAnswers;
use crate::hosted::{Hosted, TOKEN};
use crate::run::Run;
use crate::world::World;

/// The sync's workflow.
pub(crate) const SYNC: &str = ".github/workflows/evalai-sync.yml";
/// The workflow that pushes to EvalAI.
pub(crate) const PUSH: &str = ".github/workflows/process_challenge.yml";

/// A repository that is set up, on a server, and GitHub's API.
pub(crate) struct Clinic {
    pub(crate) hosted: Hosted,
    pub(crate) github: GithubAnswers,
}

impl Clinic {
    /// All is well.
    pub(crate) fn new() -> Self {
        let hosted = Hosted::new();
        let world = &hosted.world;
        world.host_writes(SYNC, include_str!("../workflows/evalai-sync.yml"));
        world.host_writes(PUSH, include_str!("../workflows/push-after.yml"));
        // The token is a secret, not in the repository.
        let host_config = world.file("github/host_config.json");
        let placeholder = host_config.replace(&world.evalai.token(), "<evalai_user_auth_token>");
        world.host_writes("github/host_config.json", &placeholder);
        let token = world.evalai.token();
        world.sync_with(&[("evalai-token", &token)]).succeeded();
        let github = GithubAnswers::with(&world.repository, "challenge", "evalai-sync.yml");
        Self { hosted, github }
    }

    /// The world around it.
    pub(crate) fn world(&self) -> &World {
        &self.hosted.world
    }

    /// Examines a fresh checkout.
    pub(crate) fn examine_with(&self, flags: &[&str], auth_token: Option<&str>) -> Run {
        let workspace = self.hosted.check_out();
        let world = self.world();
        let token = world.evalai.token();
        let mut start = world
            .ask(&workspace, "doctor")
            .variable("GITHUB_SERVER_URL", &self.hosted.server.url(""))
            .variable("GITHUB_API_URL", self.github.url());
        if !flags.contains(&"--repository") {
            start = start.flags(&["--repository", &world.repository]);
        }
        if !flags.contains(&"--evalai-token") {
            start = start.flags(&["--evalai-token", &token]);
        }
        if let Some(auth_token) = auth_token {
            start = start.variable("AUTH_TOKEN", auth_token);
        }
        start.flags(flags).run()
    }

    /// The findings, by check: status, what is said, and the fix.
    pub(crate) fn examine(&self, flags: &[&str]) -> Findings {
        let run = self.examine_with(&[&["--json"], flags].concat(), Some(TOKEN));
        findings(&run)
    }
}

/// What an examination told.
pub(crate) struct Findings(pub(crate) Json);

/// The findings of an examination with `--json`, whose exit code must be that of them.
pub(crate) fn findings(run: &Run) -> Findings {
    let json: Json =
        serde_json::from_str(&run.log).unwrap_or_else(|_| panic!("{}\n{}", run.log, run.errors));
    assert_eq!(run.code, Some(i32::from(json["ok"] == false)), "{json:#}");
    Findings(json)
}

impl Findings {
    fn of(&self, check: &str) -> &Json {
        let checks = self.0["checks"].as_array().unwrap();
        let found = checks.iter().find(|found| found["check"] == check);
        found.unwrap_or_else(|| panic!("{check} is a check"))
    }

    /// `check` has this status, and says `words`, or its fix does.
    #[track_caller]
    pub(crate) fn is(&self, check: &str, status: &str, words: &str) -> &Self {
        let found = self.of(check);
        assert_eq!(found["status"], status, "{found:#}");
        let said = format!("{} {}", found["says"], found["fix"]);
        assert!(said.contains(words), "{words:?} is not in {found:#}");
        self
    }

    /// The checks with this status.
    pub(crate) fn with(&self, status: &str) -> Vec<&str> {
        let checks = self.0["checks"].as_array().unwrap().iter();
        let with = checks.filter(|found| found["status"] == status);
        with.map(|found| found["check"].as_str().unwrap()).collect()
    }
}
