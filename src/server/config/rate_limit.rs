//! The settings of the rate limit of one client address.

use super::limits::count;
use super::reader::Reader;

/// The rate limit of one client address for state-changing requests: all requests except GET, HEAD
/// and OPTIONS.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RateLimit {
    /// The sustained number of state-changing requests per second.
    pub per_second: i64,
    /// The maximum number of state-changing requests at once.
    pub burst: i64,
}

impl RateLimit {
    pub(super) fn read(reader: &mut Reader<'_>) -> Self {
        Self {
            per_second: count(reader, "RATE_LIMIT_PER_SECOND"),
            burst: count(reader, "RATE_LIMIT_BURST"),
        }
    }
}
