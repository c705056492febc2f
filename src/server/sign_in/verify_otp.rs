//! The use case `verify_otp`: counts an attempt, compares the code, and opens a session or asks for
//! the details of a new account.

use super::admit_send::refund_unused;
use super::run_to_completion;
use super::send_otp::derive_code;
use super::session::open_session;
use crate::domain::challenge::Challenge;
use crate::domain::limits::attempts::odds_units;
use crate::domain::limits::counter_key::CounterKey;
use crate::domain::limits::counter_windows::CounterDelta;
use crate::domain::limits::send_counters::SendCounters;
use crate::domain::otp::Code;
use crate::domain::problem::Problem;
use crate::domain::response::Outcome;
use crate::domain::time::Timestamp;
use crate::server::cookie_jar::CookieJar;
use crate::server::error::Error;
use crate::server::state::AppState;
use crate::server::store::{AuditEvent, Tx, UnusedAttempts};
use crate::server::token::ChallengeSecret;

/// Verifies a code. The attempt is counted and committed before the comparison, or, if the phone
/// number is already verified, before the response. A code opens at most one session.
///
/// # Errors
/// Fails with `invalid`, `no_challenge`, `other_challenge`, `code_incorrect`, `challenge_over`,
/// `code_expired` or `unavailable`.
pub async fn verify_otp(
    app: &AppState,
    jar: &mut CookieJar,
    code: &str,
    reference: &str,
) -> Result<Outcome, Problem> {
    let typed = Code::parse_any_length(code)?;
    let Some(secret) = jar.challenge.clone() else { return Err(Problem::NoChallenge) };
    let verified = secret.verified(app.keys.current());
    let now = app.clock.now();
    let mut tx = app.store.begin().await?;
    let Some(challenge) =
        tx.count_attempt([&secret.id(), &verified.id()], reference, typed.len(), now).await?
    else {
        return Err(attempt_error(tx, [&secret, &verified], reference, &typed, now).await?);
    };
    if challenge.verified_at.is_some() {
        return verify_again(app, jar, tx, &challenge, [&secret, &verified], &typed, now).await;
    }
    tx.commit().await?;
    if expected_code(app, &challenge, &secret)? != typed {
        return Err(fail_attempt(app, None, &challenge, now).await?);
    }
    complete_challenge(app, jar, &challenge, [&secret, &verified], now).await
}

/// Returns the correct code of the challenge.
fn expected_code(
    app: &AppState,
    challenge: &Challenge,
    secret: &ChallengeSecret,
) -> Result<Code, Problem> {
    match derive_code(app, challenge, secret) {
        // A rotation has removed the key since, so the code cannot be derived again.
        Err(Error::UnknownKey(_)) => Err(Problem::ChallengeOver),
        code => Ok(code?),
    }
}

/// Verifies a code of an already verified phone number. The correct code is accepted again, as
/// often as it is sent, because the first response may have been lost. This holds for several tabs
/// at once, and even if the phone number has an account now. A wrong code is the last attempt. The
/// row stays locked during the comparison, so that attempts are compared one at a time.
async fn verify_again(
    app: &AppState,
    jar: &mut CookieJar,
    mut tx: Tx,
    challenge: &Challenge,
    [secret, verified]: [&ChallengeSecret; 2],
    typed: &Code,
    now: Timestamp,
) -> Result<Outcome, Problem> {
    if expected_code(app, challenge, secret)? != *typed {
        return Err(fail_attempt(app, Some(tx), challenge, now).await?);
    }
    tx.refund_attempt(&verified.id()).await?;
    // This commit also waits for the verification itself, which may be an earlier transaction of
    // the same batch.
    tx.commit().await?;
    jar.set_challenge(app, verified);
    Ok(Outcome::DetailsRequired)
}

/// Counts a failed attempt in the failure counters and returns its error. `open` is the transaction
/// that counted the attempt in the challenge, if it is not committed yet.
async fn fail_attempt(
    app: &AppState,
    open: Option<Tx>,
    challenge: &Challenge,
    now: Timestamp,
) -> Result<Problem, Problem> {
    let attempts_left = (challenge.max_attempts - challenge.attempts).max(0);
    let reference = challenge.reference.as_str();
    tracing::info!(phone = %challenge.phone, reference, attempts_left, "wrong code");
    let mut deltas = vec![CounterDelta::new(CounterKey::failed_attempts(), now, 1)];
    if challenge.verified_at.is_some() {
        // The reserved attempts were refunded when the phone number was verified, so this attempt
        // is counted separately.
        let attempt_budget = CounterKey::parse_attempt_budget(&challenge.attempt_budget);
        deltas.extend(attempt_budget.map(|attempt_budget| {
            CounterDelta::new(attempt_budget, now, odds_units(1, challenge.code_length))
        }));
    }
    // The attempt is counted even if the client disconnects.
    run_to_completion(count_failed_attempt(app.clone(), open, deltas)).await?;
    Ok(Problem::CodeIncorrect { attempts_left })
}

