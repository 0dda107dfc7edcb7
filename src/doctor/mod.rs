//! What keeps a repository from being synced: a table of checks, each judged from facts.
//!
//! All of it is pure: `cli::doctor` gathers the facts and says what was found. A check whose ground another one has
//! not passed is skipped, with that as the reason; all others go on.

mod evalai;
pub mod facts;
mod github;
mod repository;
pub mod tell;
mod workflows;

use facts::Facts;
pub use workflows::file_to_ask_for;

/// What a check comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// As it should be.
    Fine(String),
    /// It works, but will not always, or not safely.
    Warning {
        /// What is wrong.
        what: String,
        /// What to do.
        fix: String,
    },
    /// It keeps the sync, or a push to EvalAI, from working.
    Failure {
        /// What is wrong.
        what: String,
        /// What to do.
        fix: String,
    },
    /// It could not be looked at.
    Skipped(String),
}

impl Verdict {
    fn fine(what: impl Into<String>) -> Self {
        Self::Fine(what.into())
    }

    fn warning(what: impl Into<String>, fix: impl Into<String>) -> Self {
        Self::Warning {
            what: what.into(),
            fix: fix.into(),
        }
    }

    fn failure(what: impl Into<String>, fix: impl Into<String>) -> Self {
        Self::Failure {
            what: what.into(),
            fix: fix.into(),
        }
    }

    fn skipped(why: impl Into<String>) -> Self {
        Self::Skipped(why.into())
    }

    /// What it is called for programs.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Fine(_) => "ok",
            Self::Warning { .. } => "warning",
            Self::Failure { .. } => "failure",
            Self::Skipped(_) => "skipped",
        }
    }
}

/// One check.
#[derive(Clone, Copy, Debug)]
pub struct Check {
    /// What programs call it.
    pub id: &'static str,
    /// What people call it.
    pub name: &'static str,
    /// The checks that it builds on, by id.
    pub needs: &'static [&'static str],
    judge: fn(&Facts) -> Verdict,
}

/// What a check found.
#[derive(Clone, Debug)]
pub struct Finding {
    /// The check.
    pub check: &'static Check,
    /// What it came to.
    pub verdict: Verdict,
}

const fn check(
    id: &'static str,
    name: &'static str,
    needs: &'static [&'static str],
    judge: fn(&Facts) -> Verdict,
) -> Check {
    Check {
        id,
        name,
        needs,
        judge,
    }
}

/// All checks, in the order in which they are told.
pub const CHECKS: &[Check] = &[
    check("host-config", "Host config", &[], evalai::host_config),
    check(
        "evalai-address",
        "EvalAI's address",
        &["host-config"],
        evalai::address,
    ),
    check("token", "EvalAI token", &["host-config"], evalai::token),
    check(
        "token-secret",
        "EvalAI token kept secret",
        &["host-config"],
        evalai::leak,
    ),
    check(
        "evalai",
        "EvalAI reachable",
        &["host-config"],
        evalai::reachable,
    ),
    check(
        "token-accepted",
        "EvalAI token accepted",
        &["token", "evalai"],
        evalai::accepted,
    ),
    check("team", "Host team", &["token-accepted"], evalai::team),
    check(
        "challenge",
        "Challenge on EvalAI",
        &["team"],
        evalai::challenge,
    ),
    check(
        "github-repository",
        "EvalAI's github_repository",
        &["challenge"],
        evalai::github_repository,
    ),
    check(
        "github-branch",
        "EvalAI's github_branch",
        &["challenge", "branch"],
        evalai::github_branch,
    ),
    check("git", "Repository", &[], repository::reachable),
    check("branch", "Branch", &["git"], repository::branch),
    check(
        "config",
        "Challenge configuration",
        &["branch"],
        repository::config,
    ),
    check(
        "files",
        "Files that it names",
        &["config"],
        repository::files,
    ),
    check("auth-token", "GitHub token", &[], github::token),
    check(
        "repository",
        "Repository on GitHub",
        &["auth-token"],
        github::repository,
    ),
    check(
        "push-rights",
        "Right to push",
        &["repository"],
        github::push_rights,
    ),
    check(
        "protection",
        "Branch protection",
        &["repository", "branch"],
        github::protection,
    ),
    check(
        "workflow",
        "Sync workflow on the default branch",
        &["git"],
        workflows::present,
    ),
    check(
        "workflow-enabled",
        "Sync workflow enabled",
        &["repository", "workflow"],
        github::enabled,
    ),
    check(
        "schedule",
        "Schedule",
        &["repository", "workflow"],
        github::schedule,
    ),
    check(
        "secrets",
        "Secrets",
        &["repository", "workflow"],
        github::secrets,
    ),
    check(
        "push-workflow",
        "Push workflow",
        &["branch"],
        workflows::push,
    ),
    check(
        "runner",
        "Runner and Python of the push workflow",
        &["branch"],
        workflows::runner,
    ),
    check(
        "record",
        "Record of the last sync",
        &["git"],
        repository::record,
    ),
    check(
        "drift",
        "Pending drift",
        &["challenge", "config"],
        repository::drift,
    ),
    check(
        "locked",
        "Fields that EvalAI locks",
        &["drift"],
        repository::locked,
    ),
];

/// Makes every check.
#[must_use]
pub fn examine(facts: &Facts) -> Vec<Finding> {
    // What a check builds on may be told after it. Judging costs nothing, so it is done as often as it is asked for.
    let judged = CHECKS.iter().map(|check| Finding {
        check,
        verdict: verdict(check, facts),
    });
    judged.collect()
}

fn verdict(check: &Check, facts: &Facts) -> Verdict {
    let needed = check
        .needs
        .iter()
        .filter_map(|id| CHECKS.iter().find(|check| check.id == *id));
    for needed in needed {
        let end = match verdict(needed, facts) {
            Verdict::Failure { .. } => "failed",
            Verdict::Skipped(_) => "was skipped",
            Verdict::Fine(_) | Verdict::Warning { .. } => continue,
        };
        return Verdict::Skipped(format!("it builds on \"{}\", which {end}", needed.name));
    }
    (check.judge)(facts)
}

/// Whether nothing failed.
#[must_use]
pub fn is_well(findings: &[Finding]) -> bool {
    let mut verdicts = findings.iter().map(|finding| &finding.verdict);
    !verdicts.any(|verdict| matches!(verdict, Verdict::Failure { .. }))
}

#[cfg(test)]
mod tests;
