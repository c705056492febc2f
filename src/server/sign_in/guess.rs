//! `verify_otp`: counts the guess, compares it, and opens the session or lets the details follow.

use super::admit::unused_of;
use super::send::code_of;
use super::session::open_session;
use super::to_the_end;
use crate::domain::challenge::Challenge;
use crate::domain::limits::counters::Counters;
use crate::domain::limits::guess::worth;
use crate::domain::limits::key::Key;
use crate::domain::limits::ledger::Entry;
use crate::domain::otp::Code;
use crate::domain::problem::Problem;
use crate::domain::response::Outcome;
use crate::domain::time::Timestamp;
use crate::server::browser::Browser;
use crate::server::error::Error;
use crate::server::state::AppState;
use crate::server::store::{AuditEvent, Tx, Unused};
use crate::server::token::ChallengeSecret;

/// Checks a code. The guess is counted and committed before it is compared, or, where the code is proven already, before it is
/// answered; a code opens at most one session.
///
/// # Errors
/// `invalid`, `no_challenge`, `other_challenge`, `code_incorrect`, `challenge_over`, `code_expired`, `unavailable`.
pub async fn verify_otp(app: &AppState, browser: &mut Browser, code: &str, reference: &str) -> Result<Outcome, Problem> {
    let typed = Code::parse_any_length(code)?;
    let Some(secret) = browser.challenge.clone() else { return Err(Problem::NoChallenge) };
    let proven = secret.proven(app.keys.current());
    let now = app.clock.now();
    let mut tx = app.store.begin().await?;
    let Some(challenge) = tx.spend_guess([&secret.id(), &proven.id()], reference, typed.len(), now).await? else {
        return Err(refusal(tx, [&secret, &proven], reference, &typed, now).await?);
    };
    if challenge.proven_at.is_some() {
        return repeat(app, browser, tx, &challenge, [&secret, &proven], &typed, now).await;
    }
    tx.commit().await?;
    if right_code(app, &challenge, &secret)? != typed {
        return Err(wrong(app, None, &challenge, now).await?);
    }
    settle(app, browser, &challenge, [&secret, &proven], now).await
}

/// The code that should have been typed.
fn right_code(app: &AppState, challenge: &Challenge, secret: &ChallengeSecret) -> Result<Code, Problem> {
    match code_of(app, challenge, secret) {
        // Its key was rotated out meanwhile: nobody can tell any more whether the code is right.
        Err(Error::UnknownKey(_)) => Err(Problem::ChallengeOver),
        code => Ok(code?),
    }
}

/// A guess at a code that is proven already. A right one is the same proof once more, since the answer to the first may have been
/// lost: as often as it comes, from many tabs at once, and even if the number has an owner by now. A wrong one is the last, whoever
/// makes it. The row is locked until it is known which of the two it was, so that the one guess is compared by one at a time.
async fn repeat(
    app: &AppState,
    browser: &mut Browser,
    mut tx: Tx,
    challenge: &Challenge,
    [secret, proven]: [&ChallengeSecret; 2],
    typed: &Code,
    now: Timestamp,
) -> Result<Outcome, Problem> {
    if right_code(app, challenge, secret)? != *typed {
        return Err(wrong(app, Some(tx), challenge, now).await?);
    }
    tx.give_back_guess(&proven.id()).await?;
    // Also for the sake of the proof, which may have been written only just before, in the same group.
    tx.commit().await?;
    browser.keep_challenge(app, proven);
    Ok(Outcome::DetailsRequired)
}

/// The answer to a wrong guess, once it is counted. `open` is the transaction of one that is not committed yet.
async fn wrong(app: &AppState, open: Option<Tx>, challenge: &Challenge, now: Timestamp) -> Result<Problem, Problem> {
    let attempts_left = (challenge.max_attempts - challenge.attempts).max(0);
    tracing::info!(phone = %challenge.phone, reference = challenge.reference, attempts_left, "wrong code");
    let mut entries = vec![Entry::new(Key::wrong(), now, 1)];
    if challenge.proven_at.is_some() {
        // The proof gave back what the challenge had reserved, so this one is its lane's from now on.
        let lane = Key::guessed(&challenge.guess_key);
        entries.extend(lane.map(|lane| Entry::new(lane, now, worth(1, challenge.code_length))));
    }
    // On its own: a browser that hangs up must not leave its guess out.
    to_the_end(count_wrong(app.clone(), open, entries)).await?;
    Ok(Problem::CodeIncorrect { attempts_left })
}

