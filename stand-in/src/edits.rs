//! What hosts change, in the web UI or through the API, and what else changes with it.

use serde_json::{Value, json};

use crate::fields::{
    CHALLENGE_FIELDS, DATASET_SPLIT_FIELDS, Fields, Kind, LEADERBOARD_FIELDS, PHASE_FIELDS,
    SPLIT_FIELDS, TEAM_FIELDS, changes,
};
use crate::http::{Answer, Reply};
use crate::routes::{Call, splits};
use crate::save;
use crate::state::{Row, flag};
use crate::values::jsonb;
use crate::views::{CHALLENGE, CREATOR, DOMAINS, PHASE, pick};

/// The values that the request gives to the fields.
fn values(call: &mut Call, fields: &Fields) -> Result<Row, Reply> {
    let changes = changes(fields, call.request.fields()?)?;
    Ok(save::kept(call.state, changes, call.now))
}

/// Most dialogs of the web UI. The team of the path becomes the challenge's creator.
pub(crate) fn challenge(call: &mut Call) -> Answer {
    let (team, id) = (call.id("team"), call.id("ch"));
    call.state.team(team)?;
    refuse_if_frozen(call, id)?;
    let values = values(call, CHALLENGE_FIELDS)?;
    save::challenge(call.state, id, team, values);
    call.view().challenge(id, CHALLENGE).map(Reply::ok)
}

fn refuse_if_frozen(call: &Call, id: u64) -> Result<(), Reply> {
    if !flag(&call.state.challenge(id)?.row, "is_frozen") {
        return Ok(());
    }
    let fields = call.request.fields()?;
    let sent = |field: &&str| fields.iter().any(|(name, _)| name == field);
    let dates: Vec<&str> = ["start_date", "end_date"]
        .into_iter()
        .filter(sent)
        .collect();
    if dates.is_empty() {
        return Ok(());
    }
    let message = format!(
        "The challenge is frozen and the {} cannot be changed. \
         Please contact the EvalAI admin at team@eval.ai to make changes.",
        dates.join(", ")
    );
    Err(Reply::error(403, &message))
}

/// The phase dialog, and what the API allows beyond it.
pub(crate) fn phase(call: &mut Call) -> Answer {
    let (challenge, id) = (call.id("ch"), call.id("phase"));
    call.state.phase_in(challenge, id)?;
    let values = values(call, PHASE_FIELDS)?;
    call.state
        .update_phase(id, |phase| save::phase(phase, values));
    let phase = call.state.phase_in(challenge, id)?;
    call.view().phase(phase, PHASE).map(Reply::ok)
}

fn any_host(call: &Call) -> Result<(), Reply> {
    if call.state.is_any_host(call.user) {
        Ok(())
    } else {
        Err(not_authorized())
    }
}

fn not_authorized() -> Reply {
    Reply::error(
        401,
        "Sorry, you are not authorized to perform this operation!",
    )
}

pub(crate) fn split(call: &mut Call) -> Answer {
    splits::detail(call)?;
    any_host(call)?;
    let (id, values) = (call.id("split"), values(call, SPLIT_FIELDS)?);
    call.state.splits.entry(id).or_default().extend(values);
    splits::detail(call)
}

pub(crate) fn dataset_split(call: &mut Call) -> Answer {
    splits::dataset_split(call)?;
    any_host(call)?;
    let id = call.id("dataset_split");
    let values = values(call, DATASET_SPLIT_FIELDS)?;
    call.state
        .dataset_splits
        .entry(id)
        .or_default()
        .extend(values);
    splits::dataset_split(call)
}

/// The schema comes as a text that holds JSON; the real server fails on anything else.
pub(crate) fn leaderboard(call: &mut Call) -> Answer {
    splits::leaderboard(call)?;
    any_host(call)?;
    let id = call.id("leaderboard");
    let mut shown_in = call.state.challenges_showing(id);
    if !shown_in.all(|challenge| call.state.is_host(call.user, challenge)) {
        return Err(not_authorized());
    }
    drop(shown_in);
    let mut values = values(call, LEADERBOARD_FIELDS)?;
    if let Some(schema) = values.get_mut("schema") {
        let parsed = schema
            .as_str()
            .and_then(|text| serde_json::from_str(text).ok());
        *schema = jsonb(&parsed.ok_or_else(Reply::server_error_page)?);
    }
    call.state
        .leaderboards
        .entry(id)
        .or_default()
        .extend(values);
    splits::leaderboard(call)
}

