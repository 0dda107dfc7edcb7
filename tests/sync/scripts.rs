//! What stays as it is in the evaluation script's folder, whatever EvalAI's zip holds.

use serde_json::json;

use crate::git_repos::git;
use crate::packing::{DEFLATED, EXECUTABLE, pack};
use crate::run::Run;
use crate::world::World;

const CONFIG: &str = "challenge_config.yaml";
const MAIN: &str = "evaluation_script/main.py";
const INIT: &str = "evaluation_script/__init__.py";

fn upload(world: &World, zip: &[u8]) {
    world
        .evalai
        .upload(1, "evaluation_script", "script.zip", zip)
        .unwrap();
}

/// The sample challenge with these files in the script's folder, `main.py` and `__init__.py` among them.
fn with(files: &[(&str, u32, &[u8])]) -> World {
    let world = World::recorded("sample");
    let paths: Vec<_> = files
        .iter()
        .map(|(name, ..)| format!("evaluation_script/{name}"))
        .collect();
    let files = paths.iter().zip(files);
    let files: Vec<_> = files
        .map(|(path, (_, mode, bytes))| (path.as_str(), Some((*mode, *bytes))))
        .collect();
    world.host_arranges(&files);
    world
}

/// Takes EvalAI's script on a first sync.
fn first(world: &World) -> Run {
    world.sync_with(&[("first-sync", "commit")]).succeeded()
}

#[test]
fn only_files_that_differ_are_written_and_each_keeps_its_mode() {
    let world = with(&[
        ("main.py", 0o100_755, b"print(1)\n"),
        ("__init__.py", 0o100_644, b""),
        ("same.py", 0o100_644, b"a = 1\r\n"),
    ]);
    let script = |main, init| {
        pack(
            DEFLATED,
            &[
                ("main.py", main),
                ("__init__.py", init),
                ("same.py", b"a = 1\n"),
            ],
        )
    };
    upload(&world, &script(b"print(2)\n", b""));
    let run = first(&world);
    assert_eq!(run.changed_fields(), [MAIN], "{}", run.log);
    assert_eq!(run.output("changed-files"), format!("[\"{MAIN}\"]"));
    assert_eq!(world.files()[MAIN], (0o100_755, b"print(2)\n".to_vec()));

    // An archive that says everything may be run makes no file here executable, not even an empty one.
    upload(
        &world,
        &pack(
            EXECUTABLE,
            &[
                ("main.py", b"print(2)\n"),
                ("__init__.py", b"import main\n"),
                ("same.py", b"a = 1\n"),
            ],
        ),
    );
    let run = world.sync().succeeded();
    assert_eq!(run.changed_fields(), [INIT], "{}", run.log);
    let files = world.files();
    assert_eq!(files[INIT], (0o100_644, b"import main\n".to_vec()));
    assert_eq!(
        files["evaluation_script/same.py"],
        (0o100_644, b"a = 1\r\n".to_vec())
    );
    assert_eq!(world.sync().succeeded().result(), "in-sync");
}

#[test]
fn a_file_keeps_its_line_endings_even_if_those_of_the_new_one_are_mixed() {
    let world = with(&[
        ("main.py", 0o100_644, b"a = 1\r\nb = 2\r\n"),
        ("__init__.py", 0o100_644, b"c = 3\nd = 4\n"),
    ]);
    for number in 5..7 {
        let main = format!("a = {number}\nb = 2\r\nc = 3\nd = 4\n");
        let init = format!("c = {number}\r\nd = 4\r\n");
        upload(
            &world,
            &pack(
                DEFLATED,
                &[
                    ("main.py", main.as_bytes()),
                    ("__init__.py", init.as_bytes()),
                ],
            ),
        );
        let run = first(&world);
        assert_eq!(run.changed_fields(), [INIT, MAIN], "{}", run.log);
        assert_eq!(
            world.file(MAIN),
            format!("a = {number}\r\nb = 2\r\nc = 3\r\nd = 4\r\n")
        );
        assert_eq!(world.file(INIT), format!("c = {number}\nd = 4\n"));
        assert_eq!(world.sync().succeeded().result(), "in-sync");
    }
}

