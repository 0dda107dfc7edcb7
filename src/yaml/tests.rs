//! What edits do to the bytes of a file, one row a rule.

use jiff::civil::{date, datetime};
use jiff::tz::Offset;

use super::*;

fn document(text: &str) -> Document {
    Document::parse(text.as_bytes()).unwrap_or_else(|error| panic!("{error}\n{text}"))
}

/// The path written as `a.b.0`.
fn path(dotted: &str) -> Path {
    dotted
        .split('.')
        .filter(|part| !part.is_empty())
        .map(|part| {
            part.parse()
                .map_or_else(|_| Segment::from(part), Segment::Index)
        })
        .collect()
}

/// A value written as YAML.
fn value(yaml: &str) -> Value {
    document(yaml).root().clone()
}

#[track_caller]
fn assert_set(before: &str, at: &str, to: &Value, after: &str) {
    let edited = document(before)
        .set(&path(at), to)
        .unwrap_or_else(|error| panic!("{error}\n{before}"));
    assert_eq!(edited.text, after, "{at} = {to:?} in {before:?}");
}

#[track_caller]
fn assert_sets(rows: &[(&str, &str, &str, &str)]) {
    for (before, at, to, after) in rows {
        assert_set(before, at, &value(to), after);
    }
}

#[test]
fn only_the_bytes_of_the_value_change() {
    assert_sets(&[
        ("a: old\nb: 1\n", "a", "new", "a: new\nb: 1\n"),
        ("a: old   # note\n", "a", "new", "a: new   # note\n"),
        ("a:    old  \nb: 1", "a", "new", "a:    new  \nb: 1"),
        ("a: old\r\nb: 1\r\n", "a", "new", "a: new\r\nb: 1\r\n"),
        ("\u{feff}a: old\r", "a", "new", "\u{feff}a: new\r"),
        ("a: \"x\"#c\n", "a", "1", "a: 1 #c\n"),
        (
            "제목: 옛 # 주석\nb: 1\n",
            "b",
            "2",
            "제목: 옛 # 주석\nb: 2\n",
        ),
        ("- a\n-   b # c\n", "1", "x", "- a\n-   x # c\n"),
        ("a: one\n  two\nb: 1\n", "a", "new", "a: new\nb: 1\n"),
        ("a: 'one\n\n  two' # c\n", "a", "new", "a: 'new' # c\n"),
        ("old\n", "", "new", "new\n"),
        ("a: 1\na: 2\n", "a", "3", "a: 1\na: 3\n"),
    ]);
}

#[test]
fn a_text_keeps_its_style_where_that_can_hold_it() {
    assert_sets(&[
        ("a: 'old'\n", "a", "new", "a: 'new'\n"),
        ("a: 'old'\n", "a", "\"it's\"", "a: 'it''s'\n"),
        ("a: 'old'\n", "a", "\"x\\ny\"", "a: \"x\\ny\"\n"),
        (
            "a: \"old\"\n",
            "a",
            "'say \"hi\" \\'",
            "a: \"say \\\"hi\\\" \\\\\"\n",
        ),
        ("a: \"old\"\n", "a", "é 😀", "a: \"é 😀\"\n"),
        (
            "a: \"old\"\n",
            "a",
            "\"\\a\\L\\N\"",
            "a: \"\\u0007\\u2028\\u0085\"\n",
        ),
        ("a: old\n", "a", "it's \"new\"", "a: it's \"new\"\n"),
        ("a: old\n", "a", "\"new: old\"", "a: \"new: old\"\n"),
        (
            "a: old\nb: 'x'\n",
            "a",
            "\"new: old\"",
            "a: 'new: old'\nb: 'x'\n",
        ),
        ("a: old\n", "a", "\"\"", "a: \"\"\n"),
        ("a: old\n", "a", "\"x\\ny\"", "a: \"x\\ny\"\n"),
        (
            "a: old\n",
            "a",
            "http://x.y/?z=1#w",
            "a: http://x.y/?z=1#w\n",
        ),
        ("{a: old}\n", "a", "\"a, b\"", "{a: \"a, b\"}\n"),
        ("a: old\n", "a", "a, [b]", "a: a, [b]\n"),
    ]);
}

