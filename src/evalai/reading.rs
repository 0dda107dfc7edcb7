//! From EvalAI's answers to its side of the challenge, by the field catalogue.

use std::collections::BTreeSet;

use super::snapshot::{Known, Snapshot};
use super::wire::Object;
use crate::challenge::catalogue::{Field, Scope, Source};
use crate::challenge::path::{FieldPath, PhaseKey};
use crate::challenge::side::{Reading, Side};
use crate::challenge::value::Value;

/// EvalAI's side of a challenge.
#[derive(Debug, Clone, PartialEq)]
pub struct Held {
    /// What it holds for every field.
    pub side: Side,
    /// Its phases; `None` if EvalAI did not say.
    pub phases: Option<Vec<PhaseKey>>,
}

/// Two phases of one challenge that cannot be told apart.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "EvalAI's challenge {challenge} has two phases that the configuration cannot tell apart: both are phase {phase}. Give each a config id of its own"
)]
pub struct TwinPhases {
    challenge: u64,
    phase: String,
}

impl Snapshot {
    /// Brings EvalAI's answers into the form in which both sides are compared.
    ///
    /// # Errors
    /// [`TwinPhases`] if two phases have one name.
    pub fn held(&self) -> Result<Held, TwinPhases> {
        let mut side = Side::default();
        for field in Field::of(Scope::Challenge) {
            let reading = match field.source {
                Source::Challenge(name) => read(field, name, &self.challenge),
                Source::Worker(name) => match &self.worker {
                    Known::Yes(worker) => read(field, name, worker),
                    Known::No(reason) => {
                        Reading::Unknown(format!("{} is unknown: {reason}", field.key))
                    }
                },
                Source::Phase(_) => continue,
            };
            side.put(FieldPath::challenge(field), reading);
        }
        let Known::Yes(phases) = &self.phases else {
            return Ok(Held { side, phases: None });
        };
        let mut names = BTreeSet::new();
        let mut keys = Vec::new();
        for phase in phases {
            let codename = phase
                .get("codename")
                .and_then(serde_json::Value::as_str)
                .map(str::to_owned);
            let key = PhaseKey {
                id: phase.get("config_id").and_then(serde_json::Value::as_i64),
                codename,
            };
            // A phase with neither was made through the API; no configuration can name it.
            let Some(name) = key.name() else { continue };
            if !names.insert(name.clone()) {
                return Err(TwinPhases {
                    challenge: self.id,
                    phase: name.to_string(),
                });
            }
            for field in Field::of(Scope::Phase) {
                if let Source::Phase(source) = field.source {
                    side.put(
                        FieldPath::phase(name.clone(), field),
                        read(field, source, phase),
                    );
                }
            }
            keys.push(key);
        }
        Ok(Held {
            side,
            phases: Some(keys),
        })
    }
}

fn read(field: &Field, name: &str, object: &Object) -> Reading {
    match object
        .get(name)
        .map(|json| Value::from_json(field.kind, json))
    {
        Some(Ok(value)) => Reading::Value(value),
        Some(Err(problem)) => Reading::Unknown(format!("EvalAI's `{name}` {problem}")),
        None => Reading::Unknown(format!("this EvalAI does not tell `{name}`")),
    }
}
