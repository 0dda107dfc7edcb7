//! Media files of a challenge: its logo, its evaluation script, the phases' annotation files.
//!
//! EvalAI serves them to anybody who knows the URL, itself or through another host (S3). So the
//! token is never sent for them, and their URLs are secrets: errors, logs and reports name a
//! file by what it is for. A file goes to disk as it comes, whatever its size.

mod fault;
mod validator;

use std::future::ready;
use std::io::{Seek as _, Write as _};
use std::path::Path;
use std::time::Duration;

use git2::{ObjectType, Oid};
use jiff::Timestamp;
use reqwest::header::{ACCEPT_ENCODING, CONTENT_LENGTH, RETRY_AFTER, TRANSFER_ENCODING};
use reqwest::{Response, StatusCode, Version, redirect};
use tempfile::NamedTempFile;
use tokio::sync::{OnceCell, Semaphore};
use tokio::task::spawn_blocking;
use url::Url;

use super::client::{Client, Log, Request, connection_fault, innermost, source};
use super::error::Error;
use super::fault::Call;
use super::retry;

pub use fault::DownloadFault;
pub use validator::Validator;

/// What became of a download.
#[derive(Debug)]
pub enum Download {
    /// The file is still the one that the given validator came with.
    Unchanged,
    /// The file.
    File(Downloaded),
}

/// A media file that was fetched as a whole.
#[derive(Debug)]
pub struct Downloaded {
    /// The file, open at its start. It is deleted with this value.
    pub file: NamedTempFile,
    /// Its length in bytes.
    pub size: u64,
    /// The id that git gives this content as a blob.
    pub blob: Oid,
    /// What to ask with next time, if the server gave anything that can be relied on.
    pub validator: Option<Validator>,
}

/// What a [`Client`] needs for media besides what it has for the API.
#[derive(Debug)]
pub(super) struct Media {
    /// Made for the first download: most runs need none.
    http: OnceCell<reqwest::Client>,
    slots: Semaphore,
    pub(super) log: Log,
}

impl Default for Media {
    fn default() -> Self {
        Self {
            http: OnceCell::new(),
            slots: Semaphore::new(Self::AT_ONCE),
            log: Log::default(),
        }
    }
}

impl Media {
    /// Downloads under way at any time.
    const AT_ONCE: usize = 4;
    /// Redirects followed for one file.
    const REDIRECTS: usize = 3;
}

/// What is asked for.
struct Wanted<'a> {
    url: Url,
    known: Option<&'a Validator>,
    limit: u64,
    into: &'a Path,
}

impl Client {
    /// Fetches the media file at `url` (as EvalAI gives it, also relative to the server) into a
    /// temporary file in the folder `into`, unless it is still the one of the validator `known`,
    /// which must come from the same `url`. Messages call it the file of `name`, a field.
    ///
    /// A broken transfer begins anew, as often as the client's backoff says and its time budget
    /// allows; one that stands still for [`Limits::request`](super::Limits::request) is broken.
    /// Of all the downloads that are awaited together, four run at once.
    ///
    /// # Errors
    /// [`Error::Download`]; its fault is [`DownloadFault::TooLarge`] if the file has more than
    /// `limit` bytes. [`Error::OutOfTime`] and [`Error::TimeSpent`] at the end of the budget.
    pub async fn download(
        &self,
        name: &str,
        url: &str,
        known: Option<&Validator>,
        limit: u64,
        into: &Path,
    ) -> Result<Download, Error> {
        let name = format!("the file of `{name}`");
        let failed = |call: &Call, fault| Error::Download {
            call: call.clone(),
            fault,
        };
        let Some(url) = self.url().resolve(url).ok().filter(is_fetched) else {
            let call = Call {
                path: name,
                attempt: 1,
            };
            return Err(failed(&call, DownloadFault::Address));
        };
        let wanted = Wanted {
            url,
            known: known.filter(|known| !known.is_empty()),
            limit,
            into,
        };
        let _slot = self.media.slots.acquire().await.ok();
        self.persist(&self.media.log, &name, async |call, remaining, status| {
            let outcome = self.transfer(&wanted, remaining, status).await;
            outcome.map_err(|fault| failed(call, fault))
        })
        .await
    }

