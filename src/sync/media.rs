//! EvalAI's media: what may have changed is downloaded, and joins EvalAI's side as the id of its content.
//!
//! A file's URL changes with every push, whatever its content, and a file
//! that was uploaded with the CLI changes under the same URL. So content
//! decides; the URL (as a digest, since it needs no credentials) and the
//! server's validator are remembered to tell what need not be fetched again.

mod named;

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read as _;

use tempfile::TempDir;

pub use self::named::{Medium, media_of};
use self::named::{Slot, slots};
pub(super) use self::named::{extension, url};
use super::note::Note;
use crate::challenge::catalogue::Scope;
use crate::challenge::path::{Entity, FieldPath};
use crate::challenge::pattern::Patterns;
use crate::challenge::side::{Reading, Side};
use crate::challenge::value::{FileId, Value};
use crate::evalai::{Client, Download, Downloaded, Held, Snapshot};
use crate::repository::archive::{self, is_litter};
use crate::repository::image::ImageType;
use crate::repository::media::{Script, archive_id, archive_name, id_of, is_archive, script_id};
use crate::repository::record::{Record, Seen};
use crate::repository::worktree::{Place, Worktree};

/// The content of a file on EvalAI.
#[derive(Debug)]
pub struct Content {
    source: Source,
    /// Whether the script's archive says that it is executable.
    pub executable: bool,
    /// The ending of the name under which it was uploaded, without the dot.
    pub extension: Option<String>,
}

#[derive(Debug)]
enum Source {
    Memory(Vec<u8>),
    Disk(Downloaded),
}

impl Content {
    /// Its bytes.
    ///
    /// # Errors
    /// A sentence, if the temporary file cannot be read any more.
    pub fn bytes(&self) -> Result<Vec<u8>, String> {
        match &self.source {
            Source::Memory(bytes) => Ok(bytes.clone()),
            Source::Disk(downloaded) => std::fs::read(downloaded.file.path())
                .map_err(|error| format!("a downloaded file cannot be read any more: {error}")),
        }
    }
}

/// What is known of EvalAI's media.
#[derive(Debug, Default)]
pub struct Media {
    /// The content of what was downloaded.
    pub contents: BTreeMap<FieldPath, Content>,
    /// What to remember of each medium, by the name of its field.
    pub seen: BTreeMap<String, Seen>,
    /// What the host should know.
    pub notes: Vec<Note>,
    /// Where the downloads are until the end of the run.
    folder: Option<TempDir>,
}

/// What decides whether a medium is fetched at all.
#[derive(Debug, Clone, Copy)]
pub struct Wishes<'a> {
    /// What the host asked to be kept in the repository.
    pub include: &'a Patterns,
    /// The most bytes of one file.
    pub limit: u64,
}

/// Fetches the media that the repository keeps (or shall keep) and that may
/// have changed, and notes in `held` what EvalAI holds.
pub async fn fetch(
    client: &Client,
    snapshot: &Snapshot,
    held: &mut Held,
    worktree: &Worktree,
    record: Option<&Record>,
    wishes: Wishes<'_>,
) -> Media {
    let mut media = Media::default();
    let kept = slots(snapshot).into_iter();
    let kept: Vec<_> = kept
        .filter(|slot| is_kept(&slot.path, worktree, wishes))
        .collect();
    media.notes.extend(unreadable(snapshot, worktree, wishes));
    media.notes.extend(kept.iter().filter_map(untold));
    let wanted: Vec<_> = kept.into_iter().filter_map(Slot::medium).collect();
    let mut fetched = Vec::new();
    for medium in &wanted {
        let url = id_of(medium.url.as_bytes()).as_str().to_owned();
        let seen = record
            .and_then(|record| record.head.media.get(&medium.name))
            .filter(|seen| seen.url == url);
        match seen {
            Some(seen) if !medium.in_place => {
                media.keep(medium, seen.clone(), &mut held.side, record);
            }
            _ => fetched.push((
                medium,
                Seen {
                    url,
                    validator: seen.and_then(|seen| seen.validator.clone()),
                },
            )),
        }
    }
    if fetched.is_empty() {
        return media;
    }
    let folder = match tempfile::Builder::new().prefix("evalai-sync-").tempdir() {
        Ok(folder) => folder,
        Err(error) => {
            media.notes.push(Note::warning(format!(
                "No file of EvalAI's is compared: no temporary folder can be made: {error}"
            )));
            return media;
        }
    };
    let into = folder.path();
    let downloads = fetched.into_iter().map(|(medium, seen)| async move {
        let validator = seen.validator.as_ref();
        let done = client
            .download(&medium.name, medium.url, validator, wishes.limit, into)
            .await;
        (medium, seen, done)
    });
    for (medium, seen, done) in futures_util::future::join_all(downloads).await {
        match done {
            Ok(Download::Unchanged) => media.keep(medium, seen, &mut held.side, record),
            Ok(Download::File(file)) => {
                let seen = Seen {
                    validator: file.validator.clone(),
                    ..seen
                };
                media.take(medium, file, seen, &mut held.side, worktree);
            }
            Err(error) => media.notes.push(Note::warning(format!(
                "{} is left alone: {error}",
                medium.name
            ))),
        }
    }
    media.folder = Some(folder);
    media
}

