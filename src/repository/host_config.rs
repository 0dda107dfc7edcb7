//! The host config (`github/host_config.json`): where EvalAI is, which host team's challenge is
//! synced, and with which token. EvalAI's own push workflow reads the same file, with exactly
//! these three keys.

use std::fmt;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value};

use crate::evalai::{HostUrl, NEW_TOKEN, TokenForm};
use crate::secret::Secret;

/// A valid host config.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostConfig {
    /// The host's EvalAI token; sent to [`HostConfig::url`] only.
    pub token: Secret,
    /// EvalAI's database id of the host team.
    pub team_pk: u64,
    /// The EvalAI server.
    pub url: HostUrl,
    /// When the token expires, if it says so.
    pub expires: Option<Timestamp>,
    /// What the host should know, though the sync can go on.
    pub notes: Vec<Remark>,
}

/// Something to tell about the host config: a sentence with its fix, and where in the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remark {
    /// How bad it is.
    pub level: Level,
    /// The sentence. Never holds a value that may be a token.
    pub text: String,
    /// Where, unless it is about something outside the file.
    pub place: Option<Place>,
}

/// How bad a [`Remark`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// The sync cannot start.
    Error,
    /// It works now, but will not always, or not safely.
    Warning,
    /// Good to know.
    Notice,
}

/// A place in the file, both counted from 1, columns in characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// The line.
    pub line: usize,
    /// The character in it.
    pub column: usize,
}

/// Why a host config cannot be used: all of its faults, not only the first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostConfigError {
    /// The file.
    pub path: String,
    /// The faults; at least one.
    pub faults: Vec<Remark>,
}

impl std::error::Error for HostConfigError {}

impl fmt::Display for HostConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, fault) in self.faults.iter().enumerate() {
            let separator = if index > 0 { "\n" } else { "" };
            write!(f, "{separator}{}", self.path)?;
            if let Some(Place { line, column }) = fault.place {
                write!(f, ":{line}:{column}")?;
            }
            write!(f, ": {}", fault.text)?;
        }
        Ok(())
    }
}

const TOKEN: &str = "token";
const TEAM: &str = "team_pk";
const URL: &str = "evalai_host_url";

/// A token that expires sooner than this is worth a warning.
const EXPIRES_SOON: SignedDuration = SignedDuration::from_hours(14 * 24);

impl HostConfig {
    /// Reads the bytes of the file at `path` (`None`: there is none). `token` is the
    /// `evalai-token` input, which goes before the file's.
    ///
    /// # Errors
    /// All that is wrong with the file and the token.
    pub fn parse(
        file: Option<&[u8]>,
        path: &str,
        token: Option<Secret>,
        now: Timestamp,
    ) -> Result<Self, HostConfigError> {
        let failed = |faults| HostConfigError {
            path: path.to_owned(),
            faults,
        };
        let (text, keys) = object(file).map_err(|fault| failed(vec![fault]))?;
        let mut reader = Reader {
            text,
            keys,
            remarks: Vec::new(),
        };
        let token = reader.token(token, now);
        let team_pk = reader.team();
        let url = reader.url();
        reader.report_unknown_keys();
        let (faults, notes) = reader
            .remarks
            .into_iter()
            .partition(|remark| remark.level == Level::Error);
        match (token, team_pk, url) {
            (Some((token, expires)), Some(team_pk), Some(url)) => Ok(Self {
                token,
                team_pk,
                url,
                expires,
                notes,
            }),
            _ => Err(failed(faults)),
        }
    }
}

/// The file as text without a byte order mark, and as a JSON object.
fn object(file: Option<&[u8]>) -> Result<(&str, Map<String, Value>), Remark> {
    let fault = |text: &str, place| Remark {
        level: Level::Error,
        text: text.to_owned(),
        place,
    };
    let file = file.ok_or_else(|| {
        fault(
            "there is no such file. It holds `token`, `team_pk` and `evalai_host_url`, as in EvalAI-Starters; \
             add it, or name it with the input `host-config`",
            None,
        )
    })?;
    let text = std::str::from_utf8(file)
        .map_err(|_| fault("is not UTF-8 text; save it as UTF-8", None))?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let value = serde_json::from_str(text).map_err(|error| {
        let line = text.lines().nth(error.line().saturating_sub(1));
        let before = line.and_then(|line| line.get(..error.column().saturating_sub(1)));
        let place = Place {
            line: error.line().max(1),
            column: before.map_or(error.column().max(1), |before| before.chars().count() + 1),
        };
        let words = error.to_string();
        let what = words.split(" at line ").next().unwrap_or_default();
        fault(&format!("is not valid JSON: {what}"), Some(place))
    })?;
    match value {
        Value::Object(keys) => Ok((text, keys)),
        _ => Err(fault(
            "must be a JSON object with the keys `token`, `team_pk` and `evalai_host_url`",
            Some(Place { line: 1, column: 1 }),
        )),
    }
}

struct Reader<'a> {
    text: &'a str,
    keys: Map<String, Value>,
    remarks: Vec<Remark>,
}

