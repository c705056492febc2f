//! Writes a sign-in: the completed challenge, its counters, and the session with its device.
//!
//! `SQLite` writes them one after another in one transaction. On `PostgreSQL` all of it is one
//! statement, so that no lock is held while the server waits for the database's answer.

use super::challenges::COMPLETE_CHALLENGE;
use super::counters::{ADD_TO_ROW, bucket_sums, row_params};
use super::dormant_accounts::SEEN_PRECISION;
use super::sessions::{SESSION_COLUMNS, session_params};
use super::sql_builder::SqlBuilder;
use super::statement::{Param, Statement};
use super::users::{AccountState, user_view};
use super::{AuditEvent, NewSession, Row, Tx};
use crate::domain::challenge::Challenge;
use crate::domain::limits::attempts::{odds_units, refund};
use crate::domain::limits::counter_key::CounterKey;
use crate::domain::limits::counter_windows::CounterDelta;
use crate::domain::time::Timestamp;
use crate::domain::user::UserView;
use crate::server::error::Error;

/// A new session of a browser, with what it replaces.
#[derive(Debug)]
pub struct SignIn<'a> {
    /// The row of the session.
    pub session: NewSession<'a>,
    /// The session that the browser presented, which is revoked: its account and its id.
    pub replaces: Option<(&'a str, Vec<u8>)>,
    /// The maximum number of live sessions of an account.
    pub max_sessions: i64,
    /// The device that the browser presented, which is renewed if the account knows it.
    pub device: Option<Vec<u8>>,
    /// The device that the browser becomes otherwise.
    pub new_device: Vec<u8>,
    /// The expiry of the device.
    pub device_expires_at: Timestamp,
    /// The subnet of the client, for the audit log.
    pub subnet: &'a str,
}

/// A challenge after its correct code.
#[derive(Debug)]
pub struct Completion<'a> {
    /// The challenge, as it was when the attempt was counted.
    pub challenge: &'a Challenge,
    /// The id of its row before and after the phone number is verified.
    pub ids: [&'a [u8]; 2],
    /// The last visit of an account that does not open by an SMS alone, except on a known device:
    /// this time or an earlier one.
    pub dormant_before: Timestamp,
    /// The expiry of the verification, if the phone number has no account that opens.
    pub verification_expires_at: Timestamp,
    /// The changes of the counters, except for the refund of unused attempts.
    pub deltas: &'a [CounterDelta],
    /// The stripe of the shared counters.
    pub stripe: i64,
    /// The session, if the phone number has an account.
    pub sign_in: SignIn<'a>,
    /// The time of the request.
    pub now: Timestamp,
}

/// The result of a completed challenge.
#[derive(Debug)]
pub enum Completed {
    /// The phone number has no account that opens by an SMS alone. It is verified.
    Verified {
        /// `true` if it has a dormant account.
        has_dormant_account: bool,
    },
    /// The owner of the phone number is signed in.
    SignedIn {
        /// The owner.
        user: UserView,
        /// `true` if the presented device was renewed, `false` if the new one was written.
        keeps_device: bool,
    },
}

impl Tx {
    /// Completes a challenge after the correct code, and signs its owner in if there is one.
    /// Returns `None` if the challenge was concurrently completed or replaced; then nothing is
    /// written.
    pub(crate) async fn complete(
        &mut self,
        completion: &Completion<'_>,
    ) -> Result<Option<Completed>, Error> {
        if self.has_concurrent_writers() {
            let completed = self.fetch(completion_statement(completion), read_completed).await?;
            return Ok(completed.flatten());
        }
        let Completion { challenge, deltas, stripe, sign_in, now, .. } = completion;
        let Some(completed) =
            self.complete_challenge(challenge, completion_params(completion)).await?
        else {
            return Ok(None);
        };
        let unused = completed.unused;
        let refunded = CounterKey::parse_attempt_budget(&challenge.attempt_budget)
            .map(|budget| refund(&budget, unused.count, unused.code_length, unused.created_at));
        let deltas: Vec<CounterDelta> = deltas.iter().cloned().chain(refunded).collect();
        self.add_to_counters(&deltas, *stripe).await?;
        if !completed.opens_account {
            let has_dormant_account = completed.has_account;
            return Ok(Some(Completed::Verified { has_dormant_account }));
        }
        let owner = self.find_user_by_phone(&challenge.phone, *now).await?;
        let (user, account) =
            owner.ok_or(Error::Inconsistent { table: "users", what: "a missing account" })?;
        let keeps_device =
            self.open_session(&user.id, account, sign_in, AuditEvent::SignedIn, *now).await?;
        Ok(Some(Completed::SignedIn { user, keeps_device }))
    }

