//! Opening the file: pragmas read back, migrations under a lock.

use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, OpenFlags, OptionalExtension};

use crate::server::error::Error;
use crate::server::private;

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
    /// Reads `//path?mode=…`: `ro`, `rw` or, without one, `rwc`, which makes the file. The error says what is wrong with it.
    pub(super) fn of(rest: &str) -> Result<Self, &'static str> {
        let rest = rest.strip_prefix("//").unwrap_or(rest);
        let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
        if path.contains(":memory:") || query.contains("mode=memory") {
            return Err("is in memory, where everything is gone at every stop; name a file, like sqlite://data/ringkey.db");
        }
        if path.is_empty() || path.ends_with('/') || path.starts_with("file:") || path.starts_with("~/") {
            return Err(
                "names no file; write its path out, like sqlite://data/ringkey.db or sqlite:///var/lib/ringkey/ringkey.db",
            );
        }
        let flags = match query {
            "mode=ro" => OpenFlags::SQLITE_OPEN_READ_ONLY,
            "mode=rw" => OpenFlags::SQLITE_OPEN_READ_WRITE,
            "" | "mode=rwc" => OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE,
            _ => return Err("may have mode=ro, mode=rw or mode=rwc behind its ?, and nothing else"),
        };
        Ok(Self { path: PathBuf::from(path), flags: flags | OpenFlags::SQLITE_OPEN_NO_MUTEX })
    }

    /// The reason why it cannot be opened, found out without touching anything.
    pub(super) fn obstacle(&self) -> Option<String> {
        if !self.makes() && !self.path.exists() {
            return Some("is not there, and its mode does not make it; leave the mode out".to_owned());
        }
        private::obstacle(&self.path, !self.flags.contains(OpenFlags::SQLITE_OPEN_READ_ONLY))
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
        private::make_folder_of(&self.path)?;
        // Two instances that start together must not both migrate.
        let lock = private::options().write(true).create(true).truncate(false).open(self.lock())?;
        lock.lock()?;
        if self.makes() {
            // SQLite gives the files beside it the mode that this one has.
            private::make(&self.path)?;
        }
        let mut connection = self.connection("")?;
        connection.busy_timeout(READER_PATIENCE)?;
        Self::set_up(&connection)?;
        migrate(&mut connection, migrations)?;
        Self::ready(connection)
    }

    /// The connection of a command, which makes no file and brings none up to date.
    pub(super) fn existing_writer(&mut self, migrations: &[&str]) -> Result<Connection, Error> {
        self.flags.remove(OpenFlags::SQLITE_OPEN_CREATE);
        if !self.path.is_file() {
            return Err(Error::NoDatabase(format!("at {}", self.path.display())));
        }
        let connection = self.connection("")?;
        connection.busy_timeout(READER_PATIENCE)?;
        if had(&connection, migrations)? < migrations.len() {
            return Err(Error::Outdated);
        }
        Self::set_up(&connection)?;
        Self::ready(connection)
    }

    fn makes(&self) -> bool {
        self.flags.contains(OpenFlags::SQLITE_OPEN_CREATE)
    }

    /// The file that is locked while the schema is brought up to date: the whole name and `.lock`, so that it is no database's.
    fn lock(&self) -> PathBuf {
        let mut name = self.path.clone().into_os_string();
        name.push(".lock");
        name.into()
    }

    /// Applies the pragmas and reads them back.
    fn set_up(connection: &Connection) -> Result<(), Error> {
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
        Ok(())
    }

    fn ready(connection: Connection) -> Result<Connection, Error> {
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
    let had = had(connection, migrations)?;
    for (version, sql) in (1_u32..).zip(migrations).skip(had) {
        let tx = connection.transaction()?;
        tx.execute_batch(sql)?;
        tx.pragma_update(None, "user_version", version)?;
        tx.commit()?;
    }
    Ok(())
}

/// The number of them that the file has had.
fn had(connection: &Connection, migrations: &[&str]) -> Result<usize, Error> {
    let had: u32 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    let had = if had == 0 { had_before(connection)? } else { had };
    match usize::try_from(had) {
        Ok(had) if had <= migrations.len() => Ok(had),
        _ => Err(Error::Inconsistent { table: "user_version", what: "the database is of a newer Ringkey" }),
    }
}

/// How many a file had that was made before `user_version` counted them.
fn had_before(connection: &Connection) -> Result<u32, Error> {
    let table = "SELECT 1 FROM sqlite_master WHERE name = '_sqlx_migrations'";
    match connection.query_row(table, [], |_| Ok(())).optional()? {
        Some(()) => Ok(connection.query_row("SELECT COUNT(*) FROM _sqlx_migrations WHERE success", [], |row| row.get(0))?),
        None => Ok(0),
    }
}
