//! `ringkey revoke NUMBER`: the operator ends every session of an account, for somebody who lost a phone.

use super::audit::find_account;
use super::error::Error;
use super::sign_in::end_all_sessions;
use super::state::AppState;
use super::store::AuditEvent;

/// Ends the sessions of the account of this number (with `+`), and makes its known devices strangers; how many ended.
///
/// # Errors
/// In words, when the number makes no sense or has no account, or the database cannot be written.
pub async fn revoke(app: &AppState, number: &str) -> Result<u64, String> {
    let account = find_account(app, number).await?;
    let ended = async {
        let mut tx = app.store.begin().await?;
        let sessions = end_all_sessions(&mut tx, &account, (AuditEvent::RevokedByOperator, ""), app.clock.now()).await?;
        tx.commit().await?;
        Ok::<_, Error>(sessions)
    };
    ended.await.map_err(|error| error.to_string())
}
