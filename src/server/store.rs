//! The database store, on `SQLite` or `PostgreSQL`.
//!
//! Both use the same SQL text. Where one text would cost `PostgreSQL` round trips, it has a second
//! text beside the first. Every write runs in a [`Tx`], and no request is answered before its
//! commit has returned `Ok`. Variable values are always bound parameters (`$1`, `$2`, …).
//! Statements and commits are counted, so that a test can limit the cost of a sign-in.
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
mod data_keys;
mod devices;
mod dormant_accounts;
mod guards;
mod journal;
mod migrations;
mod notices;
mod number_changes;
mod passkeys;
mod postgres;
mod purge;
mod query_counts;
mod recovery_codes;
mod revocations;
mod sends;
mod sessions;
mod sign_ins;
mod sql_builder;
mod sqlite;
mod statement;
mod stripes;
mod transfer;
mod users;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use sqlx::pool::PoolConnection;
use sqlx::{PgConnection, Postgres, Transaction};

pub use audit::{AuditEntry, AuditEvent};
pub use challenges::{NewChallenge, UnusedAttempts};
pub use data_keys::EncryptedDataKey;
pub use dormant_accounts::SEEN_PRECISION;
pub use journal::{Found, JournalEntry, SETTLING_TIME};
pub use notices::PendingNotice;
pub use number_changes::NumberChange;
pub use passkeys::StoredPasskey;
pub use postgres::settings::PostgresSettings;
pub use query_counts::QueryCounts;
pub use recovery_codes::RecoveryCodeSet;
pub use sends::{ChallengeChange, NewSend, SendResult};
pub use sessions::{ListedSession, LiveSession, NewSession};
pub use sign_ins::{Completed, Completion, SignIn};
pub(crate) use sqlite::copy::{
    audit_entries_of, audit_entry_of, check_database, close_database, copy_counters, copy_database,
    first_audit_id_of, is_damage, last_audit_id_of,
};
pub use transfer::{TABLES, TableDigest, move_to_postgres};
pub use users::{Account, AccountState};

use super::config::DatabaseUrl;
use super::error::Error;
use crate::domain::limits::stripes::Stripes;
use postgres::Pools;
use sqlite::{Sqlite, WriteTransaction};
use statement::{Row, Statement, query, read_all};

/// An open database, and the numbers of its statements and commits.
#[derive(Debug, Clone)]
pub struct Store {
    engine: Engine,
    counts: Arc<QueryCounts>,
    /// The number from which the preferred stripe of the next request follows. It starts at the
    /// process id, so that instances begin at different stripes.
    next_ticket: Arc<AtomicU64>,
}

#[derive(Debug, Clone)]
enum Engine {
    Sqlite(Arc<Sqlite>),
    Postgres(Pools),
}

/// A write transaction, or a connection whose statements commit by themselves. A transaction that
/// is dropped without a commit is rolled back. Statements that committed by themselves stay.
#[derive(Debug)]
pub struct Tx {
    inner: Inner,
    counts: Arc<QueryCounts>,
}

#[derive(Debug)]
enum Inner {
    Sqlite(WriteTransaction),
    Postgres(Transaction<'static, Postgres>),
    /// Each statement is a transaction of its own.
    Autocommit(PoolConnection<Postgres>),
}

impl Store {
    fn new(engine: Engine) -> Self {
        let next_ticket = Arc::new(AtomicU64::new(u64::from(std::process::id())));
        Self { engine, counts: Arc::default(), next_ticket }
    }

    /// Opens the database at `url` (`sqlite://…` or `postgres://…`), creates it if it is missing,
    /// and runs the missing migrations.
    ///
    /// # Errors
    /// Fails if the database cannot be opened, or if it refuses a setting that durability needs.
    pub async fn connect(url: &str, connections: u32) -> Result<Self, Error> {
        let engine = match DatabaseUrl::parse(url).map_err(Error::DatabaseUrl)? {
            DatabaseUrl::Sqlite(file) => Engine::Sqlite(Arc::new(Sqlite::connect(file)?)),
            DatabaseUrl::Postgres(url) => {
                Engine::Postgres(postgres::connect(url, connections).await?)
            }
        };
        Ok(Self::new(engine))
    }

    /// Opens the database at `url` for a command. Creates no database and changes no schema.
    ///
    /// # Errors
    /// Fails as [`Store::connect`] does, and if the database is missing or its schema is not up to
    /// date.
    pub async fn connect_existing(url: &str, connections: u32) -> Result<Self, Error> {
        let engine = match DatabaseUrl::parse(url).map_err(Error::DatabaseUrl)? {
            DatabaseUrl::Sqlite(file) => Engine::Sqlite(Arc::new(Sqlite::connect_existing(file)?)),
            DatabaseUrl::Postgres(url) => {
                Engine::Postgres(postgres::connect_existing(url, connections).await?)
            }
        };
        Ok(Self::new(engine))
    }

