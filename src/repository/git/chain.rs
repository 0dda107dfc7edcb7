//! A ref's own commits, one behind the other.

use git2::ErrorCode;

use super::{GitError, Oid, Scratch};

/// One commit of a chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Logged {
    /// Its id.
    pub id: Oid,
    /// When it was made: seconds since 1970, UTC.
    pub seconds: i64,
    /// Its message; bytes that are no UTF-8 are shown with replacement signs.
    pub message: String,
}

impl Scratch {
    /// The commits from `tip` back to the first, along first parents; newest
    /// first. Where the remote's own history is cut off, the chain ends.
    ///
    /// # Errors
    /// If a commit cannot be read.
    pub fn chain(&self, tip: Oid) -> Result<Vec<Logged>, GitError> {
        let mut chain = Vec::new();
        let mut next = Some(tip);
        while let Some(id) = next {
            let commit = match self.repo.find_commit(id) {
                Err(error) if id != tip && error.code() == ErrorCode::NotFound => break,
                commit => {
                    commit.map_err(GitError::git(format!("read the commit {id} of the record")))?
                }
            };
            chain.push(Logged {
                id,
                seconds: commit.time().seconds(),
                message: String::from_utf8_lossy(commit.message_bytes()).into_owned(),
            });
            next = commit.parent_ids().next();
        }
        Ok(chain)
    }
}
