//! Leaderboards, dataset splits and phase splits, and what of them an approved challenge may not change.

use evalai_sync::yaml::Value;

use super::{Check, Entry, holds, row_of, set_config_id};
use crate::fields::{
    DATASET_SPLIT_FIELDS, Fields, LEADERBOARD_FIELDS, SPLIT_FIELDS, changes, complete_changes,
};
use crate::http::Input;
use crate::push::python::{Crash, contains, get, input, inputs, int, item, shown, truthy};
use crate::state::{self, Row, flag, number};

const LOCKED: &str = "cannot be changed after the challenge is approved by an admin";

/// The keys that name a phase split, in the order of the messages about it.
const IDS: [&str; 3] = ["leaderboard_id", "challenge_phase_id", "dataset_split_id"];

/// The other keys that a phase split must have.
const OTHER_KEYS: [&str; 3] = [
    "is_leaderboard_order_descending",
    "leaderboard_decimal_precision",
    "visibility",
];

/// Leaderboards or dataset splits: what both have, under different names.
struct Entries {
    what: &'static str,
    fields: &'static Fields,
    required: &'static [&'static str],
    /// Whether the row differs from what was approved.
    is_changed: fn(&Check, &Value) -> Result<bool, Crash>,
}

const LEADERBOARD: Entries = Entries {
    what: "leaderboard",
    fields: LEADERBOARD_FIELDS,
    required: &["schema"],
    is_changed: |check, data| check.is_changed_leaderboard(data),
};

const DATASET_SPLIT: Entries = Entries {
    what: "dataset split",
    fields: DATASET_SPLIT_FIELDS,
    required: &["name", "codename"],
    is_changed: |check, data| check.is_changed_dataset_split(data),
};

