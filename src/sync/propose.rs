//! What to do about the pull request: a decision from facts alone.
//!
//! There is one branch of the action's own, and at most one open pull request
//! from it. What was proposed is remembered where everybody sees it: in the
//! last line of the pull request's body, as [`Marks`].

use std::collections::BTreeSet;
use std::fmt;

/// Why changes are proposed and not pushed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Why {
    /// The host wants it so (`mode: pull-request`).
    Mode,
    /// Nothing is recorded yet, so nothing tells which side is newer.
    FirstSync,
    /// The branch is protected; in the remote's words.
    Protected(String),
}

/// A mark for each field and the value that is proposed for it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Marks(pub BTreeSet<String>);

/// A mark begins with so many digits that stand for its field.
pub const FIELD: usize = 8;

impl Marks {
    /// Whether all of their fields are among `read`, told by their first digits.
    fn are_among(&self, read: &BTreeSet<String>) -> bool {
        let mut marks = self.0.iter();
        marks.all(|mark| mark.get(..FIELD).is_some_and(|field| read.contains(field)))
    }

    const BEGIN: &str = "<!-- evalai-sync:";
    const END: &str = "-->";

    /// Those that the last line of a pull request's body holds; `None` if it holds none.
    #[must_use]
    pub fn of_body(body: &str) -> Option<Self> {
        let line = body.trim_end().lines().next_back()?.trim();
        let marks = line.strip_prefix(Self::BEGIN)?.strip_suffix(Self::END)?;
        Some(Self(marks.split_whitespace().map(str::to_owned).collect()))
    }
}

impl fmt::Display for Marks {
    /// A line of Markdown that is not shown.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(Self::BEGIN)?;
        for mark in &self.0 {
            write!(f, " {mark}")?;
        }
        write!(f, " {}", Self::END)
    }
}

/// What the run wants to propose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// The fields and their values.
    pub marks: Marks,
    /// A digest of the change to the files.
    pub content: String,
}

/// The action's branch as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Branch {
    /// Its newest commit.
    pub commit: String,
    /// A digest of the change to the files, if that commit is the action's; else somebody pushed.
    pub content: Option<String>,
}

/// A pull request from the action's branch to the synced one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    /// Its number.
    pub number: u64,
    /// Whether it is open.
    pub open: bool,
    /// Whether it was merged.
    pub merged: bool,
    /// Its newest commit.
    pub commit: String,
    /// What it proposes, if it says so.
    pub marks: Option<Marks>,
}

/// What is known.
#[derive(Debug, Clone, Copy)]
pub struct Facts<'a> {
    /// What is to be proposed; `None` if nothing is left.
    pub wanted: Option<&'a Wanted>,
    /// The action's branch, if there is one.
    pub branch: Option<&'a Branch>,
    /// The pull requests, the newest first.
    pub pulls: &'a [Known],
    /// The fields that EvalAI told, by the digits their marks begin with; `None` if it told all.
    pub read: Option<&'a BTreeSet<String>>,
}

/// What is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Nothing: there is nothing to propose, and nothing to tidy up.
    Nothing,
    /// Open a pull request, after a push of the branch if need be.
    Open {
        /// Whether the branch is to be pushed.
        push: bool,
    },
    /// Bring the open pull request up to date.
    Update {
        /// Its number.
        number: u64,
        /// Whether the branch is to be pushed.
        push: bool,
    },
    /// The open pull request says what is to be said.
    Leave {
        /// Its number.
        number: u64,
    },
    /// The open pull request carries a field that EvalAI did not tell this
    /// time: whether it still is as proposed is not known.
    Unread {
        /// Its number.
        number: u64,
    },
    /// Somebody else pushed to the branch: leave it alone.
    Theirs {
        /// The open pull request, if there is one.
        number: Option<u64>,
    },
    /// Somebody closed a pull request that proposed all of this: leave it so.
    Declined {
        /// Its number.
        number: u64,
    },
    /// Nothing is left to propose: close the pull request.
    Close {
        /// Its number.
        number: u64,
        /// Whether the branch goes, too; not if somebody else pushed to it.
        delete: bool,
    },
    /// Nothing is left to propose: the branch goes.
    Tidy {
        /// The closed pull request that no longer counts as a refusal, so
        /// that the same changes, made anew, are proposed anew.
        forget: Option<u64>,
    },
}

/// Decides.
#[must_use]
pub fn decide(facts: Facts<'_>) -> Action {
    let Facts { branch, pulls, .. } = facts;
    let open = pulls.iter().find(|pull| pull.open);
    let last = pulls.first().filter(|_| open.is_none());
    // What was merged with all its commits holds nothing that could be lost.
    let is_merged =
        |branch: &Branch| last.is_some_and(|last| last.merged && last.commit == branch.commit);
    let ours = branch.is_none_or(|branch| branch.content.is_some() || is_merged(branch));
    let unread = |open: &&Known| {
        let carried = facts.read.zip(open.marks.as_ref());
        carried.is_some_and(|(read, marks)| !marks.are_among(read))
    };
    if let Some(open) = open.filter(unread) {
        let number = open.number;
        return Action::Unread { number };
    }
    let Some(wanted) = facts.wanted else {
        return nothing_left(branch.is_some() && ours, open, last);
    };
    if !ours {
        let number = open.map(|open| open.number);
        return Action::Theirs { number };
    }
    let content = branch.and_then(|branch| branch.content.as_ref());
    let push = content != Some(&wanted.content);
    if let Some(open) = open {
        let number = open.number;
        return if push || open.marks.as_ref() != Some(&wanted.marks) {
            Action::Update { number, push }
        } else {
            Action::Leave { number }
        };
    }
    let declined = last.filter(|last| {
        let marks = last.marks.as_ref();
        let proposed = marks.is_some_and(|marks| wanted.marks.0.is_subset(&marks.0));
        // One that a person opened does not say what it proposes.
        let same = !push && branch.is_some_and(|branch| branch.commit == last.commit);
        !last.merged && (proposed || (marks.is_none() && same))
    });
    match declined {
        Some(declined) => Action::Declined {
            number: declined.number,
        },
        None => Action::Open { push },
    }
}

fn nothing_left(own_branch: bool, open: Option<&Known>, last: Option<&Known>) -> Action {
    let says_nothing = |pull: &Known| {
        let marks = pull.marks.as_ref();
        marks.is_some_and(|marks| marks.0.is_empty())
    };
    match open {
        // It was closed for that reason before, and somebody opened it again.
        Some(open) if says_nothing(open) => Action::Nothing,
        Some(open) => Action::Close {
            number: open.number,
            delete: own_branch,
        },
        None if own_branch => {
            let declined = last.filter(|last| !last.merged && !says_nothing(last));
            let forget = declined.map(|last| last.number);
            Action::Tidy { forget }
        }
        None => Action::Nothing,
    }
}

#[cfg(test)]
mod tests;
