//! Adds items and entries to a collection, and removes them, in the collection's own layout.
//!
//! Comments on lines of their own belong to what follows them, and are nobody's own lines: removing an item removes its
//! lines only, and a new item goes right below the item before it, above any comment that follows there. Only a comment
//! that is indented by more than its items is about the item above it.

use std::cell::OnceCell;
use std::collections::HashSet;

use super::cursor::{break_len, is_break};
use super::edit::{Addition, Editor, Place};
use super::house::Habits;
use super::likeness::{Models, indentation};
use super::lines::{
    column, content_end, ends_line, line_break, line_end, line_start, starts_line, trim_break,
};
use super::tree::{Collection, Layout, NodeId, Slot};

impl Editor<'_> {
    /// Removes some slots and adds others.
    pub(super) fn change_slots(
        &mut self,
        place: &Place,
        id: NodeId,
        collection: &Collection,
        habits: Habits,
        removed: &HashSet<usize>,
        additions: &[Addition<'_>],
    ) {
        if removed.is_empty() && additions.is_empty() {
            return;
        }
        let node = self.document.tree.node(id);
        if collection.layout == Layout::Block {
            self.remove_lines(collection, removed);
            let apart = OnceCell::new();
            for addition in additions {
                self.add_lines(place, id, collection, (habits, &apart), addition);
            }
            return;
        }
        self.remove_between_commas(collection, removed);
        let open = node.span.start + 1;
        for group in additions.chunk_by(|a, b| a.after == b.after) {
            self.add_between_commas(open, collection, habits, group);
        }
    }

    fn remove_lines(&mut self, collection: &Collection, removed: &HashSet<usize>) {
        let (file, tree) = (&self.document.text, &self.document.tree);
        let mut slots: Vec<usize> = removed.iter().copied().collect();
        slots.sort_unstable();
        // The first may stand on the line of the `-` around it, to which its successor then moves.
        let first_kept = (0..collection.slots.len())
            .find(|index| !removed.contains(index))
            .unwrap_or(0);
        let start = collection.slots[0].start;
        if !starts_line(file, start) {
            self.splices
                .replace(start..collection.slots[first_kept].start, "");
            slots.drain(..first_kept);
        }
        for index in slots {
            let slot = &collection.slots[index];
            self.splices
                .replace_lines(slot.start, tree.slot_end(slot), &[]);
        }
    }

    fn add_lines(
        &mut self,
        place: &Place,
        id: NodeId,
        collection: &Collection,
        (habits, apart): (Habits, &OnceCell<bool>),
        addition: &Addition<'_>,
    ) {
        let (file, tree) = (&self.document.text, &self.document.tree);
        let model = &collection.slots[addition.after.unwrap_or(0)];
        let indent = column(file, model.start);
        let renderer = self.renderer(habits);
        let mut lines = match addition.key {
            Some(key) => renderer.entry(key, addition.value, indent, &Models::default()),
            None => {
                let near = addition.after.unwrap_or(0);
                let models = Models::siblings(self.document, collection, near);
                renderer.item(addition.value, indent, self.gap(model), &models)
            }
        };
        if addition.after.is_some() {
            let sets_apart = || *apart.get_or_init(|| self.sets_apart(collection));
            if lines.len() > 1 && self.has_lines(model) && sets_apart() {
                lines.insert(0, String::new());
            }
            let end = self.end_of_comments(tree.slot_end(model), indent);
            self.splices.insert_lines(end, &lines);
            return;
        }
        if !starts_line(file, model.start) {
            let line_break = line_break(file, model.start);
            let joined = lines.join(line_break);
            let text = format!("{}{line_break}{}", &joined[indent..], " ".repeat(indent));
            self.splices.insert(model.start, text);
            return;
        }
        let properties = tree
            .node(id)
            .properties
            .as_ref()
            .map(|properties| properties.end);
        match properties.or(place.indicator_end) {
            Some(head) => self.splices.insert_lines(head, &lines),
            None => {
                let at = line_start(file, model.start);
                let line_break = line_break(file, at);
                self.splices.insert(at, lines.join(line_break) + line_break);
            }
        }
    }

    /// How far the content of an item is from its `-`, in columns.
    fn gap(&self, slot: &Slot) -> usize {
        let file = &self.document.text;
        let after = slot.start + 1;
        let rest = &file[after..content_end(file, after)];
        let blanks = rest.len() - rest.trim_start_matches(' ').len();
        if blanks == rest.len() || rest[blanks..].starts_with('#') {
            2
        } else {
            blanks + 1
        }
    }

    /// Whether an item inside brackets has lines of its own.
    fn has_own_lines(&self, slot: &Slot) -> bool {
        let file = &self.document.text;
        let end = self.document.tree.slot_end(slot);
        let end = slot.comma.map_or(end, |comma| comma + 1);
        starts_line(file, slot.start) && ends_line(file, end)
    }

    fn remove_between_commas(&mut self, collection: &Collection, removed: &HashSet<usize>) {
        let tree = &self.document.tree;
        let slots = &collection.slots;
        let mut indexes: Vec<usize> = removed.iter().copied().collect();
        indexes.sort_unstable();
        for run in indexes.chunk_by(|a, b| a + 1 == *b) {
            let (first, end) = (run[0], run[0] + run.len());
            let gone = &slots[first..end];
            let before = first.checked_sub(1).map(|index| &slots[index]);
            let last_end = tree.slot_end(&slots[end - 1]);
            if gone.iter().all(|slot| self.has_own_lines(slot)) {
                for slot in gone {
                    let end = slot.comma.map_or(tree.slot_end(slot), |comma| comma + 1);
                    self.splices.replace_lines(slot.start, end, &[]);
                }
                let last_comma = slots[end - 1].comma;
                if let (None, Some(comma)) = (last_comma, before.and_then(|slot| slot.comma)) {
                    self.splices.replace(comma..comma + 1, "");
                }
            } else if let Some(next) = slots.get(end) {
                self.splices.replace(slots[first].start..next.start, "");
            } else if let Some(before) = before {
                self.splices.replace(tree.slot_end(before)..last_end, "");
            }
        }
    }

    /// Adds items inside brackets, all at the same place.
    fn add_between_commas(
        &mut self,
        open: usize,
        collection: &Collection,
        habits: Habits,
        group: &[Addition<'_>],
    ) {
        let (file, tree) = (&self.document.text, &self.document.tree);
        let near = group.first().and_then(|added| added.after).unwrap_or(0);
        let texts: Vec<_> = group
            .iter()
            .map(|added| self.flow_slot(collection, habits, near, added))
            .collect();
        let lines_like = |slot: &Slot, last_comma: &str| {
            let indent = &file[line_start(file, slot.start)..slot.start];
            let mut lines: Vec<_> = texts
                .iter()
                .map(|text| format!("{indent}{text},"))
                .collect();
            if last_comma.is_empty() {
                lines.last_mut().map(String::pop);
            }
            lines
        };
        let Some(after) = group.first().and_then(|added| added.after) else {
            let first = &collection.slots[0];
            if starts_line(file, first.start) {
                self.splices.insert_lines(open, &lines_like(first, ","));
            } else {
                self.splices
                    .insert(first.start, format!("{}, ", texts.join(", ")));
            }
            return;
        };
        let slot = &collection.slots[after];
        let end = tree.slot_end(slot);
        if !self.has_own_lines(slot) {
            let gap = if starts_line(file, slot.start) && slot.comma.is_none() {
                let indent = &file[line_start(file, slot.start)..slot.start];
                format!(
                    ",{}{indent}",
                    line_break(file, line_start(file, slot.start))
                )
            } else {
                ", ".to_owned()
            };
            let added = texts.iter().flat_map(|text| [gap.as_str(), text]);
            self.splices.insert(end, added.collect::<String>());
        } else if let Some(comma) = slot.comma {
            self.splices.insert_lines(comma + 1, &lines_like(slot, ","));
        } else {
            self.splices.insert(end, ",");
            self.splices.insert_lines(end, &lines_like(slot, ""));
        }
    }

    /// A new item or entry inside brackets, whose further lines are indented like its neighbour's.
    fn flow_slot(
        &self,
        collection: &Collection,
        habits: Habits,
        near: usize,
        added: &Addition<'_>,
    ) -> String {
        let file = &self.document.text;
        let renderer = self.renderer(habits);
        let at = collection.slots[near].start;
        match added.key {
            Some(key) => renderer.flow_entry(key, added.value),
            None => {
                let models = Models::siblings(self.document, collection, near);
                let lines = renderer.brackets(added.value, indentation(file, at), &models);
                lines.join(line_break(file, at))
            }
        }
    }

    /// The end of the comments below `end` that are indented by more than `indent`: they are about what ends there.
    fn end_of_comments(&self, end: usize, indent: usize) -> usize {
        let file = &self.document.text;
        let (mut end, mut at) = (end, line_end(file, end));
        while at < file.len() {
            let line_end = content_end(file, at);
            let line = &file[at..line_end];
            let text = line.trim_start_matches(' ');
            if text.starts_with('#') && line.len() - text.len() > indent {
                end = line_end;
            } else if !text.is_empty() {
                break;
            }
            at = line_end + break_len(&file[line_end..]);
        }
        end
    }

    fn has_lines(&self, slot: &Slot) -> bool {
        let end = self.document.tree.slot_end(slot);
        trim_break(&self.document.text[slot.start..end]).contains(is_break)
    }

    /// Whether blank lines stand above most of what has several lines here.
    fn sets_apart(&self, collection: &Collection) -> bool {
        let file = &self.document.text;
        let (mut apart, mut close) = (0, 0);
        for slot in collection.slots.iter().skip(1) {
            if !self.has_lines(slot) {
                continue;
            }
            let mut before = &file[..line_start(file, slot.start)];
            let mut above = last_line(before);
            while above.trim_start().starts_with('#') {
                before = &before[..before.len() - above.len()];
                above = last_line(before);
            }
            let is_blank = above.trim().is_empty();
            apart += usize::from(is_blank);
            close += usize::from(!is_blank);
        }
        apart > close
    }
}

/// The last line of a text that ends with a line break, with that.
fn last_line(text: &str) -> &str {
    &text[line_start(text, trim_break(text).len())..]
}
