//! Proof of work: a puzzle that takes its solver some computing time and its verifier one hash. It
//! makes a flood of SMS requests expensive.
//!
//! The solution is a text `challenge:nonce` whose SHA-256 begins with the number of zero bits that
//! the puzzle requires.

use std::ops::ControlFlow;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// The default zero bits of an ordinary puzzle: a quarter of a million hashes on average, which
/// take well under a second in a browser. Our own choice.
pub const DEFAULT_PUZZLE_BITS: u8 = 18;
/// The default zero bits when only the hourly allowance is left: four million hashes on average,
/// which take some seconds in a browser. Our own choice.
pub const DEFAULT_PUZZLE_BITS_TOP: u8 = 22;

/// A puzzle. The solver must find a nonce for which the digest begins with `bits` zero bits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Puzzle {
    /// The start of the hashed text. The solver does not need to parse it; its format and its tag
    /// are in `server/puzzle.rs`.
    pub challenge: String,
    /// The number of zero bits at the start of the digest.
    pub bits: u8,
}

/// Returns `true` if the digest of `challenge:nonce` begins with at least `bits` zero bits.
#[must_use]
pub fn is_solution(challenge: &str, nonce: &str, bits: u8) -> bool {
    zero_bits(&Sha256::digest(format!("{challenge}:{nonce}"))) >= u32::from(bits)
}

fn zero_bits(digest: &[u8]) -> u32 {
    let bits = digest.iter().try_fold(0, |bits, byte| match byte {
        0 => ControlFlow::Continue(bits + 8),
        byte => ControlFlow::Break(bits + byte.leading_zeros()),
    });
    match bits {
        ControlFlow::Continue(bits) | ControlFlow::Break(bits) => bits,
    }
}

/// A solver of one puzzle. It tries a limited number of nonces at a time, so that the page stays
/// responsive.
#[derive(Debug, Clone)]
pub struct Solver {
    puzzle: Puzzle,
    // The state of the hash after `challenge:`, which is the same for every nonce.
    prefix_hash: Sha256,
    next: u64,
}

impl Solver {
    /// Returns a solver that starts with the nonce 0.
    #[must_use]
    pub fn new(puzzle: Puzzle) -> Self {
        let prefix_hash = Sha256::new_with_prefix(format!("{}:", puzzle.challenge));
        Self { puzzle, prefix_hash, next: 0 }
    }

    /// Tries the next `count` nonces. Returns the proof, `challenge:nonce`, if one of them solves
    /// the puzzle.
    pub fn try_nonces(&mut self, count: u32) -> Option<String> {
        for _ in 0..count {
            let nonce = self.next.to_string();
            self.next += 1;
            let digest = self.prefix_hash.clone().chain_update(nonce.as_bytes()).finalize();
            if zero_bits(&digest) >= u32::from(self.puzzle.bits) {
                return Some(format!("{}:{nonce}", self.puzzle.challenge));
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zero_bits_are_counted_from_the_front() {
        for (digest, bits) in
            [(&[0x80, 0][..], 0), (&[0x01], 7), (&[0, 0x10], 11), (&[0, 0], 16), (&[], 0)]
        {
            assert_eq!(zero_bits(digest), bits, "{digest:?}");
        }
    }

    #[test]
    fn a_found_proof_solves_its_own_puzzle_and_no_other() {
        let puzzle = Puzzle { challenge: "abc".into(), bits: 12 };
        let mut solver = Solver::new(puzzle.clone());
        let proof = (0..1_000).find_map(|_| solver.try_nonces(100)).unwrap();
        let (challenge, nonce) = proof.split_once(':').unwrap();
        assert_eq!(challenge, puzzle.challenge);
        assert!(is_solution(challenge, nonce, 12) && is_solution(challenge, nonce, 0));
        assert!(
            !is_solution("abd", nonce, 12) || !is_solution("abe", nonce, 12),
            "it belongs to its challenge"
        );
        assert!(!is_solution(challenge, nonce, 40));
    }
}
