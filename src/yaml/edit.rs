//! Edits a document in place: compares the values there with those wanted, and replaces only what differs.
//!
//! Anchors: an alias stays if, after the edit, it still stands for the value wanted at its place; else the value is
//! written there instead of the alias. So whatever is changed, everything else keeps its meaning.

use std::cell::OnceCell;
use std::collections::{HashMap, HashSet};

use super::Document;
use super::house::{Habits, House};
use super::read::{Pairs, is_merge, merge_sources, merged_pairs, read_key, read_node};
use super::splice::Splices;
use super::tree::{Collection, Layout, NodeId, NodeKind, Slot};
use super::value::Value;

/// What keeps an edit from being made.
pub(super) type Refusal = String;

/// The text of the document with `wanted` as its value.
pub(super) fn edit(document: &Document, wanted: &Value) -> Result<String, Refusal> {
    let mut editor = Editor {
        document,
        splices: Splices::new(&document.text),
        house: OnceCell::new(),
        fates: HashMap::new(),
    };
    editor.reconcile(&Place::ROOT, document.tree.root, &document.root, wanted)?;
    editor
        .splices
        .apply()
        .ok_or_else(|| "the changes overlap".to_owned())
}

/// What a node is the value of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Spot {
    Root,
    /// The value of a key in a block mapping.
    Entry,
    /// An item of a block sequence.
    Item,
    /// Anything inside `[ ]` or `{ }`.
    Flow,
}

/// Where a node stands.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    pub(super) spot: Spot,
    /// The first byte of the item or entry.
    pub(super) start: usize,
    /// Right after the `-` or `:` before it; nothing if there is none.
    pub(super) indicator_end: Option<usize>,
    /// Whether it is the value of a key that has no `:`.
    pub(super) bare: bool,
    pub(super) habits: Habits,
}

impl Place {
    const ROOT: Self = Self {
        spot: Spot::Root,
        start: 0,
        indicator_end: None,
        bare: false,
        habits: Habits::PLAIN,
    };
}

/// What an edit does to a node with an anchor.
enum Fate {
    /// It stays and has this value now.
    Has(Value),
    /// It is not there any more.
    Gone,
}

pub(super) struct Editor<'d> {
    pub(super) document: &'d Document,
    pub(super) splices: Splices<'d>,
    house: OnceCell<House>,
    fates: HashMap<NodeId, Fate>,
}

