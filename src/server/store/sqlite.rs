//! `SQLite`: one writer that commits in groups, and readers that cannot write.
//!
//! Statements run where they are asked for, in microseconds, since their pages are in memory; what waits for the disk is the
//! commit, and that has a thread of its own.

mod file;
mod open;
mod writer;

use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::Connection;

use super::migrations;
use super::statement::{Row, Statement};
use crate::server::config::SqliteFile;
use crate::server::error::Error;
use file::DatabaseFile;
use open::ConnectOptions;
pub(super) use writer::WriteLease;
use writer::Writer;

/// An open `SQLite` database.
#[derive(Debug)]
pub(super) struct Sqlite {
    file: Arc<DatabaseFile>,
    options: ConnectOptions,
    /// The idle read connections; `None` once the store was closed.
    readers: Mutex<Option<Vec<Connection>>>,
    writer: Writer,
}

impl Sqlite {
    /// Opens the file and brings its schema up to date.
    pub(super) fn connect(file: SqliteFile) -> Result<Self, Error> {
        let options = ConnectOptions::new(file);
        let connection = options.open_writer(&migrations::sqlite())?;
        Self::with_writer(connection, options)
    }

    /// A file that is open for a command: one that is not there, or is not up to date, is refused.
    pub(super) fn connect_existing(file: SqliteFile) -> Result<Self, Error> {
        let mut options = ConnectOptions::new(file);
        let connection = options.open_existing_writer(&migrations::sqlite())?;
        Self::with_writer(connection, options)
    }

    fn with_writer(connection: Connection, options: ConnectOptions) -> Result<Self, Error> {
        let file = Arc::new(DatabaseFile::new(options.path().to_owned())?);
        let writer = Writer::start(connection, Arc::clone(&file));
        Ok(Self { file, options, readers: Mutex::new(Some(Vec::new())), writer })
    }

    /// Reads outside any transaction: on a connection that nobody reads on, or a new one. There are never more of them than
    /// threads, since a read does not wait.
    pub(super) fn find_all<T>(
        &self,
        statement: &Statement,
        read: impl FnMut(&Row<'_>) -> Result<T, Error>,
    ) -> Result<Vec<T>, Error> {
        self.file.check_unmoved()?;
        let idle = self.readers().as_mut().ok_or(Error::Closed)?.pop();
        let connection = idle.map_or_else(|| self.options.open_reader(), Ok)?;
        let found = statement.query_sqlite(&connection, read);
        if let Some(readers) = self.readers().as_mut() {
            readers.push(connection);
        }
        found
    }

    /// Waits for a lease of the write connection.
    pub(super) async fn begin(&self) -> Result<WriteLease, Error> {
        self.writer.acquire().await
    }

    /// Closes every connection, so that the last commit is in the file.
    pub(super) async fn close(&self) {
        self.readers().take();
        self.writer.close().await;
    }

    fn readers(&self) -> std::sync::MutexGuard<'_, Option<Vec<Connection>>> {
        self.readers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
