//! The table of inputs, from which the flags, the `INPUT_*` variables, the
//! checks and `action.yml` derive.

use clap::{Arg, ArgMatches, Command};

/// What an input's text must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Any text.
    Text,
    /// A text that is masked and never shown.
    Secret,
    /// A boolean of YAML 1.2's core schema, as `@actions/core` reads it.
    Switch,
    /// One of these words.
    Choice(&'static [&'static str]),
    /// A whole number of at least 1.
    Number,
}

/// One input of the action, which is also a flag of the command line.
#[derive(Clone, Copy, Debug)]
pub struct Input {
    /// The name in `action.yml`; the flag is `--` and the name.
    pub name: &'static str,
    /// What its text must be.
    pub kind: Kind,
    /// What holds if it is not given. Defaults that depend on other things
    /// are explained in `help` instead.
    pub default: Option<&'static str>,
    /// The plain environment variable that is read when neither flag nor
    /// input is given.
    pub variable: Option<&'static str>,
    /// One or two sentences; the description in `action.yml`.
    pub help: &'static str,
}

impl Input {
    /// The variable in which the runner hands the input over: upper case,
    /// spaces become `_`, hyphens stay.
    #[must_use]
    pub fn runner_variable(&self) -> String {
        format!("INPUT_{}", self.name.replace(' ', "_").to_uppercase())
    }

    /// The words it takes, for a help or an error; empty if any text is taken.
    #[must_use]
    pub fn choices(&self) -> &'static [&'static str] {
        match self.kind {
            Kind::Choice(words) => words,
            Kind::Switch => &["true", "false"],
            Kind::Text | Kind::Secret | Kind::Number => &[],
        }
    }

    /// The text given for it: flag, else `INPUT_*`, else the plain variable,
    /// else the default. A blank text counts as not given, since the runner
    /// hands over unset inputs as empty texts.
    pub(super) fn text(
        &self,
        flags: &ArgMatches,
        variable: impl Fn(&str) -> Option<String>,
    ) -> Option<String> {
        let filled = |text: &String| !text.trim().is_empty();
        flags
            .try_get_one::<String>(self.name)
            .ok()
            .flatten()
            .cloned()
            .filter(filled)
            .or_else(|| variable(&self.runner_variable()).filter(filled))
            .or_else(|| variable(self.variable?).filter(filled))
            .or_else(|| self.default.map(str::to_owned))
    }

    fn flag(&self) -> Arg {
        let mut notes = Vec::new();
        if let Kind::Choice(words) = self.kind {
            notes.push(format!("one of: {}", words.join(", ")));
        }
        if let Some(default) = self.default {
            notes.push(format!("default: {default}"));
        }
        if let Some(variable) = self.variable {
            notes.push(format!("also read from the variable {variable}"));
        }
        let help = match notes.as_slice() {
            [] => self.help.to_owned(),
            notes => format!("{} [{}]", self.help, notes.join("; ")),
        };
        let flag = Arg::new(self.name).long(self.name).help(help);
        match self.kind {
            Kind::Switch => flag
                .num_args(0..=1)
                .default_missing_value("true")
                .value_name("BOOL"),
            Kind::Number => flag.value_name("NUMBER"),
            Kind::Text | Kind::Secret | Kind::Choice(_) => flag.value_name("TEXT"),
        }
    }
}

