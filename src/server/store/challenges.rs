//! The `challenges` table. A guard in a `WHERE` decides every race; the caller reads the verdict from the row count.

use super::{Row, Store, Tx, query};
use crate::domain::challenge::Challenge;
use crate::domain::otp::Purpose;
use crate::domain::phone::PhoneNumber;
use crate::domain::time::Timestamp;
use crate::server::error::Error;

const FIND: &str = "SELECT * FROM challenges WHERE id = $1";

/// What a new challenge's row starts with.
#[derive(Debug)]
pub struct NewChallenge<'a> {
    /// Digest of the cookie's secret.
    pub id: Vec<u8>,
    /// The rest of the row.
    pub challenge: &'a Challenge,
    /// What its code is for.
    pub purpose: Purpose,
}

/// Guesses that a challenge reserved and did not need, to be given back to its lane.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unused {
    /// How many.
    pub guesses: i64,
    /// At how many digits.
    pub code_length: u8,
    /// When they were reserved.
    pub created_at: Timestamp,
}

/// A challenge whose code was right.
#[derive(Debug)]
pub struct Settled {
    /// Whether its number has an account, which may be signed in; or else its details may be given.
    pub has_account: bool,
    /// The guesses that it did not need.
    pub unused: Unused,
}

impl Unused {
    /// What a challenge has left after so many guesses.
    #[must_use]
    pub fn of(challenge: &Challenge, attempts: i64) -> Self {
        let guesses = (challenge.max_attempts - attempts).max(0);
        Self { guesses, code_length: challenge.code_length, created_at: challenge.created_at }
    }
}

impl Store {
    /// The challenge with this id.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn find_challenge(&self, id: &[u8]) -> Result<Option<Challenge>, Error> {
        self.find(query(FIND).bind(id), challenge).await
    }
}

impl Tx {
    /// The same with what this transaction has seen, or waited for.
    pub(crate) async fn find_challenge(&mut self, id: &[u8]) -> Result<Option<Challenge>, Error> {
        self.fetch(query(FIND).bind(id), challenge).await
    }

    /// Writes a new challenge.
    pub(crate) async fn insert_challenge(&mut self, new: NewChallenge<'_>) -> Result<(), Error> {
        let row = new.challenge;
        let statement = query(
            "INSERT INTO challenges (id, phone, purpose, nonce, key_id, code_length, reference, next, attempts, max_attempts, \
             sends, created_at, sent_at, resend_at, expires_at, guess_key, country, source, block) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0, $9, $10, $11, $11, $12, $13, $14, $15, $16, $17)",
        );
        let statement = statement
            .bind(new.id)
            .bind(row.phone.as_str())
            .bind(new.purpose.as_str())
            .bind(row.nonce.clone())
            .bind(row.key_id.clone())
            .bind(i64::from(row.code_length))
            .bind(row.reference.clone())
            .bind(row.next.clone())
            .bind(row.max_attempts)
            .bind(row.sends)
            .bind(row.created_at.0)
            .bind(row.resend_at.0)
            .bind(row.expires_at.0)
            .bind(row.guess_key.clone())
            .bind(row.country.clone())
            .bind(row.source.clone())
            .bind(row.block.clone());
        self.execute(statement).await.map(drop)
    }

    /// Ends the challenge that another one of the same browser takes the place of; `false` if it was used, or if its place
    /// was taken since `before` was read.
    pub(crate) async fn replace_challenge(
        &mut self,
        id: &[u8],
        before: Option<Timestamp>,
        now: Timestamp,
    ) -> Result<bool, Error> {
        let statement = query(
            "UPDATE challenges SET replaced_at = $3 WHERE id = $1 AND COALESCE(replaced_at, 0) = $2 AND consumed_at IS NULL",
        );
        let before = before.map_or(0, |at| at.0);
        Ok(self.execute(statement.bind(id).bind(before).bind(now.0)).await? == 1)
    }

