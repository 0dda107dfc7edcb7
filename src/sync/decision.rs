//! The three-way decision for one field.
//!
//! E is what EvalAI holds now, R what the repository holds now, and B the
//! base: the value on which both last agreed.
//!
//! | E = R | E = B | R = B | decision |
//! |---|---|---|---|
//! | yes | any | any | in sync |
//! | no | no | yes | EvalAI changed: take its value |
//! | no | yes | no | the repository changed: it is ahead, keep it |
//! | no | no | no | both changed: if EvalAI got its value from the branch, the repository is ahead; else a conflict: merged if that is wanted and can be, else settled by whose value shall win |
//! | no | B absent | | first sync: both sides differ, and nothing tells which is newer |

use crate::action::{FirstSync, Winner};
use crate::challenge::Value;
use crate::challenge::catalogue::{Absent, Edited, Kind, Scope};
use crate::challenge::path::FieldPath;
use crate::challenge::side::{Reading, Side};

/// What decides a field where its three values alone do not.
#[derive(Debug, Clone, Copy)]
pub struct Tiebreak<'a> {
    /// EvalAI holds a value that the field had in the branch since the last sync.
    pub from_here: bool,
    /// Both changes in one value, if the host wants that and it can be.
    pub merged: Option<&'a Value>,
    /// Whose value wins a conflict that is not merged.
    pub winner: Winner,
    /// What is done without a base.
    pub first_sync: FirstSync,
}

/// What a sync does about one field, and why.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// Both sides mean the same.
    InSync,
    /// Take EvalAI's value: only EvalAI changed.
    EvalAiChanged,
    /// Keep the repository's: only the repository changed; its push may be under way.
    RepositoryChanged,
    /// Keep the repository's: EvalAI holds a value that the branch had since
    /// the last sync, so it got it from here, and the branch has moved on.
    ArrivedFromHere,
    /// Take EvalAI's value: both changed, and the strategy says EvalAI.
    ConflictForEvalAi,
    /// Keep the repository's value: both changed, and the strategy says so.
    ConflictForRepository,
    /// Write a value with both changes in it.
    ConflictMerged,
    /// Leave the field alone: both changed, and a person has to settle it.
    ConflictOpen,
    /// Take EvalAI's value: there is no base, and the host said to commit.
    FirstSyncTaken,
    /// Leave the field alone in the branch: there is no base, and the host has not chosen.
    FirstSyncOpen,
    /// Leave the field alone: one side could not be read.
    Unreadable,
}

impl Decision {
    /// The repository gets another value: EvalAI's, or one with both changes in it.
    #[must_use]
    pub fn writes(self) -> bool {
        matches!(
            self,
            Self::EvalAiChanged
                | Self::ConflictForEvalAi
                | Self::ConflictMerged
                | Self::FirstSyncTaken
        )
    }

    /// The repository keeps a value that EvalAI has yet to get.
    #[must_use]
    pub fn is_ahead(self) -> bool {
        matches!(
            self,
            Self::RepositoryChanged | Self::ArrivedFromHere | Self::ConflictForRepository
        )
    }

    /// Both sides changed since they last agreed.
    #[must_use]
    pub fn is_conflict(self) -> bool {
        self.settled().is_some()
    }

    /// How a conflict is settled, in one word: by whose value, or by what.
    #[must_use]
    pub fn settled(self) -> Option<&'static str> {
        match self {
            Self::ConflictForEvalAi => Some("evalai"),
            Self::ConflictForRepository => Some("repository"),
            Self::ConflictMerged => Some("merged"),
            Self::ConflictOpen => Some("manual"),
            _ => None,
        }
    }

    /// Nothing in the branch is on its way to EvalAI or undecided, once this is carried out.
    #[must_use]
    pub fn settles(self) -> bool {
        let waits = matches!(
            self,
            Self::FirstSyncOpen | Self::ConflictOpen | Self::ConflictMerged
        );
        !waits && !self.is_ahead()
    }

    /// Both sides agree on EvalAI's value once this decision is carried out,
    /// or EvalAI's value is known to be the older one: it becomes the base.
    #[must_use]
    pub fn moves_base(self) -> bool {
        !matches!(
            self,
            Self::RepositoryChanged | Self::FirstSyncOpen | Self::ConflictOpen | Self::Unreadable
        )
    }
}

