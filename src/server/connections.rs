//! How many connections, and requests under way, there may be at a time: in all, of one source and of its block.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::client_ip::Source;
use super::config::Bounds;

/// Counts what every source and every block holds, and gives neither more than its bound.
#[derive(Debug, Clone)]
pub struct Limiter {
    bounds: Bounds,
    held: Arc<Mutex<Held>>,
}

#[derive(Debug, Default)]
struct Held {
    by_source: HashMap<String, usize>,
    by_block: HashMap<String, usize>,
}

impl Limiter {
    /// A limiter of which nothing is held yet.
    #[must_use]
    pub fn new(bounds: Bounds) -> Self {
        Self { bounds, held: Arc::default() }
    }

    /// A permit for one more, if its source and its block have room; the room is given back when the permit is dropped.
    #[must_use]
    pub fn permit(&self, source: Source) -> Option<Permit> {
        let mut held = self.held();
        let full = count(&held.by_source, &source.name) >= self.bounds.of_source
            || count(&held.by_block, &source.block) >= self.bounds.of_block;
        if full {
            return None;
        }
        *held.by_source.entry(source.name.clone()).or_default() += 1;
        *held.by_block.entry(source.block.clone()).or_default() += 1;
        Some(Permit { source, limiter: self.clone() })
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One connection, or one request under way, of a source.
#[derive(Debug)]
#[must_use]
pub struct Permit {
    source: Source,
    limiter: Limiter,
}

impl Drop for Permit {
    fn drop(&mut self) {
        let mut held = self.limiter.held();
        give_back(&mut held.by_source, &self.source.name);
        give_back(&mut held.by_block, &self.source.block);
    }
}

fn count(counts: &HashMap<String, usize>, whose: &str) -> usize {
    counts.get(whose).copied().unwrap_or_default()
}

fn give_back(counts: &mut HashMap<String, usize>, whose: &str) {
    if let Some(count) = counts.get_mut(whose) {
        *count -= 1;
        if *count == 0 {
            counts.remove(whose);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(address: &str) -> Source {
        Source::of(address.parse().unwrap())
    }

    #[test]
    fn there_are_no_more_connections_than_the_files_bear() {
        for (files, all, of_source, bounds) in [
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
            let Bounds { all: most, of_source: source, of_block: block } = Bounds::within(files, all, of_source, 4);
            assert_eq!([most, source, block], bounds, "{files} files, {all} wished for, {of_source:?} a source");
        }
        assert_eq!((Bounds::files_for(10_000), Bounds::files_for(448)), (20_128, 1_024));
    }

    #[test]
    fn a_source_has_so_many_and_room_again_when_one_ends() {
        let limiter = Limiter::new(Bounds { all: 100, of_source: 2, of_block: 8 });
        let permit = |address: &str| limiter.permit(source(address));
        let (first, second) = (permit("203.0.113.1"), permit("203.0.113.1"));
        assert!(first.is_some() && second.is_some());
        assert!(permit("203.0.113.1").is_none(), "one past the bound");
        assert!(permit("203.0.113.2").is_some(), "a neighbour has its own");
        drop(first);
        assert!(permit("203.0.113.1").is_some());
        drop(second);
        let held = limiter.held();
        assert!(held.by_source.is_empty() && held.by_block.is_empty(), "who has left is forgotten");
    }

    #[test]
    fn a_block_has_its_bound_however_many_sources_it_has() {
        for (ours, other) in [("2001:db8:1", "2001:db8:2"), ("2001:db9:1", "2001:db9:2")] {
            let limiter = Limiter::new(Bounds { all: 100, of_source: 2, of_block: 8 });
            let permit = |block: &str, i: usize| limiter.permit(source(&format!("{block}:{i:x}::1")));
            let mut held: Vec<Permit> = (0..20).filter_map(|i| permit(ours, i)).collect();
            assert_eq!(held.len(), 8);
            assert!(permit(ours, 99).is_none() && permit(other, 0).is_some());
            held.pop();
            assert!(permit(ours, 99).is_some());
        }
        let limiter = Limiter::new(Bounds { all: 100, of_source: 2, of_block: 8 });
        let held: Vec<Permit> = (0..20).filter_map(|i| limiter.permit(source(&format!("203.0.113.{i}")))).collect();
        assert_eq!(held.len(), 8, "a /24");
        assert!(limiter.permit(source("203.0.114.1")).is_some());
        drop(held);
        assert!(limiter.permit(source("203.0.113.9")).is_some());
    }

    #[test]
    fn everybody_whose_address_cannot_be_told_is_one_source() {
        let limiter = Limiter::new(Bounds { all: 100, of_source: 2, of_block: 8 });
        let held: Vec<Permit> = (0..9).filter_map(|_| limiter.permit(Source::unknown())).collect();
        assert_eq!(held.len(), 2);
    }
}
