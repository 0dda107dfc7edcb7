//! The checks of the repository's side: git, the branch, the configuration, the record, and what a sync would do.

use super::Verdict;
use super::facts::Facts;
use crate::repository::record::Problem;

/// How many names are told.
const MOST: usize = 6;

/// Some names, and how many more there are.
fn some(names: &[String]) -> String {
    let shown = names
        .iter()
        .take(MOST)
        .map(String::as_str)
        .collect::<Vec<_>>()
        .join(", ");
    match names.len().saturating_sub(MOST) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

pub(super) fn reachable(facts: &Facts) -> Verdict {
    match &facts.refs {
        Err(error) => Verdict::failure(
            error.clone(),
            "Check the spelling of the remote `origin`; a private repository needs a token that may read it, as AUTH_TOKEN.",
        ),
        Ok(refs) if refs.is_empty() => Verdict::failure("it is empty", "Push the challenge to it."),
        Ok(refs) => Verdict::fine(format!(
            "it answers, and has {}",
            branches(refs.heads().count())
        )),
    }
}

/// A noun phrase with its verb: `1 field differs`, `2 fields differ`.
fn fields(number: usize, one: &str, several: &str) -> String {
    if number == 1 {
        format!("1 field {one}")
    } else {
        format!("{number} fields {several}")
    }
}

fn branches(number: usize) -> String {
    if number == 1 {
        "1 branch".to_owned()
    } else {
        format!("{number} branches")
    }
}

pub(super) fn branch(facts: &Facts) -> Verdict {
    match &facts.branch {
        None => Verdict::skipped("it was not looked for"),
        Some(Err(error)) => Verdict::failure(
            error.clone(),
            "Set the input `branch` to the branch that holds the challenge.",
        ),
        Some(Ok(chosen)) => Verdict::fine(chosen.branch.clone()),
    }
}

pub(super) fn config(facts: &Facts) -> Verdict {
    let config = match &facts.config {
        None => return Verdict::skipped("it was not looked for"),
        Some(Err(error)) => {
            return Verdict::failure(
                error.clone(),
                "EvalAI cannot read it either, so every push fails until it is corrected; to start from what EvalAI holds, run `evalai-sync init --import`.",
            );
        }
        Some(Ok(config)) => config,
    };
    if config.problems.is_empty() {
        return Verdict::fine(format!("{} can be read", config.path));
    }
    let problems = config.problems.iter().take(MOST);
    let problems: Vec<_> = problems
        .map(|(line, problem)| format!("{}:{line}: {problem}", config.path))
        .collect();
    Verdict::warning(
        problems.join(" "),
        "Correct these lines; until then what they say is left alone.",
    )
}

pub(super) fn files(facts: &Facts) -> Verdict {
    let Some(Ok(config)) = &facts.config else {
        return Verdict::skipped("the configuration is not known");
    };
    let list = |private: bool| {
        let missing = config
            .missing
            .iter()
            .filter(|missing| missing.private == private);
        missing
            .map(|missing| format!("{} ({})", missing.file, missing.field))
            .collect::<Vec<_>>()
    };
    let (public, private) = (list(false), list(true));
    let fix = format!(
        "Add them, or correct their paths in {}, which are relative to its folder.",
        config.path
    );
    if !public.is_empty() {
        Verdict::failure(
            format!(
                "not there: {}; a push to EvalAI fails for want of them",
                some(&[public, private].concat())
            ),
            fix,
        )
    } else if !private.is_empty() {
        Verdict::warning(
            format!(
                "not there: {}; if that is on purpose, the push workflow has to fetch them",
                some(&private)
            ),
            fix,
        )
    } else {
        Verdict::fine(format!("all {} are there", config.files))
    }
}

pub(super) fn record(facts: &Facts) -> Verdict {
    let head = match &facts.record {
        None => return Verdict::skipped("it was not looked for"),
        Some(Ok(None)) => return Verdict::fine("there is none yet: the next run is a first sync"),
        Some(Err(problem @ Problem::Newer { .. })) => {
            return Verdict::failure(
                problem.to_string(),
                "Use the newest release of the action, everywhere.",
            );
        }
        Some(Err(problem)) => {
            return Verdict::warning(
                problem.to_string(),
                "The next run passes it over, is a first sync and writes a new one. If nobody edited it, please report this as a bug of evalai-sync.",
            );
        }
        Some(Ok(Some(head))) => head,
    };
    let passed_over =
        |what: String| Verdict::warning(what, "The next run passes it over, and is a first sync.");
    if let Some(challenge) = facts.challenge()
        && head.challenge_id != challenge.id
    {
        return passed_over(format!(
            "it speaks of challenge {}, not of {}",
            head.challenge_id, challenge.id
        ));
    }
    if let Ok(host) = &facts.host_config
        && head.evalai_host_url != host.url.to_string()
    {
        return passed_over(format!(
            "it speaks of {}, not of {}",
            head.evalai_host_url, host.url
        ));
    }
    if let Some(branch) = facts.branch_name()
        && head.branch != branch
    {
        return passed_over(format!(
            "it speaks of the branch {}, not of {branch}",
            head.branch
        ));
    }
    Verdict::fine(format!(
        "it is sound, and speaks of challenge {}",
        head.challenge_id
    ))
}

pub(super) fn drift(facts: &Facts) -> Verdict {
    let drift = match &facts.drift {
        None => return Verdict::skipped("no dry run was made"),
        Some(Err(error)) => {
            return Verdict::failure(
                error.clone(),
                "That is what the next sync would say: see to it first.",
            );
        }
        Some(Ok(drift)) => drift,
    };
    if !drift.open.is_empty() {
        return Verdict::warning(
            format!(
                "nothing is recorded yet, and {}: {}",
                fields(drift.open.len(), "differs", "differ"),
                some(&drift.open)
            ),
            "Run once with `first-sync: commit` to take EvalAI's values, or push the repository to EvalAI to keep yours.",
        );
    }
    if !drift.conflicts.is_empty() {
        return Verdict::warning(
            format!(
                "{} on both sides: {}",
                fields(drift.conflicts.len(), "changed", "changed"),
                some(&drift.conflicts)
            ),
            "Settle them by hand, or choose another `strategy`.",
        );
    }
    if !drift.written.is_empty() {
        return Verdict::warning(
            format!(
                "{} on EvalAI and not here: {}",
                fields(drift.written.len(), "changed", "changed"),
                some(&drift.written)
            ),
            "Run the sync before the next push to EvalAI, which would undo them: `gh workflow run evalai-sync.yml`.",
        );
    }
    match drift.ahead.len() {
        0 => Verdict::fine("none: the branch holds what EvalAI holds"),
        ahead => Verdict::fine(format!(
            "none; {} on the way to EvalAI: {}",
            fields(ahead, "is", "are"),
            some(&drift.ahead)
        )),
    }
}

pub(super) fn locked(facts: &Facts) -> Verdict {
    match &facts.drift {
        Some(Ok(drift)) if drift.locked.is_empty() => Verdict::fine("none differs"),
        Some(Ok(drift)) => Verdict::failure(
            format!(
                "{} here, and EvalAI takes no other value once a challenge is approved: every push fails",
                some(&drift.locked)
            ),
            "Give them EvalAI's values in the configuration, or ask EvalAI's administrators.",
        ),
        _ => Verdict::skipped("no dry run was made"),
    }
}