/// Every input, in the order of `action.yml`.
pub const INPUTS: &[Input] = &[
    Input {
        name: "auth-token",
        kind: Kind::Secret,
        default: None,
        variable: Some("AUTH_TOKEN"),
        help: "GitHub token that may write the repository's contents, and its pull requests where there are any. It goes to GitHub only.",
    },
    Input {
        name: "evalai-token",
        kind: Kind::Secret,
        default: None,
        variable: None,
        help: "EvalAI token of a challenge host, in place of the one in the host config. It goes to EvalAI only.",
    },
    Input {
        name: "host-config",
        kind: Kind::Text,
        default: Some("github/host_config.json"),
        variable: None,
        help: "Path of the host config: a JSON file with token, team_pk and evalai_host_url.",
    },
    Input {
        name: "config",
        kind: Kind::Text,
        default: None,
        variable: None,
        help: "Path of the challenge config in the repository. Without it challenge_config.yaml, else challenge_config.yml.",
    },
    Input {
        name: "challenge-id",
        kind: Kind::Number,
        default: None,
        variable: None,
        help: "Id of the challenge on EvalAI. Without it the recorded one, else the team's challenge that names this repository.",
    },
    Input {
        name: "branch",
        kind: Kind::Text,
        default: None,
        variable: None,
        help: "Branch to keep in sync. Without it the branch that the challenge names on EvalAI, else the one checked out.",
    },
    Input {
        name: "first-sync",
        kind: Kind::Choice(FIRST_SYNC),
        default: Some("pull-request"),
        variable: None,
        help: "What to do when EvalAI and the repository differ before anything was recorded: propose EvalAI's values in a pull request, commit them, or stop and list the differences. Without a GitHub token, and outside of Actions, it stops.",
    },
    Input {
        name: "record-ref",
        kind: Kind::Text,
        default: Some("refs/evalai-sync/{challenge-id}"),
        variable: None,
        help: "Git ref that remembers the last sync. {challenge-id} stands for the challenge's id.",
    },
    Input {
        name: "full",
        kind: Kind::Switch,
        default: Some("false"),
        variable: None,
        help: "Read everything from EvalAI, also what seems unchanged since the last sync.",
    },
    Input {
        name: "fields",
        kind: Kind::Text,
        default: None,
        variable: None,
        help: "Fields to sync, one a line, such as title or phases.*.end_date; whatever else differs is left to a run without it. Without it all fields.",
    },
    Input {
        name: "mode",
        kind: Kind::Choice(MODE),
        default: Some("commit"),
        variable: None,
        help: "Whether to commit and push what changed (commit), to propose it in a pull request (pull-request), only to say what would change (dry-run), or to write a whole repository from EvalAI where there is no challenge config yet (import).",
    },
    Input {
        name: "on-protected",
        kind: Kind::Choice(ON_PROTECTED),
        default: Some("pull-request"),
        variable: None,
        help: "What to do when the branch is protected and refuses the push: propose the changes in a pull request, or fail.",
    },
    Input {
        name: "pull-request-branch",
        kind: Kind::Text,
        default: Some("evalai-sync/{challenge-id}"),
        variable: None,
        help: "Branch that a pull request proposes; it is the action's own. {challenge-id} stands for the challenge's id.",
    },
    Input {
        name: "pull-request-title",
        kind: Kind::Text,
        default: Some("Sync from EvalAI: {fields}"),
        variable: None,
        help: "Title of a pull request. {fields}, {count} and {challenge-id} are filled in as in commit-message.",
    },
    Input {
        name: "pull-request-body",
        kind: Kind::Text,
        default: None,
        variable: None,
        help: "Markdown to begin a pull request's body with, before the table of changes. {fields}, {count} and {challenge-id} are filled in.",
    },
    Input {
        name: "labels",
        kind: Kind::Text,
        default: None,
        variable: None,
        help: "Labels of a pull request, one a line or between commas.",
    },
    Input {
        name: "reviewers",
        kind: Kind::Text,
        default: None,
        variable: None,
        help: "Users, and teams as org/team, who are asked to review a pull request, one a line or between commas.",
    },
    Input {
        name: "assignees",
        kind: Kind::Text,
        default: None,
        variable: None,
        help: "Users to whom a pull request is assigned, one a line or between commas.",
    },
    Input {
        name: "draft",
        kind: Kind::Switch,
        default: Some("false"),
        variable: None,
        help: "Open a pull request as a draft.",
    },
    Input {
        name: "strategy",
        kind: Kind::Choice(STRATEGY),
        default: Some("evalai"),
        variable: None,
        help: "What to do with a field that was changed both on EvalAI and in the repository: take EvalAI's value, keep the repository's, merge texts and files line by line, or leave the field to a person (manual).",
    },
    Input {
        name: "strategies",
        kind: Kind::Text,
        default: None,
        variable: None,
        help: "Strategies of single fields, one a line, such as phases.*.description: merge. The last line that names a field counts. What does not merge is settled by strategy.",
    },
    Input {
        name: "fail-on",
        kind: Kind::Choice(FAIL_ON),
        default: Some("error"),
        variable: None,
        help: "What makes the run fail: errors only, or also a field that was changed on both sides and left to a person (conflict).",
    },
    Input {
        name: "skip-ci",
        kind: Kind::Switch,
        default: Some("true"),
        variable: None,
        help: "Mark the commit with [skip ci], so that it does not start the workflow that pushes the repository back to EvalAI. A pull request's commit never is.",
    },
    Input {
        name: "commit-via",
        kind: Kind::Choice(COMMIT_VIA),
        default: Some("git"),
        variable: None,
        help: "How the commit gets onto the branch: pushed by git, or made through GitHub's API (api). GitHub signs the commits that are made so with the token of Actions or of a GitHub App, for branches that take signed commits only.",
    },
    Input {
        name: "committer-name",
        kind: Kind::Text,
        default: Some("github-actions[bot]"),
        variable: None,
        help: "Name of the commit's author and committer.",
    },
    Input {
        name: "committer-email",
        kind: Kind::Text,
        default: Some("41898282+github-actions[bot]@users.noreply.github.com"),
        variable: None,
        help: "E-mail address of the commit's author and committer.",
    },
    Input {
        name: "commit-message",
        kind: Kind::Text,
        default: Some("Sync from EvalAI: {fields}"),
        variable: None,
        help: "Commit message. {fields} stands for the names of the changed fields, {count} for their number, {challenge-id} for the challenge's id.",
    },
    Input {
        name: "include",
        kind: Kind::Text,
        default: None,
        variable: None,
        help: "Fields to keep in the repository although it does not yet, one a line: evaluation_script, phases.*.test_annotation_file, allowed_email_domains, enable_forum. Whoever can read the repository can then read them.",
    },
    Input {
        name: "max-file-size",
        kind: Kind::Number,
        default: Some("100"),
        variable: None,
        help: "The most MiB that a logo, an evaluation script or an annotation file may have; GitHub takes no file over 100.",
    },
    Input {
        name: "time-budget",
        kind: Kind::Number,
        default: Some("300"),
        variable: None,
        help: "Seconds that the run may take in all, waiting and retries included.",
    },
    Input {
        name: "status-page",
        kind: Kind::Switch,
        default: Some("false"),
        variable: None,
        help: "Write a page that tells how the challenge stands after the run, for GitHub Pages: each field's state and every sync so far. The output status-page names its folder.",
    },
    Input {
        name: "report-issue",
        kind: Kind::Switch,
        default: Some("false"),
        variable: None,
        help: "Open an issue when a run fails, keep it up to date while runs fail, and close it when one goes well.",
    },
];

