//! The workflow that pushes the repository to EvalAI: found among the others, and patched so that it first takes
//! what was edited there, waits for syncs, and can do without a token in the repository.

use super::steps::{EVALAI_TOKEN, group, sync_step, token_step};
use super::{ACTION, Facts, OnEvalAI};
use crate::yaml::{Document, Path, Style, Value};

/// What EvalAI-Starters calls the step that writes to EvalAI.
const STEP: &str = "create or update challenge";

/// The script that it runs.
const SCRIPT: &str = "challenge_processing_script.py";

/// What became of the workflow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Patch {
    /// These are its new bytes; what was done is in `done`.
    Edited {
        /// The whole file.
        bytes: Vec<u8>,
        /// Half sentences.
        done: Vec<String>,
        /// What was left alone, and why.
        left: Vec<String>,
    },
    /// There is nothing to do.
    AsItShould {
        /// What was left alone, and why.
        left: Vec<String>,
    },
    /// Its shape is not one that is known; nothing is touched.
    Unknown {
        /// Why.
        reason: String,
        /// The lines to add by hand.
        lines: String,
    },
}

/// Whether `bytes` are a workflow that pushes a challenge to EvalAI.
#[must_use]
pub fn is_push(bytes: &[u8]) -> bool {
    let text = String::from_utf8_lossy(bytes);
    text.contains(SCRIPT) || text.to_ascii_lowercase().contains(STEP)
}

/// Whether the workflow `bytes` takes what was edited on EvalAI before it writes there.
#[must_use]
pub fn syncs_first(bytes: &[u8]) -> bool {
    let document = Document::parse(bytes);
    document.is_ok_and(|document| target(document.root()).is_ok_and(|target| target.syncs))
}

/// Patches the workflow. What is there already stays as it is.
#[must_use]
pub fn patch(bytes: &[u8], facts: &Facts) -> Patch {
    match patched(bytes, facts) {
        Ok(patch) => patch,
        Err(reason) => Patch::Unknown {
            reason,
            lines: by_hand(facts),
        },
    }
}

fn patched(bytes: &[u8], facts: &Facts) -> Result<Patch, String> {
    let document =
        Document::parse(bytes).map_err(|error| format!("it cannot be read ({error})"))?;
    let (mut done, mut left) = (Vec::new(), Vec::new());
    let target = target(document.root())?;
    let mut edited = document.clone();

    if facts.on_evalai == OnEvalAI::Absent {
        left.push("EvalAI does not know this repository yet, so no sync is put before the push that makes the challenge; run `evalai-sync init` again after that push".to_owned());
    } else if target.syncs {
        // Whatever the host made of the step is the host's.
    } else {
        edited = insert(
            &edited,
            &target.job,
            target.step,
            &sync_step(facts, &target.condition),
        )?;
        done.push("a sync before each push takes what was edited on EvalAI".to_owned());
    }
    for (job, step) in readers(document.root())? {
        edited = insert(&edited, &job, step, &token_step(facts))?;
        done.push(format!("the job {job} takes the EvalAI token from the secret {EVALAI_TOKEN} first, then from the file"));
    }
    edited = with_group(&edited, facts, &mut done, &mut left)?;

    if done.is_empty() {
        return Ok(Patch::AsItShould { left });
    }
    let bytes = polished(&edited, facts)?;
    Ok(Patch::Edited { bytes, done, left })
}

/// The step that writes to EvalAI.
struct Target {
    job: String,
    step: usize,
    condition: String,
    syncs: bool,
}

