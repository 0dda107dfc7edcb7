//! Hostile values in every kind of field, in names of files, in errors: in the repository, the report, the status page
//! and the issue about failed runs.

use evalai_stand_in::Fault;
use serde_json::{Value as Json, json};

use crate::github_api::GithubAnswers;
use crate::hosted::Hosted;
use crate::hostile::{TITLES, acts_nowhere};
use crate::mirror::upload;
use crate::packing::{DEFLATED, pack};
use crate::secrets::{GITHUB_TOKEN, Left, Secrets};
use crate::world::World;

const CONFIG: &str = "challenge_config.yaml";

/// What a page must not hold: markup that is not its own.
#[track_caller]
fn page_is_inert(html: &str, hostile: &str) {
    for markup in ["<script", "<img", "<x", "href=\"javascript", "src="] {
        let at = html.match_indices(markup).map(|(at, _)| at).find(|at| {
            // Within a text, a word that looks like an attribute is one.
            markup.starts_with('<') || html[..*at].rfind('<') > html[..*at].rfind('>')
        });
        assert_eq!(at.map(|at| &html[at..]), None, "{hostile:?}");
    }
    let active = |c: char| c.is_control() && !matches!(c, '\n' | '\t');
    assert!(!html.contains(active), "{hostile:?}");
}

#[test]
fn a_hostile_text_in_any_kind_of_field_acts_nowhere_and_is_a_value_in_the_configuration() {
    let world = World::recorded("sample");
    world.sync().succeeded();
    for (index, text) in TITLES.iter().enumerate() {
        let name = format!("{index} {text}");
        let phase = world.evalai.phases(1)[0];
        let fields = json!({ "name": name, "description": format!("<p>{text}</p>") });
        world.evalai.edit_phase(phase, fields).unwrap();
        let page = json!({ "leaderboard_description": text, "short_description": text });
        world.evalai.edit_challenge(1, page).unwrap();
        world
            .evalai
            .set_tags(1, &[&name.replace(',', ";")], "NLP")
            .unwrap();
        let workspace = world.check_out();
        let inputs = [
            ("full", "true"),
            ("status-page", "true"),
            ("auth-token", GITHUB_TOKEN),
        ];
        let run = world.sync_in(&workspace, &inputs).succeeded();
        assert_eq!(run.result(), "synced", "{text:?}: {}", run.log);
        acts_nowhere(&run, text);
        let page = run.temp.join(run.output("status-page")).join("index.html");
        page_is_inert(&std::fs::read_to_string(page).unwrap(), text);
        Secrets::of(&world).are_nowhere_in(&Left::by(&run).world(&world, &workspace));
        let run = world.sync_with(&[("full", "true")]).succeeded();
        assert_eq!(run.result(), "in-sync", "{text:?}: {}", run.log);
    }
}

/// Replaces the answer of `path` by what `change` makes of it, for ever.
fn answer(world: &World, path: &str, change: impl FnOnce(&mut Json)) {
    let mut body = world.evalai.get(path).unwrap();
    change(&mut body);
    world.evalai.forget_faults();
    world.evalai.fail(path, 1000, Fault::Json(body));
}

#[test]
fn names_that_no_file_may_have_name_no_file() {
    let long = "x".repeat(4096);
    let phases = "/api/challenges/1/phases/";
    for name in [
        "../../x",
        "/etc/passwd",
        ".git/hooks/x",
        "a\nb",
        "a\0b",
        "x...",
        "CON",
        "..",
        "",
        &long,
        "a/../b",
        "~1",
    ] {
        let world = World::recorded("sample");
        let text = world.file(CONFIG);
        // Without names here, what is new is named after EvalAI's.
        let without = |line: &&str| {
            !line.contains("test_annotation_file") && !line.contains("    description: templates/")
        };
        let lines: Vec<_> = text.lines().filter(without).collect();
        world.host_writes(CONFIG, &(lines.join("\n") + "\n"));
        world.sync_with(&[("first-sync", "commit")]).succeeded();
        let before = world.files();
        answer(&world, phases, |body| {
            let url = body[0]["test_annotation"].as_str().unwrap().to_owned();
            body[0]["test_annotation"] = json!(format!("{url}?name=.{name}#.{name}"));
            body[0]["codename"] = json!(name);
            body[0]["name"] = json!(name);
            body[0]["description"] = json!("<p>New</p>");
        });
        let include = ("include", "phases.*.test_annotation_file");
        let run = world
            .sync_with(&[include, ("first-sync", "commit")])
            .succeeded();
        let after = world.files();
        let new: Vec<_> = after
            .keys()
            .filter(|path| !before.contains_key(*path))
            .collect();
        let is_tame = |path: &&String| {
            let name = path.rsplit('/').next().unwrap();
            let is_named =
                name.starts_with("test_annotations_phase_") || name.starts_with("challenge_phase_");
            let known = ["annotations/", "templates/"]
                .iter()
                .any(|folder| path.starts_with(folder));
            is_named && known && name.len() < 60 && path.matches('/').count() == 1
        };
        assert!(new.iter().all(is_tame), "{name:?}: {new:?}\n{}", run.log);
        acts_nowhere(&run, name);
    }
}

