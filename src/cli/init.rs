//! `evalai-sync init`: the workflows that a repository needs, written into a clone.

use std::io;
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use clap::{Arg, ArgAction, ArgMatches, Command};

use super::file;
use super::ground::{Out, mask_given, remote, speaking};
use super::survey::Survey;
use crate::action::{
    self, Annotation, Environment, Level, Settings, SettingsError, process_variable,
};
use crate::repository::git::{Credentials, RemoteUrl, Scratch, Workspace};
use crate::setup::files::{Fate, File, Here, Plan, plan};
use crate::setup::schedule::{Every, costs};
use crate::setup::{ACTION, Facts, Pin, WORKFLOWS, by_hand, diff};
use crate::sync::config;

/// The inputs of the sync that are flags here, too.
const INPUTS: [&str; 6] = [
    "auth-token",
    "evalai-token",
    "host-config",
    "config",
    "challenge-id",
    "branch",
];

/// How long the release's commit may take to be found out.
const PATIENCE: Duration = Duration::from_secs(15);

/// The subcommand.
pub(super) fn command() -> Command {
    let switch = |name: &'static str, help: &'static str| {
        Arg::new(name)
            .long(name)
            .action(ArgAction::SetTrue)
            .help(help)
    };
    Command::new("init")
        .about("Set a challenge's repository up: write the workflows, and tell what is left to do by hand")
        .args(action::flags(&INPUTS))
        .args(action::places())
        .args([
            Arg::new("every")
                .long("every")
                .value_name("INTERVAL")
                .help("How often the sync runs: 15m, 30m, 1h, 6h or 1d [default: 1h]"),
            switch("dry-run", "Show what would be written, as a diff, and write nothing"),
            switch("force", "Overwrite workflows of these names that say something else"),
            switch("import", "Where there is no challenge configuration yet, first write it from EvalAI, as `sync --mode import` does"),
        ])
}

/// Sets the repository up.
pub(super) fn init(flags: &ArgMatches) -> ExitCode {
    let environment = Environment::read(flags, process_variable, Path::exists);
    if flags.get_flag("import") && !has_config(flags, &environment) {
        if flags.get_flag("dry-run") {
            return speaking(&environment, |console| {
                console.say("Would first write the challenge configuration from EvalAI (sync --mode import).");
                perform(flags, &environment, console)
            });
        }
        if import(flags) != ExitCode::SUCCESS {
            return ExitCode::FAILURE;
        }
    }
    speaking(&environment, |console| {
        perform(flags, &environment, console)
    })
}

/// Whether the clone has a challenge configuration.
fn has_config(flags: &ArgMatches, environment: &Environment) -> bool {
    let named = flags.get_one::<String>("config").map(String::as_str);
    let names = named.map_or(config::NAMES.to_vec(), |name| vec![name]);
    names
        .iter()
        .any(|name| environment.workspace.join(name).exists())
}

/// Runs `sync --mode import` with the same flags.
fn import(flags: &ArgMatches) -> ExitCode {
    let mut arguments = vec!["sync".to_owned(), "--mode".to_owned(), "import".to_owned()];
    for name in INPUTS.into_iter().chain(["repository"]) {
        if let Some(value) = flags.get_one::<String>(name) {
            arguments.extend([format!("--{name}"), value.clone()]);
        }
    }
    if let Some(folder) = flags.get_one::<std::path::PathBuf>("workspace") {
        arguments.extend(["--workspace".to_owned(), folder.display().to_string()]);
    }
    match action::command().try_get_matches_from(arguments) {
        Ok(flags) => super::sync::sync(&flags),
        Err(_) => ExitCode::FAILURE,
    }
}

