//! The HTTP client for EvalAI: GET only, with retries inside a time budget, and the token bound
//! to EvalAI's own origin.

use std::error::Error as StdError;
use std::io;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use reqwest::header::{ACCEPT, AUTHORIZATION, HeaderMap, HeaderValue, LOCATION, RETRY_AFTER};
use reqwest::{Response, StatusCode, redirect, tls};
use serde_json::Value;
use tokio::time::{Instant, sleep};

use super::download::Media;
use super::error::Error;
use super::fault::{Call, ConnectionFault, looks_like_html};
use super::host_url::HostUrl;
use super::pace::Pace;
use super::retry::{self, Backoff, Next};
use super::untrusted::harmless;
use super::wire::Answer;
use crate::secret::Secret;

/// How much time and memory EvalAI's answers may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Until a connection stands.
    pub connect: Duration,
    /// Until one request is answered in full; of a download, until more of it comes.
    pub request: Duration,
    /// For all requests of a client together, from its making, with retries and waits.
    /// EvalAI may ask for a wait of up to a minute.
    pub total: Duration,
    /// Bytes of one answer, unpacked; a download is told its own limit.
    pub body: u64,
    /// How often and after what time to try again.
    pub backoff: Backoff,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(10),
            request: Duration::from_secs(30),
            total: Duration::from_mins(3),
            body: 64 << 20,
            backoff: Backoff::default(),
        }
    }
}

/// A request that was sent, for the report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// Path, query and number of the attempt. The method is always GET.
    pub call: Call,
    /// The status of the answer, if one began.
    pub status: Option<u16>,
    /// Until the end of the answer, or the failure.
    pub duration: Duration,
}

/// A client for one EvalAI server with one token.
#[derive(Debug)]
pub struct Client {
    http: reqwest::Client,
    url: HostUrl,
    token: Secret,
    limits: Limits,
    in_container: bool,
    started: Instant,
    requests: Log,
    pace: Pace,
    pub(super) media: Media,
}

/// Requests that were sent, in the order in which they ended.
#[derive(Debug, Default)]
pub(super) struct Log(Mutex<Vec<Request>>);

impl Log {
    pub(super) fn all(&self) -> Vec<Request> {
        let requests = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        requests.clone()
    }

    fn forget(&self) {
        let mut requests = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        requests.clear();
    }

    fn note(&self, request: Request) {
        let mut requests = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        requests.push(request);
    }
}

impl Client {
    /// Same-origin redirects followed for one request. Django adds at most one (a missing slash).
    const REDIRECTS: usize = 3;

    /// Makes a client. No request is sent yet; the time budget begins.
    ///
    /// # Errors
    /// [`Error::UnsendableToken`], or [`Error::Setup`] if TLS cannot be set up.
    pub fn new(url: HostUrl, token: Secret, limits: Limits) -> Result<Self, Error> {
        // EvalAI takes `Bearer` in this letter case only, and answers 406 to other media types.
        let bearer = format!("Bearer {}", token.expose());
        let is_sendable = token.expose().bytes().all(|byte| byte.is_ascii_graphic());
        let mut bearer = HeaderValue::from_str(&bearer)
            .ok()
            .filter(|_| is_sendable)
            .ok_or(Error::UnsendableToken)?;
        bearer.set_sensitive(true);
        let headers = HeaderMap::from_iter([
            (AUTHORIZATION, bearer),
            (ACCEPT, HeaderValue::from_static("application/json")),
        ]);

        let origin = url.clone();
        let mut http = reqwest::Client::builder()
            .user_agent(concat!("evalai-sync/", env!("CARGO_PKG_VERSION")))
            .default_headers(headers)
            .connect_timeout(limits.connect)
            .tls_version_min(tls::Version::TLS_1_2)
            .redirect(redirect::Policy::custom(move |attempt| {
                if origin.is_origin_of(attempt.url()) && attempt.previous().len() <= Self::REDIRECTS
                {
                    attempt.follow()
                } else {
                    attempt.stop()
                }
            }));
        if url.is_local() {
            http = http.no_proxy();
        }
        Ok(Self {
            http: http
                .build()
                .map_err(|error| Error::Setup(innermost(&error)))?,
            url,
            token,
            limits,
            in_container: false,
            started: Instant::now(),
            requests: Log::default(),
            pace: Pace::default(),
            media: Media::default(),
        })
    }

    /// Tells whether this process runs in a container, where localhost is the container itself:
    /// changes the advice given when EvalAI cannot be reached.
    #[must_use]
    pub fn in_container(mut self, yes: bool) -> Self {
        self.in_container = yes;
        self
    }

    /// Lets it send so many requests a minute, for who paces them otherwise, or has an EvalAI
    /// that allows more.
    #[must_use]
    pub fn per_minute(mut self, most: usize) -> Self {
        self.pace = Pace::of(most);
        self
    }

