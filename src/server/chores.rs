//! What goes on beside the requests: the purge, and what the minute's refusals came to.

use std::io;
use std::time::Duration;

use super::error::Error;
use super::shield::Refused;
use super::state::AppState;
use crate::domain::clock_record::ClockRecord;

const PURGE_EVERY: Duration = Duration::from_mins(10);
const TELL_EVERY: Duration = Duration::from_mins(1);
/// Does them until it is dropped.
pub async fn run(app: AppState) {
    tokio::join!(purge_every_ten_minutes(&app), tell_every_minute(&app));
}

async fn purge_every_ten_minutes(app: &AppState) {
    let mut next = tokio::time::interval(PURGE_EVERY);
    loop {
        next.tick().await;
        match purge(app).await {
            Ok(0) => {}
            Ok(rows) => tracing::info!(rows, "purged what is kept no longer"),
            Err(error) => tracing::error!(%error, "could not purge; it is tried again"),
        }
    }
}

/// Purges what is kept no longer, unless the clock jumped: a machine whose clock is wrong when it starts would have it delete
/// everybody's sessions. How many rows went.
///
/// # Errors
/// When the database could not be read or written.
pub async fn purge(app: &AppState) -> Result<u64, Error> {
    let now = app.clock.now();
    let record = app.store.clock_record().await?.unwrap_or(ClockRecord::believing(now)).at(now);
    app.store.keep_clock_record(record).await?;
    if !record.is_believed() {
        let days = (now.0 - record.believed_at.0) / 86_400;
        tracing::warn!(days, "the clock jumped; nothing is purged until it is put right, or has stood so for a day");
        return Ok(0);
    }
    app.store.purge(app.config.retention, now).await
}

async fn tell_every_minute(app: &AppState) {
    let mut next = tokio::time::interval(TELL_EVERY);
    loop {
        next.tick().await;
        tell(app);
    }
}

/// Tells what was refused since it was told last, one line for each kind: a flood must not fill the disk by way of the log.
pub fn tell(app: &AppState) {
    for (refused, times) in app.shield.take_refusals() {
        match refused {
            // Of these only the answers of `/healthz` and `/readyz` are counted.
            Refused::Answer(status @ (200 | 503)) => tracing::info!(status, times, "asked for its health in the last minute"),
            Refused::Answer(status) => tracing::info!(status, times, "refused in the last minute"),
            Refused::Connection(reason) => {
                let error = io::Error::from_raw_os_error(reason);
                tracing::error!(%error, times, "could not accept connections in the last minute");
            }
        }
    }
}
