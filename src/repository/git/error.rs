//! What can go wrong with git, by kind, each as a sentence that says what to do.

use git2::{ErrorClass, ErrorCode};

use super::Oid;
use super::refusal::{remedy, sentence};

/// Longest text taken over from a remote or from libgit2, in characters.
const LONGEST_TEXT: usize = 1000;

/// libgit2's words for a connection that ended in the middle of an answer.
const BROKEN_OFF: [&str; 3] = ["unexpected EOF", "unexpectedly large parse", "http parser"];

/// Why something could not be read from, or written to, a repository.
///
/// No message holds a credential: remotes are named without their user
/// information, and texts from elsewhere are cut down to one harmless line.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum GitError {
    /// The folder is not a git checkout that can be worked with.
    #[error(
        "{path} is not a usable git checkout: {reason}. Check the repository out first (actions/checkout), or name its folder."
    )]
    NotACheckout {
        /// The folder that was opened.
        path: String,
        /// What is missing or unexpected.
        reason: String,
    },
    /// The remote's URL cannot be used.
    #[error("the remote URL {url} cannot be used: {reason}.")]
    BadUrl {
        /// The URL, without user information.
        url: String,
        /// What is wrong with it, and what would do.
        reason: String,
    },
    /// The remote answered that there is no such repository (GitHub says so
    /// of a private one, too, if the token has no rights).
    #[error(
        "Repository not found: {url}. Check `github_repository` in the challenge and the remote's spelling; for a private repository, give a token that may read it (`repo` scope, or `contents: write`)."
    )]
    RepositoryNotFound {
        /// The remote.
        url: String,
    },
    /// The remote has no such ref.
    #[error(
        "Branch not found: {url} has no {refname}. Check the `branch` input and EvalAI's `github_branch`, or create the branch."
    )]
    RefNotFound {
        /// The remote.
        url: String,
        /// The full name of the ref, for instance `refs/heads/challenge`.
        refname: String,
    },
    /// The remote knows the token, or needs none, but refuses the operation.
    #[error(
        "Permission denied by {url}. The token must be allowed to write: `contents: write` in the workflow's permissions, or the `repo` scope of a personal access token."
    )]
    PermissionDenied {
        /// The remote.
        url: String,
    },
    /// The remote wants a token and none was given, or it refuses the given one.
    #[error("{url} {}", if *.token_given { "does not accept the token: it is wrong, expired or revoked. Put a new one into the secret AUTH_TOKEN (`auth-token`)." } else { "asks for a token and none was given. Set the secret AUTH_TOKEN and pass it as `auth-token`." })]
    Unauthenticated {
        /// The remote.
        url: String,
        /// Whether a token was offered.
        token_given: bool,
    },
    /// The remote redirects to another host, which is not followed.
    #[error(
        "{url} redirects to another host ({detail}); a redirect is not followed there, so that the token stays with its own host. Use the final URL as the remote."
    )]
    RedirectedElsewhere {
        /// The remote.
        url: String,
        /// libgit2's words.
        detail: String,
    },
    /// The remote cannot be reached, or the connection broke.
    #[error(
        "{url} cannot be reached: {detail}. Check the network, the host's name and the proxy, and run again."
    )]
    Network {
        /// The remote.
        url: String,
        /// libgit2's words.
        detail: String,
    },
    /// Something answers that is no git server.
    #[error(
        "{url} answers with something that is not git ({detail}). Check the remote's address, and whether a proxy or a sign-in page stands before it."
    )]
    NotGit {
        /// The remote.
        url: String,
        /// libgit2's words.
        detail: String,
    },
    /// The TLS connection could not be made.
    #[error(
        "no trusted TLS connection to {url}: {detail}. If the host has a private certificate authority, name its certificates with SSL_CERT_FILE."
    )]
    Tls {
        /// The remote.
        url: String,
        /// libgit2's words.
        detail: String,
    },
    /// A path cannot be read or written as a file of the repository.
    #[error("{path:?} in the repository cannot be used: {reason}.")]
    BadPath {
        /// The path as it was asked for.
        path: String,
        /// Why it is refused.
        reason: String,
    },
    /// A file or folder of this machine could not be used.
    #[error("could not {action}: {source}")]
    Io {
        /// What was tried, with the path.
        action: String,
        /// The operating system's error.
        source: std::io::Error,
    },
    /// Anything else that libgit2 reports.
    #[error("could not {action}: {detail}")]
    Git {
        /// What was tried.
        action: String,
        /// libgit2's words.
        detail: String,
    },
}

