use serde_json::json;

use super::*;
use crate::evalai::Ids;
use crate::repository::record::{Head, VERSION};

/// A record with these bases, of the branch `challenge`.
fn record(sync_sha: &str, bases: &[(&str, serde_json::Value)]) -> Record {
    let base = |(name, json): &(&str, serde_json::Value)| {
        let path = FieldPath::parse(name).expect(name);
        let value = Value::from_json(path.field.kind, json).expect(name);
        (path, value)
    };
    Record {
        head: Head {
            version: VERSION,
            evalai_host_url: "https://eval.ai".into(),
            challenge_id: 42,
            branch: "challenge".into(),
            config: "challenge_config.yaml".into(),
            sync_sha: sync_sha.into(),
            ids: Ids::default(),
            media: BTreeMap::new(),
            open: BTreeSet::new(),
        },
        bases: bases.iter().map(base).collect(),
    }
}

fn commit(message: &str) -> Logged {
    Logged {
        id: Oid::ZERO_SHA1,
        seconds: 1_767_225_600,
        message: message.to_owned(),
    }
}

/// The changes, in the words `title: a -> b (evalai)`.
fn told(sync: &Sync) -> Vec<String> {
    let shown = |value: &Option<Value>| value.as_ref().map_or("-".to_owned(), Value::shown);
    let tell = |change: &Change| {
        let (before, after) = (shown(&change.before), shown(&change.after));
        format!(
            "{}: {before} -> {after} ({})",
            change.path,
            change.origin.name()
        )
    };
    sync.changes.iter().map(tell).collect()
}

#[test]
fn what_moved_with_a_trailer_comes_from_evalai_and_without_one_from_the_repository() {
    let before = record("a", &[("title", json!("A")), ("published", json!(false))]);
    let after = record("b", &[("title", json!("B")), ("published", json!(true))]);
    let message = "Record the sync of title\n\nBranch: challenge\nCommit: c0ffee\nChanged: title\n\
                   Trigger: schedule\nActor: octocat\nRun: https://github.com/o/r/actions/runs/7/attempts/1\n";
    let sync = sync(&commit(message), Ok(&after), Some(&before));
    let expected = [
        "title: A -> B (evalai)",
        "published: false -> true (repository)",
    ];
    assert_eq!(told(&sync), expected);
    assert_eq!(sync.when.to_string(), "2026-01-01T00:00:00Z");
    assert_eq!(sync.trigger.as_deref(), Some("schedule"));
    assert_eq!(sync.actor.as_deref(), Some("octocat"));
    assert_eq!(
        sync.run.as_deref(),
        Some("https://github.com/o/r/actions/runs/7/attempts/1")
    );
    assert_eq!(sync.commit.as_deref(), Some("c0ffee"));
    assert_eq!(
        (sync.base.as_deref(), sync.sync_sha.as_deref()),
        (Some("a"), Some("b"))
    );
    assert_eq!(sync.agreed, None);
}

#[test]
fn of_the_first_record_what_was_equal_is_counted_and_what_was_taken_is_told() {
    let first = record("a", &[("title", json!("A")), ("published", json!(false))]);
    let message = "Record the sync of title\n\nBranch: challenge\nChanged: title\n";
    let sync = sync(&commit(message), Ok(&first), None);
    assert_eq!(told(&sync), ["title: - -> A (evalai)"]);
    assert_eq!((sync.agreed, sync.base), (Some(1), None));
}

#[test]
fn a_record_of_another_branch_begins_anew() {
    let mut other = record("a", &[("title", json!("A"))]);
    other.head.branch = "2025".into();
    let record = record("b", &[("title", json!("B"))]);
    let sync = sync(&commit("Record"), Ok(&record), Some(&other));
    assert_eq!(told(&sync), [""; 0]);
    assert_eq!((sync.agreed, sync.base), (Some(1), None));
}

