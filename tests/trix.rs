//! What EvalAI's text editor does to a description is recognised, by the recorded round trips.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "test code")]

use evalai_sync::challenge::markup::compare;
use serde_json::Value;

/// The recorded cases in which something other than mere markup vanishes, and what that is.
const LOSSES: [(&str, &str); 5] = [
    ("h", "2 small headings"),
    ("table", "1 table"),
    ("img", "1 image description"),
    ("style", "1 class, 2 styles, 1 anchor"),
    ("iframe", "1 embedded page"),
];

const LOSSES_OF_WHAT_IS_NOT_SEEN: [(&str, &str); 2] = [
    ("link", "1 class"),
    ("script", "1 script, 1 style sheet, 1 comment"),
];

#[test]
fn the_words_survive_the_editor_and_what_does_not_is_named() {
    let recorded = include_str!("fixtures/evalai-api/recorded/trix-roundtrip.json");
    let recorded: Value = serde_json::from_str(recorded).expect("JSON");
    let cases = recorded["cases"].as_array().expect("cases");
    assert_eq!(cases.len(), 18);
    for case in cases {
        let text = |key: &str| case[key].as_str().expect("a text");
        let found = compare(text("in"), text("out"));
        let mut losses = LOSSES.iter().chain(&LOSSES_OF_WHAT_IS_NOT_SEEN);
        let expected = losses
            .find(|(name, _)| *name == text("case"))
            .map_or("", |(_, lost)| lost);
        assert_eq!(found.lost.join(", "), expected, "{case}");
        assert!(found.same_words, "{case}");
    }
}
