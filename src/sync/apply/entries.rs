//! Entries of the configuration's lists for what is new on EvalAI.

use std::collections::BTreeMap;

use super::{ApplyError, Edit};
use crate::challenge::catalogue::{Kind, Scope};
use crate::challenge::notation;
use crate::challenge::path::{Entity, PhaseId, PhaseSplit};
use crate::challenge::value::Value;
use crate::repository::worktree::Files;
use crate::sync::plan::{Item, Plan};
use crate::yaml;

impl<'a, F: Files> Edit<'a, F> {
    /// Adds an entry for each phase, leaderboard and split that the
    /// configuration does not have, at the end of its list.
    pub(super) fn add_entries(&mut self, plan: &Plan) -> Result<(), ApplyError> {
        let here = self.worktree.side.entities();
        let mut lists: BTreeMap<Scope, BTreeMap<&Entity, Vec<&Item>>> = BTreeMap::new();
        for item in plan
            .written()
            .filter(|item| !here.contains(&item.path.entity))
        {
            let entity = &item.path.entity;
            let entries = lists.entry(entity.scope()).or_default();
            entries.entry(entity).or_default().push(item);
        }
        for (scope, entries) in lists {
            if let Some(list) = scope.list() {
                self.add_to(list, &entries)?;
            }
        }
        Ok(())
    }

    fn add_to(
        &mut self,
        list: &'static str,
        entries: &BTreeMap<&Entity, Vec<&Item>>,
    ) -> Result<(), ApplyError> {
        let others = self.others(list);
        let order = order_of(others);
        let mut added = Vec::with_capacity(entries.len());
        for (entity, items) in entries {
            let number = |(key, number)| {
                let number = notation::to_yaml(Kind::Int, &number, any(others, key));
                (yaml::Value::from(key), number)
            };
            let mut pairs: Vec<_> = identity(entity).into_iter().map(number).collect();
            for item in items {
                if let Some(value) = item.written().value() {
                    let yaml = self.notated(others, item, value)?;
                    pairs.push((yaml::Value::from(item.path.field.key), yaml));
                }
            }
            order_like(&order, &mut pairs);
            added.push(yaml::Value::Map(pairs));
        }
        let first = entries.values().flatten().next();
        let first = first.map_or_else(|| list.to_owned(), |item| item.path.to_string());
        let there = self.draft.root().get(list);
        let is_there = there.is_some();
        let now = there.and_then(yaml::Value::as_seq).unwrap_or_default();
        let entries = yaml::Value::Seq(now.iter().cloned().chain(added).collect());
        self.change(yaml::Path::from(list), &first, |draft, at| {
            if is_there {
                return draft.set(at, &entries);
            }
            draft.insert(&yaml::Path::root(), list, &entries, &lists_before(list))
        })
    }

    /// What a new entry says for `item`, in the notation of the others.
    fn notated(
        &mut self,
        others: &[yaml::Value],
        item: &Item,
        value: &Value,
    ) -> Result<yaml::Value, ApplyError> {
        let field = item.path.field;
        Ok(match field.kind {
            Kind::Html => {
                let file = self.give_file(&item.path, &self.templates(), value, None)?;
                yaml::Value::from(self.relative(&file))
            }
            Kind::File => self.add_file(&item.path)?,
            Kind::Date => self.dated(value, |key| any(others, key)),
            Kind::Json if field.key == "schema" => {
                let like = any(others, field.key).cloned();
                notation::to_yaml(Kind::Json, value, Some(&like.unwrap_or_else(schema)))
            }
            Kind::Int | Kind::Json => notation::to_yaml(field.kind, value, any(others, field.key)),
            kind => notation::to_yaml(kind, value, None),
        })
    }

