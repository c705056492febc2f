//! The only source of randomness: the operating system's.

use super::error::Error;

/// Where random bytes come from.
#[derive(Debug, Clone, Copy)]
pub struct Random(fn(&mut [u8]) -> Result<(), getrandom::Error>);

/// Letters and digits that nobody confuses when reading them aloud.
const READABLE: &[u8; 31] = b"23456789ABCDEFGHJKMNPQRSTUVWXYZ";

impl Random {
    /// The operating system's generator.
    #[must_use]
    pub fn system() -> Self {
        #[expect(clippy::disallowed_methods, reason = "this is the one room that draws randomness")]
        Self(getrandom::fill)
    }

    /// A generator of a test's own, one that fails among them.
    #[must_use]
    pub fn of(fill: fn(&mut [u8]) -> Result<(), getrandom::Error>) -> Self {
        Self(fill)
    }

    /// `N` random bytes.
    ///
    /// # Errors
    /// When the operating system has none to give; nothing may go on without.
    pub fn bytes<const N: usize>(&self) -> Result<[u8; N], Error> {
        let mut bytes = [0; N];
        (self.0)(&mut bytes).map_err(|_| Error::Random)?;
        Ok(bytes)
    }

    /// Four readable characters that name a challenge; they keep nobody out.
    ///
    /// # Errors
    /// As [`Random::bytes`].
    pub fn reference(&self) -> Result<String, Error> {
        let bytes: [u8; 4] = self.bytes()?;
        Ok(bytes.iter().map(|byte| char::from(READABLE[usize::from(*byte) % READABLE.len()])).collect())
    }
}
