//! The logo: a PNG or a JPEG under a name that EvalAI takes, told by content.

use serde_json::json;

use crate::run::Run;
use crate::world::World;

const CONFIG: &str = "challenge_config.yaml";
const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR of a test";
const PNG_2: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR of another";
const JPEG: &[u8] = b"\xff\xd8\xff\xe0\0\x10JFIF of a test";
const JPEG_2: &[u8] = b"\xff\xd8\xff\xe1\0\x18Exif of another";

/// The sample challenge with its logo at `path`.
fn at(path: &str, logo: &[u8]) -> World {
    let world = World::recorded("sample");
    world.host_arranges(&[("logo.jpg", None), (path, Some((0o100_644, logo)))]);
    if path != "logo.jpg" {
        world.host_commits(CONFIG, "image: logo.jpg", &format!("image: {path}"));
    }
    world
}

fn upload(world: &World, logo: &[u8]) {
    // Its name on EvalAI tells nothing of what it is.
    world.evalai.upload(1, "image", "logo.jpeg", logo).unwrap();
}

/// EvalAI's logo becomes `logo`, on a first sync or a later one.
fn replaced(path: &str, old: &[u8], logo: &[u8], is_first: bool) -> (World, Run) {
    let world = at(path, old);
    if !is_first {
        upload(&world, old);
        let run = world.sync().succeeded();
        assert_eq!(run.result(), "in-sync", "{path}: {}", run.log);
    }
    upload(&world, logo);
    let run = world.sync_with(&[("first-sync", "commit")]).succeeded();
    (world, run)
}

#[test]
fn a_logo_of_the_same_type_keeps_its_path() {
    for (path, old, new, is_first) in [
        ("logo.png", PNG, PNG_2, true),
        ("images/logo.png", PNG, PNG_2, false),
        ("images/logo/challenge_logo.jpg", JPEG, JPEG_2, true),
        ("templates/logo.jpeg", JPEG, JPEG_2, false),
        ("brand.v2/the.logo.png", PNG, PNG_2, true),
    ] {
        let (world, run) = replaced(path, old, new, is_first);
        assert_eq!(run.changed_fields(), ["image"], "{path}: {}", run.log);
        assert_eq!(run.output("changed-files"), format!("[\"{path}\"]"));
        assert_eq!(world.files()[path].1, new);
        assert_eq!(world.sync().succeeded().result(), "in-sync");
    }
}

#[test]
fn a_logo_of_another_type_gets_a_new_file_with_the_right_ending_and_the_key_names_it() {
    for (path, old, new, expected, is_first) in [
        ("logo.jpg", JPEG, PNG, "logo.png", true),
        ("images/logo.png", PNG, JPEG, "images/logo.jpg", false),
        ("logo.jpeg", JPEG, PNG, "logo.png", true),
        // EvalAI takes no ending in upper case, and none at all neither.
        ("logo.PNG", PNG, PNG_2, "logo.png", false),
        ("images/Logo.JPG", JPEG, JPEG_2, "images/Logo.jpg", true),
        ("logo.Jpeg", JPEG, PNG, "logo.png", false),
        ("logo", PNG, PNG_2, "logo.png", true),
        ("brand.v2/logo", PNG, JPEG, "brand.v2/logo.jpg", false),
        // The name was wrong before.
        ("logo.gif", PNG, PNG_2, "logo.png", true),
    ] {
        let (world, run) = replaced(path, old, new, is_first);
        assert_eq!(run.changed_fields(), ["image"], "{path}: {}", run.log);
        let files = world.files();
        assert_eq!(files[expected].1, new, "{path}");
        assert!(!files.contains_key(path), "{path}");
        let line = format!("\nimage: {expected}\n");
        assert!(world.file(CONFIG).contains(&line), "{path}");
        assert_eq!(world.sync().succeeded().result(), "in-sync");
    }
}

#[test]
fn an_image_that_no_push_can_carry_is_refused_with_a_sentence_and_the_rest_goes_on() {
    let others: [&[u8]; 4] = [
        b"GIF89a of a test",
        b"RIFF\0\0\0\0WEBP of a test",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"BM of a test",
    ];
    for is_first in [true, false] {
        let world = at("logo.jpg", JPEG);
        if !is_first {
            upload(&world, JPEG);
            world.sync().succeeded();
        }
        for (number, other) in others.into_iter().enumerate() {
            upload(&world, other);
            let title = json!({"title": format!("Number {number}")});
            world.evalai.edit_challenge(1, title).unwrap();
            let run = world.sync_with(&[("first-sync", "commit")]).succeeded();
            assert_eq!(run.changed_fields(), ["title"], "{}", run.log);
            let told = "image is left alone: EvalAI's is neither a PNG nor a JPEG, and a push takes no other";
            for said in [&run.log, &run.summary] {
                assert!(said.replace("&#58;", ":").contains(told), "{said}");
            }
            assert_eq!(world.files()["logo.jpg"].1, JPEG);
            assert!(world.file(CONFIG).contains("\nimage: logo.jpg\n"));
        }
        // A good one is taken again.
        upload(&world, JPEG_2);
        let run = world.sync_with(&[("first-sync", "commit")]).succeeded();
        assert_eq!(run.changed_fields(), ["image"], "{}", run.log);
    }
}

#[test]
fn a_logo_that_the_configuration_names_and_nobody_has_is_created() {
    let world = at("images/logo.png", JPEG);
    world.host_arranges(&[("images/logo.png", None)]);
    upload(&world, PNG);
    let run = world.sync().succeeded();
    assert_eq!(run.result(), "first-sync", "{}", run.log);
    let run = world.sync_with(&[("first-sync", "commit")]).succeeded();
    assert_eq!(run.changed_fields(), ["image"], "{}", run.log);
    assert_eq!(world.files()["images/logo.png"].1, PNG);
    assert_eq!(world.sync().succeeded().result(), "in-sync");
}

#[test]
fn a_logo_that_evalai_does_not_have_leaves_the_repositorys_alone() {
    let world = at("logo.jpg", JPEG);
    world.sync().succeeded();
    world
        .evalai
        .edit_challenge(1, json!({"image": null}))
        .unwrap();
    let run = world.sync().succeeded();
    assert_eq!(world.files()["logo.jpg"].1, JPEG, "{}", run.log);
}
