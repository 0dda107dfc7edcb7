//! Which challenge of a team's list is this repository's, and what is said when none is.

use super::*;

fn challenge(id: u64, repository: &str, branch: &str) -> Challenge {
    Challenge {
        id,
        title: format!("Challenge {id}"),
        repository: repository.to_owned(),
        branch: branch.to_owned(),
        queue: String::new(),
        object: serde_json::Map::new(),
    }
}

fn wanted(branch: Option<&str>) -> Wanted<'_> {
    Wanted {
        team: 3,
        given: None,
        repository: "o/r",
        branch,
    }
}

/// A list written as `id:repository@branch`, separated by spaces.
fn list_of(text: &str) -> Vec<Challenge> {
    let entries = text.split_whitespace().map(|entry| {
        let (id, names) = entry.split_once(':').unwrap();
        let (repository, branch) = names.split_once('@').unwrap_or((names, ""));
        challenge(id.parse().unwrap(), repository, branch)
    });
    entries.collect()
}

#[test]
fn the_challenge_is_the_one_that_names_the_repository() {
    let by_name = |id| Some((id, FoundBy::Repository));
    let by_record = |id| Some((id, FoundBy::Recorded));
    let (c, b) = (Some("c"), Some("b"));
    for (story, listed, recorded, branch, expected) in [
        ("one names it", "5:o/x 4:o/r", None, None, by_name(4)),
        ("its branch is another", "4:o/r@old", None, b, by_name(4)),
        (
            "the record settles several",
            "5:o/r 4:o/r",
            Some(4),
            None,
            by_record(4),
        ),
        (
            "the record goes before the branch",
            "5:o/r@b 4:o/r",
            Some(4),
            b,
            by_record(4),
        ),
        (
            "recorded, of another repository",
            "5:o/r 4:o/x",
            Some(4),
            None,
            by_name(5),
        ),
        ("recorded, not listed", "5:o/r", Some(4), None, by_name(5)),
        (
            "the branch settles several",
            "5:o/r@b 4:o/r@c",
            None,
            c,
            by_name(4),
        ),
        (
            "our branch goes before none",
            "5:o/r 4:o/r@c",
            None,
            c,
            by_name(4),
        ),
        (
            "none goes before other branches",
            "5:o/r 4:o/r@c",
            None,
            b,
            by_name(5),
        ),
        ("several, not ours", "5:o/r@c 4:o/r@d", None, b, None),
        ("several of our branch", "5:o/r@b 4:o/r@b", None, b, None),
        ("several without a branch", "5:o/r 4:o/r", None, b, None),
        (
            "several, our branch unknown",
            "5:o/r 4:o/r@c",
            None,
            None,
            None,
        ),
        ("none names it", "5:o/x 4:", None, None, None),
        ("letter case counts", "5:O/R", None, None, None),
        (
            "recorded, in other letter case",
            "5:O/r",
            Some(5),
            None,
            None,
        ),
        ("the team has none", "", Some(5), None, None),
    ] {
        let listed = list_of(listed);
        let found = choose(&listed, &wanted(branch), recorded)
            .ok()
            .map(|(index, found_by)| (listed[index].id, found_by));
        assert_eq!(found, expected, "{story}");
    }
}

fn refusal(listed: &[Challenge], branch: Option<&str>) -> String {
    choose(listed, &wanted(branch), None)
        .unwrap_err()
        .to_string()
}

#[test]
fn several_challenges_are_listed_with_what_tells_them_apart() {
    let listed = list_of("7:o/r@c 6:o/x 5:o/r");
    assert_eq!(
        refusal(&listed, None),
        "several challenges on EvalAI name the repository o/r: 7 \"Challenge 7\" (branch c), \
         5 \"Challenge 5\" (no branch). Say which one with the input `challenge-id`"
    );
    let listed = list_of("7:o/r@c 5:o/r@c 4:o/r@d");
    let text = refusal(&listed, Some("c"));
    assert!(text.contains("(the branch here is c)"), "{text}");
    assert!(!text.contains("Challenge 4"), "{text}");
}

#[test]
fn no_challenge_is_a_sentence_with_what_to_do() {
    let text = refusal(&list_of("5:o/x 4:"), None);
    assert_eq!(
        text,
        "none of host team 3's 2 challenges on EvalAI names the repository o/r (5 \"Challenge 5\" (o/x), \
         4 \"Challenge 4\" (no repository)). Push the repository to EvalAI once, so that EvalAI learns its \
         name, or name the challenge with the input `challenge-id`"
    );
    let text = refusal(&list_of("5:O/r"), None);
    assert!(
        text.starts_with("challenge 5 on EvalAI names the repository O/r, but this one is o/r")
    );
    let text = refusal(&[], None);
    assert!(text.starts_with("host team 3 has no challenges on EvalAI; check `team_pk`"));
}

#[test]
fn titles_and_names_of_others_are_shortened_and_made_harmless() {
    let mut hostile = challenge(5, "o/r", "b\n::warning::x");
    hostile.title = format!("\u{1b}[31m{}", "long ".repeat(50));
    let mut many: Vec<_> = (10..40).map(|id| challenge(id, "o/r", "")).collect();
    many.insert(0, hostile);
    let text = refusal(&many, None);
    assert!(
        text.chars().all(|character| !character.is_control()),
        "{text}"
    );
    assert!(text.contains("5 \"\\u{1b}[31mlong long"), "{text}");
    assert!(text.contains("branch b\\n::warning::x"), "{text}");
    assert!(text.contains(", and 23 more."), "{text}");
    assert!(text.len() < 700, "{}", text.len());
}
