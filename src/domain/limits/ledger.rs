//! The counters that a decision looks at, as they were read: sums over sliding windows, and when there is room again.

use std::collections::BTreeMap;

use super::key::Key;
use crate::domain::time::Timestamp;

/// One change of a counter: so much, in the slot of that moment. A negative one gives back what was spent then.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The counter.
    pub key: Key,
    /// The moment whose slot is changed.
    pub at: Timestamp,
    /// How much.
    pub amount: i64,
}

impl Entry {
    /// A change.
    #[must_use]
    pub fn new(key: Key, at: Timestamp, amount: i64) -> Self {
        Self { key, at, amount }
    }
}

/// Slots by counter name, in any order: when each began, and a part of what it holds. It has nothing of other counters than
/// those that it was made for, and no rule may look at them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ledger(BTreeMap<String, Vec<(i64, i64)>>);

impl Ledger {
    /// An empty one of these counters.
    #[must_use]
    pub fn of(keys: &[Key]) -> Self {
        Self(keys.iter().map(|key| (key.name().to_owned(), Vec::new())).collect())
    }

    /// Takes in a slot as the database has it.
    pub fn load(&mut self, key: &Key, slot_at: i64, count: i64) {
        if let Some(slots) = self.0.get_mut(key.name()) {
            slots.push((slot_at, count));
        }
    }

    /// Applies changes that the database has, or has not, seen.
    pub fn apply(&mut self, entries: &[Entry]) {
        for entry in entries {
            self.load(&entry.key, entry.key.slot_at(entry.at), entry.amount);
        }
    }

    /// The same with the changes taken out again.
    pub fn without(&mut self, entries: &[Entry]) {
        for entry in entries {
            self.load(&entry.key, entry.key.slot_at(entry.at), -entry.amount);
        }
    }

    /// What the counter holds of the last `span` seconds. A slot that is half outside counts whole.
    #[must_use]
    pub fn total(&self, key: &Key, span: i64, now: Timestamp) -> i64 {
        self.slots(key, span, now).map(|(_, count)| count).sum()
    }

    /// Seconds until `more` fits under `limit` in a window of `span` seconds; `None` if it never will.
    #[must_use]
    pub fn room_in(&self, key: &Key, span: i64, limit: i64, more: i64, now: Timestamp) -> Option<i64> {
        let mut left = self.total(key, span, now) + more - limit;
        let (mut wait, mut slots) = (0, BTreeMap::<_, i64>::new());
        for (slot_at, count) in self.slots(key, span, now) {
            *slots.entry(slot_at).or_default() += count;
        }
        for (slot_at, count) in slots {
            if left <= 0 {
                break;
            }
            left -= count;
            wait = slot_at + key.slot() + span - now.0;
        }
        (left <= 0).then_some(wait)
    }

    fn slots(&self, key: &Key, span: i64, now: Timestamp) -> impl Iterator<Item = (i64, i64)> {
        let (from, width) = (now.0 - span, key.slot());
        let slots = self.0.get(key.name());
        // A limit on what was never read would hold nobody back.
        debug_assert!(slots.is_some() && span <= key.window(), "{} was not read {span} seconds back", key.name());
        let slots = slots.into_iter().flatten();
        slots.copied().filter(move |(slot_at, _)| slot_at + width > from)
    }
}

#[cfg(test)]
impl Ledger {
    /// One of these changes and nothing else.
    pub(crate) fn holding(entries: &[Entry]) -> Self {
        let mut ledger = Self::of(&entries.iter().map(|entry| entry.key.clone()).collect::<Vec<_>>());
        ledger.apply(entries);
        ledger
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::key::Family;
    use super::*;

    fn key() -> Key {
        Key::new(Family::SentNumber, "+1")
    }

    fn at(seconds: i64) -> Timestamp {
        Timestamp(1_800_000_000 + seconds)
    }

    #[test]
    fn a_slot_counts_until_its_last_second_has_left_the_window() {
        let ledger = Ledger::holding(&[Entry::new(key(), at(299), 2)]);
        assert_eq!(ledger.total(&key(), 3_600, at(3_600 + 299)), 2);
        assert_eq!(ledger.total(&key(), 3_600, at(3_600 + 300)), 0);
        assert_eq!(ledger.room_in(&key(), 3_600, 2, 1, at(1_000)), Some(2_900));
        assert_eq!(ledger.room_in(&key(), 3_600, 3, 1, at(1_000)), Some(0));
        assert_eq!(ledger.room_in(&key(), 3_600, 0, 1, at(1_000)), None, "never, with a limit below one");
    }

    #[test]
    fn what_is_given_back_is_taken_from_the_slot_in_which_it_was_spent() {
        let mut ledger = Ledger::holding(&[Entry::new(key(), at(0), 5), Entry::new(key(), at(600), 5)]);
        ledger.apply(&[Entry::new(key(), at(0), -3)]);
        assert_eq!(ledger.total(&key(), 3_600, at(700)), 7);
        assert_eq!(ledger.total(&key(), 3_600, at(3_900)), 5, "the second spending is whole");
        ledger.without(&[Entry::new(key(), at(600), 5)]);
        assert_eq!(ledger.total(&key(), 3_600, at(700)), 2);
    }

    proptest! {
        #[test]
        fn no_window_of_the_span_ever_holds_more_than_the_limit(steps in prop::collection::vec(0_i64..900, 1..200), limit in 1_i64..9) {
            let (mut ledger, mut now, mut spent) = (Ledger::of(&[key()]), 0, Vec::new());
            for step in steps {
                now += step;
                match ledger.room_in(&key(), 3_600, limit, 1, at(now)) {
                    Some(0) => {
                        ledger.apply(&[Entry::new(key(), at(now), 1)]);
                        spent.push(now);
                    }
                    Some(wait) => prop_assert_eq!(ledger.room_in(&key(), 3_600, limit, 1, at(now + wait)), Some(0), "there is room then"),
                    None => prop_assert!(false, "there is room some day"),
                }
                let held = spent.iter().filter(|then| **then > now - 3_600).count();
                prop_assert!(i64::try_from(held).unwrap() <= limit);
            }
        }
    }
}
