//! Reading phases: hosts see more of them, and more in them.

use serde_json::{Value, json};

use super::Call;
use crate::http::{Answer, Reply};
use crate::state::{Row, flag, number, text};
use crate::views::{PHASE, PHASE_FOR_HOSTS};

/// All phases with all their fields, for hosts alone. No order is promised.
pub(super) fn for_hosts(call: &mut Call) -> Answer {
    let id = call.id("ch");
    call.state.known(id)?;
    if !call.state.is_host(call.user, id) {
        return Err(Reply::error(
            401,
            "Sorry, you are not authorized to access these challenge phases.",
        ));
    }
    let phases: Result<Vec<Value>, Reply> = call
        .state
        .phases_of(id)
        .map(|phase| call.view().phase(phase, PHASE_FOR_HOSTS))
        .collect();
    phases.map(Reply::ok)
}

/// The phases by id; those that are not public only for hosts.
pub(super) fn list(call: &mut Call) -> Answer {
    let id = call.id("ch");
    call.state.challenge(id)?;
    let is_host = call.state.is_host(call.user, id);
    let mut phases: Vec<&Row> = call
        .state
        .phases_of(id)
        .filter(|phase| is_host || flag(phase, "is_public"))
        .collect();
    phases.sort_by_key(|phase| number(phase, "id"));
    call.page(&phases, 150, |phase| call.view().phase(phase, PHASE))
}

pub(super) fn detail(call: &mut Call) -> Answer {
    let challenge = call.id("ch");
    let fields = if call.state.is_host(call.user, challenge) {
        PHASE_FOR_HOSTS
    } else {
        PHASE
    };
    let phase = call.state.phase_in(challenge, call.id("phase"))?;
    call.view().phase(phase, fields).map(Reply::ok)
}

pub(super) fn by_id(call: &mut Call) -> Answer {
    let id = call.id("phase");
    let missing = || Reply::detail(404, &format!("ChallengePhase {id} does not exist"));
    let phase = call.state.phase(id).ok_or_else(missing)?;
    call.view().phase(phase, PHASE).map(Reply::ok)
}

pub(super) fn by_slug(call: &mut Call) -> Answer {
    let slug = call.text("slug");
    let missing = || {
        Reply::error(
            400,
            &format!("Challenge phase with slug {slug} does not exist"),
        )
    };
    let phase = call
        .state
        .phases
        .iter()
        .find(|phase| text(phase, "slug") == slug);
    call.view()
        .phase(phase.ok_or_else(missing)?, PHASE)
        .map(Reply::ok)
}

pub(super) fn allowed_emails(call: &mut Call) -> Answer {
    let phase = call.state.phase_in(call.id("ch"), call.id("phase"))?;
    Ok(Reply::ok(
        json!({ "allowed_email_ids": phase.get("allowed_email_ids") }),
    ))
}
