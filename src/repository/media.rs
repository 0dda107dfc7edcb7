//! The repository's media: the logo, the annotations, and the evaluation script's folder or archive.
//!
//! Files are known by the ids that git gives their content, so that most are
//! compared without being read.

use std::io::Cursor;

use git2::{ObjectType, Oid};

use super::archive::{self, Archive, is_litter};
use super::path::{PathProblem, RepoPath};
use super::worktree::{Files, Stat};
use crate::challenge::side::Reading;
use crate::challenge::value::{FileId, Value};

/// The configuration's key for the evaluation script.
pub const SCRIPT: &str = "evaluation_script";

/// The zip that EvalAI-Starters makes anew of the folder beside it at every
/// push, whatever is in git under its name. It makes no other.
const MADE_BY_A_PUSH: &str = "evaluation_script.zip";

/// How the file begins that stands in for one which Git LFS keeps elsewhere.
const LFS_POINTER: &[u8] = b"version https://git-lfs.github.com/spec/";

/// The longest such pointer, in bytes.
const LONGEST_POINTER: u64 = 1024;

/// Where the repository keeps the evaluation script.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Script {
    /// In this folder; the push zips it (138 of 140 repositories).
    Folder(String),
    /// As an archive that is committed itself.
    Archive(RepoPath),
}

/// The script that the configuration names.
#[derive(Debug)]
pub(super) enum Found {
    /// It is here.
    Here(Script),
    /// It is not, and would stand here.
    Nowhere(Script),
}

impl Script {
    /// Where the file stands that is `name` in the script.
    #[must_use]
    pub fn place(&self, name: &str) -> Option<RepoPath> {
        match self {
            Self::Folder(folder) => RepoPath::new(&format!("{folder}/{name}")).ok(),
            Self::Archive(path) => Some(path.clone()),
        }
    }
}

/// The id that git gives this content.
#[must_use]
pub fn id_of(bytes: &[u8]) -> FileId {
    let id = Oid::hash_object(ObjectType::Blob, bytes).unwrap_or(Oid::ZERO_SHA1);
    FileId::new(id.to_string())
}

/// The id of a script's file, whatever its line endings: a script that was
/// uploaded from another system means the same.
#[must_use]
pub fn script_id(bytes: &[u8]) -> FileId {
    match std::str::from_utf8(bytes) {
        Ok(text) if text.contains('\r') && !text.contains('\0') => {
            id_of(text.replace("\r\n", "\n").as_bytes())
        }
        _ => id_of(bytes),
    }
}

/// The id of an archive: that of its entries, whenever and in whatever order it was packed.
#[must_use]
pub fn archive_id(archive: &Archive) -> FileId {
    let entries = archive.files.iter().filter(|(path, _)| !is_litter(path));
    let lines =
        entries.map(|(path, entry)| format!("{} {path}\n", script_id(&entry.bytes).as_str()));
    id_of(lines.collect::<String>().as_bytes())
}

/// Whether a file is compared by what is packed in it.
#[must_use]
pub fn is_archive(file: &RepoPath) -> bool {
    file.as_str().to_ascii_lowercase().ends_with(".zip")
}

/// Reads a media file; `missing` if there is none.
pub(super) fn read(files: &impl Files, file: &RepoPath, missing: Reading) -> Reading {
    let left_alone =
        |problem: String| Reading::Unknown(format!("{problem} The field is left alone."));
    match files.stat(file) {
        Ok(None) => match in_the_way(files, file) {
            Some(problem) => left_alone(problem),
            None => missing,
        },
        Err(problem) => left_alone(problem),
        Ok(Some(stat)) => match is_pointer(files, file, &stat) {
            Ok(false) if is_archive(file) => match files.read(file) {
                Ok(bytes) => {
                    let bytes = Cursor::new(bytes.unwrap_or_default());
                    let archive = archive::read(bytes, &archive::Limits::default());
                    Reading::Value(Value::File(
                        archive.map_or(stat.id, |archive| archive_id(&archive)),
                    ))
                }
                Err(problem) => left_alone(problem),
            },
            Ok(false) => Reading::Value(Value::File(stat.id)),
            Ok(true) => in_lfs(file),
            Err(problem) => left_alone(problem),
        },
    }
}

fn in_lfs(file: &RepoPath) -> Reading {
    Reading::Unknown(format!(
        "{file} is kept in Git LFS, where this action does not reach. The field is left alone."
    ))
}

fn is_pointer(files: &impl Files, file: &RepoPath, stat: &Stat) -> Result<bool, String> {
    if stat.size > LONGEST_POINTER {
        return Ok(false);
    }
    let bytes = files.read(file)?.unwrap_or_default();
    Ok(bytes.starts_with(LFS_POINTER))
}