/// Decides a field of which both sides have a value (`None`: the repository
/// holds something that EvalAI would refuse, which equals nothing).
#[must_use]
pub fn decide(
    evalai: &Value,
    repository: Option<&Value>,
    base: Option<&Value>,
    tiebreak: Tiebreak<'_>,
) -> Decision {
    if repository == Some(evalai) {
        return Decision::InSync;
    }
    let Some(base) = base else {
        return match tiebreak.first_sync {
            FirstSync::Stop | FirstSync::PullRequest => Decision::FirstSyncOpen,
            FirstSync::Commit => Decision::FirstSyncTaken,
        };
    };
    match (evalai == base, repository == Some(base)) {
        (false, true) => Decision::EvalAiChanged,
        (true, _) => Decision::RepositoryChanged,
        (false, false) if tiebreak.from_here => Decision::ArrivedFromHere,
        (false, false) => conflict(repository, tiebreak),
    }
}

fn conflict(repository: Option<&Value>, tiebreak: Tiebreak<'_>) -> Decision {
    match (tiebreak.merged, tiebreak.winner) {
        // The repository has EvalAI's change already, and more.
        (Some(merged), _) if Some(merged) == repository => Decision::ConflictForRepository,
        (Some(_), _) => Decision::ConflictMerged,
        (None, Winner::Evalai) => Decision::ConflictForEvalAi,
        (None, Winner::Repository) => Decision::ConflictForRepository,
        (None, Winner::Nobody) => Decision::ConflictOpen,
    }
}

/// Decides a field by what both sides say of it; `included` if the host asked
/// for it to be kept in the repository.
///
/// An absent key is not a value: a push leaves most of EvalAI's values alone
/// while their keys are absent, and a present key overwrites the web UI at
/// every push. So a key is inserted only where the web UI can change the
/// field and EvalAI's value is not what an absent key stands for anyway.
#[must_use]
pub fn decide_reading(
    path: &FieldPath,
    evalai: &Side,
    repository: &Reading,
    base: Option<&Value>,
    included: bool,
    tiebreak: Tiebreak<'_>,
) -> Decision {
    let value = match (evalai.get(path), repository) {
        (Some(Reading::Value(value)), Reading::Unknown(_)) if Some(value) == base => {
            return Decision::InSync;
        }
        (_, Reading::Unknown(_)) => return Decision::Unreadable,
        (Some(Reading::Value(value)), _) => value,
        (_, Reading::Absent) => return Decision::InSync,
        _ => return Decision::Unreadable,
    };
    // A file that never was in the script EvalAI has is none of EvalAI's business.
    if path.field.scope == Scope::ScriptFile && *value == Value::Null && base.is_none() {
        return Decision::InSync;
    }
    // EvalAI fails every push with sponsors but the first: they are never inserted.
    if path.field.key == "sponsors" && *repository == Reading::Absent {
        return Decision::InSync;
    }
    let default = evalai.default_of(path);
    match repository {
        Reading::Value(repository) => decide(value, Some(repository), base, tiebreak),
        Reading::Absent if path.field.kind == Kind::File && included => {
            decide(value, Some(&Value::Null), base, tiebreak)
        }
        Reading::Absent if path.field.kind == Kind::File => Decision::InSync,
        Reading::Absent if path.field.absent == Absent::Resets => {
            decide(value, default.as_ref(), base, tiebreak)
        }
        Reading::Absent => match base {
            _ if default.as_ref() == Some(value) => Decision::InSync,
            _ if path.field.edited == Edited::ApiOnly && !included => Decision::InSync,
            None if default.is_none() => Decision::InSync,
            Some(base) if base == value => Decision::InSync,
            Some(_) => Decision::EvalAiChanged,
            None => decide(value, None, None, tiebreak),
        },
        Reading::Invalid { .. } | Reading::Unknown(_) => decide(value, None, base, tiebreak),
    }
}

#[cfg(test)]
mod tests {
    use super::Decision::*;
    use super::*;
    use crate::challenge::value::Value;
    use serde_json::{Value as Json, json};