impl Check<'_> {
    /// A leaderboard or dataset split, and whether its fields are accepted.
    fn entry(&mut self, entries: &Entries, data: &Value) -> Result<(Entry, bool), Crash> {
        let what = entries.what;
        let id = item(data, "id")?;
        let (name, shown_id) = (capitalised(what), shown(id));
        let mut values = inputs(data);
        set_config_id(&mut values, data)?;
        let checked = complete_changes(entries.fields, entries.required, &values);
        if let Err(refused) = &checked {
            self.refuse(format!(
                "ERROR: {name} {shown_id} has these errors:\n {refused}"
            ));
        } else if self.current.approved && (entries.is_changed)(self, data)? {
            self.refuse(format!(
                "ERROR: {name} {shown_id} {LOCKED}. Revert the {what} block to match the \
                 approved configuration or contact support."
            ));
        }
        let entry = Entry {
            id: id.clone(),
            inputs: values,
        };
        Ok((entry, checked.is_ok()))
    }

    pub(super) fn leaderboards(&mut self) -> Result<(), Crash> {
        let leaderboards = self.list("leaderboard")?;
        if leaderboards.is_empty() {
            self.refuse("ERROR: The YAML file has no leaderboard.");
        }
        for data in &leaderboards {
            let faults = leaderboard_faults(data)?;
            if !faults.is_empty() {
                self.errors.extend(faults);
                continue;
            }
            let (entry, accepted) = self.entry(&LEADERBOARD, data)?;
            if accepted {
                self.leaderboard_ids.push(entry.id.clone());
            }
            self.config.leaderboards.push(entry);
        }
        for (id, _) in distinct(&self.current.leaderboards) {
            if !holds(&self.leaderboard_ids, id) {
                self.refuse(format!(
                    "ERROR: The leaderboard with ID {id} is missing. A leaderboard cannot be removed."
                ));
            }
        }
        Ok(())
    }

    /// Whether the schema differs from the approved one; the order of its keys does not count.
    fn is_changed_leaderboard(&self, data: &Value) -> Result<bool, Crash> {
        let Some(row) = row_of(&self.current.leaderboards, int(item(data, "id")?)?) else {
            return Ok(false);
        };
        let sent = match input(item(data, "schema")?) {
            Input::Json(schema) => Some(schema),
            _ => None,
        };
        Ok(row.get("schema") != sent.as_ref())
    }

    pub(super) fn dataset_splits(&mut self) -> Result<(), Crash> {
        let splits = self.list("dataset_splits")?;
        if splits.is_empty() {
            self.refuse("ERROR: The YAML file has no dataset splits.");
        }
        let mut codenames = Vec::new();
        for data in &splits {
            let id = get(data, "id")?.map_or_else(|| "None".to_owned(), shown);
            if !get(data, "name")?.is_some_and(truthy) {
                self.refuse(format!("ERROR: Dataset split {id} has no name."));
            }
            match data.get("codename") {
                None => self.refuse(format!("ERROR: Dataset split {id} has no codename.")),
                Some(codename) if codenames.contains(codename) => {
                    let (codename, name) = (shown(codename), shown(item(data, "name")?));
                    self.refuse(format!(
                        "ERROR: The codename {codename} of dataset split {name} is there twice."
                    ));
                }
                Some(codename) => codenames.push(codename.clone()),
            }
        }
        for data in &splits {
            let (entry, accepted) = self.entry(&DATASET_SPLIT, data)?;
            if accepted {
                self.dataset_split_ids.push(entry.id.clone());
            }
            self.config.dataset_splits.push(entry);
        }
        for (id, _) in distinct(&self.current.dataset_splits) {
            if !holds(&self.dataset_split_ids, id) {
                self.refuse(format!(
                    "ERROR: Dataset split {id} is missing. A dataset split cannot be removed."
                ));
            }
        }
        Ok(())
    }

    /// Whether name or codename differ from the approved ones, letter by letter.
    fn is_changed_dataset_split(&self, data: &Value) -> Result<bool, Crash> {
        let row = row_of(&self.current.dataset_splits, int(item(data, "id")?)?);
        Ok(row.is_some_and(|row| {
            ["name", "codename"]
                .iter()
                .any(|key| data.get(key).and_then(Value::as_str) != Some(state::text(row, key)))
        }))
    }

    pub(super) fn phase_splits(&mut self) -> Result<(), Crash> {
        // The real server goes through the list before it asks whether there is one.
        let splits = match self.root.get("challenge_phase_splits") {
            Some(splits) => crate::push::python::each(splits)?,
            None => return Err(Crash),
        };
        if splits.is_empty() {
            self.refuse("ERROR: The YAML file has no challenge phase splits.");
            return Ok(());
        }
        let mut combinations = Vec::new();
        for data in &splits {
            let combination = ids_of(data)?;
            if combinations.contains(&combination) {
                self.refuse(format!("ERROR: {} is there twice.", named(&combination)));
            }
            combinations.push(combination);
        }
        let mut kept = Vec::new();
        for (place, data) in (1..).zip(&splits) {
            self.phase_split(place, data, &mut kept)?;
        }
        let missing: Vec<[i64; 3]> = self
            .current
            .splits
            .iter()
            .map(|(ids, _)| *ids)
            .filter(|ids| !kept.contains(ids))
            .collect();
        for ids in missing {
            let named = named(&ids.map(Value::Int));
            self.refuse(format!(
                "ERROR: {named} is missing. A challenge phase split cannot be removed."
            ));
        }
        self.config.phase_splits = splits;
        Ok(())
    }

    fn phase_split(
        &mut self,
        place: usize,
        data: &Value,
        kept: &mut Vec<[i64; 3]>,
    ) -> Result<(), Crash> {
        let missing: Vec<&str> = OTHER_KEYS
            .into_iter()
            .filter(|key| data.get(key).is_none())
            .collect();
        if !missing.is_empty() {
            let missing = missing.join(", ");
            self.refuse(format!(
                "ERROR: Challenge phase split {place} lacks {missing}."
            ));
            return Ok(());
        }
        let ids = ids_of(data)?;
        if !self.current.splits.is_empty() {
            self.known_or_new(data, &ids, kept)?;
        }
        for (id, known, what) in [
            (&ids[0], &self.leaderboard_ids, "leaderboard"),
            (&ids[1], &self.phase_ids, "phase"),
            (&ids[2], &self.dataset_split_ids, "dataset split"),
        ] {
            if !known.contains(id) {
                let id = shown(id);
                self.errors.push(format!(
                    "ERROR: Challenge phase split {place} names the {what} {id}, which is not there."
                ));
            }
        }
        if let Err(refused) = changes(SPLIT_FIELDS, &inputs(data)) {
            self.refuse(format!(
                "ERROR: Challenge phase split {place} has these errors:\n {refused}"
            ));
        }
        Ok(())
    }

    /// A split that is there already may be locked; a new one needs a new phase.
    fn known_or_new(
        &mut self,
        data: &Value,
        ids: &[Value; 3],
        kept: &mut Vec<[i64; 3]>,
    ) -> Result<(), Crash> {
        let numbers = [int(&ids[0])?, int(&ids[1])?, int(&ids[2])?];
        let known = self
            .current
            .splits
            .iter()
            .find(|(known, _)| *known == numbers);
        if let Some((_, row)) = known {
            if self.current.approved && is_changed(row, data)? {
                self.refuse(format!(
                    "ERROR: {} {LOCKED}. Revert visibility / ordering fields to match the \
                     approved configuration or contact support.",
                    named(ids)
                ));
            }
            kept.push(numbers);
        } else if self.current.phases.contains(&numbers[1]) {
            self.refuse(format!(
                "ERROR: {} is new, but its phase is not. Only a new phase can have new splits.",
                named(ids)
            ));
        } else {
            kept.push(numbers);
        }
        Ok(())
    }
}

