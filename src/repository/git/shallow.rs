//! The file `shallow`: the commits whose parents a repository does not have.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::Write as _;
use std::path::Path;

use super::{GitError, Oid};

/// Reads a `shallow` file; empty if there is none.
pub(super) fn read(file: &Path) -> Result<BTreeSet<Oid>, GitError> {
    let text = match std::fs::read_to_string(file) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(BTreeSet::new()),
        Err(error) => return Err(GitError::io(format!("read {}", file.display()))(error)),
    };
    text.split_whitespace()
        .map(Oid::from_str)
        .collect::<Result<_, _>>()
        .map_err(GitError::git(format!("read {}", file.display())))
}

/// Writes a `shallow` file the way git does: through `shallow.lock`, so that no
/// one sees half of it and two writers do not meet.
pub(super) fn write(file: &Path, roots: &BTreeSet<Oid>) -> Result<(), GitError> {
    let mut text = String::new();
    for root in roots {
        text.push_str(&root.to_string());
        text.push('\n');
    }
    let lock = file.with_extension("lock");
    File::create_new(&lock)
        .and_then(|mut next| next.write_all(text.as_bytes()))
        .and_then(|()| std::fs::rename(&lock, file))
        .map_err(GitError::io(format!("write {}", file.display())))
}
