//! A real browser without a window, which opens pages that the program wrote.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value as Json;
use tempfile::TempDir;

/// Chromium.
pub(crate) struct Browser {
    program: PathBuf,
    folder: TempDir,
}

/// How a page is looked at.
#[derive(Clone, Copy)]
pub(crate) struct View {
    pub(crate) width: u32,
    pub(crate) height: u32,
    pub(crate) dark: bool,
}

impl Browser {
    /// The browser of this machine. In CI there has to be one; elsewhere its absence is said.
    pub(crate) fn find() -> Option<Self> {
        let path = std::env::var_os("PATH").unwrap_or_default();
        let program = std::env::split_paths(&path)
            .flat_map(|folder| {
                ["chromium", "chromium-browser", "google-chrome"].map(|name| folder.join(name))
            })
            .find(|program| program.is_file());
        if program.is_none() {
            let in_ci = std::env::var("CI").is_ok_and(|ci| ci == "true");
            assert!(!in_ci, "chromium is not installed");
            println!("skipped: chromium is not installed");
        }
        Some(Self {
            program: program?,
            folder: TempDir::new().expect("a folder"),
        })
    }

    /// What `script` returns in a frame page that shows `page` in a frame as large as `view`,
    /// and all that the browser said about either. No window of it is narrower than 500 pixels,
    /// a frame can be.
    pub(crate) fn ask(&self, page: &Path, view: View, script: &str) -> (Json, String) {
        let frame = self.frame(page, view, script);
        let done = self.run(view, &["--dump-dom"], &frame);
        let dom = String::from_utf8_lossy(&done.stdout).into_owned();
        let said = String::from_utf8_lossy(&done.stderr).into_owned();
        let answer = dom
            .split_once("<pre>")
            .and_then(|(_, rest)| rest.split_once("</pre>"));
        let (answer, _) = answer.unwrap_or_else(|| panic!("the page answers: {dom}\n{said}"));
        let answer = answer
            .replace("&lt;", "<")
            .replace("&gt;", ">")
            .replace("&amp;", "&");
        (serde_json::from_str(&answer).expect("JSON"), said)
    }

    /// A picture of `page`, as large as `view`.
    pub(crate) fn picture(&self, page: &Path, view: View, file: &Path) {
        let frame = self.frame(page, view, "null");
        let shot = format!("--screenshot={}", file.display());
        let done = self.run(view, &[&shot], &frame);
        let picture = fs::read(file).unwrap_or_default();
        let said = String::from_utf8_lossy(&done.stderr);
        assert!(picture.starts_with(b"\x89PNG"), "a picture: {said}");
    }

    /// The page printed, as PDF.
    pub(crate) fn print(&self, page: &Path, file: &Path) {
        let view = View {
            width: 800,
            height: 600,
            dark: false,
        };
        let pdf = format!("--print-to-pdf={}", file.display());
        self.run(view, &[&pdf, "--no-pdf-header-footer"], page);
        assert!(fs::read(file).is_ok_and(|pdf| pdf.starts_with(b"%PDF")));
    }

    fn frame(&self, page: &Path, view: View, script: &str) -> PathBuf {
        let file = self.folder.path().join("frame.html");
        let View { width, height, .. } = view;
        let text = format!(
            "<!DOCTYPE html><meta name=color-scheme content='light dark'>\
             <style>body {{ margin: 0 }} iframe {{ border: 0; display: block }} pre {{ display: none }}</style>\
             <iframe src='file://{}' width={width} height={height}></iframe><pre></pre>\
             <script>document.querySelector('iframe').onload = (event) => {{\
               const page = event.target.contentWindow;\
               document.querySelector('pre').textContent = JSON.stringify((() => {script})());\
             }}</script>",
            page.display()
        );
        fs::write(&file, text).expect("a file");
        file
    }

    fn run(&self, view: View, flags: &[&str], page: &Path) -> Output {
        let mut command = Command::new(&self.program);
        command
            .args([
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--hide-scrollbars",
            ])
            .args(["--allow-file-access-from-files", "--enable-logging=stderr"])
            .args([
                "--no-first-run",
                "--disable-dev-shm-usage",
                "--virtual-time-budget=4000",
            ])
            .arg(format!(
                "--user-data-dir={}",
                self.folder.path().join("profile").display()
            ))
            .arg(format!(
                "--window-size={},{}",
                view.width.max(500),
                view.height
            ))
            .env("HOME", self.folder.path());
        if view.dark {
            command.arg("--force-dark-mode");
        }
        command
            .args(flags)
            .arg(format!("file://{}", page.display()));
        command.output().expect("the browser runs")
    }
}
