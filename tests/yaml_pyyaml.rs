//! PyYAML judges what we read and what we write.

mod yaml_support;

use evalai_sync::yaml::{Document, Path, Value};
use yaml_support::documents::{corpus, made_up};
use yaml_support::judge::{Judge, Verdict, described};
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
    for round in 0..6000 {
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
        .map(|s| (s, 20))
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

const SCALARS: &[&str] = &[
    "",
    "~",
    "null",
    "Null",
    "NULL",
    "nULL",
    "none",
    "None",
    "yes",
    "Yes",
    "YES",
    "yEs",
    "no",
    "NO",
    "on",
    "On",
    "off",
    "OFF",
    "y",
    "n",
    "Y",
    "true",
    "True",
    "TRUE",
    "tRUE",
    "false",
    "FALSE",
    "0",
    "00",
    "-0",
    "+0",
    "0_",
    "1",
    "+1",
    "-1",
    "1_000",
    "1__0",
    "_1",
    "1_",
    "+",
    "-",
    "007",
    "08",
    "09",
    "0o14",
    "014",
    "-014",
    "0b101",
    "-0b1",
    "0b_",
    "0b",
    "0b2",
    "0x1F",
    "0xg",
    "0x",
    "0x_",
    "-0x1f",
    "+0xFF",
    "1:30",
    "190:20:30",
    "1:60",
    "1:5",
    "01:30",
    "0:30",
    "1:30:",
    "-1:30",
    "1:30.5",
    "1:30:30.25",
    "01:30.5",
    "1_0:30",
    "12345678901234567890",
    "-9223372036854775808",
    "-9223372036854775809",
    "0xFFFFFFFFFFFFFFFFFFFF",
    "0b1111111111111111111111111111111111111111111111111111111111111111111",
    "99999999999:59",
    "1.5",
    "1.",
    ".5",
    "-.5",
    "+.5",
    "._5",
    ".5_",
    "1._5",
    "1e3",
    "1e+3",
    "1.e3",
    "1.0e3",
    "1.0e+3",
    "1.0E-3",
    "1.0e+",
    ".5e+2",
    ".e+2",
    "1_0.0_1",
    "1.2.3",
    "0.1",
    "3.14159265358979",
    "1.7976931348623157e+309",
    ".inf",
    "-.inf",
    "+.INF",
    ".Inf",
    ".iNF",
    ".nan",
    "-.nan",
    ".NaN",
    ".NAN",
    "2024-01-01",
    "2024-1-1",
    "2024-01-1",
    "2024-13-01",
    "2024-02-30",
    "2024-02-29",
    "2023-02-29",
    "0000-01-01",
    "0001-01-01",
    "9999-12-31",
    "2024-09-31",
    "2024-6-4 7:00:00",
    "2024-06-04 07:00:00",
    "2024-06-04T07:00:00Z",
    "2024-06-04t07:00:00z",
    "2024-06-04 24:00:00",
    "2024-06-04 07:60:00",
    "2024-06-04 07:00:60",
    "2024-06-04 7:0:00",
    "2024-06-04  07:00:00",
    "2024-06-04 07:00:00.",
    "2024-06-04 07:00:00.1",
    "2024-06-04 07:00:00.1234567",
    "2024-06-04 07:00:00 Z",
    "2024-06-04 07:00:00 +5",
    "2024-06-04 07:00:00+05:30",
    "2024-06-04 07:00:00-05:30",
    "2024-06-04 07:00:00 -0:30",
    "2024-06-04 07:00:00+24:00",
    "2024-06-04 07:00:00+23:59",
    "2024-06-04 07:00:00+23:60",
    "2024-06-04 07:00:00 UTC",
    "2024-06-04 07:00:00UTC+9",
    "2024-06-04T07:00",
    "2024-06-04T07:00:00.5Z",
    "20240604",
    "2024-06",
    "=",
    "<<",
    "<<<",
    "==",
    "!",
    "*",
    "&",
    "!!str",
    "@a",
    "`a",
    "%a",
    "a%",
    "a b",
    "a: b",
    "a:b",
    "a :b",
    "a #b",
    "a#b",
    "#a",
    "-a",
    "- a",
    "--",
    "---",
    "--- a",
    "...",
    "?a",
    "? a",
    ":a",
    ": a",
    "a?b",
    "a,b",
    "a]b",
    "a}b",
    "a{b",
    "a\tb",
    "a\t",
    "\ta",
    "\"a\"",
    "'a'",
    "'a''b'",
    "\"a\\x41\\u00e9\\U0001F600\"",
    "\"\\ud83d\"",
    "\"\\q\"",
    "\"\\x4\"",
    "\"\\/\\_\\N\\L\\P\\e\\0\"",
    "it's",
    "a\"b",
    "a\\b",
    "é",
    "제목",
    "😀",
    "\u{a0}",
    "\u{feff}",
    "a\u{feff}b",
    "\u{85}",
    "a\u{85}b",
    "a\u{2028}b",
    "a\u{2029}b",
    "\u{7f}",
    "\u{1}",
    "\u{fffe}",
    "\u{e000}",
    "[",
    "]",
    "{",
    "}",
    ",",
    "[]",
    "{}",
    "|",
    ">",
    "|-",
    "'",
    "\"",
    "\\",
    "/",
    "http://a.b/c?d=e#f",
    "12:30:45",
    "1,000",
];

const CONSTRUCTS: &[&str] = &[
    "a: 1\n b: 2",
    "a: 1\n  b: 2",
    "a:\n  b: 1\n c: 2",
    "a:\n\tb: 1",
    "a: b\t# c",
    "a: b\t\n",
    "a:\tb",
    "a: \tb",
    "-\ta",
    "- \ta",
    "[a\t, b]",
    "\"a\"\t",
    "a: \"b\"#c",
    "a: 'b' c",
    "a: [b]c",
    "a: [b] # c",
    "[a, b",
    "a]",
    "[a]]",
    "{a: b",
    "[a, , b]",
    "[,]",
    "[a,]",
    "{a,}",
    "{,}",
    "{a: b, }",
    "{a: b c: d}",
    "{a: b\n c: d}",
    "{a:1}",
    "{a:1, b:2}",
    "{\"a\":1}",
    "{'a':b}",
    "{a :1}",
    "{a: [b: c]}",
    "[a: b, c: d]",
    "[? a : b]",
    "[? a]",
    "[a: ]",
    "[: a]",
    "{: a}",
    "{? a, b: c}",
    "{?a: b}",
    "[a?b]",
    "[a\n#c\n, b]",
    "[a #c\n, b]",
    "[a#c, b]",
    "key: {\n}",
    "key: [\na,\nb\n]",
    "key: {\na: 1,\n}\nnext: 2",
    "key: 'a\nb'",
    "key: \"a\nb\"\nc: d",
    "key: a\nb",
    "key: a\n b\n\n c\nd: e",
    "key: a\n # c\n b",
    "- a\n- b",
    "- - a\n  - b\n- c",
    "-a",
    "- a\nb: c",
    "a: b\n- c",
    "a:\n- b\n- c\nd: e",
    "a:\n - b\n- c",
    "a: - b",
    "a: b: c",
    "a: b:c",
    "? a",
    "? a\n: b",
    "? a\nb: c",
    ": a",
    "? - a\n: b",
    "? {a: b}\n: c",
    "? [a]\n: b",
    "{[a]: b}",
    "{{a: b}: c}",
    "a\nb: c",
    "a",
    "a\nb",
    "'a'\n'b'",
    "# c",
    "",
    "\n\n",
    " ",
    "---",
    "---\n",
    "---\na",
    "--- a",
    "--- a: b",
    "--- |\n a",
    "--- # c\na: b",
    "---\n---",
    "a\n---\nb",
    "a\n...\nb",
    "a\n...\n",
    "a\n...\n...\n",
    "...\n",
    "...\na",
    "a\n... # c",
    "a: b\n---\n",
    "a: 'x\n--- y'",
    "a: 'x\n---\ny'",
    "a: |\n  x\n---\n",
    "a: x\n---y\n",
    "%YAML 1.1\n---\na",
    "%YAML 1.2\n--- a",
    "%YAML 2.0\n--- a",
    "%YAML 1\n---",
    "%YAML 1.1\n%YAML 1.1\n---",
    "%YAML 1.1\na",
    "%FOO bar\n--- a",
    "%\n---",
    "% a",
    " %a",
    "%TAG ! tag:x,1:\n--- !a b",
    "%TAG !e! tag:yaml.org,2002:\n--- !e!int \"5\"",
    "%TAG !e! tag:x\n%TAG !e! tag:y\n---",
    "!e!a b",
    "%TAG !!  tag:yaml.org,2002:\n--- !!str 5",
    "a: &x 1\nb: *x",
    "a: *x",
    "a: &x\nb: *x",
    "a: &x 1\nb: &x 2",
    "&a [*a]",
    "&a {b: *a}",
    "a: &x y: z",
    "&x a: b\nc: *x",
    "*x : a",
    "&x a: 1\n*x : 2",
    "a: &x b\n*x : c",
    "a: & b",
    "a: &b-c_1 d",
    "a: &b! c",
    "a: *b*",
    "[&a a, *a]",
    "[&a a, *a,]",
    "{a: &a b, *a : c}",
    "{*a: b}",
    "&a &b c",
    "!!str !!int 1",
    "!!str &a 1",
    "&a !!str 1",
    "a: !!str\nb: 1",
    "a: !!binary YQ==",
    "a: !!set {a, b}",
    "a: !!omap [a: b]",
    "a: !!pairs [a: b]",
    "a: !!python/object:x {}",
    "a: !!python/none x",
    "a: !foo b",
    "a: !<tag:yaml.org,2002:str> 5",
    "a: !<x b",
    "a: !!str [a]",
    "a: !!seq {a: b}",
    "a: !!map [a]",
    "a: !!seq [a]",
    "a: !!map {a: 1}",
    "a: !!int {}",
    "a: ! [b]",
    "a: !!%73tr 5",
    "!!int 5",
    "!!map {}",
    "<<: {a: 1}\nb: 2",
    "a: &a {b: 1}\nc: {<<: *a, b: 2}",
    "a: &a {b: 1}\nc:\n  b: 2\n  <<: *a",
    "a: {<<: [{b: 1}, {b: 2, c: 3}]}",
    "a: {<<: 1}",
    "a: {<<: [1]}",
    "a: {<<: []}",
    "a: {<<: {}}",
    "a: {\"<<\": 1}",
    "a: {<<: {b: 1}, <<: {b: 2, c: 3}}",
    "a: {<<: {<<: {b: 1}, c: 2}}",
    "- <<",
    "a: <<",
    "a: =",
    "=: a",
    "{=: a}",
    "a: [=]",
    "- &a {x: 1}\n- &b {<<: *a, y: 2}\n- {<<: [*b], z: 3}",
    "a: 1\na: 2",
    "1: a\n1.0: b\ntrue: c",
    "0: a\nfalse: b\n-0.0: c",
    ".nan: a",
    "2024-01-01: a\n2024-01-01 00:00:00: b",
    "2024-01-01 00:00:00Z: a\n2024-01-01 01:00:00+01:00: b",
    "~: a\nnull: b\n: c",
    "a: |\n  b\n c\n",
    "a: |\n  b\n   c\n\n",
    "a: |\n\n   \n  b\n",
    "a: |\n   \n  b\n",
    "a: |2\n    b\n",
    "a: |0\n b",
    "a: |1-\n  b",
    "a: |-1\n  b",
    "a: |+2\n  b\n\n",
    "a: |11\n b",
    "a: |x\n b",
    "a: | # c\n  b",
    "a: |# c\n  b",
    "a: |\nb: c",
    "a: |",
    "a: |\n",
    "a: |+\n\n\nb: c",
    "a: |-\n\n",
    "a: |\n  b",
    "a: |+\n  b",
    "a: >\n  b",
    "a: >\n  b\n  c\n\n  d\n\n\n   e\n  f\n",
    "a: >-\n\n  b\n\n  c\n",
    "a: >\n\tb",
    "a: |\n  \tb\n  c",
    "a: >\n  b\n  \tc\n  d",
    "- |\n a\n- >\n b",
    "|\na",
    "|\n a",
    "- |\na",
    "a:\n- |\n  b\n- c",
    "a:\n- |\n b",
    "a: |\n  b\n# c\nd: e",
    "a: |\n  b\n  # c\n d: e",
    "a: |\n  b\u{85}  c\u{2028}  d\n",
    "[|\n a]",
    "a: 'b\n\n  c'",
    "a: 'b \n  c'",
    "a: \"b \\\n  c\"",
    "a: \"b\\n\\\n   \\ c\"",
    "a: \"b\n\n\n c\"",
    "a: \"b\u{2028}c\"",
    "a: 'b\u{85}\u{85}c'",
    "a: b\u{2028} c",
    "a: b\u{85} c\n",
    "'",
    "'a",
    "\"a",
    "\"a\\",
    "'a'b",
    "\u{feff}a: 1",
    "\u{feff}",
    "\u{feff}---\na",
    "a: 1\n\u{feff}b: 2",
    "\u{feff}\u{feff}a: 1",
    "\u{feff}- a\n- b",
    "\u{feff}# c\n- a",
    "a:\r  b: 1\rc: 2",
    "a: b\r\n\r\nc: d",
    "a: 'b\r\n  c'",
    "- a\r- b\r",
    "a: |\r\n  b\r\n  c\r\n",
    "a : b",
    "a  :  b",
    "\"a\": b",
    "'a' : b",
    "\"a\":b",
    "a:",
    "a: ",
    "a:\n",
    "a: # b",
    "a: #b",
    "a:#b",
    "a : #b",
    "? # c\n a\n: b",
    "-",
    "- ",
    "-\n- a",
    "- # c\n  a",
    "-\n  a",
    "a:\n  - b\n  -\n  - c",
    "a: !!null",
    "a: ''",
    "? ''\n: ''",
    "{\"a\": 1, \"b\": [1, 2, {\"c\": null}], \"d\": \"e\\/f\"}",
    "{\"a\" : true,\n\n\"b\":\n1}",
    "{a: 'b', \"c\": d, e}",
    "[a, 'b', \"c\", 1, ~, [], {}]",
    "[[[[]]]]",
    "[{}, {}]",
    "a: [1, 2]: 3",
    "[1, 2]: 3",
    "{a: b}: c",
    "a:\n  {b: c}: d",
    "[a]: b",
    "a: {b: c, b: d}",
    "a: b # c # d",
    "a: b#c",
    "a: #",
    "a: '#'",
    "a: \"#\"",
    "# \u{1}",
    "# \t tab",
    "#\n#\n",
    "a: 1 #\u{2028}b: 2",
    "a: [\n  b,\n  # c\n\n  d\n]",
    "a: {\n  b: 1, # c\n  # d\n  e: 2,\n  }\n",
    "a:\n    b: 1\n    c:\n        - d\n",
    "a:\n  b:\n    c\n  d:\n    'e'\n",
    "- a: b\n  c: d\n-  e: f\n   g: h",
    "- a: b\n c: d",
    "-   a: b\n    c: d",
    "- ? a\n  : b",
    "- - - a\n    - b",
    "a: &x\n  b: c\nd: *x",
    "a: &x\n- b\nc: *x",
    "a:\n  &x b: c",
    "a: !!map\n  b: c",
    "a: !!seq\n- b",
    "a:\n  !!str\n  b",
    "a: &x # c\n  b",
];
