//! A small world to sync in: EvalAI (the stand-in), a bare remote, and a fresh checkout for each run.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use evalai_stand_in::{Seed, StandIn};
use git2::{Oid, Repository, Signature};
use serde_json::json;
use tempfile::TempDir;

use crate::run::{Run, Start};

/// A file as a host commits it: its mode and its content; `None` if it goes.
type Arranged<'a> = Option<(u32, &'a [u8])>;

/// EvalAI and a repository that belong together.
pub(crate) struct World {
    pub(crate) evalai: StandIn,
    pub(crate) challenge: u64,
    pub(crate) branch: String,
    pub(crate) repository: String,
    dir: TempDir,
}

impl World {
    /// The recorded challenge `name` (`sample`, `big`, `docker`) and the
    /// repository whose push made it.
    pub(crate) fn recorded(name: &str) -> Self {
        let (seed, challenge) = match name {
            "sample" => (Seed::sample(), 1),
            "big" => (Seed::big(), 5),
            "docker" => (Seed::docker(), 4),
            other => panic!("there is no recording {other}"),
        };
        Self::new(
            seed,
            challenge,
            &read_tree(&fixtures().join("repos").join(name)),
        )
    }

    /// A challenge of `seed`, and a repository of `files`.
    pub(crate) fn new(seed: Seed, challenge: u64, files: &BTreeMap<String, Vec<u8>>) -> Self {
        let evalai = StandIn::start(seed).expect("the stand-in starts");
        Self::around(evalai, challenge, files)
    }

    /// A challenge that `evalai` holds already, and a repository of `files`.
    pub(crate) fn around(
        evalai: StandIn,
        challenge: u64,
        files: &BTreeMap<String, Vec<u8>>,
    ) -> Self {
        let page = evalai
            .get(&format!("/api/challenges/challenge/{challenge}/"))
            .expect("the challenge");
        let repository = page["github_repository"]
            .as_str()
            .expect("a repository")
            .to_owned();
        let dir = TempDir::new().expect("a temporary folder");
        let world = Self {
            evalai,
            challenge,
            branch: "challenge".into(),
            repository,
            dir,
        };
        let remote = Repository::init_bare(world.remote_path()).expect("a bare repository");
        remote
            .set_head("refs/heads/challenge")
            .expect("a default branch");
        let mut files = files.clone();
        files.insert(
            "github/host_config.json".into(),
            world.host_config().into_bytes(),
        );
        world.commit_all(None, &files, "Start");
        world
    }

    /// The host config that belongs to this EvalAI.
    pub(crate) fn host_config(&self) -> String {
        let (token, team, url) = (
            self.evalai.token(),
            self.evalai.team_pk().to_string(),
            self.evalai.url(),
        );
        format!(
            "{:#}\n",
            json!({"token": token, "team_pk": team, "evalai_host_url": url})
        )
    }

    /// The folder of the bare remote.
    pub(crate) fn remote_path(&self) -> PathBuf {
        self.dir.path().join("remote.git")
    }

    /// The bare remote.
    pub(crate) fn remote(&self) -> Repository {
        Repository::open(self.remote_path()).expect("the remote")
    }

    /// The newest commit of the branch.
    pub(crate) fn tip(&self) -> Oid {
        let name = format!("refs/heads/{}", self.branch);
        self.remote().refname_to_id(&name).expect("the branch")
    }

    /// How many commits the branch has.
    pub(crate) fn commits(&self) -> usize {
        let remote = self.remote();
        let mut walk = remote.revwalk().expect("a walk");
        walk.push(self.tip()).expect("the tip");
        walk.count()
    }

    /// The message of the branch's newest commit.
    pub(crate) fn message(&self) -> String {
        let remote = self.remote();
        let commit = remote.find_commit(self.tip()).expect("the tip");
        commit.message().expect("a UTF-8 message").to_owned()
    }

    /// The file at `path` on the branch.
    pub(crate) fn file(&self, path: &str) -> String {
        let remote = self.remote();
        let tree = remote
            .find_commit(self.tip())
            .and_then(|commit| commit.tree())
            .expect("a tree");
        let entry = tree
            .get_path(Path::new(path))
            .unwrap_or_else(|_| panic!("{path} is on the branch"));
        let blob = remote.find_blob(entry.id()).expect("a file");
        String::from_utf8(blob.content().to_vec()).expect("UTF-8")
    }

    /// Every file on the branch, with its mode.
    pub(crate) fn files(&self) -> BTreeMap<String, (i32, Vec<u8>)> {
        let remote = self.remote();
        let tree = remote
            .find_commit(self.tip())
            .and_then(|commit| commit.tree())
            .expect("a tree");
        let mut files = BTreeMap::new();
        tree.walk(git2::TreeWalkMode::PreOrder, |folder, entry| {
            if let Ok(blob) = remote.find_blob(entry.id()) {
                let path = format!("{folder}{}", entry.name().unwrap_or_default());
                files.insert(path, (entry.filemode(), blob.content().to_vec()));
            }
            git2::TreeWalkResult::Ok
        })
        .expect("a walk");
        files
    }

