//! `ringkey migrate-to`: moves a `SQLite` database into an empty `PostgreSQL` database.

use super::config::Config;
use super::error::Error;
use super::store::{TableDigest, close_database, move_to_postgres};

/// Moves all rows, and returns the tables with their digests. Sessions go on with the same
/// `SECRET_KEY`. The server must be stopped. The `SQLite` file stays as it is.
///
/// # Errors
/// Fails if the settings name no `SQLite` database, if it is in use, or if the rows cannot be
/// moved. Then the `PostgreSQL` database is empty.
pub async fn migrate_to(
    config: &Config,
    url: &str,
) -> Result<Vec<(&'static str, TableDigest)>, Error> {
    let path = config
        .sqlite_path()
        .ok_or(Error::Backup("DATABASE_URL is no SQLite database, so there is nothing to move"))?;
    if !path.is_file() {
        return Err(Error::NoDatabase(format!("at {}", path.display())));
    }
    close_database(&path)?;
    move_to_postgres(&path, url).await
}
