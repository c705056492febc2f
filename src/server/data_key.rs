//! The data key: a random key of the database, which outlives every `SECRET_KEY`.
//!
//! The database has the key encrypted (AES-256-GCM) with a key that derives from `SECRET_KEY`. A
//! rotation of `SECRET_KEY` encrypts it anew, so the values that were made with it stay comparable:
//! the pseudonyms under which phone numbers are counted, and the hashes of recovery codes. A copy
//! of the database alone does not have the key.

use std::fmt;

use aws_lc_rs::aead::{AES_256_GCM, Aad, Nonce, RandomizedNonceKey};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hkdf::Hkdf;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use super::error::Error;
use super::random::Random;
use super::store::{EncryptedDataKey, Store};
use super::token::{Key, KeyRing};
use crate::domain::phone::PhoneNumber;

/// The length of the data key in bytes.
const KEY_BYTES: usize = 32;
/// The number of bytes of a pseudonym, before it is encoded: 128 bits, so that no two numbers meet.
const PSEUDONYM_BYTES: usize = 16;
/// The context of the encryption, so that nothing else is accepted as a data key.
const CONTEXT: &[u8] = b"ringkey data key v1";

/// The keys that derive from the data key.
#[derive(Clone)]
pub struct DataKey {
    pseudonym: [u8; KEY_BYTES],
    /// The pepper of the hashes of recovery codes.
    pub recovery_pepper: [u8; KEY_BYTES],
}

impl fmt::Debug for DataKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DataKey(…)")
    }
}

impl DataKey {
    /// Reads the data key of the database, or creates it. If the key ring has no key that decrypts
    /// it, because `SECRET_KEY` was replaced without `SECRET_KEY_PREVIOUS`, a new one takes its
    /// place: the limits of numbers start anew, and recovery codes end.
    ///
    /// # Errors
    /// Fails if the database cannot be read or written, or without randomness.
    pub async fn open(store: &Store, keys: &KeyRing, random: Random) -> Result<Self, Error> {
        let current = keys.current();
        let stored = store.find_data_key().await?;
        let opened = stored.as_ref().and_then(|stored| decrypt(keys, stored));
        let key = match (&stored, opened) {
            (Some(stored), Some(key)) if stored.key_id == current.id => {
                return Ok(Self::derive(&key));
            }
            (_, Some(key)) => key,
            (None, None) => random.bytes()?,
            (Some(_), None) => {
                tracing::warn!(
                    "the data key was encrypted with another SECRET_KEY: the limits of numbers \
                     start anew, and recovery codes are not valid any more"
                );
                random.bytes()?
            }
        };
        let replaces = stored.map(|stored| stored.key_id);
        store.write_data_key(replaces.as_deref(), &encrypt(current, key)?).await?;
        // Another instance may have written its own at the same moment.
        let stored = store.find_data_key().await?;
        let key = stored.and_then(|stored| decrypt(keys, &stored));
        key.map(|key| Self::derive(&key)).ok_or(Error::DataKey)
    }

    fn derive(key: &[u8; KEY_BYTES]) -> Self {
        let okm = |label: &[u8]| {
            let mut okm = [0; KEY_BYTES];
            // HKDF refuses only outputs above 255 blocks.
            let _ = Hkdf::<Sha256>::new(None, key).expand(label, &mut okm);
            okm
        };
        Self {
            pseudonym: okm(b"ringkey number pseudonym v1"),
            recovery_pepper: okm(b"ringkey recovery pepper v1"),
        }
    }

    /// Returns the pseudonym of a phone number, under which it is counted: 128 bits of an
    /// HMAC-SHA256 in base64url.
    #[must_use]
    pub fn pseudonym(&self, phone: &PhoneNumber) -> String {
        // HMAC takes keys of every length.
        let Ok(mac) = Hmac::<Sha256>::new_from_slice(&self.pseudonym) else {
            return String::new();
        };
        let tag = mac.chain_update(phone.as_str()).finalize().into_bytes();
        URL_SAFE_NO_PAD.encode(&tag[..PSEUDONYM_BYTES])
    }
}

fn encrypt(with: &Key, mut key: [u8; KEY_BYTES]) -> Result<EncryptedDataKey, Error> {
    let cipher = cipher(with)?;
    let mut ciphertext = key.to_vec();
    key.fill(0);
    let nonce = cipher.seal_in_place_append_tag(Aad::from(CONTEXT), &mut ciphertext);
    let nonce = nonce.map_err(|_| Error::DataKey)?.as_ref().to_vec();
    Ok(EncryptedDataKey { key_id: with.id.clone(), nonce, ciphertext })
}

fn decrypt(keys: &KeyRing, stored: &EncryptedDataKey) -> Option<[u8; KEY_BYTES]> {
    let cipher = cipher(keys.find(&stored.key_id).ok()?).ok()?;
    let nonce = Nonce::try_assume_unique_for_key(&stored.nonce).ok()?;
    let mut opened = stored.ciphertext.clone();
    let key = cipher.open_in_place(nonce, Aad::from(CONTEXT), &mut opened).ok()?;
    (&*key).try_into().ok()
}

fn cipher(with: &Key) -> Result<RandomizedNonceKey, Error> {
    RandomizedNonceKey::new(&AES_256_GCM, &with.data).map_err(|_| Error::DataKey)
}
