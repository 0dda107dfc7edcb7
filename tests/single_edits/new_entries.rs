//! Entries for what is new on EvalAI, in real configurations.

use std::collections::BTreeMap;

use evalai_sync::challenge::catalogue::Scope;
use evalai_sync::challenge::pattern::Patterns;
use evalai_sync::challenge::side::Reading;
use evalai_sync::yaml::{Document, Path, Style};

use crate::additions::Addition;
use crate::memory::{Repository, assert_line_endings_kept};

/// The configuration once EvalAI has one more of `scope`; it says exactly that.
#[track_caller]
pub(crate) fn with_one_more(repository: &Repository, scope: Scope) -> Vec<u8> {
    let context = format!("{}: {scope:?}", repository.name);
    let evalai = repository.mirrored();
    let addition = Addition::to(&evalai.side, scope);
    let now = addition.joins(&evalai);
    let plan = repository.plan(&evalai, &now, &Patterns::default());
    let changes = repository
        .apply(&plan, &now)
        .unwrap_or_else(|error| panic!("{context}: {error}"));
    let after = repository.read_again(&changes, &now);
    for (path, value) in &addition.fields {
        assert_eq!(after.value(path), Some(value), "{context}: {path}");
    }
    let told = addition.fields.iter().map(|(path, _)| path);
    let untold = after
        .of(&addition.entity)
        .filter(|(_, reading)| **reading != Reading::Absent);
    assert!(
        untold.map(|(path, _)| path).eq(told),
        "{context}: nothing else is said"
    );
    let others = after
        .iter()
        .filter(|(path, _)| path.entity != addition.entity);
    assert!(others.eq(repository.worktree.side.iter()), "{context}");
    let config = repository.config_after(&changes);
    assert_line_endings_kept(&repository.config, config, &context);
    config.to_vec()
}

/// The style of what the last entry but one, and the last, hold under a key.
fn styles(config: &[u8], scope: Scope, key: &str) -> Option<[Style; 2]> {
    let document = Document::parse(config).expect("YAML");
    let list = Path::from(scope.list()?);
    let last = document.get(&list)?.as_seq()?.len() - 1;
    let style = |index: usize| document.style(&list.clone().at(index).at(key));
    Some([style(last.checked_sub(1)?)?, style(last)?])
}

#[test]
fn what_is_new_on_evalai_is_added_to_every_configuration_and_nothing_else_changes() {
    let mut added: BTreeMap<Scope, usize> = BTreeMap::new();
    for repository in Repository::all() {
        for scope in Scope::LISTS {
            let config = with_one_more(&repository, scope);
            let context = format!("{}: {scope:?}", repository.name);
            assert_only_comes(&repository.config, &config, &context);
            for key in ["schema", "name", "start_date", "visibility"] {
                if let Some([before, new]) = styles(&config, scope, key) {
                    // The new name has to be in quotes.
                    let is_free = before != Style::Plain || key != "name";
                    assert!(before == new || !is_free, "{context}: {key} as {new:?}");
                }
            }
            *added.entry(scope).or_default() += 1;
        }
    }
    println!("entries added: {added:?}");
    assert!(added.values().all(|count| *count >= 3) && added.len() == 4);
}

/// Bytes come at one place; without them the file is as it was.
#[track_caller]
fn assert_only_comes(before: &[u8], after: &[u8], context: &str) {
    let same = |(a, b): &(&u8, &u8)| a == b;
    let head = before.iter().zip(after).take_while(same).count();
    let tail = before[head..].iter().rev().zip(after.iter().rev());
    let tail = tail.take_while(same).count();
    assert_eq!(head + tail, before.len(), "{context}");
    assert!(after.len() > before.len(), "{context}");
}
