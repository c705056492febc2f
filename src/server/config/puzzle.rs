//! The settings of puzzles and waits.

use super::reader::Reader;

/// How long puzzles hold, and how long a wait is, in seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PuzzleConfig {
    /// From when a puzzle is made until it is refused.
    pub ttl: i64,
    /// The wait that stands in for it.
    pub wait: i64,
}

impl PuzzleConfig {
    pub(super) fn read(reader: &mut Reader<'_>) -> Self {
        Self { ttl: reader.number("PUZZLE_TTL", 60, 3_600), wait: reader.number("PUZZLE_WAIT", 1, 3_600) }
    }
}
