//! The rate limit of one source.

use super::limits::count;
use super::reader::Reader;

/// What one source may ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RateLimit {
    /// Changes a second, in the long run.
    pub per_second: i64,
    /// Changes at once.
    pub burst: i64,
}

impl RateLimit {
    pub(super) fn read(reader: &mut Reader<'_>) -> Self {
        Self { per_second: count(reader, "RATE_LIMIT_PER_SECOND"), burst: count(reader, "RATE_LIMIT_BURST") }
    }
}