#[test]
fn what_was_never_in_the_zip_stays_and_what_left_it_goes() {
    let pointer = b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n";
    let kept: [(&str, u32, &[u8]); 6] = [
        ("NOTES.md", 0o100_644, b"Not for EvalAI.\n"),
        ("__pycache__/main.cpython-39.pyc", 0o100_644, b"litter"),
        ("tests/test_main.py", 0o100_755, b"assert True\n"),
        ("weights.bin", 0o100_644, pointer),
        ("linked.py", 0o120_000, b"main.py"),
        ("main.py", 0o100_644, b"print(1)\n"),
    ];
    let world = with(&kept);
    let script = |extra: &[(&str, &[u8])]| {
        let all: [(&str, &[u8]); 4] = [
            ("main.py", b"print(1)\n"),
            ("__init__.py", b""),
            ("weights.bin", b"the weights themselves"),
            ("linked.py", b"print(1)\n"),
        ];
        pack(DEFLATED, &[&all, extra].concat())
    };
    upload(&world, &script(&[("lib/extra.py", b"a = 1\n")]));
    first(&world);
    assert!(world.files().contains_key("evaluation_script/lib/extra.py"));
    upload(&world, &script(&[]));
    let run = world.sync().succeeded();
    let gone = "evaluation_script/lib/extra.py";
    assert_eq!(run.changed_fields(), [gone], "{}", run.log);
    let files = world.files();
    assert!(!files.contains_key(gone));
    for (name, mode, bytes) in kept {
        let (found_mode, found) = &files[&format!("evaluation_script/{name}")];
        assert_eq!(*found_mode, i32::try_from(mode).unwrap(), "{name}");
        assert_eq!(found, bytes, "{name}");
    }
    assert_eq!(world.sync().succeeded().result(), "in-sync");
}

#[test]
fn a_file_that_becomes_a_folder_and_back_is_followed() {
    let world = with(&[("__init__.py", 0o100_644, b"")]);
    let flat: [(&str, &[u8]); 2] = [("__init__.py", b""), ("metrics", b"a flat list\n")];
    let deep: [(&str, &[u8]); 2] = [("__init__.py", b""), ("metrics/a.py", b"a = 1\n")];
    upload(&world, &pack(DEFLATED, &flat));
    first(&world);
    for (files, path) in [
        (deep, "evaluation_script/metrics/a.py"),
        (flat, "evaluation_script/metrics"),
    ] {
        upload(&world, &pack(DEFLATED, &files));
        let workspace = world.check_out();
        let run = world.sync_in(&workspace, &[]).succeeded();
        assert_eq!(run.result(), "synced", "{}", run.log);
        let found = world.files();
        assert_eq!(found[path].1, files[1].1, "{path}");
        assert_eq!(std::fs::read(workspace.join(path)).unwrap(), files[1].1);
        assert_eq!(git(&workspace, &["status", "--porcelain"]), "");
        assert_eq!(world.sync().succeeded().result(), "in-sync");
    }
}

#[test]
fn a_file_of_the_hosts_that_is_in_the_way_of_a_new_one_stays_and_the_rest_goes_on() {
    let world = with(&[
        ("metrics", 0o100_644, b"the host's own\n"),
        ("lib", 0o120_000, b"../templates"),
    ]);
    world.sync().succeeded();
    let script: [(&str, &[u8]); 3] = [
        ("__init__.py", b""),
        ("metrics/a.py", b"a = 1\n"),
        ("lib/description.html", b"b = 1\n"),
    ];
    upload(&world, &pack(DEFLATED, &script));
    let title = json!({"title": "Edited at the same time"});
    world.evalai.edit_challenge(1, title).unwrap();
    let run = world.sync().succeeded();
    assert!(
        run.changed_fields().contains(&"title".to_owned()),
        "{}",
        run.log
    );
    assert_eq!(world.file("evaluation_script/metrics"), "the host's own\n");
    for blocking in ["metrics", "lib"] {
        let told = format!("evaluation_script/{blocking} is in its way");
        assert!(run.log.contains(&told), "{}", run.log);
        assert!(
            !world
                .files()
                .keys()
                .any(|path| path.contains(&format!("{blocking}/")))
        );
    }
    assert!(
        world
            .file(CONFIG)
            .contains("title: Edited at the same time\n")
    );
}

