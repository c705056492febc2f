//! Writes the SMS that the limits allow: its challenge, its counters and its used puzzle.
//!
//! `SQLite` writes them one after another in the transaction that has read the counters. On
//! `PostgreSQL` all of it is one statement, so that no lock is held while the server waits for the
//! database's answer. The statement
//! checks the guards of the decision first. If one of them fails, it writes neither challenge nor
//! counters.

use super::challenges::{CHALLENGE_COLUMNS, NewChallenge, challenge_params};
use super::counters::{ADD_TO_ROW, bucket_sums, row_params};
use super::guards::{guard_base, lock_order};
use super::sql_builder::SqlBuilder;
use super::{Row, Tx, query};
use crate::domain::challenge::Challenge;
use crate::domain::delivery::Delivery;
use crate::domain::limits::counter_windows::{CounterDelta, NO_GUARD};
use crate::domain::limits::guards::Guard;
use crate::domain::time::Timestamp;
use crate::server::error::Error;

/// An SMS that the limits allow.
#[derive(Debug)]
pub struct NewSend<'a> {
    /// The change of the challenge.
    pub challenge: ChallengeChange<'a>,
    /// The digest and the expiry of the puzzle that the SMS uses up.
    pub puzzle: Option<(&'a [u8], Timestamp)>,
    /// The changes of the counters.
    pub deltas: &'a [CounterDelta],
    /// The stripe of the shared counters.
    pub stripe: i64,
    /// The conditions of the decision.
    pub guards: &'a [Guard],
    /// The time of the request.
    pub now: Timestamp,
}

/// The change of a challenge by an SMS.
#[derive(Debug)]
pub enum ChallengeChange<'a> {
    /// A new challenge.
    New {
        /// Its row.
        row: NewChallenge<'a>,
        /// The id of the challenge that it replaces, and the time at which that one was already
        /// replaced.
        replaces: Option<(Vec<u8>, Option<Timestamp>)>,
    },
    /// One more SMS of a challenge.
    Resend {
        /// The id of the challenge.
        id: Vec<u8>,
        /// The number of SMS that its cooldown has counted so far.
        cooldown_step: i64,
        /// The end of the next cooldown.
        resend_at: Timestamp,
    },
}

/// The result of writing an SMS.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SendResult {
    /// Everything is written.
    Written,
    /// A counter has changed since it was read, so the decision may not hold any more.
    CountersChanged,
    /// The puzzle was used before.
    PuzzleUsed,
    /// Another request has changed the challenge.
    ChallengeChanged,
}

impl Tx {
    /// Writes an SMS. After any other result than [`SendResult::Written`] the caller drops the
    /// transaction, which undoes what is written. On an autocommit connection raised guards and a
    /// used puzzle stay: at worst other requests decide again, and the puzzle is lost.
    pub(crate) async fn write_send(&mut self, send: NewSend<'_>) -> Result<SendResult, Error> {
        if self.has_concurrent_writers() {
            let result = self.fetch(send_statement(&send), read_result).await?;
            return result.ok_or(Error::Inconsistent { table: "counters", what: "no result" });
        }
        if let Some((id, expires_at)) = send.puzzle
            && !self.mark_token_used(id, expires_at).await?
        {
            return Ok(SendResult::PuzzleUsed);
        }
        if !self.change_challenge(&send).await? {
            return Ok(SendResult::ChallengeChanged);
        }
        self.add_to_counters(send.deltas, send.stripe).await?;
        Ok(SendResult::Written)
    }

    /// Undoes the count of an SMS that no provider accepted, and restores the cooldown and
    /// the delivery of `previous`, the challenge before that SMS.
    pub(crate) async fn refund_send(
        &mut self,
        id: &[u8],
        previous: &Challenge,
    ) -> Result<(), Error> {
        let statement = query(
            "UPDATE challenges SET cooldown_step = $2, sms_count = sms_count - 1, sent_at = $3, \
             resend_at = $4, delivery = $5 \
             WHERE id = $1 AND cooldown_step = $2 + 1",
        );
        let statement = statement.bind(id).bind(previous.cooldown_step);
        let statement = statement.bind(previous.sent_at.map(|at| at.0)).bind(previous.resend_at.0);
        self.execute(statement.bind(previous.delivery.to_number())).await.map(drop)
    }

    /// Moves the delivery of an SMS forward, if it is the last one of its challenge and nothing was
    /// reported about it before. Returns the country of the number if it did.
    pub(crate) async fn set_delivery(
        &mut self,
        id: &[u8],
        cooldown_step: i64,
        delivery: Delivery,
    ) -> Result<Option<String>, Error> {
        let statement = query(
            "UPDATE challenges SET delivery = $3 \
             WHERE id = $1 AND cooldown_step = $2 AND delivery = 0 RETURNING country",
        );
        let statement = statement.bind(id).bind(cooldown_step).bind(delivery.to_number());
        self.fetch(statement, |row| row.get("country")).await
    }

    /// Stores which provider sent the last SMS of a challenge; `None` for the first one.
    pub(crate) async fn set_provider(
        &mut self,
        id: &[u8],
        provider: Option<&str>,
    ) -> Result<(), Error> {
        let statement = query("UPDATE challenges SET provider = $2 WHERE id = $1");
        let provider = provider.map(str::to_owned);
        self.execute(statement.bind(id).bind(provider)).await.map(drop)
    }

