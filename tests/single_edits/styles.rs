//! Entries for what is new on EvalAI, in configurations of every style.

use evalai_sync::challenge::catalogue::Scope;

use crate::memory::Repository;
use crate::new_entries::with_one_more;

/// The configuration after one more of `scope` on EvalAI.
#[track_caller]
fn grown(config: &str, scope: Scope) -> String {
    let repository = Repository::new(config, config.as_bytes()).unwrap();
    String::from_utf8(with_one_more(&repository, scope)).unwrap()
}

/// Each row is the file after EvalAI got one more: what stands between `«` and
/// `»` came, and without it the file is as it was.
#[track_caller]
fn assert_grows(scope: Scope, marked: &str) {
    let mut before = String::new();
    for (index, part) in marked.split(['«', '»']).enumerate() {
        before.push_str(if index % 2 == 0 { part } else { "" });
    }
    let after = marked.replace(['«', '»'], "");
    assert_eq!(grown(&before, scope), after, "{before}");
}

/// The same with the line endings of most real configurations.
#[track_caller]
fn assert_grows_crlf_too(scope: Scope, marked: &str) {
    assert_grows(scope, marked);
    assert_grows(scope, &marked.replace('\n', "\r\n"));
}

#[test]
fn an_entry_joins_a_block_list_below_the_last_one_as_that_is_written() {
    for marked in [
        // Not indented below its key, and indented; the end of the file with a line break and without.
        "dataset_splits:\n- id: 1\n  name: A\n«- id: 2\n  name: Final Split\n  codename: final_split\n»title: A\n",
        "dataset_splits:\n  - id: 1\n    name: A\n«  - id: 2\n    name: Final Split\n    codename: final_split\n»",
        "dataset_splits:\n  - id: 1\n    name: A«\n  - id: 2\n    name: Final Split\n    codename: final_split»",
        "dataset_splits:\n-   id: 1\n    name: A\n«-   id: 2\n    name: Final Split\n    codename: final_split\n»",
        // The order of its keys, its quotes, its numbers in quotes.
        "dataset_splits:\n- codename: a\n  name: A\n  id: 1\n«- codename: final_split\n  name: Final Split\n  id: 2\n»",
        "dataset_splits:\n- id: '1'\n  \"name\": 'A'\n  \"codename\": a\n«- id: '2'\n  name: 'Final Split'\n  codename: final_split\n»",
        "dataset_splits:\n- \"id\": 1\n  \"name\": \"A\"\n«- \"id\": 2\n  \"name\": \"Final Split\"\n  \"codename\": \"final_split\"\n»",
        // What one entry does not have, another may.
        "dataset_splits:\n- codename: a\n  id: 1\n  name: A\n- id: 2\n  name: B\n«- codename: final_split\n  id: 3\n  name: Final Split\n»",
        // Blank lines between entries; comments that are about the last entry, and those that are not.
        "dataset_splits:\n  - id: 1\n    name: A\n\n  # B\n  - id: 2\n    name: B # c\n«\n  - id: 3\n    name: Final Split\n    codename: final_split\n»\n# next\ntitle: A\n",
        "dataset_splits:\n  - id: 1\n    name: A\n    # codename: a\n\n    # sic\n«  - id: 2\n    name: Final Split\n    codename: final_split\n»\n  # more to come\n",
        "dataset_splits:\n- id: 1\n  name: A\n«- id: 2\n  name: Final Split\n  codename: final_split\n»# the end\n\n",
        // Braces within a block.
        "dataset_splits:\n  - { id: 1, name: \"A\" }\n«  - { id: 2, name: \"Final Split\", codename: \"final_split\" }\n»",
    ] {
        assert_grows_crlf_too(Scope::DatasetSplit, marked);
    }
}

