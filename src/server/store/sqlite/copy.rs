//! Copies of a `SQLite` file, made while the server writes to it, and their check.

use std::fs::{self, File};
use std::path::Path;

use rusqlite::{Connection, OpenFlags, OptionalExtension};

use crate::domain::time::Timestamp;
use crate::server::error::Error;
use crate::server::private_files;
use crate::server::store::JournalEntry;

/// Copies the database file to a new private file, checks the copy and waits until it is on the
/// disk. `VACUUM INTO` reads in one transaction, so writers go on. The copy has no deleted rows.
pub(crate) fn copy_database(source: &Path, target: &Path) -> Result<(), Error> {
    private_files::create_parent_folder(target)?;
    // A copy that was interrupted begins anew. SQLite accepts an empty file, which has the mode.
    if target.exists() {
        fs::remove_file(target)?;
    }
    private_files::create_file(target)?;
    let path = target.to_str().ok_or(Error::Backup("the path is not in UTF-8"))?;
    open(source)?.execute("VACUUM INTO ?1", [path])?;
    check_database(target)?;
    File::open(target)?.sync_all()?;
    Ok(())
}

/// Checks that a file is a whole database, and returns the number of its migrations.
pub(crate) fn check_database(path: &Path) -> Result<usize, Error> {
    let connection = open(path)?;
    let found: String = connection.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0))?;
    if found != "ok" {
        return Err(Error::DamagedFile);
    }
    let version: u32 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    if version == 0 {
        return Err(Error::Backup("the file is not a database of Ringkey"));
    }
    usize::try_from(version).map_err(|_| Error::NewerSchema)
}

/// Takes the database file out of use: copies its write-ahead log into it, so that the file is the
/// whole database. Fails if another process has the file open.
pub(crate) fn close_database(path: &Path) -> Result<(), Error> {
    let connection = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    let mode: Result<String, _> =
        connection.query_row("PRAGMA journal_mode = DELETE", [], |row| row.get(0));
    match mode {
        Ok(mode) if mode == "delete" => Ok(()),
        Ok(_) => Err(Error::DatabaseInUse),
        Err(error) if error.sqlite_error_code() == Some(rusqlite::ErrorCode::DatabaseBusy) => {
            Err(Error::DatabaseInUse)
        }
        Err(error) => Err(error.into()),
    }
}

/// Returns `true` for the error of a file that is no whole database.
pub(crate) fn is_damage(error: &Error) -> bool {
    use rusqlite::ErrorCode::{DatabaseCorrupt, NotADatabase};
    match error {
        Error::DamagedFile => true,
        Error::Sqlite(error) => {
            matches!(error.sqlite_error_code(), Some(DatabaseCorrupt | NotADatabase))
        }
        _ => false,
    }
}

/// Copies the counters and the used tokens of another database with the same schema into this one.
pub(crate) fn copy_counters(from: &Path, to: &Path) -> Result<(), Error> {
    let from = from.to_str().ok_or(Error::Backup("the path is not in UTF-8"))?;
    let connection = Connection::open_with_flags(to, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    connection.execute("ATTACH ?1 AS previous", [from])?;
    connection.execute_batch(
        "BEGIN IMMEDIATE; \
         DELETE FROM counters; INSERT INTO counters SELECT * FROM previous.counters; \
         DELETE FROM used_tokens; INSERT INTO used_tokens SELECT * FROM previous.used_tokens; \
         COMMIT; DETACH previous",
    )?;
    Ok(())
}

/// Returns the greatest id that an entry in the audit log of another database has had; 0 if there
/// was none.
pub(crate) fn last_audit_id_of(path: &Path) -> Result<i64, Error> {
    let sql = "SELECT COALESCE((SELECT seq FROM sqlite_sequence WHERE name = 'audit'), 0)";
    Ok(open(path)?.query_row(sql, [], |row| row.get(0))?)
}

/// Returns an entry of the audit log of another database; `None` if it is purged.
pub(crate) fn audit_entry_of(path: &Path, id: i64) -> Result<Option<JournalEntry>, Error> {
    let sql = "SELECT id, occurred_at, event, user_id FROM audit WHERE id = ?1";
    Ok(open(path)?.query_row(sql, [id], read_entry).optional()?)
}

/// Returns the least id in the audit log of another database; `None` if it is empty.
pub(crate) fn first_audit_id_of(path: &Path) -> Result<Option<i64>, Error> {
    Ok(open(path)?.query_row("SELECT MIN(id) FROM audit", [], |row| row.get(0))?)
}

/// Returns the entries of the audit log of another database, the oldest first.
pub(crate) fn audit_entries_of(path: &Path) -> Result<Vec<JournalEntry>, Error> {
    let connection = open(path)?;
    let mut statement =
        connection.prepare("SELECT id, occurred_at, event, user_id FROM audit ORDER BY id")?;
    let entries = statement.query_map([], read_entry)?;
    Ok(entries.collect::<Result<_, _>>()?)
}

fn read_entry(row: &rusqlite::Row<'_>) -> rusqlite::Result<JournalEntry> {
    Ok(JournalEntry {
        id: row.get(0)?,
        occurred_at: Timestamp(row.get(1)?),
        event: row.get(2)?,
        user_id: row.get(3)?,
    })
}

fn open(path: &Path) -> Result<Connection, Error> {
    Ok(Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?)
}
