//! The checks that GitHub's API answers.

use jiff::SignedDuration;

use super::Verdict;
use super::facts::Facts;
use super::workflows::{has_schedule, syncing};
use crate::github::examine::{Answer, Examined, Repository};

/// After so many idle days it is time to say that GitHub switches schedules off after 60.
const IDLE: i64 = 45;

fn examined(facts: &Facts) -> Result<&Examined, Verdict> {
    facts.github.as_ref().map_err(Verdict::skipped)
}

fn seen(facts: &Facts) -> Result<&Repository, Verdict> {
    let told = examined(facts)?.repository.told();
    told.ok_or_else(|| Verdict::skipped("GitHub does not tell"))
}

/// Why an answer tells nothing.
fn untold<T>(answer: &Answer<T>) -> Verdict {
    match answer {
        Answer::Refused(status) => Verdict::skipped(format!(
            "GitHub answers {status}: the token may not ask for it"
        )),
        Answer::Failed(error) => Verdict::skipped(format!("GitHub's API cannot be asked: {error}")),
        Answer::NotAsked | Answer::Told(_) => Verdict::skipped("GitHub was not asked"),
    }
}

pub(super) fn token(facts: &Facts) -> Verdict {
    match examined(facts).map(|examined| &examined.repository) {
        Err(skipped) => skipped,
        Ok(Answer::Refused(401)) => Verdict::failure(
            "GitHub does not accept it: it is wrong, expired or revoked",
            "Make a new one (classic: `repo` scope; fine-grained: `contents: write` for this repository) and store it as the secret AUTH_TOKEN.",
        ),
        Ok(Answer::Failed(error)) => Verdict::failure(
            format!("GitHub's API cannot be asked: {error}"),
            "Check the network, and GITHUB_API_URL if this is GitHub Enterprise Server.",
        ),
        Ok(_) => Verdict::fine("GitHub accepts it"),
    }
}

pub(super) fn repository(facts: &Facts) -> Verdict {
    let own = &facts.repository;
    let repository = match examined(facts).map(|examined| &examined.repository) {
        Err(skipped) => return skipped,
        Ok(Answer::Told(repository)) => repository,
        Ok(Answer::Refused(403 | 404)) => {
            return Verdict::failure(
                format!("GitHub shows no repository {own} to this token"),
                "Check the name. A classic token needs the `repo` scope for a private repository; a fine-grained one must include it.",
            );
        }
        Ok(other) => return untold(other),
    };
    if repository.full_name != *own {
        return Verdict::failure(
            format!(
                "GitHub calls it {} now, not {own}, and letter case counts for EvalAI",
                repository.full_name
            ),
            "Point the remote at the present name, and have `github_repository` corrected on EvalAI by a push from there.",
        );
    }
    if repository.archived {
        return Verdict::failure(
            "it is archived, so nobody can push to it",
            "Unarchive it in its settings.",
        );
    }
    let who = if repository.private {
        "private"
    } else {
        "public"
    };
    Verdict::fine(format!(
        "{own} is there, {who}; its default branch is {}",
        repository.default_branch
    ))
}

pub(super) fn push_rights(facts: &Facts) -> Verdict {
    match seen(facts).map(|repository| repository.permissions) {
        Err(skipped) => skipped,
        Ok(Some(permissions)) if permissions.push => Verdict::fine("the token's owner may push"),
        Ok(Some(_)) => Verdict::failure(
            "the token may read the repository, but not push to it",
            "Use a token with the `repo` scope (classic) or `contents: write` (fine-grained) of somebody who may push.",
        ),
        Ok(None) => Verdict::warning(
            "GitHub does not tell whether this token may push",
            "If a run says \"Permission denied\": give the job `permissions: contents: write`, or use another token.",
        ),
    }
}

