//! `ringkey migrate-to`: people, sessions and all else move from SQLite to PostgreSQL.

use std::collections::BTreeSet;
use std::process::Stdio;

use ringkey::server::store::TABLES;
use sqlx::{AnyConnection, Connection, Row};

use crate::support::instance::{ChildGuard, Instance};
use crate::support::{new_phone, postgres};

/// The number of people that the issue asks for. Each has a session and a device.
const PEOPLE: i64 = 100_000;
/// Names with everything that a text format must escape.
const FILL: &str = r"
    WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 100000)
    INSERT INTO users (id, phone, first_name, last_name, email, created_at, seen_at)
    SELECT printf('%032x', n), CASE WHEN n % 1000 THEN printf('+9177%08d', n) END,
      'A\' || char(9, 10, 13, 8, 11, 12) || '\N', '名前 ' || n, 'a' || n || '@example.com', n, n
    FROM numbers";
const DEVICES: &str = "
    INSERT INTO devices (id, user_id, created_at, expires_at)
    SELECT randomblob(32), id, 1, 2 FROM users";

/// Returns the names of the tables of a database, without those of its migrations.
async fn tables(url: &str, sql: &'static str) -> BTreeSet<String> {
    let mut connection = AnyConnection::connect(url).await.unwrap();
    let rows = sqlx::query(sql).fetch_all(&mut connection).await.unwrap();
    let names = rows.iter().map(|row| row.get::<String, _>(0));
    names.filter(|name| !name.starts_with("_sqlx") && !name.starts_with("sqlite_")).collect()
}

async fn execute(url: &str, sql: &'static str) {
    let mut connection = AnyConnection::connect(url).await.unwrap();
    sqlx::query(sql).execute(&mut connection).await.unwrap();
}

async fn count(url: &str, sql: &'static str) -> i64 {
    let mut connection = AnyConnection::connect(url).await.unwrap();
    sqlx::query_scalar(sql).fetch_one(&mut connection).await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hundred_thousand_people_move_with_their_sessions() {
    let Some(url) = postgres::new_database().await else { return };
    let instance = Instance::new().await;
    let server = ChildGuard(instance.start());
    instance.ready().await;
    let (person, phone) = (instance.person(), new_phone());
    person.sign_up(&instance.gateway, &phone).await;
    let sqlite = instance.database();
    execute(&sqlite, FILL).await;
    execute(&sqlite, DEVICES).await;
    let move_to = || {
        let mut command = instance.command();
        command.args(["migrate-to", &url]).stdout(Stdio::piped()).stderr(Stdio::piped());
        let output = command.output().unwrap();
        let told = [output.stdout, output.stderr].concat();
        (output.status.success(), String::from_utf8(told).unwrap())
    };
    let (moved, told) = move_to();
    assert!(!moved && told.contains("stop the server first"), "{told}");
    drop(server);
    let (moved, told) = move_to();
    assert!(moved, "{told}");
    for line in ["users: 100001 rows, equal", "devices: 100002 rows, equal", "sessions: 1 rows"] {
        assert!(told.contains(line), "{line}: {told}");
    }
    let (moved, again) = move_to();
    assert!(!moved && again.contains("is not empty"), "{again}");
    assert_eq!(count(&url, "SELECT COUNT(*) FROM users").await, PEOPLE + 1);
    let odd = "SELECT COUNT(*) FROM users WHERE octet_length(first_name) = 10 AND phone IS NULL";
    assert_eq!(count(&url, odd).await, 100);

    let mut command = instance.command();
    let _server = ChildGuard(command.env("DATABASE_URL", &url).spawn().unwrap());
    instance.ready().await;
    assert_eq!(person.user().await["first_name"], "Ada", "the session goes on");
    let other = instance.person();
    let answer = other.prove(&instance.gateway, &phone).await;
    assert_eq!(answer.is(200, "").json()["status"], "signed_in", "{}", answer.text);
    instance.person().sign_up(&instance.gateway, &new_phone()).await;

    let names: BTreeSet<String> = TABLES.iter().map(|name| (*name).to_owned()).collect();
    let in_sqlite = "SELECT name FROM sqlite_master WHERE type = 'table'";
    assert_eq!(tables(&sqlite, in_sqlite).await, names);
    // The guards are PostgreSQL's own, and begin with the next request.
    let in_postgres = "SELECT CAST(table_name AS TEXT) FROM information_schema.tables \
                       WHERE table_schema = 'public' AND table_name <> 'counter_guards'";
    assert_eq!(tables(&url, in_postgres).await, names);
}
