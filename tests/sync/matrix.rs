//! Every fault at every request to EvalAI: after each there is the right commit or none at all, the run
//! says why, nothing secret is said, and the next run ends where an undisturbed one would have.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::thread;
use std::time::Duration;

use evalai_stand_in::Fault;
use serde_json::{Value as Json, json};

use crate::github_matrix::said;
use crate::mangled::manglings;
use crate::mirror::{scripted, upload};
use crate::run::Run;
use crate::secrets::{GITHUB_TOKEN, Left, Secrets};
use crate::world::World;

/// A request of a sync: a part of its path, and the input with which a sync sends it.
type Request = (&'static str, (&'static str, &'static str));

const ALWAYS: (&str, &str) = ("full", "false");
const IN_FULL: (&str, &str) = ("full", "true");

const REQUESTS: [Request; 11] = [
    ("/challenge_host_team/1/challenge", ALWAYS),
    ("/challenges/challenge/1/", ("challenge-id", "1")),
    ("/challenge_phase_split", ALWAYS),
    ("/phases/", ALWAYS),
    ("/queues/", ALWAYS),
    ("/media/", ALWAYS),
    ("/create/challenge_phase_split/", IN_FULL),
    ("/create/leaderboard/", IN_FULL),
    ("/create/dataset_split/", IN_FULL),
    ("/prizes/", IN_FULL),
    ("/sponsors/", IN_FULL),
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
        ("nobody listens any more", Fault::NobodyListens),
        ("a byte at a time", Fault::Drip(Duration::from_millis(50))),
        ("a body without an end", Fault::Endless),
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
        ("a redirect to itself", Fault::redirect("?again")),
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

const CONFIG: &str = "challenge_config.yaml";

type Files = BTreeMap<String, (i32, Vec<u8>)>;

/// The branch's files, but for the host config: each world has an EvalAI of its own.
fn files(world: &World) -> Files {
    let mut files = world.files();
    files.remove("github/host_config.json");
    files
}

/// Where both sides end.
struct End {
    files: Files,
    /// What the record says of each field.
    values: BTreeMap<String, String>,
}

impl End {
    fn of(world: &World) -> Self {
        let record = world.record().unwrap_or_default().into_iter();
        Self {
            files: files(world),
            values: record
                .filter(|(file, _)| file.starts_with("values/"))
                .collect(),
        }
    }

    /// The same values in files of the same names: a value that was another one for a while may be quoted in
    /// another way.
    fn means(&self, other: &Self) -> bool {
        self.values == other.values && self.files.keys().eq(other.files.keys())
    }
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

/// What happens, to which request, and how often.
struct Case {
    name: &'static str,
    fault: Fault,
    /// Whether the answer is JSON in which there is all, or nothing, that can be taken for a value.
    mangled: Option<bool>,
    request: Request,
    once: bool,
}

/// For each fault the cases with it.
fn cases() -> Vec<Vec<Case>> {
    let faults = faults()
        .into_iter()
        .map(|(name, fault)| (name, fault, None));
    let mangled = manglings().into_iter();
    let mangled = mangled.map(|that| (that.name, that.fault, Some(that.is_plausible)));
    let at_each = |(name, fault, mangled): (_, Fault, Option<bool>)| {
        let requests = REQUESTS.into_iter();
        // A file is no JSON that could be mangled.
        let requests = requests.filter(|request| mangled.is_none() || request.0 != "/media/");
        let cases = requests.flat_map(|request| {
            [true, false].map(|once| Case {
                name,
                fault: fault.clone(),
                mangled,
                request,
                once,
            })
        });
        cases.collect()
    };
    faults.chain(mangled).map(at_each).collect()
}

impl Case {
    /// The sentence that says what is wrong, if something is.
    fn held(&self, expected: &End) -> Result<(), String> {
        let world = edited();
        let secrets = Secrets::of(&world);
        let (before, record) = (files(&world), world.record());
        let times = if self.once { 1 } else { 1000 };
        world.evalai.fail(self.request.0, times, self.fault.clone());
        let workspace = world.check_out();
        let (name, value) = self.request.1;
        // What is mangled comes at once, and is not asked for again.
        let budget = if self.mangled.is_some() { "60" } else { "2" };
        let run = world
            .start(&workspace)
            .input("auth-token", GITHUB_TOKEN)
            .input("time-budget", budget)
            .input(name, value)
            .run();
        let after = files(&world);
        let told = || said(&run);
        let ended = match run.code {
            Some(1) if after != before || world.record() != record => {
                Err("a failed run wrote something")
            }
            Some(1) if !run.log.contains("::error") => Err("it failed without a word"),
            Some(1) if run.log.contains("a bug of evalai-sync") => Err("it blames itself"),
            Some(0) if self.mangled == Some(true) => Ok(()),
            Some(0) if after != expected.files && !left_out_is_told(&run) => {
                Err("it left something out without a word")
            }
            Some(0) if !lies_between(&after, &before, &expected.files) => {
                Err("it wrote what EvalAI never held")
            }
            Some(0 | 1) => Ok(()),
            _ => Err("it ended in another way"),
        };
        ended.map_err(|problem| format!("{problem}: {:?} {}", run.code, told()))?;
        if !run.errors.is_empty() {
            return Err(format!("it panicked: {}", told()));
        }
        if entities(&after) < entities(&before) {
            return Err(format!("a phase or a split is gone: {}", told()));
        }
        let left = Left::by(&run).world(&world, &workspace);
        if let Some(found) = secrets.found_in(&left) {
            return Err(format!("{found}: {}", told()));
        }
        world.evalai.forget_faults();
        let again = world.sync_with(&[IN_FULL]);
        let end = End::of(&world);
        let is_same = match self.mangled {
            Some(true) => end.means(expected),
            _ => end.files == expected.files,
        };
        if again.code != Some(0) || !is_same {
            let again = said(&again);
            return Err(format!(
                "the next run ends elsewhere: {again}\nafter {}",
                told()
            ));
        }
        Ok(())
    }
}

/// An EvalAI without phases is no fault: it is told what the repository has more.
fn left_out_is_told(run: &Run) -> bool {
    let words = ["::warning", "::notice", "On one side only"];
    words.iter().any(|words| run.log.contains(words))
}

/// Every file, and every line of the configuration, is as it was or as it has to be.
fn lies_between(files: &Files, before: &Files, expected: &Files) -> bool {
    let is_known = |path: &str| {
        let file = files.get(path);
        file == before.get(path) || file == expected.get(path)
    };
    let lines = |files: &Files| -> Vec<_> { text(files).lines().map(str::to_owned).collect() };
    let known = [lines(before), lines(expected)].concat();
    let mut paths = files.keys().chain(before.keys());
    paths.all(|path| path == CONFIG || is_known(path))
        && lines(files).iter().all(|line| known.contains(line))
}

fn text(files: &Files) -> String {
    let (_, bytes) = &files[CONFIG];
    String::from_utf8(bytes.clone()).unwrap()
}

/// How many leaderboards, phases, dataset splits and phase splits the configuration has.
fn entities(files: &Files) -> usize {
    let text = text(files);
    text.lines().filter(|line| line.starts_with("  - ")).count()
}

fn matrix(cases: &[Case]) {
    let expected = {
        let world = edited();
        world.sync_with(&[IN_FULL]).succeeded();
        End::of(&world)
    };
    all_hold(cases, |case| {
        let often = if case.once { "once" } else { "for good" };
        let held = case.held(&expected);
        held.map_err(|problem| format!("{} at {}, {often}: {problem}", case.name, case.request.0))
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

/// One of the cases with each fault, so that each request comes up as well.
#[test]
fn a_fault_of_evalai_ends_in_the_right_commit_or_none() {
    let some = cases().into_iter().enumerate().map(|(index, mut cases)| {
        let index = index % cases.len();
        cases.swap_remove(index)
    });
    matrix(&some.collect::<Vec<_>>());
}

#[test]
#[ignore = "takes some minutes: cargo test --test sync matrix::any -- --include-ignored --nocapture"]
fn any_fault_of_evalai_ends_in_the_right_commit_or_none() {
    matrix(&cases().into_iter().flatten().collect::<Vec<_>>());
}
