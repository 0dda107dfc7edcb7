//! Who has to be told: what EvalAI says now, against what each repository was told of. Pure.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::fingerprint::{File, Fingerprint};
use super::schedule::{Haste, Part};

/// The key of the challenge's own fields among the digests; the others are [`Part::name`]s.
pub(super) const CHALLENGE: &str = "challenge";

/// What a repository was told of, as far as it has to be remembered. Digests only.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Told {
    /// The digest of each answer.
    pub answers: BTreeMap<String, String>,
    /// Its files, by field.
    pub files: BTreeMap<String, Content>,
}

/// A file's content.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Content {
    /// The digest of its address.
    pub place: String,
    /// The id of its content, if it was ever fetched.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
}

/// A dispatch that is due.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Due {
    /// The challenge.
    pub challenge: u64,
    /// `owner/name` of its repository.
    pub repository: String,
    /// The fields that changed, where all of them are known.
    pub fields: Option<Vec<String>>,
    /// What its repository is told of by it.
    pub tells: Told,
    /// The fields that are behind it.
    known: BTreeMap<String, Fingerprint>,
}

/// One challenge.
#[derive(Debug, Default)]
struct Watched {
    repository: String,
    /// `None`: its repository was never told anything.
    told: Option<Told>,
    /// What fields made up the answers that were told, where this process saw them.
    known: BTreeMap<String, Fingerprint>,
    seen: BTreeMap<String, Fingerprint>,
    files: BTreeMap<String, Seen>,
    /// The parts that were asked for, with or without success.
    asked: BTreeSet<Part>,
    /// When a change is told; `None` if there is none.
    ripe: Option<Duration>,
    sending: bool,
    refusals: u32,
}

/// A file as it is now.
#[derive(Debug)]
struct Seen {
    content: Content,
    /// Whose answer named it.
    source: String,
    /// Whether all that can be known of it is known.
    settled: bool,
}

/// The ledger of all challenges.
#[derive(Debug)]
pub(super) struct Ledger {
    /// How long a change waits for others.
    hold: Duration,
    challenges: BTreeMap<u64, Watched>,
}

impl Ledger {
    /// A ledger that begins with what was told before.
    #[must_use]
    pub(super) fn new(told: BTreeMap<u64, Told>, hold: Duration) -> Self {
        let challenges = told.into_iter().map(|(id, told)| {
            let watched = Watched {
                told: Some(told),
                ..Watched::default()
            };
            (id, watched)
        });
        Self {
            hold,
            challenges: challenges.collect(),
        }
    }

    /// Watches these challenges, by id and repository, and no others.
    pub(super) fn watch(&mut self, challenges: &BTreeMap<u64, String>) {
        self.challenges.retain(|id, _| challenges.contains_key(id));
        for (id, repository) in challenges {
            let watched = self.challenges.entry(*id).or_default();
            watched.repository.clone_from(repository);
        }
    }

    /// How many challenges are watched.
    #[must_use]
    pub(super) fn count(&self) -> usize {
        self.challenges.len()
    }

    /// What was told, to be remembered.
    #[must_use]
    pub(super) fn told(&self) -> BTreeMap<u64, Told> {
        let challenges = self.challenges.iter();
        let told = challenges.filter_map(|(id, watched)| Some((*id, watched.told.clone()?)));
        told.collect()
    }

    /// `part` was asked for, whatever came of it: a part that cannot be had keeps nobody waiting.
    pub(super) fn asked(&mut self, id: u64, part: Part, now: Duration) {
        if let Some(watched) = self.challenges.get_mut(&id) {
            watched.asked.insert(part);
            watched.ripen(now, self.hold);
        }
    }

