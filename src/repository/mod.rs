//! The challenge repository: its layout, its files, the record, local git.

pub mod archive;
pub mod git;
pub mod host_config;
pub mod image;
pub mod path;
pub mod record;
pub mod store;
pub mod text;
pub mod worktree;

use path::RepoPath;

impl worktree::Files for git::Files<'_> {
    fn read(&self, path: &RepoPath) -> Result<Option<Vec<u8>>, String> {
        match self.read(path.as_str()) {
            Ok(file) => Ok(file.map(|file| file.bytes)),
            Err(error) => Err(error.to_string()),
        }
    }
}
