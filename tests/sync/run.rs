//! One run of the real program: how it is started, and what it leaves behind.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;
use std::time::Duration;

use jsonschema::Validator;
use serde_json::Value as Json;
use tempfile::TempDir;

/// No run may hang: its time budget ends it long before this.
const LONGEST: Duration = Duration::from_mins(6);

/// The program under test: the one that was built with the tests, or another that is named where they are started.
pub(crate) fn binary() -> PathBuf {
    assert_cmd::cargo::cargo_bin("evalai-sync")
}

/// A run that is about to start. Nothing of this process's environment reaches it.
pub(crate) struct Start {
    command: assert_cmd::Command,
    output: PathBuf,
    summary: PathBuf,
    temp: PathBuf,
}

impl Start {
    /// As the Actions runner starts it in `workspace`, with its files in `folder`.
    pub(crate) fn in_actions(folder: &Path, workspace: &Path, repository: &str) -> Self {
        let mut start = Self::new(folder, "sync");
        start
            .command
            .env("GITHUB_ACTIONS", "true")
            .env("GITHUB_WORKSPACE", workspace)
            .env("GITHUB_REPOSITORY", repository)
            .env("GITHUB_EVENT_NAME", "schedule")
            .env("GITHUB_OUTPUT", &start.output)
            .env("GITHUB_STEP_SUMMARY", &start.summary)
            .env("RUNNER_TEMP", &start.temp);
        start
    }

    /// As somebody starts it in the folder `workspace` of a laptop.
    pub(crate) fn on_a_laptop(folder: &Path, workspace: &Path) -> Self {
        Self::another(folder, workspace, "sync")
    }

    /// The same with another subcommand.
    pub(crate) fn another(folder: &Path, workspace: &Path, subcommand: &str) -> Self {
        let mut start = Self::new(folder, subcommand);
        start.command.current_dir(workspace);
        start
    }

    fn new(folder: &Path, subcommand: &str) -> Self {
        let runner = TempDir::new_in(folder).expect("a folder").keep();
        let mut command = assert_cmd::Command::new(binary());
        command
            .env_clear()
            .arg(subcommand)
            // What is left there is looked at.
            .env("TMPDIR", &runner)
            // The signal that then ends it is no way for a run to end.
            .timeout(LONGEST);
        Self {
            command,
            output: runner.join("output"),
            summary: runner.join("summary"),
            temp: runner,
        }
    }

    /// The same with an input of the action.
    pub(crate) fn input(self, name: &str, value: &str) -> Self {
        self.variable(&format!("INPUT_{}", name.to_uppercase()), value)
    }

    /// The same with an environment variable.
    pub(crate) fn variable(mut self, name: &str, value: &str) -> Self {
        self.command.env(name, value);
        self
    }

    /// The same, set off by the event `name`, with what GitHub writes into the event's file.
    pub(crate) fn event(self, name: &str, payload: &Json) -> Self {
        let file = self.temp.join("event.json");
        fs::write(&file, payload.to_string()).expect("the event's file");
        let file = file.to_str().expect("a UTF-8 path");
        self.variable("GITHUB_EVENT_NAME", name)
            .variable("GITHUB_EVENT_PATH", file)
    }

    /// The same with flags.
    pub(crate) fn flags(mut self, flags: &[&str]) -> Self {
        self.command.args(flags);
        self
    }

    /// The same; what takes longer is killed, and so has no exit code.
    pub(crate) fn at_most(mut self, limit: Duration) -> Self {
        self.command.timeout(limit);
        self
    }

    /// Runs it.
    pub(crate) fn run(mut self) -> Run {
        let done = self.command.output().expect("the program runs");
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
        let outputs = read_outputs(&fs::read_to_string(&self.output).unwrap_or_default());
        let report = outputs.get("report").filter(|name| !name.is_empty());
        let report = report.map(|name| read_report(&self.temp.join(name)));
        Run {
            code: done.status.code(),
            log: text(done.stdout),
            errors: text(done.stderr),
            outputs,
            summary: fs::read_to_string(&self.summary).unwrap_or_default(),
            temp: self.temp,
            report,
        }
    }
}

/// What a run left behind.
pub(crate) struct Run {
    /// The exit code; `None` if a signal ended it.
    pub(crate) code: Option<i32>,
    /// Standard output.
    pub(crate) log: String,
    /// Standard error.
    pub(crate) errors: String,
    pub(crate) outputs: BTreeMap<String, String>,
    /// The job summary.
    pub(crate) summary: String,
    /// What stands in for the runner's folder for temporary files.
    pub(crate) temp: PathBuf,
    /// The report for programs, if the run left one.
    pub(crate) report: Option<Json>,
}

/// Reads a report, which is as its schema says, whatever the run was.
fn read_report(file: &Path) -> Json {
    let text = fs::read_to_string(file).expect("the report that the run named");
    let report = serde_json::from_str(&text).expect("JSON");
    check_report(&report);
    report
}

/// Holds a report to its schema.
#[track_caller]
pub(crate) fn check_report(report: &Json) {
    static SCHEMA: LazyLock<Validator> = LazyLock::new(|| {
        let schema = include_str!("../../docs/report.schema.json");
        let schema = serde_json::from_str(schema).expect("JSON");
        jsonschema::validator_for(&schema).expect("a schema")
    });
    let errors = SCHEMA.iter_errors(report);
    let errors: Vec<_> = errors.map(|error| error.to_string()).collect();
    assert!(errors.is_empty(), "{errors:#?} in {report:#}");
}

impl Run {
    /// The output `result`.
    pub(crate) fn result(&self) -> &str {
        self.output("result")
    }

    /// An output; empty if there is none.
    pub(crate) fn output(&self, name: &str) -> &str {
        self.outputs.get(name).map_or("", String::as_str)
    }

    /// The output `changed-fields`, read.
    pub(crate) fn changed_fields(&self) -> Vec<String> {
        serde_json::from_str(self.output("changed-fields")).expect("changed-fields is a JSON array")
    }

    /// The same run, which must have gone well.
    #[track_caller]
    pub(crate) fn succeeded(self) -> Self {
        assert_eq!(self.code, Some(0), "{}\n{}", self.log, self.errors);
        self
    }

    /// The same run, which must have failed and said `words`.
    #[track_caller]
    pub(crate) fn failed_saying(self, words: &str) -> Self {
        assert_eq!(self.code, Some(1), "{}\n{}", self.log, self.errors);
        assert!(
            self.log.contains(words),
            "{words:?} is not in\n{}\n{}",
            self.log,
            self.errors
        );
        self
    }
}

/// Reads the runner's file of outputs: `name<<DELIMITER`, lines, `DELIMITER`.
fn read_outputs(text: &str) -> BTreeMap<String, String> {
    let mut lines = text.lines();
    let mut outputs = BTreeMap::new();
    while let Some(line) = lines.next() {
        let (name, delimiter) = line.split_once("<<").expect("an output begins");
        let value: Vec<_> = lines
            .by_ref()
            .take_while(|line| *line != delimiter)
            .collect();
        outputs.insert(name.to_owned(), value.join("\n"));
    }
    outputs
}
