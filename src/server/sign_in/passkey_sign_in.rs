//! The use case of a sign-in with a passkey. It sends no SMS.

use super::session::current_user;
use super::session_draft::SessionDraft;
use crate::domain::passkey::PasskeyOptions;
use crate::domain::problem::Problem;
use crate::domain::response::Outcome;
use crate::server::cookie_jar::CookieJar;
use crate::server::passkeys::{Assertion, Ceremony};
use crate::server::state::AppState;
use crate::server::store::AuditEvent;

/// Returns the options with which a browser asks its authenticator for a passkey of this site.
///
/// # Errors
/// Fails with `not_found` if the origin has no passkeys.
pub fn passkey_sign_in_options(app: &AppState) -> Result<PasskeyOptions, Problem> {
    app.passkeys.start_authentication(Ceremony::SignIn, "", app.clock.now())
}

/// Verifies the answer of the authenticator and opens a session, in one commit. An answer opens at
/// most one session.
///
/// # Errors
/// Fails with `already_signed_in`, `malformed`, `passkey_refused`, `not_found` or `unavailable`.
pub async fn sign_in_with_passkey(
    app: &AppState,
    jar: &mut CookieJar,
    token: &str,
    credential: &str,
) -> Result<Outcome, Problem> {
    if current_user(app, jar).await?.is_some() {
        return Err(Problem::AlreadySignedIn);
    }
    let (assertion, now) = (Assertion::parse(credential)?, app.clock.now());
    let stored = app.store.find_passkey(assertion.credential_id()).await?;
    let stored = stored.ok_or(Problem::PasskeyRefused)?;
    let owner = (stored.user_id.as_str(), stored.credential.as_str());
    let verified =
        app.passkeys.finish_authentication(Ceremony::SignIn, token, &assertion, owner, now)?;
    let draft = SessionDraft::generate(app, jar, now)?;
    let mut tx = app.store.begin().await?;
    if !tx.mark_token_used(&verified.token.id, verified.token.expires_at).await? {
        return Err(Problem::PasskeyRefused);
    }
    let found = tx.find_user(&stored.user_id, now).await?;
    let (user, account) = found.ok_or(Problem::PasskeyRefused)?;
    let event = AuditEvent::SignedInWithPasskey;
    let keeps_device = tx.open_session(&user.id, account, &draft.rows(), event, now).await?;
    // Sessions are locked before passkeys, as in a step-up.
    if !tx.update_passkey(&stored, &verified.credential, now).await? {
        return Err(Problem::PasskeyRefused);
    }
    let session = draft.commit(tx, &user.id, keeps_device).await?;
    session.set_cookies(app, jar);
    Ok(Outcome::SignedIn { user })
}
