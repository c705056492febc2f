//! `PostgreSQL`: a pool whose stuck statements become refusals.

use std::time::Duration;

use sqlx::migrate::{MigrateDatabase, Migration, MigrationType, Migrator};
use sqlx::postgres::PgPoolOptions;
use sqlx::{Connection, Executor, PgConnection, PgPool, Postgres, SqlSafeStr};

use crate::server::error::Error;

/// Applied to every connection.
const TIMEOUTS: &str = "SET statement_timeout = '5s'; SET lock_timeout = '2s'; SET idle_in_transaction_session_timeout = '10s'";
/// PostgreSQL's code for a database that does not exist (`invalid_catalog_name`).
const NO_SUCH_DATABASE: &str = "3D000";
/// How long a request waits for a connection before it is refused.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long after its last use a connection is taken to work.
const FRESH: Duration = Duration::from_secs(1);
/// Connections of one process; `PostgreSQL` allows 100 in all by default.
const CONNECTIONS: u32 = 16;
/// What the schema is made of, each once.
const MIGRATIONS: [(&str, &str); 3] = [
    ("sign in", include_str!("../../../migrations/postgres/0001_sign_in.sql")),
    ("limits", include_str!("../../../migrations/postgres/0002_limits.sql")),
    ("locality", include_str!("../../../migrations/postgres/0003_locality.sql")),
];

/// Opens `url`, makes it if it is missing, and brings its schema up to date.
pub(super) async fn connect(url: &str) -> Result<PgPool, Error> {
    // On a connection of its own: a migration may take longer than a request may, and so may waiting for another instance's.
    let alone = || PgPoolOptions::new().max_connections(1).acquire_timeout(PATIENCE);
    let migrating = match alone().connect(url).await {
        Err(sqlx::Error::Database(error)) if error.code().as_deref() == Some(NO_SUCH_DATABASE) => {
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
    Ok(options().connect(url).await?)
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
        .after_connect(|connection: &mut PgConnection, _| Box::pin(async move { connection.execute(TIMEOUTS).await.map(|_| ()) }))
}
