//! `evalai-sync watch`: a dispatch to every repository of the host team whose challenge was edited.

use std::num::NonZeroU32;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use clap::{Arg, ArgMatches, Command, value_parser};

use super::ground::{Out, access, host_config, mask_given, runtime, speaking};
use super::stop::asked_to_stop;
use crate::action::{self, Environment, Settings, process_variable};
use crate::evalai::{Backoff, Client, Limits};
use crate::github::Api;
use crate::watch::{StateFile, Watch};

/// The inputs that are flags here, too.
const INPUTS: [&str; 3] = ["auth-token", "evalai-token", "host-config"];

/// How long one answer of EvalAI may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// The client's budget for all answers: more than a process lives.
const ENDLESS: Duration = Duration::from_hours(10 * 365 * 24);

/// The subcommand.
pub(super) fn command() -> Command {
    Command::new("watch")
        .about("Watch the host team's challenges until told to stop, and send each repository whose challenge was edited a dispatch")
        .args(action::flags(&INPUTS))
        .args(action::places())
        .args([
            Arg::new("state")
                .long("state")
                .value_name("FILE")
                .value_parser(value_parser!(PathBuf))
                .help("File that remembers what was told [default: watch.json in STATE_DIRECTORY, else in the current folder]"),
            Arg::new("interval")
                .long("interval")
                .value_name("SECONDS")
                .value_parser(value_parser!(NonZeroU32))
                .help("Seconds between two looks at all challenges; phases, scripts and annotations take up to four and a half times as long [default: 20]"),
            Arg::new("requests-per-minute")
                .long("requests-per-minute")
                .value_name("NUMBER")
                .value_parser(value_parser!(NonZeroU32))
                .help("The most requests to EvalAI in a minute; EvalAI takes 60 from a user, browsing included [default: 40]"),
        ])
}

/// Watches.
pub(super) fn watch(flags: &ArgMatches) -> ExitCode {
    let environment = Environment::read(flags, process_variable, Path::exists);
    speaking(&environment, |console| {
        perform(flags, &environment, console).map(|()| true)
    })
}

fn perform(flags: &ArgMatches, environment: &Environment, console: &mut Out<'_>) -> Result<()> {
    let settings = Settings::read(flags, process_variable)?;
    mask_given(console, &settings);
    let host = host_config(&settings, environment, console)?;
    let token = settings.auth_token.context(
        "there is no GitHub token: set AUTH_TOKEN to one that may write the contents of the challenges' repositories",
    )?;
    let number = |name: &str, default: u32| {
        let number = flags.get_one::<NonZeroU32>(name);
        number.map_or(default, |number| number.get())
    };
    let interval = Duration::from_secs(number("interval", 20).into());
    let per_minute = number("requests-per-minute", 40);
    let limits = Limits {
        request: PATIENCE,
        total: ENDLESS,
        // The schedule asks again.
        backoff: Backoff {
            attempts: 1,
            ..Backoff::default()
        },
        ..Limits::default()
    };
    let client = Client::new(host.url.clone(), host.token.clone(), limits)?
        .in_container(environment.in_container)
        .per_minute(usize::try_from(per_minute)?);
    let state = flags.get_one::<PathBuf>("state").cloned();
    let state = state.unwrap_or_else(|| {
        let folder = process_variable("STATE_DIRECTORY").unwrap_or_default();
        Path::new(&folder).join("watch.json")
    });
    let runtime = runtime()?;
    let signal = runtime.block_on(async {
        // Any repository will do: dispatches name their own.
        let access = access(environment, String::new(), token);
        // Nothing is waited for: the watch itself knows when to send a dispatch again.
        let api = Api::open(&access, Instant::now())?;
        let watch = Watch {
            client: &client,
            api: &api,
            team: host.team_pk,
            state: StateFile::new(state, host.url.to_string(), host.team_pk),
            interval,
            per_minute,
        };
        console.say(&format!(
            "evalai-sync {}: watching host team {} on {}",
            env!("CARGO_PKG_VERSION"),
            host.team_pk,
            host.url
        ));
        anyhow::Ok(crate::watch::watch(watch, console, asked_to_stop()).await?)
    })?;
    console.say(&format!(
        "Told to stop ({signal}); the next start goes on from here."
    ));
    // A file that is being hashed must not keep the process.
    runtime.shutdown_background();
    Ok(())
}
