//! `ringkey restore`: puts a backup in the place of the database, and brings it up to date with
//! what the journal and the former database know. Nothing that was revoked, deleted or used since
//! the backup comes back to life.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use super::account::delete_in;
use super::clock::Clock;
use super::config::Config;
use super::error::Error;
use super::journal::{self, sync_folder_of};
use super::private_files::{self, with_suffix};
use super::random::Random;
use super::state::AppState;
use super::store::{
    AuditEvent, JournalEntry, audit_entries_of, check_database, close_database, copy_counters,
    copy_database, is_damage, last_audit_id_of,
};
use super::time::rfc3339;
use crate::domain::limits::counter_key::CounterKey;
use crate::domain::limits::counter_windows::CounterDelta;
use crate::domain::limits::{HOUR, percent_of};

/// A consequence of an event after the backup for its account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Consequence {
    /// The account was deleted, and is deleted again.
    Delete,
    /// Its number has changed, so a text to the number of the backup does not open it alone.
    MakeDormant,
    /// It was signed out of its devices, which are unknown again.
    ForgetDevices,
    /// A passkey was removed. The journal does not say which, so all of them go, unless nothing
    /// else opens the account.
    DeletePasskeys,
    /// A recovery code was used or replaced. The journal does not say which, so all of them go,
    /// unless nothing else opens the account.
    DeleteRecoveryCodes,
    /// A thief had changed the number, and may have added passkeys and codes.
    DeleteAllFactors,
}

use Consequence::{
    Delete, DeleteAllFactors, DeletePasskeys, DeleteRecoveryCodes, ForgetDevices, MakeDormant,
};

