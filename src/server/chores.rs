//! What goes on beside the requests: the purge, and the minute's refusals.

use std::time::Duration;

use super::state::AppState;

const PURGE_EVERY: Duration = Duration::from_mins(10);
const TELL_EVERY: Duration = Duration::from_mins(1);

/// Does them until it is dropped.
pub async fn run(app: AppState) {
    tokio::join!(purge(&app), tell(&app));
}

async fn purge(app: &AppState) {
    let mut next = tokio::time::interval(PURGE_EVERY);
    loop {
        next.tick().await;
        match app.store.purge(app.config.retention, app.clock.now()).await {
            Ok(0) => {}
            Ok(rows) => tracing::info!(rows, "purged what is kept no longer"),
            Err(error) => tracing::error!(%error, "could not purge; it is tried again"),
        }
    }
}

/// One line a minute for each kind of refusal: a flood must not fill the disk by way of the log.
async fn tell(app: &AppState) {
    let mut next = tokio::time::interval(TELL_EVERY);
    loop {
        next.tick().await;
        for (status, times) in app.shield.take_refusals() {
            tracing::info!(status, times, "refused in the last minute");
        }
    }
}
