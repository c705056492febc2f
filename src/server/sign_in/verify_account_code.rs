//! Verifies a code that a signed-in person has asked for: for a step-up, or to change the number.

use super::verify_otp::{counters_of, expected_code, fail_attempt};
use crate::domain::challenge::{Challenge, ChallengeScope};
use crate::domain::limits::attempts::refund;
use crate::domain::limits::counter_key::CounterKey;
use crate::domain::limits::counter_windows::CounterDelta;
use crate::domain::limits::send_counters::SendCounters;
use crate::domain::otp::Code;
use crate::domain::problem::Problem;
use crate::domain::time::Timestamp;
use crate::server::cookie_jar::CookieJar;
use crate::server::error::Error;
use crate::server::state::AppState;
use crate::server::store::Tx;

/// A challenge whose correct code was typed. It is not consumed yet.
pub(in crate::server) struct VerifiedCode {
    /// The challenge.
    pub challenge: Challenge,
    id: Vec<u8>,
}

/// Verifies a code of this scope. The attempt is counted and committed before the comparison.
///
/// # Errors
/// Fails with `invalid`, `no_challenge`, `other_challenge`, `code_incorrect`, `challenge_over`,
/// `code_expired` or `unavailable`.
pub(in crate::server) async fn verify_account_code(
    app: &AppState,
    jar: &CookieJar,
    scope: &ChallengeScope,
    code: &str,
    reference: &str,
) -> Result<VerifiedCode, Problem> {
    let code = Code::parse_any_length(code)?;
    let Some(secret) = &jar.challenge else { return Err(Problem::NoChallenge) };
    let (id, now) = (secret.id(), app.clock.now());
    let mut tx = app.store.begin_autocommit().await?;
    let typed = (reference, code.len());
    let Some(challenge) = tx.count_attempt([&id, &id], typed, scope, false, now).await? else {
        let stored = tx.find_challenge(&id).await?;
        let stored = stored.filter(|stored| stored.scope == *scope).ok_or(Problem::NoChallenge)?;
        return Err(stored.attempt_error(now, reference, &code));
    };
    let kept = tx.commit_and_keep().await?;
    if expected_code(app, &challenge, secret)? != code {
        let failed = CounterDelta::new(CounterKey::failed_attempts(), now, 1);
        return Err(fail_attempt(app, kept, &challenge, vec![failed]).await?);
    }
    Ok(VerifiedCode { challenge, id })
}

/// A transaction in which a challenge is consumed. The counters come last, so that they are locked
/// for the shortest time.
pub(in crate::server) struct ConsumedCode {
    /// The transaction.
    pub tx: Tx,
    deltas: Vec<CounterDelta>,
    counters: SendCounters,
}

impl VerifiedCode {
    /// Begins a transaction that consumes the challenge, so that its code is used once.
    ///
    /// # Errors
    /// Fails with `challenge_over` if another request has consumed the challenge. Then the attempt
    /// is refunded, because it was no guess.
    pub(in crate::server) async fn consume(
        &self,
        app: &AppState,
        now: Timestamp,
    ) -> Result<ConsumedCode, Problem> {
        let Self { challenge, id } = self;
        let refund_of = |count| {
            let budget = CounterKey::parse_attempt_budget(&challenge.attempt_budget)?;
            Some(refund(&budget, count, challenge.code_length, challenge.created_at))
        };
        let mut tx = app.store.begin().await?;
        let Some(unused) = tx.consume_challenge(id, now).await? else {
            tx.add_to_counters(refund_of(1).as_slice(), 0).await?;
            tx.commit().await?;
            return Err(Problem::ChallengeOver);
        };
        let counters = counters_of(app, challenge);
        let price = app.config.prices.text_price(&challenge.country);
        let mut deltas = counters.verification_deltas(challenge.sms_count, price, now);
        deltas.extend(refund_of(unused.count));
        app.sms.record_typed(challenge);
        Ok(ConsumedCode { tx, deltas, counters })
    }
}

impl ConsumedCode {
    /// Refunds the unused attempts, counts the SMS as verified, and commits.
    ///
    /// # Errors
    /// Fails if the database cannot be written.
    pub(in crate::server) async fn commit(mut self, app: &AppState) -> Result<(), Error> {
        self.tx.add_to_counters(&self.deltas, app.next_stripes().preferred).await?;
        self.tx.commit().await?;
        // The limits may now allow a request that they refused before.
        app.refusal_cache.invalidate(&self.counters.cache_keys(true, false));
        Ok(())
    }
}
