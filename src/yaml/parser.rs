//! Builds the tree of a document from its tokens, by the grammar of YAML 1.1.

use std::collections::HashMap;
use std::iter::Peekable;
use std::ops::Range;
use std::vec::IntoIter;

use super::Fault;
use super::scan::scan;
use super::token::{Directive, ScalarStyle, Tag, Token, TokenKind};
use super::tree::{Collection, Layout, Node, NodeId, NodeKind, Slot, Tree, WrittenTag};

/// The tree of a text.
pub(super) fn parse(text: &str) -> Result<Tree, Fault> {
    let mut parser = Parser {
        tokens: scan(text)?.into_iter().peekable(),
        nodes: Vec::new(),
        anchors: HashMap::new(),
        handles: HashMap::new(),
        has_aliases: false,
    };
    let root = parser.document()?;
    Ok(Tree {
        nodes: parser.nodes,
        root,
        has_aliases: parser.has_aliases,
    })
}

struct Parser<'t> {
    tokens: Peekable<IntoIter<Token<'t>>>,
    nodes: Vec<Node>,
    /// Anchors by name; nothing while the node is still open, so that it cannot contain itself.
    anchors: HashMap<String, Option<NodeId>>,
    handles: HashMap<String, String>,
    has_aliases: bool,
}

static END: TokenKind<'static> = TokenKind::StreamEnd;

