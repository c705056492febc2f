//! The counts of refusals for the log: one line a minute for each kind, since anybody can cause refusals without end.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// The counts since they were last taken.
#[derive(Debug, Clone, Default)]
pub struct RefusalCounts(Arc<Mutex<HashMap<Refusal, u64>>>);

/// A kind of refusal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Refusal {
    /// A response with this status.
    Response(u16),
    /// A connection that could not be accepted, by the error number of the operating system.
    Connection(i32),
}

impl RefusalCounts {
    /// Counts a refusal.
    pub fn increment(&self, refusal: Refusal) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner).entry(refusal).or_default() += 1;
    }

    /// Takes the counts.
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
