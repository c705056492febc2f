//! The use case `verify_otp`: counts an attempt, compares its code, and opens a session or asks for
//! the details of a new account.

use super::confirm_owner::outcome_of_verified;
use super::deliver_code::derive_code;
use super::former_account::keep_former_device;
use super::run_to_completion;
use super::session_draft::SessionDraft;
use crate::domain::challenge::{Challenge, ChallengeScope};
use crate::domain::limits::attempts::{odds_units, refund};
use crate::domain::limits::counter_key::CounterKey;
use crate::domain::limits::counter_windows::CounterDelta;
use crate::domain::limits::send_counters::SendCounters;
use crate::domain::limits::stripes::Stripes;
use crate::domain::otp::Code;
use crate::domain::problem::Problem;
use crate::domain::response::Outcome;
use crate::domain::time::Timestamp;
use crate::server::cookie_jar::CookieJar;
use crate::server::error::Error;
use crate::server::state::AppState;
use crate::server::store::{Completed, Completion, Tx};
use crate::server::token::ChallengeSecret;

/// The values of a challenge's cookie before and after the phone number is verified.
struct ChallengeSecrets {
    pending: ChallengeSecret,
    verified: ChallengeSecret,
}

/// A code that somebody typed, and the reference of the challenge for which the page asked it.
#[derive(Clone, Copy)]
struct TypedCode<'a> {
    code: &'a Code,
    reference: &'a str,
}

/// Verifies a code, and opens a session if the number has an account. A dormant account does not
/// open by that alone, except on its known devices. The attempt is counted and committed before the
/// comparison, or, if the phone number is already verified, before the response. A code opens at
/// most one session.
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
    let code = Code::parse_any_length(code)?;
    let Some(pending) = jar.challenge.clone() else { return Err(Problem::NoChallenge) };
    let secrets = ChallengeSecrets { verified: pending.verified(app.keys.current()), pending };
    let (typed, now) = (TypedCode { code: &code, reference }, app.clock.now());
    let mut tx = app.store.begin_autocommit().await?;
    let Some(challenge) = secrets.count_attempt(&mut tx, typed, false, now).await? else {
        drop(tx);
        return verify_repeated(app, jar, &secrets, typed, now).await;
    };
    let kept = tx.commit_and_keep().await?;
    if secrets.expected_code(app, &challenge)? != code {
        let failed = CounterDelta::new(CounterKey::failed_attempts(), now, 1);
        return Err(fail_attempt(app, kept, &challenge, vec![failed]).await?);
    }
    complete_challenge(app, jar, kept, &challenge, &secrets, now).await
}

impl ChallengeSecrets {
    /// Counts an attempt at a challenge whose phone number is, or is not, verified.
    async fn count_attempt(
        &self,
        tx: &mut Tx,
        typed: TypedCode<'_>,
        is_verified: bool,
        now: Timestamp,
    ) -> Result<Option<Challenge>, Error> {
        let ids = [&self.pending.id()[..], &self.verified.id()[..]];
        let typed = (typed.reference, typed.code.len());
        tx.count_attempt(ids, typed, &ChallengeScope::SIGN_IN, is_verified, now).await
    }

    /// Returns the challenge of a sign-in, whose row has another id once the phone number is
    /// verified.
    async fn find_challenge(&self, tx: &mut Tx) -> Result<Option<Challenge>, Error> {
        let found = match tx.find_challenge(&self.pending.id()).await? {
            Some(challenge) => Some(challenge),
            None => tx.find_challenge(&self.verified.id()).await?,
        };
        Ok(found.filter(|challenge| challenge.scope == ChallengeScope::SIGN_IN))
    }

    /// Returns the correct code of the challenge.
    fn expected_code(&self, app: &AppState, challenge: &Challenge) -> Result<Code, Problem> {
        expected_code(app, challenge, &self.pending)
    }
}

/// Returns the counters of a challenge's SMS.
pub(super) fn counters_of(app: &AppState, challenge: &Challenge) -> SendCounters {
    let Challenge { phone, country, client, .. } = challenge;
    SendCounters::new(phone, &app.data_key.pseudonym(phone), country, client, None)
}