/// Does the work; true unless a file of the host's is in the way.
fn perform(flags: &ArgMatches, environment: &Environment, console: &mut Out<'_>) -> Result<bool> {
    let settings = Settings::read(flags, process_variable)?;
    let every = every(flags)?;
    mask_given(console, &settings);
    let workspace = Workspace::open(&environment.workspace)?;
    let remote = remote(&workspace, environment)?;
    let survey = Survey::make(&settings, environment, &workspace, &remote, console)?;
    let pin = pin(environment, console);
    let facts = Facts {
        server_url: survey.server_url,
        repository: survey.repository,
        branch: survey.branch,
        default_branch: survey.default_branch,
        checked_out: survey.checked_out,
        every,
        host_config: settings.host_config.to_string_lossy().into_owned(),
        challenge_id: settings.challenge_id,
        pin,
        on_evalai: survey.on_evalai,
        token: survey.token,
    };
    if facts.is_at_challenge() && !flags.get_flag("import") && !has_config(flags, environment) {
        let text = "There is no challenge configuration here yet, and without one nothing is synced: run `evalai-sync init --import` to write it from what EvalAI holds.";
        console.annotate(&Annotation::new(Level::Warning, text));
    }
    let here = here(&environment.workspace, &workspace, &facts)?;
    let plan = plan(&facts, &here, flags.get_flag("force"));
    let dry_run = flags.get_flag("dry-run");
    for file in &plan.files {
        if let (Fate::Written { bytes, .. }, false) = (&file.fate, dry_run) {
            write(&environment.workspace, &file.path, bytes)?;
        }
    }
    let in_the_way = tell(&facts, &plan, dry_run, console);
    Ok(!in_the_way)
}

fn every(flags: &ArgMatches) -> Result<Every, SettingsError> {
    let Some(text) = flags.get_one::<String>("every") else {
        return Ok(Every::default());
    };
    Every::of(text.trim()).ok_or_else(|| SettingsError {
        problems: vec![format!(
            "`--every` is `{text}`: it takes 15m or 30m or 1h or 6h or 1d."
        )],
    })
}

/// The commit of this release of the action, so that nobody can put another one in its place.
fn pin(environment: &Environment, console: &mut Out<'_>) -> Pin {
    let release = concat!("v", env!("CARGO_PKG_VERSION"));
    let address = format!("{}/{ACTION}", environment.server_url);
    let (tell, told) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let look = || {
            let mut scratch = Scratch::open(
                None,
                RemoteUrl::parse(&address).ok()?,
                Credentials::new(None),
            )
            .ok()?;
            let refs = scratch.refs().ok()?;
            refs.get(&format!("refs/tags/{release}"))
        };
        // Nobody listens any more if it took too long.
        let _ = tell.send(look());
    });
    match told.recv_timeout(PATIENCE) {
        Ok(Some(commit)) => Pin {
            rev: commit.to_string(),
            release: Some(release.to_owned()),
        },
        _ => {
            let text = format!(
                "{}/{ACTION} does not tell the commit of {release}, so the workflows name the tag. Pin it to the tag's commit once you can.",
                environment.server_url
            );
            console.annotate(&Annotation::new(Level::Notice, text));
            Pin {
                rev: release.to_owned(),
                release: None,
            }
        }
    }
}

