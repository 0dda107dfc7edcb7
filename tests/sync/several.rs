//! Several challenges: their list for a matrix, and two in one repository, on branches of their own or side by side.

use std::fs;
use std::path::Path;

use evalai_stand_in::{NewChallenge, Seed};
use git2::Oid;
use serde_json::{Value as Json, json};

use crate::git_repos::git;
use crate::hosted::{Hosted, TOKEN};
use crate::run::{Run, Start};
use crate::world::{World, fixtures, read_tree};

/// The repository of the sample challenge.
const REPOSITORY: &str = "example-org/rng-challenge";

/// The sample challenge, and a second one of `repository`, which EvalAI knows under id 2.
fn two(second: NewChallenge) -> World {
    let seed = Seed::sample().challenge(second.id(2));
    World::new(seed, 1, &read_tree(&fixtures().join("repos/sample")))
}

fn edit(world: &World, challenge: u64, title: &str) {
    let fields = json!({ "title": title });
    world.evalai.edit_challenge(challenge, fields).unwrap();
}

fn discover(world: &World) -> Start {
    world.ask(&world.check_out(), "discover")
}

fn listed(run: &Run) -> Vec<Json> {
    assert_eq!(run.log.lines().count(), 1, "{}", run.log);
    serde_json::from_str(&run.log).unwrap()
}

#[test]
fn the_teams_challenges_are_listed_for_a_matrix() {
    let over = NewChallenge::titled("It is over: \"2019\"")
        .repository("host-org/old")
        .with("github_branch", json!("2019"))
        .with("end_date", json!("2019-12-31T00:00:00Z"));
    let seed = Seed::sample()
        .challenge(over.id(2))
        .challenge(NewChallenge::titled("Made by hand").id(3))
        .challenge(
            NewChallenge::titled("Gone")
                .repository("o/gone")
                .id(4)
                .disabled(),
        );
    let world = World::new(seed, 1, &read_tree(&fixtures().join("repos/sample")));
    let run = discover(&world).run().succeeded();
    let sample = &world.evalai.get("/api/challenges/challenge/1/").unwrap();
    assert_eq!(
        listed(&run),
        [
            json!({"id": 1, "title": sample["title"], "repository": world.repository, "branch": sample["github_branch"]}),
            json!({"id": 2, "title": "It is over: \"2019\"", "repository": "host-org/old", "branch": "2019"}),
        ]
    );
    let skipped = "Challenge 3 is skipped: it names no repository on EvalAI";
    assert!(run.errors.contains(skipped), "{}", run.errors);
    assert!(!run.errors.contains("Challenge 4"), "{}", run.errors);
    let table = discover(&world).flags(&["--pretty"]).run().succeeded();
    let last = table.log.lines().last().unwrap();
    assert_eq!(
        last.split_whitespace().take(3).collect::<Vec<_>>(),
        ["2", "host-org/old", "2019"]
    );
}

#[test]
fn a_team_of_more_than_a_page_is_listed_in_full() {
    let more = (2..=160).map(|id| {
        let challenge = NewChallenge::titled(&format!("Challenge {id}"));
        challenge.id(id).repository(&format!("host-org/c{id}"))
    });
    let seed = more.fold(Seed::sample(), Seed::challenge);
    let world = World::new(seed, 1, &read_tree(&fixtures().join("repos/sample")));
    let listed = listed(&discover(&world).run().succeeded());
    let ids: Vec<_> = listed.iter().map(|entry| entry["id"].as_u64()).collect();
    assert_eq!(ids, (1..=160).map(Some).collect::<Vec<_>>());
}

