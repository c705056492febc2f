//! The database store, on `SQLite` or `PostgreSQL`. Both use the same SQL text.
//!
//! Every write runs in a transaction ([`Tx`]), and no request is answered before its commit has
//! returned `Ok`. SQL statements are literals in the function that uses them, or constants of its
//! file. Exceptions are `counters.rs` and `purge.rs`, which build some of theirs. Variable values
//! are always bound parameters (`$1`, `$2`, …). No statement uses `now()`, and only `purge.rs` has
//! syntax of one database alone (`FOR UPDATE SKIP LOCKED`). Statements and commits are counted, so
//! that a test can limit the cost of a sign-in.
//!
//! The futures of sqlx (`PostgreSQL`) are boxed, because each has thousands of bytes. Without the
//! box every future that awaits a statement would contain them, on `SQLite` too.
//!
//! On `SQLite` transactions share a commit (`sqlite/writer.rs`). A transaction sees the writes of
//! the earlier transactions of its batch, and all of them are committed together. Reads outside a
//! transaction see only committed rows. So a transaction reads the rows on which it decides itself.

mod audit;
mod challenges;
mod clock;
mod counters;
mod devices;
mod migrations;
mod postgres;
mod purge;
mod sessions;
mod sqlite;
mod statement;
mod users;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use sqlx::{PgPool, Postgres, Transaction};

pub use audit::{AuditEntry, AuditEvent};
pub use challenges::{CompletedChallenge, NewChallenge, UnusedAttempts};
pub use sessions::{LiveSession, NewSession};

use super::config::DatabaseUrl;
use super::error::Error;
use sqlite::{Sqlite, WriteTransaction};
use statement::{Row, Statement, query};

/// An open database, and the numbers of its statements and commits.
#[derive(Debug, Clone)]
pub struct Store {
    engine: Engine,
    counts: Arc<QueryCounts>,
}

#[derive(Debug, Clone)]
enum Engine {
    Sqlite(Arc<Sqlite>),
    Postgres(PgPool),
}

/// The numbers of statements and commits since the start.
#[derive(Debug, Default)]
pub struct QueryCounts {
    statements: AtomicU64,
    commits: AtomicU64,
}

/// A write transaction. If it is dropped without a commit, it is rolled back.
#[derive(Debug)]
pub struct Tx {
    inner: Inner,
    counts: Arc<QueryCounts>,
}

#[derive(Debug)]
enum Inner {
    Sqlite(WriteTransaction),
    Postgres(Transaction<'static, Postgres>),
}

impl Store {
    /// Opens the database at `url` (`sqlite://…` or `postgres://…`), creates it if it is missing,
    /// and runs the missing migrations.
    ///
    /// # Errors
    /// Fails if the database cannot be opened, or if it refuses a setting that durability needs.
    pub async fn connect(url: &str) -> Result<Self, Error> {
        let engine = match DatabaseUrl::parse(url).map_err(Error::DatabaseUrl)? {
            DatabaseUrl::Sqlite(file) => Engine::Sqlite(Arc::new(Sqlite::connect(file)?)),
            DatabaseUrl::Postgres(url) => Engine::Postgres(postgres::connect(url).await?),
        };
        Ok(Self { engine, counts: Arc::default() })
    }

    /// Opens the database at `url` for a command. Creates no database and changes no schema.
    ///
    /// # Errors
    /// Fails as [`Store::connect`] does, and if the database is missing or its schema is not up to
    /// date.
    pub async fn connect_existing(url: &str) -> Result<Self, Error> {
        let engine = match DatabaseUrl::parse(url).map_err(Error::DatabaseUrl)? {
            DatabaseUrl::Sqlite(file) => Engine::Sqlite(Arc::new(Sqlite::connect_existing(file)?)),
            DatabaseUrl::Postgres(url) => Engine::Postgres(postgres::connect_existing(url).await?),
        };
        Ok(Self { engine, counts: Arc::default() })
    }

    /// Starts a write transaction. On `SQLite` it has the write lock from the start, so a later
    /// statement never fails because of a lock.
    pub(crate) async fn begin(&self) -> Result<Tx, Error> {
        let inner = match &self.engine {
            Engine::Sqlite(sqlite) => Inner::Sqlite(sqlite.begin().await?),
            Engine::Postgres(pool) => Inner::Postgres(Box::pin(pool.begin()).await?),
        };
        Ok(Tx { inner, counts: Arc::clone(&self.counts) })
    }