fn target(root: &Value) -> Result<Target, String> {
    let mut found = Vec::new();
    for (job, steps) in jobs(root)? {
        let writes = |step: &&Value| {
            let name = text(step, "name").trim().to_ascii_lowercase();
            let validates = step.get("env").and_then(|env| env.get("IS_VALIDATION"));
            let writes = validates.is_some_and(|value| {
                *value == Value::Bool(false)
                    || value
                        .as_str()
                        .is_some_and(|text| text.eq_ignore_ascii_case("false"))
            });
            text(step, "run").contains(SCRIPT) && (name == STEP || writes)
        };
        let Some(step) = steps.iter().position(|step| writes(&step)) else {
            continue;
        };
        checked_out(job, &steps[..step])?;
        let condition = steps[step].get("if").and_then(Value::as_str);
        found.push(Target {
            job: job.to_owned(),
            step,
            condition: condition
                .unwrap_or("${{ github.event_name == 'push' }}")
                .to_owned(),
            syncs: steps[..step].iter().any(is_sync),
        });
    }
    match (found.pop(), found.pop()) {
        (Some(target), None) => Ok(target),
        (None, _) => Err(format!(
            "no step of it runs {SCRIPT} to create or update the challenge"
        )),
        (Some(_), Some(_)) => {
            Err("more than one of its jobs creates or updates the challenge".to_owned())
        }
    }
}

/// The jobs that read the host config, each with its first step that does, unless it has the secret already.
fn readers(root: &Value) -> Result<Vec<(String, usize)>, String> {
    let mut found = Vec::new();
    for (job, steps) in jobs(root)? {
        let reads = |step: &Value| {
            let run = text(step, "run");
            run.contains(SCRIPT) || run.contains("host_config")
        };
        let Some(step) = steps.iter().position(reads) else {
            continue;
        };
        if !steps.iter().any(takes_secret) {
            checked_out(job, &steps[..step])?;
            found.push((job.to_owned(), step));
        }
    }
    Ok(found)
}

fn jobs(root: &Value) -> Result<impl Iterator<Item = (&str, &[Value])>, String> {
    let jobs = root.get("jobs").and_then(Value::as_map);
    let jobs = jobs.ok_or("it has no jobs")?;
    Ok(jobs.iter().filter_map(|(name, job)| {
        let steps = job.get("steps").and_then(Value::as_seq)?;
        Some((name.as_str()?, steps))
    }))
}

fn checked_out(job: &str, before: &[Value]) -> Result<(), String> {
    let is_checkout = |step: &Value| text(step, "uses").starts_with("actions/checkout@");
    if before.iter().any(is_checkout) {
        return Ok(());
    }
    Err(format!(
        "the job {job} does not check the repository out with actions/checkout first"
    ))
}

fn is_sync(step: &Value) -> bool {
    let uses = text(step, "uses").to_ascii_lowercase();
    uses.starts_with(&format!("{}@", ACTION.to_ascii_lowercase()))
}

fn takes_secret(step: &Value) -> bool {
    step.get("env")
        .is_some_and(|env| env.get(EVALAI_TOKEN).is_some())
}

fn text<'a>(step: &'a Value, key: &str) -> &'a str {
    step.get(key).and_then(Value::as_str).unwrap_or_default()
}

/// The document with one more step in a job.
fn insert(document: &Document, job: &str, at: usize, step: &Value) -> Result<Document, String> {
    let path = Path::from("jobs").at(job).at("steps");
    if document.style(&path) != Some(Style::BlockSequence) {
        return Err(format!(
            "the steps of the job {job} do not stand on lines of their own"
        ));
    }
    let mut steps = match document.get(&path).and_then(Value::as_seq) {
        Some(steps) => steps.to_vec(),
        None => return Err(format!("the job {job} has no steps")),
    };
    steps.insert(at, step.clone());
    document
        .set(&path, &Value::Seq(steps))
        .map_err(|error| error.to_string())
}

