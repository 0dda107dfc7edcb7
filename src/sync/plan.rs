//! The plan: what a sync does about every field, before it does anything.

use std::collections::{BTreeMap, BTreeSet};

use super::decision::{Decision, Tiebreak, decide_reading};
use crate::action::{FirstSync, Strategies};
use crate::challenge::catalogue::{Disclosure, Scope};
use crate::challenge::path::{Entity, FieldPath, PhaseId};
use crate::challenge::pattern::Patterns;
use crate::challenge::side::{Reading, Side};
use crate::challenge::value::Value;
use crate::evalai::Held;

/// What the phases of an import say even if it is the default: hosts look for it there.
const SPELLED_OUT: [&str; 6] = [
    "leaderboard_public",
    "is_public",
    "is_submission_public",
    "max_submissions_per_month",
    "is_restricted_to_select_one_submission",
    "is_partial_submission_evaluation_enabled",
];

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
    /// Both sides' changes in one value, where that is what is done.
    pub merged: Option<Reading>,
}

/// What the host chose for the cases that facts alone do not decide.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Policy {
    /// For conflicts.
    pub strategies: Strategies,
    /// For fields without a base.
    pub first_sync: FirstSync,
}

impl Item {
    /// What the repository gets if the decision is to write something.
    #[must_use]
    pub fn written(&self) -> &Reading {
        self.merged.as_ref().unwrap_or(&self.evalai)
    }

    /// EvalAI takes no other value for it once the challenge is approved.
    #[must_use]
    pub fn field_is_locked(&self) -> bool {
        self.path.field.locked
    }

    /// The base once the decision is carried out and has reached the branch.
    #[must_use]
    pub fn base_after(&self) -> Option<&Value> {
        // What not everybody may see and the repository does not keep has no
        // place in the record either; nor has the absence of a file from a
        // script that never had it.
        let withheld =
            self.path.field.disclosure != Disclosure::Public && self.repository == Reading::Absent;
        let never_there = self.path.field.scope == Scope::ScriptFile && self.base.is_none();
        let nothing = self.evalai.value() == Some(&Value::Null);
        if (withheld && !self.decision.writes()) || (never_there && nothing) {
            return None;
        }
        let agreed = self.evalai.value().filter(|_| self.decision.moves_base());
        agreed.or(self.base.as_ref())
    }
}

/// What a sync does about all fields, in the catalogue's order.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Plan {
    /// Each field that both sides know, or that EvalAI has in something the
    /// configuration has no entry for.
    pub items: Vec<Item>,
    /// What the configuration has and EvalAI does not: it is ahead.
    pub only_in_repository: Vec<Entity>,
    /// What EvalAI has, and the configuration had until a host took it out:
    /// EvalAI cannot delete it by a push.
    pub taken_out: Vec<Entity>,
    /// The fields on which the two sides do not agree, and that were not asked for.
    pub set_aside: Vec<Item>,
}

