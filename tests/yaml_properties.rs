//! Laws of the YAML editor, on documents and values that nobody thought of.
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::unwrap_used
)] // It is all test code.

mod yaml_support;

use evalai_sync::yaml::{Document, Path, Segment, Style, Value};
use proptest::prelude::*;
use proptest::sample::Index;
use yaml_support::values::nasty;
use yaml_support::{leaves, paths, with_value};

/// A document before it is written down: values with a style.
#[derive(Debug, Clone)]
enum Node {
    /// A scalar as it is written, on one line, fit for block and flow.
    Scalar(String),
    /// A literal or folded block of these lines; within brackets an empty text.
    Block(&'static str, Vec<String>),
    Seq(bool, Vec<Node>),
    Map(bool, Vec<(String, Node)>),
    /// An alias of one of the anchors at the start of the document.
    Alias(&'static str),
}

/// What the aliases refer to.
const ANCHORS: [(&str, &str); 3] = [
    ("word", "old"),
    ("map", "{x: 1, y: [a, 'b']}"),
    ("list", "[a, *word]"),
];

/// The habits of a written document.
#[allow(clippy::struct_excessive_bools)] // Each is a habit of its own.
#[derive(Debug, Clone)]
struct Hand {
    line_break: &'static str,
    step: usize,
    flush: bool,
    comments: bool,
    trailing_comma: bool,
    final_break: bool,
    anchors: bool,
}

fn scalar() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-z]{2,8}",
        "[a-z][a-z0-9 ]{0,8}[a-z0-9]",
        "-?[0-9]{1,4}",
        "'[a-z:#,{} ]{0,8}'",
        "\"[a-zé😀:#, ]{0,6}(\\\\n)?\"",
        prop::sample::select(vec![
            "True",
            "no",
            "~",
            "",
            "1.5",
            "0x1F",
            "1:30",
            "2024-06-04",
            "2024-6-4 7:00:00",
            "!!str 5"
        ])
        .prop_map(str::to_owned),
    ]
}

fn node() -> impl Strategy<Value = Node> {
    let lines = prop::collection::vec("[a-z]{1,5}( [a-z]{1,3})?", 1..4);
    let headers = prop::sample::select(vec!["|", "|-", "|+", ">", ">-", ">+"]);
    let leaf = prop_oneof![4 => scalar().prop_map(Node::Scalar), 1 => (headers, lines).prop_map(|(header, lines)| Node::Block(header, lines)), 1 => prop::sample::select(vec!["word", "map", "list"]).prop_map(Node::Alias)];
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            (any::<bool>(), prop::collection::vec(inner.clone(), 0..4))
                .prop_map(|(flow, items)| Node::Seq(flow, items)),
            (
                any::<bool>(),
                any::<bool>(),
                prop::collection::vec(inner, 0..4)
            )
                .prop_map(|(flow, merges, values)| {
                    let merge = merges.then(|| ("<<".to_owned(), Node::Alias("map")));
                    Node::Map(flow, merge.into_iter().chain(named(values)).collect())
                }),
        ]
    })
}

fn named(values: Vec<Node>) -> Vec<(String, Node)> {
    values
        .into_iter()
        .enumerate()
        .map(|(index, value)| (format!("k{index}"), value))
        .collect()
}

fn hand() -> impl Strategy<Value = Hand> {
    (
        prop::sample::select(vec!["\n", "\r\n", "\r"]),
        1_usize..5,
        any::<[bool; 5]>(),
    )
        .prop_map(
            |(line_break, step, [flush, comments, trailing_comma, final_break, anchors])| Hand {
                line_break,
                step,
                flush,
                comments,
                trailing_comma,
                final_break,
                anchors,
            },
        )
}

fn document() -> impl Strategy<Value = Document> {
    let root =
        prop::collection::vec(node(), 1..5).prop_map(|values| Node::Map(false, named(values)));
    (prop_oneof![4 => root, 1 => node()], hand()).prop_map(|(root, mut hand)| {
        let mut text = String::new();
        hand.anchors &= matches!(&root, Node::Map(false, pairs) if !pairs.is_empty());
        hand.start(&mut text);
        hand.block(&root, 0, &mut text);
        if !hand.final_break {
            text.truncate(text.trim_end_matches(hand.line_break).len());
        }
        Document::parse(text.as_bytes()).unwrap_or_else(|error| panic!("{error}\n{text}"))
    })
}

impl Hand {
    fn start(&self, text: &mut String) {
        for (name, value) in ANCHORS.iter().filter(|_| self.anchors) {
            text.extend([name, ": &", name, " ", value, self.line_break]);
        }
    }

