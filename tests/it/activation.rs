//! Socket activation: systemd holds the listening socket, so a restart loses no request.

use std::net::{SocketAddr, TcpListener};
use std::os::fd::OwnedFd;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use reqwest::redirect::Policy;

use crate::support::instance::{ChildGuard, Instance, binary};
use crate::support::{Person, new_phone, soak_size};

/// The first descriptor that systemd passes (`sd_listen_fds(3)`). The shell gives the socket this
/// number, and its own process id to the server, which takes its place.
const ACTIVATE: &str = r#"exec 3<&0 </dev/null; LISTEN_FDS=1 LISTEN_PID=$$ exec "$0""#;

/// Starts the server with a listening socket, as systemd does.
fn start(instance: &Instance, socket: &TcpListener) -> Child {
    let server = instance.command();
    let mut command = Command::new("sh");
    command.args(["-c", ACTIVATE]).arg(binary()).env_clear();
    for (name, value) in server.get_envs() {
        command.env(name, value.unwrap());
    }
    // The socket has this address, and not the one of the settings.
    command
        .env("LEPTOS_SITE_ADDR", "127.0.0.1:9")
        .current_dir(instance.folder.path())
        .stdin(Stdio::from(OwnedFd::from(socket.try_clone().unwrap())))
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    command.spawn().unwrap()
}

/// Returns a client that opens a connection for each request, as a proxy without keep-alive does.
fn client() -> reqwest::Client {
    #[expect(clippy::disallowed_methods, reason = "a proxy reaches the site over the network")]
    let builder = reqwest::Client::builder();
    let builder = builder.redirect(Policy::none()).pool_max_idle_per_host(0);
    builder.timeout(Duration::from_secs(10)).build().unwrap()
}

async fn ask_for_sessions(
    origin: String,
    address: SocketAddr,
    stop: Arc<AtomicBool>,
    answered: Arc<AtomicU64>,
) {
    let person = Person::new(client(), address, &origin);
    while !stop.load(Ordering::SeqCst) {
        assert!(person.user().await.is_null());
        answered.fetch_add(1, Ordering::SeqCst);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_restart_under_load_loses_no_request() {
    let instance = Instance::new().await;
    let socket = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = socket.local_addr().unwrap();
    let (ended, answered) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
    let mut server = ChildGuard(start(&instance, &socket));
    let origin = instance.origin.clone();
    let readers: Vec<_> = (0..8)
        .map(|_| {
            let (ended, answered) = (Arc::clone(&ended), Arc::clone(&answered));
            tokio::spawn(ask_for_sessions(origin.clone(), address, ended, answered))
        })
        .collect();
    let (gateway, ends) = (instance.gateway.clone(), Arc::clone(&ended));
    let writer = tokio::spawn(async move {
        let mut count = 0;
        while !ends.load(Ordering::SeqCst) {
            let person = Person::new(client(), address, &origin);
            person.sign_up(&gateway, &new_phone()).await;
            count += 1;
        }
        count
    });
    for _ in 0..soak_size(20, 3) {
        tokio::time::sleep(Duration::from_millis(700)).await;
        server.stop();
        server = ChildGuard(start(&instance, &socket));
    }
    tokio::time::sleep(Duration::from_millis(700)).await;
    ended.store(true, Ordering::SeqCst);
    for reader in readers {
        reader.await.unwrap();
    }
    let (answered, signed_up) = (answered.load(Ordering::SeqCst), writer.await.unwrap());
    println!("restarts lost none of {answered} session checks and {signed_up} sign-ups");
    assert!(answered > 100 && signed_up > 3, "{answered} {signed_up}");
    assert_eq!(instance.count("SELECT COUNT(*) FROM users").await, signed_up);
    server.stop();
}
