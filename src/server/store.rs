//! The store on `SQLite` or `PostgreSQL`, with one SQL text for both.
//!
//! Every write runs in a [`Tx`], and no request is answered before its commit has returned `Ok`.
//! Each statement is a literal with `$N` in the function that owns it, without `now()` and without
//! syntax of one engine only. Statements and commits are counted, so that a test can bound the cost
//! of a sign-in.
//!
//! Futures of `PostgreSQL` are boxed, because sqlx's have thousands of bytes each. Otherwise every
//! future that awaits a statement would contain them, on `SQLite` too.
//!
//! On `SQLite` transactions share a commit (`sqlite/writer.rs`). A transaction sees what others of
//! its group have written, and they commit together. A transaction therefore reads inside itself
//! what it decides on, because readers see only committed rows.

mod audit;
mod challenges;
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
use sqlite::{Sqlite, WriteLease};
use statement::{Row, Statement, query};

/// The database, and the counts of its statements and commits.
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

/// A write transaction, which is rolled back when it is dropped without a commit.
#[derive(Debug)]
pub struct Tx {
    inner: Inner,
    counts: Arc<QueryCounts>,
}

#[derive(Debug)]
enum Inner {
    Sqlite(WriteLease),
    Postgres(Transaction<'static, Postgres>),
}

impl Store {
    /// Opens the database at `url` (`sqlite://…` or `postgres://…`), creates it if it is missing,
    /// and runs the missing migrations.
    ///
    /// # Errors
    /// Fails if the database cannot be opened, or refuses a setting on which durability depends.
    pub async fn connect(url: &str) -> Result<Self, Error> {
        let engine = match DatabaseUrl::parse(url).map_err(Error::DatabaseUrl)? {
            DatabaseUrl::Sqlite(file) => Engine::Sqlite(Arc::new(Sqlite::connect(file)?)),
            DatabaseUrl::Postgres(url) => Engine::Postgres(postgres::connect(url).await?),
        };
        Ok(Self { engine, counts: Arc::default() })
    }

    /// Opens the database at `url` for a command, which creates nothing and changes no schema.
    ///
    /// # Errors
    /// Fails as [`Store::connect`] does, and if the database is missing or not up to date.
    pub async fn connect_existing(url: &str) -> Result<Self, Error> {
        let engine = match DatabaseUrl::parse(url).map_err(Error::DatabaseUrl)? {
            DatabaseUrl::Sqlite(file) => Engine::Sqlite(Arc::new(Sqlite::connect_existing(file)?)),
            DatabaseUrl::Postgres(url) => Engine::Postgres(postgres::connect_existing(url).await?),
        };
        Ok(Self { engine, counts: Arc::default() })
    }

    /// Starts a write transaction. On `SQLite` it has the write lock from the start, so that it
    /// never fails half-way.
    pub(crate) async fn begin(&self) -> Result<Tx, Error> {
        let inner = match &self.engine {
            Engine::Sqlite(sqlite) => Inner::Sqlite(sqlite.begin().await?),
            Engine::Postgres(pool) => Inner::Postgres(Box::pin(pool.begin()).await?),
        };
        Ok(Tx { inner, counts: Arc::clone(&self.counts) })
    }

    /// Runs a query outside any transaction and returns its row, mapped by `read`, if there is one.
    async fn find<T>(
        &self,
        statement: Statement,
        read: impl FnMut(&Row<'_>) -> Result<T, Error>,
    ) -> Result<Option<T>, Error> {
        Ok(self.find_all(statement, read).await?.pop())
    }

    /// Runs a query outside any transaction and returns all rows, mapped by `read`.
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

    /// Checks that the database answers a read and begins a transaction.
    ///
    /// # Errors
    /// Fails if the database does not answer.
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

    /// Closes the connections, so that the last commit is in the file before the process ends.
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
    /// Returns `true` if other transactions may write at the same time, as on `PostgreSQL`.
    fn has_concurrent_writers(&self) -> bool {
        matches!(self.inner, Inner::Postgres(_))
    }

    /// Runs a statement and returns the number of rows that it changed.
    async fn execute(&mut self, statement: Statement) -> Result<u64, Error> {
        self.counts.count(&statement);
        match &mut self.inner {
            Inner::Sqlite(lease) => statement.execute_sqlite(lease.connection()?),
            Inner::Postgres(tx) => {
                Ok(Box::pin(statement.into_postgres().execute(&mut **tx)).await?.rows_affected())
            }
        }
    }

    /// Runs a statement that returns at most one row.
    async fn fetch<T>(
        &mut self,
        statement: Statement,
        read: impl FnMut(&Row<'_>) -> Result<T, Error>,
    ) -> Result<Option<T>, Error> {
        Ok(self.fetch_all(statement, read).await?.pop())
    }

    /// Runs a statement that returns rows, and maps them by `read`.
    async fn fetch_all<T>(
        &mut self,
        statement: Statement,
        mut read: impl FnMut(&Row<'_>) -> Result<T, Error>,
    ) -> Result<Vec<T>, Error> {
        self.counts.count(&statement);
        match &mut self.inner {
            Inner::Sqlite(lease) => statement.query_sqlite(lease.connection()?, read),
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
            Inner::Sqlite(lease) => lease.commit().await,
            Inner::Postgres(tx) => Ok(Box::pin(tx.commit()).await?),
        }
    }
}
