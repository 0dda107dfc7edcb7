//! What is refused, and what is told about a value.

use std::fmt::Write as _;

use super::super::{Document, Position, Style};
use super::{document, path};

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
        let _ = writeln!(laughs, "a{level}: &a{level} [{aliases}]");
    }
    let mut deep = "a0: &a0 []\n".to_owned();
    for level in 1..300 {
        let _ = writeln!(deep, "a{level}: &a{level} [*a{}]", level - 1);
    }
    for (text, message) in [
        (laughs, "blow it up too much"),
        (deep, "aliases nest collections more than 256 deep"),
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
