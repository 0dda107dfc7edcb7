//! Reads a document's tree into the values that `PyYAML`'s `safe_load` would build: tags, aliases, merge keys,
//! duplicate keys.

use std::collections::HashMap;

use super::resolve::{ScalarType, convert, type_of_plain};
use super::token::ScalarStyle;
use super::tree::{Collection, Node, NodeId, NodeKind, Slot, Tree};
use super::value::Value;
use super::{Fault, MAX_COPIED, MAX_VALUE_DEPTH};

/// The values of the nodes that have an anchor.
pub(super) type Anchors = HashMap<NodeId, Anchor>;

/// Reads the whole document; also gives the value of every node that has an anchor.
pub(super) fn read(tree: &Tree) -> Result<(Value, Anchors), Fault> {
    let mut reader = Reader {
        tree,
        known: &Anchors::new(),
        anchors: Anchors::new(),
        copied: 0,
    };
    let root = reader.value(tree.root)?;
    Ok((root, reader.anchors))
}

/// Reads one node of a document that was read before.
pub(super) fn read_node(tree: &Tree, known: &Anchors, id: NodeId) -> Result<Value, Fault> {
    Reader {
        tree,
        known,
        anchors: Anchors::new(),
        copied: 0,
    }
    .value(id)
}

/// Reads a key of such a document.
pub(super) fn read_key(tree: &Tree, known: &Anchors, id: NodeId) -> Result<Value, Fault> {
    Reader {
        tree,
        known,
        anchors: Anchors::new(),
        copied: 0,
    }
    .key(id, 0)
}

/// Whether an entry of a mapping is a merge key (`<<`).
pub(super) fn is_merge(tree: &Tree, slot: &Slot) -> bool {
    slot.key.is_some_and(|key| match &resolved(tree, key).kind {
        NodeKind::Scalar {
            text,
            style: ScalarStyle::Plain,
            ..
        } => text == "<<" && resolved(tree, key).tag.is_none(),
        _ => false,
    })
}

/// What a merge key merges: the node itself or, if it is a sequence, its items.
pub(super) fn merge_sources(tree: &Tree, slot: &Slot) -> Vec<NodeId> {
    match &resolved(tree, slot.value).kind {
        NodeKind::Seq(collection) => collection.slots.iter().map(|slot| slot.value).collect(),
        _ => vec![slot.value],
    }
}

/// The pairs of what a merge key merges, those that win last; nothing if it is no mapping nor a sequence of such.
pub(super) fn merged_pairs(value: Value) -> Option<Vec<(Value, Value)>> {
    match value {
        Value::Map(pairs) => Some(pairs),
        Value::Seq(items) => {
            let mut pairs = Vec::new();
            for item in items.into_iter().rev() {
                let Value::Map(merged) = item else {
                    return None;
                };
                pairs.extend(merged);
            }
            Some(pairs)
        }
        _ => None,
    }
}

/// The node itself, or what it is an alias of.
pub(super) fn resolved(tree: &Tree, id: NodeId) -> &Node {
    match tree.node(id).kind {
        NodeKind::Alias(target) => tree.node(target),
        _ => tree.node(id),
    }
}

/// Puts pairs into a mapping as Python's `dict` does: a key that is there already keeps its place and gets the value.
#[derive(Default)]
pub(super) struct Pairs {
    pub(super) pairs: Vec<(Value, Value)>,
    by_key: HashMap<String, usize>,
}

impl Pairs {
    /// Nothing is put if the key cannot be one.
    pub(super) fn put(&mut self, key: Value, value: Value) -> Option<()> {
        let id = key.key_id()?;
        if let Some(index) = self.by_key.get(&id) {
            self.pairs[*index].1 = value;
        } else {
            self.by_key.insert(id, self.pairs.len());
            self.pairs.push((key, value));
        }
        Some(())
    }
}

/// What an anchor stands for.
#[derive(Debug, Clone)]
pub(super) struct Anchor {
    pub(super) value: Value,
    /// About how many bytes a copy takes.
    size: usize,
    depth: usize,
}

impl Anchor {
    fn new(value: Value) -> Self {
        let (size, depth) = measure(&value);
        Self { value, size, depth }
    }
}

fn measure(value: &Value) -> (usize, usize) {
    let children: Vec<&Value> = match value {
        Value::Str(text) => return (32 + text.len(), 0),
        Value::Seq(items) => items.iter().collect(),
        Value::Map(pairs) => pairs.iter().flat_map(|(key, value)| [key, value]).collect(),
        _ => return (32, 0),
    };
    children
        .into_iter()
        .map(measure)
        .fold((32, 1), |(size, depth), child| {
            (size + child.0, depth.max(child.1 + 1))
        })
}

struct Reader<'t> {
    tree: &'t Tree,
    known: &'t Anchors,
    anchors: Anchors,
    /// Bytes that aliases and merge keys have copied so far.
    copied: usize,
}

