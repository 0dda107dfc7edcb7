//! How long the two pure parts take: editing YAML in place, and planning. `benches/run` calls it
//! and puts its figures into a table; each is the median of [`RUNS`] runs.

#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::cast_precision_loss,
    reason = "a benchmark prints, and stops at the first surprise"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::env;
use std::fmt::Write as _;
use std::hint::black_box;
use std::time::{Duration, Instant};

use evalai_sync::challenge::Value;
use evalai_sync::challenge::catalogue::{Field, Kind, Scope};
use evalai_sync::challenge::path::{Entity, FieldPath, PhaseId};
use evalai_sync::challenge::pattern::Patterns;
use evalai_sync::challenge::side::{Reading, Side};
use evalai_sync::evalai::Held;
use evalai_sync::sync::plan::{Plan, Policy, Situation, plan};
use evalai_sync::yaml::{self, Document};

const RUNS: usize = 11;

/// Sizes of configurations, in bytes.
const SIZES: [usize; 4] = [4_000, 100_000, 1_000_000, 10_000_000];

/// Numbers of fields.
const FIELDS: [usize; 4] = [10, 100, 1_000, 10_000];

fn main() {
    let arguments: Vec<String> = env::args().collect();
    let value = |name: &str| {
        let at = arguments.iter().position(|argument| argument == name)?;
        arguments.get(at + 1)?.parse::<usize>().ok()
    };
    match (value("--yaml-text"), value("--plan")) {
        (Some(size), _) => println!("{}", configuration(size)),
        (_, Some(fields)) => planning(fields),
        _ => {
            SIZES.into_iter().for_each(editing);
            FIELDS.into_iter().for_each(planning);
        }
    }
}

/// A configuration of about `size` bytes, as a host writes one.
fn configuration(size: usize) -> String {
    let mut text = String::from(
        "# If you are not sure what all these fields mean, see the documentation.\ntitle: A challenge\nshort_description: \"It is: a 'challenge'\" # and a good one\npublished: True\nchallenge_phases:\n",
    );
    let mut id = 0;
    while text.len() < size {
        id += 1;
        write!(
            text,
            "  - id: {id}\n    name: Phase {id}\n    description: templates/challenge_phase_{id}_description.html\n    leaderboard_public: False # until the end\n    is_public: True\n    start_date: 2026-01-19 00:00:00\n    end_date: 2099-04-25 23:59:59\n    test_annotation_file: annotations/test_annotations_{id}.json\n    codename: phase_{id}\n    max_submissions_per_day: 5\n    max_submissions_per_month: 50\n    max_submissions: 50\n    default_submission_meta_attributes:\n      - name: method_name\n        is_visible: True\n    allowed_submission_file_types: \".json, .zip\"\n"
        )
        .expect("writing to a String cannot fail");
    }
    text
}

fn editing(size: usize) {
    let text = configuration(size);
    let bytes = text.as_bytes();
    let document = Document::parse(bytes).expect("a configuration");
    let last = document.root().get("challenge_phases").unwrap();
    let last = last.as_seq().unwrap().len() - 1;
    let path = yaml::Path::from("challenge_phases").at(last).at("end_date");
    let value = yaml::Value::from("2099-12-31 00:00:00");
    let parse = median(|| Document::parse(black_box(bytes)).expect("a configuration"));
    let edit = median(|| document.set(&path, &value).expect("an edit"));
    let all = median(|| {
        let mut draft = document.draft();
        for phase in 0..=last {
            let path = yaml::Path::from("challenge_phases")
                .at(phase)
                .at("end_date");
            draft.set(&path, &value).expect("a change");
        }
        draft.finish().expect("an edit")
    });
    println!(
        "yaml\t{}\t{}\t{}\t{}\t{}",
        bytes.len(),
        parse.as_nanos(),
        edit.as_nanos(),
        last + 1,
        all.as_nanos()
    );
}

fn planning(fields: usize) {
    let names: Vec<&Field> = Field::of(Scope::Phase)
        .filter(|field| field.kind == Kind::Text)
        .collect();
    let phases = fields.div_ceil(names.len());
    let (mut here, mut there, mut bases) = (Side::default(), Side::default(), BTreeMap::new());
    let mut count = 0;
    'all: for phase in 1..=phases {
        for field in &names {
            let id = i64::try_from(phase).expect("few phases");
            let path = FieldPath::of(Entity::Phase(PhaseId::Number(id)), field);
            let value = Value::text(&format!("{} of phase {phase}", field.key));
            here.put(path.clone(), Reading::Value(value.clone()));
            // One in ten was edited on EvalAI.
            let now = if count % 10 == 0 {
                Value::text("edited")
            } else {
                value.clone()
            };
            there.put(path.clone(), Reading::Value(now));
            bases.insert(path, value);
            count += 1;
            if count == fields {
                break 'all;
            }
        }
    }
    let evalai = Held {
        side: there,
        phases: Vec::new(),
        lists: Scope::LISTS.into(),
        approved: false,
    };
    let (open, merges) = (BTreeSet::new(), BTreeMap::new());
    let (policy, include) = (Policy::default(), Patterns::default());
    let decide = || -> Plan {
        plan(Situation {
            evalai: &evalai,
            repository: &here,
            bases: Some(&bases),
            open: &open,
            past: &[],
            merges: &merges,
            policy: &policy,
            include: &include,
            everything: false,
        })
    };
    assert_eq!(decide().written().count(), fields.div_ceil(10));
    println!("plan\t{fields}\t{}", median(decide).as_nanos());
}

/// The median time of `work`; small work is done often enough to be told from nothing.
fn median<T>(work: impl Fn() -> T) -> Duration {
    let begun = Instant::now();
    black_box(work());
    let once = begun.elapsed().max(Duration::from_nanos(1));
    let times =
        u32::try_from(Duration::from_millis(2).as_nanos() / once.as_nanos()).unwrap_or(1) + 1;
    let mut runs: Vec<Duration> = (0..RUNS)
        .map(|_| {
            let begun = Instant::now();
            for _ in 0..times {
                black_box(work());
            }
            begun.elapsed() / times
        })
        .collect();
    runs.sort_unstable();
    runs[RUNS / 2]
}