#[test]
fn a_text_that_yaml_1_1_would_read_as_something_else_is_quoted() {
    for text in [
        "yes",
        "No",
        "ON",
        "off",
        "True",
        "null",
        "~",
        "1",
        "-1",
        "1_000",
        "0x1F",
        "014",
        "0b1",
        "1:30",
        "190:20:30",
        "1.5",
        "1.",
        ".inf",
        ".NaN",
        "2024-01-01",
        "2024-6-4 7:00:00",
        "=",
        "<<",
        "-",
        "- x",
        "#x",
        "&x",
        "*x",
        "!x",
        "|",
        ">",
        "%x",
        "@x",
        "`x",
        "[x",
        "{x",
        "?",
        "x:",
        " x",
        "x ",
        "---",
        "'x",
        "\"x",
    ] {
        let edited = document("a: 5\n")
            .set(&path("a"), &Value::from(text))
            .unwrap();
        assert_eq!(edited.text, format!("a: {}\n", write::double_quoted(text)));
    }
    for text in [
        "y",
        "n",
        "None",
        "1e3",
        "0o14",
        "08",
        "1:60",
        "2024-1-1",
        "-x",
        "?x",
        ":x",
        "x:y",
        "x#y",
        "a.b",
        "12:30:00Z",
        "nUll",
    ] {
        let edited = document("a: 5\n")
            .set(&path("a"), &Value::from(text))
            .unwrap();
        assert_eq!(edited.text, format!("a: {text}\n"));
    }
}

#[test]
fn booleans_and_nulls_are_spelled_as_the_file_spells_them() {
    assert_sets(&[
        ("a: True\n", "a", "false", "a: False\n"),
        ("a: TRUE\n", "a", "false", "a: FALSE\n"),
        ("a: yes\n", "a", "false", "a: no\n"),
        ("a: Off\n", "a", "true", "a: On\n"),
        (
            "a: 1\nb: True\nc: False\nd: true\n",
            "a",
            "true",
            "a: True\nb: True\nc: False\nd: true\n",
        ),
        ("a: 1\n", "a", "true", "a: true\n"),
        ("a: 1\n", "a", "null", "a: null\n"),
        ("a: 1\nb: ~\n", "a", "null", "a: ~\nb: ~\n"),
        ("{a: 1}\n", "a", "null", "{a: null}\n"),
        ("a: 'x'\n", "a", "5", "a: 5\n"),
        ("a: 1\n", "a", "1.0e+20", "a: 1.0e+20\n"),
        ("a: 1\n", "a", "0.25", "a: 0.25\n"),
        (
            "a: 0x1F\n",
            "a",
            "99999999999999999999",
            "a: 99999999999999999999\n",
        ),
    ]);
}

#[test]
fn a_date_keeps_its_notation() {
    let naive = Value::Timestamp(Timestamp::Naive(datetime(2025, 1, 2, 3, 4, 5, 0)));
    let fraction = Value::Timestamp(Timestamp::Naive(datetime(2025, 1, 2, 3, 4, 5, 120_000_000)));
    let utc = Value::Timestamp(Timestamp::Aware(
        datetime(2025, 1, 2, 3, 4, 5, 0),
        Offset::UTC,
    ));
    let east = Value::Timestamp(Timestamp::Aware(
        datetime(2025, 1, 2, 3, 4, 5, 0),
        Offset::constant(5),
    ));
    let day = Value::Timestamp(Timestamp::Date(date(2025, 1, 2)));
    for (before, to, after) in [
        ("2024-6-4 7:00:00", &naive, "2025-01-02 03:04:05"),
        ("2024-06-04T07:00:00", &naive, "2025-01-02T03:04:05"),
        ("2024-06-04t07:00:00", &fraction, "2025-01-02t03:04:05.12"),
        ("2024-06-04T07:00:00Z", &utc, "2025-01-02T03:04:05Z"),
        (
            "2024-06-04 07:00:00+00:00",
            &utc,
            "2025-01-02 03:04:05+00:00",
        ),
        ("2024-06-04 07:00:00", &utc, "2025-01-02 03:04:05+00:00"),
        ("2024-06-04T07:00:00Z", &naive, "2025-01-02T03:04:05"),
        ("2024-06-04T07:00:00Z", &east, "2025-01-02T03:04:05+05:00"),
        ("2024-06-04", &day, "2025-01-02"),
        ("'2024-06-04'", &naive, "2025-01-02 03:04:05"),
        ("soon", &naive, "2025-01-02 03:04:05"),
    ] {
        assert_set(
            &format!("a: {before} # c\n"),
            "a",
            to,
            &format!("a: {after} # c\n"),
        );
    }
    assert_set(
        "a: '2024-06-04'\n",
        "a",
        &Value::from("2025-01-02"),
        "a: '2025-01-02'\n",
    );
}

