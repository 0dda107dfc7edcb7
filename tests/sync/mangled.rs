//! True answers of EvalAI that something on the way mangled, or that another EvalAI gives.

use evalai_stand_in::Fault;
use serde_json::{Map, Value as Json, json};

type Record = Map<String, Json>;
type Mangle = fn(Json) -> String;

/// What becomes of an answer's JSON.
pub(crate) struct Mangling {
    pub(crate) name: &'static str,
    pub(crate) fault: Fault,
    /// Whether what is then there can be EvalAI's own values, and is rightly synced.
    pub(crate) is_plausible: bool,
}

/// Stands in for a number that no [`Json`] holds.
const HUGE: &str = "a number of 60 digits";

const PLAUSIBLE: [(&str, Mangle); 4] = [
    ("every text is null", |answer| texts(answer, || Json::Null)),
    ("every text is empty", |answer| texts(answer, || json!(""))),
    ("titles and names of 20 MB", |answer| {
        fields(answer, |key, value| match key {
            "title" | "name" => json!("x".repeat(20 << 20)),
            _ => value,
        })
    }),
    ("every number is 0", |answer| numbers(answer, |_| json!(0))),
];

const IMPLAUSIBLE: [(&str, Mangle); 14] = [
    ("every text is a number", |answer| {
        texts(answer, || json!(7))
    }),
    ("every number is a text", |answer| {
        numbers(answer, |number| json!(number.to_string()))
    }),
    ("numbers beyond all bounds", |answer| {
        let huge = numbers(answer, |_| json!(HUGE));
        huge.replace(&json!(HUGE).to_string(), &"7".repeat(60))
    }),
    ("records without their first key", |answer| {
        keys(answer, |at, _| at > 0)
    }),
    ("records without their last key", |answer| {
        keys(answer, |at, count| at + 1 < count)
    }),
    ("records without every second key", |answer| {
        keys(answer, |at, _| at % 2 == 0)
    }),
    ("records without every other second key", |answer| {
        keys(answer, |at, _| at == 0 || at % 2 == 1)
    }),
    ("records with a key that nobody knows", |answer| {
        records(answer, |mut record| {
            record.insert("of_tomorrow".to_owned(), json!({ "id": [null] }));
            record
        })
    }),
    ("every record twice", |answer| {
        list(answer, |list| [list.clone(), list].concat())
    }),
    ("the records in reverse", |answer| {
        list(answer, |list| list.into_iter().rev().collect())
    }),
    ("the first record alone", |answer| {
        list(answer, |list| list.into_iter().take(1).collect())
    }),
    ("no record", |answer| list(answer, |_| Vec::new())),
    ("records without anything", |answer| {
        records(answer, |_| Record::new())
    }),
    ("a next page that is this one", |mut answer| {
        if let Some(page) = answer.as_object_mut() {
            page.insert("next".to_owned(), json!("http://evalai/?page=1"));
        }
        answer.to_string()
    }),
];

pub(crate) fn manglings() -> Vec<Mangling> {
    let new = |is_plausible| {
        move |(name, mangle)| Mangling {
            name,
            fault: Fault::Mangled(mangle),
            is_plausible,
        }
    };
    let plausible = PLAUSIBLE.into_iter().map(new(true));
    plausible
        .chain(IMPLAUSIBLE.into_iter().map(new(false)))
        .collect()
}

/// The answer with each of its records changed: it is a record, a list, or a page of one.
pub(crate) fn records(answer: Json, change: impl Fn(Record) -> Record + Copy) -> String {
    let each = |value| match value {
        Json::Object(record) => Json::Object(change(record)),
        other => other,
    };
    match answer {
        Json::Object(page) if page.contains_key("results") => {
            let all = |list: Vec<Json>| list.into_iter().map(each).collect();
            list(Json::Object(page), all)
        }
        Json::Array(list) => list.into_iter().map(each).collect::<Json>().to_string(),
        other => each(other).to_string(),
    }
}

/// The answer with another list of records, if it is a list or a page of one.
fn list(mut answer: Json, change: impl Fn(Vec<Json>) -> Vec<Json>) -> String {
    let list = match &mut answer {
        Json::Object(page) => page.get_mut("results"),
        list => Some(list),
    };
    if let Some(Json::Array(list)) = list {
        *list = change(std::mem::take(list));
    }
    answer.to_string()
}

/// The answer with another value at each key of its records.
fn fields(answer: Json, change: impl Fn(&str, Json) -> Json + Copy) -> String {
    records(answer, |record| {
        let changed = record.into_iter().map(|(key, value)| {
            let value = change(&key, value);
            (key, value)
        });
        changed.collect()
    })
}

fn texts(answer: Json, text: fn() -> Json) -> String {
    fields(answer, |_, value| match value {
        Json::String(_) => text(),
        other => other,
    })
}

fn numbers(answer: Json, number: fn(serde_json::Number) -> Json) -> String {
    fields(answer, |_, value| match value {
        Json::Number(was) => number(was),
        other => other,
    })
}

/// The answer with those keys of each record that stay, by place and number of keys.
fn keys(answer: Json, stays: fn(usize, usize) -> bool) -> String {
    records(answer, |record| {
        let count = record.len();
        let kept = record.into_iter().enumerate();
        let kept = kept.filter(|(at, _)| stays(*at, count));
        kept.map(|(_, entry)| entry).collect()
    })
}
