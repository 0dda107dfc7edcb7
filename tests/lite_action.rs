//! The action without Docker: `lite/action.yml` takes and gives what `action.yml` does, its script runs no binary but
//! the release's own, and `scripts/release` writes what both of them pin.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "test code"
)]

use std::fmt::Write as _;
use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use evalai_sync::action::{INPUTS, OUTPUTS};
use tempfile::TempDir;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// `lite/action.yml` as it follows from `action.yml`.
fn expected() -> String {
    let action = include_str!("../action.yml");
    let (head, rest) = action.split_once("\noutputs:\n").expect("outputs");
    let (outputs, _) = rest.split_once("\nruns:\n").expect("runs");
    let (_, inputs) = head.split_once("\ninputs:\n").expect("inputs");
    let mut text = format!(
        "\
# The action for runners without Docker: the same program, as the release's static binary.
# It follows from action.yml and is written by a test: INSTA_UPDATE=always cargo test --test lite_action
name: evalai-sync without Docker
description: Keeps a challenge's repository equal to what was edited in EvalAI's web UI, on runners without Docker.
author: the evalai-sync authors

inputs:
{inputs}
outputs:
"
    );
    for line in outputs.lines() {
        let _ = writeln!(text, "{line}");
        if let Some(name) = output_above(&text).map(str::to_owned) {
            let _ = writeln!(text, "    value: ${{{{ steps.sync.outputs.{name} }}}}");
        }
    }
    text.push_str(
        "
runs:
  using: composite
  steps:
    - id: sync
      shell: bash # which hands on variables with a hyphen in their name; other shells drop them
      run: '\"$GITHUB_ACTION_PATH/run\"'
      env:
",
    );
    text.push_str("        INPUT_COMMAND: ${{ inputs.command }}\n");
    for input in INPUTS {
        let (variable, name) = (input.runner_variable(), input.name);
        let _ = writeln!(text, "        {variable}: ${{{{ inputs.{name} }}}}");
    }
    text
}

/// The output whose description is the last line of `text`.
fn output_above(text: &str) -> Option<&str> {
    let mut lines = text.lines().rev();
    lines.next()?.strip_prefix("    description:")?;
    lines.next()?.trim().strip_suffix(':')
}

#[test]
fn the_lite_action_takes_and_gives_what_the_action_does() {
    let file = root().join("lite/action.yml");
    let expected = expected();
    if std::env::var_os("INSTA_UPDATE").is_some_and(|value| value == "always") {
        fs::write(&file, &expected).unwrap();
    }
    let text = fs::read_to_string(&file).unwrap_or_default();
    assert!(
        text == expected,
        "lite/action.yml is stale (INSTA_UPDATE=always writes it)"
    );
    for output in OUTPUTS {
        let line = format!("    value: ${{{{ steps.sync.outputs.{} }}}}\n", output.name);
        assert_eq!(text.matches(&line).count(), 1, "{}", output.name);
    }
}

/// A copy of what a release's commit changes, in a repository of its own.
fn copy() -> TempDir {
    let folder = TempDir::new().unwrap();
    for file in [
        "action.yml",
        "Cargo.toml",
        "Cargo.lock",
        "CHANGELOG.md",
        "lite/run",
        "lite/release",
        "lite/action.yml",
        "scripts/release",
    ] {
        let to = folder.path().join(file);
        fs::create_dir_all(to.parent().unwrap()).unwrap();
        fs::copy(root().join(file), to).unwrap();
    }
    let changelog = folder.path().join("CHANGELOG.md");
    let text = fs::read_to_string(&changelog).unwrap();
    let dated = text.replacen(" - unreleased", " - 2026-01-01", 1);
    fs::write(changelog, dated).unwrap();
    let done = Command::new("git")
        .args(["init", "-q"])
        .current_dir(folder.path())
        .status();
    assert!(done.unwrap().success());
    folder
}

fn release(folder: &Path, arguments: &[&str]) -> (bool, String) {
    let done = Command::new(folder.join("scripts/release"))
        .args(arguments)
        .output()
        .unwrap();
    said(&done)
}

fn said(done: &Output) -> (bool, String) {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (
        done.status.success(),
        text(&done.stdout) + &text(&done.stderr),
    )
}

const VERSION: &str = env!("CARGO_PKG_VERSION");

/// A program that stands in for the binary of both machines.
fn binaries(folder: &Path) -> PathBuf {
    let binaries = folder.join("binaries");
    fs::create_dir_all(&binaries).unwrap();
    for machine in ["x86_64", "aarch64"] {
        let program = "#!/usr/bin/env bash\necho \"ran $*\"\nenv | grep '^INPUT_' || true\n";
        fs::write(
            binaries.join(format!("evalai-sync-{machine}-linux")),
            program,
        )
        .unwrap();
    }
    binaries
}

fn pinned() -> (TempDir, PathBuf) {
    let folder = copy();
    let binaries = binaries(folder.path());
    let image = format!(
        "registry.example.org/host/evalai-sync@sha256:{}",
        "0a".repeat(32)
    );
    let (done, said) = release(
        folder.path(),
        &["pin", VERSION, &image, binaries.to_str().unwrap()],
    );
    assert!(done, "{said}");
    (folder, binaries)
}

#[test]
fn a_releases_action_pulls_an_image_by_its_digest_and_is_else_the_same() {
    let (folder, _) = pinned();
    let action = fs::read_to_string(folder.path().join("action.yml")).unwrap();
    let image = format!(
        "  image: docker://registry.example.org/host/evalai-sync@sha256:{}\n",
        "0a".repeat(32)
    );
    assert_eq!(
        action.replace(&image, "  image: Dockerfile\n"),
        include_str!("../action.yml")
    );
}