impl Plan {
    /// The fields that get another value in the repository.
    pub fn written(&self) -> impl Iterator<Item = &Item> {
        self.items.iter().filter(|item| item.decision.writes())
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

    /// The fields that changed on both sides and wait for a person.
    pub fn conflicts_left(&self) -> impl Iterator<Item = &Item> {
        self.items
            .iter()
            .filter(|item| item.decision == Decision::ConflictOpen)
    }

    /// Whether the configuration has no entry for `entity` yet.
    #[must_use]
    pub fn is_new(&self, entity: &Entity) -> bool {
        // The items of one entity stand together.
        let first = self
            .items
            .partition_point(|item| item.path.entity < *entity);
        let mut items = self.items[first..]
            .iter()
            .take_while(|item| item.path.entity == *entity);
        entity.scope().list().is_some() && items.all(|item| item.repository == Reading::Absent)
    }

    /// True if nothing in the branch is still on its way to EvalAI or
    /// undecided, so that the branch's history up to now need not be looked at again.
    #[must_use]
    pub fn is_settled(&self) -> bool {
        self.set_aside.is_empty() && self.items.iter().all(|item| item.decision.settles())
    }

    /// The same plan for the fields that `asked` names. What both sides agree
    /// on stays, and an entry that is new is asked for as a whole.
    #[must_use]
    pub fn only(mut self, asked: &Patterns) -> Self {
        let entries: BTreeSet<Entity> = self
            .items
            .iter()
            .filter(|item| asked.matches(&item.path))
            .map(|item| item.path.entity.clone())
            .filter(|entity| self.is_new(entity))
            .collect();
        let (kept, aside) = self.items.into_iter().partition(|item| {
            item.decision == Decision::InSync
                || asked.matches(&item.path)
                || entries.contains(&item.path.entity)
        });
        (self.items, self.set_aside) = (kept, aside);
        self
    }

    /// What the record may know of this plan while all that it writes is only
    /// proposed: of that, nothing is agreed.
    #[must_use]
    pub fn while_proposed(&self) -> Self {
        let known = |item: &Item| {
            let decision = match item.decision {
                Decision::FirstSyncTaken => Decision::FirstSyncOpen,
                // Of an entry that is not in the branch yet, nothing is agreed either.
                decision if decision.writes() || self.is_new(&item.path.entity) => return None,
                decision => decision,
            };
            Some(Item {
                decision,
                ..item.clone()
            })
        };
        Self {
            items: self.items.iter().filter_map(known).collect(),
            ..self.clone()
        }
    }

    /// The bases once the plan is carried out and has reached the branch.
    /// Bases of what either side lacks now are kept: it may return.
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

/// What a plan is made from.
#[derive(Debug, Clone, Copy)]
pub struct Situation<'a> {
    /// What EvalAI holds.
    pub evalai: &'a Held,
    /// What the repository holds.
    pub repository: &'a Side,
    /// The value on which both last agreed, for each field; `None` if nothing is recorded.
    pub bases: Option<&'a BTreeMap<FieldPath, Value>>,
    /// The fields that have waited for the host to choose since an earlier run, by name.
    pub open: &'a BTreeSet<String>,
    /// What the repository said at each commit of the branch since the last
    /// sync (that sync's commit included); it matters only where [`contested`].
    pub past: &'a [Side],
    /// What merging gave for fields of which both changes are wanted and do
    /// not overlap; it matters only where [`contested`].
    pub merges: &'a BTreeMap<FieldPath, Value>,
    /// What the host chose.
    pub policy: &'a Policy,
    /// The fields that the host asked to be kept in the repository, whoever may see them.
    pub include: &'a Patterns,
    /// Whatever anybody may see is to be kept in the repository, too: an import.
    pub everything: bool,
}

/// Decides every field.
#[must_use]
pub fn plan(situation: Situation<'_>) -> Plan {
    let Situation {
        evalai,
        repository,
        bases,
        ..
    } = situation;
    let known = situation
        .repository
        .iter()
        .filter_map(|(path, reading)| item(situation, path, reading));
    let mut plan = Plan {
        items: known.collect(),
        ..Plan::default()
    };
    let (here, there) = (repository.entities(), evalai.side.entities());
    let recorded = bases.into_iter().flat_map(BTreeMap::keys);
    let recorded: BTreeSet<&Entity> = recorded.map(|path| &path.entity).collect();
    for entity in there.difference(&here).copied() {
        // A split is written with its phase's id, which a phase made through the API may lack.
        if matches!(entity, Entity::PhaseSplit(split) if matches!(split.phase, PhaseId::Codename(_)))
        {
            continue;
        }
        if recorded.contains(entity) {
            plan.taken_out.push(entity.clone());
        } else {
            plan.items.extend(new_entry(situation, entity));
        }
    }
    let told = here
        .difference(&there)
        .filter(|entity| evalai.lists.contains(&entity.scope()));
    plan.only_in_repository.extend(told.copied().cloned());
    plan.items.sort_by(|a, b| a.path.cmp(&b.path));
    plan
}

fn item(situation: Situation<'_>, path: &FieldPath, reading: &Reading) -> Option<Item> {
    let Situation {
        evalai,
        bases,
        past,
        merges,
        policy,
        include,
        everything,
        ..
    } = situation;
    let evalai_reading = evalai.side.get(path)?;
    let held = evalai_reading.value();
    let is_open = situation.open.contains(&path.to_string());
    let base = bases.and_then(|bases| match bases.get(path) {
        None if !is_open => absent_so_far(path, held, bases),
        base => base,
    });
    let from_here = held.is_some() && past.iter().any(|side| side.value(path) == held);
    let included = include.matches(path) || (everything && is_importable(path));
    let tiebreak = Tiebreak {
        from_here,
        merged: merges.get(path),
        winner: policy.strategies.winner(path),
        first_sync: policy.first_sync,
    };
    let decided = decide_reading(path, &evalai.side, reading, base, included, tiebreak);
    let nothing_here = matches!(reading, Reading::Absent | Reading::Value(Value::Null));
    let decision = match decided {
        // Both sides have agreed since, and the repository says nothing of this: it is new on
        // EvalAI, or new among what the host asks for.
        Decision::FirstSyncOpen if bases.is_some() && nothing_here && !is_open => {
            Decision::EvalAiChanged
        }
        decided => decided,
    };
    let merged = merges
        .get(path)
        .filter(|_| decision == Decision::ConflictMerged);
    Some(Item {
        path: path.clone(),
        evalai: evalai_reading.clone(),
        repository: reading.clone(),
        base: base.cloned(),
        decision,
        merged: merged.cloned().map(Reading::Value),
    })
}

/// A push with sponsors fails every time but the first.
fn is_importable(path: &FieldPath) -> bool {
    path.field.disclosure == Disclosure::Public && path.field.key != "sponsors"
}

/// A file that came into a script on which both sides once agreed: neither had it then.
fn absent_so_far<'a>(
    path: &FieldPath,
    held: Option<&Value>,
    bases: &BTreeMap<FieldPath, Value>,
) -> Option<&'a Value> {
    let is_file = |path: &FieldPath| path.field.scope == Scope::ScriptFile;
    let is_held = is_file(path) && matches!(held, Some(Value::File(_)));
    (is_held && bases.keys().any(is_file)).then_some(&Value::Null)
}

