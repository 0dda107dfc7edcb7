//! The conversation with the remote: its refs, a download, a push.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;

use git2::{
    AutotagOption, Cred, CredentialType, Direction, ErrorClass, ErrorCode, FetchOptions,
    ProxyOptions, PushOptions, RemoteCallbacks, RemoteRedirect, Repository,
};

use super::patience::patiently;
use super::{GitError, Oid, PushError, RemoteUrl};
use crate::secret::Secret;

/// The user name GitHub takes any token with.
const TOKEN_USER: &str = "x-access-token";

/// Most of what a remote may print during a push, in bytes.
const MOST_SAID: usize = 16 * 1024;

/// libgit2's words for a pack that came whole, and that the remote could not store.
const NOT_UNPACKED: &str = "unpacking the sent packfile failed";

/// The token for the remote, if there is one.
///
/// It is given only when the remote asks for it, once, and only to the
/// remote's own scheme, host and port.
#[derive(Debug, Clone, Default)]
pub struct Credentials {
    token: Option<Secret>,
}

impl Credentials {
    /// Credentials with this token, or none at all.
    #[must_use]
    pub fn new(token: Option<Secret>) -> Self {
        Self { token }
    }

    /// The answer to the remote's `attempt`-th question, asked by `asker`.
    fn answer(&self, url: &RemoteUrl, asker: &str, attempt: u32) -> Result<Cred, git2::Error> {
        match &self.token {
            Some(token) if attempt == 1 && url.has_origin_of(asker) => {
                Cred::userpass_plaintext(TOKEN_USER, token.expose())
            }
            _ => Err(git2::Error::new(
                ErrorCode::Auth,
                ErrorClass::Http,
                "the remote asks for other credentials",
            )),
        }
    }
}

/// The refs of the remote, as it told them at one moment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Refs {
    by_name: BTreeMap<String, Oid>,
    default_branch: Option<String>,
}

impl Refs {
    /// What the ref of this full name (`refs/...`) points to.
    #[must_use]
    pub fn get(&self, refname: &str) -> Option<Oid> {
        self.by_name.get(refname).copied()
    }

    /// The head of a branch, named without `refs/heads/`.
    #[must_use]
    pub fn head(&self, branch: &str) -> Option<Oid> {
        self.get(&format!("refs/heads/{branch}"))
    }

    /// All branches with their heads, by name.
    pub fn heads(&self) -> impl Iterator<Item = (&str, Oid)> {
        self.by_name
            .iter()
            .filter_map(|(name, id)| Some((name.strip_prefix("refs/heads/")?, *id)))
    }

    /// The full names of all refs.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.by_name.keys().map(String::as_str)
    }

    /// The branch that the remote's HEAD names; `None` for an empty repository.
    #[must_use]
    pub fn default_branch(&self) -> Option<&str> {
        self.default_branch.as_deref()
    }

    /// Whether the remote has no refs at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.by_name.is_empty()
    }
}

/// What a push does to one ref.
#[derive(Debug, Clone, Copy)]
pub(super) enum Update {
    /// It moves on to a commit that follows.
    Forward(Oid),
    /// It moves to any commit.
    Anywhere(Oid),
    /// It goes.
    Delete,
}

impl Update {
    /// Where the ref then points; `None` if it is gone.
    fn target(self) -> Option<Oid> {
        match self {
            Self::Forward(commit) | Self::Anywhere(commit) => Some(commit),
            Self::Delete => None,
        }
    }

    fn spec(self, refname: &str) -> String {
        match self {
            Self::Forward(commit) => format!("{commit}:{refname}"),
            Self::Anywhere(commit) => format!("+{commit}:{refname}"),
            Self::Delete => format!(":{refname}"),
        }
    }
}

/// One end of the conversation: which remote, and who we are there.
#[derive(Debug)]
pub(super) struct Link {
    pub(super) url: RemoteUrl,
    pub(super) credentials: Credentials,
}

impl Link {
    /// Asks for the refs and, over the same connection, downloads those that
    /// `choose` names, down to `depth` commits. Returns the refs as told. A
    /// remote that may answer a moment later is asked again.
    pub(super) fn exchange(
        &self,
        repo: &Repository,
        depth: i32,
        mut choose: impl FnMut(&Refs) -> Vec<String>,
    ) -> Result<Refs, GitError> {
        patiently(GitError::is_transient, |_| {
            self.exchange_once(repo, depth, &mut choose)
        })
    }

    fn exchange_once(
        &self,
        repo: &Repository,
        depth: i32,
        choose: &mut impl FnMut(&Refs) -> Vec<String>,
    ) -> Result<Refs, GitError> {
        let attempts = Cell::new(0);
        let mut options = FetchOptions::new();
        options
            .remote_callbacks(self.callbacks(&attempts))
            .proxy_options(proxy())
            .download_tags(AutotagOption::None)
            .follow_redirects(RemoteRedirect::None)
            .update_fetchhead(false)
            .depth(depth);
        let mut remote = repo
            .remote_anonymous(&self.url.to_string())
            .map_err(|error| self.error(&error))?;
        let mut connection = remote
            .connect_auth(
                Direction::Fetch,
                Some(self.callbacks(&attempts)),
                Some(proxy()),
            )
            .map_err(|error| self.error(&error))?;
        let refs = read_refs(connection.list().map_err(|error| self.error(&error))?);
        let specs: Vec<_> = choose(&refs)
            .iter()
            .map(|name| format!("{name}:{name}"))
            .collect();
        if !specs.is_empty() {
            connection
                .remote()
                .download(&specs, Some(&mut options))
                .map_err(|error| self.error(&error))?;
        }
        drop(connection);
        Ok(refs)
    }

