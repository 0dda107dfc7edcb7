//! The address of an EvalAI server, as hosts write it in `host_config.json`.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr};

use url::{Host, Url};

/// The base address of an EvalAI server: `http` or `https`, no credentials, no query, no
/// trailing slash. A path in front of `/api` is kept, for servers that live below one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostUrl(Url);

/// Why a text is no address of an EvalAI server. Never shows the text, which may hold a password.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HostUrlError {
    /// Not a URL at all.
    #[error("is not a URL ({0}); write it like https://eval.ai")]
    Unreadable(url::ParseError),
    /// A scheme that EvalAI does not speak.
    #[error("must start with https:// or http://")]
    Scheme,
    /// `https://user:password@...`: it would be sent to the server, and shown in logs.
    #[error("must not hold a user name or password; remove the part before the @")]
    UserInfo,
}

impl HostUrl {
    /// Reads what a host wrote, and in a sentence each what had to be assumed or left out.
    ///
    /// Without a scheme it is `https`, or `http` for a host on the same machine or network.
    ///
    /// # Errors
    /// When the text is no http(s) URL, or holds credentials.
    pub fn parse(text: &str) -> Result<(Self, Vec<String>), HostUrlError> {
        let text = text.trim();
        let mut notes = Vec::new();
        let lower = text.to_ascii_lowercase();
        let has_scheme =
            text.contains("://") || lower.starts_with("http:") || lower.starts_with("https:");
        let mut url = if has_scheme {
            Url::parse(text).map_err(HostUrlError::Unreadable)?
        } else {
            let rest = text.trim_start_matches('/');
            let https = Url::parse(&format!("https://{rest}")).map_err(HostUrlError::Unreadable)?;
            if is_local(&https) {
                Url::parse(&format!("http://{rest}")).map_err(HostUrlError::Unreadable)?
            } else {
                https
            }
        };
        if !matches!(url.scheme(), "http" | "https") {
            return Err(HostUrlError::Scheme);
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(HostUrlError::UserInfo);
        }
        if !has_scheme {
            notes.push(format!("has no scheme; {}:// is assumed", url.scheme()));
        }
        if url.query().is_some() || url.fragment().is_some() {
            url.set_query(None);
            url.set_fragment(None);
            notes.push("holds a query or fragment, which is left out".to_owned());
        }
        let path = url.path().trim_end_matches('/').to_owned();
        if matches!(path.split('/').nth(1), Some("web" | "api")) {
            url.set_path("");
            notes.push("holds the path of a page, which is left out".to_owned());
        } else {
            url.set_path(&path);
        }
        Ok((Self(url), notes))
    }

    /// The address of `path` (which starts with a slash, is percent-encoded, and may end in
    /// a query) on this server. Never leads to another server.
    #[must_use]
    pub fn join(&self, path: &str) -> Url {
        let (path, query) = path
            .split_once('?')
            .map_or((path, None), |(path, query)| (path, Some(query)));
        let mut url = self.0.clone();
        url.set_path(&format!("{}{path}", self.0.path().trim_end_matches('/')));
        url.set_query(query);
        url
    }

    /// The address that `reference` means where this server writes it: as it is if it is
    /// absolute (also on another server), else relative to this one, as a browser takes it.
    ///
    /// # Errors
    /// If it is no address.
    pub fn resolve(&self, reference: &str) -> Result<Url, url::ParseError> {
        self.0.join(reference)
    }

    /// Whether `url` is on this server: same scheme, host and port.
    #[must_use]
    pub fn is_origin_of(&self, url: &Url) -> bool {
        self.0.origin() == url.origin()
    }

    /// Whether both are one server, reached by `http` or by `https`.
    #[must_use]
    pub fn is_same_server(&self, other: &Self) -> bool {
        let (ours, theirs) = (&self.0, &other.0);
        ours.host_str() == theirs.host_str()
            && ours.port() == theirs.port()
            && ours.path() == theirs.path()
    }

