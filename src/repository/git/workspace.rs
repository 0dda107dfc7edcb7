//! The checked-out repository in which the action was started.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use git2::Repository;

use super::{GitError, Oid, RemoteUrl, shallow};

/// What is checked out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// The branch, without `refs/heads/`; `None` for a detached HEAD.
    pub branch: Option<String>,
    /// The commit; `None` on a branch without one.
    pub commit: Option<Oid>,
}

/// A git checkout. Opening it changes nothing; [`Workspace::advance`] alone writes.
pub struct Workspace {
    pub(super) root: PathBuf,
    pub(super) repo: Repository,
}

impl Workspace {
    /// Opens the checkout whose root is `path`, whoever owns it.
    ///
    /// In a container action the workspace belongs to another user. libgit2
    /// then refuses to open a repository with its working tree (and the switch
    /// for that check is out of reach of safe code), but opens the git folder
    /// alone: the runner has vouched for the workspace by handing it over, and
    /// no program that the repository names is ever run.
    ///
    /// # Errors
    /// [`GitError::NotACheckout`] with the reason.
    pub fn open(path: &Path) -> Result<Self, GitError> {
        let refuse = |reason: &str| GitError::NotACheckout {
            path: path.display().to_string(),
            reason: reason.to_owned(),
        };
        let root = path
            .canonicalize()
            .map_err(|error| refuse(&error.to_string()))?;
        let git_dir = git_dir(&root).map_err(|reason| refuse(&reason))?;
        let open = || {
            let repo = Repository::open_bare(&git_dir)?;
            repo.set_workdir(&root, false)?;
            Ok(repo)
        };
        let repo = open().map_err(|error: git2::Error| refuse(error.message()))?;
        Ok(Self { root, repo })
    }

    /// The address of the remote `origin`, if it has one.
    ///
    /// # Errors
    /// [`GitError::BadUrl`] if it cannot be used.
    pub fn origin_url(&self) -> Result<Option<RemoteUrl>, GitError> {
        let url = self
            .repo
            .config()
            .and_then(|mut config| config.snapshot())
            .and_then(|config| config.get_string("remote.origin.url"));
        match url {
            Ok(url) if url.starts_with("./") || url.starts_with("../") => {
                RemoteUrl::parse(&self.root.join(url).to_string_lossy()).map(Some)
            }
            Ok(url) => RemoteUrl::parse(&url).map(Some),
            Err(error) if error.code() == git2::ErrorCode::NotFound => Ok(None),
            Err(error) => Err(GitError::git("read the address of the remote origin")(
                error,
            )),
        }
    }

    /// What is checked out now.
    ///
    /// # Errors
    /// If HEAD cannot be read.
    pub fn head(&self) -> Result<Head, GitError> {
        let read = || {
            let head = self.repo.find_reference("HEAD")?;
            let Some(target) = head.symbolic_target()? else {
                return Ok(Head {
                    branch: None,
                    commit: head.target(),
                });
            };
            let commit = match self.repo.refname_to_id(target) {
                Ok(commit) => Some(commit),
                Err(error) if error.code() == git2::ErrorCode::NotFound => None,
                Err(error) => return Err(error),
            };
            let branch = target.strip_prefix("refs/heads/").unwrap_or(target);
            Ok(Head {
                branch: Some(branch.to_owned()),
                commit,
            })
        };
        read().map_err(GitError::git("read what is checked out"))
    }

    pub(super) fn objects_dir(&self) -> PathBuf {
        self.repo.commondir().join("objects")
    }

    pub(super) fn shallow_file(&self) -> PathBuf {
        self.repo.commondir().join("shallow")
    }

    pub(super) fn shallow_roots(&self) -> Result<BTreeSet<Oid>, GitError> {
        shallow::read(&self.shallow_file())
    }
}

/// `.git`, or the folder that a file `.git` names (a linked working tree, a submodule).
fn git_dir(root: &Path) -> Result<PathBuf, String> {
    let dot_git = root.join(".git");
    let metadata = dot_git
        .metadata()
        .map_err(|_| "it holds no .git".to_owned())?;
    if metadata.is_dir() {
        return Ok(dot_git);
    }
    let text = std::fs::read_to_string(&dot_git).map_err(|error| format!(".git: {error}"))?;
    let target = text
        .strip_prefix("gitdir:")
        .ok_or("its file .git does not name a git folder")?;
    let git_dir = root.join(target.trim());
    if git_dir.is_dir() {
        Ok(git_dir)
    } else {
        Err(format!(
            "its git folder {} is not on this machine (a container sees only the workspace)",
            git_dir.display()
        ))
    }
}
