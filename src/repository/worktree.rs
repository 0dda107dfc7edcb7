//! The repository's side of a challenge: the configuration and the files it names, read from one commit.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::entities::{self, Entries};
use super::media::{self, Found, Script};
use super::path::{PathProblem, RepoPath};
use crate::challenge::catalogue::{Disclosure, Field, Kind};
use crate::challenge::notation;
use crate::challenge::path::{Entity, FieldPath, PhaseKey};
use crate::challenge::side::{Reading, Side};
use crate::challenge::value::{FileId, Value};
use crate::yaml;

/// Something that holds files: a commit, or one with changes laid over it.
pub trait Files {
    /// The content of the file at `path`; `None` if there is none.
    ///
    /// # Errors
    /// A sentence that names the path, if what stands there is no plain file
    /// or cannot be read.
    fn read(&self, path: &RepoPath) -> Result<Option<Vec<u8>>, String>;

    /// The file at `path` without its content.
    ///
    /// # Errors
    /// As [`Files::read`].
    fn stat(&self, path: &RepoPath) -> Result<Option<Stat>, String>;

    /// The paths of all files in a folder and below it, relative to it, and
    /// of what is there in place of one (a link); none if there is no such folder.
    ///
    /// # Errors
    /// A sentence, if the folder cannot be read.
    fn list(&self, folder: &str) -> Result<Vec<String>, String>;
}

/// What is known of a file without reading it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stat {
    /// The id of its content, as git gives it.
    pub id: FileId,
    /// Its size in bytes.
    pub size: u64,
}

/// Where a field's value stands.
#[derive(Debug, Clone, PartialEq)]
pub enum Place {
    /// In the configuration, under this path.
    Inline(yaml::Path),
    /// Nowhere: its key is absent from the mapping under this path.
    Absent(yaml::Path),
    /// In a file of its own.
    File {
        /// Where the configuration names the file.
        key: yaml::Path,
        /// The file.
        file: RepoPath,
    },
}

impl Place {
    /// The file that holds the value, if it has one of its own.
    #[must_use]
    pub fn file(&self) -> Option<&RepoPath> {
        match self {
            Self::File { file, .. } => Some(file),
            Self::Inline(_) | Self::Absent(_) => None,
        }
    }
}

/// Why a configuration cannot be synced at all.
#[derive(Debug, thiserror::Error, PartialEq)]
pub enum ConfigError {
    /// There is no such file.
    #[error("{0} does not exist in this branch")]
    Missing(RepoPath),
    /// It is no plain file. Holds a sentence that names it.
    #[error("{0}")]
    NoFile(String),
    /// It is no YAML that EvalAI could read.
    #[error("{path}:{}:{}: {}", error.line, error.column, error.message)]
    Yaml {
        /// The configuration.
        path: RepoPath,
        /// What is wrong, and where.
        error: yaml::ParseError,
    },
    /// It is YAML, but no challenge configuration.
    #[error("{path}:{line}: {problem}")]
    Shape {
        /// The configuration.
        path: RepoPath,
        /// The line at fault.
        line: usize,
        /// A sentence.
        problem: String,
    },
}

/// The largest configuration or text that is read, in bytes. Real ones have a few dozen KiB.
pub(crate) const LARGEST_TEXT: u64 = 8 << 20;

/// Reads a file that is a text.
fn read_text(files: &impl Files, path: &RepoPath) -> Result<Option<Vec<u8>>, String> {
    match files.stat(path)? {
        Some(stat) if stat.size > LARGEST_TEXT => Err(format!(
            "{path} is larger than {} MiB, the most that is read of a text.",
            LARGEST_TEXT >> 20
        )),
        _ => files.read(path),
    }
}