#[test]
fn an_equal_value_changes_no_byte() {
    let offset = Value::Timestamp(Timestamp::Aware(
        datetime(2024, 6, 4, 9, 0, 0, 0),
        Offset::constant(2),
    ));
    assert_set(
        "a: 2024-06-04T07:00:00Z\n",
        "a",
        &offset,
        "a: 2024-06-04T07:00:00Z\n",
    );
    assert_sets(&[
        ("a: 0x10\n", "a", "16", "a: 0x10\n"),
        ("a: YES\n", "a", "true", "a: YES\n"),
        (
            "a: {x: 1,   y: 2}\n",
            "a",
            "{y: 2, x: 1}",
            "a: {x: 1,   y: 2}\n",
        ),
        ("a: 1:30\n", "a", "90", "a: 1:30\n"),
    ]);
}

#[test]
fn an_empty_value_is_filled_after_its_colon_or_dash() {
    assert_sets(&[
        ("a:\nb: 1\n", "a", "x", "a: x\nb: 1\n"),
        ("a: \nb: 1\n", "a", "x", "a: x\nb: 1\n"),
        ("a:   # note\n", "a", "x", "a: x  # note\n"),
        ("a: # note\n", "a", "x", "a: x # note\n"),
        ("a:", "a", "x", "a: x"),
        ("a: !!str\n", "a", "x", "a: !!str x\n"),
        ("a: !!str\n", "a", "5", "a: 5\n"),
        ("a: &n\nb: *n\n", "a", "x", "a: &n x\nb: null\n"),
        ("-\n- # c\n", "0", "x", "- x\n- # c\n"),
        ("-\n- # c\n", "1", "x", "-\n- x # c\n"),
        ("{a: , b}\n", "a", "x", "{a: x, b}\n"),
        ("{a: , b}\n", "b", "x", "{a: , b: x}\n"),
        ("[a: ]\n", "0.a", "x", "[a: x]\n"),
        ("", "", "x", "x\n"),
        ("# c", "", "x", "# c\nx"),
        ("--- # c\n...\n", "", "x", "--- # c\nx\n...\n"),
        ("a:\n", "a", "[x, {y: 1}]", "a:\n  - x\n  - y: 1\n"),
        ("a: # c\n", "a", "{y: 1}", "a: # c\n  y: 1\n"),
    ]);
}

#[test]
fn a_tag_goes_when_the_kind_of_value_changes() {
    assert_sets(&[
        ("a: !!str 5\n", "a", "\"6\"", "a: !!str \"6\"\n"),
        ("a: !!str 5\n", "a", "6", "a: 6\n"),
        ("a: !!int \"5\"\n", "a", "x", "a: \"x\"\n"),
        ("a: !!seq [x]\n", "a", "{b: 1}", "a: {b: 1}\n"),
        ("a: ! x\n", "a", "5", "a: 5\n"),
        ("!!str 5\n", "", "[x]", "- x\n"),
        ("a: &n !!str 5\n", "a", "[x]", "a: &n \n  - x\n"),
        ("a: !!str\n", "a", "[x]", "a:\n  - x\n"),
        ("- !!str 5\n", "0", "[x, y]", "- - x\n  - y\n"),
    ]);
}

