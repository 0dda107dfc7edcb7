//! Bringing the workspace to the published commit.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use git2::build::CheckoutBuilder;
use git2::{CheckoutNotificationType, ObjectType, RepositoryState};

use super::error::short;
use super::owner::Owner;
use super::{GitError, Oid, Scratch, Workspace, index, shallow};

/// How far the workspace may lie behind the published commit, in commits.
const FARTHEST: usize = 1000;

/// What became of the workspace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Advanced {
    /// It is at the published commit.
    Moved {
        /// Files that were modified here without being committed: left as they are.
        left_alone: Vec<String>,
    },
    /// Something else is checked out; nothing was touched.
    NotOnBranch,
    /// It has commits that the published one does not follow, or lies too far behind; nothing was touched.
    Diverged,
    /// A merge, rebase or the like is under way; nothing was touched.
    Busy,
}

impl Workspace {
    /// Brings the workspace to `to`, published as `branch`, if it is on that
    /// branch, or detached at `from` (the branch's commit when the run began).
    ///
    /// Files that differ between the two commits are updated in the working
    /// tree and the index, unless they were modified here; everything else
    /// stays. What is new belongs to the owner of the workspace.
    ///
    /// # Errors
    /// If the workspace cannot be written to. The commit is published all the same.
    pub fn advance(
        &self,
        scratch: &mut Scratch,
        branch: &str,
        from: Oid,
        to: Oid,
    ) -> Result<Advanced, GitError> {
        let head = self.head()?;
        let at = match (head.commit, &head.branch) {
            (Some(at), Some(name)) if name == branch => at,
            (Some(at), None) if at == from => at,
            _ => return Ok(Advanced::NotOnBranch),
        };
        if at == to {
            return Ok(Advanced::Moved {
                left_alone: Vec::new(),
            });
        }
        let index = self
            .repo
            .index()
            .map_err(GitError::git("read the index of the workspace"))?;
        if self.repo.state() != RepositoryState::Clean || index.has_conflicts() {
            return Ok(Advanced::Busy);
        }
        let refname = format!("refs/heads/{branch}");
        if scratch.history(&refname, to, at, FARTHEST + 1)?.is_none() {
            return Ok(Advanced::Diverged);
        }
        let owner = Owner::of(self, scratch)?;
        self.copy_objects(scratch, to, &owner)?;
        let left_alone = self.check_out(at, to, &owner)?;
        self.move_head(head.branch.is_some().then_some(&refname), at, to)?;
        for moved in ["HEAD", "logs/HEAD", &refname, &format!("logs/{refname}")] {
            owner.give(&self.repo.path().join(moved))?;
            owner.give(&self.repo.commondir().join(moved))?;
        }
        Ok(Advanced::Moved { left_alone })
    }

    /// Copies what the workspace lacks of `to` and its history; where that
    /// ends in the scratch, the workspace becomes shallow.
    fn copy_objects(&self, scratch: &Scratch, to: Oid, owner: &Owner) -> Result<(), GitError> {
        let failed = || GitError::git("copy the commit into the workspace");
        let source = scratch.repo.odb().map_err(failed())?;
        let target = self.repo.odb().map_err(failed())?;
        let (lacking, cut) = scratch
            .closure(to, |id| target.exists(id))
            .map_err(failed())?;
        // Last first: whatever is there already has all that it names.
        for id in lacking.iter().rev() {
            let object = source.read(*id).map_err(failed())?;
            target
                .write(object.kind(), object.data())
                .map_err(failed())?;
            let name = id.to_string();
            owner.give(&self.objects_dir().join(&name[..2]).join(&name[2..]))?;
        }
        if !cut.is_empty() {
            let mut roots = self.shallow_roots()?;
            roots.extend(cut);
            shallow::write(&self.shallow_file(), &roots)?;
            owner.give(&self.shallow_file())?;
        }
        Ok(())
    }

