use std::collections::BTreeSet;

use super::*;

const INTERVAL: Duration = Duration::from_secs(20);
/// The most that EvalAI is asked in a minute.
const MOST: u32 = 40;
/// How long EvalAI takes to answer.
const ANSWER: Duration = Duration::from_millis(400);

/// A simulated watch: every request that was sent, in time.
struct Run {
    requests: Vec<(Duration, Task)>,
}

/// Watches `challenges` for `length`; each has `files` files to be known. `event` is told the time
/// before each request.
fn run(
    challenges: u64,
    files: usize,
    length: Duration,
    mut event: impl FnMut(&mut Schedule, Duration),
) -> Run {
    let mut schedule = Schedule::new(INTERVAL, MOST);
    let mut now = Duration::ZERO;
    let mut requests = Vec::new();
    let mut answers: VecDeque<(Duration, Task)> = VecDeque::new();
    let mut known = false;
    while now < length {
        while answers.front().is_some_and(|(time, _)| *time <= now) {
            let (_, task) = answers.pop_front().unwrap();
            schedule.done(&task);
            if task == Task::List && !known {
                known = true;
                schedule.watch(&(1..=challenges).map(|id| (id, true)).collect(), now);
                for (id, file) in (1..=challenges).flat_map(|id| (0..files).map(move |f| (id, f))) {
                    schedule.file(id, &file.to_string(), Haste::Spare, false, now);
                }
            }
        }
        event(&mut schedule, now);
        match schedule.next(now) {
            Next::Ask(task) => {
                schedule.start(&task, now);
                answers.push_back((now + ANSWER, task.clone()));
                requests.push((now, task));
            }
            Next::Wait(until) => {
                let answer = answers.front().map_or(until, |(time, _)| *time);
                now = until.min(answer).max(now + Duration::from_millis(1));
            }
        }
    }
    Run { requests }
}

impl Run {
    /// The longest time between two requests of a kind, also at the end.
    fn longest(&self, length: Duration, is_kind: impl Fn(&Task) -> bool) -> Duration {
        let mut last: BTreeMap<&Task, Duration> = BTreeMap::new();
        let mut longest = Duration::ZERO;
        for (time, task) in self.requests.iter().filter(|(_, task)| is_kind(task)) {
            let before = last.insert(task, *time).unwrap_or_default();
            longest = longest.max(time.saturating_sub(before));
        }
        let open = last.values().map(|time| length.saturating_sub(*time)).max();
        longest.max(open.unwrap_or(length))
    }

    /// The most requests in any minute.
    fn most_in_a_minute(&self) -> usize {
        let times: Vec<_> = self.requests.iter().map(|(time, _)| *time).collect();
        let minutes = times.iter().enumerate().map(|(index, start)| {
            let end = *start + Duration::from_mins(1);
            times[index..]
                .iter()
                .take_while(|time| **time < end)
                .count()
        });
        minutes.max().unwrap_or_default()
    }
}

fn is_part(task: &Task) -> bool {
    matches!(task, Task::Part(_, Part::Phases | Part::Worker))
}

fn is_list(task: &Task) -> bool {
    *task == Task::List
}

#[test]
fn every_edit_is_seen_in_time_and_the_limit_is_kept() {
    // An edit is told a fifth of an interval after it was seen, so that what follows joins it.
    let told = Schedule::hold(INTERVAL) + ANSWER;
    let length = Duration::from_hours(3);
    for (challenges, files, fits) in [
        (1, 5, true),
        (5, 5, true),
        (20, 0, true),
        (20, 5, true),
        (21, 5, true),
        (22, 0, true),
        (23, 0, false),
        (30, 0, false),
        (100, 0, false),
    ] {
        let run = run(challenges, files, length, |_, _| ());
        let (list, parts) = Schedule::bounds(INTERVAL);
        assert_eq!((list.as_secs(), parts.as_secs()), (30, 90));
        let most = run.most_in_a_minute();
        assert!(most <= MOST as usize, "{challenges}: {most} in a minute");
        // However many they are, the list keeps its time.
        let seen = run.longest(length, is_list) + told;
        assert!(seen <= list, "{challenges}: list after {seen:?}");
        let seen = run.longest(length, is_part) + told;
        let count = usize::try_from(challenges).unwrap();
        match Schedule::new(INTERVAL, MOST).stretched(count) {
            None => {
                assert!(fits && seen <= parts, "{challenges}: parts after {seen:?}");
            }
            Some(stretched) => {
                assert!(!fits && stretched > parts, "{challenges}: {stretched:?}");
                // What is said of more is about what holds.
                let share = seen.as_secs_f64() / stretched.as_secs_f64();
                assert!(
                    (0.8..1.2).contains(&share),
                    "{challenges}: {seen:?} of {stretched:?}"
                );
            }
        }
        // Nobody starves.
        let asked: BTreeSet<_> = run.requests.iter().map(|(_, task)| task).collect();
        assert_eq!(asked.len(), 1 + count * (3 + files), "{challenges}");
    }
}