    /// All downloads so far, each attempt by itself, in the order in which they ended, named
    /// by what the file is for.
    #[must_use]
    pub fn downloads(&self) -> Vec<Request> {
        self.media.log.all()
    }

    async fn transfer(
        &self,
        wanted: &Wanted<'_>,
        remaining: Duration,
        status: &mut Option<StatusCode>,
    ) -> Result<Download, DownloadFault> {
        let mut request = self
            .media_client()
            .await?
            .get(wanted.url.clone())
            .timeout(remaining);
        if let Some(known) = wanted.known {
            request = request.headers(known.conditions());
        }
        let timeout = self.limits().request.min(remaining);
        let response = request
            .send()
            .await
            .map_err(|error| no_answer(error, timeout))?;
        *status = Some(response.status());
        if response.status() == StatusCode::NOT_MODIFIED && wanted.known.is_some() {
            return Ok(Download::Unchanged);
        }
        check_head(&response, wanted)?;
        let validator = Validator::of(response.headers());
        let (file, size) = save(response, wanted, timeout).await?;
        let (file, blob) = blob(file).await?;
        Ok(Download::File(Downloaded {
            file,
            size,
            blob,
            validator,
        }))
    }

    /// The HTTP client for media: without the token, and without a word to the next server of
    /// where a redirect came from. Nothing is unpacked: a file that is stored compressed is that file.
    async fn media_client(&self) -> Result<&reqwest::Client, DownloadFault> {
        let make = || {
            let mut http = reqwest::Client::builder()
                .user_agent(concat!("evalai-sync/", env!("CARGO_PKG_VERSION")))
                .default_headers(
                    [(ACCEPT_ENCODING, validator::IDENTITY)]
                        .into_iter()
                        .collect(),
                )
                .gzip(false)
                .referer(false)
                .connect_timeout(self.limits().connect)
                .read_timeout(self.limits().request)
                .redirect(redirect::Policy::custom(|attempt| {
                    match redirection(attempt.previous(), attempt.url()) {
                        Ok(()) => attempt.follow(),
                        Err(fault) => attempt.error(fault),
                    }
                }));
            if self.url().is_local() {
                http = http.no_proxy();
            }
            ready(http.build())
        };
        let made = self.media.http.get_or_try_init(make).await;
        made.map_err(|error| DownloadFault::Setup(innermost(&error.without_url())))
    }
}

fn is_fetched(url: &Url) -> bool {
    matches!(url.scheme(), "http" | "https")
}

/// Whether the way from `previous` may go on to `next`: never from https to anything less.
fn redirection(previous: &[Url], next: &Url) -> Result<(), DownloadFault> {
    let was_secure = previous.iter().any(|url| url.scheme() == "https");
    if previous.len() > Media::REDIRECTS {
        Err(DownloadFault::Redirects(Media::REDIRECTS))
    } else if !is_fetched(next) {
        Err(DownloadFault::Address)
    } else if was_secure && next.scheme() != "https" {
        Err(DownloadFault::Downgrade)
    } else {
        Ok(())
    }
}

fn no_answer(error: reqwest::Error, timeout: Duration) -> DownloadFault {
    let error = error.without_url();
    let mut next = source(&error);
    while let Some(cause) = next {
        if let Some(fault) = cause.downcast_ref::<DownloadFault>() {
            return fault.clone();
        }
        next = source(cause);
    }
    DownloadFault::Connection(connection_fault(&error, timeout))
}

/// Refuses an answer that is not the file as its head tells.
fn check_head(response: &Response, wanted: &Wanted<'_>) -> Result<(), DownloadFault> {
    let header = |name| {
        let value = response.headers().get(name)?;
        value.to_str().ok()
    };
    let status = response.status();
    if status != StatusCode::OK {
        return Err(DownloadFault::Refused {
            status: status.as_u16(),
            retry_after: header(RETRY_AFTER)
                .and_then(|header| retry::retry_after(header, Timestamp::now())),
        });
    }
    validator::check_form(response.headers(), extension(&wanted.url).as_deref())?;
    let size = header(CONTENT_LENGTH).and_then(|length| length.parse::<u64>().ok());
    let is_framed = response.version() >= Version::HTTP_2
        || header(TRANSFER_ENCODING).is_some_and(|coding| coding.contains("chunked"));
    match size {
        Some(size) if size > wanted.limit => Err(DownloadFault::TooLarge {
            size: Some(size),
            limit: wanted.limit,
        }),
        None if !is_framed => Err(DownloadFault::Endless),
        _ => Ok(()),
    }
}

