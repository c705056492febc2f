//! `ringkey restore`: puts a backup in the place of the database, and brings it up to date with
//! what the journal and the former database know. Nothing that was revoked, deleted or used since
//! the backup comes back to life.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use super::account::delete_by_operator;
use super::clock::Clock;
use super::config::Config;
use super::error::Error;
use super::journal::{self, sync_folder_of};
use super::random::Random;
use super::state::AppState;
use super::store::{
    AuditEvent, JournalEntry, audit_entries_of, check_database, close_database, copy_counters,
    copy_database,
};
use super::time::rfc3339;
use crate::domain::limits::counter_key::CounterKey;
use crate::domain::limits::counter_windows::CounterDelta;
use crate::domain::limits::{HOUR, percent_of};

/// The consequence of an event after the backup for its account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Consequence {
    /// The account was deleted, and is deleted again.
    Delete,
    /// Its number has changed, so a text to the number of the backup does not open it alone.
    MakeDormant,
    /// It was signed out of its devices, which are unknown again.
    ForgetDevices,
    /// A passkey was removed. The journal does not say which, so all of them go.
    DeletePasskeys,
    /// A recovery code was used or replaced. The journal does not say which, so all of them go.
    DeleteRecoveryCodes,
}

impl Consequence {
    fn of(event: &str) -> Option<Self> {
        let event = AuditEvent::ALL.into_iter().find(|known| known.as_str() == event)?;
        match event {
            AuditEvent::AccountDeleted | AuditEvent::DeletedByOperator => Some(Self::Delete),
            AuditEvent::NumberChanged
            | AuditEvent::NumberChangeUndone
            | AuditEvent::NumberReleased
            | AuditEvent::AccountRestored => Some(Self::MakeDormant),
            AuditEvent::SignedOutEverywhere
            | AuditEvent::RevokedByOperator
            | AuditEvent::SessionEnded
            | AuditEvent::OtherSessionsEnded => Some(Self::ForgetDevices),
            AuditEvent::PasskeyRemoved => Some(Self::DeletePasskeys),
            AuditEvent::RecoveryCodeUsed | AuditEvent::RecoveryCodesMade => {
                Some(Self::DeleteRecoveryCodes)
            }
            _ => None,
        }
    }
}

/// The result of a restore, for the operator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Restored {
    /// The number of entries of the audit log after the backup.
    pub entries: usize,
    /// The number of accounts that were deleted again.
    pub deleted: usize,
    /// `true` if the limits and the SMS budget are those of the former database. Otherwise the
    /// budget of the day counts as spent, except for the share of an hour.
    pub keeps_counters: bool,
    /// The file in which the former database is kept.
    pub former: Option<PathBuf>,
}

/// Puts a backup in the place of a `SQLite` database. The server must be stopped.
///
/// # Errors
/// Fails if the file is not a whole database of this or an earlier version, if the database is in
/// use, or if a file cannot be written. Then the database is unchanged.
pub async fn restore_file(
    config: Config,
    path: &Path,
    backup: &Path,
    clock: Clock,
    random: Random,
) -> Result<Restored, Error> {
    check_database(backup)?;
    let exists = path.exists();
    let is_whole = exists && take_out_of_use(path)?;
    let staged = with_suffix(path, ".restoring");
    copy_database(backup, &staged)?;
    let now = clock.now();
    let journal = config.backup.folder.clone();
    let staged_config = config.with_database(&format!("sqlite://{}", staged.display()));
    let app = AppState::open(staged_config, clock, random).await?;
    let after = app.store.settled_audit_id().await?;
    let mut entries = match &journal {
        Some(folder) => journal::read(folder)?,
        None => Vec::new(),
    };
    if is_whole {
        entries.extend(audit_entries_of(path, after)?);
    }
    let has_schema = check_database(&staged)?;
    let keeps_counters = is_whole && check_database(path)? == has_schema;
    let mut restored = apply(&app, entries, after, keeps_counters).await?;
    app.store.close().await;
    close_database(&staged)?;
    if keeps_counters {
        copy_counters(path, &staged)?;
    }
    if exists {
        let former = with_suffix(path, &format!(".before-{}", rfc3339(now).replace(':', "")));
        fs::hard_link(path, &former)?;
        restored.former = Some(former);
    }
    for suffix in ["-wal", "-shm"] {
        let _ = fs::remove_file(with_suffix(path, suffix));
    }
    fs::rename(&staged, path)?;
    sync_folder_of(path)?;
    Ok(restored)
}

