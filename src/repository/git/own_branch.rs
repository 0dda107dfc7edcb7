//! A branch that is ours alone, such as a pull request's head: it may move
//! anywhere and go again, but never if somebody else has moved it.

use std::fmt::Write as _;

use git2::ObjectType;

use super::remote::Update;
use super::{GitError, Oid, PushError, Scratch};

/// The commit that a branch points to, as far as it tells whose it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tip {
    /// Its id.
    pub commit: Oid,
    /// Its message.
    pub message: String,
    /// A digest of what it changes; see [`Scratch::content`].
    pub content: Option<Oid>,
}

impl Scratch {
    /// Makes `refname` point to `commit`, wherever it pointed to, if that is
    /// still `expected` (`None`: it does not exist yet).
    ///
    /// # Errors
    /// By kind, see [`PushError`].
    pub fn replace(
        &mut self,
        commit: Oid,
        refname: &str,
        expected: Option<Oid>,
    ) -> Result<(), PushError> {
        let anywhere = Update::Anywhere(commit);
        self.link.push(&self.repo, anywhere, refname, expected)
    }

    /// Deletes `refname`, if it still points to `expected`.
    ///
    /// # Errors
    /// By kind, see [`PushError`].
    pub fn delete(&mut self, refname: &str, expected: Oid) -> Result<(), PushError> {
        let expected = Some(expected);
        self.link
            .push(&self.repo, Update::Delete, refname, expected)
    }

    /// What the remote's `refname` points to; `None` if there is no such ref.
    ///
    /// # Errors
    /// By kind, see [`GitError`].
    pub fn tip(&mut self, refname: &str) -> Result<Option<Tip>, GitError> {
        // With its parent, of which it differs by what it changes.
        let refs = self.exchange(2, |_| vec![refname.to_owned()])?;
        let Some(commit) = refs.get(refname) else {
            return Ok(None);
        };
        let found = self.repo.find_commit(commit);
        let found = found.map_err(GitError::git(format!("read the commit {commit}")))?;
        Ok(Some(Tip {
            commit,
            message: String::from_utf8_lossy(found.message_bytes()).into_owned(),
            content: self.content(commit)?,
        }))
    }

    /// A digest of the files that `commit` changes, of their modes and of
    /// their new contents; `None` if it does not follow on exactly one commit.
    /// It says nothing of the files that stay, so that the same change of
    /// another commit has the same digest.
    ///
    /// # Errors
    /// If the commit is not here.
    pub fn content(&self, commit: Oid) -> Result<Option<Oid>, GitError> {
        let digest = || {
            let commit = self.repo.find_commit(commit)?;
            // The header as it is: `parents()` remembers where the history was cut off before a fetch.
            let header = String::from_utf8_lossy(commit.raw_header_bytes());
            let mut parents = header
                .lines()
                .filter_map(|line| line.strip_prefix("parent "));
            let (Some(parent), None) = (parents.next(), parents.next()) else {
                return Ok(None);
            };
            let parent = Oid::from_str(parent)?;
            if !self.repo.odb()?.exists(parent) {
                return Ok(None);
            }
            let (before, after) = (self.repo.find_commit(parent)?.tree()?, commit.tree()?);
            let diff = self
                .repo
                .diff_tree_to_tree(Some(&before), Some(&after), None)?;
            let mut told = String::new();
            for delta in diff.deltas() {
                let file = delta.new_file();
                let path = file.path_bytes().unwrap_or_default();
                // Writing to a String cannot fail.
                let _ = writeln!(told, "{:?} {} {path:?}", file.mode(), file.id());
            }
            Oid::hash_object(ObjectType::Blob, told.as_bytes()).map(Some)
        };
        digest().map_err(GitError::git(format!(
            "tell what the commit {commit} changes"
        )))
    }
}
