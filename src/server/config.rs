//! The settings: read once at boot from the environment and `.env`, every finding named, secrets wrapped.

mod accent;
mod brand;
mod limits;
mod origin;
mod prices;
mod reader;
mod secret;
pub mod settings;
mod source;

use std::time::Duration;

use secrecy::{ExposeSecret, SecretSlice, SecretString};

pub use brand::{Brand, Logo};
use ipnet::IpNet;
use leptos::config::LeptosOptions;
pub use limits::Devices;
pub use origin::{Origin, is_loopback_host};
pub use prices::Prices;
use reader::Reader;
pub use source::Source;

use super::connections::Bounds;
use super::cookie::Cookies;
use super::countries::Countries;
use super::open_files;
use super::puzzle::PuzzleTimes;
use super::shield::Rate;
use super::sms::lint;
use super::store::Retention;
use crate::domain::limits::Limits;
use crate::domain::session::Lifetimes;

/// The settings, valid.
#[derive(Debug, Clone)]
pub struct Config {
    /// What it looks like.
    pub brand: Brand,
    /// Where people reach it.
    pub origin: Origin,
    /// Where it listens, and where the site's files are.
    pub site: LeptosOptions,
    /// The providers, in the order in which they are tried.
    pub providers: Vec<ProviderConfig>,
    /// Whose numbers get texts.
    pub countries: Countries,
    /// The journey's figures.
    pub rules: Rules,
    /// The session's figures.
    pub lifetimes: Lifetimes,
    /// What texts and guesses may cost.
    pub limits: Limits,
    /// What a text costs, by country.
    pub prices: Prices,
    /// How long puzzles and waits take.
    pub puzzles: PuzzleTimes,
    /// When browsers are known again.
    pub devices: Devices,
    /// What one source may ask for before anything else is looked at.
    pub shield: Rate,
    /// How long things are kept.
    pub retention: Retention,
    /// The proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<IpNet>,
    /// `Clear-Site-Data` of whoever logs out.
    pub clear_site_data: Option<String>,
    /// Connections, and requests under way, at a time; of its connections a proxy that is believed may have as many as there are.
    pub connections: Bounds,
    /// Whether the log is JSON.
    pub json_log: bool,
    /// What is logged, in the syntax of `tracing`'s environment filter.
    pub log_filter: String,
    /// How long a stopping server waits for requests under way.
    pub shutdown_timeout: Duration,
    /// What it can start with but its operator should know, each as `NAME: what it is and what to do`.
    pub warnings: Vec<String>,
    database_url: SecretString,
    secret_key: SecretSlice<u8>,
    previous_secret_key: Option<SecretSlice<u8>>,
}

/// The purpose that the settings are read for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// To serve. A loopback instance without a `SECRET_KEY` makes its key file; nothing else is written.
    Serve,
    /// To be looked at: what the server would make is not made.
    Check,
    /// For a command, which works with what the server has made.
    Command,
}

/// The journey's figures; `docs/configuration.md` says where each comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rules {
    /// Digits of a code.
    pub code_length: u8,
    /// Seconds that a code is good for.
    pub code_ttl: i64,
    /// Wrong guesses that a challenge bears.
    pub code_guesses: i64,
    /// Seconds between proof and details.
    pub proof_ttl: i64,
    /// Seconds to wait after each text.
    pub resend_ladder: Vec<i64>,
}

/// A provider and what it needs.
#[derive(Debug, Clone)]
pub enum ProviderConfig {
    /// `AuthKey`'s request API.
    AuthKey(AuthKeyConfig),
    /// Messages in memory, shown at `/dev/inbox`.
    Inbox,
}

/// What `AuthKey` needs; `facts` of its contract are in `server/sms/authkey.rs`.
#[derive(Debug, Clone)]
pub struct AuthKeyConfig {
    /// The account's key.
    pub api_key: SecretString,
    /// The template's id in `AuthKey`'s console (`sid`).
    pub template_id: String,
    /// The full request URL.
    pub base_url: String,
    /// The template's variable that the code fills.
    pub otp_variable: String,
    /// The template's other variables.
    pub extra_variables: Vec<(String, String)>,
}

impl Config {
    /// Reads and validates all settings, to serve. The limit of open files is raised here, since how many connections there can be
    /// depends on it.
    ///
    /// # Errors
    /// Every finding, each as `NAME: what is wrong and what to do`.
    pub fn load(source: &Source) -> Result<Self, Vec<String>> {
        Self::load_for(Purpose::Serve, source)
    }

    /// Reads and validates all settings, for the server, `ringkey check` and the commands alike.
    ///
    /// # Errors
    /// As [`Config::load`]; for a command a missing key is one.
    pub fn load_for(purpose: Purpose, source: &Source) -> Result<Self, Vec<String>> {
        let mut read = Reader::new(source);
        let origin = origin::read(&mut read);
        let site = read.site();
        let providers = read.providers(&origin, site.site_addr);
        let rules = read.rules();
        let limits = read.limits(rules.code_guesses, rules.code_length);
        let config = Self {
            connections: read.connections(limits.block_factor, open_files::raise()),
            limits,
            prices: read.prices(),
            puzzles: read.puzzles(),
            devices: read.devices(),
            shield: read.shield(),
            retention: read.retention(),
            trusted_proxies: read.trusted_proxies(),
            clear_site_data: read.clear_site_data(),
            brand: read.brand(),
            providers,
            countries: read.countries(&origin),
            rules,
            lifetimes: read.lifetimes(),
            json_log: read.one_of("LOG_FORMAT", &["text", "json"]) == "json",
            log_filter: read.text("RUST_LOG"),
            shutdown_timeout: Duration::from_secs(read.number("SHUTDOWN_TIMEOUT", 1, 300)),
            database_url: read.database_url().into(),
            secret_key: secret::read_current(&mut read, &origin, purpose).into(),
            previous_secret_key: secret::read_previous(&mut read).map(Into::into),
            site,
            origin,
            warnings: read.take_warnings(),
        };
        if let Err((name, words)) = lint(&config.brand.name, config.origin.host()) {
            read.finding(name, &words);
        }
        read.finish(config)
    }

    /// The database's URL, which may hold a password.
    #[must_use]
    pub fn database_url(&self) -> &str {
        self.database_url.expose_secret()
    }

    /// The secret that all keys derive from.
    #[must_use]
    pub fn secret_key(&self) -> &[u8] {
        self.secret_key.expose_secret()
    }

    /// The one before it, during a rotation.
    #[must_use]
    pub fn previous_secret_key(&self) -> Option<&[u8]> {
        self.previous_secret_key.as_ref().map(secrecy::ExposeSecret::expose_secret)
    }

    /// How cookies look.
    #[must_use]
    pub fn cookies(&self) -> Cookies {
        Cookies { secure: self.origin.is_https() }
    }

    /// Whether messages go to the inbox in memory.
    #[must_use]
    pub fn has_inbox(&self) -> bool {
        self.providers.iter().any(|provider| matches!(provider, ProviderConfig::Inbox))
    }
}
