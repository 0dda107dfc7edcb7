//! What the head of an answer tells about a media file: how to ask for it next time, and
//! whether it is the file at all.

use jiff::SignedDuration;
use jiff::fmt::rfc2822::DateTimeParser;
use reqwest::header::{
    CONTENT_ENCODING, CONTENT_TYPE, DATE, ETAG, HeaderMap, HeaderName, HeaderValue,
    IF_MODIFIED_SINCE, IF_NONE_MATCH, LAST_MODIFIED,
};
use serde::{Deserialize, Serialize};

use super::fault::DownloadFault;

/// What a server gave to ask with whether a file is still the same. Good only for the URL that
/// it came from.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Validator {
    /// The `ETag`, with its quotes; S3's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub etag: Option<String>,
    /// The `Last-Modified` date; that of EvalAI's development server.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_modified: Option<String>,
}

impl Validator {
    /// Reads what can be relied on: no weak `ETag`, which different bytes may share, and no
    /// date of a file so young that it may have changed again in the same second (RFC 9110,
    /// 8.8.2.2), since CLI uploads change files in place.
    pub(super) fn of(headers: &HeaderMap) -> Option<Self> {
        let header = |name: &HeaderName| headers.get(name)?.to_str().ok();
        let time = |text: &str| DateTimeParser::new().parse_timestamp(text).ok();
        let etag = header(&ETAG).filter(|etag| etag.starts_with('"'));
        let last_modified = header(&LAST_MODIFIED).filter(|modified| {
            let times = time(modified).zip(header(&DATE).and_then(time));
            times.is_some_and(|(modified, now)| {
                now.duration_since(modified) >= SignedDuration::from_secs(2)
            })
        });
        let validator = Self {
            etag: etag.map(str::to_owned),
            last_modified: last_modified.map(str::to_owned),
        };
        Some(validator).filter(|validator| !validator.is_empty())
    }

    /// Whether there is nothing to ask with.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.conditions().is_empty()
    }

    /// The headers that ask for the file only if it is another one.
    pub(super) fn conditions(&self) -> HeaderMap {
        let given = [
            (IF_NONE_MATCH, &self.etag),
            (IF_MODIFIED_SINCE, &self.last_modified),
        ];
        let readable = given.into_iter().filter_map(|(name, value)| {
            let value = HeaderValue::from_str(value.as_deref()?).ok()?;
            Some((name, value))
        });
        readable.collect()
    }
}

/// Asks for the file as it is stored.
pub(super) const IDENTITY: HeaderValue = HeaderValue::from_static("identity");

/// How many bytes of a file [`check_beginning`] looks at.
pub(super) const BEGINNING: usize = 512;

/// Refuses what was compressed on the way, and what calls itself a page of HTML, unless the
/// file's `extension` tells that it is stored so: servers label a `.gz` with the encoding that
/// it has by itself.
pub(super) fn check_form(
    headers: &HeaderMap,
    extension: Option<&str>,
) -> Result<(), DownloadFault> {
    let header = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let codings = header(CONTENT_ENCODING).unwrap_or_default();
    for coding in codings
        .split(',')
        .map(|coding| coding.trim().to_ascii_lowercase())
    {
        let own: &[&str] = match coding.as_str() {
            // The second is how an upload to S3 was framed; some stores keep the word.
            "" | "identity" | "aws-chunked" => continue,
            "gzip" | "x-gzip" => &["gz", "tgz", "taz", "svgz"],
            "bzip2" | "x-bzip2" => &["bz2", "tbz2"],
            "xz" | "x-xz" => &["xz", "txz"],
            "br" => &["br"],
            "zstd" => &["zst"],
            "compress" | "x-compress" => &["z"],
            _ => &[],
        };
        if !extension.is_some_and(|extension| own.contains(&extension)) {
            let coding = coding.chars().filter(char::is_ascii_graphic);
            return Err(DownloadFault::Encoded(coding.take(40).collect()));
        }
    }
    let is_html = header(CONTENT_TYPE).is_some_and(|kind| {
        let kind = kind.to_ascii_lowercase();
        kind.starts_with("text/html") || kind.starts_with("application/xhtml")
    });
    refuse_html(is_html, extension)
}

