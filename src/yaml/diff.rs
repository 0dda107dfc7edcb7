//! Which items of a sequence stay, change, go and come.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use super::value::Value;

/// Above this many comparisons items are matched in order only.
const MAX_COMPARISONS: usize = 1 << 20;

/// An item that stays or changes (both indexes), goes (`old` only) or comes (`new` only).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Step {
    pub(super) old: Option<usize>,
    pub(super) new: Option<usize>,
}

/// The steps from `old` to `new`, in order. Equal items are matched such that most of them stay; between those, items
/// are matched in order, as changed ones.
pub(super) fn steps(old: &[Value], new: &[Value]) -> Vec<Step> {
    let prefix = old.iter().zip(new).take_while(|(a, b)| a == b).count();
    let rest = old.len().min(new.len()) - prefix;
    let suffix = old
        .iter()
        .rev()
        .zip(new.iter().rev())
        .take(rest)
        .take_while(|(a, b)| a == b)
        .count();
    let (old_end, new_end) = (old.len() - suffix, new.len() - suffix);
    let common = common_items(&old[prefix..old_end], &new[prefix..new_end]);

    let ends = (0..suffix).map(|k| (old_end + k, new_end + k));
    let kept = (0..prefix)
        .map(|i| (i, i))
        .chain(common.into_iter().map(|(a, b)| (a + prefix, b + prefix)))
        .chain(ends);

    let mut steps = Vec::new();
    let (mut i, mut j) = (0, 0);
    // The step of what is kept is the first of those up to what is kept next.
    for (a, b) in kept.chain([(old.len(), new.len())]) {
        while i < a || j < b {
            let step = Step {
                old: (i < a).then_some(i),
                new: (j < b).then_some(j),
            };
            i += usize::from(step.old.is_some());
            j += usize::from(step.new.is_some());
            steps.push(step);
        }
    }
    steps
}

/// A longest common subsequence, as pairs of indexes.
fn common_items(old: &[Value], new: &[Value]) -> Vec<(usize, usize)> {
    let width = new.len() + 1;
    if old.len().saturating_mul(new.len()) > MAX_COMPARISONS {
        return Vec::new();
    }
    let prints = |items: &[Value]| items.iter().map(fingerprint).collect::<Vec<_>>();
    let (old_prints, new_prints) = (prints(old), prints(new));
    let are_equal = |i: usize, j: usize| old_prints[i] == new_prints[j] && old[i] == new[j];
    let mut lengths = vec![0_u32; (old.len() + 1) * width];
    for i in (0..old.len()).rev() {
        for j in (0..new.len()).rev() {
            lengths[i * width + j] = if are_equal(i, j) {
                lengths[(i + 1) * width + j + 1] + 1
            } else {
                lengths[(i + 1) * width + j].max(lengths[i * width + j + 1])
            };
        }
    }
    let (mut i, mut j) = (0, 0);
    let mut common = Vec::new();
    while i < old.len() && j < new.len() {
        if are_equal(i, j) {
            common.push((i, j));
            (i, j) = (i + 1, j + 1);
        } else if lengths[(i + 1) * width + j] == lengths[i * width + j] {
            i += 1;
        } else {
            j += 1;
        }
    }
    common
}

/// Tells most values that differ from one another without comparing them; equal values have the same.
fn fingerprint(value: &Value) -> u64 {
    let mut hasher = DefaultHasher::new();
    match value {
        Value::Seq(items) => items
            .iter()
            .for_each(|item| fingerprint(item).hash(&mut hasher)),
        Value::Map(pairs) => {
            // Their order does not count.
            let each = pairs.iter().map(|(key, value)| {
                let mut hasher = DefaultHasher::new();
                (fingerprint(key), fingerprint(value)).hash(&mut hasher);
                hasher.finish()
            });
            each.fold(0, u64::wrapping_add).hash(&mut hasher);
        }
        scalar => scalar.key_id().hash(&mut hasher),
    }
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn described(old: &str, new: &str) -> String {
        let values = |text: &str| {
            text.chars()
                .map(|c| Value::from(c.to_string()))
                .collect::<Vec<_>>()
        };
        let (old, new) = (values(old), values(new));
        let describe = |step: Step| match (step.old, step.new) {
            (Some(a), Some(b)) if old[a] == new[b] => format!("={}", old[a].as_str().unwrap()),
            (Some(a), Some(b)) => {
                format!("{}>{}", old[a].as_str().unwrap(), new[b].as_str().unwrap())
            }
            (Some(a), None) => format!("-{}", old[a].as_str().unwrap()),
            (None, Some(b)) => format!("+{}", new[b].as_str().unwrap()),
            (None, None) => unreachable!(),
        };
        steps(&old, &new)
            .into_iter()
            .map(describe)
            .collect::<Vec<_>>()
            .join(" ")
    }

    #[test]
    fn equal_items_stay_and_the_others_are_matched_in_order() {
        for (old, new, expected) in [
            ("abc", "abc", "=a =b =c"),
            ("abc", "ac", "=a -b =c"),
            ("ac", "abc", "=a +b =c"),
            ("abc", "axc", "=a b>x =c"),
            ("ab", "ba", "-a =b +a"),
            ("abcd", "xbcy", "a>x =b =c d>y"),
            ("aa", "aaa", "=a =a +a"),
            ("abcde", "cxe", "-a -b =c d>x =e"),
            ("abcde", "axcye", "=a b>x =c d>y =e"),
            ("axbcd", "aybcd", "=a x>y =b =c =d"),
            ("xabc", "abc", "-x =a =b =c"),
        ] {
            assert_eq!(described(old, new), expected, "{old} -> {new}");
        }
    }

    /// The length of a longest common subsequence, by its definition.
    fn most_in_common(old: &[u8], new: &[u8]) -> usize {
        match (old, new) {
            ([a, old @ ..], [b, new @ ..]) if a == b => 1 + most_in_common(old, new),
            ([_, fewer_old @ ..], [_, fewer_new @ ..]) => {
                most_in_common(fewer_old, new).max(most_in_common(old, fewer_new))
            }
            _ => 0,
        }
    }

    #[test]
    fn as_many_items_stay_as_can() {
        let mut words = vec![String::new()];
        for length in 0..4 {
            let longer: Vec<_> = words
                .iter()
                .filter(|word| word.len() == length)
                .flat_map(|word| ["a", "b", "c"].map(|c| format!("{word}{c}")))
                .collect();
            words.extend(longer);
        }
        // Between two letters that are in no word, so that all of a word is between its ends.
        for (old, new) in words
            .iter()
            .flat_map(|old| words.iter().map(move |new| (old, new)))
        {
            let steps = described(&format!("1{old}2"), &format!("3{new}4"));
            let kept = steps.matches('=').count();
            assert_eq!(
                kept,
                most_in_common(old.as_bytes(), new.as_bytes()),
                "{old} {new}: {steps}"
            );
        }
    }

    #[test]
    fn long_sequences_are_matched_in_order_only() {
        let numbers = |range: std::ops::Range<i64>| range.map(Value::Int).collect::<Vec<_>>();
        for (length, expected) in [(1024, (1023, 1)), (1025, (0, 0))] {
            // Each item is one place further up in the new one.
            let (old, new) = (numbers(0..length), numbers(1..length + 1));
            let steps = steps(&old, &new);
            let kept = steps.iter().filter(|step| match (step.old, step.new) {
                (Some(a), Some(b)) => old[a] == new[b],
                _ => false,
            });
            let gone = steps.iter().filter(|step| step.new.is_none());
            assert_eq!((kept.count(), gone.count()), expected, "{length}");
        }
    }
}
