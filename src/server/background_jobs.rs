//! Background jobs: purging expired rows, delivering notices, and logging once per minute how many
//! requests were refused.

use std::io;
use std::time::Duration;

use super::backup::{self, Backup};
use super::config::BackupConfig;
use super::error::Error;
use super::journal_writer::JournalWriter;
use super::notices::NoticeSender;
use super::refusal_counts::Refusal;
use super::state::AppState;
use crate::domain::clock_record::ClockRecord;

const PURGE_INTERVAL: Duration = Duration::from_mins(10);
const NOTICE_INTERVAL: Duration = Duration::from_secs(1);
const JOURNAL_INTERVAL: Duration = Duration::from_secs(1);
const BACKUP_CHECK_INTERVAL: Duration = Duration::from_mins(10);
/// The age in seconds at which the newest backup is followed by another one: a day.
const BACKUP_AGE: i64 = 86_400;
const REFUSAL_LOG_INTERVAL: Duration = Duration::from_mins(1);

/// Runs all jobs until the future is dropped.
pub async fn run(app: AppState, journal: Option<JournalWriter>) {
    tokio::join!(
        purge_every_ten_minutes(&app),
        log_refusals_every_minute(&app),
        deliver_notices(&app),
        keep_journal(&app, journal.as_ref()),
        back_up_daily(&app, journal.as_ref()),
    );
}

/// Opens the journal, if there is a folder for it.
///
/// # Errors
/// Fails if the journal cannot be read or written, and if the database is older than it.
pub async fn open_journal(app: &AppState) -> Result<Option<JournalWriter>, Error> {
    match &app.config.backup.folder {
        Some(folder) => JournalWriter::open(app, folder).await.map(Some),
        None => Ok(None),
    }
}

/// Copies new entries of the audit log into the journal.
async fn keep_journal(app: &AppState, journal: Option<&JournalWriter>) {
    let Some(journal) = journal else { return };
    let mut ticks = tokio::time::interval(JOURNAL_INTERVAL);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        if let Err(error) = journal.catch_up(app).await {
            tracing::error!(%error, "could not write the journal; the next round tries again");
        }
    }
}

/// Backs up a `SQLite` database once the newest backup is a day old.
async fn back_up_daily(app: &AppState, journal: Option<&JournalWriter>) {
    let BackupConfig { folder, keep } = &app.config.backup;
    let (Some(folder), Some(journal), true) = (folder, journal, app.store.has_ordered_audit())
    else {
        return;
    };
    backup::delete_interrupted(folder);
    let mut ticks = tokio::time::interval(BACKUP_CHECK_INTERVAL);
    loop {
        ticks.tick().await;
        let now = app.clock.now();
        let newest = backup::newest(folder, now);
        let taken_at = newest.as_ref().map(|(taken_at, _)| *taken_at);
        app.metrics.set_backup(taken_at, newest.map_or(0, |(_, newest)| newest.size));
        if taken_at.is_none_or(|taken_at| now.seconds_since(taken_at) >= BACKUP_AGE) {
            match backup::back_up(app, folder).await {
                Ok(Backup { size, .. }) => {
                    app.metrics.set_backup(Some(now), size);
                    tracing::info!(size, "backed up the database");
                }
                Err(error) => {
                    tracing::error!(%error, "could not back up; the next round tries again");
                    continue;
                }
            }
        }
        // `ringkey backup` may have added others.
        if let Err(error) =
            backup::delete_old_with_journal(folder, *keep, journal, app.clock.now()).await
        {
            tracing::error!(%error, "could not delete old backups; the next round tries again");
        }
    }
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