impl Reader<'_> {
    fn token(
        &mut self,
        input: Option<Secret>,
        now: Timestamp,
    ) -> Option<(Secret, Option<Timestamp>)> {
        let (token, name, place) = if let Some(token) = input {
            (token, "the input `evalai-token`", None)
        } else {
            let text = self.filled(TOKEN, NEW_TOKEN)?;
            // Not blank, so there is a secret.
            (Secret::new(&text)?, "`token`", self.place(TOKEN))
        };
        let (level, text) = match TokenForm::of(&token) {
            TokenForm::Jwt { expires: Some(at) } => {
                let date = at.to_zoned_datetime(TimeZone::UTC).date();
                let left = at.duration_since(now);
                if left > EXPIRES_SOON {
                    return Some((token, Some(at)));
                }
                if left > SignedDuration::ZERO {
                    let text =
                        format!("{name} expires on {date}; the sync stops then. {NEW_TOKEN}");
                    self.say(Level::Warning, text, place);
                    return Some((token, Some(at)));
                }
                (
                    Level::Error,
                    format!("{name} expired on {date}. {NEW_TOKEN}"),
                )
            }
            TokenForm::Jwt { expires: None } => return Some((token, None)),
            TokenForm::SessionKey => (
                Level::Error,
                format!(
                    "{name} is a session key of EvalAI's web page, which its API refuses here. {NEW_TOKEN}"
                ),
            ),
            TokenForm::Other => (
                Level::Warning,
                format!(
                    "{name} does not look like a token of EvalAI (three parts with dots between them). {NEW_TOKEN}"
                ),
            ),
        };
        self.say(level, text, place);
        (level != Level::Error).then_some((token, None))
    }

    fn team(&mut self) -> Option<u64> {
        const FIX: &str = "Write the team's ID from EvalAI's host team page";
        let text = self.filled(TEAM, FIX)?;
        let team = text.parse().ok().filter(|team| *team > 0);
        if team.is_none() {
            self.fault(TEAM, &format!("must be a whole number above zero. {FIX}"));
        }
        team
    }

    fn url(&mut self) -> Option<HostUrl> {
        let text = self.filled(URL, "Write the server's address, mostly https://eval.ai")?;
        match HostUrl::parse(&text) {
            Ok((url, notes)) => {
                let place = self.place(URL);
                for note in notes {
                    self.say(Level::Notice, format!("`{URL}` {note}; write {url}"), place);
                }
                if url.is_exposed() {
                    let text = format!(
                        "`{URL}` is plain http, so the token crosses the network unencrypted; write https:// if the server has it"
                    );
                    self.say(Level::Warning, text, place);
                }
                Some(url)
            }
            Err(error) => {
                self.fault(URL, &error.to_string());
                None
            }
        }
    }

    /// The value of `key` as a text that a host filled in; else a fault with its `fix`.
    fn filled(&mut self, key: &str, fix: &str) -> Option<String> {
        let found = match self.keys.get(key) {
            None => Err("is missing"),
            Some(Value::String(text)) => match text.trim() {
                "" => Err("is empty"),
                text if is_placeholder(text) => Err("still holds a placeholder"),
                text => Ok(text.to_owned()),
            },
            Some(Value::Number(number)) if key == TEAM => Ok(number.to_string()),
            Some(_) => Err("must be a text"),
        };
        found
            .map_err(|what| self.fault(key, &format!("{what}. {fix}")))
            .ok()
    }

    fn report_unknown_keys(&mut self) {
        let unknown: Vec<String> = self
            .keys
            .keys()
            .filter(|key| ![TOKEN, TEAM, URL].contains(&key.as_str()))
            .cloned()
            .collect();
        for key in unknown {
            let start: String = key.chars().take(40).collect();
            let text = format!("the key {start:?} is unknown, and left alone");
            let place = self.place(&key);
            self.say(Level::Notice, text, place);
        }
    }

    fn fault(&mut self, key: &str, text: &str) {
        let place = self.place(key);
        self.say(Level::Error, format!("`{key}` {text}"), place);
    }

    fn say(&mut self, level: Level, text: String, place: Option<Place>) {
        self.remarks.push(Remark { level, text, place });
    }

    /// Where `key` stands; of several, the last, which is the one that counts in JSON.
    fn place(&self, key: &str) -> Option<Place> {
        let quoted = format!("\"{key}\"");
        let (at, _) = self
            .text
            .rmatch_indices(&quoted)
            .find(|(at, _)| self.text[at + quoted.len()..].trim_start().starts_with(':'))?;
        let before = &self.text[..at];
        let line_start = before.rfind('\n').map_or(0, |end| end + 1);
        Some(Place {
            line: before.matches('\n').count() + 1,
            column: before[line_start..].chars().count() + 1,
        })
    }
}

/// Whether a template's or a mask's text was left in: `<host_team_pk>`, `$EVALAI_HOST_URL`,
/// `${{ secrets.X }}`, `***`, `REDACTED`.
fn is_placeholder(text: &str) -> bool {
    text.starts_with('<') && text.ends_with('>')
        || text.starts_with('$')
        || text.contains("{{")
        || text.chars().all(|character| character == '*')
        || text == "REDACTED"
}

#[cfg(test)]
mod tests;
