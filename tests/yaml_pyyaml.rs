//! PyYAML judges what we read and what we write.
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::unwrap_used
)] // It is all test code.

mod yaml_support;

use evalai_sync::yaml::{Document, Path, Value};
use yaml_support::documents::{corpus, made_up};
use yaml_support::judge::{Judge, Verdict, described};
use yaml_support::snippets::{CONSTRUCTS, SCALARS};
use yaml_support::values::nasty;
use yaml_support::{leaves, with_value};

/// What we refuse although PyYAML reads it, by a part of the message. No challenge needs any of it.
const REFUSED_BY_US_ONLY: &[&str] = &[
    "refers to",                      // a collection that contains itself
    "cannot be read here; remove it", // !!binary, !!set, !!omap, !!pairs
    "more than 64 deep",
    "hexadecimal digits of a character", // lone surrogates
    "is none that PyYAML can read", // !!int and !!float with texts that only Python's own parser takes
];

/// What we make of a document, in the judge's words.
fn reading(bytes: &[u8]) -> Verdict {
    match Document::parse(bytes) {
        Ok(document) => Verdict::Reads(described(document.root())),
        Err(error) => Verdict::Refuses(error.to_string()),
    }
}

#[track_caller]
fn assert_same_reading(judge: &mut Judge, name: &str, bytes: &[u8]) {
    let (ours, theirs) = (reading(bytes), judge.judge(bytes));
    match (&ours, &theirs) {
        (Verdict::Refuses(_), Verdict::Refuses(_)) => {}
        (Verdict::Refuses(message), _)
            if REFUSED_BY_US_ONLY
                .iter()
                .any(|known| message.contains(known)) => {}
        _ => assert_eq!(
            ours,
            theirs,
            "{name}:\n{:?}",
            String::from_utf8_lossy(bytes)
        ),
    }
}

#[test]
fn every_file_is_read_or_refused_as_pyyaml_does() {
    let Some(mut judge) = Judge::start() else {
        return;
    };
    for sample in corpus().into_iter().chain(made_up()) {
        assert_same_reading(&mut judge, &sample.name, &sample.bytes);
    }
}

#[test]
fn every_scalar_is_read_or_refused_as_pyyaml_does_wherever_it_stands() {
    let Some(mut judge) = Judge::start() else {
        return;
    };
    for scalar in SCALARS {
        for frame in [
            "k: {}\n",
            "- {}",
            "[{}, x]",
            "{k: {}}",
            "{}: v\n",
            "{}",
            "k: !!int {}",
            "k: !!float {}",
            "k: !!str {}",
            "k: !!bool {}",
            "k: !!null {}",
            "k: !!timestamp {}",
            "k: ! {}",
            "k: ! \"{}\"",
            "k: \"{}\"",
            "k: '{}'",
        ] {
            assert_same_reading(&mut judge, scalar, frame.replace("{}", scalar).as_bytes());
        }
    }
}

#[test]
fn every_construct_is_read_or_refused_as_pyyaml_does() {
    let Some(mut judge) = Judge::start() else {
        return;
    };
    for text in CONSTRUCTS {
        assert_same_reading(&mut judge, text, text.as_bytes());
        assert_same_reading(&mut judge, text, text.replace('\n', "\r\n").as_bytes());
    }
    for bytes in [&b"a: \xff\n"[..], b"a: \xc3", b"\xed\xa0\x80", b"a: b\x00"] {
        assert_same_reading(&mut judge, "bytes", bytes);
    }
}

