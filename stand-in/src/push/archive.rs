//! The zip that a push sends: its files, and the paths that the configuration names in it.

use std::collections::BTreeMap;
use std::io::{Cursor, Read};

use axum::body::Bytes;
use zip::ZipArchive;

/// The path is none inside the archive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Outside;

/// The files of a zip, by their paths without `.`, `..` and doubled slashes.
#[derive(Debug, Default)]
pub(super) struct Archive {
    files: BTreeMap<String, Bytes>,
    /// Every file as the zip calls it.
    names: Vec<String>,
}

impl Archive {
    /// Reads a zip; nothing if it is none, is damaged, or leads out of its folder.
    pub(super) fn read(zip: &[u8]) -> Option<Self> {
        let mut zip = ZipArchive::new(Cursor::new(zip)).ok()?;
        let mut archive = Self::default();
        for index in 0..zip.len() {
            let mut entry = zip.by_index(index).ok()?;
            let name = entry.name().ok()?.into_owned();
            let path = resolved(&name).ok()?;
            if name.ends_with('/') {
                continue;
            }
            let mut bytes = Vec::new();
            entry.read_to_end(&mut bytes).ok()?;
            archive.files.insert(path, bytes.into());
            archive.names.push(name);
        }
        Some(archive)
    }

    /// The files as the zip calls them; one that it holds twice is named twice.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.names.iter().map(String::as_str)
    }

    /// The file under a path as a configuration writes it; nothing where there is no file.
    pub(super) fn file(&self, path: &str) -> Result<Option<&Bytes>, Outside> {
        resolved(path).map(|path| self.files.get(&path))
    }
}

/// The path below the archive's root, without `.`, `..` and doubled slashes.
pub(super) fn resolved(path: &str) -> Result<String, Outside> {
    if path.starts_with('/') {
        return Err(Outside);
    }
    let mut parts = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop().ok_or(Outside)?;
            }
            part => parts.push(part),
        }
    }
    Ok(parts.join("/"))
}

/// Whether the path ends with this extension, letter by letter.
pub(super) fn has_extension(path: &str, extension: &str) -> bool {
    path.rsplit_once('.')
        .is_some_and(|(_, found)| found == extension)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::push::starter::zipped;

    #[test]
    fn a_path_is_found_however_it_is_written_as_long_as_it_stays_inside() {
        let cases = [
            ("templates/a.html", Ok("templates/a.html")),
            ("./templates//a.html", Ok("templates/a.html")),
            ("x/../templates/a.html/", Ok("templates/a.html")),
            ("../a.html", Err(Outside)),
            ("a/../../b.html", Err(Outside)),
            ("/etc/passwd", Err(Outside)),
        ];
        for (path, expected) in cases {
            assert_eq!(
                resolved(path).as_deref(),
                expected.as_ref().copied(),
                "{path}"
            );
        }
    }

    #[test]
    fn a_damaged_zip_and_one_that_leads_out_are_refused() {
        let files = BTreeMap::from([("a.txt".to_owned(), b"some text, some text".to_vec())]);
        let whole = zipped(&files);
        assert!(Archive::read(&whole).is_some());
        assert!(Archive::read(b"not a zip").is_none());
        assert!(Archive::read(&whole[..whole.len() - 4]).is_none());
        let mut damaged = whole;
        // The first byte of the compressed text, behind a header of 30 bytes and the name.
        damaged[36] ^= 0x55;
        assert!(Archive::read(&damaged).is_none());
        let outside = BTreeMap::from([("../a.txt".to_owned(), Vec::new())]);
        assert!(Archive::read(&zipped(&outside)).is_none());
    }
}