/// Brings a database up to date that was restored by other tools, such as `pg_restore`. Returns
/// `None` if it is not older than the journal.
///
/// # Errors
/// Fails if there is no journal, or if the database or the journal cannot be read.
pub async fn catch_up(app: &AppState) -> Result<Option<Restored>, Error> {
    let folder = app.config.backup.folder.as_deref();
    let folder = folder.ok_or(Error::Backup("BACKUP_DIR is not set, so there is no journal"))?;
    let (entries, after) = (journal::read(folder)?, app.store.settled_audit_id().await?);
    let newest = app.store.last_audit_id().await?;
    if entries.last().is_none_or(|last| last.id <= newest) {
        return Ok(None);
    }
    apply(app, entries, after, false).await.map(Some)
}

/// Applies what happened after the entry with the id `after`.
async fn apply(
    app: &AppState,
    entries: Vec<JournalEntry>,
    after: i64,
    keeps_counters: bool,
) -> Result<Restored, Error> {
    let last = entries.iter().map(|entry| entry.id).max().unwrap_or(after);
    let later: BTreeSet<(i64, String, String)> = entries
        .into_iter()
        .filter(|entry| entry.id > after)
        .map(|entry| (entry.id, entry.event, entry.user_id.unwrap_or_default()))
        .collect();
    let accounts = |consequence: Consequence| -> BTreeSet<&str> {
        let of = later.iter().filter(|(_, event, _)| Consequence::of(event) == Some(consequence));
        of.map(|(.., user_id)| user_id.as_str()).collect()
    };
    let mut deleted = 0;
    for user_id in accounts(Consequence::Delete) {
        deleted += usize::from(delete_by_operator(app, user_id).await?);
    }
    let now = app.clock.now();
    let mut tx = app.store.begin().await?;
    tx.end_all_sessions_and_challenges().await?;
    for user_id in accounts(Consequence::MakeDormant) {
        tx.make_dormant(user_id).await?;
        tx.delete_devices(user_id).await?;
    }
    for user_id in accounts(Consequence::ForgetDevices) {
        tx.delete_devices(user_id).await?;
    }
    for user_id in accounts(Consequence::DeletePasskeys) {
        tx.delete_passkeys(user_id).await?;
    }
    for user_id in accounts(Consequence::DeleteRecoveryCodes) {
        tx.delete_spare_recovery_codes(user_id).await?;
    }
    if !keeps_counters {
        let budget = &app.config.limits.budget;
        let unknown = budget.day - percent_of(budget.day, budget.hour_share);
        // The spending counts for the day and not for the hour, so that sign-ins go on.
        let spent = CounterDelta::new(CounterKey::spent(), now.plus(-2 * HOUR), unknown);
        tx.add_to_counters(&[spent], 0).await?;
    }
    tx.record_restore(last, now).await?;
    tx.commit().await?;
    Ok(Restored { entries: later.len(), deleted, keeps_counters, former: None })
}

/// Takes the former database out of use. Returns `false` if it is damaged.
fn take_out_of_use(path: &Path) -> Result<bool, Error> {
    match close_database(path) {
        Ok(()) => Ok(check_database(path).is_ok()),
        Err(Error::DatabaseInUse) => Err(Error::DatabaseInUse),
        Err(_) => Ok(false),
    }
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}
