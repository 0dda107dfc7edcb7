//! What a run is asked to do: the inputs, checked and typed.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use clap::ArgMatches;

use super::inputs::{INPUTS, Input};
use super::pull_requests::{PullRequests, about_fields, list, pull_request_branch};
use super::strategy::{Rules, Strategies, Strategy};
use super::template::{Placeholder, Template};
use crate::challenge::pattern::Patterns;
use crate::repository::path::RepoPath;
use crate::secret::Secret;

/// What to do when EvalAI and the repository differ and nothing is recorded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FirstSync {
    /// List the differences and change nothing, but propose EvalAI's values.
    #[default]
    PullRequest,
    /// List the differences and change nothing.
    Stop,
    /// Commit EvalAI's values.
    Commit,
}

/// Whether the repository is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    /// Commit and push.
    #[default]
    Commit,
    /// Propose in a pull request.
    PullRequest,
    /// Only say what would be done.
    DryRun,
    /// Write the whole repository from EvalAI, where there is no configuration yet.
    Import,
}

/// What to do when the branch is protected.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnProtected {
    /// Propose the changes.
    #[default]
    PullRequest,
    /// Fail.
    Fail,
}

/// How the commit gets onto the branch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CommitVia {
    /// It is pushed.
    #[default]
    Git,
    /// GitHub makes it, and signs it.
    Api,
}

/// What makes a run fail beyond what keeps it from being done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FailOn {
    /// Nothing.
    #[default]
    Error,
    /// A field that changed on both sides and was left to a person.
    Conflict,
}

/// Everything a run is asked, checked as far as it can be without I/O.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is an input of its own")]
pub struct Settings {
    /// GitHub's token.
    pub auth_token: Option<Secret>,
    /// EvalAI's token, which replaces that of the host config.
    pub evalai_token: Option<Secret>,
    /// Path of the host config; relative to the workspace, or absolute.
    pub host_config: PathBuf,
    /// The challenge config; `None` is `challenge_config.yaml`, else `.yml`.
    pub config: Option<RepoPath>,
    /// The challenge's id on EvalAI.
    pub challenge_id: Option<u64>,
    /// The branch to sync, without `refs/heads/`.
    pub branch: Option<String>,
    /// What to do when nothing is recorded.
    pub first_sync: FirstSync,
    /// The record's ref, with the challenge's id in it.
    pub record_ref: Template,
    /// Whether to read what seems unchanged as well.
    pub full: bool,
    /// The fields to sync; `None` is all.
    pub fields: Option<Patterns>,
    /// Whether to write.
    pub mode: Mode,
    /// What to do when a push is refused, since the branch is protected.
    pub on_protected: OnProtected,
    /// How pull requests are made.
    pub pull_request: PullRequests,
    /// Whose value wins when both sides changed a field.
    pub strategies: Strategies,
    /// What else makes the run fail.
    pub fail_on: FailOn,
    /// Whether commits carry `[skip ci]`.
    pub skip_ci: bool,
    /// How the commit gets onto the branch.
    pub commit_via: CommitVia,
    /// Author and committer.
    pub committer_name: String,
    /// Their address.
    pub committer_email: String,
    /// The commit's message; see [`Settings::commit_message`].
    pub commit_message: Template,
    /// What the host wants to be kept in the repository, whoever may see it.
    pub include: Patterns,
    /// The most bytes of one file.
    pub max_file_size: u64,
    /// How long the run may take in all.
    pub time_budget: Duration,
    /// Whether to leave a page that tells how the challenge stands.
    pub status_page: bool,
    /// Whether to keep an issue about failed runs.
    pub report_issue: bool,
}

