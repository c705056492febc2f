//! Faults of the database: a full disk, and a locked, missing or unreachable database. No change is
//! acknowledged that is not durable, the answer is 503 with an explanation, and the server recovers
//! by itself.

use std::process::Command;
use std::time::Duration;

use futures_util::future::join_all;
use serde_json::json;
use sqlx::{AnyConnection, AssertSqlSafe, Connection, Executor};

use crate::support::instance::{ChildGuard, Instance};
use crate::support::person::Answer;
use crate::support::{Engine, Person, TestApp, new_phone, soak_size};

fn is_refused_in_words(answer: &Answer) {
    answer.is(503, "unavailable");
    assert!(
        answer.json()["error"]["message"].as_str().unwrap().contains("try again"),
        "{}",
        answer.text
    );
}

/// Asserts that a person whose session cannot be renewed is still signed in on every page, without
/// a wait.
async fn stays_signed_in(person: &Person) {
    assert_eq!(person.user().await["first_name"], "Ada");
    for path in ["/", "/account"] {
        let page = tokio::time::timeout(Duration::from_secs(4), person.get(path)).await.unwrap();
        assert_eq!((page.status, page.set_cookies().len()), (200, 0), "{path}");
        assert!(page.text.contains("Log out"), "{path}");
    }
}

