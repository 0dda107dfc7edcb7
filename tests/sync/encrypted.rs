//! EvalAI, git and GitHub's API over TLS: a private authority is trusted where `SSL_CERT_FILE` names it, and nothing
//! is said to a server that cannot prove its name.

use std::fs;
use std::path::PathBuf;

use crate::git_repos::git;
use crate::hosted::TOKEN;
use crate::run::Start;
use crate::site::{MODE, Site};
use crate::tunnel::{Certificate, Tunnel};

/// Everything that a proposal needs, behind TLS.
struct Encrypted {
    site: Site,
    trusted: PathBuf,
    evalai: Tunnel,
    git: Tunnel,
    github: Tunnel,
}

impl Encrypted {
    /// With the certificates of EvalAI, of the git server and of GitHub's API; `trusted` is what `SSL_CERT_FILE` names.
    fn new(trusted: &Certificate, [evalai, git, github]: [&Certificate; 3]) -> Self {
        let site = Site::agreed();
        site.edit_title("A new title");
        let world = &site.hosted.world;
        let file = world.new_folder().join("authority.pem");
        trusted.write(&file);
        let (evalai, git, github) = (
            Tunnel::to(world.evalai.url(), evalai),
            Tunnel::to(&site.hosted.server.url(""), git),
            Tunnel::to(site.api.url(), github),
        );
        Self {
            site,
            trusted: file,
            evalai,
            git,
            github,
        }
    }

    fn start(&self) -> Start {
        let workspace = self.site.hosted.check_out();
        let config = workspace.join("github/host_config.json");
        let text = fs::read_to_string(&config).unwrap();
        let evalai = self.site.hosted.world.evalai.url();
        fs::write(config, text.replace(evalai, &self.evalai.url())).unwrap();
        let origin = format!("{}/remote.git", self.git.url());
        git(&workspace, &["remote", "set-url", "origin", &origin]);
        let start = self.site.hosted.world.start(&workspace);
        start
            .input("auth-token", TOKEN)
            .input(MODE.0, MODE.1)
            .input("challenge-id", "1")
            .input("first-sync", "commit")
            .variable("GITHUB_SERVER_URL", &self.git.url())
            .variable("GITHUB_API_URL", &self.github.url())
            .variable("SSL_CERT_FILE", self.trusted.to_str().unwrap())
    }
}

#[test]
fn a_private_authority_is_trusted_for_evalai_git_and_the_api() {
    let authority = Certificate::authority();
    let server = authority.of("localhost");
    let all = Encrypted::new(&authority, [&server; 3]);
    let run = all.start().run().succeeded();
    assert_eq!(run.result(), "proposed", "{}", run.log);
    assert!(all.evalai.opened() > 0 && all.git.opened() > 0 && all.github.opened() > 0);
}

#[test]
fn nothing_is_said_to_a_server_that_cannot_prove_its_name() {
    let authority = Certificate::authority();
    let good = authority.of("localhost");
    let strange = Certificate::authority().of("localhost");
    let misnamed = authority.of("elsewhere.example");
    for (what, bad) in [("another authority", &strange), ("another name", &misnamed)] {
        let all = Encrypted::new(&authority, [bad, &good, &good]);
        let run = all.start().run();
        run.failed_saying("no secure connection (TLS): the server's certificate is not valid or not trusted, or it speaks plain http");
        assert_eq!(all.evalai.opened(), 0, "{what}");

        let all = Encrypted::new(&authority, [&good, bad, &good]);
        let run = all.start().run();
        run.failed_saying("no trusted TLS connection to https://localhost:");
        assert_eq!(all.git.opened(), 0, "{what}");

        let all = Encrypted::new(&authority, [&good, &good, bad]);
        let run = all.start().run();
        run.failed_saying("certificate verify failed");
        assert_eq!(all.github.opened(), 0, "{what}");
    }
}