    /// A date in the notation of those that `beside` finds, else of the challenge's own: the same for
    /// start and end, since quoted and plain dates in one pair make a push fail.
    pub(super) fn dated<'v>(
        &'v self,
        value: &Value,
        beside: impl Fn(&str) -> Option<&'v yaml::Value>,
    ) -> yaml::Value {
        const DATES: [&str; 2] = ["start_date", "end_date"];
        let root = self.draft.root();
        let known = DATES.iter().find_map(|key| beside(key));
        let known = known.or_else(|| DATES.iter().find_map(|key| root.get(key)));
        // JSON knows no dates.
        let is_json =
            self.worktree.document.style(&yaml::Path::root()) == Some(yaml::Style::FlowMapping);
        let quoted = is_json.then(|| yaml::Value::from(""));
        notation::to_yaml(Kind::Date, value, known.or(quoted.as_ref()))
    }

    /// The entries that `list` has already.
    fn others(&self, list: &str) -> &'a [yaml::Value] {
        let entries = self.worktree.document.root().get(list);
        entries.and_then(yaml::Value::as_seq).unwrap_or_default()
    }
}

/// What the last of the entries that has `key` says there: the notation for another.
fn any<'v>(entries: &'v [yaml::Value], key: &str) -> Option<&'v yaml::Value> {
    entries.iter().rev().find_map(|entry| entry.get(key))
}

/// Puts the keys of a new entry in the order of the others; what those do
/// not have stays behind what it stood behind.
fn order_like(order: &[&yaml::Value], pairs: &mut [(yaml::Value, yaml::Value)]) {
    let place_of = |key: &yaml::Value| order.iter().position(|other| *other == key);
    let is_id = |key: &yaml::Value| key.as_str().is_some_and(|key| key.ends_with("id"));
    let keys = || pairs.iter().map(|(key, _)| key);
    let ids = keys().filter(|key| is_id(key)).filter_map(place_of).max();
    let mut last = None;
    let places: Vec<_> = keys()
        .map(|key| {
            let place = place_of(key);
            last = place.or(last);
            place.or(last.max(ids))
        })
        .collect();
    let mut places = places.into_iter();
    pairs.sort_by_cached_key(|_| places.next().flatten());
}

/// The keys of all entries: those of the last in its order, the others behind what they stand behind.
fn order_of(entries: &[yaml::Value]) -> Vec<&yaml::Value> {
    let mut order: Vec<&yaml::Value> = Vec::new();
    for entry in entries.iter().rev() {
        let mut next = 0;
        for (key, _) in entry.as_map().unwrap_or_default() {
            match order.iter().position(|other| *other == key) {
                Some(place) => next = place + 1,
                None => {
                    order.insert(next, key);
                    next += 1;
                }
            }
        }
    }
    order
}

/// A leaderboard's schema, as far as the order of its keys goes: EvalAI has forgotten it, hosts know this one.
fn schema() -> yaml::Value {
    let keys = ["labels", "default_order_by", "metadata"];
    yaml::Value::Map(keys.map(|key| (key.into(), yaml::Value::Null)).to_vec())
}

/// The lists that stand before `list` in EvalAI's own template, nearest first.
fn lists_before(list: &str) -> Vec<&'static str> {
    let lists = [
        Scope::Leaderboard,
        Scope::Phase,
        Scope::DatasetSplit,
        Scope::PhaseSplit,
    ];
    let names = lists.into_iter().filter_map(Scope::list);
    let mut before: Vec<_> = names.take_while(|name| *name != list).collect();
    before.reverse();
    before
}

/// The keys by which EvalAI knows an entry.
fn identity(entity: &Entity) -> Vec<(&'static str, Value)> {
    let pair = |key: &'static str, id: i64| (key, Value::Int(id));
    let phase_id = |key: &'static str, phase: &PhaseId| match phase {
        PhaseId::Number(id) => Some(pair(key, *id)),
        PhaseId::Codename(_) => None,
    };
    match entity {
        Entity::Challenge | Entity::ScriptFile(_) => Vec::new(),
        Entity::Phase(id) => phase_id("id", id).into_iter().collect(),
        Entity::Leaderboard(id) | Entity::DatasetSplit(id) => vec![pair("id", *id)],
        Entity::PhaseSplit(PhaseSplit {
            phase,
            leaderboard,
            dataset_split,
        }) => {
            let phase = phase_id("challenge_phase_id", phase);
            let others = [
                pair("leaderboard_id", *leaderboard),
                pair("dataset_split_id", *dataset_split),
            ];
            phase.into_iter().chain(others).collect()
        }
    }
}
