//! Making a commit of a few changed files, in the object database alone.

use std::collections::BTreeMap;

use git2::{Repository, Time, Tree};

use super::tree::{Kind, Mode, bad_path, parts, through};
use super::{GitError, Oid};

/// What becomes of one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// The file gets this content. Without a mode an existing file keeps its
    /// own, and a new one is not executable.
    Write {
        /// The whole content.
        bytes: Vec<u8>,
        /// The mode, if it is to be set.
        mode: Option<Mode>,
    },
    /// The file goes.
    Delete,
}

/// The changes of one commit, by path from the repository's root, with `/`.
pub type Changes = BTreeMap<String, Change>;

/// Who makes a commit, and when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signature {
    /// The name.
    pub name: String,
    /// The e-mail address.
    pub email: String,
    /// Seconds since 1970, UTC.
    pub seconds: i64,
}

pub(super) fn create(
    repo: &Repository,
    parent: Option<Oid>,
    changes: &Changes,
    message: &str,
    author: &Signature,
) -> Result<Oid, GitError> {
    let failed = || GitError::git("make the commit");
    let author = signature(author)?;
    let parent = parent
        .map(|id| repo.find_commit(id))
        .transpose()
        .map_err(failed())?;
    let base = parent
        .as_ref()
        .map(git2::Commit::tree)
        .transpose()
        .map_err(failed())?;
    let changes = changes
        .iter()
        .map(|(path, change)| {
            Ok(Pending {
                path,
                parts: parts(path)?,
                change,
            })
        })
        .collect::<Result<Vec<_>, GitError>>()?;
    let tree = match write_tree(repo, base.as_ref(), &changes, 0)? {
        Some(tree) => tree,
        None => repo
            .treebuilder(None)
            .and_then(|empty| empty.write())
            .map_err(failed())?,
    };
    let tree = repo.find_tree(tree).map_err(failed())?;
    repo.commit(
        None,
        &author,
        &author,
        message,
        &tree,
        &parent.iter().collect::<Vec<_>>(),
    )
    .map_err(failed())
}

#[derive(Clone)]
struct Pending<'a> {
    path: &'a str,
    parts: Vec<&'a str>,
    change: &'a Change,
}

/// Writes the tree that `base` becomes; `None` if nothing is left in it.
/// `depth` parts of each path are those of the tree itself.
fn write_tree(
    repo: &Repository,
    base: Option<&Tree<'_>>,
    changes: &[Pending<'_>],
    depth: usize,
) -> Result<Option<Oid>, GitError> {
    let failed = || GitError::git("write a folder of the commit");
    let mut builder = repo.treebuilder(base).map_err(failed())?;
    let mut by_name: BTreeMap<&str, Vec<Pending<'_>>> = BTreeMap::new();
    for pending in changes {
        by_name
            .entry(pending.parts[depth])
            .or_default()
            .push(pending.clone());
    }
    for (name, group) in by_name {
        let existing = builder
            .get(name)
            .map_err(failed())?
            .map(|entry| (entry.id(), Kind::of_bits(entry.filemode())));
        let written = match group.as_slice() {
            [one] if one.parts.len() == depth + 1 => write_file(repo, existing.map(|e| e.1), one)?,
            _ => {
                if let Some(file) = group.iter().find(|p| p.parts.len() == depth + 1) {
                    return Err(bad_path(
                        file.path,
                        "the same commit makes it a folder, too",
                    ));
                }
                let folder = match existing {
                    None => None,
                    Some((id, Kind::Folder)) => Some(repo.find_tree(id).map_err(failed())?),
                    Some((_, other)) => return Err(through(group[0].path, name, other)),
                };
                write_tree(repo, folder.as_ref(), &group, depth + 1)?.map(|id| (id, 0o040_000))
            }
        };
        match written {
            Some((id, bits)) => builder.insert(name, id, bits).map(|_| ()),
            None if existing.is_some() => builder.remove(name),
            None => Ok(()),
        }
        .map_err(|error| bad_path(group[0].path, error.message()))?;
    }
    if builder.is_empty() {
        return Ok(None);
    }
    builder.write().map(Some).map_err(failed())
}

/// The entry that one change makes; `None` if the file goes.
fn write_file(
    repo: &Repository,
    existing: Option<Kind>,
    pending: &Pending<'_>,
) -> Result<Option<(Oid, i32)>, GitError> {
    let old_mode = match existing {
        None => None,
        Some(Kind::File(mode)) => Some(mode),
        Some(other) => {
            let reason = format!("it is {}, not a file", other.words());
            return Err(bad_path(pending.path, reason));
        }
    };
    match pending.change {
        Change::Write { bytes, mode } => {
            let id = repo
                .blob(bytes)
                .map_err(GitError::git(format!("store {}", pending.path)))?;
            let mode = mode.or(old_mode).unwrap_or(Mode::Regular);
            Ok(Some((id, mode.bits())))
        }
        Change::Delete if old_mode.is_none() => Err(bad_path(
            pending.path,
            "it does not exist, so it cannot be deleted",
        )),
        Change::Delete => Ok(None),
    }
}

fn signature(author: &Signature) -> Result<git2::Signature<'static>, GitError> {
    let refused = GitError::git(format!(
        "sign the commit as {:?} <{}>",
        author.name, author.email
    ));
    // libgit2 would write a line break into the commit's header as it is.
    if [&author.name, &author.email]
        .iter()
        .any(|text| text.contains(char::is_control))
    {
        let reason = "the name or e-mail address holds a control character";
        return Err(refused(git2::Error::from_str(reason)));
    }
    git2::Signature::new(&author.name, &author.email, &Time::new(author.seconds, 0))
        .map_err(refused)
}