/// The repository's side of a challenge.
#[derive(Debug, Clone)]
pub struct Worktree {
    /// The configuration's path.
    pub config: RepoPath,
    /// The configuration itself.
    pub document: Arc<yaml::Document>,
    /// What it says of every field.
    pub side: Side,
    /// Where each field's value stands.
    pub places: BTreeMap<FieldPath, Place>,
    /// What cannot be matched with anything on EvalAI, by line: sentences.
    pub problems: Vec<(usize, String)>,
    /// Where the repository keeps the evaluation script; `None` if it does not.
    pub script: Option<Script>,
    /// Where it would be kept; `None` if what the configuration says leads nowhere.
    pub script_place: Option<Script>,
}

impl Worktree {
    /// Reads the configuration at `config` and all files that it names.
    /// `phases` are EvalAI's, so that one phase has one name on both sides.
    ///
    /// # Errors
    /// [`ConfigError`] if the configuration cannot be read as a whole; a
    /// single field that cannot be read is [`Reading::Invalid`] or [`Reading::Unknown`].
    pub fn read(
        files: &impl Files,
        config: &RepoPath,
        phases: &[PhaseKey],
    ) -> Result<Self, ConfigError> {
        let bytes = read_text(files, config)
            .map_err(ConfigError::NoFile)?
            .ok_or_else(|| ConfigError::Missing(config.clone()))?;
        let document = yaml::Document::parse(&bytes).map_err(|error| ConfigError::Yaml {
            path: config.clone(),
            error,
        })?;
        Self::of(Arc::new(document), files, config, phases)
    }

    /// The same of a `document` that has been read: what stands in the configuration, or is to
    /// stand there.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub fn of(
        document: Arc<yaml::Document>,
        files: &impl Files,
        config: &RepoPath,
        phases: &[PhaseKey],
    ) -> Result<Self, ConfigError> {
        let path = config.clone();
        if document.root().as_map().is_none() {
            let problem = format!(
                "the configuration is {}, not a mapping of keys",
                document.root().kind()
            );
            return Err(ConfigError::Shape {
                path,
                line: 1,
                problem,
            });
        }
        let Entries { named, left_alone } =
            entities::name(&document, phases).map_err(|muddle| {
                let line = document
                    .position(&muddle.at)
                    .map_or(1, |position| position.line);
                ConfigError::Shape {
                    path: path.clone(),
                    line,
                    problem: muddle.problem,
                }
            })?;
        let problems = left_alone.into_iter().map(|(at, problem)| {
            let line = document.position(&at).map_or(1, |position| position.line);
            (line, problem)
        });
        let folder = match path.folder() {
            "" => media::SCRIPT.to_owned(),
            folder => format!("{folder}/{}", media::SCRIPT),
        };
        let mut worktree = Self {
            config: path,
            problems: problems.collect(),
            document,
            side: Side::default(),
            places: BTreeMap::new(),
            script: None,
            script_place: Some(Script::Folder(folder)),
        };
        worktree.read_script(files);
        worktree.read_entity(files, &Entity::Challenge, &yaml::Path::root());
        for (entity, at) in named {
            worktree.read_entity(files, &entity, &at);
        }
        worktree.side.lower_as_a_push_does();
        Ok(worktree)
    }

    /// Finds the evaluation script and reads its files.
    fn read_script(&mut self, files: &impl Files) {
        let key = yaml::Path::from(media::SCRIPT);
        let Some(named) = self.document.get(&key).and_then(yaml::Value::as_str) else {
            return;
        };
        let found = media::find_script(files, &self.config, named);
        let read = found.and_then(|found| match found {
            Found::Nowhere(script) => Ok((Vec::new(), None, script)),
            Found::Here(script) => {
                let readings = media::read_script(files, &script)?;
                Ok((readings, Some(script.clone()), script))
            }
        });
        match read {
            Ok((readings, script, place)) => {
                for (name, file, reading) in readings {
                    let path = FieldPath::script_file(&name);
                    self.side.put(path.clone(), reading);
                    self.places.insert(
                        path,
                        Place::File {
                            key: key.clone(),
                            file,
                        },
                    );
                }
                self.script = script;
                self.script_place = Some(place);
            }
            Err(problem) => {
                let line = self
                    .document
                    .position(&key)
                    .map_or(1, |position| position.line);
                self.problems.push((
                    line,
                    format!("The evaluation script is left alone: {problem}"),
                ));
                self.script_place = None;
            }
        }
    }

    /// The line on which `path`'s value stands, counted from 1; that of its
    /// holder if the key is absent.
    #[must_use]
    pub fn line(&self, path: &FieldPath) -> usize {
        let Some(Place::Inline(yaml) | Place::Absent(yaml) | Place::File { key: yaml, .. }) =
            self.places.get(path)
        else {
            return 1;
        };
        self.document
            .position(yaml)
            .map_or(1, |position| position.line)
    }

    fn read_entity(&mut self, files: &impl Files, entity: &Entity, holder: &yaml::Path) {
        for field in Field::of(entity.scope()) {
            let path = FieldPath::of(entity.clone(), field);
            let key = holder.clone().at(field.key);
            let (place, reading) = match self.document.get(&key) {
                None => (Place::Absent(holder.clone()), Reading::Absent),
                Some(yaml) if field.kind == Kind::Html => {
                    let named = named_file(&self.config, key, yaml);
                    read_file(named, |file| read_html(files, file))
                }
                Some(yaml) if field.kind == Kind::File => {
                    let named = named_file(&self.config, key, yaml);
                    let missing = match field.disclosure {
                        Disclosure::Public => Reading::Value(Value::Null),
                        Disclosure::Personal | Disclosure::GroundTruth => Reading::Absent,
                    };
                    read_file(named, |file| media::read(files, file, missing))
                }
                Some(yaml) => {
                    let reading = match notation::from_yaml(field.kind, yaml) {
                        Ok(value) => Reading::Value(value),
                        Err(problem) => Reading::Invalid {
                            shown: notation::shown(yaml),
                            problem,
                        },
                    };
                    (Place::Inline(key), reading)
                }
            };
            self.side.put(path.clone(), reading);
            self.places.insert(path, place);
        }
    }
}

