//! Every fault at every request to EvalAI: after each there is the right commit or none at all, the run
//! says why, nothing secret is said, and the next run ends where an undisturbed one would have.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::thread;

use evalai_stand_in::Fault;
use serde_json::{Value as Json, json};

use crate::mirror::{scripted, upload};
use crate::run::Run;
use crate::secrets::{GITHUB_TOKEN, Left, Secrets};
use crate::world::World;

/// Parts of the paths of a sync's requests.
const REQUESTS: [&str; 5] = [
    "/challenge_host_team/1/challenge",
    "/challenge_phase_split",
    "/phases/",
    "/queues/",
    "/media/",
];

fn faults() -> Vec<(&'static str, Fault)> {
    let html = |status| Fault::html(status, "<html><body>An error</body></html>");
    let answer = |status, headers| Fault::Answer {
        status,
        headers,
        body: "{\"detail\": \"Not now.\"}".to_owned(),
    };
    vec![
        ("reset", Fault::Reset),
        ("cut in the headers", Fault::CutInHeaders),
        ("cut in the body", Fault::CutInBody),
        ("half a JSON", Fault::InvalidJson),
        ("429 with Retry-After", Fault::throttled(1)),
        ("429 without", answer(429, vec![])),
        (
            "429 with a Retry-After that is none",
            answer(429, vec![("Retry-After", "soon".to_owned())]),
        ),
        ("401", answer(401, vec![])),
        ("403", answer(403, vec![])),
        ("404", html(404)),
        ("500", html(500)),
        ("502", html(502)),
        ("503", html(503)),
        ("504", html(504)),
        ("a page in place of JSON", html(200)),
        ("nothing", answer(204, vec![])),
        (
            "a redirect to another host",
            Fault::redirect("http://127.0.0.1:9/elsewhere"),
        ),
        ("a redirect that is none", Fault::redirect("::")),
        ("null", Fault::Json(Json::Null)),
        ("an empty list", Fault::Json(json!([]))),
        ("an empty object", Fault::Json(json!({}))),
        ("a text", Fault::Json(json!("text"))),
        (
            "a number beyond all bounds",
            Fault::Json(json!({ "id": 1e300, "count": -1, "results": 7 })),
        ),
        ("deep nesting", Fault::Json(nested(100))),
    ]
}

fn nested(depth: usize) -> Json {
    (0..depth).fold(json!(null), |inner, _| json!({ "results": [inner] }))
}

type Files = BTreeMap<String, (i32, Vec<u8>)>;

/// The branch's files, but for the host config: each world has an EvalAI of its own.
fn files(world: &World) -> Files {
    let mut files = world.files();
    files.remove("github/host_config.json");
    files
}

/// Two sides that agreed once, and then a text, a phase and the script were edited on EvalAI.
fn edited() -> World {
    let world = scripted();
    let title = json!({ "title": "Another title" });
    world.evalai.edit_challenge(1, title).unwrap();
    let limit = json!({ "max_submissions_per_day": 7 });
    world.evalai.edit_phase(1, limit).unwrap();
    upload(
        &world,
        &[("main.py", "print(3)\n"), ("new.py", "print(4)\n")],
    );
    world
}

/// One case of the matrix: the sentence that says what is wrong, if something is.
fn case(fault: &Fault, request: &str, times: usize, expected: &Files) -> Result<(), String> {
    let world = edited();
    let secrets = Secrets::of(&world);
    let (before, record) = (files(&world), world.record());
    world.evalai.fail(request, times, fault.clone());
    let workspace = world.check_out();
    let run = world.sync_in(
        &workspace,
        &[("auth-token", GITHUB_TOKEN), ("time-budget", "2")],
    );
    let after = files(&world);
    let told = || format!("{}\n{}", run.log, run.errors);
    match run.code {
        Some(1) if after != before || world.record() != record => {
            return Err(format!("a failed run wrote something: {}", told()));
        }
        Some(1) if !run.log.contains("::error") => {
            return Err(format!("it failed without a word: {}", told()));
        }
        Some(0) if after != *expected && !left_out_is_told(&run) => {
            return Err(format!("it left something out without a word: {}", told()));
        }
        Some(0 | 1) => {}
        other => return Err(format!("it ended with {other:?}: {}", told())),
    }
    let left = Left::by(&run).world(&world, &workspace);
    if let Some(found) = secrets.found_in(&left) {
        return Err(format!("{found}: {}", told()));
    }
    // More often than the fault comes again.
    world.evalai.forget_faults();
    let again = world.sync().succeeded();
    if files(&world) != *expected {
        return Err(format!("the next run ends elsewhere: {}", again.log));
    }
    Ok(())
}

/// An EvalAI without phases is no fault: it is told what the repository has more.
fn left_out_is_told(run: &Run) -> bool {
    let words = ["::warning", "::notice", "On one side only"];
    words.iter().any(|words| run.log.contains(words))
}

fn matrix(times: usize) {
    let expected = {
        let world = edited();
        world.sync().succeeded();
        files(&world)
    };
    let cases: Vec<_> = faults()
        .into_iter()
        .flat_map(|(name, fault)| REQUESTS.map(|request| (name, fault.clone(), request)))
        .collect();
    all_hold(&cases, |(name, fault, request)| {
        let held = case(fault, request, times, &expected);
        held.map_err(|problem| format!("{name} at {request}: {problem}"))
    });
}

/// Tries all cases, some at once, and tells how many held.
pub(crate) fn all_hold<T: Sync>(cases: &[T], case: impl Fn(&T) -> Result<(), String> + Sync) {
    let (next, wrong) = (Mutex::new(cases.iter()), Mutex::new(Vec::new()));
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                loop {
                    let case_now = next.lock().unwrap().next();
                    let Some(case_now) = case_now else {
                        return;
                    };
                    if let Err(problem) = case(case_now) {
                        wrong.lock().unwrap().push(problem);
                    }
                }
            });
        }
    });
    let wrong = wrong.into_inner().unwrap();
    println!("{} cases, {} held", cases.len(), cases.len() - wrong.len());
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

#[test]
fn a_fault_that_comes_once_ends_in_the_right_commit_or_none() {
    matrix(1);
}

#[test]
#[ignore = "takes some minutes: cargo test --test sync matrix -- --ignored --nocapture"]
fn a_fault_that_stays_ends_in_the_right_commit_or_none() {
    matrix(1000);
}
