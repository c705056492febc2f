//! The hash of recovery codes: Argon2id, which needs much memory, with a pepper. So a stolen
//! database is not enough to find a code.

use std::sync::Arc;

use argon2::{Algorithm, Argon2, Params, Version};
use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;

use super::error::Error;
use crate::domain::recovery_code::RecoveryCode;

/// The memory of one hash in KiB, its passes and its parallelism: the first choice of OWASP's
/// Password Storage Cheat Sheet for Argon2id.
const MEMORY_KIB: u32 = 19_456;
const PASSES: u32 = 2;
const PARALLELISM: u32 = 1;
/// The length of a hash in bytes.
pub const HASH_BYTES: usize = 32;
/// The length of a salt in bytes (RFC 9106 §3.1 recommends 16).
pub const SALT_BYTES: usize = 16;
/// The number of hashes at a time. Each needs a core and [`MEMORY_KIB`].
const MAX_CONCURRENT: usize = 1;

/// The hasher of recovery codes. Requests wait for their turn, so that many of them neither use up
/// the memory nor slow down other requests.
#[derive(Clone)]
pub struct RecoveryHasher {
    pepper: [u8; 32],
    permits: Arc<Semaphore>,
}

impl std::fmt::Debug for RecoveryHasher {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("RecoveryHasher(…)")
    }
}

impl RecoveryHasher {
    /// Creates a hasher that adds a pepper, which is not in the database, to every code.
    #[must_use]
    pub fn new(pepper: [u8; 32]) -> Self {
        Self { pepper, permits: Arc::new(Semaphore::new(MAX_CONCURRENT)) }
    }

    /// Returns the hashes of these codes with one salt.
    ///
    /// # Errors
    /// Fails if the server is stopping.
    pub async fn hash(
        &self,
        codes: Vec<RecoveryCode>,
        salt: [u8; SALT_BYTES],
    ) -> Result<Vec<[u8; HASH_BYTES]>, Error> {
        let (pepper, mut hashes) = (self.pepper, Vec::new());
        for code in codes {
            let permit = Arc::clone(&self.permits).acquire_owned();
            let permit = permit.await.map_err(|_| Error::Closed)?;
            let hash_one = move || {
                // The hash goes on after the client has disconnected, and so does its turn.
                let _permit = permit;
                hash(&code, &salt, &pepper)
            };
            hashes.push(spawn_blocking(hash_one).await.map_err(|_| Error::Closed)??);
        }
        Ok(hashes)
    }
}

fn hash(
    code: &RecoveryCode,
    salt: &[u8; SALT_BYTES],
    pepper: &[u8; 32],
) -> Result<[u8; HASH_BYTES], Error> {
    let params =
        Params::new(MEMORY_KIB, PASSES, PARALLELISM, Some(HASH_BYTES)).map_err(Error::Hash)?;
    let argon2 = Argon2::new_with_secret(pepper, Algorithm::Argon2id, Version::V0x13, params)
        .map_err(Error::Hash)?;
    let mut hash = [0; HASH_BYTES];
    argon2.hash_password_into(code.as_str().as_bytes(), salt, &mut hash).map_err(Error::Hash)?;
    Ok(hash)
}
