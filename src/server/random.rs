//! The only source of randomness: the operating system's.

use super::error::Error;

/// A random number generator.
#[derive(Debug, Clone, Copy)]
pub struct Random(fn(&mut [u8]) -> Result<(), getrandom::Error>);

/// The alphabet of challenge references: letters and digits that are not confused when read aloud.
const REFERENCE_ALPHABET: &[u8; 31] = b"23456789ABCDEFGHJKMNPQRSTUVWXYZ";

impl Random {
    /// The operating system's generator.
    #[must_use]
    pub fn system() -> Self {
        #[expect(clippy::disallowed_methods, reason = "this is the one room that draws randomness")]
        Self(getrandom::fill)
    }

    /// A generator made from a function: tests use one that fails.
    #[must_use]
    pub fn from_fn(fill: fn(&mut [u8]) -> Result<(), getrandom::Error>) -> Self {
        Self(fill)
    }

    /// `N` random bytes.
    ///
    /// # Errors
    /// When the operating system has no randomness; the request must then fail.
    pub fn bytes<const N: usize>(&self) -> Result<[u8; N], Error> {
        let mut bytes = [0; N];
        (self.0)(&mut bytes).map_err(|_| Error::Random)?;
        Ok(bytes)
    }

    /// The reference of a challenge: four readable characters, which are no secret.
    ///
    /// # Errors
    /// As [`Random::bytes`].
    pub fn reference(&self) -> Result<String, Error> {
        let bytes: [u8; 4] = self.bytes()?;
        Ok(bytes.iter().map(|byte| char::from(REFERENCE_ALPHABET[usize::from(*byte) % REFERENCE_ALPHABET.len()])).collect())
    }
}