/// Returns the correct code of a challenge.
pub(super) fn expected_code(
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
/// at once, and even if the phone number has an account now. One attempt is left, so a wrong code
/// ends the challenge. The row stays locked during the comparison, so that attempts are compared
/// one at a time.
async fn verify_repeated(
    app: &AppState,
    jar: &mut CookieJar,
    secrets: &ChallengeSecrets,
    typed: TypedCode<'_>,
    now: Timestamp,
) -> Result<Outcome, Problem> {
    let mut tx = app.store.begin().await?;
    let Some(stored) = secrets.find_challenge(&mut tx).await? else {
        return Err(Problem::NoChallenge);
    };
    let attempt_budget = CounterKey::parse_attempt_budget(&stored.attempt_budget);
    // A transaction locks counters before challenges.
    tx.lock_counters(attempt_budget.as_slice(), Stripes::NONE, now).await?;
    let Some(challenge) = secrets.count_attempt(&mut tx, typed, true, now).await? else {
        return Err(stored.attempt_error(now, typed.reference, typed.code));
    };
    if secrets.expected_code(app, &challenge)? != *typed.code {
        // The reserved attempts were refunded when the phone number was verified, so this attempt
        // is counted separately.
        let units = odds_units(1, challenge.code_length);
        let mut deltas = vec![CounterDelta::new(CounterKey::failed_attempts(), now, 1)];
        deltas.extend(attempt_budget.map(|budget| CounterDelta::new(budget, now, units)));
        return Err(fail_attempt(app, Some(tx), &challenge, deltas).await?);
    }
    tx.refund_attempt(&secrets.verified.id()).await?;
    // On SQLite the verification may be an earlier transaction of the same batch. Then this commit
    // waits for it.
    tx.commit().await?;
    jar.set_challenge(app, &secrets.verified);
    outcome_of_verified(app, &challenge.phone, now).await
}

/// Adds a failed attempt to these counters, in the open transaction if there is one, and returns
/// its error.
pub(super) async fn fail_attempt(
    app: &AppState,
    open: Option<Tx>,
    challenge: &Challenge,
    deltas: Vec<CounterDelta>,
) -> Result<Problem, Problem> {
    let attempts_left = (challenge.max_attempts - challenge.attempts).max(0);
    let reference = challenge.reference.as_str();
    tracing::info!(phone = %challenge.phone, reference, attempts_left, "wrong code");
    // The attempt is counted even if the client disconnects.
    run_to_completion(commit_failed_attempt(app.clone(), open, deltas)).await?;
    Ok(Problem::CodeIncorrect { attempts_left })
}

async fn commit_failed_attempt(
    app: AppState,
    open: Option<Tx>,
    deltas: Vec<CounterDelta>,
) -> Result<(), Problem> {
    let mut tx = app.store.begin_next(open).await?;
    tx.add_to_counters(&deltas, app.next_stripes().preferred).await?;
    Ok(tx.commit().await?)
}

/// Completes the challenge after the correct code. If the phone number has an account, this opens a
/// session. Otherwise the phone number is now verified. The unused attempts are refunded, and the
/// SMS of the challenge are counted as verified.
async fn complete_challenge(
    app: &AppState,
    jar: &mut CookieJar,
    kept: Option<Tx>,
    challenge: &Challenge,
    secrets: &ChallengeSecrets,
    now: Timestamp,
) -> Result<Outcome, Problem> {
    let counters = counters_of(app, challenge);
    let price = app.config.prices.text_price(&challenge.country);
    let draft = SessionDraft::generate(app, jar, now)?;
    let completion = Completion {
        challenge,
        ids: [&secrets.pending.id(), &secrets.verified.id()],
        dormant_before: app.dormant_before(now),
        verification_expires_at: now.plus(app.config.otp.verification_ttl),
        deltas: &counters.verification_deltas(challenge.sms_count, price, now),
        stripe: app.next_stripes().preferred,
        sign_in: draft.rows(),
        now,
    };
    let mut tx = app.store.begin_next(kept).await?;
    let completed = tx.complete(&completion).await?;
    let Some(completed) = completed else {
        return verified_concurrently(app, jar, tx, challenge, secrets, now).await;
    };
    let session = match &completed {
        Completed::Verified { .. } => None,
        Completed::SignedIn { user, keeps_device } => Some(draft.sign(&user.id, *keeps_device)?),
    };
    tx.commit().await?;
    app.sms.record_typed(challenge);
    // The limits may now allow a request that they refused before.
    app.refusal_cache.invalidate(&counters.cache_keys(true, false));
    match completed {
        Completed::Verified { has_dormant_account } => {
            jar.set_challenge(app, &secrets.verified);
            Ok(if has_dormant_account {
                Outcome::OwnerCheckRequired
            } else {
                Outcome::DetailsRequired
            })
        }
        Completed::SignedIn { user, keeps_device } => {
            if !keeps_device {
                keep_former_device(app, jar, &user.id, &completion.sign_in, now).await;
            }
            if let Some(session) = session {
                session.set_cookies(app, jar);
            }
            Ok(Outcome::SignedIn { user })
        }
    }
}

/// Returns the outcome of a correct code if another request has completed the challenge. If that
/// request verified the phone number, this one succeeds, too. The attempt is refunded, because it
/// was no guess. On `SQLite` the commit waits until the verification is durable.
async fn verified_concurrently(
    app: &AppState,
    jar: &mut CookieJar,
    mut tx: Tx,
    challenge: &Challenge,
    secrets: &ChallengeSecrets,
    now: Timestamp,
) -> Result<Outcome, Problem> {
    let attempt_budget = CounterKey::parse_attempt_budget(&challenge.attempt_budget);
    let refunds: Vec<CounterDelta> = attempt_budget
        .map(|budget| refund(&budget, 1, challenge.code_length, challenge.created_at))
        .into_iter()
        .collect();
    let stored = tx.find_challenge(&secrets.verified.id()).await?;
    tx.add_to_counters(&refunds, 0).await?;
    tx.commit().await?;
    if stored.is_some_and(|stored| stored.is_verified(now)) {
        jar.set_challenge(app, &secrets.verified);
        outcome_of_verified(app, &challenge.phone, now).await
    } else {
        Err(Problem::ChallengeOver)
    }
}