/// The document with the group in which syncs and pushes wait for each other.
fn with_group(
    document: &Document,
    facts: &Facts,
    done: &mut Vec<String>,
    left: &mut Vec<String>,
) -> Result<Document, String> {
    let root = document.root();
    if let Some(own) = root.get("concurrency") {
        if *own != group() {
            left.push("it has a concurrency group of its own, which is left as it is; with `group: evalai-sync` and `queue: max` it would wait for a sync that runs, and the other way round".to_owned());
        }
        return Ok(document.clone());
    }
    if !facts.has_queues() {
        left.push("it gets no concurrency group: GitHub Enterprise Server keeps one waiting run of a group only, so a sync could drop a push that waits. A sync that meets a push reads the branch again instead".to_owned());
        return Ok(document.clone());
    }
    let mut pairs = root.as_map().unwrap_or_default().to_vec();
    let jobs = pairs
        .iter()
        .position(|(key, _)| key.as_str() == Some("jobs"));
    pairs.insert(jobs.unwrap_or(pairs.len()), ("concurrency".into(), group()));
    done.push("pushes and syncs wait for each other".to_owned());
    document
        .set(&Path::root(), &Value::Map(pairs))
        .map_err(|error| error.to_string())
}

/// The bytes as a person would write them: the script on lines of its own, and the release beside the action's
/// commit. No value says either, so what was inserted is rewritten as text, and read again.
fn polished(document: &Document, facts: &Facts) -> Result<Vec<u8>, String> {
    let text = String::from_utf8_lossy(document.bytes());
    let scripts = scripts(document)?;
    let uses = facts.pin.uses();
    let mut polished = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        let content = line.trim_end_matches(['\r', '\n']);
        let end = match &line[content.len()..] {
            "" => "\n",
            end => end,
        };
        let key = scripts
            .iter()
            .find_map(|(source, script)| Some((content.strip_suffix(source)?, script)));
        match (key, &facts.pin.release) {
            (Some((key, script)), _) => {
                let indent = key.len() - key.trim_start_matches([' ', '-']).len() + 2;
                polished.extend([key, "|", end]);
                for line in script.lines() {
                    polished.extend([&" ".repeat(indent), line, end]);
                }
            }
            (None, Some(release)) if content.ends_with(&uses) => {
                polished.extend([content, " # ", release, &line[content.len()..]]);
            }
            _ => polished.push_str(line),
        }
    }
    match Document::parse(polished.as_bytes()) {
        Ok(read) if read.root() == document.root() => Ok(polished.into_bytes()),
        _ => Err("the new lines cannot be written as they should".to_owned()),
    }
}

/// The scripts that were inserted: how they are written now, in quotes, and what they say.
fn scripts(document: &Document) -> Result<Vec<(String, String)>, String> {
    let mut scripts = Vec::new();
    for (job, steps) in jobs(document.root())? {
        for (at, step) in steps
            .iter()
            .enumerate()
            .filter(|(_, step)| takes_secret(step))
        {
            let path = Path::from("jobs").at(job).at("steps").at(at).at("run");
            let quoted = document.style(&path) == Some(Style::DoubleQuoted);
            if let Some(source) = document.source(&path).filter(|_| quoted) {
                scripts.push((source.to_owned(), text(step, "run").to_owned()));
            }
        }
    }
    Ok(scripts)
}

/// The lines to add where a workflow is of no known shape.
fn by_hand(facts: &Facts) -> String {
    let group = if facts.has_queues() {
        "\
# At the top level, so that pushes and syncs wait for each other:
concurrency:
  group: evalai-sync
  queue: max

"
    } else {
        ""
    };
    format!(
        "{group}\
# After the checkout, before the first step that reads {file}:
- name: Take the EvalAI token from the secret, if there is one
  env:
    EVALAI_TOKEN: ${{{{ secrets.EVALAI_TOKEN }}}}
  run: |
    if [ -n \"$EVALAI_TOKEN\" ]; then
      config=$(jq '.token = env.EVALAI_TOKEN' {file})
      printf '%s\\n' \"$config\" > {file}
    fi

# Right before the step that creates or updates the challenge, with the same `if`:
- name: Take what was edited on EvalAI
  uses: {action}
  with:
    auth-token: ${{{{ secrets.AUTH_TOKEN }}}}
    evalai-token: ${{{{ secrets.EVALAI_TOKEN }}}}
    branch: ${{{{ github.ref_name }}}}
",
        file = facts.host_config,
        action = facts.pin.line()
    )
}

#[cfg(test)]
mod tests;
