//! The deletion of an account, by its owner or by the operator.

use super::require_recent_verification;
use crate::domain::limits::counter_key::{CounterKey, CounterKind};
use crate::domain::problem::Problem;
use crate::domain::response::Outcome;
use crate::server::cookie::CookieName;
use crate::server::cookie_jar::CookieJar;
use crate::server::error::Error;
use crate::server::sign_in::run_to_completion;
use crate::server::state::AppState;
use crate::server::store::{AuditEvent, Tx};

/// Deletes the account of the signed-in user and all that belongs to it, and signs this browser
/// out. The phone number is free again. Entries of the audit log stay, without subnets, under the
/// random id of the account.
///
/// # Errors
/// Fails with `not_signed_in`, `verification_required` or `unavailable`.
pub async fn delete_account(app: &AppState, jar: &mut CookieJar) -> Result<Outcome, Problem> {
    let user = require_recent_verification(app, jar).await?;
    let sid = jar.session_id().unwrap_or_default();
    let deleting = app.clone();
    // The account is deleted even if the client disconnects.
    run_to_completion(async move {
        if delete(&deleting, &user.id, Some(&sid), AuditEvent::AccountDeleted).await? {
            Ok(())
        } else {
            // The session was ended meanwhile. The owner does this to stop a thief.
            Err(Problem::NotSignedIn)
        }
    })
    .await?;
    jar.session = None;
    for cookie in [CookieName::Session, CookieName::Device, CookieName::Challenge] {
        jar.remove(app, cookie);
    }
    Ok(Outcome::SignedOut)
}

/// Deletes an account for the operator. Returns `false` if there is no such account.
///
/// # Errors
/// Fails if the database cannot be written.
pub async fn delete_by_operator(app: &AppState, user_id: &str) -> Result<bool, Error> {
    delete(app, user_id, None, AuditEvent::DeletedByOperator).await
}

/// Deletes an account and records the event. Returns `false` if there is no such account, or if the
/// session with the id `sid` has ended. The counters of the number stay: they have its pseudonym
/// alone, so that nobody gets new limits by a deletion.
async fn delete(
    app: &AppState,
    user_id: &str,
    sid: Option<&[u8]>,
    event: AuditEvent,
) -> Result<bool, Error> {
    let mut tx = app.store.begin().await?;
    if !delete_in(app, &mut tx, user_id, sid).await? {
        return Ok(false);
    }
    tx.record(event, user_id, "", app.clock.now()).await?;
    tx.commit().await?;
    Ok(true)
}

/// Deletes an account in a transaction that the caller commits. Returns `false` if there is no such
/// account, or if the session with the id `sid` has ended.
pub(in crate::server) async fn delete_in(
    app: &AppState,
    tx: &mut Tx,
    user_id: &str,
    sid: Option<&[u8]>,
) -> Result<bool, Error> {
    let Some(account) = app.store.find_account(user_id).await? else { return Ok(false) };
    let number = account.phone.map(|phone| app.data_key.pseudonym(&phone)).unwrap_or_default();
    let budgets = [
        CounterKey::new(CounterKind::AttemptsNumber, &number),
        CounterKey::new(CounterKind::AttemptsAccount, user_id),
    ];
    // The rows are locked in the order of a sign-in: challenges, account, devices, sessions.
    tx.delete_challenges(user_id, budgets.each_ref().map(CounterKey::name)).await?;
    if !tx.lock_account_exclusively(user_id).await? {
        return Ok(false);
    }
    tx.delete_devices(user_id).await?;
    if let Some(sid) = sid
        && !tx.lock_session(user_id, sid).await?
    {
        return Ok(false);
    }
    tx.delete_user(user_id).await?;
    tx.clear_audit_subnets(user_id).await?;
    Ok(true)
}
