//! The habits of a file: how it indents, quotes, and spells what YAML lets one spell in several ways.

use std::collections::HashMap;

use super::lines::column;
use super::resolve::{ScalarType, type_of_plain};
use super::token::ScalarStyle;
use super::tree::{Collection, Layout, NodeId, NodeKind, Tree};
use super::value::Value;
use super::write::{Quote, Words};

/// The habits of a whole file, for what has no neighbour to copy from.
#[derive(Debug, Clone)]
pub(super) struct House {
    pub(super) words: Words,
    /// Columns that a mapping inside a mapping is indented by.
    pub(super) map_step: usize,
    /// Columns that the `-` of a sequence inside a mapping is indented by.
    pub(super) seq_step: usize,
}

/// The habits of one collection.
#[derive(Debug, Clone, Copy)]
pub(super) struct Habits {
    /// How keys are quoted.
    pub(super) key: Quote,
    /// How texts are quoted that need not be.
    pub(super) value: Quote,
    /// Whether all sequences in it are written with `[ ]`, and all mappings with `{ }`.
    pub(super) flow_seq: bool,
    pub(super) flow_map: bool,
}

impl Habits {
    pub(super) const PLAIN: Self = Self {
        key: Quote::Plain,
        value: Quote::Plain,
        flow_seq: false,
        flow_map: false,
    };

    pub(super) fn of(tree: &Tree, collection: &Collection) -> Self {
        Self::inside(Self::PLAIN, tree, collection)
    }

    /// Those of a collection; what it does not show is as in the one around it, which has `outer`.
    pub(super) fn inside(outer: Self, tree: &Tree, collection: &Collection) -> Self {
        let keys = collection.slots.iter().filter_map(|slot| slot.key);
        let key = common_quote(keys.map(|key| scalar_quote(tree, key)));
        let flow = collection.layout != Layout::Block;
        let values = || collection.slots.iter().map(|slot| slot.value);
        let texts = values()
            .filter(|id| is_text(tree, *id))
            .map(|id| scalar_quote(tree, id));
        let value = match common_quote(texts) {
            None if flow => key,
            quote => quote,
        };
        let all_flow = |map: bool| {
            let mut layouts = values()
                .filter_map(|id| filled_layout(tree, id, map))
                .peekable();
            layouts.peek().is_some() && layouts.all(|layout| layout == Layout::Flow)
        };
        Self {
            key: key.unwrap_or(outer.key),
            value: value.unwrap_or(outer.value),
            flow_seq: all_flow(false),
            flow_map: all_flow(true),
        }
    }

    /// Whether a new value of this kind is written with brackets.
    pub(super) fn flow_for(self, value: &Value) -> bool {
        match value {
            Value::Seq(_) => self.flow_seq,
            _ => self.flow_map,
        }
    }
}

/// The quotes that all of these have; plain if they differ, nothing if there are none.
fn common_quote(mut quotes: impl Iterator<Item = Option<Quote>>) -> Option<Quote> {
    let first = quotes.next()?;
    Some(if quotes.all(|quote| quote == first) {
        first.unwrap_or(Quote::Plain)
    } else {
        Quote::Plain
    })
}

pub(super) fn quote_of(style: ScalarStyle) -> Option<Quote> {
    match style {
        ScalarStyle::Plain => Some(Quote::Plain),
        ScalarStyle::SingleQuoted => Some(Quote::Single),
        ScalarStyle::DoubleQuoted => Some(Quote::Double),
        ScalarStyle::Literal | ScalarStyle::Folded => None,
    }
}

fn scalar_quote(tree: &Tree, id: NodeId) -> Option<Quote> {
    match &tree.node(id).kind {
        NodeKind::Scalar { style, .. } => quote_of(*style),
        _ => None,
    }
}

fn is_text(tree: &Tree, id: NodeId) -> bool {
    match &tree.node(id).kind {
        NodeKind::Scalar {
            text,
            style: ScalarStyle::Plain,
            ..
        } => type_of_plain(text) == ScalarType::Str,
        // A date is often quoted where nothing else is.
        NodeKind::Scalar { text, style, .. } => {
            quote_of(*style).is_some() && type_of_plain(text) != ScalarType::Timestamp
        }
        _ => false,
    }
}

fn filled_layout(tree: &Tree, id: NodeId, map: bool) -> Option<Layout> {
    match &tree.node(id).kind {
        NodeKind::Seq(collection) if !map && !collection.slots.is_empty() => {
            Some(collection.layout)
        }
        NodeKind::Map(collection) if map && !collection.slots.is_empty() => Some(collection.layout),
        _ => None,
    }
}

/// Counts how often each habit occurs; the most frequent wins, of equals the first.
struct Votes<T>(Vec<T>);

impl<T: Clone + Eq + std::hash::Hash> Votes<T> {
    fn new() -> Self {
        Self(Vec::new())
    }

    fn add(&mut self, habit: T) {
        self.0.push(habit);
    }

    fn winner(&self) -> Option<T> {
        let mut counts: HashMap<&T, usize> = HashMap::new();
        for habit in &self.0 {
            *counts.entry(habit).or_default() += 1;
        }
        let most = counts.values().max()?;
        self.0
            .iter()
            .find(|habit| counts.get(habit) == Some(most))
            .cloned()
    }
}

impl House {
    pub(super) fn of(tree: &Tree, text: &str) -> Self {
        let mut quotes = Votes::new();
        let mut booleans = Votes::new();
        let mut nulls = Votes::new();
        let mut map_steps = Votes::new();
        let mut seq_steps = Votes::new();
        for node in &tree.nodes {
            match &node.kind {
                NodeKind::Scalar {
                    text,
                    style: ScalarStyle::Plain,
                    ..
                } => match type_of_plain(text) {
                    ScalarType::Bool => booleans.add(text.clone()),
                    ScalarType::Null if !text.is_empty() => nulls.add(text.clone()),
                    _ => {}
                },
                NodeKind::Scalar {
                    style: ScalarStyle::SingleQuoted,
                    ..
                } => quotes.add(Quote::Single),
                NodeKind::Scalar {
                    style: ScalarStyle::DoubleQuoted,
                    ..
                } => quotes.add(Quote::Double),
                NodeKind::Map(Collection {
                    layout: Layout::Block,
                    slots,
                }) => {
                    for slot in slots {
                        let child = tree.node(slot.value);
                        let (NodeKind::Seq(inner) | NodeKind::Map(inner)) = &child.kind else {
                            continue;
                        };
                        let Some(first) = inner.slots.first() else {
                            continue;
                        };
                        let outer = column(text, slot.start);
                        if inner.layout == Layout::Block
                            && let Some(step) = column(text, first.start).checked_sub(outer)
                        {
                            if matches!(child.kind, NodeKind::Seq(_)) {
                                &mut seq_steps
                            } else {
                                &mut map_steps
                            }
                            .add(step);
                        }
                    }
                }
                _ => {}
            }
        }
        let map_step = map_steps.winner().unwrap_or(2);
        Self {
            words: Words {
                boolean: booleans.winner().unwrap_or_else(|| "true".to_owned()),
                null: nulls.winner().unwrap_or_else(|| "null".to_owned()),
                quote: quotes.winner().unwrap_or(Quote::Double),
            },
            map_step,
            seq_step: seq_steps.winner().unwrap_or(map_step),
        }
    }
}
