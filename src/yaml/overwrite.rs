//! Writes a value in the place of a node of any kind.

use super::cursor::break_len;
use super::edit::{Editor, Place, Refusal, Spot};
use super::house::Habits;
use super::likeness::{Models, Renderer};
use super::lines::{
    column, content_end, ends_with_break, line_break, line_start, starts_line, trim_break,
};
use super::token::{BlockScalar, Chomp, ScalarStyle};
use super::tree::{Layout, Node, NodeId, NodeKind, WrittenTag};
use super::value::Value;
use super::write;

impl Editor<'_> {
    pub(super) fn renderer(&self, habits: Habits) -> Renderer<'_> {
        Renderer {
            document: self.document,
            house: self.house(),
            habits,
        }
    }

    /// Replaces a node whole.
    pub(super) fn overwrite(
        &mut self,
        place: &Place,
        id: NodeId,
        wanted: &Value,
    ) -> Result<(), Refusal> {
        let node = &self.document.tree.nodes[id];
        let model = match node.kind {
            NodeKind::Alias(target) => &self.document.tree.nodes[target],
            _ => node,
        };
        let was_flow = matches!(model.collection(), Some(old) if old.layout != Layout::Block && !old.slots.is_empty());
        let inline = !wanted.is_filled()
            || place.spot == Spot::Flow
            || was_flow
            || place.habits.flow_for(wanted);
        if let NodeKind::Scalar {
            style,
            block: Some(block),
            ..
        } = &node.kind
            && let Value::Str(text) = wanted
            && self.overwrite_block_scalar(node, block, text, *style)
        {
            return Ok(());
        }
        if inline {
            let text = self.inline_text(place, node, wanted);
            self.put_inline(place, node, unfit_tag(node, wanted), &text)
        } else {
            self.put_lines(place, node, wanted)
        }
    }

    fn inline_text(&self, place: &Place, node: &Node, wanted: &Value) -> String {
        let renderer = self.renderer(place.habits);
        if wanted.is_filled() {
            return renderer.flow(wanted);
        }
        renderer.scalar(wanted, place.spot == Spot::Flow, Some(node))
    }

    /// Writes a text into the literal or folded block that is there, if that can hold it.
    fn overwrite_block_scalar(
        &mut self,
        node: &Node,
        block: &BlockScalar,
        text: &str,
        style: ScalarStyle,
    ) -> bool {
        if unfit_tag(node, &Value::from("")).is_some() {
            return false;
        }
        let file = &self.document.text;
        let closed = block.body.is_empty() || ends_with_break(&file[..block.body.end]);
        let line_break = line_break(file, block.header.end);
        let Some((header, body)) = write::block(text, style, block, closed, line_break) else {
            return false;
        };
        let mut end = block.body.end;
        if header.ends_with('+') && block.chomp != Chomp::Keep {
            // The blank lines after it would become part of the text.
            while starts_blank_line(file, end) {
                let blanks_end = content_end(file, end);
                end = blanks_end + break_len(&file[blanks_end..]);
            }
        }
        self.splices.replace(block.header.clone(), header);
        if block.body.is_empty() && !ends_with_break(&file[..block.body.start]) {
            self.splices.insert(block.body.start, line_break);
        }
        self.splices.replace(block.body.start..end, body);
        true
    }

    /// Writes `text`, which is one line, in the place of the node.
    fn put_inline(
        &mut self,
        place: &Place,
        node: &Node,
        unfit: Option<&WrittenTag>,
        text: &str,
    ) -> Result<(), Refusal> {
        let file = &self.document.text;
        if let Some(tag) = unfit {
            if node.is_empty() {
                self.splices.replace(tag.span.clone(), text);
                return Ok(());
            }
            let rest = &file[tag.span.end..];
            let blanks = rest.len() - rest.trim_start_matches(' ').len();
            self.splices
                .replace(tag.span.start..tag.span.end + blanks, "");
        }
        if node.is_empty() {
            return self.fill(place, node, text);
        }
        match &node.kind {
            NodeKind::Scalar {
                block: Some(block), ..
            } => {
                self.splices.replace(block.header.clone(), text);
                self.splices.replace(block.body.clone(), "");
            }
            NodeKind::Seq(old) | NodeKind::Map(old) if old.layout == Layout::Block => {
                if place.spot != Spot::Root && starts_line(file, node.span.start) {
                    self.splices
                        .replace_lines(node.span.start, node.span.end, &[]);
                    return self.fill(place, node, text);
                }
                let end = trim_break(&file[..node.span.end]).len();
                self.splices.replace(node.span.start..end, text);
            }
            _ => {
                let comment_follows = file[node.span.end..].starts_with('#');
                let gap = if comment_follows { " " } else { "" };
                self.splices
                    .replace(node.span.clone(), format!("{text}{gap}"));
            }
        }
        Ok(())
    }

    /// Writes `text` where nothing is written yet, after the `:` or `-`, or after an anchor or tag.
    fn fill(&mut self, place: &Place, node: &Node, text: &str) -> Result<(), Refusal> {
        let file = &self.document.text;
        if let Some(properties) = &node.properties {
            self.splices.insert(properties.end, format!(" {text}"));
            return Ok(());
        }
        let Some(indicator_end) = place.indicator_end else {
            return match place.spot {
                Spot::Root => {
                    self.fill_root(node.span.start, &[text.to_owned()]);
                    Ok(())
                }
                Spot::Flow => {
                    self.splices.insert(node.span.start, format!(": {text}"));
                    Ok(())
                }
                _ => Err("its key is written with `?` and has no `:` after it".to_owned()),
            };
        };
        let rest = &file[indicator_end..];
        if rest.starts_with(' ') && !rest.starts_with(" #") {
            self.splices.insert(indicator_end + 1, text);
        } else {
            self.splices.insert(indicator_end, format!(" {text}"));
        }
        Ok(())
    }

    /// Writes lines into a document that holds nothing but comments and markers. `at`: the end of those.
    fn fill_root(&mut self, at: usize, lines: &[String]) {
        let file = &self.document.text;
        let line_break = line_break(file, at);
        let opened =
            file[..at].trim_start_matches('\u{feff}').is_empty() || ends_with_break(&file[..at]);
        let open = if opened { "" } else { line_break };
        self.splices
            .insert(at, format!("{open}{}{line_break}", lines.join(line_break)));
    }

    /// Writes a filled collection as lines, in the place of the node.
    fn put_lines(&mut self, place: &Place, node: &Node, wanted: &Value) -> Result<(), Refusal> {
        let file = &self.document.text;
        let renderer = self.renderer(place.habits);
        let unfit = unfit_tag(node, wanted);
        let anchored = node.properties.is_some() && (unfit.is_none() || node.anchored);
        let old_block = node
            .collection()
            .is_some_and(|old| old.layout == Layout::Block);
        let own_lines = old_block && starts_line(file, node.span.start);
        let compact = place.spot == Spot::Item && !anchored;
        let indent = match place.spot {
            // The items of a sequence may stand right below its key; keys there would be part of the mapping around it.
            _ if own_lines && column(file, node.span.start) > column(file, place.start) => {
                column(file, node.span.start)
            }
            Spot::Root | Spot::Flow => 0,
            Spot::Item => column(file, place.start) + 2,
            Spot::Entry => column(file, place.start) + renderer.step(wanted),
        };
        let lines = renderer.block(wanted, indent, &Models::default());
        if let Some(tag) = unfit.filter(|_| own_lines || anchored) {
            self.splices.replace(tag.span.clone(), "");
        }
        if own_lines {
            self.splices
                .replace_lines(node.span.start, node.span.end, &lines);
            return Ok(());
        }
        if place.bare {
            return Err("its key is written with `?` and has no `:` after it".to_owned());
        }
        let head = if compact {
            lines[0][indent..].to_owned()
        } else {
            String::new()
        };
        let tail = if compact { &lines[1..] } else { &lines[..] };
        match (&node.kind, place.spot) {
            _ if node.is_empty() && place.spot == Spot::Root && !anchored => {
                match unfit {
                    Some(tag) => {
                        let line_break = line_break(file, tag.span.end);
                        let on_own_line = starts_line(file, tag.span.start);
                        let open = if on_own_line { "" } else { line_break };
                        let joined = format!("{open}{}", lines.join(line_break));
                        self.splices.replace(tag.span.clone(), joined);
                    }
                    None => self.fill_root(node.span.start, &lines),
                }
                return Ok(());
            }
            (
                NodeKind::Scalar {
                    block: Some(block), ..
                },
                _,
            ) => {
                self.put_head(place, node, anchored, &head, block.header.end);
                self.splices.replace(block.body.clone(), "");
                self.put_tail(block.header.end, tail);
                return Ok(());
            }
            (_, Spot::Root) if !anchored && starts_line(file, node.start()) => {
                let joined = lines.join(line_break(file, node.start()));
                let end = trim_break(&file[..node.end()]).len();
                self.splices
                    .replace(line_start(file, node.start())..end, joined);
                return Ok(());
            }
            _ => {}
        }
        self.put_head(place, node, anchored, &head, node.end());
        self.put_tail(node.end(), tail);
        Ok(())
    }

    fn put_tail(&mut self, after: usize, lines: &[String]) {
        if !lines.is_empty() {
            self.splices.insert_lines(after, lines);
        }
    }

    /// Replaces what stands between the `:` or `-` (or the anchor) and `end` by `head`.
    fn put_head(&mut self, place: &Place, node: &Node, anchored: bool, head: &str, end: usize) {
        let from = match (&node.properties, place.indicator_end) {
            (Some(properties), _) if anchored => properties.end,
            (_, Some(indicator_end)) => indicator_end,
            _ => node.start(),
        };
        let gap = if head.is_empty() { "" } else { " " };
        self.splices
            .replace(from..end.max(from), format!("{gap}{head}"));
    }
}

/// Whether only spaces stand between `at`, where a line starts, and a line break.
fn starts_blank_line(file: &str, at: usize) -> bool {
    let end = content_end(file, at);
    end < file.len() && file[at..end].bytes().all(|b| b == b' ')
}

/// The tag of a node, if a value of another kind is to be written there.
fn unfit_tag<'n>(node: &'n Node, wanted: &Value) -> Option<&'n WrittenTag> {
    let fitting = match wanted {
        Value::Null => "null",
        Value::Bool(_) => "bool",
        Value::Int(_) | Value::BigInt(_) => "int",
        Value::Float(_) => "float",
        Value::Str(_) => "str",
        Value::Timestamp(_) => "timestamp",
        Value::Seq(_) => "seq",
        Value::Map(_) => "map",
    };
    node.tag
        .as_ref()
        .filter(|tag| tag.name.strip_prefix("tag:yaml.org,2002:") != Some(fitting))
}
