//! Internal errors of the server. Before a person sees one it becomes a [`Problem`], and there it is logged, once.

use crate::domain::problem::Problem;

/// An internal error of the server. Its text is for the log and holds no code, key, token or number.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// `PostgreSQL` refused a statement or could not be reached.
    #[error("database: {0}")]
    Postgres(#[from] sqlx::Error),
    /// The file of `SQLite` could not be read or written.
    #[error("database: {0}")]
    Sqlite(#[from] rusqlite::Error),
    /// A group commit failed: nothing that its transactions wrote is durable.
    #[error("commit: {0}")]
    Commit(std::sync::Arc<Error>),
    /// The database's folder cannot be used.
    #[error("folder of the database: {0}")]
    DatabaseFolder(#[from] std::io::Error),
    /// The database's URL is invalid.
    #[error("DATABASE_URL {0}")]
    DatabaseUrl(&'static str),
    /// A command found no database, and makes none.
    #[error("there is no database {0}; run this in the server's folder, with its settings")]
    NoDatabase(String),
    /// A command found a database that the server has not brought up to date yet.
    #[error("the database is of an earlier Ringkey; start the server, which brings it up to date")]
    OutdatedSchema,
    /// The schema could not be brought up to date.
    #[error("migration: {0}")]
    Migrate(#[from] sqlx::migrate::MigrateError),
    /// A command or the server found a database that a newer version has migrated.
    #[error("the database is of a newer Ringkey; run that version, or a newer one")]
    NewerSchema,
    /// The database did not take a setting on which durability depends.
    #[error("the database did not take {0}, without which an answer may not survive a power cut")]
    SettingRefused(&'static str),
    /// The store was closed: the server is stopping.
    #[error("the database was closed, since the server is stopping")]
    Closed,
    /// The file of `SQLite` is not the one that was opened.
    #[error("the database file was moved or deleted while it was open; put it back and start the server again")]
    FileMoved,
    /// No write lease was free in time.
    #[error("no write in time; see whether the disk is slow or another process holds the database")]
    WriteTimeout,
    /// A statement names a parameter that was not bound.
    #[error("parameter {0} of a statement is not bound")]
    MissingParameter(usize),
    /// The database holds an inconsistent row.
    #[error("inconsistent row in {table}: {what}")]
    Inconsistent {
        /// The table.
        table: &'static str,
        /// The inconsistency.
        what: &'static str,
    },
    /// The operating system gave no randomness.
    #[error("no randomness from the operating system")]
    Random,
    /// A token could not be signed.
    #[error("token: {0}")]
    Token(#[from] jsonwebtoken::errors::Error),
    /// A language's file is missing or no Fluent.
    #[error("the messages of {0} cannot be read")]
    Locale(String),
    /// A row was made under a key that is not in the key ring any more.
    #[error("key {0} is not in the key ring")]
    UnknownKey(String),
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        tracing::error!(%error, "request refused by a fault of ours");
        Self::Unavailable
    }
}
