//! A run that is killed anywhere leaves a state from which the next run ends where one run would have.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;
use std::time::Instant;

use git2::Repository;
use serde_json::json;

use crate::mirror::{scripted, upload};
use crate::run::binary;
use crate::secrets::{GITHUB_TOKEN, Left, Secrets};
use crate::world::World;

const GUIDELINES: &str = "<p>One file, and one file only.</p>\n";

/// What a sync of texts, dates, a file of their own, a script and annotations ends in.
#[derive(Debug, PartialEq, Eq)]
struct End {
    files: BTreeMap<String, (i32, Vec<u8>)>,
    commits: usize,
    bases: BTreeMap<String, String>,
}

fn end(world: &World) -> End {
    let record = world.record().expect("a record");
    let bases = record
        .into_iter()
        .filter(|(file, _)| file.starts_with("values/"));
    let mut files = world.files();
    // Each world has an EvalAI of its own.
    files.remove("github/host_config.json");
    End {
        files,
        commits: world.commits(),
        bases: bases.collect(),
    }
}

/// Two sides that agreed once, and then much was edited on EvalAI.
fn edited() -> World {
    let world = scripted();
    let fields = json!({
        "title": "Another title",
        "submission_guidelines": GUIDELINES,
        "end_date": "2099-07-01T00:00:00Z",
    });
    world.evalai.edit_challenge(1, fields).unwrap();
    world
        .evalai
        .edit_phase(1, json!({ "max_submissions_per_day": 7 }))
        .unwrap();
    let annotations = vec![b'7'; 200_000];
    world
        .evalai
        .upload_annotation(1, "new.json", &annotations)
        .unwrap();
    upload(
        &world,
        &[("main.py", "print(3)\n"), ("new.py", "print(4)\n")],
    );
    world
}

/// A run that leaves what it says and its temporary files in `left`.
fn start(world: &World, workspace: &Path, left: &Path) -> Command {
    let file = |name: &str| fs::File::create(left.join(name)).unwrap();
    let mut run = Command::new(binary());
    run.args(["sync", "--repository", &world.repository])
        .current_dir(workspace)
        .env_clear()
        .env("AUTH_TOKEN", GITHUB_TOKEN)
        .env("TMPDIR", left)
        .stdout(file("the log"))
        .stderr(file("the standard error"));
    run
}

/// The locks of refs that are left on the remote.
fn locks(remote: &Path) -> Vec<PathBuf> {
    let mut folders = vec![remote.join("refs")];
    let mut locks = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == "lock") {
                locks.push(path);
            }
        }
    }
    locks
}

/// Kills runs at `points` moments spread over the time that a run takes.
fn killed_at(points: u32) {
    let world = edited();
    let workspace = world.check_out();
    let begun = Instant::now();
    let left = world.new_folder();
    let mut run = start(&world, &workspace, &left);
    assert!(run.status().unwrap().success());
    let whole = begun.elapsed();
    let expected = end(&world);
    let (mut before, mut between, mut after) = (0, 0, 0);
    for point in 0..points {
        let world = edited();
        let workspace = world.check_out();
        let commits = world.commits();
        let record = world.record();
        let secrets = Secrets::of(&world);
        let left = world.new_folder();
        let mut run = start(&world, &workspace, &left).spawn().unwrap();
        thread::sleep(whole * point / points);
        run.kill().unwrap();
        run.wait().unwrap();
        match (world.commits() > commits, world.record() != record) {
            (false, false) => before += 1,
            (true, false) => between += 1,
            (true, true) => after += 1,
            (false, true) => panic!("the record came before the branch"),
        }
        let left = Left::default().folder("what it left", &left);
        secrets.are_nowhere_in(&left.world(&world, &workspace));
        // On a server it is another process that holds the locks of refs, and that one is not killed.
        for lock in locks(&world.remote_path()) {
            fs::remove_file(lock).unwrap();
        }
        // The workspace can be worked with, and nothing on the remote is broken.
        let checkout = Repository::open(&workspace).unwrap();
        checkout.head().unwrap().peel_to_tree().unwrap();
        let again = world.sync().succeeded();
        assert!(
            ["synced", "in-sync"].contains(&again.result()),
            "{}",
            again.log
        );
        assert!(
            end(&world) == expected,
            "killed at {point} of {points}: {}",
            again.log
        );
        assert_eq!(world.sync().succeeded().result(), "in-sync");
    }
    println!(
        "{points} killed: {before} before the push, {between} between branch and record, {after} after both"
    );
    assert!(before > 0);
}

/// A disk that fills up: no file can grow beyond some size.
#[test]
fn a_run_that_cannot_write_says_so_and_is_completed_by_the_next() {
    let expected = {
        let world = edited();
        world.sync().succeeded();
        end(&world)
    };
    let mut failed = 0;
    for blocks in [0, 1, 2, 4, 8, 64, 256] {
        let world = edited();
        let workspace = world.check_out();
        // The signal that tells a process of the limit would end it.
        let script = format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$0\" \"$@\"");
        let run = Command::new("bash")
            .args(["-c", &script])
            .arg(binary())
            .args(["sync", "--repository", &world.repository])
            .current_dir(&workspace)
            .env_clear()
            .output()
            .unwrap();
        let log = String::from_utf8(run.stdout).unwrap();
        match run.status.code() {
            // A file that found no place is left for the next run, which then makes a commit of its own.
            Some(0) => assert!(
                blocks >= 256 || log.contains("warning: "),
                "{blocks}: {log}"
            ),
            Some(1) => {
                assert!(log.contains("error: "), "{blocks}: {log}");
                failed += 1;
            }
            other => panic!("{blocks}: {other:?} {log}"),
        }
        let again = world.sync().succeeded();
        let end = end(&world);
        assert!(end.files == expected.files, "{blocks}: {}", again.log);
        assert!(end.bases == expected.bases, "{blocks}: {}", again.log);
    }
    assert!(failed >= 3, "{failed} failed");
}

#[test]
fn a_lock_that_a_dead_push_left_on_the_remote_is_named_instead_of_waited_for() {
    let world = edited();
    let lock = world.remote_path().join("refs/heads/challenge.lock");
    fs::write(&lock, "").unwrap();
    let before = world.commits();
    let begun = Instant::now();
    let run = world.sync();
    assert_eq!(run.code, Some(1), "{}", run.log);
    assert!(run.log.contains("with `.lock` at its end"), "{}", run.log);
    assert!(begun.elapsed().as_secs() < 60, "{:?}", begun.elapsed());
    assert_eq!(world.commits(), before);
    fs::remove_file(lock).unwrap();
    assert_eq!(world.sync().succeeded().result(), "synced");
}

#[test]
fn a_run_that_is_killed_anywhere_is_completed_by_the_next() {
    killed_at(24);
}

#[test]
#[ignore = "takes some minutes: cargo test --test sync killed -- --ignored --nocapture"]
fn two_hundred_runs_that_are_killed_are_each_completed_by_the_next() {
    killed_at(240);
}
