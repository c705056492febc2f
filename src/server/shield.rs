//! The shield in front of the limits: it lives in memory, costs next to nothing and writes nothing. It keeps a flood away from
//! the database; what decides over texts and guesses is there, not here.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::domain::limits::key::Key;
use crate::domain::time::Timestamp;

/// Entries that each map holds at most; a flood from more sources than this starts them anew.
const MOST: usize = 65_536;
/// Seconds that a refusal is remembered at most, since what it was for may be given back meanwhile.
const MEMORY: i64 = 60;

/// What one source may ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// Changes a second, in the long run.
    pub per_second: i64,
    /// Changes at once.
    pub burst: i64,
}

/// The shield of one process.
#[derive(Debug, Clone)]
pub struct Shield {
    rate: Rate,
    memory: Arc<Mutex<Memory>>,
}

#[derive(Debug, Default)]
struct Memory {
    buckets: HashMap<String, Bucket>,
    full: HashMap<String, Timestamp>,
    refused: HashMap<u16, u64>,
}

#[derive(Debug, Clone, Copy)]
struct Bucket {
    left: i64,
    filled_at: Timestamp,
}

impl Shield {
    /// A shield that lets every source have this much.
    #[must_use]
    pub fn new(rate: Rate) -> Self {
        Self { rate, memory: Arc::default() }
    }

    fn memory(&self) -> MutexGuard<'_, Memory> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether a source may ask for one more change now.
    #[must_use]
    pub fn admits(&self, source: &str, now: Timestamp) -> bool {
        let mut memory = self.memory();
        make_room(&mut memory.buckets, |bucket| bucket.filled_at >= now.plus(-MEMORY));
        let full = Bucket { left: self.rate.burst, filled_at: now };
        let bucket = memory.buckets.entry(source.to_owned()).or_insert(full);
        let refill = now.seconds_from(bucket.filled_at).saturating_mul(self.rate.per_second);
        *bucket = Bucket { left: bucket.left.saturating_add(refill).min(self.rate.burst), filled_at: now.max(bucket.filled_at) };
        let admits = bucket.left > 0;
        bucket.left -= i64::from(admits);
        admits
    }

    /// Remembers that a counter is full for a while.
    pub fn remember(&self, full: &Key, retry_after: i64, now: Timestamp) {
        let mut memory = self.memory();
        make_room(&mut memory.full, |until| *until > now);
        memory.full.insert(full.name().to_owned(), now.plus(retry_after.min(MEMORY)));
    }

    /// Seconds until it is worth asking the database about these counters again; `None` if that is now.
    #[must_use]
    pub fn waits<'a>(&self, keys: impl IntoIterator<Item = &'a Key>, now: Timestamp) -> Option<i64> {
        let memory = self.memory();
        let waits = keys.into_iter().filter_map(|key| memory.full.get(key.name()));
        waits.map(|until| until.seconds_from(now)).max().filter(|wait| *wait > 0)
    }

    /// Counts a refusal, for one log line a minute instead of one each.
    pub fn count_refusal(&self, status: u16) {
        *self.memory().refused.entry(status).or_default() += 1;
    }

    /// The refusals since this was last asked.
    #[must_use]
    pub fn take_refusals(&self) -> Vec<(u16, u64)> {
        self.memory().refused.drain().collect()
    }
}

fn make_room<T>(map: &mut HashMap<String, T>, still: impl Fn(&T) -> bool) {
    if map.len() >= MOST {
        map.retain(|_, value| still(value));
    }
    if map.len() >= MOST {
        map.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::limits::key::Family;

    const NOW: Timestamp = Timestamp(1_000);

    #[test]
    fn a_source_has_its_burst_and_then_its_rate() {
        let shield = Shield::new(Rate { per_second: 2, burst: 3 });
        assert_eq!([(); 4].map(|()| shield.admits("a", NOW)), [true, true, true, false]);
        assert!(shield.admits("b", NOW), "another source has its own");
        assert_eq!([(); 3].map(|()| shield.admits("a", NOW.plus(1))), [true, true, false]);
        assert!(!shield.admits("a", NOW), "a clock that goes back gives nothing");
        assert_eq!([(); 4].map(|()| shield.admits("a", NOW.plus(99))), [true, true, true, false]);
    }

    #[test]
    fn a_full_counter_is_remembered_for_a_minute_at_most() {
        let shield = Shield::new(Rate { per_second: 1, burst: 1 });
        let (full, other) = (Key::new(Family::SentSource, "a"), Key::new(Family::SentSource, "b"));
        shield.remember(&full, 3_600, NOW);
        assert_eq!(shield.waits([&other, &full], NOW), Some(60));
        assert_eq!(shield.waits([&other], NOW), None);
        assert_eq!(shield.waits([&full], NOW.plus(60)), None);
    }

    #[test]
    fn the_memory_is_bounded() {
        let shield = Shield::new(Rate { per_second: 1, burst: 1 });
        for i in 0..MOST + 10 {
            assert!(shield.admits(&i.to_string(), NOW));
        }
        assert!(shield.memory().buckets.len() <= MOST);
    }

    #[test]
    fn refusals_are_counted_and_told_once() {
        let shield = Shield::new(Rate { per_second: 1, burst: 1 });
        shield.count_refusal(429);
        shield.count_refusal(429);
        assert_eq!(shield.take_refusals(), [(429, 2)]);
        assert!(shield.take_refusals().is_empty());
    }
}
