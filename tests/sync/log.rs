//! The audit log: every sync, from the history of the record alone.

use serde_json::Value as Json;

use crate::git_repos::git;
use crate::hosted::{Hosted, TOKEN};
use crate::run::{Run, Start};
use crate::thirty::thirty_syncs;
use crate::world::World;

/// The log of `world`, asked for from a laptop.
fn log(world: &World, flags: &[&str]) -> Run {
    let workspace = world.check_out();
    world.ask(&workspace, "log").flags(flags).run()
}

fn json(world: &World, flags: &[&str]) -> Vec<Json> {
    let run = log(world, &[&["--format", "json"], flags].concat()).succeeded();
    serde_json::from_str(&run.log).expect("a JSON array")
}

/// The values that `field` went through, newest first: what it became, from what.
fn ways(syncs: &[Json], field: &str) -> Vec<(String, String)> {
    let changes = syncs
        .iter()
        .flat_map(|sync| sync["changes"].as_array().unwrap());
    let of_field = changes.filter(|change| change["field"] == field);
    let text = |json: &Json| json.as_str().unwrap().to_owned();
    of_field
        .map(|change| (text(&change["before"]), text(&change["after"])))
        .collect()
}

#[test]
fn thirty_syncs_are_told_in_every_form_and_none_is_ever_lost() {
    let world = thirty_syncs();
    told_as_a_table(&world);
    told_as_json(&world);
    told_as_csv(&world);
    filtered(&world);
    nothing_private_is_told(&world);
    what_the_branch_suffers_does_not_matter(&world);
    a_damaged_record_is_one_entry_that_says_so(&world);
}

fn told_as_a_table(world: &World) {
    let run = log(world, &[]).succeeded();
    let syncs = run
        .log
        .lines()
        .filter(|line| line.starts_with("2026-"))
        .count();
    assert_eq!(syncs, 33);
    let longest = run.log.lines().map(|line| line.chars().count()).max();
    assert!(longest <= Some(100), "{}", run.log);
    assert!(!run.log.contains('\u{1b}'), "no colour outside a terminal");
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("../snapshots");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!("history.table", without_commits(&run.log)));
}

/// Commits' ids differ from one history to the next, since the branch's commits bear the time of the test.
fn without_commits(text: &str) -> String {
    let mut parts = text.split("commit ");
    let mut scrubbed = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let end = part
            .find(|c: char| !c.is_ascii_hexdigit())
            .unwrap_or(part.len());
        let id = if end == 10 {
            "c0ffeec0ff"
        } else {
            &part[..end]
        };
        scrubbed.push_str(&["commit ", id, &part[end..]].concat());
    }
    scrubbed
}

fn told_as_json(world: &World) {
    let syncs = json(world, &[]);
    assert_eq!(syncs.len(), 33);
    let (newest, first) = (&syncs[0], &syncs[32]);
    assert_eq!(first["when"], "2026-03-02T08:17:00Z");
    assert_eq!(
        (&first["trigger"], &first["actor"]),
        (&"workflow_dispatch".into(), &"maria-host".into())
    );
    assert_eq!(first["base"], Json::Null);
    assert!(first["agreed"].as_u64() > Some(50), "{first}");
    assert_eq!(first["changes"], Json::Array(Vec::new()));
    let run = format!(
        "https://github.com/{}/actions/runs/7033/attempts/1",
        world.repository
    );
    assert_eq!(newest["run"], run.as_str());
    assert_eq!(newest["commit"], world.tip().to_string());
    assert_eq!(newest["sync_sha"], world.tip().to_string());
    assert_eq!(newest["base"], syncs[1]["sync_sha"]);
    // Which sync changed this field, and what was it before?
    let titles = ways(&syncs, "title");
    let expected = [
        "Random Numbers, Spring 2026",
        "Random Numbers 2026",
        "<b>Random</b> Numbers & \"Friends\" 2026",
        "Random Numbers 2026",
        "Random Number Generator Challenge 2026",
    ];
    let became: Vec<_> = titles.iter().map(|(_, after)| after.as_str()).collect();
    assert_eq!(became, expected);
    for pair in titles.windows(2) {
        assert_eq!(
            pair[0].0, pair[1].1,
            "each begins where the one before it ended"
        );
    }
    let all = || {
        syncs
            .iter()
            .flat_map(|sync| sync["changes"].as_array().unwrap())
    };
    let from_here: Vec<_> = all()
        .filter(|change| change["origin"] == "repository")
        .map(|change| change["field"].as_str().unwrap())
        .collect();
    let expected = [
        "max_team_members",
        "phases.2.description",
        "leaderboard_description",
        "phases.2.allowed_email_ids",
        "short_description",
    ];
    assert_eq!(from_here, expected);
    let settled: Vec<_> = all()
        .filter(|change| !change["conflict"].is_null())
        .map(|change| {
            (
                change["field"].as_str().unwrap(),
                change["conflict"].as_str().unwrap(),
            )
        })
        .collect();
    let expected = [
        ("submission_guidelines", "evalai"),
        ("leaderboard_description", "repository"),
        ("title", "evalai"),
    ];
    assert_eq!(settled, expected);
}