/// What the action's image is asked to do: an input that is no flag, since
/// `action.yml` makes the subcommand of it.
pub const COMMAND: Input = Input {
    name: "command",
    kind: Kind::Text,
    default: Some("sync"),
    variable: None,
    help: "What to do: sync, or list the host team's challenges for a matrix in the output challenges (discover).",
};

pub(super) const FIRST_SYNC: &[&str] = &["pull-request", "commit", "stop"];
pub(super) const MODE: &[&str] = &["commit", "pull-request", "dry-run", "import"];
pub(super) const ON_PROTECTED: &[&str] = &["pull-request", "fail"];
pub(super) const COMMIT_VIA: &[&str] = &["git", "api"];
pub(super) const STRATEGY: &[&str] = &["evalai", "repository", "merge", "manual"];
pub(super) const FAIL_ON: &[&str] = &["error", "conflict"];

/// The flag (no input) that names the repository's working folder.
pub(super) const WORKSPACE: &str = "workspace";

/// The flag (no input) that names the repository on GitHub.
pub(super) const REPOSITORY: &str = "repository";

/// The subcommand `sync`: a flag for each input, and one for each thing that
/// the runner tells and a laptop does not.
#[must_use]
pub fn command() -> Command {
    Command::new("sync")
        .about("Bring the repository to what EvalAI holds")
        .args(INPUTS.iter().map(Input::flag))
        .args(places())
}

/// The flags of the inputs with these names, for another subcommand.
pub fn flags(names: &[&str]) -> impl Iterator<Item = Arg> {
    let named = INPUTS.iter().filter(|input| names.contains(&input.name));
    named.map(Input::flag)
}

/// The flags that tell what the runner tells and a laptop does not.
#[must_use]
pub fn places() -> [Arg; 2] {
    [
        Arg::new(WORKSPACE)
            .long(WORKSPACE)
            .value_name("FOLDER")
            .value_parser(clap::value_parser!(std::path::PathBuf))
            .help("Folder of the repository's clone [default: GITHUB_WORKSPACE, else the current folder]"),
        Arg::new(REPOSITORY)
            .long(REPOSITORY)
            .value_name("OWNER/NAME")
            .help("Name of the repository on GitHub [default: GITHUB_REPOSITORY, else that of the remote origin]"),
    ]
}
