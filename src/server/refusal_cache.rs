//! An in-memory cache of reached limits and used puzzles, so that repeated requests do not reach
//! the database. An entry can only cause a refusal; without an entry the database decides.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::rate_limiter::make_room;
use crate::domain::limits::counter_key::CounterKey;
use crate::domain::time::Timestamp;

/// The maximum lifetime of a cached refusal, in seconds. A refund may end the reason for a refusal
/// earlier.
const MAX_AGE: i64 = 60;

/// The refusal cache of one process.
#[derive(Debug, Clone, Default)]
pub struct RefusalCache(Arc<Mutex<Entries>>);

#[derive(Debug, Default)]
struct Entries {
    counters: HashMap<String, (Timestamp, CachedRefusal)>,
    used_puzzles: HashMap<Vec<u8>, Timestamp>,
}

/// A refusal because of a counter. The next request with the same counter would get the same
/// refusal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CachedRefusal {
    /// The counter is full until this time.
    Full(Timestamp),
    /// The counter requires a proof of work of this many bits.
    RequireProof(u8),
}

impl RefusalCache {
    fn entries(&self) -> MutexGuard<'_, Entries> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Caches, until the puzzle expires, that a puzzle was used.
    pub fn insert_used(&self, puzzle: &[u8], expires_at: Timestamp, now: Timestamp) {
        let mut entries = self.entries();
        make_room(&mut entries.used_puzzles, |expires_at| *expires_at > now);
        entries.used_puzzles.insert(puzzle.to_vec(), expires_at);
    }

    /// Returns `true` if the cache knows that a puzzle was used.
    #[must_use]
    pub fn is_used(&self, puzzle: &[u8], now: Timestamp) -> bool {
        self.entries().used_puzzles.get(puzzle).is_some_and(|expires_at| *expires_at > now)
    }

    /// Caches a refusal because of a counter, for at most a minute.
    pub fn insert(&self, counter: &CounterKey, refusal: CachedRefusal, now: Timestamp) {
        let mut entries = self.entries();
        make_room(&mut entries.counters, |(expires_at, _)| *expires_at > now);
        let expires_at = match refusal {
            CachedRefusal::Full(until) => until.min(now.plus(MAX_AGE)),
            CachedRefusal::RequireProof(_) => now.plus(MAX_AGE),
        };
        entries.counters.insert(counter.name().to_owned(), (expires_at, refusal));
    }

    /// Removes the refusals because of these counters, which have changed.
    pub fn invalidate<'a>(&self, counters: impl IntoIterator<Item = &'a CounterKey>) {
        let mut entries = self.entries();
        for counter in counters {
            entries.counters.remove(counter.name());
        }
    }

    /// Returns the strictest cached refusal because of these counters: the one of the counter that
    /// stays full the longest, or, if none is full, the one that requires the hardest proof.
    #[must_use]
    pub fn get<'a>(
        &self,
        counters: impl IntoIterator<Item = &'a CounterKey>,
        now: Timestamp,
    ) -> Option<(&'a CounterKey, CachedRefusal)> {
        let entries = self.entries();
        let cached = counters.into_iter().filter_map(|counter| {
            let (expires_at, refusal) = entries.counters.get(counter.name())?;
            (*expires_at > now).then_some((counter, *refusal))
        });
        cached.max_by_key(|(_, refusal)| match refusal {
            CachedRefusal::Full(until) => (u8::MAX, until.0),
            CachedRefusal::RequireProof(bits) => (*bits, 0),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::limits::counter_key::CounterKind;

    const NOW: Timestamp = Timestamp(1_000);

    #[test]
    fn a_used_puzzle_is_cached_until_it_expires() {
        let cache = RefusalCache::default();
        cache.insert_used(b"puzzle", NOW.plus(600), NOW);
        assert!(
            cache.is_used(b"puzzle", NOW.plus(599)) && !cache.is_used(b"puzzle", NOW.plus(600))
        );
        assert!(!cache.is_used(b"other", NOW));
    }

    #[test]
    fn a_full_counter_is_cached_for_a_minute_at_most() {
        let cache = RefusalCache::default();
        let (full, other) = (
            CounterKey::new(CounterKind::SentAddress, "a"),
            CounterKey::new(CounterKind::SentAddress, "b"),
        );
        let hour = CachedRefusal::Full(NOW.plus(3_600));
        cache.insert(&full, hour, NOW);
        assert_eq!(cache.get([&other, &full], NOW.plus(59)), Some((&full, hour)));
        assert_eq!(cache.get([&other], NOW), None);
        cache.insert(&other, CachedRefusal::RequireProof(18), NOW);
        let proof = (&other, CachedRefusal::RequireProof(18));
        assert_eq!(cache.get([&other], NOW), Some(proof));
        assert_eq!(cache.get([&other, &full], NOW), Some((&full, hour)));
        assert_eq!(cache.get([&other, &full], NOW.plus(60)), None);
        cache.invalidate([&full]);
        assert_eq!(cache.get([&other, &full], NOW), Some(proof));
    }
}
