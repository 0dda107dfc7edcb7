//! The zip that the starter repository's workflow makes of a challenge repository before it pushes it.

use std::collections::BTreeMap;
use std::io::{Cursor, Write};

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

/// The folder whose files are zipped by themselves first.
const SCRIPT: &str = "evaluation_script/";

/// Folders, at any depth, that stay out.
const IGNORED_FOLDERS: [&str; 5] = [
    ".git",
    ".github",
    "github",
    "code_upload_challenge_evaluation",
    "remote_challenge_evaluation",
];

/// Names of files, at any depth, that stay out; the zip of the script holds them all the same.
const IGNORED_FILES: [&str; 5] = [
    ".gitignore",
    "README.md",
    "challenge_config.zip",
    "run.sh",
    "submission.json",
];

/// Zips the files of a challenge repository, by their paths, as the starter's workflow does:
/// with `evaluation_script.zip` made of the folder `evaluation_script`, and without what is none of EvalAI's business.
#[must_use]
pub fn starter_zip(files: &BTreeMap<String, Vec<u8>>) -> Vec<u8> {
    let script = files.iter().filter_map(|(path, bytes)| {
        let path = path.strip_prefix(SCRIPT)?;
        Some((path.to_owned(), bytes.clone()))
    });
    let script = zipped(&script.collect());
    let mut kept: BTreeMap<String, Vec<u8>> = files
        .iter()
        .filter(|(path, _)| is_sent(path))
        .map(|(path, bytes)| (path.clone(), bytes.clone()))
        .collect();
    kept.insert("evaluation_script.zip".to_owned(), script);
    zipped(&kept)
}

fn is_sent(path: &str) -> bool {
    let mut folders: Vec<&str> = path.split('/').collect();
    let name = folders.pop().unwrap_or_default();
    !IGNORED_FILES.contains(&name) && !folders.iter().any(|name| IGNORED_FOLDERS.contains(name))
}

/// A zip of the files. Writing to memory does not fail; were it to, the zip would end there.
pub(super) fn zipped(files: &BTreeMap<String, Vec<u8>>) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
    for (path, bytes) in files {
        if zip.start_file(path.as_str(), options).is_err() || zip.write_all(bytes).is_err() {
            break;
        }
    }
    zip.finish().map(Cursor::into_inner).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::push::archive::Archive;

    #[test]
    fn the_script_is_zipped_by_itself_and_what_evalai_need_not_know_stays_out() {
        let paths = [
            ".git/config",
            ".github/workflows/process_challenge.yml",
            ".gitignore",
            "README.md",
            "annotations/a.json",
            "challenge_config.yaml",
            "evaluation_script/main.py",
            "evaluation_script/pkg/run.sh",
            "github/host_config.json",
            "templates/github/a.html",
            "templates/b.html",
        ];
        let files = paths.map(|path| (path.to_owned(), path.as_bytes().to_vec()));
        let zip = Archive::read(&starter_zip(&BTreeMap::from(files))).unwrap();
        let sent: Vec<&str> = zip.names().collect();
        let expected = [
            "annotations/a.json",
            "challenge_config.yaml",
            "evaluation_script.zip",
            "evaluation_script/main.py",
            "templates/b.html",
        ];
        assert_eq!(sent, expected);
        let script = zip.file("evaluation_script.zip").unwrap().unwrap();
        let script = Archive::read(script).unwrap();
        assert_eq!(
            script.names().collect::<Vec<_>>(),
            ["main.py", "pkg/run.sh"]
        );
        let main = script.file("main.py").unwrap().unwrap();
        assert_eq!(&main[..], b"evaluation_script/main.py");
    }
}
