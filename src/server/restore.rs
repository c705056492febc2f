//! `ringkey restore`: puts a backup in the place of the database, and brings it up to date with
//! what the journal and the former database know. Nothing that was revoked, deleted or used since
//! the backup comes back to life.

mod consequences;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use super::clock::Clock;
use super::config::Config;
use super::error::Error;
use super::journal::{self, sync_folder_of};
use super::private_files::{self, with_suffix};
use super::random::Random;
use super::state::AppState;
use super::store::{
    JournalEntry, audit_entries_of, audit_entry_of, check_database, close_database, copy_counters,
    copy_database, first_audit_id_of, is_damage, last_audit_id_of,
};
use super::time::rfc3339;
use crate::domain::time::Timestamp;
use consequences::apply;

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
/// use, if the journal and the former database do not know everything that happened since the
/// backup (unless `without_journal`), if it is of another `SECRET_KEY` (unless `without_key`), or
/// if a file cannot be written. Then the database is unchanged, or, if the last step fails, it is
/// whole under its other name.
pub async fn restore_file(
    config: Config,
    path: &Path,
    backup: &Path,
    options: RestoreOptions,
    (clock, random): (Clock, Random),
) -> Result<Restored, Error> {
    check_database(backup)?;
    private_files::create_parent_folder(path)?;
    // A server that starts waits for this lock, and a command is refused. Both use the path of the
    // settings.
    let lock = private_files::open_lock_file(&private_files::database_lock(path))?;
    lock.lock()?;
    // The database itself is replaced, not a link to it.
    let path = &fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    if fs::canonicalize(backup)? == *path {
        return Err(Error::Backup("that is the database itself; name a backup"));
    }
    let former = Former::take_out_of_use(path)?;
    let history = History::read(&config, former, path, backup, options)?;
    let staged = with_suffix(path, ".restoring");
    let now = clock.now();
    let restored = async {
        copy_database(backup, &staged)?;
        let staged_config = config.with_database(&format!("sqlite://{}", staged.display()));
        let app = open(staged_config, options, (clock, random)).await?;
        let keeps_counters =
            history.keeps_counters && check_database(path)? == check_database(&staged)?;
        let applied = apply(&app, history.entries, history.after, keeps_counters).await;
        app.store.close().await;
        let restored = applied?;
        close_database(&staged)?;
        if keeps_counters {
            copy_counters(path, &staged)?;
        }
        Ok(Restored { former: put_in_place(&staged, path, now)?, ..restored })
    };
    let restored = restored.await;
    let _ = fs::remove_file(private_files::database_lock(&staged));
    restored.inspect_err(|_| drop(fs::remove_file(&staged)))
}

/// The database in the place to which a backup is restored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Former {
    Missing,
    Damaged,
    Whole,
}

impl Former {
    fn take_out_of_use(path: &Path) -> Result<Self, Error> {
        if !path.exists() {
            return Ok(Self::Missing);
        }
        match close_database(path) {
            Ok(()) if check_database(path).is_ok() => Ok(Self::Whole),
            Ok(()) => Ok(Self::Damaged),
            Err(error) if is_damage(&error) => Ok(Self::Damaged),
            Err(error) => Err(error),
        }
    }
}

/// The knowledge of the journal and the former database about the time after a backup.
struct History {
    /// The entries of both, those of the journal first.
    entries: Vec<JournalEntry>,
    /// The id of the last entry of the backup.
    after: i64,
    /// `true` if the counters of the former database are the newest.
    keeps_counters: bool,
}

