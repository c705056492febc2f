//! `kill -9` under load: what was answered with yes is there after the restart.

use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use sqlx::{AnyConnection, Connection};
use tempfile::TempDir;
use tokio::sync::Mutex;

use crate::support::instance::Instance;
use crate::support::{Person, size};

const PEOPLE: usize = 8;

fn rounds() -> u64 {
    size(200, 50)
}

/// Signs people up, one after the other, until the server is gone; those whose sign-up was acknowledged.
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
            assert_eq!(person.user().await["first_name"], "Ada", "round {round}: an acknowledged sign-up is gone");
            checked += 1;
        }
        let acknowledged = Arc::new(Mutex::new(Vec::new()));
        let people: Vec<_> = (0..PEOPLE)
            .map(|_| {
                let (instance, acknowledged) = (Arc::clone(&instance), Arc::clone(&acknowledged));
                tokio::spawn(async move { sign_people_up(&instance, acknowledged).await })
            })
            .collect();
        // Once somebody got through, the kill comes at a moment spread over the rounds, so that it meets every step.
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
    let verdict: String = sqlx::query_scalar("PRAGMA integrity_check").fetch_one(&mut connection).await.unwrap();
    assert_eq!(verdict, "ok");
    let orphans: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM users WHERE id NOT IN (SELECT user_id FROM sessions)")
        .fetch_one(&mut connection)
        .await
        .unwrap();
    assert_eq!(orphans, 0, "an account and its session are one transaction");
}

#[tokio::test]
async fn a_server_that_is_told_to_stop_finishes_and_exits_with_zero() {
    for signal in ["TERM", "INT"] {
        let instance = Instance::new().await;
        let mut server = instance.start();
        instance.ready().await;
        Command::new("kill").args(["-s", signal, &server.id().to_string()]).status().unwrap();
        assert_eq!(server.wait().unwrap().code(), Some(0), "{signal}");
    }
}

#[test]
fn check_prints_every_finding_and_says_so_by_its_exit() {
    let folder = TempDir::new().unwrap();
    let check = |pairs: &[(&str, &str)]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_ringkey"));
        let output = command.arg("check").env_clear().envs(pairs.iter().copied()).current_dir(folder.path()).output().unwrap();
        (output.status.code(), String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap())
    };
    assert_eq!(check(&[]).0, Some(0));
    let (exit, said) = check(&[("PUBLIC_ORIGIN", "https://id.example.com")]);
    assert_eq!(exit, Some(1));
    for name in ["SECRET_KEY", "ALLOWED_COUNTRIES", "SMS_PROVIDERS"] {
        assert!(said.lines().any(|line| line.starts_with(&format!("{name}: "))), "{said}");
    }
}
