//! What changes where anchors, aliases and merge keys are.

use super::assert_sets;

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
        ("a: [&n x]\nb: *n\n", "a", "y", "a: y\nb: x\n"),
        ("a: &n 1\nb: *n\nb: 2\n", "", "{b: 2}", "b: 1\nb: 2\n"),
        // What stays keeps its notation.
        (
            "a: &n 0x10\nb: [*n]\nc:   1\n",
            "c",
            "2",
            "a: &n 0x10\nb: [*n]\nc:   2\n",
        ),
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

#[test]
fn what_is_merged_is_written_out_without_what_is_not_wanted() {
    assert_sets(&[
        (
            "a: &n\n  x: 1\n  y: 2\nb:\n  <<: *n\n  z: 3\n",
            "b",
            "{x: 1, z: 3}",
            "a: &n\n  x: 1\n  y: 2\nb:\n  <<:\n    x: 1\n  z: 3\n",
        ),
        (
            "a: &n\n  x: 1\n  y: 2\nb:\n  <<: [*n]\n  z: 3\n",
            "b",
            "{x: 1, z: 3}",
            "a: &n\n  x: 1\n  y: 2\nb:\n  <<: [{x: 1}]\n  z: 3\n",
        ),
        (
            "a: &n\n  x: 1\n  y: 2\nb:\n  <<:\n  - *n\n  z: 3\n",
            "b",
            "{x: 1, z: 3}",
            "a: &n\n  x: 1\n  y: 2\nb:\n  <<:\n  - {x: 1}\n  z: 3\n",
        ),
        (
            "a: &n {x: 1}\nb:\n  <<: *n\n",
            "b",
            "{}",
            "a: &n {x: 1}\nb: {}\n",
        ),
        (
            "a: &n {x: 1}\nb:\n  <<: *n\n",
            "b",
            "{y: 1}",
            "a: &n {x: 1}\nb:\n  <<: {}\n  y: 1\n",
        ),
        // A sequence of what is merged may itself be elsewhere.
        (
            "l: &l [{x: 1}, {y: 2}]\nb:\n  <<: *l\n  z: 3\n",
            "b",
            "{x: 1, z: 3}",
            "l: &l [{x: 1}, {y: 2}]\nb:\n  <<: {x: 1}\n  z: 3\n",
        ),
        (
            "l: &l [{x: 1}, {y: 2}]\nb:\n  <<: *l\n  z: 3\n",
            "b.x",
            "5",
            "l: &l [{x: 1}, {y: 2}]\nb:\n  <<: *l\n  x: 5\n  z: 3\n",
        ),
        (
            "l: &l [{x: 1}, {y: 2}]\nb:\n  <<: *l\n  z: 3\n",
            "l.0.x",
            "5",
            "l: &l [{x: 5}, {y: 2}]\nb:\n  <<: *l\n  x: 1\n  z: 3\n",
        ),
        (
            "l: &l [{x: 1}, {x: 2, y: 2}]\nb:\n  <<: *l\n  z: 3\n",
            "l",
            "7",
            "l: &l 7\nb:\n  <<: {x: 1, y: 2}\n  z: 3\n",
        ),
        (
            "a: &n {x: 1}\nb: {<<: [*n], y: 2}\nc: {<<: *n}\n",
            "a",
            "[]",
            "a: &n []\nb: {<<: [{x: 1}], y: 2}\nc: {<<: *n, x: 1}\n",
        ),
    ]);
}
