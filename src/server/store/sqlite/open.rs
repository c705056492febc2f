//! Opens the `SQLite` file: sets and verifies the pragmas, and runs the migrations under a file
//! lock.

use std::fs::File;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, OpenFlags, OptionalExtension};

use crate::server::config::{SqliteFile, SqliteMode};
use crate::server::error::Error;
use crate::server::private_files;
use crate::server::store::migrations::Migration;

/// The busy timeout of readers, and of the writer until it is set up. `SQLite` locks the file while
/// it recovers it after a crash.
const READ_BUSY_TIMEOUT: Duration = Duration::from_secs(5);
/// The maximum number of prepared statements that a connection caches. It is larger than the number
/// of different statements.
const STATEMENT_CACHE_CAPACITY: usize = 128;
/// The pragmas of the writer. With `synchronous = FULL` a committed transaction survives a power
/// loss. The write-ahead log is copied into the file every 16 MB instead of every 4 MB, so pages
/// that change at every sign-in are copied a quarter as often. Deleted data is overwritten in the
/// pages that are written anyway.
const WRITER_PRAGMAS: &str = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; \
     PRAGMA foreign_keys = ON; PRAGMA trusted_schema = OFF; PRAGMA wal_autocheckpoint = 4000; \
     PRAGMA secure_delete = FAST";
/// The pragma that is set after the migrations. It keeps the pages that a savepoint may have to
/// restore in memory instead of in a temporary file. A migration may need more than fits in memory.
const POST_MIGRATION_PRAGMAS: &str = "PRAGMA temp_store = MEMORY";
/// The pragmas that are read back, with their expected values.
const EXPECTED_PRAGMAS: [(&str, &str); 3] =
    [("journal_mode", "wal"), ("synchronous", "2"), ("foreign_keys", "1")];
/// The pragmas of readers. They cannot write. Their page cache of 512 KiB holds the inner pages of
/// every index. The operating system caches the other pages, once for all connections.
const READER_PRAGMAS: &str =
    "PRAGMA trusted_schema = OFF; PRAGMA query_only = ON; PRAGMA cache_size = -512";

/// The path of the database file and its open flags.
#[derive(Debug)]
pub(super) struct ConnectOptions {
    path: PathBuf,
    flags: OpenFlags,
}

impl ConnectOptions {
    pub(super) fn new(file: SqliteFile) -> Self {
        let flags = match file.mode {
            SqliteMode::ReadOnly => OpenFlags::SQLITE_OPEN_READ_ONLY,
            SqliteMode::ReadWrite => OpenFlags::SQLITE_OPEN_READ_WRITE,
            SqliteMode::ReadWriteCreate => {
                OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE
            }
        };
        Self { path: file.path, flags: flags | OpenFlags::SQLITE_OPEN_NO_MUTEX }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Opens a connection that cannot write.
    pub(super) fn open_reader(&self) -> Result<Connection, Error> {
        let connection = self.open(READER_PRAGMAS)?;
        connection.busy_timeout(READ_BUSY_TIMEOUT)?;
        Ok(connection)
    }

    /// Opens the connection that writes, and runs the missing migrations.
    pub(super) fn open_writer(&self, migrations: &[Migration]) -> Result<Connection, Error> {
        private_files::create_parent_folder(&self.path)?;
        // Two instances that start at the same time must not both migrate.
        let lock = private_files::open_lock_file(&private_files::database_lock(&self.path))?;
        lock.lock()?;
        if self.creates() {
            // SQLite gives its other files the same permissions as this one.
            private_files::create_file(&self.path)?;
        }
        let mut connection = self.open("")?;
        connection.busy_timeout(READ_BUSY_TIMEOUT)?;
        Self::apply_pragmas(&connection)?;
        migrate(&mut connection, migrations)?;
        Self::finish_setup(connection)
    }

    /// Opens the write connection of a command. Creates no file and runs no migration.
    pub(super) fn open_existing_writer(
        &mut self,
        migrations: &[Migration],
    ) -> Result<Connection, Error> {
        self.flags.remove(OpenFlags::SQLITE_OPEN_CREATE);
        if !self.path.is_file() {
            return Err(Error::NoDatabase(format!("at {}", self.path.display())));
        }
        // Once the file is open, `ringkey restore` is refused. While it replaces the file, a
        // command is.
        let _lock = self.lock_for_command()?;
        let connection = self.open("")?;
        connection.busy_timeout(READ_BUSY_TIMEOUT)?;
        if applied_migrations(&connection, migrations)? < migrations.len() {
            return Err(Error::OutdatedSchema);
        }
        Self::apply_pragmas(&connection)?;
        Self::finish_setup(connection)
    }

    /// Fails while the database is restored or migrated. A command does not create the lock file.
    fn lock_for_command(&self) -> Result<Option<File>, Error> {
        let lock = match File::open(private_files::database_lock(&self.path)) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            lock => lock?,
        };
        lock.try_lock_shared().map_err(|_| Error::DatabaseInUse)?;
        Ok(Some(lock))
    }

