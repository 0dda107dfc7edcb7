//! Writes whole values: in the likeness of their neighbours where they have some, else after the file's habits.

use super::Document;
use super::house::{Habits, House, quote_of};
use super::lines::{column, ends_line, line_start, starts_line};
use super::read::is_merge;
use super::resolve::{ScalarType, type_of_plain};
use super::token::ScalarStyle;
use super::tree::{Collection, Layout, Node, NodeId, NodeKind, Slot, Tree};
use super::value::Value;
use super::write::Quote;

/// How many neighbours a new item is written like at most.
const MOST: usize = 32;

/// The nodes that a new value is written like, nearest first.
#[derive(Debug, Clone, Default)]
pub(super) struct Models(Vec<Model>);

#[derive(Debug, Clone, Copy)]
struct Model {
    node: NodeId,
    /// The column of the item or entry that it stands in.
    column: usize,
}

impl Model {
    fn of(text: &str, layout: Layout, slot: &Slot) -> Self {
        let column = match layout {
            Layout::Block => column(text, slot.start),
            Layout::Flow | Layout::Pair => indentation(text, slot.start),
        };
        Self {
            node: slot.value,
            column,
        }
    }
}

impl Models {
    /// The items of a sequence: those up to `near` first, backwards. So many that each key of the new item is found in
    /// one of them, and not all of a long list.
    pub(super) fn siblings(document: &Document, collection: &Collection, near: usize) -> Self {
        let (before, after) = collection.slots.split_at(near + 1);
        let slots = before.iter().rev().chain(after).take(MOST);
        let model = |slot| Model::of(&document.text, collection.layout, slot);
        Self(slots.map(model).collect())
    }
}

/// A collection to write another like.
#[derive(Clone, Copy)]
struct Shape<'d> {
    model: Model,
    node: &'d Node,
    collection: &'d Collection,
}

/// How a collection with brackets is spread over lines.
struct Spread {
    /// The column of its items.
    inner: usize,
    /// The column of its closing bracket; nothing if that follows the last item.
    close: Option<usize>,
    /// Whether a comma follows the last item.
    comma: bool,
}

/// Writes whole values.
#[derive(Clone, Copy)]
pub(super) struct Renderer<'d> {
    pub(super) document: &'d Document,
    pub(super) house: &'d House,
    pub(super) habits: Habits,
}

impl<'d> Renderer<'d> {
    /// A scalar or empty collection, in the notation of `like`.
    pub(super) fn scalar(&self, value: &Value, flow: bool, like: Option<&Node>) -> String {
        let (quote, text) = match like.map(|node| &node.kind) {
            Some(NodeKind::Scalar {
                text,
                style: ScalarStyle::Plain,
                ..
            }) if type_of_plain(text) == ScalarType::Str => (Quote::Plain, text.as_str()),
            Some(NodeKind::Scalar {
                text,
                style: ScalarStyle::Plain,
                ..
            }) => (self.habits.value, text.as_str()),
            Some(NodeKind::Scalar { style, .. }) => (quote_of(*style).unwrap_or(Quote::Double), ""),
            _ => (self.habits.value, ""),
        };
        let is_like = match value {
            Value::Bool(_) => type_of_plain(text) == ScalarType::Bool,
            Value::Timestamp(_) => type_of_plain(text) == ScalarType::Timestamp,
            _ => false,
        };
        let text = if is_like { text } else { "" };
        super::write::inline(value, quote, text, flow, &self.house.words)
    }

    /// A key as it stands before its `:`.
    pub(super) fn key(&self, key: &Value, flow: bool) -> String {
        super::write::inline(key, self.habits.key, "", flow, &self.house.words)
    }

    /// Anything within one line: collections with brackets.
    pub(super) fn flow(&self, value: &Value) -> String {
        self.brackets(value, 0, &Models::default()).concat()
    }

    pub(super) fn flow_entry(&self, key: &Value, value: &Value) -> String {
        format!("{}: {}", self.key(key, true), self.flow(value))
    }

