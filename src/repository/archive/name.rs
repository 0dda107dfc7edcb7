//! The names of an archive's entries: which of them are paths that may be written, on any
//! system that the repository may be cloned to.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry as Place;

use super::error::Fault;
use crate::repository::path::{LONGEST, LONGEST_PART, is_git};

/// The path that `name` means, or `None` for the archive's top folder.
pub(super) fn path(name: &str) -> Result<Option<String>, Fault> {
    let too_long = |length, limit| Err(Fault::LongName { length, limit });
    if name.len() > LONGEST {
        return too_long(name.len(), LONGEST);
    }
    if name.chars().any(char::is_control) {
        return Err(Fault::Control);
    }
    if name.contains('\\') {
        return Err(Fault::Backslash);
    }
    if name.starts_with('/') {
        return Err(Fault::Absolute);
    }
    let bytes = name.as_bytes();
    if bytes.first().is_some_and(u8::is_ascii_alphabetic) && bytes.get(1) == Some(&b':') {
        return Err(Fault::Drive);
    }
    let mut parts = Vec::new();
    for part in name.split('/') {
        match part {
            "" | "." => {}
            ".." => return Err(Fault::Outside),
            part if part.len() > LONGEST_PART => return too_long(part.len(), LONGEST_PART),
            part if is_git(part) => return Err(Fault::Git),
            part => parts.push(part),
        }
    }
    Ok((!parts.is_empty()).then(|| parts.join("/")))
}

/// Whether `path` is left behind by a tool and no part of a script: byte code that Python
/// makes by itself, and what the macOS Finder adds to a folder and to a zip.
#[must_use]
pub fn is_litter(path: &str) -> bool {
    let mut parts = path.split('/');
    let is_byte_code = |name: &str| name.rsplit_once('.').is_some_and(|(_, end)| end == "pyc");
    let name = parts.next_back().unwrap_or_default();
    name == ".DS_Store"
        || is_byte_code(name)
        || parts
            .chain([name])
            .any(|part| part == "__MACOSX" || part == "__pycache__")
}

/// The paths seen so far, as a file system sees them that does not tell upper from lower case.
#[derive(Debug, Default)]
pub(super) struct Paths {
    files: BTreeMap<String, String>,
    folders: BTreeMap<String, String>,
}

impl Paths {
    /// Notes a file, and the folders it stands in.
    pub(super) fn add_file(&mut self, path: &str) -> Result<(), Fault> {
        let folded = fold(path);
        if let Some(folder) = self.folders.get(&folded) {
            return Err(Fault::FileAndFolder(folder.clone()));
        }
        match self.files.entry(folded) {
            Place::Occupied(same) if same.get() == path => return Err(Fault::Duplicate),
            Place::Occupied(similar) => return Err(Fault::Case(similar.get().clone())),
            Place::Vacant(place) => place.insert(path.to_owned()),
        };
        self.add_folder(path.rsplit_once('/').map(|(folder, _)| folder))
    }

    /// Notes a folder, and those it stands in.
    pub(super) fn add_folder(&mut self, path: Option<&str>) -> Result<(), Fault> {
        let mut next = path;
        while let Some(path) = next {
            let folded = fold(path);
            if let Some(file) = self.files.get(&folded) {
                return Err(Fault::FileAndFolder(file.clone()));
            }
            self.folders
                .entry(folded)
                .or_insert_with(|| path.to_owned());
            next = path.rsplit_once('/').map(|(folder, _)| folder);
        }
        Ok(())
    }
}

/// `path` without the difference of upper and lower case.
fn fold(path: &str) -> String {
    let upper = path.chars().flat_map(char::to_uppercase);
    upper.flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_read_as_a_path_or_refused_with_its_reason() {
        let long = |length, limit| Err(Fault::LongName { length, limit });
        let deep = "a/".repeat(600);
        let wide = "é".repeat(128);
        let huge = "n".repeat(4096);
        for (name, expected) in [
            ("main.py", Ok(Some("main.py"))),
            ("./src//main.py", Ok(Some("src/main.py"))),
            ("src/", Ok(Some("src"))),
            ("./", Ok(None)),
            ("", Ok(None)),
            ("größe/日本.py", Ok(Some("größe/日本.py"))),
            ("..data/a..b/...", Ok(Some("..data/a..b/..."))),
            (".gitignore", Ok(Some(".gitignore"))),
            ("a:b", Err(Fault::Drive)),
            ("c:/windows/x", Err(Fault::Drive)),
            ("../x", Err(Fault::Outside)),
            ("a/../../x", Err(Fault::Outside)),
            ("a/..", Err(Fault::Outside)),
            ("/etc/passwd", Err(Fault::Absolute)),
            ("//host/share", Err(Fault::Absolute)),
            ("a\\b", Err(Fault::Backslash)),
            ("..\\x", Err(Fault::Backslash)),
            ("a\0b", Err(Fault::Control)),
            ("a\nb", Err(Fault::Control)),
            ("a\u{85}b", Err(Fault::Control)),
            (".git/config", Err(Fault::Git)),
            ("a/.GIT", Err(Fault::Git)),
            (".git./hooks/x", Err(Fault::Git)),
            (".git /x", Err(Fault::Git)),
            (".git::$INDEX_ALLOCATION/x", Err(Fault::Git)),
            ("GIT~1/x", Err(Fault::Git)),
            (".g\u{200c}it/x", Err(Fault::Git)),
            (&deep, long(1200, 1024)),
            (&huge, long(4096, 1024)),
            (&wide, long(256, 255)),
        ] {
            let path = path(name);
            let path = path.as_ref().map(|path| path.as_deref());
            assert_eq!(path, expected.as_ref().copied(), "{name:?}");
        }
    }

    #[test]
    fn what_tools_leave_behind_is_litter() {
        for path in [
            ".DS_Store",
            "src/.DS_Store",
            "__MACOSX/._main.py",
            "src/__pycache__/main.cpython-39.pyc",
            "__pycache__",
            "main.pyc",
        ] {
            assert!(is_litter(path), "{path}");
        }
        for path in [
            "main.py",
            "pyc",
            "src/pycache/main.py",
            "DS_Store",
            "a.pyc/b",
        ] {
            assert!(!is_litter(path), "{path}");
        }
    }
}
