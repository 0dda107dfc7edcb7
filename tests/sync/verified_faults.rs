//! Commits through GitHub's API where something comes between: other pushes, refusals, faults, limits.

use serde_json::json;

use crate::api_faults::Fault;
use crate::git_repos::git;
use crate::site::{CONFIG, Site};
use crate::verified::{API, MOVE, REQUESTS, TERMS, edited, run_in};
use crate::world::Everything;

/// Somebody pushes before the branch is moved.
fn pushed(site: &Site) {
    let host = site.hosted.world.host();
    site.api.before(MOVE, move || {
        host.commits(TERMS, "<p>Pushed</p>\n");
    });
}

#[test]
fn a_branch_that_moves_before_it_is_moved_is_planned_again() {
    let conflict: fn(&Site) = |site| {
        site.api
            .fault(Fault::new(MOVE, 409, 1).saying("", "Conflict"));
    };
    let vague: fn(&Site) = |site| {
        pushed(site);
        let refused = Fault::new(MOVE, 422, 1).saying("", "Reference cannot be updated");
        site.api.fault(refused);
    };
    let unknown: fn(&Site) = |site| {
        pushed(site);
        site.api.fault(Fault::new(MOVE, 502, 1));
    };
    for (lose, moved) in [
        (pushed as fn(&Site), true),
        (conflict, false),
        (vague, true),
        (unknown, true),
    ] {
        let site = edited();
        let (workspace, commits) = (site.hosted.check_out(), site.hosted.world.commits());
        lose(&site);
        let run = run_in(&site, &workspace, &[API]).succeeded();
        assert_eq!(run.result(), "synced", "{}", run.log);
        let told = "Planned again once, because another push came first";
        assert!(run.log.contains(told), "{}", run.log);
        let world = &site.hosted.world;
        assert!(world.file(CONFIG).contains("title: A new title\n"));
        assert_eq!(world.file(TERMS) == "<p>Pushed</p>\n", moved);
        assert_eq!(world.commits(), commits + 1 + usize::from(moved));
        assert_eq!(
            git(&workspace, &["rev-parse", "HEAD"]),
            world.tip().to_string()
        );
        assert_eq!(git(&workspace, &["status", "--porcelain"]), "");
    }
}

#[test]
fn a_race_that_never_ends_is_given_up_and_nothing_is_written() {
    let site = edited();
    let workspace = site.hosted.check_out();
    let before = site.hosted.everything(&workspace);
    let message = "Update is not a fast forward";
    site.api
        .fault(Fault::new(MOVE, 422, 100).saying("", message));
    let run = run_in(&site, &workspace, &[API]);
    run.failed_saying("refused 6 times to move the branch challenge");
    assert!(site.hosted.everything(&workspace) == before);
}

#[test]
fn another_refusal_of_the_branch_is_told_in_githubs_words() {
    for (status, words, told) in [
        (
            422,
            "Reference cannot be updated",
            "refuses the push to refs/heads/challenge: Reference cannot be updated",
        ),
        (
            403,
            "Resource not accessible by integration",
            "the branch cannot be moved through GitHub's API: GitHub does not permit it: Resource not accessible by integration",
        ),
    ] {
        let site = edited();
        let workspace = site.hosted.check_out();
        let before = site.hosted.everything(&workspace);
        site.api.set(|settings| {
            settings.refused.insert(MOVE, (status, words));
        });
        run_in(&site, &workspace, &[API]).failed_saying(told);
        assert!(site.hosted.everything(&workspace) == before);
    }
}

#[test]
fn a_fault_at_any_request_is_healed_and_makes_one_commit() {
    let secondary = (
        "Retry-After: 1\r\n",
        "You have exceeded a secondary rate limit.",
    );
    for request in REQUESTS {
        let now = jiff::Timestamp::now().as_second();
        let primary = format!(
            "X-RateLimit-Remaining: 0\r\nX-RateLimit-Reset: {}\r\n",
            now + 1
        );
        let faults = [
            Fault::new(request, 500, 1),
            Fault::new(request, 502, 1).done(),
            Fault::silent(request),
            Fault::new(request, 429, 1).saying(secondary.0, secondary.1),
            Fault::new(request, 403, 1)
                .saying(&primary, "API rate limit exceeded for installation."),
        ];
        for fault in faults {
            let site = edited();
            let commits = site.hosted.world.commits();
            let moves = if fault.done && request == MOVE {
                1
            } else {
                1 + usize::from(request == MOVE)
            };
            let told = format!("{request} {} {}", fault.status, fault.headers);
            site.api.fault(fault);
            let run = site.run(&[API]).succeeded();
            assert_eq!(run.result(), "synced", "{told}: {}", run.log);
            let world = &site.hosted.world;
            assert_eq!(world.commits(), commits + 1, "{told}");
            assert_eq!(run.output("commit-sha"), world.tip().to_string());
            assert_eq!(world.record().unwrap()["values/title.txt"], "A new title");
            // Before the branch is moved once more, it is asked where it stands.
            let log = site.api.take_log();
            assert_eq!(
                log.iter().filter(|line| *line == MOVE).count(),
                moves,
                "{log:?}"
            );
        }
    }
}

