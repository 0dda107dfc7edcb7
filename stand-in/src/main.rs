//! Runs the stand-in by itself, for trying things out by hand.

use std::io::Write;

use anyhow::{Context, Result, bail};
use evalai_stand_in::{NewChallenge, Seed, StandIn};

const USAGE: &str =
    "usage: evalai-stand-in [--port N] [--seed sample|big|docker|all] [--phases N] [--splits N] [--throttled]

--phases N: a made-up challenge with so many phases, of the repository example-org/made-up, in place of a seed.
--splits N: only so many of them have a phase split.";

fn main() -> Result<()> {
    let (port, seed) = options(std::env::args().skip(1))?;
    let evalai = StandIn::start_on(port, seed)?;
    let (url, token, session) = (evalai.url(), evalai.token(), evalai.session_key());
    let team = evalai.team_pk();
    let challenge = evalai.challenges().into_iter().next().unwrap_or(1);
    let text = format!(
        "A stand-in for EvalAI listens at {url}. Stop it with Ctrl-C.\n\n\
         github/host_config.json for it:\n\
         {{\"token\": \"{token}\", \"team_pk\": {team}, \"evalai_host_url\": \"{url}\"}}\n\n\
         Read a challenge:\n\
         curl -H 'Authorization: Bearer {token}' {url}/api/challenges/challenge/{challenge}/\n\n\
         Edit it, as the web UI does:\n\
         curl -X PATCH -H 'Authorization: Token {session}' -H 'Content-Type: application/json' \\\n  \
         -d '{{\"title\": \"A new title\"}}' {url}/api/challenges/challenge_host_team/{team}/challenge/{challenge}\n"
    );
    std::io::stdout().write_all(text.as_bytes())?;
    evalai.wait();
    Ok(())
}

fn options(mut arguments: impl Iterator<Item = String>) -> Result<(u16, Seed)> {
    let (mut port, mut seed, mut throttled) = (8000, Seed::sample(), false);
    let (mut made_up, mut splits) = (None, None);
    while let Some(option) = arguments.next() {
        let mut value = || {
            arguments
                .next()
                .with_context(|| format!("{option} needs a value; {USAGE}"))
        };
        match option.as_str() {
            "--port" => {
                let number = value()?.parse();
                port = number.context("--port needs a number up to 65535")?;
            }
            "--seed" => {
                seed = match value()?.as_str() {
                    "sample" => Seed::sample(),
                    "big" => Seed::big(),
                    "docker" => Seed::docker(),
                    "all" => Seed::all(),
                    other => bail!("there is no seed `{other}`; {USAGE}"),
                }
            }
            "--phases" => {
                let number = value()?.parse().context("--phases needs a number")?;
                let challenge = NewChallenge::titled("A made-up challenge");
                made_up = Some(challenge.repository("example-org/made-up").phases(number));
            }
            "--splits" => splits = Some(value()?.parse().context("--splits needs a number")?),
            "--throttled" => throttled = true,
            other => bail!("unknown option `{other}`; {USAGE}"),
        }
    }
    if let Some(challenge) = made_up {
        let challenge = match splits {
            Some(splits) => challenge.splits(splits),
            None => challenge,
        };
        seed = Seed::empty().challenge(challenge);
    }
    Ok((port, if throttled { seed.throttled() } else { seed }))
}
