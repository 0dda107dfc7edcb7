//! What not everybody may see: where it goes, who is warned, and what is said nowhere.

use evalai_stand_in::{Fault, Seed};
use serde_json::json;

use crate::packing::script;
use crate::run::Run;
use crate::secrets::{GITHUB_TOKEN, Left, Secrets, media};
use crate::world::{World, fixtures, read_tree};

const CONFIG: &str = "challenge_config.yaml";
const TAKE: (&str, &str) = ("first-sync", "commit");

/// Personal data: the field, an address or domain in it, and another.
const PERSONAL: [(&str, &str, &str); 4] = [
    ("allowed_email_domains", "first.example", "second.example"),
    ("blocked_email_domains", "first.example", "second.example"),
    (
        "banned_email_ids",
        "first@mail.example",
        "second@mail.example",
    ),
    (
        "phases.2.allowed_email_ids",
        "first@mail.example",
        "second@mail.example",
    ),
];

/// EvalAI's list becomes `entries`.
fn hold(world: &World, field: &str, entries: &[&str]) {
    match field.strip_prefix("phases.2.") {
        Some(key) => {
            let id = world.evalai.phases(1)[1];
            let fields = json!({ key: entries });
            world.evalai.edit_phase(id, fields).unwrap();
        }
        None => {
            let fields = json!({ field: entries });
            world.evalai.edit_challenge(1, fields).unwrap();
        }
    }
}

/// A host gives the field's key these lines.
fn keep(world: &World, field: &str, lines: &str) {
    match field.strip_prefix("phases.2.") {
        Some(key) => {
            let old = "    codename: test\n";
            let new = format!("{old}    {key}:{lines}");
            world.host_commits(CONFIG, old, &new);
        }
        None => {
            let new = format!("published: True\n{field}:{lines}");
            world.host_commits(CONFIG, "published: True\n", &new);
        }
    }
}

/// A run whose event says that the repository is private, or that it is not.
fn sync(world: &World, private: bool, inputs: &[(&str, &str)]) -> Run {
    let workspace = world.check_out();
    let payload = json!({"repository": {"private": private}});
    let start = world.start(&workspace).event("schedule", &payload);
    let with = |start: crate::run::Start, (name, value): &(&str, &str)| start.input(name, value);
    inputs.iter().fold(start, with).run().succeeded()
}

#[test]
fn personal_data_goes_only_where_it_is_kept_or_asked_for() {
    for (field, first, second) in PERSONAL {
        let world = World::recorded("sample");
        hold(&world, field, &[first]);
        let run = sync(&world, false, &[TAKE]);
        assert_eq!(run.result(), "in-sync", "{field}: {}", run.log);
        hold(&world, field, &[first, second]);
        let run = sync(&world, false, &[TAKE, ("full", "true")]);
        assert_eq!(run.result(), "in-sync", "{field}: {}", run.log);
        let withheld = Secrets::of(&world).value(field, first).value(field, second);
        withheld.are_nowhere_in(&Left::by(&run).world(&world, &world.check_out()));
    }
}

#[test]
fn whoever_asks_for_personal_data_in_a_public_repository_is_warned() {
    for (field, first, _) in PERSONAL {
        for private in [true, false] {
            for is_first in [true, false] {
                let world = World::recorded("sample");
                if !is_first {
                    sync(&world, private, &[]);
                }
                hold(&world, field, &[first]);
                let run = sync(&world, private, &[TAKE, ("include", field)]);
                assert_eq!(run.changed_fields(), [field], "{}", run.log);
                let level = if private { "notice" } else { "warning" };
                let told = format!("::{level}::The repository keeps {field} from now on");
                assert!(run.log.contains(&told), "{told}: {}", run.log);
                assert!(run.summary.contains("from now on"), "{}", run.summary);
                assert!(world.file(CONFIG).contains(first), "{field}");
                assert!(!run.log.contains(first), "{field}: {}", run.log);
                // Now it is kept, and nobody is told again.
                let run = sync(&world, private, &[]);
                assert_eq!(run.result(), "in-sync", "{field}: {}", run.log);
                assert!(!run.log.contains("from now on"), "{}", run.log);
            }
        }
    }
}