#[test]
fn conflicts_are_read_as_they_are_written_now_and_as_they_once_were() {
    let table = [
        ("Conflict: evalai title", "title", Settled::EvalAi),
        ("Conflict: repository title", "title", Settled::Repository),
        (
            "Conflict: merged description",
            "description",
            Settled::Merged,
        ),
        (
            "Conflict: manual phases.2.name",
            "phases.2.name",
            Settled::Manual,
        ),
        ("Changed: title\nConflict: title", "title", Settled::EvalAi),
        ("Conflict: title", "title", Settled::Repository),
        (
            "Conflict: manual of_a_newer_release",
            "of_a_newer_release",
            Settled::Manual,
        ),
    ];
    for (trailers, field, settled) in table {
        let message = format!("Record\n\nBranch: challenge\n{trailers}\n");
        let conflicts = Trailers::read(&message).conflicts();
        let expected = Conflict {
            field: field.into(),
            settled,
        };
        assert_eq!(conflicts, [expected], "{trailers}");
    }
}

#[test]
fn a_conflict_that_the_repository_won_was_an_edit_on_evalai() {
    let before = record("a", &[("title", json!("A"))]);
    let after = record("a", &[("title", json!("B"))]);
    let sync = sync(
        &commit("Record\n\nConflict: repository title\n"),
        Ok(&after),
        Some(&before),
    );
    assert_eq!(told(&sync), ["title: A -> B (evalai)"]);
}

#[test]
fn a_record_that_does_not_read_says_so_and_keeps_what_its_message_tells() {
    let message = "Record the sync of title\n\nBranch: challenge\nChanged: title\nTrigger: push\n";
    let sync = sync(&commit(message), Err(&"does not read".to_owned()), None);
    assert_eq!(sync.problem.as_deref(), Some("does not read"));
    assert_eq!(sync.trigger.as_deref(), Some("push"));
    assert!(sync.changes.is_empty());
}

#[test]
fn filters_narrow_to_a_field_a_phase_and_a_time() {
    let before = record("a", &[]);
    let fields = [
        ("title", json!("A")),
        ("phases.2.name", json!("Two")),
        ("phases.20.name", json!("Twenty")),
        ("phase_splits.2-1-3.visibility", json!(3)),
    ];
    let syncs = [
        sync(&commit("Record"), Ok(&record("b", &fields)), Some(&before)),
        sync(&commit("Record"), Err(&"damaged".to_owned()), None),
    ];
    let left = |filter: Filter| -> Vec<_> {
        let syncs = filter.apply(syncs.to_vec());
        syncs
            .iter()
            .flat_map(|sync| {
                let fields = sync.changes.iter().map(|change| change.path.to_string());
                fields.chain(sync.problem.clone()).collect::<Vec<_>>()
            })
            .collect()
    };
    let patterns = |text| Filter {
        fields: Some(Patterns::parse(text).unwrap()),
        ..Filter::default()
    };
    let phase = |id: &str| Filter {
        phase: Some(id.into()),
        ..Filter::default()
    };
    assert_eq!(left(Filter::default()).len(), 5);
    assert_eq!(left(patterns("title")), ["title", "damaged"]);
    assert_eq!(
        left(patterns("phases.*.name")),
        ["phases.2.name", "phases.20.name", "damaged"]
    );
    let of_two = ["phases.2.name", "phase_splits.2-1-3.visibility", "damaged"];
    assert_eq!(left(phase("2")), of_two);
    assert_eq!(left(phase("3")), ["damaged"]);
    let at = |seconds| Timestamp::from_second(seconds).ok();
    for (since, until, is_left) in [
        (None, None, true),
        (at(1_767_225_600), None, true),
        (at(1_767_225_601), None, false),
        (None, at(1_767_225_600), false),
        (None, at(1_767_225_601), true),
    ] {
        let filter = Filter {
            since,
            until,
            ..Filter::default()
        };
        assert_eq!(!left(filter).is_empty(), is_left, "{since:?} {until:?}");
    }
}