#[test]
fn in_a_workflow_the_list_is_an_output_and_the_only_one() {
    let world = World::recorded("sample");
    let output = world.new_folder().join("output");
    let run = discover(&world)
        .variable("GITHUB_ACTIONS", "true")
        .variable("GITHUB_OUTPUT", output.to_str().unwrap())
        .input("command", "discover")
        .run()
        .succeeded();
    let text = fs::read_to_string(output).unwrap();
    let lines: Vec<_> = text.lines().collect();
    assert_eq!(lines.len(), 3, "{text}");
    assert!(lines[0].starts_with("challenges<<"), "{text}");
    assert_eq!(lines[1], run.log.trim_end());
    // Also `echo "challenges=$(evalai-sync discover)" >> "$GITHUB_OUTPUT"` works.
    assert_eq!(listed(&run).len(), 1);
    assert!(!run.log.contains(&world.evalai.token()));
    let mask = format!("::add-mask::{}", world.evalai.token());
    assert!(run.errors.contains(&mask), "masked for later steps");
}

#[test]
fn a_list_that_cannot_be_had_is_an_error_and_no_output() {
    let world = World::recorded("sample");
    let workspace = world.check_out();
    let config = workspace.join("github/host_config.json");
    let unknown = world.host_config().replace("\"1\"", "\"4711\"");
    fs::write(&config, unknown).unwrap();
    let run = world.ask(&workspace, "discover").run();
    assert_eq!((run.code, run.log.as_str()), (Some(1), ""));
    assert!(
        run.errors.contains("EvalAI knows no host team 4711"),
        "{}",
        run.errors
    );
    fs::remove_file(config).unwrap();
    let run = world.ask(&workspace, "discover").run();
    assert_eq!(run.code, Some(1));
    assert!(
        run.errors.contains("there is no such file"),
        "{}",
        run.errors
    );
}

/// Refs of the remote, by name: the branches and the records.
fn refs(world: &World) -> Vec<(String, Oid)> {
    let remote = world.remote();
    let references = remote.references().unwrap();
    let refs = references.map(|reference| {
        let reference = reference.unwrap();
        (
            reference.name().unwrap().to_owned(),
            reference.target().unwrap(),
        )
    });
    refs.collect()
}

/// The names of the refs that a sync moved or made.
fn moved(before: &[(String, Oid)], after: &[(String, Oid)]) -> Vec<String> {
    let is_new = |entry: &&(String, Oid)| !before.contains(entry);
    let new = after.iter().filter(is_new);
    new.map(|(name, _)| name.clone()).collect()
}

#[test]
fn two_challenges_on_two_branches_of_one_repository_keep_out_of_each_others_way() {
    let second = NewChallenge::titled("The second one")
        .repository(REPOSITORY)
        .phases(2)
        .with("github_branch", json!("second"));
    let mut world = two(second);
    assert_eq!(world.repository, REPOSITORY);
    // The second branch begins with nothing but the host config.
    let remote = world.remote_path();
    git(&remote, &["update-ref", "refs/heads/second", "challenge"]);
    "second".clone_into(&mut world.branch);
    let config = world.files().into_keys().collect::<Vec<_>>();
    let gone: Vec<_> = config
        .iter()
        .filter(|path| !path.starts_with("github/"))
        .map(|path| (path.as_str(), None))
        .collect();
    world.host_arranges(&gone);
    let import = [("mode", "import"), ("challenge-id", "2")];
    world.sync_with(&import).succeeded();
    let of = |world: &mut World, branch: &str| {
        branch.clone_into(&mut world.branch);
        let before = refs(world);
        let run = world.sync().succeeded();
        (run.result().to_owned(), moved(&before, &refs(world)))
    };
    // The first challenge names no branch, the second does: that tells them apart.
    assert_eq!(
        of(&mut world, "challenge"),
        ("in-sync".into(), vec!["refs/evalai-sync/1".into()])
    );
    assert_eq!(of(&mut world, "second"), ("in-sync".into(), vec![]));
    for (challenge, branch) in [(1, "challenge"), (2, "second")] {
        edit(&world, challenge, &format!("Edited: {challenge}"));
        for other in ["challenge", "second"] {
            let (result, moved) = of(&mut world, other);
            if other == branch {
                let own = [
                    format!("refs/evalai-sync/{challenge}"),
                    format!("refs/heads/{branch}"),
                ];
                assert_eq!((result.as_str(), moved), ("synced", own.to_vec()));
                let title = format!("title: \"Edited: {challenge}\"");
                let config = world.file("challenge_config.yaml");
                assert!(config.replace('\'', "\"").contains(&title), "{config}");
            } else {
                assert_eq!((result.as_str(), moved), ("in-sync", vec![]));
            }
        }
    }
}

