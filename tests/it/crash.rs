//! The binary as a process: after `kill -9` under load, every acknowledged sign-up exists. The file
//! also tests its commands.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use sqlx::{AnyConnection, Connection};
use tempfile::TempDir;
use tokio::sync::Mutex;

use crate::support::instance::{ChildGuard, Instance};
use crate::support::{Person, new_phone, soak_size};

const PEOPLE: usize = 8;

fn rounds() -> u64 {
    soak_size(200, 50)
}

/// Signs people up, one after the other, until the server is gone. Keeps those whose sign-up was
/// acknowledged.
async fn sign_people_up(instance: &Instance, acknowledged: Arc<Mutex<Vec<Person>>>) {
    while let Some(person) = instance.sign_up().await {
        acknowledged.lock().await.push(person);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_sign_up_that_was_acknowledged_is_there_after_a_kill() {
    let instance = Instance::new().await;
    let instance = Arc::new(instance);
    let (mut checked, mut kept): (usize, Vec<Person>) = (0, Vec::new());
    for round in 0..=rounds() {
        let mut server = instance.start();
        instance.ready().await;
        for person in kept.drain(..) {
            assert_eq!(
                person.user().await["first_name"],
                "Ada",
                "round {round}: an acknowledged sign-up is gone"
            );
            checked += 1;
        }
        let acknowledged = Arc::new(Mutex::new(Vec::new()));
        let people: Vec<_> = (0..PEOPLE)
            .map(|_| {
                let (instance, acknowledged) = (Arc::clone(&instance), Arc::clone(&acknowledged));
                tokio::spawn(async move { sign_people_up(&instance, acknowledged).await })
            })
            .collect();
        // After the first sign-up the kill comes at a moment that differs by round, so that it hits
        // every step.
        for _ in 0..500 {
            if !acknowledged.lock().await.is_empty() {
                break;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        tokio::time::sleep(Duration::from_millis((round * 37) % 200)).await;
        server.kill().unwrap();
        server.wait().unwrap();
        for person in people {
            person.await.unwrap();
        }
        kept = std::mem::take(&mut *acknowledged.lock().await);
    }
    assert!(checked >= usize::try_from(rounds()).unwrap(), "only {checked} sign-ups were checked");
    println!("{checked} acknowledged sign-ups in {} rounds, all there", rounds());
    sqlx::any::install_default_drivers();
    let mut connection = AnyConnection::connect(&instance.database()).await.unwrap();
    let verdict: String =
        sqlx::query_scalar("PRAGMA integrity_check").fetch_one(&mut connection).await.unwrap();
    assert_eq!(verdict, "ok");
    let orphans: i64 = sqlx::query_scalar(
        "SELECT COUNT(*) FROM users WHERE id NOT IN (SELECT user_id FROM sessions)",
    )
    .fetch_one(&mut connection)
    .await
    .unwrap();
    assert_eq!(orphans, 0, "an account and its session are one transaction");
}

#[tokio::test]
async fn a_server_that_gets_a_stop_signal_finishes_and_exits_with_zero() {
    for signal in ["TERM", "INT"] {
        let instance = Instance::new().await;
        let mut server = instance.start();
        instance.ready().await;
        Command::new("kill").args(["-s", signal, &server.id().to_string()]).status().unwrap();
        assert_eq!(server.wait().unwrap().code(), Some(0), "{signal}");
    }
}

/// Runs the binary in a folder with only these settings. Returns its exit code, its output and its
/// error output.
fn run(
    folder: &Path,
    arguments: &[&str],
    settings: &[(&str, &str)],
) -> (Option<i32>, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ringkey"));
    command.args(arguments).env_clear().envs(settings.iter().copied()).current_dir(folder);
    let output = command.output().unwrap();
    (
        output.status.code(),
        String::from_utf8(output.stdout).unwrap(),
        String::from_utf8(output.stderr).unwrap(),
    )
}

#[test]
fn a_start_without_its_postgresql_says_why_it_cannot_be_reached() {
    let folder = TempDir::new().unwrap();
    let url = [("DATABASE_URL", "postgres://127.0.0.1:1/d")];
    let (exit, said, failed) = run(folder.path(), &["serve"], &url);
    assert_eq!(exit, Some(1));
    assert!((said.clone() + &failed).contains("Connection refused"), "{said}{failed}");
}

#[test]
fn check_prints_every_finding_says_so_by_its_exit_and_makes_nothing() {
    let folder = TempDir::new().unwrap();
    let check = |pairs: &[(&str, &str)]| {
        let (exit, said, failed) = run(folder.path(), &["check"], pairs);
        (exit, said + &failed)
    };
    assert_eq!(check(&[]).0, Some(0));
    let (exit, said) = check(&[("PUBLIC_ORIGIN", "https://id.example.com")]);
    assert_eq!(exit, Some(1));
    for name in ["SECRET_KEY", "ALLOWED_COUNTRIES", "SMS_PROVIDERS"] {
        assert!(said.lines().any(|line| line.starts_with(&format!("{name}: "))), "{said}");
    }
    fs::write(
        folder.path().join("no.db"),
        "this is no database, and long enough to be seen as none".repeat(10),
    )
    .unwrap();
    let private = fs::Permissions::from_mode(0o600);
    fs::set_permissions(folder.path().join("no.db"), private).unwrap();
    for url in [
        "sqlite::memory:",
        "sqlite://.",
        "sqlite://no.db",
        "sqlite://no.db/x.db",
        "postgres://u:p@127.0.0.1:1/d",
    ] {
        let (exit, said) = check(&[("DATABASE_URL", url)]);
        // The folder has no built site, which is only a warning.
        let mut findings = said.lines().filter(|line| !line.starts_with("LEPTOS_SITE_ROOT: "));
        let named = findings.next().is_some_and(|line| line.starts_with("DATABASE_URL: "));
        assert!(exit == Some(1) && named && findings.next().is_none(), "{url}: {said}");
    }
    let left: Vec<_> =
        fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left, ["no.db"]);
}

#[test]
fn arguments_are_read_before_any_setting() {
    let folder = TempDir::new().unwrap();
    let broken = [("PUBLIC_ORIGIN", "nowhere")];
    for word in ["--help", "-h"] {
        let (exit, said, failed) = run(folder.path(), &[word], &broken);
        assert!(exit == Some(0) && failed.is_empty(), "{failed}");
        for command in ["serve", "check", "audit", "revoke"] {
            assert!(said.contains(command), "{said}");
        }
    }
    let (exit, said, failed) = run(folder.path(), &["--version"], &broken);
    assert!(exit == Some(0) && failed.is_empty(), "{failed}");
    // A build by make has the commit behind the version.
    assert!(said.starts_with(concat!("ringkey ", env!("CARGO_PKG_VERSION"))), "{said}");
    assert_eq!(said.lines().count(), 1, "{said}");
    for misused in [
        &["serv"][..],
        &["--port"],
        &["check", "it"],
        &["audit", "--days"],
        &["audit", "--days", "-1"],
        &["audit", "--days", "x"],
        &["audit", "30"],
        &["revoke"],
        &["revoke", "--all"],
    ] {
        let (exit, said, failed) = run(folder.path(), misused, &broken);
        assert!(
            exit == Some(2) && said.is_empty() && failed.contains("try '--help'"),
            "{misused:?}: {failed}"
        );
    }
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn a_command_in_the_wrong_folder_says_so_and_makes_nothing() {
    let folder = TempDir::new().unwrap();
    let settings = [("SECRET_KEY", crate::support::SECRET_KEY)];
    for command in
        [&["audit"][..], &["audit", "--account", "+919876543210"], &["revoke", "+919876543210"]]
    {
        for (set, named) in
            [(0, "SECRET_KEY: "), (1, "DATABASE_URL: there is no database at data/ringkey.db")]
        {
            let (exit, said, failed) = run(folder.path(), command, &settings[..set]);
            assert!(
                exit == Some(1) && said.is_empty() && failed.starts_with(named),
                "{command:?}: {failed}"
            );
            assert!(failed.contains("run this in the server's folder"), "{failed}");
        }
    }
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

/// The name of the database is one that another file could have.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn files_of_the_server_are_for_their_owner_alone_and_outlive_it_under_any_name() {
    let instance = Instance::new().await;
    let of = |arguments: &[&str]| {
        let mut command = instance.command();
        command
            .args(arguments)
            .env("DATABASE_URL", "sqlite://data/x.lock")
            .env_remove("SECRET_KEY");
        command
    };
    let server = ChildGuard(of(&[]).spawn().unwrap());
    instance.ready().await;
    let (person, phone) = (instance.person(), new_phone());
    person.sign_up(&instance.gateway, &phone).await;
    let mode = |name: &str| {
        fs::metadata(instance.folder.path().join(name)).unwrap().permissions().mode() & 0o777
    };
    assert_eq!(mode("data"), 0o700);
    for name in ["x.lock", "x.lock-wal", "x.lock-shm", "x.lock.lock", "secret.key"] {
        assert_eq!(mode(&format!("data/{name}")), 0o600, "{name}");
    }
    drop(server);
    let _server = ChildGuard(of(&[]).spawn().unwrap());
    instance.ready().await;
    assert_eq!(person.user().await["first_name"], "Ada");
    let record =
        of(&["audit", "--account", phone.as_str()]).stdout(Stdio::piped()).output().unwrap();
    assert!(
        record.status.success()
            && String::from_utf8(record.stdout).unwrap().contains(" signed_up ")
    );
    assert!(of(&["check"]).status().unwrap().success(), "beside a server that runs");
    assert!(of(&["revoke", phone.as_str()]).status().unwrap().success());
    assert_eq!(person.user().await, serde_json::json!(null));
}
