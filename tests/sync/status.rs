//! How a challenge stands: in a terminal, and as a page in a real browser.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use evalai_stand_in::Seed;
use jiff::SignedDuration;
use serde_json::json;

use crate::browser::{Browser, View};
use crate::run::Run;
use crate::thirty::thirty_syncs;
use crate::world::{World, fixtures, read_tree};

const CONFIG: &str = "challenge_config.yaml";

/// A field of each state, after thirty syncs.
fn busy() -> World {
    let world = thirty_syncs();
    let evalai = &world.evalai;
    let hostile = "</style><script>document.title = 'owned'</script><img src=x onerror=alert(1)>";
    evalai
        .edit_challenge(1, json!({ "evaluation_details": hostile }))
        .unwrap();
    evalai
        .edit_challenge(1, json!({ "is_registration_open": false }))
        .unwrap();
    evalai.allow_emails(1, 2, &["third@example.org"]).unwrap();
    world.host_commits(
        CONFIG,
        "title: Random Numbers, Spring 2026",
        "title: Random Numbers for Everybody",
    );
    evalai
        .edit_challenge(1, json!({ "title": "Random Numbers, Summer 2026" }))
        .unwrap();
    world.host_commits(
        CONFIG,
        "Guess the next number",
        "Guess the next number, and the one after it",
    );
    world.host_commits(
        CONFIG,
        "    max_submissions_per_day: 8\n",
        "    max_submissions_per_day: 12\n",
    );
    world
}

/// Asks how `world` stands, from a laptop.
fn status(world: &World, flags: &[&str]) -> Run {
    let workspace = world.check_out();
    let name = ["--repository", world.repository.as_str()];
    world
        .ask(&workspace, "status")
        .flags(&name)
        .flags(flags)
        .run()
}

/// The page that tells how `world` stands, in a file of this name that stays for a look at it.
fn page(world: &World, name: &str) -> (PathBuf, String) {
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}.html"));
    status(world, &["--html", file.to_str().unwrap()]).succeeded();
    let text = fs::read_to_string(&file).expect("the page");
    (file, text)
}

#[test]
fn a_challenge_that_is_in_sync_is_told_in_a_few_lines_and_nothing_is_written() {
    let world = World::recorded("sample");
    world.sync().succeeded();
    let workspace = world.check_out();
    let before = world.everything(&workspace);
    let name = ["--repository", world.repository.as_str()];
    let run = world
        .ask(&workspace, "status")
        .flags(&name)
        .run()
        .succeeded();
    assert_eq!(world.everything(&workspace), before);
    let lines: Vec<_> = run.log.lines().collect();
    assert!(
        lines[0].starts_with("In sync  105 of 105 fields in sync"),
        "{}",
        run.log
    );
    assert!(run.log.contains("\nLast sync: 2"), "{}", run.log);
    assert!(
        run.log.contains(", schedule, 1 sync in all\n"),
        "{}",
        run.log
    );
    assert!(run.log.contains("\nToken: Valid until "), "{}", run.log);
}

#[test]
fn each_state_of_a_field_is_told_in_a_terminal_and_on_a_page() {
    let world = busy();
    told_in_a_terminal(&world);
    the_page_needs_nothing_else_shows_nothing_private_and_reads_on_every_screen(&world);
}

fn told_in_a_terminal(world: &World) {
    let run = status(world, &[]).succeeded();
    for words in [
        "1 changed on both sides, 3 newer on EvalAI, 2 ahead of EvalAI",
        "Newer on EvalAI: 3 fields  The next run writes EvalAI's value into the branch.\n",
        "  is_registration_open  branch true  EvalAI false\n",
        "  phases.2.allowed_email_ids  branch (2 entries, not shown)  EvalAI (3 entries, not shown)\n",
        "  title  branch Random Numbers for Everybody  EvalAI Random Numbers, Summer 2026  (changed on both sides, EvalAI's value wins)\n",
        "schedule by maria-host, 33 syncs in all\n",
    ] {
        let log = run.log.to_lowercase();
        assert!(log.contains(&words.to_lowercase()), "{words}\n{}", run.log);
    }
}

#[test]
fn a_token_that_expires_soon_and_a_challenge_without_a_record_are_told() {
    let seed = Seed::sample().token_valid_for(SignedDuration::from_hours(5 * 24 + 1));
    let files = read_tree(&fixtures().join("repos/sample"));
    let world = World::new(seed, 1, &files);
    world
        .evalai
        .edit_challenge(1, json!({ "title": "Edited before the first sync" }))
        .unwrap();
    let (_, page) = page(&world, "status-first");
    for told in [
        "None is recorded yet.",
        "5 days from now",
        "1 waiting for a choice",
        "<code>first-sync: commit</code>",
    ] {
        assert!(page.contains(told), "{told} in {page}");
    }
    assert_eq!(well_formed(&page), BTreeSet::new());
}

