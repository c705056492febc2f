//! `ringkey revoke NUMBER`: ends every session of an account for the operator, for example after
//! the account's owner has lost a phone.

use super::audit::find_account;
use super::error::Error;
use super::sign_in::end_all_sessions;
use super::state::AppState;
use super::store::AuditEvent;

/// Ends all sessions of the account with this phone number (with `+`) and makes its devices
/// unknown. Returns the number of ended sessions.
///
/// # Errors
/// Fails if the phone number is invalid or has no account, or if the database cannot be written.
pub async fn revoke(app: &AppState, number: &str) -> Result<u64, String> {
    let account = find_account(app, number).await?;
    revoke_account(app, &account).await.map_err(|error| error.to_string())
}

/// Ends all sessions of the account with this id and makes its devices unknown. Returns the number
/// of ended sessions.
///
/// # Errors
/// Fails if the database cannot be written.
pub async fn revoke_account(app: &AppState, user_id: &str) -> Result<u64, Error> {
    let (event, now) = ((AuditEvent::RevokedByOperator, ""), app.clock.now());
    let mut tx = app.store.begin().await?;
    let sessions = end_all_sessions(&mut tx, user_id, event, now).await?;
    tx.commit().await?;
    Ok(sessions)
}
