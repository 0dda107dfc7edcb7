//! How collections, aliases and merge keys are changed.

use super::super::Value;
use super::{assert_sets, document, path, value};

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
fn a_new_item_is_written_like_the_one_before_it() {
    assert_sets(&[
        // Quotes, brackets, and the lines they are spread over, key by key.
        (
            "a:\n- b: \"x\"\n  c: ['y', 'z']\n  d: True\n",
            "a",
            "[{b: x, c: [y, z], d: true}, {b: u, c: [v], d: false, e: w}]",
            "a:\n- b: \"x\"\n  c: ['y', 'z']\n  d: True\n- b: \"u\"\n  c: ['v']\n  d: False\n  e: \"w\"\n",
        ),
        (
            "a:\n    - b:\n        {\n          \"c\": 1\n        }\n",
            "a",
            "[{b: {c: 1}}, {b: {c: 2, d: {e: f}}}]",
            "a:\n    - b:\n        {\n          \"c\": 1\n        }\n    - b:\n        {\n          \"c\": 2,\n          \"d\": {\"e\": \"f\"}\n        }\n",
        ),
        (
            "a: [{\n  \"b\": [\n    1 ]\n}]\n",
            "a",
            "[{b: [1]}, {b: [2, 3]}]",
            "a: [{\n  \"b\": [\n    1 ]\n}, {\n  \"b\": [\n    2,\n    3]\n}]\n",
        ),
        // What has no like in the item before it may have one in another.
        (
            "- {a: [1]}\n- {b: 2}\n",
            "",
            "[{a: [1]}, {b: 2}, {a: [x], b: {}}]",
            "- {a: [1]}\n- {b: 2}\n- {a: [x], b: {}}\n",
        ),
        (
            "- a:\n      b: 1\n- c\n",
            "",
            "[{a: {b: 1}}, c, {a: {b: 2}}]",
            "- a:\n      b: 1\n- c\n- a:\n      b: 2\n",
        ),
        // An alias is no model: what it stands for is elsewhere.
        (
            "- &x {a: 1}\n- *x\n",
            "",
            "[{a: 1}, {a: 1}, {a: 2}]",
            "- &x {a: 1}\n- *x\n- {a: 2}\n",
        ),
        // Blank lines between what has several lines.
        (
            "- a: 1\n  b: 1\n\n# c\n- a: 2\n  b: 2\n",
            "",
            "[{a: 1, b: 1}, {a: 2, b: 2}, {a: 3, b: 3}]",
            "- a: 1\n  b: 1\n\n# c\n- a: 2\n  b: 2\n\n- a: 3\n  b: 3\n",
        ),
        // A comment that is indented further is about the item.
        (
            "- a: 1\n  # b: 1\n\n  # c\n# d\n",
            "",
            "[{a: 1}, {a: 2}]",
            "- a: 1\n  # b: 1\n\n  # c\n- a: 2\n# d\n",
        ),
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
        ("# c\n  old # d\n", "", "[x]", "# c\n- x # d\n"),
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
fn a_key_that_is_taken_out_takes_its_own_lines_along() {
    let table = [
        ("a: 1\nb: # c\n  - x\nd: 2\n", "b", "a: 1\nd: 2\n"),
        ("a: 1\r\nb: 2", "b", "a: 1"),
        ("- {a: 1, b: 2}\n", "0.b", "- {a: 1}\n"),
    ];
    for (before, key, after) in table {
        let edited = document(before).remove(&path(key)).unwrap();
        assert_eq!(String::from_utf8_lossy(edited.bytes()), after, "{before:?}");
    }
    for key in ["c", "b.0", ""] {
        let error = document("a: 1\nb: [1]\n").remove(&path(key)).unwrap_err();
        assert_eq!(error.reason, "there is no such key", "{key:?}");
    }
}
