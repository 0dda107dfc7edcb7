//! What EvalAI holds as files, told as stories: the evaluation script, annotations, the logo.

use std::io::{Cursor, Write as _};

use evalai_stand_in::Seed;
use serde_json::json;
use zip::write::{SimpleFileOptions, ZipWriter};

use crate::world::{World, fixtures, read_tree};

const CONFIG: &str = "challenge_config.yaml";
const MAIN: &str = "evaluation_script/main.py";

/// A script's archive, as a host would upload it.
fn archive(files: &[(&str, &str)]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, text) in files {
        let mode = if *name == "tools/run.sh" {
            0o755
        } else {
            0o644
        };
        let options = SimpleFileOptions::default().unix_permissions(mode);
        writer.start_file(*name, options).unwrap();
        writer.write_all(text.as_bytes()).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

/// A world that agreed once on a script of two files, one of them CRLF.
pub(crate) fn scripted() -> World {
    let world = World::recorded("sample");
    world.host_writes(MAIN, "print(1)\r\nprint(2)\r\n");
    world.host_writes("evaluation_script/__init__.py", "from .main import *\n");
    upload(
        &world,
        &[
            ("main.py", "print(1)\r\nprint(2)\r\n"),
            ("__init__.py", "from .main import *\n"),
        ],
    );
    assert_eq!(world.sync().succeeded().result(), "in-sync");
    world.evalai.forget_requests();
    world
}

pub(crate) fn upload(world: &World, files: &[(&str, &str)]) {
    let zip = archive(files);
    world
        .evalai
        .upload(1, "evaluation_script", "evaluation_script.zip", &zip)
        .unwrap();
}

/// How often a file was downloaded since the log was last forgotten.
fn downloads(world: &World) -> usize {
    let requests = world.evalai.requests();
    requests
        .iter()
        .filter(|request| request.path.starts_with("/media/"))
        .count()
}

#[test]
fn each_file_of_an_uploaded_script_is_written_where_it_differs() {
    let world = scripted();
    upload(
        &world,
        &[
            ("main.py", "print(1)\nprint(3)\n"),
            ("__init__.py", "from .main import *\n"),
            ("tools/run.sh", "#!/bin/sh\n"),
            ("__pycache__/main.cpython-39.pyc", "litter"),
        ],
    );
    let run = world.sync().succeeded();
    assert_eq!(
        run.changed_fields(),
        [
            "evaluation_script/main.py",
            "evaluation_script/tools/run.sh"
        ],
        "{}",
        run.log
    );
    assert_eq!(
        world.file(MAIN),
        "print(1)\r\nprint(3)\r\n",
        "the file's own line endings stay"
    );
    let files = world.files();
    assert_eq!(
        files["evaluation_script/tools/run.sh"],
        (0o100_755, b"#!/bin/sh\n".to_vec())
    );
    assert!(
        !files.keys().any(|path| path.contains("pycache")),
        "{:?}",
        files.keys()
    );
    assert_eq!(world.sync().succeeded().result(), "in-sync");
}

#[test]
fn a_script_that_is_uploaded_again_unchanged_is_asked_for_once_and_commits_nothing() {
    let world = scripted();
    upload(
        &world,
        &[
            ("main.py", "print(1)\r\nprint(2)\r\n"),
            ("__init__.py", "from .main import *\n"),
        ],
    );
    assert_eq!(world.sync().succeeded().result(), "in-sync");
    assert_eq!(downloads(&world), 1);
    world.evalai.forget_requests();
    assert_eq!(world.sync().succeeded().result(), "in-sync");
    assert_eq!((downloads(&world), world.evalai.requests().len()), (0, 4));
}

#[test]
fn a_file_that_left_the_script_goes_and_one_that_was_never_there_stays() {
    let world = scripted();
    world.host_writes("evaluation_script/NOTES.md", "Not yet pushed.\n");
    upload(&world, &[("main.py", "print(1)\nprint(2)\n")]);
    let run = world.sync().succeeded();
    assert_eq!(
        run.changed_fields(),
        ["evaluation_script/__init__.py"],
        "{}",
        run.log
    );
    let files = world.files();
    assert!(!files.contains_key("evaluation_script/__init__.py"));
    assert!(files.contains_key("evaluation_script/NOTES.md"));
    assert_eq!(world.sync().succeeded().result(), "in-sync");
    assert!(world.files().contains_key("evaluation_script/NOTES.md"));
}

#[test]
fn a_script_that_a_host_edits_is_ahead_file_by_file() {
    let world = scripted();
    world.host_writes(MAIN, "print('host')\r\n");
    assert_eq!(world.sync().succeeded().result(), "ahead");
    upload(
        &world,
        &[
            ("main.py", "print(1)\nprint(2)\n"),
            ("__init__.py", "from .main import evaluate\n"),
        ],
    );
    let run = world.sync().succeeded();
    assert_eq!(
        run.changed_fields(),
        ["evaluation_script/__init__.py"],
        "{}",
        run.log
    );
    assert_eq!(world.file(MAIN), "print('host')\r\n");
}

#[test]
fn an_archive_that_cannot_be_trusted_is_reported_and_the_rest_goes_on() {
    let hostile: [(&[(&str, &str)], &str); 3] = [
        (&[], "holds no file"),
        (&[("../escape.py", "x")], "../escape.py"),
        (&[("a.py", "x"), ("A.py", "y")], "A.py"),
    ];
    for (files, entry) in hostile {
        let world = scripted();
        upload(&world, files);
        world
            .evalai
            .edit_challenge(1, json!({"title": "A new title"}))
            .unwrap();
        let before = world.files().len();
        let run = world.sync().succeeded();
        assert_eq!(run.changed_fields(), ["title"], "{}", run.log);
        assert!(run.log.contains("It is left alone."), "{}", run.log);
        assert!(run.log.contains(entry), "{entry}: {}", run.log);
        assert_eq!(world.files().len(), before);
    }
}

#[test]
fn a_repository_that_keeps_neither_script_nor_annotations_gets_them_only_when_asked() {
    let mut files = read_tree(&fixtures().join("repos/sample"));
    files.retain(|path, _| {
        !path.starts_with("evaluation_script/") && !path.starts_with("annotations/")
    });
    let world = World::new(Seed::sample(), 1, &files);
    let run = world.sync().succeeded();
    assert_eq!(run.result(), "in-sync", "{}", run.log);
    assert_eq!(downloads(&world), 1, "the logo alone is asked for");
    let record = world.record().unwrap();
    assert!(
        !record
            .keys()
            .any(|path| path.contains("evaluation_script") || path.contains("test_annotation")),
        "{record:?}"
    );

    let include = "evaluation_script\nphases.1.test_annotation_file";
    let run = world
        .sync_with(&[
            ("include", include),
            ("first-sync", "commit"),
            ("full", "true"),
        ])
        .succeeded();
    let expected = [
        "phases.1.test_annotation_file",
        "evaluation_script/__init__.py",
        "evaluation_script/main.py",
    ];
    assert_eq!(run.changed_fields(), expected, "{}", run.log);
    let told =
        "::warning::The repository keeps phases.1.test_annotation_file and 2 more from now on";
    assert!(run.log.contains(told), "{}", run.log);
    assert!(
        world
            .files()
            .contains_key("annotations/test_annotations_devsplit.json")
    );
    assert!(
        !world
            .files()
            .contains_key("annotations/test_annotations_testsplit.json")
    );
    assert_eq!(
        world
            .sync_with(&[("include", include)])
            .succeeded()
            .result(),
        "in-sync"
    );
    assert_eq!(
        world.sync().succeeded().result(),
        "in-sync",
        "what is kept now is synced without asking"
    );
}

#[test]
fn a_logo_of_another_type_gets_the_ending_that_evalai_takes() {
    let world = World::recorded("sample");
    world.sync().succeeded();
    let png = b"\x89PNG\r\n\x1a\n and some pixels";
    world.evalai.upload(1, "image", "Logo.PNG", png).unwrap();
    let run = world.sync().succeeded();
    assert_eq!(run.changed_fields(), ["image"], "{}", run.log);
    assert!(
        world.file(CONFIG).contains("image: logo.png\n"),
        "{}",
        world.file(CONFIG)
    );
    let files = world.files();
    assert_eq!(files["logo.png"].1, png);
    assert!(!files.contains_key("logo.jpg"));
    assert_eq!(world.sync().succeeded().result(), "in-sync");
}

#[test]
fn annotations_that_are_too_large_or_kept_elsewhere_are_left_alone() {
    let world = World::recorded("sample");
    world.sync().succeeded();
    let large = vec![b'x'; (1 << 20) + 1];
    world
        .evalai
        .upload_annotation(1, "large.json", &large)
        .unwrap();
    let run = world.sync_with(&[("max-file-size", "1")]).succeeded();
    assert_eq!(run.result(), "in-sync", "{}", run.log);
    assert!(
        run.log
            .contains("phases.1.test_annotation_file is left alone"),
        "{}",
        run.log
    );
    assert!(run.log.contains("max-file-size"), "{}", run.log);

    let pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n";
    world.host_writes("annotations/test_annotations_devsplit.json", pointer);
    let run = world.sync().succeeded();
    assert_eq!(run.result(), "in-sync", "{}", run.log);
    assert_eq!(
        world.file("annotations/test_annotations_devsplit.json"),
        pointer
    );
}

#[test]
fn a_file_that_the_cli_replaced_in_place_is_noticed_by_its_content() {
    let world = World::recorded("sample");
    world.sync().succeeded();
    world
        .evalai
        .replace_annotation_in_place(1, b"{\"in\": \"place\"}\n")
        .unwrap();
    let run = world.sync().succeeded();
    assert_eq!(
        run.changed_fields(),
        ["phases.1.test_annotation_file"],
        "{}",
        run.log
    );
    assert_eq!(
        world.file("annotations/test_annotations_devsplit.json"),
        "{\"in\": \"place\"}\n"
    );
    world.evalai.forget_requests();
    assert_eq!(world.sync().succeeded().result(), "in-sync");
    let mut media = world.evalai.requests();
    media.retain(|request| request.path.starts_with("/media/"));
    let statuses: Vec<_> = media.iter().map(|request| request.status).collect();
    assert_eq!(statuses, [Some(304)], "it is asked for by its validator");
}

#[test]
fn media_on_another_host_never_see_the_token_and_their_urls_are_said_nowhere() {
    let mut seed = Seed::sample();
    seed = seed.media_elsewhere();
    let world = World::new(seed, 1, &read_tree(&fixtures().join("repos/sample")));
    let run = world.sync().succeeded();
    assert_eq!(run.result(), "in-sync", "{}", run.log);
    let media: Vec<_> = world
        .evalai
        .requests()
        .into_iter()
        .filter(|r| r.path.starts_with("/media/"))
        .collect();
    assert_eq!(media.len(), 4, "{media:?}");
    for request in media {
        assert!(!request.had_authorization, "{request:?}");
        let name = request.path.rsplit('/').next().unwrap();
        let record = world.record().unwrap().into_values().collect::<String>();
        for said in [&run.log, &run.errors, &run.summary, &record] {
            assert!(!said.contains(name), "{name} is in\n{said}");
        }
    }
}

#[test]
fn what_a_sync_wrote_is_taken_by_the_next_push_without_changing_evalai() {
    let world = World::recorded("sample");
    world.sync().succeeded();
    let edit = json!({"title": "Random yes: #2", "start_date": "2020-01-02T03:04:05Z", "is_registration_open": false});
    world.evalai.edit_challenge(1, edit).unwrap();
    world.evalai.edit_phase(1, json!({"name": "off", "description": "<p>1:30</p>", "end_date": "2090-01-01T00:00:00Z"})).unwrap();
    world.evalai.set_tags(1, &["yes", "2024"], "NLP").unwrap();
    assert_eq!(world.sync().succeeded().result(), "synced");
    let held = |world: &World| {
        let get = |path: &str| world.evalai.get(path).unwrap();
        let mut held = vec![
            get("/api/challenges/challenge/1/"),
            get("/api/challenges/1/challenge_phase_split"),
        ];
        held.extend(get("/api/challenges/1/phases/").as_array().unwrap().clone());
        for object in held.iter_mut().filter_map(serde_json::Value::as_object_mut) {
            object.retain(|key, _| !["image", "test_annotation"].contains(&key.as_str()));
        }
        held
    };
    let before = held(&world);
    let files = world
        .files()
        .into_iter()
        .map(|(path, (_, bytes))| (path, bytes))
        .collect();
    let zip = evalai_stand_in::starter_zip(&files);
    world
        .evalai
        .push("example-org/rng-challenge", "challenge", &zip)
        .unwrap();
    assert_eq!(held(&world), before);
    assert_eq!(
        world.sync().succeeded().result(),
        "in-sync",
        "a push never makes the next sync commit"
    );
}

#[test]
fn phases_that_share_an_annotation_file_get_a_file_each_when_theirs_differ() {
    let mut files = read_tree(&fixtures().join("repos/sample"));
    let config = String::from_utf8(files[CONFIG].clone()).unwrap();
    let config = config.replace("test_annotations_testsplit", "test_annotations_devsplit");
    files.insert(CONFIG.to_owned(), config.into_bytes());
    let world = World::new(Seed::sample(), 1, &files);
    world
        .evalai
        .upload_annotation(
            2,
            "a.json",
            &files["annotations/test_annotations_devsplit.json"],
        )
        .unwrap();
    assert_eq!(world.sync().succeeded().result(), "in-sync");
    world
        .evalai
        .upload_annotation(2, "a.json", b"{\"of\": 2}\n")
        .unwrap();
    let run = world.sync().succeeded();
    assert_eq!(
        run.changed_fields(),
        ["phases.2.test_annotation_file"],
        "{}",
        run.log
    );
    let own = "annotations/test_annotations_devsplit_phase_2.json";
    assert_eq!(world.file(own), "{\"of\": 2}\n");
    assert!(
        world
            .file(CONFIG)
            .contains(&format!("test_annotation_file: {own}\n")),
        "{}",
        world.file(CONFIG)
    );
    assert_eq!(world.sync().succeeded().result(), "in-sync");
}

#[test]
fn ground_truth_is_told_and_not_shown() {
    let world = scripted();
    world
        .evalai
        .upload_annotation(1, "a.json", b"{\"answer\": \"forty-two\"}\n")
        .unwrap();
    upload(
        &world,
        &[
            ("main.py", "secret_weights = 7\n"),
            ("__init__.py", "from .main import *\n"),
        ],
    );
    let run = world.sync().succeeded();
    assert_eq!(run.result(), "synced", "{}", run.log);
    for said in [&run.log, &run.summary] {
        assert!(said.contains("another file"), "{said}");
        for secret in ["forty-two", "secret_weights"] {
            assert!(!said.contains(secret), "{secret} is in\n{said}");
        }
    }
}

#[test]
fn a_logo_of_another_type_takes_no_name_that_is_taken() {
    let world = World::recorded("sample");
    world.host_writes("logo.png", "somebody else's");
    world.sync().succeeded();
    world
        .evalai
        .upload(1, "image", "logo.png", b"\x89PNG\r\n\x1a\n and some pixels")
        .unwrap();
    world.sync().succeeded();
    assert_eq!(world.file("logo.png"), "somebody else's");
    assert!(
        world.file(CONFIG).contains("image: logo_2.png\n"),
        "{}",
        world.file(CONFIG)
    );
    assert_eq!(world.sync().succeeded().result(), "in-sync");
}

#[test]
fn a_script_that_arrived_from_here_does_not_undo_the_next_one() {
    let world = scripted();
    world.host_writes("evaluation_script/new.py", "v1\n");
    let agreed = [
        ("main.py", "print(1)\n print(2)\n"),
        ("__init__.py", "from .main import *\n"),
        ("new.py", "v1\n"),
    ];
    let main = ("main.py", "print(1)\r\nprint(2)\r\n");
    upload(&world, &[main, agreed[1], agreed[2]]);
    world.host_writes("evaluation_script/new.py", "v2\n");
    let run = world.sync_with(&[("first-sync", "commit")]).succeeded();
    assert_eq!(run.result(), "ahead", "{}", run.log);
    assert_eq!(world.file("evaluation_script/new.py"), "v2\n");
}

#[test]
fn what_is_asked_for_after_the_first_sync_is_taken() {
    let mut files = read_tree(&fixtures().join("repos/sample"));
    files.retain(|path, _| !path.starts_with("annotations/"));
    let config = String::from_utf8(files[CONFIG].clone()).unwrap();
    let config = config.replace(
        "    test_annotation_file: annotations/test_annotations_testsplit.json\n",
        "",
    );
    files.insert(CONFIG.to_owned(), config.into_bytes());
    let world = World::new(Seed::sample(), 1, &files);
    world.sync().succeeded();
    let phase = world.evalai.phases(1)[0];
    world
        .evalai
        .allow_emails(1, phase, &["a@example.org"])
        .unwrap();
    let include = "phases.*.test_annotation_file, phases.1.allowed_email_ids, enable_forum";
    let run = world.sync_with(&[("include", include)]).succeeded();
    let expected = [
        "phases.1.test_annotation_file",
        "phases.1.allowed_email_ids",
        "phases.2.test_annotation_file",
    ];
    assert_eq!(run.changed_fields(), expected, "{}", run.log);
    assert!(
        world
            .file(CONFIG)
            .contains("test_annotation_file: annotations/test_annotations_phase_2.json\n")
    );
    assert!(!run.log.contains("a@example.org"), "{}", run.log);
    assert_eq!(
        world
            .sync_with(&[("include", include)])
            .succeeded()
            .result(),
        "in-sync"
    );
}