    /// Whether the host is on the same machine or network, where plain http is usual:
    /// localhost, a private address, a name without a dot, `host.docker.internal` and its like.
    #[must_use]
    pub fn is_local(&self) -> bool {
        is_local(&self.0)
    }

    /// Whether the host is the very machine (inside a container: the container itself).
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        match self.0.host() {
            Some(Host::Domain(name)) => is_localhost(name),
            Some(Host::Ipv4(ip)) => ip.is_loopback() || ip.is_unspecified(),
            Some(Host::Ipv6(ip)) => ip.is_loopback() || ip.is_unspecified(),
            None => false,
        }
    }

    /// Whether the token would cross a public network unencrypted.
    #[must_use]
    pub fn is_exposed(&self) -> bool {
        self.0.scheme() == "http" && !self.is_local()
    }

    /// The host's name or address, without scheme and port.
    #[must_use]
    pub fn host(&self) -> &str {
        self.0.host_str().unwrap_or_default()
    }

    /// The port, also where it is the scheme's own and so not written.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.0.port_or_known_default().unwrap_or_default()
    }
}

impl fmt::Display for HostUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.as_str().trim_end_matches('/'))
    }
}

fn is_localhost(name: &str) -> bool {
    let name = name.trim_end_matches('.');
    name == "localhost" || name.ends_with(".localhost")
}

