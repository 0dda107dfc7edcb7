//! The action's outputs, and the file through which the runner takes them.

use std::fs::OpenOptions;
use std::io::{self, Write as _};
use std::path::Path;

/// One output of the action.
#[derive(Clone, Copy, Debug)]
pub struct Output {
    /// The name in `action.yml`.
    pub name: &'static str,
    /// A sentence; the description in `action.yml`.
    pub help: &'static str,
    value: fn(&Outputs) -> String,
}

/// Every output, in the order of `action.yml`.
pub const OUTPUTS: &[Output] = &[
    Output {
        name: "result",
        help: "How the run ended: in-sync, synced, proposed, declined, ahead, first-sync, conflict, dry-run, deferred, skipped or error.",
        value: |outputs| outputs.result.unwrap_or("error").to_owned(),
    },
    Output {
        name: "changed",
        help: "Whether the run made a commit on the branch: true or false.",
        value: |outputs| outputs.changed.to_string(),
    },
    Output {
        name: "changed-fields",
        help: "JSON array of the fields that changed on EvalAI.",
        value: |outputs| json(&outputs.changed_fields),
    },
    Output {
        name: "changed-files",
        help: "JSON array of the files that the changed fields are in.",
        value: |outputs| json(&outputs.changed_files),
    },
    Output {
        name: "commit-sha",
        help: "The commit that the run made on the branch; empty if none.",
        value: |outputs| outputs.commit_sha.clone().unwrap_or_default(),
    },
    Output {
        name: "sync-sha",
        help: "The commit of the branch that is now recorded as synced; empty if none is.",
        value: |outputs| outputs.sync_sha.clone().unwrap_or_default(),
    },
    Output {
        name: "challenge-id",
        help: "Id of the challenge on EvalAI.",
        value: |outputs| {
            outputs
                .challenge_id
                .map_or_else(String::new, |id| id.to_string())
        },
    },
    Output {
        name: "pull-request",
        help: "Address of the open pull request that proposes EvalAI's changes; empty if there is none.",
        value: |outputs| outputs.pull_request.clone().unwrap_or_default(),
    },
    Output {
        name: "report",
        help: "Name of the run's JSON report, a file in the folder runner.temp.",
        value: |outputs| outputs.report.clone().unwrap_or_default(),
    },
    Output {
        name: "status-page",
        help: "Name of the status page's folder, in the folder runner.temp; empty without the input status-page.",
        value: |outputs| outputs.status_page.clone().unwrap_or_default(),
    },
    Output {
        name: CHALLENGES,
        help: "JSON array of the host team's challenges for a matrix, each with id, title, repository and branch; empty unless command is discover.",
        value: |_| String::new(),
    },
];

/// The output that is not of a sync.
const CHALLENGES: &str = "challenges";

/// How a run that was done ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RunResult {
    /// Nothing was to be done.
    InSync,
    /// EvalAI's changes were committed and pushed.
    Synced,
    /// EvalAI's changes wait in a pull request, or in its branch.
    Proposed,
    /// EvalAI's changes are nowhere: their pull request was closed, or its branch is somebody else's.
    Declined,
    /// Only the repository has changes, which EvalAI has not taken yet.
    Ahead,
    /// Nothing was recorded yet, and the two sides differ.
    FirstSync,
    /// Fields changed on both sides and wait for a person; nothing else changed.
    Conflict,
    /// There are changes, and the run was only to say so.
    DryRun,
}

impl RunResult {
    /// The word for it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::InSync => "in-sync",
            Self::Synced => "synced",
            Self::Proposed => "proposed",
            Self::Declined => "declined",
            Self::Ahead => "ahead",
            Self::FirstSync => "first-sync",
            Self::Conflict => "conflict",
            Self::DryRun => "dry-run",
        }
    }
}

/// What a run hands to the steps after it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outputs {
    /// How it ended; `None` if it could not be done.
    pub result: Option<&'static str>,
    /// Whether it made a commit.
    pub changed: bool,
    /// The fields that changed on EvalAI.
    pub changed_fields: Vec<String>,
    /// The files they are in.
    pub changed_files: Vec<String>,
    /// The commit it made.
    pub commit_sha: Option<String>,
    /// The branch's commit that is recorded as synced.
    pub sync_sha: Option<String>,
    /// The challenge's id.
    pub challenge_id: Option<u64>,
    /// The address of the open pull request.
    pub pull_request: Option<String>,
    /// The name of the report's file.
    pub report: Option<String>,
    /// The name of the status page's folder.
    pub status_page: Option<String>,
}

impl Outputs {
    /// Name and value of each, in the order of [`OUTPUTS`].
    pub fn entries(&self) -> impl Iterator<Item = (&'static str, String)> {
        OUTPUTS
            .iter()
            .map(|output| (output.name, (output.value)(self)))
    }

