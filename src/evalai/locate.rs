//! Finding the challenge that this repository belongs to.
//!
//! EvalAI learns a challenge's repository from each push (`GITHUB_REPOSITORY`, letter for
//! letter), so it can be asked for it. Nothing is guessed: where the answer is not one
//! challenge, a sentence says what to do.

use std::fmt;

use super::client::Client;
use super::error::Error;
use super::untrusted::harmless;
use super::wire::{Challenge, Page};

/// What is known before EvalAI is asked.
#[derive(Clone, Copy, Debug)]
pub struct Wanted<'a> {
    /// `team_pk` of the host config.
    pub team: u64,
    /// The `challenge-id` input.
    pub given: Option<u64>,
    /// `owner/name`, as in `GITHUB_REPOSITORY`.
    pub repository: &'a str,
    /// The branch to sync, if it is known already.
    pub branch: Option<&'a str>,
}

/// The challenge, and how it was found.
#[derive(Clone, Debug, PartialEq)]
pub struct Located {
    /// The challenge.
    pub challenge: Challenge,
    /// How it was found.
    pub found_by: FoundBy,
}

/// How the challenge was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FoundBy {
    /// By the `challenge-id` input.
    Given,
    /// By the id in the record of the last sync.
    Recorded,
    /// As the one challenge of the team that names this repository.
    Repository,
}

/// Why there is no challenge to sync. Each says what to do.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum LocateError {
    /// A request failed.
    #[error(transparent)]
    Request(#[from] Error),
    /// No such team.
    #[error(
        "EvalAI knows no host team {team}; correct `team_pk` in the host config (the team's ID on EvalAI's host team page)"
    )]
    UnknownTeam {
        /// `team_pk`.
        team: u64,
    },
    /// The team's list fails, and no id is known to go around it.
    #[error(
        "the list of host team {team}'s challenges cannot be read ({error}). Name the challenge with the input `challenge-id` to do without the list"
    )]
    ListFails {
        /// `team_pk`.
        team: u64,
        /// The failure.
        error: Error,
    },
    /// The team has no challenges.
    #[error(
        "host team {team} has no challenges on EvalAI; check `team_pk` in the host config, or push the repository to EvalAI first"
    )]
    EmptyTeam {
        /// `team_pk`.
        team: u64,
    },
    /// None of the team's challenges names the repository.
    #[error(
        "none of host team {team}'s {count} challenges on EvalAI names the repository {repository} ({others}). Push the repository to EvalAI once, so that EvalAI learns its name, or name the challenge with the input `challenge-id`"
    )]
    NoneNames {
        /// `team_pk`.
        team: u64,
        /// `GITHUB_REPOSITORY`.
        repository: String,
        /// How many challenges the team has.
        count: usize,
        /// Some of them.
        others: Listing,
    },
    /// A challenge names the repository in other letter case.
    #[error(
        "challenge {id} on EvalAI names the repository {named}, but this one is {repository}: letter case counts for EvalAI, and the next push would make a second challenge. Rename the repository on GitHub to {named}, or have its name corrected on EvalAI"
    )]
    LetterCase {
        /// The challenge.
        id: u64,
        /// What EvalAI holds.
        named: String,
        /// `GITHUB_REPOSITORY`.
        repository: String,
    },
    /// Several challenges name the repository, and their branches do not settle it.
    #[error("several challenges on EvalAI name the repository {repository}: {challenges}. Say which one with the input `challenge-id`{}", .branch.as_deref().map(|branch| format!(" (the branch here is {branch})")).unwrap_or_default())]
    Several {
        /// `GITHUB_REPOSITORY`.
        repository: String,
        /// The branch to sync.
        branch: Option<String>,
        /// The challenges.
        challenges: Listing,
    },
    /// The challenge was removed in the web UI.
    #[error(
        "challenge {id} was removed from EvalAI, so there is nothing to sync. If another challenge has taken its place, name it with the input `challenge-id`; otherwise stop this workflow"
    )]
    Removed {
        /// The challenge.
        id: u64,
    },
    /// `challenge-id` names a challenge that is not there, or not for this token.
    #[error(
        "EvalAI shows no challenge {id} to this token: either there is none, so that `challenge-id` is wrong, or it is not public and the token belongs to somebody who is no host of it"
    )]
    Absent {
        /// The challenge.
        id: u64,
    },
    /// `challenge-id` names the challenge of another repository.
    #[error(
        "challenge {id} belongs to the repository {named} according to EvalAI, but this one is {repository}. Correct `challenge-id`, or push this repository to EvalAI if it is the challenge's new home"
    )]
    OtherRepository {
        /// The challenge.
        id: u64,
        /// What EvalAI holds.
        named: String,
        /// `GITHUB_REPOSITORY`.
        repository: String,
    },
}

