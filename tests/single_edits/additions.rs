//! What EvalAI has and the configuration does not: an entry is added to its list.

use evalai_sync::challenge::Value;
use evalai_sync::challenge::catalogue::{Field, Scope};
use evalai_sync::challenge::path::{Entity, FieldPath, PhaseId, PhaseSplit};
use evalai_sync::challenge::side::{Reading, Side};
use evalai_sync::evalai::Held;
use serde_json::{Value as Json, json};

use crate::memory::phase_key;

/// One more phase, leaderboard, dataset split or phase split for EvalAI to hold.
pub(crate) struct Addition {
    pub(crate) entity: Entity,
    pub(crate) fields: Vec<(FieldPath, Value)>,
}

impl Addition {
    /// With an id that `side` does not have.
    pub(crate) fn to(side: &Side, scope: Scope) -> Self {
        let phase = phases(side).last().map_or(1, |id| id + 1);
        let (entity, fields) = match scope {
            Scope::Phase => (
                Entity::Phase(PhaseId::Number(phase)),
                json!({
                    "name": "Final: Phase",
                    "description": "<p>The last one.</p>",
                    "leaderboard_public": true,
                    "is_public": true,
                    "start_date": "2031-01-02T03:04:05Z",
                    "end_date": "2031-02-03T00:00:00Z",
                    "codename": "final",
                    "max_submissions_per_day": 5,
                    "max_submissions_per_month": 20,
                    "max_submissions": 100,
                    "submission_meta_attributes": [
                        {"name": "team", "type": "text", "required": true, "description": "Who: you"},
                        {"name": "kind", "type": "radio", "options": ["a", "b"]},
                    ],
                    "allowed_submission_file_types": ".json, .csv",
                }),
            ),
            Scope::Leaderboard => (
                Entity::Leaderboard(last(side, |entity| match entity {
                    Entity::Leaderboard(id) => Some(*id),
                    _ => None,
                })),
                // The order in which EvalAI's database gives keys: by length, then by letter.
                json!({"schema": {
                    "labels": ["Accuracy", "F1: mean"],
                    "metadata": {"Accuracy": {"description": "Higher is better", "sort_ascending": false}},
                    "default_order_by": "Accuracy",
                }}),
            ),
            Scope::DatasetSplit => (
                Entity::DatasetSplit(last(side, |entity| match entity {
                    Entity::DatasetSplit(id) => Some(*id),
                    _ => None,
                })),
                json!({"name": "Final Split", "codename": "final_split"}),
            ),
            _ => (
                Entity::PhaseSplit(PhaseSplit {
                    phase: PhaseId::Number((phase - 1).max(1)),
                    leaderboard: 71,
                    dataset_split: 81,
                }),
                json!({
                    "visibility": 3,
                    "leaderboard_decimal_precision": 2,
                    "is_leaderboard_order_descending": true,
                }),
            ),
        };
        Self::of(entity, &fields)
    }

    fn of(entity: Entity, fields: &Json) -> Self {
        let value = |(key, json): (&String, &Json)| {
            let field = Field::find(entity.scope(), key).expect("a field");
            let value = Value::from_json(field.kind, json).expect("a value");
            (FieldPath::of(entity.clone(), field), value)
        };
        let fields = fields.as_object().expect("fields");
        Self {
            fields: fields.iter().map(value).collect(),
            entity,
        }
    }

    /// `evalai` with it; what it does not tell is as a push leaves it.
    pub(crate) fn joins(&self, evalai: &Held) -> Held {
        let mut now = evalai.clone();
        let put = |side: &mut Side, path: &FieldPath, value: &Value| {
            side.put(path.clone(), Reading::Value(value.clone()));
        };
        for (path, value) in &self.fields {
            put(&mut now.side, path, value);
        }
        for field in Field::of(self.entity.scope()) {
            let path = FieldPath::of(self.entity.clone(), field);
            let default = now.side.default_of(&path);
            if let (None, Some(default)) = (now.side.get(&path), default) {
                put(&mut now.side, &path, &default);
            }
        }
        now.phases.extend(phase_key(&self.entity));
        now
    }
}

/// The ids of the phases, the greatest last.
fn phases(side: &Side) -> Vec<i64> {
    let id = |entity: &Entity| match entity {
        Entity::Phase(PhaseId::Number(id)) => Some(*id),
        _ => None,
    };
    side.entities().into_iter().filter_map(id).collect()
}

fn last(side: &Side, id: impl Fn(&Entity) -> Option<i64>) -> i64 {
    let ids = side.entities().into_iter().filter_map(id);
    ids.max().unwrap_or(0) + 1
}