impl Media {
    /// EvalAI holds what it held when both sides last agreed.
    fn keep(&mut self, medium: &Medium<'_>, seen: Seen, side: &mut Side, record: Option<&Record>) {
        let bases = record.into_iter().flat_map(|record| &record.bases);
        for (path, base) in bases.filter(|(path, _)| belongs(path, medium)) {
            side.put(path.clone(), Reading::Value(base.clone()));
        }
        self.seen.insert(medium.name.clone(), seen);
    }

    fn take(
        &mut self,
        medium: &Medium<'_>,
        file: Downloaded,
        seen: Seen,
        side: &mut Side,
        worktree: &Worktree,
    ) {
        if medium.path.field.key == "image" && !is_logo(&file) {
            self.notes.push(Note::warning(format!(
                "{} is left alone: EvalAI's is neither a PNG nor a JPEG, and a push takes no other. Upload one of these there.",
                medium.name
            )));
            return;
        }
        self.seen.insert(medium.name.clone(), seen);
        if medium.path.field.scope == Scope::ScriptFile {
            self.unpack(medium, file, side, worktree);
            return;
        }
        let extension = extension(medium.url);
        let kept = worktree.places.get(&medium.path).and_then(Place::file);
        let zipped = kept.map_or(extension.as_deref() == Some("zip"), is_archive);
        let id = self::id(&file, zipped);
        side.put(medium.path.clone(), Reading::Value(Value::File(id)));
        let content = Content {
            source: Source::Disk(file),
            executable: false,
            extension,
        };
        self.contents.insert(medium.path.clone(), content);
    }

    fn unpack(
        &mut self,
        medium: &Medium<'_>,
        file: Downloaded,
        side: &mut Side,
        worktree: &Worktree,
    ) {
        if worktree.script.is_none() && worktree.script_place.is_none() {
            // The remarks on the configuration say why.
            self.seen.remove(&medium.name);
            return;
        }
        let archive = archive::read(file.file.as_file(), &archive::Limits::default());
        let problem = match &archive {
            Ok(archive) if archive.files.keys().all(|name| is_litter(name)) => {
                // No push and no host means to delete a whole script.
                Some("holds no file".to_owned())
            }
            Ok(_) => None,
            Err(problem) => Some(problem.to_string()),
        };
        let (Ok(archive), None) = (archive, &problem) else {
            let problem = problem.unwrap_or_default();
            let text = format!("The evaluation script on EvalAI {problem}. It is left alone.");
            self.notes.push(Note::warning(text));
            self.seen.remove(&medium.name);
            return;
        };
        let place = worktree.script.as_ref().or(worktree.script_place.as_ref());
        if let Some(Script::Archive(path)) = place {
            let path = FieldPath::script_file(&archive_name(path));
            side.put(
                path.clone(),
                Reading::Value(Value::File(archive_id(&archive))),
            );
            let content = Content {
                source: Source::Disk(file),
                executable: false,
                extension: None,
            };
            self.contents.insert(path, content);
            return;
        }
        for (name, entry) in archive.files {
            if is_litter(&name) {
                continue;
            }
            let path = FieldPath::script_file(&name);
            side.put(
                path.clone(),
                Reading::Value(Value::File(script_id(&entry.bytes))),
            );
            let executable = entry.executable == Some(true);
            let content = Content {
                source: Source::Memory(entry.bytes),
                executable,
                extension: None,
            };
            self.contents.insert(path, content);
        }
    }
}