    /// Counts one more text, if nobody counted one since `sends` was read and the challenge still lives.
    pub(crate) async fn count_send(
        &mut self,
        id: &[u8],
        sends: i64,
        resend_at: Timestamp,
        now: Timestamp,
    ) -> Result<bool, Error> {
        let statement = query(
            "UPDATE challenges SET sends = $2 + 1, texts = texts + 1, sent_at = $4, resend_at = $3 \
             WHERE id = $1 AND sends = $2 AND consumed_at IS NULL AND replaced_at IS NULL AND proven_at IS NULL AND expires_at > $4",
        );
        Ok(self.execute(statement.bind(id).bind(sends).bind(resend_at.0).bind(now.0)).await? == 1)
    }

    /// Takes back the text that no provider accepted: the ladder stands where `before` had it.
    pub(crate) async fn give_back_send(&mut self, id: &[u8], before: &Challenge) -> Result<(), Error> {
        let statement = query(
            "UPDATE challenges SET sends = $2, texts = texts - 1, sent_at = $3, resend_at = $4 WHERE id = $1 AND sends = $2 + 1",
        );
        let statement = statement.bind(id).bind(before.sends);
        self.execute(statement.bind(before.sent_at.map(|at| at.0)).bind(before.resend_at.0)).await.map(drop)
    }

    /// Counts a guess of `length` digits and gives the challenge to compare it with; `None` if it must not be compared.
    /// Two ids, because the right code may come again: the first proof has given the row its second id.
    pub(crate) async fn spend_guess(
        &mut self,
        ids: [&[u8]; 2],
        reference: &str,
        length: u8,
        now: Timestamp,
    ) -> Result<Option<Challenge>, Error> {
        let statement = query(
            "UPDATE challenges SET attempts = attempts + 1 \
             WHERE (id = $1 OR id = $2) AND ($3 = '' OR reference = $3) AND code_length = $4 AND expires_at > $5 \
             AND attempts < max_attempts AND (given_back_at IS NULL OR proven_at IS NOT NULL) \
             AND consumed_at IS NULL AND replaced_at IS NULL RETURNING *",
        );
        let statement = statement.bind(ids[0]).bind(ids[1]).bind(reference);
        self.fetch(statement.bind(i64::from(length)).bind(now.0), challenge).await
    }

    /// Takes back the guess of a right code that came again.
    pub(crate) async fn give_back_guess(&mut self, id: &[u8]) -> Result<(), Error> {
        let statement = query("UPDATE challenges SET attempts = attempts - 1 WHERE id = $1 AND attempts > 0");
        self.execute(statement.bind(id)).await.map(drop)
    }

