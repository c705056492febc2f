//! Background jobs: purging expired rows, delivering notices, and logging once per minute how many
//! requests were refused.

use std::io;
use std::time::Duration;

use super::error::Error;
use super::notices::NoticeSender;
use super::refusal_counts::Refusal;
use super::state::AppState;
use crate::domain::clock_record::ClockRecord;

const PURGE_INTERVAL: Duration = Duration::from_mins(10);
const NOTICE_INTERVAL: Duration = Duration::from_secs(1);
const REFUSAL_LOG_INTERVAL: Duration = Duration::from_mins(1);

/// Runs all jobs until the future is dropped.
pub async fn run(app: AppState) {
    tokio::join!(
        purge_every_ten_minutes(&app),
        log_refusals_every_minute(&app),
        deliver_notices(&app)
    );
}

/// Delivers notices to the webhook, if there is one.
async fn deliver_notices(app: &AppState) {
    let Some(sender) = app.config.webhook.clone().and_then(NoticeSender::new) else { return };
    let mut ticks = tokio::time::interval(NOTICE_INTERVAL);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        loop {
            match sender.deliver(app).await {
                // There may be more.
                Ok(1..) => {}
                Ok(0) => break,
                Err(error) => {
                    tracing::error!(%error, "could not read notices; the next round tries again");
                    break;
                }
            }
        }
    }
}

async fn purge_every_ten_minutes(app: &AppState) {
    let mut ticks = tokio::time::interval(PURGE_INTERVAL);
    loop {
        ticks.tick().await;
        match purge(app).await {
            Ok(0) => {}
            Ok(rows) => tracing::info!(rows, "purged expired rows"),
            Err(error) => {
                tracing::error!(%error, "could not purge expired rows; the next purge tries again");
            }
        }
    }
}

/// Purges expired rows and returns their number. After a jump of the clock nothing is purged,
/// because a machine that starts with a wrong clock would delete every session.
///
/// # Errors
/// Fails if the database cannot be read or written.
pub async fn purge(app: &AppState) -> Result<u64, Error> {
    let now = app.clock.now();
    let record = app.store.clock_record().await?.unwrap_or(ClockRecord::trusting(now)).observe(now);
    app.store.save_clock_record(record).await?;
    if !record.is_trusted() {
        let days = (now.0 - record.trusted_at.0) / 86_400;
        tracing::warn!(
            days,
            "the clock jumped; nothing is purged until it is corrected or has run on for a day"
        );
        return Ok(0);
    }
    app.store.purge(app.config.retention, now).await
}

async fn log_refusals_every_minute(app: &AppState) {
    let mut ticks = tokio::time::interval(REFUSAL_LOG_INTERVAL);
    loop {
        ticks.tick().await;
        log_refusal_counts(app);
    }
}

/// Logs the numbers of refusals, health checks and failed accepts since the last call, one line per
/// kind, so that a flood does not fill the disk.
pub fn log_refusal_counts(app: &AppState) {
    for (refusal, times) in app.refusal_counts.take() {
        match refusal {
            // The statuses 200 and 503 are counted only for `/healthz` and `/readyz`.
            Refusal::Response(status @ (200 | 503)) => {
                tracing::info!(status, times, "asked for its health in the last minute");
            }
            Refusal::Response(status) => {
                tracing::info!(status, times, "refused in the last minute");
            }
            Refusal::Connection(os_error) => {
                let error = io::Error::from_raw_os_error(os_error);
                tracing::error!(%error, times, "could not accept connections in the last minute");
            }
        }
    }
}
