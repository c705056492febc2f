//! The use case `create_account`: creates an account for a verified phone number, and signs in to
//! it.

use super::session_draft::SessionDraft;
use crate::domain::problem::Problem;
use crate::domain::response::Outcome;
use crate::domain::user::{Details, UserView};
use crate::server::cookie::CookieName;
use crate::server::cookie_jar::CookieJar;
use crate::server::state::AppState;
use crate::server::store::{AccountState, AuditEvent};
use crate::server::token::generate_user_id;

/// Creates an account for the phone number that was verified in this browser, and opens its first
/// session, in one transaction. A dormant account of the number is set aside.
///
/// # Errors
/// Fails with `invalid`, `no_challenge`, `not_verified`, `challenge_over`, `number_taken` or
/// `unavailable`.
pub async fn create_account(
    app: &AppState,
    jar: &mut CookieJar,
    first_name: &str,
    last_name: &str,
    email: &str,
) -> Result<Outcome, Problem> {
    let Some(secret) = jar.challenge.clone() else { return Err(Problem::NoChallenge) };
    let details = Details::parse(first_name, last_name, email)?;
    let now = app.clock.now();
    let mut tx = app.store.begin().await?;
    let Some(challenge) = tx.consume_verified(&secret.id(), now).await? else {
        let challenge = tx.find_challenge(&secret.id()).await?.ok_or(Problem::NoChallenge)?;
        return Err(challenge.verification_error());
    };
    let id = generate_user_id(app.random)?;
    let phone = &challenge.phone;
    let mut is_created = tx.insert_user(&id, phone, &details, now).await?;
    if !is_created {
        // The new owner of a recycled number gets an account that inherits nothing.
        let former = tx.release_phone(phone, app.dormant_before(now), now).await?;
        if let Some(former) = former {
            tx.revoke_oldest_sessions(&former, 0, now).await?;
            tx.record(AuditEvent::NumberReleased, &former, "", now).await?;
            is_created = tx.insert_user(&id, phone, &details, now).await?;
        }
    }
    if !is_created {
        // The challenge is consumed, so the user has to sign in with a new code.
        tx.commit().await?;
        jar.remove(app, CookieName::Challenge);
        return Err(Problem::NumberTaken);
    }
    let draft = SessionDraft::generate(app, jar, now)?;
    let keeps_device = tx
        .open_session(&id, AccountState::new(now), &draft.rows(), AuditEvent::SignedUp, now)
        .await?;
    let session = draft.sign(&id, keeps_device)?;
    tx.commit().await?;
    session.set_cookies(app, jar);
    let Details { first_name, last_name, email } = details;
    Ok(Outcome::SignedIn {
        user: UserView { id, first_name, last_name, email, phone: challenge.phone.masked() },
    })
}
