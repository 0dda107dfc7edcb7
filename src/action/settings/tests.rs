//! How the inputs become settings.

use crate::challenge::pattern::Patterns;
use std::path::Path;
use std::time::Duration;

use super::{
    CommitVia, FailOn, FirstSync, Mode, OnProtected, Rules, Settings, SettingsError, Strategies,
    Strategy,
};
use crate::action::{INPUTS, command};
use crate::secret::Secret;

fn read(flags: &[&str], variables: &[(&str, &str)]) -> Result<Settings, SettingsError> {
    let flags = command().get_matches_from([&["sync"], flags].concat());
    Settings::read(&flags, |name| {
        let found = variables.iter().find(|(known, _)| *known == name);
        found.map(|(_, value)| (*value).to_owned())
    })
}

fn settings(flags: &[&str], variables: &[(&str, &str)]) -> Settings {
    read(flags, variables).expect("good inputs")
}

fn problems(flags: &[&str]) -> Vec<String> {
    read(flags, &[]).expect_err("bad inputs").problems
}

/// A value of each input that is not its default.
const GIVEN: &[(&str, &str)] = &[
    ("auth-token", "ghp_1"),
    ("evalai-token", "ey1"),
    ("host-config", "/run/secrets/host.json"),
    ("config", "./challenge/config.yaml"),
    ("challenge-id", "42"),
    ("branch", "refs/heads/challenge/2026"),
    ("first-sync", "commit"),
    ("record-ref", "refs/heads/evalai-record"),
    ("full", "TRUE"),
    ("fields", "title, phases.*.name"),
    ("mode", "dry-run"),
    ("on-protected", "fail"),
    ("pull-request-branch", "sync/{challenge-id}"),
    ("pull-request-title", "Take {fields}"),
    ("pull-request-body", "Of {challenge-id}: {count}"),
    ("labels", "evalai"),
    ("reviewers", "host,org/team"),
    ("assignees", "host"),
    ("draft", "true"),
    ("strategy", "repository"),
    ("strategies", "title: manual"),
    ("fail-on", "conflict"),
    ("skip-ci", "False"),
    ("commit-via", "api"),
    ("committer-name", "Sync Bot"),
    ("committer-email", "bot@example.org"),
    ("commit-message", "{count} of {challenge-id}: {fields}"),
    ("include", "evaluation_script, phases.*.name"),
    ("max-file-size", "7"),
    ("time-budget", "60"),
    ("status-page", "true"),
    ("report-issue", "true"),
];

#[test]
fn without_any_input_the_defaults_hold() {
    let s = settings(&[], &[]);
    assert_eq!((&s.auth_token, &s.evalai_token), (&None, &None));
    assert_eq!(s.host_config, Path::new("github/host_config.json"));
    assert_eq!((&s.config, s.challenge_id, &s.branch), (&None, None, &None));
    assert_eq!(
        (s.first_sync, s.mode, s.fail_on),
        (FirstSync::PullRequest, Mode::Commit, FailOn::Error)
    );
    let pull_request = &s.pull_request;
    assert_eq!(s.on_protected, OnProtected::PullRequest);
    assert_eq!(pull_request.branch(7), "evalai-sync/7");
    assert_eq!(pull_request.title("title", 1, 7), "Sync from EvalAI: title");
    assert_eq!(
        (pull_request.body("title", 1, 7), pull_request.draft),
        (None, false)
    );
    assert_eq!(s.strategies, Strategies::default());
    assert_eq!((s.full, s.skip_ci, s.status_page), (false, true, false));
    assert!(!s.report_issue);
    assert_eq!(
        s.record_ref.render(|_| "7".to_owned()),
        "refs/evalai-sync/7"
    );
    assert_eq!((s.commit_via, s.names_committer()), (CommitVia::Git, false));
    assert_eq!(s.committer_name, "github-actions[bot]");
    assert_eq!(
        s.committer_email,
        "41898282+github-actions[bot]@users.noreply.github.com"
    );
    assert_eq!(
        s.commit_message("title, end_date", 2, 7),
        "Sync from EvalAI: title, end_date"
    );
    assert_eq!((s.include, s.fields), (Patterns::default(), None));
    assert_eq!(s.max_file_size, 100 << 20);
    assert_eq!(s.time_budget, Duration::from_mins(5));
}