#[test]
fn a_block_scalar_stays_one_where_it_can_hold_the_text() {
    assert_sets(&[
        (
            "a: |\n  old\nb: 1\n",
            "a",
            "\"x\\ny\\n\"",
            "a: |\n  x\n  y\nb: 1\n",
        ),
        (
            "a: |\n  old\nb: 1\n",
            "a",
            "\"x\\ny\"",
            "a: |-\n  x\n  y\nb: 1\n",
        ),
        (
            "a: |-  # c\r\n    old\r\nb: 1\r\n",
            "a",
            "\"x\\n\\ny\\n\"",
            "a: |  # c\r\n    x\r\n\r\n    y\r\nb: 1\r\n",
        ),
        (
            "a: |\n  old\nb: 1\n",
            "a",
            "\" x\\ny\\n\"",
            "a: |2\n   x\n  y\nb: 1\n",
        ),
        (
            "a: |\n  old\n\n\nb: 1\n",
            "a",
            "\"x\\n\"",
            "a: |\n  x\n\n\nb: 1\n",
        ),
        (
            "a: |\n  old\n\n\nb: 1\n",
            "a",
            "\"x\\n\\n\"",
            "a: |+\n  x\n\nb: 1\n",
        ),
        (
            "a: |+\n  old\n\nb: 1\n",
            "a",
            "\"x\\n\"",
            "a: |+\n  x\nb: 1\n",
        ),
        (
            "a: >\n  one\n  two\nb: 1\n",
            "a",
            "\"x\\ny\\n  z\\nw\\n\"",
            "a: >\n  x\n\n  y\n    z\n  w\nb: 1\n",
        ),
        ("a: |\n  old", "a", "new", "a: |\n  new"),
        ("a: |\n  old", "a", "\"new\\n\"", "a: |\n  new\n"),
        ("a: |\n  old\nb: 1\n", "a", "\"\"", "a: \"\"\nb: 1\n"),
        ("a: | # c\n  old\nb: 1\n", "a", "5", "a: 5 # c\nb: 1\n"),
        (
            "a: |\n  old\nb: 1\n",
            "a",
            "\"x\\ty\\a\"",
            "a: \"x\\ty\\u0007\"\nb: 1\n",
        ),
        ("- |\n old\n- b\n", "0", "\"x\\n\"", "- |\n x\n- b\n"),
    ]);
}

#[test]
fn an_item_is_added_in_the_layout_of_its_sequence() {
    assert_sets(&[
        (
            "a:\n  - x # c\n  # d\nb: 1\n",
            "a",
            "[x, y]",
            "a:\n  - x # c\n  - y\n  # d\nb: 1\n",
        ),
        ("a:\r\n- x\r\n", "a", "[x, y]", "a:\r\n- x\r\n- y\r\n"),
        ("a:\n  - x", "a", "[x, y]", "a:\n  - x\n  - y"),
        (
            "a:\n  # c\n  - x\n",
            "a",
            "[w, x]",
            "a:\n  - w\n  # c\n  - x\n",
        ),
        (
            "a:\n    -   x\n",
            "a",
            "[x, {b: 1, c: [2]}]",
            "a:\n    -   x\n    -   b: 1\n        c:\n            - 2\n",
        ),
        ("- 'x'\n- 'y'\n", "", "[x, y, z]", "- 'x'\n- 'y'\n- 'z'\n"),
        ("a: [x, y]\n", "a", "[x, y, z]", "a: [x, y, z]\n"),
        ("a: [x, y]\n", "a", "[w, x, y]", "a: [w, x, y]\n"),
        ("a: [ x, y, ]\n", "a", "[x, y, z]", "a: [ x, y, z, ]\n"),
        (
            "a: [\n  \"x\", # c\n]\n",
            "a",
            "[x, y]",
            "a: [\n  \"x\", # c\n  \"y\",\n]\n",
        ),
        (
            "a: [\n  \"x\" # c\n]\n",
            "a",
            "[x, y, z]",
            "a: [\n  \"x\", # c\n  \"y\",\n  \"z\"\n]\n",
        ),
        (
            "a: [\n  x,\n  y\n]\n",
            "a",
            "[w, x, y]",
            "a: [\n  w,\n  x,\n  y\n]\n",
        ),
        ("- - x\n  - y\n", "0", "[w, x, y]", "- - w\n  - x\n  - y\n"),
        ("- [1, 2]\n", "", "[[1, 2], [3]]", "- [1, 2]\n- [3]\n"),
    ]);
}

