//! The table of decisions.

use super::*;

fn marks(names: &[&str]) -> Marks {
    Marks(names.iter().map(|&name| name.to_owned()).collect())
}

fn wanted(names: &[&str], content: &str) -> Wanted {
    Wanted {
        marks: marks(names),
        content: content.to_owned(),
    }
}

/// The action's branch at `commit`, with its own change or somebody's.
fn branch(commit: &str, content: Option<&str>) -> Branch {
    Branch {
        commit: commit.to_owned(),
        content: content.map(str::to_owned),
    }
}

#[derive(Clone, Copy)]
enum Is {
    Open,
    Closed,
    Merged,
}

fn pull(number: u64, is: Is, commit: &str, names: Option<&[&str]>) -> Known {
    Known {
        number,
        open: matches!(is, Is::Open),
        merged: matches!(is, Is::Merged),
        commit: commit.to_owned(),
        marks: names.map(marks),
    }
}

/// What happened, what is wanted, the branch, the pull requests, and what is done.
type Row = (
    &'static str,
    Option<Wanted>,
    Option<Branch>,
    Vec<Known>,
    Action,
);

fn check(rows: Vec<Row>) {
    for (name, wanted, branch, pulls, expected) in rows {
        let facts = Facts {
            wanted: wanted.as_ref(),
            branch: branch.as_ref(),
            pulls: &pulls,
            read: None,
        };
        assert_eq!(decide(facts), expected, "{name}");
    }
}

#[test]
fn a_field_that_evalai_did_not_tell_keeps_its_pull_request_as_it_is() {
    let (told, untold) = ("00000001aaaaaaaa", "00000002bbbbbbbb");
    let read: BTreeSet<String> = [told[..FIELD].to_owned()].into();
    let update = Action::Update {
        number: 7,
        push: true,
    };
    let unread = Action::Unread { number: 7 };
    let close = Action::Close {
        number: 7,
        delete: true,
    };
    for (carried, wanted, expected) in [
        (told, Some(wanted(&["00000001cccccccc"], "B")), update),
        (untold, Some(wanted(&[told], "B")), unread),
        (untold, None, unread),
        (told, None, close),
    ] {
        let facts = Facts {
            wanted: wanted.as_ref(),
            branch: Some(&branch("1", Some("A"))),
            pulls: &[pull(7, Is::Open, "1", Some(&[carried]))],
            read: Some(&read),
        };
        assert_eq!(decide(facts), expected, "{carried} {wanted:?}");
    }
}

#[test]
fn what_is_wanted_is_proposed_once_and_kept_up_to_date() {
    let want = || Some(wanted(&["a"], "A"));
    let ours = |content| Some(branch("1", Some(content)));
    let open = |names| vec![pull(7, Is::Open, "1", names)];
    let (push, number) = (true, 7);
    check(vec![
        ("first", want(), None, vec![], Action::Open { push }),
        (
            "pushed, but not opened",
            want(),
            ours("A"),
            vec![],
            Action::Open { push: false },
        ),
        (
            "unchanged",
            want(),
            ours("A"),
            open(Some(&["a"])),
            Action::Leave { number },
        ),
        (
            "EvalAI changed again",
            want(),
            ours("B"),
            open(Some(&["b"])),
            Action::Update { number, push },
        ),
        (
            "the branch moved in the same file",
            want(),
            ours("B"),
            open(Some(&["a"])),
            Action::Update { number, push },
        ),
        (
            "pushed, but not told",
            want(),
            ours("A"),
            open(Some(&["b"])),
            Action::Update {
                number,
                push: false,
            },
        ),
        (
            "opened by a person",
            want(),
            ours("A"),
            open(None),
            Action::Update {
                number,
                push: false,
            },
        ),
    ]);
}

