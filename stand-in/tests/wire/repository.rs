//! The challenge repositories whose pushes were recorded, and changes to them.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use evalai_stand_in::{StandIn, recorded, starter_zip};

/// A challenge repository: its files by their paths.
#[derive(Debug, Clone)]
pub(crate) struct Repository(BTreeMap<String, Vec<u8>>);

const CONFIG: &str = "challenge_config.yaml";

impl Repository {
    pub(crate) fn sample() -> Self {
        Self::read("sample")
    }

    pub(crate) fn big() -> Self {
        Self::read("big")
    }

    pub(crate) fn docker() -> Self {
        Self::read("docker")
    }

    fn read(name: &str) -> Self {
        let root = recorded::folder().join("../repos").join(name);
        let mut files = BTreeMap::new();
        read_folder(&root, &root, &mut files);
        Self(files)
    }

    /// With one part of the configuration replaced, which must be there once or more.
    pub(crate) fn with(mut self, old: &str, new: &str) -> Self {
        let config = String::from_utf8(self.0[CONFIG].clone()).unwrap();
        assert!(
            config.contains(old),
            "there is no {old:?} in the configuration"
        );
        self.0
            .insert(CONFIG.into(), config.replace(old, new).into_bytes());
        self
    }

    /// Without a key of the configuration's top level and all that belongs to it.
    pub(crate) fn without(self, key: &str) -> Self {
        let config = String::from_utf8(self.0[CONFIG].clone()).unwrap();
        let mut kept = String::new();
        let mut inside = false;
        for line in config.split_inclusive('\n') {
            let starts_key = line.starts_with(|c: char| c.is_alphabetic());
            inside = line.starts_with(&format!("{key}:")) || inside && !starts_key;
            if !inside {
                kept += line;
            }
        }
        assert_ne!(kept, config, "there is no {key}");
        self.file(CONFIG, kept.as_bytes())
    }

    /// With more lines at the end of the configuration.
    pub(crate) fn adding(self, yaml: &str) -> Self {
        let config = [&self.0[CONFIG][..], yaml.as_bytes(), b"\n"].concat();
        self.file(CONFIG, &config)
    }

    /// With a file.
    pub(crate) fn file(mut self, path: &str, bytes: &[u8]) -> Self {
        self.0.insert(path.to_owned(), bytes.to_vec());
        self
    }

    /// Without a file, which must be there.
    pub(crate) fn lacking(mut self, path: &str) -> Self {
        assert!(self.0.remove(path).is_some(), "there is no {path}");
        self
    }

    /// With a file under another path.
    pub(crate) fn renamed(mut self, from: &str, to: &str) -> Self {
        let bytes = self.0.remove(from).unwrap();
        self.file(to, &bytes)
    }

    /// What its workflow sends.
    pub(crate) fn zip(&self) -> Vec<u8> {
        starter_zip(&self.0)
    }
}

/// The status and body with which a push of the repository is answered.
pub(crate) fn push(evalai: &StandIn, name: &str, repository: &Repository) -> (u16, String) {
    match evalai.push(name, "challenge", &repository.zip()) {
        Ok(body) => (200, body.to_string()),
        Err(refusal) => {
            let refusal = refusal.to_string();
            let (_, answer) = refusal.split_once("was answered with ").unwrap();
            let (status, body) = answer.split_once(": ").unwrap();
            (status.parse().unwrap(), body.to_owned())
        }
    }
}

fn read_folder(root: &Path, folder: &Path, files: &mut BTreeMap<String, Vec<u8>>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            read_folder(root, &path, files);
        } else {
            let name = path.strip_prefix(root).unwrap().to_str().unwrap();
            files.insert(name.to_owned(), fs::read(&path).unwrap());
        }
    }
}