#[test]
fn removing_an_item_removes_its_own_lines_and_nothing_else() {
    assert_sets(&[
        (
            "a:\n  - x # c\n  # above y\n  - y # d\n  - z\n",
            "a",
            "[x, z]",
            "a:\n  - x # c\n  # above y\n  - z\n",
        ),
        (
            "a:\n  - x\n  - k: 1\n\n    l: 2\n  - z\n",
            "a",
            "[x, z]",
            "a:\n  - x\n  - z\n",
        ),
        ("a:\n  - x\n  - y", "a", "[x]", "a:\n  - x"),
        ("- - x\n  - y\n", "0", "[y]", "- - y\n"),
        ("a: [x, y, z]\n", "a", "[x, z]", "a: [x, z]\n"),
        ("a: [x, y, z]\n", "a", "[x]", "a: [x]\n"),
        ("a: [x, y, z, ]\n", "a", "[x]", "a: [x, ]\n"),
        ("a: [x, y]\n", "a", "[y]", "a: [y]\n"),
        (
            "{\n  \"a\": 1,\n  \"b\": 2\n}\n",
            "",
            "{a: 1}",
            "{\n  \"a\": 1\n}\n",
        ),
        (
            "{\n  \"a\": 1, # c\n  \"b\": 2,\n}\n",
            "",
            "{b: 2}",
            "{\n  \"b\": 2,\n}\n",
        ),
        (
            "a: 1\nb:\n  - x\n# c\nd: 1\n",
            "",
            "{a: 1, d: 1}",
            "a: 1\n# c\nd: 1\n",
        ),
        ("a: 1\nb: 2\na: 3\n", "", "{b: 2}", "b: 2\n"),
        ("- a: 1\n  b: 2\n", "0", "{b: 2}", "- b: 2\n"),
    ]);
}

#[test]
fn a_collection_changes_item_by_item() {
    assert_sets(&[
        (
            "- a # 1\n- b # 2\n- c # 3\n",
            "",
            "[a, x, c]",
            "- a # 1\n- x # 2\n- c # 3\n",
        ),
        (
            "- id: 1 # c\n  n: 'x'\n- id: 2\n",
            "",
            "[{id: 1, n: y}, {id: 2, m: z}]",
            "- id: 1 # c\n  n: 'y'\n- id: 2\n  m: z\n",
        ),
        (
            "a: {x: 1, # c\n  y: 2}\n",
            "a",
            "{x: 1, y: 3}",
            "a: {x: 1, # c\n  y: 3}\n",
        ),
        ("1: a\ntrue: b\n", "", "{1: c}", "1: a\ntrue: c\n"),
    ]);
}

#[test]
fn a_collection_is_emptied_and_filled_in_the_style_of_the_file() {
    assert_sets(&[
        ("a:\n  - x # c\n  - y\nb: 1\n", "a", "[]", "a: []\nb: 1\n"),
        ("a:\n  k: 1\nb: 1\n", "a", "{}", "a: {}\nb: 1\n"),
        (
            "a:  # c\n  # d\n  - x\nb: 1\n",
            "a",
            "5",
            "a: 5 # c\n  # d\nb: 1\n",
        ),
        ("a:\n  - x", "a", "[]", "a: []"),
        ("a: []\nb:\n- x\n", "a", "[y]", "a:\n- y\nb:\n- x\n"),
        (
            "a: [] # c\nb:\n    - x\n",
            "a",
            "[y, [z]]",
            "a: # c\n    - y\n    - - z\nb:\n    - x\n",
        ),
        ("a: []\nb: [x]\n", "a", "[y]", "a: [y]\nb: [x]\n"),
        (
            "{\"a\": [], \"b\": \"x\"}",
            "a",
            "[y, {z: true}]",
            "{\"a\": [\"y\", {\"z\": true}], \"b\": \"x\"}",
        ),
        ("a: {x: 1}\n", "a", "[y]", "a: [y]\n"),
        ("a:\n- x\nb: 1\n", "a", "{y: 1}", "a:\n  y: 1\nb: 1\n"),
        (
            "- x # c\n- y\n",
            "0",
            "{k: 1, l: 2}",
            "- k: 1 # c\n  l: 2\n- y\n",
        ),
        ("- k: 1\n  l: 2\n- y\n", "0", "5", "- 5\n- y\n"),
        ("a: 1\n", "", "[x]", "- x\n"),
        ("a: |\n  text\nb: 1\n", "a", "[x]", "a:\n  - x\nb: 1\n"),
    ]);
}

