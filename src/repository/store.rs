//! Where records are kept: refs of their own, one for each challenge.

use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, HashMap};

use git2::ObjectType;

use super::git::{Change, Changes, Files, GitError, Kind, Oid, Refs, Scratch, Signature};
use super::record::{Problem, Record};

/// The most fields of a challenge that a record is made for: 21 of each phase.
pub const MOST_VALUES: usize = 40_000;

/// The most files and folders of one record: those fields, and the folders they are in.
const MOST_FILES: usize = 60_000;

/// How many folders deep a record's files stand: a phase split's the deepest.
const DEEPEST: usize = 5;

/// The names of record refs: a template with the challenge's id in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordRefs {
    before: String,
    after: Option<String>,
}

impl RecordRefs {
    /// Record refs named `before`, the challenge's id, and `after`; without
    /// `after`, the one ref `before` whatever the challenge.
    #[must_use]
    pub fn new(before: impl Into<String>, after: Option<String>) -> Self {
        Self {
            before: before.into(),
            after,
        }
    }

    /// The ref of the record of `challenge`.
    #[must_use]
    pub fn of(&self, challenge: u64) -> String {
        match &self.after {
            Some(after) => format!("{}{challenge}{after}", self.before),
            None => self.before.clone(),
        }
    }

    /// The challenge whose record `refname` is, if it is one and says so.
    #[must_use]
    pub fn challenge_of(&self, refname: &str) -> Option<u64> {
        let rest = refname.strip_prefix(self.before.as_str())?;
        rest.strip_suffix(self.after.as_deref()?)?.parse().ok()
    }

    /// Those of the remote's refs that could be records.
    #[must_use]
    pub fn among(&self, refs: &Refs) -> Vec<String> {
        let is_record = |name: &&str| match (&self.after, name.strip_prefix(self.before.as_str())) {
            (Some(after), Some(rest)) => {
                let id = rest.strip_suffix(after.as_str());
                id.is_some_and(|id| !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_digit()))
            }
            (None, rest) => rest == Some(""),
            _ => false,
        };
        refs.names().filter(is_record).map(str::to_owned).collect()
    }
}

/// A record as it was found.
#[derive(Debug)]
pub struct Stored {
    /// Its ref.
    pub refname: String,
    /// The ref's commit.
    pub commit: Oid,
    /// What it says, or why it does not read.
    pub record: Result<Record, Problem>,
}

/// Reads the record at `refname`, whose `commit` has been fetched.
///
/// # Errors
/// [`GitError`] if the commit itself cannot be read.
pub fn read(scratch: &Scratch, refname: &str, commit: Oid) -> Result<Stored, GitError> {
    let mut found = BTreeMap::new();
    let mut contents = HashMap::new();
    let files = scratch.files(commit)?;
    walk(&files, "", &mut { MOST_FILES }, &mut |path, id| {
        // Many values are the same (`true`, `null`): each is read once.
        let bytes = match contents.entry(id) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(new) => new.insert(files.content(&path, id)?),
        };
        found.insert(path, bytes.clone());
        Ok(())
    })?;
    Ok(Stored {
        refname: refname.to_owned(),
        commit,
        record: Record::from_files(&found),
    })
}

/// Shows `each` every file below `folder`, `left` of them at most: its path, and the id of its content.
fn walk(
    files: &Files<'_>,
    folder: &str,
    left: &mut usize,
    each: &mut impl FnMut(String, Oid) -> Result<(), GitError>,
) -> Result<(), GitError> {
    // Deeper than any base stands, nothing is ours.
    if folder.split('/').count() > DEEPEST {
        return Ok(());
    }
    for entry in files.list(folder)?.unwrap_or_default() {
        let path = if folder.is_empty() {
            entry.name
        } else {
            format!("{folder}/{}", entry.name)
        };
        *left = left
            .checked_sub(1)
            .ok_or_else(|| GitError::BadPath {
                path: path.clone(),
                reason: format!("the record holds more than {MOST_FILES} files, which no sync writes; delete its ref (`git push origin :refs/evalai-sync/ID`), and the next run begins a new one"),
            })?;
        match entry.kind {
            Kind::Folder => walk(files, &path, left, each)?,
            Kind::File(_) => each(path, entry.id)?,
            Kind::Symlink | Kind::Submodule => {}
        }
    }
    Ok(())
}

/// Whether `bytes` are the content of the blob `id`.
fn is_content(bytes: &[u8], id: Oid) -> bool {
    Oid::hash_object(ObjectType::Blob, bytes).is_ok_and(|own| own == id)
}

/// Makes the commit that holds `record` and follows `before`; it is not pushed yet.
///
/// # Errors
/// [`GitError`] if it cannot be made.
pub fn commit(
    scratch: &Scratch,
    before: Option<Oid>,
    record: &Record,
    message: &str,
    author: &Signature,
) -> Result<Oid, GitError> {
    let mut files = record.to_files();
    let mut changes = Changes::new();
    if let Some(before) = before {
        walk(
            &scratch.files(before)?,
            "",
            &mut { MOST_FILES },
            &mut |path, id| {
                match files.get(&path) {
                    Some(bytes) if is_content(bytes, id) => {
                        files.remove(&path);
                    }
                    Some(_) => {}
                    None => {
                        changes.insert(path, Change::Delete);
                    }
                }
                Ok(())
            },
        )?;
    }
    let write = |bytes| Change::Write { bytes, mode: None };
    changes.extend(files.into_iter().map(|(path, bytes)| (path, write(bytes))));
    scratch.commit(before, &changes, message, author)
}
