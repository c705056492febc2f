//! The keys, the session token (a signed JWT) and the challenge secret.
//!
//! All keys are derived by HKDF-SHA256 (RFC 5869) from a secret. The key ring has at most two keys:
//! the first one signs, and both verify. Rows contain the id of their key, so that a rotation ends
//! no code and no session.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hkdf::Hkdf;
use hmac::{Hmac, KeyInit, Mac};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation, decode, encode};
use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};

use super::error::Error;
use super::random::Random;
use crate::domain::session::Claims;

/// The `typ` of session tokens, so that no other token of the same key is accepted as a session.
const TOKEN_TYPE: &str = "session+jwt";
/// The length of a challenge's secret, a session's sid and a device token, in bytes.
const SECRET_BYTES: usize = 32;

/// The keys that derive from one `SECRET_KEY`.
pub struct Key {
    /// The public name of the key: `kid` in tokens, `key_id` in rows.
    pub id: String,
    /// The pepper from which codes are derived.
    pub pepper: [u8; 32],
    /// The key that authenticates puzzles and wait tokens.
    pub puzzle: [u8; 32],
    /// The key that encrypts the data key of the database.
    pub data: [u8; 32],
    /// The token in the address at which a provider without signatures posts its receipts.
    pub receipt_token: String,
    proof: [u8; 32],
    encoding: EncodingKey,
    decoding: DecodingKey,
}

/// The signing key and, during a rotation, the previous key.
#[derive(Debug)]
pub struct KeyRing {
    keys: Vec<Key>,
    /// The required claims of a token.
    validation: Validation,
}

/// The value of the challenge cookie: a random secret and, once its code is verified, a tag that
/// only this server can create. The tag changes the row's id, so that an attacker who planted or
/// saw the first value cannot use the proof.
#[derive(Clone)]
pub struct ChallengeSecret(Vec<u8>);

impl Key {
    fn derive(secret: &[u8]) -> Self {
        let okm = |label: &[u8]| {
            let mut okm = [0; 32];
            // HKDF refuses only outputs above 255 blocks, and 32 bytes are far below that.
            let _ = Hkdf::<Sha256>::new(None, secret).expand(label, &mut okm);
            okm
        };
        let session = okm(b"ringkey session token v1");
        Self {
            id: URL_SAFE_NO_PAD.encode(&okm(b"ringkey key id v1")[..6]),
            pepper: okm(b"ringkey code pepper v1"),
            puzzle: okm(b"ringkey puzzle v1"),
            data: okm(b"ringkey data key encryption v1"),
            receipt_token: URL_SAFE_NO_PAD.encode(&okm(b"ringkey receipt token v1")[..24]),
            proof: okm(b"ringkey challenge proof v1"),
            encoding: EncodingKey::from_secret(&session),
            decoding: DecodingKey::from_secret(&session),
        }
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Key({})", self.id)
    }
}

impl KeyRing {
    /// Creates the key ring of one or two secrets, the signing one first, for one origin.
    #[must_use]
    pub fn new(origin: &str, current: &[u8], previous: Option<&[u8]>) -> Self {
        let mut validation = Validation::new(Algorithm::HS256);
        validation.validate_exp = false;
        validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
        validation.set_issuer(&[origin]);
        validation.set_audience(&[origin]);
        Self {
            keys: std::iter::once(current).chain(previous).map(Key::derive).collect(),
            validation,
        }
    }

    /// Returns the key that signs new tokens and derives new codes.
    #[must_use]
    pub fn current(&self) -> &Key {
        &self.keys[0]
    }

    /// Returns all keys that verify, the signing one first.
    pub fn all(&self) -> impl Iterator<Item = &Key> {
        self.keys.iter()
    }

    /// Returns the key with this id.
    ///
    /// # Errors
    /// Fails if the key is no longer in the key ring.
    pub fn find(&self, id: &str) -> Result<&Key, Error> {
        self.keys.iter().find(|key| key.id == id).ok_or_else(|| Error::UnknownKey(id.to_owned()))
    }

    /// Signs the claims of a session as a JWT (HS256).
    ///
    /// # Errors
    /// Fails if the crypto library refuses to sign.
    pub fn sign(&self, claims: &Claims) -> Result<String, Error> {
        self.sign_as(TOKEN_TYPE, claims)
    }

