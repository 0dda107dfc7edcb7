//! Where records are kept: refs of their own, one for each challenge.

use std::collections::BTreeMap;

use super::git::{Change, Changes, Files, GitError, Kind, Oid, Refs, Scratch, Signature};
use super::record::{Problem, Record};

/// The most records of one repository that are looked at; each is one challenge.
const MOST: usize = 50;

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
        refs.names()
            .filter(is_record)
            .take(MOST)
            .map(str::to_owned)
            .collect()
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
    let files = scratch.files(commit)?;
    let mut found = BTreeMap::new();
    collect(&files, "", &mut found)?;
    Ok(Stored {
        refname: refname.to_owned(),
        commit,
        record: Record::from_files(&found),
    })
}

fn collect(
    files: &Files<'_>,
    folder: &str,
    found: &mut BTreeMap<String, Vec<u8>>,
) -> Result<(), GitError> {
    for entry in files.list(folder)?.unwrap_or_default() {
        let path = if folder.is_empty() {
            entry.name
        } else {
            format!("{folder}/{}", entry.name)
        };
        match entry.kind {
            Kind::Folder => collect(files, &path, found)?,
            Kind::File(_) => {
                if let Some(file) = files.read(&path)? {
                    found.insert(path, file.bytes);
                }
            }
            Kind::Symlink | Kind::Submodule => {}
        }
    }
    Ok(())
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
    let files = record.to_files();
    let mut changes: Changes = files
        .iter()
        .map(|(path, bytes)| {
            (
                path.clone(),
                Change::Write {
                    bytes: bytes.clone(),
                    mode: None,
                },
            )
        })
        .collect();
    if let Some(before) = before {
        let mut old = BTreeMap::new();
        collect(&scratch.files(before)?, "", &mut old)?;
        let gone = old.into_keys().filter(|path| !files.contains_key(path));
        changes.extend(gone.map(|path| (path, Change::Delete)));
    }
    scratch.commit(before, &changes, message, author)
}
