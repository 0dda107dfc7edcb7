//! Reading the files of a commit.

use std::cell::RefCell;
use std::collections::HashMap;

use git2::{ErrorCode, Repository, Tree, TreeEntry};

use super::{GitError, Oid};
use crate::repository::path::is_git;

/// The largest file that is read, in bytes: GitHub takes no larger one.
const LARGEST: u64 = 100 << 20;

/// Whether a file is executable; git knows no other mode bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// 100644.
    Regular,
    /// 100755; most challenge configs have it.
    Executable,
}

impl Mode {
    pub(super) fn bits(self) -> i32 {
        match self {
            Self::Regular => 0o100_644,
            Self::Executable => 0o100_755,
        }
    }

    /// The same as git writes it.
    #[must_use]
    pub fn digits(self) -> &'static str {
        match self {
            Self::Regular => "100644",
            Self::Executable => "100755",
        }
    }
}

/// What a path in a tree is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A file.
    File(Mode),
    /// A symbolic link.
    Symlink,
    /// A folder.
    Folder,
    /// A submodule: a commit of another repository.
    Submodule,
}

impl Kind {
    pub(super) fn of_bits(bits: i32) -> Self {
        match bits {
            0o040_000 => Self::Folder,
            0o120_000 => Self::Symlink,
            0o160_000 => Self::Submodule,
            0o100_755 => Self::File(Mode::Executable),
            _ => Self::File(Mode::Regular),
        }
    }

    /// For messages: "is ...".
    pub(super) fn words(self) -> &'static str {
        match self {
            Self::File(_) => "a file",
            Self::Symlink => "a symbolic link",
            Self::Folder => "a folder",
            Self::Submodule => "a submodule",
        }
    }
}

/// One name in a folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The last part of the path; not UTF-8 is shown with replacement signs.
    pub name: String,
    /// What it is.
    pub kind: Kind,
    /// The id of the blob, tree or commit.
    pub id: Oid,
}

impl Entry {
    fn of(entry: &TreeEntry<'_>) -> Self {
        Self {
            name: String::from_utf8_lossy(entry.name_bytes()).into_owned(),
            kind: Kind::of_bits(entry.filemode()),
            id: entry.id(),
        }
    }
}

/// A file's content and mode.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// The content, as git stores it (no line endings converted).
    pub bytes: Vec<u8>,
    /// Executable or not.
    pub mode: Mode,
    /// The id of the blob.
    pub id: Oid,
}

/// The files of one commit. Paths are relative to its root, with `/`.
pub struct Files<'repo> {
    repo: &'repo Repository,
    root: Tree<'repo>,
    /// Those that were read: libgit2 itself remembers small ones only.
    folders: RefCell<HashMap<Oid, Tree<'repo>>>,
}

impl<'repo> Files<'repo> {
    pub(super) fn of_commit(repo: &'repo Repository, commit: Oid) -> Result<Self, GitError> {
        repo.find_commit(commit)
            .and_then(|commit| commit.tree())
            .map(|root| Self {
                repo,
                root,
                folders: RefCell::default(),
            })
            .map_err(GitError::git(format!("read the files of {commit}")))
    }

    /// What is at `path`; `None` if nothing is.
    ///
    /// # Errors
    /// [`GitError::BadPath`] if the path leads out of the tree or through a
    /// symbolic link or submodule.
    pub fn entry(&self, path: &str) -> Result<Option<Entry>, GitError> {
        let parts = parts(path)?;
        let mut tree = self.root.clone();
        for (index, part) in parts.iter().enumerate() {
            let Some(entry) = tree.get_name(part).map(|entry| Entry::of(&entry)) else {
                return Ok(None);
            };
            if index + 1 == parts.len() {
                return Ok(Some(entry));
            }
            tree = match entry.kind {
                Kind::Folder => self.tree(entry.id)?,
                Kind::File(_) => return Ok(None),
                other => return Err(through(path, part, other)),
            };
        }
        Ok(None)
    }