impl<'t> Parser<'t> {
    fn peek(&mut self) -> &TokenKind<'t> {
        self.tokens.peek().map_or(&END, |token| &token.kind)
    }

    /// Where the next token is.
    fn here(&mut self) -> Range<usize> {
        self.tokens.peek().map_or(0..0, |token| token.span.clone())
    }

    fn take(&mut self) -> Range<usize> {
        self.tokens.next().map_or(0..0, |token| token.span)
    }

    /// Takes the next token if it is this one.
    fn take_if(&mut self, kind: &TokenKind<'t>) -> Option<Range<usize>> {
        (self.peek() == kind).then(|| self.take())
    }

    fn expected(&mut self, what: &str) -> Fault {
        let offset = self.here().start;
        Fault {
            offset,
            message: format!(
                "{what} was expected here, but {} is found",
                self.peek().name()
            ),
        }
    }

    fn document(&mut self) -> Result<NodeId, Fault> {
        self.directives()?;
        let explicit = self.take_if(&TokenKind::DocumentStart).is_some();
        let empty = match self.peek() {
            TokenKind::StreamEnd => true,
            TokenKind::DocumentEnd | TokenKind::Directive(_) | TokenKind::DocumentStart => explicit,
            _ => false,
        };
        let root = if empty {
            let end = self.here().start;
            self.empty(end)
        } else {
            self.node(false)?
        };
        while self.take_if(&TokenKind::DocumentEnd).is_some() {}
        match self.peek() {
            TokenKind::StreamEnd => Ok(root),
            TokenKind::DocumentStart | TokenKind::Directive(_) => {
                let offset = self.here().start;
                Err(Fault {
                    offset,
                    message: "a second document starts here, but only one is allowed".to_owned(),
                })
            }
            _ => Err(self.expected("the end of the document")),
        }
    }

    fn directives(&mut self) -> Result<(), Fault> {
        let mut version = false;
        let mut any = false;
        while let TokenKind::Directive(directive) = self.peek() {
            let directive = directive.clone();
            let offset = self.take().start;
            let fault = |message: &str| {
                Err(Fault {
                    offset,
                    message: message.to_owned(),
                })
            };
            any = true;
            match directive {
                Directive::Yaml { .. } if version => return fault("`%YAML` stands twice"),
                Directive::Yaml { major } if major != "1" => {
                    return fault("only YAML 1 can be read");
                }
                Directive::Yaml { .. } => version = true,
                Directive::Tag { handle, prefix } => {
                    if self.handles.insert(handle, prefix).is_some() {
                        return fault("this tag handle is declared twice");
                    }
                }
                Directive::Other => {}
            }
        }
        if any && *self.peek() != TokenKind::DocumentStart {
            return Err(self.expected("`---`"));
        }
        for (handle, prefix) in [("!", "!"), ("!!", "tag:yaml.org,2002:")] {
            self.handles
                .entry(handle.to_owned())
                .or_insert_with(|| prefix.to_owned());
        }
        Ok(())
    }

    fn add(&mut self, kind: NodeKind, span: Range<usize>) -> NodeId {
        self.nodes.push(Node {
            kind,
            span,
            properties: None,
            anchored: false,
            tag: None,
        });
        self.nodes.len() - 1
    }

    fn empty(&mut self, at: usize) -> NodeId {
        self.add(
            NodeKind::Scalar {
                text: String::new(),
                style: ScalarStyle::Plain,
                block: None,
            },
            at..at,
        )
    }

    /// Any node. `dashes`: as the value of a block mapping, where a sequence need not be indented.
    fn node(&mut self, dashes: bool) -> Result<NodeId, Fault> {
        if let TokenKind::Alias(name) = self.peek() {
            let name = (*name).to_owned();
            let span = self.take();
            let fault = |message| {
                Err(Fault {
                    offset: span.start,
                    message,
                })
            };
            return match self.anchors.get(&name) {
                Some(Some(target)) => {
                    let target = *target;
                    self.has_aliases = true;
                    Ok(self.add(NodeKind::Alias(target), span))
                }
                Some(None) => fault(format!("`*{name}` stands inside of what it refers to")),
                None => fault(format!("`*{name}` refers to an anchor that is not there")),
            };
        }
        let (anchor, tag, properties) = self.properties()?;
        let id = self.content(dashes, properties.as_ref())?;
        let node = &mut self.nodes[id];
        node.anchored = anchor.is_some();
        node.tag = tag;
        node.properties = properties;
        if let Some(name) = anchor {
            self.anchors.insert(name, Some(id));
        }
        Ok(id)
    }

    /// An anchor and a tag, in either order.
    #[allow(clippy::type_complexity)] // The three parts live for two lines only.
    fn properties(
        &mut self,
    ) -> Result<(Option<String>, Option<WrittenTag>, Option<Range<usize>>), Fault> {
        let (mut anchor, mut tag, mut properties) = (None, None, None::<Range<usize>>);
        loop {
            let span = self.here();
            match self.peek() {
                TokenKind::Anchor(name) if anchor.is_none() => {
                    let name = (*name).to_owned();
                    if self.anchors.insert(name.clone(), None).is_some() {
                        return Err(Fault {
                            offset: span.start,
                            message: format!("the anchor `&{name}` stands twice"),
                        });
                    }
                    anchor = Some(name);
                }
                TokenKind::Tag(written) if tag.is_none() => {
                    let written = written.clone();
                    tag = Some(WrittenTag {
                        name: self.tag_name(&written, span.start)?,
                        span: span.clone(),
                    });
                }
                _ => break,
            }
            self.take();
            properties = Some(properties.map_or(span.start, |range| range.start)..span.end);
        }
        Ok((anchor, tag, properties))
    }

    fn tag_name(&self, tag: &Tag, offset: usize) -> Result<String, Fault> {
        let Some(handle) = &tag.handle else {
            return Ok(tag.suffix.clone());
        };
        match self.handles.get(handle) {
            Some(prefix) => Ok(format!("{prefix}{}", tag.suffix)),
            None => Err(Fault {
                offset,
                message: format!("the tag handle `{handle}` is not declared"),
            }),
        }
    }

    fn content(
        &mut self,
        dashes: bool,
        properties: Option<&Range<usize>>,
    ) -> Result<NodeId, Fault> {
        match self.peek() {
            TokenKind::Scalar(scalar) => {
                let kind = NodeKind::Scalar {
                    text: scalar.text.clone().into_owned(),
                    style: scalar.style,
                    block: scalar.block.clone(),
                };
                let span = self.take();
                Ok(self.add(kind, span))
            }
            TokenKind::FlowSequenceStart => self.flow_collection(false),
            TokenKind::FlowMappingStart => self.flow_collection(true),
            TokenKind::BlockEntry if dashes => self.block_sequence(true),
            TokenKind::BlockSequenceStart => self.block_sequence(false),
            TokenKind::BlockMappingStart => self.block_mapping(),
            _ => match properties {
                Some(properties) => Ok(self.empty(properties.end)),
                None => Err(self.expected("a value")),
            },
        }
    }

    /// A node, or an empty one at `at` if what comes next is one of these.
    fn node_unless(
        &mut self,
        ends: &[TokenKind<'t>],
        dashes: bool,
        at: usize,
    ) -> Result<NodeId, Fault> {
        if ends.contains(self.peek()) {
            Ok(self.empty(at))
        } else {
            self.node(dashes)
        }
    }

    /// Items with `-`. Without an indentation of its own (`flush`), no token says where the sequence ends.
    fn block_sequence(&mut self, flush: bool) -> Result<NodeId, Fault> {
        static ENDS: [TokenKind<'static>; 4] = [
            TokenKind::BlockEntry,
            TokenKind::BlockEnd,
            TokenKind::Key,
            TokenKind::Value,
        ];
        let id = self.add_collection(false, Layout::Block);
        if !flush {
            self.take();
        }
        let ends = if flush { &ENDS[..] } else { &ENDS[..2] };
        while let Some(dash) = self.take_if(&TokenKind::BlockEntry) {
            let value = self.node_unless(ends, false, dash.end)?;
            self.add_slot(
                id,
                Slot {
                    start: dash.start,
                    key: None,
                    indicator_end: Some(dash.end),
                    value,
                    comma: None,
                },
            );
        }
        if !flush && self.take_if(&TokenKind::BlockEnd).is_none() {
            return Err(self.expected("another item or the end of the sequence"));
        }
        Ok(id)
    }

    fn block_mapping(&mut self) -> Result<NodeId, Fault> {
        static ENDS: [TokenKind<'static>; 3] =
            [TokenKind::Key, TokenKind::Value, TokenKind::BlockEnd];
        let id = self.add_collection(true, Layout::Block);
        self.take();
        while let Some(question) = self.take_if(&TokenKind::Key) {
            let key = self.node_unless(&ENDS, true, question.end)?;
            let colon = self.take_if(&TokenKind::Value);
            let value = match &colon {
                Some(colon) => self.node_unless(&ENDS, true, colon.end)?,
                None => self.empty_after(key),
            };
            self.add_entry(id, &question, key, colon, value);
        }
        if self.take_if(&TokenKind::BlockEnd).is_none() {
            return Err(self.expected("another key or the end of the mapping"));
        }
        Ok(id)
    }

    fn flow_collection(&mut self, map: bool) -> Result<NodeId, Fault> {
        let close = if map {
            TokenKind::FlowMappingEnd
        } else {
            TokenKind::FlowSequenceEnd
        };
        let id = self.add_collection(map, Layout::Flow);
        let open = self.take();
        while *self.peek() != close {
            if *self.peek() == TokenKind::Key {
                let into = if map {
                    id
                } else {
                    self.add_collection(true, Layout::Pair)
                };
                self.flow_entry(into, &close)?;
                if !map {
                    let start = self.nodes[into].span.start;
                    self.add_slot(
                        id,
                        Slot {
                            start,
                            key: None,
                            indicator_end: None,
                            value: into,
                            comma: None,
                        },
                    );
                }
            } else {
                let node = self.node(false)?;
                let start = self.nodes[node].start();
                let (key, value) = if map {
                    (Some(node), self.empty_after(node))
                } else {
                    (None, node)
                };
                self.add_slot(
                    id,
                    Slot {
                        start,
                        key,
                        indicator_end: None,
                        value,
                        comma: None,
                    },
                );
            }
            match self.take_if(&TokenKind::FlowEntry) {
                Some(comma) => self.set_comma(id, comma.start),
                None if *self.peek() != close => {
                    return Err(self.expected(&format!("`,` or {}", close.name())));
                }
                None => {}
            }
        }
        let end = self.take();
        self.nodes[id].span = open.start..end.end;
        Ok(id)
    }

    /// A key with `:` or `?` inside a flow collection.
    fn flow_entry(&mut self, into: NodeId, close: &TokenKind<'t>) -> Result<(), Fault> {
        let question = self.take();
        let ends = [TokenKind::Value, TokenKind::FlowEntry, close.clone()];
        let key = self.node_unless(&ends, false, question.end)?;
        let colon = self.take_if(&TokenKind::Value);
        let value = match &colon {
            Some(colon) => self.node_unless(&ends[1..], false, colon.end)?,
            None => self.empty_after(key),
        };
        self.add_entry(into, &question, key, colon, value);
        Ok(())
    }

    fn empty_after(&mut self, node: NodeId) -> NodeId {
        let end = self.nodes[node].end();
        self.empty(end)
    }

    fn add_collection(&mut self, map: bool, layout: Layout) -> NodeId {
        let collection = Collection {
            layout,
            slots: Vec::new(),
        };
        let at = self.here().start;
        self.add(
            if map {
                NodeKind::Map(collection)
            } else {
                NodeKind::Seq(collection)
            },
            at..at,
        )
    }

    fn add_entry(
        &mut self,
        into: NodeId,
        question: &Range<usize>,
        key: NodeId,
        colon: Option<Range<usize>>,
        value: NodeId,
    ) {
        let start = if question.is_empty() {
            self.nodes[key].start()
        } else {
            question.start
        };
        let indicator_end = colon.map(|colon| colon.end);
        self.add_slot(
            into,
            Slot {
                start,
                key: Some(key),
                indicator_end,
                value,
                comma: None,
            },
        );
    }

    fn add_slot(&mut self, into: NodeId, slot: Slot) {
        let ends = [Some(slot.value), slot.key]
            .into_iter()
            .flatten()
            .map(|node| self.nodes[node].end());
        let end = ends.chain(slot.indicator_end).max().unwrap_or(slot.start);
        let node = &mut self.nodes[into];
        if let NodeKind::Seq(collection) | NodeKind::Map(collection) = &mut node.kind {
            if collection.slots.is_empty() {
                node.span.start = slot.start;
            }
            collection.slots.push(slot);
            node.span.end = end;
        }
    }

    fn set_comma(&mut self, of: NodeId, comma: usize) {
        if let NodeKind::Seq(collection) | NodeKind::Map(collection) = &mut self.nodes[of].kind
            && let Some(slot) = collection.slots.last_mut()
        {
            slot.comma = Some(comma);
        }
    }
}
