//! The stripes of shared counters, and the share that each stripe has of a limit.
//!
//! On `PostgreSQL` a counter that many requests change has several rows per bucket, its stripes, so
//! that concurrent requests do not wait for the same row. A request adds to one stripe of all its
//! shared counters. Stripe 0 contains what no request adds: closed buckets and refunds.
//!
//! The limit on the cost of all SMS stays exact, although a request locks one stripe only. All
//! stripes may grow to the same level. It is the greatest level at which the limit still holds if
//! every stripe below it is filled up to it. A request that stays below the level does not change
//! it, so no request can take what another one counts on.

use super::budget::Budget;
use super::counter_key::CounterKey;
use super::counter_windows::CounterWindows;
use crate::domain::time::Timestamp;

/// The least number of SMS for which each stripe has room in an hour, at the highest price. With
/// more stripes too much of a small budget would be divided into parts below one SMS. Our own
/// choice: at most one SMS in 64 stays unused.
const MIN_SMS_PER_STRIPE: i64 = 64;
/// The maximum number of stripes. Our own choice: more than the connections with which one instance
/// writes by default, so that two of its requests seldom meet. ADR 16 has the measurement.
const MAX_STRIPES: i64 = 16;

/// The stripes to which the requests of a process add, and the one that a request prefers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stripes {
    /// The number of stripes, which have the numbers from 1; 0 for a store with a single writer.
    pub count: i64,
    /// The stripe that this request uses if its share has room.
    pub preferred: i64,
}

impl Stripes {
    /// The stripes of a store with a single writer, which needs none.
    pub const NONE: Self = Self { count: 0, preferred: 0 };
}

/// Returns the number of stripes for this budget. All instances must have the same settings, so
/// that they have the same number.
#[must_use]
pub fn stripe_count(budget: &Budget, highest_price: i64) -> i64 {
    let [(_, hour), _] = budget.available(false);
    (hour / highest_price.max(1) / MIN_SMS_PER_STRIPE).clamp(1, MAX_STRIPES)
}

/// A stripe for the cost of an SMS.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Placement {
    /// The number of the stripe.
    pub stripe: i64,
    /// The amount that others may add to this stripe before the SMS is counted. It still fits then.
    pub room: i64,
}

impl Placement {
    /// The placement in a store with a single writer.
    pub const NONE: Self = Self { stripe: 0, room: 0 };
}

/// Returns the stripe that has room for the cost of this SMS: the preferred one, else the one with
/// the most room. Returns `None` if none has room. Without stripes there is nothing to choose.
#[must_use]
pub fn place(
    windows: &CounterWindows,
    (price, known_device): (i64, bool),
    stripes: Stripes,
    budget: &Budget,
    now: Timestamp,
) -> Option<Placement> {
    if stripes.count == 0 {
        return Some(Placement::NONE);
    }
    let spent = CounterKey::spent();
    let shares = budget.available(known_device).map(|(span, available)| {
        let total_of = |stripe| windows.stripe_total(&spent, stripe, span, now);
        let totals: Vec<i64> = (1..=stripes.count).map(total_of).collect();
        let others = windows.total(&spent, span, now) - totals.iter().sum::<i64>();
        (level(totals, available - others), span)
    });
    let placement = |stripe| {
        let room_in = |(level, span)| level - windows.stripe_total(&spent, stripe, span, now);
        let [hour, day] = shares.map(room_in);
        Placement { stripe, room: hour.min(day) - price }
    };
    let preferred = placement(stripes.preferred);
    if preferred.room >= 0 {
        return Some(preferred);
    }
    let best = (1..=stripes.count).map(placement).max_by_key(|placement| placement.room);
    best.filter(|placement| placement.room >= 0)
}