    /// The file at `path`; `None` if nothing is there.
    ///
    /// # Errors
    /// [`GitError::BadPath`] if something else than a file is there, or as
    /// [`Self::entry`].
    pub fn read(&self, path: &str) -> Result<Option<File>, GitError> {
        let Some(entry) = self.entry(path)? else {
            return Ok(None);
        };
        let Kind::File(mode) = entry.kind else {
            return Err(bad_path(
                path,
                format!("it is {}, not a file", entry.kind.words()),
            ));
        };
        Ok(Some(File {
            bytes: self.content(path, entry.id)?,
            mode,
            id: entry.id,
        }))
    }

    /// The content of a file that was found at `path`, by its id.
    ///
    /// # Errors
    /// If it cannot be read.
    pub fn content(&self, path: &str, id: Oid) -> Result<Vec<u8>, GitError> {
        let failed = || GitError::git(format!("read {path}"));
        // What is packed small may be large.
        let header = self.repo.odb().and_then(|odb| odb.read_header(id));
        if header.map_err(failed())?.0 as u64 > LARGEST {
            let reason = format!(
                "it is larger than {} MiB, the most that is read",
                LARGEST >> 20
            );
            return Err(bad_path(path, reason));
        }
        let blob = self.repo.find_blob(id).map_err(failed())?;
        Ok(blob.content().to_vec())
    }

    /// The id and the size in bytes of the file at `path`, without reading it;
    /// `None` if nothing is there.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub fn stat(&self, path: &str) -> Result<Option<(Oid, u64)>, GitError> {
        let Some(entry) = self.entry(path)? else {
            return Ok(None);
        };
        match entry.kind {
            Kind::File(_) => {
                let header = self.repo.odb().and_then(|odb| odb.read_header(entry.id));
                let (size, _) = header.map_err(GitError::git(format!("look at {path}")))?;
                Ok(Some((entry.id, size as u64)))
            }
            other => Err(bad_path(
                path,
                format!("it is {}, not a file", other.words()),
            )),
        }
    }

    /// What is in the folder at `path` (`""`: the root), by name; `None` if
    /// there is no such folder.
    ///
    /// # Errors
    /// As [`Self::entry`].
    pub fn list(&self, path: &str) -> Result<Option<Vec<Entry>>, GitError> {
        let tree = if path.is_empty() {
            self.root.clone()
        } else {
            match self.entry(path)? {
                Some(entry) if entry.kind == Kind::Folder => self.tree(entry.id)?,
                _ => return Ok(None),
            }
        };
        Ok(Some(tree.iter().map(|entry| Entry::of(&entry)).collect()))
    }

    fn tree(&self, id: Oid) -> Result<Tree<'repo>, GitError> {
        if let Some(known) = self.folders.borrow().get(&id) {
            return Ok(known.clone());
        }
        let tree = self.repo.find_tree(id).map_err(|error| {
            let missing = error.code() == ErrorCode::NotFound;
            GitError::git(if missing {
                "find a folder of the commit (a partial clone is not supported)"
            } else {
                "read a folder of the commit"
            })(error)
        })?;
        self.folders.borrow_mut().insert(id, tree.clone());
        Ok(tree)
    }
}

/// The parts of a path that stays inside the tree.
pub(super) fn parts(path: &str) -> Result<Vec<&str>, GitError> {
    let parts: Vec<_> = path.split('/').collect();
    let reason = if path.is_empty() {
        "it is empty"
    } else if path.starts_with('/') {
        "it is absolute; write it relative to the repository's root"
    } else if parts.contains(&"..") {
        "it leads outside with `..`"
    } else if parts.iter().any(|part| part.is_empty() || *part == ".") {
        "it has an empty part or `.`"
    } else if parts.iter().any(|part| is_git(part)) {
        "it leads into git's own folder"
    } else if path.contains(char::is_control) {
        "it holds a control character"
    } else {
        return Ok(parts);
    };
    Err(bad_path(path, reason))
}

pub(super) fn bad_path(path: &str, reason: impl Into<String>) -> GitError {
    GitError::BadPath {
        path: path.to_owned(),
        reason: reason.into(),
    }
}

pub(super) fn through(path: &str, part: &str, kind: Kind) -> GitError {
    bad_path(
        path,
        format!("{part} is {}; put a real folder there", kind.words()),
    )
}
