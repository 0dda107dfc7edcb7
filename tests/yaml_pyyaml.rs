//! PyYAML judges what we read and what we write.

mod yaml_support;

use evalai_sync::yaml::Document;
use yaml_support::documents::{corpus, made_up};
use yaml_support::judge::{Judge, Verdict, described};

/// What we make of a document, in the judge's words.
fn reading(bytes: &[u8]) -> Verdict {
    match Document::parse(bytes) {
        Ok(document) => Verdict::Reads(described(document.root())),
        Err(error) => Verdict::Refuses(error.to_string()),
    }
}

#[track_caller]
fn assert_same_reading(judge: &mut Judge, name: &str, bytes: &[u8]) {
    let (ours, theirs) = (reading(bytes), judge.judge(bytes));
    match (&ours, &theirs) {
        (Verdict::Refuses(_), Verdict::Refuses(_)) => {}
        _ => assert_eq!(ours, theirs, "{name}:\n{}", String::from_utf8_lossy(bytes)),
    }
}

#[test]
fn every_file_is_read_or_refused_as_pyyaml_does() {
    let Some(mut judge) = Judge::start() else { return };
    for sample in corpus().into_iter().chain(made_up()) {
        assert_same_reading(&mut judge, &sample.name, &sample.bytes);
    }
}
