//! The settings: read once at start from the environment and `.env`. All findings are reported at once; secrets are wrapped.

mod accent;
mod brand;
mod clear_site_data;
mod connections;
mod countries;
mod database;
mod devices;
mod limits;
mod origin;
mod otp;
mod prices;
mod puzzle;
mod rate_limit;
mod reader;
mod retention;
mod secret;
mod session;
pub mod settings;
mod site;
mod sms;
mod source;
mod trusted_proxies;

use std::time::Duration;

use ipnet::IpNet;
use leptos::config::LeptosOptions;
use secrecy::{ExposeSecret, SecretSlice, SecretString};

pub use brand::{Brand, Logo};
pub use connections::ConnectionLimits;
pub use database::{DatabaseUrl, SqliteFile, SqliteMode};
pub use devices::DeviceConfig;
pub use origin::{Origin, is_loopback_host};
pub use otp::OtpConfig;
pub use prices::Prices;
pub use puzzle::PuzzleConfig;
pub use rate_limit::RateLimit;
use reader::Reader;
pub use retention::Retention;
pub use sms::{AuthKeyConfig, ProviderConfig};
pub use source::ConfigSource;

use super::countries::Countries;
use super::open_files;
use crate::domain::limits::Limits;
use crate::domain::session::SessionConfig;
use crate::domain::sms_template;

/// The validated settings.
#[derive(Debug, Clone)]
pub struct Config {
    /// Name, colour, logo and legal pages.
    pub brand: Brand,
    /// The public origin.
    pub origin: Origin,
    /// The listen address, and the folder of the site's files.
    pub site: LeptosOptions,
    /// The providers, in the order in which they are tried.
    pub providers: Vec<ProviderConfig>,
    /// The countries whose numbers are served.
    pub countries: Countries,
    /// Length and lifetime of codes, and the resend cooldowns.
    pub otp: OtpConfig,
    /// Timeouts of sessions, and their number an account.
    pub session: SessionConfig,
    /// Limits and budgets.
    pub limits: Limits,
    /// The price of an SMS by country.
    pub prices: Prices,
    /// Lifetime of puzzles, and the length of waits.
    pub puzzles: PuzzleConfig,
    /// When a browser counts as a known device.
    pub devices: DeviceConfig,
    /// The rate limit of one source, checked before anything else.
    pub rate_limit: RateLimit,
    /// Retention periods.
    pub retention: Retention,
    /// The proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<IpNet>,
    /// The `Clear-Site-Data` header of the answer to logging out.
    pub clear_site_data: Option<String>,
    /// Connections, and requests under way, at a time; of its connections a proxy that is believed may have as many as there are.
    pub connections: ConnectionLimits,
    /// Whether the log is JSON.
    pub json_log: bool,
    /// The log filter, in the syntax of `tracing_subscriber`'s `Targets`.
    pub log_filter: String,
    /// How long a stopping server waits for requests under way.
    pub shutdown_timeout: Duration,
    /// Warnings: findings with which it can start all the same, each as `NAME: what it is and what to do`.
    pub warnings: Vec<String>,
    database_url: SecretString,
    secret_key: SecretSlice<u8>,
    previous_secret_key: Option<SecretSlice<u8>>,
}

/// The purpose for which the settings are loaded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LoadMode {
    /// To serve. A loopback instance without a `SECRET_KEY` makes its key file; nothing else is written.
    Serve,
    /// To be looked at: what the server would make is not made.
    Check,
    /// For a command, which works with what the server has made.
    Command,
}

impl Config {
    /// Reads and validates all settings, to serve. The limit of open files is raised here, since how many connections there can be
    /// depends on it.
    ///
    /// # Errors
    /// Every finding, each as `NAME: what is wrong and what to do`.
    pub fn load(source: &ConfigSource) -> Result<Self, Vec<String>> {
        Self::load_for(LoadMode::Serve, source)
    }

    /// Reads and validates all settings, for the server, `ringkey check` and the commands alike.
    ///
    /// # Errors
    /// As [`Config::load`]; for a command a missing key is one.
    pub fn load_for(mode: LoadMode, source: &ConfigSource) -> Result<Self, Vec<String>> {
        let mut reader = Reader::new(source);
        let read = &mut reader;
        let (origin, site, otp) = (origin::read(read), site::read(read), OtpConfig::read(read));
        let limits = limits::read(read, otp.code_guesses, otp.code_length);
        let config = Self {
            connections: ConnectionLimits::read(read, limits.subnet_factor, open_files::raise_limit()),
            limits,
            providers: sms::read(read, &origin, site.site_addr),
            prices: prices::read(read),
            puzzles: PuzzleConfig::read(read),
            devices: DeviceConfig::read(read),
            rate_limit: RateLimit::read(read),
            retention: Retention::read(read),
            trusted_proxies: trusted_proxies::read(read),
            clear_site_data: clear_site_data::read(read),
            brand: Brand::read(read),
            countries: countries::read(read, &origin),
            otp,
            session: session::read(read),
            json_log: read.one_of("LOG_FORMAT", &["text", "json"]) == "json",
            log_filter: read.text("RUST_LOG"),
            shutdown_timeout: Duration::from_secs(read.number("SHUTDOWN_TIMEOUT", 1, 300)),
            database_url: database::read(read).into(),
            secret_key: secret::read_current(read, &origin, mode).into(),
            previous_secret_key: secret::read_previous(read).map(Into::into),
            site,
            origin,
            warnings: read.take_warnings(),
        };
        if let Err((name, words)) = sms_template::check(&config.brand.name, config.origin.host()) {
            reader.finding(name, &words);
        }
        reader.finish(config)
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

    /// The previous secret, during a rotation.
    #[must_use]
    pub fn previous_secret_key(&self) -> Option<&[u8]> {
        self.previous_secret_key.as_ref().map(secrecy::ExposeSecret::expose_secret)
    }

    /// Whether messages go to the inbox in memory.
    #[must_use]
    pub fn has_inbox(&self) -> bool {
        self.providers.iter().any(|provider| matches!(provider, ProviderConfig::Inbox))
    }
}