/// Limits the size of the files that this process may write, in bytes.
fn limit_files(server: &ChildGuard, bytes: &str) {
    let status = Command::new("prlimit")
        .args(["--pid", &server.0.id().to_string(), &format!("--fsize={bytes}:")])
        .status();
    assert!(status.unwrap().success());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_refuses_and_heals() {
    let instance = Instance::new().await;
    // A write to a file that may not grow fails, as long as the signal for it is ignored.
    let ready = instance.command();
    let mut command = Command::new("sh");
    command
        .args(["-c", r#"trap "" XFSZ; exec "$0""#])
        .arg(ready.get_program())
        .current_dir(instance.folder.path());
    command
        .env_clear()
        .envs(ready.get_envs().filter_map(|(name, value)| Some((name, value?))))
        .env("SESSION_RENEW_EVERY", "1");
    let server = ChildGuard(
        command
            .stdout(std::process::Stdio::null())
            .stderr(std::process::Stdio::null())
            .spawn()
            .unwrap(),
    );
    instance.ready().await;
    let member = instance.sign_up().await.unwrap();
    let size = |name: &str| {
        std::fs::metadata(instance.folder.path().join(name)).map_or(0, |file| file.len())
    };
    let (mut acknowledged, mut refused) = (vec![member], 0);
    // First there is room for a part of the write, then for none.
    let room = size("ringkey.db-wal").max(size("ringkey.db")) + 512 * 1024;
    for (bytes, tries) in [(room.to_string(), 40), ("4096".to_owned(), 1)] {
        limit_files(&server, &bytes);
        for _ in 0..tries {
            match instance.sign_up().await {
                Some(person) => acknowledged.push(person),
                None => refused += 1,
            }
        }
    }
    assert!(
        refused > 5 && acknowledged.len() > 1,
        "{refused} refused, {} acknowledged",
        acknowledged.len()
    );
    is_refused_in_words(&instance.person().send_otp(&new_phone()).await);
    // The idle end of every session is due for an update by now, and the update fails.
    tokio::time::sleep(Duration::from_millis(1_100)).await;
    stays_signed_in(&acknowledged[0]).await;
    limit_files(&server, "unlimited");
    assert!(instance.sign_up().await.is_some(), "it heals");
    for person in &acknowledged {
        assert_eq!(person.user().await["first_name"], "Ada", "an acknowledged sign-up is gone");
    }
    drop(server);
    sqlx::any::install_default_drivers();
    let mut connection = AnyConnection::connect(&instance.database()).await.unwrap();
    let verdict: String =
        sqlx::query_scalar("PRAGMA integrity_check").fetch_one(&mut connection).await.unwrap();
    assert_eq!(verdict, "ok");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_cannot_be_written_refuses_and_heals() {
    let app = TestApp::start(Engine::Sqlite).await.unwrap();
    let (member, _) = app.member().await;
    let mut other = AnyConnection::connect(app.state.config.database_url()).await.unwrap();
    // Another connection holds the write lock for longer than any request waits.
    other.execute("BEGIN EXCLUSIVE").await.unwrap();
    let (sent, out) = tokio::join!(async { app.person().send_otp(&new_phone()).await }, async {
        member.sign_out().await
    });
    is_refused_in_words(&sent);
    is_refused_in_words(&out);
    assert_eq!(app.gateway.requests().len(), 1, "nothing was sent");
    app.advance(3_600);
    stays_signed_in(&member).await;
    other.execute("ROLLBACK").await.unwrap();
    assert_eq!(app.person().send_otp(&new_phone()).await.status, 200);
    assert_eq!(member.sign_out().await.status, 200);
    assert_eq!(member.user().await, json!(null));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_read_only_database_refuses_what_would_change_it() {
    let app = TestApp::start(Engine::Sqlite).await.unwrap();
    let (member, _) = app.member().await;
    let sms = app.gateway.requests().len();
    let url = format!("{}?mode=ro", app.state.config.database_url());
    let read_only =
        app.restarted_with(&[("DATABASE_URL", &url), ("PUBLIC_ORIGIN", &app.origin)]).await;
    let member = member.at_instance(read_only.address, &app.origin);
    app.advance(3_600);
    stays_signed_in(&member).await;
    is_refused_in_words(
        &read_only
            .person()
            .at_instance(read_only.address, &app.origin)
            .send_otp(&new_phone())
            .await,
    );
    is_refused_in_words(&member.sign_out().await);
    assert_eq!(read_only.gateway.requests().len(), sms, "nothing was sent");
    assert_eq!(
        member.at_instance(app.address, &app.origin).sign_out().await.status,
        200,
        "where it can be written"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_file_that_vanished_refuses_until_it_is_back() {
    let (instance, _server) = Instance::running().await;
    let member = instance.sign_up().await.unwrap();
    let away = instance.folder.path().join("away.db");
    std::fs::rename(instance.file(), &away).unwrap();
    is_refused_in_words(&instance.person().send_otp(&new_phone()).await);
    is_refused_in_words(&member.get("/api/auth/session").await);
    assert_eq!(instance.person().get("/readyz").await.status, 503);
    assert_eq!(instance.person().get("/healthz").await.status, 200);
    std::fs::rename(&away, instance.file()).unwrap();
    assert_eq!(member.user().await["first_name"], "Ada");
    assert!(instance.sign_up().await.is_some());
    // The readiness answer is cached for a second.
    tokio::time::sleep(Duration::from_millis(1_100)).await;
    assert_eq!(instance.person().get("/readyz").await.status, 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_postgres_that_is_read_only_or_gone_refuses_and_heals() {
    let Some(app) = TestApp::start(Engine::Postgres).await else { return };
    let (member, _) = app.member().await;
    let url = app.state.config.database_url();
    let (path, query) = url.split_once('?').unwrap();
    let (server, name) = path.rsplit_once('/').unwrap();
    let mut admin = AnyConnection::connect(&format!("{server}/postgres?{query}")).await.unwrap();
    let cut = format!(
        "SELECT pg_terminate_backend(pid)::text FROM pg_stat_activity WHERE datname = '{name}'"
    );
    for (breaks, repairs) in [
        (
            format!("ALTER DATABASE {name} SET default_transaction_read_only = on"),
            format!("ALTER DATABASE {name} RESET default_transaction_read_only"),
        ),
        (
            format!("ALTER DATABASE {name} ALLOW_CONNECTIONS false"),
            format!("ALTER DATABASE {name} ALLOW_CONNECTIONS true"),
        ),
    ] {
        let sms = app.gateway.requests().len();
        for sql in [&breaks, &cut] {
            admin.execute(AssertSqlSafe(sql.clone())).await.unwrap();
        }
        is_refused_in_words(&app.person().send_otp(&new_phone()).await);
        assert_eq!(app.gateway.requests().len(), sms, "nothing was sent");
        is_refused_in_words(&member.call("sign-out", json!({})).await);
        // A connection is trusted for a second after its last use.
        let trust = Duration::from_millis(1_100);
        if breaks.contains("read_only") {
            tokio::time::sleep(trust).await;
            app.advance(3_600);
            stays_signed_in(&member).await;
        }
        for sql in [&repairs, &cut] {
            admin.execute(AssertSqlSafe(sql.clone())).await.unwrap();
        }
        tokio::time::sleep(trust).await;
        assert_eq!(app.person().send_otp(&new_phone()).await.status, 200);
        assert_eq!(member.user().await["first_name"], "Ada");
    }
}

/// Eight processes share one SQLite file, and all of them get the same code at once.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_code_opens_one_session_on_eight_processes_that_share_a_file() {
    let rounds = soak_size(200, 20);
    let first = Instance::new().await;
    let mut servers = vec![ChildGuard(first.start())];
    first.ready().await;
    let mut instances = vec![first];
    for _ in 1..8 {
        let sibling = instances[0].sibling();
        servers.push(ChildGuard(sibling.start()));
        sibling.ready().await;
        instances.push(sibling);
    }
    let (phone, gateway) = (new_phone(), &instances[0].gateway);
    instances[0].person().sign_up(gateway, &phone).await;
    for round in 0..rounds {
        let person = instances[round % 8].person();
        assert_eq!(person.send_otp(&phone).await.status, 200);
        let code = gateway.code_for(&phone);
        let tabs: Vec<Person> = (0..64)
            .map(|i| person.at_instance(instances[i % 8].address, &instances[0].origin))
            .collect();
        let answers = join_all(tabs.iter().map(|tab| tab.verify(&code))).await;
        let opened = answers.iter().filter(|answer| answer.status == 200).count();
        assert_eq!(
            opened,
            1,
            "round {round}: {:?}",
            answers.iter().map(|answer| answer.status).collect::<Vec<_>>()
        );
        assert!(answers.iter().all(|answer| [200, 410].contains(&answer.status)), "round {round}");
    }
}
