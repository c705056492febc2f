//! `PostgreSQL`: a pool whose stuck statements become refusals.

use std::cmp::Ordering;
use std::time::Duration;

use sqlx::migrate::{MigrateDatabase, Migration, MigrationType, Migrator};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{Connection, Executor, PgConnection, PgPool, Postgres, SqlSafeStr};

use crate::server::error::Error;

/// Applied to every connection, whatever role, database or server say. An answer that was given must survive a power cut, and
/// every decision reads what others committed while it waited for their lock.
const SETTINGS: &str = "SET statement_timeout = '5s'; SET lock_timeout = '2s'; SET idle_in_transaction_session_timeout = '10s'; \
     SET synchronous_commit = on; SET default_transaction_isolation = 'read committed'";
/// The question for those that answers stand on, and the answer that it must have.
const READ_BACK: (&str, &str) = (
    "SELECT current_setting('synchronous_commit') || ', ' || current_setting('default_transaction_isolation')",
    "on, read committed",
);
/// PostgreSQL's code for a database that does not exist (`invalid_catalog_name`), and for a table (`undefined_table`).
const NO_SUCH_DATABASE: &str = "3D000";
const NO_SUCH_TABLE: &str = "42P01";
/// How long a request waits for a connection before it is refused.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long after its last use a connection is taken to work.
const FRESH: Duration = Duration::from_secs(1);
/// Connections of one process; `PostgreSQL` allows 100 in all by default.
const CONNECTIONS: u32 = 16;
/// What the schema is made of, each once.
const MIGRATIONS: [(&str, &str); 4] = [
    ("sign in", include_str!("../../../migrations/postgres/0001_sign_in.sql")),
    ("limits", include_str!("../../../migrations/postgres/0002_limits.sql")),
    ("locality", include_str!("../../../migrations/postgres/0003_locality.sql")),
    ("clock", include_str!("../../../migrations/postgres/0004_clock.sql")),
];

/// Opens `url`, makes it if it is missing, and brings its schema up to date.
pub(super) async fn connect(url: &str) -> Result<PgPool, Error> {
    // On a connection of its own: a migration may take longer than a request may, and so may waiting for another instance's.
    let alone = || PgPoolOptions::new().max_connections(1).acquire_timeout(PATIENCE);
    let migrating = match alone().connect(url).await {
        Err(error) if has_code(&error, NO_SUCH_DATABASE) => {
            // Another instance may be making it too; whether it is there then is what counts.
            let made = Postgres::create_database(url).await;
            alone().connect(url).await.map_err(|error| made.err().unwrap_or(error))?
        }
        connected => connected?,
    };
    let migrations = (1..)
        .zip(MIGRATIONS)
        .map(|(version, (name, sql))| Migration::new(version, name.into(), MigrationType::Simple, sql.into_sql_str(), false));
    Migrator::with_migrations(migrations.collect()).run(&migrating).await?;
    migrating.close().await;
    open(url).await
}

/// Opens `url` for a command, which makes nothing and changes no schema.
pub(super) async fn connect_existing(url: &str) -> Result<PgPool, Error> {
    // Asked by itself: a pool tries again until its time is over, and then does not say why.
    let asked = tokio::time::timeout(PATIENCE, PgConnection::connect(url)).await;
    let mut connection = match asked.unwrap_or(Err(sqlx::Error::PoolTimedOut)) {
        Err(error) if has_code(&error, NO_SUCH_DATABASE) => {
            return Err(Error::NoDatabase("of that name on the server".to_owned()));
        }
        connected => connected?,
    };
    let had =
        sqlx::query_scalar::<_, i64>("SELECT COUNT(*) FROM _sqlx_migrations WHERE success").fetch_one(&mut connection).await;
    let had = match had {
        Err(error) if has_code(&error, NO_SUCH_TABLE) => 0,
        counted => usize::try_from(counted?).unwrap_or(usize::MAX),
    };
    connection.close().await?;
    match had.cmp(&MIGRATIONS.len()) {
        Ordering::Less => Err(Error::Outdated),
        Ordering::Equal => open(url).await,
        Ordering::Greater => Err(Error::Inconsistent { table: "_sqlx_migrations", what: "the database is of a newer Ringkey" }),
    }
}

/// The fault of a URL, as far as it shows without a connection.
pub(super) fn fault_in(url: &str) -> Option<&'static str> {
    if !["postgres://", "postgresql://"].iter().any(|scheme| url.starts_with(scheme)) {
        return Some("must begin with sqlite:// or postgres://");
    }
    let words = "is no postgres://user:password@host/database; write what is neither letter nor digit in user and password as % and \
                 its code (@ is %40, / is %2F)";
    url.parse::<PgConnectOptions>().is_err().then_some(words)
}

/// The pool that requests use.
async fn open(url: &str) -> Result<PgPool, Error> {
    let pool = options().connect(url).await?;
    let (sql, expected) = READ_BACK;
    if sqlx::query_scalar::<_, String>(sql).fetch_one(&pool).await? == expected {
        Ok(pool)
    } else {
        let what = "PostgreSQL did not take synchronous_commit or default_transaction_isolation";
        Err(Error::Inconsistent { table: "settings", what })
    }
}

fn has_code(error: &sqlx::Error, code: &str) -> bool {
    error.as_database_error().and_then(sqlx::error::DatabaseError::code).as_deref() == Some(code)
}

fn options() -> PgPoolOptions {
    PgPoolOptions::new()
        .max_connections(CONNECTIONS)
        .acquire_timeout(PATIENCE)
        .idle_timeout(None)
        .max_lifetime(None)
        // One that was in use a moment ago need not be asked, a round trip a transaction, whether it still works.
        .test_before_acquire(false)
        .before_acquire(|connection, met| {
            // A commit that failed has rolled back, and sqlx does not notice: its connection would begin no other transaction.
            let (stuck, rested) = (connection.is_in_transaction(), met.idle_for > FRESH);
            Box::pin(async move { Ok(!stuck && (!rested || connection.ping().await.is_ok())) })
        })
        .after_connect(|connection: &mut PgConnection, _| Box::pin(async move { connection.execute(SETTINGS).await.map(|_| ()) }))
}
