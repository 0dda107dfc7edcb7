//! The pull request: its body, and how the run's report speaks of it.

use std::fmt::Write as _;

use super::markdown::{bold, code, link, plain, sentence};
use super::summary::table;
use super::words;
use crate::sync::outcome::{Outcome, PullRequest, PullState};
use crate::sync::propose::Why;

/// GitHub takes no body over 65,536 characters; what else is in it is short.
const LONGEST: usize = 55_000;

/// The body of a pull request that proposes what the plan of `outcome`
/// writes; GitHub's pages are on `server`.
#[must_use]
pub fn body(outcome: &Outcome, why: &Why, server: &str) -> String {
    let page = format!(
        "{}/web/challenges/challenge-page/{}/overview",
        outcome.evalai, outcome.challenge_id
    );
    let tree = format!("{server}/{}/tree/{}", outcome.repository, outcome.branch);
    let label = format!("challenge {}", outcome.challenge_id);
    let mut text = format!(
        "What was edited on EvalAI in {} ({}), for the branch {}.\n\n",
        bold(&outcome.title),
        link(&label, &page),
        link(&code(&outcome.branch), &tree),
    );
    let reason = match why {
        Why::Mode => None,
        Why::FirstSync => Some("This is the first sync: nothing tells which side is newer, so compare before you merge. To keep the repository's values instead, close this and push the branch to EvalAI.".to_owned()),
        Why::Protected(message) => Some(format!("The branch is protected and refused a push: {message}")),
    };
    // Writing to a String cannot fail.
    if let Some(reason) = reason {
        let _ = writeln!(text, "{}\n", sentence(&reason));
    }
    let items: Vec<_> = outcome.plan.written().collect();
    let heads = ("In the repository", "On EvalAI");
    let table = table(outcome, "Changes", heads, &items);
    let mut rest = LONGEST;
    for line in table.lines() {
        if line.len() >= rest {
            let _ = writeln!(
                text,
                "\nThe rest is too long for this page; the files show it."
            );
            break;
        }
        rest -= line.len() + 1;
        let _ = writeln!(text, "{line}");
    }
    let _ = writeln!(
        text,
        "\n<sub>Later runs of evalai-sync bring this up to date, unless somebody else pushes to its branch, and close it when nothing is left. If you close it, it stays closed until EvalAI changes again.</sub>"
    );
    text
}

/// How a run ended whose changes are proposed, in a sentence without its first letter's case.
#[must_use]
pub fn conclusion(outcome: &Outcome, pull: &PullRequest) -> String {
    let fields = words::count(pull.fields.len(), "field");
    let branch = &outcome.branch;
    let number = pull.number.unwrap_or_default();
    match pull.state {
        PullState::Opened => {
            format!(
                "{fields} from EvalAI to the branch {branch}, in the new pull request #{number}."
            )
        }
        PullState::Updated => format!(
            "{fields} from EvalAI to the branch {branch}, in pull request #{number}, which is up to date again."
        ),
        PullState::Unchanged if pull.fields.is_empty() => {
            format!("pull request #{number} is left as it is.")
        }
        PullState::Unchanged => format!(
            "{fields} from EvalAI to the branch {branch} wait in pull request #{number}; nothing was changed."
        ),
        PullState::NotPermitted => format!(
            "{fields} from EvalAI to the branch {branch} wait in the branch {}, from which a person has to open a pull request.",
            pull.branch
        ),
        PullState::Theirs if pull.number.is_some() => format!(
            "{fields} from EvalAI to the branch {branch}, but pull request #{number} has commits of somebody else and was left alone."
        ),
        PullState::Theirs => format!(
            "{fields} from EvalAI to the branch {branch} are proposed nowhere, since the branch {} is somebody else's.",
            pull.branch
        ),
        PullState::Declined => format!(
            "{fields} from EvalAI to the branch {branch} were proposed in pull request #{number}, which was closed; nothing was changed."
        ),
        PullState::Closed => String::new(),
    }
}

/// What the host does next about the pull request, if anything.
#[must_use]
pub fn next_step(pull: &PullRequest) -> Option<String> {
    let page = pull.url.as_deref().unwrap_or_default();
    match (pull.state, &pull.link) {
        (PullState::NotPermitted, Some(link)) => Some(format!("Open the pull request: {link}")),
        (PullState::Declined, _) => Some(format!(
            "Nothing is proposed again until EvalAI changes. To take these values after all, open {page} again; to keep the repository's, push the branch to EvalAI."
        )),
        (PullState::Closed, _) => None,
        _ if pull.number.is_some() => Some(match pull.why {
            Some(Why::FirstSync) => format!(
                "Compare the values in {page} and merge it to take EvalAI's. To keep the repository's, close it and push the branch to EvalAI."
            ),
            _ => format!("Look at {page} and merge it."),
        }),
        _ => None,
    }
}

/// Why there is a pull request, for a sentence that stands alone.
#[must_use]
pub fn reason(pull: &PullRequest) -> Option<String> {
    match &pull.why {
        Some(Why::Protected(message)) => Some(format!(
            "The branch is protected, so the changes are proposed in a pull request (`on-protected`): {message}"
        )),
        _ => None,
    }
}

/// The pull request as a link behind the branch, in Markdown; nothing if there is none.
pub(super) fn mention(pull: Option<&PullRequest>) -> String {
    let Some(pull) = pull else {
        return String::new();
    };
    let label = plain(&format!(
        "pull request #{}",
        pull.number.unwrap_or_default()
    ));
    match (&pull.url, &pull.link) {
        (Some(url), _) => format!(", {}", link(&label, url)),
        (None, Some(page)) => format!(", {}", link("open the pull request", page)),
        (None, None) => String::new(),
    }
}

/// The word for what became of it, for programs.
pub(super) fn word(state: PullState) -> &'static str {
    match state {
        PullState::Opened => "opened",
        PullState::Updated => "updated",
        PullState::Unchanged => "unchanged",
        PullState::Theirs => "left-alone",
        PullState::NotPermitted => "not-permitted",
        PullState::Declined => "declined",
        PullState::Closed => "closed",
    }
}
