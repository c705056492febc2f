//! Storage on `SQLite` or `PostgreSQL` behind one SQL text.
//!
//! Every write runs in a [`Tx`] that is committed with `?`: in sqlx 0.9 an autocommit `UPDATE … RETURNING` on `SQLite` drops
//! the error of a commit that failed. Statements are literal, with `$N`, in the function that owns them; no `now()`, no
//! syntax of one engine only. Statements and commits are counted, so that a test can hold the cost of a journey.

mod audit;
mod challenges;
mod connect;
mod counters;
mod devices;
mod file;
mod purge;
mod sessions;
mod statement;
mod users;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use sqlx::any::AnyRow;
use sqlx::{Any, AnyPool, Transaction};

pub use audit::{Event, Line};
pub use challenges::{NewChallenge, Unused};
pub use purge::Retention;
pub use sessions::{LiveSession, NewSession};

use super::error::Error;
use file::File;
use statement::{Statement, query};

/// The two pools (on `PostgreSQL` they are one) and the count of what went through them.
#[derive(Debug, Clone)]
pub struct Store {
    write: AnyPool,
    read: AnyPool,
    begin: &'static str,
    file: Option<File>,
    cost: Arc<Cost>,
}

/// How many statements and commits there have been.
#[derive(Debug, Default)]
pub struct Cost {
    statements: AtomicU64,
    commits: AtomicU64,
}

/// A transaction that may write; gone without a trace unless it is committed.
#[derive(Debug)]
pub struct Tx {
    inner: Transaction<'static, Any>,
    cost: Arc<Cost>,
}

impl Store {
    /// Starts a transaction that may write. On `SQLite` it takes the write lock at once, so that it never fails half-way.
    pub(crate) async fn begin(&self) -> Result<Tx, Error> {
        self.is_there()?;
        Ok(Tx { inner: self.write.begin_with(self.begin).await?, cost: Arc::clone(&self.cost) })
    }

    /// Refuses to go on when the database's file is not where it was any more.
    fn is_there(&self) -> Result<(), Error> {
        self.file.as_ref().map_or(Ok(()), File::is_there)
    }

    /// One read outside any transaction.
    async fn find(&self, statement: Statement) -> Result<Option<AnyRow>, Error> {
        self.is_there()?;
        Ok(statement.run(&self.cost).fetch_optional(&self.read).await?)
    }

    /// The same where there may be many rows.
    async fn find_all(&self, statement: Statement) -> Result<Vec<AnyRow>, Error> {
        self.is_there()?;
        Ok(statement.run(&self.cost).fetch_all(&self.read).await?)
    }

    /// Whether the database answers.
    ///
    /// # Errors
    /// When it does not.
    pub async fn ping(&self) -> Result<(), Error> {
        self.find(query("SELECT 1 FROM audit LIMIT 1")).await?;
        self.begin().await?.fetch(query("SELECT 1")).await?;
        Ok(())
    }

    /// Statements and commits since the start.
    #[must_use]
    pub fn cost(&self) -> (u64, u64) {
        (self.cost.statements.load(Ordering::Relaxed), self.cost.commits.load(Ordering::Relaxed))
    }

    /// Closes the pools, so that the last commit is in the file before the process ends.
    pub async fn close(&self) {
        self.read.close().await;
        self.write.close().await;
    }
}

impl Tx {
    /// Runs a statement; how many rows it touched.
    async fn execute(&mut self, statement: Statement) -> Result<u64, Error> {
        Ok(statement.run(&self.cost).execute(&mut *self.inner).await?.rows_affected())
    }

    /// Runs a statement that gives a row, or none.
    async fn fetch(&mut self, statement: Statement) -> Result<Option<AnyRow>, Error> {
        Ok(statement.run(&self.cost).fetch_optional(&mut *self.inner).await?)
    }

    /// Runs a statement that gives rows.
    async fn fetch_all(&mut self, statement: Statement) -> Result<Vec<AnyRow>, Error> {
        Ok(statement.run(&self.cost).fetch_all(&mut *self.inner).await?)
    }

    /// Makes it last. Nothing may be answered before this has returned `Ok`.
    pub(crate) async fn commit(self) -> Result<(), Error> {
        self.cost.commits.fetch_add(1, Ordering::Relaxed);
        Ok(self.inner.commit().await?)
    }
}
