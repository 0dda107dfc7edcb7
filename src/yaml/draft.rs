//! Changes of a document that are made together: one writing and one proof, however many they are.

use super::{Document, EditError, Path, Segment, Value};

/// A document with changes that are not written yet.
#[derive(Debug)]
pub struct Draft<'d> {
    document: &'d Document,
    /// What the document is to say.
    wanted: Value,
    steps: Vec<Step>,
}

#[derive(Debug)]
struct Step {
    path: Path,
    change: Change,
}

#[derive(Debug)]
enum Change {
    Set(Value),
    Insert(Value, Vec<String>),
    Remove,
}

impl Document {
    /// Begins changes that are made together by [`Draft::finish`].
    #[must_use]
    pub fn draft(&self) -> Draft<'_> {
        Draft {
            document: self,
            wanted: self.root.clone(),
            steps: Vec::new(),
        }
    }
}

impl Draft<'_> {
    /// What the whole document is to say.
    #[must_use]
    pub fn root(&self) -> &Value {
        &self.wanted
    }

    /// What is to be said at `path`.
    #[must_use]
    pub fn get(&self, path: &Path) -> Option<&Value> {
        self.wanted.at(path)
    }

    /// As [`Document::set`].
    ///
    /// # Errors
    /// When there is no value at `path`.
    pub fn set(&mut self, path: &Path, value: &Value) -> Result<(), EditError> {
        let place = self.wanted.at_mut(path);
        let place = place.ok_or_else(|| refused(path, "there is no such value"))?;
        if place != value {
            place.clone_from(value);
            self.note(path.clone(), Change::Set(value.clone()));
        }
        Ok(())
    }

    /// As [`Document::insert`].
    ///
    /// # Errors
    /// When there is no mapping at `path`, or it has the key already.
    pub fn insert(
        &mut self,
        path: &Path,
        key: &str,
        value: &Value,
        after: &[&str],
    ) -> Result<(), EditError> {
        let full = path.clone().at(key);
        let Some(holder) = self.wanted.at_mut(path) else {
            return Err(refused(&full, format!("there is no {path} to add it to")));
        };
        if *holder == Value::Null {
            *holder = Value::Map(Vec::new());
        }
        let kind = holder.kind();
        let Value::Map(pairs) = holder else {
            return Err(refused(&full, format!("{path} is {kind}, not a mapping")));
        };
        let index_of = |name: &str| pairs.iter().position(|(key, _)| key.as_str() == Some(name));
        if index_of(key).is_some() {
            return Err(refused(&full, "the key is there already"));
        }
        let before = after.iter().find_map(|name| index_of(name));
        let index = before.map_or(pairs.len(), |index| index + 1);
        pairs.insert(index, (Value::from(key), value.clone()));
        let after = after.iter().map(|&name| name.to_owned()).collect();
        self.note(full, Change::Insert(value.clone(), after));
        Ok(())
    }

    /// As [`Document::remove`].
    ///
    /// # Errors
    /// When there is no such key.
    pub fn remove(&mut self, path: &Path) -> Result<(), EditError> {
        let there = self.wanted.at(path).is_some();
        let holder = path.split_last().filter(|_| there);
        let holder = holder.and_then(|(holder, key)| match (self.wanted.at_mut(&holder)?, key) {
            (Value::Map(pairs), Segment::Key(name)) => Some((pairs, name)),
            _ => None,
        });
        let (pairs, name) = holder.ok_or_else(|| refused(path, "there is no such key"))?;
        pairs.retain(|(key, _)| key.as_str() != Some(name));
        self.note(path.clone(), Change::Remove);
        Ok(())
    }

    /// The document with all changes made. Nothing else changes: no other value, and no byte but those of what changes.
    ///
    /// # Errors
    /// When they cannot be made without changing something else; names the one at fault.
    pub fn finish(self) -> Result<Document, EditError> {
        let Self {
            document,
            wanted,
            steps,
        } = self;
        if steps.is_empty() {
            return Ok(document.clone());
        }
        match (document.with_root(&wanted), &steps[..]) {
            (Ok(edited), _) => Ok(edited),
            (Err(reason), [step]) => Err(refused(&step.path, reason)),
            // One of them is at fault, or they can only be made one after the other.
            (Err(_), steps) => steps
                .iter()
                .try_fold(document.clone(), |document, step| step.make(&document)),
        }
    }

    fn note(&mut self, path: Path, change: Change) {
        self.steps.push(Step { path, change });
    }
}

impl Step {
    fn make(&self, document: &Document) -> Result<Document, EditError> {
        let mut draft = document.draft();
        match &self.change {
            Change::Set(value) => draft.set(&self.path, value)?,
            Change::Remove => draft.remove(&self.path)?,
            Change::Insert(value, after) => {
                let after: Vec<&str> = after.iter().map(String::as_str).collect();
                if let Some((holder, Segment::Key(key))) = self.path.split_last() {
                    draft.insert(&holder, key, value, &after)?;
                }
            }
        }
        draft.finish()
    }
}

fn refused(path: &Path, reason: impl Into<String>) -> EditError {
    EditError {
        path: path.clone(),
        reason: reason.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document(text: &str) -> Document {
        Document::parse(text.as_bytes()).unwrap()
    }

    #[test]
    fn changes_that_are_made_together_are_written_as_one_after_the_other() {
        let before =
            "title: Old # shown\nlist:\n  - id: 1\n    # the last\n    name: 'a'\nend: 1\n";
        let document = document(before);
        let name = Path::from("list").at(0).at("name");
        let mut draft = document.draft();
        draft.set(&name, &Value::from("b")).unwrap();
        draft
            .insert(&Path::root(), "short", &Value::from("s"), &["title"])
            .unwrap();
        draft.set(&Path::from("short"), &Value::from("t")).unwrap();
        draft.remove(&Path::from("end")).unwrap();
        assert_eq!(draft.get(&name), Some(&Value::from("b")));
        let together = draft.finish().unwrap();
        let apart = document
            .set(&name, &Value::from("b"))
            .and_then(|next| next.insert(&Path::root(), "short", &Value::from("t"), &["title"]))
            .and_then(|next| next.remove(&Path::from("end")))
            .unwrap();
        let text =
            "title: Old # shown\nshort: t\nlist:\n  - id: 1\n    # the last\n    name: 'b'\n";
        assert_eq!(std::str::from_utf8(together.bytes()), Ok(text));
        assert_eq!(together.bytes(), apart.bytes());
    }

    #[test]
    fn of_changes_that_cannot_be_made_the_one_at_fault_is_named() {
        let document = document("a: 1\nb: 2\n");
        let mut draft = document.draft();
        draft.set(&Path::from("a"), &Value::from("x")).unwrap();
        let twice = vec![
            (Value::from("k"), Value::Null),
            (Value::from("k"), Value::Null),
        ];
        draft.set(&Path::from("b"), &Value::Map(twice)).unwrap();
        draft.remove(&Path::from("a")).unwrap();
        assert_eq!(draft.finish().unwrap_err().path, Path::from("b"));
    }

    #[test]
    fn no_change_is_no_edit() {
        let document = document("a: 1 \n");
        let mut draft = document.draft();
        draft.set(&Path::from("a"), &Value::Int(1)).unwrap();
        assert_eq!(draft.finish().unwrap().bytes(), document.bytes());
    }
}
