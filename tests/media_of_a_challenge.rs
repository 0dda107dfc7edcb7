//! From EvalAI's media to the files of a challenge: the downloads, and what is read from them.

#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "allowed in tests, and all of this serves tests"
)]

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{Cursor, Write as _};
use std::path::Path;
use std::process::Command;

use evalai_stand_in::{NewChallenge, Seed, StandIn};
use evalai_sync::evalai::{Client, Download, Downloaded, HostUrl, Limits, Validator};
use evalai_sync::repository::archive;
use evalai_sync::repository::image::ImageType;
use evalai_sync::secret::Secret;
use evalai_sync::sync::media::content_id;
use tempfile::TempDir;
use zip::write::SimpleFileOptions;
use zip::{DateTime, ZipWriter};

const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR";

/// A challenge that was made some years ago, with its media on a host of their own.
struct World {
    evalai: StandIn,
    client: Client,
    folder: TempDir,
}

impl World {
    fn new() -> Self {
        let seed = Seed::empty()
            .challenge(NewChallenge::titled("Sample").id(1))
            .at("2024-06-04T07:00:00Z".parse().unwrap())
            .media_elsewhere();
        let evalai = StandIn::start(seed).unwrap();
        let (url, _) = HostUrl::parse(evalai.url()).unwrap();
        let token = Secret::new(&evalai.token()).unwrap();
        Self {
            client: Client::new(url, token, Limits::default()).unwrap(),
            folder: TempDir::new().unwrap(),
            evalai,
        }
    }

    /// Uploads as a host does, and returns the URL that EvalAI gives from then on.
    fn upload(&self, field: &str, name: &str, bytes: &[u8]) -> String {
        self.evalai.upload(1, field, name, bytes).unwrap();
        let challenge = self.evalai.get("/api/challenges/challenge/1/").unwrap();
        let queue = challenge["queue"].as_str().unwrap();
        let worker = format!("/api/challenges/challenge/queues/{queue}/");
        let worker = self.evalai.get(&worker).unwrap();
        let url = [&challenge[field], &worker[field]]
            .into_iter()
            .find_map(|url| url.as_str());
        url.unwrap().to_owned()
    }

    async fn fetch(&self, url: &str, known: Option<&Validator>) -> Option<Downloaded> {
        let download = self
            .client
            .download("image", url, known, 1 << 20, self.folder.path());
        match download.await.unwrap() {
            Download::Unchanged => None,
            Download::File(file) => Some(file),
        }
    }
}

#[tokio::test]
async fn the_same_content_under_a_new_url_has_the_same_blob() {
    let world = World::new();
    let first = world.upload("image", "logo.png", PNG);
    let second = world.upload("image", "logo.png", PNG);
    assert_ne!(first, second);
    let first = world.fetch(&first, None).await.unwrap();
    let second = world.fetch(&second, None).await.unwrap();
    assert_eq!(first.blob, second.blob);
    let other = world.upload("image", "logo.png", b"\xff\xd8\xff\xe0");
    let other = world.fetch(&other, None).await.unwrap();
    assert_ne!(first.blob, other.blob);
    let bytes = std::fs::read(other.file.path()).unwrap();
    assert_eq!(ImageType::of(&bytes), Some(ImageType::Jpeg));
}

#[tokio::test]
async fn a_file_that_did_not_change_is_not_sent_again() {
    let world = World::new();
    let url = world.upload("image", "logo.png", PNG);
    assert!(!url.starts_with(world.evalai.url()), "{url}");
    let validator = world.fetch(&url, None).await.unwrap().validator;
    assert!(validator.is_some());
    assert!(world.fetch(&url, validator.as_ref()).await.is_none());
}

#[tokio::test]
async fn an_evaluation_script_is_read_from_its_download() {
    let world = World::new();
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for name in ["main.py", "__pycache__/main.cpython-39.pyc"] {
        zip.start_file(name, SimpleFileOptions::default()).unwrap();
        zip.write_all(b"print(1)\n").unwrap();
    }
    let zip = zip.finish().unwrap().into_inner();
    let url = world.upload("evaluation_script", "evaluation_script.zip", &zip);
    let mut download = world.fetch(&url, None).await.unwrap();
    let file: &mut File = download.file.as_file_mut();
    let archive = archive::read(file, &archive::Limits::default()).unwrap();
    let paths: Vec<_> = archive
        .files
        .keys()
        .filter(|path| !archive::is_litter(path))
        .collect();
    assert_eq!(paths, ["main.py"]);
}

#[tokio::test]
async fn a_script_that_is_packed_anew_has_the_same_content() {
    let world = World::new();
    let packed = |text: &[u8], year| {
        let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
        let date = DateTime::from_date_and_time(year, 1, 1, 0, 0, 0).unwrap();
        let options = SimpleFileOptions::default().last_modified_time(date);
        zip.start_file("main.py", options).unwrap();
        zip.write_all(text).unwrap();
        zip.finish().unwrap().into_inner()
    };
    let (field, name) = ("evaluation_script", "evaluation_script.zip");
    let (mut ids, mut blobs) = (Vec::new(), Vec::new());
    for zip in [
        packed(b"print(1)\n", 2024),
        packed(b"print(1)\n", 2025),
        packed(b"print(2)\n", 2025),
    ] {
        let url = world.upload(field, name, &zip);
        let file = world.fetch(&url, None).await.unwrap();
        ids.push(content_id(&file, &url));
        blobs.push(file.blob);
    }
    assert_ne!(blobs[0], blobs[1]);
    assert_eq!(ids[0], ids[1]);
    assert_ne!(ids[1], ids[2]);
}

/// The files of a zip as Python's `zipfile` gives them; `None` if there is no Python.
fn by_python(path: &Path) -> Option<BTreeMap<String, Vec<u8>>> {
    let script = "import json, sys, zipfile\n\
        zip = zipfile.ZipFile(sys.argv[1])\n\
        files = [info for info in zip.infolist() if not info.is_dir()]\n\
        print(json.dumps({info.filename: list(zip.read(info)) for info in files}))";
    let mut python = Command::new("python3");
    let output = python.args(["-c", script]).arg(path).output().ok()?;
    Some(serde_json::from_slice(&output.stdout).unwrap())
}

#[test]
fn zips_from_a_real_evalai_are_read_as_python_reads_them() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/evalai-api/recorded");
    for challenge in ["sample-challenge", "big-challenge", "docker-challenge"] {
        let path = root
            .join(challenge)
            .join("binary/media-evaluation-script.zip");
        let Ok(mut file) = File::open(&path) else {
            println!("skipped: there is no {}", path.display());
            continue;
        };
        let Some(expected) = by_python(&path) else {
            println!("skipped: there is no python3");
            return;
        };
        let files = archive::read(&mut file, &archive::Limits::default())
            .unwrap()
            .files;
        let files: BTreeMap<_, _> = files
            .into_iter()
            .map(|(path, entry)| (path, entry.bytes))
            .collect();
        assert!(!files.is_empty());
        assert_eq!(files, expected, "{challenge}");
    }
}
