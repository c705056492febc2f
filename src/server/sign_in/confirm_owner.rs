//! The use case of a dormant account: its owner confirms with the e-mail address that it is still
//! theirs.

use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use super::session_draft::SessionDraft;
use crate::domain::account::{EMAIL_ATTEMPT_WINDOW, EMAIL_ATTEMPTS};
use crate::domain::challenge::ChallengeScope;
use crate::domain::phone::PhoneNumber;
use crate::domain::problem::Problem;
use crate::domain::response::Outcome;
use crate::domain::time::Timestamp;
use crate::domain::user::{UserView, parse_email};
use crate::server::cookie_jar::CookieJar;
use crate::server::state::AppState;
use crate::server::store::AuditEvent;

/// Returns the dormant account of a number, if it has one.
pub(super) async fn dormant_account(
    app: &AppState,
    phone: &PhoneNumber,
    now: Timestamp,
) -> Result<Option<UserView>, Problem> {
    Ok(app.store.find_dormant_account(phone, app.dormant_before(now)).await?)
}

/// Returns the outcome of a number that is verified and does not open an account by that alone.
pub(super) async fn outcome_of_verified(
    app: &AppState,
    phone: &PhoneNumber,
    now: Timestamp,
) -> Result<Outcome, Problem> {
    Ok(match dormant_account(app, phone, now).await? {
        Some(_) => Outcome::OwnerCheckRequired,
        None => Outcome::DetailsRequired,
    })
}

/// Returns `true` if this browser has verified the number of a dormant account.
///
/// # Errors
/// Fails with `unavailable` if the database cannot be read.
pub async fn is_owner_check_required(app: &AppState, jar: &CookieJar) -> Result<bool, Problem> {
    let now = app.clock.now();
    match super::current_challenge(app, jar).await? {
        Some(challenge) if challenge.is_verified(now) => {
            Ok(dormant_account(app, &challenge.phone, now).await?.is_some())
        }
        _ => Ok(false),
    }
}

/// Opens the dormant account of the verified number if the e-mail address is that of its profile.
/// An account has three attempts in 30 days, which are counted before the comparison.
///
/// # Errors
/// Fails with `invalid`, `no_challenge`, `not_verified`, `challenge_over`, `email_incorrect`,
/// `too_often` or `unavailable`.
pub async fn confirm_owner(
    app: &AppState,
    jar: &mut CookieJar,
    email: &str,
) -> Result<Outcome, Problem> {
    let Some(secret) = jar.challenge.clone() else { return Err(Problem::NoChallenge) };
    let typed = parse_email(email).map_err(|error| Problem::invalid("email", error))?;
    let now = app.clock.now();
    let challenge = app.store.find_challenge(&secret.id()).await?;
    let challenge = challenge.filter(|challenge| challenge.scope == ChallengeScope::SIGN_IN);
    let challenge = challenge.ok_or(Problem::NoChallenge)?;
    if !challenge.is_verified(now) {
        return Err(challenge.verification_error());
    }
    let owner = dormant_account(app, &challenge.phone, now).await?;
    let owner = owner.ok_or(Problem::ChallengeOver)?;
    let attempts_left = count_attempt(app, &owner.id, now).await?;
    if !is_same_email(&typed, &owner.email) {
        return Err(Problem::EmailIncorrect { attempts_left });
    }
    let draft = SessionDraft::generate(app, jar, now)?;
    let mut tx = app.store.begin().await?;
    if tx.consume_verified(&secret.id(), now).await?.is_none() {
        return Err(Problem::ChallengeOver);
    }
    let found = tx.find_user(&owner.id, now).await?;
    let (user, account) = found.ok_or(Problem::ChallengeOver)?;
    // The account is locked, and still has the number.
    let holder = tx.find_user_by_phone(&challenge.phone, now).await?;
    if holder.is_none_or(|(holder, _)| holder.id != user.id) {
        return Err(Problem::ChallengeOver);
    }
    let event = AuditEvent::OwnerConfirmed;
    let keeps_device = tx.open_session(&user.id, account, &draft.rows(), event, now).await?;
    let session = draft.sign(&user.id, keeps_device)?;
    tx.commit().await?;
    session.set_cookies(app, jar);
    Ok(Outcome::SignedIn { user })
}

/// Counts an attempt, and returns how many are left.
async fn count_attempt(app: &AppState, user_id: &str, now: Timestamp) -> Result<i64, Problem> {
    let mut tx = app.store.begin().await?;
    if !tx.lock_account(user_id).await? {
        return Err(Problem::ChallengeOver);
    }
    let earlier = tx.prune_email_attempts(user_id, now.plus(-EMAIL_ATTEMPT_WINDOW)).await?;
    if let Some(oldest) = earlier.first().filter(|_| earlier.len() >= EMAIL_ATTEMPTS) {
        let retry_after = oldest.plus(EMAIL_ATTEMPT_WINDOW).seconds_since(now);
        return Err(Problem::TooOften { retry_after });
    }
    tx.add_email_attempt(user_id, now).await?;
    tx.commit().await?;
    Ok(i64::try_from(EMAIL_ATTEMPTS - earlier.len() - 1).unwrap_or_default())
}

/// Compares two addresses in constant time, without regard to upper and lower case.
fn is_same_email(typed: &str, stored: &str) -> bool {
    let digest = |email: &str| Sha256::digest(email.to_lowercase().as_bytes());
    digest(typed).as_slice().ct_eq(digest(stored).as_slice()).into()
}
