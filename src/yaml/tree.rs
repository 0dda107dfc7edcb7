//! The tree of a document: every node with the bytes it covers.

use std::ops::Range;

use super::token::{BlockScalar, ScalarStyle};

/// Where a node stands in [`Tree::nodes`].
pub(super) type NodeId = usize;

/// A document's nodes.
#[derive(Debug, Clone)]
pub(super) struct Tree {
    pub(super) nodes: Vec<Node>,
    pub(super) root: NodeId,
    /// Whether some node is an alias.
    pub(super) has_aliases: bool,
}

/// A value, key or collection as it is written.
#[derive(Debug, Clone)]
pub(super) struct Node {
    pub(super) kind: NodeKind,
    /// The bytes of the content, without anchor and tag; empty for an empty value.
    pub(super) span: Range<usize>,
    /// The bytes from the start of the anchor or tag to the end of both.
    pub(super) properties: Option<Range<usize>>,
    pub(super) anchored: bool,
    pub(super) tag: Option<WrittenTag>,
}

/// A tag in full (`tag:yaml.org,2002:str`, or `!`), and where it is written.
#[derive(Debug, Clone)]
pub(super) struct WrittenTag {
    pub(super) name: String,
    pub(super) span: Range<usize>,
}

#[derive(Debug, Clone)]
pub(super) enum NodeKind {
    Alias(NodeId),
    Scalar {
        text: String,
        style: ScalarStyle,
        block: Option<BlockScalar>,
    },
    Seq(Collection),
    Map(Collection),
}

#[derive(Debug, Clone)]
pub(super) struct Collection {
    pub(super) layout: Layout,
    pub(super) slots: Vec<Slot>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Layout {
    Block,
    Flow,
    /// `a: b` inside `[ ]`, which is a mapping of one key without braces.
    Pair,
}

/// An item of a sequence or an entry of a mapping.
#[derive(Debug, Clone)]
pub(super) struct Slot {
    /// Its first byte: the `-`, the `?`, or that of its content.
    pub(super) start: usize,
    /// Nothing for the item of a sequence.
    pub(super) key: Option<NodeId>,
    /// Right after the `-` or `:` before the value; nothing where none is written.
    pub(super) indicator_end: Option<usize>,
    pub(super) value: NodeId,
    /// The comma after it.
    pub(super) comma: Option<usize>,
}

impl Node {
    /// Right after the last byte of the node and its properties.
    pub(super) fn end(&self) -> usize {
        self.properties
            .as_ref()
            .map_or(self.span.end, |properties| {
                properties.end.max(self.span.end)
            })
    }

    /// The first byte of the node and its properties.
    pub(super) fn start(&self) -> usize {
        self.properties
            .as_ref()
            .map_or(self.span.start, |properties| {
                properties.start.min(self.span.start)
            })
    }

    pub(super) fn collection(&self) -> Option<&Collection> {
        match &self.kind {
            NodeKind::Seq(collection) | NodeKind::Map(collection) => Some(collection),
            _ => None,
        }
    }

    /// Whether nothing is written but, perhaps, an anchor or tag.
    pub(super) fn is_empty(&self) -> bool {
        matches!(
            &self.kind,
            NodeKind::Scalar {
                style: ScalarStyle::Plain,
                ..
            }
        ) && self.span.is_empty()
    }
}

impl Tree {
    pub(super) fn node(&self, id: NodeId) -> &Node {
        &self.nodes[id]
    }

    /// Right after the last byte of an item or entry.
    pub(super) fn slot_end(&self, slot: &Slot) -> usize {
        let value = self.node(slot.value).end();
        let key = slot.key.map_or(0, |key| self.node(key).end());
        value.max(key).max(slot.indicator_end.unwrap_or(0))
    }
}
