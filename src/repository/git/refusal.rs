//! What to do about a push that a rule, a hook or the server's disk refuses.

/// The advice for the server's words `said`, as a sentence.
pub(super) fn remedy(said: &str) -> &'static str {
    let said = said.to_lowercase();
    let tells = |words: &[&str]| words.iter().any(|word| said.contains(word));
    if tells(&["gh001", "large file", "file size limit"]) {
        "Keep the file out with `max-file-size`, or make it smaller on EvalAI."
    } else if tells(&["shallow update"]) {
        "The remote lacks a part of its history: run `git fetch --unshallow` in it."
    } else if tells(&["quota", "no space", "unpack", "storage limit"]) {
        "Make room on the server, and run again."
    } else {
        "Change the rule or hook that refuses it, or let the token's owner pass it."
    }
}

/// `said` as a sentence, before another one.
pub(super) fn sentence(said: &str) -> String {
    let said = said.trim_end();
    if said.ends_with(['.', '!', '?']) {
        said.to_owned()
    } else {
        format!("{said}.")
    }
}

#[cfg(test)]
mod tests {
    use super::{remedy, sentence};

    #[test]
    fn each_refusal_has_its_advice() {
        for (said, advice) in [
            ("error: GH001: Large files detected.", "`max-file-size`"),
            (
                "this exceeds GitHub's file size limit of 100.00 MB",
                "`max-file-size`",
            ),
            ("shallow update not allowed", "git fetch --unshallow"),
            ("unpacker error", "Make room"),
            ("repository exceeds its size Quota", "Make room"),
            ("pre-receive hook declined", "Change the rule or hook"),
        ] {
            assert!(remedy(said).contains(advice), "{said}");
        }
        assert_eq!(sentence("No"), "No.");
        assert_eq!(sentence("No! "), "No!");
    }
}
