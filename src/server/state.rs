//! The application state that all requests share.

use std::sync::Arc;

use super::clock::Clock;
use super::config::Config;
use super::cookie::CookieConfig;
use super::data_key::DataKey;
use super::error::Error;
use super::locale::Locales;
use super::metrics::Metrics;
use super::passkeys::Passkeys;
use super::puzzle::Puzzles;
use super::random::Random;
use super::rate_limiter::RateLimiter;
use super::recovery_hasher::RecoveryHasher;
use super::refusal_cache::RefusalCache;
use super::refusal_counts::RefusalCounts;
use super::sms::SmsSender;
use super::store::{SEEN_PRECISION, Store};
use super::token::KeyRing;
use crate::domain::limits::stripes::{Stripes, stripe_count};
use crate::domain::time::Timestamp;

/// The settings, storage, keys, providers, clock and randomness that use cases need.
#[derive(Debug, Clone)]
pub struct AppState {
    /// The settings, validated at the start.
    pub config: Arc<Config>,
    /// The database: `SQLite` or `PostgreSQL`.
    pub store: Store,
    /// The keys that derive from `SECRET_KEY` and `SECRET_KEY_PREVIOUS`.
    pub keys: Arc<KeyRing>,
    /// The messages for people in all locales.
    pub locales: Locales,
    /// The attributes of cookies for `PUBLIC_ORIGIN`.
    pub cookies: CookieConfig,
    /// The SMS providers, in the order in which they are tried.
    pub sms: Arc<SmsSender>,
    /// The metrics of this instance.
    pub metrics: Arc<Metrics>,
    /// The ceremonies with which passkeys are added and used.
    pub passkeys: Passkeys,
    /// The data key of the database, for the pseudonyms of phone numbers.
    pub data_key: DataKey,
    /// The hasher of recovery codes.
    pub recovery_hasher: RecoveryHasher,
    /// The rate limiter in front of the database.
    pub rate_limiter: RateLimiter,
    /// The cache of refusals, which need no database query.
    pub refusal_cache: RefusalCache,
    /// The counts of refusals and health checks for the log.
    pub refusal_counts: RefusalCounts,
    /// The clock, which tests replace with their own.
    pub clock: Clock,
    /// The random number generator, which tests replace with one that fails.
    pub random: Random,
    /// The number of stripes of shared counters.
    stripe_count: i64,
}

impl AppState {
    /// Opens and migrates the database, and creates the other parts of the state.
    ///
    /// # Errors
    /// Fails if the database cannot be opened or migrated.
    pub async fn open(config: Config, clock: Clock, random: Random) -> Result<Self, Error> {
        let store = Store::connect(config.database_url(), config.database_connections).await?;
        let keys = key_ring(&config);
        let data_key = DataKey::open(&store, &keys, random).await?;
        Self::with_store(store, config, (keys, data_key), clock, random)
    }

    /// Opens the state of a restored database as [`AppState::open`] does, but begins no new data
    /// key.
    ///
    /// # Errors
    /// Fails also if the database has a data key that no key of the ring decrypts.
    pub async fn open_restored(
        config: Config,
        clock: Clock,
        random: Random,
    ) -> Result<Self, Error> {
        let store = Store::connect(config.database_url(), config.database_connections).await?;
        let keys = key_ring(&config);
        if DataKey::is_of_other_keys(&store, &keys).await? {
            store.close().await;
            return Err(Error::OtherKey);
        }
        let data_key = DataKey::open(&store, &keys, random).await?;
        Self::with_store(store, config, (keys, data_key), clock, random)
    }

    /// Opens the state for a command. No database is created, and no schema is changed.
    ///
    /// # Errors
    /// Fails if there is no database, if its schema is not current, or if it cannot be opened.
    pub async fn open_existing(
        config: Config,
        clock: Clock,
        random: Random,
    ) -> Result<Self, Error> {
        let store =
            Store::connect_existing(config.database_url(), config.database_connections).await?;
        let keys = key_ring(&config);
        let data_key = DataKey::open_existing(&store, &keys, random).await?;
        Self::with_store(store, config, (keys, data_key), clock, random)
    }

    fn with_store(
        store: Store,
        config: Config,
        (keys, data_key): (KeyRing, DataKey),
        clock: Clock,
        random: Random,
    ) -> Result<Self, Error> {
        let keys = Arc::new(keys);
        let metrics = Arc::new(Metrics::default());
        let sms = Arc::new(SmsSender::new(&config, &keys, Arc::clone(&metrics)));
        let cookies = CookieConfig { secure: config.origin.is_https() };
        let rate_limiter = RateLimiter::new(config.rate_limit, config.limits.subnet_factor);
        let passkeys = Passkeys::new(&config.origin, &config.brand.name, Arc::clone(&keys));
        let recovery_hasher = RecoveryHasher::new(data_key.recovery_pepper);
        let locales = Locales::load(sms.can_call())?;
        let stripe_count = stripe_count(&config.limits.budget, config.prices.highest());
        Ok(Self {
            config: Arc::new(config),
            store,
            keys,
            locales,
            cookies,
            sms,
            metrics,
            passkeys,
            data_key,
            recovery_hasher,
            rate_limiter,
            refusal_cache: RefusalCache::default(),
            refusal_counts: RefusalCounts::default(),
            clock,
            random,
            stripe_count,
        })
    }

    /// Returns the time of the last visit at or before which an account is dormant.
    #[must_use]
    pub fn dormant_before(&self, now: Timestamp) -> Timestamp {
        // The last visit may have been a day later than it was written.
        now.plus(-self.config.session.dormant_after - SEEN_PRECISION)
    }

    /// Returns the stripes of shared counters for one request.
    #[must_use]
    pub fn next_stripes(&self) -> Stripes {
        self.store.next_stripes(self.stripe_count)
    }

    /// Returns the issuer and verifier of puzzles.
    #[must_use]
    pub fn puzzles(&self) -> Puzzles<'_> {
        Puzzles { keys: &self.keys, random: &self.random, config: self.config.puzzles }
    }
}

fn key_ring(config: &Config) -> KeyRing {
    KeyRing::new(config.origin.as_str(), config.secret_key(), config.previous_secret_key())
}