impl Settings {
    /// Reads every input from the flags of [`command`](super::command) and
    /// from the environment.
    ///
    /// # Errors
    /// All that is wrong with them, not only the first.
    pub fn read(
        flags: &ArgMatches,
        variable: impl Fn(&str) -> Option<String>,
    ) -> Result<Self, SettingsError> {
        let mut reader = Reader {
            flags,
            variable,
            problems: Vec::new(),
        };
        let settings = Self {
            auth_token: reader.secret("auth-token"),
            evalai_token: reader.secret("evalai-token"),
            host_config: reader.text("host-config").unwrap_or_default().into(),
            config: reader.parsed("config", path_in_repository),
            challenge_id: reader.parsed("challenge-id", number),
            branch: reader.parsed("branch", branch),
            first_sync: reader.required("first-sync", first_sync),
            record_ref: reader.required("record-ref", record_ref),
            full: reader.required("full", switch),
            fields: reader.parsed("fields", patterns),
            mode: reader.required("mode", mode),
            on_protected: reader.required("on-protected", on_protected),
            pull_request: PullRequests {
                branch: reader.required("pull-request-branch", pull_request_branch),
                title: reader.required("pull-request-title", names_fields),
                body: reader.parsed("pull-request-body", names_fields),
                labels: reader.required("labels", list),
                reviewers: reader.required("reviewers", list),
                assignees: reader.required("assignees", list),
                draft: reader.required("draft", switch),
            },
            strategies: Strategies {
                run: reader.required("strategy", strategy),
                rules: reader.required("strategies", Rules::parse),
            },
            fail_on: reader.required("fail-on", fail_on),
            skip_ci: reader.required("skip-ci", switch),
            commit_via: reader.required("commit-via", commit_via),
            committer_name: reader.required("committer-name", identity),
            committer_email: reader.required("committer-email", identity),
            commit_message: reader.required("commit-message", names_fields),
            include: reader.required("include", patterns),
            max_file_size: reader.required("max-file-size", mebibytes),
            time_budget: reader.required("time-budget", time_budget),
            status_page: reader.required("status-page", switch),
            report_issue: reader.required("report-issue", switch),
        };
        if settings.mode == Mode::Import && settings.fields.is_some() {
            reader.problems.push("`mode: import` writes all that EvalAI holds, so `fields` has no place beside it: leave one of them out.".to_owned());
        }
        if reader.problems.is_empty() {
            Ok(settings)
        } else {
            Err(SettingsError {
                problems: reader.problems,
            })
        }
    }

    /// Whether the host names a committer. The runner hands over a default as
    /// if it were set, so that the default itself counts as none.
    #[must_use]
    pub fn names_committer(&self) -> bool {
        let differs = |name: &str, text: &str| {
            let input = INPUTS.iter().find(|input| input.name == name);
            input.and_then(|input| input.default) != Some(text)
        };
        differs("committer-name", &self.committer_name)
            || differs("committer-email", &self.committer_email)
    }

    /// The commit message for `count` changed fields, named in `fields`. It
    /// has no `[skip ci]`.
    #[must_use]
    pub fn commit_message(&self, fields: &str, count: usize, challenge_id: u64) -> String {
        about_fields(&self.commit_message, fields, count, challenge_id)
    }
}

/// The inputs that cannot be used, a sentence each.
#[derive(Debug, PartialEq, Eq)]
pub struct SettingsError {
    /// One sentence for each, in the order of the inputs; never empty.
    pub problems: Vec<String>,
}

impl fmt::Display for SettingsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.problems.join("\n"))
    }
}

impl std::error::Error for SettingsError {}

/// Reads inputs by name and remembers what is wrong with them. An input with
/// a problem reads as its type's default, which nobody sees, since
/// [`Settings::read`] then returns the problems.
struct Reader<'a, F> {
    flags: &'a ArgMatches,
    variable: F,
    problems: Vec<String>,
}

impl<F: Fn(&str) -> Option<String>> Reader<'_, F> {
    fn text(&mut self, name: &str) -> Option<String> {
        let Some(input) = INPUTS.iter().find(|input| input.name == name) else {
            self.problems.push(format!("There is no input `{name}`."));
            return None;
        };
        let text = input.text(self.flags, &self.variable)?;
        Some(text.trim().to_owned())
    }

    fn secret(&mut self, name: &str) -> Option<Secret> {
        let text = self.text(name)?;
        if text.contains(|c: char| c.is_whitespace() || c.is_control()) {
            self.problems.push(format!(
                "Input `{name}` is no token: it has white space in it. Store the token again, on one line."
            ));
        }
        Secret::new(&text)
    }

    /// `parse` says what the input takes if the text is not that.
    fn parsed<T>(&mut self, name: &str, parse: fn(&str) -> Result<T, String>) -> Option<T> {
        let text = self.text(name)?;
        parse(&text)
            .map_err(|takes| {
                self.problems
                    .push(format!("Input `{name}` is `{text}`: {takes}."));
            })
            .ok()
    }

    fn required<T: Default>(&mut self, name: &str, parse: fn(&str) -> Result<T, String>) -> T {
        self.parsed(name, parse).unwrap_or_default()
    }
}

fn choices(name: &str) -> String {
    let words = INPUTS
        .iter()
        .find(|input| input.name == name)
        .map_or(&[][..], Input::choices);
    format!("it takes {}", words.join(" or "))
}

