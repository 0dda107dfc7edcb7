//! Which entry of the configuration's lists is which phase, leaderboard or split.
//!
//! Entries are matched with EvalAI's by config id, which the configuration
//! calls `id`; a phase by its codename where one of the two sides has no id.

use std::collections::BTreeMap;

use crate::challenge::catalogue::{Kind, Scope};
use crate::challenge::notation;
use crate::challenge::path::{Entity, PhaseId, PhaseKey, PhaseSplit};
use crate::challenge::value::Value;
use crate::yaml;

/// The entries that have a name, and those that have none.
#[derive(Debug, Default)]
pub(super) struct Entries {
    /// Each entry with its place.
    pub(super) named: BTreeMap<Entity, yaml::Path>,
    /// What keeps an entry from being matched, with its place: a sentence.
    pub(super) left_alone: Vec<(yaml::Path, String)>,
}

/// Something that leaves no way to tell entries apart: the place, and a sentence.
#[derive(Debug)]
pub(super) struct Muddle {
    pub(super) at: yaml::Path,
    pub(super) problem: String,
}

/// Names every entry of every list. `phases` are EvalAI's, so that one phase
/// has one name on both sides.
pub(super) fn name(document: &yaml::Document, phases: &[PhaseKey]) -> Result<Entries, Muddle> {
    let mut entries = Entries::default();
    let mut by_config_id = BTreeMap::new();
    let mut numbers = BTreeMap::new();
    for scope in Scope::LISTS {
        let Some(list) = scope.list() else { continue };
        for (index, entry) in items(document, list)?.iter().enumerate() {
            let at = yaml::Path::from(list).at(index);
            if entry.as_map().is_none() {
                let problem = format!(
                    "entry {} of {list} is {}, not a mapping",
                    index + 1,
                    entry.kind()
                );
                return Err(Muddle { at, problem });
            }
            let number = |key: &'static str| match entry
                .get(key)
                .map(|yaml| notation::from_yaml(Kind::Int, yaml))
            {
                Some(Ok(Value::Int(number))) => Ok(number),
                _ => Err(key),
            };
            let entity = match scope {
                Scope::Phase => {
                    let key = key_of(entry);
                    let id = match_phase(&key, phases).map_err(|problem| Muddle {
                        at: at.clone(),
                        problem,
                    })?;
                    if let (Some(id), Some(number)) = (&id, key.id) {
                        by_config_id.insert(number, id.clone());
                    }
                    id.map(Entity::Phase).ok_or("id")
                }
                Scope::Leaderboard => number("id").map(Entity::Leaderboard),
                Scope::DatasetSplit => number("id").map(Entity::DatasetSplit),
                Scope::PhaseSplit => phase_split(number, &by_config_id).map(Entity::PhaseSplit),
                Scope::Challenge | Scope::ScriptFile => continue,
            };
            match entity {
                Err(key) => {
                    let problem = format!(
                        "entry {} of {list} has no whole number as `{key}`, and is left alone.",
                        index + 1
                    );
                    entries.left_alone.push((at, problem));
                }
                Ok(entity) if numbers.contains_key(&entity) => {
                    let problem = format!(
                        "entries {} and {} of {list} are both {}: give each ids of its own",
                        numbers[&entity],
                        index + 1,
                        entity.described()
                    );
                    return Err(Muddle { at, problem });
                }
                Ok(entity) => {
                    numbers.insert(entity.clone(), index + 1);
                    entries.named.insert(entity, at);
                }
            }
        }
    }
    Ok(entries)
}

fn items<'a>(document: &'a yaml::Document, list: &str) -> Result<&'a [yaml::Value], Muddle> {
    match document.root().get(list) {
        None | Some(yaml::Value::Null) => Ok(&[]),
        Some(yaml::Value::Seq(items)) => Ok(items),
        Some(other) => {
            let problem = format!("{list} is {}, not a list", other.kind());
            Err(Muddle {
                at: yaml::Path::from(list),
                problem,
            })
        }
    }
}

fn phase_split(
    number: impl Fn(&'static str) -> Result<i64, &'static str>,
    phases: &BTreeMap<i64, PhaseId>,
) -> Result<PhaseSplit, &'static str> {
    let phase = number("challenge_phase_id")?;
    Ok(PhaseSplit {
        phase: phases
            .get(&phase)
            .cloned()
            .unwrap_or(PhaseId::Number(phase)),
        leaderboard: number("leaderboard_id")?,
        dataset_split: number("dataset_split_id")?,
    })
}

/// How an entry of the list of phases names itself.
fn key_of(phase: &yaml::Value) -> PhaseKey {
    let number = |yaml: &yaml::Value| match notation::from_yaml(Kind::Int, yaml) {
        Ok(Value::Int(number)) => Some(number),
        _ => None,
    };
    let text = |yaml: &yaml::Value| match notation::from_yaml(Kind::Text, yaml) {
        Ok(Value::Text(text)) => Some(text),
        _ => None,
    };
    PhaseKey {
        id: phase.get("id").and_then(number),
        codename: phase.get("codename").and_then(text),
    }
}