/// Finds the challenge of `wanted.repository`.
///
/// `recorded` becomes the id in the record of the last sync, and is awaited while EvalAI's first
/// answer is under way. It counts only while its challenge names this repository.
///
/// # Errors
/// See [`LocateError`].
pub async fn locate(
    client: &Client,
    wanted: Wanted<'_>,
    recorded: impl Future<Output = Option<u64>>,
) -> Result<Located, LocateError> {
    if let Some(id) = wanted.given {
        return given(client, wanted.repository, id).await;
    }
    let (first, recorded) = tokio::join!(client.team_page(wanted.team, 1), recorded);
    let mut listed = match list(client, &wanted, first, recorded).await {
        Ok(listed) => listed,
        Err(error) => return without_list(client, &wanted, recorded, error).await,
    };
    match (choose(&listed, &wanted, recorded), recorded) {
        (Ok((index, found_by)), _) => Ok(Located {
            challenge: listed.swap_remove(index),
            found_by,
        }),
        // Removed, or handed to another team: its own page tells.
        (Err(error), Some(id))
            if !error.is_about_several() && listed.iter().all(|challenge| challenge.id != id) =>
        {
            recorded_alone(client, &wanted, id).await?.ok_or(error)
        }
        (Err(error), _) => Err(error),
    }
}

/// All challenges of the host team `team`, newest first, a request for each 150 of them. Those
/// that are over are among them, those that were removed are not.
///
/// # Errors
/// [`LocateError::UnknownTeam`], or whatever a request fails with.
pub async fn challenges_of(client: &Client, team: u64) -> Result<Vec<Challenge>, LocateError> {
    let first = client.team_page(team, 1).await;
    let wanted = Wanted {
        team,
        given: None,
        repository: "",
        branch: None,
    };
    let listed = list(client, &wanted, first, None).await;
    listed.map_err(|error| match error {
        Error::Absent { .. } => LocateError::UnknownTeam { team },
        error => error.into(),
    })
}

/// Picks the challenge of `wanted.repository` from the team's list: its index, and why.
///
/// # Errors
/// If that is not exactly one.
pub fn choose(
    listed: &[Challenge],
    wanted: &Wanted<'_>,
    recorded: Option<u64>,
) -> Result<(usize, FoundBy), LocateError> {
    let repository = wanted.repository;
    let matches: Vec<usize> = (0..listed.len())
        .filter(|index| listed[*index].repository == repository)
        .collect();
    let with_branch = |branch: &str| -> Vec<usize> {
        let named = matches.iter().copied();
        named
            .filter(|index| listed[*index].branch == branch)
            .collect()
    };
    if let Some(index) = matches
        .iter()
        .find(|index| Some(listed[**index].id) == recorded)
    {
        return Ok((*index, FoundBy::Recorded));
    }
    let narrowed = match wanted.branch {
        Some(branch) if matches.len() > 1 => {
            let named = with_branch(branch);
            if named.is_empty() {
                with_branch("")
            } else {
                named
            }
        }
        _ => matches.clone(),
    };
    match (narrowed.as_slice(), matches.is_empty()) {
        ([index], _) => Ok((*index, FoundBy::Repository)),
        (_, true) => Err(none_names(listed, wanted)),
        (still, false) => {
            let challenges = if still.is_empty() {
                &matches
            } else {
                &narrowed
            };
            let challenges = challenges.iter().map(|index| &listed[*index]);
            Err(LocateError::Several {
                repository: repository.to_owned(),
                branch: wanted.branch.map(str::to_owned),
                challenges: Listing::by_branch(challenges),
            })
        }
    }
}

fn none_names(listed: &[Challenge], wanted: &Wanted<'_>) -> LocateError {
    let repository = wanted.repository.to_owned();
    let other_case = listed
        .iter()
        .find(|challenge| challenge.repository.eq_ignore_ascii_case(&repository));
    match other_case {
        Some(challenge) => LocateError::LetterCase {
            id: challenge.id,
            named: shown_repository(challenge),
            repository,
        },
        None if listed.is_empty() => LocateError::EmptyTeam { team: wanted.team },
        None => LocateError::NoneNames {
            team: wanted.team,
            repository,
            count: listed.len(),
            others: Listing::by_repository(listed),
        },
    }
}