pub(super) fn protection(facts: &Facts) -> Verdict {
    let examined = match examined(facts) {
        Ok(examined) => examined,
        Err(skipped) => return skipped,
    };
    let branch = facts.branch_name().unwrap_or_default();
    let bypass =
        "Let the token's owner bypass it (Settings → Branches, or Rules), or sync another branch.";
    // What keeps a push of one new commit away, of all that rules can ask.
    let rules: Vec<&str> = examined
        .rules
        .told()
        .into_iter()
        .flatten()
        .map(|rule| rule.kind.as_str())
        .collect();
    let in_the_way = [
        "pull_request",
        "required_status_checks",
        "required_signatures",
        "update",
        "commit_message_pattern",
        "workflows",
    ];
    let rules: Vec<&str> = rules
        .into_iter()
        .filter(|rule| in_the_way.contains(rule))
        .collect();
    let fix = if rules.contains(&"required_signatures") {
        format!("With `commit-via: api` and the token of a bot GitHub signs the commits. {bypass}")
    } else {
        bypass.to_owned()
    };
    match &examined.branch {
        Answer::Told(told) if told.protected && rules.is_empty() => Verdict::warning(
            format!("{branch} is protected, which may keep the sync from pushing"),
            fix,
        ),
        Answer::Told(_) if !rules.is_empty() => Verdict::warning(
            format!(
                "rules on {branch} may keep the sync from pushing: {}",
                rules.join(", ")
            ),
            fix,
        ),
        Answer::Told(_) => Verdict::fine(format!("none on {branch}")),
        Answer::Refused(404) => Verdict::failure(
            format!("GitHub knows no branch {branch}"),
            "Push it, or set the input `branch` to the one that holds the challenge.",
        ),
        other => untold(other),
    }
}

/// What GitHub says of the workflow that syncs.
fn state(facts: &Facts) -> Result<(&str, String), Verdict> {
    let examined = examined(facts)?;
    let file = examined.workflow_file.clone().unwrap_or_default();
    match &examined.workflow {
        Answer::Told(workflow) => Ok((workflow.state.as_str(), file)),
        Answer::Refused(404) => Err(Verdict::failure(
            format!("GitHub has not taken {file} up"),
            "If Actions are switched off for the repository, switch them on (Settings → Actions → General).",
        )),
        other => Err(untold(other)),
    }
}

pub(super) fn enabled(facts: &Facts) -> Verdict {
    let repository = &facts.repository;
    match state(facts) {
        Err(verdict) => verdict,
        Ok(("active", file)) => Verdict::fine(format!("{file} is active")),
        Ok(("disabled_inactivity", _)) => Verdict::skipped("see \"Schedule\""),
        Ok(("disabled_fork", file)) => Verdict::failure(
            format!("{file} is switched off, as in every new fork"),
            format!(
                "Open the repository's Actions page and enable it, or: gh workflow enable {file} --repo {repository}"
            ),
        ),
        Ok((state, file)) => Verdict::failure(
            format!("{file} is switched off ({state})"),
            format!("gh workflow enable {file} --repo {repository}"),
        ),
    }
}

pub(super) fn schedule(facts: &Facts) -> Verdict {
    if !syncing(facts).iter().any(|(_, root)| has_schedule(root)) {
        return Verdict::skipped("there is none");
    }
    let repository = match seen(facts) {
        Ok(repository) => repository,
        Err(skipped) => return skipped,
    };
    let file = match state(facts) {
        Ok(("disabled_inactivity", file)) => {
            let name = &facts.repository;
            return Verdict::failure(
                "GitHub has switched it off, because the repository was idle for 60 days",
                format!(
                    "gh workflow enable {file} --repo {name}. A dispatch from a file of its own goes on working (`evalai-sync init` writes one)."
                ),
            );
        }
        Ok((_, file)) => file,
        Err(verdict) => return verdict,
    };
    let idle = repository.pushed_at.map(|at| facts.now.duration_since(at));
    match idle {
        Some(idle) if !repository.private && idle > SignedDuration::from_hours(24 * IDLE) => {
            Verdict::warning(
                format!(
                    "nothing was pushed for {} days; GitHub switches it off after 60 in a public repository",
                    idle.as_hours() / 24
                ),
                format!(
                    "Push anything, or enable it again afterwards: gh workflow enable {file} --repo {}",
                    facts.repository
                ),
            )
        }
        _ => Verdict::fine("it is not switched off"),
    }
}

pub(super) fn secrets(facts: &Facts) -> Verdict {
    let secrets = match examined(facts).map(|examined| &examined.secrets) {
        Err(skipped) => return skipped,
        Ok(Answer::Told(secrets)) => &secrets.secrets,
        Ok(other) => return untold(other),
    };
    let has = |name: &str| secrets.iter().any(|secret| secret.name == name);
    let set = |name: &str| format!("gh secret set {name} --repo {}", facts.repository);
    if !has("EVALAI_TOKEN") && !facts.token_is_committed {
        return Verdict::failure(
            "no secret EVALAI_TOKEN, and no token in the host config: a run has none",
            set("EVALAI_TOKEN"),
        );
    }
    if !has("AUTH_TOKEN") {
        return Verdict::warning(
            "no secret AUTH_TOKEN: the sync makes do with the run's own token, but the push workflow of EvalAI-Starters asks for it",
            set("AUTH_TOKEN"),
        );
    }
    Verdict::fine("AUTH_TOKEN and the EvalAI token are there")
}
