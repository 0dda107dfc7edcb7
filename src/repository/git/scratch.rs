//! The scratch repository in which all work is done before it is published.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use git2::{Config, ConfigLevel, Repository, RepositoryInitOptions};
use tempfile::TempDir;

use super::remote::{Link, Update};
use super::{
    Changes, Credentials, Files, GitError, Oid, PushError, Refs, RemoteUrl, Signature, Workspace,
    commit, shallow,
};

/// Where the scratch keeps what it has, so that a fetch need not ask for it.
const KEPT: &str = "refs/kept/";

/// A bare repository of our own in a temporary folder, gone when dropped.
///
/// It borrows the objects of the workspace, and of the remote if that is a
/// folder (libgit2 knows no shallow fetch from one). It reads no
/// configuration but its own: `url.*.insteadOf` or a proxy set for git
/// elsewhere cannot lead the token astray.
pub struct Scratch {
    // Declared before `dir`: dropped before the folder is removed.
    pub(super) repo: Repository,
    pub(super) link: Link,
    dir: TempDir,
}

impl Scratch {
    /// Makes a scratch repository for the remote `url`. Nothing is asked yet.
    ///
    /// # Errors
    /// If the temporary folder cannot be made, or a folder remote is none.
    pub fn open(
        workspace: Option<&Workspace>,
        url: RemoteUrl,
        credentials: Credentials,
    ) -> Result<Self, GitError> {
        // What is fetched is hashed when it comes in. To hash each object again whenever it is read
        // takes a sixth of a run; git does not do so either.
        git2::opts::strict_hash_verification(false);
        let dir = tempfile::Builder::new()
            .prefix("evalai-sync-")
            .tempdir()
            .map_err(GitError::io(format!(
                "make a temporary folder in {} (set TMPDIR to another place)",
                std::env::temp_dir().display()
            )))?;
        let mut roots = BTreeSet::new();
        let mut lenders = Vec::new();
        if let Some(workspace) = workspace {
            roots = workspace.shallow_roots()?;
            lenders.push(workspace.objects_dir());
        }
        if let Some(folder) = url.as_folder() {
            let remote = open_folder_remote(folder, &url)?;
            // What the remote holds, it holds with its history.
            let odb = remote.odb().map_err(GitError::git(format!("read {url}")))?;
            roots.retain(|root| !odb.exists(*root));
            roots.extend(shallow::read(&remote.commondir().join("shallow"))?);
            lenders.push(remote.commondir().join("objects"));
        }
        create(dir.path(), &roots)?;
        let scratch = Self {
            repo: open(dir.path(), &lenders)?,
            link: Link { url, credentials },
            dir,
        };
        if let Some(workspace) = workspace
            && let Some(commit) = workspace.head()?.commit
        {
            scratch.keep("workspace", commit)?;
        }
        Ok(scratch)
    }

    /// The remote this works with.
    #[must_use]
    pub fn url(&self) -> &RemoteUrl {
        &self.link.url
    }

    /// Asks the remote for its refs.
    ///
    /// # Errors
    /// By kind, see [`GitError`]. A repository without refs is no error.
    pub fn refs(&mut self) -> Result<Refs, GitError> {
        self.refs_and_fetch(|_| Vec::new())
    }

    /// Asks the remote for its refs and, over the same connection, fetches the
    /// newest commit of each ref that `choose` names; a name the remote does
    /// not have is passed over.
    ///
    /// # Errors
    /// By kind, see [`GitError`].
    pub fn refs_and_fetch(
        &mut self,
        choose: impl FnMut(&Refs) -> Vec<String>,
    ) -> Result<Refs, GitError> {
        self.exchange(1, choose)
    }

    /// Fetches the ref of this full name, `depth` commits deep (at least one),
    /// and returns its commit. What is already there is not fetched again.
    ///
    /// # Errors
    /// [`GitError::RefNotFound`] if the remote has no such ref.
    pub fn fetch(&mut self, refname: &str, depth: u32) -> Result<Oid, GitError> {
        let refs = self.exchange(depth, |_| vec![refname.to_owned()])?;
        refs.get(refname).ok_or_else(|| GitError::RefNotFound {
            url: self.link.url.to_string(),
            refname: refname.to_owned(),
        })
    }

