//! The doctor's look at the database: its settings, its clock and its keys.

use std::path::Path;

use tokio::task::spawn_blocking;

use super::Examiner;
use super::clock::{compare, compare_with_last_use};
use crate::domain::time::Timestamp;
use crate::server::config::{Config, Finding};
use crate::server::data_key::DataKey;
use crate::server::error::Error;
use crate::server::journal;
use crate::server::store::{PostgresSettings, Store, check_database, is_damage};

/// The oldest version of `PostgreSQL` that its makers still maintain (end of November 2026).
const MIN_POSTGRES_VERSION: i64 = 150_000;
/// The largest file that is read, in bytes: a few seconds.
const MAX_READ_BYTES: u64 = 1 << 30;

/// A missing database and an outdated schema are no findings, because the server corrects both at
/// its start. The server of an outdated schema is examined all the same.
pub(super) async fn examine(examiner: &Examiner<'_>) -> Vec<Finding> {
    let Examiner { config, clock, .. } = examiner;
    let opened = Store::connect_existing(config.database_url(), config.database_connections).await;
    let findings = match opened {
        Ok(store) => {
            let found = examine_store(&store, examiner).await;
            store.close().await;
            found
        }
        Err(Error::OutdatedSchema) => examine_outdated(config, clock.now()).await,
        Err(Error::NoDatabase(_)) => Ok(Vec::new()),
        Err(error) => Err(error),
    };
    findings.unwrap_or_else(|error| {
        vec![if is_damage(&error) { damaged_file() } else { cannot_be_opened(&error) }]
    })
}

fn damaged_file() -> Finding {
    Finding::error(
        "DATABASE_URL",
        "names a damaged file",
        "stop the server, copy the file, and restore a backup with `ringkey restore`",
    )
}

fn cannot_be_opened(error: &Error) -> Finding {
    Finding::error(
        "DATABASE_URL",
        format!("cannot be opened ({error})"),
        "check that it runs, that the URL names it and that its user has access",
    )
}

async fn examine_store(store: &Store, examiner: &Examiner<'_>) -> Result<Vec<Finding>, Error> {
    let Examiner { config, keys, clock, .. } = examiner;
    let (mut findings, now) = (Vec::new(), clock.now());
    if let Some(settings) = store.postgres_settings().await? {
        findings.extend(examine_postgres(&settings, config.database_connections, now));
    }
    if let Some(path) = config.sqlite_path() {
        findings.extend(examine_file(&path).await?);
    }
    if let Some(folder) = &config.backup.folder {
        let kept_since = now.plus(-config.retention.audit);
        findings.extend(examine_journal(store, folder, kept_since).await?);
    }
    if DataKey::is_of_other_keys(store, keys).await? {
        findings.push(Finding::error(
            "SECRET_KEY",
            "is not the key with which this database was used, so everybody would be signed out \
             and recovery codes would not work",
            "set SECRET_KEY_PREVIOUS to the former key",
        ));
    }
    let last_use = store.clock_record().await?.map(|record| record.trusted_at);
    findings.extend(last_use.and_then(|last_use| compare_with_last_use(now, last_use)));
    Ok(findings)
}

/// Examines a server whose database has no tables yet, or those of an older version.
async fn examine_outdated(config: &Config, now: Timestamp) -> Result<Vec<Finding>, Error> {
    let settings = PostgresSettings::of(config.database_url(), config.database_connections).await?;
    let connections = config.database_connections;
    Ok(settings.map(|settings| examine_postgres(&settings, connections, now)).unwrap_or_default())
}

/// Reads a whole file of `SQLite`, unless that takes long.
async fn examine_file(path: &Path) -> Result<Option<Finding>, Error> {
    let path = path.to_owned();
    if std::fs::metadata(&path)?.len() > MAX_READ_BYTES {
        return Ok(None);
    }
    let checked = spawn_blocking(move || check_database(&path)).await;
    // Another process may hold the file for a moment. It was opened before, so that is no finding.
    let damage = checked.map_err(|_| Error::Closed)?.err().filter(is_damage);
    Ok(damage.map(|_| damaged_file()))
}

