//! The phases.

use evalai_sync::yaml::Value;

use super::challenge::UNPACKED;
use super::{Check, Inputs, Phase, holds, set, set_config_id};
use crate::fields::{PHASE_FIELDS, complete_changes};
use crate::http::Input;
use crate::push::archive::{has_extension, resolved};
use crate::push::python::{Crash, each, get, inputs, item, shown, text, truthy};

/// The fields that a phase cannot do without.
pub(in crate::push) const REQUIRED: [&str; 3] = ["name", "description", "codename"];

impl Check<'_> {
    pub(super) fn phases(&mut self) -> Result<(), Crash> {
        let phases = self.list("challenge_phases")?;
        if phases.is_empty() {
            self.refuse("ERROR: The YAML file has no challenge phases.");
            return Ok(());
        }
        let mut codenames = Vec::new();
        for data in &phases {
            self.codename(data, &mut codenames)?;
            let phase = self.phase(data)?;
            match complete_changes(PHASE_FIELDS, &REQUIRED, &phase.inputs) {
                Ok(_) => self.phase_ids.push(phase.id.clone()),
                Err(refused) => {
                    let id = shown(&phase.id);
                    self.refuse(format!(
                        "ERROR: Challenge phase {id} has these errors:\n {refused}"
                    ));
                }
            }
            self.config.phases.push(phase);
        }
        for id in self.current.phases.clone() {
            if !holds(&self.phase_ids, id) {
                self.refuse(format!(
                    "ERROR: Challenge phase {id} is missing. A phase cannot be removed."
                ));
            }
        }
        Ok(())
    }

    fn codename(&mut self, data: &Value, known: &mut Vec<Value>) -> Result<(), Crash> {
        data.as_map().ok_or(Crash)?;
        match data.get("codename") {
            None => self.refuse("ERROR: A challenge phase has no codename."),
            Some(codename) if known.contains(codename) => {
                let (codename, name) = (shown(codename), shown(item(data, "name")?));
                self.refuse(format!(
                    "ERROR: The codename {codename} of phase {name} is there twice."
                ));
            }
            Some(codename) => known.push(codename.clone()),
        }
        Ok(())
    }

    fn phase(&mut self, data: &Value) -> Result<Phase, Crash> {
        let mut values = inputs(data);
        let annotated = self.annotation(data, &mut values)?;
        if get(data, "max_submissions_per_month")?.is_none() {
            let most = get(data, "max_submissions")?;
            let most = most.map_or(
                Input::Json(serde_json::Value::Null),
                crate::push::python::input,
            );
            set(&mut values, "max_submissions_per_month", most);
        }
        self.description(data, &mut values)?;
        let yes = |key| Ok(get(data, key)?.is_some_and(truthy));
        if yes("is_submission_public")? && yes("is_restricted_to_select_one_submission")? {
            let name = shown(item(data, "name")?);
            self.refuse(format!(
                "ERROR: Submissions of phase {name} cannot be public where only one can be selected."
            ));
        }
        let id = get(data, "id")?.map_or_else(|| "None".to_owned(), shown);
        self.dates(data, &format!(" in challenge phase {id}"))?;
        self.meta_attributes(data)?;
        set_config_id(&mut values, data)?;
        Ok(Phase {
            id: item(data, "id")?.clone(),
            codename: data.get("codename").cloned().unwrap_or(Value::Null),
            inputs: values,
            annotated,
        })
    }

    /// Whether there are annotations, which then become the phase's.
    fn annotation(&mut self, data: &Value, values: &mut Inputs) -> Result<bool, Crash> {
        let Some(path) = get(data, "test_annotation_file")?.filter(|path| truthy(path)) else {
            return Ok(false);
        };
        let path = text(path)?;
        if let (Ok(Some(bytes)), Ok(path)) = (self.archive.file(path), resolved(path)) {
            let input = Input::File {
                name: format!("{UNPACKED}{path}"),
                bytes: bytes.clone(),
            };
            set(values, "test_annotation", input);
            return Ok(true);
        }
        let name = shown(item(data, "name")?);
        self.refuse(format!(
            "ERROR: The annotations of challenge phase {name} are not in the zip file."
        ));
        Ok(false)
    }

    /// A path to anything but an HTML file in the zip counts as null.
    fn description(&mut self, data: &Value, values: &mut Inputs) -> Result<(), Crash> {
        let Some(path) = get(data, "description")?.filter(|path| truthy(path)) else {
            let name = shown(item(data, "name")?);
            self.refuse(format!("ERROR: Phase {name} has no description."));
            return Ok(());
        };
        let path = text(path)?;
        let html = match (self.archive.file(path), resolved(path)) {
            (Ok(Some(bytes)), Ok(path)) if has_extension(&path, "html") => {
                std::str::from_utf8(bytes).map_err(|_| Crash)?.into()
            }
            _ => serde_json::Value::Null,
        };
        set(values, "description", Input::Json(html));
        Ok(())
    }

    fn meta_attributes(&mut self, data: &Value) -> Result<(), Crash> {
        let Some(attributes) = get(data, "submission_meta_attributes")? else {
            return Ok(());
        };
        if !truthy(attributes) {
            return Ok(());
        }
        for attribute in each(attributes)? {
            attribute.as_map().ok_or(Crash)?;
            let missing: Vec<&str> = ["name", "description", "type"]
                .into_iter()
                .filter(|key| attribute.get(key).is_none())
                .collect();
            let id = shown(item(data, "id")?);
            if !missing.is_empty() {
                let missing = missing.join(", ");
                self.refuse(format!(
                    "ERROR: A submission attribute of challenge phase {id} lacks {missing}."
                ));
                continue;
            }
            match item(&attribute, "type")?.as_str() {
                Some("boolean" | "text") => {}
                Some("radio" | "checkbox") => {
                    if !get(&attribute, "options")?.is_some_and(truthy) {
                        self.refuse(format!(
                            "ERROR: A submission attribute of challenge phase {id} has no options."
                        ));
                    }
                }
                _ => self.refuse(format!(
                    "ERROR: A submission attribute of challenge phase {id} has an unknown type."
                )),
            }
        }
        Ok(())
    }
}