#[test]
fn names_with_spaces_or_of_another_script_arrive_as_they_are() {
    let world = with(&[]);
    let names = [
        " main.py",
        "a b.py",
        "größe.py",
        "日本/メイン.py",
        "trailing ",
    ];
    for round in ["1", "2"] {
        let files: Vec<_> = names.iter().map(|name| (*name, round.as_bytes())).collect();
        upload(&world, &pack(DEFLATED, &files));
        let run = first(&world);
        assert_eq!(run.result(), "synced", "{}", run.log);
        for name in names {
            assert_eq!(world.file(&format!("evaluation_script/{name}")), round);
        }
        assert_eq!(world.sync().succeeded().result(), "in-sync");
    }
}

#[test]
fn a_script_that_is_asked_for_goes_where_the_configuration_looks_for_it() {
    for (named, config_says, path) in [
        ("evaluation_script.zip", true, MAIN),
        ("evaluation_script.zip", false, MAIN),
        ("evaluation_script/main.py", true, MAIN),
        ("code/", true, "code/main.py"),
        ("packed/script.zip", true, "packed/script.zip"),
    ] {
        let world = World::recorded("sample");
        world.host_arranges(&[(MAIN, None), (INIT, None)]);
        let line = "evaluation_script: evaluation_script.zip\n";
        let new = if config_says {
            format!("evaluation_script: {named}\n")
        } else {
            String::new()
        };
        world.host_commits(CONFIG, line, &new);
        let zip = pack(DEFLATED, &[("main.py", b"print(1)\n")]);
        upload(&world, &zip);
        assert_eq!(world.sync().succeeded().result(), "in-sync", "{named}");
        let include = ("include", "evaluation_script");
        let run = world
            .sync_with(&[include, ("first-sync", "commit")])
            .succeeded();
        assert_eq!(run.result(), "synced", "{named}: {}", run.log);
        let found = &world.files()[path].1;
        let is_zip = path.to_ascii_lowercase().ends_with("zip");
        assert_eq!(found, if is_zip { &zip[..] } else { b"print(1)\n" });
        let line = format!("evaluation_script: {named}\n");
        assert!(world.file(CONFIG).contains(&line), "{named}");
        assert_eq!(world.sync().succeeded().result(), "in-sync", "{named}");
    }
}

#[test]
fn a_script_that_is_named_by_something_else_than_a_path_is_reported_and_left_alone() {
    for (named, words) in [
        ("https://media.example/scripts/5f2c.zip", "is a URL"),
        ("../evaluation_script.zip", "leads out of the repository"),
        ("/scripts/evaluation_script.zip", "is an absolute path"),
    ] {
        let world = World::recorded("sample");
        world.host_commits(
            CONFIG,
            "evaluation_script: evaluation_script.zip",
            &format!("evaluation_script: {named}"),
        );
        upload(&world, &pack(DEFLATED, &[("main.py", b"print(2)\n")]));
        let title = json!({"title": "Edited at the same time"});
        world.evalai.edit_challenge(1, title).unwrap();
        let before = world.file(MAIN);
        let inputs = [("first-sync", "commit"), ("include", "evaluation_script")];
        let run = world.sync_with(&inputs).succeeded();
        assert_eq!(run.changed_fields(), ["title"], "{}", run.log);
        let told = "The evaluation script is left alone";
        assert!(run.log.contains(told), "{}", run.log);
        assert!(run.log.contains(words), "{}", run.log);
        assert!(!run.log.contains("5f2c"), "{}", run.log);
        assert_eq!(world.file(MAIN), before);
    }
}
