//! Challenge repositories for tests, made with the git program.

#![allow(
    dead_code,
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "test code, of which each test crate uses a part"
)]

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use evalai_sync::repository::git::{Change, Changes, Oid, Signature};
use tempfile::TempDir;

/// The config's path, and the branch the challenge lives on.
pub(crate) const CONFIG: &str = "challenge_config.yaml";
pub(crate) const BRANCH: &str = "challenge";
pub(crate) const HEAD: &str = "refs/heads/challenge";

/// Runs git, apart from the machine's own settings, and returns what it printed.
pub(crate) fn git(dir: &Path, args: &[&str]) -> String {
    let output = try_git(dir, args);
    assert!(
        output.status.success(),
        "git {args:?}: {}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout)
        .unwrap()
        .trim_end()
        .to_owned()
}

pub(crate) fn try_git(dir: &Path, args: &[&str]) -> Output {
    Command::new("git")
        .args(["-c", "safe.directory=*", "-c", "init.defaultBranch=main"])
        .args(args)
        .current_dir(dir)
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .envs([
            ("GIT_AUTHOR_NAME", "Host"),
            ("GIT_AUTHOR_EMAIL", "host@example.org"),
        ])
        .envs([
            ("GIT_COMMITTER_NAME", "Host"),
            ("GIT_COMMITTER_EMAIL", "host@example.org"),
        ])
        .output()
        .expect("these tests need the git program")
}

/// A folder with the bare repository `challenge.git` and clones of it.
pub(crate) struct Hosting {
    dir: TempDir,
}

impl Hosting {
    /// Four commits on `challenge` (the config executable and CRLF, as they
    /// mostly are); the default branch `main` holds the first of them.
    pub(crate) fn new() -> Self {
        let hosting = Self::empty();
        let first = hosting.dir.path().join("first");
        git(
            hosting.dir.path(),
            &["clone", "-q", "challenge.git", "first"],
        );
        write(&first.join(CONFIG), "title: One\r\nid: 1\r\n");
        std::fs::set_permissions(first.join(CONFIG), PermissionsExt::from_mode(0o755)).unwrap();
        write(&first.join("templates/description.html"), "<p>Hello</p>\n");
        write(&first.join("templates/terms.html"), "<p>Terms</p>\n");
        write(&first.join("logo.jpg"), "not really a picture");
        std::os::unix::fs::symlink("templates", first.join("link")).unwrap();
        commit_all(&first, "Start");
        git(&first, &["checkout", "-q", "-b", BRANCH]);
        for title in ["Two", "Three", "Four"] {
            write(&first.join(CONFIG), &format!("title: {title}\r\nid: 1\r\n"));
            commit_all(&first, title);
        }
        git(&first, &["push", "-q", "origin", "main", BRANCH]);
        hosting
    }

    /// A bare repository without a commit.
    pub(crate) fn empty() -> Self {
        let dir = tempfile::tempdir().unwrap();
        git(dir.path(), &["init", "-q", "--bare", "challenge.git"]);
        Self { dir }
    }

    pub(crate) fn root(&self) -> &Path {
        self.dir.path()
    }

    pub(crate) fn bare(&self) -> PathBuf {
        self.root().join("challenge.git")
    }

    pub(crate) fn head(&self, branch: &str) -> Oid {
        id(&git(
            &self.bare(),
            &["rev-parse", &format!("refs/heads/{branch}")],
        ))
    }

    /// What the remote holds at `path` on the challenge's branch.
    pub(crate) fn content(&self, path: &str) -> String {
        git(&self.bare(), &["show", &format!("{BRANCH}:{path}")])
    }

    /// Clones `url` as `name`; a shallow one if `depth` is given.
    pub(crate) fn clone(&self, url: &str, name: &str, depth: Option<u32>) -> PathBuf {
        let mut args = vec!["clone", "-q", "-b", BRANCH, url, name];
        let depth = depth.map(|depth| format!("--depth={depth}"));
        args.extend(depth.as_deref());
        git(self.root(), &args);
        self.root().join(name)
    }

    /// Somebody else pushes a change of the terms to the challenge's branch.
    pub(crate) fn somebody_pushes(&self, text: &str) -> Oid {
        let other = self.root().join("other");
        if !other.exists() {
            self.clone("challenge.git", "other", None);
        }
        git(&other, &["pull", "-q"]);
        write(&other.join("templates/terms.html"), text);
        commit_all(&other, "Terms");
        git(&other, &["push", "-q"]);
        self.head(BRANCH)
    }

    /// Installs a hook that prints `text` and refuses every push.
    pub(crate) fn refuse_pushes(&self, text: &str) {
        let hook = self.bare().join("hooks/pre-receive");
        write(
            &hook,
            &format!("#!/bin/sh\nprintf '{text}\\n' >&2\nexit 1\n"),
        );
        std::fs::set_permissions(hook, PermissionsExt::from_mode(0o755)).unwrap();
    }
}

pub(crate) fn commit_all(dir: &Path, message: &str) {
    git(dir, &["add", "-A"]);
    git(dir, &["commit", "-q", "-m", message]);
}

pub(crate) fn write(path: &Path, text: &str) {
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, text).unwrap();
}

pub(crate) fn id(text: &str) -> Oid {
    Oid::from_str(text).unwrap()
}

/// Changes that write these texts.
pub(crate) fn changes(texts: &[(&str, &str)]) -> Changes {
    let change = |text: &str| Change::Write {
        bytes: text.into(),
        mode: None,
    };
    texts
        .iter()
        .map(|(path, text)| ((*path).to_owned(), change(text)))
        .collect()
}

pub(crate) fn author() -> Signature {
    Signature {
        name: "evalai-sync".into(),
        email: "sync@example.org".into(),
        seconds: 1_700_000_000,
    }
}

/// Fails if git finds anything wrong with the repository.
pub(crate) fn assert_sound(repo: &Path) {
    let told = git(repo, &["fsck", "--strict", "--full", "--no-dangling"]);
    assert_eq!(told, "", "{}", repo.display());
}