    async fn change_challenge(&mut self, send: &NewSend<'_>) -> Result<bool, Error> {
        match &send.challenge {
            ChallengeChange::Resend { id, cooldown_step, resend_at } => {
                self.count_send(id, *cooldown_step, *resend_at, send.now).await
            }
            ChallengeChange::New { row, replaces } => {
                if let Some((id, replaced_at)) = replaces
                    && !self.replace_challenge(id, *replaced_at, send.now).await?
                {
                    return Ok(false);
                }
                self.insert_challenge(row).await?;
                Ok(true)
            }
        }
    }
}

/// Returns the one statement of `PostgreSQL`. Each part reads the result of the part before it, so
/// they run in this order: guards, puzzle, challenge, buckets.
fn send_statement(send: &NewSend<'_>) -> super::Statement {
    let mut sql = SqlBuilder::new("WITH guards (name, stripe, amount, seen, max) AS (VALUES ");
    let mut guards: Vec<&Guard> = send.guards.iter().collect();
    guards.sort_unstable_by_key(|guard| lock_order(&guard.key, guard.stripe));
    sql.rows(guards.into_iter().map(|guard| {
        let name = guard.key.name().into();
        [name, guard.stripe.into(), guard.amount.into(), guard.seen.into(), guard.max.into()]
    }));
    // A guard that does not exist begins here. That is right only if it did not exist when the
    // counters were read.
    let base = guard_base(send.now);
    sql.push(
        "), raised AS (INSERT INTO counter_guards (name, stripe, added) SELECT name, stripe, ",
    )
    .bind(base)
    .push(
        " + amount FROM guards ON CONFLICT (name, stripe) DO UPDATE \
             SET added = counter_guards.added + excluded.added - ",
    )
    .bind(base)
    .push(
        " WHERE EXISTS (SELECT 1 FROM guards g WHERE g.name = excluded.name \
             AND counter_guards.added BETWEEN g.seen AND g.max) RETURNING name, stripe, added), \
             decision AS (SELECT 1 WHERE (SELECT COUNT(*) FROM raised JOIN guards \
             USING (name, stripe) WHERE added - amount BETWEEN seen AND max OR (seen = ",
    )
    .bind(NO_GUARD)
    .push(" AND added - amount = ")
    .bind(base)
    .push(")) = (SELECT COUNT(*) FROM guards)), puzzle AS (");
    match send.puzzle {
        Some((id, expires_at)) => sql
            .push("INSERT INTO used_tokens (id, expires_at) SELECT ")
            .bind_all([id.into(), expires_at.0.into()])
            .push(" FROM decision ON CONFLICT (id) DO NOTHING RETURNING 1"),
        None => sql.push("SELECT 1 FROM decision"),
    };
    push_challenge(&mut sql, send);
    sql.push(
        "), counted AS (INSERT INTO counters (name, bucket_start, stripe, count) \
         SELECT added.* FROM (VALUES ",
    )
    .rows(bucket_sums(send.deltas, send.stripe).into_iter().map(row_params))
    .push(") AS added (name, bucket_start, stripe, count) WHERE EXISTS (SELECT 1 FROM challenge)")
    .push(ADD_TO_ROW)
    .push(
        ") SELECT EXISTS (SELECT 1 FROM decision), EXISTS (SELECT 1 FROM puzzle), \
         EXISTS (SELECT 1 FROM challenge)",
    );
    sql.build()
}

fn push_challenge(sql: &mut SqlBuilder, send: &NewSend<'_>) {
    let now = send.now.0;
    match &send.challenge {
        ChallengeChange::Resend { id, cooldown_step, resend_at } => sql
            .push(
                "), challenge AS (UPDATE challenges SET sms_count = sms_count + 1, delivery = 0, \
                 cooldown_step = ",
            )
            .bind(cooldown_step + 1)
            .push(", sent_at = ")
            .bind(now)
            .push(", resend_at = ")
            .bind(resend_at.0)
            .push(" FROM puzzle WHERE id = ")
            .bind(id.as_slice())
            .push(" AND cooldown_step = ")
            .bind(*cooldown_step)
            .push(
                " AND consumed_at IS NULL AND replaced_at IS NULL AND verified_at IS NULL \
                 AND expires_at > ",
            )
            .bind(now)
            .push(" RETURNING 1"),
        ChallengeChange::New { row, replaces } => {
            sql.push("), replaced AS (");
            match replaces {
                Some((id, replaced_at)) => sql
                    .push("UPDATE challenges SET replaced_at = ")
                    .bind(now)
                    .push(" FROM puzzle WHERE id = ")
                    .bind(id.as_slice())
                    .push(" AND COALESCE(replaced_at, 0) = ")
                    .bind(replaced_at.map_or(0, |at| at.0))
                    .push(" AND consumed_at IS NULL RETURNING 1"),
                None => sql.push("SELECT 1 FROM puzzle"),
            };
            sql.push("), challenge AS (INSERT INTO challenges (")
                .push(CHALLENGE_COLUMNS)
                .push(") SELECT ")
                .bind_all(challenge_params(row))
                .push(" FROM replaced RETURNING 1")
        }
    };
}

fn read_result(row: &Row<'_>) -> Result<SendResult, Error> {
    let (decision, puzzle, challenge): (bool, bool, bool) = (row.get(0)?, row.get(1)?, row.get(2)?);
    Ok(match (decision, puzzle, challenge) {
        (false, ..) => SendResult::CountersChanged,
        (true, false, _) => SendResult::PuzzleUsed,
        (true, true, false) => SendResult::ChallengeChanged,
        (true, true, true) => SendResult::Written,
    })
}