    /// Forgets the requests and downloads so far, for who never ends.
    pub fn forget_requests(&self) {
        self.requests.forget();
        self.media.log.forget();
    }

    /// The server it talks to.
    #[must_use]
    pub fn url(&self) -> &HostUrl {
        &self.url
    }

    /// How much time and memory answers may take.
    #[must_use]
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// All requests to the API so far, each attempt by itself, in the order in which they ended.
    /// Downloads of media are in [`Client::downloads`].
    #[must_use]
    pub fn requests(&self) -> Vec<Request> {
        self.requests.all()
    }

    /// Asks for `path` until there is an answer, or no more hope of one.
    pub(super) async fn get(&self, path: &str) -> Result<Answer, Error> {
        self.persist(&self.requests, path, async |call, remaining, status| {
            self.pace.turn(remaining).await;
            let timeout = self.limits.request.min(self.remaining());
            let value = self.exchange(call, timeout, status).await?;
            let call = call.clone();
            Ok(Answer { call, value })
        })
        .await
    }

    /// Repeats `exchange` until it succeeds, or there is no more hope of it. It is told what
    /// is left of the time budget, and tells the status of the answer; every attempt is noted
    /// in `log` under the name `path`.
    pub(super) async fn persist<T>(
        &self,
        log: &Log,
        path: &str,
        exchange: impl AsyncFn(&Call, Duration, &mut Option<StatusCode>) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let mut attempt = 1;
        let mut last = None;
        loop {
            let path = path.to_owned();
            let error = match (
                self.attempt(log, Call { path, attempt }, &exchange).await,
                last,
            ) {
                (Ok(answer), _) => return Ok(answer),
                // Time ran out on what went wrong before: that is what there is to mend.
                (Err(Error::TimeSpent { budget, .. }), Some(last)) => {
                    return Err(Error::OutOfTime {
                        last: Box::new(last),
                        wait: Duration::ZERO,
                        remaining: Duration::ZERO,
                        budget,
                    });
                }
                (Err(error), _) => error,
            };
            let remaining = self.remaining();
            let backoff = &self.limits.backoff;
            match backoff.next(attempt, &error, remaining, fastrand::f64()) {
                Next::GiveUp => return Err(error),
                Next::OutOfTime(wait) => {
                    return Err(Error::OutOfTime {
                        last: Box::new(error),
                        wait,
                        remaining,
                        budget: self.limits.total,
                    });
                }
                Next::Wait(wait) => {
                    tracing::info!("{error}; trying again in {:.1} s", wait.as_secs_f64());
                    sleep(wait).await;
                    attempt += 1;
                    last = Some(error);
                }
            }
        }
    }

    async fn attempt<T>(
        &self,
        log: &Log,
        call: Call,
        exchange: impl AsyncFn(&Call, Duration, &mut Option<StatusCode>) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let remaining = self.remaining();
        let spent = |call| Error::TimeSpent {
            call,
            budget: self.limits.total,
        };
        if remaining.is_zero() {
            return Err(spent(call));
        }
        let begun = Instant::now();
        let mut status = None;
        let outcome = exchange(&call, remaining, &mut status).await;
        let duration = begun.elapsed();
        let status = status.map(|status| status.as_u16());
        tracing::debug!(status, ?duration, "{call}");
        log.note(Request {
            call: call.clone(),
            status,
            duration,
        });
        match outcome {
            Err(error) if error.is_timeout() && self.remaining().is_zero() => Err(spent(call)),
            outcome => outcome,
        }
    }

    async fn exchange(
        &self,
        call: &Call,
        timeout: Duration,
        status: &mut Option<StatusCode>,
    ) -> Result<Value, Error> {
        let url = self.url.join(&call.path);
        let response = self.http.get(url).timeout(timeout).send().await;
        let response = response.map_err(|error| self.no_answer(call, &error, timeout))?;
        let code = response.status();
        *status = Some(code);
        if code.is_redirection() {
            return Err(self.redirected(call, &response));
        }
        let header = response.headers().get(RETRY_AFTER);
        let retry_after = header
            .and_then(|header| header.to_str().ok())
            .and_then(|header| retry::retry_after(header, Timestamp::now()));
        let body = self.body(call, response, timeout).await;
        if !code.is_success() {
            let body = body.unwrap_or_default();
            let error = Error::of_answer(call.clone(), code, retry_after, &body);
            return Err(error.without(self.token.expose()));
        }
        let body = body?;
        serde_json::from_slice(&body).map_err(|error| {
            let call = call.clone();
            if looks_like_html(&body) {
                let what = "an HTML page";
                Error::NotJson { call, what }
            } else if error.is_eof() && !body.is_empty() {
                Error::Interrupted { call }
            } else {
                let what = if body.is_empty() {
                    "empty"
                } else {
                    "something else"
                };
                Error::NotJson { call, what }
            }
        })
    }

