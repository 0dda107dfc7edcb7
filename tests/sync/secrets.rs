//! Everything that a run emits or leaves behind, searched for what must be nowhere in it.

use std::fs;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use git2::Repository;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value as Json;

use crate::run::Run;
use crate::world::World;

/// A GitHub token as tests give it to runs, with characters that Base64 and URLs write in another way.
pub(crate) const GITHUB_TOKEN: &str = "ghp_0123456789SecretOfGitHub~?/>=";

/// What must be nowhere, in every form in which it travels.
pub(crate) struct Secrets(Vec<(String, String)>);

impl Secrets {
    /// Both tokens, and what is unique in the address of every medium that the challenge has.
    pub(crate) fn of(world: &World) -> Self {
        let tokens = Self(Vec::new())
            .token("the EvalAI token", &world.evalai.token())
            .token("the GitHub token", GITHUB_TOKEN);
        let media = media(world).into_iter();
        media.fold(tokens, |secrets, name| {
            secrets.value("the address of a medium", &name)
        })
    }

    /// The same with another token.
    pub(crate) fn token(mut self, name: &str, token: &str) -> Self {
        self.0.push((name.to_owned(), token.to_owned()));
        let encoded = utf8_percent_encode(token, NON_ALPHANUMERIC).to_string();
        self.0
            .push((format!("{name} as a part of a URL"), encoded.to_lowercase()));
        self.0.push((format!("{name} as a part of a URL"), encoded));
        let name = format!("{name} in Base64");
        for before in ["", "x-access-token:", ":", "::"] {
            for text in in_base64(before.len(), &format!("{before}{token}")) {
                self.0.push((name.clone(), text));
            }
        }
        self
    }

    /// The same with a value that is withheld.
    pub(crate) fn value(mut self, name: &str, value: &str) -> Self {
        self.0.push((name.to_owned(), value.to_owned()));
        self
    }

    /// The first secret that was left somewhere: which, and where.
    pub(crate) fn found_in(&self, left: &Left) -> Option<String> {
        left.0.iter().find_map(|(place, text)| {
            let (name, _) = self.0.iter().find(|(_, secret)| text.contains(secret))?;
            Some(format!("{name} is in {place}"))
        })
    }

    /// Nothing of it was left anywhere.
    #[track_caller]
    pub(crate) fn are_nowhere_in(&self, left: &Left) {
        if let Some(found) = self.found_in(left) {
            panic!("{found}");
        }
    }
}

/// The characters of `text` in Base64 that say nothing of what stands around it; `before` of its bytes are not secret.
fn in_base64(before: usize, text: &str) -> [String; 2] {
    let (first, last) = ((before * 8).div_ceil(6), text.len() * 8 / 6);
    [STANDARD_NO_PAD.encode(text), URL_SAFE_NO_PAD.encode(text)]
        .map(|encoded| encoded[first..last].to_owned())
}

/// What is unique in the addresses of all media that the challenge has.
pub(crate) fn media(world: &World) -> Vec<String> {
    let id = world.challenge;
    let ask = |path: &str| world.evalai.get(path).unwrap();
    let page = ask(&format!("/api/challenges/challenge/{id}/"));
    let queue = page["queue"].as_str().unwrap();
    let worker = ask(&format!("/api/challenges/challenge/queues/{queue}/"));
    let phases = ask(&format!("/api/challenges/{id}/phases/"));
    let annotations = phases.as_array().unwrap().iter();
    let annotations = annotations.map(|phase| &phase["test_annotation"]);
    [&page["image"], &worker["evaluation_script"]]
        .into_iter()
        .chain(annotations)
        .filter_map(Json::as_str)
        .map(|url| url.rsplit('/').next().unwrap().to_owned())
        .collect()
}

/// What was emitted or left, by where.
#[derive(Default)]
pub(crate) struct Left(Vec<(String, String)>);

impl Left {
    /// All that a run emitted, and what it left in the runner's folder for temporary files.
    pub(crate) fn by(run: &Run) -> Self {
        Self::default()
            .said("the log", &run.log)
            .text("the standard error", &run.errors)
            .folder("the runner's folder", &run.temp)
    }

