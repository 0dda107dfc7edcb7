use super::*;

const HOLD: Duration = Duration::from_secs(4);

fn at(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// An answer with these fields.
fn answer(fields: &[(&str, &str)]) -> Fingerprint {
    let fields: BTreeMap<_, _> = fields
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect();
    Fingerprint {
        digest: format!("{fields:?}"),
        fields,
    }
}

fn file(name: &str, place: &str) -> File {
    File {
        name: name.into(),
        url: format!("https://a.org/{place}"),
        place: place.into(),
        in_place: false,
    }
}

/// A ledger with challenge 7, which knows what `told` says.
fn ledger(told: Option<Told>) -> Ledger {
    let told = told.map(|told| (7, told)).into_iter().collect();
    let mut ledger = Ledger::new(told, HOLD);
    ledger.watch(&BTreeMap::from([(7, "o/r".to_owned())]));
    ledger
}

/// EvalAI says so at `now`; true if that begins a change.
fn see(ledger: &mut Ledger, title: &str, phase: &str, now: u64) -> bool {
    let files = vec![file("image", &format!("image of {title}"))];
    let challenge = answer(&[("title", title)]);
    let (_, title) = ledger.see(7, CHALLENGE, challenge, files, at(now));
    let phases = answer(&[("phases.1.name", phase)]);
    let (_, phase) = ledger.see(7, Part::Phases.name(), phases, vec![], at(now));
    ledger.asked(7, Part::Phases, at(now));
    ledger.asked(7, Part::Worker, at(now));
    title || phase
}

/// A ledger that has told the title `T` and the phase `P`.
fn told() -> Ledger {
    let mut ledger = ledger(None);
    see(&mut ledger, "T", "P", 0);
    let due = ledger.due(at(0)).pop().unwrap();
    ledger.accepted(&due, at(0));
    ledger
}

#[test]
fn who_was_never_told_is_told_once_and_only_when_all_was_asked() {
    let mut ledger = ledger(None);
    let title = answer(&[("title", "T")]);
    ledger.see(7, CHALLENGE, title, vec![], at(0));
    ledger.asked(7, Part::Phases, at(1));
    assert_eq!(ledger.due(at(100)), []);
    assert_eq!(
        ledger.told(),
        BTreeMap::new(),
        "nothing is remembered before it was told"
    );
    ledger.asked(7, Part::Worker, at(2));
    let due = ledger.due(at(2)).pop().unwrap();
    assert_eq!(
        (due.challenge, due.repository.as_str(), &due.fields),
        (7, "o/r", &None)
    );
    assert_eq!(ledger.due(at(3)), [], "it is under way");
    ledger.accepted(&due, at(4));
    // The first sight of phase splits, which come last, is no change.
    let splits = answer(&[("phase_splits", "x")]);
    ledger.see(7, Part::Splits.name(), splits, vec![], at(5));
    assert_eq!(ledger.next_due(), None);
    let splits = answer(&[("phase_splits", "y")]);
    assert!(ledger.see(7, Part::Splits.name(), splits, vec![], at(6)).1);
}

#[test]
fn a_change_is_told_once_with_what_changed_after_it_and_nothing_else() {
    let mut ledger = told();
    assert!(!see(&mut ledger, "T", "P", 10));
    assert_eq!(ledger.next_due(), None);
    assert!(see(&mut ledger, "T", "Q", 20));
    assert!(!see(&mut ledger, "T", "Q", 21), "it is known");
    let title = answer(&[("title", "U")]);
    ledger.see(7, CHALLENGE, title, vec![], at(22));
    assert_eq!(ledger.due(at(23)), [], "it waits for what belongs to it");
    assert_eq!(ledger.next_due(), Some(at(24)));
    let due = ledger.due(at(24)).pop().unwrap();
    let fields = ["title", "phases.1.name"].map(str::to_owned).to_vec();
    assert_eq!(due.fields, Some(fields));
    // Something changes while it is being sent: that is another one.
    see(&mut ledger, "V", "Q", 25);
    assert_eq!(ledger.due(at(40)), []);
    ledger.accepted(&due, at(41));
    let next = ledger.due(at(45)).pop().unwrap();
    assert_eq!(next.fields, Some(vec!["title".to_owned()]));
    ledger.accepted(&next, at(46));
    assert_eq!(ledger.next_due(), None);
}

#[test]
fn a_change_that_is_taken_back_in_time_is_none() {
    let mut ledger = told();
    see(&mut ledger, "U", "P", 10);
    see(&mut ledger, "T", "P", 11);
    assert_eq!(ledger.due(at(100)), []);
}

#[test]
fn after_a_restart_only_what_changed_meanwhile_is_told() {
    let remembered = told().told().remove(&7).unwrap();
    let mut same = ledger(Some(remembered.clone()));
    see(&mut same, "T", "P", 0);
    assert_eq!(same.next_due(), None);
    let mut edited = ledger(Some(remembered.clone()));
    // The list alone is enough.
    let title = answer(&[("title", "U")]);
    edited.see(7, CHALLENGE, title, vec![], at(0));
    let due = edited.due(at(4)).pop().unwrap();
    assert_eq!(
        due.fields, None,
        "what it was is not known any more, only that it was another"
    );
    // Had the process ended here, it would be told again: what is told is remembered afterwards.
    assert_eq!(edited.told()[&7], remembered);
    edited.accepted(&due, at(5));
    assert_ne!(edited.told()[&7], remembered);
}

#[test]
fn a_refused_dispatch_comes_again_with_growing_pauses_and_keeps_nobody_waiting() {
    let mut ledger = told();
    see(&mut ledger, "U", "P", 10);
    let mut now = 14;
    for expected in [30, 60, 120, 200, 200] {
        let due = ledger.due(at(now)).pop().unwrap();
        let pause = ledger.refused(&due, at(30), at(200), at(now));
        assert_eq!(pause, at(expected));
        assert_eq!(ledger.next_due(), Some(at(now) + pause));
        now += expected;
    }
    let due = ledger.due(at(now)).pop().unwrap();
    ledger.accepted(&due, at(now));
    assert_eq!(ledger.next_due(), None);
}

/// What the ledger wants of the image at `place`, and the dispatches that its `content` brings.
fn image(
    ledger: &mut Ledger,
    place: &str,
    content: Option<&str>,
    now: u64,
) -> (Option<Haste>, usize) {
    let image = file("image", place);
    let title = answer(&[("title", "T")]);
    let (wanted, _) = ledger.see(7, CHALLENGE, title, vec![image.clone()], at(now));
    let haste = wanted.first().map(|(_, haste)| *haste);
    if haste.is_some() {
        ledger.see_content(7, &image, content.map(str::to_owned), at(now));
    }
    let due = ledger.due(at(now) + HOLD);
    for due in &due {
        assert_eq!(due.fields.as_deref(), Some(&["image".to_owned()][..]));
        ledger.accepted(due, at(now) + HOLD);
    }
    (haste, due.len())
}

#[test]
fn a_file_changed_if_its_content_did_wherever_it_is() {
    let mut ledger = told();
    let place = "image of T";
    let (once, spare) = (Some(Haste::AtOnce), Some(Haste::Spare));
    // It is fetched once, to be known; and only if its address is another one again.
    let image_of_t = file("image", place);
    ledger.see_content(7, &image_of_t, Some("A".into()), at(10));
    assert_eq!(image(&mut ledger, place, None, 20), (None, 0));
    assert_eq!(image(&mut ledger, "2", Some("A"), 30), (once, 0), "a push");
    assert_eq!(ledger.told()[&7].files["image"].place, "2");
    assert_eq!(
        image(&mut ledger, "3", Some("B"), 40),
        (once, 1),
        "an upload"
    );
    assert_eq!(image(&mut ledger, "3", None, 50), (None, 0));
    // What cannot be fetched counts as changed: a dispatch too many does no harm.
    assert_eq!(image(&mut ledger, "4", None, 60), (once, 1));
    assert_eq!(image(&mut ledger, "4", None, 70), (None, 0));
    let remembered = ledger.told().remove(&7).unwrap();
    let mut after = self::ledger(Some(remembered));
    assert_eq!(
        image(&mut after, "4", Some("C"), 0),
        (spare, 0),
        "not known before"
    );
    assert_eq!(image(&mut after, "5", Some("C"), 10), (once, 0));
}

#[test]
fn a_file_that_may_change_where_it_is_is_looked_at_again() {
    let mut ledger = told();
    let annotation = File {
        in_place: true,
        ..file("phases.1.test_annotation_file", "a")
    };
    let phases = || answer(&[("phases.1.name", "P")]);
    let see = |ledger: &mut Ledger, now| {
        let files = vec![annotation.clone()];
        let (wanted, _) = ledger.see(7, Part::Phases.name(), phases(), files, at(now));
        wanted.first().map(|(_, haste)| *haste)
    };
    assert_eq!(see(&mut ledger, 10), Some(Haste::AtOnce), "it is new");
    ledger.see_content(7, &annotation, Some("A".into()), at(10));
    let due = ledger.due(at(14)).pop().unwrap();
    ledger.accepted(&due, at(14));
    assert_eq!(see(&mut ledger, 20), Some(Haste::Again));
    ledger.see_content(7, &annotation, Some("A".into()), at(20));
    assert_eq!(ledger.next_due(), None);
    ledger.see_content(7, &annotation, Some("B".into()), at(80));
    assert_eq!(ledger.due(at(84)).len(), 1);
}