impl GitError {
    /// Whether the same call may succeed a moment later.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        matches!(self, Self::Network { .. })
    }

    pub(super) fn io(action: impl Into<String>) -> impl FnOnce(std::io::Error) -> Self {
        let action = action.into();
        move |source| Self::Io { action, source }
    }

    /// For use of objects and refs on this machine.
    pub(super) fn git(action: impl Into<String>) -> impl FnOnce(git2::Error) -> Self {
        let action = action.into();
        move |error| Self::Git {
            action,
            detail: harmless(error.message()),
        }
    }

    /// For an operation on the remote `url`, shown as it is.
    pub(super) fn from_remote(error: &git2::Error, url: &str, token_given: bool) -> Self {
        let url = url.to_owned();
        let detail = harmless(error.message());
        let tells = |words: &[&str]| words.iter().any(|word| detail.contains(word));
        match (error.code(), error.class()) {
            (ErrorCode::Auth, _) => Self::Unauthenticated { url, token_given },
            (ErrorCode::Certificate, _) | (_, ErrorClass::Ssl) => Self::Tls { url, detail },
            _ if tells(&["cannot redirect", "unexpected redirect"]) => {
                Self::RedirectedElsewhere { url, detail }
            }
            (_, ErrorClass::Http) if tells(&["content-type"]) => Self::NotGit { url, detail },
            (_, ErrorClass::Http) if tells(&BROKEN_OFF) => Self::Network { url, detail },
            (_, ErrorClass::Http) => match http_status(&detail) {
                Some(404 | 410) => Self::RepositoryNotFound { url },
                Some(403) => Self::PermissionDenied { url },
                Some(408 | 425 | 429 | 500..=599) => Self::Network { url, detail },
                _ => Self::Git {
                    action: format!("work with {url}"),
                    detail,
                },
            },
            (_, ErrorClass::Net | ErrorClass::Os) => Self::Network { url, detail },
            (ErrorCode::NotFound, ErrorClass::Repository) => Self::RepositoryNotFound { url },
            (ErrorCode::Owner, _) => Self::Git {
                action: format!("work with {url}"),
                detail: format!(
                    "{detail}; a remote in a folder must belong to the user who runs this"
                ),
            },
            _ => Self::Git {
                action: format!("work with {url}"),
                detail,
            },
        }
    }
}

/// Why a commit did not reach its ref on the remote.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PushError {
    /// The ref moved since it was read: fetch, plan again and push again.
    #[error("{refname} moved on the remote since it was read ({detail}).")]
    LostRace {
        /// The full name of the ref.
        refname: String,
        /// What was seen.
        detail: String,
    },
    /// Branch protection or a ruleset refuses the push (GH006, GH013).
    #[error(
        "{refname} is protected: {message} Let the token's owner bypass the protection, or let changes come as pull requests."
    )]
    Protected {
        /// The full name of the ref.
        refname: String,
        /// The remote's words, on one line.
        message: String,
    },
    /// Another hook or rule of the remote refuses the push.
    #[error(
        "the remote refuses the push to {refname}: {} {}",
        sentence(.message),
        remedy(.message)
    )]
    Refused {
        /// The full name of the ref.
        refname: String,
        /// The remote's words, on one line.
        message: String,
    },
    /// The push did not come so far: no rights, no network, no repository.
    #[error(transparent)]
    Failed(#[from] GitError),
}

impl PushError {
    pub(super) fn moved(refname: &str, expected: Option<Oid>, found: Option<Oid>) -> Self {
        let name = |id: Option<Oid>| id.map_or("absent".to_owned(), short);
        Self::LostRace {
            refname: refname.to_owned(),
            detail: format!("expected {}, found {}", name(expected), name(found)),
        }
    }

    /// Sorts the remote's verdict on one ref: `status` is the reason given
    /// for the ref, `said` what it printed meanwhile.
    pub(super) fn from_status(refname: &str, status: &str, said: &str) -> Self {
        Self::from_words(refname, &format!("{status}. {said}"))
    }

    /// Sorts what a server says of a ref that it does not move, over git or through its API.
    #[must_use]
    pub fn from_words(refname: &str, words: &str) -> Self {
        let refname = refname.to_owned();
        let message = harmless(words);
        let lower = message.to_lowercase();
        let tells = |words: &[&str]| words.iter().any(|word| lower.contains(word));
        if tells(&[
            "gh006",
            "gh013",
            "protected branch",
            "repository rule",
            "protected ref",
            // The API names the rule alone.
            "through a pull request",
            "status check",
            "approving review",
            "verified signatures",
            "must not contain merge commits",
        ]) {
            Self::Protected { refname, message }
        } else if tells(&[
            "non-fast-forward",
            "non-fastforward",
            "not a fast forward",
            "not a fast-forward",
            "fetch first",
            "stale info",
            "cannot lock ref",
            "failed to lock",
            "failed to update ref",
            "incorrect old value",
            "old reference value",
            "reference already exists",
        ]) {
            Self::LostRace {
                refname,
                detail: message,
            }
        } else {
            Self::Refused { refname, message }
        }
    }
}

