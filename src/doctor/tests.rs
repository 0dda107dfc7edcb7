use super::facts::{Drift, Missing, Workflow};
use super::*;
use crate::action::Look;
use crate::evalai::LocateError;
use crate::repository::host_config::HostConfig;
use crate::secret::Secret;

#[test]
fn every_check_has_a_name_of_its_own_and_builds_on_checks_that_are_there() {
    let mut ids = std::collections::BTreeSet::new();
    for check in CHECKS {
        assert!(ids.insert(check.id), "{} is there once", check.id);
    }
    for check in CHECKS {
        for needed in check.needs {
            assert!(ids.contains(needed), "{} needs {needed}", check.id);
        }
    }
}

const FILE: &str = r#"{"team_pk": 7, "evalai_host_url": "https://eval.ai"}"#;

/// Facts of a repository of which nothing is known but its host config.
fn facts() -> Facts {
    let now = "2026-06-01T00:00:00Z".parse().unwrap();
    let parse = || {
        let token = Secret::new("e30.e30.e30");
        HostConfig::parse(Some(FILE.as_bytes()), "github/host_config.json", token, now)
    };
    Facts {
        now,
        repository: "host/challenge".into(),
        host_config_path: "github/host_config.json".into(),
        host_config: parse(),
        token: parse(),
        token_is_committed: false,
        located: None,
        refs: Err("no remote".into()),
        branch: None,
        config: None,
        default_workflows: Vec::new(),
        branch_workflows: Vec::new(),
        record: None,
        github: Err("no token".into()),
        drift: None,
    }
}

/// What the check comes to by itself.
fn judged(id: &str, facts: &Facts) -> (&'static str, String) {
    let check = CHECKS.iter().find(|check| check.id == id).unwrap();
    let verdict = (check.judge)(facts);
    (verdict.name(), format!("{verdict:?}"))
}

#[test]
fn what_builds_on_a_failed_check_is_skipped_with_the_reason_and_the_rest_goes_on() {
    let findings = examine(&facts());
    assert_eq!(findings.len(), CHECKS.len());
    let of = |id: &str| {
        let finding = findings
            .iter()
            .find(|finding| finding.check.id == id)
            .unwrap();
        finding.verdict.clone()
    };
    assert_eq!(of("git").name(), "failure");
    let skipped = |why: &str| Verdict::Skipped(why.to_owned());
    assert_eq!(
        of("branch"),
        skipped("it builds on \"Repository\", which failed")
    );
    assert_eq!(
        of("files"),
        skipped("it builds on \"Challenge configuration\", which was skipped")
    );
    assert_eq!(of("auth-token"), skipped("no token"));
    assert_eq!(of("token").name(), "ok");
    assert!(!is_well(&findings));
}

#[test]
fn each_way_not_to_find_the_challenge_fails_one_check() {
    let team = 7;
    let repository = || "host/challenge".to_owned();
    for (error, check, words) in [
        (
            LocateError::UnknownTeam { team },
            "team",
            "Write the team's ID",
        ),
        (
            LocateError::EmptyTeam { team },
            "challenge",
            "Push the repository to EvalAI once",
        ),
        (
            LocateError::Removed { id: 4 },
            "challenge",
            "Stop the workflow",
        ),
        (
            LocateError::LetterCase {
                id: 4,
                named: "Host/challenge".into(),
                repository: repository(),
            },
            "challenge",
            "Rename the repository",
        ),
        (
            LocateError::OtherRepository {
                id: 4,
                named: "host/other".into(),
                repository: repository(),
            },
            "challenge",
            "Name the right challenge",
        ),
        (
            crate::evalai::Error::UnsendableToken.into(),
            "token-accepted",
            "must be that of `evalai_host_url`",
        ),
        (
            crate::evalai::Error::Setup("no certificates".into()).into(),
            "evalai",
            "Check `evalai_host_url`",
        ),
    ] {
        let facts = Facts {
            located: Some(Err(error)),
            ..facts()
        };
        let findings = examine(&facts);
        let of_evalai = ["evalai", "token-accepted", "team", "challenge"];
        let failed = findings.iter().filter(|finding| {
            of_evalai.contains(&finding.check.id) && finding.verdict.name() == "failure"
        });
        let failed: Vec<_> = failed.map(|finding| finding.check.id).collect();
        assert_eq!(failed, [check]);
        assert!(
            judged(check, &facts).1.contains(words),
            "{:?}",
            judged(check, &facts)
        );
    }
}