#[test]
fn every_input_arrives_and_reads_the_same_as_flag_and_as_variable() {
    assert!(GIVEN.iter().map(|g| g.0).eq(INPUTS.iter().map(|i| i.name)));
    let flags: Vec<_> = GIVEN.iter().map(|(n, v)| format!("--{n}={v}")).collect();
    let flags: Vec<_> = flags.iter().map(String::as_str).collect();
    let names: Vec<_> = INPUTS.iter().map(super::Input::runner_variable).collect();
    let values = GIVEN.iter().map(|(_, value)| *value);
    let variables: Vec<_> = names.iter().map(String::as_str).zip(values).collect();
    let s = settings(&flags, &[]);
    assert_eq!(s, settings(&[], &variables));

    assert_eq!(s.auth_token, Secret::new("ghp_1"));
    assert_eq!(s.evalai_token, Secret::new("ey1"));
    assert_eq!(s.host_config, Path::new("/run/secrets/host.json"));
    assert_eq!(
        s.config
            .as_ref()
            .map(crate::repository::path::RepoPath::as_str),
        Some("challenge/config.yaml")
    );
    assert_eq!(s.challenge_id, Some(42));
    assert_eq!(s.fields, Patterns::parse("title\nphases.*.name").ok());
    assert_eq!(s.branch.as_deref(), Some("challenge/2026"));
    assert_eq!(
        (s.first_sync, s.mode, s.fail_on),
        (FirstSync::Commit, Mode::DryRun, FailOn::Conflict)
    );
    let pull_request = &s.pull_request;
    assert_eq!(s.on_protected, OnProtected::Fail);
    assert_eq!(pull_request.branch(42), "sync/42");
    assert_eq!(pull_request.title("title", 1, 42), "Take title");
    assert_eq!(
        pull_request.body("title", 1, 42).as_deref(),
        Some("Of 42: 1")
    );
    assert_eq!(pull_request.labels, ["evalai"]);
    assert_eq!(pull_request.reviewers, ["host", "org/team"]);
    assert_eq!(
        (&pull_request.assignees[..], pull_request.draft),
        (&["host".to_owned()][..], true)
    );
    let strategies = Strategies {
        run: Strategy::Repository,
        rules: Rules::parse("title: manual").unwrap(),
    };
    assert_eq!(s.strategies, strategies);
    assert_eq!(
        s.record_ref.render(|_| "42".to_owned()),
        "refs/heads/evalai-record"
    );
    assert_eq!((s.full, s.skip_ci, s.status_page), (true, false, true));
    assert_eq!((s.commit_via, s.names_committer()), (CommitVia::Api, true));
    assert_eq!(s.committer_name, "Sync Bot");
    assert_eq!(s.committer_email, "bot@example.org");
    assert_eq!(s.commit_message("title", 1, 42), "1 of 42: title");
    assert_eq!(s.time_budget, Duration::from_mins(1));
}

#[test]
fn a_committer_that_the_runner_hands_over_by_default_is_named_by_nobody() {
    let default = "github-actions[bot]";
    let cases = [
        (&[("INPUT_COMMITTER-NAME", default)][..], false),
        (&[("INPUT_COMMITTER-NAME", "Sync Bot")][..], true),
        (&[("INPUT_COMMITTER-EMAIL", "bot@example.org")][..], true),
    ];
    for (variables, named) in cases {
        let settings = settings(&[], variables);
        assert_eq!(settings.names_committer(), named, "{variables:?}");
    }
}

#[test]
fn the_runner_keeps_hyphens_in_the_names_of_its_variables() {
    let names: Vec<_> = INPUTS.iter().map(super::Input::runner_variable).collect();
    assert_eq!(
        names[..3],
        [
            "INPUT_AUTH-TOKEN",
            "INPUT_EVALAI-TOKEN",
            "INPUT_HOST-CONFIG"
        ]
    );
}

#[test]
fn a_flag_goes_before_an_input_before_a_plain_variable_and_blank_is_unset() {
    let all = [("INPUT_AUTH-TOKEN", "input"), ("AUTH_TOKEN", "plain")];
    let blank = [("INPUT_AUTH-TOKEN", " \n"), ("AUTH_TOKEN", "plain")];
    for (flags, variables, expected) in [
        (&["--auth-token", "flag"][..], &all[..], Some("flag")),
        (&["--auth-token", ""], &all, Some("input")),
        (&[], &all, Some("input")),
        (&[], &blank, Some("plain")),
        (&[], &blank[..1], None),
    ] {
        let token = settings(flags, variables).auth_token;
        assert_eq!(
            token,
            expected.and_then(Secret::new),
            "{flags:?} {variables:?}"
        );
    }
    assert!(settings(&[], &[("INPUT_SKIP-CI", "")]).skip_ci);
}

