//! The `PostgreSQL` backend: creates and migrates the database, and configures the connection
//! pools.

pub(super) mod settings;

use std::cmp::Ordering;
use std::time::Duration;

use sqlx::migrate::{MigrateDatabase, Migration, MigrationType, Migrator};
use sqlx::postgres::PgPoolOptions;
use sqlx::{Connection, Executor, PgConnection, PgPool, Postgres, Row, SqlSafeStr, Transaction};

use super::migrations;
use crate::server::error::Error;

/// The settings of every connection. They override those of the role, database and server.
/// `synchronous_commit` makes committed transactions survive a power loss. With `read committed` a
/// transaction that has waited for a lock reads what the previous owner of the lock committed.
/// Each connection plans a statement once (a generic plan). The plan may be made while a table is
/// small, so it must not be a sequential scan. Every statement has an index that it can use.
const SESSION_SETTINGS: &str = "SET statement_timeout = '5s'; SET lock_timeout = '2s'; \
     SET idle_in_transaction_session_timeout = '10s'; \
     SET synchronous_commit = on; SET default_transaction_isolation = 'read committed'; \
     SET plan_cache_mode = force_generic_plan; SET enable_seqscan = off; SET jit = off";
/// The query that reads back the settings on which durability and decisions depend, and its
/// expected result.
const DURABILITY_CHECK: (&str, &str) = (
    "SELECT current_setting('synchronous_commit') || ', ' \
     || current_setting('default_transaction_isolation')",
    "on, read committed",
);
/// The error codes of `PostgreSQL` for a missing database (`invalid_catalog_name`) and for a
/// missing table (`undefined_table`).
const NO_SUCH_DATABASE: &str = "3D000";
const NO_SUCH_TABLE: &str = "42P01";
/// The maximum time to wait for a connection.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(5);
/// A connection that was idle for longer than this is pinged before use.
const PING_AFTER_IDLE: Duration = Duration::from_secs(1);
/// One connection in this many is for reads. Our own choice, measured with 1 ms added to each round
/// trip: with a quarter, session checks waited for each other.
const READ_SHARE: u32 = 2;

/// The connections of one process. Reads, of which every request of a signed-in person makes one,
/// have their own, so that they do not wait for sign-ins.
#[derive(Debug, Clone)]
pub(super) struct Pools {
    /// The connections of reads outside transactions.
    pub(super) reads: PgPool,
    /// The connections of transactions, and of statements that commit by themselves.
    pub(super) writes: PgPool,
}

impl Pools {
    pub(super) async fn close(&self) {
        tokio::join!(self.reads.close(), self.writes.close());
    }
}

/// Begins a transaction. A task does it, because sqlx 0.9 counts a transaction only after the
/// server has answered: a connection whose `BEGIN` is cancelled goes back to the pool inside a
/// transaction that nobody commits (sqlx issue 4385), and later statements would be lost with it.
pub(super) async fn begin(pool: &PgPool) -> Result<Transaction<'static, Postgres>, Error> {
    let pool = pool.clone();
    let begun = tokio::spawn(async move { pool.begin().await }).await;
    Ok(begun.map_err(|_| Error::Closed)??)
}

/// Opens the database at `url`, creates it if it is missing, and runs the missing migrations.
pub(super) async fn connect(url: &str, connections: u32) -> Result<Pools, Error> {
    // Migrations have their own connection without `SESSION_SETTINGS`. They may take longer than a
    // request may, and so may the wait for the migrations of another instance.
    let single = || PgPoolOptions::new().max_connections(1).acquire_timeout(ACQUIRE_TIMEOUT);
    let pool = match single().connect(url).await {
        Err(error) if has_code(&error, NO_SUCH_DATABASE) => {
            // Another instance may have created the database first. So an error here is returned
            // only if the next connection fails, too.
            let created = Postgres::create_database(url).await;
            single().connect(url).await.map_err(|error| created.err().unwrap_or(error))?
        }
        // The pool tries again until its timeout, and then hides the reason of the failure.
        Err(sqlx::Error::PoolTimedOut) => {
            PgConnection::connect(url).await?.close().await?;
            return Err(sqlx::Error::PoolTimedOut.into());
        }
        connected => connected?,
    };
    refuse_transaction_pooling(url).await?;
    let (applied, known) = {
        let mut connection = pool.acquire().await?;
        (applied_migrations(&mut connection).await?, migrations::postgres().len())
    };
    if (1..known).contains(&applied) {
        tracing::warn!(
            from = applied,
            to = known,
            "the database is upgraded; instances of the earlier version must not run any more"
        );
    }
    let migrations = (1..).zip(migrations::postgres()).map(|(version, migration)| {
        Migration::new(
            version,
            migration.name.into(),
            MigrationType::Simple,
            migration.sql.into_sql_str(),
            false,
        )
    });
    Migrator::with_migrations(migrations.collect()).run(&pool).await?;
    pool.close().await;
    open(url, connections).await
}