#[test]
fn commits_of_others_are_never_overwritten_unless_they_are_merged() {
    let want = || Some(wanted(&["a"], "A"));
    let theirs = || Some(branch("2", None));
    let number = Some(7);
    check(vec![
        (
            "reviewed",
            want(),
            theirs(),
            vec![pull(7, Is::Open, "2", Some(&["b"]))],
            Action::Theirs { number },
        ),
        (
            "nobody proposed it",
            want(),
            theirs(),
            vec![],
            Action::Theirs { number: None },
        ),
        (
            "closed with commits",
            want(),
            theirs(),
            vec![pull(7, Is::Closed, "2", Some(&["b"]))],
            Action::Theirs { number: None },
        ),
        (
            "merged with commits",
            want(),
            theirs(),
            vec![pull(7, Is::Merged, "2", Some(&["b"]))],
            Action::Open { push: true },
        ),
        (
            "merged, and pushed to since",
            want(),
            theirs(),
            vec![pull(7, Is::Merged, "1", Some(&["b"]))],
            Action::Theirs { number: None },
        ),
        (
            "nothing left",
            None,
            theirs(),
            vec![pull(7, Is::Open, "2", Some(&["b"]))],
            Action::Close {
                number: 7,
                delete: false,
            },
        ),
        (
            "nothing left, not open",
            None,
            theirs(),
            vec![],
            Action::Nothing,
        ),
    ]);
}

#[test]
fn what_a_person_closed_is_not_proposed_again_until_evalai_changes() {
    let closed = |names| vec![pull(7, Is::Closed, "1", names)];
    let declined = Action::Declined { number: 7 };
    let ours = || Some(branch("1", Some("A")));
    let open = Action::Open { push: true };
    check(vec![
        (
            "the same",
            Some(wanted(&["a", "b"], "A")),
            ours(),
            closed(Some(&["a", "b"])),
            declined,
        ),
        (
            "less of it, on another base",
            Some(wanted(&["a"], "B")),
            None,
            closed(Some(&["a", "b"])),
            declined,
        ),
        (
            "more",
            Some(wanted(&["a", "c"], "C")),
            ours(),
            closed(Some(&["a", "b"])),
            open,
        ),
        (
            "the same, in one that a person opened",
            Some(wanted(&["a"], "A")),
            ours(),
            closed(None),
            declined,
        ),
        (
            "other, in one that a person opened",
            Some(wanted(&["a"], "B")),
            ours(),
            closed(None),
            open,
        ),
        (
            "another one was merged since",
            Some(wanted(&["a"], "A")),
            None,
            vec![
                pull(8, Is::Merged, "2", Some(&["b"])),
                pull(7, Is::Closed, "1", Some(&["a"])),
            ],
            open,
        ),
        (
            "the action itself closed it",
            Some(wanted(&["a"], "A")),
            None,
            closed(Some(&[])),
            open,
        ),
    ]);
}

#[test]
fn when_nothing_is_left_the_pull_request_is_closed_and_the_branch_goes() {
    let ours = || Some(branch("1", Some("A")));
    let one = |is, names| vec![pull(7, is, "1", names)];
    let close = Action::Close {
        number: 7,
        delete: true,
    };
    let tidy = Action::Tidy { forget: None };
    check(vec![
        ("never any", None, None, vec![], Action::Nothing),
        ("open", None, ours(), one(Is::Open, Some(&["a"])), close),
        (
            "closed for that, and opened again by a person",
            None,
            ours(),
            one(Is::Open, Some(&[])),
            Action::Nothing,
        ),
        ("merged", None, ours(), one(Is::Merged, Some(&["a"])), tidy),
        ("never opened", None, ours(), vec![], tidy),
        (
            "declined",
            None,
            ours(),
            one(Is::Closed, Some(&["a"])),
            Action::Tidy { forget: Some(7) },
        ),
        (
            "merged with a commit of others",
            None,
            Some(branch("1", None)),
            one(Is::Merged, Some(&["a"])),
            tidy,
        ),
    ]);
}

#[test]
fn marks_read_back_from_the_last_line_only() {
    let marks = marks(&["0a", "1b"]);
    let body = format!("A body\r\n\r\n{marks}\r\n");
    assert_eq!(Marks::of_body(&body), Some(marks.clone()));
    assert_eq!(Marks::of_body(&format!("{marks}\n\nA body")), None);
    assert_eq!(
        Marks::of_body(&Marks::default().to_string()),
        Some(Marks::default())
    );
    assert_eq!(Marks::of_body(""), None);
}
