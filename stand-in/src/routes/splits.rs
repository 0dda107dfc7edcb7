//! Reading phase splits, leaderboards and dataset splits. An edit is answered with the same view.

use serde_json::Value;

use super::Call;
use crate::http::{Answer, Reply};
use crate::state::{Table, number};
use crate::views::{DATASET_SPLIT, LEADERBOARD, SPLIT, pick};

/// Visible to everybody.
const PUBLIC: u64 = 3;

/// A challenge's phase splits by id; others than hosts see the public ones.
pub(super) fn list(call: &mut Call) -> Answer {
    let id = call.id("ch");
    call.state.challenge(id)?;
    let is_staff = call
        .user
        .and_then(|id| call.state.user(id))
        .is_some_and(|user| user.staff);
    let sees_all = is_staff || call.state.is_host(call.user, id);
    let splits = call.state.splits_of(id);
    let splits = splits.filter(|split| sees_all || number(split, "visibility") == PUBLIC);
    Ok(Reply::ok(
        splits
            .map(|split| call.view().split_in_list(split))
            .collect::<Vec<Value>>(),
    ))
}

fn row(table: &Table, kind: &str, id: u64, fields: &str) -> Answer {
    let missing = || Reply::detail(404, &format!("{kind} {id} does not exist"));
    let row = table.get(&id).ok_or_else(missing)?;
    Ok(Reply::ok(pick(row, fields)))
}

pub(crate) fn detail(call: &mut Call) -> Answer {
    row(
        &call.state.splits,
        "ChallengePhaseSplit",
        call.id("split"),
        SPLIT,
    )
}

pub(crate) fn leaderboard(call: &mut Call) -> Answer {
    row(
        &call.state.leaderboards,
        "Leaderboard",
        call.id("leaderboard"),
        LEADERBOARD,
    )
}

pub(crate) fn dataset_split(call: &mut Call) -> Answer {
    row(
        &call.state.dataset_splits,
        "DatasetSplit",
        call.id("dataset_split"),
        DATASET_SPLIT,
    )
}
