//! How new values are written: like their neighbours, else after the habits of the file.

use super::assert_sets;

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
        // A comment that is indented further is about the item.
        (
            "- a: 1\n  # b: 1\n\n  # c\n# d\n",
            "",
            "[{a: 1}, {a: 2}]",
            "- a: 1\n  # b: 1\n\n  # c\n- a: 2\n# d\n",
        ),
        (
            "- 'x'\n- \"y\"\n",
            "",
            "[x, y, z]",
            "- 'x'\n- \"y\"\n- \"z\"\n",
        ),
        (
            "- - y\n  - 'x'\n",
            "",
            "[[y, x], [u, v]]",
            "- - y\n  - 'x'\n- - 'u'\n  - 'v'\n",
        ),
        (
            "- a: 'x'\n  b: y\n",
            "",
            "[{a: x, b: y}, {b: v, a: u}]",
            "- a: 'x'\n  b: y\n- b: v\n  a: 'u'\n",
        ),
        (
            "- {a: \"x\"}\n- {b: y}\n",
            "",
            "[{a: x}, {b: z}, {b: y}]",
            "- {a: \"x\"}\n- {b: z}\n- {b: y}\n",
        ),
        ("- {a: 1}\n", "", "[{a: 1}, [x]]", "- {a: 1}\n- - x\n"),
        // Spaces inside brackets, where both have one.
        (
            "- a: [ 1 ]\n",
            "",
            "[{a: [1]}, {c: [3]}]",
            "- a: [ 1 ]\n- c: [ 3 ]\n",
        ),
        (
            "- a: [ 1 ]\n  b: {x: 1}\n",
            "",
            "[{a: [1], b: {x: 1}}, {c: [3]}]",
            "- a: [ 1 ]\n  b: {x: 1}\n- c: [3]\n",
        ),
        ("- [ 1]\n", "", "[[1],[3]]", "- [ 1]\n- [3]\n"),
        ("- [1 ]\n", "", "[[1],[3]]", "- [1 ]\n- [3]\n"),
        // Nothing shows no quotes.
        (
            "- a: 'x'\n  b: y\n- a:\n  b: z\n",
            "",
            "[{a: x, b: y}, {a: null, b: z}, {a: u}]",
            "- a: 'x'\n  b: y\n- a:\n  b: z\n- a: 'u'\n",
        ),
    ]);
}

#[test]
fn a_collection_under_a_new_key_is_written_like_all_beside_it_else_after_the_habits_of_the_file() {
    assert_sets(&[
        (
            "- a: [1]\n  b: [2]\n- c:\n  - d\n- e:\n  - f\n- g:\n  - h\n- i: [1]\n  j: [2]\n",
            "",
            "[{a: [1], b: [2]}, {c: [d]}, {e: [f]}, {g: [h]}, {i: [1], j: [2]}, {k: [3]}]",
            "- a: [1]\n  b: [2]\n- c:\n  - d\n- e:\n  - f\n- g:\n  - h\n- i: [1]\n  j: [2]\n- k: [3]\n",
        ),
        (
            "- a:\n  - 1\n  b: [2]\n",
            "",
            "[{a: [1], b: [2]}, {k: [3]}]",
            "- a:\n  - 1\n  b: [2]\n- k:\n  - 3\n",
        ),
    ]);
}

#[test]
fn a_new_item_is_set_apart_like_most_of_the_others() {
    assert_sets(&[
        // Blank lines between what has several lines.
        (
            "- a: 1\n  b: 1\n\n# c\n- a: 2\n  b: 2\n",
            "",
            "[{a: 1, b: 1}, {a: 2, b: 2}, {a: 3, b: 3}]",
            "- a: 1\n  b: 1\n\n# c\n- a: 2\n  b: 2\n\n- a: 3\n  b: 3\n",
        ),
        (
            "- a: 1\n  b: 1\n\n- a: 2\n  b: 2\n",
            "",
            "[{a: 1, b: 1}, {a: 2, b: 2}, {a: 3}]",
            "- a: 1\n  b: 1\n\n- a: 2\n  b: 2\n- a: 3\n",
        ),
        (
            "- x\n\n- y\n",
            "",
            "[x, y, {a: 1, b: 2}]",
            "- x\n\n- y\n- a: 1\n  b: 2\n",
        ),
        (
            "- a: 1\n  b: 1\n\n- a: 2\n  b: 2\n- a: 3\n  b: 3\n",
            "",
            "[{a: 1, b: 1}, {a: 2, b: 2}, {a: 3, b: 3}, {a: 4, b: 4}]",
            "- a: 1\n  b: 1\n\n- a: 2\n  b: 2\n- a: 3\n  b: 3\n- a: 4\n  b: 4\n",
        ),
    ]);
}

#[test]
fn a_text_is_quoted_like_its_neighbours_else_like_most_of_the_file() {
    assert_sets(&[
        ("a: 5\nb: 'x'\n", "a", "y", "a: 'y'\nb: 'x'\n"),
        ("a: 'old'\nb: x\n", "a", "new", "a: 'new'\nb: x\n"),
        // A key is no neighbour, but inside braces, as in JSON.
        ("'a': 1\n", "a", "x", "'a': x\n"),
        ("{'a': 1}\n", "a", "x", "{'a': 'x'}\n"),
        // Nor is a date, or a block.
        (
            "a: '2024-01-01'\nb: 1\n",
            "b",
            "x",
            "a: '2024-01-01'\nb: x\n",
        ),
        (
            "a: 'x'\nb: |\n  t\nc: 1\n",
            "c",
            "y",
            "a: 'x'\nb: |\n  t\nc: 'y'\n",
        ),
        // What must be quoted.
        (
            "a: 1\nb: 'x'\nc: \"y\"\nd: \"z\"\n",
            "a",
            "\"new: old\"",
            "a: \"new: old\"\nb: 'x'\nc: \"y\"\nd: \"z\"\n",
        ),
        (
            "a: 1\nb: 'x'\nc: 'y'\nd: \"z\"\n",
            "a",
            "\"new: old\"",
            "a: 'new: old'\nb: 'x'\nc: 'y'\nd: \"z\"\n",
        ),
    ]);
}