fn told_as_csv(world: &World) {
    let run = log(
        world,
        &["--format", "csv", "--field", "title,max_team_members"],
    )
    .succeeded();
    let lines: Vec<_> = run.log.split_terminator("\r\n").collect();
    let head = "when,trigger,actor,run,branch,commit,base,sync_sha,record,field,before,after,origin,conflict,remark";
    assert_eq!(lines[0], head);
    assert_eq!(lines.len(), 7, "{}", run.log);
    assert!(
        lines[2].ends_with(",max_team_members,,5,repository,,"),
        "{}",
        lines[2]
    );
    let quoted = "\"<b>Random</b> Numbers & \"\"Friends\"\" 2026\"";
    assert!(run.log.contains(quoted), "{}", run.log);
}

fn filtered(world: &World) {
    let count = |flags: &[&str]| json(world, flags).len();
    assert_eq!(count(&["--limit", "4"]), 4);
    assert_eq!(count(&["--field", "title"]), 5);
    assert_eq!(count(&["--field", "phases.*.end_date"]), 3);
    assert_eq!(count(&["--phase", "1"]), 4);
    assert_eq!(count(&["--phase", "1", "--field", "*.*.end_date"]), 2);
    assert_eq!(
        count(&["--since", "2026-03-02", "--until", "2026-03-02"]),
        1
    );
    assert_eq!(
        count(&["--since", "2026-03-02T08:18Z", "--until", "2026-03-03"]),
        2
    );
    assert_eq!(count(&["--until", "2026-03-01"]), 0);
    let run = log(world, &["--field", "image"]).succeeded();
    assert_eq!(
        run.log,
        "No sync in refs/evalai-sync/1 is what was asked for.\n"
    );
}

fn nothing_private_is_told(world: &World) {
    for format in ["table", "json", "csv"] {
        let run = log(world, &["--format", format]).succeeded();
        assert!(!run.log.contains("@example.org"), "{}", run.log);
        assert!(run.log.contains("(2 entries, not shown)"), "{}", run.log);
    }
}

fn what_the_branch_suffers_does_not_matter(world: &World) {
    let before = log(world, &["--format", "json"]).succeeded().log;
    let remote = world.remote();
    let tip = remote.find_commit(world.tip()).unwrap();
    // Everything squashed into one commit, and pushed by force.
    let tree = tip.tree().unwrap();
    let host = git2::Signature::now("A Host", "host@example.org").unwrap();
    let squashed = remote
        .commit(None, &host, &host, "Squash", &tree, &[])
        .unwrap();
    let branch = format!("refs/heads/{}", world.branch);
    remote.reference(&branch, squashed, true, "").unwrap();
    assert_eq!(log(world, &["--format", "json"]).succeeded().log, before);
    assert_eq!(world.sync().succeeded().result(), "in-sync");
}

fn a_damaged_record_is_one_entry_that_says_so(world: &World) {
    let good = world.record().unwrap();
    let count = json(world, &[]).len();
    let mut damaged = good.clone();
    damaged.insert("values/tags.json".into(), "5".into());
    world.write_record(&damaged);
    let mut newer = good.clone();
    newer.insert("record.json".into(), "{\"version\": 99}".into());
    world.write_record(&newer);
    let mut last = good;
    last.insert("values/title.txt".into(), "Repaired".into());
    world.write_record(&last);
    let syncs = json(world, &[]);
    assert_eq!(syncs.len(), count + 3);
    let problem = |at: usize| syncs[at]["problem"].as_str().unwrap_or_default();
    assert_eq!(problem(0), "");
    assert!(problem(1).contains("format version 99"), "{}", syncs[1]);
    assert!(
        problem(2).starts_with("values/tags.json in the record"),
        "{}",
        syncs[2]
    );
    assert_eq!(
        ways(&syncs[..1], "title"),
        [(
            "Random Numbers, Spring 2026".to_owned(),
            "Repaired".to_owned()
        )]
    );
    let run = log(world, &["--limit", "2"]).succeeded();
    assert!(
        run.log
            .contains("What this sync did is not known: the record has format version 99"),
        "{}",
        run.log
    );
    // It may have changed any field, so it is told whichever is asked for.
    assert_eq!(json(world, &["--field", "tags"]).len(), 4);
}

#[test]
fn without_a_record_there_is_a_sentence_and_no_error() {
    let world = World::recorded("sample");
    let run = log(&world, &[]).succeeded();
    assert!(
        run.log.starts_with("There is no record of a sync in "),
        "{}",
        run.log
    );
    assert_eq!(log(&world, &["--format", "json"]).succeeded().log, "[]\n");
    assert_eq!(json(&world, &["--challenge-id", "7"]).len(), 0);
}

#[test]
fn of_several_records_one_has_to_be_chosen() {
    let world = World::recorded("sample");
    world.sync().succeeded();
    let remote = world.remote();
    let commit = remote.refname_to_id("refs/evalai-sync/1").unwrap();
    remote
        .reference("refs/evalai-sync/12", commit, true, "")
        .unwrap();
    log(&world, &[])
        .failed_saying("there are records of the challenges 1, 12: choose one with `challenge-id`");
    assert_eq!(json(&world, &["--challenge-id", "1"]).len(), 1);
    let flags = ["--record-ref", "refs/evalai-sync/12"];
    assert_eq!(json(&world, &flags).len(), 1);
}

