//! The recorded pushes as one story, which is how they were recorded: a site without challenges, on which three
//! repositories are pushed, edited in the web UI, and pushed again. All that was recorded on the way must be shown.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{Cursor, Read};

use evalai_stand_in::recorded::{self, Exchange};
use evalai_stand_in::{Seed, StandIn};
use jiff::Timestamp;
use serde_json::{Value, json};
use zip::ZipArchive;

use crate::compare::Names;
use crate::replay::{folders, replay};
use crate::repository::Repository;
use crate::snapshot::{Snapshot, changes, snapshot};

struct Story {
    evalai: StandIn,
    names: Names,
    pushes: Vec<Exchange>,
    told: BTreeSet<String>,
    failures: Vec<String>,
}

impl Story {
    fn begin(at: &str) -> Self {
        let seed = Seed::empty().at(at.parse().unwrap());
        Self {
            evalai: StandIn::start(seed).unwrap(),
            names: Names::default(),
            pushes: recorded::exchanges("forward-push").unwrap(),
            told: BTreeSet::new(),
            failures: Vec::new(),
        }
    }

    fn wait_until(&self, moment: &str) {
        let moment: Timestamp = moment.parse().unwrap();
        let wait = moment.duration_since(self.evalai.now());
        self.evalai.advance(wait.try_into().unwrap());
    }

    /// Pushes a repository for the first time, which was recorded without its zip elsewhere.
    fn create(&self, name: &str, repository: &Repository) {
        self.evalai
            .push(name, "challenge", &repository.zip())
            .unwrap();
    }

    /// Pushes a repository; the answer must be the recorded one.
    fn push(&mut self, name: &str, repository: &Repository) {
        let mut found = self.pushes.iter().filter(|push| push.name.contains(name));
        let exchange = found.next().unwrap().clone();
        assert!(found.next().is_none(), "{name} is not clear");
        let zip = repository.zip();
        let differences = replay(&self.evalai, &exchange, Some(&zip), &mut self.names);
        self.failures.extend(differences);
        self.told.insert(exchange.name);
    }

    /// Replays the requests of a folder.
    fn tell(&mut self, folder: &str) {
        for mut exchange in recorded::exchanges(folder).unwrap() {
            // A zip has the times of its files in it: only those files can be compared.
            let is_zip = exchange
                .target()
                .rsplit_once('.')
                .is_some_and(|(_, ending)| ending == "zip");
            if let Some(recorded) = exchange.download.take_if(|_| is_zip) {
                let zip = self.download(&self.names.actual(exchange.target()));
                if unzipped(&zip) != unzipped(&recorded) {
                    self.failures
                        .push(format!("{}: other files", exchange.name));
                }
                exchange.download = Some(zip);
            }
            let differences = replay(&self.evalai, &exchange, None, &mut self.names);
            self.failures.extend(differences);
        }
    }

    fn download(&self, target: &str) -> Vec<u8> {
        let answer = crate::client::send(self.evalai.url(), "GET", target, &[], b"");
        assert_eq!(answer.status, 200, "{target}");
        answer.body
    }

    /// What changed must be what is recorded under a name, up to names of files and queues.
    fn compare(&mut self, name: &str, before: &Snapshot, after: &Snapshot) {
        let path = recorded::folder().join(format!("forward-push/diff-{name}.json"));
        let recorded = std::fs::read_to_string(path).unwrap();
        let recorded: Vec<Value> = serde_json::from_str(&recorded).unwrap();
        let actual = changes(before, after);
        let place = |change: &Value| {
            let endpoint = change["endpoint"].as_str().unwrap();
            let endpoint = match endpoint.split_once("-dev-") {
                Some((before, _)) => before,
                None => endpoint,
            };
            format!("{endpoint} {}", change["field"].as_str().unwrap())
        };
        let places = |changes: &[Value]| changes.iter().map(place).collect::<BTreeSet<_>>();
        let (expected, given) = (places(&recorded), places(&actual));
        for missing in expected.difference(&given) {
            self.failures
                .push(format!("{name}: {missing} did not change"));
        }
        for surplus in given.difference(&expected) {
            self.failures.push(format!("{name}: {surplus} changed"));
        }
        for change in &recorded {
            let Some(given) = actual.iter().find(|given| place(given) == place(change)) else {
                continue;
            };
            for side in ["before", "after"] {
                let url = self.evalai.url();
                let found = self.names.differences(&change[side], &given[side], url);
                self.failures.extend(
                    found
                        .iter()
                        .map(|found| format!("{name}, {side}: {}{found}", place(change))),
                );
            }
        }
    }
}

