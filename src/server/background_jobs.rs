//! Background jobs: the purge of expired rows, and the log of how many requests were refused each minute.

use std::io;
use std::time::Duration;

use super::error::Error;
use super::refusal_counts::Refusal;
use super::state::AppState;
use crate::domain::clock_record::ClockRecord;

const PURGE_INTERVAL: Duration = Duration::from_mins(10);
const REFUSAL_LOG_INTERVAL: Duration = Duration::from_mins(1);

/// Runs all jobs until the future is dropped.
pub async fn run(app: AppState) {
    tokio::join!(purge_every_ten_minutes(&app), log_refusals_every_minute(&app));
}

async fn purge_every_ten_minutes(app: &AppState) {
    let mut next = tokio::time::interval(PURGE_INTERVAL);
    loop {
        next.tick().await;
        match purge(app).await {
            Ok(0) => {}
            Ok(rows) => tracing::info!(rows, "purged what is kept no longer"),
            Err(error) => tracing::error!(%error, "could not purge; it is tried again"),
        }
    }
}

/// Purges expired rows, unless the clock jumped: a machine whose clock is wrong when it starts would delete everybody's
/// sessions. Returns the number of purged rows.
///
/// # Errors
/// When the database could not be read or written.
pub async fn purge(app: &AppState) -> Result<u64, Error> {
    let now = app.clock.now();
    let record = app.store.clock_record().await?.unwrap_or(ClockRecord::believing(now)).observe(now);
    app.store.save_clock_record(record).await?;
    if !record.is_believed() {
        let days = (now.0 - record.believed_at.0) / 86_400;
        tracing::warn!(days, "the clock jumped; nothing is purged until it is put right, or has stood so for a day");
        return Ok(0);
    }
    app.store.purge(app.config.retention, now).await
}

async fn log_refusals_every_minute(app: &AppState) {
    let mut next = tokio::time::interval(REFUSAL_LOG_INTERVAL);
    loop {
        next.tick().await;
        log_refusal_counts(app);
    }
}

/// Logs how many requests were refused since the last call, one line for each kind, so that a flood does not fill the disk.
pub fn log_refusal_counts(app: &AppState) {
    for (refused, times) in app.refusal_counts.take() {
        match refused {
            // Of these only the answers of `/healthz` and `/readyz` are counted.
            Refusal::Response(status @ (200 | 503)) => tracing::info!(status, times, "asked for its health in the last minute"),
            Refusal::Response(status) => tracing::info!(status, times, "refused in the last minute"),
            Refusal::Connection(reason) => {
                let error = io::Error::from_raw_os_error(reason);
                tracing::error!(%error, times, "could not accept connections in the last minute");
            }
        }
    }
}