fn first_sync(text: &str) -> Result<FirstSync, String> {
    match text {
        "pull-request" => Ok(FirstSync::PullRequest),
        "stop" => Ok(FirstSync::Stop),
        "commit" => Ok(FirstSync::Commit),
        _ => Err(choices("first-sync")),
    }
}

fn mode(text: &str) -> Result<Mode, String> {
    match text {
        "commit" => Ok(Mode::Commit),
        "pull-request" => Ok(Mode::PullRequest),
        "dry-run" => Ok(Mode::DryRun),
        "import" => Ok(Mode::Import),
        _ => Err(choices("mode")),
    }
}

fn on_protected(text: &str) -> Result<OnProtected, String> {
    match text {
        "pull-request" => Ok(OnProtected::PullRequest),
        "fail" => Ok(OnProtected::Fail),
        _ => Err(choices("on-protected")),
    }
}

fn commit_via(text: &str) -> Result<CommitVia, String> {
    match text {
        "git" => Ok(CommitVia::Git),
        "api" => Ok(CommitVia::Api),
        _ => Err(choices("commit-via")),
    }
}

fn strategy(text: &str) -> Result<Strategy, String> {
    Strategy::of(text).ok_or_else(|| choices("strategy"))
}

fn fail_on(text: &str) -> Result<FailOn, String> {
    match text {
        "error" => Ok(FailOn::Error),
        "conflict" => Ok(FailOn::Conflict),
        _ => Err(choices("fail-on")),
    }
}

/// The booleans of YAML 1.2's core schema, as `@actions/core` reads them.
fn switch(text: &str) -> Result<bool, String> {
    match text {
        "true" | "True" | "TRUE" => Ok(true),
        "false" | "False" | "FALSE" => Ok(false),
        _ => Err("it takes true or false".to_owned()),
    }
}

fn number(text: &str) -> Result<u64, String> {
    match text.parse() {
        Ok(number) if number > 0 => Ok(number),
        _ => Err("it takes a whole number of at least 1".to_owned()),
    }
}

/// A job on GitHub's own runners ends after six hours.
const LONGEST_BUDGET: u64 = 6 * 60 * 60;

fn time_budget(text: &str) -> Result<Duration, String> {
    match number(text) {
        Ok(seconds) if seconds <= LONGEST_BUDGET => Ok(Duration::from_secs(seconds)),
        _ => Err(format!(
            "it takes a whole number of seconds from 1 to {LONGEST_BUDGET}"
        )),
    }
}

fn patterns(text: &str) -> Result<Patterns, String> {
    Patterns::parse(text).map_err(|pattern| format!("{pattern:?} can be no field's name"))
}

fn mebibytes(text: &str) -> Result<u64, String> {
    match number(text) {
        Ok(mebibytes) if mebibytes <= 1 << 20 => Ok(mebibytes << 20),
        _ => Err("it takes a whole number of MiB of at least 1".to_owned()),
    }
}

fn path_in_repository(text: &str) -> Result<RepoPath, String> {
    RepoPath::new(text)
        .map_err(|_| "it takes a path from the repository's root, without `..`".to_owned())
}

fn branch(text: &str) -> Result<String, String> {
    let name = text.strip_prefix("refs/heads/").unwrap_or(text);
    if git2::Branch::name_is_valid(name).unwrap_or(false) {
        Ok(name.to_owned())
    } else {
        Err("that cannot be a branch's name".to_owned())
    }
}

fn record_ref(text: &str) -> Result<Template, String> {
    let template =
        Template::parse(text, &[Placeholder::ChallengeId]).map_err(|error| error.to_string())?;
    let example = template.render(|_| "1".to_owned());
    if example.starts_with("refs/") && git2::Reference::is_valid_name(&example) {
        Ok(template)
    } else {
        Err("it takes a full ref name, such as refs/evalai-sync/{challenge-id}".to_owned())
    }
}

/// Git ends a name or an address at `<`, `>` or a line break.
fn identity(text: &str) -> Result<String, String> {
    if text.contains(|c: char| c == '<' || c == '>' || c.is_control()) {
        Err("it takes one line without < and >".to_owned())
    } else {
        Ok(text.to_owned())
    }
}

fn names_fields(text: &str) -> Result<Template, String> {
    const KNOWN: &[Placeholder] = &[
        Placeholder::Fields,
        Placeholder::Count,
        Placeholder::ChallengeId,
    ];
    Template::parse(text, KNOWN).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests;
