use super::*;
use crate::setup::tests::facts;

/// A workflow like the starter's, with comments that must stay.
const STARTER: &str = "\
# Pushes the challenge.
name: push-to-evalai
on:
  push:
    branches: [challenge] # ours
  pull_request:
    branches: [challenge]

jobs:
  build:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      # Python is pinned.
      - name: Set up Python
        uses: actions/setup-python@v5
        with:
          python-version: '3.9'

      - name: Validate challenge
        run: |
          python3 github/challenge_processing_script.py
        env:
          IS_VALIDATION: 'True'
          GITHUB_AUTH_TOKEN: ${{ secrets.AUTH_TOKEN }}

      # To EvalAI.
      - name: Create or update challenge
        run: |
          python3 github/challenge_processing_script.py
        if: ${{github.event_name == 'push' && success()}}
        env:
          IS_VALIDATION: 'False'
          GITHUB_AUTH_TOKEN: ${{ secrets.AUTH_TOKEN }}
";

fn edited(text: &str, facts: &Facts) -> String {
    match patch(text.as_bytes(), facts) {
        Patch::Edited { bytes, .. } => String::from_utf8(bytes).unwrap(),
        other => panic!("{other:?}"),
    }
}

/// The lines that are only in `after`, once all of `before` was found in it in order.
fn inserted(before: &str, after: &str) -> String {
    let mut old = before.split_inclusive('\n').peekable();
    let mut new = String::new();
    for line in after.split_inclusive('\n') {
        if old.peek() == Some(&line) {
            old.next();
        } else {
            new.push_str(line);
        }
    }
    assert_eq!(old.next(), None, "a line was changed or lost in\n{after}");
    new
}