    /// Starts a write transaction. On `SQLite` it has the write lock from the start, so a later
    /// statement never fails because of a lock.
    pub(crate) async fn begin(&self) -> Result<Tx, Error> {
        let inner = match &self.engine {
            Engine::Sqlite(sqlite) => Inner::Sqlite(sqlite.begin().await?),
            Engine::Postgres(pools) => Inner::Postgres(postgres::begin(&pools.writes).await?),
        };
        Ok(Tx { inner, counts: Arc::clone(&self.counts) })
    }

    /// Starts what needs no transaction on `PostgreSQL`, because it writes one statement at most.
    /// There each statement commits by itself; on `SQLite` this is [`Store::begin`].
    pub(crate) async fn begin_autocommit(&self) -> Result<Tx, Error> {
        let Engine::Postgres(pools) = &self.engine else { return self.begin().await };
        let inner = Inner::Autocommit(Box::pin(pools.writes.acquire()).await?);
        Ok(Tx { inner, counts: Arc::clone(&self.counts) })
    }

    /// Starts what comes after [`Tx::commit_and_keep`], as [`Store::begin_autocommit`] does.
    pub(crate) async fn begin_next(&self, kept: Option<Tx>) -> Result<Tx, Error> {
        match kept {
            Some(tx) => Ok(tx),
            None => self.begin_autocommit().await,
        }
    }

    /// Returns the stripes of hot counters for one request, of which there are `count`. Each
    /// request prefers the next stripe, so that concurrent ones seldom meet.
    pub(crate) fn next_stripes(&self, count: i64) -> Stripes {
        if let Engine::Sqlite(_) = self.engine {
            return Stripes::NONE;
        }
        let ticket = self.next_ticket.fetch_add(1, Ordering::Relaxed);
        let preferred = i64::try_from(ticket).unwrap_or_default().rem_euclid(count) + 1;
        Stripes { count, preferred }
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
        read: impl FnMut(&Row<'_>) -> Result<T, Error>,
    ) -> Result<Vec<T>, Error> {
        self.counts.count(&statement);
        match &self.engine {
            Engine::Sqlite(sqlite) => sqlite.find_all(&statement, read),
            Engine::Postgres(pools) => {
                read_all(&Box::pin(statement.into_postgres().fetch_all(&pools.reads)).await?, read)
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
            Engine::Postgres(pools) => pools.close().await,
        }
    }
}

impl Tx {
    /// Returns `true` on `PostgreSQL`, where other transactions may write at the same time.
    pub(crate) fn has_concurrent_writers(&self) -> bool {
        !matches!(self.inner, Inner::Sqlite(_))
    }

    /// Returns `true` if each statement commits by itself.
    pub(crate) fn is_autocommit(&self) -> bool {
        matches!(self.inner, Inner::Autocommit(_))
    }

    /// Runs a statement and returns the number of rows that it changed.
    async fn execute(&mut self, statement: Statement) -> Result<u64, Error> {
        self.counts.count(&statement);
        let connection: &mut PgConnection = match &mut self.inner {
            Inner::Sqlite(tx) => return statement.execute_sqlite(tx.connection()?),
            Inner::Postgres(tx) => tx,
            Inner::Autocommit(connection) => connection,
        };
        Ok(Box::pin(statement.into_postgres().execute(connection)).await?.rows_affected())
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
        read: impl FnMut(&Row<'_>) -> Result<T, Error>,
    ) -> Result<Vec<T>, Error> {
        self.counts.count(&statement);
        let connection: &mut PgConnection = match &mut self.inner {
            Inner::Sqlite(tx) => return statement.query_sqlite(tx.connection()?, read),
            Inner::Postgres(tx) => tx,
            Inner::Autocommit(connection) => connection,
        };
        read_all(&Box::pin(statement.into_postgres().fetch_all(connection)).await?, read)
    }

    /// Commits, and keeps the connection if its statements commit by themselves. A connection that
    /// goes back to the pool costs a round trip, because sqlx checks it.
    pub(crate) async fn commit_and_keep(self) -> Result<Option<Self>, Error> {
        if self.is_autocommit() {
            self.counts.commits.fetch_add(1, Ordering::Relaxed);
            return Ok(Some(self));
        }
        self.commit().await?;
        Ok(None)
    }

    /// Commits the transaction. No request may be answered before this has returned `Ok`.
    pub(crate) async fn commit(self) -> Result<(), Error> {
        self.counts.commits.fetch_add(1, Ordering::Relaxed);
        match self.inner {
            Inner::Sqlite(tx) => tx.commit().await,
            Inner::Postgres(tx) => Ok(Box::pin(tx.commit()).await?),
            Inner::Autocommit(_) => Ok(()),
        }
    }
}
