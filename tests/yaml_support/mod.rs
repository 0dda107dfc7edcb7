//! What the YAML tests share: documents, values that are hard to write, and PyYAML as a judge.
#![allow(dead_code, unreachable_pub)] // Each test binary uses its part.

pub mod documents;
pub mod judge;
pub mod snippets;
pub mod values;

use evalai_sync::yaml::{Document, Path, Value};

/// The paths of all values of a document, the root among them, in the order of the file.
pub fn paths(document: &Document) -> Vec<Path> {
    let mut found = Vec::new();
    collect(document.root(), &Path::root(), &mut found);
    found
}

/// The paths of all scalars and empty collections.
pub fn leaves(document: &Document) -> Vec<Path> {
    let is_leaf = |path: &Path| match document.get(path) {
        Some(Value::Seq(items)) => items.is_empty(),
        Some(Value::Map(pairs)) => pairs.is_empty(),
        Some(_) => true,
        None => false,
    };
    paths(document).into_iter().filter(is_leaf).collect()
}

fn collect(value: &Value, path: &Path, found: &mut Vec<Path>) {
    found.push(path.clone());
    match value {
        Value::Seq(items) => {
            for (index, item) in items.iter().enumerate() {
                collect(item, &path.clone().at(index), found);
            }
        }
        Value::Map(pairs) => {
            for (key, item) in pairs {
                if let Some(key) = key.as_str() {
                    collect(item, &path.clone().at(key), found);
                }
            }
        }
        _ => {}
    }
}

/// `root` with the value at `path` replaced.
pub fn with_value(root: &Value, path: &Path, value: &Value) -> Value {
    let mut changed = root.clone();
    let mut place = &mut changed;
    for segment in path.segments() {
        place = match (place, segment) {
            (Value::Map(pairs), evalai_sync::yaml::Segment::Key(name)) => {
                &mut pairs
                    .iter_mut()
                    .find(|(key, _)| key.as_str() == Some(name))
                    .unwrap()
                    .1
            }
            (Value::Seq(items), evalai_sync::yaml::Segment::Index(index)) => &mut items[*index],
            (place, segment) => panic!("{segment:?} in {place:?}"),
        };
    }
    *place = value.clone();
    changed
}

/// How many bytes two texts have in common at the start and, apart from those, at the end.
pub fn common_ends(before: &[u8], after: &[u8]) -> (usize, usize) {
    let start = before.iter().zip(after).take_while(|(a, b)| a == b).count();
    let most = before.len().min(after.len()) - start;
    let end = before
        .iter()
        .rev()
        .zip(after.iter().rev())
        .take(most)
        .take_while(|(a, b)| a == b)
        .count();
    (start, end)
}
