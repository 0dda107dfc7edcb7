//! Starting from EvalAI: the layout that an import begins with, and what it leaves out.
//!
//! An import is a first sync that takes EvalAI's values, on a configuration
//! that says nothing yet but what every push asks for.

use anyhow::{Result, bail};
use serde_json::{Value as Json, json};

use super::apply::{Changes, Edited};
use super::media::{extension, media_of, url};
use super::note::Note;
use crate::action::{Mode, Settings};
use crate::challenge::catalogue::{Disclosure, Kind, Scope};
use crate::challenge::path::FieldPath;
use crate::challenge::value::Value;
use crate::evalai::{Challenge, Held, Known, Reason, Snapshot};
use crate::repository::media::id_of;
use crate::repository::path::RepoPath;
use crate::repository::worktree::{Files, Place, Stat, Worktree};
use crate::yaml;

/// Where EvalAI-Starters keeps the host config.
const HOST_CONFIG: &str = "github/host_config.json";

/// What stands in for the token, as in EvalAI-Starters.
const NO_TOKEN: &str = "<evalai_user_auth_token>";

/// What an import begins with.
#[derive(Debug)]
pub(super) struct Import {
    /// The configuration before EvalAI's values are in it.
    config: String,
    /// The host config without its token, and its path.
    host_config: (RepoPath, Vec<u8>),
}

impl Import {
    /// Begins an import of `snapshot`, which must have been read as a whole;
    /// `None` if the settings ask for none.
    pub(super) fn begin(
        snapshot: &Snapshot,
        settings: &Settings,
        team: u64,
        evalai: &str,
    ) -> Result<Option<Self>> {
        if settings.mode != Mode::Import {
            return Ok(None);
        }
        complete(snapshot)?;
        let named = settings.host_config.to_str().map(RepoPath::new);
        let path = match named {
            Some(Ok(path)) => path,
            _ => RepoPath::new(HOST_CONFIG)?,
        };
        let text = format!(
            "{:#}\n",
            json!({"token": NO_TOKEN, "team_pk": team.to_string(), "evalai_host_url": evalai})
        );
        Ok(Some(Self {
            config: skeleton(snapshot),
            host_config: (path, text.into_bytes()),
        }))
    }

    /// Adds what EvalAI has no content for and the layout needs: a push fails
    /// if a text's file is not there.
    pub(super) fn complete<F: Files>(
        &self,
        worktree: &Worktree,
        files: &F,
        changes: &mut Changes,
    ) -> Result<(), String> {
        let texts = worktree
            .places
            .iter()
            .filter(|(path, _)| path.field.kind == Kind::Html)
            .filter_map(|(_, place)| Place::file(place))
            .map(|file| (file, &[][..]));
        let (host_config, placeholder) = &self.host_config;
        for (file, bytes) in texts.chain([(host_config, &placeholder[..])]) {
            if files.stat(file)?.is_none() {
                let new = || Edited::text(bytes.to_vec());
                changes.0.entry(file.clone()).or_insert_with(new);
            }
        }
        drop_logo(worktree, files, changes)
    }
}

/// Takes the key for a logo out that did not come: one that is no picture that EvalAI takes.
fn drop_logo<F: Files>(
    worktree: &Worktree,
    files: &F,
    changes: &mut Changes,
) -> Result<(), String> {
    let key = yaml::Path::from("image");
    let changed = |file: &RepoPath| changes.0.get(file).and_then(Edited::bytes);
    let Some(document) = changed(&worktree.config).map(yaml::Document::parse) else {
        return Ok(());
    };
    let document = document.map_err(|error| error.to_string())?;
    let named = document.get(&key).and_then(yaml::Value::as_str);
    let Some(Ok(logo)) = named.map(|name| worktree.config.beside(name)) else {
        return Ok(());
    };
    if changed(&logo).is_none() && files.stat(&logo)?.is_none() {
        let without = document.remove(&key).map_err(|error| error.to_string())?;
        let edited = Edited::text(without.bytes().to_vec());
        changes.0.insert(worktree.config.clone(), edited);
    }
    Ok(())
}

/// A commit's files, with the configuration that an import begins with laid over them.
#[derive(Debug, Clone, Copy)]
pub(super) struct Begun<'a, F> {
    pub(super) files: &'a F,
    pub(super) config: &'a RepoPath,
    /// `None` if nothing is imported: the files are as they are.
    pub(super) import: Option<&'a Import>,
}

impl<F> Begun<'_, F> {
    fn laid_over(&self, path: &RepoPath) -> Option<&[u8]> {
        let import = self.import.filter(|_| path == self.config);
        import.map(|import| import.config.as_bytes())
    }
}

