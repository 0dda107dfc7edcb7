//! Paths inside the repository, as the configuration names them.

use std::fmt;

/// The longest path, in bytes; leaves room for the folder around it (Linux takes 4,096).
pub(super) const LONGEST: usize = 1024;

/// The longest part of a path, in bytes, as almost all file systems have it.
pub(super) const LONGEST_PART: usize = 255;

/// The path of a file in the repository: relative, with `/`, and never
/// leading out of it or into `.git`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RepoPath(String);

/// Why a text is no path inside the repository.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PathProblem {
    /// It is a URL: EvalAI's starter accepts one only by accident.
    #[error("is a URL, not a file of this repository")]
    Url,
    /// It is empty.
    #[error("names no file")]
    Empty,
    /// It starts at the root of a file system.
    #[error("is an absolute path; it must be relative to the configuration")]
    Absolute,
    /// It climbs out with `..`.
    #[error("leads out of the repository")]
    Outside,
    /// It names git's own folder.
    #[error("leads into .git")]
    Git,
    /// It is longer than file systems take.
    #[error("is longer than a path here may be: {LONGEST} bytes, and {LONGEST_PART} for each part")]
    Long,
    /// It holds a backslash or a control character.
    #[error("holds a character that no path here may hold")]
    Character,
}

impl RepoPath {
    /// Reads a path relative to the repository's top.
    ///
    /// # Errors
    /// [`PathProblem`] if it is none.
    pub fn new(text: &str) -> Result<Self, PathProblem> {
        Self::resolve("", text)
    }

    /// Reads `text` as a file beside this one: paths in a configuration are
    /// relative to the folder it stands in.
    ///
    /// # Errors
    /// [`PathProblem`] if it is none, or leads out of the repository.
    pub fn beside(&self, text: &str) -> Result<Self, PathProblem> {
        Self::resolve(self.folder(), text.trim())
    }

    fn resolve(folder: &str, text: &str) -> Result<Self, PathProblem> {
        if text.contains("://") {
            return Err(PathProblem::Url);
        }
        if text.starts_with('/') || text.as_bytes().get(1) == Some(&b':') {
            return Err(PathProblem::Absolute);
        }
        if text.chars().any(|c| c == '\\' || c.is_control()) {
            return Err(PathProblem::Character);
        }
        let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
        for part in text.split('/') {
            match part {
                "" | "." => {}
                ".." => return Err(PathProblem::Outside),
                _ if is_git(part) => return Err(PathProblem::Git),
                _ if part.len() > LONGEST_PART => return Err(PathProblem::Long),
                _ => parts.push(part),
            }
        }
        if text.is_empty() || text.ends_with('/') || parts.is_empty() {
            return Err(PathProblem::Empty);
        }
        let path = parts.join("/");
        if path.len() > LONGEST {
            return Err(PathProblem::Long);
        }
        Ok(Self(path))
    }

    /// The path as git writes it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The folder it stands in; empty at the top.
    #[must_use]
    pub fn folder(&self) -> &str {
        self.0.rsplit_once('/').map_or("", |(folder, _)| folder)
    }
}

/// Whether a file system may take `part` for `.git`: in any case; with dots, spaces or a stream
/// after it, or by its short name (NTFS); with characters in it that do not count (HFS+).
pub(super) fn is_git(part: &str) -> bool {
    let counts = |character: &char| {
        !matches!(character,
            '\u{200c}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{206a}'..='\u{206f}' | '\u{feff}')
    };
    let plain: String = part.chars().filter(counts).collect();
    let plain = plain.split(':').next().unwrap_or_default();
    let plain = plain.trim_end_matches(['.', ' ']);
    plain.eq_ignore_ascii_case(".git") || plain.eq_ignore_ascii_case("git~1")
}

impl fmt::Display for RepoPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_read_relative_to_the_configuration() {
        let config = RepoPath::new("retino/challenge_config.yaml").unwrap();
        let long_part = format!("templates/{}.html", "x".repeat(251));
        let long = "folder/".repeat(150) + "a.html";
        let table = [
            ("templates/a.html", Ok("retino/templates/a.html")),
            (" ./templates//b.html ", Ok("retino/templates/b.html")),
            ("日本.html", Ok("retino/日本.html")),
            ("../a.html", Err(PathProblem::Outside)),
            ("templates/../../a.html", Err(PathProblem::Outside)),
            ("/etc/passwd", Err(PathProblem::Absolute)),
            ("C:/a.html", Err(PathProblem::Absolute)),
            ("https://example.org/a.html", Err(PathProblem::Url)),
            (".GIT/config", Err(PathProblem::Git)),
            ("templates/GIT~1/config", Err(PathProblem::Git)),
            (".g\u{200c}it./hooks", Err(PathProblem::Git)),
            (&long_part, Err(PathProblem::Long)),
            (&long, Err(PathProblem::Long)),
            ("templates/", Err(PathProblem::Empty)),
            ("", Err(PathProblem::Empty)),
            ("a\\b.html", Err(PathProblem::Character)),
            ("a\nb.html", Err(PathProblem::Character)),
        ];
        for (text, expected) in table {
            let path = config.beside(text);
            assert_eq!(
                path.as_ref().map(RepoPath::as_str),
                expected.as_ref().map(|path| *path),
                "{text:?}"
            );
        }
    }
}
