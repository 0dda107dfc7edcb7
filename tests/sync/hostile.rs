//! Text from EvalAI that tries to act, on its way through log, summary, outputs, commit and record.

use serde_json::json;

use crate::git_repos::git;
use crate::run::Run;
use crate::secrets::{GITHUB_TOKEN, Left, Secrets};
use crate::world::World;

/// Titles that would act somewhere: in the runner, a terminal, Markdown, HTML, YAML, GitHub. At most 100 characters.
pub(crate) const TITLES: &[&str] = &[
    "::error file=x::owned",
    "::set-output name=result::owned",
    "a\n::stop-commands::x\n::add-mask::title",
    "##[error]owned %0A::warning::owned",
    "\u{1b}[31mred\u{1b}]0;owned\u{7}\u{1b}[2J",
    "user\u{202e}txt.exe \u{200b}\u{2066}isolated",
    "| a | b |\n|---|---|\n| <img src=x onerror=alert(1)> |",
    "</code></td></table></details><script>alert(1)</script>",
    "[click](javascript:alert(1)) ![x](https://tracker.example/x.png) <https://x.example>",
    "Fixes #1, closes #2 @everyone @org/team GH-3 [skip ci]",
    "```\n~~~\n# Heading\n* list\n> quote",
    "title: x # y\n- [z]: {a: !!python/object:os.system x}",
    "EOF\nresult=owned\nend-00000000000000000000000000000000",
    "${{ secrets.AUTH_TOKEN }} $(id) `id` && id; {fields} %s",
];

/// The lines of `text` outside code blocks: only there could Markdown act.
fn outside_code_blocks(text: &str) -> String {
    let mut fence: Option<&str> = None;
    let mut outside = String::new();
    for line in text.lines() {
        // A fence may be indented a little, and be closed by a longer one.
        let mark = line.trim_start();
        let ticks = &mark[..mark.len() - mark.trim_start_matches('`').len()];
        match fence {
            Some(open) if mark == ticks && ticks.len() >= open.len() => fence = None,
            Some(_) => {}
            None if ticks.len() >= 3 => fence = Some(ticks),
            None => {
                outside.push_str(line);
                outside.push('\n');
            }
        }
    }
    assert_eq!(fence, None, "{text}");
    outside
}

/// Markdown and HTML of ours, taken away, so that what is left must be plain text.
fn without_our_own_markup(summary: &str) -> String {
    let mut text = outside_code_blocks(summary);
    for tag in ["code", "b", "sub", "a", "summary", "details"] {
        text = text.replace(&format!("</{tag}>"), "");
        text = text.replace(&format!("<{tag}>"), "");
    }
    for own in [
        "<details open>",
        "<br>",
        "<wbr>",
        "### ✅",
        "#### ",
        "**What to do:**",
        "|---|---|---|",
    ] {
        text = text.replace(own, "");
    }
    while let Some((before, rest)) = text.split_once("<a href=\"http") {
        let (_, after) = rest.split_once("\">").expect("a whole link");
        text = format!("{before}{after}");
    }
    text
}

/// What a run said acts neither in the runner, nor in a terminal, nor in Markdown.
#[track_caller]
pub(crate) fn acts_nowhere(run: &Run, hostile: &str) {
    for line in run.log.lines() {
        let own = [
            "::add-mask::",
            "::group::",
            "::endgroup::",
            "::warning",
            "::notice",
        ];
        let command = line.trim_start().starts_with("::");
        assert!(
            !command || own.iter().any(|own| line.starts_with(own)),
            "{hostile:?}: {line}"
        );
        assert!(!line.contains("##["), "{hostile:?}: {line}");
        assert!(
            !line.contains("owned") || !command || line.starts_with("::group::EvalAI: "),
            "{line}"
        );
    }
    let groups = run.log.matches("::group::").count();
    assert_eq!(groups, run.log.matches("::endgroup::").count());
    for text in [&run.log, &run.summary, &run.errors] {
        let active = |c: &char| c.is_control() && *c != '\n' && *c != '\t';
        let turning = |c: &char| {
            ('\u{202a}'..='\u{202e}').contains(c) || ('\u{2066}'..='\u{2069}').contains(c)
        };
        let found = text.chars().find(|c| active(c) || turning(c));
        assert_eq!(found, None, "{hostile:?}: {text}");
    }
    let plain = without_our_own_markup(&run.summary);
    for (at, line) in plain.lines().enumerate() {
        let cells = line.matches('|').count();
        assert!(cells == 0 || cells == 4, "{hostile:?}: line {at}: {line}");
        for mark in ['<', '>', '[', ']', '*', '`', '@', '!', '~'] {
            assert!(
                !line.contains(mark),
                "{hostile:?}: {mark} in line {at}: {line}"
            );
        }
        assert!(
            !line.replace("&#", "").contains('#'),
            "{hostile:?}: line {at}: {line}"
        );
    }
}

