//! The limiter of concurrent connections and of concurrent requests, per client address and per
//! subnet.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::config::ConnectionLimits;
use crate::domain::client_network::ClientNetwork;

/// A limiter of the permits that each client address and each subnet may have at the same time.
#[derive(Debug, Clone)]
pub struct ConnectionLimiter {
    limits: ConnectionLimits,
    held: Arc<Mutex<HeldCounts>>,
}

#[derive(Debug, Default)]
struct HeldCounts {
    by_address: HashMap<String, usize>,
    by_subnet: HashMap<String, usize>,
}

impl ConnectionLimiter {
    /// Creates a limiter without any held permit.
    #[must_use]
    pub fn new(limits: ConnectionLimits) -> Self {
        Self { limits, held: Arc::default() }
    }

    /// Acquires a permit, or returns `None` if the client address or its subnet is at its limit.
    /// Dropping the permit releases it.
    #[must_use]
    pub fn try_acquire(&self, client: ClientNetwork) -> Option<ConnectionPermit> {
        let mut counts = self.lock_counts();
        let is_full = count(&counts.by_address, &client.address) >= self.limits.per_address
            || count(&counts.by_subnet, &client.subnet) >= self.limits.per_subnet;
        if is_full {
            return None;
        }
        *counts.by_address.entry(client.address.clone()).or_default() += 1;
        *counts.by_subnet.entry(client.subnet.clone()).or_default() += 1;
        Some(ConnectionPermit { client, limiter: self.clone() })
    }

    fn lock_counts(&self) -> MutexGuard<'_, HeldCounts> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The permit for one connection, or for one request in progress.
#[derive(Debug)]
#[must_use]
pub struct ConnectionPermit {
    client: ClientNetwork,
    limiter: ConnectionLimiter,
}

impl Drop for ConnectionPermit {
    fn drop(&mut self) {
        let mut counts = self.limiter.lock_counts();
        release(&mut counts.by_address, &self.client.address);
        release(&mut counts.by_subnet, &self.client.subnet);
    }
}

fn count(counts: &HashMap<String, usize>, key: &str) -> usize {
    counts.get(key).copied().unwrap_or_default()
}

fn release(counts: &mut HashMap<String, usize>, key: &str) {
    if let Some(count) = counts.get_mut(key) {
        *count -= 1;
        if *count == 0 {
            counts.remove(key);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(address: &str) -> ClientNetwork {
        ClientNetwork::from_ip(address.parse().unwrap())
    }

    #[test]
    fn connections_are_limited_by_the_open_files_of_the_process() {
        for (files, total, per_address, limits) in [
            (1_048_576, 10_000, None, [10_000, 500, 2_000]),
            (usize::MAX, 10_000, None, [10_000, 500, 2_000]),
            (20_128, 10_000, None, [10_000, 500, 2_000]),
            (20_126, 10_000, None, [9_999, 499, 1_996]),
            (1_024, 10_000, None, [448, 22, 88]),
            (1_024, 448, None, [448, 22, 88]),
            (1_024, 100, None, [100, 8, 32]),
            (1_048_576, 10_000, Some(512), [10_000, 512, 2_048]),
            (1_024, 10_000, Some(512), [448, 448, 448]),
            (64, 10_000, None, [16, 8, 16]),
        ] {
            let ConnectionLimits { total: most, per_address: address, per_subnet: subnet } =
                ConnectionLimits::for_open_files(files, total, per_address, 4);
            assert_eq!(
                [most, address, subnet],
                limits,
                "{files} files, {total} configured, {per_address:?} per client"
            );
        }
        assert_eq!(
            (ConnectionLimits::files_for(10_000), ConnectionLimits::files_for(448)),
            (20_128, 1_024)
        );
    }

    #[test]
    fn an_address_has_a_limit_and_a_dropped_permit_is_free_again() {
        let limiter =
            ConnectionLimiter::new(ConnectionLimits { total: 100, per_address: 2, per_subnet: 8 });
        let permit = |address: &str| limiter.try_acquire(client(address));
        let (first, second) = (permit("203.0.113.1"), permit("203.0.113.1"));
        assert!(first.is_some() && second.is_some());
        assert!(permit("203.0.113.1").is_none(), "the limit of the address is reached");
        assert!(permit("203.0.113.2").is_some(), "another address has its own limit");
        drop(first);
        assert!(permit("203.0.113.1").is_some());
        drop(second);
        let held = limiter.lock_counts();
        assert!(
            held.by_address.is_empty() && held.by_subnet.is_empty(),
            "a released client leaves no entry"
        );
    }

    #[test]
    fn a_subnet_has_one_limit_for_all_its_addresses() {
        for (subnet, other) in [("2001:db8:1", "2001:db8:2"), ("2001:db9:1", "2001:db9:2")] {
            let limiter = ConnectionLimiter::new(ConnectionLimits {
                total: 100,
                per_address: 2,
                per_subnet: 8,
            });
            let permit = |network: &str, i: usize| {
                limiter.try_acquire(client(&format!("{network}:{i:x}::1")))
            };
            let mut held: Vec<ConnectionPermit> =
                (0..20).filter_map(|i| permit(subnet, i)).collect();
            assert_eq!(held.len(), 8);
            assert!(permit(subnet, 99).is_none() && permit(other, 0).is_some());
            held.pop();
            assert!(permit(subnet, 99).is_some());
        }
        let limiter =
            ConnectionLimiter::new(ConnectionLimits { total: 100, per_address: 2, per_subnet: 8 });
        let held: Vec<ConnectionPermit> = (0..20)
            .filter_map(|i| limiter.try_acquire(client(&format!("203.0.113.{i}"))))
            .collect();
        assert_eq!(held.len(), 8, "a /24");
        assert!(limiter.try_acquire(client("203.0.114.1")).is_some());
        drop(held);
        assert!(limiter.try_acquire(client("203.0.113.9")).is_some());
    }

    #[test]
    fn all_unknown_addresses_share_one_limit() {
        let limiter =
            ConnectionLimiter::new(ConnectionLimits { total: 100, per_address: 2, per_subnet: 8 });
        let held: Vec<ConnectionPermit> =
            (0..9).filter_map(|_| limiter.try_acquire(ClientNetwork::unknown())).collect();
        assert_eq!(held.len(), 2);
    }
}
