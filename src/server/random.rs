//! The only source of randomness: the operating system.

use super::error::Error;

/// A random number generator, which tests replace with one that fails.
#[derive(Debug, Clone, Copy)]
pub struct Random(fn(&mut [u8]) -> Result<(), getrandom::Error>);

/// The alphabet of challenge references: letters and digits without 0, 1, I, L and O, which look
/// alike.
const REFERENCE_ALPHABET: &[u8; 31] = b"23456789ABCDEFGHJKMNPQRSTUVWXYZ";

impl Random {
    /// Returns the operating system's generator.
    #[must_use]
    pub fn system() -> Self {
        #[expect(clippy::disallowed_methods, reason = "only this module generates randomness")]
        Self(getrandom::fill)
    }

    /// Creates a generator from a function. Tests use a function that fails.
    #[must_use]
    pub fn from_fn(fill: fn(&mut [u8]) -> Result<(), getrandom::Error>) -> Self {
        Self(fill)
    }

    /// Returns `N` random bytes.
    ///
    /// # Errors
    /// Fails if the operating system has no randomness. The request must then fail.
    pub fn bytes<const N: usize>(&self) -> Result<[u8; N], Error> {
        let mut bytes = [0; N];
        (self.0)(&mut bytes).map_err(|_| Error::Random)?;
        Ok(bytes)
    }

    /// Returns a new reference for a challenge: four readable characters, which are not secret.
    ///
    /// # Errors
    /// Fails as [`Random::bytes`] does.
    pub fn reference(&self) -> Result<String, Error> {
        let bytes: [u8; 4] = self.bytes()?;
        Ok(bytes
            .iter()
            .map(|byte| {
                char::from(REFERENCE_ALPHABET[usize::from(*byte) % REFERENCE_ALPHABET.len()])
            })
            .collect())
    }
}
