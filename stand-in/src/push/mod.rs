//! The push of a challenge repository: the zip that its workflow sends, checked and taken over as the real server
//! does it, flaws included.
//!
//! A refusal says in the real server's words what a recording shows, and in the stand-in's own words what none does.

mod apply;
mod archive;
mod check;
mod python;
mod starter;

use evalai_sync::yaml::Document;

use crate::fields::{Change, Kind, complete_changes};
use crate::http::{Answer, Input, Payload, Reply};
use crate::routes::Call;
use crate::state::{State, text};
use archive::Archive;
use check::{Check, Config};
pub use starter::starter_zip;

/// Where the real server would keep the zip.
const ZIPS: &str = "zip_configuration_files/challenge_zip";

/// Creates the challenge of a repository, or updates the first that names it.
pub(crate) fn create_or_update(call: &mut Call) -> Answer {
    let team = known_team(call)?;
    let repository = sent_repository(call)?;
    let current = first_of(call.state, &repository, false);
    if current.is_some_and(|id| !call.state.is_host(call.user, id)) {
        return Err(Reply::error(
            403,
            "Sorry, you are not a host for this challenge. Please check your user access token",
        ));
    }
    let config = checked(call, &repository, current)?;
    match current {
        Some(id) => apply::update(call.state, call.now, team, id, config),
        None => apply::create(call.state, call.now, team, config),
    }
}

/// Checks what a push would send. Challenges that were removed count here.
pub(crate) fn validate(call: &mut Call) -> Answer {
    let team = known_team(call)?;
    if !call.state.is_member(call.user, team) {
        return Err(Reply::error(
            401,
            "Sorry, you do not belong to this Host Team!",
        ));
    }
    let repository = sent_repository(call)?;
    let current = first_of(call.state, &repository, true);
    checked(call, &repository, current)?;
    Ok(Reply::ok(serde_json::json!({
        "Success": "The challenge config has been validated successfully"
    })))
}

fn known_team(call: &Call) -> Result<u64, Reply> {
    let team = call.id("team");
    if call.state.teams.contains_key(&team) {
        return Ok(team);
    }
    let message = format!("ChallengeHostTeam {team} does not exist");
    Err(Reply::detail(404, &message))
}

/// The repository that the push is for; the real server fails without one.
fn sent_repository(call: &Call) -> Result<String, Reply> {
    let repository = call.request.field("GITHUB_REPOSITORY")?;
    repository
        .and_then(|name| name.as_str().map(str::to_owned))
        .ok_or_else(Reply::server_error_page)
}

/// The first by title of the challenges that name the repository, letter by letter.
fn first_of(state: &State, repository: &str, with_disabled: bool) -> Option<u64> {
    let named = state.challenges.iter().filter(|(_, challenge)| {
        text(&challenge.row, "github_repository") == repository
            && (with_disabled || !challenge.disabled)
    });
    let first = named.min_by_key(|(id, challenge)| (text(&challenge.row, "title"), **id));
    first.map(|(id, _)| *id)
}

/// The configuration that was sent, or the refusal of it.
fn checked(call: &Call, repository: &str, current: Option<u64>) -> Result<Config, Reply> {
    let archive = Archive::read(&sent_zip(call)?).ok_or_else(|| {
        let message = "The zip file contents cannot be extracted. Please check the format!";
        Reply::error(400, message)
    })?;
    let root = read_yaml(&archive)?;
    let check = Check::new(call.state, &archive, root.root(), repository, current)?;
    let (config, errors) = check.run()?;
    if errors.is_empty() {
        Ok(config)
    } else {
        Err(Reply::error(400, &errors.join("\n")))
    }
}

fn sent_zip(call: &Call) -> Result<axum::body::Bytes, Reply> {
    let fields = call.request.fields()?;
    let is_form = matches!(&call.request.payload, Payload::Fields(fields)
        if fields.iter().any(|(_, input)| matches!(input, Input::Text(_))));
    let has_file = fields
        .iter()
        .any(|(_, input)| matches!(input, Input::File { .. }));
    // Django lets nothing be added to a form without files, which the real server tries to do.
    if is_form && !has_file {
        return Err(Reply::server_error_page());
    }
    let wanted = [("zip_configuration", Kind::File(ZIPS))];
    let changes = complete_changes(&wanted, &["zip_configuration"], fields);
    match changes {
        Ok(changes) => changes
            .into_iter()
            .find_map(|(_, change)| match change {
                Change::Upload { bytes, .. } => Some(bytes),
                Change::Set(_) => None,
            })
            .ok_or_else(Reply::server_error_page),
        Err(refused) => {
            let body = serde_json::json!({ "error": refused.json() });
            Err(Reply::json(400, &body))
        }
    }
}

fn read_yaml(archive: &Archive) -> Result<Document, Reply> {
    let names: Vec<&str> = archive
        .names()
        .filter(|name| matches!(*name, "challenge_config.yaml" | "challenge_config.yml"))
        .collect();
    let name = match names.as_slice() {
        [name] => *name,
        [] => {
            return Err(Reply::error(
                400,
                "The zip file holds no challenge_config.yaml.",
            ));
        }
        several => {
            let message = format!("The zip file holds {} configurations.", several.len());
            return Err(Reply::error(400, &message));
        }
    };
    let bytes = archive.file(name).ok().flatten();
    let bytes = bytes.ok_or_else(Reply::server_error_page)?;
    Document::parse(bytes).map_err(|error| {
        // For the real server's PyYAML, text that only looks like a date or a number is no fault of the YAML.
        if error.message.contains("looks like") || std::str::from_utf8(bytes).is_err() {
            return Reply::server_error_page();
        }
        let (message, line, column) = (error.message, error.line, error.column);
        Reply::error(
            400,
            &format!("\n{message} in line {line}, column {column}\n"),
        )
    })
}
