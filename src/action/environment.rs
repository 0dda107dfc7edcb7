//! What the machine tells: the runner's `GITHUB_*` variables, or what stands
//! in for them on a laptop.

use std::path::{Path, PathBuf};

use clap::ArgMatches;

use super::inputs::{REPOSITORY, WORKSPACE};

/// One run of a workflow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    /// `GITHUB_RUN_ID`.
    pub id: String,
    /// `GITHUB_RUN_ATTEMPT`: 1, and one more for each re-run.
    pub attempt: String,
}

/// The surroundings of this process.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Environment {
    /// Whether the Actions runner started it.
    pub in_actions: bool,
    /// Whether it is in a container, where localhost is the container itself.
    pub in_container: bool,
    /// The folder of the repository's clone.
    pub workspace: PathBuf,
    /// `owner/name` of the repository on GitHub.
    pub repository: Option<String>,
    /// Where GitHub's pages are, without a slash at the end.
    pub server_url: String,
    /// Where GitHub's REST API is, without a slash at the end.
    pub api_url: String,
    /// The full ref that started the run, such as `refs/heads/main`.
    pub git_ref: Option<String>,
    /// The run of the workflow.
    pub run: Option<Run>,
    /// The workflow's name.
    pub workflow: Option<String>,
    /// Who set the run off.
    pub actor: Option<String>,
    /// The event's name, such as `schedule`.
    pub event_name: Option<String>,
    /// The file with the event's payload.
    pub event_path: Option<PathBuf>,
    /// The file that takes the outputs.
    pub output: Option<PathBuf>,
    /// The file that takes the job summary.
    pub step_summary: Option<PathBuf>,
    /// The runner's folder for temporary files.
    pub runner_temp: Option<PathBuf>,
    /// Whether the run was started with debug logging.
    pub debug: bool,
    /// What is to be logged, in the words of `RUST_LOG`.
    pub rust_log: Option<String>,
}

impl Environment {
    /// Reads the variables, and what stands in for them among the flags of
    /// [`command`](super::command). `exists` tells whether a file is there:
    /// container engines leave one at the root.
    #[must_use]
    pub fn read(
        flags: &ArgMatches,
        variable: impl Fn(&str) -> Option<String>,
        exists: impl Fn(&Path) -> bool,
    ) -> Self {
        let variable = |name: &str| variable(name).filter(|text| !text.trim().is_empty());
        let path = |name: &str| variable(name).map(PathBuf::from);
        let url = |name: &str, default: &str| {
            let url = variable(name).unwrap_or_else(|| default.to_owned());
            url.trim_end_matches('/').to_owned()
        };
        let workspace = flags.try_get_one::<PathBuf>(WORKSPACE).ok().flatten();
        let repository = flags.try_get_one::<String>(REPOSITORY).ok().flatten();
        Self {
            in_actions: variable("GITHUB_ACTIONS").as_deref() == Some("true"),
            in_container: ["/.dockerenv", "/run/.containerenv"]
                .iter()
                .any(|file| exists(Path::new(file)))
                || variable("KUBERNETES_SERVICE_HOST").is_some(),
            workspace: workspace
                .cloned()
                .or_else(|| path("GITHUB_WORKSPACE"))
                .unwrap_or_else(|| PathBuf::from(".")),
            repository: repository
                .cloned()
                .or_else(|| variable("GITHUB_REPOSITORY")),
            server_url: url("GITHUB_SERVER_URL", "https://github.com"),
            api_url: url("GITHUB_API_URL", "https://api.github.com"),
            git_ref: variable("GITHUB_REF"),
            run: variable("GITHUB_RUN_ID").map(|id| Run {
                id,
                attempt: variable("GITHUB_RUN_ATTEMPT").unwrap_or_else(|| "1".to_owned()),
            }),
            workflow: variable("GITHUB_WORKFLOW"),
            actor: variable("GITHUB_ACTOR"),
            event_name: variable("GITHUB_EVENT_NAME"),
            event_path: path("GITHUB_EVENT_PATH"),
            output: path("GITHUB_OUTPUT"),
            step_summary: path("GITHUB_STEP_SUMMARY"),
            runner_temp: path("RUNNER_TEMP"),
            debug: variable("RUNNER_DEBUG").as_deref() == Some("1"),
            rust_log: variable("RUST_LOG"),
        }
    }

    /// The branch that started the run; `None` for a tag or a pull request.
    #[must_use]
    pub fn branch(&self) -> Option<&str> {
        self.git_ref.as_deref()?.strip_prefix("refs/heads/")
    }

    /// The page of this attempt of the run.
    #[must_use]
    pub fn run_url(&self) -> Option<String> {
        let Run { id, attempt } = self.run.as_ref()?;
        let repository = self.repository.as_ref()?;
        let server = &self.server_url;
        Some(format!(
            "{server}/{repository}/actions/runs/{id}/attempts/{attempt}"
        ))
    }
}

