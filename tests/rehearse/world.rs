//! A site of the rehearsal's own: an operator's settings, a held clock, texts in memory.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};

use ringkey::server::AppState;
use ringkey::server::clock::Clock;
use ringkey::server::config::{Config, Source};
use ringkey::server::language::Language;
use ringkey::server::random::Random;
use tempfile::TempDir;

use crate::shared::memory_folder;

const BEGAN: i64 = 1_800_000_000;
const DAY: i64 = 86_400;

/// Settings that a rehearsal replaces: it sends nothing, opens no port and has a database of its own. Small puzzles only save
/// time; how many there were is counted.
const OWN: [(&str, &str); 10] = [
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
    pub english: Language,
    clock: Arc<AtomicI64>,
    payments: Mutex<Vec<(i64, i64)>>,
    guesses: Mutex<BTreeMap<String, Vec<(i64, u64)>>>,
    _folder: TempDir,
}

impl World {
    pub(crate) async fn open(source: &Source) -> Self {
        let folder = memory_folder();
        let database = format!("sqlite://{}/ringkey.db", folder.path().display());
        let own = OWN.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let settings = own.chain([("DATABASE_URL".to_owned(), database)]);
        let config = Config::load(&source.clone().with(settings)).unwrap_or_else(|findings| panic!("{}", findings.join("\n")));
        let clock = Arc::new(AtomicI64::new(BEGAN));
        let app = AppState::open(config, Clock::Held(Arc::clone(&clock)), Random::system()).await.unwrap();
        let english = app.languages.choose(None, "en");
        Self { app, english, clock, payments: Mutex::default(), guesses: Mutex::default(), _folder: folder }
    }

    pub(crate) fn now(&self) -> i64 {
        self.clock.load(Ordering::SeqCst)
    }

    /// Moves the clock to so many seconds after the beginning; it never goes back.
    pub(crate) fn at(&self, seconds: i64) {
        self.clock.fetch_max(BEGAN + seconds, Ordering::SeqCst);
    }

    pub(crate) fn pass(&self, seconds: i64) {
        self.clock.fetch_add(seconds, Ordering::SeqCst);
    }

    /// The newest text to a number.
    pub(crate) fn code_for(&self, phone: &str) -> String {
        let messages = self.app.sms.inbox().unwrap().messages();
        messages.iter().find(|message| message.phone == phone).unwrap().code.clone()
    }

    pub(crate) fn paid(&self, country: &str) {
        self.payments.lock().unwrap().push((self.now(), self.app.config.prices.of(country)));
    }

    pub(crate) fn guessed(&self, phone: &str, digits: usize) {
        let worth = 10_u64.pow(u32::try_from(8 - digits.min(8)).unwrap());
        self.guesses.lock().unwrap().entry(phone.to_owned()).or_default().push((self.now(), worth));
    }

    pub(crate) fn texts(&self) -> usize {
        self.payments.lock().unwrap().len()
    }

    /// What the dearest 24 hours cost.
    pub(crate) fn dearest_day(&self) -> i64 {
        worst(&self.payments.lock().unwrap())
    }

    /// The odds of the most guessed number, in units of one in 10^8.
    pub(crate) fn worst_odds(&self) -> u64 {
        self.guesses.lock().unwrap().values().map(|guesses| worst(guesses)).max().unwrap_or(0)
    }
}

/// The largest sum of any 24 hours.
fn worst<T: Copy + Default + Ord + std::ops::Add<Output = T> + std::ops::Sub<Output = T>>(all: &[(i64, T)]) -> T {
    let (mut sum, mut most, mut oldest) = (T::default(), T::default(), 0);
    for (at, amount) in all {
        sum = sum + *amount;
        while all[oldest].0 <= at - DAY {
            sum = sum - all[oldest].1;
            oldest += 1;
        }
        most = most.max(sum);
    }
    most
}
