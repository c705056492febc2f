//! Socket activation: systemd holds the listening socket, so a restart loses no request.

use std::net::{SocketAddr, TcpListener};
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use reqwest::redirect::Policy;
use tokio::task::JoinHandle;

use crate::support::instance::{ChildGuard, Instance, binary};
use crate::support::{Person, new_phone, soak_size};

/// The first descriptor that systemd passes (`sd_listen_fds(3)`). The shell gives the socket this
/// number, and its own process id to the server, which takes its place.
const ACTIVATE: &str = r#"exec 3<&0 </dev/null; LISTEN_FDS=1 LISTEN_PID=$$ exec "$0""#;

/// Starts a build of the server with a listening socket, as systemd does.
fn start(instance: &Instance, socket: &TcpListener, binary: &Path) -> Child {
    let server = instance.command();
    let mut command = Command::new("sh");
    command.args(["-c", ACTIVATE]).arg(binary).env_clear();
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

/// People who ask for their session, and one who signs people up, on new connections all the time.
struct Load {
    ended: Arc<AtomicBool>,
    answered: Arc<AtomicU64>,
    readers: Vec<JoinHandle<()>>,
    writer: JoinHandle<i64>,
}

impl Load {
    fn start(instance: &Instance, address: SocketAddr) -> Self {
        let (ended, answered) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
        let origin = instance.origin.clone();
        let readers = (0..8)
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
        Self { ended, answered, readers, writer }
    }

    /// Ends the load, and asserts that no request failed. Returns the numbers of session checks and
    /// of sign-ups.
    async fn end(self) -> (u64, i64) {
        self.ended.store(true, Ordering::SeqCst);
        for reader in self.readers {
            reader.await.unwrap();
        }
        let (answered, signed_up) =
            (self.answered.load(Ordering::SeqCst), self.writer.await.unwrap());
        (answered, signed_up)
    }
}

const PAUSE: Duration = Duration::from_millis(700);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_restart_under_load_loses_no_request() {
    let instance = Instance::new().await;
    let socket = TcpListener::bind("127.0.0.1:0").unwrap();
    let mut server = ChildGuard(start(&instance, &socket, &binary()));
    let load = Load::start(&instance, socket.local_addr().unwrap());
    for _ in 0..soak_size(20, 3) {
        tokio::time::sleep(PAUSE).await;
        server.stop();
        server = ChildGuard(start(&instance, &socket, &binary()));
    }
    tokio::time::sleep(PAUSE).await;
    let (answered, signed_up) = load.end().await;
    assert_eq!(instance.count("SELECT COUNT(*) FROM users").await, signed_up);
    println!("restarts lost none of {answered} session checks and {signed_up} sign-ups");
    assert!(answered > 100 && signed_up > 3, "{answered} {signed_up}");
    server.stop();
}

/// `RINGKEY_PREVIOUS_BINARY` names a build of an earlier commit, which `make soak` makes.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_upgrade_from_the_commit_before_loses_no_request() {
    let Some(previous) = std::env::var_os("RINGKEY_PREVIOUS_BINARY").map(PathBuf::from) else {
        println!("no earlier build is named, so no upgrade is tried");
        return;
    };
    let (mut checks, mut sign_ups) = (0, 0);
    for _ in 0..soak_size(10, 3) {
        let instance = Instance::new().await;
        let socket = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = socket.local_addr().unwrap();
        let server = ChildGuard(start(&instance, &socket, &previous));
        let before = Person::new(client(), address, &instance.origin);
        before.sign_up(&instance.gateway, &new_phone()).await;
        let load = Load::start(&instance, address);
        tokio::time::sleep(PAUSE).await;
        server.stop();
        let server = ChildGuard(start(&instance, &socket, &binary()));
        tokio::time::sleep(PAUSE).await;
        assert_eq!(before.user().await["first_name"], "Ada", "the session goes on");
        let (answered, signed_up) = load.end().await;
        assert_eq!(instance.count("SELECT COUNT(*) FROM users").await, signed_up + 1);
        (checks, sign_ups) = (checks + answered, sign_ups + signed_up);
        server.stop();
    }
    println!("upgrades lost none of {checks} session checks and {sign_ups} sign-ups");
    assert!(checks > 100 && sign_ups > 3, "{checks} {sign_ups}");
}
