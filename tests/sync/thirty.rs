//! A challenge's first spring: more than thirty syncs in which hosts edit the repository, and
//! EvalAI's web UI, and both at once. The same every time, down to the minute.

use git2::{Oid, Repository, Signature, Time};
use serde_json::{Value as Json, json};

use crate::run::Run;
use crate::world::World;

const CONFIG: &str = "challenge_config.yaml";
const DESCRIPTION: &str = "templates/description.html";
const GUIDELINES: &str = "templates/submission_guidelines.html";
const PHASE: &str = "templates/challenge_phase_2_description.html";

/// When the first of them was: 2 March 2026, 08:17 UTC.
const START: i64 = 1_772_439_420;

/// Hours from each sync to the next, again and again.
const GAPS: [i64; 7] = [26, 3, 49, 8, 71, 1, 30];

/// What happens before a sync.
enum Before {
    /// An edit of the challenge in the web UI.
    Challenge(Json),
    /// An edit of a phase there.
    Phase(u64, Json),
    /// Something longer.
    Story(fn(&World)),
}

/// What happens before a sync, and what sets it off.
struct Step {
    before: Before,
    event: &'static str,
    actor: &'static str,
    strategy: &'static str,
}

/// The world after all of them: both sides agree.
pub(crate) fn thirty_syncs() -> World {
    let world = World::recorded("sample");
    let steps = [beginning(), middle(), end()].into_iter().flatten();
    for (number, step) in (7_001_u64..).zip(steps) {
        match step.before {
            Before::Challenge(fields) => ui(&world, fields),
            Before::Phase(id, fields) => drop(world.evalai.edit_phase(id, fields).unwrap()),
            Before::Story(happens) => happens(&world),
        }
        let before = record(&world);
        let workspace = world.check_out();
        let run = world
            .start(&workspace)
            .variable("GITHUB_EVENT_NAME", step.event)
            .variable("GITHUB_ACTOR", step.actor)
            .variable("GITHUB_RUN_ID", &number.to_string())
            .input("strategy", step.strategy)
            .run()
            .succeeded();
        assert_ne!(
            record(&world),
            before,
            "run {number} is recorded: {}",
            run.log
        );
        of_one_mind(&run);
    }
    spread_out(&world);
    world
}

/// Report and summary tell what the outputs tell.
#[track_caller]
fn of_one_mind(run: &Run) {
    let report = run.report.as_ref().expect("a report");
    assert_eq!(report["result"], run.result());
    assert_eq!(report["sync_sha"], run.output("sync-sha"));
    let fields = run.changed_fields();
    assert_eq!(report["counts"]["changed"], fields.len());
    for field in &fields {
        let told = report["fields"].as_array().expect("fields");
        assert!(told.iter().any(|told| told["name"] == **field), "{field}");
        // A field's name may be broken into lines.
        let summary = run.summary.replace("<wbr>", "").replace("&#95;", "_");
        assert!(summary.contains(&**field), "{field} in {summary}");
        assert!(run.log.contains(&**field), "{field} in {}", run.log);
    }
}

/// The record's newest commit.
pub(crate) fn record(world: &World) -> Option<Oid> {
    world.remote().refname_to_id("refs/evalai-sync/1").ok()
}

/// Gives the record's commits the times at which they would have been made.
fn spread_out(world: &World) {
    let remote = world.remote();
    let mut chain: Vec<_> = std::iter::successors(record(world), |id| {
        let commit = remote.find_commit(*id).unwrap();
        commit.parent_id(0).ok()
    })
    .collect();
    chain.reverse();
    let mut parent: Option<Oid> = None;
    let mut seconds = START;
    for (id, gap) in chain.iter().zip(GAPS.iter().cycle()) {
        parent = Some(copy(&remote, *id, parent, seconds));
        seconds += gap * 3600 + 120;
    }
    let tip = parent.expect("there are syncs");
    remote
        .reference("refs/evalai-sync/1", tip, true, "")
        .unwrap();
}

/// The same commit on another parent, made at another time.
fn copy(remote: &Repository, id: Oid, parent: Option<Oid>, seconds: i64) -> Oid {
    let commit = remote.find_commit(id).unwrap();
    let author = Signature::new("bot", "bot@example.org", &Time::new(seconds, 0)).unwrap();
    let parent = parent.map(|parent| remote.find_commit(parent).unwrap());
    let parents: Vec<_> = parent.iter().collect();
    let (tree, message) = (commit.tree().unwrap(), commit.message().unwrap());
    remote
        .commit(None, &author, &author, message, &tree, &parents)
        .unwrap()
}

/// An edit of the challenge in the web UI.
fn ui(world: &World, fields: Json) {
    world.evalai.edit_challenge(1, fields).unwrap();
}

/// One more paragraph of the description, in the web UI.
fn describe(world: &World, paragraph: &str) {
    let text = format!("{}\n<p>{paragraph}</p>", world.file(DESCRIPTION).trim_end());
    ui(world, json!({ "description": text }));
}

fn step(event: &'static str, actor: &'static str, before: Before) -> Step {
    Step {
        before,
        event,
        actor,
        strategy: "evalai",
    }
}

fn scheduled(before: Before) -> Step {
    step("schedule", "maria-host", before)
}

fn pushed(happens: fn(&World)) -> Step {
    step("push", "tom", Before::Story(happens))
}

