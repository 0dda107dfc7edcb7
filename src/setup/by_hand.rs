//! What is left for the host to do, in order.

use super::files::{Fate, Plan};
use super::workflow::{DISPATCHED, SCHEDULED};
use super::{Facts, OnEvalAI, TokenPlace};
use crate::action::CHALLENGE_UPDATED;

/// The steps that are left, each with the commands or addresses it needs below it.
#[must_use]
pub fn steps(facts: &Facts, plan: &Plan) -> Vec<Vec<String>> {
    let mut steps = Vec::new();
    steps.extend(commits(facts, plan));
    steps.extend(secrets(facts));
    if !facts.is_at_challenge() {
        steps.push(vec![
            format!("The workflow that pushes to EvalAI counts on {}: run `evalai-sync init` once more there, which lets each push first take what was edited on EvalAI.", facts.branch),
            format!("git switch {} && evalai-sync init", facts.branch),
        ]);
    }
    if facts.on_evalai == OnEvalAI::Absent {
        steps.push(vec![
            "Push the repository to EvalAI once, so that EvalAI learns its name; then run `evalai-sync init` again.".to_owned(),
        ]);
    }
    steps.push(first_run(facts));
    if facts.token == TokenPlace::HostConfig {
        steps.push(rotation(facts));
    }
    steps
}

/// Which files belong on which branch.
fn commits(facts: &Facts, plan: &Plan) -> Vec<Vec<String>> {
    let is_own = |path: &str| path == SCHEDULED || path == DISPATCHED;
    let written = |own: bool| {
        let files = plan
            .files
            .iter()
            .filter(move |file| is_own(&file.path) == own);
        let files = files.filter(|file| matches!(file.fate, Fate::Written { .. }));
        files.map(|file| file.path.as_str()).collect::<Vec<_>>()
    };
    let (own, push) = (written(true), written(false));
    let here = facts.checked_out.as_deref().unwrap_or("this branch");
    let commit = |files: &[&str], words: &str| {
        let files = files.join(" ");
        format!("git add {files} && git commit -m \"{words}\" && git push")
    };
    if facts.is_at_default() {
        let all = [own, push].concat();
        if all.is_empty() {
            return Vec::new();
        }
        // A push of the challenge's branch would take it to EvalAI before anything was synced.
        let (words, skipped) = if facts.is_at_challenge() {
            (
                "Sync from EvalAI [skip ci]",
                " With `[skip ci]` this commit itself is not pushed to EvalAI.",
            )
        } else {
            ("Sync from EvalAI", "")
        };
        let place = if facts.default_branch.is_some() {
            format!(
                "Commit the files on {here}, the default branch: GitHub runs schedules and dispatches only from there."
            )
        } else {
            format!(
                "Commit the files on {here}. If another branch is the default one, commit evalai-sync.yml and evalai-sync-dispatch.yml there: GitHub runs schedules and dispatches only from the DEFAULT branch."
            )
        };
        return vec![vec![place + skipped, commit(&all, words)]];
    }
    let default = facts
        .default_branch
        .as_deref()
        .unwrap_or("the default branch");
    let mut steps = Vec::new();
    if !push.is_empty() {
        steps.push(vec![
            format!("Commit the workflow that pushes to EvalAI on {here}. Add `[skip ci]` so that this commit itself is not pushed to EvalAI."),
            commit(&push, "Take what was edited on EvalAI before each push [skip ci]"),
        ]);
    }
    if !own.is_empty() {
        steps.push(vec![
            format!("Commit the new workflows on {default}, the DEFAULT branch, not on {here}: GitHub runs schedules and dispatches only from there."),
            format!("git switch {default} && {}", commit(&own, "Sync from EvalAI")),
        ]);
    }
    steps
}

fn secrets(facts: &Facts) -> Vec<Vec<String>> {
    let named = repository_for_gh(facts);
    let page = format!(
        "{}/{}/settings/secrets/actions",
        facts.server_url, facts.repository
    );
    vec![
        vec![
            "Store a GitHub token that may write this repository's contents as the secret AUTH_TOKEN, if there is none yet (the push workflow of EvalAI-Starters asks for it, too).".to_owned(),
            format!("gh secret set AUTH_TOKEN --repo {named}"),
            format!("or {page}"),
        ],
        vec![
            "Store the EvalAI token (on EvalAI: Profile, \"Get your Auth Token\") as the secret EVALAI_TOKEN.".to_owned(),
            format!("gh secret set EVALAI_TOKEN --repo {named}"),
            format!("or {page}"),
        ],
    ]
}

fn first_run(facts: &Facts) -> Vec<String> {
    let host = match facts.server_url.split_once("://") {
        Some((_, host)) if host != "github.com" => format!(" --hostname {host}"),
        _ => String::new(),
    };
    let named = repository_for_gh(facts);
    let page = format!(
        "{}/{}/actions/workflows/evalai-sync.yml",
        facts.server_url, facts.repository
    );
    vec![
        "Run the sync once by hand, before the next push to EvalAI. If the two sides differ, it lists the differences and leaves the choice to you.".to_owned(),
        format!("gh workflow run evalai-sync.yml --repo {named}"),
        format!("or {page}"),
        "From outside a dispatch starts it at once:".to_owned(),
        format!("gh api{host} repos/{}/dispatches -f event_type={CHALLENGE_UPDATED}", facts.repository),
    ]
}

/// A refreshed token makes the one before it worthless at once.
fn rotation(facts: &Facts) -> Vec<String> {
    vec![
        format!(
            "The EvalAI token is committed in {}, and stays in the history. Once the run went well, refresh the token on EvalAI's profile page, which makes the committed one worthless, and store the new one in its place.",
            facts.host_config
        ),
        format!(
            "gh secret set EVALAI_TOKEN --repo {}",
            repository_for_gh(facts)
        ),
        format!(
            "Then write \"<evalai_user_auth_token>\" in place of the token in {} and commit that.",
            facts.host_config
        ),
    ]
}

/// The repository as `gh --repo` takes it.
fn repository_for_gh(facts: &Facts) -> String {
    match facts.server_url.split_once("://") {
        Some((_, host)) if host != "github.com" => format!("{host}/{}", facts.repository),
        _ => facts.repository.clone(),
    }
}
