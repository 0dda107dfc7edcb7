//! What others do to the remote in the middle of a sync: whatever it is, none of it is undone.

use std::collections::BTreeMap;
use std::sync::atomic::Ordering;

use git2::{Oid, Repository};

use crate::git_repos::git;
use crate::github_matrix::{STEPS, Step, edited, end, from, said, undisturbed, whole};
use crate::hosted::{Hosted, TOKEN};
use crate::matrix::all_hold;
use crate::secrets::{Left, Secrets};
use crate::world::commit;

const BRANCH: &str = "refs/heads/challenge";
const RECORD: &str = "refs/evalai-sync/1";

/// What somebody does to one of the refs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Deed {
    DeleteBranch,
    ForceBranch,
    DeleteRecord,
    ForceRecord,
}

const DEEDS: [Deed; 4] = [
    Deed::DeleteBranch,
    Deed::ForceBranch,
    Deed::DeleteRecord,
    Deed::ForceRecord,
];

/// Does it; for a branch, the commit where it then is.
fn does(deed: Deed, remote: &Repository, unrelated: Oid) {
    let (name, to) = match deed {
        Deed::DeleteBranch => (BRANCH, None),
        Deed::ForceBranch => (BRANCH, Some(unrelated)),
        Deed::DeleteRecord => (RECORD, None),
        // The same record without the one before it.
        Deed::ForceRecord => {
            let tree = remote
                .find_reference(RECORD)
                .unwrap()
                .peel_to_tree()
                .unwrap();
            let host = git2::Signature::now("A Host", "host@example.org").unwrap();
            let made = remote.commit(None, &host, &host, "Forced", &tree, &[]);
            (RECORD, Some(made.unwrap()))
        }
    };
    match to {
        Some(to) => {
            remote.reference(name, to, true, "").unwrap();
        }
        None => remote.find_reference(name).unwrap().delete().unwrap(),
    }
}

/// A commit without parents that holds the branch's files and one more.
fn unrelated(hosted: &Hosted) -> Oid {
    let remote = hosted.world.remote();
    let files = hosted.world.files().into_iter();
    let mut files: BTreeMap<_, _> = files.map(|(path, (_, bytes))| (path, bytes)).collect();
    files.insert("unrelated.md".into(), b"Another history.\n".to_vec());
    commit(&remote, "refs/heads/aside", None, &files, "Unrelated")
}

fn branch(hosted: &Hosted) -> Option<Oid> {
    hosted.world.remote().refname_to_id(BRANCH).ok()
}

/// One case: the sentence that says what is wrong, if something is.
fn case(deed: Deed, step: Step) -> Result<(), String> {
    let (hosted, workspace) = edited();
    let (start, aside) = (hosted.world.tip(), unrelated(&hosted));
    let path = hosted.world.remote_path();
    let mut done = false;
    let came = from(&hosted, step, move |_| {
        if !done {
            done = true;
            does(deed, &Repository::open(&path).unwrap(), aside);
        }
        None
    });
    let run = hosted.start(&workspace).input("time-budget", "60").run();
    let told = || said(&run);
    if !came.load(Ordering::Relaxed) {
        return Err(format!("it never came: {}", told()));
    }
    match run.code {
        Some(0) => {}
        Some(1) if run.log.contains("::error") => {}
        other => return Err(format!("it ended with {other:?}: {}", told())),
    }
    let stands = branch(&hosted);
    let remote = hosted.world.remote();
    match deed {
        Deed::DeleteBranch if stands.is_some() => {
            return Err(format!("the branch is back: {}", told()));
        }
        Deed::ForceBranch => {
            let tip = stands.ok_or("the branch is gone")?;
            let kept = tip == aside || remote.graph_descendant_of(tip, aside).unwrap();
            if !kept || remote.graph_descendant_of(tip, start).unwrap() {
                return Err(format!("the forced push is undone: {}", told()));
            }
        }
        _ => {}
    }
    whole(&workspace)?;
    hosted.server.set(|rules| rules.fault = None);
    if stands.is_none() {
        // The host brings the branch back to where it was.
        remote.reference(BRANCH, start, true, "").unwrap();
    }
    let secrets = Secrets::of(&hosted.world).token("the token", TOKEN);
    let left = Left::by(&run).world(&hosted.world, &workspace);
    if let Some(secret) = secrets.found_in(&left) {
        return Err(format!("{secret} is said: {}", told()));
    }
    settles(&hosted, deed, step).map_err(|problem| format!("{problem}\nafter {}", told()))
}

/// The next run brings the title over once, and the one after it has nothing to do.
fn settles(hosted: &Hosted, deed: Deed, step: Step) -> Result<(), String> {
    let next = hosted.start(&hosted.check_out()).run();
    if next.code != Some(0) {
        return Err(format!("the next run fails: {}", said(&next)));
    }
    let ours = git(
        &hosted.world.remote_path(),
        &["log", "--format=%s", "--grep=^Sync from EvalAI", BRANCH],
    );
    // Whoever takes a branch back to before a sync that was recorded has reverted that sync.
    let after_the_push = step == STEPS[6] || step == STEPS[7];
    let of_branch = matches!(deed, Deed::DeleteBranch | Deed::ForceBranch);
    let reverted = of_branch && after_the_push && next.result() == "ahead";
    // Without a record nothing tells which side is newer: a first sync decides nothing by itself.
    let first = deed == Deed::DeleteRecord && next.result() == "first-sync";
    if ours.lines().count() != 1 && !reverted && !first {
        return Err(format!("{ours:?} are ours: {}", said(&next)));
    }
    let last = hosted.start(&hosted.check_out()).run();
    if last.code != Some(0) || last.output("changed") == "true" {
        return Err(format!("it does not settle: {}", said(&last)));
    }
    if deed == Deed::ForceRecord && end(hosted) != undisturbed() {
        return Err(format!("it ends elsewhere: {}", said(&last)));
    }
    Ok(())
}

fn meanwhile(one_of: usize) {
    let cases = DEEDS.into_iter();
    let cases = cases.flat_map(|deed| STEPS.map(|step| (deed, step)));
    let cases: Vec<_> = cases.step_by(one_of).collect();
    all_hold(&cases, |(deed, step)| {
        case(*deed, *step).map_err(|problem| format!("{deed:?} at {}: {problem}", step.0))
    });
}

#[test]
fn what_others_do_to_the_remote_meanwhile_is_never_undone() {
    meanwhile(5);
}

#[test]
#[ignore = "takes a minute: cargo test --test sync meanwhile -- --include-ignored --nocapture"]
fn anything_that_others_do_to_the_remote_meanwhile_is_never_undone() {
    meanwhile(1);
}