/// Returns the level up to which each stripe may grow, so that all of them together stay within
/// `limit`. `totals` are the present totals of the stripes, in any order.
fn level(mut totals: Vec<i64>, limit: i64) -> i64 {
    totals.sort_unstable();
    let lowest = totals.first().copied().unwrap_or(limit);
    let mut rest = limit;
    for (count, largest) in (1..).zip(totals).collect::<Vec<(i64, i64)>>().into_iter().rev() {
        let level = rest.div_euclid(count);
        if level >= largest {
            return level;
        }
        // This stripe is above the level. It keeps what it has, and the others divide the rest.
        rest -= largest;
    }
    lowest
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::limits::tests::BUDGET;

    const NOW: Timestamp = Timestamp(1_800_000_000);

    #[test]
    fn the_level_divides_what_the_fuller_stripes_leave() {
        assert_eq!(level(vec![0, 0, 0, 0], 100), 25);
        assert_eq!(level(vec![10, 20], 100), 50);
        assert_eq!(level(vec![90, 0, 0], 100), 5, "one stripe has most of it");
        assert_eq!(level(vec![60, 60], 100), 60, "no stripe has room when the limit is exceeded");
        assert_eq!(level(vec![7], 10), 10, "a single stripe has the whole limit");
    }

    #[test]
    fn a_small_budget_has_one_stripe_and_a_large_one_sixteen() {
        let count = |day, price| stripe_count(&Budget { day, ..BUDGET }, price);
        // An hour has a quarter of the day, and unknown devices four fifths of that.
        assert_eq!(count(10_000, 10), 3, "2,000 are 200 SMS, and 64 need a stripe");
        assert_eq!([count(100, 10), count(3_199, 10), count(6_400, 10)], [1, 1, 2]);
        assert_eq!(count(1_000_000, 10), 16);
    }

    #[test]
    fn a_request_takes_its_preferred_stripe_or_the_emptiest_one() {
        let spent = CounterKey::spent();
        let placed = |totals: [i64; 3], price| {
            let mut windows = CounterWindows::new(&[CounterKey::spent()]);
            for (stripe, total) in (0..).zip(totals) {
                windows.load(spent.name(), spent.bucket_start(NOW), stripe, total);
            }
            let stripes = Stripes { count: 2, preferred: 1 };
            place(&windows, (price, false), stripes, &BUDGET, NOW)
        };
        let placement = |stripe, room| Some(Placement { stripe, room });
        // The hour has 2,000: 1,000 for each of two stripes.
        assert_eq!(placed([0, 0, 0], 10), placement(1, 990));
        assert_eq!(placed([1_000, 480, 0], 10), placement(1, 10));
        assert_eq!(placed([1_000, 495, 0], 10), placement(2, 490));
        assert_eq!(placed([1_000, 495, 495], 10), None, "each share has less than one SMS");
        assert_eq!(placed([1_990, 0, 0], 5), placement(1, 0));
    }

    proptest! {
        /// Requests read the totals, and add to their stripe in any later order. In between, the
        /// stripes are folded, which raises the guards.
        #[test]
        fn no_order_of_requests_and_folds_exceeds_the_limit(
            limit in 0_i64..500,
            stripes in 1_usize..6,
            steps in prop::collection::vec((0_u8..5, 0_usize..6, 1_i64..20), 1..200),
        ) {
            let (mut folded, mut totals, mut guards) = (0, vec![0; stripes], vec![0; stripes]);
            // The requests that have read and not yet added: stripe, amount and highest guard.
            let mut pending: Vec<(usize, i64, i64)> = Vec::new();
            for (step, choice, amount) in steps {
                if step == 0 {
                    // A part of each stripe is in closed buckets.
                    let closed: Vec<i64> =
                        totals.iter().map(|total| total * amount / 20).collect();
                    let moved: i64 = closed.iter().sum();
                    folded += moved;
                    for ((total, guard), closed) in totals.iter_mut().zip(&mut guards).zip(closed) {
                        *total -= closed;
                        *guard += moved;
                    }
                } else if step < 3 || pending.is_empty() {
                    let stripe = choice % stripes;
                    let room = level(totals.clone(), limit - folded) - totals[stripe] - amount;
                    pending.push((stripe, amount, guards[stripe] + room));
                } else {
                    let (stripe, amount, highest) = pending.remove(choice % pending.len());
                    if guards[stripe] <= highest {
                        totals[stripe] += amount;
                        guards[stripe] += amount;
                    }
                }
                prop_assert!(folded + totals.iter().sum::<i64>() <= limit);
            }
        }
    }
}