#[test]
fn what_cannot_be_asked_is_said_all_at_once() {
    let world = World::recorded("sample");
    let flags = [
        "--since", "soon", "--field", "a b", "--limit", "0", "--format", "xml",
    ];
    let run = log(&world, &flags).failed_saying("`--since` is `soon`: it takes a date");
    for words in [
        "`--field` is `a b`",
        "`--limit` is `0`",
        "`--format` is `xml`",
    ] {
        assert!(run.log.contains(words), "{}", run.log);
    }
}

#[test]
fn the_whole_history_is_fetched_from_a_server_with_the_token() {
    let hosted = Hosted::agreed();
    for title in ["One", "Two", "Three"] {
        let fields = serde_json::json!({ "title": title });
        hosted.world.evalai.edit_challenge(1, fields).unwrap();
        hosted.world.sync().succeeded();
    }
    let workspace = hosted.check_out();
    let ask = |start: Start| start.flags(&["--format", "json"]);
    let run = ask(hosted.world.ask(&workspace, "log"))
        .variable("AUTH_TOKEN", TOKEN)
        .run()
        .succeeded();
    let syncs: Vec<Json> = serde_json::from_str(&run.log).unwrap();
    assert_eq!(syncs.len(), 4);
    assert_eq!(
        ways(&syncs, "title")[0],
        ("Two".to_owned(), "Three".to_owned())
    );
    assert!(!run.log.contains(TOKEN) && !run.errors.contains(TOKEN));
    // Nothing of it stays in the checkout.
    assert!(!git(&workspace, &["show-ref"]).contains("evalai-sync"));
    ask(hosted.world.ask(&workspace, "log"))
        .run()
        .failed_saying("token");
}

#[test]
fn what_a_host_wrote_on_evalai_cannot_act_in_the_log() {
    let world = World::recorded("sample");
    world.sync().succeeded();
    for title in ["=1+1 \u{1b}[2J ##[error]x \u{202e}y", "::error::owned"] {
        let fields = serde_json::json!({ "title": title });
        world.evalai.edit_challenge(1, fields).unwrap();
        world.sync().succeeded();
    }
    for format in ["table", "json", "csv"] {
        let workspace = world.check_out();
        let start = world
            .ask(&workspace, "log")
            .variable("GITHUB_ACTIONS", "true");
        let run = start.flags(&["--format", format]).run().succeeded();
        let acts = |line: &str| line.trim_start().starts_with("::") || line.contains("##[");
        assert!(!run.log.lines().any(acts), "{}", run.log);
        assert!(!run.log.contains(['\u{1b}', '\u{202e}']), "{}", run.log);
    }
    let csv = log(&world, &["--format", "csv"]).succeeded().log;
    assert!(csv.contains(",title,Random"), "{csv}");
    assert!(csv.contains("\"'=1+1 "), "{csv}");
    assert_eq!(
        json(&world, &[])[0]["changes"][0]["after"],
        "::error::owned"
    );
}

#[test]
fn a_conflict_that_was_merged_or_left_to_a_person_is_told_as_such() {
    let world = World::recorded("sample");
    world.sync().succeeded();
    let config = "challenge_config.yaml";
    let title = "title: Random Number Generator Challenge";
    world.host_commits(config, title, "title: From the host");
    let terms = "<p>Be nice.</p>";
    let page = "templates/terms_and_conditions.html";
    let of_host = world
        .file(page)
        .replace(terms, &format!("<p>First.</p>\n{terms}"));
    world.host_writes(page, &of_host);
    let of_evalai = format!("{terms}\n<p>Last.</p>");
    let fields = serde_json::json!({ "title": "From EvalAI", "terms_and_conditions": of_evalai });
    world.evalai.edit_challenge(1, fields).unwrap();
    let strategies = [
        ("strategy", "manual"),
        ("strategies", "terms_and_conditions: merge"),
    ];
    world.sync_with(&strategies).succeeded();
    let newest = &json(&world, &["--limit", "1"])[0];
    let change = &newest["changes"][0];
    assert_eq!(change["field"], "terms_and_conditions");
    assert_eq!(
        (&change["conflict"], &change["origin"]),
        (&"merged".into(), &"evalai".into())
    );
    // What EvalAI holds is what both sides agree on; the merged text has yet to get there.
    assert_eq!(change["after"], of_evalai.as_str());
    let run = log(&world, &["--limit", "1"]).succeeded();
    assert!(
        run.log.contains("    changed on both sides: merged\n"),
        "{}",
        run.log
    );
    assert!(
        run.log
            .contains("! title  changed on both sides: left to a person\n"),
        "{}",
        run.log
    );
    let csv = log(&world, &["--limit", "1", "--format", "csv"])
        .succeeded()
        .log;
    assert!(csv.contains(",title,,,,manual,\r\n"), "{csv}");
}
