//! The time type of the whole program: whole Unix seconds.

use serde::{Deserialize, Serialize};

/// A point in time, in whole Unix seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Timestamp(pub i64);

impl Timestamp {
    /// Returns the time `seconds` later. It stops at the limits of `i64` and does not wrap.
    #[must_use]
    pub fn plus(self, seconds: i64) -> Self {
        Self(self.0.saturating_add(seconds))
    }

    /// Returns the seconds from `earlier` until this time; 0 if `earlier` is later than this time.
    #[must_use]
    pub fn seconds_since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0).max(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_that_has_passed_is_zero_seconds_away() {
        assert_eq!(Timestamp(10).seconds_since(Timestamp(9)), 1);
        assert_eq!(Timestamp(10).seconds_since(Timestamp(10)), 0);
        assert_eq!(Timestamp(10).seconds_since(Timestamp(11)), 0);
        assert_eq!(Timestamp(i64::MAX).plus(1), Timestamp(i64::MAX));
    }
}
