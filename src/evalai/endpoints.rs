//! The endpoints of EvalAI that the sync asks, one method each.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::client::Client;
use super::error::Error;
use super::wire::{Challenge, Object, Page};

/// What [`utf8_percent_encode`] leaves alone in a path segment: RFC 3986's unreserved characters.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

impl Client {
    /// Page `number` (from 1) of the team's challenges, 150 a page, newest first, removed ones
    /// left out. Any verified user may read it.
    ///
    /// # Errors
    /// [`Error::Absent`] if there is no such team; [`Error::Server`] if any one of the team's
    /// challenges has an empty date.
    pub async fn team_page(&self, team: u64, number: u32) -> Result<Page, Error> {
        let query = if number > 1 {
            format!("?page={number}")
        } else {
            String::new()
        };
        let path = format!("/api/challenges/challenge_host_team/{team}/challenge{query}");
        self.get(&path).await?.page(number)
    }

    /// The challenge `id`, the same object as in the team's list.
    ///
    /// # Errors
    /// [`Error::Removed`] after a removal in the web UI; [`Error::Absent`] if there is no such
    /// challenge, or it is not published and the token's user is no host of it.
    pub async fn challenge(&self, id: u64) -> Result<Challenge, Error> {
        let path = format!("/api/challenges/challenge/{id}/");
        self.get(&path).await?.challenge(id)
    }

    /// The settings of the worker of challenge `id`, found by its `queue`; the only source of
    /// `evaluation_script` and of the worker's network and size.
    ///
    /// # Errors
    /// [`Error::NotHost`] if the token's user is no host of the challenge.
    pub async fn worker(&self, id: u64, queue: &str) -> Result<Object, Error> {
        let queue = utf8_percent_encode(queue, SEGMENT);
        let path = format!("/api/challenges/challenge/queues/{queue}/");
        self.get(&path).await?.object_of(id)
    }

    /// All phases of challenge `id` with the fields that only hosts see, in no order.
    ///
    /// # Errors
    /// [`Error::NotHost`] if the token's user is no host of the challenge.
    pub async fn phases(&self, id: u64) -> Result<Vec<Object>, Error> {
        let path = format!("/api/challenges/{id}/phases/");
        self.get(&path).await?.objects(&["id"])
    }

    /// All phase splits of challenge `id`, by id. Who is no host of it gets those that
    /// everybody sees, without a word.
    ///
    /// # Errors
    /// [`Error::Absent`] if there is no such challenge.
    pub async fn phase_splits(&self, id: u64) -> Result<Vec<Object>, Error> {
        let path = format!("/api/challenges/{id}/challenge_phase_split");
        self.get(&path)
            .await?
            .objects(&["id", "challenge_phase", "dataset_split"])
    }

    /// One phase split with its leaderboard, precision and order.
    ///
    /// # Errors
    /// [`Error::Absent`] if there is no such split.
    pub async fn phase_split(&self, id: u64) -> Result<Object, Error> {
        let path = format!("/api/challenges/challenge/create/challenge_phase_split/{id}/");
        self.get(&path).await?.object_of(id)
    }

    /// One leaderboard with its schema and config id.
    ///
    /// # Errors
    /// [`Error::Absent`] if there is no such leaderboard.
    pub async fn leaderboard(&self, id: u64) -> Result<Object, Error> {
        let path = format!("/api/challenges/challenge/create/leaderboard/{id}/");
        self.get(&path).await?.object_of(id)
    }

    /// One dataset split with its codename and config id.
    ///
    /// # Errors
    /// [`Error::Absent`] if there is no such split.
    pub async fn dataset_split(&self, id: u64) -> Result<Object, Error> {
        let path = format!("/api/challenges/challenge/create/dataset_split/{id}/");
        self.get(&path).await?.object_of(id)
    }

    /// The prizes of challenge `id`, in no order; also those that no longer count.
    ///
    /// # Errors
    /// [`Error::Absent`] if there is no such challenge.
    pub async fn prizes(&self, id: u64) -> Result<Vec<Object>, Error> {
        let path = format!("/api/challenges/challenge/{id}/prizes/");
        self.get(&path).await?.objects(&["challenge"])
    }

    /// The sponsors of challenge `id`, in no order; also those that no longer count.
    ///
    /// # Errors
    /// [`Error::Absent`] if there is no such challenge.
    pub async fn sponsors(&self, id: u64) -> Result<Vec<Object>, Error> {
        let path = format!("/api/challenges/challenge/{id}/sponsors/");
        self.get(&path).await?.objects(&["challenge"])
    }
}
