//! Adds items and entries to a collection, and removes them, in the collection's own layout.
//!
//! Comments on lines of their own belong to what follows them, and are nobody's own lines: removing an item removes its
//! lines only, and a new item goes right below the item before it, above any comment that follows there.

use std::collections::HashSet;

use super::edit::{Addition, Editor, Place, Spot};
use super::house::Habits;
use super::lines::{column, content_end, ends_line, line_break, line_start, starts_line};
use super::tree::{Collection, Layout, NodeId, Slot};
use super::value::Value;

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
            for addition in additions {
                self.add_lines(place, id, collection, habits, addition);
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
        if first_kept > 0 && !starts_line(file, start) {
            self.splices
                .replace(start..collection.slots[first_kept].start, "");
            slots.retain(|index| *index > first_kept);
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
        habits: Habits,
        addition: &Addition<'_>,
    ) {
        let (file, tree) = (&self.document.text, &self.document.tree);
        let model = &collection.slots[addition.after.unwrap_or(0)];
        let indent = column(file, model.start);
        let renderer = self.renderer(habits);
        let lines = match addition.key {
            Some(key) => renderer.entry(key, addition.value, indent),
            None => renderer.item(addition.value, indent, self.gap(model)),
        };
        if addition.after.is_some() {
            self.splices.insert_lines(tree.slot_end(model), &lines);
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
            Some(head) if place.spot != Spot::Root => self.splices.insert_lines(head, &lines),
            _ => {
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
        let mut index = 0;
        while index < slots.len() {
            if !removed.contains(&index) {
                index += 1;
                continue;
            }
            let run = index
                ..(index..slots.len())
                    .find(|i| !removed.contains(i))
                    .unwrap_or(slots.len());
            let last = &slots[run.end - 1];
            let before = run.start.checked_sub(1).map(|i| &slots[i]);
            if slots[run.clone()]
                .iter()
                .all(|slot| self.has_own_lines(slot))
            {
                for slot in &slots[run.clone()] {
                    let end = slot.comma.map_or(tree.slot_end(slot), |comma| comma + 1);
                    self.splices.replace_lines(slot.start, end, &[]);
                }
                if let (None, Some(comma)) = (last.comma, before.and_then(|slot| slot.comma)) {
                    self.splices.replace(comma..comma + 1, "");
                }
            } else if let Some(next) = slots.get(run.end) {
                self.splices.replace(slots[run.start].start..next.start, "");
            } else if let Some(before) = before {
                self.splices
                    .replace(tree.slot_end(before)..tree.slot_end(last), "");
            }
            index = run.end;
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
        let texts: Vec<_> = group
            .iter()
            .map(|added| self.flow_slot(habits, added.key, added.value))
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
            if starts_line(file, first.start) && ends_line(file, open) {
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
            self.splices.insert(end, format!(", {}", texts.join(", ")));
        } else if let Some(comma) = slot.comma {
            self.splices.insert_lines(comma + 1, &lines_like(slot, ","));
        } else {
            self.splices.insert(end, ",");
            self.splices.insert_lines(end, &lines_like(slot, ""));
        }
    }

    fn flow_slot(&self, habits: Habits, key: Option<&Value>, value: &Value) -> String {
        let renderer = self.renderer(habits);
        match key {
            Some(key) => renderer.flow_entry(key, value),
            None => renderer.flow(value),
        }
    }
}
