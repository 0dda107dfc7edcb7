//! Each single edit of each field.

use std::collections::{BTreeMap, BTreeSet};
use std::panic::resume_unwind;
use std::thread;

use evalai_sync::challenge::catalogue::{FIELDS, Scope};
use evalai_sync::challenge::path::{Entity, FieldPath, PhaseId};
use evalai_sync::challenge::pattern::Patterns;
use evalai_sync::challenge::side::Reading;
use evalai_sync::challenge::{Kind, Value};
use evalai_sync::evalai::Held;
use evalai_sync::repository::worktree::Place;
use evalai_sync::sync::apply::Changes;

use crate::memory::{Repository, assert_line_endings_kept, touched};
use crate::others::{Reach, others};

#[test]
fn a_repository_that_equals_evalai_changes_by_zero_bytes() {
    for repository in Repository::all() {
        let evalai = repository.mirrored();
        let plan = repository.plan(&evalai, &evalai, &Patterns::default());
        let changes = repository.apply(&plan, &evalai).unwrap();
        assert_eq!(changes, Changes::default(), "{}", repository.name);
    }
}

#[test]
fn each_single_edit_is_exactly_one_changed_value() {
    let repositories = Repository::all();
    assert!(repositories.len() >= 3);
    // There are thousands: two threads share them.
    let edits: Vec<_> = thread::scope(|scope| {
        let halves = [0, 1].map(|first| {
            let half = repositories.iter().skip(first).step_by(2);
            scope.spawn(|| half.flat_map(assert_edits).collect::<Vec<_>>())
        });
        let made = halves.map(|half| half.join().unwrap_or_else(|panic| resume_unwind(panic)));
        made.concat()
    });
    let mut scopes: BTreeMap<Scope, usize> = BTreeMap::new();
    for (scope, _) in &edits {
        *scopes.entry(*scope).or_default() += 1;
    }
    println!("edits of {} configurations: {scopes:?}", repositories.len());
    let expected = [
        Scope::Challenge,
        Scope::Phase,
        Scope::Leaderboard,
        Scope::DatasetSplit,
        Scope::PhaseSplit,
    ];
    assert!(scopes.into_keys().eq(expected));
    let edited: BTreeSet<_> = edits.into_iter().collect();
    let catalogue = FIELDS.iter().filter(|field| field.kind != Kind::File);
    let missed: Vec<_> = catalogue
        .map(|field| (field.scope, field.key))
        .filter(|name| !edited.contains(name))
        .collect();
    assert_eq!(missed, [], "no configuration has them");
}

/// Makes every edit of one repository; returns the fields, once for each edit.
fn assert_edits(repository: &Repository) -> Vec<(Scope, &'static str)> {
    let evalai = repository.mirrored();
    let mut edits = Vec::new();
    // Where a key is inserted does not hang on its value, nor on which of the phases it is in.
    let mut inserted = BTreeSet::new();
    for (path, reading) in repository.worktree.side.iter() {
        let name = (path.field.scope, path.field.key);
        let Some(held) = evalai.side.value(path).filter(|_| is_edited(path, reading)) else {
            continue;
        };
        let others = others(path, held, &evalai.side, edits.len());
        let most = match reading {
            Reading::Absent => usize::from(inserted.insert(name)),
            _ => others.len(),
        };
        for (other, reach) in others.into_iter().take(most) {
            assert_one_edit(repository, &evalai, path, &other, reach);
            edits.push(name);
        }
    }
    edits
}

#[test]
fn a_daily_limit_that_rises_does_not_raise_what_evalai_had_lowered_to_it() {
    let config = "challenge_phases:
  - id: 1
    max_submissions_per_day: 2
    max_concurrent_submissions_allowed: 5
";
    let repository = Repository::new("made up", config.as_bytes()).unwrap();
    let evalai = repository.mirrored();
    let path = FieldPath::parse("phases.1.max_submissions_per_day").unwrap();
    let mut now = evalai.clone();
    now.side.put(path, Reading::Value(Value::Int(9)));
    let plan = repository.plan(&evalai, &now, &Patterns::default());
    let changes = repository.apply(&plan, &now).unwrap();
    let after = String::from_utf8_lossy(repository.config_after(&changes));
    let expected = config.replace(": 2", ": 9").replace(": 5", ": 2");
    assert_eq!(after, expected);
    let again = repository.read_again(&changes, &now);
    for path in again
        .of(&Entity::Phase(PhaseId::Number(1)))
        .map(|(path, _)| path)
    {
        let said = again.value(path);
        assert!(said.is_none() || said == now.side.value(path), "{path}");
    }
}