impl Editor<'_> {
    pub(super) fn house(&self) -> &House {
        self.house
            .get_or_init(|| House::of(&self.document.tree, &self.document.text))
    }

    fn has_aliases(&self) -> bool {
        self.document.tree.has_aliases
    }

    /// Makes the node have the value `wanted`, where it has `value` now.
    pub(super) fn reconcile(
        &mut self,
        place: &Place,
        id: NodeId,
        value: &Value,
        wanted: &Value,
    ) -> Result<(), Refusal> {
        if !self.has_aliases() && value == wanted {
            return Ok(());
        }
        let tree = &self.document.tree;
        let node = tree.node(id);
        if let NodeKind::Alias(target) = node.kind {
            return match self.value_after(target) {
                Some(after) if after == wanted => Ok(()),
                _ => self.replace(place, id, wanted),
            };
        }
        if node.anchored {
            self.fates.insert(id, Fate::Has(wanted.clone()));
        }
        match (&node.kind, value, wanted) {
            (NodeKind::Seq(collection), Value::Seq(items), Value::Seq(wanted_items))
                if !items.is_empty() && !wanted_items.is_empty() =>
            {
                self.sequence(place, id, collection, items, wanted_items)
            }
            (NodeKind::Map(collection), Value::Map(_), Value::Map(wanted_pairs))
                if !wanted_pairs.is_empty() =>
            {
                self.mapping(place, id, collection, value, wanted)
            }
            _ if value == wanted => Ok(()),
            _ => self.replace(place, id, wanted),
        }
    }

    /// What the target of an alias stands for after the edit; nothing if it is gone.
    fn value_after(&self, target: NodeId) -> Option<&Value> {
        match self.fates.get(&target) {
            Some(Fate::Has(value)) => Some(value),
            Some(Fate::Gone) => None,
            None => self
                .document
                .anchors
                .get(&target)
                .map(|anchor| &anchor.value),
        }
    }

    /// Writes the whole value anew.
    fn replace(&mut self, place: &Place, id: NodeId, wanted: &Value) -> Result<(), Refusal> {
        self.forget_content(id);
        self.overwrite(place, id, wanted)
    }

    /// The anchors inside this node are gone after the edit.
    fn forget_content(&mut self, id: NodeId) {
        if !self.has_aliases() {
            return;
        }
        if let Some(collection) = self.document.tree.node(id).collection() {
            for slot in &collection.slots {
                self.forget_slot(slot);
            }
        }
    }

    fn forget_slot(&mut self, slot: &Slot) {
        for id in slot.key.into_iter().chain([slot.value]) {
            if self.document.tree.node(id).anchored {
                self.fates.insert(id, Fate::Gone);
            }
            self.forget_content(id);
        }
    }

    fn sequence(
        &mut self,
        place: &Place,
        id: NodeId,
        collection: &Collection,
        items: &[Value],
        wanted: &[Value],
    ) -> Result<(), Refusal> {
        let habits = Habits::of(&self.document.tree, collection);
        let mut removed = HashSet::new();
        let mut additions = Vec::new();
        let mut last = None;
        for step in super::diff::steps(items, wanted) {
            match (step.old, step.new) {
                (Some(old), Some(new)) => {
                    let slot = &collection.slots[old];
                    let inner = inner_place(place, collection, slot, habits);
                    self.reconcile(&inner, slot.value, &items[old], &wanted[new])?;
                    last = Some(old);
                }
                (Some(old), None) => {
                    self.forget_slot(&collection.slots[old]);
                    removed.insert(old);
                }
                (None, Some(new)) => additions.push(Addition {
                    after: last,
                    key: None,
                    value: &wanted[new],
                }),
                (None, None) => {}
            }
        }
        self.change_slots(place, id, collection, habits, &removed, &additions);
        Ok(())
    }

    fn mapping(
        &mut self,
        place: &Place,
        id: NodeId,
        collection: &Collection,
        value: &Value,
        wanted: &Value,
    ) -> Result<(), Refusal> {
        let (tree, anchors) = (&self.document.tree, &self.document.anchors);
        let habits = Habits::of(tree, collection);
        let values = by_key(value)?;
        let wanted_values = by_key(wanted)?;
        let mut keys = Vec::with_capacity(collection.slots.len());
        let mut live = HashMap::new();
        for (index, slot) in collection.slots.iter().enumerate() {
            let key = match slot.key {
                Some(key) if !is_merge(tree, slot) => read_key(tree, anchors, key)
                    .map_err(|fault| fault.message)?
                    .key_id(),
                _ => None,
            };
            if let Some(key) = &key {
                live.insert(key.clone(), index);
            }
            keys.push(key);
        }

        let kept = |key: &Option<String>| {
            key.as_ref()
                .is_none_or(|key| wanted_values.contains_key(key))
        };
        if !keys.iter().any(kept) || (collection.layout == Layout::Pair && wanted_values.len() != 1)
        {
            return self.replace(place, id, wanted);
        }

        let mut removed = HashSet::new();
        let mut merged = Pairs::default();
        for (index, slot) in collection.slots.iter().enumerate() {
            let inner = inner_place(place, collection, slot, habits);
            match &keys[index] {
                None => self.merge(&inner, slot, &wanted_values, &mut merged)?,
                Some(key) if !wanted_values.contains_key(key) => {
                    self.forget_slot(slot);
                    removed.insert(index);
                }
                Some(key) => {
                    self.keep_key(slot)?;
                    match (values.get(key), wanted_values.get(key)) {
                        (Some(value), Some(wanted)) if live.get(key) == Some(&index) => {
                            self.reconcile(&inner, slot.value, value.1, wanted.1)?;
                        }
                        _ => self.keep(&inner, slot.value)?,
                    }
                }
            }
        }

        let merged = Value::Map(merged.pairs);
        let merged = by_key(&merged)?;
        let merge_slot = keys.iter().rposition(Option::is_none);
        let mut additions = Vec::new();
        let mut last = None;
        for (key, value) in wanted.as_map().unwrap_or_default() {
            let key_id = key.key_id().unwrap_or_default();
            match live.get(&key_id) {
                Some(index) => last = Some(*index),
                None if merged.get(&key_id).is_some_and(|pair| pair.1 == value) => {
                    last = last.or(merge_slot);
                }
                None => additions.push(Addition {
                    after: last.or(merge_slot),
                    key: Some(key),
                    value,
                }),
            }
        }
        self.change_slots(place, id, collection, habits, &removed, &additions);
        Ok(())
    }

    /// Keeps what a merge key merges, without the keys that are not wanted; adds it to `merged`.
    fn merge(
        &mut self,
        place: &Place,
        slot: &Slot,
        wanted: &ByKey<'_>,
        merged: &mut Pairs,
    ) -> Result<(), Refusal> {
        let tree = &self.document.tree;
        // What an alias of a sequence stands for is elsewhere.
        let is_sequence = matches!(tree.node(slot.value).kind, NodeKind::Seq(_));
        let (sources, spot) = if is_sequence {
            (merge_sources(tree, slot), Spot::Flow)
        } else {
            (vec![slot.value], place.spot)
        };
        let place = Place { spot, ..*place };
        let mut brought = Vec::new();
        for source in sources {
            let before = self.read(source)?;
            let now = match tree.node(source).kind {
                NodeKind::Alias(target) => self.value_after(target).unwrap_or(&before),
                _ => &before,
            };
            let is_wanted = |pair: &(Value, Value)| {
                pair.0.key_id().is_some_and(|key| wanted.contains_key(&key))
            };
            let unchanged = merged_pairs(now.clone())
                .filter(|_| !is_sequence || now.as_map().is_some())
                .filter(|pairs| pairs.iter().all(is_wanted));
            let (target, pairs) = if let Some(pairs) = unchanged {
                (now.clone(), pairs)
            } else {
                let mut kept = Pairs::default();
                for (key, value) in merged_pairs(before.clone()).unwrap_or_default() {
                    kept.put(key, value);
                }
                kept.pairs.retain(is_wanted);
                (Value::Map(kept.pairs.clone()), kept.pairs)
            };
            self.reconcile(&place, source, &before, &target)?;
            brought.push(pairs);
        }
        for (key, value) in brought.into_iter().rev().flatten() {
            merged.put(key, value);
        }
        Ok(())
    }

    fn read(&self, id: NodeId) -> Result<Value, Refusal> {
        read_node(&self.document.tree, &self.document.anchors, id).map_err(|fault| fault.message)
    }

    /// Keeps the value of a node whose bytes need not change, unless an alias in it would.
    fn keep(&mut self, place: &Place, id: NodeId) -> Result<(), Refusal> {
        if !self.has_aliases() {
            return Ok(());
        }
        let value = self.read(id)?;
        self.reconcile(place, id, &value, &value)
    }

    /// The same for a key.
    fn keep_key(&mut self, slot: &Slot) -> Result<(), Refusal> {
        let Some(key) = slot.key else { return Ok(()) };
        let node = self.document.tree.node(key);
        if let NodeKind::Alias(target) = node.kind {
            let value = self.read(key)?;
            if self.value_after(target) != Some(&value) {
                let text = self.renderer(Habits::PLAIN).key(&value, true);
                self.splices.replace(node.span.clone(), text);
            }
        }
        Ok(())
    }
}

