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
fn a_limit_is_part_of_what_is_read() {
    let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    let aliases =
        |anchor: &str, count: usize| format!("a: &a {anchor}\nb: [{}]\n", "*a, ".repeat(count));
    let chain = |open: &str, close: &str, depth: usize| {
        let mut text = "- &a0 x\n".to_owned();
        for level in 1..=depth {
            let _ = writeln!(text, "- &a{level} {open}*a{}{close}", level - 1);
        }
        text
    };
    // A text counts for its bytes and 32 more, and a collection for what is in it and 32 more.
    let inner = "x".repeat((1 << 20) - 4 * 32 - 1);
    for (read, refused) in [
        // Characters of a key, and its lines.
        (
            format!("{}: 1", "é".repeat(1024)),
            format!("{}: 1", "é".repeat(1025)),
        ),
        (
            format!("[{}: 1]", "k".repeat(1024)),
            format!("[{}: 1]", "k".repeat(1025)),
        ),
        (
            format!("? {}\n: 1", "k".repeat(1025)),
            "'a\n b': 1".to_owned(),
        ),
        // Digits of a number.
        ("9".repeat(4300), "9".repeat(4301)),
        // Collections in collections, in the file and with aliases followed.
        (nested(64), nested(65)),
        (
            format!("{}x", "- ".repeat(64)),
            format!("{}x", "- ".repeat(65)),
        ),
        (chain("[", "]", 255), chain("[", "]", 256)),
        (chain("{k: ", "}", 255), chain("{k: ", "}", 256)),
        // 16 MiB of copies.
        (
            aliases(&format!("[{{k: {inner}}}]"), 16),
            aliases(&format!("[{{k: {inner}x}}]"), 16),
        ),
    ] {
        let parse = |text: &str| Document::parse(text.as_bytes());
        let shown: String = refused.chars().take(40).collect();
        assert_eq!(parse(&read).err(), None, "{shown}");
        assert!(parse(&refused).is_err(), "{shown}");
    }
}

#[test]
fn every_line_break_counts_a_line() {
    let text = "a: 1\nb: 1\rc: 1\r\nd: 1\u{85}e: 1\u{2028}f: 1\u{2029}g: 1";
    for (key, line) in ["a", "b", "c", "d", "e", "f", "g"].into_iter().zip(1..) {
        let position = document(text).position(&path(key));
        assert_eq!(position, Some(Position { line, column: 4 }), "{key}");
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
    // The first that merges the key wins; a key of the mapping's own before those.
    let text = "l: &l\n- {x: 1, y: 1}\n- {y: 2, z: 2}\nm: {<<: *l, z: 3}\n";
    for (at, line, column) in [("m.x", 2, 7), ("m.y", 2, 13), ("m.z", 4, 16)] {
        let position = document(text).position(&path(at));
        assert_eq!(position, Some(Position { line, column }), "{at}");
    }
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

#[test]
fn a_document_is_shown_as_its_text() {
    let shown = format!("{:?}", document("a: 1\n"));
    assert_eq!(shown, r#"Document("a: 1\n")"#);
}
