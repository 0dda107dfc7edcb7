//! Reading host teams.

use serde_json::Value;

use super::Call;
use crate::http::{Answer, Reply};
use crate::state::Row;
use crate::views::{TEAM, pick};

const PAGE: usize = 10;

/// The teams that the sender belongs to.
pub(super) fn mine(call: &mut Call) -> Answer {
    let teams: Vec<&Row> = call
        .state
        .teams
        .iter()
        .filter_map(|(id, team)| call.state.is_member(call.user, *id).then_some(team))
        .collect();
    call.page(&teams, PAGE, |team| Ok(pick(team, TEAM)))
}

pub(super) fn detail(call: &mut Call) -> Answer {
    let team = call.state.team(call.id("team"))?;
    Ok(Reply::ok(pick(team, TEAM)))
}

pub(super) fn members(call: &mut Call) -> Answer {
    let team = call.state.team(call.id("team"))?;
    let members = team
        .get("members")
        .and_then(Value::as_array)
        .map_or(&[][..], Vec::as_slice);
    call.page(members, PAGE, |member| Ok(member.clone()))
}
