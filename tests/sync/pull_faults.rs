//! GitHub fails in the middle of a pull request: what must be there once is there once.

use serde_json::json;

use crate::api_faults::Fault;
use crate::site::{MODE, Site};

#[test]
fn a_pull_request_and_a_comment_are_made_once_whatever_becomes_of_the_answer() {
    let faults: [fn(&'static str) -> Fault; 3] = [
        |request| Fault::new(request, 502, 1),
        |request| Fault::new(request, 502, 1).done(),
        Fault::silent,
    ];
    for fault in faults {
        let site = Site::agreed();
        site.edit_title("A new title");
        let open = fault("POST /pulls");
        let expected = if open.done { 1 } else { 2 };
        site.api.fault(open);
        let run = site.run(&[MODE, ("labels", "evalai")]).succeeded();
        assert_eq!(run.result(), "proposed", "{}", run.log);
        let state = &run.report.as_ref().unwrap()["pull_request"]["state"];
        assert_eq!((state, site.api.pulls().len()), (&json!("opened"), 1));
        assert!(site.api.newest().labels.contains("evalai"));

        site.api.fault(fault("POST /issues/N/comments"));
        site.edit_title("Random Number Generator Challenge");
        let run = site.propose();
        let pull = site.api.newest();
        assert_eq!((pull.open, pull.comments.len()), (false, 1), "{}", run.log);
        let log = site.api.take_log();
        for post in ["POST /pulls", "POST /issues/N/comments"] {
            let sent = log.iter().filter(|line| *line == post).count();
            assert_eq!(sent, expected, "{log:?}");
        }
    }
}

#[test]
fn what_may_be_asked_for_twice_is_asked_for_again() {
    for request in [
        "GET /pulls",
        "PATCH /pulls/N",
        "POST /issues/N/labels",
        "POST /issues/N/assignees",
        "POST /pulls/N/requested_reviewers",
    ] {
        let site = Site::agreed();
        site.api.set(|settings| settings.members = vec!["host"]);
        let people = [
            MODE,
            ("labels", "evalai"),
            ("assignees", "host"),
            ("reviewers", "host"),
        ];
        for title in ["A new title", "Another title"] {
            site.api.fault(Fault::new(request, 503, 1));
            site.edit_title(title);
            let run = site.run(&people).succeeded();
            assert_eq!(run.result(), "proposed", "{}", run.log);
            assert!(!run.log.contains("goes without some"), "{}", run.log);
        }
        let pull = site.api.newest();
        assert!(
            pull.body.contains("Another title"),
            "{request}: {}",
            pull.body
        );
        let has = |names: &std::collections::BTreeSet<String>, name| names.contains(name);
        assert!(
            has(&pull.labels, "evalai")
                && has(&pull.assignees, "host")
                && has(&pull.reviewers, "host"),
            "{request}: {pull:?}"
        );
    }
}

#[test]
fn a_limit_is_waited_for_if_the_time_budget_allows_and_else_named_with_its_end() {
    let message = "API rate limit exceeded for installation.";
    let fault = |end: jiff::Timestamp| {
        let reset = end.as_second();
        let headers = format!("X-RateLimit-Remaining: 0\r\nX-RateLimit-Reset: {reset}\r\n");
        Fault::new("POST /pulls", 403, 1).saying(&headers, message)
    };
    let site = Site::agreed();
    site.edit_title("A new title");
    site.api
        .fault(fault("2099-01-02T03:04:05Z".parse().unwrap()));
    let run = site.run(&[MODE]);
    let run = run.failed_saying("the pull request cannot be made: ");
    let told = "GitHub's rate limit of this token is reached and holds until 2099-01-02T03:04:05Z";
    assert!(run.log.contains(told), "{}", run.log);
    site.api.fault(fault(
        jiff::Timestamp::now() + jiff::SignedDuration::from_secs(1),
    ));
    assert_eq!(site.propose().result(), "proposed");
    assert_eq!(site.api.pulls().len(), 1);
}

#[test]
fn where_somebody_was_faster_to_open_a_pull_request_all_is_looked_at_again() {
    let site = Site::agreed();
    site.edit_title("A new title");
    let exists = "A pull request already exists for example-org:evalai-sync/1.";
    site.api
        .fault(Fault::new("POST /pulls", 422, 1).saying("", exists));
    let run = site.propose();
    assert_eq!(run.result(), "proposed", "{}", run.log);
    assert_eq!(site.api.pulls().len(), 1);
}