#[track_caller]
fn nothing_acts(world: &World, run: &Run, hostile: &str) {
    acts_nowhere(run, hostile);
    assert_eq!(run.result(), "synced");
    assert_eq!(run.changed_fields(), ["title", "description"]);
    let mut names: Vec<_> = run.outputs.keys().map(String::as_str).collect();
    names.sort_unstable();
    assert_eq!(
        names,
        [
            "challenge-id",
            "challenges",
            "changed",
            "changed-fields",
            "changed-files",
            "commit-sha",
            "pull-request",
            "report",
            "result",
            "status-page",
            "sync-sha"
        ]
    );
    assert_eq!(
        world.message(),
        "Sync from EvalAI: title, description\n\n- title\n- description\n\n[skip ci]\n"
    );
    let record = git(
        &world.remote_path(),
        &["log", "-1", "--format=%B", "refs/evalai-sync/1"],
    );
    assert!(
        record.starts_with("Record the sync of 2 fields\n\nBranch: challenge\nCommit: "),
        "{record}"
    );
    assert!(
        record.contains("\nChanged: title\nChanged: description\n"),
        "{record}"
    );
}

#[test]
fn text_from_evalai_acts_nowhere_and_arrives_as_it_is() {
    let world = World::recorded("sample");
    assert_eq!(world.sync().succeeded().result(), "in-sync");
    for title in TITLES {
        let overview = format!("<p>{title}</p>\n````\n{title}\n</details>");
        let fields = json!({ "title": title, "description": overview });
        world.evalai.edit_challenge(1, fields).unwrap();
        let workspace = world.check_out();
        let run = world.sync_in(&workspace, &[("auth-token", GITHUB_TOKEN)]);
        let run = run.succeeded();
        nothing_acts(&world, &run, title);
        Secrets::of(&world).are_nowhere_in(&Left::by(&run).world(&world, &workspace));
        assert_eq!(world.record().unwrap()["values/title.txt"], *title);
        assert_eq!(
            world.file("templates/description.html"),
            overview.clone() + "\n"
        );
        assert_eq!(world.sync().succeeded().result(), "in-sync", "{title:?}");
    }
}

#[test]
fn a_branchs_name_acts_nowhere_either() {
    let mut world = World::recorded("sample");
    let name = "ch<img/src=x>|@team#1!_x_(y)";
    let refname = format!("refs/heads/{name}");
    let tip = world.tip();
    world.remote().reference(&refname, tip, false, "").unwrap();
    world.branch = name.to_owned();
    let fields = json!({ "title": "Another" });
    world.evalai.edit_challenge(1, fields).unwrap();
    let run = world.sync_with(&[("branch", name)]).succeeded();
    assert_eq!(run.result(), "first-sync", "{}", run.log);
    let summary = without_our_own_markup(&run.summary);
    for mark in ["<img", "@team", "team#", "|@", "_x_"] {
        assert!(!summary.contains(mark), "{mark}: {summary}");
    }
}

#[test]
fn personal_data_is_counted_and_not_shown() {
    let world = World::recorded("sample");
    let line = "    codename: test\n";
    world.host_commits(
        "challenge_config.yaml",
        line,
        &format!("{line}    allowed_email_ids:\n      - first@example.org\n"),
    );
    world
        .evalai
        .allow_emails(1, 2, &["first@example.org"])
        .unwrap();
    assert_eq!(world.sync().succeeded().result(), "in-sync");
    world
        .evalai
        .allow_emails(1, 2, &["second@example.org"])
        .unwrap();
    world
        .evalai
        .edit_phase(2, json!({ "max_submissions_per_day": 3 }))
        .unwrap();
    let run = world.sync().succeeded();
    assert_eq!(
        run.changed_fields(),
        [
            "phases.2.max_submissions_per_day",
            "phases.2.allowed_email_ids"
        ]
    );
    assert!(
        world
            .file("challenge_config.yaml")
            .contains("      - second@example.org\n")
    );
    for text in [&run.log, &run.summary, &run.errors, &world.message()] {
        assert!(!text.contains("@example.org"), "{text}");
    }
    assert!(
        run.log
            .contains("phases.2.allowed_email_ids: (1 entry, not shown) -> (2 entries, not shown)"),
        "{}",
        run.log
    );
    assert!(
        run.summary.contains("\n+(personal data, not shown)\n"),
        "{}",
        run.summary
    );
}
