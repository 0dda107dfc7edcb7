//! Where the remote is: http, https or a folder, never with credentials in it.

use std::fmt;
use std::path::{Path, PathBuf};

use url::Url;

use super::GitError;

/// A remote's address.
///
/// User information in a URL is taken out and never shown; ssh addresses are
/// turned into https, because the token is for https.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RemoteUrl {
    place: Place,
    was_ssh: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Place {
    Web(Url),
    Folder(PathBuf),
}

impl RemoteUrl {
    /// Reads an address as git writes it: `https://...`, `http://...`,
    /// `file:///...`, a path, `git@host:owner/name.git` or `ssh://...`.
    ///
    /// # Errors
    /// [`GitError::BadUrl`] for anything else.
    pub fn parse(text: &str) -> Result<Self, GitError> {
        let text = text.trim();
        if let Some((host, path)) = scp_like(text) {
            return Self::web(&format!("https://{host}/{path}"), true);
        }
        match text.split_once("://") {
            Some((scheme, rest)) => match scheme.to_ascii_lowercase().as_str() {
                "http" | "https" => Self::web(text, false),
                "ssh" | "git+ssh" | "ssh+git" => {
                    let url = parse_web(&format!("http://{rest}"), text)?;
                    let host = url.host_str().unwrap_or_default();
                    Self::web(&format!("https://{host}{}", url.path()), true)
                }
                "file" => Url::parse(text)
                    .ok()
                    .and_then(|url| url.to_file_path().ok())
                    .map(Self::folder)
                    .ok_or_else(|| bad(text, "a file URL is written file:///absolute/path")),
                other => Err(bad(
                    text,
                    &format!("{other} is not supported; use https or a folder"),
                )),
            },
            None if text.is_empty() => Err(bad(text, "it is empty")),
            None => {
                let path = std::path::absolute(text)
                    .map_err(GitError::io(format!("find the folder {text}")))?;
                Ok(Self::folder(path))
            }
        }
    }

    /// `owner/name`, the last two parts of the path; `None` for a folder.
    #[must_use]
    pub fn slug(&self) -> Option<String> {
        let Place::Web(url) = &self.place else {
            return None;
        };
        let path = url.path().trim_matches('/');
        let path = path.strip_suffix(".git").unwrap_or(path);
        let mut parts = path.rsplit('/');
        match (parts.next(), parts.next()) {
            (Some(name), Some(owner)) if !name.is_empty() && !owner.is_empty() => {
                Some(format!("{owner}/{name}"))
            }
            _ => None,
        }
    }

    /// Whether the address was written for ssh and now says https.
    #[must_use]
    pub fn was_ssh(&self) -> bool {
        self.was_ssh
    }

    /// Whether a token would travel unencrypted to another machine.
    #[must_use]
    pub fn is_in_the_clear(&self) -> bool {
        let Place::Web(url) = &self.place else {
            return false;
        };
        let local = match url.host() {
            Some(url::Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
            Some(url::Host::Ipv4(ip)) => ip.is_loopback(),
            Some(url::Host::Ipv6(ip)) => ip.is_loopback(),
            None => false,
        };
        url.scheme() == "http" && !local
    }

    /// The folder, if the remote is one.
    pub(super) fn as_folder(&self) -> Option<&Path> {
        match &self.place {
            Place::Folder(path) => Some(path),
            Place::Web(_) => None,
        }
    }

    /// Whether `other` has this remote's scheme, host and port: a token for
    /// the one may then go to the other.
    #[must_use]
    pub fn has_origin_of(&self, other: &str) -> bool {
        match (&self.place, Url::parse(other)) {
            (Place::Web(url), Ok(other)) => url.origin() == other.origin(),
            _ => false,
        }
    }

    fn folder(path: PathBuf) -> Self {
        Self {
            place: Place::Folder(path),
            was_ssh: false,
        }
    }

    fn web(text: &str, was_ssh: bool) -> Result<Self, GitError> {
        let url = parse_web(text, text)?;
        Ok(Self {
            place: Place::Web(url),
            was_ssh,
        })
    }
}

impl fmt::Display for RemoteUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.place {
            Place::Web(url) => f.write_str(url.as_str()),
            Place::Folder(path) => write!(f, "{}", path.display()),
        }
    }
}

/// `git@host:owner/name`: a colon before any slash, and no scheme.
fn scp_like(text: &str) -> Option<(&str, &str)> {
    if text.contains("://") {
        return None;
    }
    let (host, path) = text.split_once(':')?;
    let host = host.rsplit_once('@').map_or(host, |(_, host)| host);
    let usable = !host.is_empty() && !host.contains('/') && !path.is_empty();
    usable.then(|| (host, path.trim_start_matches('/')))
}

