//! How scalars are replaced.

use jiff::civil::{date, datetime};
use jiff::tz::Offset;

use super::super::{Timestamp, Value, write};
use super::{assert_set, assert_sets, document, path};

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
        ("a: old\n", "a", "\"x\\ry\\tz\"", "a: \"x\\ry\\tz\"\n"),
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
        (
            "a: yes\nb: True\nc: True\n",
            "a",
            "false",
            "a: no\nb: True\nc: True\n",
        ),
        (
            "a: 1\nb: true\nc: True\nd: True\n",
            "a",
            "true",
            "a: True\nb: true\nc: True\nd: True\n",
        ),
        ("a: 1\n", "a", ".inf", "a: .inf\n"),
        ("a: 1\n", "a", "-.inf", "a: -.inf\n"),
        ("a: 1\n", "a", ".nan", "a: .nan\n"),
        ("a: 1\n", "a", "1.0e-7", "a: 1.0e-7\n"),
        ("a: .nan\n", "a", "1.5", "a: 1.5\n"),
        ("a: 1.5\n", "a", ".nan", "a: .nan\n"),
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
        ("2024-06-04 07:00:00Z", &utc, "2025-01-02 03:04:05Z"),
        ("2024-06-04T07:00:00", &utc, "2025-01-02T03:04:05Z"),
        (
            "2024-06-04T07:00:00+02:00",
            &utc,
            "2025-01-02T03:04:05+00:00",
        ),
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
        ("a: .NaN\n", "a", ".nan", "a: .NaN\n"),
        ("a: .5\n", "a", "0.5", "a: .5\n"),
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
        ("!!str\n", "", "[x]", "- x\n"),
        ("a: &n !!str 5\n", "a", "[x]", "a: &n \n  - x\n"),
        ("a: !!str\n", "a", "[x]", "a:\n  - x\n"),
        ("- !!str 5\n", "0", "[x, y]", "- - x\n  - y\n"),
        ("a: !!int  \"5\" # c\n", "a", "x", "a: \"x\" # c\n"),
        ("a: !!null |\n  5\n", "a", "\"x\\n\"", "a: \"x\\n\"\n"),
        ("a: !!str |\n  old\n", "a", "\"x\\n\"", "a: !!str |\n  x\n"),
        ("--- !!str\n", "", "[x]", "--- \n- x\n"),
        ("- !!str\n", "0", "{x: 1}", "- x: 1\n"),
    ]);
}
