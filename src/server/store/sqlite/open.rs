//! Opening the file: pragmas read back, migrations under a lock.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, OpenFlags, OptionalExtension};

use crate::server::error::Error;

/// How long a reader waits for a file that is being put right after a crash.
const READER_PATIENCE: Duration = Duration::from_secs(5);
/// Statements that a connection keeps prepared; there are fewer texts than this.
const PREPARED: usize = 128;
/// Applied to the writer. `FULL` because an answer that was given must survive a power cut. The log goes into the file every 16 MB
/// instead of every 4: pages that change with every sign-in are then written there a quarter as often.
const PRAGMAS: &str = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA trusted_schema = OFF; \
     PRAGMA wal_autocheckpoint = 4000";
/// Applied once the schema is up to date, which may need more room than memory has: savepoints keep the pages that they may have
/// to take back in memory, not in a file of their own.
const AFTER_MIGRATING: &str = "PRAGMA temp_store = MEMORY";
/// What it must say when asked for them.
const READ_BACK: [(&str, &str); 3] = [("journal_mode", "wal"), ("synchronous", "2"), ("foreign_keys", "1")];
/// The readers': what the writer set in the file stays, and nothing may be written. Half a megabyte of pages holds the inner ones
/// of every index, and the machine keeps the rest in its own cache once for all connections.
const READ_ONLY: &str = "PRAGMA trusted_schema = OFF; PRAGMA query_only = ON; PRAGMA cache_size = -512";

/// Where the file is and how it may be opened.
#[derive(Debug)]
pub(super) struct Opener {
    path: PathBuf,
    flags: OpenFlags,
}

impl Opener {
    /// Reads `//path?mode=…`: `ro`, `rw` or, without one, `rwc`, which makes the file.
    pub(super) fn of(rest: &str) -> Result<Self, Error> {
        let rest = rest.trim_start_matches("//");
        let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
        let flags = match query.split('&').find_map(|pair| pair.strip_prefix("mode=")) {
            Some("ro") => OpenFlags::SQLITE_OPEN_READ_ONLY,
            Some("rw") => OpenFlags::SQLITE_OPEN_READ_WRITE,
            None | Some("rwc") => OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE,
            Some(_) => return Err(Error::Inconsistent { table: "DATABASE_URL", what: "mode is ro, rw or rwc" }),
        };
        Ok(Self { path: PathBuf::from(path), flags: flags | OpenFlags::SQLITE_OPEN_NO_MUTEX })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// A connection that cannot write.
    pub(super) fn reader(&self) -> Result<Connection, Error> {
        let connection = self.connection(READ_ONLY)?;
        connection.busy_timeout(READER_PATIENCE)?;
        Ok(connection)
    }

    /// The connection that writes, with the schema up to date.
    pub(super) fn writer(&self, migrations: &[&str]) -> Result<Connection, Error> {
        if let Some(folder) = self.path.parent() {
            fs::create_dir_all(folder)?;
        }
        // Two instances that start together must not both migrate.
        let lock = fs::File::create(self.path.with_extension("lock"))?;
        lock.lock()?;
        let mut connection = self.connection("")?;
        connection.busy_timeout(READER_PATIENCE)?;
        connection.execute_batch(PRAGMAS)?;
        for (pragma, expected) in READ_BACK {
            let value: rusqlite::types::Value = connection.pragma_query_value(None, pragma, |row| row.get(0))?;
            let is_expected = match value {
                rusqlite::types::Value::Integer(number) => number.to_string() == expected,
                rusqlite::types::Value::Text(text) => text == expected,
                _ => false,
            };
            if !is_expected {
                let what = "SQLite did not take journal_mode, synchronous or foreign_keys";
                return Err(Error::Inconsistent { table: "pragmas", what });
            }
        }
        migrate(&mut connection, migrations)?;
        connection.execute_batch(AFTER_MIGRATING)?;
        // From here on it is asked to write again and again, not made to sleep: see `writer`.
        connection.busy_timeout(Duration::ZERO)?;
        Ok(connection)
    }

    fn connection(&self, pragmas: &str) -> Result<Connection, Error> {
        let connection = Connection::open_with_flags(&self.path, self.flags)?;
        connection.set_prepared_statement_cache_capacity(PREPARED);
        connection.execute_batch(pragmas)?;
        Ok(connection)
    }
}

/// Runs what the file has not had yet, each migration in a transaction of its own; `user_version` is how many it had.
fn migrate(connection: &mut Connection, migrations: &[&str]) -> Result<(), Error> {
    let had: u32 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    let had = if had == 0 { had_before(connection)? } else { had };
    let newest = u32::try_from(migrations.len()).unwrap_or(u32::MAX);
    if had > newest {
        return Err(Error::Inconsistent { table: "user_version", what: "the database is of a newer Ringkey" });
    }
    for (version, sql) in (1..).zip(migrations).filter(|(version, _)| *version > had) {
        let tx = connection.transaction()?;
        tx.execute_batch(sql)?;
        tx.pragma_update(None, "user_version", version)?;
        tx.commit()?;
    }
    Ok(())
}

/// How many a file had that was made before `user_version` counted them.
fn had_before(connection: &Connection) -> Result<u32, Error> {
    let table = "SELECT 1 FROM sqlite_master WHERE name = '_sqlx_migrations'";
    match connection.query_row(table, [], |_| Ok(())).optional()? {
        Some(()) => Ok(connection.query_row("SELECT COUNT(*) FROM _sqlx_migrations WHERE success", [], |row| row.get(0))?),
        None => Ok(0),
    }
}