    /// Anything with brackets, on as many lines as its models. The first line goes where one is begun that is
    /// indented by `column`.
    pub(super) fn brackets(&self, value: &Value, column: usize, models: &Models) -> Vec<String> {
        let (open, close) = match value {
            Value::Seq(_) => ("[", "]"),
            _ => ("{", "}"),
        };
        if !value.is_filled() {
            return vec![self.scalar(value, true, self.scalar_model(models))];
        }
        let shape = self
            .shape(models, value)
            .filter(|shape| shape.collection.layout == Layout::Flow);
        let spread = shape.and_then(|shape| self.spread(shape, column));
        let inner = self.inside(shape);
        let inner_column = spread.as_ref().map_or(column, |spread| spread.inner);
        let mut slots: Vec<Vec<String>> = match value {
            Value::Seq(items) => {
                let models = self.below(models, None);
                let item = |item| inner.brackets(item, inner_column, &models);
                items.iter().map(item).collect()
            }
            _ => {
                let entry = |(key, value): &(Value, Value)| {
                    let models = self.below(models, Some(key));
                    let head = format!("{}: ", inner.key(key, true));
                    joined(vec![head], inner.brackets(value, inner_column, &models))
                };
                let pairs = value.as_map().unwrap_or_default();
                pairs.iter().map(entry).collect()
            }
        };
        let last = slots.len() - 1;
        let Some(spread) = spread else {
            let pad = shape.map_or("", |shape| self.padding(shape));
            let mut lines = vec![format!("{open}{pad}")];
            for (index, slot) in slots.into_iter().enumerate() {
                let comma = if index == 0 { "" } else { ", " };
                lines = joined(joined(lines, vec![comma.to_owned()]), slot);
            }
            return joined(lines, vec![format!("{pad}{close}")]);
        };
        let mut lines = vec![open.to_owned()];
        for (index, slot) in slots.iter_mut().enumerate() {
            if index < last || spread.comma {
                *slot = joined(std::mem::take(slot), vec![",".to_owned()]);
            }
            slot[0].insert_str(0, &" ".repeat(spread.inner));
            lines.append(slot);
        }
        match spread.close {
            Some(column) => lines.push(format!("{}{close}", " ".repeat(column))),
            None => lines = joined(lines, vec![close.to_owned()]),
        }
        lines
    }

    /// A filled collection as lines, all of which are indented by `column` at least.
    pub(super) fn block(&self, value: &Value, column: usize, models: &Models) -> Vec<String> {
        let inner = self.inside(self.shape(models, value));
        match value {
            Value::Seq(items) => {
                let models = self.below(models, None);
                let item = |item| inner.item(item, column, 2, &models);
                items.iter().flat_map(item).collect()
            }
            _ => {
                let entry = |(key, value): &(Value, Value)| {
                    inner.entry(key, value, column, &self.below(models, Some(key)))
                };
                let pairs = value.as_map().unwrap_or_default();
                pairs.iter().flat_map(entry).collect()
            }
        }
    }

    /// An item of a sequence whose `-` is in `column`, and whose content is `gap` columns further.
    pub(super) fn item(
        &self,
        value: &Value,
        column: usize,
        gap: usize,
        models: &Models,
    ) -> Vec<String> {
        let dash = format!("{}-{}", " ".repeat(column), " ".repeat(gap - 1));
        if !value.is_filled() {
            return vec![dash + &self.scalar(value, false, self.scalar_model(models))];
        }
        if self.is_flow(value, models) {
            return joined(vec![dash], self.brackets(value, column, models));
        }
        let mut lines = self.block(value, column + gap, models);
        if let Some(first) = lines.first_mut() {
            *first = dash + &first[column + gap..];
        }
        lines
    }

    /// An entry of a mapping whose key is in `column`.
    pub(super) fn entry(
        &self,
        key: &Value,
        value: &Value,
        column: usize,
        models: &Models,
    ) -> Vec<String> {
        let key = format!("{}{}:", " ".repeat(column), self.key(key, false));
        if !value.is_filled() {
            let scalar = self.scalar(value, false, self.scalar_model(models));
            return vec![format!("{key} {scalar}")];
        }
        let shape = self.shape(models, value);
        // Where the content starts, if the model's has a line of its own.
        let own = shape.and_then(|shape| self.shifted(shape, shape.node.start(), column));
        if self.is_flow(value, models) {
            let text = self.brackets(value, column, models);
            return match own {
                Some(column) => joined(vec![key, " ".repeat(column)], text),
                None => joined(vec![key + " "], text),
            };
        }
        let mut lines = vec![key];
        let column = own.unwrap_or(column + self.step(value));
        lines.extend(self.block(value, column, models));
        lines
    }

    /// Columns that a filled collection is indented by inside a mapping.
    pub(super) fn step(&self, value: &Value) -> usize {
        if matches!(value, Value::Seq(_)) {
            self.house.seq_step
        } else {
            self.house.map_step
        }
    }