/// The file that the configuration names under `key`, or why the field is left alone.
fn named_file(
    config: &RepoPath,
    key: yaml::Path,
    yaml: &yaml::Value,
) -> Result<(yaml::Path, RepoPath), (yaml::Path, String)> {
    let named = match yaml {
        yaml::Value::Null => Err(PathProblem::Empty),
        other => other
            .as_str()
            .map_or(Err(PathProblem::Character), |text| config.beside(text)),
    };
    match named {
        Ok(file) => Ok((key, file)),
        Err(problem) => {
            let reason = media::unusable(&notation::shown(yaml), &problem);
            Err((key, format!("{reason}; the field is left alone.")))
        }
    }
}

fn read_file(
    named: Result<(yaml::Path, RepoPath), (yaml::Path, String)>,
    read: impl FnOnce(&RepoPath) -> Reading,
) -> (Place, Reading) {
    match named {
        Ok((key, file)) => {
            let reading = read(&file);
            (Place::File { key, file }, reading)
        }
        Err((key, reason)) => (Place::Inline(key), Reading::Unknown(reason)),
    }
}

fn read_html(files: &impl Files, file: &RepoPath) -> Reading {
    let left_alone =
        |problem: &str| Reading::Unknown(format!("{problem} The field is left alone."));
    match read_text(files, file).map(|bytes| bytes.map(String::from_utf8)) {
        Ok(Some(Ok(text))) => Reading::Value(Value::text(&text)),
        Ok(Some(Err(_))) => left_alone(&format!(
            "{file} is not UTF-8, so EvalAI cannot have taken it."
        )),
        // A file that is named and does not exist makes a push fail; it is written when EvalAI has a text for it.
        Ok(None) => match media::in_the_way(files, file) {
            Some(problem) => left_alone(&problem),
            None => Reading::Value(Value::Null),
        },
        Err(problem) => left_alone(&problem),
    }
}
