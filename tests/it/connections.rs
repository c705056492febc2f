//! The bounds on connections and on requests under way: for one client address, for one subnet and
//! for all.

use std::fs::{self, File};
use std::net::SocketAddr;
use std::process::{Command, Stdio};
use std::time::Duration;

use futures_util::future::join_all;
use ringkey::server::open_files;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};

use crate::support::instance::{ChildGuard, Instance};
use crate::support::{Engine, TestApp, new_phone};

/// Returns a `prlimit` of open files, or prints a warning and returns `None` where there is none.
fn prlimit(files: &str) -> Option<Command> {
    let mut prlimit = Command::new("prlimit");
    if Command::new("prlimit").arg("--version").stdout(Stdio::null()).status().is_err() {
        eprintln!("SKIPPED: there is no prlimit; install util-linux");
        return None;
    }
    prlimit.arg(format!("--nofile={files}"));
    Some(prlimit)
}

/// Returns the same command for a process that may open 1,024 files: the limit of a Debian shell
/// and of systemd.
fn with_few_files(command: &Command) -> Option<Command> {
    let mut limited = prlimit("1024:1024")?;
    limited
        .arg(command.get_program())
        .args(command.get_args())
        .current_dir(command.get_current_dir()?);
    limited.env_clear().envs(std::env::var_os("PATH").map(|path| ("PATH", path)));
    limited.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
    Some(limited)
}

/// Starts an instance with few files that trusts no proxy, so that every loopback address is a
/// client address of its own.
async fn running_with_few_files() -> Option<(Instance, ChildGuard)> {
    // The test must be able to hold more connections than the server allows.
    let _ = open_files::raise_limit();
    let instance = Instance::new().await;
    let mut command = with_few_files(instance.command().env("TRUSTED_PROXIES", ""))?;
    let server = ChildGuard(command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap());
    instance.ready().await;
    // The connection that checked whether the server runs may not be closed yet.
    tokio::time::sleep(Duration::from_millis(100)).await;
    Some((instance, server))
}

async fn connect(from: [u8; 4], to: SocketAddr) -> TcpStream {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind(SocketAddr::from((from, 0))).unwrap();
    socket.connect(to).await.unwrap()
}

