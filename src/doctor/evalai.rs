//! The checks of EvalAI's side: the host config, the token, the team, the challenge.

use jiff::tz::TimeZone;

use super::Verdict;
use super::facts::Facts;
use crate::evalai::{Error, LocateError, NEW_TOKEN};
use crate::repository::host_config::{HostConfig, HostConfigError, Level};

/// A failure of the host config, all of it.
fn faults(error: &HostConfigError) -> Verdict {
    Verdict::failure(
        error.to_string().replace('\n', "; "),
        format!(
            "Correct {}, whose keys are `token`, `team_pk` and `evalai_host_url`.",
            error.path
        ),
    )
}

pub(super) fn host_config(facts: &Facts) -> Verdict {
    match &facts.host_config {
        Err(error) => faults(error),
        Ok(host) => {
            let (path, team, url) = (&facts.host_config_path, host.team_pk, &host.url);
            let mut what = format!("{path} names team {team} on {url}");
            for note in &host.notes {
                if note.text.contains("is unknown") {
                    what.extend(["; ", &note.text]);
                }
            }
            Verdict::fine(what)
        }
    }
}

/// What a host config that works should still have mended.
pub(super) fn address(facts: &Facts) -> Verdict {
    let Ok(host) = &facts.host_config else {
        return Verdict::skipped("there is no host config");
    };
    if host.url.is_loopback() {
        return Verdict::warning(
            format!(
                "{} is the machine itself, which no runner of GitHub reaches",
                host.url
            ),
            "For a sync in GitHub Actions write an address that it reaches; in a container of this machine http://host.docker.internal:PORT, with --add-host=host.docker.internal:host-gateway.",
        );
    }
    let remarks = host.notes.iter().map(|note| note.text.as_str());
    let remarks: Vec<&str> = remarks
        .filter(|text| text.contains("`evalai_host_url`"))
        .collect();
    if remarks.is_empty() {
        return Verdict::fine(host.url.to_string());
    }
    Verdict::warning(
        remarks.join("; "),
        format!("Correct {}.", facts.host_config_path),
    )
}

pub(super) fn token(facts: &Facts) -> Verdict {
    let host = match &facts.token {
        Err(error) => {
            let what = error.faults.iter().map(|fault| fault.text.as_str());
            return Verdict::failure(what.collect::<Vec<_>>().join("; "), format!("{NEW_TOKEN}."));
        }
        Ok(host) => host,
    };
    match warning_of(host) {
        Some(what) => Verdict::warning(what, format!("{NEW_TOKEN}.")),
        None => Verdict::fine(match host.expires {
            Some(at) => format!(
                "it is good until {}",
                at.to_zoned_datetime(TimeZone::UTC).date()
            ),
            None => "it does not say when it expires".to_owned(),
        }),
    }
}

/// What is said of the token, which the file alone does not give rise to.
fn warning_of(host: &HostConfig) -> Option<String> {
    let mut notes = host.notes.iter();
    let note = notes.find(|note| note.level == Level::Warning && note.text.contains("token`"));
    note.map(|note| note.text.clone())
}

pub(super) fn leak(facts: &Facts) -> Verdict {
    if !facts.token_is_committed {
        return Verdict::fine("no commit here holds one that is still good");
    }
    let path = &facts.host_config_path;
    let fix = format!(
        "Refresh the token on EvalAI's profile page, which makes the committed one worthless; store the new one as the secret EVALAI_TOKEN (`gh secret set EVALAI_TOKEN`), pass it as `evalai-token`, and write a placeholder into {path}. `evalai-sync init` prepares the workflows for it."
    );
    let private = facts
        .github
        .as_ref()
        .ok()
        .and_then(|github| github.repository.told());
    match private.map(|repository| repository.private) {
        Some(true) => Verdict::warning(
            format!("{path} holds the token, for all to read who may read this private repository"),
            fix,
        ),
        Some(false) => Verdict::failure(
            format!(
                "{path} holds the token in a PUBLIC repository: whoever finds it can do on EvalAI whatever you can"
            ),
            fix,
        ),
        None => Verdict::warning(
            format!(
                "{path} holds the token in a commit; if the repository is public, everybody has it"
            ),
            fix,
        ),
    }
}

/// EvalAI's answer, or why there is none.
fn asked(facts: &Facts) -> Result<(), (&LocateError, Trouble)> {
    match &facts.located {
        Some(Err(error)) => Err((error, Trouble::of(error))),
        Some(Ok(_)) | None => Ok(()),
    }
}