/// Files are told elsewhere. Sponsors are never inserted; and the codename of
/// a phase without an id is its name: with another, it is another phase.
fn is_edited(path: &FieldPath, reading: &Reading) -> bool {
    let is_name = matches!(path.entity, Entity::Phase(PhaseId::Codename(_)));
    path.field.kind != Kind::File
        && !(path.field.key == "sponsors" && *reading == Reading::Absent)
        && !(path.field.key == "codename" && is_name)
}

/// EvalAI holds `other`, and is as it was otherwise: so is the repository after the sync.
#[track_caller]
fn assert_one_edit(
    repository: &Repository,
    evalai: &Held,
    path: &FieldPath,
    other: &Value,
    reach: Reach,
) {
    let context = format!("{}: {path} = {}", repository.name, other.shown());
    let mut now = evalai.clone();
    now.side.put(path.clone(), Reading::Value(other.clone()));
    // What is absent here, and no edit of the web UI, is taken only if the host asks for it.
    let include = Patterns::parse(&path.to_string()).unwrap_or_default();
    let plan = repository.plan(evalai, &now, &include);
    let taken: Vec<_> = plan.written().map(|item| item.path.to_string()).collect();
    assert_eq!(taken, [path.to_string()], "{context}");
    let changes = repository
        .apply(&plan, &now)
        .unwrap_or_else(|error| panic!("{context}: {error}"));

    let mut intended = repository.worktree.side.clone();
    let no_domain = path.field.key == "domain" && *other == Value::Null;
    let reading = if no_domain {
        Reading::Absent
    } else {
        Reading::Value(other.clone())
    };
    intended.put(path.clone(), reading);
    let after = repository.read_again(&changes, &now);
    for (path, reading) in intended.iter() {
        assert_eq!(after.get(path), Some(reading), "{context}: {path}");
    }
    assert!(after == intended, "{context}: something came in");

    let config = repository.config_after(&changes);
    assert_line_endings_kept(&repository.config, config, &context);
    assert_reach(repository, config, path, other, reach, &context);
}

/// The edit touches no line but those it has to.
#[track_caller]
fn assert_reach(
    repository: &Repository,
    config: &[u8],
    path: &FieldPath,
    other: &Value,
    reach: Reach,
    context: &str,
) {
    let (gone, come) = touched(&repository.config, config);
    let told = format!("{context}: {gone} lines went, {come} came");
    let written = match &repository.worktree.places[path] {
        Place::Inline(key) => repository.worktree.document.source(key),
        // A template that two phases share is split: the configuration names the new one.
        Place::File { file, .. } => {
            let files = repository.worktree.places.values().filter_map(Place::file);
            let is_shared = files.filter(|other| *other == file).count() > 1;
            let most = usize::from(is_shared);
            assert!(gone <= most && come <= most, "{told}");
            return;
        }
        Place::Absent(_) => {
            assert_eq!(gone, 0, "{told}");
            let is_scalar = !matches!(other, Value::Json(_) | Value::List(_) | Value::Set(_));
            assert!(come == 1 || !is_scalar, "{told}");
            return;
        }
    };
    let lines = written.map_or(1, |text| text.lines().count().max(1));
    let is_nested = matches!(path.field.kind, Kind::Json | Kind::Rows(_));
    match reach {
        Reach::Line if is_nested => assert!(gone <= 1 && come <= 1, "{told}"),
        Reach::Line if other.lines().contains('\n') => assert!(gone <= lines, "{told}"),
        Reach::Line => assert!(gone <= lines && come <= 1, "{told}"),
        Reach::Grows => assert!(gone <= 1, "{told}"),
        // The key's own line may come to hold the value, or hold it no longer.
        Reach::Value => assert!(gone <= lines + 1, "{told}"),
    }
}
