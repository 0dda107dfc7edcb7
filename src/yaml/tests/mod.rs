//! What edits do to the bytes of a file, one row a rule.

mod anchors;
mod blocks;
mod collections;
mod likeness;
mod read;
mod readings;
mod scalars;

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
