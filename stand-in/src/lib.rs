//! A stateful stand-in for EvalAI's REST API: for tests, benches and the demo.
//!
//! It answers as the real server does, which `tests/wire/replay.rs` holds it to with recorded requests and
//! answers, and it changes as the real one does when a host edits a challenge in the web UI or pushes a challenge
//! repository.
//!
//! ```
//! use evalai_stand_in::{Seed, StandIn};
//! use serde_json::json;
//!
//! # fn main() -> anyhow::Result<()> {
//! let evalai = StandIn::start(Seed::sample())?;
//! evalai.edit_challenge(1, json!({ "title": "  A new title " }))?;
//! let challenge = evalai.get("/api/challenges/challenge/1/")?;
//! assert_eq!(challenge["title"], "A new title");
//! assert!(evalai.requests().is_empty(), "only what comes over the wire is logged");
//! # Ok(())
//! # }
//! ```
//!
//! A repository's files, by their paths, become a zip as its workflow makes it, and that zip a challenge:
//!
//! ```no_run
//! # use std::collections::BTreeMap;
//! # use evalai_stand_in::{Seed, StandIn, starter_zip};
//! # fn push(files: &BTreeMap<String, Vec<u8>>) -> anyhow::Result<()> {
//! let evalai = StandIn::start(Seed::empty())?;
//! evalai.push("owner/name", "challenge", &starter_zip(files))?;
//! # Ok(())
//! # }
//! ```

mod auth;
mod clock;
mod control;
mod edits;
mod faults;
mod fields;
mod http;
mod media;
mod push;
pub mod recorded;
mod routes;
mod save;
mod seed;
mod server;
mod site;
mod state;
mod throttle;
mod values;
mod views;

use std::net::{Ipv4Addr, SocketAddr};
use std::thread::JoinHandle;

use anyhow::{Context, Result};
use tokio::sync::{oneshot, watch};

pub use faults::Fault;
pub use push::starter_zip;
pub use seed::{NewChallenge, Seed};
pub use server::LoggedRequest;

use server::{SharedWorld, World};
use throttle::Throttle;

/// A running stand-in. It listens on 127.0.0.1 in a thread of its own until it is dropped.
#[derive(Debug)]
pub struct StandIn {
    url: String,
    world: SharedWorld,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl StandIn {
    /// Starts a stand-in on a free port.
    ///
    /// # Errors
    /// If the recordings cannot be read, or no port can be had.
    pub fn start(seed: Seed) -> Result<Self> {
        Self::start_on(0, seed)
    }

    /// Starts a stand-in on the given port.
    ///
    /// # Errors
    /// If the recordings cannot be read, or the port is taken.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "a seed is used up by what grows from it"
    )]
    pub fn start_on(port: u16, seed: Seed) -> Result<Self> {
        let state = seed.build()?;
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        let listener = std::net::TcpListener::bind(address)
            .with_context(|| format!("cannot listen on {address}"))?;
        listener.set_nonblocking(true)?;
        let port = listener.local_addr()?.port();
        let url = format!("http://127.0.0.1:{port}");
        let world = SharedWorld::new(World {
            state,
            clock: seed.clock(),
            throttle: seed.throttled.then(Throttle::default),
            faults: faults::Faults::default(),
            listens: watch::Sender::new(true),
            log: Vec::new(),
            url: url.clone(),
            media: if seed.media_elsewhere {
                format!("http://localhost:{port}")
            } else {
                url.clone()
            },
        });
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .context("cannot start the stand-in's runtime")?;
        let (stop, stopped) = oneshot::channel::<()>();
        let served = world.clone();
        let thread = std::thread::Builder::new()
            .name("stand-in".into())
            .spawn(move || {
                runtime.block_on(async {
                    let Ok(listener) = tokio::net::TcpListener::from_std(listener) else {
                        return;
                    };
                    tokio::select! {
                        _ = server::serve(listener, served) => {}
                        _ = stopped => {}
                    }
                });
            })?;
        Ok(Self {
            url,
            world,
            stop: Some(stop),
            thread: Some(thread),
        })
    }

    /// Where it listens, without a slash at the end.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Waits for ever, or until the server fails.
    pub fn wait(mut self) {
        if let Some(thread) = self.thread.take() {
            // The thread does not panic; were it to, waiting would be over all the same.
            let _ = thread.join();
        }
    }
}

impl Drop for StandIn {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
