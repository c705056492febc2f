//! Counters over sliding windows, as they were read for one decision: totals, and the time until
//! there is room.

use std::collections::BTreeMap;

use super::counter_key::CounterKey;
use crate::domain::time::Timestamp;

/// A change of a counter, in the bucket of its time. A negative amount is a refund.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CounterDelta {
    /// The counter that changes.
    pub key: CounterKey,
    /// The time whose bucket is changed.
    pub at: Timestamp,
    /// The change of its count, negative for a refund.
    pub amount: i64,
}

impl CounterDelta {
    /// A change by `amount`.
    #[must_use]
    pub fn new(key: CounterKey, at: Timestamp, amount: i64) -> Self {
        Self { key, at, amount }
    }
}

/// Buckets by counter name, in any order, each with its start and a part of its count. Only the
/// counters given to [`CounterWindows::new`] are known, and no limit may read another one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CounterWindows(BTreeMap<String, Vec<(i64, i64)>>);

impl CounterWindows {
    /// Empty windows of these counters.
    #[must_use]
    pub fn new(keys: &[CounterKey]) -> Self {
        Self(keys.iter().map(|key| (key.name().to_owned(), Vec::new())).collect())
    }

    /// Adds a bucket, or a part of one.
    pub fn load(&mut self, key: &CounterKey, bucket_start: i64, count: i64) {
        if let Some(buckets) = self.0.get_mut(key.name()) {
            buckets.push((bucket_start, count));
        }
    }

    /// Adds these changes to the buckets.
    pub fn apply(&mut self, deltas: &[CounterDelta]) {
        for delta in deltas {
            self.load(&delta.key, delta.key.bucket_start(delta.at), delta.amount);
        }
    }

    /// Subtracts these changes, which were added before.
    pub fn subtract(&mut self, deltas: &[CounterDelta]) {
        for delta in deltas {
            self.load(&delta.key, delta.key.bucket_start(delta.at), -delta.amount);
        }
    }

    /// The total of a counter over the last `span` seconds. A bucket that is partly outside counts
    /// whole.
    #[must_use]
    pub fn total(&self, key: &CounterKey, span: i64, now: Timestamp) -> i64 {
        self.buckets(key, span, now).map(|(_, count)| count).sum()
    }

    /// Seconds until `more` fits under `limit` in a window of `span` seconds; `None` if it never
    /// fits.
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
        // A limit on a counter that was not read would have no effect.
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
    /// The windows of these changes alone.
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