/// Parses an http(s) URL and takes user information, query and fragment out.
fn parse_web(text: &str, shown: &str) -> Result<Url, GitError> {
    let mut url = Url::parse(text).map_err(|error| bad(shown, &error.to_string()))?;
    let cleared = url.set_username("").and(url.set_password(None));
    if cleared.is_err() || url.host_str().is_none_or(str::is_empty) {
        return Err(bad(shown, "it names no host"));
    }
    url.set_query(None);
    url.set_fragment(None);
    Ok(url)
}

fn bad(url: &str, reason: &str) -> GitError {
    GitError::BadUrl {
        url: without_userinfo(url),
        reason: reason.to_owned(),
    }
}

/// For showing an address that could not be parsed.
fn without_userinfo(text: &str) -> String {
    let (scheme, rest) = text.split_once("://").unwrap_or(("", text));
    let rest = rest.rsplit_once('@').map_or(rest, |(_, rest)| rest);
    if scheme.is_empty() {
        rest.to_owned()
    } else {
        format!("{scheme}://{rest}")
    }
}

#[cfg(test)]
mod tests {
    use super::RemoteUrl;

    #[test]
    fn an_address_is_shown_without_user_information_and_ssh_becomes_https() {
        for (written, shown, was_ssh) in [
            (
                "https://github.com/o/n.git",
                "https://github.com/o/n.git",
                false,
            ),
            (" https://github.com/o/n\n", "https://github.com/o/n", false),
            (
                "https://x-access-token:s3cret@github.com/o/n",
                "https://github.com/o/n",
                false,
            ),
            (
                "http://u@localhost:3000/o/n?a=s3cret#b",
                "http://localhost:3000/o/n",
                false,
            ),
            ("git@github.com:o/n.git", "https://github.com/o/n.git", true),
            ("github.com:/o/n.git", "https://github.com/o/n.git", true),
            (
                "ssh://git@github.com:22/o/n.git",
                "https://github.com/o/n.git",
                true,
            ),
            (
                "ssh://git@ssh.example.org/o/n",
                "https://ssh.example.org/o/n",
                true,
            ),
            ("file:///srv/git/n.git", "/srv/git/n.git", false),
            ("/srv/a:b/n.git", "/srv/a:b/n.git", false),
        ] {
            let url = RemoteUrl::parse(written).expect(written);
            assert_eq!(
                (url.to_string().as_str(), url.was_ssh()),
                (shown, was_ssh),
                "{written}"
            );
        }
    }

    #[test]
    fn an_address_that_cannot_be_used_is_refused_without_showing_its_user_information() {
        for written in [
            "",
            "git://h/o/n",
            "https://",
            "https://u:s3cret@/x",
            "ftp://u:s3cret@h/x",
            "file://x",
        ] {
            let error = RemoteUrl::parse(written).expect_err(written).to_string();
            assert!(!error.contains("s3cret"), "{error}");
        }
    }

    #[test]
    fn the_slug_is_owner_and_name() {
        for (written, slug) in [
            ("https://github.com/o/n.git", Some("o/n")),
            ("git@github.com:o/n", Some("o/n")),
            ("https://ghe.example/prefix/o/n.git/", Some("o/n")),
            ("https://github.com/n", None),
            ("/srv/o/n.git", None),
        ] {
            let url = RemoteUrl::parse(written).expect(written);
            assert_eq!(url.slug().as_deref(), slug, "{written}");
        }
    }

    #[test]
    fn a_token_goes_only_to_the_same_scheme_host_and_port() {
        let url = RemoteUrl::parse("https://github.com/o/n").expect("valid");
        for (other, same) in [
            ("https://github.com/o/n", true),
            ("https://github.com:443/elsewhere", true),
            ("https://GitHub.com/o/n", true),
            ("http://github.com/o/n", false),
            ("https://github.com:8443/o/n", false),
            ("https://github.com.evil.example/o/n", false),
            ("/o/n", false),
        ] {
            assert_eq!(url.has_origin_of(other), same, "{other}");
        }
    }

    #[test]
    fn plain_http_is_in_the_clear_unless_it_stays_on_this_machine() {
        for (written, clear) in [
            ("http://git.example/o/n", true),
            ("http://localhost:3000/o/n", false),
            ("http://127.0.0.1:3000/o/n", false),
            ("http://[::1]/o/n", false),
            ("https://git.example/o/n", false),
            ("/srv/n.git", false),
        ] {
            let url = RemoteUrl::parse(written).expect(written);
            assert_eq!(url.is_in_the_clear(), clear, "{written}");
        }
    }
}
