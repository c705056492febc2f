//! Test support: a site on a port of its own, simulated people, a fake SMS gateway.

pub mod gateway;
pub mod instance;
pub mod logs;
pub mod person;
pub mod postgres;

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

/// A key of no account, long enough to be found wherever it leaks.
pub const API_KEY: &str = "canary-key-0123456789abcdef";
pub const SECRET_KEY: &str = "3q2+7wABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhs=";
const START_TIME: i64 = 1_800_000_000;

/// Raised limits for tests of everything else: by their settings, so that the code runs all the
/// same.
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

/// Which database a test runs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    Sqlite,
    Postgres,
}

/// A running site.
pub struct TestApp {
    pub origin: String,
    pub address: SocketAddr,
    pub gateway: Gateway,
    pub state: AppState,
    client: reqwest::Client,
    clock: Arc<AtomicI64>,
    settings: Vec<(String, String)>,
    // Kept until the test is over; the file of SQLite is in it.
    folder: Arc<TempDir>,
}

impl TestApp {
    /// A site on this engine, or `None` where PostgreSQL is wanted and not installed.
    pub async fn start(engine: Engine) -> Option<Self> {
        Self::with_settings(engine, &[]).await
    }

    /// The same with settings of the test's own, and limits out of the way.
    pub async fn with_settings(engine: Engine, settings: &[(&str, &str)]) -> Option<Self> {
        Self::with_default_limits(engine, &[&RAISED_LIMITS, settings].concat()).await
    }

    /// A site whose limits are the defaults, but for these settings. It believes the proxy that
    /// tests speak through, and its puzzles are small.
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

    /// A second instance on the same database, with the same clock and gateway.
    pub async fn sibling(&self) -> Self {
        Self::run(
            self.settings.clone(),
            self.gateway.clone(),
            Arc::clone(&self.clock),
            Arc::clone(&self.folder),
        )
        .await
    }

    /// The same with other settings: a restart after an operator changed them.
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

    /// Somebody with a browser of their own.
    pub fn person(&self) -> Person {
        Person::new(self.client.clone(), self.address, &self.origin)
    }

    /// Somebody at an address that nobody else has, in a block of its own.
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

    /// Somebody who has an account and is signed in.
    pub async fn member(&self) -> (Person, String) {
        let (person, phone) = (self.person(), new_phone());
        person.sign_up(&self.gateway, &phone).await;
        (person, phone)
    }

    /// Advances the clock.
    pub fn advance(&self, seconds: i64) {
        self.clock.fetch_add(seconds, Ordering::SeqCst);
    }

    /// How many rows a query counts.
    pub async fn count(&self, sql: &'static str) -> i64 {
        let url =
            self.settings.iter().rev().find(|(name, _)| name == "DATABASE_URL").unwrap().1.clone();
        let mut connection =
            <sqlx::AnyConnection as sqlx::Connection>::connect(&url).await.unwrap();
        sqlx::query_scalar::<_, i64>(sql).fetch_one(&mut connection).await.unwrap()
    }
}

/// The long size of a suite under `SOAK`, the short one without.
pub fn soak_size<T>(long: T, short: T) -> T {
    if std::env::var_os("SOAK").is_some() { long } else { short }
}

/// The headers of cross-site requests, and of requests without any origin.
pub const CROSS_SITE_HEADERS: [&[(&str, &str)]; 5] = [
    &[],
    &[("origin", "null")],
    &[("origin", "https://evil.example")],
    &[("sec-fetch-site", "cross-site")],
    &[("origin", "null"), ("sec-fetch-site", "cross-site")],
];

/// A mobile number that no other test uses, as E.164.
pub fn new_phone() -> String {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    format!("+9198765{:05}", NEXT.fetch_add(1, Ordering::SeqCst))
}

/// Runs each rule once an engine. Where PostgreSQL is not installed its half says so and passes,
/// unless `REQUIRE_POSTGRES` is set, as the gate sets it. With `limited:` in front the limits are
/// the defaults.
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