#[test]
fn what_cannot_become_that_release_is_refused_and_nothing_is_written() {
    let folder = copy();
    let at = folder.path();
    let binaries = binaries(at);
    let binaries = binaries.to_str().unwrap();
    let image = format!("x/y@sha256:{}", "0a".repeat(32));
    for (arguments, words) in [
        (&["check", "v1"][..], "v1 is no version"),
        (&["check", "99.0.0"], "Cargo.toml is at another version"),
        (
            &["pin", VERSION, "x/y:latest", binaries],
            "is no image with a digest",
        ),
        (
            &["pin", VERSION, &image, "/nowhere"],
            "/nowhere/evalai-sync-x86_64-linux is missing",
        ),
        (&["pin", VERSION], "Prepares a release's own commit"),
    ] {
        let (done, said) = release(at, arguments);
        assert!(!done && said.contains(words), "{arguments:?}: {said}");
    }
    let changelog = fs::read_to_string(at.join("CHANGELOG.md")).unwrap();
    fs::write(at.join("CHANGELOG.md"), "# Changelog\n").unwrap();
    let (done, said) = release(at, &["check", VERSION]);
    assert!(!done && said.contains("CHANGELOG.md has no line"), "{said}");
    fs::write(at.join("CHANGELOG.md"), changelog).unwrap();
    let (done, said) = release(at, &["notes", VERSION]);
    assert!(
        done && said.contains("The first one") && !said.contains("# "),
        "{said}"
    );
    assert_eq!(
        fs::read(at.join("action.yml")).unwrap(),
        include_bytes!("../action.yml")
    );
}

/// A server of the files in `folder`; its address.
fn serve(folder: PathBuf) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut reader = BufReader::new(stream.try_clone().unwrap());
            let mut first = String::new();
            reader.read_line(&mut first).unwrap();
            let mut line = String::from("x");
            while !line.trim().is_empty() {
                line.clear();
                reader.read_line(&mut line).unwrap();
            }
            let path = first.split(' ').nth(1).unwrap_or_default();
            let body = fs::read(folder.join(path.trim_start_matches('/')));
            let status = if body.is_ok() {
                "200 OK"
            } else {
                "404 Not Found"
            };
            let body = body.unwrap_or_default();
            let length = body.len();
            write!(
                stream,
                "HTTP/1.1 {status}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n"
            )
            .unwrap();
            stream.write_all(&body).unwrap();
        }
    });
    url
}

/// Runs the lite action's step as the runner does.
fn run(folder: &Path, downloads: &str, temp: &Path) -> (bool, String) {
    let done = Command::new("bash")
        .args([
            "--noprofile",
            "--norc",
            "-eo",
            "pipefail",
            "-c",
            "\"$GITHUB_ACTION_PATH/run\"",
        ])
        .env("GITHUB_ACTION_PATH", folder.join("lite"))
        .env("RUNNER_TEMP", temp)
        .env("EVALAI_SYNC_DOWNLOADS", downloads)
        .env("INPUT_COMMAND", "discover")
        .env("INPUT_CHALLENGE-ID", "42")
        .output()
        .unwrap();
    said(&done)
}

#[test]
fn the_lite_action_runs_the_releases_own_binary_and_no_other() {
    if !["curl", "wget"]
        .iter()
        .any(|name| Command::new(name).arg("--version").output().is_ok())
    {
        println!("skipped: neither curl nor wget is installed");
        return;
    }
    let (folder, binaries) = pinned();
    let (at, temp) = (folder.path(), TempDir::new().unwrap());
    let site = at.join("site");
    let place = site.join(format!("v{VERSION}"));
    fs::create_dir_all(&place).unwrap();
    let url = serve(site);

    let (done, said) = run(at, &url, temp.path());
    assert!(
        !done && said.contains("::error::") && said.contains("cannot be fetched"),
        "{said}"
    );

    let name = format!("evalai-sync-{}-linux", std::env::consts::ARCH);
    fs::write(place.join(&name), "#!/bin/sh\necho somebody else's\n").unwrap();
    let (done, said) = run(at, &url, temp.path());
    assert!(
        !done && said.contains("its checksum is another") && !said.contains("somebody"),
        "{said}"
    );

    fs::copy(binaries.join(&name), place.join(&name)).unwrap();
    for _ in 0..2 {
        let (done, said) = run(at, &url, temp.path());
        assert!(
            done && said.contains("ran discover") && said.contains("INPUT_CHALLENGE-ID=42"),
            "{said}"
        );
        // The second run finds it where the first has put it.
        fs::remove_file(place.join(&name)).ok();
    }
    let kept = temp.path().join(format!("evalai-sync-v{VERSION}/{name}"));
    fs::write(&kept, "#!/bin/sh\necho somebody else's\n").unwrap();
    fs::set_permissions(&kept, PermissionsExt::from_mode(0o755)).unwrap();
    let (done, said) = run(at, &url, temp.path());
    assert!(!done && !said.contains("somebody"), "{said}");
}

#[test]
fn a_commit_that_is_no_release_says_so() {
    let temp = TempDir::new().unwrap();
    let (done, said) = run(root(), "http://127.0.0.1:1", temp.path());
    assert!(!done && said.contains("this is no release"), "{said}");
}
