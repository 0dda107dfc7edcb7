//! Reading challenges: by team, by id, by queue; their prizes and sponsors.

use serde_json::{Value, json};

use super::Call;
use crate::http::{Answer, Reply};
use crate::state::{Challenge, Row, flag, number, text};
use crate::views::{CHALLENGE, CHALLENGE_BY_QUEUE, DOMAINS, pick};

const PAGE: usize = 150;

/// The ids of the challenges that are kept, newest first.
fn newest(call: &Call, keep: impl Fn(&Challenge) -> bool) -> Vec<u64> {
    let all = call.state.challenges.iter().rev();
    all.filter(|(_, challenge)| !challenge.disabled && keep(challenge))
        .map(|(id, _)| *id)
        .collect()
}

fn paged(call: &Call, ids: &[u64]) -> Answer {
    call.page(ids, PAGE, |id| call.view().challenge(*id, CHALLENGE))
}

/// A team's challenges; anybody's who is signed in may ask.
pub(super) fn of_team(call: &mut Call) -> Answer {
    let team = call.id("team");
    call.state.team(team)?;
    paged(call, &newest(call, |challenge| challenge.team == team))
}

/// One challenge. The team only has to exist; a removed challenge is shown all the same.
pub(super) fn detail(call: &mut Call) -> Answer {
    call.state.team(call.id("team"))?;
    call.view()
        .challenge(call.id("ch"), CHALLENGE)
        .map(Reply::ok)
}

fn is_public(challenge: &Challenge) -> bool {
    flag(&challenge.row, "approved_by_admin") && flag(&challenge.row, "published")
}

pub(super) fn by_id(call: &mut Call) -> Answer {
    let id = call.id("ch");
    let is_host = call.state.is_host(call.user, id);
    let challenge = call
        .state
        .challenges
        .get(&id)
        .filter(|challenge| is_host || is_public(challenge));
    match challenge {
        None => Err(Reply::error(406, "Challenge does not exist!")),
        Some(challenge) if challenge.disabled => {
            Err(Reply::error(406, "Sorry, the challenge was removed!"))
        }
        Some(_) => call.view().challenge(id, CHALLENGE).map(Reply::ok),
    }
}

pub(super) fn by_queue(call: &mut Call) -> Answer {
    let queue = call.text("queue");
    let found = call
        .state
        .challenges
        .iter()
        .find(|(_, challenge)| text(&challenge.row, "queue") == queue);
    let Some((id, _)) = found else {
        return Err(Reply::error(
            400,
            &format!("Challenge with queue name {queue} does not exist"),
        ));
    };
    if !call.state.is_host(call.user, *id) {
        return Err(Reply::error(
            401,
            "Sorry, you are not authorized to access this challenge.",
        ));
    }
    call.view()
        .challenge(*id, CHALLENGE_BY_QUEUE)
        .map(Reply::ok)
}

/// `?mode=host` or `?host_team=<team>`: only what is approved and published.
pub(super) fn of_mine(call: &mut Call) -> Answer {
    let team = call
        .request
        .query("host_team")
        .map(|team| team.parse::<u64>().ok());
    let mut ids = match (call.request.query("mode"), team) {
        (Some("host"), None) => newest(call, |challenge| {
            is_public(challenge) && call.state.is_member(call.user, challenge.team)
        }),
        (None, Some(team)) => newest(call, |challenge| {
            is_public(challenge) && Some(challenge.team) == team
        }),
        _ => return Err(Reply::error(406, "Invalid url pattern!")),
    };
    ids.reverse();
    paged(call, &ids)
}

/// Every challenge of the site, private ones included; the path narrows the list.
pub(super) fn all(call: &mut Call) -> Answer {
    let (time, approval, visibility) = (
        call.text("time"),
        call.text("approval"),
        call.text("visibility"),
    );
    let wrong = |message| Err(Reply::error(406, message));
    let approved = match approval {
        "all" => None,
        "approved" | "unapproved" => Some(approval == "approved"),
        _ => return wrong("Wrong challenge approval status!"),
    };
    let published = match visibility {
        "all" => None,
        "public" | "private" => Some(visibility == "public"),
        _ => return wrong("Wrong challenge published status!"),
    };
    let moment = |row: &Row, field| text(row, field).parse().unwrap_or(call.now);
    let in_time = |row: &Row| match time {
        "past" => moment(row, "end_date") < call.now,
        "future" => moment(row, "start_date") > call.now,
        "present" => moment(row, "start_date") <= call.now && moment(row, "end_date") >= call.now,
        _ => true,
    };
    if !["all", "past", "present", "future"].contains(&time) {
        return wrong("Wrong url pattern!");
    }
    let ids = newest(call, |challenge| {
        approved.is_none_or(|wanted| wanted == flag(&challenge.row, "approved_by_admin"))
            && published.is_none_or(|wanted| wanted == flag(&challenge.row, "published"))
            && in_time(&challenge.row)
    });
    paged(call, &ids)
}

fn rows_of(call: &Call, rows: &[Row], fields: &str) -> Answer {
    let id = call.id("ch");
    call.state.challenge(id)?;
    let own = rows.iter().filter(|row| number(row, "challenge") == id);
    Ok(Reply::ok(
        own.map(|row| pick(row, fields)).collect::<Vec<Value>>(),
    ))
}

pub(super) fn prizes(call: &mut Call) -> Answer {
    rows_of(
        call,
        &call.state.prizes,
        "challenge amount rank description",
    )
}

pub(super) fn sponsors(call: &mut Call) -> Answer {
    rows_of(call, &call.state.sponsors, "challenge name website")
}

#[expect(clippy::unnecessary_wraps, reason = "every handler may refuse")]
pub(super) fn domains(_: &mut Call) -> Answer {
    Ok(Reply::ok(
        DOMAINS.map(|(code, name)| json!([code, name])).to_vec(),
    ))
}
