//! Why a media file did not come. No fault ever holds the file's URL, which is a secret.

use std::fmt;
use std::time::Duration;

use crate::evalai::error::phrase;
use crate::evalai::fault::ConnectionFault;

/// Why a media file did not come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DownloadFault {
    /// Its address, or that of a redirect, is none of http or https.
    Address,
    /// No HTTP client could be made.
    Setup(String),
    /// No answer: the server could not be reached, or did not go on answering in time.
    Connection(ConnectionFault),
    /// The transfer broke off before the end of the file.
    Interrupted,
    /// More redirects than this.
    Redirects(usize),
    /// A redirect from https to http.
    Downgrade,
    /// Any status but 200.
    Refused {
        /// The status.
        status: u16,
        /// `Retry-After`.
        retry_after: Option<Duration>,
    },
    /// A page of HTML in place of the file.
    Html,
    /// Compressed on the way, though asked for as it is; the `Content-Encoding`.
    Encoded(String),
    /// Neither length nor framing, so that a broken transfer would look like a whole file.
    Endless,
    /// More bytes than allowed.
    TooLarge {
        /// Its size in bytes, if the server said it.
        size: Option<u64>,
        /// The limit in bytes.
        limit: u64,
    },
    /// The temporary file could not be written or read.
    Disk(String),
}

impl DownloadFault {
    /// Whether the same download may well succeed a little later.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Connection(fault) => *fault != ConnectionFault::Tls,
            Self::Interrupted => true,
            Self::Refused { status, .. } => matches!(status, 429 | 500..=599),
            _ => false,
        }
    }
}

impl std::error::Error for DownloadFault {}

impl fmt::Display for DownloadFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Address => f.write_str(
                "EvalAI names an address for it that does not begin with http:// or https://",
            ),
            Self::Setup(words) => write!(f, "the HTTP client cannot start: {words}"),
            Self::Connection(ConnectionFault::Dns) => {
                f.write_str("the host that EvalAI names for it cannot be found (DNS)")
            }
            Self::Connection(fault) => fault.fmt(f),
            Self::Interrupted => f.write_str("the transfer broke off before the end of the file"),
            Self::Redirects(limit) => write!(f, "is redirected more than {limit} times"),
            Self::Downgrade => f.write_str(
                "is redirected from https to http, where anybody on the way could read or change it",
            ),
            Self::Refused { status, .. } => {
                write!(f, "{}", phrase(*status))?;
                match status {
                    401 | 403 => f.write_str(
                        ". EvalAI's media are open to anybody who knows their address; this one is not",
                    ),
                    404 | 410 => f.write_str(
                        ". The file is gone from the place that EvalAI names; upload it again on EvalAI",
                    ),
                    _ => Ok(()),
                }
            }
            Self::Html => f.write_str(
                "a page of HTML came instead of the file. A proxy or login page may stand before EvalAI's media",
            ),
            Self::Encoded(coding) => write!(
                f,
                "the server compressed the file on the way ({coding}), though asked not to"
            ),
            Self::Endless => f.write_str(
                "the server does not say how long the file is, so that a part of it could be taken for the whole",
            ),
            Self::TooLarge { size: None, limit } => write!(
                f,
                "is larger than the {} that `max-file-size` allows",
                Bytes(*limit)
            ),
            Self::TooLarge {
                size: Some(size),
                limit,
            } => write!(
                f,
                "has {}, more than the {} that `max-file-size` allows",
                Bytes(*size),
                Bytes(*limit)
            ),
            Self::Disk(words) => write!(f, "the temporary file failed: {words}"),
        }
    }
}

/// A size as people write it, exact where that is a whole number of MiB.
struct Bytes(u64);

impl fmt::Display for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const MIB: u64 = 1 << 20;
        match self.0 {
            bytes if bytes < MIB => write!(f, "{bytes} bytes"),
            bytes if bytes.is_multiple_of(MIB) => write!(f, "{} MiB", bytes / MIB),
            bytes => write!(f, "{}.{} MiB", bytes / MIB, bytes % MIB * 10 / MIB),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_may_pass_is_worth_another_attempt() {
        let refused = |status| DownloadFault::Refused {
            status,
            retry_after: None,
        };
        for (fault, expected) in [
            (DownloadFault::Interrupted, true),
            (DownloadFault::Connection(ConnectionFault::Refused), true),
            (DownloadFault::Connection(ConnectionFault::Tls), false),
            (refused(429), true),
            (refused(503), true),
            (refused(403), false),
            (refused(404), false),
            (refused(304), false),
            (DownloadFault::Html, false),
            (DownloadFault::Downgrade, false),
            (DownloadFault::Disk("full".into()), false),
        ] {
            assert_eq!(fault.is_transient(), expected, "{fault}");
        }
    }

    #[test]
    fn a_file_that_is_too_large_is_said_with_its_size_and_the_limit() {
        for (size, limit, expected) in [
            (
                Some((300 << 20) + (1 << 19)),
                100 << 20,
                "has 300.5 MiB, more than the 100 MiB that `max-file-size` allows",
            ),
            (
                None,
                1000,
                "is larger than the 1000 bytes that `max-file-size` allows",
            ),
        ] {
            assert_eq!(
                DownloadFault::TooLarge { size, limit }.to_string(),
                expected
            );
        }
    }
}
