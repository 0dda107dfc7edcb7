//! How a challenge stands: each field's state, the syncs so far, what the next run will do.

use jiff::Timestamp;

use super::history;
use super::words;
use crate::action::Look::{Faint, Marked, New, Plain, Strong};
use crate::action::Span;
use crate::challenge::path::Entity;
use crate::challenge::side::Reading;
use crate::challenge::value::Value;
use crate::repository::history::Sync;
use crate::sync::decision::Decision;
use crate::sync::outcome::Outcome;
use crate::sync::plan::Item;

/// Days before its end at which a token is worth a warning.
const SOON: u16 = 14;

/// All that is told of a challenge.
#[derive(Debug, Clone, Copy)]
pub struct Status<'a> {
    /// What a run would do now: a dry run's outcome.
    pub outcome: &'a Outcome,
    /// Every sync so far, newest first.
    pub syncs: &'a [Sync],
    /// When EvalAI's token expires, if it says so.
    pub expires: Option<Timestamp>,
    /// The time at which this holds.
    pub now: Timestamp,
    /// Where GitHub's pages are.
    pub server: &'a str,
}

/// How a field stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    /// Both sides mean the same.
    InSync,
    /// EvalAI is newer: the next run writes its value.
    Incoming,
    /// The repository is newer: EvalAI has yet to get its value.
    Ahead,
    /// Both sides changed.
    Conflict,
    /// Both sides differ, and the host has not chosen yet.
    Waiting,
    /// One side could not be read.
    Unknown,
}

impl State {
    /// All of them, in the order in which they are told: after the first, what most wants a
    /// person comes first.
    pub const ALL: [Self; 6] = [
        Self::InSync,
        Self::Conflict,
        Self::Waiting,
        Self::Unknown,
        Self::Incoming,
        Self::Ahead,
    ];

    /// The state of a field about which this was decided.
    #[must_use]
    pub fn of(decision: Decision) -> Self {
        match decision {
            Decision::Unreadable => Self::Unknown,
            Decision::FirstSyncOpen => Self::Waiting,
            decision if decision.is_conflict() => Self::Conflict,
            decision if decision.writes() => Self::Incoming,
            decision if decision.is_ahead() => Self::Ahead,
            _ => Self::InSync,
        }
    }

    /// A few words for people.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::InSync => "in sync",
            Self::Incoming => "newer on EvalAI",
            Self::Ahead => "ahead of EvalAI",
            Self::Conflict => "changed on both sides",
            Self::Waiting => "waiting for a choice",
            Self::Unknown => "not readable",
        }
    }

    /// What the next run does about such a field.
    #[must_use]
    pub fn next(self) -> &'static str {
        match self {
            Self::InSync => "Nothing to do.",
            Self::Incoming => "The next run writes EvalAI's value into the branch.",
            Self::Ahead => "The next run leaves this alone: EvalAI has yet to get it by a push.",
            Self::Conflict => "Both sides changed since they last agreed.",
            Self::Waiting => "The next run leaves this alone until you choose.",
            Self::Unknown => "The next run leaves this alone: one side does not read.",
        }
    }
}

/// Fields that belong together.
#[derive(Debug)]
pub struct Section<'a> {
    /// What they belong to.
    pub title: String,
    /// The fields.
    pub items: Vec<&'a Item>,
}

impl<'a> Status<'a> {
    /// How many fields are in `state`.
    #[must_use]
    pub fn count(&self, state: State) -> usize {
        self.of(state).count()
    }

