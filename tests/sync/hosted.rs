//! A world whose repository is on a git server, as on GitHub: reached over http, with a token.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::git_repos::git;
use crate::git_server::{GitServer, Rules};
use crate::run::Start;
use crate::world::{Everything, World};

/// The token that the server asks for.
pub(crate) const TOKEN: &str = "ghp_0123456789abcdef";

/// EvalAI, and a repository on a server.
pub(crate) struct Hosted {
    pub(crate) world: World,
    pub(crate) server: GitServer,
}

impl Hosted {
    /// The recorded sample challenge, and its repository behind the token.
    pub(crate) fn new() -> Self {
        Self::of(World::recorded("sample"))
    }

    /// The same for another world.
    pub(crate) fn of(world: World) -> Self {
        let path = world.remote_path();
        let rules = Rules {
            token: Some(TOKEN.into()),
            ..Rules::default()
        };
        let server = GitServer::start(path.parent().expect("a folder"), rules);
        Self { world, server }
    }

    /// The same, once both sides have agreed.
    pub(crate) fn agreed() -> Self {
        let hosted = Self::new();
        assert_eq!(hosted.world.sync().succeeded().result(), "in-sync");
        hosted
    }

    /// The address of the repository.
    pub(crate) fn url(&self) -> String {
        self.server.url("remote.git")
    }

    /// A fresh checkout of the branch as `actions/checkout` makes it: one commit, and no credentials left behind.
    pub(crate) fn check_out(&self) -> PathBuf {
        let branch = &self.world.branch;
        let folder = self.fetch_into_a_new_folder();
        let remote_branch = format!("refs/remotes/origin/{branch}");
        git(&folder, &["checkout", "-q", "-B", branch, &remote_branch]);
        folder
    }

    /// The same with a detached HEAD, as for a `ref` that is a commit.
    pub(crate) fn check_out_detached(&self) -> PathBuf {
        let folder = self.fetch_into_a_new_folder();
        let remote_branch = format!("refs/remotes/origin/{}", self.world.branch);
        git(&folder, &["checkout", "-q", "--detach", &remote_branch]);
        folder
    }

    fn fetch_into_a_new_folder(&self) -> PathBuf {
        let folder = self.world.new_folder();
        git(&folder, &["init", "-q"]);
        git(&folder, &["remote", "add", "origin", &self.url()]);
        let basic = STANDARD.encode(format!("x-access-token:{TOKEN}"));
        let header = format!("http.extraheader=AUTHORIZATION: basic {basic}");
        let (branch, tip) = (&self.world.branch, self.world.tip());
        let wanted = format!("+{tip}:refs/remotes/origin/{branch}");
        let fetch = ["fetch", "-q", "--depth=1", "--no-tags", "origin", &wanted];
        git(&folder, &[&["-c", &header][..], &fetch].concat());
        self.server.take_log();
        folder
    }

    /// A run in `workspace` with the right token.
    pub(crate) fn start(&self, workspace: &Path) -> Start {
        self.start_without_token(workspace)
            .input("auth-token", TOKEN)
    }

    /// A run in `workspace` without any GitHub token.
    pub(crate) fn start_without_token(&self, workspace: &Path) -> Start {
        // An API that nobody answers for: no test asks GitHub itself.
        self.world
            .start(workspace)
            .variable("GITHUB_SERVER_URL", &self.server.url(""))
            .variable("GITHUB_API_URL", "http://127.0.0.1:1")
    }

    /// A host pushes a new content of the file at `path`, once, while the
    /// sync's next push is on its way.
    pub(crate) fn somebody_pushes_first(&self, path: &'static str, text: &'static str) {
        let host = self.world.host();
        self.server.set(|rules| {
            rules.before_receive = Some(Box::new(move || {
                host.commits(path, text);
            }));
        });
    }

    /// Every push is refused by a hook that says `words`.
    pub(crate) fn refuse_pushes(&self, words: &str) {
        let hook = self.world.remote_path().join("hooks/pre-receive");
        std::fs::create_dir_all(hook.parent().expect("a folder")).expect("a folder");
        std::fs::write(&hook, format!("#!/bin/sh\necho '{words}' >&2\nexit 1\n")).expect("a hook");
        std::fs::set_permissions(hook, PermissionsExt::from_mode(0o755)).expect("a mode");
    }

    /// All that a run could write to.
    pub(crate) fn everything(&self, workspace: &Path) -> Everything {
        self.world.everything(workspace)
    }
}

/// GitHub's API, with one answer to everything.
pub(crate) struct GithubApi {
    url: String,
    requests: Arc<Mutex<Vec<String>>>,
}

impl GithubApi {
    /// Starts it; `status` is as in `404 Not Found`.
    pub(crate) fn answering(status: &str, body: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let answer = format!(
            "HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
            body.len()
        );
        let requests = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&requests);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.expect("a connection");
                let mut request = vec![0; 4096];
                let length = stream.read(&mut request).expect("a request");
                let text = String::from_utf8_lossy(&request[..length]).into_owned();
                log.lock().expect("the log").push(text);
                stream.write_all(answer.as_bytes()).expect("answered");
            }
        });
        Self {
            url: format!("http://127.0.0.1:{port}"),
            requests,
        }
    }

    /// Its address.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// The requests so far.
    pub(crate) fn requests(&self) -> Vec<String> {
        self.requests.lock().expect("the log").clone()
    }
}