#[test]
fn a_switch_is_on_when_its_flag_has_no_value() {
    assert!(settings(&["--full"], &[]).full);
    assert!(settings(&["--full", "--mode", "commit"], &[]).full);
    assert!(!settings(&["--full", "false"], &[]).full);
}

#[test]
fn white_space_around_a_text_is_not_part_of_it() {
    let s = settings(&[], &[("INPUT_COMMIT-MESSAGE", "Sync\n\nBody\n")]);
    assert_eq!(s.commit_message("", 0, 1), "Sync\n\nBody");
    assert_eq!(settings(&["--mode", " dry-run "], &[]).mode, Mode::DryRun);
    assert_eq!(settings(&["--mode", "import"], &[]).mode, Mode::Import);
}

#[test]
fn a_wrong_value_is_named_with_what_the_input_takes() {
    let whole = "it takes a whole number of at least 1";
    let seconds = "it takes a whole number of seconds from 1 to 21600";
    let path = "it takes a path from the repository's root, without `..`";
    let no_branch = "that cannot be a branch's name";
    let ref_name = "it takes a full ref name, such as refs/evalai-sync/{challenge-id}";
    let one_line = "it takes one line without < and >";
    for (name, value, takes) in [
        (
            "first-sync",
            "ask",
            "it takes pull-request or commit or stop",
        ),
        (
            "mode",
            "Commit",
            "it takes commit or pull-request or dry-run or import",
        ),
        (
            "strategy",
            "theirs",
            "it takes evalai or repository or merge or manual",
        ),
        (
            "strategies",
            "title",
            "\"title\" is no rule such as `phases.*.description: merge`, one a line",
        ),
        ("fail-on", "warning", "it takes error or conflict"),
        ("full", "yes", "it takes true or false"),
        ("skip-ci", "1", "it takes true or false"),
        ("challenge-id", "0", whole),
        ("challenge-id", "4.2", whole),
        ("challenge-id", "99999999999999999999", whole),
        ("time-budget", "5m", seconds),
        ("time-budget", "21601", seconds),
        ("config", "/etc/passwd", path),
        ("config", "a/../../b.yaml", path),
        ("config", ".", path),
        ("branch", "a..b", no_branch),
        ("branch", "-x", no_branch),
        ("record-ref", "evalai-sync", ref_name),
        ("record-ref", "refs/a b", ref_name),
        (
            "record-ref",
            "refs/{fields}",
            "there is no placeholder {fields} here; there is {challenge-id}",
        ),
        (
            "commit-message",
            "{title}",
            "there is no placeholder {title} here; there is {fields}, {count}, {challenge-id}",
        ),
        ("commit-via", "rest", "it takes git or api"),
        ("committer-name", "A <b>", one_line),
        ("committer-email", "a\nb", one_line),
    ] {
        let flag = format!("--{name}={value}");
        let expected = format!("Input `{name}` is `{value}`: {takes}.");
        assert_eq!(problems(&[&flag]), [expected]);
    }
}

#[test]
fn all_that_is_wrong_is_said_at_once_and_no_token_is_shown() {
    let flags = ["--auth-token=gh p_9", "--full=maybe", "--time-budget=-1"];
    let error = read(&flags, &[]).expect_err("bad inputs");
    assert_eq!(error.problems.len(), 3);
    let text = error.to_string();
    assert!(text.starts_with("Input `auth-token` is no token"), "{text}");
    assert!(text.contains("\nInput `full` is `maybe`"), "{text}");
    assert!(!text.contains("p_9"), "{text}");
}

#[test]
fn the_command_line_is_sound_and_its_help_names_choices_and_defaults() {
    command().debug_assert();
    let help = command().render_help().to_string();
    let help: Vec<_> = help.split_whitespace().collect();
    let help = help.join(" ");
    for part in [
        "--host-config <TEXT>",
        "[one of: pull-request, commit, stop; default: pull-request]",
        "also read from the variable AUTH_TOKEN",
        "--workspace <FOLDER>",
    ] {
        assert!(help.contains(part), "{part} in {help}");
    }
}
