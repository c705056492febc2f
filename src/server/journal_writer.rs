//! Keeps the journal up to date while the server runs.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::task::spawn_blocking;

use super::error::Error;
use super::journal::Journal;
use super::state::AppState;
use super::store::SETTLING_TIME;
use crate::domain::time::Timestamp;

/// The maximum number of entries that are copied at a time.
const BATCH_SIZE: i64 = 1_000;

/// The journal of a running server.
#[derive(Debug, Clone)]
pub struct JournalWriter(Arc<Mutex<Journal>>);

impl JournalWriter {
    /// Opens the journal in this folder.
    ///
    /// # Errors
    /// Fails if the file cannot be read or written, and if the database is older than the journal.
    pub async fn open(app: &AppState, folder: &Path) -> Result<Self, Error> {
        let (last, now) = (app.store.last_audit_id().await?, app.clock.now());
        let journal = Journal::open(folder, last, now)?;
        let kept_since = now.plus(-app.config.retention.audit);
        if !app.store.find_journal_entry(journal.last(), kept_since).await?.is_current() {
            return Err(Error::DatabaseOlderThanJournal);
        }
        Ok(Self(Arc::new(Mutex::new(journal))))
    }

    /// Copies the new entries of the audit log.
    ///
    /// # Errors
    /// Fails if the database cannot be read or the file cannot be written.
    pub async fn catch_up(&self, app: &AppState) -> Result<(), Error> {
        // SQLite has one writer, so every entry that is there is settled.
        let until = if app.store.has_ordered_audit() {
            Timestamp(i64::MAX)
        } else {
            app.clock.now().plus(-SETTLING_TIME)
        };
        loop {
            let after = self.with(|journal| journal.last().id);
            let entries = app.store.journal_entries(after, until, BATCH_SIZE).await?;
            if entries.is_empty() {
                return Ok(());
            }
            let writer = self.clone();
            spawn_blocking(move || writer.with(|journal| journal.append(&entries)))
                .await
                .map_err(|_| Error::Closed)??;
        }
    }

    /// Removes the entries that are older than every kept backup.
    ///
    /// # Errors
    /// Fails if the file cannot be written.
    pub async fn remove_before(&self, first: i64) -> Result<(), Error> {
        let writer = self.clone();
        let removed = spawn_blocking(move || writer.with(|journal| journal.remove_before(first)));
        removed.await.map_err(|_| Error::Closed)?
    }

    fn with<T>(&self, work: impl FnOnce(&mut Journal) -> T) -> T {
        work(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
