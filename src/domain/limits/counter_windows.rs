//! The counters that one decision has read, with their totals over sliding windows and the time
//! until a window has room.

use std::collections::BTreeMap;

use super::counter_key::CounterKey;
use crate::domain::time::Timestamp;

/// The guard value of a counter that has no guard yet.
pub const NO_GUARD: i64 = 0;

/// A change of one bucket of a counter. A negative amount is a refund.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CounterDelta {
    /// The counter that changes.
    pub key: CounterKey,
    /// A time in the bucket that changes.
    pub at: Timestamp,
    /// The number that is added to the count, negative for a refund.
    pub amount: i64,
}

impl CounterDelta {
    /// Returns a change by `amount` in the bucket that contains `at`.
    #[must_use]
    pub fn new(key: CounterKey, at: Timestamp, amount: i64) -> Self {
        Self { key, at, amount }
    }

    /// Returns `true` if the change raises a guard.
    #[must_use]
    pub fn is_guarded(&self) -> bool {
        self.key.is_exact() && self.amount > 0
    }
}

/// A bucket of a counter, or a part of one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Bucket {
    /// The start of the bucket, in Unix seconds.
    start: i64,
    stripe: i64,
    count: i64,
}

/// The buckets of counters, by the counter's name and in any order. Only the counters that
/// [`CounterWindows::new`] got are known, and no limit may read another counter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CounterWindows {
    buckets: BTreeMap<String, Vec<Bucket>>,
    /// The guard values by the counter's name and stripe; a missing one is zero.
    guards: BTreeMap<(String, i64), i64>,
}

impl CounterWindows {
    /// Returns the windows of these counters, without any bucket.
    #[must_use]
    pub fn new(keys: &[CounterKey]) -> Self {
        let buckets = keys.iter().map(|key| (key.name().to_owned(), Vec::new())).collect();
        Self { buckets, guards: BTreeMap::new() }
    }

    /// Adds a bucket, or a part of one, to a counter that is known.
    pub fn load(&mut self, name: &str, start: i64, stripe: i64, count: i64) {
        if let Some(buckets) = self.buckets.get_mut(name) {
            buckets.push(Bucket { start, stripe, count });
        }
    }

    /// Sets the guard value of a counter's stripe.
    pub fn load_guard(&mut self, name: String, stripe: i64, value: i64) {
        self.guards.insert((name, stripe), value);
    }

    /// Returns the guard value of a counter's stripe; [`NO_GUARD`] if it has no guard.
    #[must_use]
    pub fn guard(&self, key: &CounterKey, stripe: i64) -> i64 {
        self.guards.get(&(key.name().to_owned(), stripe)).copied().unwrap_or(NO_GUARD)
    }

    /// Returns `true` if this counter was read.
    #[must_use]
    pub fn has_read(&self, key: &CounterKey) -> bool {
        self.buckets.contains_key(key.name())
    }

    /// Adds these changes to the buckets of their counters.
    pub fn apply(&mut self, deltas: &[CounterDelta]) {
        for delta in deltas {
            self.load(delta.key.name(), delta.key.bucket_start(delta.at), 0, delta.amount);
        }
    }

    /// Returns the total of a counter over the last `span` seconds. A bucket that is partly in the
    /// window counts whole.
    #[must_use]
    pub fn total(&self, key: &CounterKey, span: i64, now: Timestamp) -> i64 {
        self.buckets(key, span, now).map(|bucket| bucket.count).sum()
    }

    /// Returns the total of one stripe of a counter over the last `span` seconds.
    #[must_use]
    pub fn stripe_total(&self, key: &CounterKey, stripe: i64, span: i64, now: Timestamp) -> i64 {
        let buckets = self.buckets(key, span, now).filter(|bucket| bucket.stripe == stripe);
        buckets.map(|bucket| bucket.count).sum()
    }

    /// Returns the seconds until a window of `span` seconds has room for `more` under `limit`;
    /// `None` if it never has.
    #[must_use]
    pub fn wait_time(
        &self,
        key: &CounterKey,
        span: i64,
        limit: i64,
        more: i64,
        now: Timestamp,
    ) -> Option<i64> {
        let mut excess = self.total(key, span, now) + more - limit;
        let (mut wait, mut buckets) = (0, BTreeMap::<_, i64>::new());
        for bucket in self.buckets(key, span, now) {
            *buckets.entry(bucket.start).or_default() += bucket.count;
        }
        for (bucket_start, count) in buckets {
            if excess <= 0 {
                break;
            }
            excess -= count;
            wait = bucket_start + key.bucket_seconds() + span - now.0;
        }
        (excess <= 0).then_some(wait)
    }

