//! Every fuzz target on its seeds, and on the fixtures that it can take; `scripts/fuzz` goes on from there.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    reason = "test code"
)]

use std::fs;
use std::path::{Path, PathBuf};

#[path = "../fuzz/src/targets.rs"]
#[allow(
    unreachable_pub,
    missing_docs,
    clippy::pedantic,
    reason = "a file of another crate"
)]
mod targets;

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(self::files(&path));
        } else {
            files.push(path);
        }
    }
    files.sort();
    files
}

fn target(name: &str) -> fn(&[u8]) {
    targets::TARGETS
        .iter()
        .find(|(own, _)| *own == name)
        .expect("a target")
        .1
}

#[test]
fn every_target_holds_on_its_seeds() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for (name, target) in targets::TARGETS {
        let seeds = files(&root.join("fuzz/seeds").join(name));
        assert!(seeds.len() >= 4, "{name}");
        for seed in &seeds {
            println!("{}", seed.display());
            target(&fs::read(seed).unwrap());
        }
        let program = root.join("fuzz/fuzz_targets").join(format!("{name}.rs"));
        assert!(program.is_file(), "{name} is no target of cargo-fuzz");
    }
}

#[test]
fn the_targets_hold_on_the_fixtures() {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/evalai-api");
    let (mut configs, mut answers) = (0, 0);
    for file in files(&fixtures) {
        let bytes = fs::read(&file).unwrap();
        let ending = file.extension().and_then(|ending| ending.to_str());
        if ending == Some("yaml") {
            configs += 1;
            target("config")(&bytes);
            for what in 0..3 {
                for place in 0..40 {
                    target("yaml_edit")(&[&[what, place, place], &bytes[..]].concat());
                }
            }
        } else if ending == Some("json") {
            answers += 1;
            target("api")(&bytes);
            target("event")(&bytes);
        }
    }
    assert!(configs >= 3 && answers >= 10, "{configs} {answers}");
}

/// What a fuzzer found, by the target.
const FOUND: &[(&str, &[u8])] = &[];

#[test]
fn what_was_found_once_holds() {
    for (name, data) in FOUND {
        target(name)(data);
    }
}