impl Consequence {
    /// Returns the consequences of an event. Every event that takes something away has some.
    fn of(event: AuditEvent) -> &'static [Self] {
        match event {
            AuditEvent::AccountDeleted | AuditEvent::DeletedByOperator => &[Delete],
            AuditEvent::NumberChanged => &[MakeDormant, ForgetDevices],
            AuditEvent::NumberChangeUndone => &[MakeDormant, ForgetDevices, DeleteAllFactors],
            AuditEvent::SignedOutEverywhere
            | AuditEvent::RevokedByOperator
            | AuditEvent::SessionEnded
            | AuditEvent::OtherSessionsEnded => &[ForgetDevices],
            AuditEvent::PasskeyRemoved => &[DeletePasskeys],
            AuditEvent::RecoveryCodeUsed | AuditEvent::RecoveryCodesMade => &[DeleteRecoveryCodes],
            // Sessions end in any case. An account whose number was released is dormant in the
            // backup, too, and only a known device restores one that was set aside.
            AuditEvent::SignedUp
            | AuditEvent::SignedIn
            | AuditEvent::SignedInOnNewDevice
            | AuditEvent::PasskeyUsedOnNewDevice
            | AuditEvent::SignedInWithPasskey
            | AuditEvent::SignedOut
            | AuditEvent::SessionDisplaced
            | AuditEvent::SteppedUp
            | AuditEvent::PasskeyAdded
            | AuditEvent::OwnerConfirmed
            | AuditEvent::NumberReleased
            | AuditEvent::AccountRestored
            | AuditEvent::DataExported
            | AuditEvent::ExportedByOperator
            | AuditEvent::ProfileChanged
            | AuditEvent::EmailChanged
            | AuditEvent::DatabaseRestored => &[],
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

/// The losses that an operator accepts.
#[derive(Debug, Clone, Copy, Default, clap::Args)]
pub struct RestoreOptions {
    /// Restore although nothing tells what was deleted since the backup
    #[arg(long)]
    pub without_journal: bool,
    /// Restore although the `SECRET_KEY` of the backup is lost
    #[arg(long)]
    pub without_key: bool,
}

/// Opens a restored database.
///
/// # Errors
/// Fails if the database is of another `SECRET_KEY` (unless `without_key`), or if it cannot be
/// opened.
pub async fn open(
    config: Config,
    options: RestoreOptions,
    (clock, random): (Clock, Random),
) -> Result<AppState, Error> {
    if options.without_key {
        AppState::open(config, clock, random).await
    } else {
        AppState::open_restored(config, clock, random).await
    }
}

/// Puts a backup in the place of a `SQLite` database. The server must be stopped. It cannot start
/// meanwhile.
///
/// # Errors
/// Fails if the file is not a whole database of this or an earlier version, if the database is in
/// use, if neither the journal nor the former database knows what happened since the backup (unless
/// `without_journal`), if it is of another `SECRET_KEY` (unless `without_key`), or if a file cannot
/// be written. Then the database is unchanged.
pub async fn restore_file(
    config: Config,
    path: &Path,
    backup: &Path,
    options: RestoreOptions,
    (clock, random): (Clock, Random),
) -> Result<Restored, Error> {
    check_database(backup)?;
    private_files::create_parent_folder(path)?;
    // A server that starts waits for this lock.
    let lock = private_files::open_lock_file(&private_files::database_lock(path))?;
    lock.lock()?;
    let exists = path.exists();
    let after = last_audit_id_of(backup)?;
    // A database that the server created meanwhile does not continue the backup.
    let continues =
        exists && take_out_of_use(path)? && after > 0 && last_audit_id_of(path)? >= after;
    let mut entries = match &config.backup.folder {
        // The entries of a damaged journal may be missing anywhere.
        Some(folder) if options.without_journal => journal::read(folder).unwrap_or_default(),
        Some(folder) => journal::read(folder)?,
        None => Vec::new(),
    };
    let is_known = entries.first().is_some_and(|first| first.id <= after);
    if !is_known && !continues && !options.without_journal {
        return Err(Error::Backup(
            "no journal in BACKUP_DIR begins before this backup, so what was deleted since would \
             come back; set BACKUP_DIR, or accept that with --without-journal",
        ));
    }
    if continues {
        entries.extend(audit_entries_of(path, after)?);
    }
    let staged = with_suffix(path, ".restoring");
    copy_database(backup, &staged)?;
    let now = clock.now();
    let staged_config = config.with_database(&format!("sqlite://{}", staged.display()));
    let opened = open(staged_config, options, (clock, random)).await;
    let app = opened.inspect_err(|_| drop(fs::remove_file(&staged)))?;
    let keeps_counters = continues && check_database(path)? == check_database(&staged)?;
    let mut restored = apply(&app, entries, after, keeps_counters).await?;
    app.store.close().await;
    close_database(&staged)?;
    if keeps_counters {
        copy_counters(path, &staged)?;
    }
    if exists {
        let former = with_suffix(path, &format!(".before-{}", rfc3339(now).replace(':', "")));
        // The write-ahead log of a damaged database may have its newest commits.
        let log = with_suffix(path, "-wal");
        if log.exists() {
            fs::rename(&log, with_suffix(&former, "-wal"))?;
        }
        fs::hard_link(path, &former)?;
        restored.former = Some(former);
    }
    let _ = fs::remove_file(with_suffix(path, "-shm"));
    let _ = fs::remove_file(private_files::database_lock(&staged));
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
    if newest == 0 {
        return Err(Error::Backup("the database is empty; restore a backup first"));
    }
    if entries.first().is_some_and(|first| first.id > after) {
        return Err(Error::Backup("the journal begins after this backup; use an older journal"));
    }
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
        let has = |name: &str| {
            let mut known = AuditEvent::ALL.into_iter();
            let event = known.find(|event| event.as_str() == name);
            event.is_some_and(|event| Consequence::of(event).contains(&consequence))
        };
        let of = later.iter().filter(|(_, event, _)| has(event));
        of.map(|(.., user_id)| user_id.as_str()).collect()
    };
    let (now, mut deleted) = (app.clock.now(), 0);
    let mut tx = app.store.begin().await?;
    tx.end_all_sessions_and_challenges().await?;
    for user_id in accounts(Delete) {
        deleted += usize::from(delete_in(app, &mut tx, user_id, None).await?);
    }
    for user_id in accounts(MakeDormant) {
        tx.make_dormant(user_id).await?;
    }
    for user_id in accounts(ForgetDevices) {
        tx.delete_devices(user_id).await?;
    }
    for user_id in accounts(DeletePasskeys) {
        tx.delete_passkeys(user_id).await?;
    }
    for user_id in accounts(DeleteRecoveryCodes) {
        tx.delete_spare_recovery_codes(user_id).await?;
    }
    for user_id in accounts(DeleteAllFactors) {
        tx.delete_passkeys(user_id).await?;
        tx.delete_recovery_codes(user_id).await?;
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
        Err(error) if is_damage(&error) => Ok(false),
        Err(error) => Err(error),
    }
}
