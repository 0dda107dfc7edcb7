//! Two values side by side, shortened so that what differs stays in sight.

use std::fmt;

use similar::{ChangeTag, TextDiff};

/// The most characters of a value that are shown in a log or a table of values.
pub const MOST: usize = 60;

/// How far the end of a long change is looked for, in characters.
const WINDOW: usize = 400;

/// How far a change is widened so that it begins and ends between words.
const WORD: usize = 12;

/// A value's text on one line, shortened.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Excerpt {
    /// What is the same before the change.
    pub before: String,
    /// What differs from the other value.
    pub change: String,
    /// What is the same after it.
    pub after: String,
}

impl Excerpt {
    /// A text without another to compare it with.
    #[must_use]
    pub fn whole(text: &str) -> Self {
        Self::within(text, MOST)
    }

    /// The same, shortened to `most` characters.
    #[must_use]
    pub fn within(text: &str, most: usize) -> Self {
        let line: Vec<char> = one_line(text).chars().collect();
        Self {
            change: head(&line, most),
            ..Self::default()
        }
    }

    /// True if it shows something that both values have.
    #[must_use]
    pub fn has_context(&self) -> bool {
        !(self.before.is_empty() && self.after.is_empty())
    }
}

impl fmt::Display for Excerpt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}{}", self.before, self.change, self.after)
    }
}

/// Both texts, each shortened to `most` characters around what the other does not have: around
/// the first place at fault if there are several and both do not fit.
#[must_use]
pub fn contrast(old: &str, new: &str, most: usize) -> (Excerpt, Excerpt) {
    let [old, new] = [old, new].map(|text| one_line(text).chars().collect::<Vec<_>>());
    let shorter = old.len().min(new.len());
    let same = |pairs: usize, equal: &dyn Fn(usize) -> bool| {
        (0..pairs).take_while(|index| equal(*index)).count()
    };
    let start = between_words(&old, same(shorter, &|index| old[index] == new[index]));
    let end = same(shorter - start, &|index| {
        old[old.len() - 1 - index] == new[new.len() - 1 - index]
    });
    let backwards: Vec<char> = old.iter().rev().copied().collect();
    let end = between_words(&backwards, end);
    let [mut old_stop, mut new_stop] = [old.len() - end, new.len() - end];
    if old_stop.max(new_stop) - start > most / 2 {
        let (in_old, in_new) = first_change(&old[start..old_stop], &new[start..new_stop]);
        (old_stop, new_stop) = (start + in_old, start + in_new);
    }
    (
        around(&old, start, old_stop, most),
        around(&new, start, new_stop, most),
    )
}

/// How much of two texts that begin differently is different, until words follow that they share.
fn first_change(old: &[char], new: &[char]) -> (usize, usize) {
    let window = |text: &[char]| text.iter().take(WINDOW).collect::<String>();
    let (old, new) = (window(old), window(new));
    let diff = TextDiff::from_words(&old, &new);
    let (mut in_old, mut in_new, mut spaces) = (0, 0, 0);
    for change in diff.iter_all_changes() {
        let length = change.value().chars().count();
        match change.tag() {
            ChangeTag::Equal if change.value().trim().is_empty() => spaces += length,
            ChangeTag::Equal => break,
            tag => {
                // White space between two changes belongs to them.
                let between = std::mem::take(&mut spaces);
                (in_old, in_new) = (in_old + between, in_new + between);
                if tag == ChangeTag::Delete {
                    in_old += length;
                } else {
                    in_new += length;
                }
            }
        }
    }
    (in_old, in_new)
}

/// The text on one line, each run of white space a single space.
fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// `at`, or a little less, so that no word is cut there.
fn between_words(text: &[char], at: usize) -> usize {
    let cuts_word = |at: usize| {
        at > 0 && at < text.len() && text[at - 1].is_alphanumeric() && text[at].is_alphanumeric()
    };
    let fits = (at.saturating_sub(WORD)..=at).rev();
    fits.into_iter().find(|at| !cuts_word(*at)).unwrap_or(at)
}