/// Opens connections from an address, and returns those that the server keeps open.
async fn hold(from: [u8; 4], to: SocketAddr, attempts: usize) -> Vec<TcpStream> {
    let mut streams = Vec::new();
    for _ in 0..attempts {
        streams.push(connect(from, to).await);
    }
    let looks = streams.into_iter().map(|mut stream| async move {
        let closed =
            tokio::time::timeout(Duration::from_millis(500), stream.read(&mut [0])).await.is_ok();
        (!closed).then_some(stream)
    });
    join_all(looks).await.into_iter().flatten().collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_addresses_cannot_hold_every_file() {
    let Some((instance, _server)) = running_with_few_files().await else { return };
    let first = hold([127, 0, 1, 1], instance.address, 512).await;
    let second = hold([127, 0, 2, 1], instance.address, 512).await;
    assert_eq!((first.len(), second.len()), (22, 22), "a twentieth of (1,024 - 128) / 2 each");
    let (person, phone) = (instance.person(), new_phone());
    assert_eq!(person.get("/api/auth/session").await.status, 200);
    assert_eq!(person.send_otp(&phone).await.status, 200);
    assert_eq!(instance.gateway.sms_count(&phone), 1, "a text still leaves");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_subnet_cannot_hold_every_connection() {
    let Some((instance, _server)) = running_with_few_files().await else { return };
    let held = join_all((1..=20).map(|host| hold([127, 0, 1, host], instance.address, 30))).await;
    assert!(held.iter().all(|streams| streams.len() <= 22));
    assert_eq!(held.iter().map(Vec::len).sum::<usize>(), 88, "four times an address's");
    let mut neighbour = connect([127, 0, 2, 1], instance.address).await;
    let request = format!(
        "GET /api/auth/session HTTP/1.1\r\nhost: {}\r\nconnection: close\r\n\r\n",
        &instance.origin[7..]
    );
    neighbour.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    neighbour.read_to_end(&mut answer).await.unwrap();
    assert!(answer.starts_with(b"HTTP/1.1 200 "), "{}", String::from_utf8_lossy(&answer));
    drop(held);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_process_without_files_counts_its_refusals_and_goes_on_when_it_has_some() {
    let instance = Instance::new().await;
    let log = instance.folder.path().join("log");
    let server =
        ChildGuard(instance.command().stderr(File::create(&log).unwrap()).spawn().unwrap());
    instance.ready().await;
    let allow = |files: &str| {
        let status = prlimit(files)
            .map(|mut prlimit| prlimit.args(["--pid", &server.0.id().to_string()]).status());
        status.is_some_and(|status| status.unwrap().success())
    };
    if !allow("3:") {
        return;
    }
    // The kernel accepts the connection, but the process cannot.
    let mut person = connect([127, 0, 0, 1], instance.address).await;
    let request = format!(
        "GET /healthz HTTP/1.1\r\nhost: {}\r\nconnection: close\r\n\r\n",
        &instance.origin[7..]
    );
    person.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    let early = tokio::time::timeout(Duration::from_secs(2), person.read_to_end(&mut answer)).await;
    assert!(early.is_err(), "{}", String::from_utf8_lossy(&answer));
    let said = fs::read_to_string(&log).unwrap();
    assert!(said.contains("serving") && said.matches("accept connections").count() <= 1, "{said}");
    assert!(allow("1024:"));
    tokio::time::timeout(Duration::from_secs(5), person.read_to_end(&mut answer))
        .await
        .unwrap()
        .unwrap();
    assert!(answer.starts_with(b"HTTP/1.1 200 "), "{}", String::from_utf8_lossy(&answer));
}

#[tokio::test]
async fn check_says_when_there_are_too_few_files() {
    let instance = Instance::new().await;
    let site = instance.folder.path().join("target/site/pkg");
    std::fs::create_dir_all(&site).unwrap();
    std::fs::write(site.join("ringkey.css"), "").unwrap();
    for (most, per_address, warned) in [
        ("", "", vec!["MAX_CONNECTIONS"]),
        ("449", "", vec!["MAX_CONNECTIONS"]),
        ("448", "", vec![]),
        ("448", "111", vec![]),
        ("448", "112", vec!["MAX_CONNECTIONS_PER_ADDRESS"]),
    ] {
        let mut command = instance.command();
        command
            .arg("check")
            .env("MAX_CONNECTIONS", most)
            .env("MAX_CONNECTIONS_PER_ADDRESS", per_address);
        let Some(mut command) = with_few_files(&command) else { return };
        let output = command.output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        let names: Vec<&str> = said.lines().filter_map(|line| line.split(": ").next()).collect();
        assert_eq!(
            (output.status.code(), names),
            (Some(0), warned),
            "{most} {per_address}: {said}"
        );
        assert_eq!(said.contains("448 connections"), !said.is_empty(), "{said}");
    }
}

/// Sends a request whose body never ends, from a client address behind the trusted proxy.
async fn unfinished(app: &TestApp, path: &str, address: &str) -> TcpStream {
    let mut stream = TcpStream::connect(app.address).await.unwrap();
    let (host, origin) = (&app.origin[7..], &app.origin);
    let request = format!(
        "POST {path} HTTP/1.1\r\nhost: {host}\r\norigin: {origin}\r\nx-forwarded-for: {address}\r\n\
         content-type: application/x-www-form-urlencoded\r\ncontent-length: 100\r\n\r\nphone="
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    stream
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_address_behind_a_proxy_cannot_hold_more_than_its_share() {
    let settings = [("MAX_CONNECTIONS_PER_ADDRESS", "8"), ("SUBNET_FACTOR", "2")];
    let app = TestApp::with_settings(Engine::Sqlite, &settings).await.unwrap();
    let ask = async |address: &str| app.person().with_address(address).send_otp(&new_phone()).await;
    let mut held = Vec::new();
    for _ in 0..8 {
        held.push(unfinished(&app, "/api/auth/send-otp", "203.0.113.1").await);
    }
    tokio::time::sleep(Duration::from_millis(300)).await;
    let refused = ask("203.0.113.1").await;
    assert_eq!(refused.is(429, "too_often").header("retry-after"), "1");
    assert_eq!(
        app.person().with_address("203.0.113.1").get("/sign-in").await.status,
        429,
        "pages, too"
    );
    assert_eq!(ask("203.0.113.2").await.status, 200, "another address of the subnet");
    for _ in 0..8 {
        held.push(unfinished(&app, "/sign-in", "203.0.113.2").await);
    }
    tokio::time::sleep(Duration::from_millis(300)).await;
    ask("203.0.113.3").await.is(429, "too_often");
    assert_eq!(ask("203.0.114.1").await.status, 200, "another subnet");
    assert_eq!(
        app.person().with_address("203.0.113.1").get("/healthz").await.status,
        200,
        "health is for everybody"
    );
    // A body has five seconds; a request as a whole has fifteen.
    let answers = held.into_iter().map(|mut stream| async move {
        let mut answer = String::new();
        tokio::time::timeout(Duration::from_secs(9), stream.read_to_string(&mut answer))
            .await
            .unwrap()
            .unwrap();
        answer
    });
    for (i, answer) in join_all(answers).await.into_iter().enumerate() {
        assert!(answer.starts_with("HTTP/1.1 400 "), "{answer}");
        assert!(i >= 8 || answer.contains(r#""code":"malformed""#), "{answer}");
    }
    assert_eq!(ask("203.0.113.1").await.status, 200, "there is room again");
}
