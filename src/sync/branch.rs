//! Which branch is synced.

use crate::repository::git::Refs;

/// The branch, and where its name comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chosen {
    /// Its name.
    pub branch: String,
    /// Nobody named it: it is what happens to be checked out.
    pub by_default: bool,
}

/// Why there is no branch to sync.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum BranchError {
    /// HEAD is detached and nothing else names a branch.
    #[error(
        "no branch is checked out and none is named: set the input `branch` to the branch that holds the challenge"
    )]
    None,
    /// The remote has no such branch.
    #[error(
        "Branch not found: the repository has no branch {branch:?}, which {source_of_name} names. It has: {known}. Set the input `branch`, or `github_branch` in the configuration, to the one that holds the challenge"
    )]
    Missing {
        /// The branch.
        branch: String,
        /// What names it.
        source_of_name: &'static str,
        /// Some of the branches that exist.
        known: String,
    },
    /// The default branch is checked out, and another one holds the challenge.
    #[error(
        "the branch is not certain: {default:?}, the default branch, is checked out, but {other:?} holds a challenge configuration, too, and the default branch of a challenge repository is mostly the starter's stale text. Set the input `branch` to one of the two"
    )]
    Uncertain {
        /// The default branch.
        default: String,
        /// The other.
        other: String,
    },
}

/// Chooses the branch: the input, else EvalAI's `github_branch`, else what is checked out.
///
/// # Errors
/// [`BranchError::None`] or [`BranchError::Missing`].
pub fn choose(
    input: Option<&str>,
    evalai: &str,
    checked_out: Option<&str>,
    refs: &Refs,
) -> Result<Chosen, BranchError> {
    let evalai = Some(evalai.trim()).filter(|branch| !branch.is_empty());
    let (branch, source_of_name) = match (input, evalai, checked_out) {
        (Some(branch), _, _) => (branch, "the input `branch`"),
        (None, Some(branch), _) => (branch, "the challenge's `github_branch` on EvalAI"),
        (None, None, Some(branch)) => (branch, "the checkout"),
        (None, None, None) => return Err(BranchError::None),
    };
    if refs.head(branch).is_none() {
        let known: Vec<_> = refs.heads().map(|(name, _)| name).take(10).collect();
        let known = if known.is_empty() {
            "none at all".into()
        } else {
            known.join(", ")
        };
        return Err(BranchError::Missing {
            branch: branch.into(),
            source_of_name,
            known,
        });
    }
    Ok(Chosen {
        branch: branch.into(),
        by_default: input.is_none() && evalai.is_none(),
    })
}

/// The branches that could hold the challenge instead of the default branch,
/// if that is what `chosen` is and nobody named it.
#[must_use]
pub fn rivals<'a>(chosen: &Chosen, refs: &'a Refs) -> Vec<&'a str> {
    const MOST: usize = 5;
    if !chosen.by_default || refs.default_branch() != Some(chosen.branch.as_str()) {
        return Vec::new();
    }
    let rivals = refs.heads().map(|(name, _)| name);
    rivals
        .filter(|name| name.starts_with("challenge") && *name != chosen.branch)
        .take(MOST)
        .collect()
}