/// The fields of something that the configuration has no entry for. Those
/// that an absent key stands for anyway stay absent in the new entry, too.
fn new_entry(situation: Situation<'_>, entity: &Entity) -> Vec<Item> {
    let side = &situation.evalai.side;
    let fields: Vec<_> = side.of(entity).collect();
    // An entry waits, or is written, as a whole.
    let waits = fields
        .iter()
        .any(|(path, _)| situation.open.contains(&path.to_string()));
    let decision = match (situation.bases, situation.policy.first_sync) {
        (Some(_), _) if !waits => Decision::EvalAiChanged,
        (_, FirstSync::Commit) => Decision::FirstSyncTaken,
        (_, FirstSync::Stop | FirstSync::PullRequest) => Decision::FirstSyncOpen,
    };
    let is_needed = |path: &FieldPath, value: &Value| {
        let may_be_seen =
            path.field.disclosure == Disclosure::Public || situation.include.matches(path);
        let spelled_out = situation.everything && SPELLED_OUT.contains(&path.field.key);
        may_be_seen && (spelled_out || side.default_of(path).as_ref() != Some(value))
    };
    let items = fields.into_iter().map(|(path, reading)| Item {
        path: path.clone(),
        evalai: reading.clone(),
        repository: Reading::Absent,
        base: None,
        decision: match reading {
            Reading::Value(value) if is_needed(path, value) => decision,
            _ => Decision::InSync,
        },
        merged: None,
    });
    // Of an entry that is not written, nothing is agreed.
    items
        .filter(|item| decision.writes() || item.decision == decision)
        .collect()
}

/// True if some field changed on both sides, so that the branch's history
/// since the last sync decides: EvalAI may have got its value from there.
#[must_use]
pub fn contested(plan: &Plan) -> bool {
    plan.items.iter().any(|item| item.decision.is_conflict())
}
