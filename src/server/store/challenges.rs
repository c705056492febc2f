//! The `challenges` table. Updates are conditional (compare-and-set): the `WHERE` clause checks the
//! expected state, and the number of changed rows tells whether the update won.

mod consume;
mod rows;

use rows::{read_challenge, read_unused_attempts};

use sqlx::AssertSqlSafe;

use super::sql_builder::SqlBuilder;
use super::statement::Param;
use super::{Row, Store, Tx, query};
use crate::domain::challenge::{Challenge, ChallengeScope};
use crate::domain::time::Timestamp;
use crate::server::error::Error;

/// The columns of a new challenge, in the order of [`challenge_params`].
pub(super) const CHALLENGE_COLUMNS: &str = "id, phone, purpose, nonce, key_id, code_length, \
     reference, next, attempts, max_attempts, cooldown_step, created_at, sent_at, resend_at, \
     expires_at, attempt_budget, country, client_address, client_subnet, user_id";
/// Completes a challenge; see [`Tx::complete_challenge`]. `$1` and `$2` are the ids before and
/// after the verification, `$3` is the time and `$4` the expiry of the verification.
pub(super) const COMPLETE_CHALLENGE: &str = "UPDATE challenges SET refunded_at = $3, attempts = \
     attempts - 1, \
     max_attempts = CASE WHEN owner.opens_account THEN max_attempts ELSE attempts END, \
     consumed_at = CASE WHEN owner.opens_account THEN CAST($3 AS BIGINT) END, \
     id = CASE WHEN owner.opens_account THEN id ELSE $2 END, \
     verified_at = CASE WHEN owner.opens_account THEN NULL ELSE CAST($3 AS BIGINT) END, \
     verification_expires_at = CASE WHEN owner.opens_account THEN NULL ELSE CAST($4 AS \
     BIGINT) END \
     FROM (SELECT EXISTS (SELECT 1 FROM users WHERE phone = \
     (SELECT phone FROM challenges WHERE id = $1) AND (seen_at > $5 OR EXISTS (\
     SELECT 1 FROM devices WHERE user_id = users.id AND devices.id = $6 \
     AND devices.expires_at > $3))) AS opens_account) AS owner \
     WHERE id = $1 AND verified_at IS NULL AND consumed_at IS NULL \
     AND replaced_at IS NULL AND refunded_at IS NULL \
     RETURNING consumed_at, attempts, \
     EXISTS (SELECT 1 FROM users WHERE phone = challenges.phone) AS has_account";
const FIND: &str = "SELECT * FROM challenges WHERE id = $1";

/// The row of a new challenge.
#[derive(Debug)]
pub struct NewChallenge<'a> {
    /// The SHA-256 of the cookie's secret.
    pub id: Vec<u8>,
    /// The other columns of the row.
    pub challenge: &'a Challenge,
}

/// The attempts that a challenge reserved and did not use. They are refunded to its attempt budget.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnusedAttempts {
    /// The number of unused attempts.
    pub count: i64,
    /// The number of digits of the code.
    pub code_length: u8,
    /// The time of the reservation.
    pub created_at: Timestamp,
}

/// The result of completing a challenge with the correct code.
#[derive(Debug)]
pub(super) struct CompletedChallenge {
    /// `true` if the phone number has an account that opens by an SMS alone.
    pub opens_account: bool,
    /// `true` if the phone number has an account. One that does not open is dormant.
    pub has_account: bool,
    /// The attempts that the challenge did not use.
    pub unused: UnusedAttempts,
}

impl UnusedAttempts {
    /// Returns the unused attempts of a challenge of which `attempts` were used.
    #[must_use]
    pub fn of(challenge: &Challenge, attempts: i64) -> Self {
        let count = (challenge.max_attempts - attempts).max(0);
        Self { count, code_length: challenge.code_length, created_at: challenge.created_at }
    }
}

