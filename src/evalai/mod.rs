//! EvalAI's REST API, as the token of a challenge host sees it: the client, finding the
//! repository's challenge, and the [`Snapshot`] of all that EvalAI holds about it.
//!
//! Only GET requests are ever sent. One poll takes four of them, whatever the size of the
//! challenge: the team's challenges ([`locate`]), then worker settings, phases and phase
//! splits side by side ([`Snapshot::read`]). Media files are fetched by [`Client::download`].

mod client;
mod download;
mod endpoints;
mod error;
mod fault;
mod host_url;
mod locate;
mod pace;
mod reading;
mod retry;
mod snapshot;
mod structure;
mod token;
mod untrusted;
mod wire;

pub use client::{Client, Limits, Request};
pub use download::{Download, DownloadFault, Downloaded, Validator};
pub use error::Error;
pub use fault::{Call, ConnectionFault, NEW_TOKEN, Said, TokenFault};
pub use host_url::{HostUrl, HostUrlError};
pub use locate::{FoundBy, Listing, LocateError, Located, Wanted, challenges_of, choose, locate};
pub use reading::{Held, TwinPhases};
pub use retry::{Backoff, Next};
pub use snapshot::{Known, Reason, Snapshot};
pub use structure::{Depth, Ids, Structure};
pub use token::TokenForm;
pub use wire::{Answer, Challenge, Object, Page};