    /// Writes what follows a `:`, a `-` or the start of the file, to the end of the line.
    fn block(&self, node: &Node, indent: usize, text: &mut String) {
        match node {
            Node::Block(header, lines) => {
                text.push_str(header);
                self.end_line(false, text);
                for line in lines {
                    text.push_str(&" ".repeat(indent + self.step));
                    text.push_str(line);
                    text.push_str(self.line_break);
                }
            }
            Node::Seq(false, items) if !items.is_empty() => {
                self.start_lines(text);
                for item in items {
                    text.push_str(&" ".repeat(indent));
                    text.push('-');
                    self.value(item, indent + self.step, text);
                }
            }
            Node::Map(false, pairs) if pairs.iter().any(|(key, _)| self.anchors || key != "<<") => {
                self.start_lines(text);
                for (key, value) in pairs.iter().filter(|(key, _)| self.anchors || key != "<<") {
                    let flush = self.flush && matches!(value, Node::Seq(false, _));
                    text.push_str(&" ".repeat(indent));
                    text.push_str(key);
                    text.push(':');
                    self.value(value, indent + if flush { 0 } else { self.step }, text);
                }
            }
            _ => {
                self.flow(node, text);
                self.end_line(true, text);
            }
        }
    }

    fn value(&self, node: &Node, indent: usize, text: &mut String) {
        let own_lines = match node {
            Node::Seq(false, items) => !items.is_empty(),
            Node::Map(false, pairs) => pairs.iter().any(|(key, _)| self.anchors || key != "<<"),
            _ => false,
        };
        if !own_lines && !matches!(node, Node::Scalar(scalar) if scalar.is_empty()) {
            text.push(' ');
        }
        self.block(node, indent, text);
    }

    /// Ends the line of the key or `-`, if there is one.
    fn start_lines(&self, text: &mut String) {
        if text.ends_with([':', '-']) {
            self.end_line(true, text);
        }
    }

    fn end_line(&self, comment: bool, text: &mut String) {
        if self.comments && comment {
            text.push_str("  # note: a, [b]");
        }
        text.push_str(self.line_break);
    }

    fn flow(&self, node: &Node, text: &mut String) {
        let (open, close, parts): (char, char, Vec<_>) = match node {
            Node::Scalar(scalar) => return text.push_str(scalar),
            Node::Block(..) => return text.push_str("''"),
            Node::Alias(name) => {
                return text.extend([if self.anchors { "*" } else { "" }, *name]);
            }
            Node::Seq(_, items) => (
                '[',
                ']',
                items
                    .iter()
                    .filter(|item| !is_nothing(item))
                    .map(|item| (None, item))
                    .collect(),
            ),
            Node::Map(_, pairs) => (
                '{',
                '}',
                pairs
                    .iter()
                    .filter(|(key, _)| self.anchors || key != "<<")
                    .map(|(key, value)| (Some(key), value))
                    .collect(),
            ),
        };
        text.push(open);
        for (index, (key, value)) in parts.iter().enumerate() {
            if index > 0 {
                text.push_str(", ");
            }
            if let Some(key) = key {
                text.push_str(key);
                text.push_str(": ");
            }
            self.flow(value, text);
        }
        if self.trailing_comma && !parts.is_empty() {
            text.push(',');
        }
        text.push(close);
    }
}

/// Whether nothing is written for it, which is no item inside brackets.
fn is_nothing(node: &Node) -> bool {
    matches!(node, Node::Scalar(scalar) if scalar.is_empty())
}

fn value() -> impl Strategy<Value = Value> {
    let text = prop_oneof![
        ".{0,12}",
        "[ \\n:#a'\"\\\\\\-\\[\\]{},&*!|>%@`?=<~\\t]{0,8}",
        "[a-z ]{1,10}(\\n[ a-z]{0,5}){0,3}\\n{0,2}"
    ]
    .prop_map(Value::Str);
    let leaf = prop_oneof![2 => text, 1 => prop::sample::select(nasty())];
    leaf.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::Seq),
            prop::collection::btree_map("[a-z:# ]{0,4}", inner, 0..4).prop_map(|pairs| Value::Map(
                pairs
                    .into_iter()
                    .map(|(key, value)| (Value::from(key), value))
                    .collect()
            )),
        ]
    })
}

