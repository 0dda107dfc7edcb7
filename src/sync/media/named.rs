//! Where EvalAI's answers name the challenge's media.

use serde_json::Value as Json;

use crate::challenge::catalogue::{Field, Scope};
use crate::challenge::path::{Entity, FieldPath, PhaseKey};
use crate::evalai::{Known, Object, Snapshot};
use crate::repository::media::SCRIPT;

/// One medium of the challenge.
#[derive(Debug)]
pub struct Medium<'a> {
    /// The field that it is.
    pub path: FieldPath,
    /// What messages call it.
    pub name: String,
    /// Where it is: a secret.
    pub url: &'a str,
    /// Its content may change under the same URL.
    pub in_place: bool,
}

/// Where EvalAI's answers name a medium.
pub(super) struct Slot<'a> {
    /// The field that it is.
    pub(super) path: FieldPath,
    /// What messages call it.
    pub(super) name: String,
    /// The key of the answer, and what is there.
    key: &'static str,
    json: Option<&'a Json>,
    in_place: bool,
}

impl<'a> Slot<'a> {
    fn of(path: FieldPath, key: &'static str, object: &'a Object) -> Self {
        Self {
            name: path.to_string(),
            path,
            key,
            json: object.get(key),
            in_place: false,
        }
    }

    /// Why it is not known whether there is a medium; `None` if that is known.
    pub(super) fn problem(&self) -> Option<String> {
        let key = self.key;
        match self.json {
            Some(Json::Null | Json::String(_)) => None,
            Some(_) => Some(format!("EvalAI's `{key}` is not a URL")),
            None => Some(format!("this EvalAI does not tell `{key}`")),
        }
    }

    /// The medium, if there is a URL for it.
    pub(super) fn medium(self) -> Option<Medium<'a>> {
        Some(Medium {
            url: url(self.json)?,
            path: self.path,
            name: self.name,
            in_place: self.in_place,
        })
    }
}

/// All media that the challenge can have, as far as there are answers that name them.
pub(super) fn slots(snapshot: &Snapshot) -> Vec<Slot<'_>> {
    let mut slots = Vec::new();
    if let Some(field) = Field::find(Scope::Challenge, "image") {
        let path = FieldPath::of(Entity::Challenge, field);
        slots.push(Slot::of(path, "image", &snapshot.challenge));
    }
    if let Known::Yes(worker) = &snapshot.worker {
        slots.push(Slot {
            name: SCRIPT.to_owned(),
            ..Slot::of(FieldPath::script_file(""), SCRIPT, worker)
        });
    }
    let (Known::Yes(phases), Some(field)) = (
        &snapshot.phases,
        Field::find(Scope::Phase, "test_annotation_file"),
    ) else {
        return slots;
    };
    for phase in phases {
        let Some(name) = PhaseKey::of(phase).name() else {
            continue;
        };
        let path = FieldPath::of(Entity::Phase(name), field);
        slots.push(Slot {
            in_place: phase.get("annotations_uploaded_using_cli") == Some(&Json::Bool(true)),
            ..Slot::of(path, "test_annotation", phase)
        });
    }
    slots
}

/// All media of the challenge that EvalAI gives a URL for.
#[must_use]
pub fn media_of(snapshot: &Snapshot) -> Vec<Medium<'_>> {
    let slots = slots(snapshot).into_iter();
    slots.filter_map(Slot::medium).collect()
}

/// The URL of a medium in EvalAI's answer: where there is none, it is null or empty.
pub(in crate::sync) fn url(json: Option<&Json>) -> Option<&str> {
    json.and_then(Json::as_str).filter(|url| !url.is_empty())
}

/// The ending of the name in a URL: EvalAI keeps that of the uploaded file, and nothing else of its name.
pub(in crate::sync) fn extension(url: &str) -> Option<String> {
    let path = url.split(['?', '#']).next()?;
    let (_, extension) = path.rsplit('/').next()?.rsplit_once('.')?;
    let tame = extension.len() <= 10 && extension.chars().all(|c| c.is_ascii_alphanumeric());
    tame.then(|| extension.to_ascii_lowercase())
}