/// Returns the parameters of a new challenge's row.
pub(super) fn challenge_params(new: &NewChallenge<'_>) -> [Param; 20] {
    let row = new.challenge;
    [
        new.id.as_slice().into(),
        row.phone.as_str().into(),
        row.scope.purpose.as_str().into(),
        row.nonce.as_slice().into(),
        row.key_id.as_str().into(),
        i64::from(row.code_length).into(),
        row.reference.as_str().into(),
        row.next.clone().into(),
        row.attempts.into(),
        row.max_attempts.into(),
        row.cooldown_step.into(),
        row.created_at.0.into(),
        row.created_at.0.into(),
        row.resend_at.0.into(),
        row.expires_at.0.into(),
        row.attempt_budget.as_str().into(),
        row.country.as_str().into(),
        row.client.address.as_str().into(),
        row.client.subnet.as_str().into(),
        row.scope.user_id.as_str().into(),
    ]
}

impl Store {
    /// Returns the challenge with this id.
    ///
    /// # Errors
    /// Fails if the database cannot be read.
    pub async fn find_challenge(&self, id: &[u8]) -> Result<Option<Challenge>, Error> {
        self.find(query(FIND).bind(id), read_challenge).await
    }
}

impl Tx {
    /// Returns the challenge with this id, as this transaction sees it.
    pub(crate) async fn find_challenge(&mut self, id: &[u8]) -> Result<Option<Challenge>, Error> {
        self.fetch(query(FIND).bind(id), read_challenge).await
    }

    /// Writes the row of a new challenge.
    pub(super) async fn insert_challenge(&mut self, new: &NewChallenge<'_>) -> Result<(), Error> {
        let mut sql = SqlBuilder::new("INSERT INTO challenges (");
        sql.push(CHALLENGE_COLUMNS).push(") VALUES ").rows([challenge_params(new)]);
        self.execute(sql.build()).await.map(drop)
    }

    /// Marks a challenge as replaced by another one of the same browser. `previous` is the
    /// `replaced_at` that the caller read. Returns `false` if it has changed since, or if the
    /// challenge was consumed.
    pub(crate) async fn replace_challenge(
        &mut self,
        id: &[u8],
        previous: Option<Timestamp>,
        now: Timestamp,
    ) -> Result<bool, Error> {
        let statement = query(
            "UPDATE challenges SET replaced_at = $3 WHERE id = $1 \
             AND COALESCE(replaced_at, 0) = $2 AND consumed_at IS NULL",
        );
        let previous = previous.map_or(0, |at| at.0);
        Ok(self.execute(statement.bind(id).bind(previous).bind(now.0)).await? == 1)
    }

    /// Counts one more SMS of a challenge. Returns `false` if another request counted one since
    /// `cooldown_step` was read, or if the challenge is over or verified.
    pub(crate) async fn count_send(
        &mut self,
        id: &[u8],
        cooldown_step: i64,
        resend_at: Timestamp,
        now: Timestamp,
    ) -> Result<bool, Error> {
        let statement = query(
            "UPDATE challenges SET cooldown_step = $2 + 1, sms_count = sms_count + 1, \
             sent_at = $4, resend_at = $3, delivery = 0 \
             WHERE id = $1 AND cooldown_step = $2 AND consumed_at IS NULL \
             AND replaced_at IS NULL AND verified_at IS NULL AND expires_at > $4",
        );
        Ok(self
            .execute(statement.bind(id).bind(cooldown_step).bind(resend_at.0).bind(now.0))
            .await?
            == 1)
    }

    /// Counts an attempt with a code of `length` digits and returns its challenge; `None` if the
    /// code must not be compared, or if the challenge has another scope. A challenge is found by
    /// either id: it gets the second one when its phone number is verified, and the browser may
    /// send the correct code again after that. `is_verified` says which of the two cases is
    /// counted.
    pub(crate) async fn count_attempt(
        &mut self,
        [id, verified_id]: [&[u8]; 2],
        (reference, length): (&str, u8),
        scope: &ChallengeScope,
        is_verified: bool,
        now: Timestamp,
    ) -> Result<Option<Challenge>, Error> {
        let mut sql =
            SqlBuilder::new("UPDATE challenges SET attempts = attempts + 1 WHERE id IN (");
        sql.bind_all([id.into(), verified_id.into()])
            .push(") AND reference = COALESCE(")
            .bind(Some(reference.to_owned()).filter(|reference| !reference.is_empty()))
            .push(", reference) AND code_length = ")
            .bind(i64::from(length))
            .push(" AND purpose = ")
            .bind(scope.purpose.as_str())
            .push(" AND user_id = ")
            .bind(scope.user_id.as_str())
            .push(" AND expires_at > ")
            .bind(now.0)
            .push(
                " AND attempts < max_attempts AND consumed_at IS NULL AND replaced_at IS NULL AND ",
            )
            .push(if is_verified {
                "verified_at IS NOT NULL"
            } else {
                "verified_at IS NULL AND refunded_at IS NULL"
            })
            .push(" RETURNING *");
        self.fetch(sql.build(), read_challenge).await
    }

