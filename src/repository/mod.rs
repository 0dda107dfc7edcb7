//! The challenge repository: its layout, its files, the record, local git.

pub mod archive;
mod entities;
pub mod git;
pub mod history;
pub mod host_config;
pub mod image;
pub mod media;
pub mod path;
pub mod record;
pub mod store;
pub mod text;
pub mod worktree;

use path::RepoPath;

use crate::challenge::value::FileId;

/// The most files of one folder, those below it and their folders included: as
/// many as an archive of them may hold. A few objects of git can stand for any number.
const MOST_FILES: usize = 10_000;

impl worktree::Files for git::Files<'_> {
    fn read(&self, path: &RepoPath) -> Result<Option<Vec<u8>>, String> {
        match self.read(path.as_str()) {
            Ok(file) => Ok(file.map(|file| file.bytes)),
            Err(error) => Err(error.to_string()),
        }
    }

    fn stat(&self, path: &RepoPath) -> Result<Option<worktree::Stat>, String> {
        let stat = |(id, size): (git::Oid, u64)| worktree::Stat {
            id: FileId::new(id.to_string()),
            size,
        };
        self.stat(path.as_str())
            .map(|found| found.map(stat))
            .map_err(|error| error.to_string())
    }

    fn list(&self, folder: &str) -> Result<Vec<String>, String> {
        let mut found = Vec::new();
        let mut folders = vec![String::new()];
        let mut looked_at = 0;
        while let Some(below) = folders.pop() {
            looked_at += 1;
            if found.len() + looked_at > MOST_FILES {
                return Err(format!("{folder} holds more than {MOST_FILES} files."));
            }
            if folder.len() + below.len() > path::LONGEST {
                return Err(format!(
                    "{folder} holds a path of more than {} bytes.",
                    path::LONGEST
                ));
            }
            let entries = self
                .list(&format!("{folder}{below}"))
                .map_err(|error| error.to_string())?;
            for entry in entries.unwrap_or_default() {
                let name = format!("{below}/{}", entry.name);
                match entry.kind {
                    git::Kind::Folder => folders.push(name),
                    git::Kind::File(_) | git::Kind::Symlink | git::Kind::Submodule => {
                        found.push(name.trim_start_matches('/').to_owned());
                    }
                }
            }
        }
        found.sort();
        Ok(found)
    }
}
