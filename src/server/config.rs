//! The settings, read once at the start from the environment and `.env`. All findings are reported
//! together. Secrets are wrapped, so that no debug output shows them.

mod accent;
mod backup;
mod brand;
mod clear_site_data;
mod connections;
mod countries;
mod database;
mod devices;
mod finding;
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
mod webhook;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use ipnet::IpNet;
use leptos::config::LeptosOptions;
use secrecy::{ExposeSecret, SecretSlice, SecretString};

pub use backup::BackupConfig;
pub use brand::{Brand, Logo};
pub use connections::ConnectionLimits;
pub use database::{DatabaseUrl, InvalidUrl, SqliteFile, SqliteMode};
pub use devices::DeviceConfig;
pub use finding::{Finding, Severity};
pub use origin::{Origin, is_loopback_host};
pub use otp::OtpConfig;
pub use prices::Prices;
pub use puzzle::PuzzleConfig;
pub use rate_limit::RateLimit;
use reader::Reader;
pub use retention::Retention;
pub use secret::KEY_FILE;
pub use sms::{
    AuthKeyConfig, Channel, Msg91Config, ProviderConfig, SmsConfig, SmsWebhookConfig,
    SmsWebhookFormat, TwilioConfig, TwilioSender,
};
pub use source::ConfigSource;
pub use webhook::WebhookConfig;

use super::countries::Countries;
use super::open_files;
use crate::domain::limits::Limits;
use crate::domain::session::SessionConfig;
use crate::domain::sms_template;

/// The settings of one server, after validation.
#[derive(Debug, Clone)]
pub struct Config {
    /// The name, colour, logo and legal pages of this deployment.
    pub brand: Brand,
    /// The origin at which people reach the site.
    pub origin: Origin,
    /// The listen address, and the folder of the site's files.
    pub site: LeptosOptions,
    /// `true` if the site's files are those in the binary: it has them, and no folder is set.
    pub has_embedded_site: bool,
    /// The address at which Prometheus reads the metrics; `None` for no metrics.
    pub metrics_address: Option<SocketAddr>,
    /// The folder of backups and of the journal.
    pub backup: BackupConfig,
    /// The SMS providers.
    pub sms: SmsConfig,
    /// The webhook that gets notices; `None` if there is none.
    pub webhook: Option<WebhookConfig>,
    /// The countries whose phone numbers are served.
    pub countries: Countries,
    /// The length and lifetime of codes, and the resend cooldowns.
    pub otp: OtpConfig,
    /// The timeouts of sessions, and the maximum number of sessions per account.
    pub session: SessionConfig,
    /// The limits on messages and attempts, and the SMS budget.
    pub limits: Limits,
    /// The price of an SMS by country, in micro-units.
    pub prices: Prices,
    /// The lifetime of puzzles and the delay of wait tokens, in seconds.
    pub puzzles: PuzzleConfig,
    /// The start and the end of the period in which a browser is a known device, in seconds.
    pub devices: DeviceConfig,
    /// The rate limit of one client address, checked before all other limits.
    pub rate_limit: RateLimit,
    /// The retention periods of the database's rows, in seconds.
    pub retention: Retention,
    /// The proxies whose `X-Forwarded-For` is trusted.
    pub trusted_proxies: Vec<IpNet>,
    /// The `Clear-Site-Data` header of the response to a sign-out; `None` to leave it out.
    pub clear_site_data: Option<String>,
    /// The maximum numbers of concurrent connections and of concurrent requests. A trusted proxy
    /// may have all connections.
    pub connections: ConnectionLimits,
    /// `true` for a log in JSON, `false` for plain text.
    pub json_log: bool,
    /// The log filter, in the syntax of `tracing_subscriber`'s `Targets`.
    pub log_filter: String,
    /// The maximum time that a stopping server waits for requests in progress.
    pub shutdown_timeout: Duration,
    /// The findings with which the server can start.
    pub warnings: Vec<Finding>,
    /// The maximum number of connections to `PostgreSQL`.
    pub database_connections: u32,
    database_url: SecretString,
    secret_key: SecretSlice<u8>,
    previous_secret_key: Option<SecretSlice<u8>>,
}