/// A variable of this process. Bytes that are no UTF-8 become `U+FFFD`, so
/// that such a value fails its check instead of passing for unset.
#[must_use]
pub fn process_variable(name: &str) -> Option<String> {
    std::env::var_os(name).map(|value| value.to_string_lossy().into_owned())
}

#[cfg(test)]
pub(super) mod tests {
    use std::path::{Path, PathBuf};

    use super::{Environment, Run};
    use crate::action::command;

    /// The environment of a process with these flags and variables.
    pub(crate) fn environment(flags: &[&str], variables: &[(&str, &str)]) -> Environment {
        with_files(flags, variables, &[])
    }

    fn with_files(flags: &[&str], variables: &[(&str, &str)], files: &[&str]) -> Environment {
        let flags = command().get_matches_from([&["sync"], flags].concat());
        let variable = |name: &str| {
            let found = variables.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| (*value).to_owned())
        };
        Environment::read(&flags, variable, |file| {
            files.iter().any(|known| Path::new(known) == file)
        })
    }

    #[test]
    fn a_runner_tells_all_of_it() {
        let told = environment(
            &[],
            &[
                ("GITHUB_ACTIONS", "true"),
                ("GITHUB_WORKSPACE", "/github/workspace"),
                ("GITHUB_REPOSITORY", "host/challenge"),
                ("GITHUB_SERVER_URL", "https://ghe.example.org/"),
                ("GITHUB_API_URL", "https://ghe.example.org/api/v3"),
                ("GITHUB_REF", "refs/heads/challenge/2026"),
                ("GITHUB_RUN_ID", "17"),
                ("GITHUB_RUN_ATTEMPT", "2"),
                ("GITHUB_WORKFLOW", "Sync"),
                ("GITHUB_ACTOR", "host"),
                ("GITHUB_EVENT_NAME", "schedule"),
                ("GITHUB_EVENT_PATH", "/github/workflow/event.json"),
                ("GITHUB_OUTPUT", "/github/file_commands/output"),
                ("GITHUB_STEP_SUMMARY", "/github/file_commands/summary"),
                ("RUNNER_TEMP", "/github/runner_temp"),
                ("RUNNER_DEBUG", "1"),
                ("RUST_LOG", "info"),
            ],
        );
        let text = |text: &str| Some(text.to_owned());
        let path = |path: &str| Some(PathBuf::from(path));
        let expected = Environment {
            in_actions: true,
            in_container: false,
            workspace: "/github/workspace".into(),
            repository: text("host/challenge"),
            server_url: "https://ghe.example.org".to_owned(),
            api_url: "https://ghe.example.org/api/v3".to_owned(),
            git_ref: text("refs/heads/challenge/2026"),
            run: Some(Run {
                id: "17".to_owned(),
                attempt: "2".to_owned(),
            }),
            workflow: text("Sync"),
            actor: text("host"),
            event_name: text("schedule"),
            event_path: path("/github/workflow/event.json"),
            output: path("/github/file_commands/output"),
            step_summary: path("/github/file_commands/summary"),
            runner_temp: path("/github/runner_temp"),
            debug: true,
            rust_log: text("info"),
        };
        assert_eq!(told, expected);
        assert_eq!(told.branch(), Some("challenge/2026"));
        assert_eq!(
            told.run_url().as_deref(),
            Some("https://ghe.example.org/host/challenge/actions/runs/17/attempts/2")
        );
    }

    #[test]
    fn a_laptop_tells_nothing_and_github_is_where_it_is() {
        let told = environment(&[], &[("GITHUB_ACTIONS", ""), ("GITHUB_OUTPUT", " ")]);
        assert!(!told.in_actions && !told.in_container && !told.debug);
        assert_eq!(told.workspace, Path::new("."));
        assert_eq!(told.server_url, "https://github.com");
        assert_eq!(told.api_url, "https://api.github.com");
        assert_eq!((told.output.as_ref(), told.run_url()), (None, None));
    }

    #[test]
    fn the_flag_names_the_workspace_before_the_variable_does() {
        let told = environment(
            &["--repository", "o/r"],
            &[("GITHUB_REPOSITORY", "other/one")],
        );
        assert_eq!(told.repository.as_deref(), Some("o/r"));
        let told = environment(&["--workspace", "here"], &[("GITHUB_WORKSPACE", "/there")]);
        assert_eq!(told.workspace, Path::new("here"));
    }

    #[test]
    fn a_tag_is_no_branch() {
        let told = environment(&[], &[("GITHUB_REF", "refs/tags/v1")]);
        assert_eq!(told.branch(), None);
    }

    #[test]
    fn a_container_is_known_by_what_its_engine_leaves() {
        for (variables, files, expected) in [
            (&[][..], &[][..], false),
            (&[], &["/.dockerenv"], true),
            (&[], &["/run/.containerenv"], true),
            (&[("KUBERNETES_SERVICE_HOST", "10.0.0.1")], &[], true),
        ] {
            let told = with_files(&[], variables, files);
            assert_eq!(told.in_container, expected, "{variables:?} {files:?}");
        }
    }
}
