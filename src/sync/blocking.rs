//! Work that may block, away from the thread on which requests are awaited.

use anyhow::{Context as _, Result};

/// Runs `work` where it may block, and hands back what it worked with.
pub(super) async fn blocking<T, R>(
    mut tool: T,
    work: impl FnOnce(&mut T) -> R + Send + 'static,
) -> Result<(T, R)>
where
    T: Send + 'static,
    R: Send + 'static,
{
    let task = tokio::task::spawn_blocking(move || {
        let result = work(&mut tool);
        (tool, result)
    });
    task.await
        .context("the sync stopped in the middle; please report this as a bug of evalai-sync")
}
