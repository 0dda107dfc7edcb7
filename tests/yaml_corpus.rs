//! Every value of every document, made up or real, replaced by values that are easily written wrongly.
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::unwrap_used
)] // It is all test code.

mod yaml_support;

use evalai_sync::yaml::{Document, Path, Value};
use yaml_support::documents::{Sample, corpus, made_up};
use yaml_support::values::nasty;
use yaml_support::{common_ends, leaves, paths, with_value};

/// Real files that PyYAML cannot load.
const UNREADABLE: usize = 8;

fn parsed(sample: &Sample) -> Option<Document> {
    Document::parse(&sample.bytes).ok()
}

/// Where the value at `path` is written.
fn span(document: &Document, path: &Path) -> (usize, usize) {
    let source = document.source(path).unwrap();
    let start = source.as_ptr() as usize - document.bytes().as_ptr() as usize;
    (start, start + source.len())
}

/// Whether values of this document stand in several places, or change their tag as well.
fn is_entangled(document: &Document) -> bool {
    let text = String::from_utf8_lossy(document.bytes());
    [": *", "[*", "!", "<<"]
        .iter()
        .any(|mark| text.contains(mark))
}

/// Sets one value, and says what went wrong.
fn check_edit(
    document: &Document,
    path: &Path,
    value: &Value,
    entangled: bool,
) -> Result<(), String> {
    let edited = document
        .set(path, value)
        .map_err(|error| error.to_string())?;
    let wrong = |what: &str| {
        Err(format!(
            "{what}, in\n{}",
            String::from_utf8_lossy(edited.bytes())
        ))
    };
    if *edited.root() != with_value(document.root(), path, value) || edited.get(path) != Some(value)
    {
        return wrong("another value changed");
    }
    if document.get(path) == Some(value) && edited.bytes() != document.bytes() {
        return wrong("an equal value was written anew");
    }
    let filled = match value {
        Value::Seq(items) => !items.is_empty(),
        Value::Map(pairs) => !pairs.is_empty(),
        _ => false,
    };
    if filled || entangled {
        return Ok(());
    }
    if edited.bytes() == document.bytes() {
        return Ok(());
    }
    let (start, end) = span(document, path);
    let (common_start, common_end) = common_ends(document.bytes(), edited.bytes());
    let slack = usize::from(start == end);
    if common_start < start {
        return wrong("a byte before the value changed");
    }
    if common_end + slack < document.bytes().len() - end {
        return wrong("a byte after the value changed");
    }
    Ok(())
}

/// Makes all edits and fails with the first few that went wrong.
fn check_edits(edits: impl Iterator<Item = (String, Result<(), String>)>) {
    let mut count = 0;
    let mut failures = Vec::new();
    for (edit, result) in edits {
        count += 1;
        if let Err(error) = result {
            failures.push(format!(
                "{edit}: {}",
                error.chars().take(700).collect::<String>()
            ));
        }
    }
    println!("{count} edits");
    assert!(
        failures.is_empty(),
        "{} edits failed:\n{}",
        failures.len(),
        failures[..failures.len().min(12)].join("\n\n")
    );
}

#[test]
fn every_scalar_of_a_made_up_document_takes_every_value_and_nothing_else_changes() {
    let values = nasty();
    let mut edits = Vec::new();
    for sample in made_up() {
        let document = Document::parse(&sample.bytes)
            .unwrap_or_else(|error| panic!("{}: {error}", sample.name));
        let entangled = is_entangled(&document);
        for path in leaves(&document) {
            for value in &values {
                let result = check_edit(&document, &path, value, entangled);
                edits.push((format!("{}: {path} = {value:?}", sample.name), result));
            }
        }
    }
    check_edits(edits.into_iter());
}

#[test]
fn every_scalar_of_a_real_file_takes_values_of_every_kind_and_nothing_else_changes() {
    let values = nasty();
    let mut turn = 0;
    let mut edits = Vec::new();
    for sample in corpus() {
        let Some(document) = parsed(&sample) else {
            continue;
        };
        for path in leaves(&document) {
            // Which values a scalar takes differs from one to the next, so that all files together take all.
            for step in 0..3 {
                let value = &values[(turn + step * 23) % values.len()];
                let result = check_edit(&document, &path, value, false);
                edits.push((format!("{}: {path} = {value:?}", sample.name), result));
            }
            turn += 1;
        }
    }
    check_edits(edits.into_iter());
}

