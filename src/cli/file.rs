//! Reading a small file of the workspace, whatever stands in its place.

use std::fs::File;
use std::io::{self, Read as _};
use std::os::unix::fs::FileTypeExt as _;
use std::path::Path;

/// The most that such a file may hold, in bytes.
const LARGEST: u64 = 1 << 20;

/// The file at `path`; `None` if nothing is there. A path into the folder
/// `workspace` is not followed out of it by a link.
///
/// # Errors
/// What keeps it from being read: what else than a file it is, where it leads,
/// that it is too large, or what the system says.
pub(super) fn read(path: &Path, workspace: &Path) -> io::Result<Option<Vec<u8>>> {
    let metadata = match path.metadata() {
        Ok(metadata) => metadata,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let refuse = |reason: String| Err(io::Error::other(reason));
    if path.starts_with(workspace) && !path.canonicalize()?.starts_with(workspace.canonicalize()?) {
        return refuse("it is a symbolic link that leads out of the workspace".to_owned());
    }
    // Opening a pipe that nobody writes to would wait for ever.
    let kind = metadata.file_type();
    if !kind.is_file() {
        let is = match kind {
            _ if kind.is_dir() => "a folder",
            _ if kind.is_fifo() => "a named pipe",
            _ if kind.is_socket() => "a socket",
            _ => "a device",
        };
        return refuse(format!("it is {is}, not a file"));
    }
    let mut bytes = Vec::new();
    File::open(path)?
        .take(LARGEST + 1)
        .read_to_end(&mut bytes)?;
    if bytes.len() as u64 > LARGEST {
        return refuse(format!("it is larger than {} MiB", LARGEST >> 20));
    }
    Ok(Some(bytes))
}