const TOKEN_STEP: &str = "\
      - name: Take the EvalAI token from the secret, if there is one
        env:
          EVALAI_TOKEN: ${{ secrets.EVALAI_TOKEN }}
        run: |
          if [ -n \"$EVALAI_TOKEN\" ]; then
            config=$(jq '.token = env.EVALAI_TOKEN' github/host_config.json)
            printf '%s\\n' \"$config\" > github/host_config.json
          fi
";

#[test]
fn only_whole_lines_are_inserted() {
    let after = edited(STARTER, &facts());
    let new = inserted(STARTER, &after);
    assert!(
        new.starts_with("concurrency:\n  group: evalai-sync\n  queue: max\n"),
        "{new}"
    );
    assert!(new.contains(TOKEN_STEP), "{new}");
    let uses =
        "        uses: Cloud-CV/evalai-sync@0123456789abcdef0123456789abcdef01234567 # v0.1.0\n";
    assert!(new.contains(uses), "{new}");
    assert!(
        new.contains("        if: ${{github.event_name == 'push' && success()}}\n"),
        "{new}"
    );
    let order = [
        "Set up Python",
        "Take the EvalAI token",
        "Validate challenge",
        "Take what was edited",
        "# To EvalAI.",
        "Create or update challenge",
    ];
    let places = order.map(|words| after.find(words).unwrap());
    assert!(places.is_sorted(), "{after}");
}

#[test]
fn a_second_time_there_is_nothing_to_do() {
    let after = edited(STARTER, &facts());
    let again = patch(after.as_bytes(), &facts());
    assert_eq!(again, Patch::AsItShould { left: Vec::new() });
}

#[test]
fn line_endings_and_indentation_stay_as_they_are() {
    let deep = STARTER.replace("\n      ", "\n        ");
    let flush = STARTER.replace("\n      ", "\n    ");
    let unended = STARTER.trim_end().to_owned();
    for text in [STARTER.replace('\n', "\r\n"), flush, deep] {
        let after = edited(&text, &facts());
        inserted(&text, &after);
        let bare = after.replace("\r\n", "");
        assert!(
            !text.contains('\r') || !bare.contains(['\r', '\n']),
            "{after:?}"
        );
    }
    let after = edited(&unended, &facts());
    assert_eq!(
        inserted(&unended, &after),
        inserted(STARTER, &edited(STARTER, &facts()))
    );
    assert!(!after.ends_with('\n'));
}

/// Like the starter of 2025: several jobs, one of which looks at the host config by itself.
const JOBS: &str = "\
name: Validate and push
on:
  push: {}
permissions:
  contents: read
jobs:
  branch:
    runs-on: ubuntu-latest
    steps:
    - run: echo \"$GITHUB_REF\"
  host-config:
    runs-on: ubuntu-latest
    steps:
    - uses: actions/checkout@v4
    - name: Look at the host config
      run: |
        test \"$(jq -r .token github/host_config.json)\" != null
  push:
    needs: host-config
    runs-on: ubuntu-latest
    steps:
    - uses: actions/checkout@v4
    - name: To EvalAI
      run: python3 github/challenge_processing_script.py ${GITHUB_REF#refs/heads/}
      env: {IS_VALIDATION: \"False\"}
";

#[test]
fn every_job_that_reads_the_host_config_takes_the_secret_first() {
    let Patch::Edited { bytes, done, left } = patch(JOBS.as_bytes(), &facts()) else {
        panic!("it is edited");
    };
    let after = String::from_utf8(bytes).unwrap();
    let new = inserted(JOBS, &after);
    assert_eq!(new.matches("EVALAI_TOKEN: ").count(), 2, "{new}");
    assert_eq!(new.matches("run: |\n").count(), 2, "{new}");
    // Without an `if` of the step's own, only pushes are synced.
    assert!(
        new.contains("if: ${{ github.event_name == 'push' }}\n"),
        "{new}"
    );
    assert_eq!((done.len(), left.len()), (4, 0), "{done:?} {left:?}");
}

#[test]
fn what_the_host_has_already_stays() {
    let own = STARTER.replace("jobs:\n", "concurrency: mine\njobs:\n");
    let Patch::Edited { bytes, left, .. } = patch(own.as_bytes(), &facts()) else {
        panic!("it is edited");
    };
    let after = String::from_utf8(bytes).unwrap();
    assert!(!after.contains("queue:"), "{after}");
    assert!(
        left[0].starts_with("it has a concurrency group of its own"),
        "{left:?}"
    );
    let older = edited(STARTER, &facts())
        .replace("@0123456789abcdef0123456789abcdef01234567 # v0.1.0", "@v0");
    assert_eq!(
        patch(older.as_bytes(), &facts()),
        Patch::AsItShould { left: Vec::new() }
    );
}

#[test]
fn before_the_first_push_there_is_nothing_to_sync() {
    let absent = Facts {
        on_evalai: OnEvalAI::Absent,
        ..facts()
    };
    let after = edited(STARTER, &absent);
    assert!(!after.contains("evalai-sync@"), "{after}");
    assert!(after.contains(TOKEN_STEP), "{after}");
    // Once EvalAI knows the repository, the rest follows.
    assert_eq!(edited(&after, &facts()), edited(STARTER, &facts()));
}

#[test]
fn a_server_without_queues_gets_no_group() {
    let server = Facts {
        server_url: "https://github.example.org".into(),
        ..facts()
    };
    let after = edited(STARTER, &server);
    assert!(!after.contains("concurrency"), "{after}");
}

#[test]
fn what_is_of_no_known_shape_is_left_alone() {
    for (text, reason) in [
        (STARTER.replace("jobs:", "jobs: ["), "it cannot be read"),
        (STARTER.replace("actions/checkout@v4", "mine/checkout@v4"), "does not check the repository out"),
        (STARTER.replace("challenge_processing_script.py", "push.py"), "no step of it runs"),
        ("on: push\n# challenge_processing_script.py\n".to_owned(), "it has no jobs"),
        (
            "jobs: {a: {steps: [{uses: actions/checkout@v4}, {run: python3 challenge_processing_script.py, env: {IS_VALIDATION: 'False'}}]}}\n".to_owned(),
            "do not stand on lines of their own",
        ),
        (JOBS.replace("  push:\n    needs", "  again: &a\n    needs") + &JOBS[JOBS.find("  push:\n    needs").unwrap()..], "more than one of its jobs"),
    ] {
        let Patch::Unknown { reason: told, lines } = patch(text.as_bytes(), &facts()) else {
            panic!("{text} is left alone");
        };
        assert!(told.contains(reason), "{told}");
        assert!(lines.contains("queue: max") && lines.contains("Cloud-CV/evalai-sync@"), "{lines}");
    }
}

#[test]
fn a_workflow_that_pushes_is_known_by_what_it_runs() {
    assert!(is_push(STARTER.as_bytes()));
    assert!(is_push(b"- name: Create or Update Challenge"));
    assert!(!is_push(b"on: push"));
}
