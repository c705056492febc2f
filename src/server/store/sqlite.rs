//! The `SQLite` backend: one writer with group commit, and read-only connections.
//!
//! A statement runs on the thread of its caller. It takes microseconds, because its pages are in
//! memory. Only a commit waits for fsync, and it runs on another thread.

pub(super) mod copy;
mod file;
mod open;
mod writer;

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::Connection;

use super::migrations;
use super::statement::{Row, Statement};
use crate::server::config::SqliteFile;
use crate::server::error::Error;
use file::DatabaseFile;
use open::ConnectOptions;
pub(super) use writer::WriteTransaction;
use writer::Writer;

/// An open `SQLite` database.
#[derive(Debug)]
pub(super) struct Sqlite {
    file: Arc<DatabaseFile>,
    options: ConnectOptions,
    /// The idle read connections; `None` after the store was closed.
    readers: Mutex<Option<Vec<Connection>>>,
    writer: Writer,
}

impl Sqlite {
    /// Opens the file and runs the missing migrations.
    pub(super) fn connect(file: SqliteFile) -> Result<Self, Error> {
        let options = ConnectOptions::new(file);
        let connection = options.open_writer(&migrations::sqlite())?;
        Self::with_writer(connection, options)
    }

    /// Opens the file for a command; fails if it is missing or not up to date.
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

    /// Reads outside any transaction, on an idle read connection or a new one. There are never more
    /// read connections than threads, because a read does not await anything.
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

    /// Starts a write transaction, after those that are queued before it.
    pub(super) async fn begin(&self) -> Result<WriteTransaction, Error> {
        self.writer.acquire().await
    }

    /// Returns the path of the file.
    pub(super) fn path(&self) -> &Path {
        self.options.path()
    }

    /// Closes every connection. `SQLite` then copies the write-ahead log into the database file.
    pub(super) async fn close(&self) {
        self.readers().take();
        self.writer.close().await;
    }

    fn readers(&self) -> std::sync::MutexGuard<'_, Option<Vec<Connection>>> {
        self.readers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
