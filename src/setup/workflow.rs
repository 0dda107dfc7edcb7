//! The texts of the two workflows that sync: one on a schedule and by hand, one by a dispatch.

use std::fmt::Write as _;

use super::{Facts, GROUP, HOST_CONFIG};
use crate::action::CHALLENGE_UPDATED;

/// The workflow with the schedule.
pub const SCHEDULED: &str = ".github/workflows/evalai-sync.yml";

/// The workflow that a dispatch starts.
pub const DISPATCHED: &str = ".github/workflows/evalai-sync-dispatch.yml";

/// `actions/checkout` at v6.1.0.
const CHECKOUT: &str = "actions/checkout@d23441a48e516b6c34aea4fa41551a30e30af803 # v6.1.0";

/// The text of [`SCHEDULED`].
#[must_use]
pub fn scheduled(facts: &Facts) -> String {
    let (words, cron) = (facts.every.words(), facts.every.cron(&facts.repository));
    let head = format!(
        "\
# Brings what was edited on EvalAI into the branch {branch}. GitHub runs this on the default branch only.
name: Sync from EvalAI

on:
  schedule:
    - cron: \"{cron}\" # {words}, UTC
  workflow_dispatch:
    inputs:
      dry-run:
        description: Only say what would change
        type: boolean
      fields:
        description: Only these fields, such as title, phases.*.end_date
      challenge-id:
        description: Id of the challenge on EvalAI, where it is not found by itself
",
        branch = facts.branch
    );
    let id = match facts.challenge_id {
        Some(id) => format!("${{{{ inputs.challenge-id || '{id}' }}}}"),
        None => "${{ inputs.challenge-id }}".to_owned(),
    };
    let by_hand = [
        ("challenge-id", id),
        (
            "mode",
            "${{ inputs.dry-run && 'dry-run' || 'commit' }}".to_owned(),
        ),
        ("fields", "${{ inputs.fields }}".to_owned()),
    ];
    head + &job(facts, &by_hand)
}

/// The text of [`DISPATCHED`].
#[must_use]
pub fn dispatched(facts: &Facts) -> String {
    let head = format!(
        "\
# The same as evalai-sync.yml, started from outside. It is a file of its own because GitHub switches a workflow
# with a schedule off when a public repository was idle for 60 days.
name: Sync from EvalAI at once

on:
  repository_dispatch:
    types: [{CHALLENGE_UPDATED}]
"
    );
    let id = facts
        .challenge_id
        .map(|id| ("challenge-id", id.to_string()));
    head + &job(facts, id.as_slice())
}

/// The job of both; `inputs` are those of the action in which they differ.
fn job(facts: &Facts, inputs: &[(&str, String)]) -> String {
    let queue = if facts.has_queues() {
        "\n  queue: max # none that waits is dropped, a push to EvalAI least of all"
    } else {
        "\n  cancel-in-progress: false"
    };
    let branch = scalar(&facts.branch);
    let mut text = format!(
        "
permissions: {{}}

concurrency:
  group: {GROUP}{queue}

jobs:
  sync:
    name: Sync
    runs-on: ubuntu-latest
    timeout-minutes: 10
    permissions:
      contents: write # to push what was edited on EvalAI
      pull-requests: write # to propose what may not be pushed
      actions: read # to let a push to EvalAI go first
    steps:
      - name: Check out the challenge
        uses: {CHECKOUT}
        with:
          ref: {branch}
          persist-credentials: false
      - name: Sync
        uses: {action}
        with:
          auth-token: ${{{{ secrets.AUTH_TOKEN || github.token }}}}
          evalai-token: ${{{{ secrets.EVALAI_TOKEN }}}}
          branch: {branch}
",
        action = facts.pin.line()
    );
    if facts.host_config != HOST_CONFIG {
        let _ = writeln!(
            text,
            "          host-config: {}",
            scalar(&facts.host_config)
        );
    }
    for (name, value) in inputs {
        let _ = writeln!(text, "          {name}: {value}");
    }
    text
}

/// `text` as a YAML scalar; quoted unless it is sure to be read as it is.
fn scalar(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '/' | '.');
    if text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.chars().all(plain)
        && !is_word(text)
    {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', "''"))
    }
}

/// Whether YAML reads `text` as something else than text.
fn is_word(text: &str) -> bool {
    let words = ["true", "false", "yes", "no", "on", "off", "null", "y", "n"];
    words.contains(&text.to_ascii_lowercase().as_str())
}