    fn buckets(&self, key: &CounterKey, span: i64, now: Timestamp) -> impl Iterator<Item = Bucket> {
        let (from, width) = (now.0 - span, key.bucket_seconds());
        let buckets = self.buckets.get(key.name());
        // A counter that was not read has no buckets here, so a limit on it would have no effect.
        debug_assert!(
            buckets.is_some() && span <= key.window_seconds(),
            "{} was not read {span} seconds back",
            key.name()
        );
        let buckets = buckets.into_iter().flatten();
        buckets.copied().filter(move |bucket| bucket.start + width > from)
    }
}

#[cfg(test)]
impl CounterWindows {
    /// Returns windows that contain only these changes.
    pub(crate) fn from_deltas(deltas: &[CounterDelta]) -> Self {
        let mut windows =
            Self::new(&deltas.iter().map(|delta| delta.key.clone()).collect::<Vec<_>>());
        windows.apply(deltas);
        windows
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::counter_key::CounterKind;
    use super::*;

    fn key() -> CounterKey {
        CounterKey::new(CounterKind::SentNumber, "+1")
    }

    fn at(seconds: i64) -> Timestamp {
        Timestamp(1_800_000_000 + seconds)
    }

    #[test]
    fn a_bucket_counts_until_its_last_second_has_left_the_window() {
        let windows = CounterWindows::from_deltas(&[CounterDelta::new(key(), at(299), 2)]);
        assert_eq!(windows.total(&key(), 3_600, at(3_600 + 299)), 2);
        assert_eq!(windows.total(&key(), 3_600, at(3_600 + 300)), 0);
        assert_eq!(windows.wait_time(&key(), 3_600, 2, 1, at(1_000)), Some(2_900));
        assert_eq!(windows.wait_time(&key(), 3_600, 3, 1, at(1_000)), Some(0));
        assert_eq!(
            windows.wait_time(&key(), 3_600, 0, 1, at(1_000)),
            None,
            "never, with a limit below one"
        );
    }

    #[test]
    fn a_refund_is_subtracted_from_the_bucket_of_its_spending() {
        let mut windows = CounterWindows::from_deltas(&[
            CounterDelta::new(key(), at(0), 5),
            CounterDelta::new(key(), at(600), 5),
        ]);
        windows.apply(&[CounterDelta::new(key(), at(0), -3)]);
        assert_eq!(windows.total(&key(), 3_600, at(700)), 7);
        assert_eq!(windows.total(&key(), 3_600, at(3_900)), 5, "the second spending is whole");
    }

    #[test]
    fn a_total_has_every_stripe_and_a_stripe_total_one() {
        let mut windows = CounterWindows::new(&[key()]);
        for (stripe, count) in [(0, 1), (1, 2), (2, 4)] {
            windows.load(key().name(), at(0).0, stripe, count);
            windows.load_guard(key().name().to_owned(), stripe, 10 * count);
        }
        assert_eq!(windows.total(&key(), 3_600, at(0)), 7);
        assert_eq!(windows.stripe_total(&key(), 2, 3_600, at(0)), 4);
        assert_eq!([0, 2, 3].map(|stripe| windows.guard(&key(), stripe)), [10, 40, 0]);
    }

    proptest! {
        #[test]
        fn no_window_of_the_span_ever_holds_more_than_the_limit(
            steps in prop::collection::vec(0_i64..900, 1..200),
            limit in 1_i64..9,
        ) {
            let (mut windows, mut now, mut spent) = (CounterWindows::new(&[key()]), 0, Vec::new());
            for step in steps {
                now += step;
                match windows.wait_time(&key(), 3_600, limit, 1, at(now)) {
                    Some(0) => {
                        windows.apply(&[CounterDelta::new(key(), at(now), 1)]);
                        spent.push(now);
                    }
                    Some(wait) => {
                        let later = windows.wait_time(&key(), 3_600, limit, 1, at(now + wait));
                        prop_assert_eq!(later, Some(0), "there is room then");
                    }
                    None => prop_assert!(false, "there is room some day"),
                }
                let held = spent.iter().filter(|then| **then > now - 3_600).count();
                prop_assert!(i64::try_from(held).unwrap() <= limit);
            }
        }
    }
}
