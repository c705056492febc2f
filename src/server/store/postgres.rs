//! The `PostgreSQL` backend: creates and migrates the database, and configures the connection pool.

use std::cmp::Ordering;
use std::time::Duration;

use sqlx::migrate::{MigrateDatabase, Migration, MigrationType, Migrator};
use sqlx::postgres::PgPoolOptions;
use sqlx::{Connection, Executor, PgConnection, PgPool, Postgres, SqlSafeStr};

use super::migrations;
use crate::server::error::Error;

/// The settings of every connection. They override those of the role, database and server.
/// `synchronous_commit` makes committed transactions survive a power loss. With `read committed` a
/// transaction that has waited for a lock reads what the previous owner of the lock committed.
const SESSION_SETTINGS: &str = "SET statement_timeout = '5s'; SET lock_timeout = '2s'; \
     SET idle_in_transaction_session_timeout = '10s'; \
     SET synchronous_commit = on; SET default_transaction_isolation = 'read committed'";
/// The query that reads back the last two settings, and its expected result.
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
/// The maximum number of connections of one process; `PostgreSQL` allows 100 in all by default.
const MAX_CONNECTIONS: u32 = 16;

/// Opens the database at `url`, creates it if it is missing, and runs the missing migrations.
pub(super) async fn connect(url: &str) -> Result<PgPool, Error> {
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
        connected => connected?,
    };
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
    open(url).await
}

/// Opens the database at `url` for a command. Creates no database and changes no schema.
pub(super) async fn connect_existing(url: &str) -> Result<PgPool, Error> {
    // No pool here: it would retry until its timeout, and then hide the reason of the failure.
    let connected = tokio::time::timeout(ACQUIRE_TIMEOUT, PgConnection::connect(url)).await;
    let mut connection = match connected.unwrap_or(Err(sqlx::Error::PoolTimedOut)) {
        Err(error) if has_code(&error, NO_SUCH_DATABASE) => {
            return Err(Error::NoDatabase("of that name on the server".to_owned()));
        }
        connected => connected?,
    };
    let applied =
        sqlx::query_scalar::<_, i64>("SELECT COUNT(*) FROM _sqlx_migrations WHERE success")
            .fetch_one(&mut connection)
            .await;
    let applied = match applied {
        Err(error) if has_code(&error, NO_SUCH_TABLE) => 0,
        counted => usize::try_from(counted?).unwrap_or(usize::MAX),
    };
    connection.close().await?;
    match applied.cmp(&migrations::postgres().len()) {
        Ordering::Less => Err(Error::OutdatedSchema),
        Ordering::Equal => open(url).await,
        Ordering::Greater => Err(Error::NewerSchema),
    }
}

/// Opens the pool for requests, and verifies the settings of its connections.
async fn open(url: &str) -> Result<PgPool, Error> {
    let pool = options().connect(url).await?;
    let (sql, expected) = DURABILITY_CHECK;
    if sqlx::query_scalar::<_, String>(sql).fetch_one(&pool).await? == expected {
        Ok(pool)
    } else {
        Err(Error::SettingRefused("synchronous_commit or default_transaction_isolation"))
    }
}

fn has_code(error: &sqlx::Error, code: &str) -> bool {
    error.as_database_error().and_then(sqlx::error::DatabaseError::code).as_deref() == Some(code)
}

fn options() -> PgPoolOptions {
    PgPoolOptions::new()
        .max_connections(MAX_CONNECTIONS)
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
