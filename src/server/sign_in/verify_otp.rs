//! The use case `verify_otp`: counts an attempt, compares its code, and opens a session or requires
//! the details.

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

/// Verifies a code. The attempt is counted and committed before the comparison, or before the
/// response if the number is already proven. A code opens at most one session.
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
    let proven = secret.proven(app.keys.current());
    let now = app.clock.now();
    let mut tx = app.store.begin().await?;
    let Some(challenge) =
        tx.count_attempt([&secret.id(), &proven.id()], reference, typed.len(), now).await?
    else {
        return Err(attempt_error(tx, [&secret, &proven], reference, &typed, now).await?);
    };
    if challenge.proven_at.is_some() {
        return verify_again(app, jar, tx, &challenge, [&secret, &proven], &typed, now).await;
    }
    tx.commit().await?;
    if expected_code(app, &challenge, &secret)? != typed {
        return Err(fail_attempt(app, None, &challenge, now).await?);
    }
    complete_challenge(app, jar, &challenge, [&secret, &proven], now).await
}

/// Returns the correct code of the challenge.
fn expected_code(
    app: &AppState,
    challenge: &Challenge,
    secret: &ChallengeSecret,
) -> Result<Code, Problem> {
    match derive_code(app, challenge, secret) {
        // A rotation has removed the key meanwhile, so the code cannot be derived any more.
        Err(Error::UnknownKey(_)) => Err(Problem::ChallengeOver),
        code => Ok(code?),
    }
}

/// Verifies the code of an already proven number. A correct code passes as often as it comes, from
/// several tabs at once, and even if the number has an account by now, because the first response
/// may have been lost. A wrong code is the last attempt. The row stays locked during the
/// comparison, so that attempts are compared one at a time.
async fn verify_again(
    app: &AppState,
    jar: &mut CookieJar,
    mut tx: Tx,
    challenge: &Challenge,
    [secret, proven]: [&ChallengeSecret; 2],
    typed: &Code,
    now: Timestamp,
) -> Result<Outcome, Problem> {
    if expected_code(app, challenge, secret)? != *typed {
        return Err(fail_attempt(app, Some(tx), challenge, now).await?);
    }
    tx.refund_attempt(&proven.id()).await?;
    // The commit also waits for the proof itself, which the same group may have written just
    // before.
    tx.commit().await?;
    jar.set_challenge(app, proven);
    Ok(Outcome::DetailsRequired)
}

/// Counts a failed attempt and returns its error. `open` is the transaction of an attempt that is
/// not committed yet.
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
    if challenge.proven_at.is_some() {
        // The proof has refunded the reservation of the challenge, so this attempt is counted on
        // its own.
        let attempt_budget = CounterKey::parse_attempt_budget(&challenge.attempt_budget);
        deltas.extend(attempt_budget.map(|attempt_budget| {
            CounterDelta::new(attempt_budget, now, odds_units(1, challenge.code_length))
        }));
    }
    // A browser that hangs up must not avoid the count.
    run_to_completion(count_failed_attempt(app.clone(), open, deltas)).await?;
    Ok(Problem::CodeIncorrect { attempts_left })
}

/// Adds a failed attempt to these counters, in its own transaction because counters are locked
/// before challenges. A correct code never changes the counter of all failed attempts, because all
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

/// Completes the challenge after the correct code, in one transaction: the owner is signed in, or
/// the number is proven.
async fn complete_challenge(
    app: &AppState,
    jar: &mut CookieJar,
    challenge: &Challenge,
    [secret, proven]: [&ChallengeSecret; 2],
    now: Timestamp,
) -> Result<Outcome, Problem> {
    let mut tx = app.store.begin().await?;
    let credit = VerificationCredit::of(app, challenge, now);
    // Counters are locked before challenges in every transaction, so that no two deadlock.
    tx.add_to_counters(&credit.deltas).await?;
    let proof_expires_at = now.plus(app.config.otp.proof_ttl);
    let Some(completed) = tx
        .complete_challenge(challenge, [&secret.id(), &proven.id()], now, proof_expires_at)
        .await?
    else {
        // A concurrent request was faster. If it proved the number, its proof counts for this
        // request, too. The credit is rolled back, and the commit waits until that proof is
        // durable.
        drop(tx);
        let mut tx = app.store.begin().await?;
        return match tx.find_challenge(&proven.id()).await? {
            Some(challenge) if challenge.is_proven(now) => {
                tx.commit().await?;
                jar.set_challenge(app, proven);
                Ok(Outcome::DetailsRequired)
            }
            _ => Err(Problem::ChallengeOver),
        };
    };
    if !completed.has_account {
        credit.commit(app, tx, &completed.unused).await?;
        jar.set_challenge(app, proven);
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

/// The changes of the counters after a correct code: unused attempts are refunded, and the SMS
/// count as verified.
struct VerificationCredit {
    counters: SendCounters,
    attempt_budget: Option<CounterKey>,
    /// The unused attempts, if no other attempt is made meanwhile.
    expected: UnusedAttempts,
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
        // The correct attempt is refunded with the unused ones.
        let expected = UnusedAttempts::of(challenge, challenge.attempts - 1);
        let attempt_budget = CounterKey::parse_attempt_budget(&challenge.attempt_budget);
        deltas.extend(
            attempt_budget.as_ref().map(|attempt_budget| refund_unused(attempt_budget, &expected)),
        );
        Self { counters, attempt_budget, expected, deltas }
    }

    /// Commits the credit. Attempts that were made during the comparison are not refunded.
    async fn commit(
        self,
        app: &AppState,
        mut tx: Tx,
        unused: &UnusedAttempts,
    ) -> Result<(), Error> {
        if let Some(attempt_budget) =
            self.attempt_budget.as_ref().filter(|_| *unused != self.expected)
        {
            let counted = refund_unused(attempt_budget, &self.expected);
            tx.add_to_counters(&[
                CounterDelta { amount: -counted.amount, ..counted },
                refund_unused(attempt_budget, unused),
            ])
            .await?;
        }
        tx.commit().await?;
        // A full counter may have room now.
        app.refusal_cache.invalidate(&self.counters.cache_keys(true, false));
        Ok(())
    }
}