    /// Takes the answer `key` of challenge `id`; returns the files to fetch, and whether the
    /// challenge just began to differ from what was told.
    pub(super) fn see(
        &mut self,
        id: u64,
        key: &str,
        fingerprint: Fingerprint,
        files: Vec<File>,
        now: Duration,
    ) -> (Vec<(File, Haste)>, bool) {
        let Some(watched) = self.challenges.get_mut(&id) else {
            return (Vec::new(), false);
        };
        watched.seen.insert(key.to_owned(), fingerprint);
        let named: BTreeSet<_> = files.iter().map(|file| file.name.clone()).collect();
        watched
            .files
            .retain(|name, seen| seen.source != key || named.contains(name));
        let wanted = files.into_iter().filter_map(|file| {
            let haste = watched.see_file(key, &file)?;
            Some((file, haste))
        });
        let wanted = wanted.collect();
        (wanted, watched.ripen(now, self.hold))
    }

    /// Takes the content of a file, or that it cannot be had.
    pub(super) fn see_content(
        &mut self,
        id: u64,
        file: &File,
        content: Option<String>,
        now: Duration,
    ) {
        let Some(watched) = self.challenges.get_mut(&id) else {
            return;
        };
        if let Some(seen) = watched.files.get_mut(&file.name)
            && seen.content.place == file.place
        {
            seen.content.id = content.or(seen.content.id.take());
            seen.settled = true;
        }
        watched.ripen(now, self.hold);
    }

    /// The dispatches that are due at `now`; they count as under way.
    pub(super) fn due(&mut self, now: Duration) -> Vec<Due> {
        let ripe = self.challenges.iter_mut().filter(|(_, watched)| {
            !watched.sending && watched.ripe.is_some_and(|ripe| ripe <= now)
        });
        let due = ripe.map(|(id, watched)| {
            watched.sending = true;
            Due {
                challenge: *id,
                repository: watched.repository.clone(),
                fields: watched.differing(),
                tells: watched.tells(),
                known: watched.seen.clone(),
            }
        });
        due.collect()
    }

    /// When the next dispatch is due, if one is.
    #[must_use]
    pub(super) fn next_due(&self) -> Option<Duration> {
        let waiting = self.challenges.values().filter(|watched| !watched.sending);
        waiting.filter_map(|watched| watched.ripe).min()
    }

    /// The dispatch was accepted.
    pub(super) fn accepted(&mut self, due: &Due, now: Duration) {
        let Some(watched) = self.challenges.get_mut(&due.challenge) else {
            return;
        };
        watched.sending = false;
        watched.refusals = 0;
        watched.told = Some(due.tells.clone());
        watched.known.clone_from(&due.known);
        watched.ripe = None;
        watched.ripen(now, self.hold);
    }

    /// The dispatch was refused: after a pause, which grows from `first` to `most`, it is due
    /// again. Returns the pause.
    pub(super) fn refused(
        &mut self,
        due: &Due,
        first: Duration,
        most: Duration,
        now: Duration,
    ) -> Duration {
        let Some(watched) = self.challenges.get_mut(&due.challenge) else {
            return first;
        };
        let pause = first
            .saturating_mul(1 << watched.refusals.min(16))
            .min(most);
        watched.refusals += 1;
        watched.sending = false;
        watched.ripe = Some(now + pause);
        pause
    }
}

impl Watched {
    /// How soon the content of a file is wanted that an answer names.
    fn see_file(&mut self, key: &str, file: &File) -> Option<Haste> {
        let before = self.files.get(&file.name).map(|seen| &seen.content);
        let told = self.told.as_ref();
        let known = before.or_else(|| told?.files.get(&file.name));
        let same = known.filter(|content| content.place == file.place);
        let haste = match (same, known) {
            (Some(Content { id: Some(_), .. }), _) => file.in_place.then_some(Haste::Again),
            (Some(_), _) => Some(Haste::Spare),
            // Nobody was told anything yet, so it can wait.
            (None, None) if told.is_none() => Some(Haste::Spare),
            (None, _) => Some(Haste::AtOnce),
        };
        let content = Content {
            place: file.place.clone(),
            id: same.and_then(|content| content.id.clone()),
        };
        let is_under_way = before.is_some_and(|content| content.place == file.place)
            && haste == Some(Haste::Spare);
        let seen = Seen {
            settled: content.id.is_some(),
            content,
            source: key.to_owned(),
        };
        if !is_under_way {
            self.files.insert(file.name.clone(), seen);
        }
        haste.filter(|_| !is_under_way)
    }