impl<F: Files> Files for Begun<'_, F> {
    fn read(&self, path: &RepoPath) -> Result<Option<Vec<u8>>, String> {
        match self.laid_over(path) {
            Some(bytes) => Ok(Some(bytes.to_vec())),
            None => self.files.read(path),
        }
    }

    fn stat(&self, path: &RepoPath) -> Result<Option<Stat>, String> {
        match self.laid_over(path) {
            Some(bytes) => Ok(Some(Stat {
                id: id_of(bytes),
                size: bytes.len() as u64,
            })),
            None => self.files.stat(path),
        }
    }

    fn list(&self, folder: &str) -> Result<Vec<String>, String> {
        self.files.list(folder)
    }
}

/// Half a challenge is no start: what is missing would look as if EvalAI did not have it.
fn complete(snapshot: &Snapshot) -> Result<()> {
    let worker = match &snapshot.worker {
        // A warning says what this leaves out; no later run could read it either.
        Known::No(Reason::NoQueue) => None,
        worker => worker.why_not(),
    };
    let splits = snapshot.phase_splits.why_not();
    let parts = [
        ("phases", snapshot.phases.why_not()),
        (
            "leaderboards and splits",
            splits.or(snapshot.structure.why_not()),
        ),
        ("worker settings", worker),
    ];
    for (part, reason) in parts {
        if let Some(reason) = reason {
            bail!(
                "the challenge's {part} could not be read, so nothing is imported; run it again: {reason}"
            );
        }
    }
    Ok(())
}

/// The configuration without EvalAI's values: the keys that a push asks for.
fn skeleton(snapshot: &Snapshot) -> String {
    let image = match url(snapshot.challenge.get("image")) {
        None => String::new(),
        Some(url) => {
            let known = |end: &String| matches!(end.as_str(), "png" | "jpg" | "jpeg");
            let end = extension(url).filter(known);
            format!("image: logo.{}\n", end.as_deref().unwrap_or("jpg"))
        }
    };
    format!(
        "\
# The challenge as EvalAI holds it. Paths are relative to this file, and times are UTC.

# What the challenge's page shows. Each .html file holds one text of it.
title:
description: templates/description.html
evaluation_details: templates/evaluation_details.html
terms_and_conditions: templates/terms_and_conditions.html
submission_guidelines: templates/submission_guidelines.html
{image}
# The folder evaluation_script/ is zipped at every push.
evaluation_script: evaluation_script.zip
remote_evaluation: False
is_docker_based: False

# When the challenge runs, and whether everybody sees it.
start_date:
end_date:
published: False

# The columns of each leaderboard, and the one that it is sorted by.
leaderboard:

# What participants submit to. The id of a phase must not change.
challenge_phases:

# The parts of the data that submissions are evaluated on.
dataset_splits:

# Which phase shows which dataset split on which leaderboard.
# visibility: 1 is for hosts, 2 for hosts and the submission's owner, 3 for everybody.
challenge_phase_splits:
"
    )
}

/// What the import leaves out, and how to ask for it.
pub(super) fn left_out(
    snapshot: &Snapshot,
    held: &Held,
    worktree: &Worktree,
    settings: &Settings,
) -> Vec<Note> {
    let asked = |path: &FieldPath| settings.include.matches(path);
    let is_script = |path: &FieldPath| path.field.scope == Scope::ScriptFile;
    let media: Vec<_> = media_of(snapshot)
        .into_iter()
        .filter(|medium| medium.path.field.disclosure != Disclosure::Public)
        .filter(|medium| !asked(&medium.path))
        .filter(|medium| !is_script(&medium.path) || worktree.script.is_none())
        .collect();
    let without_script = media.iter().any(|medium| is_script(&medium.path));
    let mut names: Vec<String> = media.into_iter().map(|medium| medium.name).collect();
    let personal = held.side.iter().filter(|(path, reading)| {
        path.field.disclosure == Disclosure::Personal
            && !is_script(path)
            && reading.value().is_some_and(|value| *value != Value::Null)
    });
    names.extend(
        personal
            .filter(|(path, _)| !asked(path))
            .map(|(path, _)| path.to_string()),
    );
    let mut notes = Vec::new();
    if !names.is_empty() {
        notes.push(Note::notice(format!(
            "Left out, since whoever can read the repository could read it: {}. To keep it here, name it in `include`, one a line, and run once with `mode: commit` and `first-sync: commit`.",
            names.join(", ")
        )));
    }
    if without_script {
        notes.push(Note::warning("Without the evaluation script here, a push replaces the one on EvalAI by an empty one: ask for it with `include: evaluation_script` before the first push."));
    }
    if snapshot.challenge.get("has_sponsors") == Some(&Json::Bool(true)) {
        notes.push(Note::warning("The sponsors are left out, since EvalAI fails every push with them but the first. A push without them hides them on EvalAI."));
    }
    notes
}

/// A push from a repository that EvalAI does not know makes a new challenge.
/// (A challenge that names another repository is not even found.)
pub(super) fn unclaimed(challenge: &Challenge, repository: &str) -> Option<Note> {
    let id = challenge.id;
    challenge.repository.is_empty().then(|| Note::warning(format!(
        "EvalAI's challenge {id} names no repository, so a push from {repository} does not update it, but makes another challenge."
    )))
}