impl History {
    fn read(
        config: &Config,
        former: Former,
        path: &Path,
        backup: &Path,
        options: RestoreOptions,
    ) -> Result<Self, Error> {
        let after = last_audit_id_of(backup)?;
        // A database that a server created meanwhile does not continue the backup.
        let last = audit_entry_of(backup, after).unwrap_or(None);
        let continues = former == Former::Whole
            && last.is_some()
            && audit_entry_of(path, after)? == last
            && last_audit_id_of(path)? >= after;
        let mut entries = match &config.backup.folder {
            // The entries of a damaged journal may be missing anywhere.
            Some(folder) if options.without_journal => journal::read(folder).unwrap_or_default(),
            Some(folder) => journal::read(folder)?,
            None => Vec::new(),
        };
        let common = common_entry(&entries, backup, after)?;
        let keeps_counters = continues
            && match entries.last() {
                Some(last) => last.is_start() || has_entry(path, last)?,
                None => true,
            };
        let is_known = common.is_some() && entries.last().is_some_and(|last| last.id >= after);
        // A former database without a later entry may be a copy of the backup.
        let knows_more = continues && (common.is_some() || last_audit_id_of(path)? > after);
        if continues {
            entries.extend(audit_entries_of(path, after)?);
        }
        // A backup of a database that was put back has entries of its own under ids of the journal.
        let after = if is_known { common.unwrap_or(after) } else { after };
        let ids = entries.iter().filter(|entry| !entry.is_start()).map(|entry| entry.id);
        let later: BTreeSet<i64> = ids.filter(|id| *id > after).collect();
        // Entries that are purged leave a gap.
        let is_whole = (after + 1..).zip(&later).all(|(expected, id)| expected == *id);
        if !((is_known || knows_more) && is_whole) && !options.without_journal {
            return Err(Error::Backup(
                "no journal in BACKUP_DIR knows everything since this backup, so what was deleted \
                 since would come back; set BACKUP_DIR, or accept that with --without-journal",
            ));
        }
        Ok(Self { entries, after, keeps_counters })
    }
}

/// Returns the id of the newest entry of a journal that a backup has, or has purged.
fn common_entry(entries: &[JournalEntry], backup: &Path, after: i64) -> Result<Option<i64>, Error> {
    let oldest = first_audit_id_of(backup)?.unwrap_or(after + 1);
    for entry in entries.iter().rev().filter(|entry| entry.id <= after) {
        if entry.is_start() || entry.id < oldest || has_entry(backup, entry)? {
            return Ok(Some(entry.id));
        }
    }
    Ok(None)
}

fn has_entry(database: &Path, entry: &JournalEntry) -> Result<bool, Error> {
    let found = audit_entry_of(database, entry.id)?;
    Ok(found.is_some_and(|found| found == (entry.occurred_at, entry.event.clone())))
}

/// Keeps the former database under another name, and puts the restored one in its place. Returns
/// the other name; `None` if there was no former database.
fn put_in_place(staged: &Path, path: &Path, now: Timestamp) -> Result<Option<PathBuf>, Error> {
    let name = format!(".before-{}", rfc3339(now).replace(':', ""));
    let names =
        (1..).map(|count| if count == 1 { name.clone() } else { format!("{name}-{count}") });
    let mut names = names.map(|name| with_suffix(path, &name));
    let former = names.find(|name| !name.exists()).unwrap_or_else(|| with_suffix(path, &name));
    let exists = path.exists();
    if exists {
        fs::hard_link(path, &former)?;
    }
    // The log of a database that is damaged or lost may have its newest commits. Beside the
    // restored one it would be played into that.
    for suffix in ["-wal", "-journal"] {
        if with_suffix(path, suffix).exists() {
            fs::rename(with_suffix(path, suffix), with_suffix(&former, suffix))?;
        }
    }
    let _ = fs::remove_file(with_suffix(path, "-shm"));
    sync_folder_of(path)?;
    fs::rename(staged, path)?;
    sync_folder_of(path)?;
    Ok(exists.then_some(former))
}

/// Brings a database up to date that was restored by other tools, such as `pg_restore`. Returns
/// `None` if it is not older than the journal.
///
/// # Errors
/// Fails if there is no journal, or if the database or the journal cannot be read.
pub async fn catch_up(app: &AppState) -> Result<Option<Restored>, Error> {
    let folder = app.config.backup.folder.as_deref();
    let folder = folder.ok_or(Error::Backup("BACKUP_DIR is not set, so there is no journal"))?;
    let entries = journal::read(folder)?;
    if app.store.last_audit_id().await? == 0 {
        return Err(Error::Backup("the database is empty; restore a backup first"));
    }
    let kept_since = app.clock.now().plus(-app.config.retention.audit);
    let mut common = None;
    for entry in entries.iter().rev() {
        if app.store.has_journal_entry(entry, kept_since).await? {
            common = Some(entry.id);
            break;
        }
    }
    if common == entries.last().map(|last| last.id) {
        return Ok(None);
    }
    let settled = app.store.settled_audit_id().await?;
    let after = common.map_or(0, |common| common.min(settled));
    if common.is_none() || entries.first().is_some_and(|first| first.id > after) {
        return Err(Error::Backup("the journal begins after this backup; use an older journal"));
    }
    apply(app, entries, after, false).await.map(Some)
}