#[test]
fn an_entry_joins_a_list_in_brackets_as_its_neighbours_are_written() {
    for marked in [
        "dataset_splits: [{id: 1, name: A}«, {id: 2, name: Final Split, codename: final_split}»] # c\n",
        "dataset_splits: [ { id: 1, name: 'A' }«, { id: 2, name: 'Final Split', codename: 'final_split' }» ]\n",
        "dataset_splits: [{id: 1, name: A},\n  {id: 2, name: B}«,\n  {id: 3, name: Final Split, codename: final_split}»]\n",
        "dataset_splits: [\n  {id: 1, name: A}, # a\n«  {id: 2, name: Final Split, codename: final_split},\n»  # b\n]\n",
        "dataset_splits: [\n  {\n    id: 1,\n    name: A,\n  }«,\n  {\n    id: 2,\n    name: Final Split,\n    codename: final_split,\n  }»\n]\n",
    ] {
        assert_grows_crlf_too(Scope::DatasetSplit, marked);
    }
}

#[test]
fn a_leaderboards_schema_is_written_like_the_one_before_it() {
    for marked in [
        // As in EvalAI's own template.
        r#"leaderboard:
  - id: 1
    schema:
      {
        "labels": ["a", "b"],
        "default_order_by": "a",
        "metadata": {
          "a": {
            "sort_ascending": True, # a
            "description": "A",
          }
        }
      }
«  - id: 2
    schema:
      {
        "labels": ["Accuracy", "F1: mean"],
        "default_order_by": "Accuracy",
        "metadata": {
          "Accuracy": {
            "sort_ascending": False,
            "description": "Higher is better",
          }
        }
      }
»
title: A
"#,
        r#"leaderboard:
- schema: {
    "default_order_by": "a",
    "labels": [
      "a"
    ]}
  id: 1
«- schema: {
    "default_order_by": "Accuracy",
    "labels": [
      "Accuracy",
      "F1: mean"
    ],
    "metadata": {"Accuracy": {"description": "Higher is better", "sort_ascending": False}}}
  id: 2
»published: True
"#,
        r"leaderboard:
    - id: 1
      schema:
          labels: [a]
          default_order_by: 'a'
«    - id: 2
      schema:
          labels: [Accuracy, 'F1: mean']
          default_order_by: 'Accuracy'
          metadata:
              Accuracy:
                  description: 'Higher is better'
                  sort_ascending: false
»",
    ] {
        assert_grows_crlf_too(Scope::Leaderboard, marked);
    }
}

/// The new phase, with its dates and one of its texts as given.
fn phase(id: i64, start: &str, end: &str) -> String {
    let own = format!(
        r#"- id: {id}
  name: "Final: Phase"
  description: templates/challenge_phase_{id}_description.html
  leaderboard_public: true
  is_public: true
  start_date: {start}
  end_date: {end}
"#
    );
    own + r#"  codename: final
  max_submissions_per_day: 5
  max_submissions_per_month: 20
  max_submissions: 100
  submission_meta_attributes:
  - name: team
    type: text
    required: true
    description: "Who: you"
  - name: kind
    type: radio
    options:
    - a
    - b
  allowed_submission_file_types: .json, .csv
"#
}

/// Quoted and plain dates in one pair make a push fail.
#[test]
fn the_dates_of_a_new_phase_are_both_written_like_those_that_are_there() {
    let plain = phase(2, "2031-01-02 03:04:05", "2031-02-03 00:00:00");
    let quoted = phase(2, "\"2031-01-02 03:04:05\"", "\"2031-02-03 00:00:00\"");
    let zoned = phase(2, "2031-01-02T03:04:05Z", "2031-02-03T00:00:00Z");
    for (phases, dates, expected) in [
        ("- id: 1\n", "", &plain),
        (
            "- id: 1\n  start_date: \"2024-01-01 00:00:00\"\n",
            "",
            &quoted,
        ),
        (
            "- id: 1\n  end_date: \"2024-01-01 00:00:00\"\n",
            "",
            &quoted,
        ),
        ("- id: 1\n", "end_date: \"2024-01-01 00:00:00\"\n", &quoted),
        (
            "- id: 1\n  start_date: 2024-01-01T00:00:00Z\n  end_date: 2024-01-01T00:00:00Z\n",
            "end_date: \"2024-01-01 00:00:00\"\n",
            &zoned,
        ),
    ] {
        let marked = format!("{dates}challenge_phases:\n{phases}«{expected}»title: A\n");
        assert_grows_crlf_too(Scope::Phase, &marked);
    }
}

