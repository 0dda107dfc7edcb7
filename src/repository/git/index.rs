//! Keeping the workspace's index in step with a checkout.

use std::collections::BTreeSet;
use std::fs::Metadata;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use git2::{IndexEntry, IndexEntryExtendedFlag, IndexTime, ObjectType, Tree};

use super::{GitError, Oid, Workspace};

/// Brings the entries of `paths` from `old` to `new`, except where something
/// else was staged. Returns the paths (of `in_the_way`) that keep what they
/// hold in the working tree and should hold something else.
///
/// The file data in the index is taken after the files got their owner, so
/// that git does not take them for modified.
pub(super) fn follow(
    workspace: &Workspace,
    old: &Tree<'_>,
    new: &Tree<'_>,
    paths: &BTreeSet<PathBuf>,
    in_the_way: &BTreeSet<PathBuf>,
) -> Result<Vec<String>, GitError> {
    let failed = || GitError::git("update the index of the workspace");
    let mut index = workspace.repo.index().map_err(failed())?;
    let mut left_alone = Vec::new();
    for path in paths {
        let entry = index.get_path(path, 0);
        let (before, after) = (find(old, path), find(new, path));
        let is_kept = in_the_way.contains(path) && !holds(&workspace.root.join(path), after);
        if is_kept && !entry.as_ref().is_some_and(is_skipped) {
            left_alone.push(path.display().to_string());
        }
        let staged = entry.as_ref().map(|entry| entry.id);
        if staged != before.map(|(id, _)| id) && staged != after.map(|(id, _)| id) {
            continue;
        }
        let Some((id, mode)) = after else {
            if entry.is_some() {
                index.remove(path, 0).map_err(failed())?;
            }
            continue;
        };
        let found = workspace.root.join(path).symlink_metadata().ok();
        let mut next = stat(found.filter(|_| !is_kept).as_ref());
        next.id = id;
        next.mode = mode;
        next.path = path.as_os_str().as_bytes().to_vec();
        next.flags_extended = entry.map_or(0, |entry| entry.flags_extended);
        index.add(&next).map_err(failed())?;
    }
    index.write().map_err(failed())?;
    Ok(left_alone)
}

/// Whether a sparse checkout keeps the file out of the working tree.
fn is_skipped(entry: &IndexEntry) -> bool {
    IndexEntryExtendedFlag::from_bits_truncate(entry.flags_extended)
        .contains(IndexEntryExtendedFlag::SKIP_WORKTREE)
}

/// Whether the file is what it should become, though libgit2 left it alone.
fn holds(path: &Path, after: Option<(Oid, u32)>) -> bool {
    let is_file = path.symlink_metadata().is_ok_and(|found| found.is_file());
    is_file
        && after.is_some_and(|(id, _)| {
            Oid::hash_file(ObjectType::Blob, path).is_ok_and(|found| found == id)
        })
}

/// The file at `path`; a folder there is none.
fn find(tree: &Tree<'_>, path: &Path) -> Option<(Oid, u32)> {
    let entry = tree.get_path(path).ok()?;
    if entry.kind() == Some(ObjectType::Tree) {
        return None;
    }
    Some((entry.id(), u32::try_from(entry.filemode()).ok()?))
}

/// What the index remembers of a file, cut to 32 bits as git does; nothing of a
/// file that was left alone, so that git looks at it.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
fn stat(metadata: Option<&Metadata>) -> IndexEntry {
    let time = |seconds: i64, nanoseconds: i64| IndexTime::new(seconds as i32, nanoseconds as u32);
    IndexEntry {
        ctime: metadata.map_or(IndexTime::new(0, 0), |m| time(m.ctime(), m.ctime_nsec())),
        mtime: metadata.map_or(IndexTime::new(0, 0), |m| time(m.mtime(), m.mtime_nsec())),
        dev: metadata.map_or(0, |m| m.dev() as u32),
        ino: metadata.map_or(0, |m| m.ino() as u32),
        uid: metadata.map_or(0, MetadataExt::uid),
        gid: metadata.map_or(0, MetadataExt::gid),
        file_size: metadata.map_or(0, |m| m.size() as u32),
        mode: 0,
        id: Oid::ZERO_SHA1,
        flags: 0,
        flags_extended: 0,
        path: Vec::new(),
    }
}
