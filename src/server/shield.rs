//! The shield in front of the limits: it lives in memory, costs next to nothing and writes nothing. It keeps a flood away from
//! the database; what decides over texts and guesses is there, not here.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::client_ip::Source;
use super::config::Rate;
use crate::domain::limits::counter_key::CounterKey;
use crate::domain::time::Timestamp;

/// Entries that each map holds at most; a flood from more sources than this starts them anew.
const MOST: usize = 65_536;
/// Seconds that a refusal is remembered at most, since what it was for may be given back meanwhile.
const MEMORY: i64 = 60;

/// The shield of one process.
#[derive(Debug, Clone)]
pub struct Shield {
    rate: Rate,
    subnet_factor: i64,
    memory: Arc<Mutex<Memory>>,
}

#[derive(Debug, Default)]
struct Memory {
    sources: HashMap<String, Bucket>,
    /// Apart from the sources, so that a block with many of them cannot crowd out other blocks, nor itself.
    blocks: HashMap<String, Bucket>,
    limits: HashMap<String, (Timestamp, Met)>,
    used: HashMap<Vec<u8>, Timestamp>,
    refused: HashMap<Refused, u64>,
}

/// A refusal that is told as a count, in one log line a minute, since anybody can bring it about without end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Refused {
    /// An answer with this status.
    Answer(u16),
    /// A connection that the machine had nothing left for, by the system's own number for the reason.
    Connection(i32),
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

/// The bucket of a source or block, filled by what time has brought it.
fn filled<'a>(buckets: &'a mut HashMap<String, Bucket>, whose: &str, rate: Rate, now: Timestamp) -> &'a mut Bucket {
    make_room(buckets, |bucket| bucket.filled_at >= now.plus(-MEMORY));
    let bucket = buckets.entry(whose.to_owned()).or_insert(Bucket { left: rate.burst, filled_at: now });
    let refill = now.seconds_since(bucket.filled_at).saturating_mul(rate.per_second);
    bucket.left = bucket.left.saturating_add(refill).min(rate.burst);
    bucket.filled_at = now.max(bucket.filled_at);
    bucket
}

impl Rate {
    fn times(self, factor: i64) -> Self {
        Self { per_second: self.per_second.saturating_mul(factor), burst: self.burst.saturating_mul(factor) }
    }
}

impl Shield {
    /// A shield that lets every source have this much, and its block so many times that.
    #[must_use]
    pub fn new(rate: Rate, subnet_factor: i64) -> Self {
        Self { rate, subnet_factor, memory: Arc::default() }
    }

    fn memory(&self) -> MutexGuard<'_, Memory> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether a source may ask for one more change now. Its block is asked first, so that one that has nothing left makes no more
    /// buckets; it gives something only if the source's own bucket does, since what a source is refused is not its neighbours'.
    #[must_use]
    pub fn admits(&self, source: &Source, now: Timestamp) -> bool {
        let mut memory = self.memory();
        let Memory { sources, blocks, .. } = &mut *memory;
        let block = filled(blocks, &source.block, self.rate.times(self.subnet_factor), now);
        if block.left <= 0 {
            return false;
        }
        let own = filled(sources, &source.name, self.rate, now);
        let admits = own.left > 0;
        own.left -= i64::from(admits);
        block.left -= i64::from(admits);
        admits
    }

    /// Remembers that a proof was used, so that its next use need not ask the database.
    pub fn remember_used(&self, proof: &[u8], expires_at: Timestamp, now: Timestamp) {
        let mut memory = self.memory();
        make_room(&mut memory.used, |until| *until > now);
        memory.used.insert(proof.to_vec(), expires_at);
    }

    /// Whether a proof is known to be used. One that is not may be all the same: the database decides.
    #[must_use]
    pub fn was_used(&self, proof: &[u8], now: Timestamp) -> bool {
        self.memory().used.get(proof).is_some_and(|until| *until > now)
    }

    /// Remembers for a while what a counter came to.
    pub fn remember(&self, counter: &CounterKey, met: Met, now: Timestamp) {
        let mut memory = self.memory();
        make_room(&mut memory.limits, |(until, _)| *until > now);
        let until = match met {
            Met::Full(room_at) => room_at.min(now.plus(MEMORY)),
            Met::Proof(_) => now.plus(MEMORY),
        };
        memory.limits.insert(counter.name().to_owned(), (until, met));
    }

