//! Every fault on the way to the git remote, at every step of a sync: after each there is the right
//! commit or none, the run says why and what to do, nothing secret is said, and the next run ends
//! where an undisturbed one would have.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::json;

use crate::git_repos::git;
use crate::git_server::GitFault;
use crate::hosted::{Hosted, TOKEN};
use crate::matrix::all_hold;
use crate::run::Run;
use crate::secrets::{Left, Secrets};

/// A request of a sync: its method, what it asks for, and the how-manieth of its kind it is.
pub(crate) type Step = (&'static str, &'static str, &'static str, usize);

/// The requests of a sync, in their order.
pub(crate) const STEPS: [Step; 8] = [
    ("the listing of refs", "GET", "git-upload-pack", 1),
    ("the fetch of the record", "POST", "git-upload-pack", 1),
    ("the second listing of refs", "GET", "git-upload-pack", 2),
    ("the fetch of the branch", "POST", "git-upload-pack", 2),
    ("the offer of the branch", "GET", "git-receive-pack", 1),
    ("the push of the branch", "POST", "git-receive-pack", 1),
    ("the offer of the record", "GET", "git-receive-pack", 2),
    ("the push of the record", "POST", "git-receive-pack", 2),
];

/// Where both sides end.
#[derive(PartialEq, Eq)]
pub(crate) struct End {
    files: BTreeMap<String, (i32, Vec<u8>)>,
    bases: BTreeMap<String, String>,
    pub(crate) commits: usize,
}

pub(crate) fn end(hosted: &Hosted) -> End {
    let mut files = hosted.world.files();
    // Each world has an EvalAI of its own.
    files.remove("github/host_config.json");
    let record = hosted.world.record().unwrap_or_default().into_iter();
    End {
        files,
        bases: record
            .filter(|(file, _)| file.starts_with("values/"))
            .collect(),
        commits: hosted.world.commits(),
    }
}

/// Two sides that agreed once, and then both were edited; the checkout lacks the branch's newest commit.
pub(crate) fn edited() -> (Hosted, std::path::PathBuf) {
    let hosted = Hosted::agreed();
    let workspace = hosted.check_out();
    hosted.world.host_writes("notes.md", "Of the host.\n");
    let title = json!({ "title": "A new title" });
    hosted.world.evalai.edit_challenge(1, title).unwrap();
    (hosted, workspace)
}

/// Where an undisturbed run ends.
pub(crate) fn undisturbed() -> End {
    let (hosted, workspace) = edited();
    hosted.start(&workspace).run().succeeded();
    end(&hosted)
}

/// `happen` is asked at `step`, and at every request after it; the flag tells whether it was.
pub(crate) fn from(
    hosted: &Hosted,
    step: Step,
    mut happen: impl FnMut(&str) -> Option<GitFault> + Send + 'static,
) -> Arc<AtomicBool> {
    let (_, method, service, nth) = step;
    let came = Arc::new(AtomicBool::new(false));
    let mut seen = 0;
    let flag = Arc::clone(&came);
    hosted.server.set(|rules| {
        rules.fault = Some(Box::new(move |line| {
            seen += usize::from(line.starts_with(method) && line.contains(service));
            if seen < nth {
                return None;
            }
            flag.store(true, Ordering::Relaxed);
            happen(line)
        }));
    });
    came
}

/// A fault, what a run that it ends says, and whether a run that meets it once goes well.
struct Fault {
    name: &'static str,
    at: Box<dyn Fn(Step) -> GitFault + Send + Sync>,
    told: &'static str,
    heals: bool,
    /// It is the remote's verdict on a push: the rest goes on.
    verdict: bool,
}

fn status(status: u16) -> GitFault {
    GitFault::answer(status, "", b"{\"message\": \"Not now.\"}")
}

fn packet(bytes: &[u8]) -> Vec<u8> {
    [format!("{:04x}", bytes.len() + 4).as_bytes(), bytes].concat()
}

fn kind(step: Step) -> String {
    let end = match step.1 {
        "GET" => "advertisement",
        _ => "result",
    };
    format!("Content-Type: application/x-{}-{end}\r\n", step.2)
}

/// An answer as git gives it, that goes on and on.
fn endless(step: Step) -> GitFault {
    let head = format!(
        "HTTP/1.1 200 OK\r\n{}Content-Length: 999999999\r\n\r\n",
        kind(step)
    );
    let service = format!("# service={}\n", step.2);
    let begin = match step.1 {
        "GET" => [packet(service.as_bytes()), b"0000".to_vec()].concat(),
        _ if step == STEPS[3] => packet(b"NAK\n"),
        _ => Vec::new(),
    };
    let again: &[u8] = match step.1 {
        "GET" => b"00471111111111111111111111111111111111111111 refs/heads/without-an-end\n",
        // The record is fetched without its past: where that is cut off is told first.
        _ if step == STEPS[1] => b"0034shallow 1111111111111111111111111111111111111111",
        _ => b"000a\x02wait\n",
    };
    GitFault::Endless([head.into_bytes(), begin].concat(), again)
}

/// The remote's verdict on the ref that is pushed at this step.
fn verdict(step: Step, unpack: &str, reason: &str, said: &str) -> GitFault {
    let refname = match step.3 {
        1 => "refs/heads/challenge",
        _ => "refs/evalai-sync/1",
    };
    let report = [
        packet(format!("unpack {unpack}\n").as_bytes()),
        packet(format!("ng {refname} {reason}\n").as_bytes()),
        b"0000".to_vec(),
    ];
    let on = |band: u8, bytes: &[u8]| packet(&[&[band], bytes].concat());
    let mut body = Vec::new();
    if !said.is_empty() {
        body.extend(on(2, said.as_bytes()));
    }
    body.extend(on(1, &report.concat()));
    body.extend(b"0000");
    GitFault::answer(200, &kind(step), &body)
}

/// Half of the answer's body, told as the whole.
fn shorten(answer: &mut Vec<u8>) {
    let end = answer.windows(4).position(|four| four == b"\r\n\r\n");
    let body = answer.split_off(end.unwrap() + 4);
    let head = String::from_utf8(std::mem::take(answer)).unwrap();
    let half = &body[..body.len() / 2];
    let (told, is) = (body.len().to_string(), half.len().to_string());
    let head = head.replace(
        &format!("Content-Length: {told}"),
        &format!("Content-Length: {is}"),
    );
    *answer = [head.as_bytes(), half].concat();
}

const UNREACHED: &str = "cannot be reached";

fn faults() -> Vec<Fault> {
    let fault = |name, at: fn(Step) -> GitFault, told, heals| Fault {
        name,
        at: Box::new(at),
        told,
        heals,
        verdict: false,
    };
    vec![
        fault("no answer", |_| GitFault::HangsUp, UNREACHED, true),
        fault("done, no answer", |_| GitFault::Swallows, UNREACHED, true),
        fault(
            "cut in the headers",
            |_| GitFault::Says(b"HTTP/1.1 200 OK\r\nContent-Ty".to_vec()),
            UNREACHED,
            true,
        ),
        fault("cut in the body", |_| GitFault::Cuts(9), UNREACHED, true),
        fault(
            "a page",
            |_| GitFault::answer(200, "Content-Type: text/html\r\n", b"<html>Sign in</html>"),
            "answers with something that is not git",
            false,
        ),
        fault(
            "401",
            |_| GitFault::answer(401, "WWW-Authenticate: Basic realm=\"git\"\r\n", b""),
            "does not accept the token",
            false,
        ),
        fault("403", |_| status(403), "Permission denied by", false),
        fault("404", |_| status(404), "Repository not found", false),
        fault("429", |_| status(429), UNREACHED, true),
        fault("500", |_| status(500), UNREACHED, true),
        fault("502", |_| status(502), UNREACHED, true),
        fault("503", |_| status(503), UNREACHED, true),
        fault("504", |_| status(504), UNREACHED, true),
        fault("a reset", |_| GitFault::Resets, UNREACHED, true),
        fault(
            "nobody listens any more",
            |_| GitFault::NobodyListens,
            UNREACHED,
            false,
        ),
        fault(
            "a byte at a time",
            |_| GitFault::Drips,
            "the time budget of 1 seconds",
            false,
        ),
        fault(
            "an empty answer",
            |step| GitFault::answer(200, &kind(step), b""),
            "Check the ",
            false,
        ),
        fault(
            "half of the answer as if it were all",
            |_| GitFault::Mangles(shorten),
            "Check the ",
            false,
        ),
        fault(
            "a line without its length",
            |step| GitFault::answer(200, &kind(step), b"zzzz# service"),
            "Check the ",
            false,
        ),
        fault(
            "a damaged end",
            |_| {
                GitFault::Mangles(|answer| {
                    let end = answer.len().saturating_sub(12);
                    answer[end..].fill(b'x');
                })
            },
            "Check the ",
            false,
        ),
        fault(
            "a redirect to another host",
            |_| GitFault::answer(302, "Location: http://localhost:9/elsewhere\r\n", b""),
            "redirects to another",
            false,
        ),
        fault(
            "silence",
            |_| GitFault::Silence,
            "the time budget of 1 seconds",
            false,
        ),
        fault(
            "an answer without an end",
            endless,
            "the time budget of 1 seconds",
            false,
        ),
    ]
}

/// What a remote makes of a push: its word on the pack, on the ref, what it prints, what the run then
/// says, and whether it is over when it came once.
type Verdict = (&'static str, &'static str, &'static str, &'static str, bool);

const VERDICTS: [Verdict; 9] = [
    (
        "ok",
        "non-fast-forward",
        "",
        "The next run tries again",
        true,
    ),
    (
        "ok",
        "failed to update ref",
        "error: cannot lock ref",
        "has to be removed on the server",
        true,
    ),
    (
        "ok",
        "pre-receive hook declined",
        "No ticket is named.\n",
        "No ticket is named. Change the rule",
        false,
    ),
    (
        "ok",
        "protected branch hook declined",
        "error: GH006: Protected branch update failed\n",
        "is protected: ",
        false,
    ),
    (
        "ok",
        "push declined due to repository rule violations",
        "error: GH013: Rule violations\n",
        "is protected: ",
        false,
    ),
    (
        "ok",
        "pre-receive hook declined",
        "error: File big.bin is 120.00 MB; this exceeds GitHub's file size limit of 100.00 MB\nerror: GH001: Large files detected.\n",
        "`max-file-size`",
        false,
    ),
    (
        "ok",
        "pre-receive hook declined",
        "error: repository exceeds its size quota\n",
        "Make room",
        false,
    ),
    (
        "ok",
        "shallow update not allowed",
        "",
        "git fetch --unshallow",
        false,
    ),
    (
        "index-pack abnormal exit",
        "unpacker error",
        "fatal: no space left\n",
        "Make room",
        false,
    ),
];

fn verdicts() -> Vec<Fault> {
    let fault = |(unpack, name, said, told, heals)| Fault {
        name,
        at: Box::new(move |step| verdict(step, unpack, name, said)),
        told,
        heals,
        verdict: true,
    };
    VERDICTS.into_iter().map(fault).collect()
}

/// One case: the sentence that says what is wrong, if something is.
fn case(fault: &Fault, step: Step, once: bool, expected: &End) -> Result<(), String> {
    let (hosted, workspace) = edited();
    let (before, tip) = (hosted.everything(&workspace), hosted.world.tip());
    let record = hosted.world.record();
    let (what, is_verdict) = ((fault.at)(step), fault.verdict);
    let mut left = if once { 1 } else { usize::MAX };
    let came = from(&hosted, step, move |line| {
        let there = !is_verdict || (line.starts_with("POST") && line.contains(step.2));
        if !there || left == 0 {
            return None;
        }
        left -= 1;
        Some(what.clone())
    });
    let budget = if fault.told.starts_with("the time budget") {
        "1"
    } else {
        "60"
    };
    let run = hosted.start(&workspace).input("time-budget", budget);
    let run = run.input("on-protected", "fail").run();
    let told = || said(&run);
    if !came.load(Ordering::Relaxed) {
        return Err(format!("it never came: {}", told()));
    }
    match run.code {
        Some(0)
            if run.result() != "synced"
                || hosted.world.tip().to_string() != run.output("commit-sha") =>
        {
            return Err(format!("it does not tell its commit: {}", told()));
        }
        Some(0) if end(&hosted) != *expected => {
            return Err(format!("it ended elsewhere: {}", told()));
        }
        Some(1) if once && fault.heals => return Err(format!("it was not healed: {}", told())),
        Some(1) if !run.log.contains("::error") || !run.log.contains(fault.told) => {
            return Err(format!("it does not say {:?}: {}", fault.told, told()));
        }
        Some(1) if hosted.world.tip() == tip && hosted.everything(&workspace) != before => {
            return Err(format!("a failed run wrote something: {}", told()));
        }
        Some(1) if hosted.world.tip() != tip && step.2 != "git-receive-pack" => {
            return Err(format!("it pushed before it failed: {}", told()));
        }
        // A record whose push was taken and not told is right, since the branch came first.
        Some(1) if hosted.world.record() != record && end(&hosted).files != expected.files => {
            return Err(format!("it recorded what is not there: {}", told()));
        }
        Some(0 | 1) => {}
        other => return Err(format!("it ended with {other:?}: {}", told())),
    }
    whole(&workspace)?;
    let secrets = Secrets::of(&hosted.world).token("the token", TOKEN);
    let left = Left::by(&run).world(&hosted.world, &workspace);
    if let Some(found) = secrets.found_in(&left) {
        return Err(format!("{found}: {}", told()));
    }
    // Another server, for the one from before may listen no more.
    let hosted = Hosted::of(hosted.world);
    let again = hosted.start(&hosted.check_out()).run();
    if again.code != Some(0) || end(&hosted) != *expected {
        return Err(format!(
            "the next run ends elsewhere: {}\nafter {}",
            again.log,
            told()
        ));
    }
    Ok(())
}

/// What a run said, without the masks.
pub(crate) fn said(run: &Run) -> String {
    let lines = run.log.lines().chain(run.errors.lines());
    let lines = lines.filter(|line| !line.starts_with("::add-mask::"));
    lines.collect::<Vec<_>>().join("\n")
}

/// The workspace is at a commit, and nothing in it is half-written.
pub(crate) fn whole(workspace: &Path) -> Result<(), String> {
    let status = git(workspace, &["status", "--porcelain"]);
    let lock = workspace.join(".git/index.lock").exists();
    if !status.is_empty() || lock {
        return Err(format!("the workspace is half-written: {status}"));
    }
    Ok(())
}

/// One of so many cases, so that each fault and each step comes up.
fn matrix(one_of: usize) {
    let mut cases = Vec::new();
    for fault in faults() {
        let fault = Arc::new(fault);
        for step in STEPS {
            cases.extend([true, false].map(|once| (Arc::clone(&fault), step, once)));
        }
    }
    for fault in verdicts() {
        let fault = Arc::new(fault);
        for step in [STEPS[5], STEPS[7]] {
            cases.extend([true, false].map(|once| (Arc::clone(&fault), step, once)));
        }
    }
    let cases: Vec<_> = cases.into_iter().step_by(one_of).collect();
    let expected = undisturbed();
    all_hold(&cases, |(fault, step, once)| {
        let held = case(fault, *step, *once, &expected);
        let often = if *once { "once" } else { "for good" };
        held.map_err(|problem| format!("{} at {}, {often}: {problem}", fault.name, step.0))
    });
}

#[test]
fn a_fault_on_the_way_to_the_remote_ends_in_the_right_commit_or_none() {
    matrix(11);
}

#[test]
#[ignore = "takes some minutes: cargo test --test sync github_matrix -- --include-ignored --nocapture"]
fn any_fault_on_the_way_to_the_remote_ends_in_the_right_commit_or_none() {
    matrix(1);
}

#[test]
fn a_push_that_was_taken_without_an_answer_is_told_and_not_sent_again() {
    let expected = undisturbed();
    let fault = faults().swap_remove(1);
    assert_eq!(fault.name, "done, no answer");
    for step in [STEPS[5], STEPS[7]] {
        case(&fault, step, true, &expected).unwrap();
    }
}

#[test]
fn a_remote_where_nobody_listens_is_named_and_nothing_is_written() {
    let (hosted, workspace) = edited();
    let nowhere = "http://127.0.0.1:1/remote.git";
    git(&workspace, &["remote", "set-url", "origin", nowhere]);
    let before = hosted.everything(&workspace);
    let run = hosted.start(&workspace).run();
    let run = run.failed_saying("http://127.0.0.1:1/remote.git cannot be reached: ");
    run.failed_saying("Check the network");
    assert!(hosted.everything(&workspace) == before);
}
