//! The retention periods.

use super::reader::Reader;

/// Retention periods in seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retention {
    /// Challenges and counters, after their end.
    pub challenges: i64,
    /// The sources in the record, and ended sessions.
    pub sources: i64,
    /// The record.
    pub audit: i64,
}

impl Retention {
    pub(super) fn read(reader: &mut Reader<'_>) -> Self {
        // The longest window is a day; what is younger still counts.
        Self {
            challenges: reader.number("KEEP_CHALLENGES", 172_800, 31_536_000),
            sources: reader.number("KEEP_SOURCES", 86_400, 31_536_000),
            audit: reader.number("KEEP_AUDIT", 86_400, 315_360_000),
        }
    }
}
