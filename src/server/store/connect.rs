//! Opening the database: pools, pragmas read back, migrations under a lock.

use std::fs::{self, File};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use sqlx::any::{AnyPoolOptions, install_default_drivers};
use sqlx::migrate::{MigrateDatabase, Migration, MigrationType, Migrator};
use sqlx::{Any, AnyConnection, Connection, Executor, Row, SqlSafeStr};

use super::{Cost, Store};
use crate::server::error::Error;

/// Applied to every `SQLite` connection. `FULL` because an answer that was given must survive a power cut.
const PRAGMAS: &str = "PRAGMA busy_timeout = 5000; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; \
    PRAGMA foreign_keys = ON; PRAGMA trusted_schema = OFF";
/// What `SQLite` must say when asked for them.
const READ_BACK: [(&str, &str); 3] = [("PRAGMA journal_mode", "wal"), ("PRAGMA synchronous", "2"), ("PRAGMA foreign_keys", "1")];
/// Applied to every `PostgreSQL` connection, so that a stuck statement becomes a refusal.
const TIMEOUTS: &str = "SET statement_timeout = '5s'; SET lock_timeout = '2s'; SET idle_in_transaction_session_timeout = '10s'";
/// PostgreSQL's code for a database that does not exist (`invalid_catalog_name`).
const NO_SUCH_DATABASE: &str = "3D000";
/// How long a request waits for a connection before it is refused.
const PATIENCE: Duration = Duration::from_secs(5);
/// Connections to `PostgreSQL` for one process; its default allows 100 in all.
const POSTGRES_CONNECTIONS: u32 = 16;

impl Store {
    /// Opens `url` (`sqlite://…` or `postgres://…`), makes it if it is missing, and brings its schema up to date.
    ///
    /// # Errors
    /// When it cannot be opened, or does not keep the durability that is asked of it.
    pub async fn connect(url: &str) -> Result<Self, Error> {
        install_default_drivers();
        match url.strip_prefix("sqlite:") {
            Some(rest) => connect_sqlite(rest).await,
            None => connect_postgres(url).await,
        }
    }
}

async fn connect_sqlite(rest: &str) -> Result<Store, Error> {
    let rest = rest.trim_start_matches("//");
    let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
    let query = if query.contains("mode=") { query.to_owned() } else { format!("mode=rwc&{query}") };
    let path = PathBuf::from(path);
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(sqlx::Error::Io)?;
    }
    let url = format!("sqlite://{}?{}", path.display(), query.trim_end_matches('&'));
    // sqlx's own migration lock does nothing on SQLite; two instances that start together must not both migrate.
    let lock = File::create(path.with_extension("lock")).map_err(sqlx::Error::Io)?;
    lock.lock().map_err(sqlx::Error::Io)?;
    let readers = std::thread::available_parallelism().map_or(2, |cores| u32::try_from(cores.get()).unwrap_or(2));
    let write = pool(1, PRAGMAS).connect(&url).await?;
    for (pragma, expected) in READ_BACK {
        let row = sqlx::query(pragma).fetch_one(&write).await?;
        let value = row.try_get::<String, _>(0).or_else(|_| row.try_get::<i64, _>(0).map(|number| number.to_string()))?;
        if value != expected {
            return Err(Error::Inconsistent {
                table: "pragmas",
                what: "SQLite did not take journal_mode, synchronous or foreign_keys",
            });
        }
    }
    migrations("sqlite").run(&write).await?;
    let read = pool(readers.max(2), READ_ONLY).connect(&url).await?;
    let file = Some(super::File::new(path)?);
    Ok(Store { write, read, begin: "BEGIN IMMEDIATE", file, cost: Arc::new(Cost::default()) })
}

/// The readers' pragmas: what the writer set in the file stays, and nothing may be written.
const READ_ONLY: &str = "PRAGMA busy_timeout = 5000; PRAGMA trusted_schema = OFF; PRAGMA query_only = ON";

async fn connect_postgres(url: &str) -> Result<Store, Error> {
    let options = || pool(POSTGRES_CONNECTIONS, TIMEOUTS);
    let pool = match options().connect(url).await {
        Err(sqlx::Error::Database(error)) if error.code().as_deref() == Some(NO_SUCH_DATABASE) => {
            // Another instance may be making it too; whether it is there then is what counts.
            let made = Any::create_database(url).await;
            options().connect(url).await.map_err(|error| made.err().unwrap_or(error))?
        }
        connected => connected?,
    };
    migrations("postgres").run(&pool).await?;
    Ok(Store { write: pool.clone(), read: pool, begin: "BEGIN", file: None, cost: Arc::new(Cost::default()) })
}

fn pool(connections: u32, setup: &'static str) -> AnyPoolOptions {
    AnyPoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(PATIENCE)
        .idle_timeout(None)
        .max_lifetime(None)
        // A commit that fails for want of room has rolled back, and sqlx does not notice: its connection would begin no other
        // transaction, and the one writer of SQLite would refuse for good.
        .before_acquire(|connection, _| {
            let stuck = connection.is_in_transaction();
            Box::pin(async move { Ok(!stuck) })
        })
        .after_connect(move |connection: &mut AnyConnection, _| {
            Box::pin(async move { connection.execute(setup).await.map(|_| ()) })
        })
}

fn migrations(engine: &str) -> Migrator {
    let [sign_in, limits] = match engine {
        "sqlite" => [
            include_str!("../../../migrations/sqlite/0001_sign_in.sql"),
            include_str!("../../../migrations/sqlite/0002_limits.sql"),
        ],
        _ => [
            include_str!("../../../migrations/postgres/0001_sign_in.sql"),
            include_str!("../../../migrations/postgres/0002_limits.sql"),
        ],
    };
    let migration = |version, name: &'static str, sql: &'static str| {
        Migration::new(version, name.into(), MigrationType::Simple, sql.into_sql_str(), false)
    };
    Migrator::with_migrations(vec![migration(1, "sign in", sign_in), migration(2, "limits", limits)])
}
