//! Other values for a field: what a host could make of it on EvalAI.

use evalai_sync::challenge::catalogue::Assumed;
use evalai_sync::challenge::path::FieldPath;
use evalai_sync::challenge::side::Side;
use evalai_sync::challenge::{Kind, Value};
use serde_json::{Value as Json, json};

/// What an edit may touch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reach {
    /// One line becomes another.
    Line,
    /// Lines come, and none goes but for a comma.
    Grows,
    /// The lines of the value.
    Value,
}

/// What else `path` could be on a side that holds `value` for it. Of the many
/// nasty texts, each field gets two; `round` is how many fields came before.
pub(crate) fn others(
    path: &FieldPath,
    value: &Value,
    side: &Side,
    round: usize,
) -> Vec<(Value, Reach)> {
    let others = match path.field.kind {
        Kind::Text => texts(path, round),
        Kind::Html => ["<p>Other.</p>", "<h1>a</h1>\n\n<p>b: c # d</p>"]
            .map(|text| (Value::text(text), Reach::Value))
            .to_vec(),
        Kind::Date => ["2031-07-08T09:10:11Z", "2031-07-08T09:10:11.678Z"]
            .map(|date| {
                let date = Value::from_json(Kind::Date, &date.into()).expect("a date");
                (date, Reach::Line)
            })
            .to_vec(),
        Kind::Bool => vec![(Value::Bool(*value != Value::Bool(true)), Reach::Line)],
        Kind::Int => {
            let numbers = numbers(path, value, side);
            let number = |number: i64| (Value::Int(number), Reach::Line);
            numbers.into_iter().map(number).collect()
        }
        Kind::List | Kind::Set => members(path.field.kind, value),
        Kind::Rows(key) => rows(key, value),
        Kind::Json if path.field.key == "schema" => schemas(value),
        Kind::Json => attributes(value),
        Kind::File => Vec::new(),
    };
    let differs = |(other, _): &(Value, Reach)| other != value;
    others.into_iter().filter(differs).collect()
}

fn texts(path: &FieldPath, round: usize) -> Vec<(Value, Reach)> {
    let nasty = [
        "yes",
        "a: b # c",
        "2024-01-01",
        "two\nlines",
        "«Größe» 🎲",
        "- x",
        "012",
        "'\"'",
    ];
    let text = |index: usize| (Value::text(nasty[index % nasty.len()]), Reach::Line);
    let mut texts = vec![text(2 * round), text(2 * round + 1)];
    if path.field.assumed == Assumed::Null {
        texts.push((Value::Null, Reach::Line));
    }
    texts
}

/// EvalAI lowers the submissions at once to those of a day: what it would lower is no edit.
fn numbers(path: &FieldPath, value: &Value, side: &Side) -> Vec<i64> {
    match path.field.key {
        "visibility" => vec![1, 2, 3],
        "leaderboard_decimal_precision" => vec![0, 4],
        "max_submissions_per_day" => match value {
            Value::Int(number) => vec![number + 1, 987_654],
            _ => vec![987_654],
        },
        "max_concurrent_submissions_allowed" => {
            let a_day = path.sibling("max_submissions_per_day");
            match a_day.and_then(|path| side.value(&path).cloned()) {
                Some(Value::Int(most)) => vec![1, most],
                _ => vec![1],
            }
        }
        _ => vec![987_654, 0],
    }
}

fn members(kind: Kind, value: &Value) -> Vec<(Value, Reach)> {
    let held: Vec<String> = match value {
        Value::List(texts) => texts.clone(),
        Value::Set(texts) => texts.iter().cloned().collect(),
        _ => Vec::new(),
    };
    let of = |texts: Vec<String>| match kind {
        Kind::List => Value::list(texts),
        _ => Value::set(texts),
    };
    let new = ["new@example.org".to_owned(), "off".to_owned()];
    let one_more = [held.clone(), vec!["yes".to_owned()]].concat();
    vec![
        (of(new.to_vec()), Reach::Value),
        (of(one_more), Reach::Value),
        (of(held.into_iter().skip(1).collect()), Reach::Value),
        (Value::Null, Reach::Value),
    ]
}

fn rows(key: &str, value: &Value) -> Vec<(Value, Reach)> {
    let held = items(value);
    let new = match key {
        "rank" => json!({"rank": 77, "amount": "50.00USD", "description": "Best: paper"}),
        _ => json!({"name": "New: Sponsor", "website": "https://new.example.org/#x"}),
    };
    let told = if key == "rank" { "amount" } else { "website" };
    let mut changed = held.clone();
    if let Some(row) = changed.last_mut() {
        row[told] = json!("1,5 £");
    }
    let added = [held.clone(), vec![new]].concat();
    let of = |rows: Vec<Json>| Value::rows(key, rows.into()).expect("rows");
    vec![
        (of(changed), Reach::Line),
        (of(added), Reach::Grows),
        (of(held.into_iter().skip(1).collect()), Reach::Value),
        (Value::Null, Reach::Value),
    ]
}

fn items(value: &Value) -> Vec<Json> {
    match value {
        Value::Json(Json::Array(items)) => items.clone(),
        _ => Vec::new(),
    }
}

fn schemas(value: &Value) -> Vec<(Value, Reach)> {
    let held = match value {
        Value::Json(schema) if schema.is_object() => schema.clone(),
        _ => json!({"labels": []}),
    };
    let edited = |edit: &dyn Fn(&mut Json), reach: Reach| {
        let mut schema = held.clone();
        edit(&mut schema);
        (Value::json(schema), reach)
    };
    let mut others = vec![edited(
        &|schema| {
            schema["metadata"] =
                json!({"F1": {"sort_ascending": false, "description": "Low: good"}});
        },
        Reach::Value,
    )];
    if held.get("default_order_by").is_some() {
        others.push(edited(
            &|schema| schema["default_order_by"] = json!("Other: #2"),
            Reach::Line,
        ));
    }
    if held["labels"]
        .as_array()
        .is_some_and(|held| !held.is_empty())
    {
        others.push(edited(
            &|schema| schema["labels"][0] = json!("no"),
            Reach::Line,
        ));
        others.push(edited(
            &|schema| {
                let labels = schema["labels"].as_array_mut().expect("labels");
                labels.push(json!("New, [label]"));
            },
            Reach::Value,
        ));
    }
    others
}

fn attributes(value: &Value) -> Vec<(Value, Reach)> {
    let held = items(value);
    let new = json!({"name": "x", "type": "radio", "options": ["a, b", "no"], "required": false});
    let mut others = vec![
        (Value::json(json!([new])), Reach::Value),
        (Value::Null, Reach::Value),
    ];
    if let Some((last, before)) = held.split_last() {
        let mut changed = last.clone();
        changed["name"] = json!("other: name");
        let one_more = [held.clone(), vec![new]].concat();
        let changed = [before, &[changed]].concat();
        others.push((Value::json(changed.into()), Reach::Line));
        others.push((Value::json(one_more.into()), Reach::Grows));
        others.push((Value::json(held[1..].into()), Reach::Value));
    }
    others
}
