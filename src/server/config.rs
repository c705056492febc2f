//! The settings: read once at start from the environment and `.env`. All findings are reported at once; secrets are wrapped.

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
pub use limits::DeviceConfig;
pub use origin::{Origin, is_loopback_host};
pub use prices::Prices;
use reader::Reader;
pub use source::ConfigSource;

use super::connections::Bounds;
use super::cookie::Cookies;
use super::countries::Countries;
use super::open_files;
use super::puzzle::PuzzleConfig;
use super::shield::Rate;
use super::sms::check_template;
use super::store::Retention;
use crate::domain::limits::Limits;
use crate::domain::session::SessionConfig;

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
    /// Rate limits and budgets.
    pub limits: Limits,
    /// The price of an SMS by country.
    pub prices: Prices,
    /// Lifetime of puzzles, and the length of waits.
    pub puzzles: PuzzleConfig,
    /// When a browser counts as a known device.
    pub devices: DeviceConfig,
    /// The rate limit of one source, checked before anything else.
    pub shield: Rate,
    /// Retention periods.
    pub retention: Retention,
    /// The proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<IpNet>,
    /// The `Clear-Site-Data` header of the answer to logging out.
    pub clear_site_data: Option<String>,
    /// Connections, and requests under way, at a time; of its connections a proxy that is believed may have as many as there are.
    pub connections: Bounds,
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

/// Length, lifetime and cooldowns of one-time codes; `docs/configuration.md` says where each figure comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OtpConfig {
    /// Digits of a code.
    pub code_length: u8,
    /// Seconds until a code expires.
    pub code_ttl: i64,
    /// Maximum attempts of a challenge.
    pub code_guesses: i64,
    /// Seconds between proof and details.
    pub proof_ttl: i64,
    /// Seconds to wait after each SMS before the next.
    pub resend_cooldowns: Vec<i64>,
}

/// An SMS provider and its settings.
#[derive(Debug, Clone)]
pub enum ProviderConfig {
    /// `AuthKey`'s request API.
    AuthKey(AuthKeyConfig),
    /// Messages in memory, shown at `/dev/inbox`.
    Inbox,
}

/// The settings of `AuthKey`; its contract is described in `server/sms/authkey.rs`.
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
    pub fn load(source: &ConfigSource) -> Result<Self, Vec<String>> {
        Self::load_for(LoadMode::Serve, source)
    }

    /// Reads and validates all settings, for the server, `ringkey check` and the commands alike.
    ///
    /// # Errors
    /// As [`Config::load`]; for a command a missing key is one.
    pub fn load_for(mode: LoadMode, source: &ConfigSource) -> Result<Self, Vec<String>> {
        let mut read = Reader::new(source);
        let origin = origin::read(&mut read);
        let site = read.site();
        let providers = read.providers(&origin, site.site_addr);
        let otp = read.otp();
        let limits = read.limits(otp.code_guesses, otp.code_length);
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
            otp,
            session: read.session(),
            json_log: read.one_of("LOG_FORMAT", &["text", "json"]) == "json",
            log_filter: read.text("RUST_LOG"),
            shutdown_timeout: Duration::from_secs(read.number("SHUTDOWN_TIMEOUT", 1, 300)),
            database_url: read.database_url().into(),
            secret_key: secret::read_current(&mut read, &origin, mode).into(),
            previous_secret_key: secret::read_previous(&mut read).map(Into::into),
            site,
            origin,
            warnings: read.take_warnings(),
        };
        if let Err((name, words)) = check_template(&config.brand.name, config.origin.host()) {
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

    /// The previous secret, during a rotation.
    #[must_use]
    pub fn previous_secret_key(&self) -> Option<&[u8]> {
        self.previous_secret_key.as_ref().map(secrecy::ExposeSecret::expose_secret)
    }

    /// The attributes of cookies.
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
