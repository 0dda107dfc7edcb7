//! Merging by line, as `git merge` does it.

use git2::MergeFileInput;

use super::GitError;

/// A last line that nobody changes: libgit2 hands an empty result over as a
/// null pointer, which `git2` takes for a slice.
const END: &str = "\n";

/// Both what `ours` and what `theirs` changed of `base`; `None` where they
/// changed the same lines, or lines side by side, in different ways.
///
/// # Errors
/// If libgit2 refuses the texts: one has more than 2 GiB.
pub fn merge(base: &str, ours: &str, theirs: &str) -> Result<Option<String>, GitError> {
    // `merge_file` is the one call that does not start libgit2 itself; a buffer does.
    let _started = git2::Buf::new();
    let texts = [base, ours, theirs].map(|text| text.to_owned() + END);
    let inputs = texts.each_ref().map(|text| {
        let mut input = MergeFileInput::new();
        input.content(text.as_bytes());
        input
    });
    let [base, ours, theirs] = &inputs;
    let merged = git2::merge_file(base, ours, theirs, None)
        .map_err(GitError::git("merge two texts".to_owned()))?;
    if !merged.is_automergeable() {
        return Ok(None);
    }
    let text = String::from_utf8_lossy(merged.content());
    Ok(text.strip_suffix(END).map(str::to_owned))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A text of few different lines, so that changes often meet.
    fn text() -> impl Strategy<Value = String> {
        let line = prop_oneof!["[a-d]", Just(String::new()), Just("<p>x</p>".to_owned())];
        prop::collection::vec(line, 0..12).prop_map(|lines| {
            let lines: Vec<_> = lines.iter().map(|line| format!("{line}\n")).collect();
            lines.concat()
        })
    }

    proptest! {
        #[test]
        fn a_side_that_did_not_change_gives_way_to_the_other(base in text(), other in text()) {
            prop_assert_eq!(merge(&base, &base, &other).unwrap(), Some(other.clone()));
            prop_assert_eq!(merge(&base, &other, &base).unwrap(), Some(other));
        }

        #[test]
        fn what_both_sides_did_alike_is_no_conflict(base in text(), both in text()) {
            prop_assert_eq!(merge(&base, &both, &both).unwrap(), Some(both));
        }

        #[test]
        fn it_does_not_matter_whose_change_comes_first(base in text(), ours in text(), theirs in text()) {
            let (one, other) = (merge(&base, &ours, &theirs), merge(&base, &theirs, &ours));
            prop_assert_eq!(one.unwrap(), other.unwrap());
        }

        #[test]
        fn a_merge_has_no_line_that_nobody_wrote(base in text(), ours in text(), theirs in text()) {
            if let Some(merged) = merge(&base, &ours, &theirs).unwrap() {
                for line in merged.lines() {
                    let known = |text: &str| text.lines().any(|other| other == line);
                    prop_assert!(known(&base) || known(&ours) || known(&theirs), "{}", line);
                }
            }
        }
    }

    #[test]
    fn changes_merge_where_they_do_not_touch() {
        let table = [
            ("a\nb\nc\n", "A\nb\nc\n", "a\nb\nC\n", Some("A\nb\nC\n")),
            ("a\nb\nc\n", "A\nb\nc\n", "X\nb\nc\n", None),
            ("a\nb\nc\n", "a\nb\n", "A\nb\nc\n", Some("A\nb\n")),
            ("a\n", "a\nb\n", "a\nc\n", None),
            ("a\n", "", "A\n", None),
        ];
        for (base, ours, theirs, expected) in table {
            let merged = merge(base, ours, theirs).unwrap();
            assert_eq!(merged.as_deref(), expected, "{base:?} {ours:?} {theirs:?}");
        }
    }
}