/// The purpose for which the settings are loaded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LoadMode {
    /// The server starts. A loopback instance without a `SECRET_KEY` creates its key file; no other
    /// file is written.
    Serve,
    /// `ringkey check` runs. Nothing is created.
    Check,
    /// A command runs. A loopback instance without a `SECRET_KEY` needs the key file that the
    /// server created.
    Command,
}

impl Config {
    /// Reads and validates all settings for the server. The limit of open files is raised here,
    /// because the maximum number of connections depends on it.
    ///
    /// # Errors
    /// Returns every finding.
    pub fn load(source: &ConfigSource) -> Result<Self, Vec<Finding>> {
        Self::load_for(LoadMode::Serve, source)
    }

    /// Reads and validates all settings for the server, `ringkey check` or a command.
    ///
    /// # Errors
    /// Returns findings as [`Config::load`] does. For a command, a missing key file is a finding,
    /// too.
    pub fn load_for(mode: LoadMode, source: &ConfigSource) -> Result<Self, Vec<Finding>> {
        let mut reader = Reader::new(source);
        let read = &mut reader;
        let (origin, site, otp) = (origin::read(read), site::read(read), OtpConfig::read(read));
        let limits = limits::read(read, otp.code_guesses, otp.code_length);
        let sms = sms::read(read, &origin, site.site_addr);
        let config = Self {
            connections: ConnectionLimits::read(
                read,
                limits.subnet_factor,
                open_files::raise_limit(),
            ),
            limits,
            has_embedded_site: site::has_embedded_site(read),
            metrics_address: site::read_metrics_address(read),
            backup: BackupConfig::read(read),
            webhook: webhook::read(read),
            prices: prices::read(read, &sms),
            sms,
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
            database_connections: read.number("DATABASE_CONNECTIONS", 2, 10_000),
            database_url: database::read(read).into(),
            secret_key: secret::read_current(read, &origin, mode).into(),
            previous_secret_key: secret::read_previous(read).map(Into::into),
            site,
            origin,
            warnings: read.take_warnings(),
        };
        if let Err((name, problem)) = sms_template::check(&config.brand.name, config.origin.host())
        {
            reader.finding(name, problem, "shorten it, or write it with other characters");
        }
        reader.finish(config)
    }

    /// Returns the database's URL, which may contain a password.
    #[must_use]
    pub fn database_url(&self) -> &str {
        self.database_url.expose_secret()
    }

    /// Returns the `SQLite` file; `None` for `PostgreSQL`.
    #[must_use]
    pub fn sqlite_file(&self) -> Option<SqliteFile> {
        match DatabaseUrl::parse(self.database_url()) {
            Ok(DatabaseUrl::Sqlite(file)) => Some(file),
            _ => None,
        }
    }

    /// Returns the path of the `SQLite` file; `None` for `PostgreSQL`.
    #[must_use]
    pub fn sqlite_path(&self) -> Option<PathBuf> {
        self.sqlite_file().map(|file| file.path)
    }

    /// Returns the same settings with another database.
    #[must_use]
    pub fn with_database(self, url: &str) -> Self {
        Self { database_url: url.to_owned().into(), ..self }
    }

    /// Returns the secret from which all keys are derived.
    #[must_use]
    pub fn secret_key(&self) -> &[u8] {
        self.secret_key.expose_secret()
    }

    /// Returns the previous secret; `None` unless a rotation is in progress.
    #[must_use]
    pub fn previous_secret_key(&self) -> Option<&[u8]> {
        self.previous_secret_key.as_ref().map(secrecy::ExposeSecret::expose_secret)
    }

    /// Returns `true` if the development inbox is one of the providers.
    #[must_use]
    pub fn has_inbox(&self) -> bool {
        self.sms.providers.iter().any(|provider| matches!(provider, ProviderConfig::Inbox))
    }
}
