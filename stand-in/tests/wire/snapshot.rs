//! All that the API shows of one challenge, flattened, and the difference of two such snapshots, in the notation of
//! the recorded differences.

use std::collections::BTreeMap;

use evalai_stand_in::StandIn;
use serde_json::{Value, json};

use crate::client;

/// Leaf values by endpoint and place in its answer.
pub(crate) type Snapshot = BTreeMap<(String, String), Value>;

/// What the API shows a host of a challenge and its team.
pub(crate) fn snapshot(evalai: &StandIn, challenge: u64) -> Snapshot {
    let mut snapshot = Snapshot::new();
    let read = |snapshot: &mut Snapshot, path: String| -> Value {
        let shown = evalai.get(&path).unwrap();
        flatten(snapshot, &path, "", &shown);
        shown
    };
    let base = "/api/challenges";
    let shown = read(&mut snapshot, format!("{base}/challenge/{challenge}/"));
    let queue = shown["queue"].as_str().unwrap();
    let by_queue = read(&mut snapshot, format!("{base}/challenge/queues/{queue}/"));
    let team = format!("{base}/challenge/challenge_host_team/1/challenge");
    let team = team.replace("/challenge/challenge_host_team", "/challenge_host_team");
    read(&mut snapshot, format!("{team}/{challenge}"));
    for list in [
        team,
        format!("{base}/challenge/{challenge}/challenge_phase"),
        format!("{base}/{challenge}/challenge_phase_split"),
        format!("{base}/challenge/{challenge}/prizes/"),
        format!("{base}/challenge/{challenge}/sponsors/"),
        format!("{base}/challenge?mode=host"),
        format!("{base}/challenge?host_team=1"),
    ] {
        read(&mut snapshot, list);
    }
    media(evalai, &mut snapshot, "logo", &shown["image"]);
    media(
        evalai,
        &mut snapshot,
        "evaluation-script",
        &by_queue["evaluation_script"],
    );
    let phases = read(&mut snapshot, format!("{base}/{challenge}/phases/"));
    for phase in phases.as_array().unwrap() {
        let (id, slug) = (&phase["id"], phase["slug"].as_str().unwrap());
        read(
            &mut snapshot,
            format!("{base}/challenge/{challenge}/challenge_phase/{id}"),
        );
        read(&mut snapshot, format!("{base}/challenge/phase/{id}/"));
        read(&mut snapshot, format!("{base}/phase/{slug}/"));
        read(
            &mut snapshot,
            format!("{base}/challenges/{challenge}/phases/{id}/allowed_email_ids/"),
        );
        media(
            evalai,
            &mut snapshot,
            &format!("annotation-{id}"),
            &phase["test_annotation"],
        );
    }
    for id in evalai.splits(challenge) {
        let create = format!("{base}/challenge/create");
        let split = read(
            &mut snapshot,
            format!("{create}/challenge_phase_split/{id}/"),
        );
        read(
            &mut snapshot,
            format!("{create}/leaderboard/{}/", split["leaderboard"]),
        );
        read(
            &mut snapshot,
            format!("{create}/dataset_split/{}/", split["dataset_split"]),
        );
    }
    snapshot
}

/// Where a file is, and what is in it.
fn media(evalai: &StandIn, snapshot: &mut Snapshot, name: &str, url: &Value) {
    let Some(text) = url.as_str() else { return };
    let path = text.strip_prefix(evalai.url()).unwrap();
    let bytes = client::send(evalai.url(), "GET", path, &[], b"").body;
    let mut put = |what: &str, value: Value| {
        snapshot.insert((format!("media-{name}#{what}"), String::new()), value);
    };
    put("url", url.clone());
    put("bytes", String::from_utf8_lossy(&bytes).into());
}

fn flatten(snapshot: &mut Snapshot, endpoint: &str, place: &str, value: &Value) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                flatten(snapshot, endpoint, &format!("{place}.{name}"), value);
            }
        }
        Value::Array(items) => {
            let order: Vec<&Value> = items.iter().map(|item| &item["id"]).collect();
            let order_place = format!("{place}#order");
            snapshot.insert((endpoint.to_owned(), order_place), json!(order));
            for (index, item) in items.iter().enumerate() {
                let name = match &item["id"] {
                    Value::Null => index.to_string(),
                    id => format!("id={id}"),
                };
                flatten(snapshot, endpoint, &format!("{place}[{name}]"), item);
            }
            if items.is_empty() && !place.is_empty() {
                snapshot.insert((endpoint.to_owned(), place.to_owned()), json!([]));
            }
        }
        leaf => {
            snapshot.insert((endpoint.to_owned(), place.to_owned()), leaf.clone());
        }
    }
}

/// What differs: endpoint, place, value before, value after.
pub(crate) fn changes(before: &Snapshot, after: &Snapshot) -> Vec<Value> {
    let mut places: Vec<_> = before.keys().chain(after.keys()).collect();
    places.sort();
    places.dedup();
    let value =
        |snapshot: &Snapshot, place| snapshot.get(place).cloned().unwrap_or("<absent>".into());
    places
        .into_iter()
        .filter(|place| before.get(place) != after.get(place))
        .map(|place| {
            json!({
                "endpoint": place.0, "field": place.1,
                "before": value(before, place), "after": value(after, place),
            })
        })
        .collect()
}
