//! `SQLite`: one writer that commits in groups, and readers that cannot write.
//!
//! Statements run where they are asked for, in microseconds, since their pages are in memory; what waits for the disk is the
//! commit, and that has a thread of its own.

mod file;
mod open;
mod writer;

use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::Connection;

use super::statement::{Row, Statement};
use crate::server::error::Error;
use file::File;
use open::Opener;
pub(super) use writer::Turn;
use writer::Writer;

/// What the schema is made of, each once.
const MIGRATIONS: [&str; 4] = [
    include_str!("../../../migrations/sqlite/0001_sign_in.sql"),
    include_str!("../../../migrations/sqlite/0002_limits.sql"),
    include_str!("../../../migrations/sqlite/0003_locality.sql"),
    include_str!("../../../migrations/sqlite/0004_clock.sql"),
];
/// What every statement gets to hear once the store was closed.
pub(super) const CLOSED: Error = Error::Inconsistent { table: "file", what: "the database was closed" };

/// A file of `SQLite` that is open.
#[derive(Debug)]
pub(super) struct Sqlite {
    file: Arc<File>,
    opener: Opener,
    /// Those that are not reading; `None` once the store was closed.
    readers: Mutex<Option<Vec<Connection>>>,
    writer: Writer,
}

impl Sqlite {
    /// Opens the file that `rest` names, `//path?mode=…`, and brings its schema up to date.
    pub(super) fn connect(rest: &str) -> Result<Self, Error> {
        let opener = Opener::of(rest).map_err(Error::Url)?;
        let connection = opener.writer(&MIGRATIONS)?;
        Self::on(connection, opener)
    }

    /// A file that is open for a command: one that is not there, or is not up to date, is refused.
    pub(super) fn connect_existing(rest: &str) -> Result<Self, Error> {
        let mut opener = Opener::of(rest).map_err(Error::Url)?;
        let connection = opener.existing_writer(&MIGRATIONS)?;
        Self::on(connection, opener)
    }

    /// The fault of `rest`, without opening the file that it names.
    pub(super) fn fault_in(rest: &str) -> Option<String> {
        match Opener::of(rest) {
            Ok(opener) => opener.obstacle().map(|why| format!("names {}, which {why}", opener.path().display())),
            Err(fault) => Some(fault.to_owned()),
        }
    }

    fn on(connection: Connection, opener: Opener) -> Result<Self, Error> {
        let file = Arc::new(File::new(opener.path().to_owned())?);
        let writer = Writer::start(connection, Arc::clone(&file));
        Ok(Self { file, opener, readers: Mutex::new(Some(Vec::new())), writer })
    }

    /// Reads outside any transaction: on a connection that nobody reads on, or a new one. There are never more of them than
    /// threads, since a read does not wait.
    pub(super) fn find_all<T>(
        &self,
        statement: &Statement,
        read: impl FnMut(&Row<'_>) -> Result<T, Error>,
    ) -> Result<Vec<T>, Error> {
        self.file.is_there()?;
        let idle = self.readers().as_mut().ok_or(CLOSED)?.pop();
        let connection = idle.map_or_else(|| self.opener.reader(), Ok)?;
        let found = statement.all_on(&connection, read);
        if let Some(readers) = self.readers().as_mut() {
            readers.push(connection);
        }
        found
    }

    /// A turn to write.
    pub(super) async fn begin(&self) -> Result<Turn, Error> {
        self.writer.turn().await
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
