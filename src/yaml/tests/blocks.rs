//! How literal and folded blocks are changed.

use super::assert_sets;

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
fn a_block_scalar_keeps_its_indentation_and_takes_in_no_lines_around_it() {
    assert_sets(&[
        // The indentation that has to be stated is one digit.
        (
            "a: |\n         old\n",
            "a",
            "\" x\\n\"",
            "a: |9\n          x\n",
        ),
        ("a: |\n          old\n", "a", "\" x\\n\"", "a: \" x\\n\"\n"),
        (
            "k:\n  a: |\n           old\n",
            "k.a",
            "\" x\\n\"",
            "k:\n  a: |9\n            x\n",
        ),
        (
            "k:\n  a: |\n            old\n",
            "k.a",
            "\" x\\n\"",
            "k:\n  a: \" x\\n\"\n",
        ),
        // Without a line of text there is no indentation to keep.
        ("a: |\nb: 1\n", "a", "\"x\\n\"", "a: |\n  x\nb: 1\n"),
        ("a: |", "a", "\"x\\n\"", "a: |\n  x\n"),
        (
            "k:\n  a: |2\nb: 1\n",
            "k.a",
            "\"x\\n\"",
            "k:\n  a: |2\n    x\nb: 1\n",
        ),
        // Blank lines below would become part of a text that keeps its line breaks.
        ("a: |\n  old\n", "a", "\"x\\n\\n\"", "a: |+\n  x\n\n"),
        (
            "a: |\n  old\n \n\nb: 1\n",
            "a",
            "\"x\\n\\n\"",
            "a: |+\n  x\n\nb: 1\n",
        ),
        (
            "a: |\n  old\n\n# c\n",
            "a",
            "\"x\\n\\n\"",
            "a: |+\n  x\n\n# c\n",
        ),
        ("a: |+\n  old", "a", "\"new\\n\"", "a: |+\n  new\n"),
        (
            "a: >\n  old\n",
            "a",
            "\"x\\n\\n y\\n\\n\\nz\\nw\\n\"",
            "a: >\n  x\n\n   y\n\n\n  z\n\n  w\n",
        ),
        (
            "a: &n |\n  5\nb: *n\n",
            "a",
            "\"x\\n\"",
            "a: &n |\n  x\nb: \"5\\n\"\n",
        ),
    ]);
}
