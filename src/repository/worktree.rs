//! The repository's side of a challenge: the configuration and the files it names, read from one commit.

use std::collections::{BTreeMap, BTreeSet};

use super::path::{PathProblem, RepoPath};
use crate::challenge::catalogue::{Field, Kind, Scope};
use crate::challenge::notation;
use crate::challenge::path::{FieldPath, PhaseId, PhaseKey};
use crate::challenge::side::{Reading, Side};
use crate::challenge::value::Value;
use crate::yaml;

/// The key of the list of phases.
pub const PHASES: &str = "challenge_phases";

/// Something that holds files: a commit, or one with changes laid over it.
pub trait Files {
    /// The content of the file at `path`; `None` if there is none.
    ///
    /// # Errors
    /// A sentence that names the path, if what stands there is no plain file
    /// or cannot be read.
    fn read(&self, path: &RepoPath) -> Result<Option<Vec<u8>>, String>;
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

/// The repository's side of a challenge.
#[derive(Debug, Clone)]
pub struct Worktree {
    /// The configuration's path.
    pub config: RepoPath,
    /// The configuration itself.
    pub document: yaml::Document,
    /// What it says of every field.
    pub side: Side,
    /// Where each field's value stands.
    pub places: BTreeMap<FieldPath, Place>,
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
        let path = config.clone();
        let bytes = files
            .read(config)
            .map_err(ConfigError::NoFile)?
            .ok_or_else(|| ConfigError::Missing(path.clone()))?;
        let document = yaml::Document::parse(&bytes).map_err(|error| ConfigError::Yaml {
            path: path.clone(),
            error,
        })?;
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
        let mut worktree = Self {
            config: path,
            document,
            side: Side::default(),
            places: BTreeMap::new(),
        };
        worktree.read_scope(files, Scope::Challenge, None, &yaml::Path::root());
        for (index, phase) in worktree.match_phases(phases)?.into_iter().enumerate() {
            worktree.read_scope(
                files,
                Scope::Phase,
                Some(&phase),
                &yaml::Path::from(PHASES).at(index),
            );
        }
        worktree.side.lower_as_a_push_does();
        Ok(worktree)
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

    fn read_scope(
        &mut self,
        files: &impl Files,
        scope: Scope,
        phase: Option<&PhaseId>,
        holder: &yaml::Path,
    ) {
        for field in Field::of(scope) {
            let path = FieldPath {
                phase: phase.cloned(),
                field,
            };
            let key = holder.clone().at(field.key);
            let (place, reading) = match self.document.get(&key) {
                None => (Place::Absent(holder.clone()), Reading::Absent),
                Some(yaml) if field.kind == Kind::Html => read_file(files, &self.config, key, yaml),
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

    /// Names each phase of the configuration, in its order.
    fn match_phases(&self, evalai: &[PhaseKey]) -> Result<Vec<PhaseId>, ConfigError> {
        let shape = |index: Option<usize>, problem: String| {
            let at = yaml::Path::from(PHASES);
            let at = index.map_or(at.clone(), |index| at.at(index));
            let line = self
                .document
                .position(&at)
                .map_or(1, |position| position.line);
            ConfigError::Shape {
                path: self.config.clone(),
                line,
                problem,
            }
        };
        let phases = match self.document.root().get(PHASES) {
            None | Some(yaml::Value::Null) => return Ok(Vec::new()),
            Some(yaml::Value::Seq(phases)) => phases,
            Some(other) => {
                return Err(shape(
                    None,
                    format!("{PHASES} is {}, not a list of phases", other.kind()),
                ));
            }
        };
        let mut seen = BTreeSet::new();
        let mut ids = Vec::new();
        for (index, phase) in phases.iter().enumerate() {
            if phase.as_map().is_none() {
                let problem = format!(
                    "entry {} of {PHASES} is {}, not a mapping",
                    index + 1,
                    phase.kind()
                );
                return Err(shape(Some(index), problem));
            }
            let id = match_phase(&key_of(phase), evalai)
                .map_err(|problem| shape(Some(index), problem))?;
            let id = id.unwrap_or_else(|| PhaseId::Codename(format!("entry {}", index + 1)));
            if !seen.insert(id.clone()) {
                let problem = format!(
                    "two entries of {PHASES} are phase {id}: give each its own id and codename"
                );
                return Err(shape(Some(index), problem));
            }
            ids.push(id);
        }
        Ok(ids)
    }
}

/// How an entry of the list of phases names itself.
fn key_of(phase: &yaml::Value) -> PhaseKey {
    let number = |yaml: &yaml::Value| match notation::from_yaml(Kind::Int, yaml) {
        Ok(Value::Int(number)) => Some(number),
        _ => None,
    };
    let text = |yaml: &yaml::Value| match notation::from_yaml(Kind::Text, yaml) {
        Ok(Value::Text(text)) => Some(text),
        _ => None,
    };
    PhaseKey {
        id: phase.get("id").and_then(number),
        codename: phase.get("codename").and_then(text),
    }
}

/// Names a phase of the configuration after the one of EvalAI's that it is:
/// by id, and by codename only where that leaves no doubt. A phase that
/// EvalAI does not have keeps its own name.
fn match_phase(phase: &PhaseKey, evalai: &[PhaseKey]) -> Result<Option<PhaseId>, String> {
    let by_id = evalai
        .iter()
        .find(|other| phase.id.is_some() && other.id == phase.id);
    if by_id.is_some() {
        return Ok(phase.name());
    }
    let same_codename =
        |other: &&PhaseKey| phase.codename.is_some() && other.codename == phase.codename;
    // With ids on both sides that differ, these are two phases of one codename.
    let free = |other: &&PhaseKey| phase.id.is_none() || other.id.is_none();
    let by_codename: Vec<_> = evalai.iter().filter(same_codename).filter(free).collect();
    match by_codename[..] {
        [] => Ok(phase.name()),
        [other] => Ok(other.name().or_else(|| phase.name())),
        _ => Err(format!(
            "several of EvalAI's phases have the codename {:?}: give this phase the `id` of the one it is",
            phase.codename.as_deref().unwrap_or_default()
        )),
    }
}

fn read_file(
    files: &impl Files,
    config: &RepoPath,
    key: yaml::Path,
    yaml: &yaml::Value,
) -> (Place, Reading) {
    let named = match yaml {
        yaml::Value::Null => Err(PathProblem::Empty),
        other => other
            .as_str()
            .map_or(Err(PathProblem::Character), |text| config.beside(text)),
    };
    let file = match named {
        Ok(file) => file,
        Err(problem) => {
            let reason = format!(
                "{config}: {key} ({}) {problem}: the field is left alone.",
                notation::shown(yaml)
            );
            return (Place::Inline(key), Reading::Unknown(reason));
        }
    };
    let left_alone =
        |problem: &str| Reading::Unknown(format!("{problem} The field is left alone."));
    let reading = match files.read(&file).map(|bytes| bytes.map(String::from_utf8)) {
        Ok(Some(Ok(text))) => Reading::Value(Value::text(&text)),
        Ok(Some(Err(_))) => left_alone(&format!(
            "{file} is not UTF-8, so EvalAI cannot have taken it."
        )),
        // A file that is named and does not exist makes a push fail; it is written when EvalAI has a text for it.
        Ok(None) => Reading::Value(Value::Null),
        Err(problem) => left_alone(&problem),
    };
    (Place::File { key, file }, reading)
}
