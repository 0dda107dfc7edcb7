//! How the log reads.

use proptest::prelude::*;

use crate::action::{Annotation, Console, Face, Level, Look, Span};
use crate::secret::Secret;

const TERMINAL: Face = Face::Terminal { colour: false };

/// What is written when `talk` is said to a log with `face`.
fn log(face: Face, talk: impl FnOnce(&mut Console<&mut Vec<u8>>)) -> String {
    let mut out = Vec::new();
    let mut console = Console::new(&mut out, face);
    talk(&mut console);
    console.finish().expect("memory can be written");
    String::from_utf8(out).expect("text")
}

fn a_run(console: &mut Console<&mut Vec<u8>>) {
    console.mask(&Secret::new("s%1").expect("a secret"));
    console.group("Plan: 100%");
    console.say("title: old -> new\n::error::not mine\n");
    console.group("Publish");
    console.say("token s%1, basic eC1hY2Nlc3MtdG9rZW46cyUx");
    console.end_group();
    console.annotate(
        &Annotation::new(Level::Error, "50% wrong\nadd a key")
            .title("Config: bad, really")
            .at("a,b:c.yaml", Some(3), Some(7)),
    );
    console.annotate(&Annotation::new(Level::Warning, "token s%1 expires"));
    console.annotate(&Annotation::new(Level::Notice, "").at("x", None, None));
}

#[test]
fn in_actions_it_speaks_in_workflow_commands() {
    let expected = "\
::add-mask::s%251
::add-mask::s%25251
::add-mask::cyUx
::add-mask::eC1hY2Nlc3MtdG9rZW46cyUx
::group::Plan: 100%25
title: old -> new
\\::error::not mine
::endgroup::
::group::Publish
token ***, basic ***
::endgroup::
::error file=a%2Cb%3Ac.yaml,line=3,col=7,title=Config%3A bad%2C really::50%25 wrong%0Aadd a key
::warning::token *** expires
::notice file=x::
";
    assert_eq!(log(Face::Actions, a_run), expected);
}

#[test]
fn in_a_terminal_it_speaks_plainly() {
    let expected = "\
Plan: 100%
  title: old -> new
  \\::error::not mine
Publish
  token ***, basic ***
error: a,b:c.yaml:3:7: Config: bad, really: 50% wrong
  add a key
warning: token *** expires
notice: x: \n";
    assert_eq!(log(TERMINAL, a_run), expected);
}

#[test]
fn a_place_that_the_message_names_is_named_once() {
    let text = log(TERMINAL, |console| {
        let annotation = Annotation::new(Level::Error, "a.yaml:3:7: no YAML");
        console.annotate(&annotation.at("a.yaml", Some(3), Some(7)));
    });
    assert_eq!(text, "error: a.yaml:3:7: no YAML\n");
}

#[test]
fn a_level_has_colour_only_where_colour_is_wanted() {
    let warn = |console: &mut Console<&mut Vec<u8>>| {
        console.annotate(&Annotation::new(Level::Warning, "\u{1b}[0mlate"));
    };
    assert_eq!(
        log(Face::Terminal { colour: true }, warn),
        "\u{1b}[33mwarning\u{1b}[0m: \\u{1b}[0mlate\n"
    );
    assert_eq!(log(TERMINAL, warn), "warning: \\u{1b}[0mlate\n");
}

#[test]
fn the_eleventh_annotation_of_a_level_is_a_line_and_is_counted() {
    let text = log(Face::Actions, |console| {
        for n in 1..=12 {
            console.annotate(&Annotation::new(Level::Warning, format!("w{n}")));
        }
        console.annotate(&Annotation::new(Level::Error, "e1"));
        assert_eq!(console.count(Level::Warning), 12);
    });
    let lines: Vec<_> = text.lines().skip(9).collect();
    assert_eq!(
        lines,
        [
            "::warning::w10",
            "warning: w11",
            "warning: w12",
            "::error::e1",
            "Only 10 annotations of level warning are shown on the run's page; 2 more are above."
        ]
    );
}

#[test]
fn a_failed_write_comes_back_at_the_end() {
    let mut room = [0_u8; 4];
    let mut console = Console::new(&mut room[..], TERMINAL);
    console.say("longer than four bytes");
    console.say("more");
    let error = console.finish().expect_err("no room");
    assert_eq!(error.kind(), std::io::ErrorKind::WriteZero);
}

