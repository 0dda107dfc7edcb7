//! Leaderboards, dataset splits and phase splits as far as they have objects
//! of their own, and the lists of prizes and sponsors.
//!
//! The list of phase splits names database ids only; config ids, precision,
//! order and codenames take one request each. Config ids never change, so
//! they are remembered; the rest has no edit in the web UI and is asked for
//! in full readings only.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use serde::{Deserialize, Serialize};

use super::client::Client;
use super::error::Error;
use super::wire::Object;

/// How many requests are under way at once.
const SIDE_BY_SIDE: usize = 4;

/// EvalAI's database ids, resolved. A push never changes them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ids {
    /// The leaderboard (database id) of each phase split (database id).
    pub splits: BTreeMap<u64, u64>,
    /// The config id of each leaderboard.
    pub leaderboards: BTreeMap<u64, i64>,
    /// The config id of each dataset split.
    pub dataset_splits: BTreeMap<u64, i64>,
}

/// How much is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Depth {
    /// What the web UI can change: four requests whatever the challenge's size.
    Routine,
    /// Everything.
    Full,
}

/// What was asked for, by database id.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Structure {
    /// Phase splits.
    pub splits: BTreeMap<u64, Object>,
    /// Leaderboards.
    pub leaderboards: BTreeMap<u64, Object>,
    /// Dataset splits.
    pub dataset_splits: BTreeMap<u64, Object>,
    /// Prizes; `None` if they were not asked for.
    pub prizes: Option<Vec<Object>>,
    /// Sponsors; `None` if they were not asked for.
    pub sponsors: Option<Vec<Object>>,
    /// The ids, those that were known before included.
    pub ids: Ids,
}

impl Structure {
    /// Asks for what `depth` wants and `known` lacks.
    ///
    /// # Errors
    /// If a request fails, or an answer is not what this API answers.
    pub async fn read(
        client: &Client,
        challenge: u64,
        phase_splits: &[Object],
        known: &Ids,
        depth: Depth,
    ) -> Result<Self, Error> {
        let id = |object: &Object, key: &str| object.get(key).and_then(serde_json::Value::as_u64);
        let all = |key: &str| {
            phase_splits
                .iter()
                .filter_map(|split| id(split, key))
                .collect::<BTreeSet<_>>()
        };
        let full = depth == Depth::Full;
        let mut ids = Ids::default();

        let splits = all("id");
        let wanted = splits
            .iter()
            .filter(|split| full || !known.splits.contains_key(split));
        let own_splits = each(wanted, |split| client.phase_split(split)).await?;
        for split in splits {
            let leaderboard = own_splits
                .get(&split)
                .and_then(|own| id(own, "leaderboard"));
            if let Some(leaderboard) = leaderboard.or_else(|| known.splits.get(&split).copied()) {
                ids.splits.insert(split, leaderboard);
            }
        }
        let wanted: BTreeSet<u64> = ids.splits.values().copied().collect();
        let wanted = wanted
            .iter()
            .filter(|id| full || !known.leaderboards.contains_key(id));
        let leaderboards = each(wanted, |id| client.leaderboard(id)).await?;
        let wanted = all("dataset_split");
        let wanted = wanted
            .iter()
            .filter(|id| full || !known.dataset_splits.contains_key(id));
        let dataset_splits = each(wanted, |id| client.dataset_split(id)).await?;

        let resolve = |known: &BTreeMap<u64, i64>, asked: &BTreeMap<u64, Object>| {
            let config_id =
                |object: &Object| object.get("config_id").and_then(serde_json::Value::as_i64);
            let mut resolved = known.clone();
            resolved.extend(
                asked
                    .iter()
                    .filter_map(|(id, object)| Some((*id, config_id(object)?))),
            );
            resolved
        };
        ids.leaderboards = resolve(&known.leaderboards, &leaderboards);
        ids.dataset_splits = resolve(&known.dataset_splits, &dataset_splits);
        let (prizes, sponsors) = if full {
            let (prizes, sponsors) =
                tokio::try_join!(client.prizes(challenge), client.sponsors(challenge))?;
            (Some(prizes), Some(sponsors))
        } else {
            (None, None)
        };
        Ok(Self {
            splits: own_splits,
            leaderboards,
            dataset_splits,
            prizes,
            sponsors,
            ids,
        })
    }
}

/// Asks for each of `ids`, a few at a time.
async fn each<'a, F>(
    ids: impl Iterator<Item = &'a u64>,
    ask: impl Fn(u64) -> F,
) -> Result<BTreeMap<u64, Object>, Error>
where
    F: Future<Output = Result<Object, Error>>,
{
    let ids: Vec<u64> = ids.copied().collect();
    stream::iter(ids)
        .map(|id| {
            let answer = ask(id);
            async move { Ok((id, answer.await?)) }
        })
        .buffer_unordered(SIDE_BY_SIDE)
        .try_collect()
        .await
}
