//! The data key: a random key of the database, which outlives every `SECRET_KEY`.
//!
//! The database has the key encrypted (AES-256-GCM) with a key that derives from `SECRET_KEY`.
//! After a rotation of `SECRET_KEY` it is there under both keys, so the values that were made with
//! it stay comparable: the pseudonyms under which phone numbers are counted, and the hashes of
//! recovery codes. A copy of the database alone does not have the key.

use std::fmt;

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
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
    /// Reads the data key of the database, or creates it. After a rotation it is encrypted with the
    /// new key as well. If no key of the ring has it, because `SECRET_KEY` was replaced without
    /// `SECRET_KEY_PREVIOUS`, a new data key begins: the limits of numbers start anew, and recovery
    /// codes do not work. The former one stays for an instance that still has its key.
    ///
    /// # Errors
    /// Fails if the database cannot be read or written, or without randomness.
    pub async fn open(store: &Store, keys: &KeyRing, random: Random) -> Result<Self, Error> {
        if let Some(key) = find(store, keys.current()).await? {
            return Ok(Self::derive(&key));
        }
        let mut key = None;
        for previous in keys.all().skip(1) {
            if key.is_none() {
                key = find(store, previous).await?;
            }
        }
        let key = if let Some(key) = key {
            key
        } else {
            if store.has_data_key().await? {
                tracing::error!(
                    "a new data key begins, because SECRET_KEY_PREVIOUS is missing or wrong: \
                     recovery codes do not work, and the limits of numbers start anew; set it and \
                     remove the row of this SECRET_KEY from data_keys to go back"
                );
            }
            random.bytes()?
        };
        store.insert_data_key(&encrypt(keys.current(), key, random)?).await?;
        // Another instance may have written its own at the same moment.
        let key = find(store, keys.current()).await?;
        key.map(|key| Self::derive(&key)).ok_or(Error::DataKey)
    }

    /// Reads the data key for a command, which creates none. Without one the command gets a random
    /// key that is not stored, and finds no counters.
    ///
    /// # Errors
    /// Fails if the database cannot be read, or without randomness.
    pub async fn open_existing(
        store: &Store,
        keys: &KeyRing,
        random: Random,
    ) -> Result<Self, Error> {
        for key in keys.all() {
            if let Some(key) = find(store, key).await? {
                return Ok(Self::derive(&key));
            }
        }
        Ok(Self::derive(&random.bytes()?))
    }

    /// Returns `true` if the database has a data key, but none that a key of the ring decrypts.
    ///
    /// # Errors
    /// Fails if the database cannot be read.
    pub async fn is_of_other_keys(store: &Store, keys: &KeyRing) -> Result<bool, Error> {
        for key in keys.all() {
            if find(store, key).await?.is_some() {
                return Ok(false);
            }
        }
        store.has_data_key().await
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

fn encrypt(with: &Key, key: [u8; KEY_BYTES], random: Random) -> Result<EncryptedDataKey, Error> {
    // A key encrypts one data key, so the random nonce does not come twice.
    let nonce: [u8; NONCE_LEN] = random.bytes()?;
    let (unique, mut ciphertext) = (Nonce::assume_unique_for_key(nonce), key.to_vec());
    cipher(with)?
        .seal_in_place_append_tag(unique, Aad::from(CONTEXT), &mut ciphertext)
        .map_err(|_| Error::DataKey)?;
    Ok(EncryptedDataKey { key_id: with.id.clone(), nonce: nonce.to_vec(), ciphertext })
}

/// Returns the data key that the database has for this key; `None` if it has none.
async fn find(store: &Store, key: &Key) -> Result<Option<[u8; KEY_BYTES]>, Error> {
    let Some(stored) = store.find_data_key(&key.id).await? else { return Ok(None) };
    let nonce = Nonce::try_assume_unique_for_key(&stored.nonce).map_err(|_| Error::DataKey)?;
    let mut opened = stored.ciphertext;
    let key = cipher(key)?.open_in_place(nonce, Aad::from(CONTEXT), &mut opened);
    let key = key.map_err(|_| Error::DataKey)?;
    (&*key).try_into().map(Some).map_err(|_| Error::DataKey)
}

fn cipher(with: &Key) -> Result<LessSafeKey, Error> {
    let key = UnboundKey::new(&AES_256_GCM, &with.data).map_err(|_| Error::DataKey)?;
    Ok(LessSafeKey::new(key))
}