fn challenge(fields: Json) -> Step {
    scheduled(Before::Challenge(fields))
}

fn phase(id: u64, fields: Json) -> Step {
    scheduled(Before::Phase(id, fields))
}

fn story(happens: fn(&World)) -> Step {
    scheduled(Before::Story(happens))
}

fn beginning() -> Vec<Step> {
    vec![
        step("workflow_dispatch", "maria-host", Before::Story(|_| {})),
        challenge(json!({ "title": "Random Number Generator Challenge 2026" })),
        story(|w| {
            describe(
                w,
                "Welcome to the second edition. The data is new, and so are the baselines.",
            );
        }),
        phase(
            1,
            json!({ "end_date": "2099-05-02T23:59:59Z", "max_submissions_per_day": 10 }),
        ),
        pushed(|w| {
            let (old, new) = ("Guess the numbers", "Guess the next number");
            w.host_commits(CONFIG, old, new);
            ui(w, json!({ "short_description": new }));
        }),
        challenge(
            json!({ "submission_guidelines": "<p>Upload one JSON file with a key for each item.</p>" }),
        ),
        step(
            "repository_dispatch",
            "evalai-bot",
            Before::Story(|w| {
                w.evalai.set_tags(1, &["numbers", "random"], "CV").unwrap();
            }),
        ),
        // Both sides at once, and EvalAI wins.
        story(|w| {
            let old = "title: Random Number Generator Challenge 2026";
            w.host_commits(CONFIG, old, "title: Random Numbers for Everybody");
            ui(w, json!({ "title": "Random Numbers 2026" }));
        }),
        phase(2, json!({ "name": "Test Phase (hidden data)" })),
        challenge(json!({ "is_registration_open": false })),
        step(
            "workflow_dispatch",
            "tom",
            Before::Story(|w| {
                let line = "    codename: test\n";
                let list = format!("{line}    allowed_email_ids:\n      - first@example.org\n");
                w.host_commits(CONFIG, line, &list);
                w.evalai.allow_emails(1, 2, &["first@example.org"]).unwrap();
            }),
        ),
    ]
}

fn middle() -> Vec<Step> {
    vec![
        story(|w| {
            w.evalai
                .allow_emails(1, 2, &["second@example.org"])
                .unwrap();
        }),
        challenge(json!({ "is_registration_open": true, "end_date": "2099-06-30T23:59:59Z" })),
        pushed(|w| {
            w.host_commits(CONFIG, "# Sample challenge", "# Our challenge");
        }),
        phase(
            2,
            json!({ "max_submissions": 60, "max_submissions_per_month": 60, "max_submissions_per_day": 3 }),
        ),
        challenge(
            json!({ "evaluation_details": "<h2>Scores</h2>\n<p>The mean over all items, <b>higher is better</b>.</p>" }),
        ),
        // Both sides at once, and the repository wins.
        Step {
            strategy: "repository",
            ..story(|w| {
                let old = "Scores are averages over all items.";
                w.host_commits(CONFIG, old, "Mean over all items.");
                ui(w, json!({ "leaderboard_description": "Averages." }));
            })
        },
        pushed(|w| {
            ui(
                w,
                json!({ "leaderboard_description": "Mean over all items." }),
            );
        }),
        story(|w| {
            let tags = ["numbers", "random", "beginners"];
            w.evalai.set_tags(1, &tags, "CV").unwrap();
        }),
        phase(
            1,
            json!({ "description": "<p>Warm up here; scores do not count.</p>" }),
        ),
        challenge(json!({ "title": "<b>Random</b> Numbers & \"Friends\" 2026" })),
        challenge(json!({ "title": "Random Numbers 2026" })),
    ]
}

fn end() -> Vec<Step> {
    vec![
        pushed(|w| {
            let text = "<p>The real thing. Read the rules first.</p>";
            w.host_writes(PHASE, &format!("{text}\n"));
            w.evalai
                .edit_phase(2, json!({ "description": text }))
                .unwrap();
        }),
        pushed(|w| {
            let line = "published: True\n";
            w.host_commits(CONFIG, line, &format!("{line}max_team_members: 5\n"));
            ui(w, json!({ "max_team_members": 5 }));
        }),
        story(|w| describe(w, "Prizes will be announced in May.")),
        phase(1, json!({ "end_date": "2099-05-09T23:59:59Z" })),
        phase(2, json!({ "end_date": "2099-06-14T23:59:59Z" })),
        // Both sides at once, and EvalAI wins again.
        story(|w| {
            w.host_commits(GUIDELINES, "one JSON file", "a single JSON file");
            ui(
                w,
                json!({ "submission_guidelines": "<p>Upload one JSON file (gzip is fine) with a key for each item.</p>" }),
            );
        }),
        challenge(json!({ "terms_and_conditions": "<p>Be fair. One account for each team.</p>" })),
        step(
            "repository_dispatch",
            "evalai-bot",
            Before::Phase(2, json!({ "name": "Test Phase" })),
        ),
        story(|w| describe(w, "The first prize is a dice.")),
        phase(1, json!({ "max_submissions_per_day": 8 })),
        challenge(
            json!({ "end_date": "2099-07-15T23:59:59Z", "title": "Random Numbers, Spring 2026" }),
        ),
    ]
}