    /// Appends them to `file`, which is `GITHUB_OUTPUT`.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn write(&self, file: &Path) -> io::Result<()> {
        let text: String = self
            .entries()
            .map(|(name, value)| heredoc(name, &value))
            .collect();
        append(file, &text)
    }
}

/// Appends the output `challenges`, and no other, to `file`, which is `GITHUB_OUTPUT`.
///
/// # Errors
/// If the file cannot be written.
pub fn write_challenges(file: &Path, json: &str) -> io::Result<()> {
    append(file, &heredoc(CHALLENGES, json))
}

fn append(file: &Path, text: &str) -> io::Result<()> {
    let mut file = OpenOptions::new().create(true).append(true).open(file)?;
    file.write_all(text.as_bytes())
}

/// `name` and `value` as the runner reads them: all lines up to the delimiter,
/// which is random and not in the value, so that no value can end early.
fn heredoc(name: &str, value: &str) -> String {
    let mut delimiter = random_delimiter();
    while value.contains(&delimiter) {
        delimiter = random_delimiter();
    }
    format!("{name}<<{delimiter}\n{value}\n{delimiter}\n")
}

fn random_delimiter() -> String {
    format!("end-{:032x}", fastrand::u128(..))
}

fn json(items: &[String]) -> String {
    serde_json::Value::from(items).to_string()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Outputs, RunResult, heredoc};

    /// The runner's way to read its command files on Linux: a line with `<<`
    /// (and no `=` before it) opens a value that ends at the delimiter's line.
    fn read(text: &str) -> Vec<(String, String)> {
        let mut entries = Vec::new();
        let mut lines = text.split('\n');
        while let Some(line) = lines.next() {
            if line.is_empty() {
                continue;
            }
            let (name, delimiter) = line.split_once("<<").expect("a heredoc");
            assert!(!name.contains('='), "{line}");
            let value: Vec<&str> = lines.by_ref().take_while(|l| *l != delimiter).collect();
            entries.push((name.to_owned(), value.join("\n")));
        }
        entries
    }

    fn outputs() -> Outputs {
        Outputs {
            result: Some(RunResult::Synced.as_str()),
            changed: true,
            changed_fields: vec!["title".into(), "phases[\"dev\"].end_date".into()],
            changed_files: vec![],
            commit_sha: Some("c0ffee".into()),
            sync_sha: None,
            challenge_id: Some(42),
            pull_request: Some("https://github.com/o/r/pull/7".into()),
            report: Some("report.json".into()),
            status_page: None,
        }
    }

    #[test]
    fn each_output_has_its_value_and_lists_are_json() {
        let entries: Vec<_> = outputs().entries().collect();
        let expected = [
            ("result", "synced"),
            ("changed", "true"),
            ("changed-fields", r#"["title","phases[\"dev\"].end_date"]"#),
            ("changed-files", "[]"),
            ("commit-sha", "c0ffee"),
            ("sync-sha", ""),
            ("challenge-id", "42"),
            ("pull-request", "https://github.com/o/r/pull/7"),
            ("report", "report.json"),
            ("status-page", ""),
            ("challenges", ""),
        ];
        assert_eq!(
            entries,
            expected.map(|(name, value)| (name, value.to_owned()))
        );
    }

    #[test]
    fn a_run_that_could_not_be_done_says_so() {
        let result = Outputs::default().entries().next();
        assert_eq!(result, Some(("result", "error".to_owned())));
    }

    #[test]
    fn they_are_appended_to_what_the_file_holds() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("output");
        std::fs::write(&file, "before<<x\n1\nx\n").expect("written");
        outputs().write(&file).expect("written");
        let read = read(&std::fs::read_to_string(&file).expect("read"));
        let expected: Vec<_> = [("before".to_owned(), "1".to_owned())]
            .into_iter()
            .chain(
                outputs()
                    .entries()
                    .map(|(name, value)| (name.to_owned(), value)),
            )
            .collect();
        assert_eq!(read, expected);
    }

    proptest! {
        #[test]
        fn any_value_reads_back_as_it_was(values in prop::collection::vec("(?s).{0,80}", 1..4)) {
            let text: String = values.iter().map(|value| heredoc("name", value)).collect();
            let read: Vec<String> = read(&text).into_iter().map(|(_, value)| value).collect();
            prop_assert_eq!(read, values);
        }

        #[test]
        fn a_value_made_of_heredocs_reads_back_as_it_was(inner in "[a-z<=\n]{0,40}") {
            let value = heredoc("inner", &inner);
            prop_assert_eq!(read(&heredoc("name", &value)), [("name".to_owned(), value)]);
        }
    }
}