/// Finds the script that the configuration calls `named`, or tells where it would stand.
pub(super) fn find_script(
    files: &impl Files,
    config: &RepoPath,
    named: &str,
) -> Result<Found, String> {
    let text = named.trim().trim_end_matches('/');
    let path = config
        .beside(text)
        .map_err(|problem| format!("{}.", unusable(&format!("{named:?}"), &problem)))?;
    let is_folder = |folder: &str| match folder {
        "" => Ok(false),
        folder => files.list(folder).map(|found| !found.is_empty()),
    };
    if let Some(folder) = path.as_str().strip_suffix(".zip") {
        let has_folder = is_folder(folder)?;
        let in_folder = Script::Folder(folder.to_owned());
        return Ok(if has_folder && path.as_str() == MADE_BY_A_PUSH {
            Found::Here(in_folder)
        } else if files.stat(&path)?.is_some() {
            Found::Here(Script::Archive(path))
        } else if has_folder {
            Found::Here(in_folder)
        } else if archive_name(&path) == MADE_BY_A_PUSH {
            return new_folder(files, folder);
        } else {
            Found::Nowhere(Script::Archive(path))
        });
    }
    for folder in [path.as_str(), path.folder()] {
        if is_folder(folder)? {
            return Ok(Found::Here(Script::Folder(folder.to_owned())));
        }
    }
    // A program's name stands for the folder that it is in.
    let folder = if archive_name(&path).contains('.') {
        path.folder()
    } else {
        path.as_str()
    };
    if folder.is_empty() {
        return Err(format!("{path} stands in no folder of its own."));
    }
    new_folder(files, folder)
}

/// Where a script will stand that is nowhere yet, unless something else stands there.
fn new_folder(files: &impl Files, folder: &str) -> Result<Found, String> {
    let path = RepoPath::new(folder).map_err(|problem| format!("{folder} {problem}."))?;
    match files.stat(&path) {
        Ok(None) => Ok(Found::Nowhere(Script::Folder(folder.to_owned()))),
        Ok(Some(_)) | Err(_) => Err(format!("{folder} is no folder.")),
    }
}

/// What stands where a folder of `path` would: a file in its way.
pub(super) fn in_the_way(files: &impl Files, path: &RepoPath) -> Option<String> {
    let folders = std::iter::successors(Some(path.folder()), |folder| {
        folder.rsplit_once('/').map(|(above, _)| above)
    });
    let is_file = |folder: &&str| {
        let path = RepoPath::new(folder);
        path.is_ok_and(|path| matches!(files.stat(&path), Ok(Some(_))))
    };
    let file = folders.into_iter().find(is_file)?;
    Some(format!(
        "{path} cannot be there: {file} is a file, not a folder."
    ))
}

/// Reads every file of the script: its name there, its path, and what it is.
pub(super) fn read_script(
    files: &impl Files,
    script: &Script,
) -> Result<Vec<(String, RepoPath, Reading)>, String> {
    let value = |id| Reading::Value(Value::File(id));
    match script {
        Script::Archive(path) => {
            let bytes = files.read(path)?.unwrap_or_default();
            if bytes.starts_with(LFS_POINTER) {
                return Ok(vec![(archive_name(path), path.clone(), in_lfs(path))]);
            }
            let reading = match archive::read(Cursor::new(bytes), &archive::Limits::default()) {
                Ok(archive) => value(archive_id(&archive)),
                Err(problem) => {
                    Reading::Unknown(format!("{path} {problem}. The script is left alone."))
                }
            };
            Ok(vec![(archive_name(path), path.clone(), reading)])
        }
        Script::Folder(folder) => {
            let mut readings = Vec::new();
            for name in files.list(folder)? {
                let Ok(path) = RepoPath::new(&format!("{folder}/{name}")) else {
                    continue;
                };
                if is_litter(&name) {
                    continue;
                }
                let reading = match files.read(&path) {
                    Ok(Some(bytes)) if bytes.starts_with(LFS_POINTER) => in_lfs(&path),
                    Ok(bytes) => value(script_id(&bytes.unwrap_or_default())),
                    Err(problem) => Reading::Unknown(problem),
                };
                readings.push((name, path, reading));
            }
            Ok(readings)
        }
    }
}

/// What is wrong with a path that the configuration calls `shown`. A URL is
/// not repeated: EvalAI's own need no credentials.
pub(super) fn unusable(shown: &str, problem: &PathProblem) -> String {
    match problem {
        PathProblem::Url => format!("the path {problem}"),
        _ => format!("the path {shown} {problem}"),
    }
}

/// What the archive is called among the script's files.
#[must_use]
pub fn archive_name(path: &RepoPath) -> String {
    path.as_str()
        .rsplit('/')
        .next()
        .unwrap_or_default()
        .to_owned()
}