/// The first ten digits of an id, for messages.
pub(super) fn short(id: Oid) -> String {
    let mut text = id.to_string();
    text.truncate(10);
    text
}

/// A text from elsewhere on one line, without control characters (terminal
/// escapes, or a line that the runner would read as a command), and cut.
pub(super) fn harmless(text: &str) -> String {
    let plain: String = text
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    let line = plain.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(LONGEST_TEXT) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}

fn http_status(detail: &str) -> Option<u16> {
    let (_, status) = detail.split_once("unexpected http status code: ")?;
    status.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::{GitError, LONGEST_TEXT, PushError, harmless};

    #[test]
    fn the_remotes_verdict_is_sorted_by_what_a_caller_does_next() {
        for (status, said, kind) in [
            ("protected branch hook declined", "", "protected"),
            (
                "pre-receive hook declined",
                "error: GH006: Protected branch update failed",
                "protected",
            ),
            (
                "push declined due to repository rule violations",
                "error: GH013: x",
                "protected",
            ),
            (
                "pre-receive hook declined",
                "You are not allowed to push to protected branches",
                "protected",
            ),
            (
                "Repository rule violations found Changes must be made through a pull request.",
                "",
                "protected",
            ),
            (
                "Changes must be made through a pull request.",
                "",
                "protected",
            ),
            ("Required status check \"ci\" is expected.", "", "protected"),
            (
                "At least 1 approving review is required by reviewers with write access.",
                "",
                "protected",
            ),
            ("Commits must have verified signatures.", "", "protected"),
            ("Update is not a fast forward", "", "race"),
            ("non-fast-forward", "", "race"),
            ("fetch first", "", "race"),
            (
                "failed to update ref",
                "error: cannot lock ref 'refs/heads/x'",
                "race",
            ),
            (
                "failed to write reference 'x': old reference value does not match",
                "",
                "race",
            ),
            (
                "pre-receive hook declined",
                "ticket number missing",
                "refused",
            ),
            (
                "refusing to allow a GitHub App to create or update workflow",
                "",
                "refused",
            ),
            ("deny updating a hidden ref", "", "refused"),
        ] {
            let error = PushError::from_status("refs/heads/x", status, said);
            let found = match error {
                PushError::Protected { .. } => "protected",
                PushError::LostRace { .. } => "race",
                PushError::Refused { .. } => "refused",
                PushError::Failed(_) => "failed",
            };
            assert_eq!(found, kind, "{status} {said}");
        }
    }

    #[test]
    fn a_text_from_elsewhere_is_one_short_line_without_control_characters() {
        assert_eq!(
            harmless("a\n::error::b\t\u{1b}[31mc \r\n"),
            "a ::error::b [31mc"
        );
        let long = harmless(&"é".repeat(2 * LONGEST_TEXT));
        assert_eq!(long.chars().count(), LONGEST_TEXT + 1);
    }

    #[test]
    fn what_libgit2_says_is_told_apart() {
        use git2::{Error, ErrorClass, ErrorCode};
        let kind = |code, class, text| {
            GitError::from_remote(&Error::new(code, class, text), "https://h/o/n", true)
        };
        let generic = ErrorCode::GenericError;
        assert!(matches!(
            kind(ErrorCode::Certificate, ErrorClass::Ssl, "x"),
            GitError::Tls { .. }
        ));
        assert!(matches!(
            kind(generic, ErrorClass::Ssl, "x"),
            GitError::Tls { .. }
        ));
        assert!(matches!(
            kind(generic, ErrorClass::Net, "x"),
            GitError::Network { .. }
        ));
        assert!(matches!(
            kind(generic, ErrorClass::Os, "x"),
            GitError::Network { .. }
        ));
        for broken_off in super::BROKEN_OFF {
            let error = kind(generic, ErrorClass::Http, broken_off);
            assert!(error.is_transient(), "{error}");
        }
        for (words, told) in [
            ("invalid content-type: 'text/html'", "is not git"),
            ("unexpected redirect", "redirects to another host"),
        ] {
            let error = kind(generic, ErrorClass::Http, words);
            assert!(error.to_string().contains(told), "{error}");
            assert!(!error.is_transient(), "{error}");
        }
        assert!(matches!(
            kind(generic, ErrorClass::Odb, "x"),
            GitError::Git { .. }
        ));
    }
}
