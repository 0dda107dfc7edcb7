//! The state file: what each repository was told of, so that a restart neither misses nor repeats a change.
//!
//! It holds digests and ids: no token, no address of a file, no value.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use tempfile::NamedTempFile;

use super::ledger::Told;

/// The version of the form. Another one is not read.
const VERSION: u32 = 1;

/// Where the state is kept, and whose it is.
#[derive(Debug)]
pub struct StateFile {
    path: PathBuf,
    evalai_host_url: String,
    team_pk: u64,
}

#[derive(Serialize, Deserialize)]
struct State {
    version: u32,
    evalai_host_url: String,
    team_pk: u64,
    challenges: BTreeMap<u64, Told>,
}

/// The state file cannot be used at all.
#[derive(Debug, thiserror::Error)]
#[error(
    "the state file {file} cannot be {what}: {source}. Name another place with --state, or let this user write there"
)]
pub struct StateError {
    file: String,
    what: &'static str,
    source: io::Error,
}

impl StateFile {
    /// The state of the team `team_pk` on one EvalAI, at `path`.
    #[must_use]
    pub fn new(path: PathBuf, evalai_host_url: String, team_pk: u64) -> Self {
        Self {
            path,
            evalai_host_url,
            team_pk,
        }
    }

    /// Reads what was told; and a sentence for people if there is something that cannot be used,
    /// which is kept aside.
    ///
    /// # Errors
    /// If the file cannot be read, or not be put aside.
    pub(super) fn load(&self) -> Result<(BTreeMap<u64, Told>, Option<String>), StateError> {
        let bytes = match fs::read(&self.path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Default::default()),
            Err(error) => return Err(self.error("read", error)),
        };
        let problem = match self.parse(&bytes) {
            Ok(challenges) => return Ok((challenges, None)),
            Err(problem) => problem,
        };
        let mut aside = self.path.clone().into_os_string();
        aside.push(".bad");
        fs::rename(&self.path, &aside).map_err(|error| self.error("put aside", error))?;
        let text = format!(
            "The state file {} {problem}. It is kept as {}; every challenge is told once, as at a first start.",
            self.path.display(),
            Path::new(&aside).display()
        );
        Ok((BTreeMap::new(), Some(text)))
    }

    fn parse(&self, bytes: &[u8]) -> Result<BTreeMap<u64, Told>, String> {
        #[derive(Deserialize)]
        struct Version {
            version: u32,
        }
        let unreadable = |error: serde_json::Error| format!("cannot be read ({error})");
        let Version { version } = serde_json::from_slice(bytes).map_err(unreadable)?;
        if version != VERSION {
            return Err(format!(
                "has the format version {version}, and this program knows {VERSION}"
            ));
        }
        let state: State = serde_json::from_slice(bytes).map_err(unreadable)?;
        if (state.team_pk, &state.evalai_host_url) != (self.team_pk, &self.evalai_host_url) {
            return Err(format!(
                "is that of host team {} on {}",
                state.team_pk, state.evalai_host_url
            ));
        }
        Ok(state.challenges)
    }

    /// Writes what was told: wholly or, if the machine stops, not at all.
    ///
    /// # Errors
    /// If it cannot be written; the file is then as it was.
    pub(super) fn save(&self, challenges: BTreeMap<u64, Told>) -> Result<(), StateError> {
        let state = State {
            version: VERSION,
            evalai_host_url: self.evalai_host_url.clone(),
            team_pk: self.team_pk,
            challenges,
        };
        self.replace(&state)
            .map_err(|error| self.error("written", error))
    }

    fn replace(&self, state: &State) -> io::Result<()> {
        let folder = match self.path.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder,
            _ => Path::new("."),
        };
        let mut file = NamedTempFile::new_in(folder)?;
        file.write_all(&serde_json::to_vec_pretty(state)?)?;
        file.as_file().sync_all()?;
        file.persist(&self.path).map_err(|error| error.error)?;
        File::open(folder)?.sync_all()
    }

    fn error(&self, what: &'static str, source: io::Error) -> StateError {
        StateError {
            file: self.path.display().to_string(),
            what,
            source,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told() -> BTreeMap<u64, Told> {
        let answers = BTreeMap::from([("challenge".to_owned(), "c0ffee".to_owned())]);
        let told = Told {
            answers,
            ..Told::default()
        };
        BTreeMap::from([(7, told)])
    }

    #[test]
    fn what_is_saved_is_loaded_and_no_other_file_is_left() {
        let folder = tempfile::tempdir().unwrap();
        let file = StateFile::new(
            folder.path().join("watch.json"),
            "https://eval.ai".into(),
            1,
        );
        assert_eq!(file.load().unwrap(), (BTreeMap::new(), None));
        file.save(told()).unwrap();
        file.save(told()).unwrap();
        assert_eq!(file.load().unwrap(), (told(), None));
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn what_cannot_be_used_is_kept_aside_with_a_sentence() {
        let other = |version: u32, team: u64| {
            format!(
                r#"{{"version": {version}, "evalai_host_url": "https://eval.ai", "team_pk": {team}, "challenges": {{}}}}"#
            )
        };
        for (text, words) in [
            ("{\"version\": 1, ".to_owned(), "cannot be read"),
            (String::new(), "cannot be read"),
            (r#"{"version": 1}"#.to_owned(), "cannot be read"),
            (other(2, 1), "format version 2, and this program knows 1"),
            (
                r#"{"version": 9, "more": []}"#.to_owned(),
                "format version 9",
            ),
            (other(1, 2), "is that of host team 2 on https://eval.ai"),
        ] {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("watch.json");
            fs::write(&path, &text).unwrap();
            let file = StateFile::new(path.clone(), "https://eval.ai".into(), 1);
            let (loaded, said) = file.load().unwrap();
            assert!(loaded.is_empty());
            let said = said.unwrap();
            assert!(said.contains(words) && said.contains("told once"), "{said}");
            assert!(!path.exists());
            let kept = fs::read_to_string(folder.path().join("watch.json.bad"));
            assert_eq!(kept.unwrap(), text);
        }
    }

    #[test]
    fn a_place_where_nothing_can_be_written_is_an_error_that_says_so() {
        let path = PathBuf::from("/nonexistent/watch.json");
        let file = StateFile::new(path, "https://eval.ai".into(), 1);
        let error = file.save(told()).unwrap_err().to_string();
        assert!(
            error.contains("/nonexistent/watch.json cannot be written"),
            "{error}"
        );
    }
}