#[test]
fn an_archive_whose_names_climb_act_or_are_too_long_is_refused_as_a_whole() {
    let long = "x".repeat(4096);
    let long_part = format!("lib/{}", "x".repeat(256));
    for name in [
        "../x",
        "/etc/passwd",
        ".git/hooks/post-commit",
        "lib/.GIT/config",
        "git~1/x",
        "a\\b",
        &long,
        &long_part,
        "a\nb",
        "\u{1b}[2J::error::x",
    ] {
        let world = crate::mirror::scripted();
        let files: [(&str, &[u8]); 2] = [("main.py", b"print(9)\n"), (name, b"x\n")];
        let zip = pack(DEFLATED, &files);
        world
            .evalai
            .upload(1, "evaluation_script", "a.zip", &zip)
            .unwrap();
        let before = world.tip();
        let run = world.sync().succeeded();
        assert_eq!(world.tip(), before, "{name:?}: {}", run.log);
        assert!(
            run.log
                .contains("::warning::The evaluation script on EvalAI"),
            "{}",
            run.log
        );
        assert!(!run.log.contains('\u{1b}'), "{}", run.log);
        // The next one is taken.
        upload(&world, &[("main.py", "print(9)\n")]);
        assert!(!world.sync().succeeded().changed_fields().is_empty());
    }
}

#[test]
fn what_a_failing_server_says_acts_neither_in_the_log_nor_in_an_issue() {
    for text in TITLES {
        let hosted = Hosted::agreed();
        let name = hosted.world.repository.clone();
        let github = GithubAnswers::with(&name, "challenge", "sync.yml");
        github.answer(&format!("/repos/{name}/issues"), 200, json!([]));
        let refusal = Fault::Answer {
            status: 400,
            headers: vec![],
            body: json!({ "error": text, "detail": text }).to_string(),
        };
        hosted.world.evalai.fail("/api/", 1000, refusal);
        let workspace = hosted.check_out();
        let run = hosted
            .start(&workspace)
            .variable("GITHUB_API_URL", github.url())
            .variable("GITHUB_SERVER_URL", &hosted.server.url(""))
            .input("report-issue", "true")
            .run();
        assert_eq!(run.code, Some(1), "{}", run.log);
        for line in run
            .log
            .lines()
            .filter(|line| line.trim_start().starts_with("::"))
        {
            let own = [
                "::add-mask::",
                "::error::",
                "::notice::",
                "::warning::",
                "::group::",
                "::endgroup::",
            ];
            assert!(own.iter().any(|own| line.starts_with(own)), "{line}");
            assert!(
                !line.starts_with("::warning::owned") && !line.starts_with("::error::owned"),
                "{line}"
            );
        }
        assert!(!run.log.contains("##["), "{}", run.log);
        let sent = github.sent();
        let issue = sent.iter().find(|body| body["title"].is_string());
        let issue = issue.unwrap_or_else(|| panic!("an issue: {}\n{sent:#?}", run.log));
        let body = issue["body"].as_str().unwrap();
        let title = issue["title"].as_str().unwrap();
        assert!(!title.contains("owned"), "{title}");
        for active in [
            "<img",
            "<script",
            "@everyone",
            "@org",
            "Fixes #",
            "closes #",
            "](",
            "\u{202e}",
            "\u{1b}",
            "![",
            "\n# ",
            "\n* ",
        ] {
            assert!(
                !body.contains(active),
                "{active:?} of {text:?} is in {body}"
            );
        }
        let left = Left::by(&run).text("the issue", &format!("{sent:?}"));
        Secrets::of(&hosted.world)
            .token("the server's token", crate::hosted::TOKEN)
            .are_nowhere_in(&left);
    }
}