    /// The fields in `state`.
    pub fn of(&self, state: State) -> impl Iterator<Item = &'a Item> {
        let items = self.outcome.plan.items.iter();
        items.filter(move |item| State::of(item.decision) == state)
    }

    /// All fields, by what they belong to: each phase for itself, all splits together.
    #[must_use]
    pub fn sections(&self) -> Vec<Section<'a>> {
        let mut sections: Vec<Section<'a>> = Vec::new();
        for item in &self.outcome.plan.items {
            let title = self.title_of(&item.path.entity);
            match sections.last_mut() {
                Some(section) if section.title == title => section.items.push(item),
                _ => sections.push(Section {
                    title,
                    items: vec![item],
                }),
            }
        }
        sections
    }

    fn title_of(&self, entity: &Entity) -> String {
        match entity {
            Entity::Challenge => "Challenge".to_owned(),
            Entity::Phase(id) => match self.name_of(entity) {
                Some(name) => format!("Phase {id}: {name}"),
                None => format!("Phase {id}"),
            },
            Entity::Leaderboard(_) => "Leaderboards".to_owned(),
            Entity::DatasetSplit(_) => "Dataset splits".to_owned(),
            Entity::PhaseSplit(_) => "Phase splits".to_owned(),
            Entity::ScriptFile(_) => "Evaluation script".to_owned(),
        }
    }

    /// What EvalAI calls it.
    fn name_of(&self, entity: &Entity) -> Option<String> {
        let mut items = self.outcome.plan.items.iter();
        let named = items.find(|item| item.path.entity == *entity && item.path.field.key == "name");
        match named?.evalai.value()? {
            Value::Text(name) => Some(name.clone()),
            _ => None,
        }
    }

    /// How the token stands, and whether that wants attention.
    #[must_use]
    pub fn token(&self) -> (String, bool) {
        let Some(expires) = self.expires else {
            return ("It does not say when it expires.".to_owned(), false);
        };
        let date = expires.strftime("%-d %B %Y");
        let days = self.days_left().unwrap_or_default();
        let left = words::count(usize::from(days), "day");
        (format!("Valid until {date}, {left} from now."), days < SOON)
    }

    /// How many whole days EvalAI's token is still good, if it says so.
    #[must_use]
    pub fn days_left(&self) -> Option<u16> {
        let hours = self.expires?.duration_since(self.now).as_hours();
        Some(u16::try_from(hours.max(0) / 24).unwrap_or(u16::MAX))
    }

    /// The whole in a few words.
    #[must_use]
    pub fn headline(&self) -> String {
        let told = State::ALL.into_iter().skip(1).filter_map(|state| {
            let count = self.count(state);
            (count > 0).then(|| format!("{count} {}", state.words()))
        });
        let told: Vec<_> = told.collect();
        match (&told[..], self.outcome.plan.only_in_repository.is_empty()) {
            ([], true) => "In sync".to_owned(),
            ([], false) => "Ahead of EvalAI".to_owned(),
            (told, _) => words::capitalised(&told.join(", ")),
        }
    }
}

/// What a field holds, shortened; what not everybody may see is counted, not shown.
#[must_use]
pub fn held(item: &Item, most: usize) -> String {
    let value = match &item.evalai {
        Reading::Value(_) => &item.evalai,
        _ => &item.repository,
    };
    words::pair(&item.path, value, &Reading::Absent, most)
        .0
        .to_string()
}

/// The lines that tell `status` in a terminal.
#[must_use]
pub fn lines(status: &Status<'_>) -> Vec<Vec<Span>> {
    let outcome = status.outcome;
    let plain = |text: String| vec![Span::new(Plain, text)];
    let mut lines = vec![
        vec![
            Span::new(Strong, status.headline()),
            Span::new(
                Faint,
                format!(
                    "  {} of {} in sync",
                    status.count(State::InSync),
                    words::count(outcome.plan.items.len(), "field")
                ),
            ),
        ],
        plain(format!(
            "Challenge {}, \"{}\", on {}",
            outcome.challenge_id, outcome.title, outcome.evalai
        )),
        plain(format!(
            "Repository {}, branch {}",
            outcome.repository, outcome.branch
        )),
    ];
    lines.extend(fields(status));
    lines.extend(words::structure(outcome).into_iter().map(plain));
    if let Some(next) = words::next_step(outcome) {
        lines.push(plain(next));
    }
    lines.push(plain(match status.syncs.first() {
        Some(sync) => format!(
            "Last sync: {}, {}, {} in all",
            sync.when.strftime("%Y-%m-%d %H:%M UTC"),
            history::set_off(sync),
            words::count(status.syncs.len(), "sync")
        ),
        None => "Last sync: none is recorded yet".to_owned(),
    }));
    let (token, wants_attention) = status.token();
    let look = if wants_attention { Marked } else { Plain };
    lines.push(vec![Span::new(look, format!("Token: {token}"))]);
    lines
}

/// The fields that are not in sync, by state.
fn fields(status: &Status<'_>) -> Vec<Vec<Span>> {
    let mut lines = Vec::new();
    for state in State::ALL.into_iter().skip(1) {
        let items: Vec<_> = status.of(state).collect();
        if items.is_empty() {
            continue;
        }
        let title = words::capitalised(state.words());
        lines.push(vec![
            Span::new(
                Strong,
                format!("{title}: {}", words::count(items.len(), "field")),
            ),
            Span::new(Faint, format!("  {}", state.next())),
        ]);
        for item in items {
            let (repository, evalai) = words::values(item);
            let remark = words::remark(item, status.outcome);
            let remark = remark.map_or_else(String::new, |remark| format!("  ({remark})"));
            lines.push(vec![
                Span::new(Plain, format!("  {}  ", item.path)),
                Span::new(Faint, "branch "),
                Span::new(Plain, repository.to_string()),
                Span::new(Faint, "  EvalAI "),
                Span::new(New, evalai.to_string()),
                Span::new(Faint, remark),
            ]);
        }
    }
    lines
}
