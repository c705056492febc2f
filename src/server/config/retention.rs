//! The settings of the retention periods of the database's rows.

use super::reader::Reader;

/// The retention periods, in seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retention {
    /// The period for challenges and counters, after their end.
    pub challenges: i64,
    /// The period for subnets in the audit log, and for sessions after their end.
    pub subnets: i64,
    /// The period for entries of the audit log.
    pub audit: i64,
}

impl Retention {
    pub(super) fn read(reader: &mut Reader<'_>) -> Self {
        // The longest window of a counter is a day, so a row younger than a day is still in use.
        Self {
            challenges: reader.number("KEEP_CHALLENGES", 172_800, 31_536_000),
            subnets: reader.number("KEEP_SUBNETS", 86_400, 31_536_000),
            audit: reader.number("KEEP_AUDIT", 86_400, 315_360_000),
        }
    }
}
