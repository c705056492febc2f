//! `verify_otp`: counts the guess, compares it, and opens the session or lets the details follow.

use super::send::code_of;
use super::session::open_session;
use crate::domain::answer::Outcome;
use crate::domain::challenge::Challenge;
use crate::domain::otp::Code;
use crate::domain::problem::Problem;
use crate::domain::time::Timestamp;
use crate::server::browser::Browser;
use crate::server::cookie::Name;
use crate::server::state::AppState;
use crate::server::token::ChallengeSecret;

/// Checks a code. The guess is counted and committed before it is compared; a code opens at most one session.
///
/// # Errors
/// `invalid`, `no_challenge`, `other_challenge`, `code_incorrect`, `challenge_over`, `code_expired`, `unavailable`.
pub async fn verify_otp(app: &AppState, browser: &mut Browser, code: &str, reference: &str) -> Result<Outcome, Problem> {
    let typed = Code::parse_any_length(code)?;
    let Some(secret) = browser.challenge.clone() else { return Err(Problem::NoChallenge) };
    let proven = secret.proven(app.keys.current());
    let now = app.clock.now();
    let mut tx = app.store.begin().await?;
    let spent = tx.spend_guess([&secret.id(), &proven.id()], reference, typed.len(), now).await?;
    tx.commit().await?;
    let Some(challenge) = spent else { return Err(refusal(app, [&secret, &proven], reference, &typed, now).await?) };
    if code_of(app, &challenge, &secret)? != typed {
        return Err(Problem::CodeIncorrect { attempts_left: (challenge.max_attempts - challenge.attempts).max(0) });
    }
    settle(app, browser, &challenge, [&secret, &proven], now).await
}

/// The words for a guess that was not counted.
async fn refusal(
    app: &AppState,
    secrets: [&ChallengeSecret; 2],
    reference: &str,
    typed: &Code,
    now: Timestamp,
) -> Result<Problem, Problem> {
    for secret in secrets {
        if let Some(challenge) = app.store.find_challenge(&secret.id()).await? {
            return Ok(challenge.refusal(now, reference, typed));
        }
    }
    Ok(Problem::NoChallenge)
}

/// After the right code: one transaction that signs the owner in, or marks the number as proven.
async fn settle(
    app: &AppState,
    browser: &mut Browser,
    challenge: &Challenge,
    [secret, proven]: [&ChallengeSecret; 2],
    now: Timestamp,
) -> Result<Outcome, Problem> {
    if challenge.proven_at.is_some() {
        // The same proof once more: the answer is that of the first time, even if the number has an owner by now.
        browser.keep_challenge(app, proven);
        return Ok(Outcome::DetailsRequired);
    }
    let mut tx = app.store.begin().await?;
    if let Some(user) = tx.find_user_by_phone(&challenge.phone).await? {
        if !tx.consume_pending(&secret.id(), now).await? {
            return Err(Problem::ChallengeOver);
        }
        let session = open_session(app, &mut tx, browser.session.as_ref(), &user.id, now).await?;
        tx.commit().await?;
        session.give(app, browser);
        browser.forget(app, Name::Challenge);
        return Ok(Outcome::SignedIn { user });
    }
    let until = now.plus(app.config.rules.proof_ttl);
    let first = tx.prove_challenge(&secret.id(), &proven.id(), now, until).await?;
    tx.commit().await?;
    if !first && !app.store.find_challenge(&proven.id()).await?.is_some_and(|challenge| challenge.is_proven(now)) {
        return Err(Problem::ChallengeOver);
    }
    browser.keep_challenge(app, proven);
    Ok(Outcome::DetailsRequired)
}
