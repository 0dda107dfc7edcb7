//! How collections are changed.

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
        (
            "a: [\n  x, y\n]\n",
            "a",
            "[x, y, z]",
            "a: [\n  x, y, z\n]\n",
        ),
        (
            "a: [\n  x, y\n]\n",
            "a",
            "[w, x, y]",
            "a: [\n  w,\n  x, y\n]\n",
        ),
        ("a: [x,\n  y]\n", "a", "[x, y, z]", "a: [x,\n  y,\n  z]\n"),
        ("a: [x,\n  y]\n", "a", "[x, z, y]", "a: [x, z,\n  y]\n"),
        ("&n\n# c\n- x\n", "", "[w, x]", "&n\n- w\n# c\n- x\n"),
        (
            "-\n  x\n",
            "",
            "[x, {a: 1, b: 2}]",
            "-\n  x\n- a: 1\n  b: 2\n",
        ),
        (
            "-   # c\n  x\n",
            "",
            "[x, {a: 1, b: 2}]",
            "-   # c\n  x\n- a: 1\n  b: 2\n",
        ),
        // Brackets and commas at the start of a line.
        ("---\n[\n  x\n]\n", "", "[w, x]", "---\n[\n  w,\n  x\n]\n"),
        (
            "[\n  x\n,\n  y\n]\n",
            "",
            "[x, z, y]",
            "[\n  x\n,\n  z,\n  y\n]\n",
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
        ("a: [\n  x, y\n]\n", "a", "[y]", "a: [\n  y\n]\n"),
        ("a: [\n  x, y\n]\n", "a", "[x]", "a: [\n  x\n]\n"),
        (
            "a:\n  - x\n  # about y\n  - y\n",
            "a",
            "[y]",
            "a:\n  # about y\n  - y\n",
        ),
        ("- - x\n  - y\n  - z\n", "0", "[y]", "- - y\n"),
        ("a: [x, y, z, w]\n", "a", "[x, z]", "a: [x, z]\n"),
        (
            "a: [\n  x,\n  y,\n  z,\n  w\n]\n",
            "a",
            "[x, z]",
            "a: [\n  x,\n  z\n]\n",
        ),
        ("[\n  x\n,\n  y\n]\n", "", "[y]", "[\n  y\n]\n"),
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
        ("- 1 # c\n", "", "[true, 1]", "- true\n- 1 # c\n"),
        (
            "- 1 # c\n- x\n",
            "",
            "[true, 1, y]",
            "- true\n- 1 # c\n- y\n",
        ),
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
        ("a:\n  [x] # c\n", "a", "y", "a:\n  y # c\n"),
        ("a:\n    - x\nb: 1\n", "a", "{y: 1}", "a:\n    y: 1\nb: 1\n"),
        ("  a: 1\n", "", "[x]", "  - x\n"),
        (
            "- # c\n    x: 1\n",
            "0",
            "[y, z]",
            "- # c\n    - y\n    - z\n",
        ),
        ("--- # c\nx\n", "", "[y]", "--- # c\n- y\n"),
        ("--- x\n", "", "[y]", "--- \n- y\n"),
        ("&n x\n", "", "[y]", "&n\n- y\n"),
        ("&n\nx\n", "", "[y]", "&n\n- y\n"),
        ("? a\n: b\n", "a", "[y]", "? a\n:\n  - y\n"),
        ("? a\n: - x\n", "a", "{y: 1}", "? a\n:\n  y: 1\n"),
        ("{a, b}\n", "a", "[y]", "{a: [y], b}\n"),
        ("[? a]\n", "0.a", "y", "[? a: y]\n"),
        ("\u{feff}a: []\n", "a", "[x]", "\u{feff}a:\n  - x\n"),
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