    /// Signs claims as a JWT (HS256) of the type `typ`.
    pub(super) fn sign_as(&self, typ: &str, claims: &impl Serialize) -> Result<String, Error> {
        let key = self.current();
        let mut header = Header::new(Algorithm::HS256);
        header.typ = Some(typ.to_owned());
        header.kid = Some(key.id.clone());
        Ok(encode(&header, claims, &key.encoding)?)
    }

    /// Returns the claims of a session's token that this server signed, else `None`. The expiry is
    /// not checked here; the caller checks it by its own clock.
    #[must_use]
    pub fn verify(&self, token: &str) -> Option<Claims> {
        self.verify_as(TOKEN_TYPE, token)
    }

    /// Returns the claims of a token of the type `typ`, as [`Self::verify`] does.
    pub(super) fn verify_as<T: Clone + DeserializeOwned>(
        &self,
        typ: &str,
        token: &str,
    ) -> Option<T> {
        let mut verified = self.keys.iter().filter_map(|key| {
            Some((key, decode::<T>(token, &key.decoding, &self.validation).ok()?))
        });
        let (key, data) = verified.next()?;
        let is_of_type =
            data.header.typ.as_deref() == Some(typ) && data.header.kid.as_deref() == Some(&key.id);
        is_of_type.then_some(data.claims)
    }
}

impl ChallengeSecret {
    /// Generates a secret of 256 random bits.
    ///
    /// # Errors
    /// Fails if the operating system has no randomness.
    pub fn generate(random: Random) -> Result<Self, Error> {
        Ok(Self(random.bytes::<SECRET_BYTES>()?.to_vec()))
    }

    /// Parses the value of a cookie. Returns `None` unless the value has the form that this server
    /// sets.
    #[must_use]
    pub fn parse(value: &str) -> Option<Self> {
        let bytes = URL_SAFE_NO_PAD.decode(value).ok()?;
        matches!(bytes.len(), SECRET_BYTES | 64).then_some(Self(bytes))
    }

    /// Returns the value of the cookie, in base64url.
    #[must_use]
    pub fn cookie_value(&self) -> String {
        URL_SAFE_NO_PAD.encode(&self.0)
    }

    /// Returns the secret without its tag. The code is derived from this secret.
    #[must_use]
    pub fn secret(&self) -> &[u8] {
        &self.0[..SECRET_BYTES]
    }

    /// Returns the id of the challenge's row: the SHA-256 of secret and tag.
    #[must_use]
    pub fn id(&self) -> Vec<u8> {
        Sha256::digest(&self.0).to_vec()
    }

    /// Returns the value that the browser gets when the code is verified. The value is always the
    /// same for the same secret, so that a browser that lost the response can send the code again.
    #[must_use]
    pub fn verified(&self, key: &Key) -> Self {
        if self.0.len() > SECRET_BYTES {
            return self.clone();
        }
        let Ok(mac) = Hmac::<Sha256>::new_from_slice(&key.proof) else { return self.clone() };
        let tag = mac.chain_update(self.secret()).finalize().into_bytes();
        Self([self.secret(), &tag].concat())
    }
}

impl fmt::Debug for ChallengeSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ChallengeSecret(…)")
    }
}

/// Generates the value of a device cookie: 256 random bits, in base64url.
///
/// # Errors
/// Fails if the operating system has no randomness.
pub fn generate_device_token(random: Random) -> Result<String, Error> {
    generate_sid(random)
}

/// Returns the id of a device's rows (SHA-256), or `None` if the value is malformed.
#[must_use]
pub fn device_id(value: &str) -> Option<Vec<u8>> {
    let bytes = URL_SAFE_NO_PAD.decode(value).ok().filter(|bytes| bytes.len() == SECRET_BYTES)?;
    Some(Sha256::digest(bytes).to_vec())
}

/// Generates the sid of a session: 256 random bits, in base64url.
///
/// # Errors
/// Fails if the operating system has no randomness.
pub fn generate_sid(random: Random) -> Result<String, Error> {
    Ok(URL_SAFE_NO_PAD.encode(random.bytes::<SECRET_BYTES>()?))
}

/// Generates an account id: 128 random bits, in base64url.
///
/// # Errors
/// Fails if the operating system has no randomness.
pub fn generate_user_id(random: Random) -> Result<String, Error> {
    Ok(URL_SAFE_NO_PAD.encode(random.bytes::<16>()?))
}

/// Returns the id of a session's row: the SHA-256 of the sid. Only the browser has the sid itself.
#[must_use]
pub fn session_id(sid: &str) -> Vec<u8> {
    Sha256::digest(sid.as_bytes()).to_vec()
}

#[cfg(test)]
mod tests;