    /// The files of a commit.
    ///
    /// # Errors
    /// If the commit is not here: it must have been fetched or made.
    pub fn files(&self, commit: Oid) -> Result<Files<'_>, GitError> {
        Files::of_commit(&self.repo, commit)
    }

    /// Makes a commit on top of `parent` (or with no history), in which only
    /// `changes` differ; `author` is its committer as well.
    ///
    /// # Errors
    /// [`GitError::BadPath`] for a path that leads out of the tree, through a
    /// link or submodule, or onto something that is not a file.
    pub fn commit(
        &self,
        parent: Option<Oid>,
        changes: &Changes,
        message: &str,
        author: &Signature,
    ) -> Result<Oid, GitError> {
        commit::create(&self.repo, parent, changes, message, author)
    }

    /// Publishes `commit` as `refname`, if that still points to `expected`
    /// (`None`: does not exist yet). Never by force.
    ///
    /// # Errors
    /// By kind, see [`PushError`].
    pub fn push(
        &mut self,
        commit: Oid,
        refname: &str,
        expected: Option<Oid>,
    ) -> Result<(), PushError> {
        let forward = Update::Forward(commit);
        self.link.push(&self.repo, forward, refname, expected)
    }

    /// The commits whose parents are not here.
    pub(super) fn shallow_roots(&self) -> Result<BTreeSet<Oid>, GitError> {
        shallow::read(&self.dir.path().join("shallow"))
    }

    /// [`Self::refs_and_fetch`] with a depth; more than one commit is always
    /// asked for, since the commit alone does not tell what is behind it.
    pub(super) fn exchange(
        &mut self,
        depth: u32,
        mut choose: impl FnMut(&Refs) -> Vec<String>,
    ) -> Result<Refs, GitError> {
        let odb = self
            .repo
            .odb()
            .map_err(GitError::git("open the scratch repository"))?;
        let borrows = self.link.url.as_folder().is_some();
        let mut wanted = Vec::new();
        let mut lacking = Vec::new();
        let depth = i32::try_from(depth.max(1)).unwrap_or(i32::MAX);
        let refs = self.link.exchange(&self.repo, depth, |refs| {
            wanted = choose(refs);
            wanted.retain(|name| refs.get(name).is_some());
            if !borrows {
                lacking.clone_from(&wanted);
                lacking
                    .retain(|name| depth > 1 || refs.get(name).is_some_and(|id| !odb.exists(id)));
            }
            lacking.clone()
        })?;
        for name in &wanted {
            if let Some(id) = refs.get(name) {
                self.keep(name, id)?;
            }
        }
        Ok(refs)
    }

    /// Notes that `commit` is here; slashes are replaced, as `a` and `a/b` may
    /// follow one another on the remote.
    fn keep(&self, name: &str, commit: Oid) -> Result<(), GitError> {
        let kept = format!("{KEPT}{}", name.replace('/', "-"));
        self.repo
            .find_commit(commit)
            .and_then(|_| self.repo.reference(&kept, commit, true, ""))
            .map(|_| ())
            .map_err(GitError::git(format!("find the commit {commit}")))
    }
}

fn create(dir: &Path, roots: &BTreeSet<Oid>) -> Result<(), GitError> {
    let mut options = RepositoryInitOptions::new();
    options.bare(true).external_template(false);
    Repository::init_opts(dir, &options)
        .and_then(|repo| repo.config()?.open_level(ConfigLevel::Local))
        // A redirect to another host would be given the token.
        .and_then(|mut config| config.set_bool("http.followRedirects", false))
        .map_err(GitError::git("make a scratch repository"))?;
    if roots.is_empty() {
        return Ok(());
    }
    shallow::write(&dir.join("shallow"), roots)
}

fn open(dir: &Path, lenders: &[PathBuf]) -> Result<Repository, GitError> {
    let attempt = || {
        let repo = Repository::open(dir)?;
        let mut config = Config::new()?;
        config.add_file(&dir.join("config"), ConfigLevel::Local, false)?;
        repo.set_config(&config)?;
        let odb = repo.odb()?;
        for objects in lenders {
            let path = objects.to_str().ok_or_else(|| {
                git2::Error::from_str(&format!("{} is not UTF-8", objects.display()))
            })?;
            odb.add_disk_alternate(path)?;
        }
        drop(odb);
        Ok(repo)
    };
    attempt().map_err(GitError::git("open the scratch repository"))
}

/// A folder remote, bare or with a working tree.
fn open_folder_remote(folder: &Path, url: &RemoteUrl) -> Result<Repository, GitError> {
    Repository::open_bare(folder)
        .or_else(|_| Repository::open_bare(folder.join(".git")))
        .map_err(|_| GitError::RepositoryNotFound {
            url: url.to_string(),
        })
}