/// Adds a failed attempt to these counters, in its own transaction. Lock order: counters, then
/// challenges. A correct code never changes the counter of all failed attempts, because then all
/// sign-ins would wait for its row.
async fn count_failed_attempt(
    app: AppState,
    open: Option<Tx>,
    deltas: Vec<CounterDelta>,
) -> Result<(), Problem> {
    if let Some(attempt) = open {
        attempt.commit().await?;
    }
    let mut tx = app.store.begin().await?;
    tx.add_to_counters(&deltas).await?;
    Ok(tx.commit().await?)
}

/// Returns the error of an attempt that was not counted.
async fn attempt_error(
    mut tx: Tx,
    secrets: [&ChallengeSecret; 2],
    reference: &str,
    typed: &Code,
    now: Timestamp,
) -> Result<Problem, Problem> {
    for secret in secrets {
        if let Some(challenge) = tx.find_challenge(&secret.id()).await? {
            return Ok(challenge.attempt_error(now, reference, typed));
        }
    }
    Ok(Problem::NoChallenge)
}

/// Completes the challenge after the correct code, in one transaction. If the phone number has an
/// account, this opens a session. Otherwise the phone number is now verified.
async fn complete_challenge(
    app: &AppState,
    jar: &mut CookieJar,
    challenge: &Challenge,
    [secret, verified]: [&ChallengeSecret; 2],
    now: Timestamp,
) -> Result<Outcome, Problem> {
    let mut tx = app.store.begin().await?;
    let credit = VerificationCredit::of(app, challenge, now);
    // Lock order: counters, then challenges.
    tx.add_to_counters(&credit.deltas).await?;
    let verification_expires_at = now.plus(app.config.otp.verification_ttl);
    let Some(completed) = tx
        .complete_challenge(challenge, [&secret.id(), &verified.id()], now, verification_expires_at)
        .await?
    else {
        // A concurrent request was faster. If it verified the phone number, that counts for this
        // request, too. The credit is rolled back. The commit below waits until that verification
        // is on disk.
        drop(tx);
        let mut tx = app.store.begin().await?;
        return match tx.find_challenge(&verified.id()).await? {
            Some(challenge) if challenge.is_verified(now) => {
                tx.commit().await?;
                jar.set_challenge(app, verified);
                Ok(Outcome::DetailsRequired)
            }
            _ => Err(Problem::ChallengeOver),
        };
    };
    if !completed.has_account {
        credit.commit(app, tx, &completed.unused).await?;
        jar.set_challenge(app, verified);
        return Ok(Outcome::DetailsRequired);
    }
    let user = tx.find_user_by_phone(&challenge.phone, now).await?;
    let (user, sessions) =
        user.ok_or(Error::Inconsistent { table: "users", what: "a missing account" })?;
    let session = open_session(app, &mut tx, jar, &user.id, sessions, now).await?;
    tx.record(AuditEvent::SignedIn, &user.id, &jar.client.subnet, now).await?;
    credit.commit(app, tx, &completed.unused).await?;
    session.set_cookies(app, jar);
    Ok(Outcome::SignedIn { user })
}

/// The changes of the counters after a correct code: the unused attempts are refunded, and the SMS
/// of the challenge are counted as verified.
struct VerificationCredit {
    counters: SendCounters,
    attempt_budget: Option<CounterKey>,
    /// The unused attempts if no attempt was counted concurrently.
    assumed_unused: UnusedAttempts,
    /// The changes of the counters, with the refund of `assumed_unused`.
    deltas: Vec<CounterDelta>,
}

impl VerificationCredit {
    fn of(app: &AppState, challenge: &Challenge, now: Timestamp) -> Self {
        let counters =
            SendCounters::new(&challenge.phone, &challenge.country, &challenge.client, None);
        let mut deltas = counters.verification_deltas(
            challenge.sms_count,
            app.config.prices.get(&challenge.country),
            now,
        );
        // The correct attempt counts as unused, so it is refunded, too.
        let assumed_unused = UnusedAttempts::of(challenge, challenge.attempts - 1);
        let attempt_budget = CounterKey::parse_attempt_budget(&challenge.attempt_budget);
        deltas.extend(
            attempt_budget
                .as_ref()
                .map(|attempt_budget| refund_unused(attempt_budget, &assumed_unused)),
        );
        Self { counters, attempt_budget, assumed_unused, deltas }
    }

    /// Corrects the refund to the attempts that are really `unused`, and commits. Attempts that
    /// were counted during the comparison are not refunded.
    async fn commit(
        self,
        app: &AppState,
        mut tx: Tx,
        unused: &UnusedAttempts,
    ) -> Result<(), Error> {
        if let Some(attempt_budget) =
            self.attempt_budget.as_ref().filter(|_| *unused != self.assumed_unused)
        {
            let assumed_refund = refund_unused(attempt_budget, &self.assumed_unused);
            tx.add_to_counters(&[
                CounterDelta { amount: -assumed_refund.amount, ..assumed_refund },
                refund_unused(attempt_budget, unused),
            ])
            .await?;
        }
        tx.commit().await?;
        // The limits may now allow a request that they refused before.
        app.refusal_cache.invalidate(&self.counters.cache_keys(true, false));
        Ok(())
    }
}
