//! A site without a network, and browsers that call its use cases with a cookie jar each.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use axum::http::Request;
use axum::http::header::COOKIE;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ringkey::domain::client_network::ClientNetwork;
use ringkey::server::AppState;
use ringkey::server::clock::Clock;
use ringkey::server::config::{Config, ConfigSource};
use ringkey::server::cookie_jar::CookieJar;
use ringkey::server::random::Random;
use tempfile::TempDir;

use crate::shared::memory_folder;
use crate::support::{Engine, postgres};

/// The site. It can be restarted, and its key can be rotated.
pub struct Site {
    pub app: AppState,
    pub key: u32,
    database: String,
    clock: Arc<AtomicI64>,
    _folder: TempDir,
}

impl Site {
    pub async fn open(engine: Engine) -> Option<Self> {
        sqlx::any::install_default_drivers();
        let folder = memory_folder();
        let database = match engine {
            Engine::Sqlite => format!("sqlite://{}/ringkey.db", folder.path().display()),
            Engine::Postgres => postgres::new_database().await?,
        };
        let clock = Arc::new(AtomicI64::new(1_800_000_000));
        let app = start(&database, 1, &clock).await;
        Some(Self { app, key: 1, database, clock, _folder: folder })
    }

    pub async fn restart(&mut self) {
        self.app.store.close().await;
        self.app = start(&self.database, self.key, &self.clock).await;
    }

    pub async fn rotate(&mut self) {
        self.key += 1;
        self.restart().await;
    }

    pub fn now(&self) -> i64 {
        self.clock.load(Ordering::SeqCst)
    }

    pub fn advance(&self, seconds: i64) {
        self.clock.fetch_add(seconds, Ordering::SeqCst);
    }

    pub fn code_for(&self, phone: &str) -> Option<String> {
        let messages = self.app.sms.inbox().unwrap().messages();
        // A notice has no code.
        let mut codes = messages.iter().filter(|message| !message.code.is_empty());
        codes.find(|message| message.phone == phone).map(|message| message.code.clone())
    }

    /// Returns the number that a query with these parameters gives.
    pub async fn count(&self, sql: &'static str, params: &[&str]) -> i64 {
        let mut connection =
            <sqlx::AnyConnection as sqlx::Connection>::connect(&self.database).await.unwrap();
        let query = sqlx::query_scalar::<_, i64>(sql);
        let query = params.iter().fold(query, |query, param| query.bind((*param).to_owned()));
        query.fetch_one(&mut connection).await.unwrap()
    }
}

async fn start(database: &str, key: u32, clock: &Arc<AtomicI64>) -> AppState {
    let secret = |key: u32| STANDARD.encode(key.to_be_bytes().repeat(8));
    let settings = [
        ("DATABASE_URL", database.to_owned()),
        ("SMS_PROVIDERS", "inbox".to_owned()),
        ("SECRET_KEY", secret(key)),
        ("SECRET_KEY_PREVIOUS", if key > 1 { secret(key - 1) } else { String::new() }),
        // There is one attempt budget per number, so that its bounds can be asserted exactly.
        ("KNOWN_DEVICE_AFTER", "2592000".to_owned()),
        ("PUZZLE_BITS", "8".to_owned()),
        ("PUZZLE_BITS_TOP", "9".to_owned()),
    ];
    let config = Config::load(&ConfigSource::from_pairs(
        settings.map(|(name, value)| (name.to_owned(), value)),
    ))
    .unwrap();
    AppState::open(config, Clock::Mock(Arc::clone(clock)), Random::system()).await.unwrap()
}

/// The cookies of a browser.
#[derive(Debug, Clone, Default)]
pub struct Jar {
    pub address: String,
    pub cookies: BTreeMap<String, String>,
}

impl Jar {
    /// The cookie jar of one request of this browser.
    pub fn browser(&self, app: &AppState) -> CookieJar {
        let cookies: Vec<String> =
            self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let request = Request::builder()
            .extension(ClientNetwork::from_ip(self.address.parse().unwrap()))
            .header(COOKIE, cookies.join("; "));
        CookieJar::of(app, &request.body(()).unwrap().into_parts().0)
    }

    /// Stores the cookies that an answer sets.
    pub fn keep(&mut self, browser: &CookieJar) {
        for header in browser.set_cookie_headers() {
            let text = header.to_str().unwrap().to_owned();
            let (name, value) = text.split(';').next().unwrap().split_once('=').unwrap();
            if text.ends_with("Max-Age=0") {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
    }
}