/// Refuses a page of HTML, as its `beginning` tells, under the name of another kind of file.
pub(super) fn check_beginning(
    beginning: &[u8],
    extension: Option<&str>,
) -> Result<(), DownloadFault> {
    let text = beginning.strip_prefix(b"\xef\xbb\xbf").unwrap_or(beginning);
    let text = text.trim_ascii_start();
    let is_html = [&b"<!doctype html"[..], b"<html"].iter().any(|start| {
        text.get(..start.len())
            .is_some_and(|text| text.eq_ignore_ascii_case(start))
    });
    refuse_html(is_html, extension)
}

fn refuse_html(is_html: bool, extension: Option<&str>) -> Result<(), DownloadFault> {
    if is_html && !matches!(extension, Some("html" | "htm" | "xhtml")) {
        return Err(DownloadFault::Html);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(HeaderName, &'static str)]) -> HeaderMap {
        let pairs = pairs.iter().cloned();
        pairs
            .map(|(name, value)| (name, HeaderValue::from_static(value)))
            .collect()
    }

    #[test]
    fn only_validators_that_can_be_relied_on_are_kept() {
        const NOON: &str = "Tue, 24 Nov 2026 12:00:00 GMT";
        const ONE: &str = "Tue, 24 Nov 2026 12:00:01 GMT";
        const TWO: &str = "Tue, 24 Nov 2026 12:00:02 GMT";
        let table: [(&[(HeaderName, &'static str)], _); 9] = [
            (&[], (None, None)),
            (&[(ETAG, "\"a\"")], (Some("\"a\""), None)),
            (&[(ETAG, "W/\"a\"")], (None, None)),
            (&[(LAST_MODIFIED, NOON), (DATE, TWO)], (None, Some(NOON))),
            (&[(LAST_MODIFIED, NOON), (DATE, ONE)], (None, None)),
            (&[(LAST_MODIFIED, TWO), (DATE, NOON)], (None, None)),
            (&[(LAST_MODIFIED, NOON)], (None, None)),
            (&[(LAST_MODIFIED, "yesterday"), (DATE, TWO)], (None, None)),
            (
                &[(ETAG, "\"a\""), (LAST_MODIFIED, NOON), (DATE, TWO)],
                (Some("\"a\""), Some(NOON)),
            ),
        ];
        for (given, (etag, last_modified)) in table {
            let found = Validator::of(&headers(given)).unwrap_or_default();
            let found = (found.etag.as_deref(), found.last_modified.as_deref());
            assert_eq!(found, (etag, last_modified), "{given:?}");
        }
    }

    #[test]
    fn a_validator_that_no_header_can_carry_asks_for_nothing() {
        let validator = Validator {
            etag: Some("\"a\"\r\nX: y".into()),
            last_modified: None,
        };
        assert!(validator.is_empty());
    }

    #[test]
    fn what_is_not_the_stored_file_is_told_by_head_and_beginning() {
        let encoded = |coding: &str| Err(DownloadFault::Encoded(coding.into()));
        for (name, value, extension, expected) in [
            (CONTENT_ENCODING, "gzip", Some("json"), encoded("gzip")),
            (CONTENT_ENCODING, "gzip", None, encoded("gzip")),
            (CONTENT_ENCODING, "GZIP", Some("gz"), Ok(())),
            (CONTENT_ENCODING, "br", Some("gz"), encoded("br")),
            (CONTENT_ENCODING, "aws-chunked,gzip", Some("tgz"), Ok(())),
            (CONTENT_ENCODING, "identity", Some("json"), Ok(())),
            (
                CONTENT_TYPE,
                "text/html; charset=utf-8",
                Some("zip"),
                Err(DownloadFault::Html),
            ),
            (CONTENT_TYPE, "text/html", Some("html"), Ok(())),
            (CONTENT_TYPE, "application/zip", Some("zip"), Ok(())),
        ] {
            let outcome = check_form(&headers(&[(name, value)]), extension);
            assert_eq!(outcome, expected, "{value} {extension:?}");
        }
        for (beginning, extension, expected) in [
            (
                &b"\xef\xbb\xbf\r\n <!DOCTYPE HTML><p>"[..],
                Some("zip"),
                Err(DownloadFault::Html),
            ),
            (b"<html lang=en>", None, Err(DownloadFault::Html)),
            (b"<html>", Some("htm"), Ok(())),
            (b"<?xml version='1.0'?><annotation/>", Some("xml"), Ok(())),
            (b"<htm", Some("json"), Ok(())),
            (b"", Some("json"), Ok(())),
        ] {
            assert_eq!(check_beginning(beginning, extension), expected);
        }
    }
}
