//! Being told to stop: a cancelled job, a stopped container, Ctrl+C.

use tokio::signal::unix::{SignalKind, signal};

/// Waits until somebody wants this process to end, and says by which signal.
/// As a container's first process it would not end by itself: the kernel
/// drops signals that such a process does not ask for.
pub(super) async fn asked_to_stop() -> &'static str {
    let (terminate, interrupt) = (
        signal(SignalKind::terminate()),
        signal(SignalKind::interrupt()),
    );
    let (Ok(mut terminate), Ok(mut interrupt)) = (terminate, interrupt) else {
        // Without a handler a signal does what it does anyway.
        return std::future::pending().await;
    };
    tokio::select! {
        _ = terminate.recv() => "SIGTERM",
        _ = interrupt.recv() => "SIGINT",
    }
}
