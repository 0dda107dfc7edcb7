//! Where a repository keeps its files: other names, other folders, one file for two phases, files that are not there.

use serde_json::{Value, json};

use crate::packing::script;
use crate::world::World;

const CONFIG: &str = "challenge_config.yaml";
const PHASES: [&str; 2] = [
    "templates/challenge_phase_1_description.html",
    "templates/challenge_phase_2_description.html",
];
const ANNOTATIONS: [&str; 2] = [
    "annotations/test_annotations_devsplit.json",
    "annotations/test_annotations_testsplit.json",
];
const TAKE: &[(&str, &str)] = &[("first-sync", "commit")];

fn edit(world: &World, fields: Value) {
    world.evalai.edit_challenge(1, fields).unwrap();
}

fn describe(world: &World, phase: usize, text: &str) {
    let id = world.evalai.phases(1)[phase - 1];
    world
        .evalai
        .edit_phase(id, json!({ "description": text }))
        .unwrap();
}

fn annotate(world: &World, phase: usize, text: &str) {
    let id = world.evalai.phases(1)[phase - 1];
    world
        .evalai
        .upload_annotation(id, "a.json", text.as_bytes())
        .unwrap();
}

/// The sample challenge in a folder of its own, with names that are not the starter's.
fn elsewhere() -> World {
    let world = World::recorded("sample");
    let renamed = [
        ("templates/description.html", "pages/about/overview.html"),
        (PHASES[0], "pages/s2_val.html"),
        (PHASES[1], "pages/s2_test.html"),
        ("annotations/", "truth/"),
        ("logo.jpg", "images/brand/logo.jpg"),
    ];
    let new_name = |text: &str| {
        let rename = |text: String, (old, new): &(&str, &str)| text.replace(old, new);
        renamed.iter().fold(text.to_owned(), rename)
    };
    let files = world.files();
    let moved: Vec<_> = files
        .iter()
        .filter(|(path, _)| !path.starts_with("github/") && *path != "README.md")
        .map(|(path, (mode, bytes))| {
            let bytes = match path.as_str() {
                CONFIG => new_name(std::str::from_utf8(bytes).unwrap()).into_bytes(),
                _ => bytes.clone(),
            };
            let new = format!("2024/{}", new_name(path));
            (path, new, u32::try_from(*mode).unwrap(), bytes)
        })
        .collect();
    let mut edits: Vec<(&str, _)> = Vec::new();
    for (old, new, mode, bytes) in &moved {
        edits.push((old, None));
        edits.push((new, Some((*mode, &bytes[..]))));
    }
    world.host_arranges(&edits);
    world
}

#[test]
fn a_configuration_in_a_folder_finds_everything_relative_to_it_under_whatever_name() {
    let config = ("config", "2024/challenge_config.yaml");
    for is_first in [true, false] {
        let world = elsewhere();
        if !is_first {
            let run = world.sync_with(&[config]).succeeded();
            assert_eq!(run.result(), "in-sync", "{}", run.log);
        }
        edit(&world, json!({"description": "<p>Overview</p>"}));
        describe(&world, 1, "<p>Validation</p>");
        annotate(&world, 2, "{\"of\": 2}");
        let logo = b"\xff\xd8\xff\xe0 another";
        world.evalai.upload(1, "image", "a.jpg", logo).unwrap();
        let zip = script("print(2)\n");
        world
            .evalai
            .upload(1, "evaluation_script", "a.zip", &zip)
            .unwrap();
        let before = world.files();
        let run = world.sync_with(&[config, TAKE[0]]).succeeded();
        let expected = [
            "2024/evaluation_script/main.py",
            "2024/images/brand/logo.jpg",
            "2024/pages/about/overview.html",
            "2024/pages/s2_val.html",
            "2024/truth/test_annotations_testsplit.json",
        ];
        let mut after = world.files();
        let mut changed: Vec<_> = after.keys().cloned().collect();
        changed.retain(|path| before.get(path) != after.get(path));
        // What left the script goes, once it was agreed on.
        let gone = before.keys().filter(|path| !after.contains_key(*path));
        assert_eq!(gone.count(), usize::from(!is_first), "{}", run.log);
        assert_eq!(changed, expected, "{}", run.log);
        let mut bytes = |path: &str| String::from_utf8(after.remove(path).unwrap().1).unwrap();
        assert_eq!(bytes(expected[2]).trim(), "<p>Overview</p>");
        assert_eq!(bytes(expected[3]).trim(), "<p>Validation</p>");
        assert_eq!(bytes(expected[4]), "{\"of\": 2}");
        assert_eq!(world.sync_with(&[config]).succeeded().result(), "in-sync");
    }
}

