//! A commit taken apart, for a server that puts it together again; and the one that it made of it.

use git2::{Delta, Repository};

use super::tree::Mode;
use super::{GitError, Oid, Scratch};

/// How far the branch may have moved on while the server's commit is fetched, in commits.
const FARTHEST: usize = 1000;

/// A commit as far as it differs from the one that it follows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parcel {
    /// The commit that it follows.
    pub parent: Oid,
    /// That commit's tree.
    pub base: Oid,
    /// Its own tree.
    pub tree: Oid,
    /// Its message.
    pub message: String,
    /// The files that it changes, by path.
    pub files: Vec<Changed>,
}

/// A file that a commit changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changed {
    /// Its path from the repository's root.
    pub path: String,
    /// Its mode, its blob and that blob's size in bytes; `None` if it goes.
    pub file: Option<(Mode, Oid, u64)>,
}

impl Scratch {
    /// Takes a commit apart that was made here, and that follows on one other.
    ///
    /// # Errors
    /// If the commit is not here, follows on none, or changes something that is no file.
    pub fn parcel(&self, commit: Oid) -> Result<Parcel, GitError> {
        let take_apart = || {
            let commit = self.repo.find_commit(commit)?;
            let parent = commit.parent(0)?;
            let (base, tree) = (parent.tree()?, commit.tree()?);
            // Without a look for renames: what is renamed goes, and comes anew.
            let diff = self
                .repo
                .diff_tree_to_tree(Some(&base), Some(&tree), None)?;
            let files = diff.deltas().map(|delta| changed(&self.repo, &delta));
            Ok(Parcel {
                parent: parent.id(),
                base: base.id(),
                tree: tree.id(),
                message: commit.message()?.to_owned(),
                files: files.collect::<Result<_, git2::Error>>()?,
            })
        };
        take_apart().map_err(GitError::git(format!("take the commit {commit} apart")))
    }

    /// The content of a blob.
    ///
    /// # Errors
    /// If it is not here.
    pub fn content_of(&self, blob: Oid) -> Result<Vec<u8>, GitError> {
        let found = self.repo.find_blob(blob);
        let found = found.map_err(GitError::git(format!("read the blob {blob}")))?;
        Ok(found.content().to_vec())
    }

    /// Puts a signed commit together that the server made and that no ref leads to yet, so that
    /// nothing could be fetched; `false` if that does not give the commit of the id `commit`.
    ///
    /// # Errors
    /// If it cannot be stored.
    pub fn adopt(&self, commit: Oid, text: &str, signature: &str) -> Result<bool, GitError> {
        // As told, and with the line break that ends a signature.
        for signature in [signature, &format!("{}\n", signature.trim_end())] {
            let stored = self.repo.commit_signed(text, signature, None);
            let failed = GitError::git(format!("store the signed commit {commit}"));
            if stored.map_err(failed)? == commit {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Fetches `commit`, which the server made of `parcel` and moved `refname` to. Gives back
    /// whether the ref still leads to it: somebody may have forced it elsewhere since.
    ///
    /// # Errors
    /// By kind, see [`GitError`]; also if the commit is not what the parcel says.
    pub fn receive(
        &mut self,
        commit: Oid,
        refname: &str,
        parcel: &Parcel,
    ) -> Result<bool, GitError> {
        let tip = self.fetch(refname, 1)?;
        if tip != commit && self.history(refname, tip, commit, FARTHEST)?.is_none() {
            return Ok(false);
        }
        let look = || {
            let found = self.repo.find_commit(commit)?;
            // The header as it is: `parents()` remembers where the history was cut off before a fetch.
            let header = found.raw_header()?;
            let parents = header
                .lines()
                .filter_map(|line| line.strip_prefix("parent "));
            let parents = parents.map(Oid::from_str).collect::<Result<Vec<_>, _>>()?;
            Ok((found.tree_id(), parents))
        };
        let found = look().map_err(GitError::git(format!("read the commit {commit}")))?;
        if found == (parcel.tree, vec![parcel.parent]) {
            return Ok(true);
        }
        Err(GitError::Git {
            action: format!("accept the commit {commit}, which {refname} was moved to"),
            detail: format!(
                "it has not the tree {} and the one parent {} that it was made with",
                parcel.tree, parcel.parent
            ),
        })
    }
}

fn changed(repo: &Repository, delta: &git2::DiffDelta<'_>) -> Result<Changed, git2::Error> {
    let (old, new) = (delta.old_file(), delta.new_file());
    let side = if delta.status() == Delta::Deleted {
        &old
    } else {
        &new
    };
    let path = side.path_bytes().unwrap_or_default();
    let path = String::from_utf8(path.to_vec())
        .map_err(|error| git2::Error::from_str(&error.to_string()))?;
    let file = match (delta.status(), new.mode()) {
        (Delta::Deleted, _) => None,
        (_, git2::FileMode::Blob) => Some(Mode::Regular),
        (_, git2::FileMode::BlobExecutable) => Some(Mode::Executable),
        // A commit of ours changes files only.
        (_, mode) => {
            let text = format!("{path} is no file ({mode:?})");
            return Err(git2::Error::from_str(&text));
        }
    };
    let file = match file {
        None => None,
        Some(mode) => {
            let (size, _) = repo.odb()?.read_header(new.id())?;
            Some((mode, new.id(), size as u64))
        }
    };
    Ok(Changed { path, file })
}
