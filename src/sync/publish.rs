//! How the sync's commit gets onto the branch: pushed by git, or made through GitHub's API, which
//! signs it.

use anyhow::{Context as _, Result, bail};

use super::blocking::blocking;
use super::choices::Choices;
use super::note::Note;
use crate::action::{CommitVia, inert};
use crate::github::{
    Api, ApiError, Entry, LARGEST_FILE, MadeCommit, NewCommit, Person, Verification,
};
use crate::repository::git::{Changed, Oid, Parcel, PushError, Scratch, Signature};

/// The way onto the branch.
pub(super) enum Publisher {
    /// `git push`.
    Git,
    /// GitHub's Git Data API; in whose name, if the host says.
    Api(Box<Api>, Option<Signature>),
}

/// A commit on the branch.
pub(super) struct Published {
    /// Its id, which is GitHub's own if the API made it.
    pub(super) commit: Oid,
    /// What the host should know of it.
    pub(super) note: Option<Note>,
}

impl Publisher {
    /// The way that the host chose; `author` is who the commits are to name.
    pub(super) fn of(choices: &Choices, author: Signature) -> Result<Self> {
        match (choices.settings.commit_via, &choices.access) {
            (CommitVia::Api, Some(access)) => {
                let api = Api::open(access, choices.deadline)?;
                // GitHub signs no commit for which it is told a name.
                let author = choices.settings.names_committer().then_some(author);
                Ok(Self::Api(Box::new(api), author))
            }
            _ => Ok(Self::Git),
        }
    }

    /// Brings `commit`, which follows on `tip`, onto `branch`, if that still is at `tip`.
    ///
    /// The inner error is the server's verdict on the branch, the same for either way.
    pub(super) async fn publish(
        &self,
        scratch: Scratch,
        commit: Oid,
        tip: Oid,
        branch: &str,
    ) -> Result<(Scratch, Result<Published, PushError>)> {
        match self {
            Self::Git => {
                let refname = full(branch);
                let (scratch, pushed) = blocking(scratch, move |scratch| {
                    scratch.push(commit, &refname, Some(tip))
                })
                .await?;
                let note = None;
                Ok((scratch, pushed.map(|()| Published { commit, note })))
            }
            Self::Api(api, author) => {
                let (scratch, parcel) = take_apart(scratch, commit).await?;
                let (scratch, made) = make(api, author.as_ref(), scratch, &parcel).await?;
                if let Err(refused) = advance(api, branch, tip, &made).await? {
                    return Ok((scratch, Err(refused)));
                }
                receive(scratch, branch, parcel, &made).await
            }
        }
    }
}

impl Publisher {
    /// `commit`, signed by GitHub if that is the way, for a branch that only git may move: the API
    /// moves none by force from where it was seen. What GitHub does not sign stays as it is.
    pub(super) async fn sign(&self, scratch: Scratch, commit: Oid) -> Result<(Scratch, Published)> {
        let Self::Api(api, author) = self else {
            let note = None;
            return Ok((scratch, Published { commit, note }));
        };
        let (scratch, parcel) = take_apart(scratch, commit).await?;
        let (scratch, made) = make(api, author.as_ref(), scratch, &parcel).await?;
        let note = unverified(&made);
        let verification = made.verification;
        let (Some(text), Some(signature)) = (verification.payload, verification.signature) else {
            return Ok((scratch, Published { commit, note }));
        };
        let signed = Oid::from_str(&made.sha).context("GitHub names the commit by no id")?;
        let (scratch, adopted) = blocking(scratch, move |scratch| {
            scratch.adopt(signed, &text, &signature)
        })
        .await?;
        if adopted? {
            let commit = signed;
            return Ok((scratch, Published { commit, note }));
        }
        let note = Note::warning(format!(
            "GitHub signed the commit {signed}, but does not tell it as it is, so the pull request carries one that is not signed."
        ));
        Ok((
            scratch,
            Published {
                commit,
                note: Some(note),
            },
        ))
    }
}

fn full(branch: &str) -> String {
    format!("refs/heads/{branch}")
}

async fn take_apart(scratch: Scratch, commit: Oid) -> Result<(Scratch, Parcel)> {
    let (scratch, parcel) = blocking(scratch, move |scratch| scratch.parcel(commit)).await?;
    let parcel = parcel?;
    // Before anything is sent: objects that nothing leads to stay on GitHub for a while.
    for Changed { path, file } in &parcel.files {
        if let Some((_, _, size)) = file.filter(|(_, _, size)| *size > LARGEST_FILE) {
            bail!(
                "{path} is too large for a commit through GitHub's API: it has {:.1} MiB, and the API takes no file over {} MiB. Use `commit-via: git`, or keep it out with `max-file-size`",
                mebibytes(size),
                LARGEST_FILE >> 20
            );
        }
    }
    Ok((scratch, parcel))
}

