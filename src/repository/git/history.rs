//! The commits between two points, fetched step by step where they are cut off.

use git2::Sort;

use super::{GitError, Oid, Scratch};

/// How deep the first look beyond a shallow boundary goes, in commits.
const FIRST_STEP: usize = 16;

/// How many times deeper each further look goes.
const GROWTH: usize = 4;

enum Walk {
    /// All commits from the tip to the one sought.
    Found(Vec<Oid>),
    /// The history here is cut off before it, after so many commits.
    CutOff(usize),
    /// It is not there, or too far away.
    Unreachable,
}

impl Scratch {
    /// The commits that came after `until` up to `tip`, newest first, and
    /// `until` itself last; at most `limit` of them. Where the history is cut
    /// off, more of `refname` (the ref that leads to `tip`) is fetched, in
    /// growing steps. `None` if `until` is not in the history of `tip`, or not
    /// within `limit`.
    ///
    /// A merged side branch that is still cut off is told as far as it is here.
    ///
    /// # Errors
    /// If `tip` is not here, or fetching fails.
    pub fn history(
        &mut self,
        refname: &str,
        tip: Oid,
        until: Oid,
        limit: usize,
    ) -> Result<Option<Vec<Oid>>, GitError> {
        let mut depth = FIRST_STEP;
        loop {
            let seen = match self.walk(tip, until, limit)? {
                Walk::Found(commits) => return Ok(Some(commits)),
                Walk::Unreachable => return Ok(None),
                Walk::CutOff(seen) => seen,
            };
            // A step must reach behind what is here, or it would shorten it.
            depth = depth.max(2 * seen);
            let boundary = self.shallow_roots()?;
            self.exchange(u32::try_from(depth).unwrap_or(u32::MAX), |_| {
                vec![refname.to_owned()]
            })?;
            if self.shallow_roots()? == boundary {
                // The remote has no more either.
                return Ok(None);
            }
            depth *= GROWTH;
        }
    }

    fn walk(&self, tip: Oid, until: Oid, limit: usize) -> Result<Walk, GitError> {
        let boundary = self.shallow_roots()?;
        let attempt = || {
            let is_here = self.repo.odb()?.exists(until);
            let is_reached =
                tip == until || (is_here && self.repo.graph_descendant_of(tip, until)?);
            let mut walk = self.repo.revwalk()?;
            walk.set_sorting(Sort::TOPOLOGICAL | Sort::TIME)?;
            walk.push(tip)?;
            if is_here {
                walk.hide(until)?;
            }
            let mut commits: Vec<Oid> = walk.take(limit).collect::<Result<_, _>>()?;
            Ok(if commits.len() == limit {
                Walk::Unreachable
            } else if is_reached {
                commits.push(until);
                Walk::Found(commits)
            } else if commits.iter().any(|commit| boundary.contains(commit)) {
                Walk::CutOff(commits.len())
            } else {
                Walk::Unreachable
            })
        };
        attempt().map_err(GitError::git(format!("read the history of {tip}")))
    }
}
