//! The binary in a process and a folder of its own. `RINGKEY_BINARY` names another build, for
//! example the release.

use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use ringkey::server::config::settings::default_of;
use sqlx::{AnyConnection, Connection};
use tempfile::TempDir;

use super::person::network;
use super::{API_KEY, Gateway, Person, RAISED_LIMITS, SECRET_KEY, new_phone};

/// Kills the process at the end of the test.
pub struct ChildGuard(pub Child);

impl ChildGuard {
    /// Stops the server as an operator does, and asserts that it exits with zero.
    pub fn stop(mut self) {
        let pid = rustix::process::Pid::from_child(&self.0);
        rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
        assert!(self.0.wait().unwrap().success());
    }
}

impl Drop for ChildGuard {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

pub struct Instance {
    pub folder: Arc<TempDir>,
    pub address: SocketAddr,
    pub origin: String,
    pub gateway: Gateway,
    client: reqwest::Client,
}

impl Instance {
    pub async fn new() -> Self {
        let address = free_address();
        Self {
            folder: Arc::new(TempDir::new().unwrap()),
            address,
            origin: format!("http://localhost:{}", address.port()),
            gateway: Gateway::start().await,
            client: network(),
        }
    }

    /// Creates and starts an instance.
    pub async fn running() -> (Self, ChildGuard) {
        let instance = Self::new().await;
        let server = ChildGuard(instance.start());
        instance.ready().await;
        (instance, server)
    }

    /// Returns another instance of the same site: same database and origin, another port.
    pub fn sibling(&self) -> Self {
        Self {
            folder: Arc::clone(&self.folder),
            address: free_address(),
            origin: self.origin.clone(),
            gateway: self.gateway.clone(),
            client: self.client.clone(),
        }
    }

    pub fn command(&self) -> Command {
        let mut command = Command::new(binary());
        command
            .env_clear()
            .envs(RAISED_LIMITS)
            .envs([
                ("LEPTOS_SITE_ADDR", self.address.to_string()),
                ("PUBLIC_ORIGIN", self.origin.clone()),
                ("DATABASE_URL", self.database()),
            ])
            .envs([
                ("AUTHKEY_API_KEY", API_KEY),
                ("AUTHKEY_OTP_TEMPLATE_ID", "1001"),
                ("AUTHKEY_BASE_URL", &self.gateway.url),
            ])
            .envs([("SECRET_KEY", SECRET_KEY), ("TRUSTED_PROXIES", "127.0.0.1")])
            .current_dir(self.folder.path())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        command
    }

    pub fn start(&self) -> Child {
        self.command().spawn().unwrap()
    }

    /// Starts the instance with these settings and otherwise with the default limits.
    pub fn start_limited(&self, settings: &[(&str, &str)]) -> ChildGuard {
        let mut command = self.command();
        command
            .envs(RAISED_LIMITS.map(|(name, _)| (name, default_of(name))))
            .envs(settings.iter().copied());
        ChildGuard(command.spawn().unwrap())
    }

    /// Returns the number that a counting query gives in its database.
    pub async fn count(&self, sql: &'static str) -> i64 {
        sqlx::any::install_default_drivers();
        let mut connection = AnyConnection::connect(&self.database()).await.unwrap();
        sqlx::query_scalar(sql).fetch_one(&mut connection).await.unwrap()
    }

    /// Returns the number of rows in its tables.
    pub async fn rows(&self) -> i64 {
        self.count(
            "SELECT (SELECT COUNT(*) FROM users) + (SELECT COUNT(*) FROM sessions WHERE \
             revoked_at IS NULL) \
             + (SELECT COUNT(*) FROM challenges) + (SELECT SUM(count) FROM counters) + (SELECT \
             COUNT(*) FROM used_tokens) \
             + (SELECT COUNT(*) FROM devices) + (SELECT COUNT(*) FROM audit)",
        )
        .await
    }

    pub fn file(&self) -> PathBuf {
        self.folder.path().join("ringkey.db")
    }

    pub fn database(&self) -> String {
        format!("sqlite://{}", self.file().display())
    }

    pub async fn ready(&self) {
        for _ in 0..400 {
            if tokio::net::TcpStream::connect(self.address).await.is_ok() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("the server did not start");
    }

    pub fn person(&self) -> Person {
        Person::new(self.client.clone(), self.address, &self.origin)
    }

    /// A person with a new client address in a new subnet.
    pub fn stranger(&self) -> Person {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let next = NEXT.fetch_add(1, Ordering::SeqCst);
        self.person().with_address(&format!("100.{}.{}.7", next / 256, next % 256))
    }

    /// Signs a person up, and returns the person if every answer arrived.
    pub async fn sign_up(&self) -> Option<Person> {
        let (person, phone) = (self.person(), new_phone());
        person.try_call("send-otp", &[("phone", &phone)]).await?;
        person.try_call("verify-otp", &[("code", &self.gateway.code_for(&phone))]).await?;
        person
            .try_call(
                "create-account",
                &[("first_name", "Ada"), ("last_name", "Lovelace"), ("email", "ada@example.com")],
            )
            .await?;
        Some(person)
    }
}

pub fn free_address() -> SocketAddr {
    // The port is free again when this listener is dropped. The server binds it next.
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

pub fn binary() -> PathBuf {
    std::env::var_os("RINGKEY_BINARY")
        .map_or_else(|| env!("CARGO_BIN_EXE_ringkey").into(), PathBuf::from)
}