#[test]
fn few_challenges_are_not_asked_more_often_than_it_serves() {
    let run = run(1, 0, Duration::from_mins(10), |_, _| ());
    let count = |is_kind: fn(&Task) -> bool| {
        let requests = run.requests.iter().filter(|(_, task)| is_kind(task));
        requests.count()
    };
    assert_eq!(count(is_list), 30);
    assert_eq!(count(is_part), 2 * 10);
    assert_eq!(count(|task| matches!(task, Task::Part(_, Part::Splits))), 5);
}

#[test]
fn files_of_another_server_do_not_count_and_come_one_by_one() {
    let second = Duration::from_secs;
    let mut schedule = Schedule::new(INTERVAL, MOST);
    schedule.start(&Task::List, second(0));
    schedule.file(1, "a", Haste::Spare, true, second(0));
    schedule.file(1, "b", Haste::Spare, true, second(0));
    let (first, then) = (Task::File(1, "a".into()), Task::File(1, "b".into()));
    assert_eq!(schedule.next(second(0)), Next::Ask(first.clone()));
    schedule.start(&first, second(0));
    assert_ne!(schedule.next(second(1)), Next::Ask(then.clone()));
    schedule.done(&first);
    assert_eq!(schedule.next(second(1)), Next::Ask(then));
    assert_eq!(schedule.in_the_last_minute(second(1)), 1);
}

#[test]
fn a_push_of_one_challenge_delays_none_of_twenty_beyond_the_bound() {
    let length = Duration::from_mins(30);
    let mut pushes = 0;
    let run = run(20, 0, length, |schedule, now| {
        // One challenge is pushed every four minutes: all parts, and four files with new addresses.
        if now.as_secs() >= 240 * (pushes + 1) {
            pushes += 1;
            schedule.hurry(pushes, now);
            for file in 0..4 {
                schedule.file(pushes, &file.to_string(), Haste::AtOnce, false, now);
            }
        }
    });
    assert_eq!(pushes, 7);
    let files = run
        .requests
        .iter()
        .filter(|(_, task)| matches!(task, Task::File(..)));
    assert_eq!(files.count(), 4 * 7);
    let told = Schedule::hold(INTERVAL) + ANSWER;
    let (list, parts) = Schedule::bounds(INTERVAL);
    assert!(run.longest(length, is_list) + told <= list);
    let seen = run.longest(length, is_part) + told;
    assert!(seen <= parts, "{seen:?}");
    assert!(run.most_in_a_minute() <= MOST as usize);
}

#[test]
fn a_pause_is_kept_and_nothing_is_asked_twice_at_once() {
    let mut schedule = Schedule::new(INTERVAL, MOST);
    let second = Duration::from_secs;
    assert_eq!(schedule.next(second(0)), Next::Ask(Task::List));
    schedule.start(&Task::List, second(0));
    assert_ne!(
        schedule.next(second(30)),
        Next::Ask(Task::List),
        "it is under way"
    );
    schedule.done(&Task::List);
    schedule.pause(second(90));
    assert_eq!(schedule.next(second(30)), Next::Wait(second(90)));
    assert_eq!(schedule.next(second(90)), Next::Ask(Task::List));
}

#[test]
fn who_is_gone_is_asked_no_more_and_who_has_no_queue_has_no_worker() {
    let mut schedule = Schedule::new(INTERVAL, MOST);
    schedule.start(&Task::List, Duration::ZERO);
    schedule.watch(&BTreeMap::from([(1, true), (2, false)]), Duration::ZERO);
    schedule.file(1, "image", Haste::Spare, false, Duration::ZERO);
    schedule.watch(&BTreeMap::from([(2, false)]), Duration::ZERO);
    let left: Vec<_> = schedule.tasks.keys().cloned().collect();
    assert_eq!(
        left,
        [
            Task::List,
            Task::Part(2, Part::Phases),
            Task::Part(2, Part::Splits)
        ]
    );
}
