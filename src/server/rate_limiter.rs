//! The rate limiter: a token bucket in memory for each client address and each subnet. The limiter
//! decides before any database query.
//!
//! The `governor` crate is not used, for three reasons: it cannot combine the bucket of a client
//! with that of its subnet, it does not bound the number of its keys, and it reads its own clock.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use super::config::RateLimit;
use crate::domain::client_network::ClientNetwork;
use crate::domain::time::Timestamp;

/// The maximum number of entries of a map. A flood from more clients than this clears the map.
pub(super) const MAX_ENTRIES: usize = 65_536;
/// The time in seconds after which an unused bucket may be dropped to make room.
const IDLE_SECONDS: i64 = 60;

/// The rate limiter of one process.
#[derive(Debug, Clone)]
pub struct RateLimiter {
    limit: RateLimit,
    subnet_factor: i64,
    buckets: Arc<Mutex<Buckets>>,
}

#[derive(Debug, Default)]
struct Buckets {
    clients: HashMap<String, Bucket>,
    /// The buckets of subnets are in a separate map, so that the buckets of many clients displace
    /// no bucket of a subnet.
    subnets: HashMap<String, Bucket>,
}

#[derive(Debug, Clone, Copy)]
struct Bucket {
    tokens: i64,
    refilled_at: Timestamp,
}

/// Returns the bucket of a key, refilled for the time that has passed. A missing bucket is created,
/// full.
fn refilled<'a>(
    buckets: &'a mut HashMap<String, Bucket>,
    key: &str,
    limit: RateLimit,
    now: Timestamp,
) -> &'a mut Bucket {
    make_room(buckets, |bucket| bucket.refilled_at >= now.plus(-IDLE_SECONDS));
    let bucket =
        buckets.entry(key.to_owned()).or_insert(Bucket { tokens: limit.burst, refilled_at: now });
    let refill = now.seconds_since(bucket.refilled_at).saturating_mul(limit.per_second);
    bucket.tokens = bucket.tokens.saturating_add(refill).min(limit.burst);
    bucket.refilled_at = now.max(bucket.refilled_at);
    bucket
}

impl RateLimit {
    fn times(self, factor: i64) -> Self {
        Self {
            per_second: self.per_second.saturating_mul(factor),
            burst: self.burst.saturating_mul(factor),
        }
    }
}

impl RateLimiter {
    /// Creates a rate limiter that grants each client address this limit, and each subnet
    /// `subnet_factor` times as much.
    #[must_use]
    pub fn new(limit: RateLimit, subnet_factor: i64) -> Self {
        Self { limit, subnet_factor, buckets: Arc::default() }
    }

    /// Takes a token from the bucket of the client address and one from the bucket of its subnet.
    /// Returns `false`, and takes none, if one of the two buckets is empty. The subnet is checked
    /// first, so that an exhausted subnet adds no buckets of clients. A refused client takes no
    /// token from its subnet, so that it does not use up the limit of other clients.
    #[must_use]
    pub fn try_acquire(&self, client: &ClientNetwork, now: Timestamp) -> bool {
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        let Buckets { clients, subnets } = &mut *buckets;
        let subnet = refilled(subnets, &client.subnet, self.limit.times(self.subnet_factor), now);
        if subnet.tokens <= 0 {
            return false;
        }
        let bucket = refilled(clients, &client.address, self.limit, now);
        let is_admitted = bucket.tokens > 0;
        bucket.tokens -= i64::from(is_admitted);
        subnet.tokens -= i64::from(is_admitted);
        is_admitted
    }
}

/// Makes room in a full map: drops the entries for which `keep` is `false`, and clears the map if
/// that is not enough.
pub(super) fn make_room<K, T>(map: &mut HashMap<K, T>, keep: impl Fn(&T) -> bool) {
    if map.len() >= MAX_ENTRIES {
        map.retain(|_, value| keep(value));
    }
    if map.len() >= MAX_ENTRIES {
        map.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp(1_000);

    fn client(address: &str, subnet: &str) -> ClientNetwork {
        ClientNetwork { address: address.into(), subnet: subnet.into() }
    }

    #[test]
    fn a_client_may_use_its_burst_and_then_its_rate() {
        let limiter = RateLimiter::new(RateLimit { per_second: 2, burst: 3 }, 2);
        assert_eq!(
            [(); 4].map(|()| limiter.try_acquire(&client("a", "a/24"), NOW)),
            [true, true, true, false]
        );
        assert!(
            limiter.try_acquire(&client("b", "b/24"), NOW),
            "another client has its own bucket"
        );
        assert_eq!(
            [(); 3].map(|()| limiter.try_acquire(&client("a", "a/24"), NOW.plus(1))),
            [true, true, false]
        );
        assert!(
            !limiter.try_acquire(&client("a", "a/24"), NOW),
            "a clock that goes back does not refill the bucket"
        );
        assert_eq!(
            [(); 4].map(|()| limiter.try_acquire(&client("a", "a/24"), NOW.plus(99))),
            [true, true, true, false]
        );
    }

    #[test]
    fn a_subnet_has_a_multiple_of_the_rate_of_its_clients() {
        let limiter = RateLimiter::new(RateLimit { per_second: 2, burst: 3 }, 2);
        let admitted = |now| {
            (0..20).filter(|i| limiter.try_acquire(&client(&i.to_string(), "a/24"), now)).count()
        };
        assert_eq!([admitted(NOW), admitted(NOW), admitted(NOW.plus(1))], [6, 0, 4]);
        assert!(
            limiter.try_acquire(&client("x", "b/24"), NOW),
            "another subnet has its own bucket"
        );
    }

    #[test]
    fn the_number_of_buckets_is_bounded() {
        let limiter = RateLimiter::new(RateLimit { per_second: 1, burst: 1 }, 1);
        for i in 0..MAX_ENTRIES + 10 {
            assert!(limiter.try_acquire(&client(&i.to_string(), &format!("{i}/24")), NOW));
        }
        let buckets = limiter.buckets.lock().unwrap();
        assert!(buckets.clients.len() <= MAX_ENTRIES && buckets.subnets.len() <= MAX_ENTRIES);
    }

    #[test]
    fn many_clients_of_one_subnet_share_the_limit_of_the_subnet() {
        let limiter = RateLimiter::new(RateLimit { per_second: 2, burst: 3 }, 2);
        while limiter.try_acquire(&client("2001:db8:9:1::/64", "2001:db8:9::/48"), NOW) {}
        let admitted = (0..70_000)
            .filter(|i| limiter.try_acquire(&client(&format!("{i:x}/64"), "2001:db8:1::/48"), NOW))
            .count();
        assert_eq!(admitted, 6, "the limit of the subnet");
        assert!(
            !limiter.try_acquire(&client("2001:db8:9:1::/64", "2001:db8:9::/48"), NOW),
            "the bucket of the other subnet is kept"
        );
        let buckets = limiter.buckets.lock().unwrap();
        assert_eq!(buckets.clients.len(), 7, "clients of an exhausted subnet get no bucket");
    }
}
