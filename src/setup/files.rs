//! What becomes of each file: written, edited, left, or in the way.

use super::Facts;
use super::push::{self, Patch};
use super::workflow::{self, DISPATCHED, SCHEDULED};

/// What is in the clone now.
#[derive(Clone, Debug, Default)]
pub struct Here {
    /// The workflows of the clone: path from the root, and bytes.
    pub workflows: Vec<(String, Vec<u8>)>,
    /// The same of the default branch, where the clone is at another one.
    pub at_default: Vec<(String, Vec<u8>)>,
}

/// What becomes of one file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// Its path from the root, with `/`.
    pub path: String,
    /// What it holds now, if it is there.
    pub before: Option<Vec<u8>>,
    /// What becomes of it.
    pub fate: Fate,
}

/// What becomes of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It is written like this; what that does is told in half sentences.
    Written {
        /// Its bytes.
        bytes: Vec<u8>,
        /// What that does.
        done: Vec<String>,
    },
    /// It is as it should be.
    Same,
    /// It is as it should be on the default branch.
    AtDefault,
    /// Somebody wrote it differently: it is left alone. These would be its bytes.
    InTheWay(Vec<u8>),
    /// Its shape is not known: it is left alone, and these lines are to be added by hand.
    ByHand {
        /// Why.
        reason: String,
        /// The lines.
        lines: String,
    },
}

/// What is to be done.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// The files.
    pub files: Vec<File>,
    /// What was left alone, and why; sentences' ends.
    pub left: Vec<String>,
    /// Whether a workflow pushes the repository to EvalAI at all.
    pub has_push: bool,
}

/// Decides what becomes of every file. With `force` what was written differently is overwritten.
#[must_use]
pub fn plan(facts: &Facts, here: &Here, force: bool) -> Plan {
    let mut plan = Plan::default();
    let wanted = [
        (SCHEDULED, workflow::scheduled(facts)),
        (DISPATCHED, workflow::dispatched(facts)),
    ];
    for (path, text) in wanted {
        plan.files.push(own(path, text.into_bytes(), here, force));
    }
    let pushing = here
        .workflows
        .iter()
        .filter(|(path, bytes)| path != SCHEDULED && path != DISPATCHED && push::is_push(bytes));
    for (path, bytes) in pushing {
        plan.has_push = true;
        // The workflow of the branch that is pushed is the one that runs.
        if facts.is_at_challenge() {
            let (fate, left) = patched(bytes, facts);
            plan.left
                .extend(left.into_iter().map(|what| format!("{path}: {what}")));
            plan.files.push(File {
                path: path.clone(),
                before: Some(bytes.clone()),
                fate,
            });
        }
    }
    plan
}

fn own(path: &str, bytes: Vec<u8>, here: &Here, force: bool) -> File {
    let find = |files: &[(String, Vec<u8>)]| {
        let found = files.iter().find(|(known, _)| known == path);
        found.map(|(_, bytes)| bytes.clone())
    };
    let before = find(&here.workflows);
    let fate = match (&before, find(&here.at_default)) {
        (Some(before), _) if same(before, &bytes) => Fate::Same,
        (None, Some(there)) if same(&there, &bytes) => Fate::AtDefault,
        (Some(_), _) if !force => Fate::InTheWay(bytes),
        _ => Fate::Written {
            bytes,
            done: Vec::new(),
        },
    };
    File {
        path: path.to_owned(),
        before,
        fate,
    }
}

/// Equal but for line endings, which git may convert.
fn same(one: &[u8], other: &[u8]) -> bool {
    let lines = |bytes: &[u8]| String::from_utf8_lossy(bytes).replace("\r\n", "\n");
    lines(one) == lines(other)
}

fn patched(bytes: &[u8], facts: &Facts) -> (Fate, Vec<String>) {
    match push::patch(bytes, facts) {
        Patch::Edited { bytes, done, left } => (Fate::Written { bytes, done }, left),
        Patch::AsItShould { left } => (Fate::Same, left),
        Patch::Unknown { reason, lines } => (Fate::ByHand { reason, lines }, Vec::new()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::setup::tests::facts;

    fn fates(facts: &Facts, here: &Here, force: bool) -> Vec<(String, &'static str)> {
        let name = |fate: Fate| match fate {
            Fate::Written { .. } => "written",
            Fate::Same => "same",
            Fate::AtDefault => "at default",
            Fate::InTheWay(_) => "in the way",
            Fate::ByHand { .. } => "by hand",
        };
        let files = plan(facts, here, force).files.into_iter();
        files
            .map(|file| {
                (
                    file.path.rsplit('/').next().unwrap().to_owned(),
                    name(file.fate),
                )
            })
            .collect()
    }

    fn named(files: &[(&str, &str)]) -> Vec<(String, &'static str)> {
        let leaked = |text: &str| -> &'static str { Box::leak(text.to_owned().into_boxed_str()) };
        files
            .iter()
            .map(|(path, fate)| ((*path).to_owned(), leaked(fate)))
            .collect()
    }

    fn with(files: Vec<(&str, String)>) -> Vec<(String, Vec<u8>)> {
        let file = |(path, text): (&str, String)| (path.to_owned(), text.into_bytes());
        files.into_iter().map(file).collect()
    }

    #[test]
    fn a_file_that_somebody_wrote_is_overwritten_only_when_asked() {
        let facts = facts();
        let own = |path| (path, "on: push\n".to_owned());
        let crlf = workflow::dispatched(&facts).replace('\n', "\r\n");
        let here = Here {
            workflows: with(vec![own(SCHEDULED), (DISPATCHED, crlf)]),
            ..Here::default()
        };
        let expected = named(&[
            ("evalai-sync.yml", "in the way"),
            ("evalai-sync-dispatch.yml", "same"),
        ]);
        assert_eq!(fates(&facts, &here, false), expected);
        assert_eq!(fates(&facts, &here, true)[0].1, "written");
    }

    #[test]
    fn what_the_default_branch_has_already_is_not_written_to_another() {
        let facts = Facts {
            default_branch: Some("main".into()),
            ..facts()
        };
        let here = Here {
            at_default: with(vec![(SCHEDULED, workflow::scheduled(&facts))]),
            ..Here::default()
        };
        let expected = named(&[
            ("evalai-sync.yml", "at default"),
            ("evalai-sync-dispatch.yml", "written"),
        ]);
        assert_eq!(fates(&facts, &here, false), expected);
    }

    #[test]
    fn the_push_workflow_is_edited_only_where_it_counts() {
        let push = ".github/workflows/process_challenge.yml";
        let here = Here {
            workflows: with(vec![(
                push,
                "on: push\njobs: {} # challenge_processing_script.py\n".into(),
            )]),
            ..Here::default()
        };
        let at_challenge = fates(&facts(), &here, false);
        assert_eq!(
            at_challenge[2],
            ("process_challenge.yml".to_owned(), "by hand")
        );
        let elsewhere = Facts {
            checked_out: Some("main".into()),
            ..facts()
        };
        assert_eq!(fates(&elsewhere, &here, false).len(), 2);
    }
}
