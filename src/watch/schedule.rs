//! When EvalAI is asked what, so that every edit is seen in time and the rate limit is kept. Pure: the clock is told.
//!
//! One request for the team's list shows every field of every challenge itself. What else the web
//! UI edits takes two requests a challenge: its worker's settings (the evaluation script) and its
//! phases (with the annotations). Phase splits, which only the API edits, come third.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

/// The time over which requests are counted: a minute, and half a second since some take longer on their way.
const WINDOW: Duration = Duration::from_millis(60_500);

/// A part of one challenge that has a request of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Part {
    /// The settings of its worker, with the evaluation script.
    Worker,
    /// Its phases, with their annotations.
    Phases,
    /// Its phase splits.
    Splits,
}

impl Part {
    /// All of them.
    pub(super) const ALL: [Self; 3] = [Self::Worker, Self::Phases, Self::Splits];

    /// Its name in the state file.
    #[must_use]
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Worker => "worker",
            Self::Phases => "phases",
            Self::Splits => "phase_splits",
        }
    }
}

/// Something to ask EvalAI for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Task {
    /// The team's challenges.
    List,
    /// A part of the challenge with this id.
    Part(u64, Part),
    /// The content of one of its files, by the name of the field.
    File(u64, String),
}

/// How soon a file's content is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Haste {
    /// It may have changed.
    AtOnce,
    /// It is only to be known, should it change one day.
    Spare,
    /// It may change under the same address, so it is looked at again and again.
    Again,
}

/// What to do next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// Ask this now.
    Ask(Task),
    /// Ask nothing before this time.
    Wait(Duration),
}

/// From when on a task may be asked again, and until when it should be.
#[derive(Clone, Copy, Debug)]
struct Due {
    earliest: Duration,
    deadline: Duration,
    /// The time before the deadline in which it becomes urgent.
    window: Duration,
    /// Another server answers, so it does not count.
    elsewhere: bool,
}

impl Due {
    /// How much of its window is over at `now`: 1 at the deadline. What is the most urgent goes
    /// first, so that of too many all are late in proportion. The list goes before all: it is
    /// one request for every challenge, and has the shortest bound.
    fn urgency(&self, task: &Task, now: Duration) -> f64 {
        if *task == Task::List {
            return f64::INFINITY;
        }
        let late = now.as_secs_f64() - self.deadline.as_secs_f64();
        1.0 + late / self.window.as_secs_f64()
    }
}

/// The schedule. Times are counted from the start of the process.
#[derive(Debug)]
pub(super) struct Schedule {
    interval: Duration,
    spacing: Duration,
    /// Before this time nothing is asked.
    slot: Duration,
    /// The deadline of the last file that is only to be known.
    spare: Duration,
    tasks: BTreeMap<Task, Due>,
    /// What is not answered yet, and whether it is another server that answers.
    under_way: BTreeMap<Task, bool>,
    recent: VecDeque<Duration>,
}

impl Schedule {
    /// Asks for the list every `interval`, and for nothing more often than `per_minute` times a minute.
    #[must_use]
    pub(super) fn new(interval: Duration, per_minute: u32) -> Self {
        let now = Due {
            earliest: Duration::ZERO,
            deadline: interval,
            window: interval,
            elsewhere: false,
        };
        Self {
            interval,
            spacing: WINDOW / per_minute.max(1),
            slot: Duration::ZERO,
            spare: Duration::ZERO,
            tasks: BTreeMap::from([(Task::List, now)]),
            under_way: BTreeMap::new(),
            recent: VecDeque::new(),
        }
    }

    /// Within this time the last request of each kind is to be answered: the list within one
    /// and a half intervals, parts within four and a half (30 and 90 seconds of 20).
    #[must_use]
    pub(super) fn bounds(interval: Duration) -> (Duration, Duration) {
        (interval * 3 / 2, interval * 9 / 2)
    }

    /// How long a change waits for others of the same challenge before it is told.
    #[must_use]
    pub(super) fn hold(interval: Duration) -> Duration {
        interval / 5
    }

    /// The least and the most time between two requests.
    fn pace(&self, task: &Task) -> (Duration, Duration) {
        let interval = self.interval;
        match task {
            Task::List => (interval, interval * 5 / 4),
            Task::Part(_, Part::Splits) => (interval * 6, interval * 24),
            // Half an interval less than the bound: for the answer, the hold, and a push of another challenge.
            Task::Part(..) | Task::File(..) => (interval * 3, interval * 4),
        }
    }

    /// When `task` is asked again that is asked at `now`.
    fn again(&self, task: &Task, elsewhere: bool, now: Duration) -> Due {
        let (least, most) = self.pace(task);
        Due {
            earliest: now + least,
            deadline: now + most,
            window: most,
            elsewhere,
        }
    }

    /// Watches these challenges and no others; those with a queue have a worker to ask for.
    pub(super) fn watch(&mut self, challenges: &BTreeMap<u64, bool>, now: Duration) {
        self.tasks.retain(|task, _| match task {
            Task::List => true,
            Task::Part(id, _) | Task::File(id, _) => challenges.contains_key(id),
        });
        let count = u32::try_from(challenges.len()).unwrap_or(u32::MAX);
        for ((&id, &has_queue), index) in challenges.iter().zip(0..) {
            for part in Part::ALL {
                let task = Task::Part(id, part);
                if part == Part::Worker && !has_queue {
                    self.tasks.remove(&task);
                } else if !self.tasks.contains_key(&task) {
                    let mut due = self.again(&task, false, now);
                    // At once; but what comes third is spread, so as never to be in the way of the rest.
                    let first = match part {
                        Part::Splits => now + due.window * index / count,
                        _ => now,
                    };
                    (due.earliest, due.deadline) = (first, first);
                    self.tasks.insert(task, due);
                }
            }
        }
    }

