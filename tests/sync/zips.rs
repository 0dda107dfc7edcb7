//! A repository that has the evaluation script's zip itself in git, and zips that nobody should unpack.

use serde_json::json;

use crate::packing::{DEFLATED, EXECUTABLE, STORED, hostile, pack, script};
use crate::run::Run;
use crate::world::World;

const CONFIG: &str = "challenge_config.yaml";
const ZIP: &str = "evaluation_script.zip";
const NAMED: &str = "evaluation_script: evaluation_script.zip";

/// The sample challenge, whose repository has no script but this zip, executable as files in such repositories are.
fn zipped(path: &str, zip: &[u8]) -> World {
    let world = World::recorded("sample");
    let gone = ["__init__.py", "main.py"].map(|name| format!("evaluation_script/{name}"));
    world.host_arranges(&[
        (&gone[0], None),
        (&gone[1], None),
        (path, Some((0o100_755, zip))),
    ]);
    if path != ZIP {
        world.host_commits(CONFIG, NAMED, &format!("evaluation_script: {path}"));
    }
    upload(&world, zip);
    world
}

fn upload(world: &World, zip: &[u8]) {
    world
        .evalai
        .upload(1, "evaluation_script", "script.zip", zip)
        .unwrap();
}

/// Both sides agree on `zip`, once.
fn agreed(path: &str, zip: &[u8]) -> World {
    let world = zipped(path, zip);
    let run = world.sync().succeeded();
    assert_eq!(run.result(), "in-sync", "{path}: {}", run.log);
    world
}

#[track_caller]
fn is_replaced(world: &World, run: &Run, path: &str, zip: &[u8]) {
    let name = path.rsplit('/').next().unwrap();
    let field = format!("evaluation_script/{name}");
    assert_eq!(run.changed_fields(), [field], "{}", run.log);
    assert_eq!(run.output("changed-files"), format!("[\"{path}\"]"));
    assert_eq!(world.files()[path], (0o100_755, zip.to_vec()), "{path}");
    assert_eq!(world.sync().succeeded().result(), "in-sync");
}

#[test]
fn a_zip_whose_entries_are_the_same_stays_byte_for_byte() {
    let files: &[(&str, &[u8])] = &[("main.py", b"print(1)\n"), ("lib/a.py", b"a = 1\n")];
    let turned: Vec<_> = files.iter().rev().copied().collect();
    for path in [ZIP, "scripts/for_evalai.zip"] {
        let committed = pack(STORED, files);
        // The first sync already finds another packing.
        let world = zipped(path, &committed);
        upload(&world, &pack(DEFLATED, files));
        let before = world.tip();
        assert_eq!(world.sync().succeeded().result(), "in-sync", "{path}");
        for other in [
            pack(EXECUTABLE, files),
            pack(DEFLATED, &turned),
            pack(
                DEFLATED,
                &[files[0], files[1], ("__pycache__/main.pyc", b"litter")],
            ),
        ] {
            upload(&world, &other);
            let run = world.sync().succeeded();
            assert_eq!(run.result(), "in-sync", "{path}: {}", run.log);
        }
        assert_eq!(world.tip(), before);
        assert_eq!(world.files()[path], (0o100_755, committed), "{path}");
    }
}

#[test]
fn a_zip_of_which_an_entry_differs_is_replaced_as_a_whole_and_keeps_its_mode() {
    for path in [ZIP, "scripts/for_evalai.zip"] {
        let world = agreed(path, &script("print(1)\n"));
        for new in [
            script("print(2)\n"),
            pack(
                STORED,
                &[("main.py", b"print(2)\n"), ("new.py", b"a = 1\n")],
            ),
            pack(STORED, &[("renamed.py", b"print(2)\n")]),
        ] {
            upload(&world, &new);
            let run = world.sync().succeeded();
            is_replaced(&world, &run, path, &new);
        }
    }
}

#[test]
fn a_first_sync_of_a_zip_that_differs_waits_for_the_host_and_then_replaces_it() {
    let world = zipped(ZIP, &script("print('here')\n"));
    let new = script("print('there')\n");
    upload(&world, &new);
    let before = world.tip();
    let run = world.sync().succeeded();
    assert_eq!(run.result(), "first-sync", "{}", run.log);
    assert_eq!(world.tip(), before);
    let run = world.sync_with(&[("first-sync", "commit")]).succeeded();
    is_replaced(&world, &run, ZIP, &new);
}