/// The files of a zip.
fn unzipped(bytes: &[u8]) -> BTreeMap<String, Vec<u8>> {
    let mut zip = ZipArchive::new(Cursor::new(bytes)).unwrap();
    let names: Vec<String> = zip
        .file_names()
        .map(|name| name.unwrap().into_owned())
        .collect();
    let mut file = |name: &str| {
        let mut bytes = Vec::new();
        zip.by_name(name).unwrap().read_to_end(&mut bytes).unwrap();
        bytes
    };
    names
        .into_iter()
        .map(|name| (name.clone(), file(&name)))
        .collect()
}

/// What was edited in the web UI, and beyond it through the API, before the old zip was pushed over it.
fn edit_everything(evalai: &StandIn, challenge: u64) {
    let fields = json!({
        "title": "UI title", "short_description": "UI short", "description": "<p>UI</p>",
        "leaderboard_description": "UI lb", "published": false, "enable_forum": false,
        "forum_url": "https://forum.example.org/", "is_registration_open": false, "max_docker_image_size": 5,
        "max_team_members": 4, "require_complete_profile": true, "submission_time_limit": 100,
        "worker_python_version": "3.8", "allow_resuming_submissions": true, "anonymous_leaderboard": true,
        "allowed_email_domains": ["example.org"], "blocked_email_domains": ["b.example"],
        "banned_email_ids": ["x@y.example"], "cli_version": "1.2.3",
    });
    evalai.edit_challenge(challenge, fields).unwrap();
    evalai.set_tags(challenge, &["a", "b"], "CV").unwrap();
    let phase = evalai.phases(challenge)[0];
    let fields = json!({
        "name": "UI phase", "description": "<p>UI phase</p>", "allowed_submission_file_types": ".zip",
        "is_public": false, "is_submission_public": false, "leaderboard_public": true, "max_submissions": 70,
        "max_submissions_per_day": 9, "max_submissions_per_month": 60, "allowed_email_ids": ["p@example.org"],
        "disable_logs": true, "environment_image": "img:1", "max_concurrent_submissions_allowed": 2,
        "submission_artifact_retention_policy": "days_30",
    });
    evalai.edit_phase(phase, fields).unwrap();
    let fields = json!({
        "show_execution_time": true, "show_leaderboard_by_latest_submission": true,
        "show_scores_on_leaderboard": false,
    });
    evalai
        .edit_split(evalai.splits(challenge)[0], fields)
        .unwrap();
}

/// A repository without sponsors and prizes, and with two tags of four.
fn plain(big: &Repository) -> Repository {
    big.clone()
        .without("prizes")
        .with("- Mid dle\n- 日本\n", "")
}

impl Story {
    /// The sample becomes challenge 1, is edited in every way that was recorded, and pushed again.
    fn sample(&mut self) {
        let sample = Repository::sample();
        self.create("example-org/rng-challenge", &sample);
        self.tell("sample-challenge");
        for folder in folders() {
            if folder.starts_with("after-each-edit/") {
                self.tell(&folder);
            }
        }
        self.push("01-post", &sample);
    }