/// Names a phase of the configuration after the one of EvalAI's that it is:
/// by id, and by codename only where that leaves no doubt. A phase that
/// EvalAI does not have keeps its own name.
fn match_phase(phase: &PhaseKey, evalai: &[PhaseKey]) -> Result<Option<PhaseId>, String> {
    let by_id = evalai
        .iter()
        .find(|other| phase.id.is_some() && other.id == phase.id);
    if by_id.is_some() {
        return Ok(phase.name());
    }
    let same_codename =
        |other: &&PhaseKey| phase.codename.is_some() && other.codename == phase.codename;
    // With ids on both sides that differ, these are two phases of one codename.
    let free = |other: &&PhaseKey| phase.id.is_none() || other.id.is_none();
    let by_codename: Vec<_> = evalai.iter().filter(same_codename).filter(free).collect();
    match by_codename[..] {
        [] => Ok(phase.name()),
        [other] => Ok(other.name().or_else(|| phase.name())),
        [first, second, ..] => {
            let name = |key: &PhaseKey| key.name().map_or_else(String::new, |id| id.to_string());
            Err(format!(
                "EvalAI's phases {} and {} both have the codename {:?}: give this phase the `id` of the one it is",
                name(first),
                name(second),
                phase.codename.as_deref().unwrap_or_default()
            ))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CONFIG: &str = "
challenge_phases:
- {id: 1, codename: dev}
- {codename: test}
leaderboard:
- {id: 1, schema: {}}
- {schema: {}}
dataset_splits:
- {id: '7', name: a}
challenge_phase_splits:
- {challenge_phase_id: 1, leaderboard_id: 1, dataset_split_id: 7}
- {challenge_phase_id: 1, leaderboard_id: many, dataset_split_id: 7}
";

    fn document(text: &str) -> yaml::Document {
        yaml::Document::parse(text.as_bytes()).unwrap()
    }

    fn key(id: Option<i64>, codename: &str) -> PhaseKey {
        PhaseKey {
            id,
            codename: Some(codename.to_owned()),
        }
    }

    #[test]
    fn entries_are_named_by_config_id_and_a_phase_without_one_by_codename() {
        let evalai = [key(Some(1), "renamed"), key(Some(2), "test")];
        let entries = name(&document(CONFIG), &evalai).unwrap();
        let names: Vec<_> = entries
            .named
            .iter()
            .map(|(entity, at)| format!("{entity} at {at}"))
            .collect();
        let expected = [
            "phases.1 at challenge_phases[0]",
            "phases.2 at challenge_phases[1]",
            "leaderboards.1 at leaderboard[0]",
            "dataset_splits.7 at dataset_splits[0]",
            "phase_splits.1-1-7 at challenge_phase_splits[0]",
        ];
        assert_eq!(names, expected);
        let left_alone: Vec<_> = entries
            .left_alone
            .iter()
            .map(|(_, problem)| problem.as_str())
            .collect();
        let expected = [
            "entry 2 of leaderboard has no whole number as `id`, and is left alone.",
            "entry 2 of challenge_phase_splits has no whole number as `leaderboard_id`, and is left alone.",
        ];
        assert_eq!(left_alone, expected);
    }

    #[test]
    fn a_phase_is_the_one_of_its_id_even_if_another_has_its_codename() {
        let evalai = [key(Some(1), "dev"), key(None, "test")];
        let document = document("challenge_phases: [{id: 1, codename: test}]");
        let entries = name(&document, &evalai).unwrap();
        let names: Vec<_> = entries.named.keys().map(ToString::to_string).collect();
        assert_eq!(names, ["phases.1"]);
    }

    #[test]
    fn what_leaves_no_way_to_tell_entries_apart_is_an_error_with_its_place() {
        let twins = [key(None, "dev"), key(None, "dev")];
        let table: [(&str, &[PhaseKey], &str, &str); 4] = [
            (
                "challenge_phases: [{id: 1}, {id: 1}]",
                &[],
                "challenge_phases[1]",
                "entries 1 and 2 of challenge_phases are both phase 1",
            ),
            (
                "challenge_phases: [{codename: dev}]",
                &twins,
                "challenge_phases[0]",
                "EvalAI's phases dev and dev both have the codename \"dev\"",
            ),
            (
                "dataset_splits: {id: 1}",
                &[],
                "dataset_splits",
                "dataset_splits is a mapping, not a list",
            ),
            (
                "leaderboard: [1]",
                &[],
                "leaderboard[0]",
                "entry 1 of leaderboard is a whole number",
            ),
        ];
        for (text, evalai, at, words) in table {
            let muddle = name(&document(text), evalai).unwrap_err();
            assert_eq!(muddle.at.to_string(), at, "{text}");
            assert!(muddle.problem.starts_with(words), "{}", muddle.problem);
        }
    }
}