    /// Writes the session and the device of an account in this state, and records the event.
    /// Returns `true` if the presented device was renewed.
    pub(crate) async fn open_session(
        &mut self,
        user_id: &str,
        account: AccountState,
        sign_in: &SignIn<'_>,
        event: AuditEvent,
        now: Timestamp,
    ) -> Result<bool, Error> {
        // The rows are locked in the order of ADR 16: account, devices, sessions.
        if now.seconds_since(account.seen_at) > SEEN_PRECISION {
            self.touch_user(user_id, now).await?;
        }
        let expires_at = sign_in.device_expires_at;
        let keeps_device = match &sign_in.device {
            Some(device) => self.renew_device(device, user_id, now, expires_at).await?,
            None => false,
        };
        if !keeps_device {
            self.insert_device(&sign_in.new_device, user_id, now, expires_at).await?;
        }
        let device = sign_in.device.as_ref().filter(|_| keeps_device);
        let device = device.unwrap_or(&sign_in.new_device);
        if let Some((user_id, id)) = &sign_in.replaces {
            self.revoke_session(user_id, id, now).await?;
        }
        if account.sessions >= sign_in.max_sessions
            && self.revoke_oldest_sessions(user_id, sign_in.max_sessions - 1, now).await? > 0
        {
            self.record(AuditEvent::SessionDisplaced, user_id, sign_in.subnet, now).await?;
        }
        self.insert_session(user_id, device, &sign_in.session).await?;
        self.record(event.on_device(keeps_device), user_id, sign_in.subnet, now).await?;
        Ok(keeps_device)
    }
}

/// Returns the parameters of [`COMPLETE_CHALLENGE`].
fn completion_params(completion: &Completion<'_>) -> [Param; 6] {
    let Completion { ids: [id, verified_id], sign_in, .. } = completion;
    [
        (*id).into(),
        (*verified_id).into(),
        completion.now.0.into(),
        completion.verification_expires_at.0.into(),
        completion.dormant_before.0.into(),
        sign_in.device.clone().unwrap_or_default().into(),
    ]
}

/// Returns the one statement of `PostgreSQL`. Its parts do what [`Tx::complete`] and
/// [`Tx::open_session`] do on `SQLite`. `PostgreSQL` runs a part when another one reads it, and at
/// the end the parts that none reads, the last one first. So the locks are taken in this order:
/// challenge, account, device, sessions, and then the counters, which are locked for the shortest
/// time.
fn completion_statement(completion: &Completion<'_>) -> Statement {
    let Completion { challenge, .. } = completion;
    let mut sql = SqlBuilder::new("WITH completed AS (");
    sql.push_with(COMPLETE_CHALLENGE, completion_params(completion));
    sql.push(
        "), account AS (SELECT id AS user_id, phone, first_name, last_name, email, \
         (SELECT COUNT(*) FROM sessions WHERE user_id = users.id AND revoked_at IS NULL \
         AND expires_at > $3) AS sessions FROM users WHERE phone = ",
    )
    .bind(challenge.phone.as_str())
    // The row is locked, so that its number cannot change before the session is written.
    .push(" AND EXISTS (SELECT 1 FROM completed WHERE consumed_at IS NOT NULL) FOR KEY SHARE)");
    push_counters(&mut sql, completion);
    push_revoked(&mut sql, &completion.sign_in);
    push_device(&mut sql, &completion.sign_in);
    push_session_and_audit(&mut sql, &completion.sign_in);
    sql.push(
        " SELECT account.*, consumed_at, has_account, \
         EXISTS (SELECT 1 FROM renewed) AS keeps_device \
         FROM completed LEFT JOIN account ON TRUE",
    );
    sql.build()
}

fn push_revoked(sql: &mut SqlBuilder, sign_in: &SignIn<'_>) {
    let SignIn { replaces, max_sessions, .. } = sign_in;
    if let Some((user_id, id)) = replaces {
        sql.push(
            ", replaced AS (UPDATE sessions SET revoked_at = $3 \
             WHERE EXISTS (SELECT 1 FROM account) AND user_id = ",
        )
        .bind(*user_id)
        .push(" AND id = ")
        .bind(id.as_slice())
        .push(" AND revoked_at IS NULL)");
    }
    sql.push(
        ", displaced AS (UPDATE sessions SET revoked_at = $3 FROM account \
         WHERE sessions.user_id = account.user_id AND revoked_at IS NULL AND account.sessions >= ",
    )
    .bind(*max_sessions)
    .push(
        " AND id NOT IN (SELECT id FROM sessions newest WHERE newest.user_id = account.user_id \
         AND revoked_at IS NULL AND expires_at > $3 AND id <> ",
    )
    .bind(replaces.as_ref().map(|(_, id)| id.clone()).unwrap_or_default())
    .push(" ORDER BY created_at DESC, id LIMIT ")
    .bind(max_sessions - 1)
    .push(") RETURNING 1)");
}