type ByKey<'v> = HashMap<String, (&'v Value, &'v Value)>;

/// The pairs of a mapping by what identifies the key.
fn by_key(map: &Value) -> Result<ByKey<'_>, Refusal> {
    let pairs = map.as_map().unwrap_or_default();
    let mut result = HashMap::with_capacity(pairs.len());
    for (key, value) in pairs {
        let id = key
            .key_id()
            .ok_or_else(|| format!("{} cannot be a key", key.kind()))?;
        if result.insert(id, (key, value)).is_some() {
            return Err("a key stands twice in the new mapping".to_owned());
        }
    }
    Ok(result)
}

/// A new item or entry.
pub(super) struct Addition<'v> {
    /// The slot that it follows; nothing for the first.
    pub(super) after: Option<usize>,
    /// Nothing for an item.
    pub(super) key: Option<&'v Value>,
    pub(super) value: &'v Value,
}

fn inner_place(place: &Place, collection: &Collection, slot: &Slot, habits: Habits) -> Place {
    let block = collection.layout == Layout::Block && place.spot != Spot::Flow;
    let inner = match (block, slot.key) {
        (false, _) => Spot::Flow,
        (true, Some(_)) => Spot::Entry,
        (true, None) => Spot::Item,
    };
    let bare = slot.key.is_some() && slot.indicator_end.is_none();
    Place {
        spot: inner,
        start: slot.start,
        indicator_end: slot.indicator_end,
        bare,
        habits,
    }
}