#[test]
fn what_comes_from_an_alias_is_overridden_at_its_own_place() {
    assert_sets(&[
        (
            "a: &n x\nb: *n\nc: *n\n",
            "b",
            "y",
            "a: &n x\nb: y\nc: *n\n",
        ),
        (
            "a: &n {x: 1}\nb: *n\n",
            "b.x",
            "2",
            "a: &n {x: 1}\nb: {x: 2}\n",
        ),
        (
            "a: &n {x: 1}\nb: [*n, *n]\n",
            "b.0.x",
            "2",
            "a: &n {x: 1}\nb: [{x: 2}, *n]\n",
        ),
    ]);
}

#[test]
fn what_others_refer_to_is_written_out_for_them() {
    assert_sets(&[
        (
            "a: &n x\nb: *n\nc: [*n]\n",
            "a",
            "y",
            "a: &n y\nb: x\nc: [x]\n",
        ),
        (
            "a: &n\n  x: 1\nb: *n\n",
            "a.x",
            "2",
            "a: &n\n  x: 2\nb:\n  x: 1\n",
        ),
        ("- &n x\n- *n\n", "", "[y]", "- &n y\n"),
        ("a: &n x\nb: *n\n", "", "{b: x}", "b: x\n"),
        ("a: &n 1\n*n : x\n", "a", "2", "a: &n 2\n1 : x\n"),
    ]);
}

#[test]
fn what_comes_from_a_merge_key_is_overridden_by_a_key_of_its_own() {
    assert_sets(&[
        (
            "a: &n {x: 1, y: 2}\nb:\n  <<: *n\n  z: 3\nc: {<<: *n}\n",
            "b.x",
            "5",
            "a: &n {x: 1, y: 2}\nb:\n  <<: *n\n  x: 5\n  z: 3\nc: {<<: *n}\n",
        ),
        (
            "a: &n {x: 1, y: 2}\nb: {<<: *n}\n",
            "b.x",
            "5",
            "a: &n {x: 1, y: 2}\nb: {<<: *n, x: 5}\n",
        ),
        (
            "a: &n {x: 1, y: 2}\nb:\n  <<: *n\n",
            "a.x",
            "5",
            "a: &n {x: 5, y: 2}\nb:\n  <<: *n\n  x: 1\n",
        ),
        (
            "a: &n {x: 1, y: 2}\nb:\n  <<: *n\n",
            "b",
            "{x: 1}",
            "a: &n {x: 1, y: 2}\nb:\n  <<: {x: 1}\n",
        ),
        (
            "a: &n {x: 1}\nb:\n  <<: *n\n  x: 2\n",
            "b.x",
            "3",
            "a: &n {x: 1}\nb:\n  <<: *n\n  x: 3\n",
        ),
        (
            "a: &n {x: 1}\nb: {<<: [*n, {y: 2}]}\n",
            "b.y",
            "3",
            "a: &n {x: 1}\nb: {<<: [*n, {y: 2}], y: 3}\n",
        ),
    ]);
}

#[track_caller]
fn assert_insert(before: &str, at: &str, key: &str, to: &str, after: &[&str], expected: &str) {
    let edited = document(before)
        .insert(&path(at), key, &value(to), after)
        .unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(edited.text, expected, "{key} in {before:?}");
}

