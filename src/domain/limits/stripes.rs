//! The stripes of shared counters, and the share that each stripe has of a limit.
//!
//! On `PostgreSQL` a counter that many requests change has several rows per bucket, its stripes, so
//! that concurrent requests do not wait for the same row. A request adds to the same stripe of all
//! its striped counters. Stripe 0 has refunds, and the merged stripes of closed buckets: those to
//! which no request adds any more.
//!
//! This is the sharded counter of Firestore and the slotted counter of `PlanetScale`, with a limit
//! on the sum. A request locks one stripe only, and still the cost of all SMS never exceeds its
//! limit. Every stripe may be filled up to one level, as water fills vessels of different height
//! (water-filling). A stripe above the level keeps what it has. Filling a stripe up to the level
//! does not change the level. So requests on other stripes may go on with the level that they read.

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
pub const MAX_STRIPES: i64 = 16;

/// The number of stripes, and the stripe that one request tries first.
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

/// The choice of a stripe for the cost of an SMS.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StripeChoice {
    /// The number of the stripe.
    pub stripe: i64,
    /// How much other requests may add to this stripe until the SMS is counted, without leaving too
    /// little room for it.
    pub room: i64,
}

impl StripeChoice {
    /// The choice in a store with a single writer.
    pub const NONE: Self = Self { stripe: 0, room: 0 };
}

/// Returns the stripe that has room for the cost of this SMS: the preferred one, else the one with
/// the most room. Returns `None` if none has room. Without stripes there is nothing to choose.
#[must_use]
pub fn choose_stripe(
    windows: &CounterWindows,
    (price, known_device): (i64, bool),
    stripes: Stripes,
    budget: &Budget,
    now: Timestamp,
) -> Option<StripeChoice> {
    if stripes.count == 0 {
        return Some(StripeChoice::NONE);
    }
    let spent = CounterKey::spent();
    let shares = budget.available(known_device).map(|(span, available)| {
        let total_of = |stripe| windows.stripe_total(&spent, stripe, span, now);
        let totals: Vec<i64> = (1..=stripes.count).map(total_of).collect();
        let others = windows.total(&spent, span, now) - totals.iter().sum::<i64>();
        (level(totals, available - others), span)
    });
    let choice = |stripe| {
        let room_in = |(level, span)| level - windows.stripe_total(&spent, stripe, span, now);
        let [hour, day] = shares.map(room_in);
        StripeChoice { stripe, room: hour.min(day) - price }
    };
    let preferred = choice(stripes.preferred);
    if preferred.room >= 0 {
        return Some(preferred);
    }
    let best = (1..=stripes.count).map(choice).max_by_key(|choice| choice.room);
    best.filter(|choice| choice.room >= 0)
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
            choose_stripe(&windows, (price, false), stripes, &BUDGET, NOW)
        };
        let choice = |stripe, room| Some(StripeChoice { stripe, room });
        // The hour has 2,000: 1,000 for each of two stripes.
        assert_eq!(placed([0, 0, 0], 10), choice(1, 990));
        assert_eq!(placed([1_000, 480, 0], 10), choice(1, 10));
        assert_eq!(placed([1_000, 495, 0], 10), choice(2, 490));
        assert_eq!(placed([1_000, 495, 495], 10), None, "each share has less than one SMS");
        assert_eq!(placed([1_990, 0, 0], 5), choice(1, 0));
    }

    proptest! {
        /// Requests read the totals, and add to their stripe in any later order. In between, the
        /// stripes are merged, which raises the guards.
        #[test]
        fn no_order_of_requests_and_folds_exceeds_the_limit(
            limit in 0_i64..500,
            stripes in 1_usize..6,
            steps in prop::collection::vec((0_u8..5, 0_usize..6, 1_i64..20), 1..200),
        ) {
            let (mut merged, mut totals, mut guards) = (0, vec![0; stripes], vec![0; stripes]);
            // The requests that have read and not yet added: stripe, amount and highest guard.
            let mut pending: Vec<(usize, i64, i64)> = Vec::new();
            for (step, choice, amount) in steps {
                if step == 0 {
                    // A part of each stripe is in closed buckets.
                    let closed: Vec<i64> =
                        totals.iter().map(|total| total * amount / 20).collect();
                    let moved: i64 = closed.iter().sum();
                    merged += moved;
                    for ((total, guard), closed) in totals.iter_mut().zip(&mut guards).zip(closed) {
                        *total -= closed;
                        *guard += moved;
                    }
                } else if step < 3 || pending.is_empty() {
                    let stripe = choice % stripes;
                    let room = level(totals.clone(), limit - merged) - totals[stripe] - amount;
                    pending.push((stripe, amount, guards[stripe] + room));
                } else {
                    let (stripe, amount, highest) = pending.remove(choice % pending.len());
                    if guards[stripe] <= highest {
                        totals[stripe] += amount;
                        guards[stripe] += amount;
                    }
                }
                prop_assert!(merged + totals.iter().sum::<i64>() <= limit);
            }
        }
    }
}
