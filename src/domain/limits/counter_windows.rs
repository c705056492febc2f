//! The counters that one decision has read, with their totals over sliding windows and the time
//! until a window has room.

use std::collections::BTreeMap;

use super::counter_key::CounterKey;
use crate::domain::time::Timestamp;

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
}

/// The buckets of counters, by the counter's name. A bucket is a pair of its start in Unix seconds
/// and its count, or a part of its count. The buckets are in any order. Only the counters that
/// [`CounterWindows::new`] got are known, and no limit may read another counter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CounterWindows(BTreeMap<String, Vec<(i64, i64)>>);

impl CounterWindows {
    /// Returns the windows of these counters, without any bucket.
    #[must_use]
    pub fn new(keys: &[CounterKey]) -> Self {
        Self(keys.iter().map(|key| (key.name().to_owned(), Vec::new())).collect())
    }

    /// Adds a bucket, or a part of one, to a counter that is known.
    pub fn load(&mut self, key: &CounterKey, bucket_start: i64, count: i64) {
        if let Some(buckets) = self.0.get_mut(key.name()) {
            buckets.push((bucket_start, count));
        }
    }

    /// Adds these changes to the buckets of their counters.
    pub fn apply(&mut self, deltas: &[CounterDelta]) {
        for delta in deltas {
            self.load(&delta.key, delta.key.bucket_start(delta.at), delta.amount);
        }
    }

    /// Subtracts these changes, which must have been added before.
    pub fn subtract(&mut self, deltas: &[CounterDelta]) {
        for delta in deltas {
            self.load(&delta.key, delta.key.bucket_start(delta.at), -delta.amount);
        }
    }

    /// Returns the total of a counter over the last `span` seconds. A bucket that is partly in the
    /// window counts whole.
    #[must_use]
    pub fn total(&self, key: &CounterKey, span: i64, now: Timestamp) -> i64 {
        self.buckets(key, span, now).map(|(_, count)| count).sum()
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
        for (bucket_start, count) in self.buckets(key, span, now) {
            *buckets.entry(bucket_start).or_default() += count;
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

    fn buckets(
        &self,
        key: &CounterKey,
        span: i64,
        now: Timestamp,
    ) -> impl Iterator<Item = (i64, i64)> {
        let (from, width) = (now.0 - span, key.bucket_seconds());
        let buckets = self.0.get(key.name());
        // A counter that was not read has no buckets here, so a limit on it would have no effect.
        debug_assert!(
            buckets.is_some() && span <= key.window_seconds(),
            "{} was not read {span} seconds back",
            key.name()
        );
        let buckets = buckets.into_iter().flatten();
        buckets.copied().filter(move |(bucket_start, _)| bucket_start + width > from)
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
        windows.subtract(&[CounterDelta::new(key(), at(600), 5)]);
        assert_eq!(windows.total(&key(), 3_600, at(700)), 2);
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