#[allow(clippy::cast_precision_loss, reason = "it is shown with one digit")]
fn mebibytes(bytes: u64) -> f64 {
    bytes as f64 / f64::from(1 << 20)
}

/// Has GitHub make the commit, on no branch yet.
async fn make(
    api: &Api,
    author: Option<&Signature>,
    mut scratch: Scratch,
    parcel: &Parcel,
) -> Result<(Scratch, MadeCommit)> {
    let mut entries = Vec::new();
    for Changed { path, file } in &parcel.files {
        let failed = || format!("{path} cannot be stored through GitHub's API");
        let sha = match *file {
            None => None,
            Some((_, blob, _)) => {
                let (back, content) =
                    blocking(scratch, move |scratch| scratch.content_of(blob)).await?;
                scratch = back;
                let made = api.blob(&content?).await.with_context(failed)?;
                same("blob", &made, blob).with_context(failed)?;
                Some(made)
            }
        };
        entries.push(Entry {
            path: path.clone(),
            mode: file.map_or("100644", |(mode, ..)| mode.digits()),
            kind: "blob",
            sha,
        });
    }
    let failed = "the commit cannot be made through GitHub's API";
    let base = parcel.base.to_string();
    let tree = api.tree(&base, &entries).await.context(failed)?;
    same("tree", &tree, parcel.tree).context(failed)?;
    let person = author.map(|author| Person {
        name: &author.name,
        email: &author.email,
    });
    let new = NewCommit {
        message: &parcel.message,
        tree: &tree,
        parents: [&parcel.parent.to_string()],
        author: person,
        committer: person,
    };
    let made = api.commit(new).await.context(failed)?;
    Ok((scratch, made))
}

/// What GitHub made must be what was planned, to the byte.
fn same(what: &str, made: &str, planned: Oid) -> Result<()> {
    if made != planned.to_string() {
        bail!(
            "GitHub made the {what} {made} where {planned} was planned, so nothing was published. Use `commit-via: git`, and report this as a bug of evalai-sync"
        );
    }
    Ok(())
}

/// Moves the branch to the commit; the inner error is GitHub's verdict.
async fn advance(
    api: &Api,
    branch: &str,
    tip: Oid,
    made: &MadeCommit,
) -> Result<Result<(), PushError>> {
    let refname = full(branch);
    let tip = tip.to_string();
    let failed = "the branch cannot be moved through GitHub's API";
    let error = match api.advance(branch, &tip, &made.sha).await {
        Ok(()) => return Ok(Ok(())),
        Err(error) => error,
    };
    let (ApiError::Conflict(said) | ApiError::Refused(said) | ApiError::NotPermitted(said)) =
        &error
    else {
        return Err(error).context(failed);
    };
    let verdict = PushError::from_words(&refname, said);
    if !matches!(verdict, PushError::Refused { .. }) {
        return Ok(Err(verdict));
    }
    // GitHub's words do not always tell why ("Reference cannot be updated"): the branch itself does.
    let stands = api.stands(branch).await.context(failed)?;
    let moved = stands.as_ref() != Some(&tip);
    if moved || matches!(error, ApiError::Conflict(_)) {
        let detail = said.clone();
        return Ok(Err(PushError::LostRace { refname, detail }));
    }
    match error {
        ApiError::NotPermitted(_) => Err(error).context(failed),
        _ => Ok(Err(verdict)),
    }
}

/// Fetches the commit by git, like any other; only what was seen is recorded and checked out.
async fn receive(
    scratch: Scratch,
    branch: &str,
    parcel: Parcel,
    made: &MadeCommit,
) -> Result<(Scratch, Result<Published, PushError>)> {
    let refname = full(branch);
    let commit = Oid::from_str(&made.sha).context("GitHub names the commit by no id")?;
    let (scratch, received) = blocking(scratch, {
        let refname = refname.clone();
        move |scratch| scratch.receive(commit, &refname, &parcel)
    })
    .await?;
    let received = received.with_context(|| {
        format!("commit {commit} is published, but cannot be fetched; the next run records it")
    })?;
    if !received {
        let detail = format!("{commit} is gone from it again");
        return Ok((scratch, Err(PushError::LostRace { refname, detail })));
    }
    let note = unverified(made);
    Ok((scratch, Ok(Published { commit, note })))
}

/// Whoever wants commits through the API wants them signed.
fn unverified(made: &MadeCommit) -> Option<Note> {
    let Verification {
        verified, reason, ..
    } = &made.verification;
    let reason = match reason.as_str() {
        "" => String::new(),
        reason => format!(" ({})", inert(reason)),
    };
    (!verified).then(|| {
        Note::warning(format!(
            "GitHub made the commit, but did not sign it{reason}: it signs what is made with `github.token` or a GitHub App's token, while `committer-name` and `committer-email` are not set."
        ))
    })
}