/// Whether a push could carry the image. One that cannot be read any more is found out when it is written.
fn is_logo(file: &Downloaded) -> bool {
    let mut beginning = Vec::new();
    let opened = File::open(file.file.path());
    let read = opened.and_then(|file| file.take(8).read_to_end(&mut beginning));
    read.is_err() || ImageType::of(&beginning).is_some()
}

/// The id of a downloaded file; where the repository keeps (or will keep) a
/// zip, that of its entries, since an archive that was packed again holds the same.
fn id(file: &Downloaded, zipped: bool) -> FileId {
    let archive =
        zipped.then(|| archive::read(file.file.as_file(), &archive::Limits::default()).ok());
    let raw = || FileId::new(file.blob.to_string());
    archive
        .flatten()
        .map_or_else(raw, |archive| archive_id(&archive))
}

/// The id of a file's content that EvalAI keeps at `url`: of a zip that of its entries, since
/// every push packs the evaluation script anew.
#[must_use]
pub fn content_id(file: &Downloaded, url: &str) -> FileId {
    id(file, extension(url).as_deref() == Some("zip"))
}

/// Makes both sides speak of every file of the script: one that a side lacks
/// is nothing there. `recorded` are the files on which both once agreed.
pub fn level_script<'a>(
    evalai: &mut Side,
    repository: &mut Side,
    recorded: impl Iterator<Item = &'a FieldPath>,
) {
    let is_file = |path: &&FieldPath| matches!(path.entity, Entity::ScriptFile(_));
    let there: Vec<_> = evalai
        .iter()
        .map(|(path, _)| path)
        .filter(is_file)
        .cloned()
        .collect();
    if there.is_empty() {
        // EvalAI's script is not known in this run.
        return;
    }
    let here: Vec<_> = repository
        .iter()
        .map(|(path, _)| path)
        .filter(is_file)
        .cloned()
        .collect();
    let recorded: Vec<_> = recorded.filter(is_file).cloned().collect();
    for path in there.into_iter().chain(here).chain(recorded) {
        for side in [&mut *evalai, &mut *repository] {
            if side.get(&path).is_none() {
                side.put(path.clone(), Reading::Value(Value::Null));
            }
        }
    }
}

/// What is said of a medium that EvalAI's answer does not tell: neither a URL nor that there is none.
fn untold(slot: &Slot<'_>) -> Option<Note> {
    let problem = slot.problem()?;
    let text = format!("{} is left alone: {problem}", slot.name);
    Some(Note::notice(text))
}

/// What the repository keeps of EvalAI's and cannot be read here, so that it is not even fetched.
fn unreadable(snapshot: &Snapshot, worktree: &Worktree, wishes: Wishes<'_>) -> Vec<Note> {
    let media = media_of(snapshot).into_iter();
    let unknown = media.filter_map(|medium| match worktree.side.get(&medium.path) {
        Some(Reading::Unknown(reason)) if !wishes.include.matches(&medium.path) => {
            let note = Note::notice(format!("{}: {reason}", medium.name));
            Some(note.at(worktree.config.as_str(), worktree.line(&medium.path)))
        }
        _ => None,
    });
    unknown.collect()
}

/// Whether the repository keeps this medium, or shall keep it.
fn is_kept(path: &FieldPath, worktree: &Worktree, wishes: Wishes<'_>) -> bool {
    if wishes.include.matches(path) {
        return true;
    }
    if path.field.scope == Scope::ScriptFile {
        return worktree.script.is_some();
    }
    matches!(worktree.side.get(path), Some(Reading::Value(_)))
}

fn belongs(path: &FieldPath, medium: &Medium<'_>) -> bool {
    match medium.path.field.scope {
        Scope::ScriptFile => matches!(path.entity, Entity::ScriptFile(_)),
        _ => *path == medium.path,
    }
}