#[test]
fn a_new_template_of_a_configuration_in_a_folder_joins_the_others_there() {
    let config = ("config", "2024/challenge_config.yaml");
    let world = elsewhere();
    let path = "2024/challenge_config.yaml";
    world.host_commits(path, "pages/s2_test.html", "pages/s2_val.html");
    describe(&world, 2, "<p>Another</p>");
    world.sync_with(&[config, TAKE[0]]).succeeded();
    let own = "pages/challenge_phase_2_description.html";
    assert!(world.file(path).contains(&format!("description: {own}\n")));
    assert_eq!(world.file(&format!("2024/{own}")).trim(), "<p>Another</p>");
    assert_eq!(world.sync_with(&[config]).succeeded().result(), "in-sync");
}

#[test]
fn a_path_that_is_no_file_of_the_repository_is_reported_and_left_alone() {
    for (named, words, is_first) in [
        ("https://media.example/5f2c.html", "is a URL", true),
        ("http://media.example/5f2c.html", "is a URL", false),
        ("../description.html", "leads out of the repository", true),
        ("/etc/5f2c", "is an absolute path", false),
        ("templates/", "names no file", true),
        ("templates", "it is a folder, not a file", false),
        ("linked.html", "it is a symbolic link, not a file", true),
        (".git/config", "leads into .git", false),
    ] {
        let world = World::recorded("sample");
        if !is_first {
            world.sync().succeeded();
        }
        let link = ("linked.html", Some((0o120_000, &b"/etc/passwd"[..])));
        world.host_arranges(&[link]);
        let new = format!("\ndescription: {named}\n");
        world.host_commits(CONFIG, "\ndescription: templates/description.html\n", &new);
        let edited = json!({"description": "<p>New</p>", "title": "A new title"});
        edit(&world, edited);
        let before = world.files();
        let run = world.sync_with(TAKE).succeeded();
        assert_eq!(run.changed_fields(), ["title"], "{named}: {}", run.log);
        for said in [&run.log, &run.summary] {
            assert!(said.contains(words), "{named}: {said}");
        }
        assert!(!named.contains("://") || !run.log.contains("5f2c"));
        assert!(world.file(CONFIG).contains(&new), "{named}");
        let mut after = world.files();
        after.insert(CONFIG.to_owned(), before[CONFIG].clone());
        assert_eq!(after, before, "{named}");
    }
}

#[test]
fn a_template_that_is_named_and_missing_is_created_once_evalai_has_a_text_for_it() {
    let guidelines = "templates/submission_guidelines.html";
    let world = World::recorded("sample");
    edit(&world, json!({"submission_guidelines": ""}));
    world.host_arranges(&[(guidelines, None), (PHASES[0], None)]);
    let run = world.sync().succeeded();
    assert_eq!(run.result(), "first-sync", "{}", run.log);
    let run = world.sync_with(TAKE).succeeded();
    assert_eq!(
        run.changed_fields(),
        ["phases.1.description"],
        "{}",
        run.log
    );
    assert!(world.files().contains_key(PHASES[0]));
    assert!(!world.files().contains_key(guidelines));
    assert_eq!(world.sync().succeeded().result(), "in-sync");
    edit(&world, json!({"submission_guidelines": "<p>Be fair.</p>"}));
    let run = world.sync().succeeded();
    assert_eq!(run.changed_fields(), ["submission_guidelines"]);
    assert_eq!(world.file(guidelines).trim(), "<p>Be fair.</p>");
    assert!(!run.log.contains("from now on"), "{}", run.log);
}

