//! Databases of an earlier version, on both engines.

use std::time::Duration;

use ringkey::domain::limits::counter_key::{CounterKey, CounterKind};
use ringkey::server::error::Error;
use ringkey::server::store::Store;
use sqlx::migrate::{MigrateDatabase, Migration, MigrationType, Migrator};
use sqlx::{Any, AnyConnection, AssertSqlSafe, Connection, Executor};
use tempfile::TempDir;

use crate::support::{Engine, TestApp, new_phone, postgres};

const FIRST_TWO: [(&str, [&str; 2]); 2] = [
    (
        "sqlite",
        [
            include_str!("../../migrations/sqlite/0001_sign_in.sql"),
            include_str!("../../migrations/sqlite/0002_limits.sql"),
        ],
    ),
    (
        "postgres",
        [
            include_str!("../../migrations/postgres/0001_sign_in.sql"),
            include_str!("../../migrations/postgres/0002_limits.sql"),
        ],
    ),
];

/// Creates a database that has had the first two migrations.
async fn second_version(url: &str) -> AnyConnection {
    sqlx::any::install_default_drivers();
    if !Any::database_exists(url).await.unwrap() {
        Any::create_database(url).await.unwrap();
    }
    let mut connection = AnyConnection::connect(url).await.unwrap();
    let (_, files) = FIRST_TWO.iter().find(|(engine, _)| url.starts_with(engine)).unwrap();
    let migrations = (1..).zip(files).map(|(version, sql)| {
        Migration::new(
            version,
            "".into(),
            MigrationType::Simple,
            sqlx::SqlSafeStr::into_sql_str(*sql),
            false,
        )
    });
    Migrator::with_migrations(migrations.collect()).run(&mut connection).await.unwrap();
    connection
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn counters_sessions_and_the_clock_of_an_earlier_version_are_kept() {
    let key = |kind, owner: &str| CounterKey::new(kind, owner);
    let number = key(CounterKind::SentNumber, "+919876543210");
    let counters = [
        ("sent/number/+919876543210", number.clone()),
        ("sent/account/abc", key(CounterKind::SentAccount, "abc")),
        ("sent/source/203.0.113.7", key(CounterKind::SentAddress, "203.0.113.7")),
        ("sent/block/203.0.113.0/24", key(CounterKind::SentSubnet, "203.0.113.0/24")),
        ("sent/prefix/+9198", key(CounterKind::SentPrefix, "+9198")),
        ("sent/country/IN", key(CounterKind::SentCountry, "IN")),
        ("verified/source/2001:db8::/64", key(CounterKind::VerifiedAddress, "2001:db8::/64")),
        ("verified/block/2001:db8::/48", key(CounterKind::VerifiedSubnet, "2001:db8::/48")),
        ("verified/prefix/+9198", key(CounterKind::VerifiedPrefix, "+9198")),
        ("verified/country/IN", key(CounterKind::VerifiedCountry, "IN")),
        ("guessed/number/+919876543210", key(CounterKind::AttemptsNumber, "+919876543210")),
        ("guessed/account/abc", key(CounterKind::AttemptsAccount, "abc")),
        ("waited/203.0.113.7", key(CounterKind::WaitToken, "203.0.113.7")),
        ("trickle/sent/number/+919876543210", CounterKey::hourly_allowance(&number)),
        (
            "trickle/guessed/account/abc",
            CounterKey::hourly_allowance(&key(CounterKind::AttemptsAccount, "abc")),
        ),
        ("trickle/spent", CounterKey::hourly_allowance(&CounterKey::spent())),
        ("trickle/sent/account", CounterKey::hourly_allowance(&CounterKey::exhausted_accounts())),
        ("spent", CounterKey::spent()),
        ("spent-verified", CounterKey::spent_verified()),
        ("wrong", CounterKey::failed_attempts()),
    ];
    let folder = TempDir::new().unwrap();
    let sqlite = format!("sqlite://{}/old.db?mode=rwc", folder.path().display());
    for url in [Some(sqlite), postgres::new_database().await].into_iter().flatten() {
        let mut database = second_version(&url).await;
        let rows: Vec<String> = counters
            .iter()
            .map(|(name, _)| format!("('{name}', 0, 0), ('{name}', 900, 7)"))
            .collect();
        for sql in [
            format!("INSERT INTO counters VALUES {}", rows.join(", ")),
            "INSERT INTO audit (occurred_at, event, source) VALUES \
             (41, 'signed_in', '203.0.113.0/24'), (42, 'signed_out', NULL)"
                .to_owned(),
            "INSERT INTO users VALUES ('abc', '+919876543210', 'Ada', 'Lovelace', \
             'ada@example.com', 1)"
                .to_owned(),
            "INSERT INTO sessions (id, user_id, key_id, created_at, renewed_at, expires_at) \
             SELECT nonce, 'abc', 'k', 1, 2, 3 FROM \
             (SELECT CAST('s' AS BLOB) AS nonce) AS drawn"
                .replace("BLOB", if url.starts_with("sqlite") { "BLOB" } else { "BYTEA" }),
        ] {
            database.execute(AssertSqlSafe(sql)).await.unwrap();
        }
        database.close().await.unwrap();

        Store::connect(&url, 4).await.unwrap().close().await;

        let mut database = AnyConnection::connect(&url).await.unwrap();
        for (name, key) in &counters {
            let sql = format!(
                "SELECT count FROM counters WHERE bucket_start > 0 AND name = '{}'",
                key.name()
            );
            assert_eq!(
                sqlx::query_scalar::<_, i64>(AssertSqlSafe(sql))
                    .fetch_all(&mut database)
                    .await
                    .unwrap(),
                [7],
                "{url} {name}"
            );
        }
        for (sql, rows) in [
            ("SELECT COUNT(*) FROM counters", i64::try_from(counters.len()).unwrap()),
            (
                "SELECT COUNT(*) FROM sessions WHERE user_id = 'abc' AND renewed_at = 2 AND \
                 revoked_at IS NULL",
                1,
            ),
            ("SELECT COUNT(*) FROM audit WHERE subnet = '203.0.113.0/24'", 1),
            ("SELECT trusted_at FROM clock WHERE distrusted_at IS NULL", 42),
        ] {
            assert_eq!(
                sqlx::query_scalar::<_, i64>(sql).fetch_one(&mut database).await.unwrap(),
                rows,
                "{url} {sql}"
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_instance_waits_for_another_one_s_migration_longer_than_any_request_may_wait() {
    let Some(app) = TestApp::start(Engine::Postgres).await else { return };
    let url = app.state.config.database_url().to_owned();
    let mut other = AnyConnection::connect(&url).await.unwrap();
    other.execute("BEGIN; LOCK TABLE _sqlx_migrations").await.unwrap();
    let starting = tokio::spawn(async move { Store::connect(&url, 4).await.map(drop) });
    tokio::time::sleep(Duration::from_secs(6)).await;
    assert!(
        !starting.is_finished(),
        "requests wait for a lock for two seconds, and for a statement for five"
    );
    other.execute("COMMIT").await.unwrap();
    starting.await.unwrap().unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_command_makes_no_database_and_changes_no_schema() {
    sqlx::any::install_default_drivers();
    let folder = TempDir::new().unwrap();
    let sqlite = format!("sqlite://{}/test_old.db", folder.path().display());
    for url in [Some(sqlite), postgres::new_database().await].into_iter().flatten() {
        let missing = url.replace("/test_", "/missing_");
        assert!(
            matches!(Store::connect_existing(&missing, 4).await, Err(Error::NoDatabase(_))),
            "{missing}"
        );
        assert!(!Any::database_exists(&missing).await.unwrap(), "{missing}");
        second_version(&url).await.close().await.unwrap();
        assert!(
            matches!(Store::connect_existing(&url, 4).await, Err(Error::OutdatedSchema)),
            "{url}"
        );
        let mut database = AnyConnection::connect(&url).await.unwrap();
        let had = sqlx::query_scalar::<_, i64>("SELECT COUNT(*) FROM _sqlx_migrations")
            .fetch_one(&mut database)
            .await
            .unwrap();
        assert_eq!(had, 2, "{url}");
        database.close().await.unwrap();
        Store::connect(&url, 4).await.unwrap().close().await;
        Store::connect_existing(&url, 4).await.unwrap().close().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn durability_and_isolation_do_not_depend_on_the_settings_of_the_database() {
    let Some(url) = postgres::new_database().await else { return };
    Store::connect(&url, 4).await.unwrap().close().await;
    let (_, name) = url.split('?').next().unwrap().rsplit_once('/').unwrap();
    let mut database = AnyConnection::connect(&url).await.unwrap();
    for sql in [
        format!("ALTER DATABASE {name} SET synchronous_commit = off"),
        format!("ALTER DATABASE {name} SET default_transaction_isolation = 'serializable'"),
        "CREATE TABLE seen (settings TEXT)".to_owned(),
        "CREATE FUNCTION see() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO seen \
         VALUES \
         (current_setting('synchronous_commit') || ', ' || \
         current_setting('transaction_isolation')); RETURN NULL; END $$"
            .to_owned(),
        "CREATE TRIGGER see AFTER INSERT ON challenges FOR EACH ROW EXECUTE FUNCTION see()"
            .to_owned(),
    ] {
        database.execute(AssertSqlSafe(sql)).await.unwrap();
    }
    let app = TestApp::with_settings(Engine::Postgres, &[("DATABASE_URL", &url)]).await.unwrap();
    app.person().send_otp(&new_phone()).await.is(200, "");
    let seen = sqlx::query_scalar::<_, String>("SELECT settings FROM seen")
        .fetch_all(&mut database)
        .await
        .unwrap();
    assert_eq!(seen, ["on, read committed"]);
}
