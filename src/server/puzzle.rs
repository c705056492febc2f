//! Proof-of-work puzzles and wait tokens: what a request for an SMS must present above some limits.
//!
//! A puzzle is not stored until it is used. It contains a tag over the phone number, the client
//! address, the bits and the times, so that it is valid for nothing else. The transaction that uses
//! a puzzle stores the puzzle's digest. A wait token is a puzzle of zero bits that becomes valid
//! after a delay, for browsers without scripts.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use super::config::PuzzleConfig;
use super::error::Error;
use super::random::Random;
use super::token::{Key, KeyRing};
use crate::domain::client_network::ClientNetwork;
use crate::domain::limits::send::PresentedProof;
use crate::domain::phone::PhoneNumber;
use crate::domain::proof_of_work::{Puzzle, is_solution};
use crate::domain::time::Timestamp;

/// An authentic proof, with the columns of the row that marks its puzzle as used.
#[derive(Debug, Clone)]
pub struct CheckedProof {
    /// The proof, or `Missing` before `valid_from`.
    pub proof: PresentedProof,
    /// The time from which the proof is valid.
    pub valid_from: Timestamp,
    /// The SHA-256 of the puzzle, without its solution.
    pub id: Vec<u8>,
    /// The time at which the puzzle expires and its row may be purged.
    pub expires_at: Timestamp,
}

/// The length of the body in bytes: the bits, two timestamps and random bytes.
const BODY_BYTES: usize = 1 + 8 + 8 + 12;
/// The length of the tag in bytes. The tag follows the body.
const TAG_BYTES: usize = 32;
/// The maximum length of a nonce in bytes. Valid nonces are numbers of a few digits.
const MAX_NONCE_BYTES: usize = 32;

/// The issuer of puzzles and wait tokens, which also verifies proofs.
#[derive(Debug, Clone, Copy)]
pub struct Puzzles<'a> {
    /// The keys that authenticate the tags.
    pub keys: &'a KeyRing,
    /// The source of the random bytes in a puzzle.
    pub random: &'a Random,
    /// The lifetime of a puzzle and the delay of a wait token, in seconds.
    pub config: PuzzleConfig,
}

impl Puzzles<'_> {
    /// Issues a puzzle for an SMS to `phone` that `client` requests.
    ///
    /// # Errors
    /// Fails if the operating system has no randomness.
    pub fn issue(
        &self,
        phone: &PhoneNumber,
        client: &ClientNetwork,
        bits: u8,
        now: Timestamp,
    ) -> Result<Puzzle, Error> {
        Ok(Puzzle { challenge: self.issue_token(phone, client, bits, now, now)?, bits })
    }

    /// Issues a wait token for an SMS to `phone` that `client` requests. The token becomes valid
    /// after the delay.
    ///
    /// # Errors
    /// Fails if the operating system has no randomness.
    pub fn issue_wait_token(
        &self,
        phone: &PhoneNumber,
        client: &ClientNetwork,
        now: Timestamp,
    ) -> Result<String, Error> {
        self.issue_token(phone, client, 0, now.plus(self.config.wait), now)
    }

    fn issue_token(
        &self,
        phone: &PhoneNumber,
        client: &ClientNetwork,
        bits: u8,
        valid_from: Timestamp,
        now: Timestamp,
    ) -> Result<String, Error> {
        let expires_at = valid_from.plus(self.config.ttl).max(now);
        let mut body = vec![bits];
        body.extend(valid_from.0.to_be_bytes());
        body.extend(expires_at.0.to_be_bytes());
        body.extend(self.random.bytes::<12>()?);
        let tag = compute_tag(self.keys.current(), &body, phone, client).ok_or(Error::Random)?;
        body.extend(tag);
        Ok(URL_SAFE_NO_PAD.encode(body))
    }

    /// Verifies a proof for an SMS to `phone` that `client` requests. Returns `None` if the proof
    /// is not authentic, not solved or expired, or if its puzzle was issued for another phone
    /// number or client address.
    #[must_use]
    pub fn verify(
        &self,
        proof: &str,
        phone: &PhoneNumber,
        client: &ClientNetwork,
        now: Timestamp,
    ) -> Option<CheckedProof> {
        let (challenge, nonce) = proof.split_once(':').unwrap_or((proof, ""));
        let bytes = URL_SAFE_NO_PAD
            .decode(challenge)
            .ok()
            .filter(|bytes| bytes.len() == BODY_BYTES + TAG_BYTES)?;
        let (body, presented_tag) = bytes.split_at(BODY_BYTES);
        self.keys.all().find(|key| {
            compute_tag(key, body, phone, client).is_some_and(|tag| tag.ct_eq(presented_tag).into())
        })?;
        let time =
            |at: usize| body[at..at + 8].try_into().map(i64::from_be_bytes).map(Timestamp).ok();
        let (bits, valid_from, expires_at) = (body[0], time(1)?, time(9)?);
        let proof = match bits {
            _ if now < valid_from => PresentedProof::Missing,
            0 => PresentedProof::WaitToken { seconds: self.config.wait },
            bits if nonce.len() <= MAX_NONCE_BYTES && is_solution(challenge, nonce, bits) => {
                PresentedProof::Solved(bits)
            }
            _ => return None,
        };
        (now < expires_at).then(|| CheckedProof {
            proof,
            valid_from,
            id: Sha256::digest(&bytes).to_vec(),
            expires_at,
        })
    }
}

fn compute_tag(
    key: &Key,
    body: &[u8],
    phone: &PhoneNumber,
    client: &ClientNetwork,
) -> Option<[u8; TAG_BYTES]> {
    let mac = Hmac::<Sha256>::new_from_slice(&key.puzzle).ok()?;
    let fields: [&[u8]; 4] =
        [b"send-otp", phone.as_str().as_bytes(), client.address.as_bytes(), body];
    let mac = fields.iter().fold(mac, |mac, field| {
        let length = u64::try_from(field.len()).unwrap_or(u64::MAX);
        mac.chain_update(length.to_be_bytes()).chain_update(field)
    });
    Some(mac.finalize().into_bytes().into())
}