#[test]
fn a_list_that_is_absent_or_empty_is_made_where_hosts_look_for_it() {
    let split = "  - id: 1\n    name: Final Split\n    codename: final_split\n";
    for (before, after) in [
        ("title: A\n", format!("title: A\ndataset_splits:\n{split}")),
        (
            "title: A",
            format!("title: A\ndataset_splits:\n{}", split.trim_end()),
        ),
        (
            "challenge_phases:\n  - id: 1\n    # sic\nchallenge_phase_splits: []\n",
            format!(
                "challenge_phases:\n  - id: 1\n    # sic\ndataset_splits:\n{split}challenge_phase_splits: []\n"
            ),
        ),
        // Lists that stand apart.
        (
            "title: A\n\nleaderboard:\n  - id: 1\n    schema: {}\n\n# ---\n\nchallenge_phases:\n  - id: 1\n\ntags: []\n",
            format!(
                "title: A\n\nleaderboard:\n  - id: 1\n    schema: {{}}\n\n# ---\n\nchallenge_phases:\n  - id: 1\n\ndataset_splits:\n{split}\ntags: []\n"
            ),
        ),
        (
            "dataset_splits: []\ntitle: A\n",
            format!("dataset_splits:\n{split}title: A\n"),
        ),
        (
            "dataset_splits: # none\n",
            format!("dataset_splits: # none\n{split}"),
        ),
        (
            "tags:\n- a\ndataset_splits:\n",
            "tags:\n- a\ndataset_splits:\n- id: 1\n  name: Final Split\n  codename: final_split\n"
                .into(),
        ),
    ] {
        assert_eq!(grown(before, Scope::DatasetSplit), after, "{before}");
        // One line alone does not tell how lines end.
        if before.contains('\n') {
            let [before, after] = [before, &after].map(|text| text.replace('\n', "\r\n"));
            assert_eq!(grown(&before, Scope::DatasetSplit), after, "{before}");
        }
    }
}

#[test]
fn json_stays_json() {
    let pretty = r#"{
  "title": "A",
  "leaderboard": [
    {
      "id": 1,
      "schema": {"labels": ["a"], "default_order_by": "a"}
    }«,
    {
      "id": 2,
      "schema": {"labels": ["Accuracy", "F1: mean"], "default_order_by": "Accuracy", "metadata": {"Accuracy": {"description": "Higher is better", "sort_ascending": false}}}
    }»
  ],
  "dataset_splits": [{
    "id": 1,
    "name": "Größe \"A\""
  }],
  "challenge_phases": []
}"#;
    assert_grows(Scope::Leaderboard, pretty);
    let before = pretty.split('«').next().unwrap().to_owned() + pretty.split('»').nth(1).unwrap();
    let hugging = before.replace(
        "\n  }],",
        "\n  }, {\n    \"id\": 2,\n    \"name\": \"Final Split\",\n    \"codename\": \"final_split\"\n  }],",
    );
    assert_eq!(grown(&before, Scope::DatasetSplit), hugging);
    for config in [
        before.as_str(),
        "{\"title\": \"A\"}",
        "{\n \"title\": \"A\",\n \"challenge_phases\": [ { \"id\": 1, \"is_public\": true } ]\n}\n",
        "{\"challenge_phases\":[{\"id\":1,\"name\":\"A\"}],\"dataset_splits\":null}",
    ] {
        for config in [config.to_owned(), config.replace('\n', "\r\n")] {
            for scope in Scope::LISTS {
                let grown = grown(&config, scope);
                let read = serde_json::from_str::<serde_json::Value>(&grown);
                assert!(read.is_ok(), "{scope:?} in {config}\n{grown}");
            }
        }
    }
}