    /// Notes from when on there is something to tell; true if that is new. What differs in its
    /// first sight only is taken as it is.
    fn ripen(&mut self, now: Duration, hold: Duration) -> bool {
        self.adopt();
        if !self.is_changed() {
            if !self.sending && self.refusals == 0 {
                self.ripe = None;
            }
            return false;
        }
        if self.ripe.is_some() || self.sending {
            return false;
        }
        // Whoever was never told is told once, when all is known.
        let hold = if self.told.is_none() {
            Duration::ZERO
        } else {
            hold
        };
        self.ripe = Some(now + hold);
        true
    }

    /// Takes over what tells of no change: the first sight of phase splits, which come last, the
    /// first content of a file, and a new address of the same content.
    fn adopt(&mut self) {
        let Some(told) = &mut self.told else { return };
        let splits = Part::Splits.name();
        if let Some(seen) = self.seen.get(splits) {
            let answers = &mut told.answers;
            answers
                .entry(splits.to_owned())
                .or_insert_with(|| seen.digest.clone());
        }
        for (name, seen) in &self.files {
            if let Some(known) = told.files.get_mut(name)
                && seen.content.id.is_some()
                && (known.id == seen.content.id
                    || (known.id.is_none() && known.place == seen.content.place))
            {
                *known = seen.content.clone();
            }
        }
        for (key, seen) in &self.seen {
            if told.answers.get(key) == Some(&seen.digest) {
                self.known
                    .entry(key.clone())
                    .or_insert_with(|| seen.clone());
            }
        }
    }

    fn is_changed(&self) -> bool {
        let Some(told) = &self.told else {
            let asked = |part: &Part| self.asked.contains(part);
            return self.seen.contains_key(CHALLENGE)
                && [Part::Worker, Part::Phases].iter().all(asked);
        };
        let differs =
            |(key, seen): (&String, &Fingerprint)| told.answers.get(key) != Some(&seen.digest);
        self.seen.iter().any(differs) || !self.changed_files(told).is_empty()
    }

    fn changed_files(&self, told: &Told) -> Vec<String> {
        let changed = self.files.iter().filter(|(name, seen)| {
            seen.settled
                && match told.files.get(*name) {
                    None => true,
                    Some(known) if known.id.is_some() && seen.content.id.is_some() => {
                        known.id != seen.content.id
                    }
                    Some(known) => known.place != seen.content.place,
                }
        });
        changed.map(|(name, _)| name.clone()).collect()
    }

    /// The fields that changed, if all of them can be named.
    fn differing(&self) -> Option<Vec<String>> {
        let told = self.told.as_ref()?;
        let mut fields = self.changed_files(told);
        for (key, seen) in &self.seen {
            if told.answers.get(key) != Some(&seen.digest) {
                fields.extend(self.known.get(key)?.differing(seen));
            }
        }
        Some(fields)
    }

    /// What a dispatch tells of now.
    fn tells(&self) -> Told {
        let mut tells = self.told.clone().unwrap_or_default();
        let answers = self.seen.iter();
        tells
            .answers
            .extend(answers.map(|(key, seen)| (key.clone(), seen.digest.clone())));
        let known = self.told.is_some();
        // What is not settled yet may still turn out to be a change.
        let files = self.files.iter().filter(|(_, seen)| seen.settled || !known);
        tells
            .files
            .extend(files.map(|(name, seen)| (name.clone(), seen.content.clone())));
        tells
    }
}

#[cfg(test)]
mod tests;
