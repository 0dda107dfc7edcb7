//! Local git and the remote, with libgit2; no git program is run.
//!
//! All work happens in a [`Scratch`]: a bare repository of our own in a
//! temporary folder, which borrows the objects of the checked-out
//! [`Workspace`], so that nothing already there is fetched again. The
//! workspace's `.git` gets nothing but the sync's commit, at the very end
//! ([`Workspace::advance`]).
//!
//! Everything here blocks; the types are `Send`, so that a caller can move
//! them into a blocking task.

mod advance;
mod chain;
mod commit;
mod error;
mod history;
mod index;
mod merge;
mod own_branch;
mod owner;
mod parcel;
mod patience;
mod refusal;
mod remote;
mod scratch;
mod shallow;
mod tracked;
mod tree;
mod url;
mod workspace;

pub use advance::Advanced;
pub use chain::Logged;
pub use commit::{Change, Changes, Signature};
pub use error::{GitError, PushError};
pub use git2::Oid;
pub use merge::merge;
pub use own_branch::Tip;
pub use parcel::{Changed, Parcel};
pub use remote::{Credentials, Refs};
pub use scratch::Scratch;
pub use tree::{Entry, File, Files, Kind, Mode};
pub use url::RemoteUrl;
pub use workspace::{Head, Workspace};