impl Reader<'_> {
    fn value(&mut self, id: NodeId) -> Result<Value, Fault> {
        self.value_at(id, 0)
    }

    fn value_at(&mut self, id: NodeId, depth: usize) -> Result<Value, Fault> {
        let tree = self.tree;
        let node = tree.node(id);
        let value = match &node.kind {
            NodeKind::Alias(target) => return self.copy(*target, node, depth),
            NodeKind::Scalar { text, style, .. } => scalar(node, text, *style)?,
            NodeKind::Seq(collection) => {
                check_tag(node, "tag:yaml.org,2002:seq")?;
                let items = collection
                    .slots
                    .iter()
                    .map(|slot| self.value_at(slot.value, depth + 1));
                Value::Seq(items.collect::<Result<_, _>>()?)
            }
            NodeKind::Map(collection) => {
                check_tag(node, "tag:yaml.org,2002:map")?;
                self.mapping(collection, depth + 1)?
            }
        };
        if node.anchored {
            self.anchors.insert(id, Anchor::new(value.clone()));
        }
        Ok(value)
    }

    fn copy(&mut self, target: NodeId, alias: &Node, depth: usize) -> Result<Value, Fault> {
        let fault = |message: String| Fault {
            offset: alias.span.start,
            message,
        };
        // The tree makes sure that the target is complete before the alias.
        let Some(anchor) = self
            .anchors
            .get(&target)
            .or_else(|| self.known.get(&target))
        else {
            return Err(fault("this alias refers to nothing".to_owned()));
        };
        self.copied = self.copied.saturating_add(anchor.size);
        if self.copied > MAX_COPIED {
            return Err(fault(format!(
                "the aliases of this file blow it up too much: they copy more than {} MiB",
                MAX_COPIED >> 20
            )));
        }
        if depth + anchor.depth > MAX_VALUE_DEPTH {
            return Err(fault(format!(
                "aliases nest collections more than {MAX_VALUE_DEPTH} deep"
            )));
        }
        Ok(anchor.value.clone())
    }

    fn mapping(&mut self, collection: &Collection, depth: usize) -> Result<Value, Fault> {
        let mut own = Vec::new();
        let mut result = Pairs::default();
        for slot in &collection.slots {
            if is_merge(self.tree, slot) {
                for pair in self.merged(slot, depth)? {
                    result.put(pair.0, pair.1);
                }
            } else if let Some(key) = slot.key {
                let key_value = self.key(key, depth)?;
                own.push((key, key_value, self.value_at(slot.value, depth)?));
            }
        }
        for (node, key, value) in own {
            let offset = self.tree.node(node).span.start;
            let message = "a sequence or mapping cannot be a key";
            result.put(key, value).ok_or_else(|| Fault {
                offset,
                message: message.to_owned(),
            })?;
        }
        Ok(Value::Map(result.pairs))
    }

    fn key(&mut self, id: NodeId, depth: usize) -> Result<Value, Fault> {
        match &self.tree.node(id).kind {
            NodeKind::Scalar {
                text,
                style: ScalarStyle::Plain,
                ..
            } if text == "=" && self.tree.node(id).tag.is_none() => Ok(Value::from("=")),
            _ => self.value_at(id, depth),
        }
    }

    /// The pairs that a merge key brings, those that win last.
    fn merged(&mut self, slot: &Slot, depth: usize) -> Result<Vec<(Value, Value)>, Fault> {
        let value = self.value_at(slot.value, depth)?;
        merged_pairs(value).ok_or_else(|| Fault {
            offset: self.tree.node(slot.value).span.start,
            message: "`<<` merges only a mapping or a sequence of mappings".to_owned(),
        })
    }
}

fn scalar(node: &Node, text: &str, style: ScalarStyle) -> Result<Value, Fault> {
    let kind = match node.tag.as_ref().map(|tag| tag.name.as_str()) {
        None if style == ScalarStyle::Plain => type_of_plain(text),
        None | Some("tag:yaml.org,2002:str") => ScalarType::Str,
        Some("!") => type_of_plain(text),
        Some("tag:yaml.org,2002:null") => ScalarType::Null,
        Some("tag:yaml.org,2002:bool") => ScalarType::Bool,
        Some("tag:yaml.org,2002:int") => ScalarType::Int,
        Some("tag:yaml.org,2002:float") => ScalarType::Float,
        Some("tag:yaml.org,2002:timestamp") => ScalarType::Timestamp,
        Some(_) => return Err(unknown_tag(node)),
    };
    let offset = node.span.start;
    convert(kind, text).map_err(|message| Fault { offset, message })
}

/// Refuses a collection with any tag but its own and `!`.
fn check_tag(node: &Node, own: &str) -> Result<(), Fault> {
    match &node.tag {
        Some(tag) if tag.name != own && tag.name != "!" => Err(unknown_tag(node)),
        _ => Ok(()),
    }
}

fn unknown_tag(node: &Node) -> Fault {
    let (name, offset) = node
        .tag
        .as_ref()
        .map_or(("", 0), |tag| (tag.name.as_str(), tag.span.start));
    Fault {
        offset,
        message: format!("the tag `{name}` cannot be read here; remove it"),
    }
}