/// The workflows of the clone, and of the default branch if the clone is at another one.
fn here(root: &Path, workspace: &Workspace, facts: &Facts) -> Result<Here> {
    let mut here = Here::default();
    let folder = root.join(WORKFLOWS);
    let is_workflow = |name: &str| {
        let ending = Path::new(name).extension();
        ending.is_some_and(|ending| ending == "yml" || ending == "yaml")
    };
    let entries = match std::fs::read_dir(&folder) {
        Ok(entries) => entries.collect::<Result<Vec<_>, _>>(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(error),
    };
    let entries = entries.with_context(|| format!("{} cannot be read", folder.display()))?;
    for entry in entries {
        let name = entry.file_name().to_string_lossy().into_owned();
        if is_workflow(&name) {
            let bytes = file::read(&entry.path(), root)
                .with_context(|| format!("{WORKFLOWS}/{name} cannot be read"))?;
            here.workflows
                .extend(bytes.map(|bytes| (format!("{WORKFLOWS}/{name}"), bytes)));
        }
    }
    here.workflows.sort();
    let default = facts
        .default_branch
        .as_deref()
        .filter(|_| !facts.is_at_default());
    if let Some(files) = default.and_then(|branch| workspace.remote_files(branch)) {
        for entry in files.list(WORKFLOWS)?.unwrap_or_default() {
            let path = format!("{WORKFLOWS}/{}", entry.name);
            if let Some(file) = files.read(&path)? {
                here.at_default.push((path, file.bytes));
            }
        }
    }
    Ok(here)
}

fn write(root: &Path, path: &str, bytes: &[u8]) -> Result<()> {
    let target = root.join(path);
    // A link could lead out of the clone.
    let mut part = target.as_path();
    while part != root {
        if part.is_symlink() {
            bail!(
                "{path} is reached through a symbolic link, and is not written: replace the link by what it stands for"
            );
        }
        part = part.parent().unwrap_or(root);
    }
    let folder = target.parent().unwrap_or(root);
    std::fs::create_dir_all(folder)
        .and_then(|()| std::fs::write(&target, bytes))
        .with_context(|| format!("{path} cannot be written"))
}

/// Tells what was done and what is left; true if a file of the host's is in the way.
fn tell(facts: &Facts, plan: &Plan, dry_run: bool, console: &mut Out<'_>) -> bool {
    console.say("");
    for file in &plan.files {
        tell_file(file, dry_run, console);
    }
    if !plan.has_push {
        console.say("No workflow here pushes the repository to EvalAI, so none is changed.");
    }
    for what in &plan.left {
        console.say(&format!("Left alone: {what}."));
    }
    console.say("");
    console.say(&format!(
        "The sync runs {}. {}",
        facts.every.words(),
        costs(facts.every).join("\n")
    ));
    console.say("");
    console.say("Left to do by hand:");
    for (at, step) in by_hand::steps(facts, plan).iter().enumerate() {
        let mut lines = step.iter();
        if let Some(first) = lines.next() {
            console.say(&format!("{}. {first}", at + 1));
        }
        for line in lines {
            console.say(&format!("     {line}"));
        }
    }
    let is_in_the_way = |file: &File| matches!(file.fate, Fate::InTheWay(_));
    plan.files.iter().any(is_in_the_way)
}

fn tell_file(file: &File, dry_run: bool, console: &mut Out<'_>) {
    let path = &file.path;
    let mut show = |bytes: &[u8]| {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let before = file.before.as_deref().map(text);
        for line in diff::unified(path, before.as_deref(), &text(bytes)) {
            console.say_spans(&[line]);
        }
    };
    match &file.fate {
        Fate::Written { bytes, done } => {
            if dry_run {
                show(bytes);
            }
            let verb = match (dry_run, &file.before) {
                (true, _) => "Would write",
                (false, None) => "Wrote",
                (false, Some(_)) => "Changed",
            };
            let done = if done.is_empty() {
                String::new()
            } else {
                format!(": {}", done.join("; "))
            };
            console.say(&format!("{verb} {path}{done}."));
        }
        Fate::Same => console.say(&format!("{path} is as it should be.")),
        Fate::AtDefault => console.say(&format!(
            "{path} is on the default branch, as it should be."
        )),
        Fate::InTheWay(bytes) => {
            show(bytes);
            let text = format!(
                "{path} says something else than `init` would write, and is left as it is (the difference is above). Run with --force to overwrite it."
            );
            console.annotate(&Annotation::new(Level::Error, text));
        }
        Fate::ByHand { reason, lines } => {
            let text = format!(
                "{path} pushes to EvalAI, but is left as it is: {reason}. Add these lines to it by hand:"
            );
            console.annotate(&Annotation::new(Level::Warning, text));
            console.say(lines.trim_end());
        }
    }
}