/// Opens the database at `url` for a command. Creates no database and changes no schema.
pub(super) async fn connect_existing(url: &str, connections: u32) -> Result<Pools, Error> {
    // No pool here: it would retry until its timeout, and then hide the reason of the failure.
    let connected = tokio::time::timeout(ACQUIRE_TIMEOUT, PgConnection::connect(url)).await;
    let mut connection = match connected.unwrap_or(Err(sqlx::Error::PoolTimedOut)) {
        Err(error) if has_code(&error, NO_SUCH_DATABASE) => {
            return Err(Error::NoDatabase("of that name on the server".to_owned()));
        }
        connected => connected?,
    };
    let applied = applied_migrations(&mut connection).await?;
    connection.close().await?;
    refuse_transaction_pooling(url).await?;
    match applied.cmp(&migrations::postgres().len()) {
        Ordering::Less => Err(Error::OutdatedSchema),
        Ordering::Equal => open(url, connections).await,
        Ordering::Greater => Err(Error::NewerSchema),
    }
}

/// Returns the number of migrations that were applied to the database.
async fn applied_migrations(connection: &mut PgConnection) -> Result<usize, Error> {
    let sql = "SELECT COUNT(*) FROM _sqlx_migrations WHERE success";
    match sqlx::query_scalar::<_, i64>(sql).fetch_one(connection).await {
        Err(error) if has_code(&error, NO_SUCH_TABLE) => Ok(0),
        counted => Ok(usize::try_from(counted?).unwrap_or(usize::MAX)),
    }
}

/// Opens the pools for requests, and verifies the settings of their connections.
async fn open(url: &str, connections: u32) -> Result<Pools, Error> {
    let reads = (connections / READ_SHARE).max(1);
    let pools = Pools {
        writes: options(connections.saturating_sub(reads).max(1)).connect(url).await?,
        reads: options(reads).connect_lazy(url)?,
    };
    let (sql, expected) = DURABILITY_CHECK;
    if sqlx::query_scalar::<_, String>(sql).fetch_one(&pools.writes).await? == expected {
        Ok(pools)
    } else {
        Err(Error::SettingRefused("synchronous_commit or default_transaction_isolation"))
    }
}

/// Fails if a pooler uses transaction pooling, which gives one connection to several clients in
/// turns, as `PgBouncer` does with `pool_mode = transaction`. Settings and prepared statements
/// would then be those of another client. A setting of one connection shows whether another
/// connection gets it, too.
async fn refuse_transaction_pooling(url: &str) -> Result<(), Error> {
    let (mut first, mut second) =
        (PgConnection::connect(url).await?, PgConnection::connect(url).await?);
    first.execute("SET ringkey.connection = 'first'").await?;
    second.execute("SET ringkey.connection = 'second'").await?;
    let (sql, mut seen) = ("SELECT current_setting('ringkey.connection', true)", Vec::new());
    for connection in [&mut first, &mut second] {
        // This is the simple query protocol, because a pooler may not keep prepared statements.
        let rows = connection.fetch_all(sql).await?;
        seen.extend(rows.iter().map(|row| row.try_get::<Option<String>, _>(0)));
    }
    let seen: Vec<Option<String>> = seen.into_iter().collect::<Result<_, _>>()?;
    first.close().await?;
    second.close().await?;
    let own = ["first", "second"].map(|name| Some(name.to_owned()));
    if seen == own { Ok(()) } else { Err(Error::SharedConnections) }
}

fn has_code(error: &sqlx::Error, code: &str) -> bool {
    error.as_database_error().and_then(sqlx::error::DatabaseError::code).as_deref() == Some(code)
}

fn options(connections: u32) -> PgPoolOptions {
    PgPoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        .idle_timeout(None)
        .max_lifetime(None)
        // A ping before every use would cost each transaction a round trip.
        .test_before_acquire(false)
        .before_acquire(|connection, metadata| {
            // After a failed commit, sqlx still believes that the connection is in a transaction,
            // although it was rolled back. It could not begin another one, so it is closed.
            let (in_transaction, was_idle) =
                (connection.is_in_transaction(), metadata.idle_for > PING_AFTER_IDLE);
            Box::pin(async move {
                Ok(!in_transaction && (!was_idle || connection.ping().await.is_ok()))
            })
        })
        .after_connect(|connection: &mut PgConnection, _| {
            Box::pin(async move { connection.execute(SESSION_SETTINGS).await.map(|_| ()) })
        })
}
