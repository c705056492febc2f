//! Helpers that the integration tests and the rehearsal share.

use ringkey::domain::proof_of_work::{Puzzle, Solver};
use tempfile::TempDir;

/// A splitmix64 generator, with the same numbers in every run.
pub(crate) struct Rng(pub u64);

impl Rng {
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        usize::try_from((z ^ (z >> 31)) % bound as u64).unwrap()
    }
}

/// Returns the proof of a puzzle.
pub(crate) fn solve(puzzle: Puzzle) -> String {
    let mut solver = Solver::new(puzzle);
    loop {
        if let Some(proof) = solver.try_nonces(1_000) {
            return proof;
        }
    }
}

/// Creates a temporary folder, in memory where the system has such a place.
pub(crate) fn memory_folder() -> TempDir {
    let memory = std::path::Path::new("/dev/shm");
    if memory.is_dir() { TempDir::new_in(memory) } else { TempDir::new() }.unwrap()
}