    /// Forgets what counters came to, since they have moved on.
    pub fn forget<'a>(&self, counters: impl IntoIterator<Item = &'a CounterKey>) {
        let mut memory = self.memory();
        for counter in counters {
            memory.limits.remove(counter.name());
        }
    }

    /// What these counters are known to come to: the one that is full the longest, or else the hardest proof. `None` if the
    /// database has to be asked.
    #[must_use]
    pub fn recall<'a>(&self, counters: impl IntoIterator<Item = &'a CounterKey>, now: Timestamp) -> Option<Met> {
        let memory = self.memory();
        let known = counters.into_iter().filter_map(|counter| memory.limits.get(counter.name()));
        known.filter(|(until, _)| *until > now).map(|(_, met)| *met).max_by_key(|met| match met {
            Met::Full(room_at) => (u8::MAX, room_at.0),
            Met::Proof(bits) => (*bits, 0),
        })
    }

    /// Counts a refusal, for one log line a minute instead of one each.
    pub fn count_refusal(&self, refused: Refused) {
        *self.memory().refused.entry(refused).or_default() += 1;
    }

    /// The refusals since this was last asked.
    #[must_use]
    pub fn take_refusals(&self) -> Vec<(Refused, u64)> {
        self.memory().refused.drain().collect()
    }
}

fn make_room<K, T>(map: &mut HashMap<K, T>, still: impl Fn(&T) -> bool) {
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
    use crate::domain::limits::counter_key::CounterKind;

    const NOW: Timestamp = Timestamp(1_000);

    fn source(name: &str, block: &str) -> Source {
        Source { name: name.into(), block: block.into() }
    }

    #[test]
    fn a_source_has_its_burst_and_then_its_rate() {
        let shield = Shield::new(Rate { per_second: 2, burst: 3 }, 2);
        assert_eq!([(); 4].map(|()| shield.admits(&source("a", "a/24"), NOW)), [true, true, true, false]);
        assert!(shield.admits(&source("b", "b/24"), NOW), "another source has its own");
        assert_eq!([(); 3].map(|()| shield.admits(&source("a", "a/24"), NOW.plus(1))), [true, true, false]);
        assert!(!shield.admits(&source("a", "a/24"), NOW), "a clock that goes back gives nothing");
        assert_eq!([(); 4].map(|()| shield.admits(&source("a", "a/24"), NOW.plus(99))), [true, true, true, false]);
    }

    #[test]
    fn a_block_has_so_many_times_its_sources_rate() {
        let shield = Shield::new(Rate { per_second: 2, burst: 3 }, 2);
        let admitted = |now| (0..20).filter(|i| shield.admits(&source(&i.to_string(), "a/24"), now)).count();
        assert_eq!([admitted(NOW), admitted(NOW), admitted(NOW.plus(1))], [6, 0, 4]);
        assert!(shield.admits(&source("x", "b/24"), NOW), "another block has its own");
    }

    #[test]
    fn a_used_proof_is_remembered_until_it_expires() {
        let shield = Shield::new(Rate { per_second: 1, burst: 1 }, 1);
        shield.remember_used(b"proof", NOW.plus(600), NOW);
        assert!(shield.was_used(b"proof", NOW.plus(599)) && !shield.was_used(b"proof", NOW.plus(600)));
        assert!(!shield.was_used(b"other", NOW));
    }

    #[test]
    fn a_full_counter_is_remembered_for_a_minute_at_most() {
        let shield = Shield::new(Rate { per_second: 1, burst: 1 }, 1);
        let (full, other) = (CounterKey::new(CounterKind::SentAddress, "a"), CounterKey::new(CounterKind::SentAddress, "b"));
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
        let shield = Shield::new(Rate { per_second: 1, burst: 1 }, 1);
        for i in 0..MOST + 10 {
            assert!(shield.admits(&source(&i.to_string(), &format!("{i}/24")), NOW));
        }
        assert!(shield.memory().sources.len() <= MOST && shield.memory().blocks.len() <= MOST);
    }

    #[test]
    fn however_many_sources_a_block_has_nobody_gets_more_by_them() {
        let shield = Shield::new(Rate { per_second: 2, burst: 3 }, 2);
        while shield.admits(&source("2001:db8:9:1::/64", "2001:db8:9::/48"), NOW) {}
        let admitted = (0..70_000).filter(|i| shield.admits(&source(&format!("{i:x}/64"), "2001:db8:1::/48"), NOW)).count();
        assert_eq!(admitted, 6, "the block's figure");
        assert!(!shield.admits(&source("2001:db8:9:1::/64", "2001:db8:9::/48"), NOW), "its refusals are remembered");
        assert_eq!(shield.memory().sources.len(), 7, "sources that were refused by their block left nothing");
    }

    #[test]
    fn refusals_are_counted_and_told_once() {
        let shield = Shield::new(Rate { per_second: 1, burst: 1 }, 1);
        for _ in 0..2 {
            shield.count_refusal(Refused::Answer(429));
        }
        assert_eq!(shield.take_refusals(), [(Refused::Answer(429), 2)]);
        assert!(shield.take_refusals().is_empty());
    }
}
