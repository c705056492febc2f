//! Consumes challenges: after that, their code or their verification is of no more use.

use super::UnusedAttempts;
use super::rows::{read_challenge, read_unused_attempts};
use crate::domain::challenge::Challenge;
use crate::domain::time::Timestamp;
use crate::server::error::Error;
use crate::server::store::{Tx, query};

impl Tx {
    /// Consumes a challenge of a signed-in person after its correct code, and refunds that attempt.
    /// Returns the unused attempts; `None` if the challenge was concurrently consumed or replaced.
    pub(crate) async fn consume_challenge(
        &mut self,
        id: &[u8],
        now: Timestamp,
    ) -> Result<Option<UnusedAttempts>, Error> {
        let statement = query(
            "UPDATE challenges SET consumed_at = $2, refunded_at = $2, attempts = attempts - 1 \
             WHERE id = $1 AND consumed_at IS NULL AND replaced_at IS NULL \
             AND refunded_at IS NULL RETURNING attempts, max_attempts, code_length, created_at",
        );
        self.fetch(statement.bind(id).bind(now.0), read_unused_attempts).await
    }

    /// Consumes a challenge whose phone number is verified, and returns it. Returns `None` if the
    /// phone number is not verified, if `verification_expires_at` has passed, or if the challenge
    /// was consumed or replaced.
    pub(crate) async fn consume_verified(
        &mut self,
        id: &[u8],
        now: Timestamp,
    ) -> Result<Option<Challenge>, Error> {
        let statement = query(
            "UPDATE challenges SET consumed_at = $2 WHERE id = $1 AND verified_at IS NOT NULL \
             AND verification_expires_at > $2 AND consumed_at IS NULL AND replaced_at IS NULL \
             RETURNING *",
        );
        self.fetch(statement.bind(id).bind(now.0), read_challenge).await
    }
}