/// The ending of the file's name as EvalAI keeps it, which is that of the uploaded file.
fn extension(url: &Url) -> Option<String> {
    let name = url.path_segments()?.next_back()?;
    let (_, extension) = name.rsplit_once('.')?;
    Some(extension.to_ascii_lowercase())
}

async fn save(
    mut response: Response,
    wanted: &Wanted<'_>,
    timeout: Duration,
) -> Result<(NamedTempFile, u64), DownloadFault> {
    let disk = |error: std::io::Error| DownloadFault::Disk(error.to_string());
    let mut file = NamedTempFile::new_in(wanted.into).map_err(disk)?;
    let mut size = 0;
    let mut beginning = Vec::new();
    loop {
        let chunk = response.chunk().await.map_err(|error| {
            if error.is_timeout() {
                no_answer(error, timeout)
            } else {
                DownloadFault::Interrupted
            }
        })?;
        let Some(chunk) = chunk else { break };
        size += chunk.len() as u64;
        if size > wanted.limit {
            return Err(DownloadFault::TooLarge {
                size: None,
                limit: wanted.limit,
            });
        }
        let missing = validator::BEGINNING.saturating_sub(beginning.len());
        beginning.extend_from_slice(&chunk[..missing.min(chunk.len())]);
        file.write_all(&chunk).map_err(disk)?;
    }
    validator::check_beginning(&beginning, extension(&wanted.url).as_deref())?;
    file.rewind().map_err(disk)?;
    Ok((file, size))
}

/// Hashes the file, away from the thread that waits for the network.
async fn blob(file: NamedTempFile) -> Result<(NamedTempFile, Oid), DownloadFault> {
    let hash = spawn_blocking(move || {
        let id = Oid::hash_file(ObjectType::Blob, file.path());
        id.map(|id| (file, id))
            .map_err(|error| DownloadFault::Disk(error.message().to_owned()))
    });
    hash.await
        .unwrap_or_else(|error| Err(DownloadFault::Disk(error.to_string())))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn urls(texts: &[&str]) -> Vec<Url> {
        texts.iter().map(|text| text.parse().unwrap()).collect()
    }

    #[test]
    fn a_redirect_is_followed_three_times_and_never_to_something_less_secure() {
        let (http, https) = ("http://a.org/", "https://a.org/");
        let too_many = DownloadFault::Redirects(3);
        for (previous, next, expected) in [
            (&[https][..], "https://b.org/", Ok(())),
            (&[http], "http://b.org/", Ok(())),
            (&[http], "https://b.org/", Ok(())),
            (&[https, https, https], https, Ok(())),
            (&[https; 4], https, Err(too_many)),
            (&[https], "http://a.org/", Err(DownloadFault::Downgrade)),
            (&[http, https], http, Err(DownloadFault::Downgrade)),
            (&[http], "ftp://a.org/", Err(DownloadFault::Address)),
            (&[http], "file:///etc/passwd", Err(DownloadFault::Address)),
        ] {
            let outcome = redirection(&urls(previous), &next.parse().unwrap());
            assert_eq!(outcome, expected, "{previous:?} -> {next}");
        }
    }

    #[test]
    fn the_extension_is_that_of_the_last_part_of_the_path() {
        for (url, expected) in [
            ("https://a.org/media/x/1f.JSON", Some("json")),
            ("https://a.org/media/x/1f.tar.gz?a=b.c", Some("gz")),
            ("https://a.org/media.d/1f", None),
        ] {
            let url = url.parse().unwrap();
            assert_eq!(extension(&url).as_deref(), expected, "{url}");
        }
    }
}
