//! Starting from EvalAI: a repository's whole layout, written where there was none.

use std::collections::BTreeMap;
use std::fs;

use evalai_stand_in::{Seed, StandIn, starter_zip};
use serde_json::{Value, json};

use crate::world::{World, commit};

const CONFIG: &str = "challenge_config.yaml";
const EVERYTHING: &str = "evaluation_script\nphases.*.test_annotation_file\nphases.*.allowed_email_ids\n\
    allowed_email_domains\nblocked_email_domains\nbanned_email_ids";

/// Each recorded challenge, by name, with its id.
fn seeds() -> [(&'static str, Seed, u64); 3] {
    [
        ("sample", Seed::sample(), 1),
        ("big", Seed::big(), 5),
        ("docker", Seed::docker(), 4),
    ]
}

/// A challenge, and a repository that holds nothing of it.
fn bare(seed: Seed, challenge: u64) -> World {
    let readme = BTreeMap::from([("README.md".to_owned(), b"# A challenge\n".to_vec())]);
    World::new(seed, challenge, &readme)
}

/// All that EvalAI tells of a challenge, but where its files are, and in which order.
fn told(evalai: &StandIn, challenge: u64) -> Value {
    let get = |path: String| evalai.get(&path).expect("an answer");
    let base = "/api/challenges";
    let page = get(format!("{base}/challenge/{challenge}/"));
    let queue = page["queue"].as_str().expect("a queue").to_owned();
    let splits = evalai.splits(challenge).into_iter().map(|id| {
        let create = format!("{base}/challenge/create");
        let split = get(format!("{create}/challenge_phase_split/{id}/"));
        let (leaderboard, data) = (&split["leaderboard"], &split["dataset_split"]);
        json!([
            get(format!("{create}/leaderboard/{leaderboard}/")),
            get(format!("{create}/dataset_split/{data}/")),
            split
        ])
    });
    let mut told = json!({
        "page": page,
        "worker": get(format!("{base}/challenge/queues/{queue}/")),
        "phases": get(format!("{base}/{challenge}/phases/")),
        "splits": splits.collect::<Vec<_>>(),
        "prizes": get(format!("{base}/challenge/{challenge}/prizes/")),
    });
    for holder in ["page", "worker"] {
        told[holder]["image"] = Value::Null;
        told[holder]["evaluation_script"] = Value::Null;
    }
    let phases = told["phases"].as_array_mut().expect("a list");
    phases.sort_by_key(|phase| phase["id"].as_u64());
    for phase in phases {
        phase["test_annotation"] = Value::Null;
    }
    told
}

/// The places at which two answers differ in meaning.
fn differences(place: &str, before: &Value, after: &Value) -> Vec<String> {
    match (before, after) {
        (Value::Object(old), Value::Object(new)) if old.keys().eq(new.keys()) => old
            .iter()
            .flat_map(|(key, value)| differences(&format!("{place}.{key}"), value, &new[key]))
            .collect(),
        (Value::Array(old), Value::Array(new)) if old.len() == new.len() => old
            .iter()
            .zip(new)
            .enumerate()
            .flat_map(|(at, (old, new))| differences(&format!("{place}[{at}]"), old, new))
            .collect(),
        // Line endings do not count: a new file has those of the configuration.
        (Value::String(old), Value::String(new)) if old.replace("\r\n", "\n") == *new => Vec::new(),
        _ if before == after => Vec::new(),
        _ => vec![format!("{place}: {before:.80} -> {after:.80}")],
    }
}

fn bytes(world: &World) -> BTreeMap<String, Vec<u8>> {
    let files = world.files().into_iter();
    files.map(|(path, (_, bytes))| (path, bytes)).collect()
}

#[test]
fn an_import_writes_the_layout_in_one_commit_and_the_next_sync_finds_both_sides_equal() {
    for (name, seed, challenge) in seeds() {
        let world = bare(seed, challenge);
        let inputs = [("mode", "import"), ("include", EVERYTHING)];
        let run = world.sync_with(&inputs).succeeded();
        assert_eq!(run.result(), "synced", "{name}: {}", run.log);
        assert_eq!(world.commits(), 2, "{name}");
        assert!(
            !run.log.contains("git checkout"),
            "nothing was overridden: {}",
            run.log
        );
        let subject = format!("Import challenge {challenge} from EvalAI\n");
        assert!(world.message().starts_with(&subject), "{}", world.message());
        assert!(world.record().is_some(), "{name}");
        let files = bytes(&world);
        for path in [
            CONFIG,
            "templates/description.html",
            "logo.jpg",
            "evaluation_script/main.py",
            "annotations/test_annotations_phase_1.json",
        ] {
            assert!(
                files.contains_key(path),
                "{name}: {path} of {:?}",
                files.keys()
            );
        }
        for inputs in [&[][..], &[("full", "true")]] {
            let run = world.sync_with(inputs).succeeded();
            assert_eq!(run.result(), "in-sync", "{name}: {}", run.log);
        }
        assert_eq!(world.commits(), 2, "{name}");
    }
}

#[test]
fn an_import_that_is_pushed_changes_nothing_but_where_files_are() {
    for (name, seed, challenge) in seeds() {
        let world = bare(seed, challenge);
        let inputs = [("mode", "import"), ("include", EVERYTHING)];
        world.sync_with(&inputs).succeeded();
        let before = told(&world.evalai, challenge);
        let zip = starter_zip(&bytes(&world));
        world
            .evalai
            .push(&world.repository, &world.branch, &zip)
            .unwrap_or_else(|refusal| panic!("{name}: {refusal}\n{}", world.file(CONFIG)));
        let differences = differences("", &before, &told(&world.evalai, challenge));
        // A push without sponsors hides them, and one with them fails.
        let expected: &[&str] = match name {
            "big" => &[".page.has_sponsors: true -> false"],
            _ => &[],
        };
        assert_eq!(differences, expected, "{name}");
        let run = world.sync().succeeded();
        assert_eq!(run.result(), "in-sync", "{name}: {}", run.log);
    }
}

#[test]
fn what_not_everybody_may_see_is_left_out_until_it_is_asked_for() {
    let world = bare(Seed::sample(), 1);
    let run = world.sync_with(&[("mode", "import")]).succeeded();
    for words in [
        "Left out, since whoever can read the repository could read it: evaluation_script, phases.1.test_annotation_file, phases.2.test_annotation_file.",
        "a push replaces the one on EvalAI by an empty one",
    ] {
        assert!(run.log.contains(words), "{}", run.log);
    }
    let withheld =
        |path: &String| path.starts_with("evaluation_script/") || path.starts_with("annotations/");
    assert!(!world.files().keys().any(withheld), "{}", run.log);
    assert!(!world.file(CONFIG).contains("test_annotation_file"));
    assert_eq!(world.sync().succeeded().result(), "in-sync");

    // As the log says.
    let inputs = [("include", EVERYTHING), ("first-sync", "commit")];
    let run = world.sync_with(&inputs).succeeded();
    assert_eq!(run.result(), "synced", "{}", run.log);
    assert!(world.files().contains_key("evaluation_script/main.py"));
    assert!(
        world
            .file(CONFIG)
            .contains("test_annotation_file: annotations/test_annotations_phase_1.json")
    );
    assert_eq!(world.sync().succeeded().result(), "in-sync");
}

#[test]
fn an_import_has_comments_and_says_nothing_that_is_the_default_anyway() {
    let world = bare(Seed::sample(), 1);
    world.sync_with(&[("mode", "import")]).succeeded();
    let config = world.file(CONFIG);
    for line in [
        "# When the challenge runs, and whether everybody sees it.\nstart_date: 2019-01-01 00:00:00\nend_date: 2099-05-31 23:59:59\npublished: True\n",
        "title: Random Number Generator Challenge\nshort_description: Guess the numbers\n",
        "image: logo.jpg\n",
        "description: templates/challenge_phase_1_description.html\n",
        "leaderboard_public: False\n",
        "visibility: 3\n",
    ] {
        assert!(config.contains(line), "{line} is not in\n{config}");
    }
    for key in [
        "worker_python_version",
        "enable_forum",
        "max_concurrent",
        "sponsors:",
    ] {
        assert!(!config.contains(key), "{key} is in\n{config}");
    }
}

#[test]
fn a_branch_that_has_a_configuration_is_left_as_it_is() {
    let world = World::recorded("sample");
    let workspace = world.check_out();
    let before = world.everything(&workspace);
    world
        .sync_in(&workspace, &[("mode", "import")])
        .failed_saying(
            "has challenge_config.yaml already, so nothing is imported: use `mode: commit`",
        );
    assert!(before == world.everything(&workspace));
}

#[test]
fn half_a_challenge_is_not_imported() {
    let world = bare(Seed::sample(), 1);
    world
        .evalai
        .fail("/phases/", 20, evalai_stand_in::Fault::html(404, "gone"));
    let tip = world.tip();
    world
        .sync_with(&[("mode", "import")])
        .failed_saying("the challenge's phases could not be read, so nothing is imported");
    assert_eq!(world.tip(), tip);
}

#[test]
fn a_host_config_that_is_not_in_the_branch_comes_without_its_token() {
    let mut world = bare(Seed::sample(), 1);
    world.branch = "fresh".into();
    let readme = BTreeMap::from([("README.md".to_owned(), b"# A challenge\n".to_vec())]);
    commit(&world.remote(), "refs/heads/fresh", None, &readme, "Start");
    let elsewhere = world.new_folder().join("host.json");
    fs::write(&elsewhere, world.host_config()).expect("written");
    let host = elsewhere.to_str().expect("UTF-8");
    let inputs = [
        ("mode", "import"),
        ("host-config", host),
        ("config", "challenge/config.yaml"),
        ("include", EVERYTHING),
    ];
    world.sync_with(&inputs).succeeded();
    let written: Value =
        serde_json::from_str(&world.file("github/host_config.json")).expect("JSON");
    assert_eq!(written["token"], "<evalai_user_auth_token>");
    assert_eq!(written["team_pk"], "1");
    let inside = [
        "challenge/config.yaml",
        "challenge/logo.jpg",
        "challenge/evaluation_script/main.py",
        "challenge/templates/description.html",
    ];
    for path in inside {
        assert!(world.files().contains_key(path), "{path}");
    }
    let inputs = [("host-config", host), ("config", "challenge/config.yaml")];
    assert_eq!(world.sync_with(&inputs).succeeded().result(), "in-sync");
}

#[test]
fn a_host_config_that_the_input_names_within_the_branch_is_written_there() {
    let world = bare(Seed::sample(), 1);
    let workspace = world.check_out();
    fs::create_dir(workspace.join("conf")).expect("a folder");
    fs::write(workspace.join("conf/host.json"), world.host_config()).expect("written");
    let inputs = [("mode", "import"), ("host-config", "conf/host.json")];
    world.sync_in(&workspace, &inputs).succeeded();
    assert!(
        world
            .file("conf/host.json")
            .contains("<evalai_user_auth_token>")
    );
}

#[test]
fn a_logo_goes_under_the_ending_of_what_it_is_and_an_empty_text_has_its_file() {
    let world = bare(Seed::sample(), 1);
    let png = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR";
    world
        .evalai
        .upload(1, "image", "logo.jpg", png)
        .expect("uploaded");
    world
        .evalai
        .edit_challenge(1, json!({"submission_guidelines": ""}))
        .expect("edited");
    world.sync_with(&[("mode", "import")]).succeeded();
    assert!(world.file(CONFIG).contains("image: logo.png\n"));
    let files = bytes(&world);
    assert_eq!(files.get("logo.png").map(Vec::as_slice), Some(&png[..]));
    assert!(!files.contains_key("logo.jpg"));
    assert_eq!(world.file("templates/submission_guidelines.html"), "");
    assert_eq!(world.sync().succeeded().result(), "in-sync");
}

#[test]
fn a_logo_that_evalai_would_refuse_is_left_out_with_its_key() {
    let world = bare(Seed::sample(), 1);
    let gif = b"GIF89a of a test";
    let upload = world.evalai.upload(1, "image", "logo.jpg", gif);
    upload.expect("uploaded");
    let run = world.sync_with(&[("mode", "import")]).succeeded();
    assert!(run.log.contains("::warning"), "{}", run.log);
    assert!(
        !world.file(CONFIG).contains("image:"),
        "{}",
        world.file(CONFIG)
    );
    assert!(!bytes(&world).keys().any(|path| path.starts_with("logo")));
    assert_eq!(world.sync().succeeded().result(), "in-sync");
}

#[test]
fn a_challenge_without_a_repository_is_imported_with_a_warning() {
    let world = bare(Seed::sample(), 1);
    world
        .evalai
        .edit_challenge(1, json!({"github_repository": ""}))
        .expect("edited");
    let inputs = [("mode", "import"), ("challenge-id", "1")];
    let run = world.sync_with(&inputs).succeeded();
    let words = "does not update it, but makes another challenge";
    assert!(run.log.contains(words), "{}", run.log);
    assert_eq!(run.result(), "synced");
}