/// The excerpt of a text that differs from `start` to `stop`, of at most `most` characters.
fn around(text: &[char], start: usize, stop: usize, most: usize) -> Excerpt {
    if text.len() <= most {
        let part = |range: &[char]| range.iter().collect();
        return Excerpt {
            before: part(&text[..start]),
            change: part(&text[start..stop]),
            after: part(&text[stop..]),
        };
    }
    // The change comes first, then a little of what is before it, which has a place however
    // long the change is, then what is after it.
    let little = start.min(most / 3);
    let change = head(&text[start..stop], most - little);
    let left = most - change.chars().count();
    let after = head(&text[stop..], left - little);
    let left = left - after.chars().count();
    Excerpt {
        before: tail(&text[..start], left),
        change,
        after,
    }
}

fn head(text: &[char], most: usize) -> String {
    if text.len() <= most {
        text.iter().collect()
    } else if most == 0 {
        String::new()
    } else {
        text[..most - 1].iter().chain(['…'].iter()).collect()
    }
}

fn tail(text: &[char], most: usize) -> String {
    if text.len() <= most {
        text.iter().collect()
    } else {
        let kept = &text[text.len() + 1 - most..];
        ['…'].iter().chain(kept).collect()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// An excerpt with its change in brackets.
    fn marked(excerpt: &Excerpt) -> String {
        let Excerpt {
            before,
            change,
            after,
        } = excerpt;
        format!("{before}[{change}]{after}")
    }

    #[test]
    fn what_differs_is_in_sight() {
        let long = "The quick brown fox jumps over the lazy dog and runs away through the woods.";
        let table = [
            ("", "new", "[]", "[new]"),
            ("Challenge", "Change", "[Challenge]", "[Change]"),
            (
                "Number Challenge",
                "Number Challenge, 2nd",
                "Number Challenge[]",
                "Number Challenge[, 2nd]",
            ),
            (
                "2099-05-31 23:59:59 UTC",
                "2099-06-30 23:59:59 UTC",
                "2099-[05-31] 23:59:59 UTC",
                "2099-[06-30] 23:59:59 UTC",
            ),
            ("a\n  b", "a c", "a [b]", "a [c]"),
            (
                long,
                &long.replace("lazy", "sleeping"),
                "…fox jumps over the [lazy] dog and runs away through the wood…",
                "…fox jumps over the [sleeping] dog and runs away through the …",
            ),
            (
                long,
                &format!("{long} And back."),
                "…ox jumps over the lazy dog and runs away through the woods.[]",
                "…ver the lazy dog and runs away through the woods.[ And back.]",
            ),
            (
                long,
                &long.replace("quick", "slow").replace("runs away", "hides"),
                "The [quick] brown fox jumps over the lazy dog and runs away t…",
                "The [slow] brown fox jumps over the lazy dog and hides throug…",
            ),
            (
                "ab",
                &"x".repeat(100),
                "[ab]",
                &format!("[{}…]", "x".repeat(59)),
            ),
        ];
        for (old, new, old_shown, new_shown) in table {
            let (before, after) = contrast(old, new, MOST);
            assert_eq!(marked(&before), old_shown, "{old} / {new}");
            assert_eq!(marked(&after), new_shown, "{old} / {new}");
        }
    }

    proptest! {
        #[test]
        fn an_excerpt_is_short_and_true(
            old in "[ab 👩é\n]{0,90}",
            new in "[ab 👩é\n]{0,90}",
            most in 12_usize..=MOST,
        ) {
            let (before, after) = contrast(&old, &new, most);
            for (excerpt, text) in [(&before, one_line(&old)), (&after, one_line(&new))] {
                prop_assert!(excerpt.to_string().chars().count() <= most);
                if text.chars().count() <= most {
                    prop_assert_eq!(excerpt.to_string(), text);
                } else {
                    let shown = excerpt.to_string();
                    let kept = shown.split('…').max_by_key(|part| part.len()).unwrap_or_default();
                    prop_assert!(text.contains(kept), "{kept} in {text}");
                }
            }
            if one_line(&old) != one_line(&new) {
                prop_assert_ne!(before.change, after.change);
            }
        }
    }
}
