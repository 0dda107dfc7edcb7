//! What a pull request says: its marks, its title, its commit. It names fields, never values.

use std::collections::BTreeSet;

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use super::message;
use super::plan::{Item, Plan};
use super::propose::{Branch, FIELD, Marks, Why};
use super::round::Round;
use super::settle::{Task, tree_changes};
use crate::action::inert;
use crate::challenge::side::Reading;
use crate::github::PATH;
use crate::repository::git::{self, Oid, Tip};

/// The trailer of the action's own commits; it holds the digest of what they change.
const TRAILER: &str = "Proposal: ";

/// What keeps workflows from starting, and with them a pull request's checks.
const SKIPS: [&str; 5] = [
    "[skip ci]",
    "[ci skip]",
    "[no ci]",
    "[skip actions]",
    "[actions skip]",
];

/// GitHub takes no longer title, in characters.
const LONGEST_TITLE: usize = 250;

/// How many digits of a mark stand for the field's value.
const VALUE: usize = 8;

/// What is to be proposed.
pub(super) struct Proposal {
    pub(super) why: Why,
    /// The fields, by name.
    pub(super) fields: Vec<String>,
    pub(super) marks: Marks,
    pub(super) title: String,
    /// The commit's message, without its trailer.
    pub(super) message: String,
    pub(super) changes: git::Changes,
    /// The branch's commit that it follows.
    pub(super) tip: Oid,
}

impl Proposal {
    pub(super) fn of(why: Why, round: &Round, task: &Task) -> Self {
        let written = round.plan.written();
        let fields: Vec<String> = written.map(|item| item.path.to_string()).collect();
        let named = message::named(&fields);
        let settings = &task.choices.settings.pull_request;
        let title = settings.title(&named, fields.len(), task.challenge_id);
        let title: String = inert(&title).chars().take(LONGEST_TITLE).collect();
        Self {
            why,
            marks: marks(&round.plan),
            title: without_skips(&title),
            message: without_skips(&message::about(&task.choices, &fields, task.challenge_id)),
            changes: tree_changes(round.changes.clone(), &round.files),
            tip: round.tip,
            fields,
        }
    }
}

/// A commit's message, once it is known what the commit changes.
pub(super) fn with_trailer(message: &str, content: Oid) -> String {
    format!("{message}\n{TRAILER}{content}\n")
}

/// The action's branch, and whether its newest commit is the action's own:
/// what it changes is what it says it does. A commit that somebody added or
/// amended does not say so.
pub(super) fn branch(tip: &Tip) -> Branch {
    let mut lines = tip.message.lines();
    let told = lines.find_map(|line| line.strip_prefix(TRAILER));
    let content = tip.content.map(|content| content.to_string());
    Branch {
        commit: tip.commit.to_string(),
        content: content.filter(|content| told == Some(content.as_str())),
    }
}

/// The page on which a person opens the pull request that the action may not open.
pub(super) fn link(pages: &str, base: &str, head: &str, title: &str) -> String {
    format!(
        "{pages}/compare/{}...{}?quick_pull=1&title={}",
        utf8_percent_encode(base, PATH),
        utf8_percent_encode(head, PATH),
        utf8_percent_encode(title, NON_ALPHANUMERIC)
    )
}

/// A value cannot be read from its mark, and is in the commit anyway.
fn marks(plan: &Plan) -> Marks {
    let mark = |item: &Item| {
        let value = item.written().value()?.to_json();
        let value = digest(&format!("{}\0{value}", item.path), VALUE);
        Some(field(item) + &value)
    };
    Marks(plan.written().filter_map(mark).collect())
}

/// The fields of `plan` that EvalAI told, by the digits their marks begin with.
pub(super) fn read(plan: &Plan) -> BTreeSet<String> {
    let told = |item: &&Item| !matches!(item.evalai, Reading::Unknown(_));
    plan.items.iter().filter(told).map(field).collect()
}

fn field(item: &Item) -> String {
    digest(&item.path.to_string(), FIELD)
}

fn digest(text: &str, length: usize) -> String {
    let digest = Oid::hash_object(git2::ObjectType::Blob, text.as_bytes());
    // Hashing what is in memory does not fail.
    let mut digest = digest.map_or_else(|_| String::new(), |digest| digest.to_string());
    digest.truncate(length);
    digest
}

/// The text with round brackets where the square ones would skip workflows:
/// names of a script's files come from EvalAI, and templates from the host.
fn without_skips(text: &str) -> String {
    let mut text = text.to_owned();
    for skip in SKIPS {
        while let Some(at) = text.to_ascii_lowercase().find(skip) {
            let end = at + skip.len();
            let inner = text[at + 1..end - 1].to_owned();
            text.replace_range(at..end, &format!("({inner})"));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_it_skips_a_workflow() {
        let text = without_skips("a [skip ci] b [CI Skip][no ci]");
        assert_eq!(text, "a (skip ci) b (CI Skip)(no ci)");
    }

    #[test]
    fn a_commit_is_the_actions_own_only_if_it_changes_what_it_says() {
        let content = Oid::from_str(&"a".repeat(40)).unwrap();
        let other = Oid::from_str(&"b".repeat(40)).unwrap();
        let tip = |message: &str, content| Tip {
            commit: other,
            message: message.to_owned(),
            content,
        };
        let ours = format!("Sync\n\n- title\n\n{TRAILER}{content}\n");
        for (tip, own) in [
            (tip(&ours, Some(content)), true),
            (tip(&ours, Some(other)), false),
            (tip(&ours, None), false),
            (tip("Review", Some(content)), false),
        ] {
            assert_eq!(branch(&tip).content.is_some(), own, "{tip:?}");
        }
    }

    #[test]
    fn a_link_holds_no_character_that_ends_it() {
        let link = link("https://h/o/r", "a b", "evalai-sync/1", "x & y \"z\"");
        let expected =
            "https://h/o/r/compare/a%20b...evalai-sync/1?quick_pull=1&title=x%20%26%20y%20%22z%22";
        assert_eq!(link, expected);
    }
}