#[test]
fn a_dry_run_tells_the_drift() {
    let names = |names: &[&str]| {
        names
            .iter()
            .map(|name| (*name).to_owned())
            .collect::<Vec<_>>()
    };
    for (drift, status, words) in [
        (
            Ok(Drift::default()),
            "ok",
            "the branch holds what EvalAI holds",
        ),
        (
            Ok(Drift {
                ahead: names(&["tags", "title"]),
                ..Drift::default()
            }),
            "ok",
            "none; 2 fields are on the way to EvalAI: tags, title",
        ),
        (
            Ok(Drift {
                written: names(&["a", "b", "c", "d", "e", "f", "g", "h"]),
                ..Drift::default()
            }),
            "warning",
            "8 fields changed on EvalAI and not here: a, b, c, d, e, f and 2 more",
        ),
        (
            Ok(Drift {
                open: names(&["title"]),
                ..Drift::default()
            }),
            "warning",
            "1 field differs: title",
        ),
        (
            Ok(Drift {
                conflicts: names(&["title"]),
                ..Drift::default()
            }),
            "warning",
            "1 field changed on both sides",
        ),
        (Err("no".to_owned()), "failure", "see to it first"),
    ] {
        let facts = Facts {
            drift: Some(drift),
            ..facts()
        };
        let (name, told) = judged("drift", &facts);
        assert_eq!(name, status);
        assert!(told.contains(words), "{told}");
    }
    let drift = Drift {
        locked: names(&["leaderboards.1.schema"]),
        ..Drift::default()
    };
    let facts = Facts {
        drift: Some(Ok(drift)),
        ..facts()
    };
    let (name, told) = judged("locked", &facts);
    assert!(
        name == "failure" && told.contains("every push fails"),
        "{told}"
    );
}

#[test]
fn files_that_may_be_kept_out_of_a_repository_are_a_warning_only() {
    let missing = |private| Missing {
        file: "annotations/test.json".into(),
        field: "phases.1.test_annotation_file".into(),
        private,
    };
    for (list, status) in [
        (vec![], "ok"),
        (vec![missing(true)], "warning"),
        (vec![missing(true), missing(false)], "failure"),
    ] {
        let config = facts::Config {
            missing: list,
            ..Default::default()
        };
        let facts = Facts {
            config: Some(Ok(config)),
            ..facts()
        };
        assert_eq!(judged("files", &facts).0, status);
    }
}

fn workflow(text: &str) -> Vec<Workflow> {
    vec![(
        ".github/workflows/push.yml".to_owned(),
        text.as_bytes().to_vec(),
    )]
}

#[test]
fn a_runner_or_a_python_that_github_has_no_more_is_named() {
    for (runner, python, status) in [
        ("ubuntu-latest", "'3.9'", "ok"),
        // Without quotes that is the number 3.1, for GitHub as well.
        ("ubuntu-latest", "3.10", "warning"),
        ("ubuntu-latest", "3.7.5", "warning"),
        ("ubuntu-latest", "3.7", "warning"),
        ("ubuntu-latest", "'3.10'", "ok"),
        ("ubuntu-latest", "2.7", "warning"),
        ("ubuntu-latest", "3.x", "ok"),
        ("ubuntu-18.04", "3.9", "failure"),
        ("[self-hosted]", "3.9", "ok"),
    ] {
        let text = format!(
            "jobs:\n  a:\n    runs-on: {runner}\n    steps:\n    - with:\n        python-version: {python}\n    - run: challenge_processing_script.py\n"
        );
        let facts = Facts {
            branch_workflows: workflow(&text),
            ..facts()
        };
        assert_eq!(judged("runner", &facts).0, status, "{text}");
    }
}

#[test]
fn the_workflow_to_ask_for_is_the_one_with_the_schedule() {
    let file = |name: &str, on: &str, uses: &str| {
        let text = format!("on: {on}\njobs:\n  a:\n    steps:\n    - uses: {uses}\n");
        (format!(".github/workflows/{name}"), text.into_bytes())
    };
    let push = file("a.yml", "push", "Cloud-CV/evalai-sync@v0");
    let scheduled = file(
        "b.yml",
        "{schedule: [{cron: '1 * * * *'}]}",
        "someone/evalai-sync@main",
    );
    let other = file(
        "c.yml",
        "{schedule: [{cron: '1 * * * *'}]}",
        "actions/checkout@v6",
    );
    let ask = |files: &[Workflow]| file_to_ask_for(files);
    assert_eq!(
        ask(&[push.clone(), scheduled, other.clone()]).as_deref(),
        Some("b.yml")
    );
    assert_eq!(ask(&[push, other.clone()]).as_deref(), Some("a.yml"));
    assert_eq!(ask(&[other]), None);
}

#[test]
fn in_a_terminal_each_mark_has_its_colour() {
    let lines = tell::lines(&examine(&facts()));
    let looks: Vec<_> = lines
        .iter()
        .map(|line| (line[0].text.as_str(), line[0].look))
        .collect();
    for expected in [("✔", Look::New), ("✖", Look::Old), ("–", Look::Faint)] {
        assert!(looks.contains(&expected), "{expected:?}");
    }
}