/// Compares the journal with the database, as the start does. The journal of a running server is
/// read first, because it is never ahead of the database.
async fn examine_journal(
    store: &Store,
    folder: &Path,
    kept_since: Timestamp,
) -> Result<Option<Finding>, Error> {
    let finding = |error: Error| {
        let problem = "has a journal with which the server does not start";
        Finding::error("BACKUP_DIR", problem, error.to_string())
    };
    let entries = match journal::read(folder) {
        Ok(entries) => entries,
        Err(error) => return Ok(Some(finding(error))),
    };
    let is_older = match entries.last() {
        Some(last) => !store.find_journal_entry(last, kept_since).await?.is_current(),
        None => false,
    };
    Ok(is_older.then(|| finding(Error::DatabaseOlderThanJournal)))
}

fn examine_postgres(settings: &PostgresSettings, connections: u32, now: Timestamp) -> Vec<Finding> {
    let mut findings = Vec::new();
    let url = "DATABASE_URL";
    if settings.version < MIN_POSTGRES_VERSION {
        let problem = format!(
            "names PostgreSQL {}, which its makers do not maintain any more",
            settings.version / 10_000
        );
        findings.push(Finding::warning(url, problem, "upgrade it to 15 or newer"));
    }
    if i64::from(connections) > settings.connections {
        let problem =
            format!("is more than the {} connections of PostgreSQL", settings.connections);
        let fix = "lower it, or raise max_connections of PostgreSQL";
        findings.push(Finding::error("DATABASE_CONNECTIONS", problem, fix));
    }
    if !settings.survives_power_loss {
        findings.push(Finding::error(
            url,
            "names a server that loses data at a power loss, because fsync is off",
            "turn it on in postgresql.conf",
        ));
    }
    if !settings.is_writable {
        findings.push(Finding::error(
            url,
            "names a standby or a read-only database, in which nobody can sign in",
            "name the primary, or turn default_transaction_read_only off",
        ));
    }
    if settings.encoding != "UTF8" {
        let problem = format!("names a database in the encoding {}", settings.encoding);
        findings.push(Finding::error(url, problem, "create it with ENCODING 'UTF8'"));
    }
    if !settings.vacuums {
        let problem = "names a server with autovacuum off, on which deleted rows stay";
        findings.push(Finding::warning(url, problem, "turn autovacuum on in postgresql.conf"));
    }
    if !settings.is_encrypted {
        findings.push(Finding::warning(
            url,
            "sends names and numbers over the network without encryption",
            "add ?sslmode=verify-full, and let PostgreSQL use TLS",
        ));
    }
    if settings.is_superuser {
        findings.push(Finding::warning(
            url,
            "connects as a superuser",
            "create a user that owns only this database",
        ));
    }
    findings.extend(compare(now, settings.now, "PostgreSQL's"));
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sound() -> PostgresSettings {
        PostgresSettings {
            version: 150_004,
            connections: 97,
            survives_power_loss: true,
            is_writable: true,
            encoding: "UTF8".into(),
            vacuums: true,
            is_encrypted: true,
            is_superuser: false,
            now: Timestamp(1_000),
        }
    }

    #[test]
    fn each_setting_of_a_server_has_its_finding() {
        let found = |settings: PostgresSettings, connections| {
            let found = examine_postgres(&settings, connections, Timestamp(1_010));
            found.into_iter().map(|finding| finding.setting).collect::<Vec<_>>()
        };
        assert_eq!(found(sound(), 97), [""; 0]);
        assert_eq!(found(sound(), 98), ["DATABASE_CONNECTIONS"]);
        for now in [999, 1_021] {
            let of_other_time = PostgresSettings { now: Timestamp(now), ..sound() };
            assert_eq!(found(of_other_time, 9), ["clock"], "{now}");
        }
        for broken in [
            PostgresSettings { version: 149_999, ..sound() },
            PostgresSettings { survives_power_loss: false, ..sound() },
            PostgresSettings { is_writable: false, ..sound() },
            PostgresSettings { encoding: "SQL_ASCII".into(), ..sound() },
            PostgresSettings { vacuums: false, ..sound() },
            PostgresSettings { is_encrypted: false, ..sound() },
            PostgresSettings { is_superuser: true, ..sound() },
        ] {
            assert_eq!(found(broken.clone(), 9), ["DATABASE_URL"], "{broken:?}");
        }
    }
}
