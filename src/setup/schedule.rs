//! When the sync runs, and what that costs.

use super::stable;

/// How often the sync runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Every {
    /// Four times an hour.
    QuarterHour,
    /// Twice an hour.
    HalfHour,
    /// Once an hour.
    #[default]
    Hour,
    /// Four times a day.
    SixHours,
    /// Once a day.
    Day,
}

/// The minutes that a free plan has for private repositories, each month.
const FREE_MINUTES: u32 = 2_000;

impl Every {
    /// All of them, the most frequent first.
    pub const ALL: [Self; 5] = [
        Self::QuarterHour,
        Self::HalfHour,
        Self::Hour,
        Self::SixHours,
        Self::Day,
    ];

    /// What the flag `--every` calls it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::QuarterHour => "15m",
            Self::HalfHour => "30m",
            Self::Hour => "1h",
            Self::SixHours => "6h",
            Self::Day => "1d",
        }
    }

    /// The one that the flag calls `name`.
    #[must_use]
    pub fn of(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|every| every.name() == name)
    }

    /// The five fields of cron for `repository`: at a minute of its own, since
    /// schedules at full and quarter hours start late or are dropped.
    #[must_use]
    pub fn cron(self, repository: &str) -> String {
        let hash = stable(repository);
        // Below 15, so that the same minute serves all; none that is round.
        let minutes: Vec<u64> = (1..15).filter(|minute| minute % 5 != 0).collect();
        let first = minutes[usize::try_from(hash % 12).unwrap_or_default()];
        let quarter = (hash / 12) % 4 * 15;
        let hour = (hash / 48) % 24;
        match self {
            Self::QuarterHour => {
                let all = [0, 15, 30, 45].map(|more| (first + more).to_string());
                format!("{} * * * *", all.join(","))
            }
            Self::HalfHour => format!("{first},{} * * * *", first + 30),
            Self::Hour => format!("{} * * * *", first + quarter),
            Self::SixHours => {
                let all = [0, 6, 12, 18].map(|more| (hour % 6 + more).to_string());
                format!("{} {} * * *", first + quarter, all.join(","))
            }
            Self::Day => format!("{} {hour} * * *", first + quarter),
        }
    }

    /// How many runs that makes in a month, each billed as a full minute.
    #[must_use]
    pub fn minutes_a_month(self) -> u32 {
        match self {
            Self::QuarterHour => 2_920,
            Self::HalfHour => 1_460,
            Self::Hour => 730,
            Self::SixHours => 122,
            Self::Day => 30,
        }
    }

    /// In words: `once an hour`.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::QuarterHour => "every 15 minutes",
            Self::HalfHour => "every 30 minutes",
            Self::Hour => "once an hour",
            Self::SixHours => "every 6 hours",
            Self::Day => "once a day",
        }
    }
}

/// What each choice costs, with a mark at the one that was made.
#[must_use]
pub fn costs(chosen: Every) -> Vec<String> {
    let mut lines = vec![
        "What a schedule costs in a private repository, where each run is billed as a full minute (public ones are free):".to_owned(),
    ];
    for every in Every::ALL {
        let mark = if every == chosen { '>' } else { ' ' };
        let minutes = every.minutes_a_month();
        let verdict = if minutes > FREE_MINUTES {
            ", more than the 2,000 that a free plan has"
        } else {
            ""
        };
        lines.push(format!(
            "{mark} --every {:<3}  {:>5} minutes a month{verdict}",
            every.name(),
            thousands(minutes)
        ));
    }
    lines.push(
        "An edit that has to arrive at once does not need a shorter interval, but a dispatch."
            .to_owned(),
    );
    lines
}

fn thousands(number: u32) -> String {
    if number < 1_000 {
        number.to_string()
    } else {
        format!("{},{:03}", number / 1_000, number % 1_000)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_minute_belongs_to_the_repository_and_is_never_a_round_one() {
        let mut seen = std::collections::BTreeSet::new();
        for number in 0..500 {
            let repository = format!("host/challenge-{number}");
            let cron = Every::Hour.cron(&repository);
            assert_eq!(cron, Every::Hour.cron(&repository));
            let minute: u32 = cron.strip_suffix(" * * * *").unwrap().parse().unwrap();
            assert!(minute < 60 && !minute.is_multiple_of(5), "{cron}");
            seen.insert(minute);
        }
        assert_eq!(seen.len(), 48, "all of them are used");
    }

    #[test]
    fn each_interval_has_its_cron() {
        let crons = Every::ALL.map(|every| every.cron("host/challenge"));
        let expected = [
            "7,22,37,52 * * * *",
            "7,37 * * * *",
            "52 * * * *",
            "52 1,7,13,19 * * *",
            "52 13 * * *",
        ];
        assert_eq!(crons, expected);
    }

    #[test]
    fn a_flag_names_each_interval() {
        for every in Every::ALL {
            assert_eq!(Every::of(every.name()), Some(every));
        }
        assert_eq!(Every::of("5m"), None);
    }

    #[test]
    fn what_each_choice_costs_is_told() {
        let costs = costs(Every::Hour).join("\n");
        assert!(
            costs.contains("  --every 15m  2,920 minutes a month, more than the 2,000"),
            "{costs}"
        );
        assert!(
            costs.contains("> --every 1h     730 minutes a month\n"),
            "{costs}"
        );
    }
}