fn capitalised(word: &str) -> String {
    let (first, rest) = word.split_at(1);
    first.to_uppercase() + rest
}

/// The rows without repetitions: a row comes once for each phase split that shows it.
fn distinct(rows: &[(i64, Row)]) -> Vec<(i64, Row)> {
    let mut distinct: Vec<(i64, Row)> = Vec::new();
    for (id, row) in rows {
        if !distinct.iter().any(|(known, _)| known == id) {
            distinct.push((*id, row.clone()));
        }
    }
    distinct
}

fn leaderboard_faults(data: &Value) -> Result<Vec<String>, Crash> {
    data.as_map().ok_or(Crash)?;
    let mut faults = Vec::new();
    let id = get(data, "id")?.map_or_else(|| "None".to_owned(), shown);
    if data.get("id").is_none() {
        faults.push("ERROR: A leaderboard has no ID.".to_owned());
    }
    let Some(schema) = data.get("schema") else {
        faults.push(format!(
            "ERROR: The leaderboard with ID {id} has no schema."
        ));
        return Ok(faults);
    };
    let has_labels = contains(schema, "labels")?;
    if !has_labels {
        faults.push(format!(
            "ERROR: The schema of leaderboard {id} has no labels."
        ));
    }
    if !contains(schema, "default_order_by")? {
        faults.push(format!(
            "ERROR: The schema of leaderboard {id} has no default_order_by."
        ));
    } else if has_labels {
        let order = item(schema, "default_order_by")?;
        let is_label = match item(schema, "labels")? {
            Value::Seq(labels) => labels.contains(order),
            labels => contains(labels, order.as_str().ok_or(Crash)?)?,
        };
        if !is_label {
            let order = shown(order);
            faults.push(format!(
                "ERROR: The default_order_by {order} of leaderboard {id} is none of its labels."
            ));
        }
    }
    Ok(faults)
}

fn ids_of(data: &Value) -> Result<[Value; 3], Crash> {
    let [leaderboard, phase, split] = IDS.map(|key| item(data, key).cloned());
    Ok([leaderboard?, phase?, split?])
}

fn named(ids: &[Value; 3]) -> String {
    let [leaderboard, phase, split] = ids.each_ref().map(shown);
    format!(
        "Challenge phase split (leaderboard_id: {leaderboard}, challenge_phase_id: {phase}, \
         dataset_split_id: {split})"
    )
}

fn is_changed(row: &Row, data: &Value) -> Result<bool, Crash> {
    for key in ["visibility", "leaderboard_decimal_precision"] {
        if i64::try_from(number(row, key)) != Ok(int(item(data, key)?)?) {
            return Ok(true);
        }
    }
    let order = "is_leaderboard_order_descending";
    Ok(flag(row, order) != truthy(item(data, order)?))
}
