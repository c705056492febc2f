//! The settings of puzzles and wait tokens.

use super::reader::Reader;

/// The lifetime of puzzles and the length of a wait, in seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PuzzleConfig {
    /// Lifetime of a puzzle.
    pub ttl: i64,
    /// Length of the wait of a wait token.
    pub wait: i64,
}

impl PuzzleConfig {
    pub(super) fn read(reader: &mut Reader<'_>) -> Self {
        Self { ttl: reader.number("PUZZLE_TTL", 60, 3_600), wait: reader.number("PUZZLE_WAIT", 1, 3_600) }
    }
}
