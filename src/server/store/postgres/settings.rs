//! The settings of the `PostgreSQL` server that the doctor examines.

use crate::domain::time::Timestamp;
use crate::server::config::DatabaseUrl;
use crate::server::error::Error;
use crate::server::store::{Engine, Row, Store, query};

/// The settings of a `PostgreSQL` server and of our connection to it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a setting of its own")]
pub struct PostgresSettings {
    /// The version as one number: 150004 is 15.4.
    pub version: i64,
    /// The number of connections that the server gives to users that are no superusers.
    pub connections: i64,
    /// `true` if `fsync` is on.
    pub survives_power_loss: bool,
    /// The server accepts writes: it is no standby, and transactions are not read-only by default.
    pub is_writable: bool,
    /// The encoding of the database, like `UTF8`.
    pub encoding: String,
    /// `true` if `autovacuum` is on, which removes deleted rows.
    pub vacuums: bool,
    /// The connection is encrypted, or does not leave this machine.
    pub is_encrypted: bool,
    /// The user is a superuser.
    pub is_superuser: bool,
    /// The time by the server's clock.
    pub now: Timestamp,
}

impl PostgresSettings {
    /// Reads the settings of the server at a URL, whatever tables its database has; `None` on
    /// `SQLite`.
    ///
    /// # Errors
    /// Fails if the database cannot be opened or read.
    pub async fn of(url: &str, connections: u32) -> Result<Option<Self>, Error> {
        let DatabaseUrl::Postgres(url) = DatabaseUrl::parse(url).map_err(Error::DatabaseUrl)?
        else {
            return Ok(None);
        };
        let store = Store::new(Engine::Postgres(super::open(url, connections).await?));
        let settings = store.postgres_settings().await;
        store.close().await;
        settings
    }
}

impl Store {
    /// Reads the settings of the server; `None` on `SQLite`.
    ///
    /// # Errors
    /// Fails if the database cannot be read.
    pub async fn postgres_settings(&self) -> Result<Option<PostgresSettings>, Error> {
        if let Engine::Sqlite(_) = self.engine {
            return Ok(None);
        }
        let statement = query(
            "SELECT current_setting('server_version_num')::BIGINT AS version, \
             current_setting('max_connections')::BIGINT \
             - current_setting('superuser_reserved_connections')::BIGINT AS connections, \
             (current_setting('fsync') = 'on')::INT::BIGINT AS survives_power_loss, \
             (NOT pg_is_in_recovery() AND current_setting('transaction_read_only') = 'off') \
             ::INT::BIGINT AS is_writable, \
             current_setting('server_encoding') AS encoding, \
             (current_setting('autovacuum') = 'on')::INT::BIGINT AS vacuums, \
             (COALESCE(inet_server_addr() <<= '127.0.0.0/8' OR inet_server_addr() = '::1', TRUE) \
             OR COALESCE((SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()), FALSE)) \
             ::INT::BIGINT AS is_encrypted, \
             (current_setting('is_superuser') = 'on')::INT::BIGINT AS is_superuser, \
             EXTRACT(EPOCH FROM clock_timestamp())::BIGINT AS now",
        );
        let read = |row: &Row<'_>| {
            let flag = |name: &'static str| Ok::<_, Error>(row.get::<i64>(name)? == 1);
            Ok(PostgresSettings {
                version: row.get("version")?,
                connections: row.get("connections")?,
                survives_power_loss: flag("survives_power_loss")?,
                is_writable: flag("is_writable")?,
                encoding: row.get("encoding")?,
                vacuums: flag("vacuums")?,
                is_encrypted: flag("is_encrypted")?,
                is_superuser: flag("is_superuser")?,
                now: Timestamp(row.get("now")?),
            })
        };
        self.find(statement, read).await
    }
}
