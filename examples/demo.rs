//! The whole thing on one machine: a host edits a challenge in EvalAI's web UI, and the edit arrives in the repository.
//!
//! A stand-in for EvalAI runs in this process, the repository and its remote
//! are in a temporary folder. No network, no token, no Docker.

#![allow(clippy::print_stdout, reason = "a demo shows what it does")]

use std::fs;
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context as _, Result, ensure};
use evalai_stand_in::{Seed, StandIn};
use evalai_sync::cli;
use git2::{DiffFormat, IndexAddOption, Repository, Signature};
use serde_json::json;
use tempfile::TempDir;

/// The name under which the stand-in's challenge knows its repository.
const REPOSITORY: &str = "example-org/rng-challenge";

fn main() -> Result<()> {
    let evalai = StandIn::start(Seed::sample())?;
    let folder = TempDir::new()?;
    let remote = make_remote(&folder.path().join("remote.git"), &evalai)?;

    title("A challenge on EvalAI, and the repository it was made from");
    println!(
        "EvalAI is at {}, the repository at {}.",
        evalai.url(),
        remote.path().display()
    );

    title("The first sync finds both equal, and records that");
    sync(folder.path(), &remote)?;

    title("A host edits the title, the overview and a phase's end date in the web UI");
    let overview =
        "<p>Predict the next <b>random</b> number.</p>\n<p>Now with twice the numbers.</p>";
    evalai.edit_challenge(
        1,
        json!({"title": "Random Number Challenge, Second Edition"}),
    )?;
    evalai.edit_challenge(1, json!({"description": overview}))?;
    evalai.edit_phase(2, json!({"end_date": "2099-06-30T22:00:00.000Z"}))?;
    println!("Done.");

    title("The next sync brings the edits to the repository");
    sync(folder.path(), &remote)?;

    title("What it committed");
    show_commit(&remote)?;

    title("And once more: nothing is left to do");
    let before = remote.refname_to_id("refs/heads/challenge")?;
    sync(folder.path(), &remote)?;
    ensure!(
        before == remote.refname_to_id("refs/heads/challenge")?,
        "the last sync made a commit"
    );
    Ok(())
}

fn title(text: &str) {
    println!("\n\u{2500}\u{2500} {text} \u{2500}\u{2500}\n");
}

/// A bare remote whose branch `challenge` holds the sample repository.
fn make_remote(path: &Path, evalai: &StandIn) -> Result<Repository> {
    let remote = Repository::init_bare(path)?;
    remote.set_head("refs/heads/challenge")?;
    let work = path.with_extension("work");
    let sample =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/evalai-api/repos/sample");
    copy(&sample, &work)?;
    let host = json!({"token": evalai.token(), "team_pk": evalai.team_pk(), "evalai_host_url": evalai.url()});
    fs::write(work.join("github/host_config.json"), format!("{host:#}\n"))?;

    let clone = Repository::init(&work)?;
    let mut index = clone.index()?;
    index.add_all(["*"], IndexAddOption::DEFAULT, None)?;
    let tree = clone.find_tree(index.write_tree()?)?;
    let author = Signature::now("A Host", "host@example.org")?;
    clone.commit(
        Some("refs/heads/challenge"),
        &author,
        &author,
        "Start the challenge",
        &tree,
        &[],
    )?;
    let url = path
        .to_str()
        .context("the temporary folder has a UTF-8 name")?;
    clone
        .remote_anonymous(url)?
        .push(&["refs/heads/challenge:refs/heads/challenge"], None)?;
    Ok(remote)
}

/// Checks the branch out, as the workflow's first step does, and runs the sync in it.
fn sync(folder: &Path, remote: &Repository) -> Result<()> {
    let workspace = TempDir::new_in(folder)?;
    let url = remote
        .path()
        .to_str()
        .context("the temporary folder has a UTF-8 name")?;
    git2::build::RepoBuilder::new()
        .branch("challenge")
        .clone(url, workspace.path())?;
    let workspace = workspace
        .path()
        .to_str()
        .context("the temporary folder has a UTF-8 name")?;
    let line = [
        "evalai-sync",
        "sync",
        "--workspace",
        workspace,
        "--repository",
        REPOSITORY,
    ];
    let code = cli::execute(&cli::command().get_matches_from(line));
    ensure!(code == ExitCode::SUCCESS, "the sync failed");
    Ok(())
}

fn show_commit(remote: &Repository) -> Result<()> {
    let commit = remote
        .find_reference("refs/heads/challenge")?
        .peel_to_commit()?;
    println!("commit {}\nAuthor: {}\n", commit.id(), commit.author());
    for line in commit.message()?.lines() {
        println!("    {line}");
    }
    let diff = remote.diff_tree_to_tree(
        Some(&commit.parent(0)?.tree()?),
        Some(&commit.tree()?),
        None,
    )?;
    println!();
    diff.print(DiffFormat::Patch, |_, _, line| {
        if matches!(line.origin(), '+' | '-' | ' ') {
            print!("{}", line.origin());
        }
        print!("{}", String::from_utf8_lossy(line.content()));
        true
    })?;
    Ok(())
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}
