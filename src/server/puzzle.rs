//! Puzzles and waits: what a request for a text has to show once it costs more than a click.
//!
//! Nothing is kept of a puzzle until it is used: it is a tag over what it is for (the number, the source, the bits, its
//! times), so that nobody can use it for anything else, and its digest becomes a row in the transaction that spends it. A wait is
//! a puzzle of no bits that holds from a moment on, for browsers that run no scripts.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use super::client_ip::Source;
use super::config::PuzzleConfig;
use super::error::Error;
use super::random::Random;
use super::token::{Key, KeyRing};
use crate::domain::limits::send::Shown;
use crate::domain::phone::PhoneNumber;
use crate::domain::proof_of_work::{Puzzle, solves};
use crate::domain::time::Timestamp;

/// A proof of ours, and the row that spends it.
#[derive(Debug, Clone)]
pub struct Presented {
    /// What it shows; nothing before its time.
    pub shown: Shown,
    /// From when it holds.
    pub holds_from: Timestamp,
    /// Digest of the puzzle, whatever its solution.
    pub id: Vec<u8>,
    /// When the puzzle ends by itself, and the row may go.
    pub expires_at: Timestamp,
}

/// Zero bits, two times, randomness, tag.
const BODY: usize = 1 + 8 + 8 + 12;
const TAG: usize = 32;
/// A nonce is a number of a few digits; nobody needs more.
const LONGEST_NONCE: usize = 32;

/// The issuer of puzzles and waits, which also verifies the proofs that come back.
#[derive(Debug, Clone, Copy)]
pub struct Puzzles<'a> {
    /// The keys of the tags.
    pub keys: &'a KeyRing,
    /// The random number generator.
    pub random: &'a Random,
    /// Lifetime and length of a wait.
    pub config: PuzzleConfig,
}

impl Puzzles<'_> {
    /// Issues a puzzle for a text to `phone` that `source` asks for.
    ///
    /// # Errors
    /// When there is no randomness.
    pub fn issue(&self, phone: &PhoneNumber, source: &Source, bits: u8, now: Timestamp) -> Result<Puzzle, Error> {
        Ok(Puzzle { challenge: self.make(phone, source, bits, now, now)?, bits })
    }

    /// Issues a wait that may be shown once it is over.
    ///
    /// # Errors
    /// When there is no randomness.
    pub fn issue_wait(&self, phone: &PhoneNumber, source: &Source, now: Timestamp) -> Result<String, Error> {
        self.make(phone, source, 0, now.plus(self.config.wait), now)
    }

    fn make(&self, phone: &PhoneNumber, source: &Source, bits: u8, from: Timestamp, now: Timestamp) -> Result<String, Error> {
        let until = from.plus(self.config.ttl).max(now);
        let mut body = vec![bits];
        body.extend(from.0.to_be_bytes());
        body.extend(until.0.to_be_bytes());
        body.extend(self.random.bytes::<12>()?);
        let tag = tag(self.keys.current(), &body, phone, source).ok_or(Error::Random)?;
        body.extend(tag);
        Ok(URL_SAFE_NO_PAD.encode(body))
    }

    /// Verifies a proof for a text to `phone` from `source`; `None` if it is not ours, of another number or source, too old or
    /// not solved.
    #[must_use]
    pub fn verify(&self, proof: &str, phone: &PhoneNumber, source: &Source, now: Timestamp) -> Option<Presented> {
        let (challenge, nonce) = proof.split_once(':').unwrap_or((proof, ""));
        let bytes = URL_SAFE_NO_PAD.decode(challenge).ok().filter(|bytes| bytes.len() == BODY + TAG)?;
        let (body, theirs) = bytes.split_at(BODY);
        self.keys.all().find(|key| tag(key, body, phone, source).is_some_and(|ours| ours.ct_eq(theirs).into()))?;
        let time = |at: usize| body[at..at + 8].try_into().map(i64::from_be_bytes).map(Timestamp).ok();
        let (bits, holds_from, expires_at) = (body[0], time(1)?, time(9)?);
        let shown = match bits {
            _ if now < holds_from => Shown::Nothing,
            0 => Shown::Waited { seconds: self.config.wait },
            bits if nonce.len() <= LONGEST_NONCE && solves(challenge, nonce, bits) => Shown::Solved(bits),
            _ => return None,
        };
        (now < expires_at).then(|| Presented { shown, holds_from, id: Sha256::digest(&bytes).to_vec(), expires_at })
    }
}

fn tag(key: &Key, body: &[u8], phone: &PhoneNumber, source: &Source) -> Option<[u8; TAG]> {
    let mac = Hmac::<Sha256>::new_from_slice(&key.puzzle).ok()?;
    let fields: [&[u8]; 4] = [b"send-otp", phone.as_str().as_bytes(), source.name.as_bytes(), body];
    let mac = fields.iter().fold(mac, |mac, field| {
        let length = u64::try_from(field.len()).unwrap_or(u64::MAX);
        mac.chain_update(length.to_be_bytes()).chain_update(field)
    });
    Some(mac.finalize().into_bytes().into())
}
