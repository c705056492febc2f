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
    limits: HashMap<String, (Timestamp, Met)>,
    refused: HashMap<u16, u64>,
}

/// What a request met in the database, and another like it would meet again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Met {
    /// A counter that is full until then.
    Full(Timestamp),
    /// A counter that asks for a proof of so many bits.
    Proof(u8),
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

    /// Remembers for a while what a counter came to.
    pub fn remember(&self, counter: &Key, met: Met, now: Timestamp) {
        let mut memory = self.memory();
        make_room(&mut memory.limits, |(until, _)| *until > now);
        let until = match met {
            Met::Full(room_at) => room_at.min(now.plus(MEMORY)),
            Met::Proof(_) => now.plus(MEMORY),
        };
        memory.limits.insert(counter.name().to_owned(), (until, met));
    }

    /// Forgets what counters came to, since they have moved on.
    pub fn forget<'a>(&self, counters: impl IntoIterator<Item = &'a Key>) {
        let mut memory = self.memory();
        for counter in counters {
            memory.limits.remove(counter.name());
        }
    }

    /// What these counters are known to come to: the one that is full the longest, or else the hardest proof. `None` if the
    /// database has to be asked.
    #[must_use]
    pub fn recall<'a>(&self, counters: impl IntoIterator<Item = &'a Key>, now: Timestamp) -> Option<Met> {
        let memory = self.memory();
        let known = counters.into_iter().filter_map(|counter| memory.limits.get(counter.name()));
        known.filter(|(until, _)| *until > now).map(|(_, met)| *met).max_by_key(|met| match met {
            Met::Full(room_at) => (u8::MAX, room_at.0),
            Met::Proof(bits) => (*bits, 0),
        })
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
        let hour = Met::Full(NOW.plus(3_600));
        shield.remember(&full, hour, NOW);
        assert_eq!(shield.recall([&other, &full], NOW.plus(59)), Some(hour));
        assert_eq!(shield.recall([&other], NOW), None);
        shield.remember(&other, Met::Proof(18), NOW);
        assert_eq!(shield.recall([&other], NOW), Some(Met::Proof(18)));
        assert_eq!(shield.recall([&other, &full], NOW), Some(hour));
        assert_eq!(shield.recall([&other, &full], NOW.plus(60)), None);
        shield.forget([&full]);
        assert_eq!(shield.recall([&other, &full], NOW), Some(Met::Proof(18)));
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