    fn creates(&self) -> bool {
        self.flags.contains(OpenFlags::SQLITE_OPEN_CREATE)
    }

    /// Applies the pragmas and reads them back.
    fn apply_pragmas(connection: &Connection) -> Result<(), Error> {
        connection.execute_batch(WRITER_PRAGMAS)?;
        for (pragma, expected) in EXPECTED_PRAGMAS {
            let value: rusqlite::types::Value =
                connection.pragma_query_value(None, pragma, |row| row.get(0))?;
            let is_expected = match value {
                rusqlite::types::Value::Integer(number) => number.to_string() == expected,
                rusqlite::types::Value::Text(text) => text == expected,
                _ => false,
            };
            if !is_expected {
                return Err(Error::SettingRefused(pragma));
            }
        }
        Ok(())
    }

    fn finish_setup(connection: Connection) -> Result<Connection, Error> {
        connection.execute_batch(POST_MIGRATION_PRAGMAS)?;
        // From now on the writer's task retries, so that no thread sleeps.
        connection.busy_timeout(Duration::ZERO)?;
        Ok(connection)
    }

    fn open(&self, pragmas: &str) -> Result<Connection, Error> {
        let connection = Connection::open_with_flags(&self.path, self.flags)?;
        connection.set_prepared_statement_cache_capacity(STATEMENT_CACHE_CAPACITY);
        connection.execute_batch(pragmas)?;
        Ok(connection)
    }
}

/// Runs the missing migrations in one transaction, which waits for the disk once. The pragma
/// `user_version` is the number of applied migrations.
fn migrate(connection: &mut Connection, migrations: &[Migration]) -> Result<(), Error> {
    let applied = applied_migrations(connection, migrations)?;
    // A table that is written anew must not take along the rows that refer to it. The steps are
    // those of SQLite's documentation (ALTER TABLE, §7).
    connection.pragma_update(None, "foreign_keys", false)?;
    let tx = connection.transaction()?;
    for (version, Migration { sql, .. }) in (1_u32..).zip(migrations).skip(applied) {
        tx.execute_batch(sql)?;
        tx.pragma_update(None, "user_version", version)?;
    }
    let broken = tx.query_row("PRAGMA foreign_key_check", [], |_| Ok(())).optional()?;
    if broken.is_some() {
        return Err(Error::Inconsistent { table: "users", what: "a reference to no account" });
    }
    tx.commit()?;
    connection.pragma_update(None, "foreign_keys", true)?;
    Ok(())
}

/// Returns the number of applied migrations.
fn applied_migrations(connection: &Connection, migrations: &[Migration]) -> Result<usize, Error> {
    let applied: u32 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    let applied = if applied == 0 { applied_by_sqlx(connection)? } else { applied };
    match usize::try_from(applied) {
        Ok(applied) if applied <= migrations.len() => Ok(applied),
        _ => Err(Error::NewerSchema),
    }
}

/// Returns the number of migrations that an older version applied with sqlx, which does not set
/// `user_version`.
fn applied_by_sqlx(connection: &Connection) -> Result<u32, Error> {
    let table = "SELECT 1 FROM sqlite_master WHERE name = '_sqlx_migrations'";
    match connection.query_row(table, [], |_| Ok(())).optional()? {
        Some(()) => Ok(connection.query_row(
            "SELECT COUNT(*) FROM _sqlx_migrations WHERE success",
            [],
            |row| row.get(0),
        )?),
        None => Ok(0),
    }
}