fn push_device(sql: &mut SqlBuilder, sign_in: &SignIn<'_>) {
    let expires_at = sign_in.device_expires_at.0;
    sql.push(", renewed AS (UPDATE devices SET expires_at = ")
        .bind(expires_at)
        .push(" FROM account WHERE devices.user_id = account.user_id AND id = ")
        .bind(sign_in.device.clone().unwrap_or_default())
        .push(
            " AND expires_at > $3 RETURNING id), added AS (INSERT INTO devices \
             (user_id, created_at, id, expires_at) SELECT user_id, $3, ",
        )
        .bind_all([sign_in.new_device.as_slice().into(), expires_at.into()])
        .push(
            " FROM account WHERE NOT EXISTS (SELECT 1 FROM renewed) RETURNING id), device AS \
             (SELECT id AS device_id FROM renewed UNION ALL SELECT id FROM added)",
        );
}

fn push_session_and_audit(sql: &mut SqlBuilder, sign_in: &SignIn<'_>) {
    sql.push(", opened AS (INSERT INTO sessions (user_id, device_id, ")
        .push(SESSION_COLUMNS)
        .push(") SELECT user_id, device_id, ")
        .bind_all(session_params(&sign_in.session))
        .push(" FROM account, device), seen AS (UPDATE users SET seen_at = $3 FROM account ")
        .push("WHERE users.id = account.user_id AND users.seen_at < $3 - ")
        .bind(SEEN_PRECISION)
        .push(
            "), recorded AS \
             (INSERT INTO audit (occurred_at, user_id, subnet, event) SELECT $3, user_id, ",
        )
        .bind(sign_in.subnet)
        .push(", event FROM account, (VALUES (")
        .bind(AuditEvent::SessionDisplaced.as_str())
        .push(", EXISTS (SELECT 1 FROM displaced)), (")
        .bind(AuditEvent::SignedIn.as_str())
        .push(", EXISTS (SELECT 1 FROM renewed)), (")
        .bind(AuditEvent::SignedInOnNewDevice.as_str())
        .push(", NOT EXISTS (SELECT 1 FROM renewed))) AS events (event, happened) WHERE happened)");
}

fn push_counters(sql: &mut SqlBuilder, completion: &Completion<'_>) {
    let challenge = completion.challenge;
    let budget = CounterKey::parse_attempt_budget(&challenge.attempt_budget);
    let refunded = budget.map(|budget| CounterDelta::new(budget, challenge.created_at, 0));
    let deltas: Vec<CounterDelta> = completion.deltas.iter().cloned().chain(refunded).collect();
    sql.push(
        ", counted AS (INSERT INTO counters (name, bucket_start, stripe, count) \
         SELECT name, bucket_start, stripe, count - ",
    )
    .bind(odds_units(1, challenge.code_length))
    .push(" * CASE name WHEN ")
    .bind(challenge.attempt_budget.as_str())
    .push(" THEN GREATEST(")
    .bind(challenge.max_attempts)
    .push(" - attempts, 0) ELSE 0 END FROM completed, (VALUES ")
    .rows(bucket_sums(&deltas, completion.stripe).into_iter().map(row_params))
    .push(
        ") AS sums (name, bucket_start, stripe, count) \
         ORDER BY name COLLATE \"C\", bucket_start, stripe",
    )
    .push(ADD_TO_ROW)
    .push(")");
}

/// Reads the result. It is `None` if the account has got another number at the same moment. Then
/// the challenge is consumed, and no session is opened.
fn read_completed(row: &Row<'_>) -> Result<Option<Completed>, Error> {
    let consumed_at: Option<i64> = row.get("consumed_at")?;
    if consumed_at.is_none() {
        return Ok(Some(Completed::Verified { has_dormant_account: row.get("has_account")? }));
    }
    let user_id: Option<String> = row.get("user_id")?;
    if user_id.is_none() {
        return Ok(None);
    }
    let (user, keeps_device) = (user_view(row)?, row.get("keeps_device")?);
    Ok(Some(Completed::SignedIn { user, keeps_device }))
}
