//! Holds the stand-in to a real EvalAI server: every recorded request is sent to it, in the world that it
//! was recorded in, and must be answered as it was then.

use std::collections::BTreeSet;
use std::time::Duration;

use evalai_stand_in::recorded::{self, Exchange};
use evalai_stand_in::{NewChallenge, Seed, StandIn};

use crate::client;
use crate::compare::{Names, differences};
use crate::repository::Repository;

/// The recordings that are not replayed, by the beginning of their names, and why.
const OUT_OF_SCOPE: [(&str, &str); 5] = [
    (
        "auth-token/01-post-login-bad-password",
        "the sync never logs in",
    ),
    ("auth-token/02-post-login", "the sync never logs in"),
    ("auth-token/07-get-profile", "the sync reads no profile"),
    ("forward-push/", "a story of its own, see `pushes`"),
    (
        "sample-challenge-create/01-post-hosts-create",
        "the sync creates no team",
    ),
];

/// The zip that a recorded push sent, where it had to be a good one.
fn zip(name: &str) -> Option<Vec<u8>> {
    let repository = match name.split_once('/')?.0 {
        "sample-challenge-create" => Repository::sample(),
        "big-challenge-create" if name.contains("00-") => {
            Repository::big().with("Big Größer Wettbewerb", "Größer Wettbewerb")
        }
        "big-challenge-create" if name.contains("docker") => Repository::docker(),
        "big-challenge-create" => Repository::big(),
        "errors" if name.contains("non-host") || name.contains("after-disable") => {
            Repository::sample()
        }
        _ => return None,
    };
    Some(repository.zip())
}

/// `recorded/` itself and the folders below it, in the order in which they are replayed.
pub(crate) fn folders() -> Vec<String> {
    let root = recorded::folder();
    let mut folders = vec![String::new()];
    let mut pending = vec![root.clone()];
    while let Some(folder) = pending.pop() {
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() && path.file_name().unwrap() != "binary" {
                folders.push(
                    path.strip_prefix(&root)
                        .unwrap()
                        .to_str()
                        .unwrap()
                        .to_owned(),
                );
                pending.push(path);
            }
        }
    }
    folders.sort();
    folders
}

/// What the server held when a folder was recorded.
fn seed(folder: &str) -> Seed {
    let later = Seed::empty()
        .recorded("big-challenge")
        .recorded("errors/wrong-ids");
    match folder {
        "sample-challenge" => Seed::sample(),
        "sample-challenge-create" => {
            Seed::empty().at("2026-11-22T13:39:12.050038Z".parse().unwrap())
        }
        "big-challenge-create" => Seed::empty(),
        "big-challenge" => Seed::big(),
        "docker-challenge" => Seed::docker(),
        "auth-token" => Seed::empty().at("2026-11-22T13:39:11Z".parse().unwrap()),
        "cohost" | "http-caching" => Seed::empty().recorded("errors/wrong-ids").recorded(folder),
        "errors/auth" | "errors/disabled-challenge" => later.recorded(folder),
        "errors/null-date" => Seed::empty().challenge(NewChallenge::titled("Null date").id(7)),
        "errors/throttled" => later
            .throttled()
            .at("2026-11-22T14:00:00Z".parse().unwrap()),
        _ => later,
    }
}

/// What had happened right before an exchange without being recorded.
fn prepare(name: &str, evalai: &StandIn) {
    let get = |times, target, headers: &[(String, String)]| {
        for _ in 0..times {
            client::send(evalai.url(), "GET", target, headers, b"");
        }
    };
    match name {
        "auth-token/05-get-old-jwt-after-refresh.json" => {
            get(
                1,
                "/api/accounts/user/refresh_auth_token",
                &client::bearer("FAKE-COHOST-TOKEN"),
            );
        }
        "errors/throttled/01-get-throttled-user-bucket.json" => {
            get(
                60,
                "/api/challenges/challenge/2/prizes/",
                &client::bearer("FAKE-HOSTUSER-TOKEN"),
            );
            evalai.advance(Duration::from_secs(1));
        }
        "errors/throttled/05-get-throttled-anonymous.json" => {
            get(100, "/api/challenges/challenge/2/", &[]);
            evalai.advance(Duration::from_secs(3));
        }
        _ => {}
    }
}

fn out_of_scope(name: &str) -> Option<(&'static str, &'static str)> {
    OUT_OF_SCOPE
        .into_iter()
        .find(|(beginning, _)| name.starts_with(beginning))
}

pub(crate) fn replay(
    evalai: &StandIn,
    exchange: &Exchange,
    zip: Option<&[u8]>,
    names: &mut Names,
) -> Vec<String> {
    let target = names.actual(exchange.target());
    let answer = client::replay(evalai.url(), exchange, &target, zip);
    let found = differences(exchange, &answer, evalai.url(), names);
    found
        .into_iter()
        .map(|difference| format!("{}: {difference}", exchange.name))
        .collect()
}

#[test]
fn every_recorded_request_is_answered_as_the_real_server_answered_it() {
    let (mut replayed, mut failures) = (0, Vec::new());
    let mut skipped = BTreeSet::new();
    // Each edit was recorded on top of those before it.
    let edited = StandIn::start(Seed::sample()).unwrap();
    let mut edited_names = Names::default();
    for folder in folders() {
        let exchanges = recorded::exchanges(&folder).unwrap();
        let is_edit = folder.starts_with("after-each-edit/");
        let own = (!is_edit).then(|| StandIn::start(seed(&folder)).unwrap());
        let evalai = own.as_ref().unwrap_or(&edited);
        let mut own_names = Names::default();
        let names = if is_edit {
            &mut edited_names
        } else {
            &mut own_names
        };
        for exchange in exchanges {
            if let Some(entry) = out_of_scope(&exchange.name) {
                println!("not replayed: {} ({})", exchange.name, entry.1);
                skipped.insert(entry);
                continue;
            }
            replayed += 1;
            prepare(&exchange.name, evalai);
            let zip = zip(&exchange.name);
            failures.extend(replay(evalai, &exchange, zip.as_deref(), names));
        }
    }
    println!("{replayed} recorded exchanges were replayed");
    assert!(
        failures.is_empty(),
        "{} differences:\n{}",
        failures.len(),
        failures.join("\n")
    );
    assert_eq!(
        skipped,
        BTreeSet::from(OUT_OF_SCOPE),
        "what is out of scope must be there"
    );
}