    async fn body(
        &self,
        call: &Call,
        mut response: Response,
        timeout: Duration,
    ) -> Result<Vec<u8>, Error> {
        let limit = self.limits.body;
        let mut body = Vec::new();
        loop {
            let chunk = response.chunk().await.map_err(|error| {
                if error.is_timeout() {
                    self.no_answer(call, &error, timeout)
                } else {
                    Error::Interrupted { call: call.clone() }
                }
            })?;
            let Some(chunk) = chunk else { return Ok(body) };
            if (body.len() + chunk.len()) as u64 > limit {
                let call = call.clone();
                return Err(Error::TooLarge { call, limit });
            }
            body.extend_from_slice(&chunk);
        }
    }

    fn redirected(&self, call: &Call, response: &Response) -> Error {
        let to = response
            .headers()
            .get(LOCATION)
            .and_then(|location| response.url().join(location.to_str().ok()?).ok());
        let to = match to {
            Some(to) if self.url.is_origin_of(&to) => "itself, in circles".to_owned(),
            Some(to) => to.origin().ascii_serialization(),
            None => "nowhere".to_owned(),
        };
        let call = call.clone();
        Error::Redirected { call, to }
    }

    fn no_answer(&self, call: &Call, error: &reqwest::Error, timeout: Duration) -> Error {
        let timeout = if error.is_connect() {
            self.limits.connect.min(timeout)
        } else {
            timeout
        };
        let fault = connection_fault(error, timeout);
        Error::Connection {
            call: call.clone(),
            advice: self.advice(&fault),
            fault,
        }
    }

    /// What to do about a server that cannot be reached, or not trusted.
    fn advice(&self, fault: &ConnectionFault) -> Option<String> {
        let (host, port) = (self.url.host(), self.url.port());
        if *fault == ConnectionFault::Tls {
            Some("If EvalAI has a private certificate authority, name its certificates with SSL_CERT_FILE".to_owned())
        } else if !self.url.is_local() {
            None
        } else if self.in_container && self.url.is_loopback() {
            Some(format!(
                "Inside a container, {host} is the container itself: use http://host.docker.internal:{port} \
                 (with `docker run --add-host=host.docker.internal:host-gateway`) or the address of the machine"
            ))
        } else if host == "host.docker.internal" && *fault == ConnectionFault::Dns {
            Some(
                "This name exists only in containers started with `--add-host=host.docker.internal:host-gateway`"
                    .to_owned(),
            )
        } else {
            Some("Is EvalAI running there? `evalai_host_url` names a local host".to_owned())
        }
    }

    /// What is left of the time budget.
    pub(super) fn remaining(&self) -> Duration {
        self.limits.total.saturating_sub(self.started.elapsed())
    }
}

/// Why there is no answer; a timeout is told as `timeout`.
pub(super) fn connection_fault(error: &reqwest::Error, timeout: Duration) -> ConnectionFault {
    if error.is_timeout() {
        return ConnectionFault::Timeout(timeout);
    }
    if error.is_dns() {
        return ConnectionFault::Dns;
    }
    let mut encrypting = false;
    let mut next: Option<&(dyn StdError + 'static)> = Some(error);
    while let Some(cause) = next {
        encrypting |= cause.is::<native_tls::Error>();
        if let Some(error) = cause.downcast_ref::<io::Error>() {
            match error.kind() {
                io::ErrorKind::ConnectionRefused => return ConnectionFault::Refused,
                io::ErrorKind::ConnectionReset
                | io::ErrorKind::ConnectionAborted
                | io::ErrorKind::BrokenPipe
                | io::ErrorKind::UnexpectedEof => return ConnectionFault::Broken,
                _ => {}
            }
        }
        next = source(cause);
    }
    let innermost = innermost(error);
    if encrypting {
        // A connection that ends within the handshake says nothing about certificates.
        let ended = innermost.contains("unexpected eof");
        return if ended {
            ConnectionFault::Broken
        } else {
            ConnectionFault::Tls
        };
    }
    ConnectionFault::Other(harmless(&innermost, 200))
}

/// The cause of `error`. That of an [`io::Error`] is the error it wraps, which its own
/// `source` skips.
pub(super) fn source<'a>(
    error: &'a (dyn StdError + 'static),
) -> Option<&'a (dyn StdError + 'static)> {
    match error
        .downcast_ref::<io::Error>()
        .and_then(io::Error::get_ref)
    {
        Some(wrapped) => Some(wrapped),
        None => error.source(),
    }
}

pub(super) fn innermost(error: &(dyn StdError + 'static)) -> String {
    let mut error = error;
    while let Some(cause) = source(error) {
        error = cause;
    }
    error.to_string()
}