    /// The sample becomes challenge 2 as well, in another repository, and is pushed over and over.
    fn ping_pong(&mut self) {
        let sample = Repository::sample();
        self.wait_until("2026-11-22T13:42:45.640847Z");
        self.push("02-post", &sample);
        let created = snapshot(&self.evalai, 2);
        self.push("04-post", &sample);
        self.compare("identical-repush", &created, &snapshot(&self.evalai, 2));
        self.evalai.approve(2).unwrap();
        let approved = snapshot(&self.evalai, 2);
        self.push("06-post", &sample);
        let third = snapshot(&self.evalai, 2);
        self.compare("identical-repush-when-approved", &approved, &third);
        edit_everything(&self.evalai, 2);
        let edited = snapshot(&self.evalai, 2);
        self.push("13-post", &sample);
        let reverted = snapshot(&self.evalai, 2);
        self.compare("old-zip-over-ui-edits-reverted", &edited, &reverted);
        self.compare("old-zip-over-ui-edits-kept", &third, &reverted);
        let split = self.evalai.splits(2)[0];
        let visible = |visibility: u64| json!({ "visibility": visibility });
        self.evalai.edit_split(split, visible(3)).unwrap();
        self.push("15-post", &sample);
        self.evalai.edit_split(split, visible(1)).unwrap();
    }

    /// A creation fails and takes the id 3; the docker repository becomes challenge 4, the big one challenge 5.
    fn big(&mut self) {
        let big = Repository::big();
        let failing = big.clone().with("Big Größer", "Größer");
        let failed = self
            .evalai
            .push("example-org/big", "challenge", &failing.zip());
        failed.unwrap_err();
        self.wait_until("2026-11-22T13:44:21.512883Z");
        self.create("example-org/docker", &Repository::docker());
        self.wait_until("2026-11-22T13:44:40.073565Z");
        self.create("example-org/big", &big);
        self.tell("docker-challenge");
        self.tell("big-challenge");

        let created = snapshot(&self.evalai, 5);
        self.push("21-post", &big);
        let failed = snapshot(&self.evalai, 5);
        self.compare("big-identical-repush-with-sponsors", &created, &failed);
        let big = big.without("sponsors");
        self.push("22-post", &big);
        let without = snapshot(&self.evalai, 5);
        self.compare("big-repush-sponsors-key-removed", &failed, &without);
        self.push("23-post", &big);
        let again = snapshot(&self.evalai, 5);
        self.compare("big-identical-repush-no-sponsors", &without, &again);
        let prize = "prizes:\n- rank: 1\n  amount: 1000.50USD\n  description: first 🥇";
        self.push("24-post", &big.clone().without("prizes").adding(prize));
        let one_prize = snapshot(&self.evalai, 5);
        self.push("25-post", &plain(&big));
        self.compare(
            "big-repush-prizes-key-removed",
            &one_prize,
            &snapshot(&self.evalai, 5),
        );
    }

    /// What was pushed last: a leaderboard and a dataset split that nothing shows, and a frozen date.
    fn end(&mut self) {
        let sample = Repository::sample();
        let orphan = sample
            .clone()
            .with(
                "dataset_splits:",
                "dataset_splits:\n  - id: 3\n    name: Unused\n    codename: unused",
            )
            .with(
                "\nchallenge_phases:",
                "  - id: 2\n    schema: {labels: [A], default_order_by: A}\n\nchallenge_phases:",
            )
            .without("published")
            .without("leaderboard_description");
        self.push("41-post", &orphan);
        self.push(
            "42-post",
            &sample.with("2099-05-31 23:59:59", "2098-01-02 03:04:05"),
        );
        let challenge = self.evalai.get("/api/challenges/challenge/2/").unwrap();
        assert_eq!(challenge["end_date"], "2098-01-02T03:04:05Z");
        assert_eq!(challenge["is_frozen"], true);
    }
}

#[test]
fn every_recorded_push_is_answered_and_changes_what_it_changed_on_the_real_server() {
    let mut story = Story::begin("2026-11-22T13:39:12.050038Z");
    story.sample();
    story.ping_pong();
    story.big();
    story.end();
    let recorded: BTreeSet<String> = story.pushes.iter().map(|push| push.name.clone()).collect();
    assert_eq!(
        story.told, recorded,
        "every recorded push is part of the story"
    );
    let failures = story.failures;
    assert!(
        failures.is_empty(),
        "{} differences:\n{}",
        failures.len(),
        failures.join("\n")
    );
}