#[test]
fn a_zip_that_a_host_commits_is_ahead_until_it_is_pushed() {
    let world = agreed(ZIP, &script("print(1)\n"));
    let newer = script("print('host')\n");
    world.host_arranges(&[(ZIP, Some((0o100_755, &newer)))]);
    assert_eq!(world.sync().succeeded().result(), "ahead");
    upload(&world, &newer);
    assert_eq!(world.sync().succeeded().result(), "in-sync");
    assert_eq!(world.files()[ZIP].1, newer);
}

#[test]
fn a_zip_beside_a_configuration_in_a_folder_is_found_there() {
    let old = script("print(1)\n");
    let world = zipped(ZIP, &old);
    let config = world
        .file(CONFIG)
        .replace(NAMED, "evaluation_script: packed/script.zip");
    let files = world.files();
    let mut moved = vec![("sub/packed/script.zip", Some((0o100_755, &old[..])))];
    let below: Vec<_> = files
        .iter()
        .filter(|(path, _)| !path.starts_with("github/") && *path != CONFIG)
        .map(|(path, (_, bytes))| (format!("sub/{path}"), bytes))
        .collect();
    moved.extend(
        below
            .iter()
            .map(|(path, bytes)| (path.as_str(), Some((0o100_644, &bytes[..])))),
    );
    moved.push((
        "sub/challenge_config.yaml",
        Some((0o100_755, config.as_bytes())),
    ));
    moved.push((CONFIG, None));
    world.host_arranges(&moved);
    let sub = [("config", "sub/challenge_config.yaml")];
    assert_eq!(world.sync_with(&sub).succeeded().result(), "in-sync");
    let new = script("print(2)\n");
    upload(&world, &new);
    let run = world.sync_with(&sub).succeeded();
    assert_eq!(run.changed_fields(), ["evaluation_script/script.zip"]);
    let files = world.files();
    assert_eq!(files["sub/packed/script.zip"], (0o100_755, new));
    assert_eq!(files["sub/evaluation_script.zip"].1, old, "another zip");
}

/// EvalAI-Starters makes `evaluation_script.zip` anew from the folder at every push, whatever is in git under that name.
#[test]
fn of_a_zip_and_its_folder_the_one_that_a_push_takes_is_synced() {
    let world = zipped(ZIP, b"stale, and no zip at all");
    let main = (
        "evaluation_script/main.py",
        Some((0o100_644, &b"print(1)\n"[..])),
    );
    world.host_arranges(&[main]);
    let files = world.files().into_iter();
    let files = files.map(|(path, (_, bytes))| (path, bytes)).collect();
    let push = evalai_stand_in::starter_zip(&files);
    let repository = "example-org/rng-challenge";
    world.evalai.push(repository, "challenge", &push).unwrap();
    let run = world.sync().succeeded();
    assert_eq!(run.result(), "in-sync", "{}", run.log);
    upload(&world, &script("print(2)\n"));
    let run = world.sync().succeeded();
    assert_eq!(run.changed_fields(), ["evaluation_script/main.py"]);
    assert_eq!(world.file("evaluation_script/main.py"), "print(2)\n");
    assert_eq!(world.files()[ZIP].1, b"stale, and no zip at all");
    assert_eq!(world.sync().succeeded().result(), "in-sync");

    // Of another name nothing is made: what is pushed is the zip.
    let world = zipped("packed/script.zip", &script("print(1)\n"));
    let source = (
        "packed/script/main.py",
        Some((0o100_644, &b"print(0)\n"[..])),
    );
    world.host_arranges(&[source]);
    assert_eq!(world.sync().succeeded().result(), "in-sync");
    let new = script("print(2)\n");
    upload(&world, &new);
    let run = world.sync().succeeded();
    is_replaced(&world, &run, "packed/script.zip", &new);
    assert_eq!(world.file("packed/script/main.py"), "print(0)\n");
}