    /// Every tiebreak that differs, but for what was merged.
    const TIEBREAKS: [Tiebreak<'static>; 6] = [
        tiebreak(Winner::Evalai, FirstSync::Stop),
        tiebreak(Winner::Repository, FirstSync::Stop),
        tiebreak(Winner::Nobody, FirstSync::Stop),
        tiebreak(Winner::Evalai, FirstSync::Commit),
        tiebreak(Winner::Repository, FirstSync::Commit),
        tiebreak(Winner::Nobody, FirstSync::Commit),
    ];
    const EVALAI: Tiebreak<'static> = TIEBREAKS[0];

    const fn tiebreak(winner: Winner, first_sync: FirstSync) -> Tiebreak<'static> {
        Tiebreak {
            from_here: false,
            merged: None,
            winner,
            first_sync,
        }
    }

    /// A field of every kind, with three values that mean different things.
    fn kinds() -> Vec<(FieldPath, [Value; 3])> {
        let kinds = [
            ("title", [json!("a"), json!("b"), json!("c")]),
            ("description", [json!("<p>a"), json!("<p>b"), json!(null)]),
            (
                "start_date",
                [
                    json!("2024-01-01T00:00:00Z"),
                    json!("2024-01-02T00:00:00Z"),
                    json!(null),
                ],
            ),
            ("published", [json!(true), json!(false), json!(null)]),
            ("max_team_members", [json!(1), json!(2), json!(null)]),
            (
                "allowed_email_domains",
                [json!(["a"]), json!(["b", "a"]), json!([])],
            ),
            ("tags", [json!(["a"]), json!(["b"]), json!([])]),
            (
                "phases.1.submission_meta_attributes",
                [json!([{"a": 1}]), json!([]), json!(null)],
            ),
            (
                "prizes",
                [
                    json!([{"rank": 1, "amount": "1USD"}]),
                    json!([]),
                    json!([{"rank": 2, "amount": "2USD"}]),
                ],
            ),
            (
                "image",
                [json!("1".repeat(40)), json!("2".repeat(40)), json!(null)],
            ),
        ];
        let read = |path: &FieldPath, json: &Json| Value::from_json(path.field.kind, json).unwrap();
        kinds
            .iter()
            .map(|(name, values)| {
                let path = FieldPath::parse(name).expect(name);
                let values = values.each_ref().map(|json| read(&path, json));
                (path, values)
            })
            .collect()
    }

    #[test]
    fn every_row_of_the_table_holds_for_every_kind_and_every_strategy() {
        // E, R and B by their place in a kind's three values; whether E came
        // from here; what comes of it for each tiebreak.
        type Row = (usize, usize, Option<usize>, bool, [Decision; 6]);

        let conflict = [ConflictForEvalAi, ConflictForRepository, ConflictOpen];
        let conflicts = [conflict, conflict].concat().try_into().unwrap();
        let (open, taken) = ([FirstSyncOpen; 3], [FirstSyncTaken; 3]);
        let first: [Decision; 6] = [open, taken].concat().try_into().unwrap();
        let rows: [Row; 9] = [
            (0, 0, None, false, [InSync; 6]),
            (0, 0, Some(0), false, [InSync; 6]),
            (0, 0, Some(1), true, [InSync; 6]),
            (1, 0, Some(0), false, [EvalAiChanged; 6]),
            (1, 0, Some(0), true, [EvalAiChanged; 6]),
            (0, 1, Some(0), false, [RepositoryChanged; 6]),
            (1, 2, Some(0), true, [ArrivedFromHere; 6]),
            (1, 2, Some(0), false, conflicts),
            (1, 0, None, true, first),
        ];
        let both = Value::text("both changes");
        for (path, values) in kinds() {
            for (evalai, repository, base, from_here, expected) in rows {
                for (tiebreak, expected) in TIEBREAKS.into_iter().zip(expected) {
                    let base = base.map(|index| &values[index]);
                    let tiebreak = Tiebreak {
                        from_here,
                        ..tiebreak
                    };
                    let (evalai, repository) = (&values[evalai], &values[repository]);
                    let decided = |tiebreak| decide(evalai, Some(repository), base, tiebreak);
                    let context =
                        format!("{path}: {evalai:?} {repository:?} {base:?} {tiebreak:?}");
                    assert_eq!(decided(tiebreak), expected, "{context}");
                    // What could be merged is, whoever would win; nothing else changes.
                    let is_conflict = expected.is_conflict();
                    let merged = |merged| Tiebreak {
                        merged: Some(merged),
                        ..tiebreak
                    };
                    let expected = if is_conflict {
                        ConflictMerged
                    } else {
                        expected
                    };
                    assert_eq!(decided(merged(&both)), expected, "{context}");
                    let expected = if is_conflict {
                        ConflictForRepository
                    } else {
                        expected
                    };
                    assert_eq!(decided(merged(repository)), expected, "{context}");
                }
            }
        }
    }

    #[test]
    fn a_value_that_evalai_would_refuse_is_never_equal_and_never_the_base() {
        let (a, b) = (Value::Int(1), Value::Int(2));
        assert_eq!(decide(&a, None, Some(&a), EVALAI), RepositoryChanged);
        assert_eq!(decide(&a, None, Some(&b), EVALAI), ConflictForEvalAi);
        assert_eq!(decide(&a, None, None, EVALAI), FirstSyncOpen);
    }

    #[test]
    fn an_absent_key_is_no_value() {
        // Field, what EvalAI holds, the base, and the decision.
        let rows = [
            ("is_registration_open", json!(true), None, InSync),
            ("is_registration_open", json!(false), None, FirstSyncOpen),
            (
                "is_registration_open",
                json!(false),
                Some(json!(true)),
                EvalAiChanged,
            ),
            (
                "is_registration_open",
                json!(false),
                Some(json!(false)),
                InSync,
            ),
            (
                "is_registration_open",
                json!(true),
                Some(json!(false)),
                InSync,
            ),
            // No edit in the web UI: the key is not inserted.
            ("enable_forum", json!(false), Some(json!(true)), InSync),
            ("allowed_email_domains", json!(["a"]), None, InSync),
            // No default is known: nothing tells that the value was changed, unless there is a base.
            ("title", json!("a"), None, InSync),
            ("title", json!("a"), Some(json!("b")), EvalAiChanged),
            // A push resets these, so an absent key says what EvalAI shall hold.
            ("tags", json!(["a"]), None, FirstSyncOpen),
            ("tags", json!(["a"]), Some(json!([])), EvalAiChanged),
            ("tags", json!(["a"]), Some(json!(["a"])), RepositoryChanged),
            ("tags", json!([]), None, InSync),
        ];
        for (name, held, base, expected) in rows {
            let path = FieldPath::parse(name).expect(name);
            let read = |json: &Json| Value::from_json(path.field.kind, json).unwrap();
            let mut evalai = Side::default();
            evalai.put(path.clone(), Reading::Value(read(&held)));
            let base = base.as_ref().map(read);
            let decision = decide_reading(
                &path,
                &evalai,
                &Reading::Absent,
                base.as_ref(),
                false,
                EVALAI,
            );
            assert_eq!(decision, expected, "{name}: {held} {base:?}");
        }
    }

    #[test]
    fn what_could_not_be_read_is_left_alone() {
        let path = FieldPath::parse("title").unwrap();
        let value = |text: &str| Reading::Value(Value::text(text));
        let unknown = Reading::Unknown("why".into());
        let rows = [
            (unknown.clone(), value("a"), Some("a"), Unreadable),
            (unknown.clone(), Reading::Absent, Some("a"), InSync),
            (value("a"), unknown.clone(), Some("a"), InSync),
            (value("b"), unknown.clone(), Some("a"), Unreadable),
            (value("b"), unknown, None, Unreadable),
        ];
        for (held, reading, base, expected) in rows {
            let mut evalai = Side::default();
            evalai.put(path.clone(), held.clone());
            let base = base.map(Value::text);
            let decision = decide_reading(
                &path,
                &evalai,
                &reading,
                base.as_ref(),
                false,
                tiebreak(Winner::Evalai, FirstSync::Commit),
            );
            assert_eq!(decision, expected, "{held:?} {reading:?}");
        }
    }
}
