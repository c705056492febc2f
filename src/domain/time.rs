//! The one time type of every room: whole Unix seconds.

use serde::{Deserialize, Serialize};

/// A moment, in Unix seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Timestamp(pub i64);

impl Timestamp {
    /// This moment and `seconds` more; stops at the ends of time instead of wrapping.
    #[must_use]
    pub fn plus(self, seconds: i64) -> Self {
        Self(self.0.saturating_add(seconds))
    }

    /// Seconds from the earlier moment until this one; 0 if it is later.
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
