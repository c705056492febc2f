//! The site of a rehearsal: an operator's settings, a simulated clock, and messages in memory.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};

use ringkey::server::AppState;
use ringkey::server::clock::Clock;
use ringkey::server::config::{Config, ConfigSource};
use ringkey::server::locale::Locale;
use ringkey::server::random::Random;
use tempfile::TempDir;

use crate::shared::memory_folder;

const START_TIME: i64 = 1_800_000_000;
const DAY: i64 = 86_400;

/// The settings that a rehearsal replaces. It sends nothing, opens no port and has its own
/// database. Small puzzles only save time, because their number is counted.
const OVERRIDES: [(&str, &str); 10] = [
    ("PUBLIC_ORIGIN", "http://localhost:3000"),
    ("LEPTOS_SITE_ADDR", "127.0.0.1:3000"),
    ("SECRET_KEY", "3q2+7wABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhs="),
    ("SECRET_KEY_PREVIOUS", ""),
    ("SMS_PROVIDERS", "inbox"),
    ("AUTHKEY_API_KEY", ""),
    ("PUZZLE_BITS", "8"),
    ("PUZZLE_BITS_TOP", "9"),
    ("RUST_LOG", "off"),
    ("ALLOWED_COUNTRIES", "*"),
];

pub(crate) struct World {
    pub app: AppState,
    pub english: Locale,
    clock: Arc<AtomicI64>,
    payments: Mutex<Vec<(i64, i64)>>,
    attempts: Mutex<BTreeMap<String, Vec<(i64, u64)>>>,
    _folder: TempDir,
}

impl World {
    pub(crate) async fn open(source: &ConfigSource) -> Self {
        let folder = memory_folder();
        let database = format!("sqlite://{}/ringkey.db", folder.path().display());
        let overrides =
            OVERRIDES.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let settings = overrides.chain([("DATABASE_URL".to_owned(), database)]);
        let config = Config::load(&source.clone().with(settings)).unwrap_or_else(|findings| {
            panic!("{}", {
                let lines: Vec<String> = findings.iter().map(ToString::to_string).collect();
                lines.join("\n")
            })
        });
        let clock = Arc::new(AtomicI64::new(START_TIME));
        let app = AppState::open(config, Clock::Mock(Arc::clone(&clock)), Random::system())
            .await
            .unwrap();
        let english = app.locales.negotiate(None, "en");
        Self {
            app,
            english,
            clock,
            payments: Mutex::default(),
            attempts: Mutex::default(),
            _folder: folder,
        }
    }

    pub(crate) fn now(&self) -> i64 {
        self.clock.load(Ordering::SeqCst)
    }

    /// Moves the clock to this many seconds after the beginning. It never goes back.
    pub(crate) fn set_time(&self, seconds: i64) {
        self.clock.fetch_max(START_TIME + seconds, Ordering::SeqCst);
    }

    pub(crate) fn advance(&self, seconds: i64) {
        self.clock.fetch_add(seconds, Ordering::SeqCst);
    }

    /// Returns the code of the newest message to a number.
    pub(crate) fn code_for(&self, phone: &str) -> String {
        let messages = self.app.sms.inbox().unwrap().messages();
        messages.iter().find(|message| message.phone == phone).unwrap().code.clone()
    }

    pub(crate) fn record_sms(&self, country: &str) {
        self.payments
            .lock()
            .unwrap()
            .push((self.now(), self.app.config.prices.text_price(country)));
    }

    pub(crate) fn record_attempt(&self, phone: &str, digits: usize) {
        let worth = 10_u64.pow(u32::try_from(8 - digits.min(8)).unwrap());
        self.attempts
            .lock()
            .unwrap()
            .entry(phone.to_owned())
            .or_default()
            .push((self.now(), worth));
    }

    pub(crate) fn sms_count(&self) -> usize {
        self.payments.lock().unwrap().len()
    }

    /// Returns the cost of the most expensive 24 hours.
    pub(crate) fn max_daily_cost(&self) -> i64 {
        max_daily_sum(&self.payments.lock().unwrap())
    }

    /// Returns the odds of a right attempt at the most attacked number, in units of one in 10^8.
    pub(crate) fn worst_odds(&self) -> u64 {
        self.attempts
            .lock()
            .unwrap()
            .values()
            .map(|attempts| max_daily_sum(attempts))
            .max()
            .unwrap_or(0)
    }
}

/// Returns the largest sum of any 24 hours.
fn max_daily_sum<
    T: Copy + Default + Ord + std::ops::Add<Output = T> + std::ops::Sub<Output = T>,
>(
    all: &[(i64, T)],
) -> T {
    let (mut sum, mut max, mut oldest) = (T::default(), T::default(), 0);
    for (at, amount) in all {
        sum = sum + *amount;
        while all[oldest].0 <= at - DAY {
            sum = sum - all[oldest].1;
            oldest += 1;
        }
        max = max.max(sum);
    }
    max
}
