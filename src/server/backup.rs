//! Backups of a `SQLite` database, made while the server runs.

use std::fs;
use std::path::{Path, PathBuf};

use tokio::task::spawn_blocking;

use super::error::Error;
use super::journal::sync_folder_of;
use super::journal_writer::JournalWriter;
use super::state::AppState;
use super::store::{copy_database, last_audit_id_of};
use super::time::rfc3339;
use crate::domain::time::Timestamp;

/// The start and the end of a backup's file name. The time between them is in UTC, so that names
/// sort by age.
const PREFIX: &str = "ringkey-";
const SUFFIX: &str = ".db";

/// A backup that is checked and on the disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Backup {
    /// Its file.
    pub path: PathBuf,
    /// The size of the file, in bytes.
    pub size: u64,
}

/// Copies the database into a new file of this folder, and checks the copy. Writers go on
/// meanwhile.
///
/// # Errors
/// Fails on `PostgreSQL`, which has tools of its own, and if the copy cannot be written or is not
/// whole. Then no file is left.
pub async fn back_up(app: &AppState, folder: &Path) -> Result<Backup, Error> {
    let source = app.store.sqlite_file().ok_or(Error::Backup(
        "PostgreSQL has its own: use pg_dump or point-in-time recovery, and BACKUP_DIR for the \
         journal",
    ))?;
    let path = folder.join(file_name(app.clock.now()));
    let (source, target) = (source.to_owned(), path.clone());
    let work = spawn_blocking(move || {
        let partial = target.with_extension("partial");
        let copied = copy_database(&source, &partial).and_then(|()| {
            fs::rename(&partial, &target)?;
            sync_folder_of(&target)
        });
        if copied.is_err() {
            let _ = fs::remove_file(&partial);
        }
        copied
    });
    work.await.map_err(|_| Error::Backup("the work was stopped"))??;
    let size = fs::metadata(&path)?.len();
    Ok(Backup { path, size })
}

/// Returns the name of a backup of this time, like `ringkey-20261127T100000Z.db`.
fn file_name(now: Timestamp) -> String {
    let time: String = rfc3339(now).chars().filter(char::is_ascii_alphanumeric).collect();
    format!("{PREFIX}{time}{SUFFIX}")
}

/// Returns the backups of a folder, the oldest first.
fn list(folder: &Path) -> Vec<PathBuf> {
    let files = fs::read_dir(folder).into_iter().flatten().flatten().map(|file| file.path());
    let is_backup = |path: &PathBuf| {
        let name = path.file_name().and_then(|name| name.to_str());
        name.is_some_and(|name| name.starts_with(PREFIX) && name.ends_with(SUFFIX))
    };
    let mut backups: Vec<PathBuf> = files.filter(is_backup).collect();
    backups.sort();
    backups
}

/// Returns the newest backup of a folder: its name and its size.
#[must_use]
pub fn newest(folder: &Path) -> Option<Backup> {
    let path = list(folder).pop()?;
    let size = fs::metadata(&path).ok()?.len();
    Some(Backup { path, size })
}

impl Backup {
    /// Returns the time of the backup.
    #[must_use]
    pub fn taken_at(&self) -> Option<Timestamp> {
        let written = fs::metadata(&self.path).ok()?.modified().ok()?;
        let since_1970 = written.duration_since(std::time::UNIX_EPOCH).ok()?;
        i64::try_from(since_1970.as_secs()).ok().map(Timestamp)
    }
}

/// Deletes the oldest backups of a folder until `keep` are left. Returns how many were deleted.
///
/// # Errors
/// Fails if a file cannot be deleted.
pub fn delete_old(folder: &Path, keep: usize) -> Result<usize, Error> {
    let backups = list(folder);
    let too_many = backups.len().saturating_sub(keep);
    for old in &backups[..too_many] {
        fs::remove_file(old)?;
    }
    Ok(too_many)
}

/// Makes the daily backup: copies the database, deletes the oldest backups, and shortens the
/// journal to the time since the oldest one that is kept. Returns the size of the backup, in bytes.
///
/// # Errors
/// Fails as [`back_up`] and [`delete_old`] do.
pub async fn back_up_and_delete_old(
    app: &AppState,
    folder: &Path,
    keep: usize,
    journal: &JournalWriter,
) -> Result<u64, Error> {
    let backup = back_up(app, folder).await?;
    app.metrics.set_backup(backup.taken_at(), backup.size);
    delete_old(folder, keep)?;
    if let Some(oldest) = list(folder).first() {
        journal.remove_before(last_audit_id_of(oldest)?).await?;
    }
    Ok(backup.size)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_backups_stay() {
        let folder = tempfile::tempdir().unwrap();
        let names = [3, 1, 2].map(|day| file_name(Timestamp(day * 86_400)));
        assert_eq!(names[0], "ringkey-19700104T000000Z.db");
        for name in names.iter().map(String::as_str).chain(["journal", "other.db"]) {
            fs::write(folder.path().join(name), name).unwrap();
        }
        assert_eq!(delete_old(folder.path(), 2).unwrap(), 1);
        assert_eq!(delete_old(folder.path(), 2).unwrap(), 0);
        assert_eq!(newest(folder.path()).unwrap().path, folder.path().join(&names[0]));
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 4);
    }
}