fn the_page_needs_nothing_else_shows_nothing_private_and_reads_on_every_screen(world: &World) {
    let (file, page) = page(world, "status");
    assert_eq!(well_formed(&page), BTreeSet::new());
    for private in [
        "@example.org",
        &world.evalai.token(),
        "/media/",
        "<script",
        "onerror=alert(1)>",
        " style=",
    ] {
        assert!(!page.contains(private), "{private}");
    }
    let allowed = [
        format!("{}/web/challenges/", world.evalai.url()),
        format!("https://github.com/{}/", world.repository),
        "#sync-".to_owned(),
    ];
    let links = attributes(&page, "href");
    assert!(
        links.iter().any(|link| link.contains("/commit/"))
            && links.iter().any(|link| link.contains("/actions/runs/"))
    );
    for link in &links {
        assert!(
            allowed.iter().any(|start| link.starts_with(start)),
            "{link}"
        );
    }
    assert!(attributes(&page, "src").is_empty());
    for told in [
        "Random Numbers, Summer 2026",
        "(3 entries, not shown)",
        "&lt;/style&gt;&lt;script&gt;",
        "33 syncs by time",
    ] {
        assert!(page.contains(told), "{told}");
    }
    let Some(browser) = Browser::find() else {
        return;
    };
    for (name, width, dark) in [
        ("phone", 360, false),
        ("phone-dark", 360, true),
        ("desktop", 1280, false),
        ("desktop-dark", 1280, true),
    ] {
        let view = View {
            width,
            height: 2400,
            dark,
        };
        looks_well(&browser, &file, view);
        let picture = file.with_file_name(format!("status-{name}.png"));
        browser.picture(&file, view, &picture);
    }
    browser.print(&file, &file.with_extension("pdf"));
}

/// Nothing sticks out, our style counts, nothing was loaded, and nothing was refused.
fn looks_well(browser: &Browser, file: &Path, view: View) {
    let script = "{
        const root = page.document.documentElement, body = page.document.body;
        for (const details of page.document.querySelectorAll('details')) details.open = true;
        const wide = [...body.querySelectorAll('*')].filter((one) =>
            one.getBoundingClientRect().right > page.innerWidth + 1).map((one) => one.outerHTML.slice(0, 80));
        return {
            width: page.innerWidth,
            scrolls: root.scrollWidth > root.clientWidth,
            wide: wide.slice(0, 5),
            background: page.getComputedStyle(body).backgroundColor,
            loaded: page.performance.getEntriesByType('resource').length,
            title: page.document.title,
            scripts: page.document.scripts.length,
        };
    }";
    let (told, said) = browser.ask(file, view, script);
    assert_eq!(told["width"], view.width);
    assert_eq!(
        (&told["scrolls"], &told["wide"]),
        (&json!(false), &json!([])),
        "{told}"
    );
    let background = if view.dark {
        "rgb(13, 17, 23)"
    } else {
        "rgb(246, 248, 250)"
    };
    assert_eq!(told["background"], background, "{said}");
    assert_eq!(
        (&told["loaded"], &told["scripts"]),
        (&json!(0), &json!(0)),
        "{told}"
    );
    assert!(
        told["title"]
            .as_str()
            .unwrap()
            .ends_with(" · Random Numbers, Summer 2026"),
        "{told}"
    );
    assert!(
        !said.contains("Content Security Policy") && !said.contains("Refused to"),
        "{said}"
    );
}

/// The values of all attributes of this name.
fn attributes(page: &str, name: &str) -> Vec<String> {
    let start = format!(" {name}=\"");
    let values = page.split(&start).skip(1);
    values
        .map(|rest| {
            rest.split('"')
                .next()
                .unwrap_or_default()
                .replace("&amp;", "&")
        })
        .collect()
}

/// What is wrong with the page's structure: tags that do not match, names used twice, bare signs.
fn well_formed(page: &str) -> BTreeSet<String> {
    let mut problems = BTreeSet::new();
    let mut open: Vec<&str> = Vec::new();
    let page = page.strip_prefix("<!DOCTYPE html>\n").expect("a doctype");
    let mut rest = page;
    while let Some((text, after)) = rest.split_once('<') {
        if text.contains('>') && open.last() != Some(&"style") {
            problems.insert(format!("a bare > in {text:?}"));
        }
        let Some((inside, next)) = after.split_once('>') else {
            problems.insert(format!("an unended tag: {after:?}"));
            break;
        };
        let name = inside
            .split([' ', '/'])
            .find(|part| !part.is_empty())
            .unwrap_or_default();
        if inside.matches('"').count() % 2 == 1 {
            problems.insert(format!("quotes in <{inside}>"));
        }
        if inside.starts_with('/') {
            if open.pop() != Some(name) {
                problems.insert(format!("</{name}> ends nothing"));
            }
        } else if !["meta", "br", "wbr"].contains(&name) {
            open.push(name);
        }
        rest = next;
    }
    problems.extend(open.iter().map(|name| format!("<{name}> has no end")));
    let ids = attributes(page, "id");
    if ids.iter().collect::<BTreeSet<_>>().len() < ids.len() {
        problems.insert("an id is used twice".to_owned());
    }
    for link in attributes(page, "href") {
        if let Some(id) = link.strip_prefix('#')
            && !ids.iter().any(|own| own == id)
        {
            problems.insert(format!("{link} leads nowhere"));
        }
    }
    problems
}
