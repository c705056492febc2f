//! The counts of refusals and health checks for the log. Each kind has one log line per minute,
//! because any client can cause any number of such events.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// The number of events of each kind since the counts were last taken.
#[derive(Debug, Clone, Default)]
pub struct RefusalCounts(Arc<Mutex<HashMap<Refusal, u64>>>);

/// A kind of event that is counted for the log: a refused request, a health check, or a connection
/// that could not be accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Refusal {
    /// A refusal, or a response to a health check, with this status.
    Response(u16),
    /// A connection that could not be accepted, by the error number of the operating system.
    Connection(i32),
}

impl RefusalCounts {
    /// Adds one to the count of this kind of event.
    pub fn increment(&self, refusal: Refusal) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner).entry(refusal).or_default() += 1;
    }

    /// Returns the counts and sets them to zero.
    #[must_use]
    pub fn take(&self) -> Vec<(Refusal, u64)> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).drain().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn taking_the_counts_sets_them_to_zero() {
        let counts = RefusalCounts::default();
        for _ in 0..2 {
            counts.increment(Refusal::Response(429));
        }
        assert_eq!(counts.take(), [(Refusal::Response(429), 2)]);
        assert!(counts.take().is_empty());
    }
}
