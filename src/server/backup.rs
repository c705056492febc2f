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
    /// The file, in the folder that was named.
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

/// Returns the time in the name of a backup; `None` for another file.
fn time_in_name(path: &Path) -> Option<Timestamp> {
    let name = path.file_name()?.to_str()?;
    let digits: String = name.chars().filter(char::is_ascii_digit).collect();
    let mut number = digits.parse::<i64>().ok().filter(|_| digits.len() == 14)?;
    let mut take = |unit: i64| {
        let part = number % unit;
        number /= unit;
        part
    };
    let (second, minute, hour) = (take(100), take(100), take(100));
    let (day, month, year) = (take(100), take(100), take(10_000));
    let month = time::Month::try_from(u8::try_from(month).ok()?).ok()?;
    let year = i32::try_from(year).ok()?;
    let date = time::Date::from_calendar_date(year, month, u8::try_from(day).ok()?).ok()?;
    let seconds = date.midnight().assume_utc().unix_timestamp() + hour * 3_600 + minute * 60;
    let time = Timestamp(seconds + second);
    (file_name(time) == name).then_some(time)
}

/// Returns the backups of a folder, the oldest first. Other files are left alone.
fn list(folder: &Path) -> Vec<(Timestamp, PathBuf)> {
    let files = fs::read_dir(folder).into_iter().flatten().flatten().map(|file| file.path());
    let mut backups: Vec<_> =
        files.filter_map(|path| time_in_name(&path).map(|time| (time, path))).collect();
    backups.sort();
    backups
}

/// Returns the newest backup of a folder with its time, without those of a clock that was ahead.
#[must_use]
pub fn newest(folder: &Path, now: Timestamp) -> Option<(Timestamp, Backup)> {
    let (taken_at, path) = list(folder).into_iter().rfind(|(taken_at, _)| *taken_at <= now)?;
    let size = fs::metadata(&path).ok()?.len();
    Some((taken_at, Backup { path, size }))
}

/// Deletes the copies that a stop has interrupted.
pub fn delete_interrupted(folder: &Path) {
    let files = fs::read_dir(folder).into_iter().flatten().flatten().map(|file| file.path());
    let is_partial = |path: &PathBuf| {
        path.extension().is_some_and(|end| end == "partial")
            && time_in_name(&path.with_extension("db")).is_some()
    };
    for path in files.filter(is_partial) {
        let _ = fs::remove_file(path);
    }
}

/// Deletes the oldest backups of a folder until `keep` are left. Returns how many were deleted. A
/// backup of a clock that was ahead stays and does not count, because it would outlive all others.
///
/// # Errors
/// Fails if a file cannot be deleted.
pub fn delete_old(folder: &Path, keep: usize, now: Timestamp) -> Result<usize, Error> {
    let mut backups = list(folder);
    backups.retain(|(taken_at, _)| *taken_at <= now);
    let too_many = backups.len().saturating_sub(keep);
    for (_, old) in &backups[..too_many] {
        fs::remove_file(old)?;
    }
    Ok(too_many)
}

/// Deletes the oldest backups of a folder until `keep` are left, and then shortens the journal to
/// the time since the oldest one that is kept.
///
/// # Errors
/// Fails as [`delete_old`] does, and if the journal cannot be written.
pub async fn delete_old_with_journal(
    folder: &Path,
    keep: usize,
    journal: &JournalWriter,
    now: Timestamp,
) -> Result<(), Error> {
    let deleted = delete_old(folder, keep, now)?;
    match list(folder).first() {
        Some((_, oldest)) if deleted > 0 => journal.remove_before(last_audit_id_of(oldest)?).await,
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_backups_stay() {
        let folder = tempfile::tempdir().unwrap();
        let names = [3, 1, 2].map(|day| file_name(Timestamp(day * 86_400)));
        assert_eq!(names[0], "ringkey-19700104T000000Z.db");
        for name in names.iter().map(String::as_str).chain([
            "journal",
            "other.db",
            "ringkey-1.db",
            "ringkey-old.db",
        ]) {
            fs::write(folder.path().join(name), name).unwrap();
        }
        let delete = |day: i64| delete_old(folder.path(), 2, Timestamp(day * 86_400)).unwrap();
        assert_eq!(delete(2), 0, "one of a clock that was ahead does not count");
        assert_eq!((delete(3), delete(3)), (1, 0));
        let at = |day: i64| newest(folder.path(), Timestamp(day * 86_400)).unwrap();
        assert_eq!(at(3).1.path, folder.path().join(&names[0]));
        assert_eq!(at(2).0, Timestamp(2 * 86_400), "a clock that was ahead");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 6);
        for name in ["ringkey-1.db", "ringkey-before-upgrade.db", "ringkey-20261399T000000Z.db"] {
            assert_eq!(time_in_name(Path::new(name)), None, "{name}");
        }
    }
}
