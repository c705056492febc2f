//! The rate limit of one source.

use super::limits::count;
use super::reader::Reader;

/// What one source may ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// Changes a second, in the long run.
    pub per_second: i64,
    /// Changes at once.
    pub burst: i64,
}

impl Rate {
    pub(super) fn read(reader: &mut Reader<'_>) -> Self {
        Self { per_second: count(reader, "SHIELD_CHANGES_PER_SECOND"), burst: count(reader, "SHIELD_BURST") }
    }
}
