//! The counts of refusals for the log: one line a minute for each kind, because any client can
//! cause any number of refusals.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// The number of refusals of each kind since the counts were last taken.
#[derive(Debug, Clone, Default)]
pub struct RefusalCounts(Arc<Mutex<HashMap<Refusal, u64>>>);

/// A kind of refusal that is counted for the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Refusal {
    /// A response with this status.
    Response(u16),
    /// A connection that could not be accepted, by the error number of the operating system.
    Connection(i32),
}

impl RefusalCounts {
    /// Adds one to the count of a refusal.
    pub fn increment(&self, refusal: Refusal) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner).entry(refusal).or_default() += 1;
    }

    /// Returns the counts and starts again from zero.
    #[must_use]
    pub fn take(&self) -> Vec<(Refusal, u64)> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).drain().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_taken_once() {
        let counts = RefusalCounts::default();
        for _ in 0..2 {
            counts.increment(Refusal::Response(429));
        }
        assert_eq!(counts.take(), [(Refusal::Response(429), 2)]);
        assert!(counts.take().is_empty());
    }
}