#[test]
fn two_configurations_in_one_branch_keep_out_of_each_others_way() {
    let second = NewChallenge::titled("The second one")
        .repository(REPOSITORY)
        .phases(2);
    let world = two(second);
    let first = [("challenge-id", "1"), ("config", "challenge_config.yaml")];
    let second = [
        ("challenge-id", "2"),
        ("config", "second/challenge_config.yaml"),
    ];
    let import = [second[0], second[1], ("mode", "import")];
    world.sync_with(&import).succeeded();
    assert_eq!(world.sync_with(&first).succeeded().result(), "in-sync");
    assert_eq!(world.sync_with(&second).succeeded().result(), "in-sync");
    for (challenge, own, other, folder) in [(1, first, second, ""), (2, second, first, "second/")] {
        edit(&world, challenge, &format!("Edited {challenge}"));
        let overview = json!({"description": format!("<p>Overview {challenge}</p>")});
        world.evalai.edit_challenge(challenge, overview).unwrap();
        let (commits, before) = (world.commits(), refs(&world));
        let run = world.sync_with(&other).succeeded();
        assert_eq!(run.result(), "in-sync", "{}", run.log);
        assert_eq!(moved(&before, &refs(&world)), [""; 0]);
        let files = world.files();
        let run = world.sync_with(&own).succeeded();
        assert_eq!(run.result(), "synced", "{}", run.log);
        assert_eq!(world.commits(), commits + 1);
        let own_refs = [
            format!("refs/evalai-sync/{challenge}"),
            "refs/heads/challenge".to_owned(),
        ];
        assert_eq!(moved(&before, &refs(&world)), own_refs);
        let after = world.files();
        let changed = after
            .iter()
            .filter(|(path, file)| files.get(*path) != Some(file))
            .map(|(path, _)| path.as_str());
        let expected = ["challenge_config.yaml", "templates/description.html"];
        assert_eq!(
            changed.collect::<Vec<_>>(),
            expected.map(|path| format!("{folder}{path}"))
        );
        // What the other one's commit did to the branch is nothing to the first one.
        let run = world.sync_with(&other).succeeded();
        assert_eq!(run.result(), "in-sync", "{}", run.log);
    }
}

#[test]
fn a_workflow_of_another_repository_syncs_the_one_that_it_checked_out() {
    let hosted = Hosted::new();
    let world = &hosted.world;
    // On a server where the repository has its own name, as on GitHub.
    let workspace = hosted.check_out();
    let named = format!("{}.git", world.repository);
    let place = world.remote_path().with_file_name(&named);
    fs::create_dir_all(place.parent().unwrap()).unwrap();
    std::os::unix::fs::symlink(world.remote_path(), &place).unwrap();
    let url = hosted.server.url(&named);
    git(&workspace, &["remote", "set-url", "origin", &url]);
    edit(world, 1, "Another title");
    let run = sync_from(&hosted, &workspace, "host-org/hub");
    assert_eq!(run.result(), "first-sync", "{}", run.log);
}

/// A sync in `workspace` by a workflow of the repository `hub`.
fn sync_from(hosted: &Hosted, workspace: &Path, hub: &str) -> Run {
    let start = hosted.world.start(workspace);
    let start = start
        .variable("GITHUB_REPOSITORY", hub)
        .variable("GITHUB_REF", "refs/heads/main")
        .variable(
            "GITHUB_SERVER_URL",
            hosted.server.url("").trim_end_matches('/'),
        )
        .input("first-sync", "stop")
        .input("auth-token", TOKEN);
    start.run().succeeded()
}