#[test]
fn annotations_that_are_named_and_missing_come_only_when_asked_for_and_to_the_named_path() {
    for is_first in [true, false] {
        let world = World::recorded("sample");
        world.host_arranges(&[(ANNOTATIONS[0], None), (ANNOTATIONS[1], None)]);
        world.host_commits(CONFIG, ANNOTATIONS[0], "truth/dev.json");
        if !is_first {
            assert_eq!(world.sync().succeeded().result(), "in-sync");
        }
        annotate(&world, 1, "{\"of\": 1}");
        let run = world.sync_with(TAKE).succeeded();
        assert_eq!(run.result(), "in-sync", "{}", run.log);
        let include = ("include", "phases.1.test_annotation_file");
        let run = world.sync_with(&[include, TAKE[0]]).succeeded();
        let field = "phases.1.test_annotation_file";
        assert_eq!(run.changed_fields(), [field], "{}", run.log);
        assert_eq!(run.output("changed-files"), "[\"truth/dev.json\"]");
        assert_eq!(world.file("truth/dev.json"), "{\"of\": 1}");
        assert_eq!(world.sync().succeeded().result(), "in-sync");
    }
}

/// What both phases' texts become, and whether the first file is still shared.
const TEXTS: [(&str, &str, bool); 4] = [
    ("new", "old", false),
    ("old", "new", false),
    ("new", "newer", false),
    ("new", "new", true),
];

/// Two phases that name one file, and hold `old`; then they hold something else. Each must end up with its own.
#[track_caller]
fn shared(key: &str, files: [&str; 2], hold: fn(&World, usize, &str)) {
    for is_first in [true, false] {
        for (first, second, is_shared) in TEXTS {
            let world = World::recorded("sample");
            world.host_commits(CONFIG, files[1], files[0]);
            world.host_arranges(&[(files[0], Some((0o100_755, b"old\n"))), (files[1], None)]);
            if !is_first {
                hold(&world, 1, "old\n");
                hold(&world, 2, "old\n");
                let run = world.sync().succeeded();
                assert_eq!(run.result(), "in-sync", "{}", run.log);
            }
            hold(&world, 1, &format!("{first}\n"));
            hold(&world, 2, &format!("{second}\n"));
            let run = world.sync_with(TAKE).succeeded();
            assert_eq!(run.result(), "synced", "{}", run.log);
            let config = world.file(CONFIG);
            let named: Vec<_> = config
                .lines()
                .filter_map(|line| line.strip_prefix(&format!("    {key}: ")))
                .filter(|named| named.contains('/'))
                .collect();
            let case = format!("{key}: {first}, {second}: {named:?}");
            let texts: Vec<_> = named.iter().map(|file| world.file(file)).collect();
            assert_eq!(
                texts,
                [format!("{first}\n"), format!("{second}\n")],
                "{case}"
            );
            assert_eq!(named[0] == named[1], is_shared, "{case}");
            assert_eq!(world.files()[files[0]].0, 0o100_755, "{case}");
            let run = world.sync().succeeded();
            assert_eq!(run.result(), "in-sync", "{case}: {}", run.log);
        }
    }
}

#[test]
fn two_phases_that_share_a_template_get_a_file_each_as_soon_as_their_texts_differ() {
    shared("description", PHASES, describe);
}

#[test]
fn two_phases_that_share_an_annotation_file_get_a_file_each_as_soon_as_theirs_differ() {
    shared("test_annotation_file", ANNOTATIONS, annotate);
}
