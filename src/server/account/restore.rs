//! The restoration of an account whose number went to a new account by mistake.

use super::require_recent_verification;
use crate::domain::account::RESTORE_WINDOW;
use crate::domain::problem::Problem;
use crate::domain::response::Outcome;
use crate::server::cookie_jar::CookieJar;
use crate::server::sign_in::{SessionDraft, restorable_account};
use crate::server::state::AppState;
use crate::server::store::{AccountState, AuditEvent};

/// Gives the number back to the account that had it before, and signs in to that account. The
/// present account is set aside in turn. Only a known device of the former account can do this,
/// with a recent verification of the number.
///
/// # Errors
/// Fails with `not_signed_in`, `verification_required`, `not_found` or `unavailable`.
pub async fn restore_account(app: &AppState, jar: &mut CookieJar) -> Result<Outcome, Problem> {
    let (present, now) = (require_recent_verification(app, jar).await?, app.clock.now());
    let former = restorable_account(app, jar, &present.id, now).await?;
    let former = former.ok_or(Problem::NotFound)?;
    let sid = jar.session_id().unwrap_or_default();
    let draft = SessionDraft::generate(app, jar, now)?;
    let mut tx = app.store.begin().await?;
    let accounts = (present.id.as_str(), former.as_str());
    let restored = tx.restore_phone(accounts, now.plus(-RESTORE_WINDOW), now).await?;
    let user = restored.ok_or(Problem::NotFound)?;
    if !tx.lock_session(&present.id, &sid).await? {
        return Err(Problem::NotSignedIn);
    }
    tx.revoke_oldest_sessions(&present.id, 0, now).await?;
    tx.record(AuditEvent::NumberReleased, &present.id, &jar.client.subnet, now).await?;
    let event = AuditEvent::AccountRestored;
    let keeps_device =
        tx.open_session(&user.id, AccountState::new(now), &draft.rows(), event, now).await?;
    let session = draft.sign(&user.id, keeps_device)?;
    tx.commit().await?;
    session.set_cookies(app, jar);
    Ok(Outcome::SignedIn { user })
}
