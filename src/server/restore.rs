//! `ringkey restore`: puts a backup in the place of the database, and brings it up to date with
//! what the journal and the former database know. Nothing that was revoked, deleted or used since
//! the backup comes back to life.

mod consequences;
mod history;

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
    Found, check_database, close_database, copy_counters, copy_database, is_damage,
};
use super::time::rfc3339;
use crate::domain::time::Timestamp;
use consequences::apply;
use history::History;

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
    let former = take_out_of_use(path)?.then_some(path.as_path());
    let history = History::read(&config, former, backup, options)?;
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

/// Takes the former database out of use. Returns `false` if it is missing or damaged.
fn take_out_of_use(path: &Path) -> Result<bool, Error> {
    if !path.exists() {
        return Ok(false);
    }
    match close_database(path) {
        Ok(()) => Ok(check_database(path).is_ok()),
        Err(error) if is_damage(&error) => Ok(false),
        Err(error) => Err(error),
    }
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
    let Some(last) = entries.last() else { return Ok(None) };
    if app.store.find_journal_entry(last, kept_since).await?.is_current() {
        return Ok(None);
    }
    let (mut common, mut has_parted) = (None, false);
    for entry in entries.iter().rev() {
        match app.store.find_journal_entry(entry, Timestamp(i64::MIN)).await? {
            Found::Purged if has_parted => {}
            Found::Yes | Found::Purged => {
                common = Some(entry.id);
                break;
            }
            Found::Other => has_parted = true,
            Found::No => {}
        }
    }
    let common = common
        .ok_or(Error::Backup("the journal begins after this backup; use an older journal"))?;
    let after = common.min(app.store.settled_audit_id().await?);
    apply(app, entries, after, false).await.map(Some)
}