#[test]
fn personal_data_that_is_kept_is_synced_and_an_empty_list_that_fills_is_warned_of() {
    for (field, first, second) in PERSONAL {
        for (lines, held, is_warned) in [
            (format!(" [{first}]\n"), vec![first], false),
            (" []\n".to_owned(), vec![], true),
        ] {
            let world = World::recorded("sample");
            keep(&world, field, &lines);
            hold(&world, field, &held);
            assert_eq!(sync(&world, false, &[]).result(), "in-sync", "{field}");
            hold(&world, field, &[first, second]);
            let run = sync(&world, false, &[]);
            assert_eq!(run.changed_fields(), [field], "{}", run.log);
            assert!(world.file(CONFIG).contains(second), "{field}");
            let told = format!("::warning::The repository keeps {field} from now on");
            assert_eq!(run.log.contains(&told), is_warned, "{}", run.log);
            assert!(!run.log.contains(second), "{}", run.log);
        }
    }
}

#[test]
fn ground_truth_that_is_asked_for_is_warned_of_in_public_and_told_in_private() {
    let mut files = read_tree(&fixtures().join("repos/sample"));
    files.retain(|path, _| !path.contains("evaluation_script/") && !path.contains("annotations/"));
    for (private, level) in [(true, "notice"), (false, "warning")] {
        for include in ["evaluation_script", "phases.*.test_annotation_file"] {
            let world = World::new(Seed::sample(), 1, &files);
            assert_eq!(sync(&world, private, &[]).result(), "in-sync");
            let run = sync(&world, private, &[TAKE, ("include", include)]);
            assert_eq!(run.result(), "synced", "{}", run.log);
            let told = format!("::{level}::The repository keeps ");
            assert!(run.log.contains(&told), "{told}: {}", run.log);
            let dry = World::new(Seed::sample(), 1, &files);
            let inputs = [TAKE, ("include", include), ("mode", "dry-run")];
            let workspace = dry.check_out();
            let run = dry.sync_in(&workspace, &inputs).succeeded();
            assert!(run.log.contains("::warning::The repository keeps "));
        }
    }
}

#[test]
fn the_urls_of_media_are_said_nowhere_however_a_download_goes() {
    let answer = |status, headers, body: &str| Fault::Answer {
        status,
        headers,
        body: body.to_owned(),
    };
    let elsewhere = "http://127.0.0.1:1/bucket/5f2c.zip?X-Amz-Signature=5f2c";
    let faults = [
        None,
        Some(answer(403, vec![], "<Code>AccessDenied</Code>")),
        Some(Fault::html(404, "<h1>/media/5f2c</h1>")),
        Some(Fault::redirect(elsewhere)),
        Some(Fault::redirect("ftp://media.example/5f2c")),
        Some(Fault::CutInBody),
        Some(Fault::Reset),
    ];
    for fault in faults {
        let seed = Seed::sample().media_elsewhere();
        let world = World::new(seed, 1, &read_tree(&fixtures().join("repos/sample")));
        world.sync().succeeded();
        let mut urls = media(&world);
        let phases = world.evalai.phases(1);
        world
            .evalai
            .upload(1, "image", "a.jpg", b"\xff\xd8\xff\xe0 another")
            .unwrap();
        let zip = script("print(2)\n");
        world
            .evalai
            .upload(1, "evaluation_script", "a.zip", &zip)
            .unwrap();
        for phase in phases {
            world
                .evalai
                .upload_annotation(phase, "a.json", b"{}")
                .unwrap();
        }
        urls.extend(media(&world));
        if let Some(fault) = &fault {
            // More often than a download is tried.
            world.evalai.fail("/media/", 100, fault.clone());
        }
        let title = json!({"title": "Edited at the same time"});
        world.evalai.edit_challenge(1, title).unwrap();
        let workspace = world.check_out();
        let run = world.sync_in(
            &workspace,
            &[("time-budget", "4"), ("auth-token", GITHUB_TOKEN)],
        );
        let run = run.succeeded();
        assert!(run.changed_fields().contains(&"title".to_owned()));
        assert_eq!(
            run.changed_fields().len() > 1,
            fault.is_none(),
            "{}",
            run.log
        );
        assert_eq!(urls.len(), 8);
        let urls = urls
            .iter()
            .map(String::as_str)
            .chain(["5f2c.zip", "/5f2c", "X-Amz"]);
        let secrets = urls.fold(Secrets::of(&world), |secrets, url| {
            secrets.value("an address", url)
        });
        secrets.are_nowhere_in(&Left::by(&run).world(&world, &workspace));
    }
}
