//! The steps that `init` puts into workflows, as YAML text and as values.

use super::Facts;
use crate::yaml::Value;

/// The secret that holds the EvalAI token.
pub(super) const EVALAI_TOKEN: &str = "EVALAI_TOKEN";

pub(super) fn map<const N: usize>(pairs: [(&str, Value); N]) -> Value {
    let pairs = pairs
        .into_iter()
        .map(|(key, value)| (Value::from(key), value));
    Value::Map(pairs.collect())
}

/// Puts the secret, if there is one, where the push script looks for the token.
/// Without it (a pull request from a fork, a host who has not moved it yet) the file's own stays.
pub(super) fn token_step(facts: &Facts) -> Value {
    let file = &facts.host_config;
    map([
        ("name", "Take the EvalAI token from the secret, if there is one".into()),
        ("env", map([(EVALAI_TOKEN, "${{ secrets.EVALAI_TOKEN }}".into())])),
        (
            "run",
            format!(
                "if [ -n \"$EVALAI_TOKEN\" ]; then\n  config=$(jq '.token = env.EVALAI_TOKEN' {file})\n  printf '%s\\n' \"$config\" > {file}\nfi\n"
            )
            .into(),
        ),
    ])
}

/// Brings what was edited on EvalAI into the branch before it is pushed there.
pub(super) fn sync_step(facts: &Facts, condition: &str) -> Value {
    let Value::Map(mut with) = map([
        ("auth-token", "${{ secrets.AUTH_TOKEN }}".into()),
        ("evalai-token", "${{ secrets.EVALAI_TOKEN }}".into()),
        ("branch", "${{ github.ref_name }}".into()),
    ]) else {
        return Value::Null;
    };
    if facts.host_config != super::HOST_CONFIG {
        with.push(("host-config".into(), facts.host_config.as_str().into()));
    }
    map([
        ("name", "Take what was edited on EvalAI".into()),
        ("if", condition.into()),
        ("uses", facts.pin.uses().into()),
        ("with", Value::Map(with)),
    ])
}

/// The group in which syncs and pushes wait for each other, none of them dropped.
pub(super) fn group() -> Value {
    map([("group", super::GROUP.into()), ("queue", "max".into())])
}