#[test]
fn a_damaged_file_is_read_or_refused_as_pyyaml_does() {
    const PIECES: &[&str] = &[
        " ", "  ", "\n", "\n ", "\n  ", "\r\n", "\r", "\t", ":", ": ", " #", "#", "- ", "-", "? ",
        ",", "[", "]", "{", "}", "'", "\"", "\\", "|", ">", "|2-\n", ">+\n", "&a ", "*a", "<<: ",
        "!!str ", "! ", "---", "\n---\n", "\n...\n", "%", "@", "~", "=", "\u{85}", "\u{2028}",
        "\u{feff}", "\u{7}", "0", "x", "é",
    ];
    let Some(mut judge) = Judge::start() else {
        return;
    };
    let mut random = fastrand::Rng::with_seed(7);
    let samples = made_up();
    for round in 0..3000 {
        let mut text = String::from_utf8(samples[round % samples.len()].bytes.clone()).unwrap();
        for _ in 0..random.usize(1..4) {
            let places: Vec<_> = text
                .char_indices()
                .map(|(index, _)| index)
                .chain([text.len()])
                .collect();
            let start = places[random.usize(..places.len())];
            let end = places
                .iter()
                .copied()
                .find(|place| *place >= start + random.usize(..3))
                .unwrap_or(start);
            let piece = if random.u8(..4) == 0 {
                ""
            } else {
                PIECES[random.usize(..PIECES.len())]
            };
            text.replace_range(start..end, piece);
        }
        assert_same_reading(&mut judge, "damaged", text.as_bytes());
    }
}

#[test]
fn after_one_edit_pyyaml_reads_the_new_value_at_its_path_and_nothing_else_new() {
    let Some(mut judge) = Judge::start() else {
        return;
    };
    let values = nasty();
    let mut turn = 0;
    for (sample, every) in made_up()
        .into_iter()
        .map(|s| (s, 1))
        .chain(corpus().into_iter().map(|s| (s, 9)))
    {
        let Ok(document) = Document::parse(&sample.bytes) else {
            continue;
        };
        for path in leaves(&document).into_iter().step_by(every) {
            for step in 0..2 {
                let value = &values[(turn + step * 31) % values.len()];
                assert_judged(&mut judge, &document, &path, value);
            }
            turn += 1;
        }
    }
}

#[track_caller]
fn assert_judged(judge: &mut Judge, document: &Document, path: &Path, value: &Value) {
    let edited = document.set(path, value).unwrap();
    let wanted = with_value(document.root(), path, value);
    assert_same_pairs(
        judge.judge(edited.bytes()),
        &wanted,
        &format!("{path} = {value:?}"),
        edited.bytes(),
    );
}

/// Compares with the order of keys left aside.
#[track_caller]
fn assert_same_pairs(theirs: Verdict, wanted: &Value, what: &str, bytes: &[u8]) {
    fn sorted(json: serde_json::Value) -> serde_json::Value {
        let serde_json::Value::Array(mut items) = json else {
            return json;
        };
        for item in &mut items {
            *item = sorted(item.take());
        }
        if items.first().and_then(|kind| kind.as_str()) == Some("map") {
            items[1..].sort_by_key(|pair| pair[0].to_string());
        }
        serde_json::Value::Array(items)
    }
    match theirs {
        Verdict::Reads(json) if sorted(json.clone()) == sorted(described(wanted)) => {}
        other => panic!("{what}: {other:?}\n{}", String::from_utf8_lossy(bytes)),
    }
}

#[test]
fn after_every_scalar_of_a_file_was_edited_pyyaml_reads_all_new_values_and_nothing_else_new() {
    let Some(mut judge) = Judge::start() else {
        return;
    };
    let values = nasty();
    for (sample, rounds) in made_up()
        .into_iter()
        .map(|s| (s, 12))
        .chain(corpus().into_iter().map(|s| (s, 2)))
    {
        let Ok(original) = Document::parse(&sample.bytes) else {
            continue;
        };
        for round in 0..rounds {
            let (mut document, mut wanted) = (original.clone(), original.root().clone());
            for (index, path) in leaves(&original).iter().enumerate() {
                let value = &values[(index * 7 + round * 11) % values.len()];
                document = document
                    .set(path, value)
                    .unwrap_or_else(|error| panic!("{}: {error}", sample.name));
                wanted = with_value(&wanted, path, value);
            }
            assert_same_pairs(
                judge.judge(document.bytes()),
                &wanted,
                &sample.name,
                document.bytes(),
            );
        }
    }
}
