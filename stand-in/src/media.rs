//! Uploaded files: kept under a new random name at each upload, never deleted, served to anybody.

use std::collections::BTreeMap;

use axum::body::Bytes;
use jiff::Timestamp;
use jiff::fmt::rfc2822;
use serde_json::Value;

use crate::http::{Answer, Reply, Request};

#[derive(Debug, Clone)]
struct Upload {
    bytes: Bytes,
    modified: Timestamp,
}

/// All files by their path below `/media/`.
#[derive(Debug, Clone, Default)]
pub(crate) struct Media {
    uploads: BTreeMap<String, Upload>,
    names: Names,
}

impl Media {
    /// Keeps a file as `<folder>/<random uuid><extension of the uploaded name>` and returns that path.
    pub(crate) fn store(
        &mut self,
        folder: &str,
        name: &str,
        bytes: Bytes,
        now: Timestamp,
    ) -> String {
        let path = format!("{folder}/{}{}", self.names.uuid(), extension(name));
        self.put(path.clone(), bytes, now);
        path
    }

    /// Keeps a file under a path known already.
    pub(crate) fn put(&mut self, path: String, bytes: Bytes, modified: Timestamp) {
        self.uploads.insert(path, Upload { bytes, modified });
    }

    /// A random name, the same in every run.
    pub(crate) fn uuid(&mut self) -> String {
        self.names.uuid()
    }

    /// Answers GET and HEAD for the file at `path`.
    pub(crate) fn serve(&self, path: &str, request: &Request) -> Answer {
        let upload = self.uploads.get(path).ok_or_else(Reply::not_found_page)?;
        let modified = http_date(upload.modified);
        if request.header("if-modified-since") == Some(modified.as_str()) {
            return Ok(Reply::empty(304));
        }
        // For HEAD the server leaves the body out and says how long it would be.
        Ok(Reply::bytes(content_type(path), upload.bytes.clone()).with("Last-Modified", modified))
    }
}

/// The absolute URL, or the path alone for an empty `base`; null where no file was ever uploaded.
pub(crate) fn url(base: &str, path: Option<&Value>) -> Value {
    match path.and_then(Value::as_str) {
        Some(path) if !path.is_empty() => format!("{base}/media/{path}").into(),
        _ => Value::Null,
    }
}

/// The last dot and what follows, as Python's `os.path.splitext` takes it.
fn extension(name: &str) -> &str {
    let stem = name.trim_start_matches('.');
    stem.rfind('.').map_or("", |dot| &stem[dot..])
}

fn content_type(path: &str) -> &'static str {
    match extension(path) {
        ".jpg" | ".jpeg" => "image/jpeg",
        ".png" => "image/png",
        ".json" => "application/json",
        ".zip" => "application/zip",
        ".csv" => "text/csv",
        ".txt" => "text/plain",
        _ => "application/octet-stream",
    }
}

/// `Sun, 22 Nov 2026 13:39:12 GMT`; the epoch for a moment too far off to be written so.
fn http_date(moment: Timestamp) -> String {
    rfc2822::DateTimePrinter::new()
        .timestamp_to_rfc9110_string(&moment)
        .unwrap_or_else(|_| "Thu, 01 Jan 1970 00:00:00 GMT".to_owned())
}

/// Random-looking names that come out the same in every run (splitmix64 over a counter).
#[derive(Debug, Clone, Default)]
struct Names {
    drawn: u64,
}

impl Names {
    fn draw(&mut self) -> u64 {
        self.drawn += 1;
        let mixed = self.drawn.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn uuid(&mut self) -> String {
        let (high, low) = (self.draw(), self.draw());
        format!(
            "{:08x}-{:04x}-4{:03x}-{:04x}-{:012x}",
            high >> 32,
            high >> 16 & 0xffff,
            high & 0xfff,
            low >> 48 & 0x3fff | 0x8000,
            low & 0xffff_ffff_ffff,
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_upload_gets_a_name_of_its_own_and_keeps_the_extension() {
        let mut media = Media::default();
        let now = Timestamp::UNIX_EPOCH;
        let names = [
            "my annotations v2.json",
            "archive.tar.gz",
            "README",
            ".hidden",
        ]
        .map(|name| media.store("test_annotations", name, Bytes::from_static(b"x"), now));
        let endings = [".json", ".gz", "", ""];
        for (name, ending) in names.iter().zip(endings) {
            let uuid = name
                .strip_prefix("test_annotations/")
                .unwrap()
                .strip_suffix(ending)
                .unwrap();
            assert_eq!(uuid.len(), 36, "{name}");
        }
        let again = media.store("test_annotations", "README", Bytes::from_static(b"x"), now);
        assert!(!names.contains(&again));
    }

    #[test]
    fn an_unchanged_file_is_not_sent_again() {
        let mut media = Media::default();
        media.put(
            "logos/a.png".into(),
            Bytes::from_static(b"png"),
            Timestamp::UNIX_EPOCH,
        );
        let mut request = Request::new("GET", "/media/logos/a.png");
        let full = media.serve("logos/a.png", &request).unwrap();
        let modified = "Thu, 01 Jan 1970 00:00:00 GMT";
        assert_eq!(full.headers[1], ("Last-Modified", modified.to_owned()));
        request
            .headers
            .insert("if-modified-since", modified.parse().unwrap());
        assert_eq!(media.serve("logos/a.png", &request).unwrap().status, 304);
        assert_eq!(
            media.serve("logos/b.png", &request).unwrap_err().status,
            404
        );
    }
}