/// Kept tags keep their old order, new ones are appended; without a valid domain nothing is saved.
pub(crate) fn tags_and_domain(call: &mut Call) -> Answer {
    let id = call.id("ch");
    call.state.known(id)?;
    if !call.state.is_host(call.user, id) {
        return Err(not_authorized());
    }
    let domain = call.request.field("domain")?.unwrap_or_default();
    if !DOMAINS.iter().any(|(code, _)| domain == *code) {
        let shown = domain
            .as_str()
            .map_or_else(|| "None".to_owned(), str::to_owned);
        return Err(Reply::error(406, &format!("Invalid domain value:{shown}")));
    }
    let wanted = match call.request.field("list_tags")? {
        Some(Value::Array(tags)) => tags,
        _ => Vec::new(),
    };
    let row = &mut call.state.challenge_mut(id)?.row;
    let kept = row
        .get("list_tags")
        .and_then(Value::as_array)
        .cloned()
        .unwrap_or_default();
    row.insert("list_tags".into(), save::merged_tags(kept, wanted).into());
    row.insert("domain".into(), domain);
    Ok(Reply::empty(200))
}

/// The UI's "delete challenge": the row stays.
pub(crate) fn disable(call: &mut Call) -> Answer {
    call.state.challenge_mut(call.id("ch"))?.disabled = true;
    Ok(Reply::empty(204))
}

pub(crate) fn pause(call: &mut Call) -> Answer {
    let id = call.id("ch");
    if call.request.field("is_submission_paused")?.is_none() {
        return Err(Reply::error(400, "is_submission_paused field is required"));
    }
    let values = values(call, &[("is_submission_paused", Kind::Bool)])?;
    call.state.challenge_mut(id)?.row.extend(values.clone());
    Ok(Reply::ok(Value::from(values)))
}

/// Approval by EvalAI's staff, which freezes the challenge's dates.
pub(crate) fn approve(call: &mut Call) -> Answer {
    let staff = call
        .user
        .and_then(|id| call.state.user(id))
        .is_some_and(|user| user.staff);
    if !staff {
        return Err(Reply::error(
            401,
            "Sorry, you are not authorized to access this resource!",
        ));
    }
    let id = call
        .request
        .field("challenge_pk")?
        .and_then(|id| id.as_u64());
    let id = id.ok_or_else(|| Reply::error(400, "Challenge primary key is missing!"))?;
    if call.request.field("approved_by_admin")? != Some(Value::Bool(true)) {
        return Err(Reply::error(400, "approved_by_admin is missing!"));
    }
    call.state.known(id)?;
    let row = &mut call.state.challenge_mut(id)?.row;
    row.insert("approved_by_admin".into(), true.into());
    row.insert("is_frozen".into(), true.into());
    Ok(Reply::ok(
        json!({ "message": "Challenge updated successfully!" }),
    ))
}

pub(crate) fn allow_emails(call: &mut Call) -> Answer {
    allowed_emails(call, |known, sent| {
        let known: Vec<Value> = known
            .into_iter()
            .filter(|email| !sent.contains(email))
            .collect();
        known.into_iter().chain(sent).collect()
    })
}

pub(crate) fn disallow_emails(call: &mut Call) -> Answer {
    allowed_emails(call, |mut known, sent| {
        known.retain(|email| !sent.contains(email));
        known
    })
}

/// The real server keeps a set here, so the order as sent is lost; the stand-in turns it round.
fn allowed_emails(
    call: &mut Call,
    change: impl FnOnce(Vec<Value>, Vec<Value>) -> Vec<Value>,
) -> Answer {
    let (challenge, id) = (call.id("ch"), call.id("phase"));
    let phase = call.state.phase_in(challenge, id)?;
    let known = phase
        .get("allowed_email_ids")
        .and_then(Value::as_array)
        .cloned()
        .unwrap_or_default();
    let sent = match call.request.field("allowed_email_ids")? {
        Some(Value::Array(sent)) => sent,
        Some(Value::Null) | None => {
            return Err(Reply::error(400, "Field allowed_email_ids is missing."));
        }
        Some(_) => {
            return Err(Reply::error(
                400,
                "Field allowed_email_ids should be a list.",
            ));
        }
    };
    let mut emails = change(known, sent);
    emails.reverse();
    let answer = json!({ "allowed_email_ids": emails });
    let values = Row::from_iter([("allowed_email_ids".to_owned(), emails.into())]);
    call.state
        .update_phase(id, |phase| save::phase(phase, values));
    Ok(Reply::ok(answer))
}

pub(crate) fn team(call: &mut Call) -> Answer {
    let id = call.id("team");
    call.state.team(id)?;
    let values = values(call, TEAM_FIELDS)?;
    let team = call.state.teams.entry(id).or_default();
    team.extend(values);
    Ok(Reply::ok(pick(team, CREATOR)))
}