fn is_local(url: &Url) -> bool {
    let is_private = |ip: Ipv4Addr| {
        ip.is_loopback() || ip.is_private() || ip.is_link_local() || ip.is_unspecified()
    };
    match url.host() {
        Some(Host::Domain(name)) => {
            is_localhost(name)
                || !name.contains('.')
                || [".internal", ".local", ".lan"]
                    .iter()
                    .any(|end| name.ends_with(end))
        }
        Some(Host::Ipv4(ip)) => is_private(ip),
        Some(Host::Ipv6(ip)) => match IpAddr::V6(ip).to_canonical() {
            IpAddr::V4(ip) => is_private(ip),
            IpAddr::V6(ip) => {
                ip.is_loopback()
                    || ip.is_unspecified()
                    || ip.is_unique_local()
                    || ip.is_unicast_link_local()
            }
        },
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::{HostUrl, HostUrlError};

    fn parse(text: &str) -> HostUrl {
        HostUrl::parse(text).unwrap().0
    }

    #[test]
    fn addresses_are_read_as_hosts_write_them() {
        for (written, meant) in [
            ("https://eval.ai", "https://eval.ai"),
            (" https://eval.ai/ \n", "https://eval.ai"),
            ("https://eval.ai//", "https://eval.ai"),
            ("HTTPS://Eval.AI", "https://eval.ai"),
            ("eval.ai", "https://eval.ai"),
            ("//eval.ai/", "https://eval.ai"),
            ("https:/eval.ai", "https://eval.ai"),
            ("https://eval.ai:443", "https://eval.ai"),
            ("staging.eval.ai:8443", "https://staging.eval.ai:8443"),
            ("localhost:8000", "http://localhost:8000"),
            ("127.0.0.1:8000/", "http://127.0.0.1:8000"),
            ("192.168.1.7", "http://192.168.1.7"),
            (
                "host.docker.internal:8000",
                "http://host.docker.internal:8000",
            ),
            ("[::1]:8000", "http://[::1]:8000"),
            ("8.8.8.8", "https://8.8.8.8"),
            ("https://example.org/evalai/", "https://example.org/evalai"),
            (
                "https://eval.ai/web/challenges/12/overview",
                "https://eval.ai",
            ),
            ("https://eval.ai/api/", "https://eval.ai"),
            ("https://eval.ai/?next=1#top", "https://eval.ai"),
        ] {
            assert_eq!(parse(written).to_string(), meant, "{written}");
        }
    }

    #[test]
    fn what_was_assumed_or_left_out_is_said() {
        for (written, said) in [
            ("https://eval.ai/", None),
            ("eval.ai", Some("has no scheme; https:// is assumed")),
            ("localhost", Some("has no scheme; http:// is assumed")),
            (
                "https://eval.ai/web/x",
                Some("holds the path of a page, which is left out"),
            ),
            (
                "https://eval.ai?a",
                Some("holds a query or fragment, which is left out"),
            ),
        ] {
            let notes = HostUrl::parse(written).unwrap().1;
            assert_eq!(notes.first().map(String::as_str), said, "{written}");
        }
    }

    #[test]
    fn what_is_no_address_of_a_server_is_refused_without_being_shown() {
        assert_eq!(
            HostUrl::parse("https://user:hunter2@eval.ai"),
            Err(HostUrlError::UserInfo)
        );
        assert_eq!(
            HostUrl::parse("hunter2@eval.ai"),
            Err(HostUrlError::UserInfo)
        );
        assert_eq!(HostUrl::parse("ftp://eval.ai"), Err(HostUrlError::Scheme));
        for text in ["", "https://", "https://a b", "eval.ai:port"] {
            let error = HostUrl::parse(text).unwrap_err();
            assert!(matches!(error, HostUrlError::Unreadable(_)), "{text}");
        }
    }

    #[test]
    fn paths_are_joined_below_the_base_and_stay_on_the_server() {
        for (base, path, joined) in [
            ("https://eval.ai/", "/api/x/", "https://eval.ai/api/x/"),
            (
                "https://a.org/e",
                "/api/x?page=2",
                "https://a.org/e/api/x?page=2",
            ),
            (
                "https://eval.ai",
                "//evil.org/x",
                "https://eval.ai//evil.org/x",
            ),
            (
                "https://eval.ai",
                "/q/%CE%B1%2F/",
                "https://eval.ai/q/%CE%B1%2F/",
            ),
        ] {
            let base = parse(base);
            let url = base.join(path);
            assert_eq!(url.as_str(), joined);
            assert!(base.is_origin_of(&url));
        }
    }

    #[test]
    fn references_are_resolved_as_a_browser_does() {
        for (base, reference, meant) in [
            (
                "https://eval.ai",
                "/media/a.zip",
                "https://eval.ai/media/a.zip",
            ),
            (
                "https://a.org/e",
                "/media/a.zip",
                "https://a.org/media/a.zip",
            ),
            (
                "https://eval.ai",
                "media/a.zip",
                "https://eval.ai/media/a.zip",
            ),
            ("https://eval.ai", "//b.org/a.zip", "https://b.org/a.zip"),
            (
                "https://eval.ai",
                "http://b.org/a.zip",
                "http://b.org/a.zip",
            ),
        ] {
            assert_eq!(parse(base).resolve(reference).unwrap().as_str(), meant);
        }
        assert!(parse("https://eval.ai").resolve("https://").is_err());
    }

    #[test]
    fn another_scheme_host_or_port_is_another_origin() {
        let base = parse("https://eval.ai");
        for other in [
            "http://eval.ai",
            "https://www.eval.ai",
            "https://eval.ai:8443",
        ] {
            assert!(!base.is_origin_of(&other.parse().unwrap()), "{other}");
        }
    }

    #[test]
    fn local_loopback_and_exposed_hosts_are_told_apart() {
        for (text, local, loopback, exposed) in [
            ("http://localhost:8000", true, true, false),
            ("http://127.0.0.2", true, true, false),
            ("http://0.0.0.0:8000", true, true, false),
            ("http://[::1]", true, true, false),
            ("http://evalai.localhost", true, true, false),
            ("http://host.docker.internal", true, false, false),
            ("http://django:8000", true, false, false),
            ("http://10.0.0.4", true, false, false),
            ("http://172.17.0.1", true, false, false),
            ("http://[fd00::1]", true, false, false),
            ("http://[::ffff:10.0.0.4]", true, false, false),
            ("http://eval.ai", false, false, true),
            ("http://172.32.0.1", false, false, true),
            ("https://eval.ai", false, false, false),
            ("http://localhost.eval.ai", false, false, true),
        ] {
            let url = parse(text);
            let seen = (url.is_local(), url.is_loopback(), url.is_exposed());
            assert_eq!(seen, (local, loopback, exposed), "{text}");
        }
    }
}