    /// A host commits: `old` becomes `new`, once, in the file at `path`.
    #[track_caller]
    pub(crate) fn host_commits(&self, path: &str, old: &str, new: &str) -> Oid {
        let text = self.file(path);
        assert_eq!(text.matches(old).count(), 1, "{old:?} is once in {path}");
        self.host_writes(path, &text.replace(old, new))
    }

    /// A host commits a new content for the file at `path`.
    pub(crate) fn host_writes(&self, path: &str, text: &str) -> Oid {
        self.host().commits(path, text)
    }

    /// A host commits files, by path.
    pub(crate) fn host_arranges(&self, files: &[(&str, Arranged<'_>)]) -> Oid {
        let remote = self.remote();
        let parent = remote.find_commit(self.tip()).expect("the tip");
        let mut index = git2::Index::new().expect("an index");
        index
            .read_tree(&parent.tree().expect("a tree"))
            .expect("the parent's tree");
        for (path, file) in files {
            match file {
                None => index.remove(Path::new(path), 0).expect("a file"),
                Some((mode, bytes)) => {
                    let blob = remote.blob(bytes).expect("a blob");
                    index.add(&entry(path, *mode, blob)).expect("an entry");
                }
            }
        }
        let tree = index
            .write_tree_to(&remote)
            .and_then(|id| remote.find_tree(id))
            .expect("a tree");
        let host = Signature::now("A Host", "host@example.org").expect("a signature");
        let name = format!("refs/heads/{}", self.branch);
        remote
            .commit(Some(&name), &host, &host, "Arrange", &tree, &[&parent])
            .expect("a commit")
    }

    fn commit_all(
        &self,
        parent: Option<Oid>,
        files: &BTreeMap<String, Vec<u8>>,
        message: &str,
    ) -> Oid {
        self.commit_to(
            &format!("refs/heads/{}", self.branch),
            parent,
            files,
            message,
        )
    }

    fn commit_to(
        &self,
        name: &str,
        parent: Option<Oid>,
        files: &BTreeMap<String, Vec<u8>>,
        message: &str,
    ) -> Oid {
        commit(&self.remote(), name, parent, files, message)
    }

    /// The record: its files, if there is one.
    pub(crate) fn record(&self) -> Option<BTreeMap<String, String>> {
        let remote = self.remote();
        let name = format!("refs/evalai-sync/{}", self.challenge);
        let tree = remote
            .find_reference(&name)
            .ok()?
            .peel_to_tree()
            .expect("a tree");
        let mut files = BTreeMap::new();
        tree.walk(git2::TreeWalkMode::PreOrder, |folder, entry| {
            if let Ok(blob) = remote.find_blob(entry.id()) {
                let text = String::from_utf8_lossy(blob.content()).into_owned();
                files.insert(
                    format!("{folder}{}", entry.name().unwrap_or_default()),
                    text,
                );
            }
            git2::TreeWalkResult::Ok
        })
        .expect("a walk");
        Some(files)
    }

    /// Replaces the record's files.
    pub(crate) fn write_record(&self, files: &BTreeMap<String, String>) {
        let files = files
            .iter()
            .map(|(path, text)| (path.clone(), text.clone().into_bytes()))
            .collect();
        let name = format!("refs/evalai-sync/{}", self.challenge);
        let parent = self.remote().refname_to_id(&name).ok();
        self.commit_to(&name, parent, &files, "Edited by hand");
    }

    /// Checks the branch out and runs the sync in it, as the runner does.
    pub(crate) fn sync(&self) -> Run {
        self.sync_with(&[])
    }

    /// The same, for a repository of another name.
    pub(crate) fn sync_as(&self, repository: &str, inputs: &[(&str, &str)]) -> Run {
        self.run(&self.check_out(), repository, inputs)
    }

    /// The same, with inputs.
    pub(crate) fn sync_with(&self, inputs: &[(&str, &str)]) -> Run {
        let workspace = self.check_out();
        self.sync_in(&workspace, inputs)
    }

    /// An empty folder.
    pub(crate) fn new_folder(&self) -> PathBuf {
        TempDir::new_in(self.dir.path()).expect("a folder").keep()
    }

    /// The host, who commits to the branch; for use in another thread.
    pub(crate) fn host(&self) -> Host {
        self.host_on(&format!("refs/heads/{}", self.branch))
    }

    /// Somebody who commits to the ref of this full name.
    pub(crate) fn host_on(&self, refname: &str) -> Host {
        Host {
            remote: self.remote_path(),
            refname: refname.to_owned(),
        }
    }

    /// A fresh checkout of the branch.
    pub(crate) fn check_out(&self) -> PathBuf {
        let folder = self.new_folder();
        let url = self.remote_path();
        let mut clone = git2::build::RepoBuilder::new();
        clone
            .branch(&self.branch)
            .clone(url.to_str().expect("a UTF-8 path"), &folder)
            .expect("a clone");
        folder
    }

    /// Runs the sync in `workspace`, as the runner does.
    pub(crate) fn sync_in(&self, workspace: &Path, inputs: &[(&str, &str)]) -> Run {
        self.run(workspace, &self.repository, inputs)
    }

    /// A run in `workspace`, as the runner starts it, with more to be said about it.
    pub(crate) fn start(&self, workspace: &Path) -> Start {
        Start::in_actions(self.dir.path(), workspace, &self.repository)
    }

    /// A run in `workspace` from a laptop's command line.
    pub(crate) fn start_on_a_laptop(&self, workspace: &Path) -> Start {
        Start::on_a_laptop(self.dir.path(), workspace)
    }

    /// Another subcommand in `workspace`, from a laptop's command line.
    pub(crate) fn ask(&self, workspace: &Path, subcommand: &str) -> Start {
        Start::another(self.dir.path(), workspace, subcommand)
    }

    fn run(&self, workspace: &Path, repository: &str, inputs: &[(&str, &str)]) -> Run {
        let start = Start::in_actions(self.dir.path(), workspace, repository);
        let with = |start: Start, (name, value): &(&str, &str)| start.input(name, value);
        inputs.iter().fold(start, with).run()
    }

    /// The same without the file at `path`, which may be no file at all.
    pub(crate) fn everything_but(&self, workspace: &Path, path: &str) -> Everything {
        let aside = self.new_folder().join("aside");
        fs::rename(workspace.join(path), &aside).expect("moved away");
        let everything = self.everything(workspace);
        fs::rename(aside, workspace.join(path)).expect("moved back");
        everything
    }

    /// All that a run could write to: every ref of the remote, and every file of `workspace`.
    pub(crate) fn everything(&self, workspace: &Path) -> Everything {
        let remote = self.remote();
        let references = remote.references().expect("the refs");
        let refs = references.map(|reference| {
            let reference = reference.expect("a ref");
            let name = reference.name().expect("a UTF-8 name").to_owned();
            (name, reference.target().expect("no symbolic ref"))
        });
        Everything {
            refs: refs.collect(),
            files: read_tree(workspace),
        }
    }
}

/// The remote's refs and a workspace's files, its git folder included.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Everything {
    refs: BTreeMap<String, Oid>,
    files: BTreeMap<String, Vec<u8>>,
}

/// Somebody who may write to the remote.
pub(crate) struct Host {
    remote: PathBuf,
    refname: String,
}

impl Host {
    /// Commits a new content for the file at `path`.
    pub(crate) fn commits(&self, path: &str, text: &str) -> Oid {
        let remote = Repository::open(&self.remote).expect("the remote");
        let parent = remote.refname_to_id(&self.refname).expect("the ref");
        let files = BTreeMap::from([(path.to_owned(), text.as_bytes().to_vec())]);
        let message = format!("Edit {path}");
        commit(&remote, &self.refname, Some(parent), &files, &message)
    }
}

/// Commits `files` on top of `parent`, and moves the ref `name` there.
pub(crate) fn commit(
    remote: &Repository,
    name: &str,
    parent: Option<Oid>,
    files: &BTreeMap<String, Vec<u8>>,
    message: &str,
) -> Oid {
    let parent = parent.map(|parent| remote.find_commit(parent).expect("the parent"));
    let mut index = git2::Index::new().expect("an index");
    if let Some(parent) = &parent {
        index
            .read_tree(&parent.tree().expect("a tree"))
            .expect("the parent's tree");
    }
    for (path, bytes) in files {
        // Most challenge configurations are executable (137 of 140).
        let executable = path.ends_with("challenge_config.yaml");
        let mode = if executable { 0o100_755 } else { 0o100_644 };
        let blob = remote.blob(bytes).expect("a blob");
        index.add(&entry(path, mode, blob)).expect("an entry");
    }
    let tree = index
        .write_tree_to(remote)
        .and_then(|id| remote.find_tree(id))
        .expect("a tree");
    let host = Signature::now("A Host", "host@example.org").expect("a signature");
    let parents: Vec<_> = parent.iter().collect();
    remote
        .commit(Some(name), &host, &host, message, &tree, &parents)
        .expect("a commit")
}

pub(crate) fn entry(path: &str, mode: u32, id: Oid) -> git2::IndexEntry {
    git2::IndexEntry {
        ctime: git2::IndexTime::new(0, 0),
        mtime: git2::IndexTime::new(0, 0),
        dev: 0,
        ino: 0,
        mode,
        uid: 0,
        gid: 0,
        file_size: 0,
        id,
        flags: 0,
        flags_extended: 0,
        path: path.as_bytes().to_vec(),
    }
}

/// The recordings of a real EvalAI server and the repositories behind them.
pub(crate) fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/evalai-api")
}

/// All files below `folder`, by path.
pub(crate) fn read_tree(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(&next).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path
                    .strip_prefix(folder)
                    .expect("below")
                    .to_str()
                    .expect("UTF-8")
                    .to_owned();
                files.insert(name, fs::read(&path).expect("a file"));
            }
        }
    }
    files
}
