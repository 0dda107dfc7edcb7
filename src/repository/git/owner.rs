//! Giving what was written to the owner of the workspace.

use std::io::ErrorKind;
use std::os::unix::fs::{MetadataExt, lchown};
use std::path::{Path, PathBuf};

use super::{GitError, Scratch, Workspace};

/// The owner of a workspace. In a container the action runs as root, while the
/// steps after it run as the user who checked the workspace out.
pub(super) struct Owner {
    /// User and group of the workspace's root.
    theirs: (u32, u32),
    /// The user we are.
    ours: u32,
    /// The folders inside which files may change hands.
    bounds: [PathBuf; 3],
}

impl Owner {
    /// Whoever owns the workspace's root; the scratch tells who we are.
    pub(super) fn of(workspace: &Workspace, scratch: &Scratch) -> Result<Self, GitError> {
        let root = &workspace.root;
        let look = |path: &Path| {
            path.metadata()
                .map_err(GitError::io(format!("look at {}", path.display())))
        };
        let metadata = look(root)?;
        Ok(Self {
            theirs: (metadata.uid(), metadata.gid()),
            ours: look(scratch.repo.path())?.uid(),
            bounds: [
                root.clone(),
                workspace.repo.path().to_owned(),
                workspace.repo.commondir().to_owned(),
            ],
        })
    }

    /// Gives `path`, and the folders it is in, to the owner, as far as they
    /// are ours. Nothing happens to a path that does not exist.
    pub(super) fn give(&self, path: &Path) -> Result<(), GitError> {
        if self.ours == self.theirs.0 {
            return Ok(());
        }
        let is_inside = |path: &Path| self.bounds.iter().any(|b| path != b && path.starts_with(b));
        for path in path.ancestors().take_while(|path| is_inside(path)) {
            match path.symlink_metadata() {
                Ok(metadata) if metadata.uid() == self.ours => {}
                Ok(_) => return Ok(()),
                Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
                Err(error) => {
                    return Err(GitError::io(format!("look at {}", path.display()))(error));
                }
            }
            match lchown(path, Some(self.theirs.0), Some(self.theirs.1)) {
                // Only root may give files away.
                Err(error) if error.kind() == ErrorKind::PermissionDenied => return Ok(()),
                result => result.map_err(GitError::io(format!(
                    "give {} to the workspace's owner",
                    path.display()
                )))?,
            }
        }
        Ok(())
    }
}