fn chosen(document: &Document, choice: Index) -> Path {
    let paths = paths(document);
    choice.get(&paths).clone()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, max_global_rejects: 50_000, ..ProptestConfig::default() })]

    #[test]
    fn what_is_set_is_there_and_nothing_else_changes(document in document(), choice: Index, value in value()) {
        let path = chosen(&document, choice);
        let edited = document.set(&path, &value).unwrap();
        prop_assert_eq!(edited.get(&path), Some(&value));
        prop_assert_eq!(edited.root(), &with_value(document.root(), &path, &value));
        let again = Document::parse(edited.bytes()).unwrap();
        prop_assert_eq!(again.root(), edited.root());
    }

    #[test]
    fn setting_what_is_there_changes_no_byte(document in document(), choice: Index) {
        let path = chosen(&document, choice);
        let value = document.get(&path).unwrap().clone();
        let edited = document.set(&path, &value).unwrap();
        prop_assert_eq!(edited.bytes(), document.bytes());
    }

    #[test]
    fn setting_a_value_and_then_the_old_one_restores_the_meaning(document in document(), choice: Index, value in value()) {
        let path = chosen(&document, choice);
        let old = document.get(&path).unwrap().clone();
        let back = document.set(&path, &value).unwrap().set(&path, &old).unwrap();
        prop_assert_eq!(back.root(), document.root());
    }

    #[test]
    fn a_word_for_a_word_changes_only_its_bytes_and_back_restores_all(document in document(), choice: Index, word in "[a-z]{3,9}x") {
        let is_word = |path: &Path| document.get(path).and_then(Value::as_str).is_some_and(|text| {
            !text.is_empty() && document.source(path).is_some_and(|source| source == text && text.bytes().all(|b| b.is_ascii_lowercase()))
        });
        let words: Vec<_> = paths(&document).into_iter().filter(is_word).collect();
        prop_assume!(!words.is_empty() && !document.bytes().contains(&b'*'));
        let path = choice.get(&words);
        let old = document.get(path).unwrap().clone();
        let start = document.source(path).unwrap().as_ptr() as usize - document.bytes().as_ptr() as usize;
        let end = start + document.source(path).unwrap().len();
        let edited = document.set(path, &Value::from(word.as_str())).unwrap();
        let expected = [&document.bytes()[..start], word.as_bytes(), &document.bytes()[end..]].concat();
        prop_assert_eq!(String::from_utf8_lossy(edited.bytes()), String::from_utf8_lossy(&expected));
        let restored = edited.set(path, &old).unwrap();
        prop_assert_eq!(restored.bytes(), document.bytes());
    }

    #[test]
    fn a_key_that_is_inserted_is_there_and_nothing_else_changes(document in document(), choice: Index, key in "[a-z: ]{1,6}", value in value()) {
        let is_map = |path: &Path| matches!(document.get(path), Some(Value::Map(_)));
        let maps: Vec<_> = paths(&document).into_iter().filter(is_map).collect();
        prop_assume!(!maps.is_empty());
        let path = choice.get(&maps);
        prop_assume!(document.get(path).unwrap().get(&key).is_none());
        let edited = document.insert(path, &key, &value, &["k1"]).unwrap();
        let mut pairs = document.get(path).unwrap().as_map().unwrap().to_vec();
        pairs.push((Value::from(key.as_str()), value));
        prop_assert_eq!(edited.root(), &with_value(document.root(), path, &Value::Map(pairs)));
    }

    #[test]
    fn changes_that_are_made_together_say_what_each_of_them_says(document in document(), changes in prop::collection::vec((any::<Index>(), value()), 1..5)) {
        let leaves = leaves(&document);
        prop_assume!(!leaves.is_empty());
        let mut draft = document.draft();
        let mut wanted = document.root().clone();
        for (choice, value) in &changes {
            let path = choice.get(&leaves);
            // An earlier one may have put something else there.
            if wanted.at(path).is_some() {
                draft.set(path, value).unwrap();
                wanted = with_value(&wanted, path, value);
            }
        }
        prop_assert_eq!(draft.root(), &wanted);
        let edited = draft.finish().unwrap();
        prop_assert_eq!(edited.root(), &wanted);
        let again = Document::parse(edited.bytes()).unwrap();
        prop_assert_eq!(again.root(), &wanted);
    }

    #[test]
    fn when_an_item_with_lines_of_its_own_goes_all_other_lines_stay_as_they_are(document in document(), choice: Index) {
        let is_further_item = |path: &Path| match path.split_last() {
            Some((sequence, Segment::Index(index))) => *index > 0 && document.style(&sequence) == Some(Style::BlockSequence),
            _ => false,
        };
        let items: Vec<_> = paths(&document).into_iter().filter(is_further_item).collect();
        prop_assume!(!items.is_empty() && !document.bytes().contains(&b'*'));
        let (sequence, last) = choice.get(&items).split_last().unwrap();
        let Segment::Index(index) = *last else { unreachable!() };
        let mut left = document.get(&sequence).unwrap().as_seq().unwrap().to_vec();
        left.remove(index);
        let edited = document.set(&sequence, &Value::Seq(left.clone())).unwrap();
        prop_assert_eq!(edited.root(), &with_value(document.root(), &sequence, &Value::Seq(left)));
        let lines = |document: &Document| {
            let text = String::from_utf8(document.bytes().to_vec()).unwrap();
            text.trim_end_matches(['\r', '\n']).split(['\r', '\n']).map(str::to_owned).collect::<Vec<_>>()
        };
        let mut before = lines(&document).into_iter();
        for line in lines(&edited) {
            prop_assert!(before.any(|old| old == line), "{line:?} is new or has moved");
        }
    }
}
