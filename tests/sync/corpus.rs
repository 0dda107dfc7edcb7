//! Real configurations, pushed to an EvalAI that knows nothing yet: the first sync finds nothing to do.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use evalai_stand_in::{Seed, StandIn, starter_zip};
use evalai_sync::challenge::Kind;
use evalai_sync::repository::path::RepoPath;
use evalai_sync::repository::worktree::{Files, Stat, Worktree};

use crate::world::{World, fixtures};

const CONFIG: &str = "challenge_config.yaml";
const REPOSITORY: &str = "example-org/a-challenge";

/// Files that are not there: enough to learn which ones a configuration names.
struct Bare<'a>(&'a [u8]);

impl Files for Bare<'_> {
    fn read(&self, path: &RepoPath) -> Result<Option<Vec<u8>>, String> {
        Ok((path.as_str() == CONFIG).then(|| self.0.to_vec()))
    }

    fn stat(&self, _: &RepoPath) -> Result<Option<Stat>, String> {
        Ok(None)
    }

    fn list(&self, _: &str) -> Result<Vec<String>, String> {
        Ok(Vec::new())
    }
}

/// The configuration with made-up files for all that it names; `None` if EvalAI could not read it.
fn repository(config: &[u8]) -> Option<BTreeMap<String, Vec<u8>>> {
    let path = RepoPath::new(CONFIG).unwrap();
    let worktree = Worktree::read(&Bare(config), &path, &[]).ok()?;
    let named = worktree.places.iter().filter_map(|(path, place)| {
        let file = place.file()?.to_string();
        let bytes = match (path.field.kind, path.field.key) {
            (Kind::Html, _) => format!("<h1>{file}</h1>\r\n<p>Text.</p>\r\n").into_bytes(),
            (_, "image") => b"\x89PNG\r\n\x1a\n and some pixels".to_vec(),
            _ => b"{\"answer\": 42}\n".to_vec(),
        };
        Some((file, bytes))
    });
    let mut files: BTreeMap<_, _> = named.collect();
    let main = b"def evaluate(test, user, phase, **kwargs):\n    return {}\n";
    files.insert("evaluation_script/main.py".to_owned(), main.to_vec());
    files.insert(
        "evaluation_script/__init__.py".to_owned(),
        b"from .main import evaluate\n".to_vec(),
    );
    files.insert(CONFIG.to_owned(), config.to_vec());
    Some(files)
}

/// Real configurations: those of the fixtures, and of the corpus where it is at hand.
fn configurations() -> Vec<PathBuf> {
    let repos = ["sample", "big", "docker"];
    let mut files = repos
        .map(|name| fixtures().join("repos").join(name).join(CONFIG))
        .to_vec();
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus/configs");
    match fs::read_dir(corpus) {
        Ok(corpus) => files.extend(corpus.map(|entry| entry.expect("an entry").path())),
        Err(_) => println!("skipped: the corpus of real configurations is not at hand"),
    }
    files.sort();
    files
}

#[test]
fn what_was_pushed_to_evalai_is_in_sync_at_once() {
    let (mut synced, mut refused) = (0, 0);
    for file in configurations() {
        let name = file.display();
        let Some(files) = repository(&fs::read(&file).unwrap()) else {
            continue;
        };
        let evalai = StandIn::start(Seed::empty()).expect("the stand-in starts");
        // Many were written for another version of EvalAI, or never pushed.
        if let Err(error) = evalai.push(REPOSITORY, "challenge", &starter_zip(&files)) {
            println!("{name} is refused by a push: {error:#}");
            refused += 1;
            continue;
        }
        let challenge = evalai.challenges()[0];
        let world = World::around(evalai, challenge, &files);
        let run = world.sync().succeeded();
        assert_eq!(run.result(), "in-sync", "{name}: {}", run.log);
        assert_eq!(world.commits(), 1, "{name}");
        synced += 1;
    }
    println!("{synced} in sync, {refused} refused by a push");
    assert!(
        synced >= 3 && synced > refused,
        "{synced} in sync, {refused} refused"
    );
}