/// Counts a wrong guess, for everybody and where else it belongs. A right one never touches everybody's count: whoever signs in
/// would wait there for everybody else who does. Not in the guess's own transaction: counters come before challenges.
async fn count_wrong(app: AppState, open: Option<Tx>, entries: Vec<Entry>) -> Result<(), Problem> {
    if let Some(guess) = open {
        guess.commit().await?;
    }
    let mut tx = app.store.begin().await?;
    tx.count(&entries).await?;
    Ok(tx.commit().await?)
}

/// The words for a guess that was not counted.
async fn refusal(
    mut tx: Tx,
    secrets: [&ChallengeSecret; 2],
    reference: &str,
    typed: &Code,
    now: Timestamp,
) -> Result<Problem, Problem> {
    for secret in secrets {
        if let Some(challenge) = tx.find_challenge(&secret.id()).await? {
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
    let mut tx = app.store.begin().await?;
    let credit = Credit::of(app, challenge, now);
    // Counters before challenges, as in every transaction: so that no two wait for each other.
    tx.count(&credit.entries).await?;
    let until = now.plus(app.config.otp.proof_ttl);
    let Some(settled) = tx.settle_challenge(challenge, [&secret.id(), &proven.id()], now, until).await? else {
        // A request at the same time was quicker, and if it proved the number its proof is this one's too. What was credited
        // is taken back, and the commit waits until that proof is durable.
        drop(tx);
        let mut tx = app.store.begin().await?;
        return match tx.find_challenge(&proven.id()).await? {
            Some(challenge) if challenge.is_proven(now) => {
                tx.commit().await?;
                browser.keep_challenge(app, proven);
                Ok(Outcome::DetailsRequired)
            }
            _ => Err(Problem::ChallengeOver),
        };
    };
    if !settled.has_account {
        credit.commit(app, tx, &settled.unused).await?;
        browser.keep_challenge(app, proven);
        return Ok(Outcome::DetailsRequired);
    }
    let user = tx.find_user_by_phone(&challenge.phone, now).await?;
    let (user, sessions) = user.ok_or(Error::Inconsistent { table: "users", what: "an account that is gone" })?;
    let session = open_session(app, &mut tx, browser, &user.id, sessions, now).await?;
    tx.record(AuditEvent::SignedIn, &user.id, &browser.source.block, now).await?;
    credit.commit(app, tx, &settled.unused).await?;
    session.give(app, browser);
    Ok(Outcome::SignedIn { user })
}

/// What a right code changes in the counters: its challenge needs no more guesses, and its texts were asked for by somebody who
/// got them.
struct Credit {
    counters: Counters,
    lane: Option<Key>,
    /// The unused guesses, unless more were made meanwhile.
    expected: Unused,
    entries: Vec<Entry>,
}

impl Credit {
    fn of(app: &AppState, challenge: &Challenge, now: Timestamp) -> Self {
        let source = (challenge.source.as_str(), challenge.block.as_str());
        let counters = Counters::of(&challenge.phone, &challenge.country, source, None);
        let mut entries = counters.of_proof(challenge.texts, app.config.prices.get(&challenge.country), now);
        // The right one is given back with those that were never made.
        let expected = Unused::of(challenge, challenge.attempts - 1);
        let lane = Key::guessed(&challenge.guess_key);
        entries.extend(lane.as_ref().map(|lane| unused_of(lane, &expected)));
        Self { counters, lane, expected, entries }
    }

    /// Makes it last. Guesses that were made while this one was compared are not given back.
    async fn commit(self, app: &AppState, mut tx: Tx, unused: &Unused) -> Result<(), Error> {
        if let Some(lane) = self.lane.as_ref().filter(|_| *unused != self.expected) {
            let counted = unused_of(lane, &self.expected);
            tx.count(&[Entry { amount: -counted.amount, ..counted }, unused_of(lane, unused)]).await?;
        }
        tx.commit().await?;
        // There may be room now where there was none.
        app.shield.forget(&self.counters.remembered(true, false));
        Ok(())
    }
}
