//! Proof of work: a puzzle that costs its solver time and its checker one hash, so that a flood of texts has a price.
//!
//! The proof of a puzzle is `challenge:nonce` whose SHA-256 begins with as many zero bits as the puzzle asks for.

use std::ops::ControlFlow;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// Zero bits of an ordinary puzzle unless a setting says otherwise: a quarter of a million hashes, well under a second in a
/// browser.
pub const BITS: u8 = 18;
/// Zero bits where only a trickle is left: four million hashes, some seconds.
pub const BITS_TOP: u8 = 22;

/// A puzzle, as it travels.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Puzzle {
    /// What the nonce is put behind; only the server that made it can read it.
    pub challenge: String,
    /// Zero bits that the digest must begin with.
    pub bits: u8,
}

/// Whether `challenge:nonce` has a digest that begins with so many zero bits.
#[must_use]
pub fn solves(challenge: &str, nonce: &str, bits: u8) -> bool {
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

/// A search that can be done in slices, so that a page stays responsive.
#[derive(Debug, Clone)]
pub struct Search {
    puzzle: Puzzle,
    // The hash of what is the same in every try.
    begun: Sha256,
    next: u64,
}

impl Search {
    /// Starts one.
    #[must_use]
    pub fn new(puzzle: Puzzle) -> Self {
        let begun = Sha256::new_with_prefix(format!("{}:", puzzle.challenge));
        Self { puzzle, begun, next: 0 }
    }

    /// Tries so many nonces; the proof, if one of them solves the puzzle.
    pub fn slice(&mut self, tries: u32) -> Option<String> {
        for _ in 0..tries {
            let nonce = self.next.to_string();
            self.next += 1;
            let digest = self.begun.clone().chain_update(nonce.as_bytes()).finalize();
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
        for (digest, bits) in [(&[0x80, 0][..], 0), (&[0x01], 7), (&[0, 0x10], 11), (&[0, 0], 16), (&[], 0)] {
            assert_eq!(zero_bits(digest), bits, "{digest:?}");
        }
    }

    #[test]
    fn what_the_search_finds_solves_its_puzzle_and_no_harder_one_by_right() {
        let puzzle = Puzzle { challenge: "abc".into(), bits: 12 };
        let mut search = Search::new(puzzle.clone());
        let proof = (0..1_000).find_map(|_| search.slice(100)).unwrap();
        let (challenge, nonce) = proof.split_once(':').unwrap();
        assert_eq!(challenge, puzzle.challenge);
        assert!(solves(challenge, nonce, 12) && solves(challenge, nonce, 0));
        assert!(!solves("abd", nonce, 12) || !solves("abe", nonce, 12), "it belongs to its challenge");
        assert!(!solves(challenge, nonce, 40));
    }
}
