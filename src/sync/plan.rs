//! The plan: what a sync does about every field, before it does anything.

use std::collections::{BTreeMap, BTreeSet};

use super::decision::{Decision, Policy, decide_reading};
use crate::challenge::catalogue::Disclosure;
use crate::challenge::path::{FieldPath, PhaseId};
use crate::challenge::side::{Reading, Side};
use crate::challenge::value::Value;

/// What a sync does about one field.
#[derive(Debug, Clone, PartialEq)]
pub struct Item {
    /// The field.
    pub path: FieldPath,
    /// What EvalAI holds.
    pub evalai: Reading,
    /// What the repository holds.
    pub repository: Reading,
    /// The value on which both last agreed.
    pub base: Option<Value>,
    /// What is done, and why.
    pub decision: Decision,
}

impl Item {
    /// The base once the decision is carried out and has reached the branch.
    #[must_use]
    pub fn base_after(&self) -> Option<&Value> {
        // Personal data that the repository does not keep has no place in the record either.
        if self.path.field.disclosure == Disclosure::Personal && self.repository == Reading::Absent
        {
            return None;
        }
        let agreed = self.evalai.value().filter(|_| self.decision.moves_base());
        agreed.or(self.base.as_ref())
    }
}

/// What a sync does about all fields, in the catalogue's order.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Plan {
    /// Each field that both sides know.
    pub items: Vec<Item>,
    /// Phases that EvalAI has and the configuration does not.
    pub only_on_evalai: Vec<PhaseId>,
    /// Phases that the configuration has and EvalAI does not: they are ahead.
    pub only_in_repository: Vec<PhaseId>,
}

impl Plan {
    /// The fields whose value EvalAI's replaces.
    pub fn taken(&self) -> impl Iterator<Item = &Item> {
        self.items
            .iter()
            .filter(|item| item.decision.takes_evalai())
    }

    /// The fields in which the repository is ahead.
    pub fn ahead(&self) -> impl Iterator<Item = &Item> {
        self.items.iter().filter(|item| item.decision.is_ahead())
    }

    /// The fields that wait for the host to choose (`first-sync`).
    pub fn open(&self) -> impl Iterator<Item = &Item> {
        self.items
            .iter()
            .filter(|item| item.decision == Decision::FirstSyncOpen)
    }

    /// True if nothing in the branch is still on its way to EvalAI or
    /// undecided, so that the branch's history up to now need not be looked at again.
    #[must_use]
    pub fn is_settled(&self) -> bool {
        self.ahead().next().is_none() && self.open().next().is_none()
    }

    /// The bases once the plan is carried out and has reached the branch.
    /// Bases of phases that either side lacks now are kept: they may return.
    #[must_use]
    pub fn bases_after(&self, before: &BTreeMap<FieldPath, Value>) -> BTreeMap<FieldPath, Value> {
        let mut bases = before.clone();
        for item in &self.items {
            match item.base_after() {
                Some(value) => bases.insert(item.path.clone(), value.clone()),
                None => bases.remove(&item.path),
            };
        }
        bases
    }
}

/// Decides every field.
///
/// `past` is what the repository said at each commit of the branch since the
/// last sync (that sync's commit included); see [`contested`].
#[must_use]
pub fn plan(
    evalai: &Side,
    repository: &Side,
    bases: &BTreeMap<FieldPath, Value>,
    past: &[Side],
    policy: Policy,
) -> Plan {
    let items = repository.iter().filter_map(|(path, reading)| {
        let evalai_reading = evalai.get(path)?;
        let base = bases.get(path);
        let held = evalai_reading.value();
        let from_here = held.is_some() && past.iter().any(|side| side.value(path) == held);
        let decision = decide_reading(path, evalai, reading, base, from_here, policy);
        Some(Item {
            path: path.clone(),
            evalai: evalai_reading.clone(),
            repository: reading.clone(),
            base: base.cloned(),
            decision,
        })
    });
    let (here, there) = (phases(repository), phases(evalai));
    Plan {
        items: items.collect(),
        only_on_evalai: there.difference(&here).cloned().collect(),
        only_in_repository: here.difference(&there).cloned().collect(),
    }
}

/// True if some field changed on both sides, so that the branch's history
/// since the last sync decides: EvalAI may have got its value from there.
#[must_use]
pub fn contested(plan: &Plan) -> bool {
    plan.items.iter().any(|item| item.decision.is_conflict())
}

fn phases(side: &Side) -> BTreeSet<PhaseId> {
    side.iter()
        .filter_map(|(path, _)| path.phase.clone())
        .collect()
}