    /// Does `update` to `refname` on the remote, if that points to `expected`
    /// (`None`: is not there). A push that broke off is looked for before it is sent again: the
    /// remote may have taken it, and only the answer was lost.
    pub(super) fn push(
        &self,
        repo: &Repository,
        update: Update,
        refname: &str,
        expected: Option<Oid>,
    ) -> Result<(), PushError> {
        let broke_off = |error: &PushError| match error {
            PushError::Failed(error) => error.is_transient(),
            _ => false,
        };
        patiently(broke_off, |number| {
            let sent_before = number > 1;
            self.push_once(repo, update, (refname, expected), sent_before)
        })
    }

    fn push_once(
        &self,
        repo: &Repository,
        update: Update,
        (refname, expected): (&str, Option<Oid>),
        sent_before: bool,
    ) -> Result<(), PushError> {
        let attempts = Cell::new(0);
        let moved_to = Cell::new(None);
        let verdict = RefCell::new(None);
        let said = RefCell::new(Vec::new());
        let mut callbacks = self.callbacks(&attempts);
        callbacks.push_negotiation(|updates| {
            let found = updates
                .iter()
                .map(git2::PushUpdate::src)
                .find(|id| !id.is_zero());
            if found == expected {
                return Ok(());
            }
            moved_to.set(Some(found));
            Err(git2::Error::new(
                ErrorCode::NotFastForward,
                ErrorClass::Reference,
                "the ref moved",
            ))
        });
        callbacks.push_update_reference(|_, status| {
            *verdict.borrow_mut() = Some(status.map(str::to_owned));
            Ok(())
        });
        callbacks.sideband_progress(|bytes| {
            let mut said = said.borrow_mut();
            let room = MOST_SAID.saturating_sub(said.len());
            said.extend_from_slice(&bytes[..bytes.len().min(room)]);
            true
        });
        let mut options = PushOptions::new();
        options
            .remote_callbacks(callbacks)
            .proxy_options(proxy())
            .follow_redirects(RemoteRedirect::None);
        let result = repo
            .remote_anonymous(&self.url.to_string())
            .and_then(|mut remote| remote.push(&[update.spec(refname)], Some(&mut options)));
        drop(options);
        let said = self.without_token(&spoken(&said.into_inner()));
        match result {
            Ok(()) => match verdict.into_inner() {
                Some(None) => Ok(()),
                Some(Some(status)) => Err(PushError::from_status(refname, &status, &said)),
                None => Err(PushError::from_status(
                    refname,
                    "the remote did not confirm it",
                    &said,
                )),
            },
            Err(error) => match moved_to.get() {
                Some(found) if sent_before && found == update.target() => Ok(()),
                Some(found) => Err(PushError::moved(refname, expected, found)),
                None if error.code() == ErrorCode::NotFastForward => Err(PushError::LostRace {
                    refname: refname.to_owned(),
                    detail: "what is pushed does not follow on it".to_owned(),
                }),
                None if error.message().contains(NOT_UNPACKED) => {
                    Err(PushError::from_status(refname, error.message(), &said))
                }
                None => Err(self.error(&error).into()),
            },
        }
    }

    fn callbacks<'a>(&'a self, attempts: &'a Cell<u32>) -> RemoteCallbacks<'a> {
        let mut callbacks = RemoteCallbacks::new();
        callbacks.credentials(move |asker, _, kinds| {
            attempts.set(attempts.get() + 1);
            if kinds.contains(CredentialType::USER_PASS_PLAINTEXT) {
                self.credentials.answer(&self.url, asker, attempts.get())
            } else {
                Err(git2::Error::new(
                    ErrorCode::Auth,
                    ErrorClass::Http,
                    "the remote does not take a token over basic authentication",
                ))
            }
        });
        callbacks
    }

    fn error(&self, error: &git2::Error) -> GitError {
        let token_given = self.credentials.token.is_some();
        GitError::from_remote(error, &self.url.to_string(), token_given)
    }

    fn without_token(&self, text: &str) -> String {
        match &self.credentials.token {
            Some(token) => text.replace(token.expose(), "***"),
            None => text.to_owned(),
        }
    }
}

/// The proxy of the environment (`HTTPS_PROXY`, `NO_PROXY`, ...).
fn proxy<'a>() -> ProxyOptions<'a> {
    let mut proxy = ProxyOptions::new();
    proxy.auto();
    proxy
}

fn read_refs(told: &[git2::RemoteHead<'_>]) -> Refs {
    let mut refs = Refs::default();
    for head in told {
        match head.name() {
            "HEAD" => {
                refs.default_branch = head
                    .symref_target()
                    .and_then(|target| target.strip_prefix("refs/heads/"))
                    .map(str::to_owned);
            }
            name => {
                // Of an annotated tag, what it stands for is told after it: that is what counts.
                let name = name.strip_suffix("^{}").unwrap_or(name);
                refs.by_name.insert(name.to_owned(), head.oid());
            }
        }
    }
    refs
}

/// What the remote printed, without its progress counters.
fn spoken(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes)
        .split(['\n', '\r'])
        .filter(|line| !line.contains("% ("))
        .collect::<Vec<_>>()
        .join(" ")
}