#[test]
fn a_key_is_inserted_next_to_its_neighbours_in_the_style_of_the_file() {
    for (before, at, key, to, after, expected) in [
        (
            "a: 1\nb: 2\n",
            "",
            "n",
            "x",
            &["z", "a"][..],
            "a: 1\nn: x\nb: 2\n",
        ),
        ("a: 1\nb: 2\n", "", "n", "x", &[], "a: 1\nb: 2\nn: x\n"),
        (
            "a: 1\r\nb:\r\n  - x\r\n\r\n# c\r\nd: 1",
            "",
            "n",
            "x",
            &["b"],
            "a: 1\r\nb:\r\n  - x\r\nn: x\r\n\r\n# c\r\nd: 1",
        ),
        ("a: 1", "", "n", "x", &[], "a: 1\nn: x"),
        (
            "a: |\n  t\n\nb: 1\n",
            "",
            "n",
            "x",
            &["a"],
            "a: |\n  t\nn: x\n\nb: 1\n",
        ),
        ("a: |\n  t", "", "n", "x", &[], "a: |-\n  t\nn: x"),
        (
            "p:\n  - id: 1\n    name: x\n  - id: 2\n",
            "p.0",
            "n",
            "[a, b]",
            &["id"],
            "p:\n  - id: 1\n    n:\n      - a\n      - b\n    name: x\n  - id: 2\n",
        ),
        (
            "p:\n- id: 1\n  t:\n  - x\n",
            "p.0",
            "n",
            "{a: [b]}",
            &[],
            "p:\n- id: 1\n  t:\n  - x\n  n:\n    a:\n    - b\n",
        ),
        (
            "{\"a\": 1, \"b\": \"x\"}",
            "",
            "n",
            "yes",
            &["a"],
            "{\"a\": 1, \"n\": true, \"b\": \"x\"}",
        ),
        (
            "{\n  \"a\": \"x\"\n}\n",
            "",
            "n",
            "y",
            &[],
            "{\n  \"a\": \"x\",\n  \"n\": \"y\"\n}\n",
        ),
        (
            "a: 'x'\nb: 'y'\n",
            "",
            "yes",
            "z",
            &[],
            "a: 'x'\nb: 'y'\n'yes': 'z'\n",
        ),
        (
            "a: {x: 1}\nb:\n",
            "b",
            "n",
            "y",
            &[],
            "a: {x: 1}\nb: {n: y}\n",
        ),
        ("# c\n", "", "n", "y", &[], "# c\nn: y\n"),
        ("", "", "n", "y", &[], "n: y\n"),
        ("a: {}\n", "a", "n", "y", &[], "a:\n  n: y\n"),
        ("a: 1\n...\n", "", "n", "y", &[], "a: 1\nn: y\n...\n"),
    ] {
        assert_insert(before, at, key, to, after, expected);
    }
}

#[test]
fn an_edit_that_cannot_be_made_says_which_path_and_why() {
    let text = "a: 1\nb: [x]\n? k\n";
    for (edit, message) in [
        (
            document(text).set(&path("c"), &Value::Null),
            "c cannot be changed: there is no such value",
        ),
        (
            document(text).set(&path("b.1"), &Value::Null),
            "b[1] cannot be changed: there is no such value",
        ),
        (
            document(text).insert(&path(""), "a", &Value::Null, &[]),
            "a cannot be changed: the key is there already",
        ),
        (
            document(text).insert(&path("b"), "n", &Value::Null, &[]),
            "b.n cannot be changed: b is a sequence, not a mapping",
        ),
        (
            document(text).insert(&path("z"), "n", &Value::Null, &[]),
            "z.n cannot be changed: there is no z to add it to",
        ),
        (
            document(text).set(&path("k"), &Value::Int(1)),
            "k cannot be changed: its key is written with `?` and has no `:` after it",
        ),
        (
            document(text).set(
                &path("a"),
                &Value::Map(vec![(Value::Seq(vec![]), Value::Null)]),
            ),
            "a cannot be changed: the file could not be read any more (line 2, column 3: a sequence or mapping cannot be a key)",
        ),
    ] {
        assert_eq!(edit.unwrap_err().to_string(), message);
    }
}

