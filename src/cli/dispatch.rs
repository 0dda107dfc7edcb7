//! `evalai-sync dispatch`: tells a repository that its challenge was edited on EvalAI, so that its sync runs at once.

use std::path::Path;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use clap::{Arg, ArgMatches, Command};
use jiff::Timestamp;

use super::file;
use super::ground::{Out, access, mask_given, remote, runtime, speaking};
use crate::action::{self, CHALLENGE_UPDATED, Environment, Settings, process_variable};
use crate::evalai::HostUrl;
use crate::github::Api;
use crate::github::dispatch::{Payload, dispatch as send};
use crate::repository::git::Workspace;

/// How long GitHub is asked for.
const PATIENCE: Duration = Duration::from_mins(1);

/// The inputs of the sync that are flags here, too.
const INPUTS: [&str; 2] = ["auth-token", "host-config"];

/// The flag that names the server.
const SERVER: &str = "evalai-host-url";

/// The flag that names the edited fields.
const FIELDS: &str = "edited-fields";

/// The flag that names whoever edited them.
const ACTOR: &str = "actor";

/// The subcommand.
pub(super) fn command() -> Command {
    let text = |name: &'static str, value: &'static str, help: &'static str| {
        Arg::new(name).long(name).value_name(value).help(help)
    };
    Command::new("dispatch")
        .about("Start a repository's sync at once, as EvalAI would after an edit")
        .args(action::flags(&INPUTS))
        .args(action::places())
        .args([
            text(
                "challenge-id",
                "NUMBER",
                "Id of the edited challenge on EvalAI",
            ),
            text(
                SERVER,
                "URL",
                "Address of EvalAI [default: that of the host config]",
            ),
            text(
                FIELDS,
                "NAMES",
                "Names of the fields that were edited, between commas; a hint for the log",
            ),
            text(
                ACTOR,
                "NAME",
                "Who edited them on EvalAI; the record remembers it",
            ),
        ])
}

/// Sends the dispatch that `flags` and the environment describe.
pub(super) fn dispatch(flags: &ArgMatches) -> ExitCode {
    let environment = Environment::read(flags, process_variable, Path::exists);
    speaking(&environment, |console| {
        perform(flags, &environment, console).map(|()| true)
    })
}

fn perform(flags: &ArgMatches, environment: &Environment, console: &mut Out<'_>) -> Result<()> {
    let settings = Settings::read(flags, process_variable)?;
    mask_given(console, &settings);
    let challenge_id = settings
        .challenge_id
        .context("which challenge was edited? Name it with `--challenge-id`")?;
    let token = settings.auth_token.clone().context(
        "a dispatch needs a GitHub token that may write to the repository: pass it as AUTH_TOKEN",
    )?;
    let repository = match &environment.repository {
        Some(name) => name.clone(),
        None => remote(&Workspace::open(&environment.workspace)?, environment)?
            .slug()
            .context("which repository? Name it with `--repository owner/name`")?,
    };
    let text = |name: &str| flags.get_one::<String>(name).cloned();
    let fields = text(FIELDS).map(|names| {
        let names = names.split(',').map(str::trim);
        names
            .filter(|name| !name.is_empty())
            .map(str::to_owned)
            .collect()
    });
    let payload = Payload {
        challenge_id,
        evalai_host_url: server(text(SERVER), &settings, environment)?,
        fields,
        actor: text(ACTOR),
        sent_at: Some(Timestamp::now()),
    };
    let access = access(environment, repository.clone(), token);
    let sent = async {
        let api = Api::open(&access, Instant::now() + PATIENCE)?;
        anyhow::Ok(send(&api, &repository, &payload).await?)
    };
    runtime()?
        .block_on(sent)
        .with_context(|| format!("{repository} was sent no dispatch"))?;
    console.say(&format!(
        "Sent {CHALLENGE_UPDATED} to {repository}: challenge {challenge_id} on {}. Its workflow with `repository_dispatch` starts now, if its default branch has one.",
        payload.evalai_host_url
    ));
    Ok(())
}

/// The address of EvalAI: the one that is `given`, else the one in the host config.
fn server(given: Option<String>, settings: &Settings, environment: &Environment) -> Result<String> {
    let (text, place) = match given {
        Some(text) => (text, format!("`--{SERVER}`")),
        None => {
            let path = environment.workspace.join(&settings.host_config);
            let name = settings.host_config.display().to_string();
            let told = file::read(&path, &environment.workspace)
                .ok()
                .flatten()
                .and_then(|bytes| serde_json::from_slice::<serde_json::Value>(&bytes).ok())
                .and_then(|config| {
                    Some(config.get(SERVER.replace('-', "_"))?.as_str()?.to_owned())
                });
            let Some(text) = told else {
                bail!(
                    "on which EvalAI? {name} does not tell: name it with `--{SERVER} https://eval.ai`"
                );
            };
            (text, format!("`evalai_host_url` in {name}"))
        }
    };
    let (url, _) = HostUrl::parse(&text).map_err(|error| anyhow::anyhow!("{place} {error}"))?;
    Ok(url.to_string())
}
