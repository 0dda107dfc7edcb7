//! The first round of questions: which challenge, which branch, and what is recorded of them.

use anyhow::{Result, bail};

use super::blocking::blocking;
use super::branch;
use super::choices::Choices;
use super::import;
use super::note::Note;
use crate::action::Mode;
use crate::evalai::{Challenge, Client, Wanted, locate};
use crate::repository::git::{Oid, Refs, Scratch};
use crate::repository::record::{Problem, Record};
use crate::repository::store::{self, RecordRefs, Stored};

/// The most records of one repository that are fetched to see which challenge is here; each is one
/// challenge. Where there are more, EvalAI or the input has to tell it.
const MOST_RECORDS: usize = 50;

/// Where the run is.
pub(super) struct Here {
    pub(super) team: u64,
    pub(super) repository: String,
    pub(super) checked_out: Option<String>,
}

/// What the first round of questions tells.
pub(super) struct Found {
    pub(super) scratch: Scratch,
    pub(super) refs: Refs,
    pub(super) chosen: branch::Chosen,
    pub(super) challenge: Challenge,
    pub(super) record: Option<Record>,
    pub(super) record_ref: String,
    pub(super) record_commit: Option<Oid>,
}

/// Finds the challenge, while the records are fetched: one of them may name it.
pub(super) async fn find(
    client: &Client,
    scratch: Scratch,
    here: &Here,
    choices: &Choices,
    notes: &mut Vec<Note>,
) -> Result<Found> {
    let named = choices
        .settings
        .branch
        .as_deref()
        .or(here.checked_out.as_deref());
    let (tell, told) = tokio::sync::oneshot::channel();
    let look = async {
        let record_refs = choices.record_refs();
        let (scratch, found) =
            blocking(scratch, move |scratch| look(scratch, &record_refs)).await?;
        let (refs, records) = found?;
        // Nobody listens where the input names the challenge.
        let _ = tell.send(recorded_id(&records, &client.url().to_string(), named));
        anyhow::Ok((scratch, refs, records))
    };
    let given = choices.settings.challenge_id;
    let wanted = Wanted {
        team: here.team,
        given,
        repository: &here.repository,
        branch: named,
    };
    let recorded = async { told.await.ok().flatten() };
    let (looked, located) = tokio::join!(look, locate(client, wanted, recorded));
    let (mut scratch, refs, records) = looked?;
    let challenge = located?.challenge;
    let (checked_out, input) = (
        here.checked_out.as_deref(),
        choices.settings.branch.as_deref(),
    );
    let chosen = branch::choose(input, &challenge.branch, checked_out, &refs)?;
    let record_ref = choices.record_refs().of(challenge.id);
    let seen = records
        .into_iter()
        .find(|stored| stored.refname == record_ref);
    let stored = match seen {
        None if refs.get(&record_ref).is_some() => {
            let name = record_ref.clone();
            let (given_back, stored) = blocking(scratch, move |scratch| {
                let commit = scratch.fetch(&name, 1)?;
                store::read(scratch, &name, commit)
            })
            .await?;
            scratch = given_back;
            Some(stored?)
        }
        seen => seen,
    };
    let evalai = client.url().to_string();
    let record = usable(
        stored.as_ref(),
        challenge.id,
        &evalai,
        &chosen.branch,
        notes,
    )?;
    let importing = choices.settings.mode == Mode::Import;
    if importing {
        notes.extend(import::unclaimed(&challenge, &here.repository));
    }
    // On what the branch no longer has, nobody agrees any more.
    let record = record.filter(|_| !importing);
    let record_commit = stored.map(|stored| stored.commit);
    Ok(Found {
        scratch,
        refs,
        chosen,
        challenge,
        record,
        record_ref,
        record_commit,
    })
}

/// Asks the remote for its refs, and reads the records among them, unless they are too many.
fn look(scratch: &mut Scratch, record_refs: &RecordRefs) -> Result<(Refs, Vec<Stored>)> {
    let mut names = Vec::new();
    let refs = scratch.refs_and_fetch(|refs| {
        names = record_refs.among(refs);
        if names.len() > MOST_RECORDS {
            tracing::debug!("Of {} records none is looked at.", names.len());
            names.clear();
        }
        names.clone()
    })?;
    let records = names.into_iter().filter_map(|name| {
        let commit = refs.get(&name)?;
        Some(store::read(scratch, &name, commit))
    });
    let records = records.collect::<Result<_, _>>()?;
    Ok((refs, records))
}

/// The challenge that the records name for this branch on this server, if they name one. The
/// only record tells nothing about another branch: that may hold a second challenge.
fn recorded_id(records: &[Stored], host: &str, branch: Option<&str>) -> Option<u64> {
    let heads = records
        .iter()
        .filter_map(|stored| stored.record.as_ref().ok())
        .map(|record| &record.head);
    let here: Vec<_> = heads.filter(|head| head.evalai_host_url == host).collect();
    let on_branch: Vec<_> = here
        .iter()
        .filter(|head| Some(head.branch.as_str()) == branch)
        .collect();
    match (&here[..], &on_branch[..], branch) {
        (_, [head], _) => Some(head.challenge_id),
        ([head], [], None) => Some(head.challenge_id),
        _ => None,
    }
}

/// The record, if it can be used; what keeps it from being used is noted.
fn usable(
    stored: Option<&Stored>,
    challenge: u64,
    host: &str,
    branch: &str,
    notes: &mut Vec<Note>,
) -> Result<Option<Record>> {
    let Some(stored) = stored else {
        return Ok(None);
    };
    let passed_over = |why: String| {
        Note::warning(format!(
            "The record of the last sync ({}) {why}. It is passed over: this run is a first sync, and writes a new one.",
            stored.refname
        ))
    };
    match &stored.record {
        Err(problem @ Problem::Newer { .. }) => bail!("{}: {problem}", stored.refname),
        Err(problem) => notes.push(passed_over(format!("cannot be read: {problem}"))),
        Ok(Record { head, .. })
            if head.challenge_id != challenge || head.evalai_host_url != host =>
        {
            let (other, other_host) = (head.challenge_id, &head.evalai_host_url);
            notes.push(passed_over(format!(
                "speaks of challenge {other} on {other_host}"
            )));
        }
        Ok(Record { head, .. }) if head.branch != branch => {
            notes.push(passed_over(format!(
                "speaks of the branch {:?}, not of {branch:?}",
                head.branch
            )));
        }
        Ok(record) => return Ok(Some(record.clone())),
    }
    Ok(None)
}