/// Where the search for the challenge ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd)]
enum Trouble {
    NoAnswer,
    Token,
    Team,
    Challenge,
}

impl Trouble {
    fn of(error: &LocateError) -> Self {
        match error {
            LocateError::Request(error) | LocateError::ListFails { error, .. } => match error {
                Error::UnsendableToken
                | Error::Token { .. }
                | Error::NotHost { .. }
                | Error::Unverified { .. } => Self::Token,
                Error::Absent { .. } | Error::Removed { .. } => Self::Challenge,
                _ => Self::NoAnswer,
            },
            LocateError::UnknownTeam { .. } => Self::Team,
            _ => Self::Challenge,
        }
    }
}

pub(super) fn reachable(facts: &Facts) -> Verdict {
    let Ok(host) = &facts.host_config else {
        return Verdict::skipped("there is no host config");
    };
    match (asked(facts), &facts.located) {
        (_, None) => Verdict::skipped("it was not asked"),
        (Err((error, Trouble::NoAnswer)), _) => Verdict::failure(
            error.to_string(),
            format!(
                "Check `evalai_host_url` in {} (with https:// in front), and whether {} opens in a browser.",
                facts.host_config_path, host.url
            ),
        ),
        _ => Verdict::fine(format!("{} answers", host.url)),
    }
}

pub(super) fn accepted(facts: &Facts) -> Verdict {
    match asked(facts) {
        Err((error, Trouble::Token)) => Verdict::failure(
            error.to_string(),
            format!(
                "{NEW_TOKEN}. A token is good on the server that gave it only: it must be that of `evalai_host_url`."
            ),
        ),
        _ => Verdict::fine("EvalAI takes it"),
    }
}

pub(super) fn team(facts: &Facts) -> Verdict {
    match (asked(facts), &facts.host_config) {
        (Err((error, Trouble::Team)), _) => Verdict::failure(
            error.to_string(),
            format!(
                "Write the team's ID from EvalAI's host team page as `team_pk` in {}.",
                facts.host_config_path
            ),
        ),
        (_, Ok(host)) => Verdict::fine(format!("EvalAI knows team {}", host.team_pk)),
        (_, Err(_)) => Verdict::skipped("there is no host config"),
    }
}

pub(super) fn challenge(facts: &Facts) -> Verdict {
    match &facts.located {
        None => Verdict::skipped("EvalAI was not asked"),
        Some(Ok(challenge)) => Verdict::fine(format!(
            "challenge {}, \"{}\"",
            challenge.id, challenge.title
        )),
        Some(Err(error)) => Verdict::failure(error.to_string(), way_out(error)),
    }
}

fn way_out(error: &LocateError) -> &'static str {
    match error {
        LocateError::EmptyTeam { .. } | LocateError::NoneNames { .. } => {
            "Push the repository to EvalAI once: that is how EvalAI learns its name."
        }
        LocateError::LetterCase { .. } => {
            "Rename the repository on GitHub to the name that EvalAI has, or have that one corrected."
        }
        LocateError::Removed { .. } => {
            "Stop the workflow, or name the challenge that took its place with `challenge-id`."
        }
        _ => "Name the right challenge with `challenge-id`.",
    }
}

pub(super) fn github_repository(facts: &Facts) -> Verdict {
    let Some(challenge) = facts.challenge() else {
        return Verdict::skipped("the challenge is not known");
    };
    let (named, own) = (&challenge.repository, &facts.repository);
    let fix = format!(
        "Push {own} to EvalAI once; EvalAI then takes its name, in which letter case counts."
    );
    if named == own {
        Verdict::fine(format!("it is {own}, as here"))
    } else if named.is_empty() {
        Verdict::warning(
            "it is empty, so the next push from here makes another challenge",
            fix,
        )
    } else {
        Verdict::failure(format!("it is {named}, but this is {own}"), fix)
    }
}

pub(super) fn github_branch(facts: &Facts) -> Verdict {
    let (Some(challenge), Some(branch)) = (facts.challenge(), facts.branch_name()) else {
        return Verdict::skipped("the challenge or the branch is not known");
    };
    match challenge.branch.trim() {
        "" => Verdict::fine(format!(
            "it is empty, as mostly; the branch here is {branch}"
        )),
        named if named == branch => Verdict::fine(format!("it is {named}, as here")),
        named => Verdict::warning(
            format!("it is {named}, but the branch here is {branch}"),
            format!(
                "Set the input `branch` to the one that holds the challenge, or write `github_branch: {branch}` into the configuration and push it."
            ),
        ),
    }
}