    /// Updates the files that differ between `at` and `to`; returns those left alone.
    fn check_out(&self, at: Oid, to: Oid, owner: &Owner) -> Result<Vec<String>, GitError> {
        let failed = || GitError::git("update the files of the workspace");
        let tree = |id| self.repo.find_commit(id).and_then(|commit| commit.tree());
        let (old, new) = (tree(at).map_err(failed())?, tree(to).map_err(failed())?);
        let paths = self.changed_paths(&old, &new).map_err(failed())?;
        if paths.is_empty() {
            return Ok(Vec::new());
        }
        let in_the_way = RefCell::new(BTreeSet::new());
        let mut options = CheckoutBuilder::new();
        options
            .safe()
            .allow_conflicts(true)
            .overwrite_ignored(false)
            .update_index(false)
            .disable_pathspec_match(true)
            .notify_on(CheckoutNotificationType::CONFLICT)
            .notify(|_, path, _, _, _| {
                in_the_way.borrow_mut().extend(path.map(Path::to_owned));
                true
            });
        let (behind_links, in_reach): (BTreeSet<_>, BTreeSet<_>) = paths
            .iter()
            .cloned()
            .partition(|path| self.is_behind_a_link(path));
        for path in &in_reach {
            options.path(path.as_path());
        }
        // Without a path, all would be checked out.
        if !in_reach.is_empty() {
            self.repo
                .checkout_tree(new.as_object(), Some(&mut options))
                .map_err(failed())?;
        }
        drop(options);
        let mut in_the_way = in_the_way.into_inner();
        in_the_way.extend(behind_links);
        for path in paths.difference(&in_the_way) {
            owner.give(&self.root.join(path))?;
        }
        let left_alone = index::follow(self, &old, &new, &paths, &in_the_way)?;
        owner.give(&self.repo.path().join("index"))?;
        Ok(left_alone)
    }

    /// Whether a folder of `path` is a symbolic link here: libgit2 would write a
    /// new file through it, wherever that leads.
    fn is_behind_a_link(&self, path: &Path) -> bool {
        let folders = path.ancestors().skip(1);
        folders
            .filter(|folder| !folder.as_os_str().is_empty())
            .any(|folder| self.root.join(folder).is_symlink())
    }

    fn changed_paths(
        &self,
        old: &git2::Tree<'_>,
        new: &git2::Tree<'_>,
    ) -> Result<BTreeSet<PathBuf>, git2::Error> {
        let diff = self.repo.diff_tree_to_tree(Some(old), Some(new), None)?;
        Ok(diff
            .deltas()
            .filter_map(|delta| delta.new_file().path().map(Path::to_owned))
            .collect())
    }

    fn move_head(&self, refname: Option<&String>, at: Oid, to: Oid) -> Result<(), GitError> {
        let log = format!("evalai-sync: {} to {}", short(at), short(to));
        match refname {
            Some(refname) => self
                .repo
                .reference_matching(refname, to, true, at, &log)
                .map(|_| ()),
            None => self.repo.set_head_detached(to),
        }
        .map_err(GitError::git("move the workspace's HEAD"))
    }
}

impl Scratch {
    /// All that `tip` needs and `is_there` does not have, each before what it
    /// names; and the commits among them whose parents are nowhere.
    fn closure(
        &self,
        tip: Oid,
        is_there: impl Fn(Oid) -> bool,
    ) -> Result<(Vec<Oid>, Vec<Oid>), git2::Error> {
        let odb = self.repo.odb()?;
        let mut seen = BTreeSet::new();
        let (mut lacking, mut cut) = (Vec::new(), Vec::new());
        let mut waiting = vec![tip];
        while let Some(id) = waiting.pop() {
            if is_there(id) || !seen.insert(id) {
                continue;
            }
            lacking.push(id);
            match odb.read_header(id)?.1 {
                ObjectType::Commit => {
                    let commit = self.repo.find_commit(id)?;
                    waiting.push(commit.tree_id());
                    // The header as it is: `parents()` leaves out those cut off here.
                    let header = String::from_utf8_lossy(commit.raw_header_bytes());
                    for line in header.lines() {
                        let Some(parent) = line.strip_prefix("parent ") else {
                            continue;
                        };
                        let parent = Oid::from_str(parent)?;
                        if is_there(parent) || odb.exists(parent) {
                            waiting.push(parent);
                        } else {
                            cut.push(id);
                        }
                    }
                }
                ObjectType::Tree => waiting.extend(
                    self.repo
                        .find_tree(id)?
                        .iter()
                        .filter(|entry| entry.kind() != Some(ObjectType::Commit))
                        .map(|entry| entry.id()),
                ),
                _ => {}
            }
        }
        Ok((lacking, cut))
    }
}
