//! What a clone knows of its remote since the last fetch, without asking it.

use super::tree::Files;
use super::{Oid, Workspace};

/// Where a clone keeps the branches of its remote.
const ORIGIN: &str = "refs/remotes/origin/";

impl Workspace {
    /// The remote's default branch, if the clone was told.
    #[must_use]
    pub fn default_branch(&self) -> Option<String> {
        let head = self.repo.find_reference("refs/remotes/origin/HEAD").ok()?;
        let target = head.symbolic_target().ok().flatten()?;
        target.strip_prefix(ORIGIN).map(str::to_owned)
    }

    /// The remote's branches, by name.
    #[must_use]
    pub fn remote_branches(&self) -> Vec<String> {
        let references = self.repo.references_glob("refs/remotes/origin/*");
        let names = references.into_iter().flatten().filter_map(|reference| {
            let reference = reference.ok()?;
            let name = reference.name().ok()?.strip_prefix(ORIGIN)?;
            (name != "HEAD").then(|| name.to_owned())
        });
        let mut names: Vec<String> = names.collect();
        names.sort();
        names
    }

    /// The files of the remote's branch; `None` if the clone has no such branch.
    #[must_use]
    pub fn remote_files(&self, branch: &str) -> Option<Files<'_>> {
        let commit = self.repo.refname_to_id(&format!("{ORIGIN}{branch}")).ok()?;
        self.files_at(commit)
    }

    /// The files of a commit; `None` if the clone does not have it.
    #[must_use]
    pub fn files_at(&self, commit: Oid) -> Option<Files<'_>> {
        Files::of_commit(&self.repo, commit).ok()
    }
}