    /// A text, too.
    pub(crate) fn text(mut self, place: &str, text: &str) -> Self {
        self.0.push((place.to_owned(), text.to_owned()));
        self
    }

    /// A log, too. What is masked must be told to the runner.
    pub(crate) fn said(self, place: &str, log: &str) -> Self {
        let is_mask = |line: &&str| line.starts_with("::add-mask::");
        let lines: Vec<_> = log.lines().filter(|line| !is_mask(line)).collect();
        self.text(place, &lines.join("\n"))
    }

    /// Every file below a folder, too, and every object of the repositories there.
    pub(crate) fn folder(mut self, place: &str, folder: &Path) -> Self {
        let Ok(entries) = fs::read_dir(folder) else {
            return self;
        };
        if folder.join("objects").is_dir() {
            self = self.objects(place, folder);
        }
        for entry in entries {
            let path = entry.unwrap().path();
            if path.is_dir() && !path.is_symlink() {
                self = self.folder(place, &path);
            } else {
                let bytes = fs::read(&path).unwrap_or_default();
                let place = format!("{place}: {}", path.display());
                self = self.text(&place, &String::from_utf8_lossy(&bytes));
            }
        }
        self
    }

    /// Every object of a repository, too: its files, folders, commits and messages.
    fn objects(mut self, place: &str, repository: &Path) -> Self {
        let Ok(odb) = Repository::open_bare(repository).and_then(|found| {
            let odb = found.odb()?;
            let mut ids = Vec::new();
            odb.foreach(|id| {
                ids.push(*id);
                true
            })?;
            let read = |id| Some((id, odb.read(id).ok()?.data().to_vec()));
            Ok(ids.into_iter().filter_map(read).collect::<Vec<_>>())
        }) else {
            return self;
        };
        for (id, bytes) in odb {
            self.0.push((
                format!("{place}, in the object {id}"),
                String::from_utf8_lossy(&bytes).into_owned(),
            ));
        }
        self
    }

    /// All of the remote and of the git folder of `workspace`, too; but for the host config, which a host committed.
    pub(crate) fn world(self, world: &World, workspace: &Path) -> Self {
        let config = world.host_config();
        let mut all = self
            .folder("the remote", &world.remote_path())
            .folder("the workspace's git", &workspace.join(".git"));
        all.0.retain(|(_, text)| *text != config);
        all
    }
}

#[test]
fn a_secret_is_found_in_every_form_and_place() {
    let world = World::recorded("sample");
    let workspace = world.check_out();
    let secrets = Secrets::of(&world);
    let around = |text: &str| format!("before {text} after");
    let base64 = |text: &str| STANDARD_NO_PAD.encode(text);
    let encoded = utf8_percent_encode(GITHUB_TOKEN, NON_ALPHANUMERIC).to_string();
    let forms = [
        GITHUB_TOKEN.to_owned(),
        world.evalai.token(),
        base64(GITHUB_TOKEN),
        base64(&format!("x-access-token:{GITHUB_TOKEN}")),
        base64(&format!("a{GITHUB_TOKEN}b")),
        base64(&format!("ab{GITHUB_TOKEN}bc")),
        base64(&format!("abc{GITHUB_TOKEN}")),
        URL_SAFE_NO_PAD.encode(format!("Basic: {GITHUB_TOKEN}?")),
        encoded.to_lowercase(),
        format!("https://x:{encoded}@github.com"),
        media(&world).remove(1),
    ];
    let clean = Left::default().world(&world, &workspace);
    secrets.are_nowhere_in(&clean);
    for form in &forms {
        assert!(
            secrets
                .found_in(&Left::default().text("there", &around(form)))
                .is_some(),
            "{form}"
        );
    }
    world.host_writes("leaked.txt", &around(&forms[4]));
    let found = secrets.found_in(&Left::default().world(&world, &workspace));
    assert!(
        found.is_some_and(|found| found.contains("in Base64 is in the remote, in the object "))
    );
    let log = format!("::add-mask::{GITHUB_TOKEN}\n");
    secrets.are_nowhere_in(&Left::default().said("the log", &log));
    assert!(
        secrets
            .found_in(&Left::default().said("the log", &around(GITHUB_TOKEN)))
            .is_some()
    );
}
