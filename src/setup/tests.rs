use super::*;

/// Facts of a repository in which everything is on the branch `challenge`.
pub(super) fn facts() -> Facts {
    Facts {
        server_url: "https://github.com".into(),
        repository: "host/challenge".into(),
        branch: "challenge".into(),
        default_branch: Some("challenge".into()),
        checked_out: Some("challenge".into()),
        every: schedule::Every::Hour,
        host_config: HOST_CONFIG.into(),
        challenge_id: None,
        pin: Pin {
            rev: "0123456789abcdef0123456789abcdef01234567".into(),
            release: Some("v0.1.0".into()),
        },
        on_evalai: OnEvalAI::Found(42),
        token: TokenPlace::HostConfig,
    }
}

#[test]
fn only_a_github_that_has_queues_is_given_one() {
    for (server_url, has_queues) in [
        ("https://github.com", true),
        ("https://octocorp.ghe.com", true),
        ("https://github.example.org", false),
        ("https://notgithub.com", false),
    ] {
        let facts = Facts {
            server_url: server_url.into(),
            ..facts()
        };
        assert_eq!(facts.has_queues(), has_queues, "{server_url}");
        let text = workflow::scheduled(&facts);
        assert_eq!(text.contains("queue: max"), has_queues, "{text}");
    }
}

/// What a workflow of ours says, read as YAML.
fn read(text: &str) -> crate::yaml::Value {
    crate::yaml::Document::parse(text.as_bytes())
        .unwrap()
        .root()
        .clone()
}

#[test]
fn odd_names_stay_texts() {
    let facts = Facts {
        branch: "on".into(),
        host_config: "it's #1.json".into(),
        challenge_id: Some(7),
        ..facts()
    };
    let workflow = read(&workflow::dispatched(&facts));
    let with = workflow
        .get("jobs")
        .unwrap()
        .get("sync")
        .unwrap()
        .get("steps")
        .unwrap();
    let with = with.as_seq().unwrap()[1].get("with").unwrap();
    assert_eq!(with.get("branch"), Some(&"on".into()));
    assert_eq!(with.get("host-config"), Some(&"it's #1.json".into()));
    assert_eq!(with.get("challenge-id"), Some(&7.into()));
}

#[test]
fn commands_for_another_server_name_it() {
    let facts = Facts {
        server_url: "https://github.example.org".into(),
        ..facts()
    };
    let plan = files::plan(&facts, &files::Here::default(), false);
    let steps = by_hand::steps(&facts, &plan).concat().join("\n");
    for words in [
        "gh secret set EVALAI_TOKEN --repo github.example.org/host/challenge\n",
        "https://github.example.org/host/challenge/settings/secrets/actions\n",
        "gh api --hostname github.example.org repos/host/challenge/dispatches ",
    ] {
        assert!(steps.contains(words), "{words}: {steps}");
    }
}
