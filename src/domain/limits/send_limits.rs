//! The limits on the number of SMS. Each limit applies to one counter of the request.

use super::counter_key::{CounterKey, SentAndVerified};
use super::counter_windows::CounterWindows;
use super::send_counters::SendCounters;
use super::{DAY, HOUR, Limits};
use crate::domain::time::Timestamp;

/// A limit on one counter, with the counter's present count.
pub(super) struct Limit<'a> {
    pub counter: &'a CounterKey,
    pub count: i64,
    /// The count below which a request needs no proof of work.
    pub without_proof: i64,
    pub over: OverLimit,
}

/// The consequence for a request when the count has reached `Limit::without_proof`.
#[derive(Clone, Copy)]
pub(super) enum OverLimit {
    /// Each SMS requires proof of work.
    Proof,
    /// Each SMS requires proof of work up to this count, and the hourly allowance after it.
    Hourly(i64),
    /// Each SMS requires proof of work up to this count. After it, requests are refused. The second
    /// value is the window in seconds.
    Refuse(i64, i64),
}

/// Returns the limits of a request. A known device has only the limits of its account, so that
/// strangers cannot delay it.
pub(super) fn send_limits<'a>(
    counters: &'a SendCounters,
    windows: &CounterWindows,
    limits: &Limits,
    now: Timestamp,
) -> Vec<Limit<'a>> {
    let sent = |span| windows.total(&counters.sent, span, now);
    let mut all = vec![
        Limit {
            counter: &counters.sent,
            count: sent(HOUR),
            without_proof: limits.number_sends_per_hour,
            over: OverLimit::Proof,
        },
        Limit {
            counter: &counters.sent,
            count: sent(DAY),
            without_proof: limits.number_sends_per_day,
            over: OverLimit::Hourly(limits.number_sends_per_day_with_proof),
        },
    ];
    if counters.known_device {
        return all;
    }
    for (pair, factor) in [(&counters.address, 1), (&counters.subnet, limits.subnet_factor)] {
        let verified = windows.total(&pair.verified, HOUR, now);
        all.push(Limit {
            counter: &pair.sent,
            count: windows.total(&pair.sent, HOUR, now),
            without_proof: limits.address_sends_per_hour * factor,
            over: OverLimit::Refuse(
                (limits.address_sends_per_hour_with_proof * factor).max(2 * verified),
                HOUR,
            ),
        });
    }
    let unverified = |pair: &SentAndVerified, span| {
        windows.total(&pair.sent, span, now) - windows.total(&pair.verified, span, now)
    };
    let verified = windows.total(&counters.prefix.verified, DAY, now);
    all.push(Limit {
        counter: &counters.prefix.sent,
        count: unverified(&counters.prefix, DAY),
        without_proof: limits.prefix_unverified_per_day.for_verified(verified),
        over: OverLimit::Hourly(limits.prefix_unverified_per_day_with_proof.for_verified(verified)),
    });
    all.push(Limit {
        counter: &counters.country.sent,
        count: unverified(&counters.country, HOUR),
        without_proof: limits.country_unverified_per_hour.for_verified(windows.total(
            &counters.country.verified,
            HOUR,
            now,
        )),
        over: OverLimit::Proof,
    });
    all
}