    fn tree(&self) -> &'d Tree {
        &self.document.tree
    }

    fn is_flow(&self, value: &Value, models: &Models) -> bool {
        match self.shape(models, value) {
            Some(shape) => shape.collection.layout != Layout::Block,
            None => self.habits.flow_for(value),
        }
    }

    /// The same inside a collection that is written like `shape`.
    fn inside(&self, shape: Option<Shape<'_>>) -> Self {
        let habits = shape.map_or(self.habits, |shape| {
            Habits::inside(self.habits, self.tree(), shape.collection)
        });
        Self { habits, ..*self }
    }

    /// The nearest filled collection of the same kind.
    fn shape(&self, models: &Models, value: &Value) -> Option<Shape<'d>> {
        models.0.iter().find_map(|model| {
            let node = self.tree().node(model.node);
            let collection = node.collection()?;
            let is_same = match node.kind {
                NodeKind::Seq(_) => matches!(value, Value::Seq(_)),
                _ => matches!(value, Value::Map(_)),
            };
            let model = *model;
            (is_same && !collection.slots.is_empty()).then_some(Shape {
                model,
                node,
                collection,
            })
        })
    }

    /// The nearest scalar that stands within a line.
    fn scalar_model(&self, models: &Models) -> Option<&'d Node> {
        let nodes = models.0.iter().map(|model| self.tree().node(model.node));
        nodes.into_iter().find(|node| {
            matches!(&node.kind, NodeKind::Scalar { block: None, .. }) && !node.is_empty()
        })
    }

    /// What the models hold under `key`, or as items. What none has under that key may still be written like its
    /// neighbours, if those are all alike.
    fn below(&self, models: &Models, key: Option<&Value>) -> Models {
        let collections = models.0.iter().filter_map(|model| {
            let node = self.tree().node(model.node);
            match (&node.kind, key) {
                (NodeKind::Seq(collection), None) | (NodeKind::Map(collection), Some(_)) => {
                    Some(collection)
                }
                _ => None,
            }
        });
        let (mut named, mut alike) = (Vec::new(), Vec::new());
        for collection in collections {
            let model = |slot| Model::of(&self.document.text, collection.layout, slot);
            let slots = collection.slots.iter().rev();
            named.extend(slots.filter(|slot| self.is_named(slot, key)).map(model));
            let filled: Vec<_> = collection
                .slots
                .iter()
                .filter_map(|slot| Some((slot, self.kind_of(slot)?)))
                .collect();
            if let Some(((last, kind), others)) = filled.split_last()
                && others.iter().all(|(_, other)| other == kind)
            {
                alike.push(model(last));
            }
        }
        named.append(&mut alike);
        Models(named)
    }

    fn is_named(&self, slot: &Slot, name: Option<&Value>) -> bool {
        let key = slot.key.filter(|_| !is_merge(self.tree(), slot));
        match (key.map(|key| &self.tree().node(key).kind), name) {
            (Some(NodeKind::Scalar { text, .. }), Some(name)) => name.as_str() == Some(text),
            (None, None) => true,
            _ => false,
        }
    }

    /// Whether a filled collection is a sequence, and how it is laid out.
    fn kind_of(&self, slot: &Slot) -> Option<(bool, Layout)> {
        let node = self.tree().node(slot.value);
        let collection = node.collection()?;
        let is_seq = matches!(node.kind, NodeKind::Seq(_));
        (!collection.slots.is_empty()).then_some((is_seq, collection.layout))
    }

    /// The column for what stands first on its line at `at` in the model, in an item or entry that is in `column`.
    fn shifted(&self, shape: Shape<'_>, at: usize, to: usize) -> Option<usize> {
        let text = &self.document.text;
        let there = column(text, at) + to;
        starts_line(text, at).then(|| there.saturating_sub(shape.model.column))
    }

    fn spread(&self, shape: Shape<'_>, column: usize) -> Option<Spread> {
        let first = shape.collection.slots.first()?;
        let last = shape.collection.slots.last()?;
        let span = &shape.node.span;
        let inner = self.shifted(shape, first.start, column)?;
        ends_line(&self.document.text, span.start + 1).then(|| Spread {
            inner,
            close: self.shifted(shape, span.end - 1, column),
            comma: last.comma.is_some(),
        })
    }

    /// The space inside the brackets of a collection on one line.
    fn padding(&self, shape: Shape<'_>) -> &'static str {
        let inside = &self.document.text[shape.node.span.start + 1..shape.node.span.end - 1];
        let is_padded = inside.starts_with(' ') && inside.ends_with(' ');
        if is_padded { " " } else { "" }
    }
}

/// `more` after `lines`, of which it continues the last.
fn joined(mut lines: Vec<String>, more: Vec<String>) -> Vec<String> {
    let mut more = more.into_iter();
    if let (Some(last), Some(first)) = (lines.last_mut(), more.next()) {
        last.push_str(&first);
    }
    lines.extend(more);
    lines
}

/// How far the line that holds `at` is indented.
pub(super) fn indentation(text: &str, at: usize) -> usize {
    let line = &text[line_start(text, at)..];
    line.len() - line.trim_start_matches(' ').len()
}
