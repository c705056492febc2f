//! Test support: a site on its own port, simulated people, and a fake SMS gateway.

pub mod authenticator;
pub mod gateway;
pub mod instance;
pub mod logs;
pub mod person;
pub mod postgres;
pub mod postgres_proxy;

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use ringkey::serve::Service;
use ringkey::serve::listen;
use ringkey::server::AppState;
use ringkey::server::clock::Clock;
use ringkey::server::config::{Config, ConfigSource};
use ringkey::server::random::Random;
use tempfile::TempDir;
use tokio::net::TcpListener;

pub use gateway::Gateway;
pub use person::Person;

/// A key of no account, long enough for a search to find each leak of it.
pub const API_KEY: &str = "canary-key-0123456789abcdef";
pub const SECRET_KEY: &str = "3q2+7wABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhs=";
const START_TIME: i64 = 1_800_000_000;

/// Settings that raise the limits for tests of other rules. The code of the limits still runs.
pub const RAISED_LIMITS: [(&str, &str); 12] = [
    ("NUMBER_SENDS_PER_HOUR", "100000"),
    ("NUMBER_SENDS_PER_DAY", "100000"),
    ("NUMBER_SENDS_PER_DAY_WITH_PROOF", "100000"),
    ("SOURCE_SENDS_PER_HOUR", "100000"),
    ("SOURCE_SENDS_PER_HOUR_WITH_PROOF", "100000"),
    ("PREFIX_UNVERIFIED_PER_DAY", "100000"),
    ("PREFIX_UNVERIFIED_PER_DAY_WITH_PROOF", "100000"),
    ("COUNTRY_UNVERIFIED_PER_HOUR", "100000"),
    ("SMS_BUDGET_PER_DAY", "1000000"),
    ("WRONG_GUESSES_PER_HOUR", "100000"),
    ("RATE_LIMIT_PER_SECOND", "100000"),
    ("RATE_LIMIT_BURST", "1000000"),
];

/// The database of a test.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    Sqlite,
    Postgres,
}

/// A running site with its gateway, clock and settings.
pub struct TestApp {
    pub origin: String,
    pub address: SocketAddr,
    pub gateway: Gateway,
    pub state: AppState,
    client: reqwest::Client,
    clock: Arc<AtomicI64>,
    settings: Vec<(String, String)>,
    // The folder has the file of SQLite and lives as long as the test.
    folder: Arc<TempDir>,
}

impl TestApp {
    /// Starts a site on this engine, or returns `None` where PostgreSQL is not installed.
    pub async fn start(engine: Engine) -> Option<Self> {
        Self::with_settings(engine, &[]).await
    }

    /// Starts a site with these settings and raised limits.
    pub async fn with_settings(engine: Engine, settings: &[(&str, &str)]) -> Option<Self> {
        Self::with_default_limits(engine, &[&RAISED_LIMITS, settings].concat()).await
    }

