//! Internal errors of the server. An error is logged once, when it becomes a [`Problem`].

use super::config::InvalidUrl;
use crate::domain::problem::Problem;

/// An internal error. Its text is logged, and it contains no code, key, token or phone number.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// `PostgreSQL` refused a statement or could not be reached.
    #[error("database: {0}")]
    Postgres(#[from] sqlx::Error),
    /// `SQLite` refused a statement, or its file could not be read or written.
    #[error("database: {0}")]
    Sqlite(#[from] rusqlite::Error),
    /// A group commit failed: none of its transactions is durable.
    #[error("commit: {0}")]
    Commit(std::sync::Arc<Error>),
    /// A file or folder of the database, its journal or its backups cannot be used.
    #[error("a file of the database, the journal or a backup: {0}")]
    File(#[from] std::io::Error),
    /// The database's URL is invalid.
    #[error("DATABASE_URL {0}")]
    DatabaseUrl(InvalidUrl),
    /// A command found no database. Only the server creates a database.
    #[error("there is no database {0}; run this in the server's folder, with its settings")]
    NoDatabase(String),
    /// A command found an outdated schema. Only the server migrates it.
    #[error("the database has the schema of an older Ringkey; start the server, which migrates it")]
    OutdatedSchema,
    /// A migration of the schema failed.
    #[error("migration: {0}")]
    Migrate(#[from] sqlx::migrate::MigrateError),
    /// A command or the server found a database that a newer version has migrated.
    #[error("the database has the schema of a newer Ringkey; run that version or a newer one")]
    NewerSchema,
    /// The database refused a setting on which durability depends.
    #[error("the database refused {0}; without it a commit may not survive a power loss")]
    SettingRefused(&'static str),
    /// The store was closed because the server is stopping.
    #[error("the database is closed because the server is stopping")]
    Closed,
    /// An address cannot be bound, or a signal cannot be handled.
    #[error("cannot listen: {0}")]
    Listen(std::io::Error),
    /// A backup could not be made or restored.
    #[error("backup: {0}")]
    Backup(&'static str),
    /// The check of a `SQLite` file has found damage.
    #[error("the file is damaged")]
    DamagedFile,
    /// The database is in use by another process.
    #[error("the database is in use; stop the server first, or wait for the end of a restore")]
    DatabaseInUse,
    /// The database was restored without `ringkey restore`, so what was revoked or deleted since is
    /// valid in it.
    #[error(
        "the database is older than the journal in BACKUP_DIR; run `ringkey restore`, which brings \
         it up to date. If it is a new database, remove the journal"
    )]
    DatabaseOlderThanJournal,
    /// The file of `SQLite` was moved, deleted or replaced after it was opened.
    #[error("the database file was moved or deleted; put it back and restart the server")]
    FileMoved,
    /// A pooler shares the connections to `PostgreSQL` between clients.
    #[error(
        "the database is behind a pooler that gives its connections to several clients in turns \
         (PgBouncer's pool_mode = transaction or statement); set pool_mode = session, or connect \
         to PostgreSQL directly"
    )]
    SharedConnections,
    /// No write transaction could begin in time.
    #[error("could not write in time; check the disk and other processes that use the database")]
    WriteTimeout,
    /// A statement names a parameter that was not bound.
    #[error("parameter {0} of a statement is not bound")]
    MissingParameter(usize),
    /// The database contains an inconsistent row.
    #[error("inconsistent row in {table}: {what}")]
    Inconsistent {
        /// The name of the table.
        table: &'static str,
        /// The inconsistency in words, for the log.
        what: &'static str,
    },
    /// Another account has the phone number.
    #[error("another account has that phone number")]
    PhoneTaken,
    /// A recovery code could not be hashed.
    #[error("recovery code: {0}")]
    Hash(argon2::Error),
    /// The data key could not be encrypted, or not decrypted although its key is there.
    #[error("the data key of the database cannot be encrypted or decrypted")]
    DataKey,
    /// The operating system gave no randomness.
    #[error("the operating system gave no randomness")]
    Random,
    /// A token could not be signed.
    #[error("token: {0}")]
    Token(#[from] jsonwebtoken::errors::Error),
    /// The file of a locale is missing or is not valid Fluent.
    #[error("the messages of {0} cannot be read")]
    Locale(String),
    /// A restored database is of another `SECRET_KEY`.
    #[error(
        "SECRET_KEY is not the key of the restored database; set that key as SECRET_KEY or as \
         SECRET_KEY_PREVIOUS. If it is lost, restore with --without-key: recovery codes end, and \
         the limits of numbers start anew"
    )]
    OtherKey,
    /// A row names a key that is no longer in the key ring.
    #[error("key {0} is not in the key ring")]
    UnknownKey(String),
}

impl Error {
    /// Returns `true` if a unique index has refused a row.
    #[must_use]
    pub fn is_unique_violation(&self) -> bool {
        match self {
            Self::Postgres(error) => error
                .as_database_error()
                .is_some_and(sqlx::error::DatabaseError::is_unique_violation),
            Self::Sqlite(error) => error.sqlite_error().is_some_and(|error| {
                error.extended_code == rusqlite::ffi::SQLITE_CONSTRAINT_UNIQUE
            }),
            _ => false,
        }
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        if matches!(error, Error::PhoneTaken) {
            return Self::NumberTaken;
        }
        tracing::error!(%error, "request refused by a fault of ours");
        Self::Unavailable
    }
}