    /// Wants the content of a file of challenge `id`, which another server than EvalAI may keep.
    pub(super) fn file(
        &mut self,
        id: u64,
        name: &str,
        haste: Haste,
        elsewhere: bool,
        now: Duration,
    ) {
        let task = Task::File(id, name.to_owned());
        let mut due = self.again(&task, elsewhere, now);
        match haste {
            Haste::AtOnce => {
                due.earliest = now;
                due.deadline = now;
                due.window = Self::hold(self.interval);
            }
            // Spread, so that they never come together in the way of the rest.
            Haste::Spare => {
                self.spare = self.spare.max(now) + self.interval * 4;
                due.earliest = now;
                due.deadline = self.spare;
                due.window = self.interval * 24;
            }
            // Not put off by each answer that names the file again.
            Haste::Again if self.tasks.contains_key(&task) => return,
            Haste::Again => {}
        }
        self.tasks.insert(task, due);
    }

    /// Asks for every part of challenge `id` soon: what changed one of them mostly changed others, too.
    pub(super) fn hurry(&mut self, id: u64, now: Duration) {
        let deadline = now + Self::hold(self.interval);
        for part in Part::ALL {
            if let Some(due) = self.tasks.get_mut(&Task::Part(id, part)) {
                due.earliest = due.earliest.min(now);
                due.deadline = due.deadline.min(deadline);
            }
        }
    }

    /// What to do at `now`.
    #[must_use]
    pub(super) fn next(&self, now: Duration) -> Next {
        let idle = || {
            let tasks = self.tasks.iter();
            tasks.filter(|(task, _)| !self.under_way.contains_key(task))
        };
        let ready = || idle().filter(|(_, due)| due.earliest <= now);
        let earliest = |(_, due): (&Task, &Due)| due.earliest.max(now);
        // One at a time of what does not count.
        if !self.is_busy_elsewhere()
            && let Some((task, _)) = ready().find(|(_, due)| due.elsewhere)
        {
            return Next::Ask(task.clone());
        }
        let counted = ready().filter(|(_, due)| !due.elsewhere);
        let first = counted.max_by(|one, other| {
            one.1
                .urgency(one.0, now)
                .total_cmp(&other.1.urgency(other.0, now))
        });
        match first {
            Some((task, _)) if self.slot <= now => Next::Ask(task.clone()),
            Some(_) => Next::Wait(self.slot),
            None => {
                let wait = idle().map(earliest).min().unwrap_or_default();
                Next::Wait(wait.max(now + Duration::from_millis(1)))
            }
        }
    }

    fn is_busy_elsewhere(&self) -> bool {
        let mut under_way = self.under_way.iter();
        under_way.any(|(_, elsewhere)| *elsewhere)
    }

    /// `task` is asked for at `now`.
    pub(super) fn start(&mut self, task: &Task, now: Duration) {
        let elsewhere = self.tasks.get(task).is_some_and(|due| due.elsewhere);
        if !elsewhere {
            self.count(now);
        }
        if let Task::File(..) = task {
            self.tasks.remove(task);
        } else {
            let due = self.again(task, elsewhere, now);
            self.tasks.insert(task.clone(), due);
        }
        self.under_way.insert(task.clone(), elsewhere);
    }

    /// The answer took one request more than one, as that of a list with several pages does.
    pub(super) fn count(&mut self, now: Duration) {
        self.slot = self.slot.max(now) + self.spacing;
        self.recent.push_back(now);
        self.forget(now);
    }

    /// `task` is answered, one way or the other.
    pub(super) fn done(&mut self, task: &Task) {
        self.under_way.remove(task);
    }

    /// `task`, which failed, is asked for again after an interval.
    pub(super) fn retry(&mut self, task: &Task, now: Duration) {
        let interval = self.interval;
        if let Some(due) = self.tasks.get_mut(task) {
            due.earliest = due.earliest.min(now + interval);
            due.deadline = due.deadline.min(now + interval * 2);
        }
    }

    /// Nothing is asked before `until`.
    pub(super) fn pause(&mut self, until: Duration) {
        self.slot = self.slot.max(until);
    }

    /// The requests of the last minute.
    pub(super) fn in_the_last_minute(&mut self, now: Duration) -> usize {
        self.forget(now);
        self.recent.len()
    }

    fn forget(&mut self, now: Duration) {
        let minute = Duration::from_mins(1);
        while self
            .recent
            .front()
            .is_some_and(|time| *time + minute <= now)
        {
            self.recent.pop_front();
        }
    }

    /// Within what time the parts of so many challenges are seen, if that is more than the bound.
    #[must_use]
    pub(super) fn stretched(&self, challenges: usize) -> Option<Duration> {
        let often = |part| {
            let (_, most) = self.pace(&Task::Part(0, part));
            most.as_secs_f64().recip()
        };
        let count = f64::from(u32::try_from(challenges).unwrap_or(u32::MAX));
        let asked: f64 = Part::ALL.into_iter().map(often).sum::<f64>() * count;
        let capacity = self.spacing.as_secs_f64().recip() - self.interval.as_secs_f64().recip();
        let stretch = asked / capacity.max(f64::MIN_POSITIVE);
        let (_, bound) = Self::bounds(self.interval);
        let (_, most) = self.pace(&Task::Part(0, Part::Phases));
        (stretch > 1.0).then(|| bound + most.mul_f64((stretch - 1.0).min(1e6)))
    }
}

#[cfg(test)]
mod tests;
