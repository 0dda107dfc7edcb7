//! The issue that tells of failed runs: its text, and what its last line remembers for the next run.

use std::fmt::Write as _;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::markdown::{link, plain, sentence};
use super::words::times;

/// GitHub takes no body over 65,536 characters.
const LONGEST: usize = 8_000;

/// Runs that failed since the last one that went well.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trouble {
    /// What is synced, in the words of the inputs: that is known whatever fails.
    of: String,
    /// When the first of them failed.
    since: Timestamp,
    /// How many they are.
    runs: u32,
}

/// A run that failed.
#[derive(Debug, Clone, Copy)]
pub struct Failure<'a> {
    /// What kept it from being done. Text from outside may be in it.
    pub message: &'a str,
    /// The page of the run.
    pub run: Option<&'a str>,
    /// When it failed.
    pub at: Timestamp,
}

impl Trouble {
    const BEGIN: &str = "<!-- evalai-sync-trouble ";
    const END: &str = " -->";

    /// The first failure of a sync of what `of` names.
    #[must_use]
    pub fn begin(of: &str, at: Timestamp) -> Self {
        Self {
            of: of.to_owned(),
            since: at,
            runs: 1,
        }
    }

    /// What the last line of an issue's body remembers, if it does.
    #[must_use]
    pub fn of_body(body: &str) -> Option<Self> {
        let line = body.trim_end().lines().next_back()?.trim();
        let json = line.strip_prefix(Self::BEGIN)?.strip_suffix(Self::END)?;
        serde_json::from_str(json).ok()
    }

    /// Whether it is about a sync of what `of` names.
    #[must_use]
    pub fn is_of(&self, of: &str) -> bool {
        self.of == of
    }

    /// The same with one more failed run.
    #[must_use]
    pub fn again(self) -> Self {
        Self {
            runs: self.runs.saturating_add(1),
            ..self
        }
    }

    /// The issue's title.
    #[must_use]
    pub fn title(&self) -> String {
        format!("The sync from EvalAI fails ({})", self.of)
    }

    /// The issue's body after `failure`.
    #[must_use]
    pub fn body(&self, failure: Failure<'_>) -> String {
        let mut text = String::new();
        let message: String = failure.message.chars().take(LONGEST).collect();
        // Writing to a String cannot fail.
        for line in message.lines() {
            let _ = writeln!(text, "> {}\n>", sentence(line));
        }
        let when = |time: Timestamp| time.strftime("%Y-%m-%d %H:%M UTC").to_string();
        let run = failure.run.map_or_else(
            || "The last run".to_owned(),
            |page| link("The last run", page),
        );
        let _ = writeln!(text, "\n{run} failed on {}.", when(failure.at));
        if self.runs > 1 {
            let _ = writeln!(
                text,
                "It has failed {} since {}.",
                times(self.runs),
                when(self.since)
            );
        }
        let _ = writeln!(
            text,
            "\nNothing was lost: what was edited on EvalAI arrives with the next run that goes well. `evalai-sync doctor` looks at all that a sync of {} depends on.\n\n<sub>evalai-sync keeps this up to date (`report-issue`), and closes it when a run goes well.</sub>\n\n{}{}{}",
            plain(&self.of),
            Self::BEGIN,
            self.remembered(),
            Self::END
        );
        text
    }

    /// What is said when a run went well.
    #[must_use]
    pub fn over(&self, run: Option<&str>) -> String {
        let run = run.map_or_else(
            || "The last run".to_owned(),
            |page| link("The last run", page),
        );
        format!(
            "{run} went well, after {} failed.",
            super::words::count(self.runs as usize, "run")
        )
    }

    /// JSON that cannot end the comment it stands in.
    fn remembered(&self) -> String {
        let json = serde_json::to_string(self).unwrap_or_default();
        json.replace('>', "\\u003e").replace('<', "\\u003c")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn the_body_tells_the_cause_and_remembers_how_long_it_has_been_there() {
        let first = Trouble::begin("branch challenge", at("2026-05-31T04:17:20Z"));
        let failure = Failure {
            message: "The token expired. Put a new one into `token`.\nClosing #7, @maria: <b>--></b>",
            run: Some("https://github.com/o/r/actions/runs/7/attempts/1"),
            at: at("2026-05-31T06:17:21Z"),
        };
        let body = first.again().again().body(failure);
        insta::assert_snapshot!(body);
        let read = Trouble::of_body(&body).unwrap();
        assert!(read.is_of("branch challenge") && read.runs == 3, "{read:?}");
    }

    #[test]
    fn nothing_in_a_name_ends_the_comment() {
        for of in ["branch a-->b", "branch <!--", "branch \"x\"", "branch ünï"] {
            let trouble = Trouble::begin(of, at("2026-05-31T04:17:20Z"));
            let failure = Failure {
                message: "x",
                run: None,
                at: at("2026-05-31T04:17:20Z"),
            };
            let body = trouble.body(failure);
            assert_eq!(Trouble::of_body(&body), Some(trouble), "{body}");
            assert_eq!(body.matches("-->").count(), 1, "{body}");
        }
    }

    #[test]
    fn what_is_no_such_issue_is_not_taken_for_one() {
        for body in [
            "",
            "Help!",
            "<!-- evalai-sync-trouble {} -->",
            "<!-- evalai-sync-trouble x -->",
            "<!-- evalai-sync-trouble {\"of\":\"x\",\"since\":\"2026-05-31T04:17:20Z\",\"runs\":1} -->\nand more",
        ] {
            assert_eq!(Trouble::of_body(body), None, "{body}");
        }
    }
}
