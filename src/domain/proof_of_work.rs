//! Proof of work: a puzzle that costs its solver time and its verifier one hash, so that a flood of
//! SMS requests has a price.
//!
//! The proof of a puzzle is `challenge:nonce` whose SHA-256 begins with as many zero bits as the
//! puzzle asks for.

use std::ops::ControlFlow;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// Default zero bits of an ordinary puzzle: a quarter of a million hashes, well under a second in a
/// browser.
pub const DEFAULT_BITS: u8 = 18;
/// Default zero bits once only the hourly allowance is left: four million hashes, some seconds.
pub const DEFAULT_BITS_TOP: u8 = 22;

/// A puzzle: find a nonce whose digest begins with zero bits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Puzzle {
    /// The prefix of the hashed text; only the server that issued it can read it.
    pub challenge: String,
    /// Number of zero bits at the start of the digest.
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

/// A solver that works in slices, so that a page stays responsive.
#[derive(Debug, Clone)]
pub struct Solver {
    puzzle: Puzzle,
    // The hash state after the prefix, which is the same for every nonce.
    prefix_hash: Sha256,
    next: u64,
}

impl Solver {
    /// A solver of this puzzle.
    #[must_use]
    pub fn new(puzzle: Puzzle) -> Self {
        let prefix_hash = Sha256::new_with_prefix(format!("{}:", puzzle.challenge));
        Self { puzzle, prefix_hash, next: 0 }
    }

    /// Tries the next `count` nonces; returns the proof if one of them solves the puzzle.
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