#[test]
fn an_unreadable_file_is_refused_with_line_column_and_reason() {
    for (text, message) in [
        (
            "a: 1\nb: 2024-09-31\n",
            "line 2, column 4: `2024-09-31` looks like a date but is none that PyYAML can read; correct it, or write it in quotes",
        ),
        (
            "a:\n\tb: 1\n",
            "line 2, column 1: a tab stands where YAML allows only spaces",
        ),
        ("제목: 'x\n", "line 1, column 5: this quote is never closed"),
        (
            "a: 1\n---\nb: 2\n",
            "line 2, column 1: a second document starts here, but only one is allowed",
        ),
        (
            "a: !!python/object:x {}\n",
            "line 1, column 4: the tag `tag:yaml.org,2002:python/object:x` cannot be read here; remove it",
        ),
        (
            "a: x: y\n",
            "line 1, column 5: `: ` cannot stand inside a value without quotes",
        ),
        (
            "a: @x\n",
            "line 1, column 4: `@` cannot stand here without quotes",
        ),
        (
            "a: 1\r\nb\r\nc: 1\r\n",
            "line 2, column 1: this line should be a key, but no `:` follows it",
        ),
        (
            "a: *x\n",
            "line 1, column 4: `*x` refers to an anchor that is not there",
        ),
        (
            "&x [*x]\n",
            "line 1, column 5: `*x` stands inside of what it refers to",
        ),
        (
            "a: \u{7}\n",
            "line 1, column 4: the character U+0007 is not allowed in YAML",
        ),
        (
            "[a\n",
            "line 2, column 1: `,` or `]` was expected here, but the end of the file is found",
        ),
    ] {
        assert_eq!(
            Document::parse(text.as_bytes()).unwrap_err().to_string(),
            message,
            "{text:?}"
        );
    }
    assert_eq!(
        Document::parse(b"a: 1\nb: \xff\n").unwrap_err().to_string(),
        "line 2, column 4: the file is not UTF-8; save it as UTF-8"
    );
    assert_eq!(
        Document::parse(b"\xff\xfea\x00").unwrap_err().to_string(),
        "line 1, column 1: the file is UTF-16; save it as UTF-8"
    );
}

#[test]
fn a_file_that_would_take_too_much_memory_or_stack_is_refused() {
    let mut laughs = "a0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol, lol]\n".to_owned();
    for level in 1..12 {
        let aliases = vec![format!("*a{}", level - 1); 10].join(", ");
        laughs += &format!("a{level}: &a{level} [{aliases}]\n");
    }
    let deep_aliases: String = (1..300)
        .map(|level| format!("a{level}: &a{level} [*a{}]\n", level - 1))
        .collect();
    for (text, message) in [
        (laughs, "blow it up too much"),
        (
            format!("a0: &a0 []\n{deep_aliases}"),
            "aliases nest collections more than 256 deep",
        ),
        ("[".repeat(10_000), "nested more than 64 deep"),
        ("{a: ".repeat(10_000), "nested more than 64 deep"),
        ("- ".repeat(10_000), "nested more than 64 deep"),
        (
            format!("a: {}1", "9".repeat(5000)),
            "looks like a number but is none",
        ),
    ] {
        let error = Document::parse(text.as_bytes()).unwrap_err().to_string();
        assert!(error.contains(message), "{error}");
    }
}

#[test]
fn a_place_is_told_by_line_and_column() {
    let text = "\u{feff}제목: 'x' # c\r\nlist:\r\n  - a\r\n  - b: 1\r\nempty:\r\nn: &n {k: v}\r\nm:\r\n  <<: *n\r\no: *n\r\n";
    for (at, line, column) in [
        ("제목", 1, 5),
        ("list", 3, 3),
        ("list.1.b", 4, 8),
        ("empty", 5, 1),
        ("m.k", 6, 11),
        ("o", 6, 7),
        ("o.k", 6, 11),
    ] {
        assert_eq!(
            document(text).position(&path(at)),
            Some(Position { line, column }),
            "{at}"
        );
    }
    assert_eq!(document(text).position(&path("list.2")), None);
}

#[test]
fn style_and_source_tell_how_a_value_is_written() {
    let text = "a: x y # c\nb: 'x'\nc: \"\\x41\"\nd: |-\n  t\ne: >\n  t\nf:\n- 1\ng: {h: [2]}\ni:\nj: &n !!str 5\nk: *n\n";
    for (at, style, source) in [
        ("a", Style::Plain, "x y"),
        ("b", Style::SingleQuoted, "'x'"),
        ("c", Style::DoubleQuoted, "\"\\x41\""),
        ("d", Style::Literal, "|-\n  t\n"),
        ("e", Style::Folded, ">\n  t\n"),
        ("f", Style::BlockSequence, "- 1"),
        ("g", Style::FlowMapping, "{h: [2]}"),
        ("g.h", Style::FlowSequence, "[2]"),
        ("i", Style::Empty, ""),
        ("j", Style::Plain, "5"),
        ("k", Style::Plain, "5"),
    ] {
        let document = document(text);
        assert_eq!(
            (document.style(&path(at)), document.source(&path(at))),
            (Some(style), Some(source)),
            "{at}"
        );
    }
    assert_eq!(document(text).style(&path("")), Some(Style::BlockMapping));
}
