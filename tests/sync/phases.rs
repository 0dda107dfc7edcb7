//! Which entry of the configuration is which of EvalAI's phases.

use serde_json::json;

use crate::world::World;

const CONFIG: &str = "challenge_config.yaml";
const DEV: &str = "  - id: 1\n    name: Dev Phase\n";
const TEST: &str = "  - id: 2\n    name: Test Phase\n";

fn edit(world: &World, phase: usize, fields: serde_json::Value) {
    let id = world.evalai.phases(1)[phase - 1];
    world.evalai.edit_phase(id, fields).unwrap();
}

#[test]
fn a_phase_is_found_by_its_id_whatever_its_codename() {
    let world = World::recorded("sample");
    // Each has the codename of the other.
    let config = world.file(CONFIG);
    let config = config.replace("codename: dev\n", "codename: swap\n");
    let config = config.replace("codename: test\n", "codename: dev\n");
    let config = config.replace("codename: swap\n", "codename: test\n");
    world.host_writes(CONFIG, &config);
    let run = world.sync_with(&[("first-sync", "commit")]).succeeded();
    let codenames = ["phases.1.codename", "phases.2.codename"];
    assert_eq!(run.changed_fields(), codenames, "{}", run.log);
    edit(&world, 1, json!({"name": "Still the first"}));
    world.sync().succeeded();
    let renamed = "  - id: 1\n    name: Still the first\n";
    assert!(
        world.file(CONFIG).contains(renamed),
        "{}",
        world.file(CONFIG)
    );
}

#[test]
fn a_phase_without_an_id_on_either_side_is_found_by_its_codename() {
    for side in ["repository", "evalai"] {
        let world = World::recorded("sample");
        let entry = match side {
            "repository" => {
                world.host_commits(CONFIG, TEST, "  - name: Test Phase\n");
                "  - name: A new name\n"
            }
            _ => {
                edit(&world, 2, json!({"config_id": null}));
                "  - id: 2\n    name: A new name\n"
            }
        };
        let run = world.sync().succeeded();
        assert_eq!(run.result(), "in-sync", "{side}: {}", run.log);
        edit(&world, 2, json!({"name": "A new name"}));
        let run = world.sync().succeeded();
        assert_eq!(run.result(), "synced", "{side}: {}", run.log);
        assert!(world.file(CONFIG).contains(entry), "{side}");
        assert_eq!(world.sync().succeeded().result(), "in-sync", "{side}");
    }
}

#[test]
fn two_phases_that_both_match_are_an_error_that_names_them_and_nothing_is_written() {
    type Arrange = fn(&World);
    let table: [(Arrange, &str); 4] = [
        (
            |world| {
                world.host_commits(CONFIG, DEV, "  - name: Dev Phase\n");
                edit(world, 2, json!({"codename": "dev"}));
            },
            "EvalAI's phases 1 and 2 both have the codename \"dev\"",
        ),
        (
            |world| {
                world.host_commits(CONFIG, TEST, "  - id: 1\n    name: Test Phase\n");
            },
            "entries 1 and 2 of challenge_phases are both phase 1",
        ),
        (
            |world| {
                world.host_commits(CONFIG, TEST, "  - name: Test Phase\n");
                world.host_commits(CONFIG, "codename: test\n", "codename: dev\n");
            },
            "entries 1 and 2 of challenge_phases are both phase 1",
        ),
        (
            |world| edit(world, 2, json!({"config_id": 1})),
            "both are phase 1 (with the codenames \"dev\" and \"test\")",
        ),
    ];
    for (arrange, words) in table {
        for is_first in [true, false] {
            let world = World::recorded("sample");
            if !is_first {
                world.sync().succeeded();
            }
            arrange(&world);
            let title = json!({"title": "Not taken"});
            world.evalai.edit_challenge(1, title).unwrap();
            let (before, record) = (world.tip(), world.record());
            let run = world.sync_with(&[("first-sync", "commit")]);
            run.failed_saying(words);
            assert_eq!(world.tip(), before, "{words}");
            assert_eq!(world.record(), record, "{words}");
        }
    }
}