/// A run for which `fault` holds for good, and what it leaves as it was.
fn fails(fault: Fault, inputs: &[(&str, &str)], told: &[&str]) {
    let site = edited();
    let workspace = site.hosted.check_out();
    let before: Everything = site.hosted.everything(&workspace);
    site.api.fault(fault);
    let mut run = run_in(&site, &workspace, &[&[API], inputs].concat());
    for told in told {
        run = run.failed_saying(told);
    }
    assert_eq!((run.result(), run.output("changed")), ("error", "false"));
    let after = site.hosted.everything(&workspace);
    assert!(after == before, "{told:?}");
}

#[test]
fn a_fault_for_good_at_any_request_is_an_error_and_leaves_all_as_it_was() {
    let places = [
        "challenge_config.yaml cannot be stored",
        "the commit cannot be made",
        "the commit cannot be made",
        "the branch cannot be moved",
    ];
    std::thread::scope(|scope| {
        for (request, place) in REQUESTS.into_iter().zip(places) {
            scope.spawn(move || {
                let fault = Fault::new(request, 502, 100);
                fails(fault, &[], &[place, "it answered 502: Server Error"]);
            });
        }
    });
}

#[test]
fn a_limit_that_outlasts_the_time_budget_is_named_with_its_end() {
    let end: jiff::Timestamp = "2099-01-02T03:04:05Z".parse().unwrap();
    let reset = end.as_second();
    let primary = format!("X-RateLimit-Remaining: 0\r\nX-RateLimit-Reset: {reset}\r\n");
    let fault = Fault::new("POST /git/trees", 403, 100);
    let fault = fault.saying(&primary, "API rate limit exceeded for installation.");
    fails(
        fault,
        &[],
        &[
            "GitHub's rate limit of this token is reached and holds until 2099-01-02T03:04:05Z",
            "API rate limit exceeded for installation.",
            "`time-budget`",
        ],
    );
    let message = "You have exceeded a secondary rate limit.";
    let fault = Fault::new("POST /git/commits", 403, 100);
    let fault = fault.saying("Retry-After: 100\r\n", message);
    fails(
        fault.clone(),
        &[("time-budget", "60")],
        &["GitHub's secondary rate limit (too many requests at once) is reached and holds until 2"],
    );
}

#[test]
fn a_tree_that_is_not_the_planned_one_is_never_published() {
    let other = "4b825dc642cb6eb9a060e54bf8d69288fbee4904";
    let fault = Fault::new("POST /git/trees", 201, 1).telling(json!({ "sha": other }));
    let told = format!("GitHub made the tree {other} where ");
    fails(fault, &[], &[&told, "nothing was published"]);
    let fault = Fault::new("POST /git/blobs", 201, 1).telling(json!({ "sha": other }));
    fails(fault, &[], &["GitHub made the blob 4b825dc642"]);
}

#[test]
fn a_commit_that_is_not_what_was_asked_for_is_not_recorded() {
    let site = edited();
    let world = &site.hosted.world;
    let record = world.record();
    // Another commit on top of the branch: the move is taken, but its tree is not ours.
    let host = world.host_on("refs/heads/other");
    let remote = world.remote();
    remote
        .reference("refs/heads/other", world.tip(), false, "")
        .unwrap();
    let other = host.commits(TERMS, "<p>Other</p>\n").to_string();
    let fault = Fault::new("POST /git/commits", 201, 1).telling(json!({ "sha": other }));
    site.api.fault(fault);
    let run = site.run(&[API]);
    run.failed_saying("is published, but cannot be fetched");
    assert_eq!(world.record(), record);
}

#[test]
fn a_record_that_was_not_written_after_the_commit_is_made_up_for_by_the_next_run() {
    let site = edited();
    let world = &site.hosted.world;
    site.hosted.refuse_pushes("no pushes today");
    let run = site.run(&[API]);
    run.failed_saying("the record cannot be written");
    assert!(world.file(CONFIG).contains("title: A new title\n"));
    assert_ne!(world.record().unwrap()["values/title.txt"], "A new title");
    std::fs::remove_file(world.remote_path().join("hooks/pre-receive")).unwrap();
    let commits = world.commits();
    let run = site.run(&[API]).succeeded();
    assert_eq!(
        (run.result(), world.commits()),
        ("in-sync", commits),
        "{}",
        run.log
    );
    assert_eq!(world.record().unwrap()["values/title.txt"], "A new title");
}