#[test]
fn setting_the_value_that_is_there_changes_no_byte() {
    for sample in corpus().into_iter().chain(made_up()) {
        let Some(document) = parsed(&sample) else {
            continue;
        };
        for path in paths(&document) {
            let value = document.get(&path).unwrap().clone();
            let edited = document.set(&path, &value).unwrap();
            assert_eq!(edited.bytes(), document.bytes(), "{}: {path}", sample.name);
        }
    }
}

#[test]
fn every_collection_takes_another_kind_of_value_and_nothing_else_changes() {
    let values = nasty();
    let kinds: Vec<_> = [
        2,
        29,
        values.len() - 4,
        values.len() - 3,
        values.len() - 2,
        values.len() - 1,
    ]
    .iter()
    .map(|index| &values[*index])
    .collect();
    let mut edits = Vec::new();
    for sample in corpus().into_iter().chain(made_up()) {
        let Some(document) = parsed(&sample) else {
            continue;
        };
        let leaves = leaves(&document);
        for path in paths(&document) {
            if leaves.contains(&path) {
                continue;
            }
            for value in &kinds {
                let result = check_edit(&document, &path, value, true);
                edits.push((format!("{}: {path} = {value:?}", sample.name), result));
            }
        }
    }
    check_edits(edits.into_iter());
}

#[test]
fn items_and_keys_of_every_collection_go_and_come() {
    let mut edits = Vec::new();
    for sample in corpus().into_iter().chain(made_up()) {
        let Some(document) = parsed(&sample) else {
            continue;
        };
        for path in paths(&document) {
            for changed in variations(document.get(&path).unwrap()) {
                let result = check_edit(&document, &path, &changed, true);
                edits.push((
                    format!(
                        "{}: {path} = {}",
                        sample.name,
                        format!("{changed:?}").chars().take(150).collect::<String>()
                    ),
                    result,
                ));
            }
        }
    }
    check_edits(edits.into_iter());
}

/// The collection without its first, its last or a middle part, and with something new in each of these places.
fn variations(value: &Value) -> Vec<Value> {
    fn around<T: Clone>(all: &[T], new: &T) -> Vec<Vec<T>> {
        let mut result = vec![
            [all, std::slice::from_ref(new)].concat(),
            [std::slice::from_ref(new), all].concat(),
        ];
        if let [first, rest @ ..] = all {
            result.push(rest.to_vec());
            result.push(all[..all.len() - 1].to_vec());
            result.push(
                [
                    std::slice::from_ref(first),
                    std::slice::from_ref(new),
                    std::slice::from_ref(new),
                    rest,
                ]
                .concat(),
            );
        }
        if all.len() > 2 {
            result.push([&all[..1], &all[2..]].concat());
            result.push([&all[..1], std::slice::from_ref(new), &all[2..]].concat());
        }
        result
    }
    match value {
        Value::Seq(items) => {
            let new = Value::Map(vec![
                (Value::from("new"), Value::from("- x")),
                (Value::from("b"), Value::Int(1)),
            ]);
            around(items, &new).into_iter().map(Value::Seq).collect()
        }
        Value::Map(pairs) => {
            let new = (Value::from("new key"), Value::from("a, b"));
            let mut all: Vec<_> = around(pairs, &new);
            for pairs in &mut all {
                let mut seen = false;
                pairs.retain(|(key, _)| *key != new.0 || !std::mem::replace(&mut seen, true));
            }
            all.into_iter().map(Value::Map).collect()
        }
        _ => Vec::new(),
    }
}

#[test]
fn an_unreadable_real_file_is_refused_with_line_and_column() {
    let samples = corpus();
    let refused: Vec<_> = samples
        .iter()
        .filter_map(|sample| Document::parse(&sample.bytes).err())
        .collect();
    if !samples.is_empty() {
        assert_eq!(refused.len(), UNREADABLE);
    }
    for error in refused {
        assert!(
            error.line > 1 && error.column >= 1 && !error.message.is_empty(),
            "{error}"
        );
        assert!(
            error
                .to_string()
                .starts_with(&format!("line {}, column {}: ", error.line, error.column))
        );
    }
}