/// Reads the team's list from its first page on, until its end or the recorded challenge.
async fn list(
    client: &Client,
    wanted: &Wanted<'_>,
    first: Result<Page, Error>,
    recorded: Option<u64>,
) -> Result<Vec<Challenge>, Error> {
    let mut page = first?;
    let mut listed: Vec<Challenge> = Vec::new();
    let mut is_found = false;
    loop {
        for challenge in page.challenges {
            is_found |= Some(challenge.id) == recorded && challenge.repository == wanted.repository;
            // A challenge made between two pages moves the last one of the first to the second.
            if listed.iter().all(|known| known.id != challenge.id) {
                listed.push(challenge);
            }
        }
        match page.next {
            Some(next) if !is_found => page = client.team_page(wanted.team, next).await?,
            _ => return Ok(listed),
        }
    }
}

/// One challenge with an empty date makes EvalAI fail on the whole team's list, though not on
/// the other challenges' own pages: with an id from the record the list is not needed.
async fn without_list(
    client: &Client,
    wanted: &Wanted<'_>,
    recorded: Option<u64>,
    error: Error,
) -> Result<Located, LocateError> {
    let team = wanted.team;
    match (error, recorded) {
        (Error::Absent { .. }, _) => Err(LocateError::UnknownTeam { team }),
        (error, Some(id)) if error.is_server_failure() => recorded_alone(client, wanted, id)
            .await?
            .ok_or(LocateError::ListFails { team, error }),
        (error, None) if error.is_server_failure() => Err(LocateError::ListFails { team, error }),
        (error, _) => Err(error.into()),
    }
}

/// The recorded challenge by its own page; `None` if it is not this repository's.
async fn recorded_alone(
    client: &Client,
    wanted: &Wanted<'_>,
    id: u64,
) -> Result<Option<Located>, LocateError> {
    match client.challenge(id).await {
        Ok(challenge) if challenge.repository == wanted.repository => Ok(Some(Located {
            challenge,
            found_by: FoundBy::Recorded,
        })),
        Ok(_) | Err(Error::Absent { .. }) => Ok(None),
        Err(Error::Removed { .. }) => Err(LocateError::Removed { id }),
        Err(error) => Err(error.into()),
    }
}

async fn given(client: &Client, repository: &str, id: u64) -> Result<Located, LocateError> {
    let challenge = match client.challenge(id).await {
        Ok(challenge) => challenge,
        Err(Error::Removed { .. }) => return Err(LocateError::Removed { id }),
        Err(Error::Absent { .. }) => return Err(LocateError::Absent { id }),
        Err(error) => return Err(error.into()),
    };
    let named = challenge.repository.as_str();
    if named.is_empty() || named == repository {
        return Ok(Located {
            challenge,
            found_by: FoundBy::Given,
        });
    }
    let is_other_case = named.eq_ignore_ascii_case(repository);
    let (named, repository) = (shown_repository(&challenge), repository.to_owned());
    Err(if is_other_case {
        LocateError::LetterCase {
            id,
            named,
            repository,
        }
    } else {
        LocateError::OtherRepository {
            id,
            named,
            repository,
        }
    })
}

impl LocateError {
    fn is_about_several(&self) -> bool {
        matches!(self, Self::Several { .. })
    }
}

fn shown_repository(challenge: &Challenge) -> String {
    harmless(&challenge.repository, 140)
}

/// Challenges as messages list them, with what tells them apart. Their titles are untrusted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listing {
    shown: Vec<String>,
    more: usize,
}

impl Listing {
    const LIMIT: usize = 8;

    fn of<'a>(
        challenges: impl IntoIterator<Item = &'a Challenge>,
        mark: impl Fn(&Challenge) -> String,
    ) -> Self {
        let mut challenges = challenges.into_iter();
        let first = challenges.by_ref().take(Self::LIMIT);
        let shown = first
            .map(|challenge| {
                let title = harmless(&challenge.title, 40);
                format!("{} \"{title}\" ({})", challenge.id, mark(challenge))
            })
            .collect();
        let more = challenges.count();
        Self { shown, more }
    }

    fn by_branch<'a>(challenges: impl IntoIterator<Item = &'a Challenge>) -> Self {
        Self::of(challenges, |challenge| {
            match harmless(&challenge.branch, 60).as_str() {
                "" => "no branch".to_owned(),
                branch => format!("branch {branch}"),
            }
        })
    }

    fn by_repository<'a>(challenges: impl IntoIterator<Item = &'a Challenge>) -> Self {
        Self::of(challenges, |challenge| {
            match shown_repository(challenge).as_str() {
                "" => "no repository".to_owned(),
                repository => repository.to_owned(),
            }
        })
    }
}

impl fmt::Display for Listing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.shown.join(", "))?;
        if self.more > 0 {
            write!(f, ", and {} more", self.more)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
