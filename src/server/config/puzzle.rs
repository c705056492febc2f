//! The settings of puzzles and wait tokens.

use super::reader::Reader;

/// The lifetime of puzzles and the delay of wait tokens, in seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PuzzleConfig {
    /// The lifetime of a puzzle, in seconds.
    pub ttl: i64,
    /// The time until a wait token becomes valid, in seconds.
    pub wait: i64,
}

impl PuzzleConfig {
    pub(super) fn read(reader: &mut Reader<'_>) -> Self {
        Self {
            ttl: reader.number("PUZZLE_TTL", 60, 3_600),
            wait: reader.number("PUZZLE_WAIT", 1, 3_600),
        }
    }
}
