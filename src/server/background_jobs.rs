//! Background jobs: they purge expired rows, and log each minute how many requests were refused.

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
            Ok(rows) => tracing::info!(rows, "purged expired rows"),
            Err(error) => {
                tracing::error!(%error, "could not purge expired rows; the next purge tries again");
            }
        }
    }
}

/// Purges expired rows and returns their number. After a jump of the clock it purges nothing,
/// because a machine that starts with a wrong clock would delete every session.
///
/// # Errors
/// Fails if the database cannot be read or written.
pub async fn purge(app: &AppState) -> Result<u64, Error> {
    let now = app.clock.now();
    let record =
        app.store.clock_record().await?.unwrap_or(ClockRecord::believing(now)).observe(now);
    app.store.save_clock_record(record).await?;
    if !record.is_believed() {
        let days = (now.0 - record.believed_at.0) / 86_400;
        tracing::warn!(
            days,
            "the clock jumped; nothing is purged until it is corrected or has run on for a day"
        );
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

/// Logs the number of requests that were refused since the last call, one line a kind, so that a
/// flood does not fill the disk.
pub fn log_refusal_counts(app: &AppState) {
    for (refused, times) in app.refusal_counts.take() {
        match refused {
            // Responses with these statuses are counted only for `/healthz` and `/readyz`.
            Refusal::Response(status @ (200 | 503)) => {
                tracing::info!(status, times, "asked for its health in the last minute");
            }
            Refusal::Response(status) => {
                tracing::info!(status, times, "refused in the last minute");
            }
            Refusal::Connection(reason) => {
                let error = io::Error::from_raw_os_error(reason);
                tracing::error!(%error, times, "could not accept connections in the last minute");
            }
        }
    }
}