#[derive(Clone, Debug)]
enum Act {
    Say(String),
    Group(String),
    Annotate(String, String, String),
}

/// Text of the kind that tries to be a command.
fn text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("::".to_owned()),
        Just("##[".to_owned()),
        Just("error".to_owned()),
        Just("%0A".to_owned()),
        "[ \t\n\r\u{b}\u{85}\u{a0}\u{2028}\u{200b}\u{200d}\u{feff}:#\\[\\],=]",
        "(?s).",
    ];
    prop::collection::vec(piece, 0..8).prop_map(|pieces| pieces.concat())
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        text().prop_map(Act::Say),
        text().prop_map(Act::Group),
        (text(), text(), text()).prop_map(|(m, t, f)| Act::Annotate(m, t, f)),
    ]
}

/// The names of the commands that the runner finds, both of the form at a
/// line's start and of the older form anywhere. Where a line breaks and
/// what it passes over is taken as widely as possible.
fn commands(log: &str) -> Vec<String> {
    let passed_over = |c: char| !c.is_ascii_graphic() && !c.is_alphanumeric() && c != ' ';
    log.split([
        '\n', '\r', '\u{b}', '\u{c}', '\u{85}', '\u{2028}', '\u{2029}',
    ])
    .map(|line| line.replace(passed_over, ""))
    .filter_map(|line| {
        let command = line.trim_start().strip_prefix("::").map(|command| {
            let name = command.split([' ', ':']).next();
            name.unwrap_or_default().to_owned()
        });
        command.or_else(|| line.contains("##[").then(|| line.clone()))
    })
    .collect()
}

fn perform(console: &mut Console<&mut Vec<u8>>, acts: &[Act]) {
    for act in acts {
        match act {
            Act::Say(text) => console.say(text),
            Act::Group(title) => console.group(title),
            Act::Annotate(message, title, file) => console.annotate(
                &Annotation::new(Level::Error, message)
                    .title(title)
                    .at(file, Some(1), None),
            ),
        }
    }
}

proptest! {
    #[test]
    fn no_text_becomes_a_command(acts in prop::collection::vec(act(), 0..9)) {
        let mut expected = Vec::new();
        let mut open = false;
        for act in &acts {
            match act {
                Act::Say(_) => {}
                Act::Group(_) => {
                    expected.extend(open.then_some("endgroup"));
                    expected.push("group");
                    open = true;
                }
                Act::Annotate(..) => expected.push("error"),
            }
        }
        expected.extend(open.then_some("endgroup"));
        let in_actions = log(Face::Actions, |console| perform(console, &acts));
        prop_assert_eq!(commands(&in_actions), expected);
        let in_terminal = log(TERMINAL, |console| perform(console, &acts));
        prop_assert_eq!(commands(&in_terminal), Vec::<String>::new());
    }
}

#[test]
fn a_line_of_pieces_has_colour_in_a_terminal_only_and_is_inert_everywhere() {
    let pieces = |console: &mut Console<&mut Vec<u8>>| {
        console.mask(&Secret::new("s%1").expect("a secret"));
        console.say_spans(&[
            Span::new(Look::Plain, ""),
            Span::new(Look::Old, "::error::a\u{1b}[2J s%1"),
            Span::new(Look::Faint, " -> "),
            Span::new(Look::New, "b\n::c"),
            Span::new(Look::Plain, "  "),
        ]);
    };
    let plain = "\\::error::a\\u{1b}[2J *** -> b \\::c\n";
    let masks = "::add-mask::s%251\n::add-mask::s%25251\n";
    assert_eq!(log(TERMINAL, pieces), plain);
    let said = log(Face::Actions, pieces);
    assert!(
        said.starts_with(masks) && said.ends_with(&format!("\n{plain}")),
        "{said}"
    );
    let coloured = "\u{1b}[31m\\::error::a\\u{1b}[2J ***\u{1b}[0m\u{1b}[2m -> \u{1b}[0m\u{1b}[32mb \\::c\u{1b}[0m\n";
    assert_eq!(log(Face::Terminal { colour: true }, pieces), coloured);
}