    /// Deletes the challenges that an account has asked for, and those of these attempt budgets.
    /// Their reserved attempts stay counted.
    pub(crate) async fn delete_challenges(
        &mut self,
        user_id: &str,
        attempt_budgets: [&str; 2],
    ) -> Result<(), Error> {
        // The rows are locked in the order of their ids.
        let lock = if self.has_concurrent_writers() { " FOR UPDATE" } else { "" };
        let sql = format!(
            "WITH own AS (SELECT id FROM challenges WHERE (user_id = $1 AND user_id <> '') \
             OR attempt_budget IN ($2, $3) ORDER BY id{lock}) \
             DELETE FROM challenges WHERE id IN (SELECT id FROM own)"
        );
        let [first, second] = attempt_budgets;
        let statement = query(AssertSqlSafe(sql)).bind(user_id).bind(first).bind(second);
        self.execute(statement).await.map(drop)
    }

    /// Refunds the attempt of a correct code that was sent again.
    pub(crate) async fn refund_attempt(&mut self, id: &[u8]) -> Result<(), Error> {
        let statement =
            query("UPDATE challenges SET attempts = attempts - 1 WHERE id = $1 AND attempts > 0");
        self.execute(statement.bind(id)).await.map(drop)
    }

    /// Completes a challenge after the correct code and refunds that attempt. If the phone number
    /// has an account that opens by an SMS alone, the challenge is consumed. Otherwise the phone
    /// number is verified until `verification_expires_at`, the challenge keeps one attempt, and its
    /// row gets `verified_id`, the id of the cookie's new value. Returns `None` if the challenge
    /// was concurrently consumed, replaced or verified, or if its attempts were refunded (the
    /// condition `refunded_at IS NULL`).
    pub(super) async fn complete_challenge(
        &mut self,
        challenge: &Challenge,
        params: [Param; 6],
    ) -> Result<Option<CompletedChallenge>, Error> {
        let completed = |row: &Row<'_>| {
            let consumed_at: Option<i64> = row.get("consumed_at")?;
            // `challenge` still has the maximum from before the update.
            let unused = UnusedAttempts::of(challenge, row.get("attempts")?);
            let has_account = row.get("has_account")?;
            Ok(CompletedChallenge { opens_account: consumed_at.is_some(), has_account, unused })
        };
        let mut sql = SqlBuilder::new("");
        sql.push_with(COMPLETE_CHALLENGE, params);
        self.fetch(sql.build(), completed).await
    }

    /// Marks the ended challenges of an attempt budget as refunded, and returns their unused
    /// attempts, which the caller refunds. A challenge has ended if it was replaced, or if it
    /// expired at or before `expired_before`. The caller chooses that time so that no attempt is
    /// still in progress.
    pub(crate) async fn release_reservations(
        &mut self,
        attempt_budget: &str,
        expired_before: Timestamp,
        now: Timestamp,
    ) -> Result<Vec<UnusedAttempts>, Error> {
        let statement = query(
            "UPDATE challenges SET refunded_at = $3 \
             WHERE attempt_budget = $1 AND refunded_at IS NULL \
             AND (replaced_at IS NOT NULL OR expires_at <= $2) \
             RETURNING attempts, max_attempts, code_length, created_at",
        );
        self.fetch_all(
            statement.bind(attempt_budget).bind(expired_before.0).bind(now.0),
            read_unused_attempts,
        )
        .await
    }
}