#[test]
fn a_committed_zip_that_is_broken_is_reported_and_the_rest_goes_on() {
    let good = script("print(1)\n");
    let broken = &good[..good.len() - 9];
    let (first, later) = (zipped(ZIP, broken), agreed(ZIP, &good));
    later.host_arranges(&[(ZIP, Some((0o100_755, broken)))]);
    for world in [first, later] {
        upload(&world, &script("print(2)\n"));
        edit_title(&world);
        let run = world.sync_with(&[("first-sync", "commit")]).succeeded();
        assert_eq!(run.changed_fields(), ["title"], "{}", run.log);
        assert_eq!(world.files()[ZIP].1, broken);
        let told = "is no zip archive that can be read";
        for said in [&run.log, &run.summary] {
            assert!(said.contains(told), "{said}");
            assert!(said.contains("left alone"), "{said}");
        }
        // Once it is mended, it is compared again.
        world.host_arranges(&[(ZIP, Some((0o100_755, &script("print(2)\n"))))]);
        assert_eq!(world.sync().succeeded().result(), "in-sync");
    }
}

fn edit_title(world: &World) {
    edit_title_to(world, "Edited while the script was refused");
}

fn edit_title_to(world: &World, title: &str) {
    let fields = json!({ "title": title });
    world.evalai.edit_challenge(1, fields).unwrap();
}

/// Each hostile archive is refused and nothing of it arrives, while another edit does. As long as no script was
/// agreed on, this is its first sync.
#[track_caller]
fn refuses(world: &World) {
    for (number, (hostile, words)) in hostile().into_iter().enumerate() {
        upload(world, &hostile);
        edit_title_to(world, &format!("Number {number}"));
        let mut before = world.files();
        let run = world.sync_with(&[("first-sync", "commit")]).succeeded();
        assert_eq!(run.changed_fields(), ["title"], "{words}: {}", run.log);
        assert!(run.log.contains(words), "{words}: {}", run.log);
        assert!(run.log.contains("It is left alone."), "{}", run.log);
        let told = "The evaluation script on EvalAI";
        assert!(run.summary.contains(told), "{}", run.summary);
        let mut after = world.files();
        assert_ne!(after.remove(CONFIG), before.remove(CONFIG));
        assert_eq!(after, before, "{words}");
    }
}

#[test]
fn a_zip_on_evalai_that_cannot_be_trusted_is_refused_where_a_zip_is_kept() {
    let good = script("print(1)\n");
    for world in [zipped(ZIP, &good), agreed(ZIP, &good)] {
        refuses(&world);
        // A good one is taken again.
        let new = script("print(2)\n");
        upload(&world, &new);
        let run = world.sync_with(&[("first-sync", "commit")]).succeeded();
        is_replaced(&world, &run, ZIP, &new);
    }
}

#[test]
fn a_zip_on_evalai_that_cannot_be_trusted_is_refused_where_a_folder_is_kept() {
    let (first, later) = (World::recorded("sample"), World::recorded("sample"));
    assert_eq!(later.sync().succeeded().result(), "in-sync");
    for world in [first, later] {
        refuses(&world);
        upload(&world, &script("print(2)\n"));
        world.sync_with(&[("first-sync", "commit")]).succeeded();
        assert_eq!(world.file("evaluation_script/main.py"), "print(2)\n");
    }
}

#[test]
fn a_zip_that_is_too_large_is_left_where_it_is() {
    let world = agreed(ZIP, &script("print(1)\n"));
    let noise: Vec<u8> = (0..1_500_000_u32)
        .flat_map(|number| number.wrapping_mul(2_654_435_761).to_le_bytes())
        .collect();
    upload(&world, &pack(STORED, &[("weights.bin", &noise)]));
    edit_title(&world);
    let run = world.sync_with(&[("max-file-size", "5")]).succeeded();
    assert_eq!(run.changed_fields(), ["title"]);
    let told = "evaluation_script is left alone";
    assert!(run.log.contains(told), "{}", run.log);
    let run = world.sync().succeeded();
    let zip = "evaluation_script/evaluation_script.zip";
    assert_eq!(run.changed_fields(), [zip], "{}", run.log);
}