    /// After the right code, which is taken back as a guess: ends the challenge if its number has an account; or else marks it
    /// as proven until then, leaves it one guess and no more, and moves the row to the id of the cookie's new value. `None` if it
    /// was ended or proven meanwhile.
    pub(crate) async fn settle_challenge(
        &mut self,
        challenge: &Challenge,
        [id, proven_id]: [&[u8]; 2],
        now: Timestamp,
        until: Timestamp,
    ) -> Result<Option<Settled>, Error> {
        let statement = query(
            "UPDATE challenges SET given_back_at = $3, attempts = attempts - 1, \
             max_attempts = CASE WHEN owned.yes THEN max_attempts ELSE attempts END, \
             consumed_at = CASE WHEN owned.yes THEN CAST($3 AS BIGINT) END, \
             id = CASE WHEN owned.yes THEN id ELSE $2 END, \
             proven_at = CASE WHEN owned.yes THEN NULL ELSE CAST($3 AS BIGINT) END, \
             proof_expires_at = CASE WHEN owned.yes THEN NULL ELSE CAST($4 AS BIGINT) END \
             FROM (SELECT EXISTS (SELECT 1 FROM users WHERE phone = (SELECT phone FROM challenges WHERE id = $1)) AS yes) AS owned \
             WHERE id = $1 AND proven_at IS NULL AND consumed_at IS NULL AND replaced_at IS NULL AND given_back_at IS NULL \
             RETURNING consumed_at, attempts",
        );
        let settled = |row: &Row<'_>| {
            let consumed_at: Option<i64> = row.get("consumed_at")?;
            // Of those that it had before.
            let unused = Unused::of(challenge, row.get("attempts")?);
            Ok(Settled { has_account: consumed_at.is_some(), unused })
        };
        self.fetch(statement.bind(id).bind(proven_id).bind(now.0).bind(until.0), settled).await
    }

    /// Ends the reservations of a lane's challenges that are over, and gives what they did not need. Whatever is older than
    /// `expired_before` is over; a guess that came just in time has been settled by then.
    pub(crate) async fn end_reservations(
        &mut self,
        guess_key: &str,
        expired_before: Timestamp,
        now: Timestamp,
    ) -> Result<Vec<Unused>, Error> {
        let statement = query(
            "UPDATE challenges SET given_back_at = $3 \
             WHERE guess_key = $1 AND given_back_at IS NULL AND (replaced_at IS NOT NULL OR expires_at <= $2) \
             RETURNING attempts, max_attempts, code_length, created_at",
        );
        self.fetch_all(statement.bind(guess_key).bind(expired_before.0).bind(now.0), unused).await
    }

    /// Ends a proven challenge and gives it; `None` if it is not proven, not in time, or was ended meanwhile.
    pub(crate) async fn consume_proven(&mut self, id: &[u8], now: Timestamp) -> Result<Option<Challenge>, Error> {
        let statement = query(
            "UPDATE challenges SET consumed_at = $2 WHERE id = $1 AND proven_at IS NOT NULL AND proof_expires_at > $2 \
             AND consumed_at IS NULL AND replaced_at IS NULL RETURNING *",
        );
        self.fetch(statement.bind(id).bind(now.0), challenge).await
    }
}

fn unused(row: &Row<'_>) -> Result<Unused, Error> {
    let (attempts, most): (i64, i64) = (row.get("attempts")?, row.get("max_attempts")?);
    let created_at = row.get("created_at").map(Timestamp)?;
    Ok(Unused { guesses: (most - attempts).max(0), code_length: length(row)?, created_at })
}

fn length(row: &Row<'_>) -> Result<u8, Error> {
    let length: i64 = row.get("code_length")?;
    u8::try_from(length).map_err(|_| Error::Inconsistent { table: "challenges", what: "code_length" })
}

fn challenge(row: &Row<'_>) -> Result<Challenge, Error> {
    let time = |column| row.get(column).map(Timestamp);
    let maybe = |column| row.get::<Option<i64>>(column).map(|at| at.map(Timestamp));
    let phone: String = row.get("phone")?;
    let wrong = |what| Error::Inconsistent { table: "challenges", what };
    Ok(Challenge {
        phone: PhoneNumber::from_e164(&phone).ok_or(wrong("phone"))?,
        nonce: row.get("nonce")?,
        key_id: row.get("key_id")?,
        code_length: length(row)?,
        reference: row.get("reference")?,
        next: row.get("next")?,
        attempts: row.get("attempts")?,
        max_attempts: row.get("max_attempts")?,
        sends: row.get("sends")?,
        texts: row.get("texts")?,
        guess_key: row.get("guess_key")?,
        country: row.get("country")?,
        source: row.get("source")?,
        block: row.get("block")?,
        created_at: time("created_at")?,
        sent_at: maybe("sent_at")?,
        resend_at: time("resend_at")?,
        expires_at: time("expires_at")?,
        proven_at: maybe("proven_at")?,
        proof_expires_at: maybe("proof_expires_at")?,
        consumed_at: maybe("consumed_at")?,
        replaced_at: maybe("replaced_at")?,
    })
}