    /// Starts a site with these settings and otherwise default limits. It trusts the proxy of the
    /// tests, and its puzzles are small.
    pub async fn with_default_limits(engine: Engine, settings: &[(&str, &str)]) -> Option<Self> {
        let folder = Arc::new(TempDir::new().unwrap());
        let database = match engine {
            Engine::Sqlite => format!("sqlite://{}/ringkey.db", folder.path().display()),
            Engine::Postgres => postgres::new_database().await?,
        };
        let gateway = Gateway::start().await;
        let mut all = vec![
            ("DATABASE_URL".to_owned(), database),
            ("SECRET_KEY".to_owned(), SECRET_KEY.to_owned()),
            ("AUTHKEY_API_KEY".to_owned(), API_KEY.to_owned()),
            ("AUTHKEY_OTP_TEMPLATE_ID".to_owned(), "1001".to_owned()),
            ("AUTHKEY_BASE_URL".to_owned(), gateway.url.clone()),
            ("AUTHKEY_EXTRA_VARIABLES".to_owned(), "company=Acme Ltd&time=5 minutes".to_owned()),
            ("TRUSTED_PROXIES".to_owned(), "127.0.0.1".to_owned()),
            ("PUZZLE_BITS".to_owned(), "8".to_owned()),
            ("PUZZLE_BITS_TOP".to_owned(), "10".to_owned()),
        ];
        all.extend(settings.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        Some(Self::run(all, gateway, Arc::new(AtomicI64::new(START_TIME)), folder).await)
    }

    /// Starts a second instance on the same database, with the same clock and gateway.
    pub async fn sibling(&self) -> Self {
        Self::run(
            self.settings.clone(),
            self.gateway.clone(),
            Arc::clone(&self.clock),
            Arc::clone(&self.folder),
        )
        .await
    }

    /// Starts the site again with other settings, as after a change by an operator.
    pub async fn restarted_with(&self, settings: &[(&str, &str)]) -> Self {
        let mut all = self.settings.clone();
        all.extend(settings.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        Self::run(all, self.gateway.clone(), Arc::clone(&self.clock), Arc::clone(&self.folder))
            .await
    }

    async fn run(
        settings: Vec<(String, String)>,
        gateway: Gateway,
        clock: Arc<AtomicI64>,
        folder: Arc<TempDir>,
    ) -> Self {
        sqlx::any::install_default_drivers();
        logs::capture();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let mut all =
            vec![("PUBLIC_ORIGIN".to_owned(), format!("http://localhost:{}", address.port()))];
        all.extend(settings.clone());
        let config = Config::load(&ConfigSource::from_pairs(all)).unwrap();
        let origin = config.origin.as_str().to_owned();
        let state = AppState::open(config, Clock::Mock(Arc::clone(&clock)), Random::system())
            .await
            .unwrap();
        let (config, site) = (state.config.clone(), Service::new(state.clone()));
        tokio::spawn(async move {
            listen::serve(listener, site, &config, std::future::pending()).await;
        });
        Self { origin, address, gateway, state, client: person::network(), clock, settings, folder }
    }

    /// A person with a new browser.
    pub fn person(&self) -> Person {
        Person::new(self.client.clone(), self.address, &self.origin)
    }

    /// A person with a new client address in a new subnet.
    pub fn stranger(&self) -> Person {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let next = NEXT.fetch_add(1, Ordering::SeqCst);
        self.person().with_address(&format!(
            "{}.{}.{}.7",
            20 + next / 65_536,
            (next / 256) % 256,
            next % 256
        ))
    }

    /// A person who has an account and is signed in, and the number.
    pub async fn member(&self) -> (Person, String) {
        let (person, phone) = (self.person(), new_phone());
        person.sign_up(&self.gateway, &phone).await;
        (person, phone)
    }

    /// Advances the clock of the site, in seconds.
    pub fn advance(&self, seconds: i64) {
        self.clock.fetch_add(seconds, Ordering::SeqCst);
    }

    /// Returns the number that a counting query gives.
    pub async fn count(&self, sql: &'static str) -> i64 {
        sqlx::query_scalar::<_, i64>(sql).fetch_one(&mut self.connect().await).await.unwrap()
    }

    /// Runs a statement on its database.
    pub async fn execute(&self, sql: &'static str) {
        sqlx::query(sql).execute(&mut self.connect().await).await.unwrap();
    }

    async fn connect(&self) -> sqlx::AnyConnection {
        let url = self.settings.iter().rev().find(|(name, _)| name == "DATABASE_URL").unwrap();
        <sqlx::AnyConnection as sqlx::Connection>::connect(&url.1).await.unwrap()
    }
}

/// Returns the long size of a suite if `SOAK` is set, else the short one.
pub fn soak_size<T>(long: T, short: T) -> T {
    if std::env::var_os("SOAK").is_some() { long } else { short }
}

/// The headers of cross-site requests, and of requests without an origin.
pub const CROSS_SITE_HEADERS: [&[(&str, &str)]; 5] = [
    &[],
    &[("origin", "null")],
    &[("origin", "https://evil.example")],
    &[("sec-fetch-site", "cross-site")],
    &[("origin", "null"), ("sec-fetch-site", "cross-site")],
];

/// Returns a mobile number in E.164 that no other test uses.
pub fn new_phone() -> String {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    format!("+9198765{:05}", NEXT.fetch_add(1, Ordering::SeqCst))
}

/// Runs each rule once per engine. Where PostgreSQL is not installed, its half prints so and
/// passes, unless `REQUIRE_POSTGRES` is set, as in `.ci/run`. With `limited:` in front the
/// limits are the defaults.
macro_rules! on_both_engines {
    (limited: $($rest:tt)*) => { on_both_engines! { @start with_default_limits; $($rest)* } };
    (
        @start $start:ident;
        $($(#[$note:meta])* async fn $name:ident($app:ident: TestApp $(,)?) $body:block)*
    ) => {$(
        $(#[$note])*
        async fn $name($app: crate::support::TestApp) $body

        mod $name {
            use crate::support::{Engine, TestApp};

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn sqlite() {
                super::$name(TestApp::$start(Engine::Sqlite, &[]).await.unwrap()).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn postgres() {
                if let Some(app) = TestApp::$start(Engine::Postgres, &[]).await {
                    super::$name(app).await;
                }
            }
        }
    )*};
    ($($rest:tt)*) => { on_both_engines! { @start with_settings; $($rest)* } };
}