    /// Runs a query outside any transaction. Returns its row, mapped by `read`, if there is one.
    async fn find<T>(
        &self,
        statement: Statement,
        read: impl FnMut(&Row<'_>) -> Result<T, Error>,
    ) -> Result<Option<T>, Error> {
        Ok(self.find_all(statement, read).await?.pop())
    }

    /// Runs a query outside any transaction. Returns all rows, mapped by `read`.
    async fn find_all<T>(
        &self,
        statement: Statement,
        mut read: impl FnMut(&Row<'_>) -> Result<T, Error>,
    ) -> Result<Vec<T>, Error> {
        self.counts.count(&statement);
        match &self.engine {
            Engine::Sqlite(sqlite) => sqlite.find_all(&statement, read),
            Engine::Postgres(pool) => {
                let rows = Box::pin(statement.into_postgres().fetch_all(pool)).await?;
                rows.iter().map(|row| read(&Row::Postgres(row))).collect()
            }
        }
    }

    /// Checks that the database can answer a read and can start a write transaction.
    ///
    /// # Errors
    /// Fails if either of them fails.
    pub async fn ping(&self) -> Result<(), Error> {
        self.find(query("SELECT 1 FROM audit LIMIT 1"), |_| Ok(())).await?;
        self.begin().await?.fetch(query("SELECT 1"), |_| Ok(())).await?;
        Ok(())
    }

    /// Returns the numbers of statements and of commits since the start.
    #[must_use]
    pub fn query_counts(&self) -> (u64, u64) {
        (
            self.counts.statements.load(Ordering::Relaxed),
            self.counts.commits.load(Ordering::Relaxed),
        )
    }

    /// Closes the connections. On `SQLite` this copies the write-ahead log into the database file.
    pub async fn close(&self) {
        match &self.engine {
            Engine::Sqlite(sqlite) => sqlite.close().await,
            Engine::Postgres(pool) => pool.close().await,
        }
    }
}

impl QueryCounts {
    fn count(&self, statement: &Statement) {
        self.statements.fetch_add(1, Ordering::Relaxed);
        tracing::trace!(target: "ringkey::sql", sql = statement.sql(), "statement");
    }
}

impl Tx {
    /// Returns `true` on `PostgreSQL`, where other transactions may write at the same time.
    fn has_concurrent_writers(&self) -> bool {
        matches!(self.inner, Inner::Postgres(_))
    }

    /// Runs a statement and returns the number of rows that it changed.
    async fn execute(&mut self, statement: Statement) -> Result<u64, Error> {
        self.counts.count(&statement);
        match &mut self.inner {
            Inner::Sqlite(tx) => statement.execute_sqlite(tx.connection()?),
            Inner::Postgres(tx) => {
                Ok(Box::pin(statement.into_postgres().execute(&mut **tx)).await?.rows_affected())
            }
        }
    }

    /// Runs a statement that returns at most one row, and maps the row by `read`.
    async fn fetch<T>(
        &mut self,
        statement: Statement,
        read: impl FnMut(&Row<'_>) -> Result<T, Error>,
    ) -> Result<Option<T>, Error> {
        Ok(self.fetch_all(statement, read).await?.pop())
    }

    /// Runs a statement that returns rows, and maps each row by `read`.
    async fn fetch_all<T>(
        &mut self,
        statement: Statement,
        mut read: impl FnMut(&Row<'_>) -> Result<T, Error>,
    ) -> Result<Vec<T>, Error> {
        self.counts.count(&statement);
        match &mut self.inner {
            Inner::Sqlite(tx) => statement.query_sqlite(tx.connection()?, read),
            Inner::Postgres(tx) => {
                let rows = Box::pin(statement.into_postgres().fetch_all(&mut **tx)).await?;
                rows.iter().map(|row| read(&Row::Postgres(row))).collect()
            }
        }
    }

    /// Commits the transaction. No request may be answered before this has returned `Ok`.
    pub(crate) async fn commit(self) -> Result<(), Error> {
        self.counts.commits.fetch_add(1, Ordering::Relaxed);
        match self.inner {
            Inner::Sqlite(tx) => tx.commit().await,
            Inner::Postgres(tx) => Ok(Box::pin(tx.commit()).await?),
        }
    }
}
