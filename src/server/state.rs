//! The state that all requests share.

use std::sync::Arc;

use super::clock::Clock;
use super::config::Config;
use super::cookie::CookieConfig;
use super::error::Error;
use super::locale::Locales;
use super::puzzle::Puzzles;
use super::random::Random;
use super::rate_limiter::RateLimiter;
use super::refusal_cache::RefusalCache;
use super::refusal_counts::RefusalCounts;
use super::sms::SmsSender;
use super::store::Store;
use super::token::KeyRing;

/// Settings, storage, keys, providers, clock and randomness of the use cases.
#[derive(Debug, Clone)]
pub struct AppState {
    /// The settings, validated.
    pub config: Arc<Config>,
    /// The database.
    pub store: Store,
    /// The keys.
    pub keys: Arc<KeyRing>,
    /// What is said to people, in every language.
    pub locales: Locales,
    /// The attributes of cookies.
    pub cookies: CookieConfig,
    /// The SMS providers.
    pub sms: Arc<SmsSender>,
    /// The rate limiter in front of the database.
    pub rate_limiter: RateLimiter,
    /// The refusals that need no query.
    pub refusal_cache: RefusalCache,
    /// The counts of refusals for the log.
    pub refusal_counts: RefusalCounts,
    /// The clock.
    pub clock: Clock,
    /// The random number generator.
    pub random: Random,
}

impl AppState {
    /// Opens the database and makes the rest ready.
    ///
    /// # Errors
    /// When the database cannot be opened or migrated.
    pub async fn open(config: Config, clock: Clock, random: Random) -> Result<Self, Error> {
        let store = Store::connect(config.database_url()).await?;
        Self::with_store(store, config, clock, random)
    }

    /// The state of a command, which makes no database and changes no schema.
    ///
    /// # Errors
    /// When there is no database, it is not up to date, or it cannot be opened.
    pub async fn open_existing(config: Config, clock: Clock, random: Random) -> Result<Self, Error> {
        let store = Store::connect_existing(config.database_url()).await?;
        Self::with_store(store, config, clock, random)
    }

    fn with_store(store: Store, config: Config, clock: Clock, random: Random) -> Result<Self, Error> {
        let keys = Arc::new(KeyRing::new(config.origin.as_str(), config.secret_key(), config.previous_secret_key()));
        let sms = Arc::new(SmsSender::new(&config.providers, &config.brand.name, config.origin.host()));
        let cookies = CookieConfig { secure: config.origin.is_https() };
        let rate_limiter = RateLimiter::new(config.rate_limit, config.limits.subnet_factor);
        let locales = Locales::load()?;
        Ok(Self {
            config: Arc::new(config),
            store,
            keys,
            locales,
            cookies,
            sms,
            rate_limiter,
            refusal_cache: RefusalCache::default(),
            refusal_counts: RefusalCounts::default(),
            clock,
            random,
        })
    }
    /// The issuer of puzzles.
    #[must_use]
    pub fn puzzles(&self) -> Puzzles<'_> {
        Puzzles { keys: &self.keys, random: &self.random, config: self.config.puzzles }
    }
}
