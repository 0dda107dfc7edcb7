//! The challenge's own fields: title, logo, HTML files, evaluation script, dates.

use evalai_sync::yaml::Value;

use super::{Check, set};
use crate::fields::{CHALLENGE_FIELDS, Change, Refused, complete_changes};
use crate::http::Input;
use crate::push::archive::{Outside, has_extension, resolved};
use crate::push::python::{Crash, get, greater, inputs, len, text, truthy};
use crate::state;

/// Where the real server unpacks a zip; the length counts, since the names of files must not be too long.
pub(super) const UNPACKED: &str = "/tmp/tmp01234567/0123456789/";

impl Check<'_> {
    pub(super) fn challenge(&mut self) -> Result<(), Crash> {
        self.config.challenge = inputs(self.root);
        self.title()?;
        self.logo()?;
        for field in [
            "description",
            "evaluation_details",
            "terms_and_conditions",
            "submission_guidelines",
        ] {
            self.html(field)?;
        }
        self.script()?;
        self.dates(self.root, "")?;
        if self.errors.is_empty() {
            self.serialized();
        }
        Ok(())
    }

    fn title(&mut self) -> Result<(), Crash> {
        match get(self.root, "title")? {
            Some(title) if truthy(title) => len(title).map(drop),
            _ => {
                self.refuse("The challenge has no title.");
                Ok(())
            }
        }
    }

    /// A logo that is none of the known images, or is not there, is found to be no file later on.
    fn logo(&mut self) -> Result<(), Crash> {
        let Some(image) = get(self.root, "image")?.filter(|image| truthy(image)) else {
            return Ok(());
        };
        let path = text(image)?;
        let known = ["jpg", "jpeg", "png"]
            .iter()
            .any(|extension| has_extension(path, extension));
        if let (true, Ok(Some(bytes))) = (known, self.archive.file(path)) {
            let input = Input::File {
                name: path.to_owned(),
                bytes: bytes.clone(),
            };
            set(&mut self.config.challenge, "image", input);
        }
        Ok(())
    }

    fn html(&mut self, field: &str) -> Result<(), Crash> {
        let Some(path) = get(self.root, field)?.filter(|path| truthy(path)) else {
            self.refuse(format!("The challenge has no {field}."));
            return Ok(());
        };
        len(path)?;
        let path = text(path)?;
        let refusal = match (resolved(path), self.archive.file(path)) {
            (Ok(path), Ok(Some(bytes))) if has_extension(&path, "html") => {
                let html = std::str::from_utf8(bytes).map_err(|_| Crash)?;
                set(&mut self.config.challenge, field, Input::Json(html.into()));
                return Ok(());
            }
            (Ok(_), Ok(Some(_))) => format!("The file for {field} is no HTML file."),
            (Ok(_), Ok(None)) => format!("The file for {field} is not in the zip file."),
            (Err(Outside), _) | (_, Err(Outside)) => {
                format!("The path for {field} leads out of the zip file.")
            }
        };
        self.refuse(refusal);
        Ok(())
    }

    fn script(&mut self) -> Result<(), Crash> {
        let Some(path) = get(self.root, "evaluation_script")?.filter(|path| truthy(path)) else {
            self.refuse("ERROR: The YAML file has no key for the evaluation script.");
            return Ok(());
        };
        let path = text(path)?;
        if !has_extension(path, "zip") {
            self.refuse("ERROR: The evaluation script is no zip file.");
            return Ok(());
        }
        match self.archive.file(path) {
            Ok(Some(bytes)) => {
                let input = Input::File {
                    name: format!("{UNPACKED}{path}"),
                    bytes: bytes.clone(),
                };
                set(&mut self.config.challenge, "evaluation_script", input);
            }
            _ => self.refuse("ERROR: The evaluation script is not in the zip file."),
        }
        Ok(())
    }

    /// Both dates must be there, and be of one kind, or they cannot be compared.
    pub(super) fn dates(&mut self, data: &Value, place: &str) -> Result<(), Crash> {
        let given = |key| Ok(get(data, key)?.filter(|date| truthy(date)));
        match (given("start_date")?, given("end_date")?) {
            (Some(start), Some(end)) => {
                if greater(start, end)? {
                    self.refuse(format!(
                        "ERROR: The start date is after the end date{place}."
                    ));
                }
            }
            _ => self.refuse(format!(
                "ERROR: The start_date or end_date is missing{place}."
            )),
        }
        Ok(())
    }

    fn serialized(&mut self) {
        if !self.repository.is_empty() {
            let repository = Input::Json(self.repository.into());
            set(&mut self.config.challenge, "github_repository", repository);
        }
        let changes = complete_changes(CHALLENGE_FIELDS, &["title"], &self.config.challenge);
        let refused = match changes {
            Ok(changes) => Self::no_image(&changes).or_else(|| self.taken_slug(&changes)),
            Err(refused) => Some(refused),
        };
        if let Some(refused) = refused {
            self.refuse(format!("ERROR: The challenge has these errors: {refused}."));
        }
    }

    /// A logo must be an image. (The API wants that of an edit as well, but the recordings of edits do not hold their
    /// images, so that the stand-in takes those unseen.)
    fn no_image(changes: &[(&str, Change)]) -> Option<Refused> {
        const BEGINNINGS: [&[u8]; 4] = [b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF8", b"BM"];
        let logo = changes.iter().find_map(|(field, change)| match change {
            Change::Upload { bytes, .. } if *field == "image" => Some(bytes),
            _ => None,
        })?;
        let is_image = BEGINNINGS.iter().any(|start| logo.starts_with(start));
        (!is_image).then(|| Refused::of("image", "invalid_image", "Upload a valid image."))
    }

    /// A slug counts for nothing in the end, but no challenge may have it, not even this one.
    fn taken_slug(&self, changes: &[(&str, Change)]) -> Option<Refused> {
        let slug = changes.iter().find_map(|(field, change)| match change {
            Change::Set(value) if *field == "slug" => value.as_str(),
            _ => None,
        })?;
        let mut rows = self.state.challenges.values();
        rows.any(|challenge| state::text(&challenge.row, "slug") == slug)
            .then(|| Refused::of("slug", "unique", "This field must be unique."))
    }
}
